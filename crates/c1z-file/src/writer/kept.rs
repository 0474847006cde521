//! Earlier syncs, taken over from the artifact that is replaced.
//!
//! What they hold was written by someone else. It is copied as it is, but only values of the types that the format gives
//! its columns: a sync with anything else stays behind, and the new artifact is written without it.

use super::{ArtifactWriter, StorageEngine, WriteError};
use crate::{
    reader::{Artifact, SyncInfo, database},
    schema::{self, Table},
    time::{self, StoredTime},
};
use rusqlite::{Connection, params_from_iter, types::ValueRef};

/// The longest value that is taken over. Messages have some hundred bytes; icons and checkpoints are the longest.
const MAX_VALUE: usize = 16 << 20;

/// A sync that was to be kept and is not in the new artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the earlier sync {sync_id} cannot be kept: {reason}")]
#[non_exhaustive]
pub struct NotKept {
    /// Its id.
    pub sync_id: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What went wrong: with the content that is read, or with the database that is written.
enum Failure {
    Unsound(String),
    Write(rusqlite::Error),
}

impl ArtifactWriter {
    /// Copies a sync of another artifact: its row, with the columns that its writer did not have yet at their defaults, and
    /// all rows that belong to it. Several are to be kept in the order of their age. The end of the new sync will be later
    /// than those of the kept ones, whatever the clocks say.
    ///
    /// Content that cannot be part of an artifact is no error: it is left out, and [`Finished::not_kept`] names it.
    ///
    /// [`Finished::not_kept`]: super::Finished::not_kept
    ///
    /// # Errors
    /// [`WriteError::Database`] when a row cannot be stored.
    pub fn keep(&mut self, from: &Artifact, sync: &SyncInfo) -> Result<(), WriteError> {
        let doing = WriteError::database("keep an earlier sync");
        if let Err(reason) = self.can_keep(sync) {
            return self.leave(sync, reason);
        }
        let copied = schema::TABLES
            .iter()
            .try_for_each(|table| copy(from, &self.connection, table, &sync.sync_id));
        match copied {
            Ok(()) => self.kept.push(sync.clone()),
            Err(Failure::Unsound(reason)) => {
                // Without a journal nothing can be rolled back.
                self.remove(&sync.sync_id)?;
                self.leave(sync, reason)?;
            }
            Err(Failure::Write(source)) => return Err(doing(source)),
        }
        Ok(())
    }

    /// The same as [`keep`](Self::keep) for a sync without which the artifact must not be written.
    ///
    /// # Errors
    /// As for `keep`, and [`WriteError::NotKept`], here or from [`finish`](Self::finish), where its content cannot be part of
    /// an artifact.
    pub fn must_keep(&mut self, from: &Artifact, sync: &SyncInfo) -> Result<(), WriteError> {
        self.required.insert(sync.sync_id.clone());
        self.keep(from, sync)
    }

    /// Tries whether everything that was kept can be part of an artifact, as [`finish`](Self::finish) would find out, and
    /// writes none.
    ///
    /// # Errors
    /// As for [`must_keep`](Self::must_keep).
    pub fn try_kept(mut self) -> Result<Vec<NotKept>, WriteError> {
        super::seal::complete_rows(&mut self)?;
        Ok(std::mem::take(&mut self.not_kept))
    }

    fn can_keep(&self, sync: &SyncInfo) -> Result<(), String> {
        if self.storage_engine == StorageEngine::Pebble {
            return Err("an artifact of this storage engine holds one sync".into());
        }
        if sync.sync_id == self.sync_id || self.kept.iter().any(|kept| kept.sync_id == sync.sync_id) {
            return Err("another sync has the same id".into());
        }
        let ended_at = sync.ended_at.as_deref().unwrap_or_default();
        if !time::has_written_shape(ended_at) || after(ended_at).is_none() {
            return Err(format!(
                "its end {ended_at:?} is not a time that others can be later than"
            ));
        }
        Ok(())
    }

