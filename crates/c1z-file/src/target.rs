//! Where an artifact is to be written, and what is there already.

mod error;
mod location;

use std::path::Path;

pub use self::error::TargetError;
pub(crate) use self::location::Location;
use crate::{
    envelope::{self, UnpackError},
    file,
    reader::{MAX_DECODED_BYTES, SyncInfo, database},
    scratch::Scratch,
};

/// What is at the path of an artifact to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// Nothing.
    Absent,
    /// A file of zero bytes, which every reader of the format takes for a new artifact.
    Empty,
    /// A sound envelope-v1 artifact.
    V1 {
        /// Its syncs, oldest row first.
        syncs: Vec<SyncInfo>,
        /// Size of the file.
        file_bytes: u64,
        /// Size of the database in it.
        db_bytes: u64,
    },
}

/// Looks at `output` before a sync is started for it, so that a sync of an hour does not end in a refusal.
///
/// An existing artifact is unpacked completely and checked by SQLite, in a private directory beside it; creating
/// that directory is also the proof that the output can be written, and whether the file may be replaced is tried
/// without touching it. A symbolic link is followed: the artifact
/// behind it is the target. The cost is that of unpacking it and reading it once: about a
/// second for a million grants.
///
/// # Errors
/// [`TargetError`] for everything that must not, or cannot, be written over.
pub fn inspect_target(output: &Path) -> Result<Target, TargetError> {
    let location = Location::resolve(output)?;
    let scratch = location.scratch()?;
    if !location.exists {
        return Ok(Target::Absent);
    }
    file::try_replace(&location.file, scratch.directory()).map_err(|source| TargetError::NotReplaceable {
        path: output.to_owned(),
        source,
    })?;
    inspect_file(output, &location, &scratch)
}

fn inspect_file(output: &Path, location: &Location, scratch: &Scratch) -> Result<Target, TargetError> {
    let path = || output.to_owned();
    let corrupt = |detail: String| TargetError::Corrupt { path: path(), detail };
    let copy = scratch.file("db");
    let unpacked = match envelope::unpack(&location.file, &copy, MAX_DECODED_BYTES) {
        Ok(unpacked) => unpacked,
        Err(UnpackError::Empty) => return Ok(Target::Empty),
        Err(UnpackError::NotAFile) => return Err(TargetError::NotAFile { path: path() }),
        Err(UnpackError::Newer) => return Err(TargetError::Newer { path: path() }),
        Err(UnpackError::Foreign) => return Err(TargetError::Foreign { path: path() }),
        Err(UnpackError::Read(source)) => return Err(TargetError::Unreadable { path: path(), source }),
        Err(UnpackError::Write(source)) => {
            return Err(TargetError::NotWritable {
                path: path(),
                directory: location.directory.clone(),
                source,
            });
        }
        Err(error @ (UnpackError::Damaged(_) | UnpackError::TooLarge { .. })) => {
            return Err(corrupt(error.to_string()));
        }
    };
    let syncs = database::open(&copy)
        .and_then(|connection| {
            database::quick_check(&connection)?;
            SyncInfo::read_all(&connection)
        })
        .map_err(|error| corrupt(error.to_string()))?;
    Ok(Target::V1 {
        syncs,
        file_bytes: unpacked.file_bytes,
        db_bytes: unpacked.db_bytes,
    })
}
