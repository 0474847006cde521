//! The turn to open a staging file.
//!
//! Looking at what is there, setting it aside and beginning again are several steps, in some of which nobody holds a lock on
//! the file itself. Of two processes that start at once, one would set aside what the other has just begun.

use super::trust::{self, Found};
use crate::error::SyncError;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The turn. Its lock ends with the process, and its file is gone when it is dropped.
pub(super) struct Turn {
    path: PathBuf,
    /// Who the file system says that new files belong to, where that is not us: then nobody's files can be told apart.
    pub(super) strange_owner: Option<u32>,
    _lock: File,
}

impl Turn {
    /// Takes the turn to open this staging file.
    ///
    /// # Errors
    /// [`SyncError::Busy`] where another process has it: that one is about to sync. [`SyncError::InTheWay`] where what is
    /// in the place of its file cannot be used and does not go away.
    pub(super) fn take(staging: &Path, me: u32) -> Result<Self, SyncError> {
        let path = super::beside(staging, "-lock");
        let io = |source| SyncError::io(&path, source);
        let busy = || SyncError::Busy {
            path: staging.to_owned(),
        };
        let lock = match trust::create_private(&path) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                left(&path, me)?.ok_or_else(busy)?
            }
            Err(error) => return Err(io(error)),
        };
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(busy()),
            // On a file system without locks the lock on the staging file has to do.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let (identity, strange_owner) = trust::opened(&lock, me).map_err(io)?;
        // Whoever had the turn before may have removed the file after it was opened here; it then locks nothing.
        if !trust::is_at(&identity, &path).map_err(io)? {
            return Err(busy());
        }
        Ok(Self {
            path,
            strange_owner,
            _lock: lock,
        })
    }
}

/// Opens the file of a turn that is over, or makes a new one where it is not ours; none where somebody has the turn.
fn left(path: &Path, me: u32) -> Result<Option<File>, SyncError> {
    let io = |source| SyncError::io(path, source);
    let why = match trust::look(path, me).map_err(io)? {
        Found::Nothing => return Ok(None),
        Found::Ours(_) => return trust::open_unfollowed(path).map(Some).map_err(io),
        Found::NotAFile(what) => return Err(SyncError::in_the_way(path, format!("it is {what}"))),
        Found::Doubtful(why) => why,
    };
    let locked = |file: File| matches!(file.try_lock(), Err(TryLockError::WouldBlock));
    if trust::open_unfollowed(path).is_ok_and(locked) {
        return Ok(None);
    }
    std::fs::remove_file(path)
        .map_err(|error| SyncError::in_the_way(path, format!("{why}, and it cannot be removed ({error})")))?;
    trust::create_private(path).map(Some).map_err(io)
}

impl Drop for Turn {
    fn drop(&mut self) {
        // One that stays is taken by the next run.
        let _ = std::fs::remove_file(&self.path);
    }
}
