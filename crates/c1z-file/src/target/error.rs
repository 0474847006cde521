//! Why an output path is refused.

use std::{io, path::PathBuf};

/// Why an artifact must not, or cannot, be written to a path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The path names a directory.
    #[error("cannot write {}: it is a directory; name a file in it", path.display())]
    IsDirectory {
        /// The output as given.
        path: PathBuf,
    },
    /// The path names a file that is read for what is to be written.
    #[error("cannot write {}: what is written is made from it; name another file", path.display())]
    IsRead {
        /// The output as given.
        path: PathBuf,
    },
    /// The path names a device, a pipe or a socket, which cannot be replaced as a whole.
    #[error("cannot write {}: it is not a regular file", path.display())]
    NotAFile {
        /// The output as given.
        path: PathBuf,
    },
    /// The path leads to where the system shows devices and what is open, such as `/dev/stdout`, which is whatever the shell
    /// made it.
    #[error(
        "cannot write {}: {} has devices and files that are open already, which are not replaced; name the file itself",
        path.display(),
        directory.display()
    )]
    NotKept {
        /// The output as given.
        path: PathBuf,
        /// The directory that holds no files of its own.
        directory: PathBuf,
    },
    /// There is no directory to hold the file.
    #[error("cannot write {}: the directory {} does not exist", path.display(), directory.display())]
    DirectoryMissing {
        /// The output as given.
        path: PathBuf,
        /// Its directory.
        directory: PathBuf,
    },
    /// No file can be created beside the output; the artifact is built there and renamed into place.
    #[error("cannot write {}: no file can be created in {}: {source}", path.display(), directory.display())]
    NotWritable {
        /// The output as given.
        path: PathBuf,
        /// The directory that refuses.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is there already, and nobody asked for it to be replaced.
    #[error("cannot write {}: it is there already", path.display())]
    Exists {
        /// The output as given.
        path: PathBuf,
    },
    /// A file is there that the system does not let be replaced: it is immutable, read-only or mounted by itself, or it
    /// is someone else's in a sticky directory.
    #[error("cannot replace {}: {source}; name another output, or have its owner let it be replaced", path.display())]
    NotReplaceable {
        /// The output as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path leads through a symbolic link that someone else laid.
    #[error("cannot write {}: {} is a link of user {owner}; name the file itself", path.display(), link.display())]
    StrangeLink {
        /// The output as given.
        path: PathBuf,
        /// The link.
        link: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// What is there cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The output as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An artifact is there that is, or holds something, of a later version than this program knows.
    #[error("cannot write over {}: {detail}; name another output, or move the file away", path.display())]
    Newer {
        /// The output as given.
        path: PathBuf,
        /// What is not known.
        detail: String,
    },
    /// Something else is there.
    #[error("cannot write over {}: it is not a .c1z artifact; name another output, or move the file away", path.display())]
    Foreign {
        /// The output as given.
        path: PathBuf,
    },
    /// An artifact is there, but damaged.
    #[error(
        "cannot write over {}: it is a damaged .c1z artifact ({detail}); move it away to start a new one",
        path.display()
    )]
    Corrupt {
        /// The output as given.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
}

impl TargetError {
    /// Whether what is there is at fault: something else than an artifact, or a damaged one.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Newer { .. } | Self::Foreign { .. } | Self::Corrupt { .. }
        )
    }
}
