//! The staging file: the working database of a sync, beside its output.
//!
//! A page and the place where its listing goes on are committed together, so a killed sync loses at most the pages in
//! flight. Commits are not flushed to the disk one by one, so a power cut loses the last of them, but never a part of one:
//! rows that went missing while their page counts as read would not be missed by anyone. A damaged file is set aside like
//! one of another sync.

mod notices;
mod page;
mod rows;
mod schema;
mod seen;
mod turn;
mod unlisted;
mod work;
mod writer;

pub(crate) use page::StagedPage;
pub(crate) use rows::Staged;
pub(crate) use schema::flag;
pub(crate) use seen::Seen;
pub(crate) use work::{Call, CallKind, Done};
pub(crate) use writer::{Answered, Committed, Stopped, Writer};

use crate::error::SyncError;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An opened staging file.
pub(crate) struct Staging {
    pub(crate) db: Connection,
    pub(crate) path: PathBuf,
    /// When the sync began, which may be in an earlier process.
    pub(crate) started_at: jiff::Timestamp,
    /// Whether an earlier process left work to go on with.
    pub(crate) resumed: bool,
    /// What a person should be told about opening it.
    pub(crate) message: Option<String>,
}

/// A sync older than this is not resumed: an artifact should show one time, not two.
const MAX_AGE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Where the staging file of an output is.
pub(crate) fn path_for(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".staging");
    output.with_file_name(name)
}

