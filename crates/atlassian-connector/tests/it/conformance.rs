//! The rules that every connector keeps, on simulated organizations.

use crate::changes_harness::World;
use atlassian_connector::AccountOptions;
use atlassian_sim::{Org, OrgSpec, Quirks};
use connector_sdk::ResourceKey;
use connector_sdk::conformance::{check, check_grant};

async fn world() -> World {
    let org = Org::generate(OrgSpec::small(60).with_quirks(Quirks::none()));
    World::with(&org, |vendor| vendor, AccountOptions::default()).await
}

#[tokio::test]
async fn what_is_read_keeps_the_rules() {
    let read = check(&world().await.connector).await.unwrap();
    read.assert_kept();
    assert!(read.resources > 60 && read.grants > 60, "{read}");
}

#[tokio::test]
async fn a_membership_keeps_the_rules() {
    let world = world().await;
    let group = world.group(|one| one.modifiable == Some(true) && one.members_status == 200);
    let who = world.account(|one| {
        let is_there = one
            .directories
            .iter()
            .any(|(directory, _)| *directory == group.directory);
        one.status == Some("active") && is_there && !world.is_member(&group.id, &one.id)
    });
    let (member, who) = (
        format!("group:{}:member", group.id),
        ResourceKey::new("user", &who.id),
    );
    let tried = check_grant(&world.connector, &member, &who).await.unwrap();
    tried.assert_kept();
}
