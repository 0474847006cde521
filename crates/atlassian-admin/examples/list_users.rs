//! Lists the accounts of an organization, a page at a time. After each page it says where an interrupted listing
//! goes on; that is the last argument.
//!
//! The simulator prints the organization and its key; of a real one, the address is `https://api.atlassian.com`.
//!
//! ```text
//! cargo run -p atlassian-sim -- --preset demo --port 8931
//! ATLASSIAN_API_KEY=… cargo run -p atlassian-admin --example list_users -- http://127.0.0.1:8931 ORGANIZATION [CURSOR]
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program that shows something"
)]

mod support;

use atlassian_admin::{Cursor, DirectoryRef, UserSearch};
use futures_util::TryStreamExt;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (client, arguments) = support::client("[CURSOR]")?;
    let from = arguments.first().and_then(|cursor| Cursor::from_link(cursor));
    let search = UserSearch::builder().limit(50).build()?;
    let mut pages = Box::pin(client.search_users_stream(DirectoryRef::Any, search, from));
    let mut count = 0;
    while let Some(page) = pages.try_next().await? {
        for user in &page.items {
            let status = user.status.as_ref().map_or("?", |status| status.as_str());
            println!(
                "{} {status} {}",
                user.account_id,
                user.name.as_deref().unwrap_or("?")
            );
        }
        for row in &page.bad_rows {
            eprintln!("row {} was not understood: {}", row.index, row.reason);
        }
        count += page.items.len();
        if let Some(next) = &page.next {
            eprintln!("{count} accounts; the next page: {next}");
        }
    }
    eprintln!("{count} accounts, and that is all");
    Ok(())
}
