//! How many rows a sync has.

use super::database::DatabaseError;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// The rows of a sync, counted; what its statistics say is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncCounts {
    /// Resources by their type.
    pub resources: BTreeMap<String, u64>,
    /// Grants.
    pub grants: u64,
}

impl SyncCounts {
    pub(super) fn read(connection: &Connection, sync_id: &str) -> Result<Self, DatabaseError> {
        let read = || -> rusqlite::Result<Self> {
            let mut statement = connection.prepare_cached(
                "SELECT resource_type_id, count(*) FROM v1_resources WHERE +sync_id = ?1 GROUP BY resource_type_id",
            )?;
            let resources = statement
                .query_map([sync_id], |row| {
                    Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let sql = "SELECT count(*) FROM v1_grants WHERE +sync_id = ?1";
            let grants: i64 = connection.query_row(sql, [sync_id], |row| row.get(0))?;
            Ok(Self {
                resources,
                grants: grants.unsigned_abs(),
            })
        };
        read().map_err(DatabaseError::sql("count the rows"))
    }

    /// All of them together.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.resources.values().sum::<u64>() + self.grants
    }
}
