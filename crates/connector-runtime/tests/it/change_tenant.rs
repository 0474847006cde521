//! A change is made in the tenant that its artifact is of, or not at all.

use crate::bench::Bench;
use crate::change_bench::{Desk, TENANT, create, delete, grant, invoke, revoke};
use crate::change_connector::Changer;
use crate::script::Script;
use crate::scripted::Scripted;
use connector_runtime::change::{Change, Stated};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ResourceKey, Tenant};
use prost::Message;
use serde_json::json;

fn org(id: &str) -> Tenant {
    Tenant::new(ResourceKey::new("org", id)).at("https://api.example.com")
}

/// The artifact of the tenant `o-1`, with these resources that stand for it.
fn desk_with(orgs: &str) -> Desk {
    let bench = Bench::new();
    let script = format!("{TENANT}\n    type org\n    list org\n{orgs}");
    bench
        .sync(&Scripted::new(Script::parse(&script)).of(org("o-1")))
        .expect("the sync succeeds");
    let mut desk = Desk::at(bench);
    desk.options.artifact_named = true;
    desk
}

fn desk() -> Desk {
    desk_with("resource org/o-1")
}

/// One change of each kind.
fn changes() -> [Change; 5] {
    [
        grant("group:g-platform:member", "user", "u-cleo"),
        revoke("app:wiki:use:user:u-cleo"),
        delete("user", "u-cleo"),
        create(json!({ "email": "dora@example.com" })),
        invoke("restore", json!({})),
    ]
}

#[track_caller]
fn check_refused(desk: &Desk, tenant: &Tenant, expected: &str) {
    for change in changes() {
        let connector = Changer::of(tenant.clone());
        let told = desk.tell(&connector, change.clone());
        assert!(connector.calls().is_empty(), "{change:?}: {told}");
        assert!(told.starts_with(expected), "{change:?}: {told}");
    }
}

#[test]
fn in_another_tenant_nothing_is_changed() {
    check_refused(
        &desk(),
        &org("o-2"),
        r#"(9) sync.c1z is of org "o-1", and the change would be made in org "o-2""#,
    );
}

#[test]
fn neither_is_a_simulation_with_the_artifact_of_the_real_tenant() {
    check_refused(
        &desk(),
        &org("o-1").simulated(),
        r#"(9) sync.c1z is of the real org "o-1", and the change would be made in a demonstration of org "o-1""#,
    );
    let bench = Bench::new();
    let script = format!("{TENANT}\n    type org\n    list org\nresource org/o-1");
    bench
        .sync(&Scripted::new(Script::parse(&script)).of(org("o-1").simulated()))
        .expect("the sync succeeds");
    let mut desk = Desk::at(bench);
    desk.options.artifact_named = true;
    check_refused(
        &desk,
        &org("o-1"),
        r#"(9) sync.c1z is of a demonstration of org "o-1", and the change would be made in org "o-1""#,
    );
}

#[test]
fn an_artifact_that_does_not_say_its_tenant_is_not_used() {
    check_refused(
        &desk_with(""),
        &org("o-1"),
        "(9) sync.c1z does not say which org it is of: it holds none",
    );
    check_refused(
        &desk_with("resource org/o-1\nresource org/o-2"),
        &org("o-1"),
        "(9) sync.c1z does not say which org it is of: it holds several",
    );
}

/// What an artifact of another writer does not say is not held against it.
#[test]
fn the_tenant_is_known_by_its_resource_alone() {
    let bench = Bench::new();
    let script = format!("{TENANT}\n    type org\n    list org\nresource org/o-1");
    bench
        .sync(&Scripted::new(Script::parse(&script)))
        .expect("the sync succeeds");
    let desk = Desk::at(bench);
    let told = desk.tell(&Changer::of(org("o-1")), revoke("app:wiki:use:user:u-cleo"));
    assert!(told.starts_with("Done"), "{told}");
    check_refused_of_two(&desk);
}

/// Without a name the default artifact is opened by changes that look something up, and by no other.
fn check_refused_of_two(desk: &Desk) {
    let connector = Changer::of(org("o-2"));
    let told = desk.tell(&connector, revoke("app:wiki:use:user:u-cleo"));
    assert!(told.starts_with("(9)"), "{told}");
    let told = desk.tell(&connector, invoke("restore", json!({})));
    assert!(told.starts_with("Done"), "{told}");
}

