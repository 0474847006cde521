//! Why an artifact cannot be read.

use super::DatabaseError;
use crate::envelope::UnpackError;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why an artifact, or a row of it, cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file, or it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a pipe, a device or a socket.
    #[error("cannot read {}: it is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// The file has no bytes: an artifact that nothing was written to yet.
    #[error("cannot read {}: the file is empty, nothing was synced into it yet", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("cannot read {}: it is not a .c1z artifact", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It, or something in it, is of a later version than this program knows.
    #[error("cannot read {}: {detail}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// What is not known.
        detail: String,
    },
    /// It is cut off or damaged, or needs a window above 128 MiB.
    #[error("cannot read {}: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// It unpacks to more than [`ReadOptions::max_decoded_bytes`](super::ReadOptions::max_decoded_bytes).
    #[error("cannot read {}: it unpacks to more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// The private copy can be written nowhere.
    #[error("cannot unpack {}: there is no folder for its private copy; tried {}", path.display(), all(tried))]
    Workspace {
        /// The file.
        path: PathBuf,
        /// Where the copy was to be, each with what the system said.
        tried: Vec<(PathBuf, io::Error)>,
    },
    /// The database inside is damaged or not that of an artifact.
    #[error("cannot read {}: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<DatabaseError>,
    },
    /// The message of a row is not of its type.
    #[error("cannot decode {kind} {id:?}: {source}")]
    Message {
        /// What it is.
        kind: &'static str,
        /// The id of the row.
        id: Box<str>,
        /// What the decoder said.
        source: prost::DecodeError,
    },
    /// The message of a row says something else than its columns.
    #[error("{kind} {id:?} contradicts itself: its row says {column} {row:?}, its message {message:?}")]
    Contradiction {
        /// What it is.
        kind: &'static str,
        /// The id of the row.
        id: Box<str>,
        /// Which part of it.
        column: &'static str,
        /// What the row says.
        row: Box<str>,
        /// What the message says.
        message: Box<str>,
    },
}

impl ReadError {
    /// Whether the file is at fault, so that reading it again would fail again. A lack of room, of descriptors or of rights is
    /// no fault of it.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Foreign { .. } | Self::Newer { .. } | Self::Damaged { .. } | Self::Message { .. } => true,
            Self::Database { source, .. } => source.is_damage(),
            _ => false,
        }
    }
}

impl ReadError {
    /// What is wrong with the file itself; what the system said where the copy could not be written.
    pub(super) fn unpack(path: &Path, error: UnpackError) -> Result<Self, io::Error> {
        let path = path.to_owned();
        Ok(match error {
            UnpackError::NotAFile => Self::NotAFile { path },
            UnpackError::Empty => Self::Empty { path },
            UnpackError::Foreign => Self::Foreign { path },
            UnpackError::Newer(detail) => Self::Newer { path, detail },
            UnpackError::Damaged(detail) => Self::Damaged { path, detail },
            UnpackError::TooLarge { limit } => Self::TooLarge { path, limit },
            UnpackError::Read(source) => Self::Unreadable { path, source },
            UnpackError::Write(source) => return Err(source),
        })
    }

    pub(crate) fn database(path: &Path) -> impl Fn(DatabaseError) -> Self + '_ {
        |error| Self::Database {
            path: path.to_owned(),
            source: Box::new(error),
        }
    }

    pub(super) fn message(kind: &'static str, id: &str) -> impl Fn(prost::DecodeError) -> Self {
        move |source| Self::Message {
            kind,
            id: id.into(),
            source,
        }
    }
}

fn all(tried: &[(PathBuf, io::Error)]) -> String {
    let each = |(directory, source): &(PathBuf, io::Error)| format!("{} ({source})", directory.display());
    tried.iter().map(each).collect::<Vec<_>>().join(", ")
}