impl Staging {
    /// Opens the staging file of an output, going on where an earlier process stopped if it synced the same thing.
    ///
    /// `scope` is everything the content depends on; another scope, version or a start more than a day ago sets the old
    /// file aside under the name `….staging.old`.
    pub(crate) fn open(
        output: &Path,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> Result<Self, SyncError> {
        let path = path_for(output);
        let _turn = turn::Turn::take(&path)?;
        let mut message = None;
        if path.exists() {
            match Self::resume(&path, scope, now) {
                Ok(Found::Same { db, started_at }) => {
                    let message = Some(format!(
                        "going on with the sync that began at {started_at:.0}, from {}",
                        path.display()
                    ));
                    return Ok(Self {
                        db,
                        path,
                        started_at,
                        resumed: true,
                        message,
                    });
                }
                Ok(Found::Unbegun) => remove_with_companions(&path)?,
                Ok(Found::Other(why)) => message = Some(set_aside(&path, &why)?),
                Err(error) if is_busy(&error) => return Err(SyncError::Busy { path }),
                Err(source) if is_of_machine(&source) => return Err(SyncError::staging(&path, source)),
                Err(error) => message = Some(set_aside(&path, &format!("it cannot be read: {error}"))?),
            }
        }
        let db = match Self::create(&path, scope, now) {
            Ok(db) => db,
            Err(error) if is_busy(&error) => return Err(SyncError::Busy { path }),
            Err(source) => {
                // There is nothing in it to go on with. Where it stays, it is set aside by the next run.
                drop(remove_with_companions(&path));
                return Err(SyncError::staging(&path, source));
            }
        };
        Ok(Self {
            db,
            path,
            started_at: now,
            resumed: false,
            message,
        })
    }

    /// Removes the file: the artifact is sealed.
    pub(crate) fn remove(self) -> Result<(), SyncError> {
        let Self { db, path, .. } = self;
        db.close()
            .map_err(|(_, source)| SyncError::staging(&path, source))?;
        remove_with_companions(&path)
    }

    fn resume(
        path: &Path,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> rusqlite::Result<Found> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        configure(&db)?;
        let meta: BTreeMap<String, String> = db
            .prepare("select key, value from meta")?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let value = |key: &str| meta.get(key).map_or("", String::as_str);
        if value("version") != schema::VERSION.to_string() {
            return Ok(Found::Other(
                "it was written by another version of this program".into(),
            ));
        }
        let begun = "select exists (select 1 from work where done = 1 or token <> first)";
        if !db.query_row(begun, [], |r| r.get::<_, bool>(0))? {
            return Ok(Found::Unbegun);
        }
        for (key, wanted) in scope {
            let found = value(&format!("scope:{key}"));
            if found != wanted {
                return Ok(Found::Other(format!(
                    "it belongs to {key} {found:?}, not {wanted:?}"
                )));
            }
        }
        let of_scope = meta.keys().filter(|k| k.starts_with("scope:")).count();
        if of_scope != scope.len() {
            return Ok(Found::Other("it was made with other settings".into()));
        }
        let Ok(started_at) = value("started_at").parse::<jiff::Timestamp>() else {
            return Ok(Found::Other("it does not say when it began".into()));
        };
        if now.duration_since(started_at) > MAX_AGE {
            return Ok(Found::Other(format!(
                "it began more than a day ago, at {started_at:.0}"
            )));
        }
        let sound: String = db.query_row("pragma quick_check(1)", [], |r| r.get(0))?;
        if sound != "ok" {
            return Ok(Found::Other(format!("it is damaged: {sound}")));
        }
        Ok(Found::Same { db, started_at })
    }

    fn create(
        path: &Path,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> rusqlite::Result<Connection> {
        let mut db = Connection::open(path)?;
        configure(&db)?;
        let tx = db.transaction()?;
        tx.execute_batch(schema::CREATE)?;
        {
            let mut put = tx.prepare("insert into meta (key, value) values (?1, ?2)")?;
            put.execute(("version", schema::VERSION.to_string()))?;
            put.execute(("started_at", now.to_string()))?;
            for (key, value) in scope {
                put.execute((format!("scope:{key}"), value))?;
            }
        }
        tx.commit()?;
        Ok(db)
    }

    /// That the caller gave up. The next run seals what is staged, without a request.
    pub(crate) fn interrupted(&self) -> SyncError {
        SyncError::Interrupted {
            staging: Some(self.path.clone()),
        }
    }
}

enum Found {
    Same {
        db: Connection,
        started_at: jiff::Timestamp,
    },
    /// It did not get as far as its first answer.
    Unbegun,
    Other(String),
}

/// One process owns the file; the write-ahead log keeps every commit across `kill -9`. At `synchronous = normal` it is
/// flushed before pages move from it into the file, and those before it is written over: some dozen times in a large sync.
fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(std::time::Duration::ZERO)?;
    db.pragma_update(None, "locking_mode", "exclusive")?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "normal")?;
    db.pragma_update(None, "cache_size", -4096)?;
    db.pragma_update(None, "wal_autocheckpoint", 2000)?;
    // Takes the lock now, so that a second process learns at once that this one is at work.
    db.execute_batch("begin immediate; commit;")?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

/// Whether it says nothing about what the file holds, which may well be gone on with once there is room again.
fn is_of_machine(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as E;
    matches!(
        error.sqlite_error_code(),
        Some(
            E::DiskFull
                | E::SystemIoFailure
                | E::CannotOpen
                | E::ReadOnly
                | E::PermissionDenied
                | E::OutOfMemory
        )
    )
}

fn set_aside(path: &Path, why: &str) -> Result<String, SyncError> {
    let mut old = path.as_os_str().to_owned();
    old.push(".old");
    let old = PathBuf::from(old);
    remove_with_companions(&old)?;
    let io = |source| SyncError::io(path, source);
    std::fs::rename(path, &old).map_err(io)?;
    for suffix in ["-wal", "-shm"] {
        let (mut from, mut to) = (path.as_os_str().to_owned(), old.as_os_str().to_owned());
        from.push(suffix);
        to.push(suffix);
        if Path::new(&from).exists() {
            std::fs::rename(&from, &to).map_err(io)?;
        }
    }
    Ok(format!(
        "set aside an unfinished sync as {}: {why}",
        old.display()
    ))
}

pub(crate) fn remove_with_companions(path: &Path) -> Result<(), SyncError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(SyncError::io(Path::new(&name), source));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What keeps a file whole across a power cut, which no test can cut: with less than this (1 is `normal`) SQLite
    /// promises nothing.
    #[test]
    fn pages_reach_the_disk_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let staging = Staging::open(
            &folder.path().join("sync.c1z"),
            &BTreeMap::new(),
            jiff::Timestamp::UNIX_EPOCH,
        )
        .expect("a staging file");
        let of = |name| {
            staging
                .db
                .pragma_query_value(None, name, |r| r.get::<_, rusqlite::types::Value>(0))
        };
        assert_eq!(of("synchronous").expect("a setting"), 1_i64.into());
        assert_eq!(of("journal_mode").expect("a setting"), "wal".to_owned().into());
    }

    /// Only what is said of its contents sets a file aside.
    #[test]
    fn a_full_disk_says_nothing_of_the_file() {
        use rusqlite::ffi;
        for (code, of_machine) in [
            (ffi::SQLITE_FULL, true),
            (ffi::SQLITE_IOERR_WRITE, true),
            (ffi::SQLITE_CANTOPEN, true),
            (ffi::SQLITE_NOTADB, false),
            (ffi::SQLITE_CORRUPT, false),
            (ffi::SQLITE_ERROR, false),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(is_of_machine(&error), of_machine, "{error}");
        }
    }
}
