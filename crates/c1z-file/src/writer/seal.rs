//! From a loaded database to a file in place.

use std::{fs, io, path::Path};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, params};

use super::{ArtifactWriter, WriteError, collision};
use crate::{
    envelope, file,
    schema::{self, Index},
    scratch::Scratch,
    stats::Stats,
    sync_id::SyncId,
    sync_run::SyncRun,
    target::Location,
    time::StoredTime,
};

/// A completed artifact.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The sync it holds.
    pub sync_id: SyncId,
    /// What it holds, as also stored in it.
    pub stats: Stats,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the database in it. By default the Go SDK refuses to read more than 10 GiB, old releases 3 GiB.
    pub db_bytes: u64,
}

pub(super) fn seal(
    mut writer: ArtifactWriter,
    ended_at: Timestamp,
    sync_token: &str,
) -> Result<Finished, WriteError> {
    record_sync(
        &writer.connection,
        &writer.sync,
        ended_at,
        sync_token,
        &writer.stats,
    )?;
    writer
        .connection
        .execute_batch("COMMIT")
        .map_err(WriteError::database("complete the rows"))?;
    writer.sort_beside()?;
    let ArtifactWriter {
        connection,
        location,
        scratch,
        sync,
        sorting,
        zstd_level,
        file_mode,
        stats,
        ..
    } = writer;
    build_indexes(&connection)?;
    drop(sorting);
    connection
        .close()
        .map_err(|(_, error)| WriteError::database("close the working database")(error))?;
    let database = scratch.file("db");
    let db_bytes = fs::metadata(&database)
        .map_err(WriteError::file("measure", &database))?
        .len();
    let file_bytes = publish(&location, &scratch, &database, zstd_level, file_mode)?;
    Ok(Finished {
        sync_id: sync.sync_id,
        stats,
        file_bytes,
        db_bytes,
    })
}

fn record_sync(
    connection: &Connection,
    sync: &SyncRun,
    ended_at: Timestamp,
    sync_token: &str,
    stats: &Stats,
) -> Result<(), WriteError> {
    if ended_at < sync.started_at {
        return Err(WriteError::Sync(format!(
            "it ends at {ended_at}, before it starts at {}",
            sync.started_at
        )));
    }
    let time = |at| StoredTime::utc(at).map(|time| time.to_string());
    let (Ok(started_at), Ok(ended_at)) = (time(sync.started_at), time(ended_at)) else {
        return Err(WriteError::Sync(format!(
            "its end {ended_at} is before the year 0"
        )));
    };
    let parent = sync.parent.map(|id| id.to_string()).unwrap_or_default();
    // grants_backfilled: the expansion of every grant is in its column, so readers need not decode all grants to
    // move it there.
    // supports_diff stays 0: it promises the Go SDK that two syncs can be compared by the bytes of their messages,
    // and messages of equal content differ in bytes between the two encoders.
    connection
        .execute(
            "INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, parent_sync_id, \
             grants_backfilled, supports_diff, stats) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 0, ?7)",
            params![
                sync.sync_id.to_string(),
                started_at,
                ended_at,
                sync_token,
                sync.sync_type.as_str(),
                parent,
                stats.to_json()
            ],
        )
        .map(drop)
        .map_err(WriteError::database("record the sync"))
}

/// Builds all indexes from rows already there, which sorts once per index instead of searching once per row.
fn build_indexes(connection: &Connection) -> Result<(), WriteError> {
    schema::INDEXES
        .iter()
        .filter(|index| index.condition.is_none())
        .try_for_each(|index| build_index(connection, index))
}

fn build_index(connection: &Connection, index: &Index) -> Result<(), WriteError> {
    match connection.execute(&index.create_sql(), []) {
        Ok(_) => Ok(()),
        Err(error) => {
            let violated = error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation);
            let collision = if violated {
                collision::find(connection, index.table)
            } else {
                Ok(None)
            };
            match collision.map_err(WriteError::database("name the rows that collide"))? {
                Some(collision) => Err(WriteError::Collision(Box::new(collision))),
                None => Err(WriteError::database("build an index")(error)),
            }
        }
    }
}

/// Compresses beside the output and renames over it.
fn publish(
    location: &Location,
    scratch: &Scratch,
    database: &Path,
    zstd_level: i32,
    file_mode: Option<u32>,
) -> Result<u64, WriteError> {
    // Only a directory known to be beside the output is known to be on its file system.
    let beside = if scratch.directory().parent() == Some(&*location.directory) {
        None
    } else {
        Some(location.scratch().map_err(WriteError::target)?)
    };
    let packed = beside.as_ref().unwrap_or(scratch).file("artifact");
    let file_bytes = file::create_private(&packed)
        .and_then(|file| {
            file::take_over(&file, &location.file, file_mode)?;
            envelope::pack(database, file, zstd_level)
        })
        .map_err(WriteError::file("compress to", &packed))?;
    fs::rename(&packed, &location.file).map_err(WriteError::file("rename into place as", &location.file))?;
    sync_directory(&location.directory).map_err(|source| WriteError::NotDurable {
        path: location.file.clone(),
        source,
    })?;
    Ok(file_bytes)
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

/// Directories cannot be flushed there; the file system journals the rename itself.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
