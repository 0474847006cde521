//! Verifying: sound artifacts are clean, and each defect is named.

use crate::sample::{self, Org, any, org};
use c1z_file::{Report, verify};
use connector_proto::connector::v2;
use std::{fs, io::Write, path::Path};

fn report(prepare: impl FnOnce(&Path)) -> Report {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    prepare(&output);
    verify(&output).unwrap()
}

/// What is found after `sql` ran on a sound artifact.
fn after(sql: &str) -> String {
    lines(&report(|output| {
        sample::write(output, &org()).unwrap();
        sample::edit(output, sql);
    }))
}

/// What is found in an artifact of `org`.
fn of(org: &Org) -> String {
    lines(&report(|output| drop(sample::write(output, org).unwrap())))
}

fn lines(report: &Report) -> String {
    let lines: Vec<_> = report
        .findings
        .iter()
        .map(|finding| format!("{:?} | {finding}", finding.rule))
        .collect();
    lines.join("\n")
}

#[test]
fn what_we_write_is_clean() {
    let mut report = report(|output| drop(sample::write(output, &org()).unwrap()));
    assert!(report.is_clean(), "{}", lines(&report));
    // The size depends on the compressor.
    assert!(report.summary.file_bytes > 0 && report.summary.db_bytes > report.summary.file_bytes);
    (report.summary.file_bytes, report.summary.db_bytes) = (0, 0);
    insta::assert_debug_snapshot!(report.summary);
}

#[test]
fn what_the_go_sdk_writes_is_clean() {
    let report = verify(&sample::go_artifact()).unwrap();
    assert_eq!(lines(&report), "");
    insta::assert_debug_snapshot!(report.summary);
}

