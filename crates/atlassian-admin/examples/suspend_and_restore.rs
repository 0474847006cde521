//! Suspends an account in each of its directories, looks at it, and restores it in each.
//!
//! The simulator prints the organization and its key; the example `list_users` prints accounts.
//!
//! ```text
//! cargo run -p atlassian-sim -- --preset demo --port 8931
//! ATLASSIAN_API_KEY=… cargo run -p atlassian-admin --example suspend_and_restore -- http://127.0.0.1:8931 ORGANIZATION ACCOUNT
//! ```
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

mod support;

use atlassian_admin::{
    AccountId, AdminClient, Directory, DirectoryQuery, DirectoryRef, MembershipStatus, Receipt,
};
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (client, arguments) = support::client("ACCOUNT")?;
    let account = AccountId::parse(arguments.first().ok_or("name an account")?)?;
    let before = standing(&client, &account).await?;
    println!("before: {before}");
    if before != MembershipStatus::Active {
        println!("left as it is");
        return Ok(());
    }
    let of_account = DirectoryQuery::of_account(account.clone());
    // One page holds more directories than an organization has.
    let directories = client.query_directories(&of_account, None).await?.items;
    for directory in &directories {
        let receipt = client.suspend_user(&directory.directory_id, &account).await?;
        println!("suspended in {}: {}", named(directory), told(&receipt));
    }
    // The vendor calls an account suspended when it is so in every directory, and shows a change up to some seconds later;
    // the simulator shows it at once.
    println!("now: {}", standing(&client, &account).await?);
    for directory in &directories {
        let receipt = client.restore_user(&directory.directory_id, &account).await?;
        println!("restored in {}: {}", named(directory), told(&receipt));
    }
    println!("now: {}", standing(&client, &account).await?);
    Ok(())
}

async fn standing(client: &AdminClient, account: &AccountId) -> Result<MembershipStatus, Box<dyn Error>> {
    let user = client.user(&DirectoryRef::Any, account).await?;
    Ok(user
        .membership_status
        .ok_or("the vendor does not say how the account stands")?)
}

fn named(directory: &Directory) -> &str {
    directory.name.as_deref().unwrap_or("a directory")
}

fn told(receipt: &Receipt) -> String {
    let id = receipt.request_id.as_deref().unwrap_or("unknown");
    format!("status {}, request {id}", receipt.status)
}
