//! What a sync says, without when and under which id it was written: dumped, hashed, compared.
//!
//! Two artifacts of the same state of the same organization have the same content, whoever wrote them and in
//! which order. Left out are the ids and times of syncs, the order of rows, `discovered_at`, the mark that an
//! expansion is still to be carried out, statistics, and sessions; and what a message repeats of other rows: of the resource
//! of an entitlement, the types that can hold it, and both sides of a grant the ids count, which is all that some writers
//! store. Everything else counts down to the last byte of every message, with one exception: a message whose bytes differ
//! from ours only in the order of its fields, or in whether a map entry spells out an empty value, counts as the same message.
//!
//! Rows are read in the order of their ids, from an index; nothing is collected in memory but the rows of a
//! [`LogicalDiff`], whose number the caller limits.

mod canonical;
mod content;
mod diff;

use self::content::{Content, Ordered};
pub use self::{
    content::RowKind,
    diff::{Change, Counts, FieldChange, LogicalDiff, RowChange, diff, each_change},
};
use crate::reader::{
    Artifact, ReadError, StoredAsset, StoredEntitlement, StoredGrant, StoredResource, StoredResourceType,
};
use sha2::{Digest as _, Sha256};
use std::{
    fmt,
    io::{self, Write},
};

/// A SHA-256 over the content of a sync.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogicalDigest([u8; 32]);

impl LogicalDigest {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for LogicalDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for LogicalDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogicalDigest({self})")
    }
}

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The artifact.
    #[error(transparent)]
    Read(ReadError),
    /// The other end.
    #[error("cannot write the dump: {0}")]
    Write(#[source] io::Error),
}

/// Hashes the content of a sync. An unknown sync has the digest of an empty one.
///
/// # Errors
/// [`ReadError::Database`]
pub fn digest(artifact: &Artifact, sync_id: &str) -> Result<LogicalDigest, ReadError> {
    let mut digest = Sha256::new();
    each_row(artifact, sync_id, |row| {
        digest.update(row.hash());
        Ok(())
    })?;
    Ok(LogicalDigest(digest.finalize().into()))
}

/// Writes the content of a sync to `out`, one JSON object per row: resource types, resources, entitlements, grants,
/// assets, each by id in byte order. Returns what [`digest`] returns.
///
/// Each object has the `kind` and `id` of the row, its `columns`, its messages as protobuf JSON with every known
/// annotation expanded, and the `sha256` of all that. A message that the JSON form cannot fully say, because it
/// holds fields or annotations that are unknown here, comes with its `bytes` in hexadecimal.
///
/// # Errors
/// [`DumpError`]
pub fn dump(artifact: &Artifact, sync_id: &str, out: &mut impl Write) -> Result<LogicalDigest, DumpError> {
    let mut digest = Sha256::new();
    let mut failed = None;
    let read = each_row(artifact, sync_id, |row| {
        digest.update(row.hash());
        writeln!(out, "{}", row.to_json_line()).map_err(|error| failed = Some(error))
    });
    match (read, failed) {
        (_, Some(error)) => Err(DumpError::Write(error)),
        (Err(error), None) => Err(DumpError::Read(error)),
        (Ok(()), None) => Ok(LogicalDigest(digest.finalize().into())),
    }
}

/// Hands every row to `visit` until that says stop.
fn each_row(
    artifact: &Artifact,
    sync_id: &str,
    mut visit: impl FnMut(&content::RowContent<'_>) -> Result<(), ()>,
) -> Result<(), ReadError> {
    fn each<T: Content>(
        artifact: &Artifact,
        sync_id: &str,
        visit: &mut impl FnMut(&content::RowContent<'_>) -> Result<(), ()>,
    ) -> Result<bool, ReadError> {
        let mut statement = Ordered::<T>::prepare(artifact)?;
        let mut rows = statement.rows(sync_id)?;
        while let Some(row) = rows.next()? {
            if visit(&row.content()).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
    let _ = each::<StoredResourceType>(artifact, sync_id, &mut visit)?
        && each::<StoredResource>(artifact, sync_id, &mut visit)?
        && each::<StoredEntitlement>(artifact, sync_id, &mut visit)?
        && each::<StoredGrant>(artifact, sync_id, &mut visit)?
        && each::<StoredAsset>(artifact, sync_id, &mut visit)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
