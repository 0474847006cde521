//! Why a recording cannot be written or read.

use std::io;
use std::path::{Path, PathBuf};

/// A recording cannot be written, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CassetteError {
    /// A file or the folder cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `create`.
        action: &'static str,
        /// The file or the folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds a recording: a second one would have other replacements, and the ids of the two would not
    /// match.
    #[error("cannot record into {}: it holds a recording already", dir.display())]
    Occupied {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder holds no cassette.
    #[error("cannot replay {}: it holds no cassette", dir.display())]
    NoRecording {
        /// The folder.
        dir: PathBuf,
    },
    /// A cassette between the first and the last is not there.
    #[error("cannot replay {}: {file} is missing", dir.display())]
    MissingPart {
        /// The folder.
        dir: PathBuf,
        /// The name of the cassette.
        file: String,
    },
    /// The cassettes in one folder are not of one recording.
    #[error("cannot replay {}: it belongs to another recording than the cassette before it", path.display())]
    ForeignPart {
        /// The cassette.
        path: PathBuf,
    },
    /// The cassette was written by a later version of this crate.
    #[error("cannot replay {}: it has version {found} of the format, this program reads up to {readable}", path.display())]
    Newer {
        /// The cassette.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The latest version that can be read.
        readable: u32,
    },
    /// The cassette is not what this crate writes. A cassette that only ends too early is not an error, see
    /// [`Completeness`](super::Completeness).
    #[error("cannot replay {}, line {line}: {reason}", path.display())]
    Malformed {
        /// The cassette.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The recording was finished before.
    #[error("cannot go on recording: the recording is finished")]
    Finished,
    /// An earlier exchange could not be written, so what follows would be a recording with a hole.
    #[error("cannot go on recording: an earlier exchange could not be written")]
    Broken,
    /// A credential would have been written.
    #[error("cannot record an exchange: a credential in it cannot be taken out")]
    Credential,
    /// The system has no random numbers, without which replacements could be undone.
    #[error("cannot make replacements: no random numbers from the system")]
    NoRandomness,
}

impl CassetteError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
