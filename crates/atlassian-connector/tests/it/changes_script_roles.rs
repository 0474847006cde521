//! Roles given and taken where the vendor answers in ways the simulator does not: more than was asked for, nothing of how a
//! role is held, groups that cannot be read or are gone.

use crate::changes_harness::{
    Do, PLAIN, VERIFYING, World, entitlement, grant, group, resource, role, user, workspace,
};
use crate::script::{ACCOUNT, DIRECTORY, GROUP, JIRA, Script, assignment, person};
use crate::vendor::{one, page, refusal};
use connector_sdk::proto::any::pack;
use connector_sdk::proto::connector::v2;
use connector_sdk::{Connector, ResourceKey};
use http::Method;
use http_kit::TransportErrorKind;
use http_kit::testing::Reply;
use insta::assert_snapshot;
use serde_json::{Value, json};

const ASSIGN: &str = "/admin/v1/orgs/*/users/*/roles/assign";
const REVOKE: &str = "/admin/v1/orgs/*/users/*/roles/revoke";
const ROLE: &str = "atlassian/user";

fn give() -> Do {
    Do::Grant(workspace(JIRA), role(ROLE), user(ACCOUNT))
}

fn take() -> Do {
    Do::Revoke(workspace(JIRA), role(ROLE), user(ACCOUNT))
}

fn done(script: Script, path: &str) -> Script {
    script.reply(Method::POST, path, Reply::status(204))
}

/// The same, on another app.
fn elsewhere(mut row: Value) -> Value {
    row["resourceId"] = json!("ari:cloud:confluence::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873");
    row["resourceOwner"] = json!("confluence");
    row
}

/// What the vendor lists beside what it was asked for decides nothing: another app, another role, another account.
#[tokio::test]
async fn what_was_not_asked_for_decides_nothing() {
    let other = || elsewhere(assignment(&[ROLE], Some(&["direct"])));
    let named = || page([json!({"id": GROUP, "name": "jira-users"})]);
    let mut shown = Vec::new();
    for held in [other(), assignment(&["atlassian/admin"], Some(&["direct"]))] {
        let script = done(Script::default().roles(page([held])), ASSIGN);
        shown.push(script.made(&PLAIN, &give()).await);
    }
    for of_group in [
        assignment(&[ROLE], None),
        assignment(&["atlassian/admin"], None),
        elsewhere(assignment(&[ROLE], None)),
    ] {
        let script = Script::default()
            .roles(page([assignment(&[ROLE], Some(&["direct", "group_direct"]))]))
            .groups_found(named())
            .group_roles(page([of_group]));
        shown.push(done(script, REVOKE).made(&PLAIN, &take()).await);
    }
    let mut somebody = person();
    somebody["accountId"] = json!("712020:9");
    let script = Script::default()
        .group(one(&json!({"id": GROUP, "directoryId": DIRECTORY})))
        .found(page([somebody]))
        .groups_found(page([json!({"id": "another"})]));
    let leave = Do::Revoke(group(GROUP), "member".to_owned(), user(ACCOUNT));
    shown.push(script.made(&PLAIN, &leave).await);
    assert_snapshot!(shown.join("\n"));
}

/// Where nobody says how a role is held, that it is held afterwards is all there is to see.
#[tokio::test]
async fn a_role_that_shows_without_methods_shows() {
    let script = done(Script::default().roles(page([])), ASSIGN).roles(page([assignment(&[ROLE], None)]));
    let told = script.found(page([person()])).made(&VERIFYING, &give()).await;
    assert!(told.starts_with("Verified: "), "{told}");
}

