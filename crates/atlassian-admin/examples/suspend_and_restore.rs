//! Suspends an account in each of its directories, looks at it, and restores it.
//!
//! The simulator prints the organization and its key; the example `list_users` prints accounts.
//!
//! ```text
//! cargo run -p atlassian-sim -- --preset demo --port 8931
//! ATLASSIAN_API_KEY=… cargo run -p atlassian-admin --example suspend_and_restore -- http://127.0.0.1:8931 ORGANIZATION ACCOUNT
//! ```
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

mod support;

use std::error::Error;

use atlassian_admin::{AccountId, AdminClient, DirectoryId, DirectoryQuery, MembershipStatus, Receipt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (client, arguments) = support::client("ACCOUNT")?;
    let account = AccountId::parse(arguments.first().ok_or("name an account")?)?;
    let of_account = DirectoryQuery::of_account(account.clone());
    // One page holds more directories than an organization has.
    for directory in client.query_directories(&of_account, None).await?.items {
        let id = directory.directory_id;
        println!("{} ({id})", directory.name.as_deref().unwrap_or("a directory"));
        let before = standing(&client, &id, &account).await?;
        println!("  before: {before:?}");
        if before != Some(MembershipStatus::Active) {
            println!("  left as it is");
            continue;
        }
        println!(
            "  suspended: {}",
            told(&client.suspend_user(&id, &account).await?)
        );
        // The vendor shows a change up to some seconds later, the simulator at once.
        println!("  now: {:?}", standing(&client, &id, &account).await?);
        println!("  restored: {}", told(&client.restore_user(&id, &account).await?));
        println!("  now: {:?}", standing(&client, &id, &account).await?);
    }
    Ok(())
}

async fn standing(
    client: &AdminClient,
    directory: &DirectoryId,
    account: &AccountId,
) -> Result<Option<MembershipStatus>, Box<dyn Error>> {
    let user = client.user(&directory.clone().into(), account).await?;
    Ok(user.membership_status)
}

fn told(receipt: &Receipt) -> String {
    let id = receipt.request_id.as_deref().unwrap_or("unknown");
    format!("status {}, request {id}", receipt.status)
}
