//! The `.c1z` artifact: what one or more syncs of a system's accounts, groups, entitlements and grants found, in one
//! file.
//!
//! An artifact is a SQLite database inside zstd behind five magic bytes (*envelope v1*), which every reader of the
//! format of every age opens. The newer *envelope v3* (a Pebble store, the default of newer Baton SDKs) is read as well, gives
//! the same rows, and is written where [`StorageEngine`] says so.
//!
//! | to | use |
//! |---|---|
//! | look at an output before a long sync | [`inspect_target`], [`open_target`] |
//! | write a sync whose rows are merged already | [`ArtifactWriter`] |
//! | keep earlier syncs of the artifact that is replaced | [`ArtifactWriter::keep`] |
//! | read an artifact of any writer | [`Artifact`] |
//! | find out whether an artifact is sound | [`verify`](verify()) |
//! | compare the content of two artifacts | [`logical::diff`], [`logical::digest`] |
//!
//! All of them work in a private directory that is removed when they are done, and whose leftovers after a killed
//! run are removed by the next one beside it. None holds an artifact in memory. Everything here blocks; an
//! asynchronous program calls it on a thread of its own.
//!
//! ```
//! use c1z_file::{Artifact, ArtifactWriter, ReadOptions, ResourceRow, SyncId, SyncRun, SyncType, WriterOptions};
//! use c1z_file::proto::Message;
//! use c1z_file::proto::connector::v2::{Resource, ResourceId, ResourceType};
//!
//! # let directory = tempfile::tempdir()?;
//! # let output = directory.path().join("sync.c1z");
//! # let (started_at, ended_at) = ("2026-11-24T10:00:00Z".parse()?, "2026-11-24T10:05:00Z".parse()?);
//! # let random = [7; 16];
//! let sync = SyncRun::new(SyncId::new(started_at, random)?, started_at, SyncType::Full);
//! let mut writer = ArtifactWriter::create(&output, WriterOptions::new(sync))?;
//! writer.resource_type(&ResourceType { id: "account".into(), ..Default::default() })?;
//! let ada = Resource {
//!     id: Some(ResourceId { resource_type: "account".into(), resource: "42".into(), ..Default::default() }),
//!     display_name: "Ada".into(),
//!     ..Default::default()
//! };
//! writer.resource(ResourceRow {
//!     resource_type_id: "account",
//!     resource_id: "42",
//!     parent: None,
//!     data: &ada.encode_to_vec(),
//! })?;
//! let finished = writer.finish(ended_at, "")?;
//! assert_eq!(finished.stats.to_json(), r#"{"resource_types":1,"resources":1,"resources_by_resource_type":{"account":1}}"#);
//!
//! assert!(c1z_file::verify(&output)?.is_clean());
//!
//! let artifact = Artifact::open(&output, ReadOptions::default())?;
//! let sync = artifact.latest_finished_full()?.expect("it was finished just now");
//! for row in artifact.resources(&sync.sync_id) {
//!     assert_eq!(row?.decode()?, ada);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod append;
mod envelope;
mod file;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod logical;
mod output;
mod reader;
mod schema;
mod scratch;
mod stats;
mod sync_id;
mod sync_run;
mod target;
mod time;
mod v3;
mod verify;
mod writer;

pub use connector_proto as proto;

pub use self::{
    append::{AppendError, LineFile},
    file::{doubt, is_same_file, open_regular},
    output::Output,
    reader::{
        Artifact, DatabaseError, ReadError, ReadOptions, Rows, StoredAsset, StoredEntitlement, StoredGrant,
        StoredResource, StoredResourceType, SyncCounts, SyncInfo,
    },
    scratch::Scratch,
    stats::{CallStats, Stats, StatsError},
    sync_id::{SyncId, SyncIdError},
    sync_run::{SyncRun, SyncType},
    target::{Target, TargetError, inspect_target, open_target},
    time::{StoredTime, StoredTimeError},
    verify::{Finding, Report, Rule, Summary, verify, verify_with},
    writer::{
        AnnotationPart, ArtifactWriter, AssetRow, Collision, EntitlementPart, EntitlementRow, Finished,
        GrantEncoder, GrantRow, NotKept, ResourceRow, RowKey, StorageEngine, WriteError, WriterOptions,
    },
};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