/// Beside a role that is known to come through a group, groups that cannot be read are only worth a note. Where nobody says
/// how it is held they would decide whether there is anything to do, so nothing is done.
#[tokio::test]
async fn groups_that_cannot_be_read_decide_only_where_nothing_else_does() {
    let mut shown = Vec::new();
    for methods in [Some(["group_direct"].as_slice()), None] {
        let script = Script::default()
            .roles(page([assignment(&[ROLE], methods)]))
            .groups_found(refusal(500, "ADMIN-500-1", "Oops"))
            .found(page([person()]));
        shown.push(done(script, ASSIGN).made(&PLAIN, &give()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// The answer to a revocation is lost and the group is gone then: what it held is gone with it.
#[tokio::test]
async fn what_a_group_held_is_gone_with_it() {
    let script = Script::default()
        .group_roles(page([assignment(&[ROLE], None)]))
        .group(one(&json!({"id": GROUP, "directoryId": DIRECTORY})))
        .reply(
            Method::POST,
            "/admin/v2/orgs/*/directories/*/groups/*/role-assignments/revoke",
            Reply::fault(TransportErrorKind::Timeout),
        )
        .group_roles(refusal(404, "ADMIN-404-10", "Group not found"))
        .group(refusal(404, "ADMIN-404-10", "Group not found"));
    let change = Do::Revoke(workspace(JIRA), role(ROLE), group(GROUP));
    let told = script.made(&PLAIN, &change).await;
    assert!(told.starts_with("Done: "), "{told}");
}

/// A write is told with the outcome if it may have left, and not if it cannot have.
#[tokio::test]
async fn only_writes_that_left_are_told() {
    for (kind, told) in [
        (TransportErrorKind::Connect, 0),
        (TransportErrorKind::Dns, 0),
        (TransportErrorKind::Interrupted, 1),
        (TransportErrorKind::Timeout, 1),
    ] {
        let script = Script::default()
            .roles(page([]))
            .reply(Method::POST, ASSIGN, Reply::fault(kind));
        assert_eq!(script.told_writes(&PLAIN, &give()).await, told, "{kind:?}");
    }
    let script = Script::default().roles(page([])).on(
        Method::POST,
        ASSIGN,
        refusal(403, "ADMIN-403-3", "Not allowed"),
    );
    assert_eq!(script.told_writes(&PLAIN, &give()).await, 1);
}

/// What an artifact says cannot be changed is refused before any request, on apps and on the organization. A grant that is
/// direct beside its groups can be.
#[tokio::test]
async fn what_an_artifact_says_of_a_grant_counts() {
    let world = World::new().await;
    let through = |ids: &[String]| v2::GrantSources {
        sources: ids
            .iter()
            .map(|id| (id.clone(), v2::grant_sources::GrantSource::default()))
            .collect(),
    };
    let member = "group:0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97:member".to_owned();
    let nobody = user("712020:00000000-0000-4000-8000-000000000000");
    let mut shown = Vec::new();
    for (on, name) in [
        (workspace(JIRA), ROLE),
        (
            ResourceKey::new("organization", world.org.id()),
            "atlassian/org-admin",
        ),
    ] {
        let types = world.connector.types().into_iter();
        let provisioner = types
            .filter(|entry| entry.resource_type.id == on.resource_type)
            .find_map(|entry| entry.provisioner)
            .unwrap();
        let plain = grant(&on, &role(name), &nobody);
        let own = plain.entitlement.as_ref().unwrap().id.clone();
        let mut immutable = plain.clone();
        immutable.annotations.push(pack(&v2::GrantImmutable::default()));
        let mut fixed = plain.clone();
        let of = fixed.entitlement.as_mut().unwrap();
        of.annotations.push(pack(&v2::EntitlementImmutable::default()));
        let mut derived = plain.clone();
        derived.sources = Some(through(std::slice::from_ref(&member)));
        let mut both = plain.clone();
        both.sources = Some(through(&[own, member.clone()]));
        for (what, held, asks) in [
            ("plain", plain, true),
            ("immutable", immutable, false),
            ("fixed", fixed, false),
            ("derived", derived, false),
            ("direct and derived", both, true),
        ] {
            let before = world.vendor.counters().total().requests;
            let outcome = provisioner.revoke(&PLAIN, &held).await;
            let asked = world.vendor.counters().total().requests > before;
            assert_eq!(asked, asks, "{what} on {on}: {outcome:?}");
            shown.push(format!("{what}: {}", world.show(&outcome)));
        }
        let mut fixed = entitlement(&on, &role(name));
        fixed.annotations.push(pack(&v2::EntitlementImmutable::default()));
        let outcome = provisioner.grant(&PLAIN, &fixed, &resource(&nobody)).await;
        shown.push(format!("given: {}", world.show(&outcome)));
    }
    assert_snapshot!(shown.join("\n"));
}

/// An account without role assignments to read is there as long as its details are, so it can be given a role where its
/// status explains that it has none.
#[tokio::test]
async fn an_account_without_roles_to_read_can_be_given_one() {
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    let mut outside = person();
    outside["status"] = json!("not_invited");
    for (details, expected) in [(one(&outside), "Done: "), (one(&person()), "13 "), (gone(), "5 ")] {
        let script = Script::default().roles(gone()).account(details);
        let told = done(script, ASSIGN).made(&PLAIN, &give()).await;
        assert!(told.starts_with(expected), "{told}");
    }
}

/// What is direct is direct, whatever the vendor says beside in words that are not known: no group is asked for.
#[tokio::test]
async fn what_is_direct_needs_no_explanation() {
    let held = assignment(&[ROLE], Some(&["direct", "delegated"]));
    let script = done(Script::default().roles(page([held])), REVOKE);
    let told = script.perform(&PLAIN, &take()).await;
    assert!(told.starts_with("Done: ") && !told.contains("/groups/"), "{told}");
}
