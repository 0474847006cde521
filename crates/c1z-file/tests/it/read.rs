//! Reading: what was written comes back, artifacts of other ages and other encoders too.

use crate::sample::{self, any, at, org};
use c1z_file::{Artifact, GrantRow, ReadError, ReadOptions, SyncId, SyncType};
use connector_proto::connector::v2;
use prost::Message;
use std::{fs, path::Path};

fn open(path: &Path) -> Artifact {
    Artifact::open(path, ReadOptions::default()).unwrap()
}

#[test]
fn everything_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let finished = sample::write(&output, &org()).unwrap();
    let artifact = open(&output);
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    assert_eq!(sync.sync_id, finished.sync_id.to_string());
    assert_eq!(
        (artifact.file_bytes(), artifact.database_bytes()),
        (finished.file_bytes, finished.db_bytes)
    );
    let (id, org) = (&*sync.sync_id, org());

    let types: Vec<_> = artifact
        .resource_types(id)
        .map(|row| row.unwrap().decode().unwrap())
        .collect();
    let resources: Vec<_> = artifact
        .resources(id)
        .map(|row| row.unwrap().decode().unwrap())
        .collect();
    let entitlements: Vec<_> = artifact
        .entitlements(id)
        .map(|row| row.unwrap().decode().unwrap())
        .collect();
    let grants: Vec<_> = artifact
        .grants(id)
        .map(|row| row.unwrap())
        .map(|row| (row.decode().unwrap(), row.expandable().unwrap()))
        .collect();
    assert_eq!(
        (types, resources, entitlements, grants),
        (org.types, org.resources, org.entitlements, org.grants)
    );
    assert_eq!(artifact.assets(id).count(), 0);
    assert_eq!(artifact.grants("another").count(), 0);

    let admins = artifact.resource(id, "group", "admins").unwrap().unwrap();
    assert_eq!(admins.parent_resource_id.as_deref(), Some("site"));
    assert_eq!(admins.discovered_at, "2026-11-24 10:00:00.25");
    assert_eq!(artifact.resource(id, "group:admins", "").unwrap(), None);
    assert_eq!(artifact.resource("another", "group", "admins").unwrap(), None);
    assert!(artifact.resource_type(id, "user").unwrap().is_some());
    assert!(artifact.entitlement(id, "group:admins:member").unwrap().is_some());
    let grant = artifact
        .grant(id, "group:admins:member:user:ada")
        .unwrap()
        .unwrap();
    assert_eq!(
        (&*grant.principal_resource_type_id, &*grant.principal_resource_id),
        ("user", "ada")
    );
    assert_eq!(artifact.grant(id, "group:admins:member").unwrap(), None);
}

#[test]
fn rows_come_in_the_order_written_whatever_their_number() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let mut writer = sample::writer(&output);
    let ids: Vec<String> = (0..1000u32)
        .map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    for id in &ids {
        writer
            .grant(GrantRow {
                resource_type_id: "group",
                resource_id: "admins",
                entitlement_id: "e",
                principal_type: "user",
                principal_id: id,
                grant_id: id,
                expansion: None,
                data: b"",
            })
            .unwrap();
    }
    let sync = writer
        .finish(at(sample::ENDED_AT), "")
        .unwrap()
        .sync_id
        .to_string();
    // Another sync in between, whose rows must not shift or end a page.
    sample::edit(
        &output,
        "UPDATE v1_grants SET sync_id = 'another' WHERE id BETWEEN 200 AND 799",
    );
    let read: Vec<_> = open(&output)
        .grants(&sync)
        .map(|row| row.unwrap().external_id)
        .collect();
    let expected: Vec<_> = ids[..199].iter().chain(&ids[799..]).cloned().collect();
    assert_eq!(read, expected);
}

#[test]
fn the_latest_finished_full_sync_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    let add = |id: &str, kind: &str, ended: &str| {
        sample::edit(
            &output,
            &format!(
                "INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type) \
                 VALUES ('{id}', '2026-11-25 00:00:00', {ended}, '', '{kind}')"
            ),
        );
    };
    let latest = || open(&output).latest_finished_full().unwrap().unwrap().sync_id;
    let first = latest();
    add("unfinished", "full", "NULL");
    add("partial", "partial", "'2026-11-25 01:00:00'");
    add("new kind", "sideways", "'2026-11-25 01:00:00'");
    assert_eq!(latest(), first);
    add("b", "full", "'2026-11-25 01:00:00'");
    add("a", "full", "'2026-11-25 01:00:00'");
    assert_eq!(latest(), "b");
    let kinds: Vec<_> = open(&output)
        .syncs()
        .unwrap()
        .into_iter()
        .map(|sync| sync.sync_type)
        .collect();
    assert_eq!(
        kinds[..4],
        [
            SyncType::Full,
            SyncType::Full,
            SyncType::Partial,
            SyncType::Other("sideways".into())
        ]
    );
}

