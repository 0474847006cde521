//! From a loaded database to a file in place.

use super::{ArtifactWriter, Collision, NotKept, StorageEngine, WriteError, collision};
use crate::{
    envelope, file,
    schema::{self, Index},
    scratch::Scratch,
    stats::Stats,
    sync_id::SyncId,
    sync_run::SyncType,
    target::Location,
    time::StoredTime,
    v3,
};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, params};
use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// A completed artifact.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The sync it holds.
    pub sync_id: SyncId,
    /// What it holds, as also stored in it.
    pub stats: Stats,
    /// Earlier syncs that were to be kept and could not be.
    pub not_kept: Vec<NotKept>,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the database, or of the files of the store, in it. By default the Go SDK refuses to read more than 10 GiB, old releases 3 GiB.
    pub db_bytes: u64,
}

pub(super) fn seal(
    mut writer: ArtifactWriter,
    ended_at: Timestamp,
    sync_token: &str,
) -> Result<Finished, WriteError> {
    let run = record_sync(&writer, ended_at, sync_token)?;
    complete_rows(&mut writer)?;
    let store = match writer.storage_engine {
        StorageEngine::Sqlite => None,
        StorageEngine::Pebble => {
            let stats = v3::Stats::of(&writer.stats, run.id.clone(), instant(ended_at));
            Some(v3::build(&writer.connection, run, stats, &writer.scratch)?)
        }
    };
    let ArtifactWriter {
        connection,
        location,
        scratch,
        sync,
        sorting,
        zstd_level,
        file_mode,
        stats,
        not_kept,
        ..
    } = writer;
    drop(sorting);
    connection
        .close()
        .map_err(|(_, error)| WriteError::database("close the working database")(error))?;
    let database = scratch.file("db");
    let (file_bytes, db_bytes) = publish(&location, &scratch, file_mode, |file| match store {
        None => Ok((
            envelope::pack(&database, file, zstd_level)?,
            fs::metadata(&database)?.len(),
        )),
        Some(store) => store.pack(&scratch, file, zstd_level),
    })?;
    Ok(Finished {
        sync_id: sync.sync_id,
        stats,
        not_kept,
        file_bytes,
        db_bytes,
    })
}

/// A time as stores hold it.
fn instant(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}

/// Ends the adding of rows and builds the indexes, which shows whether their ids are unique.
pub(super) fn complete_rows(writer: &mut ArtifactWriter) -> Result<(), WriteError> {
    writer
        .connection
        .execute_batch("COMMIT")
        .map_err(WriteError::database("complete the rows"))?;
    writer.sort_beside()?;
    build_indexes(writer)
}

/// What the format calls a verified sync: the generation of the checks, and by whom they were made.
const VERIFIED: [&str; 2] = ["1", "connector"];
/// The checks that were made.
const CHECKS: [&str; 2] = ["I5", "I10"];

