//! Where an artifact is to be written, and what is there already.

mod error;
mod location;

use std::path::Path;

pub use self::error::TargetError;
pub(crate) use self::location::Location;
use crate::{
    envelope::{self, UnpackError},
    file,
    reader::{Artifact, COPY, MAX_DECODED_BYTES, SyncInfo, database},
    schema,
    writer::StorageEngine,
};

/// What is at the path of an artifact to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// Nothing.
    Absent,
    /// A file of zero bytes, which every reader of the format takes for a new artifact.
    Empty,
    /// A sound artifact.
    Artifact {
        /// How it stores its rows.
        storage_engine: StorageEngine,
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
    Ok(match open(output)? {
        At::Nothing => Target::Absent,
        At::Empty => Target::Empty,
        At::Artifact(artifact) => Target::Artifact {
            storage_engine: artifact.storage_engine(),
            syncs: artifact
                .syncs()
                .map_err(|error| corrupt(output, error.to_string()))?,
            file_bytes: artifact.file_bytes(),
            db_bytes: artifact.database_bytes(),
        },
    })
}

/// The same as [`inspect_target`] for callers who want to read what they are about to replace: the artifact, open, in a
/// private copy beside it; none where there is nothing, or a file of zero bytes.
///
/// # Errors
/// As [`inspect_target`].
pub fn open_target(output: &Path) -> Result<Option<Artifact>, TargetError> {
    Ok(match open(output)? {
        At::Nothing | At::Empty => None,
        At::Artifact(artifact) => Some(*artifact),
    })
}

enum At {
    Nothing,
    Empty,
    Artifact(Box<Artifact>),
}

fn corrupt(path: &Path, detail: String) -> TargetError {
    TargetError::Corrupt {
        path: path.to_owned(),
        detail,
    }
}

fn open(output: &Path) -> Result<At, TargetError> {
    let location = Location::resolve(output)?;
    let scratch = location.scratch()?;
    if !location.exists {
        return Ok(At::Nothing);
    }
    file::try_replace(&location.file, scratch.directory()).map_err(|source| TargetError::NotReplaceable {
        path: output.to_owned(),
        source,
    })?;
    let path = || output.to_owned();
    let unpacked = match envelope::unpack(&location.file, &scratch, MAX_DECODED_BYTES) {
        Ok(unpacked) => unpacked,
        Err(UnpackError::Empty) => return Ok(At::Empty),
        Err(UnpackError::NotAFile) => return Err(TargetError::NotAFile { path: path() }),
        Err(UnpackError::Newer(detail)) => return Err(TargetError::Newer { path: path(), detail }),
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
            return Err(corrupt(output, error.to_string()));
        }
    };
    let connection = database::open(&scratch.file(COPY))
        .and_then(|connection| {
            database::quick_check(&connection)?;
            SyncInfo::read_all(&connection)?;
            for table in schema::REQUIRED_TABLES {
                database::columns(&connection, table)?;
            }
            Ok(connection)
        })
        .map_err(|error| corrupt(output, error.to_string()))?;
    let mut artifact = Artifact::of_parts(connection, output, unpacked, scratch);
    artifact.unname();
    Ok(At::Artifact(Box::new(artifact)))
}
