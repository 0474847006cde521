//! What is checked before the content of an artifact is believed.

use crate::sample::{self, edit, org};
use c1z_file::{Artifact, ReadOptions};
use std::path::Path;

fn edited(dir: &Path, sql: &str) -> (Artifact, String) {
    let output = dir.join("out.c1z");
    sample::write(&output, &org()).unwrap();
    edit(&output, sql);
    let artifact = Artifact::open(&output, ReadOptions::default()).unwrap();
    let id = artifact.latest_finished_full().unwrap().unwrap().sync_id;
    (artifact, id)
}

#[test]
fn sound_artifacts_of_any_writer_pass() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, _) = edited(dir.path(), "");
    ours.check().unwrap();
    let go = Artifact::open(&sample::go_artifact(), ReadOptions::default()).unwrap();
    go.check().unwrap();
    let (older, _) = edited(
        dir.path(),
        "DROP INDEX idx_grants_sync_needs_expansion_v1; ALTER TABLE v1_grants DROP COLUMN needs_expansion;
         DROP TABLE v1_assets; CREATE TABLE v2_more (id integer primary key);",
    );
    older.check().unwrap();
}

#[track_caller]
fn check_refused(sql: &str, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (artifact, _) = edited(dir.path(), sql);
    let told = artifact.check().unwrap_err().to_string();
    assert!(told.ends_with(expected), "{sql}: {told}");
}

#[test]
fn whatever_could_change_what_rows_say_is_refused() {
    check_refused(
        "CREATE TRIGGER t AFTER INSERT ON v1_grants BEGIN DELETE FROM v1_grants; END",
        "the database has a trigger t, which no artifact has",
    );
    check_refused(
        "CREATE VIEW v AS SELECT * FROM v1_grants",
        "the database has a view v, which no artifact has",
    );
    check_refused(
        "ALTER TABLE v1_grants ADD COLUMN more text GENERATED ALWAYS AS (entitlement_id || 'x') VIRTUAL",
        "the database has a column more of table v1_grants as \"text\", which no artifact has",
    );
    check_refused(
        "ALTER TABLE v1_grants RENAME COLUMN entitlement_id TO e; ALTER TABLE v1_grants ADD COLUMN entitlement_id integer",
        "the database has a column entitlement_id of table v1_grants as \"integer\", which no artifact has",
    );
}

#[test]
fn two_rows_of_one_id_are_not_chosen_from() {
    let dir = tempfile::tempdir().unwrap();
    let (artifact, sync) = edited(
        dir.path(),
        "DROP INDEX idx_entitlements_external_sync_v1;
         UPDATE v1_entitlements SET external_id = 'group:admins:member'",
    );
    let told = artifact
        .entitlement(&sync, "group:admins:member")
        .unwrap_err()
        .to_string();
    assert!(
        told.ends_with(
            "several rows of table v1_entitlements of the database have the id \"group:admins:member\""
        ),
        "{told}"
    );
}

#[test]
fn a_message_that_contradicts_its_row_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let told = |sql: &str, read: &dyn Fn(&Artifact, &str) -> Result<(), c1z_file::ReadError>| {
        let (artifact, sync) = edited(dir.path(), sql);
        read(&artifact, &sync).unwrap_err().to_string()
    };
    let entitlement = |a: &Artifact, s: &str| {
        let row = a.entitlement(s, "group:admins:member")?.expect("a row");
        row.decode_checked().map(drop)
    };
    let grant = |a: &Artifact, s: &str| {
        let row = a.grant(s, "group:admins:member:user:ada")?.expect("a row");
        row.decode_checked().map(drop)
    };
    let resource = |a: &Artifact, s: &str| {
        let row = a.resource(s, "group", "admins")?.expect("a row");
        row.decode_checked().map(drop)
    };
    insta::assert_snapshot!(
        told(
            "UPDATE v1_entitlements SET data = (SELECT data FROM v1_entitlements WHERE resource_type_id = 'workspace')",
            &entitlement
        ),
        @r#"entitlement "group:admins:member" contradicts itself: its row says id "group:admins:member", its message "workspace:site:access""#
    );
    insta::assert_snapshot!(
        told("UPDATE v1_entitlements SET resource_id = 'other'", &entitlement),
        @r#"entitlement "group:admins:member" contradicts itself: its row says resource "other", its message "admins""#
    );
    insta::assert_snapshot!(
        told("UPDATE v1_grants SET principal_resource_id = 'bob' WHERE id = 1", &grant),
        @r#"grant "group:admins:member:user:ada" contradicts itself: its row says resource "bob", its message "ada""#
    );
    insta::assert_snapshot!(
        told("UPDATE v1_grants SET entitlement_id = 'e' WHERE id = 1", &grant),
        @r#"grant "group:admins:member:user:ada" contradicts itself: its row says entitlement "e", its message "group:admins:member""#
    );
    insta::assert_snapshot!(
        told("UPDATE v1_resources SET parent_resource_id = 'elsewhere' WHERE resource_type_id = 'group'", &resource),
        @r#"resource "group:admins" contradicts itself: its row says parent "elsewhere", its message "site""#
    );
    insta::assert_snapshot!(
        told("UPDATE v1_resources SET data = (SELECT data FROM v1_resources WHERE external_id = 'user:bob')", &resource),
        @r#"resource "group:admins" contradicts itself: its row says resource type "group", its message "user""#
    );
}

/// Other writers leave parts out of a grant to save space.
#[test]
fn what_a_message_does_not_say_is_taken_from_its_row() {
    let dir = tempfile::tempdir().unwrap();
    // Only the id of the grant: field 3.
    let (artifact, sync) = edited(
        dir.path(),
        "UPDATE v1_grants SET data = CAST(x'1a1c' || 'group:admins:member:user:ada' AS blob) WHERE id = 1;
         UPDATE v1_entitlements SET data = x''",
    );
    let grant = artifact
        .grant(&sync, "group:admins:member:user:ada")
        .unwrap()
        .unwrap();
    let grant = grant.decode_checked().unwrap();
    let entitlement = grant.entitlement.unwrap();
    assert_eq!(entitlement.id, "group:admins:member");
    assert_eq!(entitlement.resource.unwrap().id.unwrap().resource, "admins");
    assert_eq!(grant.principal.unwrap().id.unwrap().resource, "ada");
    let entitlement = artifact
        .entitlement(&sync, "group:admins:member")
        .unwrap()
        .unwrap();
    let entitlement = entitlement.decode_checked().unwrap();
    assert_eq!(entitlement.id, "group:admins:member");
    assert_eq!(entitlement.resource.unwrap().id.unwrap().resource_type, "group");
}
