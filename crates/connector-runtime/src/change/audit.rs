//! The audit file: who changed what, kept before it happens.
//!
//! One JSON object a line, only ever added. `{"phase":"attempt",…}` is on the disk before the connector is called, and
//! `{"phase":"outcome",…}` with the same `id` follows its answer. An attempt without outcome was killed in between:
//! whether it was made is then not known. No line holds a secret, nor the bodies of requests and answers.

use super::error::ArtifactAsked;
use super::report::Kept;
use super::secrets::Secrets;
use super::target::ChangeTarget;
use crate::clock::Clock;
use c1z_file::SyncId;
use connector_sdk::{ChangeOutcome, Code, Error, WriteRequest};
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A line of the file.
pub(super) type Line = Map<String, Value>;

/// What is to happen, for the line of the attempt.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) actor: String,
    pub(super) connector: String,
    pub(super) target: ChangeTarget,
    pub(super) artifact: Option<ArtifactAsked>,
    pub(super) secrets: Secrets,
}

/// An attempt that is kept, and waits for its outcome. Dropped without one, it says that it was interrupted.
#[derive(Debug)]
pub(super) struct Audit {
    file: File,
    path: PathBuf,
    id: String,
    clock: Arc<dyn Clock>,
    secrets: Secrets,
    is_closed: bool,
}

impl Audit {
    /// Keeps the attempt. Blocks until it is on the disk.
    pub(super) fn open(path: &Path, attempt: &Attempt, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let at = clock.now();
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        // The same form as the ids of syncs: sorted by time, and taken by every reader of the platform.
        let id = SyncId::new(at, random).map_err(io::Error::other)?.to_string();
        let mut audit = Self {
            file: open(path)?,
            path: path.to_owned(),
            id,
            clock,
            secrets: attempt.secrets.clone(),
            is_closed: false,
        };
        let mut line = audit.line("attempt", at);
        line.insert("actor".into(), attempt.actor.clone().into());
        line.insert("connector".into(), attempt.connector.clone().into());
        audit.put(&mut line, "change", serde_json::to_value(&attempt.target)?);
        if let Some(artifact) = &attempt.artifact {
            line.insert("artifact".into(), serde_json::to_value(artifact)?);
        }
        match audit.append(&line) {
            Ok(()) => Ok(audit),
            Err(error) => {
                // There is no attempt whose outcome could be told.
                audit.is_closed = true;
                Err(error)
            }
        }
    }

    /// Where it is kept.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            path: self.path.clone(),
            id: self.id.clone(),
        }
    }

    /// The line of what it came to.
    pub(super) fn outcome(&self, outcome: Result<&ChangeOutcome, &Error>) -> io::Result<Line> {
        let mut line = self.line("outcome", self.clock.now());
        match outcome {
            Ok(outcome) => {
                line.insert("state".into(), serde_json::to_value(outcome.state)?);
                self.put(&mut line, "summary", outcome.summary.clone().into());
                if !outcome.notes.is_empty() {
                    self.put(&mut line, "notes", outcome.notes.clone().into());
                }
                if let Some(id) = outcome.resource.as_ref().and_then(|r| r.id.as_ref()) {
                    let key = json!({ "resource_type": id.resource_type, "resource": id.resource });
                    line.insert("resource".into(), key);
                }
                self.put(&mut line, "requests", requests(&outcome.requests));
            }
            Err(error) => {
                line.insert("code".into(), error.code().number().into());
                self.put(&mut line, "error", error.to_string().into());
                self.put(&mut line, "requests", requests(error.requests()));
            }
        }
        Ok(line)
    }

    /// The line of an outcome that nobody knows.
    pub(super) fn unknown(&self, code: Code, why: &str) -> Line {
        let mut line = self.line("outcome", self.clock.now());
        line.insert("code".into(), code.number().into());
        line.insert("error".into(), why.into());
        line
    }

    /// Adds the line of the outcome. Blocks until it is on the disk.
    pub(super) fn close(mut self, line: &Line) -> io::Result<()> {
        self.is_closed = true;
        self.append(line)
    }

    fn line(&self, phase: &str, at: jiff::Timestamp) -> Line {
        let members = [
            ("phase", phase.into()),
            ("id", self.id.clone().into()),
            ("at", at.to_string().into()),
        ];
        members
            .map(|(name, value): (&str, Value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    fn put(&self, line: &mut Line, name: &str, mut value: Value) {
        self.secrets.hide_in(&mut value);
        line.insert(name.to_owned(), value);
    }

    /// One write a line, so that lines of several processes do not mix.
    fn append(&self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        (&self.file).write_all(&text)?;
        self.file.sync_data()
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        if !self.is_closed {
            let why = "interrupted before the connector answered: whether the change was made is not known";
            // Nobody is left to be told of an error, and the attempt alone says the same.
            let _ = self.append(&self.unknown(Code::Cancelled, why));
        }
    }
}

/// What was sent and what the vendor said, without what was in it.
fn requests(requests: &[WriteRequest]) -> Value {
    let line = |r: &WriteRequest| {
        let mut line = Map::new();
        line.insert("method".into(), r.method.clone().into());
        line.insert("path".into(), r.path.clone().into());
        if let Some(status) = r.status {
            line.insert("status".into(), status.into());
        }
        if let Some(id) = &r.request_id {
            line.insert("request_id".into(), id.clone().into());
        }
        Value::Object(line)
    };
    requests.iter().map(line).collect()
}

/// Opens the file to add to it. Where a line was cut off, by a full disk for example, it is ended, so that the next
/// one can be read.
fn open(path: &Path) -> io::Result<File> {
    let is_new = !path.exists();
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    owner_only(&mut options);
    let mut file = options.open(path)?;
    if is_new {
        sync_folder_of(path)?;
    } else if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Who has access to what is nobody else's business.
#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Files get the rights of their folder.
#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

/// Makes the name of a new file last.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// A folder cannot be opened to be synced; the file system keeps names in its journal.
#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}
