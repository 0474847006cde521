//! Where SQLite keeps the temporary files of its sorter and of temporary tables.
//!
//! By default that is the system's temporary directory, which is often small, in memory, or missing from a container.
//! SQLite has one such setting per process, so whoever changes it has to have the turn.

use std::{
    path::Path,
    sync::{Condvar, Mutex, PoisonError},
};

use rusqlite::Connection;

/// Whether someone has the turn. Not the lock itself: a turn may be taken on one thread and given back on another.
static TAKEN: Mutex<bool> = Mutex::new(false);
static GIVEN_BACK: Condvar = Condvar::new();

/// The turn, and with it the directory. Dropping it restores the default.
#[derive(Debug)]
pub(super) struct Sorting {
    /// Any connection can change the setting.
    connection: Connection,
}

impl Sorting {
    /// Waits for the turn and has SQLite use `directory`.
    pub(super) fn take(directory: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = GIVEN_BACK
            .wait_while(taken, |taken| *taken)
            .unwrap_or_else(PoisonError::into_inner);
        *taken = true;
        drop(taken);
        let sorting = Self { connection };
        // A path that is not UTF-8 cannot be said in SQL, and then the default has to do.
        sorting.set(directory.to_str().unwrap_or_default())?;
        Ok(sorting)
    }

    fn set(&self, directory: &str) -> rusqlite::Result<()> {
        self.connection
            .pragma_update(None, "temp_store_directory", directory)
    }
}

impl Drop for Sorting {
    fn drop(&mut self) {
        // Forgetting a directory cannot fail; only naming one that is not writable does.
        let _ = self.set("");
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
        GIVEN_BACK.notify_one();
    }
}
