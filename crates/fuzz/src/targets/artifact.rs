//! Artifacts: the envelope, and the database in it.

use super::Run;
use crate::edits::edited;
use c1z_file::proto::Message;
use c1z_file::proto::connector::v2::{Entitlement, Grant, Resource, ResourceId, ResourceType};
use c1z_file::{
    Artifact, ArtifactWriter, EntitlementRow, GrantRow, ReadOptions, ResourceRow, SyncId, SyncRun, SyncType,
    WriterOptions, fuzzing, logical, verify_with,
};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// No input unpacks to more.
const MOST_BYTES: u64 = 4 << 20;

/// Rows that are read of a table; a damaged database may have no end of them.
const MOST_ROWS: usize = 10_000;

const MAGIC: &[u8] = b"C1ZF\0";

/// The input is the whole file.
pub(super) fn file() -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    Box::new(move |input| check(folder.path(), input))
}

/// The input is changes of the database in a sound artifact, which is packed again.
pub(super) fn database() -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    let sound = folder.path().join("sound");
    write(&sound);
    let packed = std::fs::read(sound).expect("the artifact");
    let database = zstd::decode_all(Cursor::new(&packed[MAGIC.len()..])).expect("the database");
    Box::new(move |input| {
        let database = edited(&database, input);
        let packed = zstd::bulk::compress(&database, 1).expect("a frame");
        check(folder.path(), &[MAGIC, &packed].concat());
    })
}

/// The input is a part of a store behind its checksum: a list of tables, or a block of a table of the format that the first
/// byte says.
pub(super) fn store() -> Run {
    Box::new(|input| {
        let Some((format, part)) = input.split_first() else {
            return;
        };
        let _ = match format {
            0 => fuzzing::store_edit(part),
            format => fuzzing::store_block((*format).into(), part),
        };
    })
}

/// What is read is read to its end or to an error, within bounds; what is called sound can be read as a whole.
fn check(folder: &Path, input: &[u8]) {
    let path: PathBuf = folder.join("input");
    std::fs::write(&path, input).expect("a file");
    let options = || ReadOptions::default().with_max_decoded_bytes(MOST_BYTES);
    let report = verify_with(&path, options());
    if let Ok(report) = &report {
        assert!(
            report.summary.db_bytes <= MOST_BYTES,
            "more was unpacked than allowed"
        );
    }
    let is_clean = report.is_ok_and(|report| report.is_clean());
    let read = Artifact::open(&path, options()).map(|artifact| read(&artifact));
    if is_clean {
        assert!(matches!(read, Ok(true)), "it is called sound and cannot be read");
    }
}

/// Whether every row of every sync can be read.
fn read(artifact: &Artifact) -> bool {
    let Ok(syncs) = artifact.syncs() else { return false };
    syncs.iter().take(20).all(|sync| {
        let id = &sync.sync_id;
        let all = artifact
            .resource_types(id)
            .take(MOST_ROWS)
            .all(|row| row.is_ok_and(|row| row.decode().is_ok()))
            & artifact
                .resources(id)
                .take(MOST_ROWS)
                .all(|row| row.is_ok_and(|row| row.decode().is_ok()))
            & artifact
                .entitlements(id)
                .take(MOST_ROWS)
                .all(|row| row.is_ok_and(|row| row.decode().is_ok()))
            & artifact
                .grants(id)
                .take(MOST_ROWS)
                .all(|row| row.is_ok_and(|row| row.decode().is_ok()));
        all && logical::digest(artifact, id).is_ok()
    })
}

/// A small artifact: two accounts, a group, a membership.
fn write(output: &Path) {
    let at = |text: &str| text.parse().expect("a time");
    let started = at("2026-11-24T10:00:00Z");
    let sync = SyncRun::new(
        SyncId::new(started, [7; 16]).expect("an id"),
        started,
        SyncType::Full,
    );
    let mut writer = ArtifactWriter::create(output, WriterOptions::new(sync)).expect("a writer");
    for id in ["account", "group"] {
        let row = ResourceType {
            id: id.into(),
            display_name: id.into(),
            ..Default::default()
        };
        writer.resource_type(&row).expect("a type");
    }
    let resource = |kind: &str, id: &str| Resource {
        id: Some(ResourceId {
            resource_type: kind.into(),
            resource: id.into(),
            ..Default::default()
        }),
        display_name: id.into(),
        ..Default::default()
    };
    for (kind, id) in [("account", "ada"), ("account", "ben"), ("group", "staff")] {
        let data = resource(kind, id).encode_to_vec();
        let row = ResourceRow {
            resource_type_id: kind,
            resource_id: id,
            parent: None,
            data: &data,
        };
        writer.resource(row).expect("a resource");
    }
    let entitlement = Entitlement {
        id: "group:staff:member".into(),
        resource: Some(resource("group", "staff")),
        ..Default::default()
    };
    let row = EntitlementRow {
        resource_type_id: "group",
        resource_id: "staff",
        entitlement_id: &entitlement.id,
        data: &entitlement.encode_to_vec(),
    };
    writer.entitlement(row).expect("an entitlement");
    let grant = Grant {
        id: "group:staff:member:account:ada".into(),
        entitlement: Some(entitlement.clone()),
        principal: Some(resource("account", "ada")),
        ..Default::default()
    };
    let row = GrantRow {
        resource_type_id: "group",
        resource_id: "staff",
        entitlement_id: &entitlement.id,
        principal_type: "account",
        principal_id: "ada",
        grant_id: &grant.id,
        expansion: None,
        data: &grant.encode_to_vec(),
    };
    writer.grant(row).expect("a grant");
    writer
        .finish(at("2026-11-24T10:05:00Z"), "")
        .expect("an artifact");
}