#[test]
fn another_address_is_a_note() {
    let desk = desk();
    let moved = Tenant::new(ResourceKey::new("org", "o-1")).at("https://proxy.example.com/admin");
    for change in changes() {
        let told = desk.tell(&Changer::of(moved.clone()), change);
        assert!(
            told.contains(
                "note: sync.c1z was read at https://api.example.com, and the change is made at \
                 https://proxy.example.com/admin"
            ),
            "{told}"
        );
    }
    let slash = Tenant::new(ResourceKey::new("org", "o-1")).at("https://api.example.com/");
    let told = desk.tell(&Changer::of(slash), revoke("app:wiki:use:user:u-cleo"));
    assert!(!told.contains("note:"), "{told}");
}

/// The sync before had far more rows, so that a row that is not found says nothing.
#[test]
fn an_artifact_that_lost_rows_proves_nothing_gone() {
    let mut script = format!("{TENANT}\n    type org\n    list org\nresource org/o-1\n");
    let bench = Bench::new();
    let first = format!(
        "{script}\nlist user\n{}",
        (0..20)
            .map(|n| format!("resource user/{n}\n"))
            .collect::<String>()
    );
    let sync = |text: &str| {
        let connector = Scripted::new(Script::parse(text)).of(org("o-1"));
        bench.sync(&connector).expect("the sync succeeds")
    };
    sync(&first);
    script.push('\n');
    assert_eq!(sync(&script).gaps().count(), 1);
    let desk = Desk::at(bench);
    let told = desk.tell(&Changer::of(org("o-1")), delete("user", "u-cleo"));
    assert!(told.contains("delete user:u-cleo, unknown"), "{told}");
    let whole = self::desk().tell(&Changer::of(org("o-1")), delete("user", "u-cleo"));
    assert!(whole.contains("known as user:u-cleo"), "{whole}");
}

/// Someone edited a row: its message is of another entitlement than the one that was asked for.
#[test]
fn a_message_that_contradicts_its_row_changes_nothing() {
    let desk = desk();
    edit(
        &desk,
        "UPDATE v1_entitlements SET data = (SELECT data FROM v1_entitlements WHERE external_id = 'app:wiki:use') \
         WHERE external_id = 'group:g-platform:member'",
    );
    let connector = Changer::of(org("o-1"));
    let told = desk.tell(&connector, grant("group:g-platform:member", "user", "u-cleo"));
    assert!(connector.calls().is_empty(), "{told}");
    assert!(
        told.starts_with(
            r#"(9) entitlement "group:g-platform:member" contradicts itself: its row says id "group:g-platform:member", its message "app:wiki:use""#
        ),
        "{told}"
    );
    edit(&desk, "CREATE VIEW v AS SELECT 1");
    let told = desk.tell(&connector, revoke("app:wiki:use:user:u-cleo"));
    assert!(told.starts_with("(9)") && told.contains("has a view v"), "{told}");
}

/// Row and message agree, and both are those of another entitlement than the one whose id they have.
#[test]
fn an_id_that_is_not_the_one_of_its_parts_changes_nothing() {
    let desk = desk();
    edit_with(&desk, |db| {
        let sql = "SELECT data FROM v1_entitlements WHERE external_id = 'app:wiki:use'";
        let data: Vec<u8> = db.query_row(sql, [], |row| row.get(0)).expect("a row");
        let mut forged = v2::Entitlement::decode(&*data).expect("an entitlement");
        forged.id = "group:g-platform:member".into();
        let sql = "UPDATE v1_entitlements SET resource_type_id = 'app', resource_id = 'wiki', data = ?1 WHERE external_id = ?2";
        db.execute(sql, (forged.encode_to_vec(), &forged.id))
            .expect("an update");
    });
    let connector = Changer::of(org("o-1"));
    let told = desk.tell(&connector, grant("group:g-platform:member", "user", "u-cleo"));
    assert!(connector.calls().is_empty(), "{told}");
    assert!(
        told.starts_with(
            r#"(9) entitlement "group:g-platform:member" contradicts itself: its row says id "group:g-platform:member", its message "app:wiki:use""#
        ),
        "{told}"
    );
    let desk = self::desk();
    edit_with(&desk, |db| {
        let sql = "SELECT data FROM v1_grants WHERE external_id = 'app:wiki:use:user:u-bo'";
        let data: Vec<u8> = db.query_row(sql, [], |row| row.get(0)).expect("a row");
        let mut forged = v2::Grant::decode(&*data).expect("a grant");
        forged.id = "app:wiki:use:user:u-cleo".into();
        let sql = "UPDATE v1_grants SET principal_resource_id = 'u-bo', data = ?1 WHERE external_id = ?2";
        db.execute(sql, (forged.encode_to_vec(), &forged.id))
            .expect("an update");
    });
    let told = desk.tell(&connector, revoke("app:wiki:use:user:u-cleo"));
    assert!(connector.calls().is_empty(), "{told}");
    assert!(
        told.starts_with("(9) grant ") && told.contains("contradicts itself"),
        "{told}"
    );
}

