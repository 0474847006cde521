//! What must not be forgotten when the process ends: that a write was begun, and the result of each task.
//!
//! A task has at most one file of each kind in the folder, named after its id:
//!
//! | file | holds | written |
//! |---|---|---|
//! | `ID.intent` | the kind of the task and when it was begun | before a write |
//! | `ID.sealed` | which artifact its sync has written, and how large it is | before the upload |
//! | `ID.result` | the `FinishTask` request | before it is sent |
//!
//! All go when the platform has taken the result, or will never take it. A task that comes again and has a result is not carried
//! out again. One that has an intent alone is: the connector reads what is there now before it writes.

use crate::error::DaemonError;
use c1z_file::Scratch;
use connector_proto::Message as _;
use connector_proto::connectorapi::baton::v1::BatonServiceFinishTaskRequest;
use http_kit::Clock;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tasks that are remembered at most.
const MOST_TASKS: usize = 1000;

/// Bytes of all files at most.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// How long a task is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

const INTENT: &str = "intent";
const SEALED: &str = "sealed";
const RESULT: &str = "result";
/// The artifact of a sync as it was when the sync ended: the next one replaces what it is a name of.
const ARTIFACT: &str = "artifact";
/// What is told of a task that is debugged, while it is at work.
const LOG: &str = "log";
/// What is about to become one of the others.
const NEW: &str = "new";

/// The folder of one connector, held by this process alone.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    /// Locked for as long as it is open.
    _lock: File,
    /// One looks at the folder or changes it at a time: tasks end while others count what is kept.
    turn: Mutex<()>,
    clock: Arc<dyn Clock>,
}

/// What is known of a task that is to be carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The result, once there is one.
    pub(crate) result: Option<BatonServiceFinishTaskRequest>,
    /// Whether a write was begun.
    pub(crate) begun: bool,
    /// The artifact of its sync.
    pub(crate) sealed: Option<Sealed>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Intent<'a> {
    kind: &'a str,
    at: Timestamp,
}

/// An artifact that waits for its upload.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Sealed {
    pub(crate) bytes: u64,
    pub(crate) sync_id: String,
    pub(crate) accounts: u64,
    pub(crate) grants: u64,
}

/// The folder of what `identity` names below `base`; both are made where they are not there.
///
/// # Errors
/// [`DaemonError::State`] where somebody else could have written to it.
pub fn own_folder(base: &Path, identity: &[String]) -> Result<PathBuf, DaemonError> {
    let folder = base.join(name_of(identity));
    for (path, is_own) in [(base, false), (folder.as_path(), true)] {
        private_folder(path, is_own).map_err(|error| refused(path, &error))?;
    }
    Ok(folder)
}