/// The five tables as the first writers had them, with an expansion still inside its grant.
#[test]
fn an_artifact_of_the_first_writers() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    let expandable = v2::GrantExpandable {
        entitlement_ids: vec!["e".to_owned()],
        ..Default::default()
    };
    let (mut grant, _) = org().grants.remove(2);
    let stripped = grant.clone();
    grant.annotations.push(any(&expandable));
    let data: String = grant
        .encode_to_vec()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    sample::edit(
        &output,
        &format!(
            "DROP TABLE v1_assets; DROP TABLE v1_connector_sessions;
             DROP INDEX idx_grants_sync_expansion_v1; DROP INDEX idx_grants_sync_needs_expansion_v1;
             ALTER TABLE v1_grants DROP COLUMN expansion; ALTER TABLE v1_grants DROP COLUMN needs_expansion;
             UPDATE v1_grants SET data = x'{data}' WHERE external_id = '{}';
             ALTER TABLE v1_sync_runs DROP COLUMN sync_type; ALTER TABLE v1_sync_runs DROP COLUMN stats;
             ALTER TABLE v1_sync_runs DROP COLUMN grants_backfilled;",
            grant.id
        ),
    );
    let artifact = open(&output);
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    assert!(!sync.grants_backfilled && sync.stats().unwrap().is_none());
    assert_eq!(artifact.assets(&sync.sync_id).count(), 0);
    let row = artifact.grant(&sync.sync_id, &grant.id).unwrap().unwrap();
    assert_eq!(
        (row.decode().unwrap(), row.expandable().unwrap()),
        (stripped, Some(expandable))
    );
}

#[test]
fn what_a_writer_left_out_of_a_grant_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    let store = |grant: &v2::Grant| {
        let data: String = grant
            .encode_to_vec()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        sample::edit(
            &output,
            &format!("UPDATE v1_grants SET data = x'{data}' WHERE id = 1"),
        );
        open(&output)
            .grants(&sample::sync().sync_id.to_string())
            .next()
            .unwrap()
            .unwrap()
            .decode()
            .unwrap()
    };
    let slim = v2::Grant {
        id: "group:admins:member:user:ada".to_owned(),
        ..Default::default()
    };
    let read = store(&slim);
    let entitlement = read.entitlement.unwrap();
    assert_eq!(entitlement.id, "group:admins:member");
    assert_eq!(
        entitlement.resource.unwrap().id,
        sample::resource("group", "admins").id
    );
    assert_eq!(read.principal.unwrap().id, sample::resource("user", "ada").id);

    let placeholder = v2::Grant {
        annotations: vec![any(&v2::ExternalResourceMatchAll::default())],
        ..slim
    };
    assert_eq!(store(&placeholder), placeholder);
}

#[track_caller]
fn check_encoding(pack: impl FnOnce(&[u8]) -> Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.c1z");
    let packed = pack(&sample::database(&sample::go_artifact()));
    fs::write(&copy, [b"C1ZF\0".as_slice(), &packed].concat()).unwrap();
    let artifact = open(&copy);
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    assert_eq!(artifact.grants(&sync.sync_id).filter(Result::is_ok).count(), 28);
}

#[test]
fn any_zstd_encoding_is_read() {
    let frame = |data: &[u8], level| zstd::encode_all(data, level).unwrap();
    check_encoding(|database| frame(database, 19));
    check_encoding(|database| zstd::bulk::compress(database, 1).unwrap());
    check_encoding(|database| {
        database
            .chunks(50_000)
            .flat_map(|chunk| frame(chunk, 3))
            .collect()
    });
    // RFC 8878 §3.1.2: a skippable frame of three bytes.
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    check_encoding(|database| [frame(database, 3).as_slice(), &skippable].concat());
    check_encoding(|database| [frame(database, 3), frame(b"", 3)].concat());
}

