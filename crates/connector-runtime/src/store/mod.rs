//! The staging file: the working database of a sync, beside its output.
//!
//! A page and the place where its listing goes on are committed together, so a killed sync loses at most the pages in
//! flight. Commits are not flushed to the disk one by one, so a power cut loses the last of them, but never a part of one:
//! rows that went missing while their page counts as read would not be missed by anyone. A damaged file is set aside like
//! one of another sync, and so is one that another user may have written, which is not even opened.

mod described;
mod entitlements;
mod error;
mod notices;
mod numbers;
mod page;
mod read;
mod rows;
mod schema;
mod trust;
mod turn;
mod unlisted;
mod work;
mod writer;

pub(crate) use described::Described;
pub use error::StagingError;
#[cfg(test)]
pub(crate) use error::failing;
pub(crate) use page::StagedPage;
pub(crate) use read::Listing;
pub(crate) use rows::Staged;
pub(crate) use work::{Call, CallKind, Done};
pub(crate) use writer::{Answered, Committed, Stopped, Writer};

use crate::error::SyncError;
use rusqlite::{Connection, OpenFlags};
use schema::Schema;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use trust::{Found, Identity};

/// An opened staging file.
pub(crate) struct Staging {
    db: Connection,
    pub(crate) path: PathBuf,
    /// When the sync began, which may be in an earlier process.
    pub(crate) started_at: jiff::Timestamp,
    /// Whether an earlier process left work to go on with.
    pub(crate) resumed: bool,
    /// What a person should be told about opening it.
    pub(crate) message: Option<String>,
}

/// A sync that got no further for so long is not resumed: an artifact should show one time, not two.
const MAX_AGE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Where the staging file of an output is.
pub(crate) fn path_for(output: &Path) -> PathBuf {
    beside(output, ".staging")
}