impl State {
    /// Opens the folder of what `identity` names below `base`; both are made where they are not there.
    ///
    /// # Errors
    /// [`DaemonError::State`] where somebody else could have written to it, or another process has it open.
    pub(crate) fn open(base: &Path, identity: &[String], clock: Arc<dyn Clock>) -> Result<Self, DaemonError> {
        let folder = own_folder(base, identity)?;
        let lock = folder.join("lock");
        let lock = private_file(&lock)
            .map_err(|error| refused(&lock, &error))
            .and_then(|file| match file.try_lock() {
                Ok(()) => Ok(file),
                Err(TryLockError::WouldBlock) => Err(DaemonError::State(format!(
                    "another process works with the state in {}: give each replica a host id and a state folder of its own",
                    folder.display()
                ))),
                Err(TryLockError::Error(error)) => Err(refused(&lock, &error)),
            })?;
        let state = Self {
            folder,
            _lock: lock,
            turn: Mutex::default(),
            clock,
        };
        state.sweep().map_err(|error| refused(&state.folder, &error))?;
        // Making one removes those of syncs that were killed.
        Scratch::create(&state.folder).map_err(|error| refused(&state.folder, &error))?;
        for entry in state.entries().map_err(|error| refused(&state.folder, &error))? {
            check(&entry.path, &entry.metadata).map_err(|error| refused(&entry.path, &error))?;
        }
        Ok(state)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file beside the entries.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What is known of a task.
    pub(crate) fn known(&self, id: &str) -> io::Result<Known> {
        let _turn = self.turn();
        let result = self.read(id, RESULT)?;
        let result = result.map(|bytes| BatonServiceFinishTaskRequest::decode(bytes.as_slice()));
        let result = result.transpose().map_err(io::Error::other)?;
        if result.as_ref().is_some_and(|result| result.task_id != id) {
            let path = self.path(id, RESULT);
            return Err(io::Error::other(format!(
                "{} is not of this task",
                path.display()
            )));
        }
        let sealed = self.read(id, SEALED)?;
        Ok(Known {
            result,
            begun: self.read(id, INTENT)?.is_some(),
            sealed: sealed.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        })
    }

    /// Keeps that a write is about to begin. Returns when it is on the disk.
    pub(crate) fn begin(&self, id: &str, kind: &str) -> io::Result<()> {
        let _turn = self.turn();
        self.forget_old()?;
        let entries = self.entries()?;
        let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        let kept = entries.iter().filter(|entry| entry.kind != ARTIFACT);
        let bytes: u64 = kept.map(|entry| entry.metadata.len()).sum();
        if (ids.len() >= MOST_TASKS && !ids.contains(id)) || bytes >= MOST_BYTES {
            let what = format!(
                "{} results wait for C1, {bytes} bytes, and no more are kept",
                ids.len()
            );
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, what));
        }
        let at = self.clock.now();
        self.write(id, INTENT, &serde_json::to_vec(&Intent { kind, at })?)
    }

    /// Keeps that an artifact waits for its upload.
    pub(crate) fn sealed(&self, id: &str, sealed: &Sealed) -> io::Result<()> {
        let _turn = self.turn();
        self.write(id, SEALED, &serde_json::to_vec(sealed)?)
    }

    /// Keeps the artifact of a task as it is now.
    pub(crate) fn hold(&self, id: &str, artifact: &Path) -> io::Result<()> {
        let _turn = self.turn();
        let held = self.artifact(id);
        match fs::remove_file(&held) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // The same file under a second name, where the volume knows such a thing.
        if fs::hard_link(artifact, &held).is_err() {
            let new = self.path(id, NEW);
            io::copy(&mut File::open(artifact)?, &mut created(&new)?)?;
            fs::rename(&new, &held)?;
        }
        Ok(())
    }

    /// Where the artifact of a task is that waits for its upload.
    pub(crate) fn artifact(&self, id: &str) -> PathBuf {
        self.path(id, ARTIFACT)
    }

    /// Keeps the result of a task. Returns when it is on the disk.
    pub(crate) fn keep(&self, request: &BatonServiceFinishTaskRequest) -> io::Result<()> {
        let _turn = self.turn();
        self.write(&request.task_id, RESULT, &request.encode_to_vec())
    }

    /// A new file for what is told of a task while it is at work.
    pub(crate) fn log(&self, id: &str) -> io::Result<(PathBuf, File)> {
        let path = self.path(id, LOG);
        let file = created(&path)?;
        Ok((path, file))
    }

    /// Forgets a task.
    pub(crate) fn end(&self, id: &str) -> io::Result<()> {
        let _turn = self.turn();
        // The result goes last, so that a task whose end is cut off is still known to be done.
        for kind in [INTENT, SEALED, ARTIFACT, RESULT] {
            match fs::remove_file(self.path(id, kind)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Tasks with a result that the platform has not taken yet.
    pub(crate) fn undelivered(&self) -> io::Result<Vec<String>> {
        let _turn = self.turn();
        self.forget_old()?;
        let entries = self.entries()?.into_iter();
        Ok(entries
            .filter(|entry| entry.kind == RESULT)
            .map(|entry| entry.id)
            .collect())
    }

    /// Forgets what is older than a day.
    fn forget_old(&self) -> io::Result<()> {
        let now = self.clock.now();
        for entry in self.entries()? {
            let written: Timestamp = entry.metadata.modified()?.try_into().map_err(io::Error::other)?;
            if now.duration_since(written) > REMEMBERED {
                tracing::warn!(
                    task = entry.id,
                    what = entry.kind,
                    "forgotten after 24 hours: C1 did not take it"
                );
                fs::remove_file(&entry.path)?;
            }
        }
        Ok(())
    }

    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in fs::read_dir(&self.folder)? {
            let found = found?;
            let name = found.file_name();
            let Some((id, kind)) = name.to_str().and_then(|name| name.split_once('.')) else {
                continue;
            };
            if is_task_id(id) && [INTENT, SEALED, ARTIFACT, RESULT].contains(&kind) {
                entries.push(Entry {
                    id: id.to_owned(),
                    kind: kind.to_owned(),
                    metadata: fs::symlink_metadata(found.path())?,
                    path: found.path(),
                });
            }
        }
        Ok(entries)
    }

    /// Removes what a process that was killed has left half written. Nobody else is at work here.
    fn sweep(&self) -> io::Result<()> {
        for found in fs::read_dir(&self.folder)? {
            let found = found?;
            let name = found.file_name();
            let half = name.to_str().and_then(|name| name.split_once('.'));
            if half.is_some_and(|(id, kind)| is_task_id(id) && [LOG, NEW].contains(&kind)) {
                fs::remove_file(found.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, id: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{id}.{kind}"))
    }

    fn read(&self, id: &str, kind: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(id, kind);
        let metadata = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata?,
        };
        check(&path, &metadata)?;
        let mut bytes = Vec::new();
        unfollowed(OpenOptions::new().read(true))
            .open(&path)?
            .take(MOST_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a file as a whole or not at all.
    fn write(&self, id: &str, kind: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(id, kind);
        let new = self.path(id, NEW);
        let mut file = created(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        sync_folder(&self.folder)
    }
}

struct Entry {
    id: String,
    kind: String,
    metadata: Metadata,
    path: PathBuf,
}

/// Whether a text is an id of a task: it becomes the name of a file.
pub(crate) fn is_task_id(id: &str) -> bool {
    id.len() == 27 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The name of the folder: nothing is ever delivered to another client, and nothing of another tenant.
fn name_of(identity: &[String]) -> String {
    let mut hash = Sha256::new();
    for part in identity {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut name = String::new();
    for byte in hash.finalize() {
        name.push_str(&format!("{byte:02x}"));
    }
    name
}

fn refused(path: &Path, error: &io::Error) -> DaemonError {
    DaemonError::State(format!(
        "the state of the daemon cannot be kept in {}: {error}",
        path.display()
    ))
}

/// Makes a folder that only we can use, or looks at one that is there. A volume may belong to root, and to a group of ours.
fn private_folder(path: &Path, is_own: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(!is_own);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Err(io::Error::other("it is not a folder, or a link"));
    }
    doubt(&metadata, is_own)
}

/// Refuses what another user may have written.
fn check(path: &Path, metadata: &Metadata) -> io::Result<()> {
    if !metadata.is_file() {
        return Err(io::Error::other(format!(
            "{} is no file, or a link",
            path.display()
        )));
    }
    doubt(metadata, true)
}

#[cfg(unix)]
fn doubt(metadata: &Metadata, is_own: bool) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let me = rustix::process::geteuid().as_raw();
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if owner != me && (is_own || owner != 0) {
        return Err(io::Error::other(format!(
            "it belongs to user {owner}, not to user {me}"
        )));
    }
    if mode & 0o002 != 0 {
        return Err(io::Error::other(format!(
            "everyone can write it (mode {mode:04o})"
        )));
    }
    Ok(())
}

/// The standard library does not tell owners and access rules there; those of the folder have to do.
#[cfg(not(unix))]
fn doubt(_: &Metadata, _: bool) -> io::Result<()> {
    Ok(())
}

/// A new file in place of whatever has the name.
fn created(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = unfollowed(&mut options).open(path)?;
    check(path, &file.metadata()?)?;
    Ok(file)
}

#[cfg(unix)]
fn unfollowed(options: &mut OpenOptions) -> &mut OpenOptions {
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK)
        .bits()
        .cast_signed();
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags)
}

/// Links need rights of an administrator there.
#[cfg(not(unix))]
fn unfollowed(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A folder cannot be opened to be synced; the file system keeps names in its journal.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
