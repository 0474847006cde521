//! What is refused without a single call of the connector.

use crate::bench::{Bench, noon};
use crate::change_bench::{Desk, create, delete, grant, invoke, revoke};
use crate::change_connector::Changer;
use crate::script::Script;
use crate::scripted::{Fault, Scripted};
use c1z_file::{
    ArtifactWriter, EntitlementRow, GrantRow, ResourceRow, SyncId, SyncRun, SyncType, WriterOptions,
};
use connector_runtime::change::Change;
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::{ResourceBuilder, ResourceKey};
use prost::Message;
use serde_json::json;

/// The change is refused, no call is made, and this is told.
fn refused(desk: &Desk, what: Change) -> String {
    refused_by(desk, &Changer::new(), what)
}

#[track_caller]
fn refused_by(desk: &Desk, connector: &Changer, what: Change) -> String {
    let told = desk.tell(connector, what);
    assert!(connector.calls().is_empty(), "a call was made: {told}");
    told.strip_suffix("\ncalled: nothing")
        .expect("nothing was called")
        .to_owned()
}

#[test]
fn ids_that_are_not_there() {
    let desk = Desk::new();
    let refused = |what| refused(&desk, what);
    insta::assert_snapshot!(refused(grant("group:g-platfrom:member", "user", "u-bo")), @r#"
    (5) there is no entitlement "group:g-platfrom:member" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "group:g-platform:member" (Member of Platform)?
    "#);
    insta::assert_snapshot!(refused(grant("member of on call", "user", "u-bo")), @r#"
    (5) there is no entitlement "member of on call" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "group:g-oncall:member" (Member of On call)?
    "#);
    insta::assert_snapshot!(refused(grant("role:nothing-like-it", "user", "u-bo")), @r#"
    (5) there is no entitlement "role:nothing-like-it" in sync.c1z as of 2026-03-04 12:00:00
    > Take the id from the artifact; what is newer than that is known after the next sync
    "#);
    insta::assert_snapshot!(refused(grant("group:g-platform:member", "user", "u-inse")), @r#"
    (5) there is no user "u-inse" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "u-ines" (Ines Calder)?
    "#);
    insta::assert_snapshot!(refused(grant("group:g-platform:member", "user", "Cleo Hartmann")), @r#"
    (5) there is no user "Cleo Hartmann" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "u-cleo" (Cleo Hartmann)?
    "#);
    insta::assert_snapshot!(refused(revoke("group:g-platform:member:user:u-inse")), @r#"
    (5) there is no grant "group:g-platform:member:user:u-inse" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "group:g-platform:member:user:u-ines" or "group:g-platform:member:user:u-bo"?
    "#);
    insta::assert_snapshot!(refused(revoke("app:wiki:use")), @r#"
    (5) there is no grant "app:wiki:use" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "app:wiki:use:group:g-oncall", "app:wiki:use:group:g-platform" or "app:wiki:use:user:u-bo"?
    "#);
}

#[test]
fn principals_of_another_type() {
    let desk = Desk::new();
    let refused = |what| refused(&desk, what);
    insta::assert_snapshot!(refused(grant("group:g-platform:member", "group", "g-oncall")), @r#"(3) entitlement "group:g-platform:member" can be granted to user, but "g-oncall" is of type group"#);
    insta::assert_snapshot!(refused(grant("app:wiki:use", "", "u-bo")), @r#"(3) entitlement "app:wiki:use" can be granted to user or group, and the type of "u-bo" was not given"#);
    insta::assert_snapshot!(refused(grant("app:wiki:watch", "user", "u-bo")), @r#"
    (9) entitlement "app:wiki:watch" (Watch Wiki) cannot be changed: it can be granted to nobody
    > Make the change at the vendor where it allows it, or sync again if this has changed
    "#);
}

#[test]
fn what_cannot_be_changed() {
    let desk = Desk::new();
    let refused = |what| refused(&desk, what);
    insta::assert_snapshot!(refused(grant("app:wiki:admin", "user", "u-bo")), @r#"
    (9) entitlement "app:wiki:admin" (Administer Wiki) cannot be changed: nobody can change who holds it
    > Make the change at the vendor where it allows it, or sync again if this has changed
    "#);
    insta::assert_snapshot!(refused(revoke("app:wiki:admin:user:u-bo")), @r#"
    (9) entitlement "app:wiki:admin" (Administer Wiki) cannot be changed: nobody can change who holds it
    > Make the change at the vendor where it allows it, or sync again if this has changed
    "#);
    insta::assert_snapshot!(refused(revoke("group:g-platform:member:user:u-bo")), @r#"
    (9) grant "group:g-platform:member:user:u-bo" cannot be changed: the artifact marks it as one that nobody can change
    > Make the change at the vendor where it allows it, or sync again if this has changed
    "#);
    insta::assert_snapshot!(refused(revoke("app:wiki:watch:user:u-cleo")), @r#"
    (9) grant "app:wiki:watch:user:u-cleo" cannot be changed: the vendor says that it is held, but not how
    > Find out at the vendor where it comes from, and take it away there
    "#);
}

/// The connector knows the vendor; it is still refused before anything is read or sent.
#[test]
fn why_it_cannot_be_changed_in_the_words_of_the_connector() {
    let desk = Desk::new();
    let refused = |slug, what| refused_by(&desk, &Changer::explaining(slug), what);
    insta::assert_snapshot!(refused("admin", grant("app:wiki:admin", "user", "u-ines")), @"
    (9) the vendor ignores where this role is held
    > Grant it on the galaxy
    ");
    insta::assert_snapshot!(refused("admin", revoke("app:wiki:admin:user:u-bo")), @"
    (9) the vendor ignores where this role is held
    > Grant it on the galaxy
    ");
    insta::assert_snapshot!(refused("watch", grant("app:wiki:watch", "user", "u-ines")), @"
    (9) the vendor ignores where this role is held
    > Grant it on the galaxy
    ");
    insta::assert_snapshot!(refused("use", grant("app:wiki:admin", "user", "u-ines")), @r#"
    (9) entitlement "app:wiki:admin" (Administer Wiki) cannot be changed: nobody can change who holds it
    > Make the change at the vendor where it allows it, or sync again if this has changed
    "#);
}

#[test]
fn what_comes_only_through_groups() {
    insta::assert_snapshot!(refused(&Desk::new(), revoke("app:wiki:use:user:u-ines")), @r#"
    (9) user "u-ines" (Ines Calder) holds "app:wiki:use" (Use Wiki) only through group "g-oncall" (On call), group "g-platform" (Platform)
    > Take it away there; if it was given directly since 2026-03-04 12:00:00, sync first
    "#);
}

#[test]
fn what_is_not_offered() {
    let desk = Desk::new();
    insta::assert_snapshot!(refused(&desk, delete("app", "wiki")), @r#"(12) this connector does not delete resources of type "app", only of type group, user"#);
    insta::assert_snapshot!(refused(&desk, delete("galaxy", "g")), @r#"(5) there is no resource type "galaxy"; this connector has app, group, robot, user"#);
    insta::assert_snapshot!(refused(&desk, Change::CreateAccount { profile: serde_json::Map::new(), resource_type: Some("group".into()) }), @r#"(12) this connector does not create accounts of type "group", only of type user"#);
    insta::assert_snapshot!(refused(&desk, Change::CreateAccount { profile: serde_json::Map::new(), resource_type: Some("galaxy".into()) }), @r#"(5) there is no resource type "galaxy"; this connector has app, group, robot, user"#);
    let by = |what| refused_by(&desk, &Changer::reading_only(), what);
    insta::assert_snapshot!(by(grant("app:wiki:use", "user", "u-ines")), @r#"(12) this connector does not change who holds entitlements of resources of type "app""#);
    insta::assert_snapshot!(by(revoke("app:wiki:use:user:u-cleo")), @r#"(12) this connector does not change who holds entitlements of resources of type "app""#);
    insta::assert_snapshot!(by(delete("user", "u-bo")), @r#"(12) this connector does not delete resources of type "user""#);
    insta::assert_snapshot!(by(create(json!({ "email": "dora@example.com" }))), @"(12) this connector does not create accounts");
    insta::assert_snapshot!(by(invoke("suspend", json!({}))), @"(12) this connector does not have actions");
}

/// Of several types of accounts the one named `user` is meant; where there is none, the type has to be named.
#[test]
fn which_accounts_are_meant() {
    let desk = Desk::new();
    let profile = || create(json!({ "email": "dora@example.com" }));
    let meant = |accounts: &[&'static str]| match desk.make(&Changer::creating(accounts), profile()) {
        Ok(report) => serde_json::to_value(&report.change).expect("JSON")["resource_type"].to_string(),
        Err(error) => error.to_string(),
    };
    assert_eq!(meant(&["robot"]), r#""robot""#);
    assert_eq!(meant(&["robot", "user"]), r#""user""#);
    assert_eq!(meant(&[]), "this connector does not create accounts");
}

#[test]
fn unknown_actions() {
    let desk = Desk::new();
    insta::assert_snapshot!(refused(&desk, invoke("suspned", json!({}))), @r#"
    (5) there is no action "suspned"; this connector has suspend, restore
    > Did you mean "suspend" (Suspend an account)?
    "#);
    insta::assert_snapshot!(refused(&desk, invoke("dance", json!({}))), @r#"(5) there is no action "dance"; this connector has suspend, restore"#);
}

#[test]
fn artifacts_in_which_nothing_can_be_looked_up() {
    let what = || revoke("app:wiki:use:user:u-cleo");
    let mut desk = Desk::empty();
    insta::assert_snapshot!(refused(&desk, what()), @r"
    (5) there is no artifact at sync.c1z
    > Sync first, or name the artifact of a sync
    ");
    std::fs::write(desk.bench.output(), "my only copy of the accounts").expect("a file");
    insta::assert_snapshot!(refused(&desk, what()), @"(9) cannot read sync.c1z: it is not a .c1z artifact");
    insta::assert_snapshot!(refused(&desk, delete("user", "u-bo")), @"(9) cannot read sync.c1z: it is not a .c1z artifact");
    std::fs::write(desk.bench.output(), b"C1Z3\0\0\0\0\x09\x0a\x07pebble4").expect("a file");
    insta::assert_snapshot!(refused(&desk, what()), @r#"
    (9) cannot read sync.c1z: its storage engine "pebble4" is not known to this program
    > Use a later version of this program, or sync into another file with it
    "#);
    std::fs::write(desk.bench.output(), b"").expect("a file");
    insta::assert_snapshot!(refused(&desk, what()), @r"
    (9) cannot read sync.c1z: the file is empty, nothing was synced into it yet
    > Run a sync to its end
    ");
    std::fs::write(desk.bench.output(), b"C1ZF\0nonsense").expect("a file");
    let damaged = refused(&desk, what());
    assert!(damaged.starts_with("(9) cannot read sync.c1z: "), "{damaged}");
    desk.options.artifact = None;
    insta::assert_snapshot!(refused(&desk, what()), @r"
    (2) no artifact was named
    > Name the artifact of a sync in which to look the ids up
    ");
}

#[test]
fn a_sync_that_did_not_finish_says_nothing() {
    let desk = Desk::empty();
    write(&desk.bench, SyncType::ResourcesOnly);
    insta::assert_snapshot!(refused(&desk, grant("group:g-ad:member", "user", "u-ad")), @r"
    (9) sync.c1z holds no finished sync
    > Run the sync to its end
    ");
    // A deletion can do without: the connector reads what is there.
    insta::assert_snapshot!(desk.tell(&Changer::new(), delete("user", "u-bo")), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: delete user:u-bo, unknown
    "#);
}

/// The reason stands on the group; and what was copied from another artifact is not this connector's.
#[test]
fn groups_of_other_directories_and_resources_of_other_systems() {
    let desk = Desk::empty();
    write(&desk.bench, SyncType::Full);
    insta::assert_snapshot!(refused(&desk, grant("group:g-ad:member", "user", "u-ad")), @r#"(9) entitlement "group:g-ad:member" (Member of Staff) cannot be changed: its group is synced from another directory, change it there (the vendor calls its origin "externalSynced")"#);
    insta::assert_snapshot!(refused(&desk, revoke("group:g-ad:member:user:u-ad")), @r#"(9) entitlement "group:g-ad:member" (Member of Staff) cannot be changed: its group is synced from another directory, change it there (the vendor calls its origin "externalSynced")"#);
    insta::assert_snapshot!(refused(&desk, grant("group:g-own:member", "user", "u-ad")), @r#"
    (9) user "u-ad" (Ada Lovelace) belongs to another system
    > Change it with the connector of that system
    "#);
    insta::assert_snapshot!(refused(&desk, delete("user", "u-ad")), @r#"
    (9) user "u-ad" (Ada Lovelace) belongs to another system
    > Change it with the connector of that system
    "#);
    insta::assert_snapshot!(refused(&desk, grant("group:g-own:member", "user", "ADA@example.com")), @r#"
    (5) there is no user "ADA@example.com" in sync.c1z as of 2026-03-04 12:00:00
    > Did you mean "u-ad" (Ada Lovelace)?
    "#);
}

/// An artifact that no sync of ours would write in one go.
fn write(bench: &Bench, sync_type: SyncType) {
    let key = |t: &str, id: &str| ResourceKey::new(t, id);
    let mut copied = ResourceBuilder::new(key("user", "u-ad"), "Ada Lovelace")
        .user(|u| u.login("ada").email("ada@example.com", true))
        .build();
    copied.annotations.push(any::pack(&v2::BatonId::default()));
    let synced = ResourceBuilder::new(key("group", "g-ad"), "Staff")
        .group(Some("directory_synced"), Some("externalSynced"))
        .build();
    let own = ResourceBuilder::new(key("group", "g-own"), "Own")
        .group(Some("native"), None)
        .build();
    let member = |of: &v2::Resource, annotations| v2::Entitlement {
        id: format!("group:{}:member", of.id.clone().unwrap_or_default().resource),
        slug: "member".into(),
        display_name: format!("Member of {}", of.display_name),
        resource: Some(of.clone()),
        grantable_to: vec![v2::ResourceType {
            id: "user".into(),
            ..v2::ResourceType::default()
        }],
        annotations,
        ..v2::Entitlement::default()
    };
    let member_of_synced = member(&synced, vec![any::pack(&v2::EntitlementImmutable::default())]);
    let held = v2::Grant {
        id: "group:g-ad:member:user:u-ad".into(),
        entitlement: Some(member_of_synced.clone()),
        principal: Some(copied.clone()),
        ..v2::Grant::default()
    };

    let sync = SyncRun::new(SyncId::new(noon(), [7; 16]).expect("an id"), noon(), sync_type);
    let mut writer = ArtifactWriter::create(&bench.output(), WriterOptions::new(sync)).expect("a writer");
    for id in ["group", "user"] {
        let row = v2::ResourceType {
            id: id.into(),
            ..v2::ResourceType::default()
        };
        writer.resource_type(&row).expect("a row");
    }
    for resource in [&copied, &synced, &own] {
        let id = resource.id.clone().unwrap_or_default();
        writer
            .resource(ResourceRow {
                resource_type_id: &id.resource_type,
                resource_id: &id.resource,
                parent: None,
                data: &resource.encode_to_vec(),
            })
            .expect("a row");
    }
    for entitlement in [&member_of_synced, &member(&own, Vec::new())] {
        let on = entitlement
            .resource
            .clone()
            .unwrap_or_default()
            .id
            .unwrap_or_default();
        writer
            .entitlement(EntitlementRow {
                resource_type_id: &on.resource_type,
                resource_id: &on.resource,
                entitlement_id: &entitlement.id,
                data: &entitlement.encode_to_vec(),
            })
            .expect("a row");
    }
    writer
        .grant(GrantRow {
            resource_type_id: "group",
            resource_id: "g-ad",
            entitlement_id: &member_of_synced.id,
            principal_type: "user",
            principal_id: "u-ad",
            grant_id: &held.id,
            expansion: None,
            data: &held.encode_to_vec(),
        })
        .expect("a row");
    writer.finish(noon(), "").expect("an artifact");
}

/// An interrupted sync leaves the artifact of the last one: that is what counts.
#[test]
fn the_last_finished_sync_counts() {
    let desk = Desk::new();
    let later =
        Script::parse("type user user\nlist user\nresource user/u-new \"New\"\n---\nresource user/u-newer");
    desk.bench
        .sync_fails(&Scripted::new(later).faulty(2, Fault::Stops));
    let told = desk.tell(&Changer::new(), revoke("app:wiki:use:user:u-cleo"));
    assert!(told.starts_with("Done"), "{told}");
}