impl Staging {
    /// Opens the staging file of an output, going on where an earlier process stopped if it synced the same thing.
    ///
    /// `scope` is everything the content depends on; another scope or version, or no progress for more than a day, sets the old
    /// file aside under the name `….staging.old`, and so does any doubt about who wrote it.
    pub(crate) fn open(
        output: &Path,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> Result<Self, SyncError> {
        Self::open_as(output, scope, now, trust::me())
    }

    /// [`open`](Self::open) for a user whom the file system calls so.
    fn open_as(
        output: &Path,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
        me: u32,
    ) -> Result<Self, SyncError> {
        let path = path_for(output);
        let turn = turn::Turn::take(&path, me)?;
        let mut messages = Vec::new();
        let found = match turn.strange_owner {
            None => earlier(&path, me)?,
            Some(owner) => {
                messages.push(format!(
                    "files made here belong to user {owner}, not to user {me} who makes them: an interrupted sync \
                     cannot be told from a forged one, so none is resumed in this folder"
                ));
                match earlier(&path, owner)? {
                    Found::Ours(_) => Found::Doubtful("who wrote it cannot be told".into()),
                    found => found,
                }
            }
        };
        match found {
            Found::Nothing => {}
            Found::NotAFile(what) => return Err(SyncError::in_the_way(&path, format!("it is {what}"))),
            Found::Doubtful(_) if trust::is_in_use(&path) => return Err(SyncError::Busy { path }),
            Found::Doubtful(why) => messages.push(set_aside(&path, &why)?),
            Found::Ours(identity) => match Self::resume(&path, &identity, scope, now) {
                Ok(Earlier::Same { db, started_at }) => {
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
                Ok(Earlier::Unbegun) => remove_with_companions(&path)?,
                Ok(Earlier::Other(why)) => messages.push(set_aside(&path, &why)?),
                Err(error) if is_busy(&error) => return Err(SyncError::Busy { path }),
                Err(source) if is_of_machine(&source) => return Err(SyncError::staging(&path, source)),
                Err(error) => messages.push(set_aside(&path, &format!("it cannot be read: {error}"))?),
            },
        }
        let created = trust::create_private(&path).and_then(|file| Ok(trust::opened(&file, me)?.0));
        let identity = created.map_err(|source| SyncError::io(&path, source))?;
        let db = match Self::create(&path, &identity, scope, now) {
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
            message: (!messages.is_empty()).then(|| messages.join("; ")),
        })
    }

    /// Removes the file, and any that was set aside: the artifact is sealed.
    pub(crate) fn remove(self) -> Result<(), SyncError> {
        let Self { db, path, .. } = self;
        db.close()
            .map_err(|(_, source)| SyncError::staging(&path, source))?;
        // Nothing depends on it. Where it is someone else's, it may well stay.
        drop(remove_with_companions(&beside(&path, ".old")));
        remove_with_companions(&path)
    }

    fn resume(
        path: &Path,
        identity: &Identity,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> rusqlite::Result<Earlier> {
        let db = open_database(path, identity)?;
        match schema::compare(&db)? {
            Schema::Ours => {}
            // Killed before its tables were made.
            Schema::Empty => return Ok(Earlier::Unbegun),
            Schema::Other => {
                return Ok(Earlier::Other(
                    "its tables are not exactly those of this program: another version wrote it, or it was changed".into(),
                ));
            }
        }
        let meta: BTreeMap<String, String> = db
            .prepare("select key, value from meta")?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let value = |key: &str| meta.get(key).map_or("", String::as_str);
        if value("version") != schema::VERSION.to_string() {
            return Ok(Earlier::Other(
                "it was written by another version of this program".into(),
            ));
        }
        let begun = "select exists (select 1 from work where done = 1 or token <> first)";
        if !db.query_row(begun, [], |r| r.get::<_, bool>(0))? {
            return Ok(Earlier::Unbegun);
        }
        for (key, wanted) in scope {
            let found = value(&format!("scope:{key}"));
            if found != wanted {
                return Ok(Earlier::Other(format!(
                    "it belongs to {key} {found:?}, not {wanted:?}"
                )));
            }
        }
        let of_scope = meta.keys().filter(|k| k.starts_with("scope:")).count();
        if of_scope != scope.len() {
            return Ok(Earlier::Other("it was made with other settings".into()));
        }
        let Ok(started_at) = value("started_at").parse::<jiff::Timestamp>() else {
            return Ok(Earlier::Other("it does not say when it began".into()));
        };
        let progressed_at = value(PROGRESSED_AT)
            .parse::<jiff::Timestamp>()
            .unwrap_or(started_at);
        if now.duration_since(progressed_at) > MAX_AGE {
            return Ok(Earlier::Other(format!(
                "it has got no further for more than a day, since {progressed_at:.0}"
            )));
        }
        let sound: String = db.query_row("pragma quick_check(1)", [], |r| r.get(0))?;
        if sound != "ok" {
            return Ok(Earlier::Other(format!("it is damaged: {sound}")));
        }
        Ok(Earlier::Same { db, started_at })
    }

    fn create(
        path: &Path,
        identity: &Identity,
        scope: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> rusqlite::Result<Connection> {
        let mut db = open_database(path, identity)?;
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

/// When the sync last got further.
const PROGRESSED_AT: &str = "progressed_at";

fn put_progress(db: &Connection, at: jiff::Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute((PROGRESSED_AT, at.to_string()))?;
    Ok(())
}

/// What an earlier process left.
enum Earlier {
    Same {
        db: Connection,
        started_at: jiff::Timestamp,
    },
    /// It did not get as far as its first answer.
    Unbegun,
    Other(String),
}

/// What is left of an earlier process. The log and the journal of a database are rows of it as well, so a doubt about one
/// of them is one about the whole.
fn earlier(path: &Path, me: u32) -> Result<Found, SyncError> {
    let look = |path: &Path| trust::look(path, me).map_err(|source| SyncError::io(path, source));
    let found = look(path)?;
    for suffix in COMPANIONS {
        let companion = beside(path, suffix);
        let of_companion = look(&companion)?;
        if let Found::NotAFile(what) = of_companion {
            return Err(SyncError::in_the_way(&companion, format!("it is {what}")));
        }
        match (&found, of_companion) {
            (Found::Ours(_), Found::Doubtful(why)) => {
                return Ok(Found::Doubtful(format!(
                    "of its companion {}: {why}",
                    companion.display()
                )));
            }
            // Left alone, or planted: a database that is replaced must not begin with it.
            (Found::Nothing, Found::Ours(_) | Found::Doubtful(_)) => remove(&companion)?,
            _ => {}
        }
    }
    Ok(found)
}

/// Opens the database at `path`, which has to be this file before and after.
fn open_database(path: &Path, identity: &Identity) -> rusqlite::Result<Connection> {
    // One thread at a time uses the connection, so it needs no lock of its own.
    let unlocked = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW | unlocked;
    let db = Connection::open_with_flags(unfollowed(path)?, flags)?;
    if !trust::is_at(identity, path).unwrap_or_default() {
        return Err(cannot_open("it was replaced while it was opened"));
    }
    // Whatever its schema claims, nothing in it runs.
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    configure(&db)?;
    Ok(db)
}

/// The path with the links in its folders followed: SQLite refuses links everywhere in a path or nowhere.
#[cfg(unix)]
fn unfollowed(path: &Path) -> rusqlite::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::fs::canonicalize(folder.unwrap_or(Path::new(".")))
        .map_err(|error| cannot_open(&error.to_string()))?;
    Ok(folder.join(path.file_name().unwrap_or_default()))
}

#[cfg(not(unix))]
fn unfollowed(path: &Path) -> rusqlite::Result<PathBuf> {
    Ok(path.to_owned())
}

fn cannot_open(why: &str) -> rusqlite::Error {
    let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
    rusqlite::Error::SqliteFailure(error, Some(why.to_owned()))
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

/// What SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The path with something added to its last name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn set_aside(path: &Path, why: &str) -> Result<String, SyncError> {
    let old = beside(path, ".old");
    let stuck = |error: &dyn Display| {
        SyncError::in_the_way(
            path,
            format!("{why}, and it cannot be moved to {} ({error})", old.display()),
        )
    };
    remove_with_companions(&old).map_err(|error| stuck(&error))?;
    std::fs::rename(path, &old).map_err(|error| stuck(&error))?;
    for suffix in COMPANIONS {
        match std::fs::rename(beside(path, suffix), beside(&old, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(stuck(&error)),
            _ => {}
        }
    }
    Ok(format!(
        "set aside an unfinished sync as {}: {why}",
        old.display()
    ))
}

pub(crate) fn remove_with_companions(path: &Path) -> Result<(), SyncError> {
    remove(path)?;
    COMPANIONS
        .iter()
        .try_for_each(|suffix| remove(&beside(path, suffix)))
}

fn remove(path: &Path) -> Result<(), SyncError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(SyncError::io(path, source)),
        _ => Ok(()),
    }
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

    /// On some network file systems new files belong to somebody else. Nobody can say then who wrote a file that is there.
    #[cfg(unix)]
    #[test]
    fn where_owners_cannot_be_told_nothing_is_resumed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (output, scope) = (folder.path().join("sync.c1z"), BTreeMap::new());
        let (owner, me) = (trust::me(), trust::me() + 1);
        let open =
            || Staging::open_as(&output, &scope, jiff::Timestamp::UNIX_EPOCH, me).expect("a staging file");
        let told = format!(
            "files made here belong to user {owner}, not to user {me} who makes them: an interrupted sync cannot be \
             told from a forged one, so none is resumed in this folder"
        );
        let first = open();
        assert_eq!(first.message.as_deref(), Some(&*told));
        let work = "insert into work (kind, tid, listed, first, token, done) values (0, 1, 1, '', '', 1)";
        first.db.execute(work, []).expect("a row");
        drop(first);
        let second = open();
        assert!(!second.resumed);
        let old = beside(&path_for(&output), ".old");
        let set_aside = format!(
            "{told}; set aside an unfinished sync as {}: who wrote it cannot be told",
            old.display()
        );
        assert_eq!(second.message, Some(set_aside));
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
