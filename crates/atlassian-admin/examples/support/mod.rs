//! A client from what stands on the command line and in the environment.

use atlassian_admin::{AdminClient, OrgId, Secret, http_builder};
use http_kit::ReqwestTransport;
use std::error::Error;
use std::sync::Arc;

/// Reads an address, an organization and these further arguments from the command line, and the key from
/// `ATLASSIAN_API_KEY`, because others see a command line.
pub(crate) fn client(further: &str) -> Result<(AdminClient, Vec<String>), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(base), Some(org)) = (arguments.next(), arguments.next()) else {
        return Err(format!("the arguments are ADDRESS ORGANIZATION {further}").into());
    };
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = std::env::var("ATLASSIAN_API_KEY").map_err(|_| "ATLASSIAN_API_KEY holds no key")?;
    let transport = Arc::new(ReqwestTransport::builder().build()?);
    let http = http_builder(transport, base.parse()?, Secret::from(key)).build()?;
    Ok((AdminClient::new(http, OrgId::parse(&org)?), arguments.collect()))
}
