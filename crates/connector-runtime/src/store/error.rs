//! Why the staging file failed.

use rusqlite::ErrorCode;
use std::fmt;

/// Why the staging file failed, as the database in it says it.
#[derive(Debug)]
pub struct StagingError(rusqlite::Error);

impl StagingError {
    /// Whether the file is damaged, so that every further use of it would fail too.
    pub fn is_damage(&self) -> bool {
        matches!(
            self.0.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }

    /// Whether the disk has no room left.
    pub fn is_disk_full(&self) -> bool {
        self.0.sqlite_error_code() == Some(ErrorCode::DiskFull)
    }
}

impl fmt::Display for StagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for StagingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<rusqlite::Error> for StagingError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

/// Failures of a database, for tests of their results.
#[cfg(test)]
pub(crate) mod failing {
    pub(crate) use rusqlite::ffi::{SQLITE_CORRUPT, SQLITE_FULL, SQLITE_IOERR, SQLITE_NOTADB};

    pub(crate) fn sql(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
    }
}