    fn leave(&mut self, sync: &SyncInfo, reason: String) -> Result<(), WriteError> {
        let lost = NotKept {
            sync_id: sync.sync_id.clone(),
            reason,
        };
        if self.required.contains(&sync.sync_id) {
            return Err(WriteError::NotKept(lost));
        }
        self.not_kept.push(lost);
        Ok(())
    }

    /// Takes a sync out again whose rows turn out not to fit the indexes; false when it is not a kept one.
    pub(super) fn take_out(&mut self, sync_id: &str, reason: String) -> Result<bool, WriteError> {
        let Some(at) = self.kept.iter().position(|kept| kept.sync_id == sync_id) else {
            return Ok(false);
        };
        let sync = self.kept.remove(at);
        self.remove(sync_id)?;
        self.leave(&sync, reason)?;
        Ok(true)
    }

    fn remove(&self, sync_id: &str) -> Result<(), WriteError> {
        schema::TABLES.iter().try_for_each(|table| {
            let sql = format!("DELETE FROM {} WHERE sync_id = ?1", table.name);
            let removed = self.connection.execute(&sql, [sync_id]);
            removed
                .map(drop)
                .map_err(WriteError::database("leave out an earlier sync"))
        })
    }

    /// The earliest time that sorts after the ends of all kept syncs, which are compared as texts.
    pub(super) fn after_kept(&self) -> Option<StoredTime> {
        let latest = self
            .kept
            .iter()
            .filter_map(|kept| kept.ended_at.as_deref())
            .max()?;
        after(latest)
    }
}

/// One nanosecond later.
fn after(ended_at: &str) -> Option<StoredTime> {
    ended_at.parse::<StoredTime>().ok()?.next()
}

fn copy(from: &Artifact, to: &Connection, table: &Table, sync_id: &str) -> Result<(), Failure> {
    let unsound = |error: &dyn std::fmt::Display| Failure::Unsound(format!("table {}: {error}", table.name));
    let read = |error: rusqlite::Error| unsound(&error);
    let expressions = match database::columns(from.connection(), table) {
        Ok(expressions) => expressions,
        Err(_) if !schema::is_required(table) => return Ok(()),
        Err(error) => return Err(unsound(&error)),
    };
    let mut insert = to.prepare(&table.insert_sql()).map_err(Failure::Write)?;
    // The plus sign keeps SQLite from reading an index whose content nobody checked.
    let sql = format!(
        "SELECT {expressions} FROM {} WHERE +sync_id = ?1 ORDER BY id",
        table.name
    );
    let mut select = from.connection().prepare(&sql).map_err(read)?;
    let mut rows = select.query([sync_id]).map_err(read)?;
    while let Some(row) = rows.next().map_err(read)? {
        let mut values = Vec::with_capacity(table.columns.len() - 1);
        for (at, (name, declaration)) in table.columns.iter().enumerate().skip(1) {
            let value = row.get_ref(at).map_err(read)?;
            if !fits(value, declaration) {
                return Err(unsound(&format!("column {name} holds what an artifact cannot")));
            }
            values.push(rusqlite::types::ToSqlOutput::Borrowed(value));
        }
        insert.execute(params_from_iter(values)).map_err(Failure::Write)?;
    }
    Ok(())
}

/// Whether a column that is declared like this may hold the value.
fn fits(value: ValueRef<'_>, declaration: &str) -> bool {
    match value {
        ValueRef::Null => !declaration.contains("not null"),
        ValueRef::Integer(_) => declaration.starts_with("integer"),
        ValueRef::Text(text) => {
            (declaration.starts_with("text") || declaration.starts_with("datetime"))
                && text.len() <= MAX_VALUE
                && std::str::from_utf8(text).is_ok()
        }
        ValueRef::Blob(blob) => declaration.starts_with("blob") && blob.len() <= MAX_VALUE,
        ValueRef::Real(_) => false,
    }
}