#[test]
fn envelope() {
    let plain = |data: &[u8]| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    };
    let packed = |pack: &dyn Fn(&[u8]) -> Vec<u8>| {
        lines(&report(|output| {
            sample::write(output, &org()).unwrap();
            let packed = pack(&sample::database(output));
            fs::write(output, [b"C1ZF\0".as_slice(), &packed].concat()).unwrap();
        }))
    };
    insta::assert_snapshot!(packed(&plain), @"
    Envelope | envelope: the zstd frame does not say how much it holds
    Envelope | envelope: the zstd frame has no checksum
    ");
    insta::assert_snapshot!(packed(&|data| [plain(data), plain(b"")].concat()), @"
    Envelope | envelope: 2 zstd frames instead of one
    Envelope | envelope: the zstd frame does not say how much it holds
    Envelope | envelope: the zstd frame has no checksum
    ");
}

#[test]
fn journal() {
    insta::assert_snapshot!(after("PRAGMA journal_mode = WAL"), @"Journal | database: its header asks for a write-ahead log, which an artifact does not have");
}

#[test]
fn damage() {
    let found = lines(&report(|output| {
        sample::write(output, &org()).unwrap();
        let mut database = sample::database(output);
        database[4096 * 3..4096 * 4].fill(0xff);
        fs::write(output, sample::pack(&database)).unwrap();
    }));
    insta::assert_snapshot!(found, @"
    Structure | database: Tree 4 page 4: btreeInitPage() returns error code 11
    Structure | database: wrong # of entries in index idx_entitlements_resource_id_v1
    Structure | database: wrong # of entries in index idx_entitlements_external_sync_v1
    Structure | database: database disk image is malformed
    ");
}

#[test]
fn schema() {
    insta::assert_snapshot!(after("DROP TABLE v1_grants"), @"
    Table | table v1_grants: it is missing
    Index | index idx_grants_external_sync_v1: it is missing
    Index | index idx_grants_resource_type_id_resource_id_v1: it is missing
    Index | index idx_grants_principal_id_v1: it is missing
    Index | index idx_grants_entitlement_id_principal_id_v1: it is missing
    Index | index idx_grants_entitlement_sync_grant_v1: it is missing
    Index | index idx_grants_sync_expansion_v1: it is missing
    Index | index idx_grants_sync_needs_expansion_v1: it is missing
    ");
    insta::assert_snapshot!(
        after(
            "CREATE TABLE staging (x); CREATE INDEX mine ON v1_grants (sync_id); ANALYZE; \
             CREATE TRIGGER t AFTER INSERT ON v1_grants BEGIN SELECT 1; END;"
        ),
        @"
    Table | table staging: it does not belong
    Index | index mine: it does not belong
    Table | trigger t: it does not belong
    "
    );
    insta::assert_snapshot!(
        after(
            "DROP TABLE v1_assets; ALTER TABLE v1_sync_runs DROP COLUMN stats; \
             ALTER TABLE v1_resources ADD COLUMN note text; \
             ALTER TABLE v1_sync_runs DROP COLUMN supports_diff; \
             ALTER TABLE v1_sync_runs ADD COLUMN supports_diff text"
        ),
        @"
    Table | table v1_resources: column note does not belong
    Table | table v1_sync_runs: column supports_diff is text instead of integer not null default 0
    Table | table v1_sync_runs: column stats is missing
    Table | table v1_assets: it is missing
    Index | index idx_assets_external_sync_v1: it is missing
    Table | database: cannot read the syncs: Invalid column type Null at index: 8, name: supports_diff
    "
    );
    insta::assert_snapshot!(
        after(
            "DROP INDEX idx_grants_principal_id_v1; \
             DROP INDEX idx_grants_sync_expansion_v1; \
             CREATE INDEX idx_grants_sync_expansion_v1 ON v1_grants (sync_id); \
             DROP INDEX idx_resources_external_sync_v1; DROP INDEX idx_resources_parent_resource_id_v1; \
             CREATE UNIQUE INDEX idx_resources_external_sync_v1 ON v1_resources (external_id, sync_id); \
             CREATE INDEX idx_resources_parent_resource_id_v1 \
             ON v1_resources (parent_resource_type_id, parent_resource_id)"
        ),
        @"
    Index | index idx_resources_parent_resource_id_v1: it is not unique
    Index | index idx_resources_parent_resource_id_v1: it is on (parent_resource_type_id, parent_resource_id) instead of (external_id, sync_id)
    Index | index idx_resources_external_sync_v1: it is unique and should not be
    Index | index idx_resources_external_sync_v1: it is on (external_id, sync_id) instead of (parent_resource_type_id, parent_resource_id)
    Index | index idx_grants_principal_id_v1: it is missing
    Index | index idx_grants_sync_expansion_v1: it covers all rows instead of expansion is not null
    "
    );
}

#[test]
fn rows_without_numbers() {
    let found = after(&sample::unnumbered("id integer"));
    let of_tables: Vec<_> = found.lines().filter(|line| line.starts_with("Table ")).collect();
    insta::assert_snapshot!(of_tables.join("\n"), @"Table | table v1_grants: its rows are not numbered by their id");
}

#[test]
fn duplicates() {
    insta::assert_snapshot!(
        after(
            "DROP INDEX idx_entitlements_external_sync_v1; \
             INSERT INTO v1_entitlements (resource_type_id, resource_id, external_id, data, sync_id, discovered_at) \
             SELECT resource_type_id, resource_id, external_id, data, sync_id, discovered_at FROM v1_entitlements \
             LIMIT 1; UPDATE v1_sync_runs SET stats = NULL"
        ),
        @r#"
    Index | index idx_entitlements_external_sync_v1: it is missing
    Duplicate | external_id "group:admins:member": several rows of v1_entitlements have this id
    "#
    );
}

#[test]
fn syncs() {
    insta::assert_snapshot!(after("DELETE FROM v1_sync_runs"), @r#"
    Sync | syncs: there is none
    Reference | table v1_resource_types: 3 rows belong to sync "3MY4vp3qkmxE3grGn5n7txfMG4F", which is not there
    Reference | table v1_resources: 4 rows belong to sync "3MY4vp3qkmxE3grGn5n7txfMG4F", which is not there
    Reference | table v1_entitlements: 2 rows belong to sync "3MY4vp3qkmxE3grGn5n7txfMG4F", which is not there
    Reference | table v1_grants: 3 rows belong to sync "3MY4vp3qkmxE3grGn5n7txfMG4F", which is not there
    "#);
    insta::assert_snapshot!(
        after(
            "UPDATE v1_sync_runs SET sync_type = 'sideways', grants_backfilled = 0, \
             started_at = '2026-11-24T10:00:00Z', ended_at = '2026-11-24 10:00:00.50', parent_sync_id = 'p'"
        ),
        @r#"
    Time | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: started_at "2026-11-24T10:00:00Z" is not of the form YYYY-MM-DD HH:MM:SS[.fraction]
    Time | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: ended_at "2026-11-24 10:00:00.50" is not of the form YYYY-MM-DD HH:MM:SS[.fraction]
    Sync | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: it ends at 2026-11-24 10:00:00.50, before it starts at 2026-11-24T10:00:00Z
    Sync | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its type "sideways" is unknown
    Sync | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: grants_backfilled is not set, so readers decode every grant on each open
    "#
    );
    insta::assert_snapshot!(
        after(
            "UPDATE v1_sync_runs SET ended_at = NULL, parent_sync_id = 'p'; \
             INSERT INTO v1_sync_runs (sync_id, started_at, sync_token, grants_backfilled) VALUES ('x', '', '', 1)"
        ),
        @r#"
    Unfinished | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: it did not end
    Sync | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: it has a parent although its type is full
    Sync | sync x: its id is not a KSUID
    Time | sync x: started_at "" is not of the form YYYY-MM-DD HH:MM:SS[.fraction]
    Unfinished | sync x: it did not end
    "#
    );
}

#[test]
fn columns_that_disagree_with_messages() {
    insta::assert_snapshot!(
        after("UPDATE v1_resource_types SET discovered_at = 'now'; UPDATE v1_resources SET parent_resource_id = NULL"),
        @r#"
    Time | resource type user: discovered_at "now" is not of the form YYYY-MM-DD HH:MM:SS[.fraction]
    Time | resource type group: discovered_at "now" is not of the form YYYY-MM-DD HH:MM:SS[.fraction]
    Time | resource type workspace: discovered_at "now" is not of the form YYYY-MM-DD HH:MM:SS[.fraction]
    Column | resource group:admins: its parent is "" of type "workspace", in its message "site" of type "workspace"
    "#
    );
    insta::assert_snapshot!(
        after("UPDATE v1_resources SET external_id = 'user:eve' WHERE external_id = 'user:bob'"),
        @r#"
    Column | resource user:eve: its message has the id "bob" of type "user"
    Reference | grant group:admins:member:user:bob: its principal "bob" of type "user" was not synced
    "#
    );
    insta::assert_snapshot!(
        after("UPDATE v1_entitlements SET resource_id = 'site2' WHERE resource_id = 'site'"),
        @r#"
    Column | entitlement workspace:site:access: its message is about resource "site" of type "workspace"
    Reference | entitlement workspace:site:access: its resource "site2" of type "workspace" was not synced
    Reference | grant workspace:site:access:group:admins: its entitlement "workspace:site:access" is on resource "site2" of type "workspace"
    "#
    );
    insta::assert_snapshot!(
        after(
            "UPDATE v1_grants SET external_id = 'g', principal_resource_id = 'admins', needs_expansion = 1 \
             WHERE id = 2; UPDATE v1_grants SET entitlement_id = 'nothing' WHERE id = 1; \
             UPDATE v1_grants SET data = x'0aff' WHERE id = 3"
        ),
        @r#"
    Column | grant group:admins:member:user:ada: its message is about entitlement "group:admins:member"
    Expansion | grant g: it needs expansion but names no entitlement to expand
    Column | grant g: its message has the id "group:admins:member:user:bob"
    Column | grant g: its message names principal "bob" of type "user"
    Message | grant workspace:site:access:group:admins: its message is no Grant: failed to decode Protobuf message: Grant.entitlement: invalid varint
    Reference | grant g: its principal "admins" of type "user" was not synced
    Reference | grant group:admins:member:user:ada: its entitlement "nothing" was not synced
    "#
    );
}

#[test]
fn missing_rows() {
    insta::assert_snapshot!(after("DELETE FROM v1_resources WHERE external_id = 'group:admins'"), @r#"
    Reference | entitlement group:admins:member: its resource "admins" of type "group" was not synced
    Reference | grant workspace:site:access:group:admins: its principal "admins" of type "group" was not synced
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say 4 resources, it has 3
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say resources {"group": 1, "user": 2, "workspace": 1}, it has {"user": 2, "workspace": 1}
    "#);
    insta::assert_snapshot!(after("DELETE FROM v1_entitlements WHERE resource_type_id = 'group'"), @r#"
    Reference | grant group:admins:member:user:ada: its entitlement "group:admins:member" was not synced
    Reference | grant group:admins:member:user:bob: its entitlement "group:admins:member" was not synced
    Reference | grant workspace:site:access:group:admins: it expands entitlement "group:admins:member", which was not synced
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say 2 entitlements, it has 1
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say entitlements {"group": 1, "workspace": 1}, it has {"workspace": 1}
    "#);
    insta::assert_snapshot!(
        after("DELETE FROM v1_resource_types WHERE external_id = 'workspace'; UPDATE v1_grants SET sync_id = 'x'"),
        @r#"
    Reference | table v1_grants: 3 rows belong to sync "x", which is not there
    Reference | resource workspace:site: its type "workspace" was not synced
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say 3 resource types, it has 2
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say 3 grants, it has 0
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say grants {"group": 2, "workspace": 1}, it has {}
    "#
    );
}

#[test]
fn traits() {
    let mut org = org();
    org.resources[0].annotations.clear();
    org.resources[3].annotations = vec![any(&v2::UserTrait::default())];
    insta::assert_snapshot!(of(&org), @"
    Trait | resource user:ada: its type promises UserTrait, and readers refuse a sync without it
    Trait | resource group:admins: its type promises GroupTrait, and readers refuse a sync without it
    ");
    // Present, but not what its name says: readers refuse that too.
    let broken = || prost_types::Any {
        value: vec![0x0a, 0xff],
        ..any(&v2::UserTrait::default())
    };
    org.resources[0].annotations = vec![broken(), any(&v2::UserTrait::default())];
    org.resources[1].annotations.push(broken());
    insta::assert_snapshot!(of(&org), @"
    Message | resource user:ada: its UserTrait does not decode: failed to decode Protobuf message: UserTrait.emails: invalid varint
    Trait | resource group:admins: its type promises GroupTrait, and readers refuse a sync without it
    ");
}

#[test]
fn assets() {
    let asset = |id: &str| {
        format!(
            "UPDATE v1_sync_runs SET stats = NULL; INSERT INTO v1_assets (external_id, content_type, data, sync_id, \
             discovered_at) SELECT '{id}', 'image/png', x'00', sync_id, started_at FROM v1_sync_runs"
        )
    };
    assert_eq!(after(&asset("icon")), "");
    insta::assert_snapshot!(after(&asset("")), @"Column | asset : its id is empty, so nothing can refer to it");
}

#[test]
fn expansions() {
    let mut org = org();
    let expandable = |ids: &[&str]| v2::GrantExpandable {
        entitlement_ids: ids.iter().map(|&id| id.to_owned()).collect(),
        ..Default::default()
    };
    org.grants[0]
        .0
        .annotations
        .push(any(&expandable(&["group:admins:member"])));
    org.grants[1].1 = Some(expandable(&[" "]));
    org.grants[2].1 = Some(expandable(&["nothing", "workspace:site:access"]));
    insta::assert_snapshot!(of(&org), @r#"
    Expansion | grant group:admins:member:user:ada: its message carries the expansion, which belongs in the column
    Expansion | grant group:admins:member:user:bob: its expansion names no entitlement
    Reference | grant workspace:site:access:group:admins: it expands entitlement "nothing", which was not synced
    Expansion | grant workspace:site:access:group:admins: it expands entitlement "workspace:site:access", which is not on its principal
    "#);
}

#[test]
fn stats() {
    insta::assert_snapshot!(
        after(
            r#"UPDATE v1_sync_runs SET stats =
               '{"resource_types":3,"resources":4,"entitlements":2,"grants":4,"assets":1,
                 "resources_by_resource_type":{"user":3,"group":1}}'"#
        ),
        @r#"
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say 4 grants, it has 3
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say 1 assets, it has 0
    Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: its statistics say resources {"group": 1, "user": 3}, it has {"group": 1, "user": 2, "workspace": 1}
    "#
    );
    insta::assert_snapshot!(after("UPDATE v1_sync_runs SET stats = 'none'"), @"Stats | sync 3MY4vp3qkmxE3grGn5n7txfMG4F: cannot read the statistics: expected ident at line 1 column 2");
}

#[test]
fn inherited_grants_are_counted_apart() {
    let mut org = org();
    let source = |id: &str| v2::GrantSources {
        sources: [(id.to_owned(), Default::default())].into(),
    };
    org.grants[0].0.sources = Some(source("workspace:site:access"));
    org.grants[1].0.sources = Some(source("group:admins:member"));
    let report = report(|output| drop(sample::write(output, &org).unwrap()));
    assert!(report.is_clean());
    assert_eq!(
        (report.summary.grants_direct, report.summary.grants_inherited),
        (2, 1)
    );
}

#[test]
fn sources() {
    let mut org = org();
    let sources = |ids: &[&str]| {
        let sources = ids.iter().map(|&id| (id.to_owned(), Default::default()));
        Some(v2::GrantSources {
            sources: sources.collect(),
        })
    };
    org.grants[0].0.sources = sources(&["group:admins:member", "workspace:site:access"]);
    org.grants[1].0.sources = sources(&["group:gone:member", "workspace:site:access"]);
    insta::assert_snapshot!(of(&org), @r#"Reference | grant group:admins:member:user:bob: it is held through entitlement "group:gone:member", which was not synced"#);
}

/// A sync of chosen types names parents that it leaves out.
#[test]
fn a_parent_that_was_not_synced_is_no_finding() {
    let mut org = org();
    org.resources.remove(2);
    (org.entitlements, org.grants) = Default::default();
    assert_eq!(of(&org), "");
}

#[test]
fn findings_are_limited_but_counted() {
    let report = report(|output| {
        let mut org = org();
        let user = org.resources[0].clone();
        org.resources.extend((0..1200).map(|n| {
            let id = Some(v2::ResourceId {
                resource: n.to_string(),
                ..user.id.clone().unwrap()
            });
            v2::Resource {
                id,
                annotations: Vec::new(),
                ..user.clone()
            }
        }));
        sample::write(output, &org).unwrap();
    });
    assert_eq!((report.findings.len(), report.omitted), (1000, 200));
}

#[test]
fn partial_syncs_may_refer_elsewhere() {
    let found =
        after("UPDATE v1_sync_runs SET sync_type = 'partial', stats = NULL; DELETE FROM v1_resources");
    assert_eq!(found, "");
}
