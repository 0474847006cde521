//! Why an artifact was not written.

use super::{Collision, NotKept, TargetError};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why an artifact was not written. Unless a variant says otherwise, what was at the output before is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output path, or the directory for working files, is refused.
    #[error(transparent)]
    Target(Box<TargetError>),
    /// The sync cannot be described in an artifact.
    #[error("the sync cannot be described: {0}")]
    Sync(String),
    /// A row cannot be stored.
    #[error("cannot store {kind} {id:?}: {reason}")]
    Row {
        /// What it is.
        kind: &'static str,
        /// Its id, as far as it has one.
        id: Box<str>,
        /// What is wrong with it.
        reason: String,
    },
    /// Two rows share an id.
    #[error(transparent)]
    Collision(Box<Collision>),
    /// An earlier sync without which the artifact must not be written cannot be part of it.
    #[error(transparent)]
    NotKept(NotKept),
    /// SQLite failed, on a full disk for instance.
    #[error("cannot {doing}: {source}")]
    Database {
        /// The step.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A file operation failed.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// The step.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The artifact is complete and in place, but the system did not confirm that the rename would outlive a
    /// power failure.
    #[error("the new {} may not survive a power failure: {source}", path.display())]
    NotDurable {
        /// The output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WriteError {
    /// Whether it failed because a disk has no room left.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        let of = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        };
        match self {
            Self::Target(error) => matches!(&**error, TargetError::NotWritable { source, .. } if of(source)),
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Self::File { source, .. } => of(source),
            _ => false,
        }
    }

    pub(super) fn target(error: TargetError) -> Self {
        Self::Target(Box::new(error))
    }

    pub(crate) fn database(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    pub(crate) fn file(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::File {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}