#[test]
fn a_sync_of_the_go_sdk() {
    let artifact = open(&sample::go_artifact());
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    assert_eq!(sync.sync_id, "3MX0RelWgPb5hmc5n8pyC3ZTDek");
    assert!(sync.sync_id.parse::<SyncId>().is_ok());
    assert_eq!(sync.started().unwrap().to_string(), sync.started_at);
    let stats = sync.stats().unwrap().unwrap();
    assert_eq!(Some(stats.to_json()), sync.stats_json);
    let grants = artifact
        .grants(&sync.sync_id)
        .map(|row| row.unwrap().decode().unwrap().id);
    assert_eq!(grants.count() as u64, stats.grants);
}

#[track_caller]
fn check_refused(bytes: Option<&[u8]>, options: ReadOptions, expected: &str) -> ReadError {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in.c1z");
    if let Some(bytes) = bytes {
        fs::write(&path, bytes).unwrap();
    }
    let temp = dir.path().join("temp");
    fs::create_dir(&temp).unwrap();
    let error = Artifact::open(&path, options.with_temp_dir(&temp)).unwrap_err();
    assert_eq!(sample::without(dir.path(), &error), expected);
    assert_eq!(
        fs::read_dir(&temp).unwrap().count(),
        0,
        "something was left behind"
    );
    error
}

#[test]
fn what_cannot_be_read_is_named() {
    let options = ReadOptions::default;
    let good = fs::read(sample::go_artifact()).unwrap();
    // In the system's own words, which differ from one system to the next.
    let missing = fs::read("no such file").unwrap_err();
    check_refused(None, options(), &format!("cannot read DIR/in.c1z: {missing}"));
    check_refused(
        Some(b""),
        options(),
        "cannot read DIR/in.c1z: the file is empty, nothing was synced into it yet",
    );
    check_refused(
        Some(b"PK\x03\x04"),
        options(),
        "cannot read DIR/in.c1z: it is not a .c1z artifact",
    );
    check_refused(
        Some(&good[..1000]),
        options(),
        "cannot read DIR/in.c1z: its compressed data is cut off",
    );
    check_refused(
        Some(&sample::pack(&[])),
        options(),
        "cannot read DIR/in.c1z: the database has no table v1_resource_types",
    );
}

#[test]
fn size_and_window_are_limited() {
    let database = sample::database(&sample::go_artifact());
    let limit = |bytes: u64| ReadOptions::default().with_max_decoded_bytes(bytes);
    let said = format!(
        "cannot read DIR/in.c1z: it unpacks to more than {} bytes",
        database.len() - 1
    );
    // Announced, and found out.
    check_refused(
        Some(&sample::pack(&database)),
        limit(database.len() as u64 - 1),
        &said,
    );
    let unannounced = [b"C1ZF\0".as_slice(), &zstd::encode_all(&*database, 3).unwrap()].concat();
    check_refused(Some(&unannounced), limit(database.len() as u64 - 1), &said);
    // RFC 8878 §3.1.1.1.2: the byte after the descriptor says 2^28 bytes.
    let mut wide = unannounced;
    assert_eq!(wide[5 + 4] & 0b1110_0000, 0, "no window descriptor");
    wide[5 + 5] = (28 - 10) << 3;
    check_refused(
        Some(&wide),
        ReadOptions::default(),
        "cannot read DIR/in.c1z: it needs a compression window above 128 MiB",
    );
}

#[test]
fn a_table_that_is_none_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    sample::edit(
        &output,
        "ALTER TABLE v1_grants RENAME TO g; CREATE VIEW v1_grants AS SELECT * FROM g",
    );
    let error = Artifact::open(&output, ReadOptions::default()).unwrap_err();
    assert!(
        error.to_string().ends_with("the database has no table v1_grants"),
        "{error}"
    );
}

/// Rows are read in pages by their ids: one without an id would be left out in silence.
#[test]
fn rows_that_are_not_numbered_are_not_read() {
    for id in ["id integer", "id integer primary key desc", "id integer unique"] {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("out.c1z");
        sample::write(&output, &org()).unwrap();
        sample::edit(&output, &sample::unnumbered(id));
        let error = Artifact::open(&output, ReadOptions::default()).unwrap_err();
        assert_eq!(
            sample::without(dir.path(), &error),
            "cannot read DIR/out.c1z: the rows of table v1_grants of the database are not numbered by their id",
            "{id}"
        );
    }
}

#[test]
fn a_broken_message_names_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    sample::edit(
        &output,
        "UPDATE v1_resources SET data = x'ff' WHERE external_id = 'user:bob'",
    );
    let artifact = open(&output);
    let decoded: Vec<_> = artifact
        .resources(&sample::sync().sync_id.to_string())
        .map(|row| {
            row.unwrap()
                .decode()
                .map(|resource| resource.display_name)
                .map_err(|e| e.to_string())
        })
        .collect();
    assert_eq!(decoded.len(), 4, "the rows after it are still there");
    let error = decoded[1].as_ref().unwrap_err();
    assert!(
        error.starts_with("cannot decode resource \"user:bob\": "),
        "{error}"
    );
}