/// Adds the row of the sync; returns it in the form of a store.
fn record_sync(
    writer: &ArtifactWriter,
    ended_at: Timestamp,
    sync_token: &str,
) -> Result<v3::SyncRun, WriteError> {
    let ArtifactWriter { sync, zone, .. } = writer;
    if ended_at < sync.started_at {
        return Err(WriteError::Sync(format!(
            "it ends at {ended_at}, before it starts at {}",
            sync.started_at
        )));
    }
    let time = |at| StoredTime::in_zone(at, zone);
    let (started, ended) = (instant(sync.started_at), instant(ended_at));
    let (Ok(started_at), Ok(ended_at)) = (time(sync.started_at), time(ended_at)) else {
        return Err(WriteError::Sync(format!(
            "its end {ended_at} is before the year 0"
        )));
    };
    // Readers take the sync for the latest whose end is the greatest text. Clocks are turned back, by law twice a year, and
    // a kept sync may be of a host in another zone.
    let ended_at = ended_at.max(started_at);
    let ended_at = writer.after_kept().map_or(ended_at, |after| after.max(ended_at));
    let parent = sync.parent.map(|id| id.to_string()).unwrap_or_default();
    let expanded = writer.expansion_ran && sync.sync_type != SyncType::ResourcesOnly;
    let ([generation, mode], checks) = match writer.invariants_hold {
        true => (VERIFIED, &CHECKS[..]),
        false => ([""; 2], &[][..]),
    };
    let coverage = match checks {
        [] => String::new(),
        checks => serde_json::Value::from(checks).to_string(),
    };
    // grants_backfilled: the expansion of every grant is in its column, so readers need not decode all grants to
    // move it there. supports_diff belongs together with needs_expansion of the grants: with it and without them, tools
    // that go on from the artifact would take away what expansion gave.
    writer
        .connection
        .execute(
            "INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, parent_sync_id, \
             grants_backfilled, supports_diff, stats, ingest_invariant_generation, ingest_invariant_coverage, \
             ingest_invariant_mode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9, ?10, ?11)",
            params![
                writer.sync_id,
                started_at.to_string(),
                ended_at.to_string(),
                sync_token,
                sync.sync_type.as_str(),
                parent,
                expanded,
                writer.stats.to_json(),
                generation,
                coverage,
                mode
            ],
        )
        .map_err(WriteError::database("record the sync"))?;
    Ok(v3::SyncRun {
        id: writer.sync_id.clone(),
        kind: sync.sync_type.number(),
        parent,
        started_at: Some(started),
        ended_at: Some(ended),
        token: sync_token.to_owned(),
        supports_diff: expanded,
        linked: String::new(),
        invariant_generation: generation.to_owned(),
        invariant_coverage: checks.iter().map(|check| (*check).to_owned()).collect(),
        invariant_mode: mode.to_owned(),
    })
}

/// Builds all indexes from rows already there, which sorts once per index instead of searching once per row.
fn build_indexes(writer: &mut ArtifactWriter) -> Result<(), WriteError> {
    // A store has indexes of its own; only whether ids are unique has to be known.
    let has_all = writer.storage_engine == StorageEngine::Sqlite;
    let indexes = schema::INDEXES.iter().filter(|index| index.condition.is_none());
    for index in indexes.filter(|index| has_all || index.unique) {
        // Each turn takes a kept sync out, so there are not many.
        while let Some((sync_id, collision)) = build_index(&writer.connection, index)? {
            let reason = format!("several of its rows have the id {:?}", collision.external_id);
            if !writer.take_out(&sync_id, reason)? {
                return Err(WriteError::Collision(Box::new(collision)));
            }
        }
    }
    Ok(())
}

/// Builds one; where rows keep it from being unique, names two of them and their sync.
fn build_index(connection: &Connection, index: &Index) -> Result<Option<(String, Collision)>, WriteError> {
    match connection.execute(&index.create_sql(), []) {
        Ok(_) => Ok(None),
        Err(error) => {
            let violated = error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation);
            let collision = if violated {
                collision::find(connection, index)
            } else {
                Ok(None)
            };
            match collision.map_err(WriteError::database("name the rows that collide"))? {
                Some(collision) => Ok(Some(collision)),
                None => Err(WriteError::database("build an index")(error)),
            }
        }
    }
}

/// Has `pack` compress beside the output, and renames the result over it. Returns what `pack` does.
fn publish<T>(
    location: &Location,
    scratch: &Scratch,
    file_mode: Option<u32>,
    pack: impl FnOnce(File) -> io::Result<T>,
) -> Result<T, WriteError> {
    // Only a directory known to be beside the output is known to be on its file system.
    let beside = if scratch.directory().parent() == Some(&*location.directory) {
        None
    } else {
        Some(location.scratch().map_err(WriteError::target)?)
    };
    let packed = beside.as_ref().unwrap_or(scratch).file("artifact");
    let done = file::create_private(&packed)
        .and_then(|file| {
            file::take_over(&file, &location.file, file_mode)?;
            pack(file)
        })
        .map_err(WriteError::file("compress to", &packed))?;
    fs::rename(&packed, &location.file).map_err(WriteError::file("rename into place as", &location.file))?;
    sync_directory(&location.directory).map_err(|source| WriteError::NotDurable {
        path: location.file.clone(),
        source,
    })?;
    Ok(done)
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
