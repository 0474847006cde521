//! The turn to open a staging file.
//!
//! Looking at what is there, setting it aside and beginning anew are several steps, in some of which nobody holds a lock on
//! the file itself. Of two processes that start at once, one would set aside what the other has just begun.

use crate::error::SyncError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The turn. Its lock ends with the process, and its file is gone when it is dropped.
pub(super) struct Turn {
    path: PathBuf,
    _lock: File,
}

impl Turn {
    /// Takes the turn to open this staging file.
    ///
    /// # Errors
    /// [`SyncError::Busy`] where another process has it: that one is about to sync.
    pub(super) fn take(staging: &Path) -> Result<Self, SyncError> {
        let mut path = staging.as_os_str().to_owned();
        path.push("-lock");
        let path = PathBuf::from(path);
        let io = |source| SyncError::io(&path, source);
        let busy = || SyncError::Busy {
            path: staging.to_owned(),
        };
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(io)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(busy()),
            // On a file system without locks the lock on the staging file has to do.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        // Whoever had the turn before may have removed the file after it was opened here; it then locks nothing.
        if !is_at(&lock, &path).map_err(io)? {
            return Err(busy());
        }
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // One that stays is taken by the next run.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the path still leads to this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let opened = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file that is open keeps its name there until it is closed.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}
