//! Members added to groups and taken out, over a simulated organization.

use crate::changes_harness::{Do, PLAIN, VERIFYING, World, demo, entitlement, grant, group, resource, user};
use atlassian_connector::AccountOptions;
use atlassian_sim::{AccountTruth, GroupTruth, Switches};
use connector_sdk::proto::any::pack;
use connector_sdk::proto::connector::v2;
use connector_sdk::{ResourceBuilder, ResourceKey, ResourceProvisioner};
use insta::assert_snapshot;

fn open_group(world: &World) -> GroupTruth {
    world.group(|one| one.modifiable == Some(true) && one.members_status == 200 && one.members > 1)
}

/// An account of the group's directory that is not a member.
fn outsider(world: &World, of: &GroupTruth) -> AccountTruth {
    world.account(|one| {
        one.status == Some("active")
            && one
                .directories
                .iter()
                .any(|(directory, _)| *directory == of.directory)
            && !world.is_member(&of.id, &one.id)
    })
}

fn add(of: &str, who: &str) -> Do {
    Do::Grant(group(of), "member".to_owned(), user(who))
}

fn remove(of: &str, who: &str) -> Do {
    Do::Revoke(group(of), "member".to_owned(), user(who))
}

#[tokio::test]
async fn members_come_and_go() {
    let world = World::new().await;
    let of = open_group(&world);
    let who = outsider(&world, &of);
    let mut shown = Vec::new();
    for (change, is_member) in [(add(&of.id, &who.id), true), (remove(&of.id, &who.id), false)] {
        shown.push(world.check(&VERIFYING, &change).await);
        assert_eq!(world.is_member(&of.id, &who.id), is_member);
        shown.push(world.check(&PLAIN, &change).await);
    }
    assert!(
        shown[0].contains(&of.directory),
        "the real directory is written to"
    );
    assert_snapshot!(shown.join("\n"));
}

/// A group of an identity provider is refused with the reason, whether it is read there or known before any request.
#[tokio::test]
async fn a_synced_group_is_refused() {
    let world = World::new().await;
    let synced = world.group(|one| {
        one.external_synced == Some(true) && one.modifiable == Some(false) && one.members_status == 200
    });
    let who = world.account(|one| one.status == Some("active") && !world.is_member(&synced.id, &one.id));
    let member = world
        .org
        .truth()
        .memberships()
        .find(|one| one.group == synced.id)
        .unwrap();
    let mut shown = vec![
        world.check(&PLAIN, &add(&synced.id, &who.id)).await,
        world.check(&PLAIN, &remove(&synced.id, &member.account)).await,
        // What is so already needs no change, so nothing stands against it.
        world.check(&PLAIN, &add(&synced.id, &member.account)).await,
        world.check(&PLAIN, &remove(&synced.id, &who.id)).await,
    ];
    let before = world.vendor.counters().total().requests;
    let mut known = entitlement(&group(&synced.id), "member");
    known.annotations.push(pack(&v2::EntitlementImmutable::default()));
    let given = provisioner(&world)
        .grant(&PLAIN, &known, &resource(&user(&who.id)))
        .await;
    shown.push(world.show(&given));
    // The group alone says so.
    let mut known = entitlement(&group(&synced.id), "member");
    known.resource = Some(
        ResourceBuilder::new(group(&synced.id), "")
            .profile("membership_modifiable", false)
            .build(),
    );
    let given = provisioner(&world)
        .grant(&PLAIN, &known, &resource(&user(&who.id)))
        .await;
    shown.push(world.show(&given));
    let mut held = grant(&group(&synced.id), "member", &user(&member.account));
    held.annotations.push(pack(&v2::GrantImmutable::default()));
    let taken = provisioner(&world).revoke(&PLAIN, &held).await;
    shown.push(world.show(&taken));
    assert_eq!(
        world.vendor.counters().total().requests,
        before,
        "what is immutable is refused before any request"
    );
    assert_snapshot!(shown.join("\n"));
}

fn provisioner(world: &World) -> std::sync::Arc<dyn ResourceProvisioner> {
    use connector_sdk::Connector as _;
    let mut types = world.connector.types().into_iter();
    types
        .find(|entry| entry.resource_type.id == "group")
        .unwrap()
        .provisioner
        .unwrap()
}

/// What is not there is not found when it is to be given, and gone when it is to be taken.
#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let world = World::new().await;
    let of = open_group(&world);
    let who = outsider(&world, &of);
    let (nobody, nowhere) = (
        "712020:00000000-0000-4000-8000-000000000000",
        "00000000-0000-4000-8000-000000000000",
    );
    let mut shown = Vec::new();
    for change in [
        add(&of.id, nobody),
        add(nowhere, &who.id),
        remove(&of.id, nobody),
        remove(nowhere, &who.id),
        add("not a group", &who.id),
        Do::Grant(group(&of.id), "member".to_owned(), group(nowhere)),
        Do::Grant(group(&of.id), "owner".to_owned(), user(&who.id)),
        Do::Grant(ResourceKey::new("group", ""), "member".to_owned(), user(&who.id)),
    ] {
        shown.push(world.check(&PLAIN, &change).await);
    }
    let elsewhere = world.account(|one| {
        one.status == Some("active")
            && one
                .directories
                .iter()
                .all(|(directory, _)| *directory != of.directory)
    });
    shown.push(world.check(&PLAIN, &add(&of.id, &elsewhere.id)).await);
    assert_snapshot!(shown.join("\n"));
}

/// A conflict by the vendor's code: no seat is a failure.
#[tokio::test]
async fn a_full_licence_is_a_failure() {
    let switches = Switches {
        no_seats: true,
        duplicates_conflict: true,
        removals_strict: true,
        ..Switches::default()
    };
    let world = World::with(
        &demo(),
        |vendor| vendor.switches(switches),
        AccountOptions::default(),
    )
    .await;
    let truth = world.org.truth();
    let giving = truth.group_roles().find(|one| {
        // The licence is checked where the group gives a role that takes a seat.
        one.role == "atlassian/user"
            && truth
                .groups()
                .any(|of| of.id == one.group && of.modifiable == Some(true) && of.members_status == 200)
            && one.target.contains("confluence")
    });
    let of = world.group(|one| giving.as_ref().is_some_and(|giving| giving.group == one.id));
    let target = giving.unwrap().target;
    let seated: Vec<_> = truth
        .access()
        .filter(|one| one.target == target)
        .map(|one| one.account)
        .collect();
    let who = world.account(|one| {
        one.status == Some("active")
            && one
                .directories
                .iter()
                .any(|(directory, _)| *directory == of.directory)
            && !seated.contains(&one.id)
    });
    let shown = world.check(&PLAIN, &add(&of.id, &who.id)).await;
    assert!(!world.is_member(&of.id, &who.id));
    assert_snapshot!(shown);
}
