//! A client from what stands on the command line and in the environment.

use http_kit::ReqwestTransport;
use scim_client::{Profile, Receipt, ScimClient, Secret, http_builder};
use std::error::Error;
use std::sync::Arc;

/// Reads the address of an Atlassian directory and these further arguments from the command line, and the key from
/// `SCIM_TOKEN`, because others see a command line.
pub(crate) fn client(further: &str) -> Result<(ScimClient, Vec<String>), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments
        .next()
        .ok_or_else(|| format!("the arguments are ADDRESS {further}"))?;
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = std::env::var("SCIM_TOKEN").map_err(|_| "SCIM_TOKEN holds no key")?;
    let transport = Arc::new(ReqwestTransport::builder().build()?);
    let http = http_builder(transport, base.parse()?, Secret::from(key)).build()?;
    Ok((ScimClient::new(http, Profile::atlassian()), arguments.collect()))
}

/// An answer to a write, for people.
pub(crate) fn told(receipt: &Receipt) -> String {
    let id = receipt.request_id.as_deref().unwrap_or("unknown");
    format!("status {}, request {id}", receipt.status)
}