/// A few kilobytes that would fill the disk are refused early, whatever they announce.
#[test]
fn what_unpacks_to_more_than_an_artifact_of_its_size_is_refused() {
    let zeros = vec![0; 64 << 20];
    let frame = zstd::bulk::compress(&zeros, 3).unwrap();
    let mut bomb = b"C1ZF\0".to_vec();
    for _ in 0..8 {
        bomb.extend_from_slice(&frame);
    }
    let said = format!(
        "cannot read DIR/in.c1z: it unpacks to more than 268435456 bytes, as no artifact of {} bytes does",
        bomb.len()
    );
    check_refused(Some(&bomb), ReadOptions::default(), &said);
}

#[test]
fn listings_are_read_a_part_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let id = sample::write(&output, &org()).unwrap().sync_id.to_string();
    let artifact = open(&output);
    let users = |after, limit| {
        let rows = artifact.resources_after(&id, "user", None, after, limit).unwrap();
        rows.into_iter()
            .map(|(row, stored)| (row, stored.external_id))
            .collect::<Vec<_>>()
    };
    let all = users(0, 9);
    assert_eq!(
        all.iter().map(|(_, id)| &**id).collect::<Vec<_>>(),
        ["user:ada", "user:bob"]
    );
    assert_eq!(users(0, 1), all[..1]);
    assert_eq!(users(all[0].0, 1), all[1..]);
    assert_eq!(users(all[1].0, 1), []);
    let groups = |parent| {
        artifact
            .resources_after(&id, "group", parent, 0, 9)
            .unwrap()
            .len()
    };
    assert_eq!((groups(None), groups(Some(("workspace", "site")))), (1, 1));
    assert_eq!(groups(Some(("workspace", "another"))), 0);
    let admins = ("group", "admins");
    assert_eq!(artifact.entitlements_on(&id, admins, 0, 9).unwrap().len(), 1);
    assert_eq!(artifact.grants_on(&id, admins, 0, 9).unwrap().len(), 2);
    assert_eq!(artifact.grants_on("another", admins, 0, 9).unwrap().len(), 0);
}

/// Each look-up by an index gives exactly the rows that a walk through all of them finds.
#[test]
fn parts_are_what_a_walk_through_all_rows_finds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reference-sqlite-tiny.c1z");
    let artifact = open(&path);
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    let id = &*sync.sync_id;
    let all: Vec<_> = artifact.grants(id).map(Result::unwrap).collect();
    let found =
        |rows: c1z_file::Rows<'_, c1z_file::StoredGrant>| rows.map(Result::unwrap).collect::<Vec<_>>();
    let walked = |keep: &dyn Fn(&c1z_file::StoredGrant) -> bool| {
        all.iter().filter(|row| keep(row)).cloned().collect::<Vec<_>>()
    };
    for grant in &all {
        let entitlement = &grant.entitlement_id;
        assert_eq!(
            found(artifact.grants_of_entitlement(id, entitlement)),
            walked(&|row| row.entitlement_id == *entitlement)
        );
        let principal = (&*grant.principal_resource_type_id, &*grant.principal_resource_id);
        assert_eq!(
            found(artifact.grants_of_principal(id, principal)),
            walked(&|row| (&*row.principal_resource_type_id, &*row.principal_resource_id) == principal)
        );
        let on = (&*grant.resource_type_id, &*grant.resource_id);
        assert_eq!(
            found(artifact.grants_of_resource(id, on)),
            walked(&|row| (&*row.resource_type_id, &*row.resource_id) == on)
        );
        let entitlements = artifact.entitlements_of_resource(id, on).map(Result::unwrap);
        let walked = artifact.entitlements(id).map(Result::unwrap);
        assert!(entitlements.eq(walked.filter(|row| (&*row.resource_type_id, &*row.resource_id) == on)));
    }
    let users = artifact.resources_of_type(id, "user").map(Result::unwrap);
    let walked_users = artifact.resources(id).map(Result::unwrap);
    assert!(users.eq(walked_users.filter(|row| row.resource_type_id == "user")));
    assert_eq!(
        found(artifact.expandable_grants(&sync)),
        walked(&|row| row.expandable().unwrap().is_some())
    );
    assert_eq!(found(artifact.grants_of_entitlement("another", "x")), []);
}
