//! Errors of artifacts and of questions about them.

use super::list;
use access_review::{Candidate, ReviewError};
use c1z_file::logical::DumpError;
use c1z_file::{
    AppendError, Artifact, ArtifactWriter, Collision, DatabaseError, NotKept, ReadError, ReadOptions, RowKey,
    Stats, StorageEngine, StoredTime, SyncId, SyncIdError, SyncRun, SyncType, TargetError, WriteError,
    WriterOptions,
};
use connector_proto::json;
use std::io;
use std::path::{Path, PathBuf};

pub(super) fn path() -> PathBuf {
    "sync.c1z".into()
}

pub(super) fn denied() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

pub(super) fn full() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None)
}

pub(super) fn unreadable() -> ReadError {
    ReadError::Unreadable {
        path: path(),
        source: io::ErrorKind::NotFound.into(),
    }
}

/// A sync that an artifact of this kind has no room for.
fn not_kept() -> NotKept {
    let fixture = "../../fixtures/c1z-v3/twin-v1.c1z";
    let artifact = Artifact::open(Path::new(fixture), ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = "2026-11-24T10:00:00Z".parse().unwrap();
    let run = SyncRun::new(SyncId::new(at, [7; 16]).unwrap(), at, SyncType::Full);
    let options = WriterOptions::new(run).with_storage_engine(StorageEngine::Pebble);
    let mut writer = ArtifactWriter::create(&folder.path().join("out.c1z"), options).unwrap();
    match writer.must_keep(&artifact, &sync).unwrap_err() {
        WriteError::NotKept(lost) => lost,
        other => panic!("{other}"),
    }
}

pub(super) fn all(out: &mut String) {
    let collision = Collision {
        external_id: "a:b:c".into(),
        first: RowKey::Resource {
            resource_type_id: "a".into(),
            resource_id: "b:c".into(),
        },
        second: RowKey::Resource {
            resource_type_id: "a:b".into(),
            resource_id: "c".into(),
        },
    };
    list(out, "c1z_file::Collision", [collision.clone()]);
    list(out, "c1z_file::NotKept", [not_kept()]);
    list(
        out,
        "c1z_file::AppendError",
        [
            AppendError::Unread,
            AppendError::Refused("the file holds something else".into()),
            AppendError::Io(denied()),
        ],
    );
    target(out);
    read(out);
    let no_sync = SyncId::new("1970-01-01T00:00:00Z".parse().unwrap(), [0; 16]).unwrap_err();
    let no_text: SyncIdError = "7".parse::<SyncId>().unwrap_err();
    list(out, "c1z_file::SyncIdError", [no_sync, no_text]);
    list(
        out,
        "c1z_file::StoredTimeError",
        ["yesterday".parse::<StoredTime>().unwrap_err()],
    );
    let of_member = Stats::from_json("{\"grants\": -1}").unwrap_err();
    list(
        out,
        "c1z_file::StatsError",
        [Stats::from_json("[]").unwrap_err(), of_member],
    );
    list(
        out,
        "c1z_file::WriteError",
        [
            WriteError::Target(Box::new(TargetError::NotAFile { path: path() })),
            WriteError::Sync("a full sync has no parent".into()),
            WriteError::Row {
                kind: "grant",
                id: "g".into(),
                reason: "its principal id is empty".into(),
            },
            WriteError::Collision(Box::new(collision)),
            WriteError::NotKept(not_kept()),
            WriteError::Database {
                doing: "store a row",
                source: full(),
            },
            WriteError::File {
                doing: "create",
                path: path(),
                source: denied(),
            },
            WriteError::NotDurable {
                path: path(),
                source: denied(),
            },
        ],
    );
    list(
        out,
        "c1z_file::DumpError",
        [DumpError::Read(unreadable()), DumpError::Write(denied())],
    );
    review(out);
}

fn target(out: &mut String) {
    let folder = || PathBuf::from("reviews");
    list(
        out,
        "c1z_file::TargetError",
        [
            TargetError::IsDirectory { path: path() },
            TargetError::IsRead { path: path() },
            TargetError::NotAFile { path: path() },
            TargetError::NotKept {
                path: "/dev/stdout".into(),
                directory: "/dev".into(),
            },
            TargetError::DirectoryMissing {
                path: path(),
                directory: folder(),
            },
            TargetError::NotWritable {
                path: path(),
                directory: folder(),
                source: denied(),
            },
            TargetError::Exists { path: path() },
            TargetError::NotReplaceable {
                path: path(),
                source: denied(),
            },
            TargetError::StrangeLink {
                path: path(),
                link: "reviews/link".into(),
                owner: 1000,
            },
            TargetError::Unreadable {
                path: path(),
                source: denied(),
            },
            TargetError::Newer {
                path: path(),
                detail: "its storage engine \"pebble4\" is not known to this program".into(),
            },
            TargetError::Foreign { path: path() },
            TargetError::Corrupt {
                path: path(),
                detail: "its compressed data is cut off".into(),
            },
        ],
    );
}

fn read(out: &mut String) {
    let table = "v1_grants";
    let sql = || DatabaseError::Sql {
        doing: "read the rows",
        source: full(),
    };
    list(
        out,
        "c1z_file::DatabaseError",
        [
            DatabaseError::Damaged("page 4 is cut off".into()),
            DatabaseError::MissingTable(table),
            DatabaseError::MissingColumn {
                table,
                column: "external_id",
            },
            DatabaseError::Unnumbered(table),
            DatabaseError::Unexpected("trigger t".into()),
            DatabaseError::Ambiguous {
                table,
                id: "g".into(),
            },
            sql(),
        ],
    );
    let detail = || "its compressed data is cut off".to_owned();
    list(
        out,
        "c1z_file::ReadError",
        [
            unreadable(),
            ReadError::NotAFile { path: path() },
            ReadError::Empty { path: path() },
            ReadError::Foreign { path: path() },
            ReadError::Newer {
                path: path(),
                detail: "its storage engine \"pebble4\" is not known to this program".into(),
            },
            ReadError::Damaged {
                path: path(),
                detail: detail(),
            },
            ReadError::TooLarge {
                path: path(),
                limit: 1 << 20,
            },
            ReadError::Workspace {
                path: path(),
                tried: vec![("/tmp".into(), denied())],
            },
            ReadError::Database {
                path: path(),
                source: Box::new(sql()),
            },
            ReadError::Message {
                kind: "grant",
                id: "g".into(),
                source: <connector_proto::connector::v2::Grant as prost::Message>::decode([0xff].as_slice())
                    .unwrap_err(),
            },
            ReadError::Contradiction {
                kind: "grant",
                id: "g".into(),
                column: "resource",
                row: "ines".into(),
                message: "noor".into(),
            },
        ],
    );
}

fn review(out: &mut String) {
    let ines = || Candidate {
        id: "u-1".into(),
        name: "Ines".into(),
    };
    let type_url = "type.googleapis.com/no.Such".to_owned();
    list(
        out,
        "access_review::ReviewError",
        [
            ReviewError::Read(unreadable()),
            ReviewError::Write(WriteError::Sync("a full sync has no parent".into())),
            ReviewError::SyncId("7".parse::<SyncId>().unwrap_err()),
            ReviewError::Unfinished { path: path() },
            ReviewError::UnknownSync {
                path: path(),
                id: "0".into(),
                known: vec!["3MY4vp3qkmxE3grGn5n7txfMG4F".into()],
            },
            ReviewError::NotFound {
                what: "account",
                text: "inez".into(),
                candidates: vec![ines()],
            },
            ReviewError::Ambiguous {
                what: "account",
                text: "Ines".into(),
                candidates: vec![ines()],
                more: true,
            },
            ReviewError::NotHeld {
                holder: "u-1".into(),
                entitlement_id: "group:g-1:member".into(),
            },
            ReviewError::NotDirect {
                holder: "u-1".into(),
                entitlement: "group:g-1:member".into(),
                through: vec!["group:g-2:member".into()],
            },
            ReviewError::File {
                path: "decisions.csv".into(),
                source: denied(),
            },
            ReviewError::Decisions {
                path: "decisions.csv".into(),
                row: Some(2),
                what: "\"remove\" is not a decision".into(),
            },
            ReviewError::TwoDecisions {
                path: "decisions.csv".into(),
                first: 2,
                second: 7,
                words: ["keep", "revoke"],
            },
            ReviewError::NoPlan {
                path: "plan.json".into(),
                what: "it is not JSON".into(),
            },
            ReviewError::Json {
                what: "account \"u-1\"".into(),
                source: json::Error::UnknownType { type_url },
            },
        ],
    );
}
