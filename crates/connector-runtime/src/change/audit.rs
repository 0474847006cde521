//! The audit file: who changed what, kept before it happens.
//!
//! One JSON object a line, only ever added. `{"phase":"attempt",…}` is on the disk before the connector is called, and
//! `{"phase":"outcome",…}` with the same `id` follows its answer. An attempt without outcome was killed in between:
//! whether it was made is then not known. A device or a pipe takes lines too, but nobody waits until it has kept them.
//! A change that was not attempted has no line, unless it is a row of a plan: then an outcome alone says what it came to.
//! No line holds a secret, nor the bodies of requests and answers. Each says where the change is made, and whether it is only a
//! demonstration or a dry run.

use super::call::Sent;
use super::error::ArtifactAsked;
use super::record::{ChangePlace, ChangeRecord, Kept, RecordState, RecordedError};
use super::request::{ChangeOptions, PlanRow};
use super::secrets::Secrets;
use super::target::ChangeTarget;
use crate::clock::Clock;
use crate::redact::Redactor;
use c1z_file::{AppendError, LineFile, SyncId};
use connector_sdk::{ResourceKey, WriteRequest};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An attempt that is kept, and waits for its outcome. Dropped without one, it says that it was interrupted, and what was sent.
#[derive(Debug)]
pub(super) struct Audit {
    lines: LineFile,
    path: PathBuf,
    id: String,
    clock: Arc<dyn Clock>,
    redactor: Arc<Redactor>,
    place: ChangePlace,
    part_of: Option<PlanRow>,
    secrets: Secrets,
    sent: Sent,
    is_closed: bool,
}

/// A line of the file, in the order in which people read it: what is known of the record by then.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    phase: &'static str,
    id: &'a str,
    at: Timestamp,
    #[serde(flatten)]
    part_of: Option<&'a PlanRow>,
    #[serde(flatten)]
    place: Option<&'a ChangePlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connector: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact: Option<&'a ArtifactAsked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<RecordState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    done: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    not_done: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<Vec<WriteRequest>>,
}

impl<'a> Line<'a> {
    fn failed(self, error: Option<&'a RecordedError>) -> Self {
        Self {
            code: error.map(|error| error.code.number()),
            error: error.map(|error| error.message.as_str()),
            ..self
        }
    }
}

impl Audit {
    /// Keeps the attempt at what was looked up. Blocks until it is on the disk.
    pub(super) fn open(
        path: &Path,
        record: &ChangeRecord,
        target: &ChangeTarget,
        secrets: Secrets,
        sent: Sent,
        options: &ChangeOptions,
    ) -> Result<Self, AppendError> {
        let mut audit = Self::of(path, record, secrets, sent, options)?;
        let mut change = serde_json::to_value(target).map_err(io::Error::from)?;
        audit.secrets.hide_in(&mut change);
        audit.append(&Line {
            phase: "attempt",
            change: Some(change),
            artifact: record.artifact.as_ref(),
            ..audit.asked(record)
        })?;
        audit.is_closed = false;
        Ok(audit)
    }

    /// Keeps what a change came to that was not attempted: an outcome that says what it was about. Blocks until it is on the disk.
    pub(super) fn without_attempt(
        path: &Path,
        record: &ChangeRecord,
        options: &ChangeOptions,
    ) -> Result<(), AppendError> {
        let audit = Self::of(path, record, Secrets::default(), Sent::default(), options)?;
        let line = Line {
            change: Some(serde_json::to_value(&record.change).map_err(io::Error::from)?),
            state: matches!(record.state, RecordState::CameTo(_)).then_some(record.state),
            summary: (!record.summary.is_empty()).then_some(&record.summary),
            ..audit.asked(record)
        };
        Ok(audit.append(&line.failed(record.error.as_ref()))?)
    }

    /// A file to which lines about a change are added, of which there are none yet.
    fn of(
        path: &Path,
        record: &ChangeRecord,
        secrets: Secrets,
        sent: Sent,
        options: &ChangeOptions,
    ) -> Result<Self, AppendError> {
        let clock = Arc::clone(&options.clock);
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        // The same form as the ids of syncs: sorted by time, and taken by every reader of the platform.
        let id = SyncId::new(clock.now(), random)
            .map_err(io::Error::other)?
            .to_string();
        Ok(Self {
            lines: open(path)?,
            path: path.to_owned(),
            id,
            clock,
            redactor: Arc::clone(&options.redactor),
            place: record.place.clone(),
            part_of: options.part_of.clone(),
            secrets,
            sent,
            // Until it is kept there is no attempt whose outcome could be told.
            is_closed: true,
        })
    }

