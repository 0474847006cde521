//! The `.c1z` artifact: bulk writer, streaming reader, verifier, statistics.
#![forbid(unsafe_code)]

mod envelope;
mod reader;
mod schema;
mod scratch;
mod stats;
mod sync_id;
mod sync_run;
mod target;
mod time;
mod writer;

pub use self::{
    reader::{
        Artifact, DatabaseError, ReadError, ReadOptions, Rows, StoredAsset, StoredEntitlement, StoredGrant,
        StoredResource, StoredResourceType, SyncInfo,
    },
    stats::{CallStats, Stats, StatsError},
    sync_id::{SyncId, SyncIdError},
    sync_run::{SyncRun, SyncType},
    target::{Target, TargetError, inspect_target},
    time::{StoredTime, StoredTimeError},
    writer::{
        ArtifactWriter, Collision, EntitlementRow, Finished, GrantRow, ResourceRow, RowKey, WriteError,
        WriterOptions,
    },
};
