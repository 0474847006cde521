//! Prints the managed accounts that nobody used since a day: `stale_accounts ADDRESS ORGANIZATION 2026-06-01`, with the key of
//! the organization in `ATLASSIAN_API_KEY`.
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

use atlassian_admin::{AdminClient, OrgId, Secret, http_builder};
use futures_util::TryStreamExt as _;
use http_kit::ReqwestTransport;
use std::{error::Error, sync::Arc};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, org, since] = arguments.as_slice() else {
        return Err("the arguments are ADDRESS ORGANIZATION SINCE".into());
    };
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = Secret::from(std::env::var("ATLASSIAN_API_KEY")?);
    let http = http_builder(
        Arc::new(ReqwestTransport::builder().build()?),
        address.parse()?,
        key,
    )
    .build()?;
    let client = AdminClient::new(http, OrgId::parse(org)?);
    let mut pages = Box::pin(client.managed_accounts_stream(None));
    while let Some(page) = pages.try_next().await? {
        for account in page.items {
            let active = account.last_active.as_ref().map_or("never", |time| time.as_str());
            if active == "never" || active < since.as_str() {
                let name = account.name.as_deref().unwrap_or("?");
                println!("{} {name}: {active}", account.account_id);
            }
        }
    }
    Ok(())
}