    /// A line that says by whom it was asked for.
    fn asked<'a>(&'a self, record: &'a ChangeRecord) -> Line<'a> {
        Line {
            actor: Some(&record.actor),
            connector: Some(&record.connector),
            ..self.line()
        }
    }

    /// Where it is kept.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            path: self.path.clone(),
            id: self.id.clone(),
        }
    }

    /// Keeps what it came to. Blocks until it is on the disk.
    pub(super) fn outcome(mut self, record: &ChangeRecord) -> io::Result<()> {
        self.is_closed = true;
        let mut line = self.line();
        match record.state {
            RecordState::CameTo(_) => {
                line.state = Some(record.state);
                line.summary = Some(&record.summary);
                line.notes = &record.notes;
            }
            // Its code alone would say that nothing was changed.
            RecordState::Partial => line.state = Some(record.state),
            RecordState::Failed | RecordState::Unknown => {}
        }
        line.done = &record.parts.done;
        line.not_done = &record.parts.not_done;
        let resource = record.resource.as_ref().and_then(|made| made.id.as_ref());
        let without_body = |request: &WriteRequest| WriteRequest {
            body: None,
            ..request.clone()
        };
        self.append(&Line {
            resource: resource.and_then(ResourceKey::from_proto),
            requests: Some(record.requests.iter().map(without_body).collect()),
            ..line.failed(record.error.as_ref())
        })
    }

    /// The outcome, of which nothing is said yet.
    fn line(&self) -> Line<'_> {
        Line {
            phase: "outcome",
            id: &self.id,
            at: self.clock.now(),
            part_of: self.part_of.as_ref(),
            place: Some(&self.place),
            ..Line::default()
        }
    }

    /// One write a line, so that lines of several processes do not mix.
    fn append(&self, line: &Line<'_>) -> io::Result<()> {
        let mut text = self.redactor.redacted(&serde_json::to_string(line)?).into_owned();
        text.push('\n');
        (&self.lines.file).write_all(text.as_bytes())?;
        if self.lines.is_regular {
            self.lines.file.sync_data()?;
        }
        Ok(())
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        if !self.is_closed {
            let error = self.sent.interrupted(&self.secrets);
            let told = RecordedError::of(&error);
            // Nobody is left to be told of an error, and the attempt alone says the same.
            let _ = self.append(&Line {
                requests: Some(error.requests().to_vec()),
                ..self.line().failed(Some(&told))
            });
        }
    }
}

/// Opens the file to add to it. Where a line was cut off, by a full disk for example, it is ended, so that the next
/// one can be read.
fn open(path: &Path) -> Result<LineFile, AppendError> {
    let is_new = !path.exists();
    let mut lines = LineFile::open(path, is_ours)?;
    if is_new {
        sync_folder_of(path)?;
    } else if lines.is_regular && is_cut_off(&mut lines.file)? {
        lines.file.write_all(b"\n")?;
    }
    Ok(lines)
}

/// Whether an audit file begins like this. Where all of it is one line that was cut off, a part of the beginning is enough
/// that no other file has.
pub(super) fn is_ours(beginning: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 2] = [br#"{"phase":"attempt","#, br#"{"phase":"outcome","#];
    const SHORTEST: usize = br#"{"phase":"#.len();
    BEGINNINGS
        .iter()
        .any(|ours| beginning.starts_with(ours) || beginning.len() >= SHORTEST && ours.starts_with(beginning))
}

/// Whether the last line of a file has no end.
fn is_cut_off(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::clock::SystemClock;

    /// A disk that takes nothing any more: that the outcome is not kept is told.
    #[test]
    fn an_outcome_that_cannot_be_kept_is_an_error() -> Result<(), AppendError> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("audit.jsonl");
        let change = Change::Delete {
            resource: ResourceKey::new("user", "u1"),
        };
        let record = ChangeRecord::asked(&change, "ines", false, Timestamp::UNIX_EPOCH);
        let options = ChangeOptions::new("ines", Arc::new(SystemClock));
        let sent = Sent::default();
        let mut audit = Audit::open(&path, &record, &record.change, Secrets::default(), sent, &options)?;
        audit.lines.file = File::open(&path)?;
        assert!(audit.outcome(&record).is_err());
        let kept = std::fs::read_to_string(&path)?;
        assert_eq!(kept.lines().count(), 1, "the attempt stands: {kept}");
        Ok(())
    }
}
