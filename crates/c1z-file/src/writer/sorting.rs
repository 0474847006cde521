//! Where SQLite keeps the temporary files of its sorter and of temporary tables.
//!
//! By default that is the system's temporary directory, which is often small, in memory, or missing from a container.
//! SQLite has one such setting per process, so whoever changes it has to have the turn.

use rusqlite::Connection;
use std::{
    path::Path,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// Whether someone has the turn. Not the lock itself: a turn may be taken on one thread and given back on another.
static TAKEN: Mutex<bool> = Mutex::new(false);
static GIVEN_BACK: Condvar = Condvar::new();

/// How often whoever waits for the turn is asked whether to go on waiting: soon enough for a person.
const TIMEOUT: Duration = Duration::from_millis(100);

/// The turn, and with it the directory. Dropping it restores the default.
#[derive(Debug)]
pub(super) struct Sorting {
    /// Any connection can change the setting.
    connection: Connection,
}

impl Sorting {
    /// Waits for the turn and has SQLite use `directory`; `None` once `given_up` says so while the turn is another's.
    pub(super) fn take(directory: &Path, given_up: &dyn Fn() -> bool) -> rusqlite::Result<Option<Self>> {
        let connection = Connection::open_in_memory()?;
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            if given_up() {
                return Ok(None);
            }
            let waited = GIVEN_BACK.wait_timeout(taken, TIMEOUT);
            (taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
        drop(taken);
        let sorting = Self { connection };
        // A path that is not UTF-8 cannot be said in SQL, and then the default has to do.
        sorting.set(directory.to_str().unwrap_or_default())?;
        Ok(Some(sorting))
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
