//! Creates a user for an e-mail address. Where a managed account has the address, Atlassian links the user to it
//! instead of making an account, and the account follows the user from then on.
//!
//! The simulator prints `scim_url` and `scim_token`; in its demo organization Emil Costa has a managed account and no
//! user in this directory.
//!
//! ```text
//! cargo run -p atlassian-sim -- --preset demo --port 8931
//! SCIM_TOKEN=… cargo run -p scim-client --example create_linked_user -- SCIM_URL emil.costa@larkspur.example
//! ```
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

mod support;

use http_kit::{Clock, SystemClock};
use scim_client::{AtlassianUser, Filter, Flag, MultiValued, Query, Selection, User};
use std::error::Error;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (client, arguments) = support::client("EMAIL")?;
    let email = arguments.first().ok_or("name an e-mail address")?;
    let users = client.users();
    let by_name = Query::builder()
        .filter(Filter::eq("userName", email.as_str())?)
        .build()?;
    let mut stored = match users.list(&by_name, None).await?.items.pop() {
        Some(stored) => {
            println!("the directory has the user {} already", stored.id);
            stored
        }
        None => {
            let mut user = User::new(email);
            user.emails = vec![MultiValued::new(email).primary()];
            user.display_name = Some(email.as_str().into());
            user.active = Some(Flag(true));
            let created = users.create(&user, &Selection::Default).await?;
            println!(
                "the user {} was created: {}",
                created.id,
                support::told(&created.receipt)
            );
            match created.stored {
                Some(stored) => stored,
                None => users.get(&created.id, &Selection::Default).await?,
            }
        }
    };
    // The link may appear some time after the answer.
    for _ in 0..10 {
        if let Some(account) = stored.atlassian_account_id() {
            println!("it is linked to the account {account}");
            return Ok(());
        }
        SystemClock.sleep(Duration::from_secs(1)).await;
        stored = users.get(&stored.id, &Selection::Default).await?;
    }
    Err("it is linked to no account yet: look again later".into())
}
