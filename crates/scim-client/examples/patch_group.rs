//! Adds a user to a group and takes it out again, each with a change that names only this member.
//!
//! The simulator prints `scim_url` and `scim_token`. Without names the example lists the first page of
//! groups and of users.
//!
//! ```text
//! cargo run -p atlassian-sim -- --preset demo --port 8931
//! SCIM_TOKEN=… cargo run -p scim-client --example patch_group -- SCIM_URL
//! SCIM_TOKEN=… cargo run -p scim-client --example patch_group -- SCIM_URL DISPLAY_NAME USER_NAME
//! ```
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

mod support;

use scim_client::{Filter, Patch, Query, Selection, WriteOptions};
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (client, arguments) = support::client("[DISPLAY_NAME USER_NAME]")?;
    let (groups, users) = (client.groups(), client.users());
    let [group, user] = arguments.as_slice() else {
        for group in groups.list(&Query::default(), None).await?.items {
            println!("group {}", group.resource.display_name.unwrap_or("?".into()));
        }
        for user in users.list(&Query::default(), None).await?.items {
            println!("user {}", user.resource.user_name.unwrap_or("?".into()));
        }
        return Ok(());
    };
    let named = |attribute: &str, name: &str| Query::builder().filter(Filter::eq(attribute, name)?).build();
    let found = groups.list(&named("displayName", group)?, None).await?;
    let group = &found.items.first().ok_or("no such group")?.id;
    let found = users.list(&named("userName", user)?, None).await?;
    let user = &found.items.first().ok_or("no such user")?.id;

    let members = async || {
        let group = groups.get(group, &Selection::Default).await?;
        let holds = group
            .resource
            .members
            .iter()
            .any(|member| member.user_id().as_ref() == Some(user));
        Ok::<_, scim_client::ScimError>((group.resource.members.len(), holds))
    };
    let (count, was_in) = members().await?;
    println!(
        "{count} members; the user is {}among them",
        if was_in { "" } else { "not " }
    );
    let join = Patch::builder().add_members([user]).build()?;
    let leave = Patch::builder().remove_members([user]).build()?;
    // Ends as it began.
    for patch in if was_in { [&leave, &join] } else { [&join, &leave] } {
        let written = groups.patch(group, patch, &WriteOptions::default()).await?;
        println!(
            "changed: {}; {} members now",
            support::told(&written.receipt),
            members().await?.0
        );
    }
    Ok(())
}
