//! The syncs that an artifact holds.

use super::database::{self, DatabaseError};
use crate::{
    schema,
    stats::{Stats, StatsError},
    sync_run::SyncType,
    time::{StoredTime, StoredTimeError},
};
use rusqlite::{Connection, Row};

/// One row of `v1_sync_runs`, as stored: a foreign writer may have left ids and times of any form. Of an artifact of envelope v3,
/// which stores instants, times are in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncInfo {
    /// Its id.
    pub sync_id: String,
    /// When it started; see [`started`](Self::started).
    pub started_at: String,
    /// When it ended; none when it did not.
    pub ended_at: Option<String>,
    /// The last checkpoint.
    pub sync_token: String,
    /// What it covers.
    pub sync_type: SyncType,
    /// The sync it is based on; empty for none.
    pub parent_sync_id: String,
    /// Its partner in a diff pair; empty for none.
    pub linked_sync_id: String,
    /// Whether its writer says that it can be compared with another sync.
    pub supports_diff: bool,
    /// Whether the expansion of its grants stands in the column rather than in the message.
    pub grants_backfilled: bool,
    /// The `stats` column; see [`stats`](Self::stats).
    pub stats_json: Option<String>,
}

impl SyncInfo {
    /// When it started.
    ///
    /// # Errors
    /// When the column holds no time.
    pub fn started(&self) -> Result<StoredTime, StoredTimeError> {
        self.started_at.parse()
    }

    /// When it ended; none when it did not.
    ///
    /// # Errors
    /// When the column holds no time.
    pub fn ended(&self) -> Result<Option<StoredTime>, StoredTimeError> {
        self.ended_at.as_deref().map(str::parse).transpose()
    }

    /// Its statistics; none when the writer stored none.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn stats(&self) -> Result<Option<Stats>, StatsError> {
        self.stats_json.as_deref().map(Stats::from_json).transpose()
    }

    /// All syncs in the order of their rows, which is their age order.
    pub(crate) fn read_all(connection: &Connection) -> Result<Vec<Self>, DatabaseError> {
        let doing = DatabaseError::sql("read the syncs");
        let columns = database::columns(connection, schema::SYNC_RUNS)?;
        let sql = format!("SELECT {columns} FROM v1_sync_runs ORDER BY id");
        let mut statement = connection.prepare(&sql).map_err(&doing)?;
        let rows = statement.query_map([], Self::from_row).map_err(&doing)?;
        rows.collect::<Result<_, _>>().map_err(&doing)
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            sync_id: row.get(1)?,
            started_at: row.get(2)?,
            ended_at: row.get(3)?,
            sync_token: row.get(4)?,
            sync_type: SyncType::from_column(row.get_ref(5)?.as_str()?),
            parent_sync_id: row.get(6)?,
            linked_sync_id: row.get(7)?,
            supports_diff: row.get(8)?,
            grants_backfilled: row.get(9)?,
            stats_json: row.get(10)?,
        })
    }
}