/// Its resource and its checkpoint come from one sync, so where they name different tenants one of them was edited.
#[test]
fn a_checkpoint_of_another_tenant_is_not_passed_over() {
    let desk = desk();
    edit(
        &desk,
        r#"UPDATE v1_sync_runs SET sync_token = replace(sync_token, '"o-1"', '"o-2"')"#,
    );
    check_refused(
        &desk,
        &org("o-1"),
        r#"(9) sync.c1z is of org "o-2", as its sync says, and the change would be made in org "o-1""#,
    );
}

/// Whoever names an artifact wants the tenant compared. A slip in its name must not turn that off.
#[test]
fn an_artifact_that_was_named_and_is_not_there_is_an_error() {
    let mut desk = desk();
    desk.options.artifact = Some(desk.bench.folder.path().join("snyc.c1z"));
    check_refused(&desk, &org("o-1"), "(5) there is no artifact at snyc.c1z");
}

/// Where none was named the change is made, and says that nothing was compared.
#[test]
fn a_change_without_an_artifact_says_that_nothing_was_compared() {
    let mut desk = desk();
    let note = r#"note: no artifact was named to compare with; the settings say that this is org "o-1""#;
    for change in [
        create(json!({ "email": "dora@example.com" })),
        delete("user", "u-cleo"),
        invoke("restore", json!({})),
    ] {
        desk.options.artifact_named = true;
        let told = desk.tell(&Changer::of(org("o-1")), change.clone());
        assert!(told.starts_with("Done") && !told.contains("note:"), "{told}");
        desk.options.artifact_named = false;
        let artifact = desk.options.artifact.take();
        let told = desk.tell(&Changer::of(org("o-1")), change);
        assert!(told.starts_with("Done") && told.contains(note), "{told}");
        desk.options.artifact = artifact;
    }
}

fn edit(desk: &Desk, sql: &str) {
    edit_with(desk, |db| db.execute_batch(sql).expect(sql));
}

fn edit_with(desk: &Desk, change: impl FnOnce(&rusqlite::Connection)) {
    let output = desk.bench.output();
    let packed = std::fs::read(&output).expect("the artifact");
    let copy = desk.bench.folder.path().join("db");
    std::fs::write(&copy, zstd::decode_all(&packed[5..]).expect("zstd")).expect("a copy");
    let db = rusqlite::Connection::open(&copy).expect("a database");
    change(&db);
    db.close().expect("closed");
    let mut packed = b"C1ZF\0".to_vec();
    packed.extend(zstd::encode_all(&*std::fs::read(&copy).expect("the copy"), 3).expect("zstd"));
    std::fs::write(output, packed).expect("the artifact");
}

/// An artifact that others may have written is used with a warning, which the record has too.
#[cfg(unix)]
#[test]
fn an_artifact_that_others_may_have_written_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    let file = desk.bench.output();
    let revoked = || {
        let made = desk.make(&Changer::of(org("o-1")), revoke("app:wiki:use:user:u-cleo"));
        made.expect("it is done").notes
    };
    assert_eq!(revoked(), Vec::<String>::new());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("its mode");
    let notes = revoked();
    assert!(notes[0].contains("others may have written"), "{notes:?}");
    if rustix::process::geteuid().is_root() {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("its mode");
        std::os::unix::fs::chown(&file, Some(4711), None).expect("given away");
        let notes = revoked();
        assert!(notes[0].contains("owner 4711, mode 0600"), "{notes:?}");
    }
}

/// A platform states what it names; what of it is of another tenant is refused as an artifact of that would be.
#[test]
fn what_is_stated_of_another_tenant_is_not_changed() {
    let id = |kind: &str, id: &str| {
        Some(v2::ResourceId {
            resource_type: kind.into(),
            resource: id.into(),
            ..Default::default()
        })
    };
    let stated = |parent: Option<v2::ResourceId>| Stated {
        resource: Some(v2::Resource {
            id: id("user", "u-cleo"),
            parent_resource_id: parent,
            ..Default::default()
        }),
        ..Stated::default()
    };
    let mut desk = desk();
    (desk.options.artifact, desk.options.artifact_named) = (None, false);
    let connector = Changer::of(org("o-2"));
    desk.options.stated = Some(stated(id("org", "o-1")));
    let told = desk.tell(&connector, delete("user", "u-cleo"));
    let expected = r#"(9) org "o-1" is named, and the change would be made in org "o-2""#;
    assert!(
        connector.calls().is_empty() && told.starts_with(expected),
        "{told}"
    );
    desk.options.stated = Some(stated(id("org", "o-2")));
    desk.tell(&connector, delete("user", "u-cleo"));
    assert_eq!(connector.calls().len(), 1);
}
