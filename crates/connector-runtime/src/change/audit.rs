//! The audit file: who changed what, kept before it happens.
//!
//! One JSON object a line, only ever added. `{"phase":"attempt",…}` is on the disk before the connector is called, and
//! `{"phase":"outcome",…}` with the same `id` follows its answer. An attempt without outcome was killed in between:
//! whether it was made is then not known. A device or a pipe takes lines too, but nobody waits until it has kept them.
//! No line holds a secret, nor the bodies of requests and answers. Each says where the change is made, and whether it is only a
//! demonstration or a dry run.

use super::error::ArtifactAsked;
use super::report::Kept;
use super::secrets::Secrets;
use super::target::ChangeTarget;
use crate::clock::Clock;
use c1z_file::SyncId;
use connector_sdk::{ChangeOutcome, ChangeState, Code, Error, ResourceKey, Tenant, WriteRequest};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to happen, for the line of the attempt.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) actor: String,
    pub(super) connector: String,
    pub(super) place: Place,
    pub(super) target: ChangeTarget,
    pub(super) artifact: Option<ArtifactAsked>,
    pub(super) secrets: Secrets,
}

/// Where a change is made.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<ResourceKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_url: Option<String>,
    /// Where accounts are created, where that is another place.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
    /// Whether the tenant is only simulated.
    demo: bool,
    /// Whether nothing is sent.
    dry_run: bool,
}

impl Place {
    pub(super) fn of(tenant: Option<Tenant>, created_at: Option<String>, dry_run: bool) -> Self {
        let (tenant, base_url, demo) = tenant.map_or((None, None, false), |tenant| {
            (Some(tenant.resource), tenant.base_url, tenant.demo)
        });
        Self {
            tenant,
            base_url,
            created_at,
            demo,
            dry_run,
        }
    }
}

/// An attempt that is kept, and waits for its outcome. Dropped without one, it says that it was interrupted.
#[derive(Debug)]
pub(super) struct Audit {
    file: File,
    /// Not a device or a pipe, which cannot be synced.
    is_on_disk: bool,
    path: PathBuf,
    id: String,
    clock: Arc<dyn Clock>,
    place: Place,
    secrets: Secrets,
    is_closed: bool,
}

/// A line of the file, in the order in which people read it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    phase: &'static str,
    id: &'a str,
    at: Timestamp,
    #[serde(flatten)]
    place: &'a Place,
    #[serde(flatten)]
    said: Said<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Said<'a> {
    Attempt {
        actor: &'a str,
        connector: &'a str,
        change: Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        artifact: Option<&'a ArtifactAsked>,
    },
    CameTo {
        state: ChangeState,
        summary: String,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        notes: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        resource: Option<ResourceKey>,
        requests: Vec<Sent<'a>>,
    },
    Failed {
        code: u8,
        error: String,
        requests: Vec<Sent<'a>>,
    },
}

/// A write, without what was in it.
#[derive(Debug, Serialize)]
struct Sent<'a> {
    method: &'a str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Audit {
    /// Keeps the attempt. Blocks until it is on the disk. None where `path` is a pipe that nobody reads.
    pub(super) fn open(path: &Path, attempt: &Attempt, clock: Arc<dyn Clock>) -> io::Result<Option<Self>> {
        let at = clock.now();
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        // The same form as the ids of syncs: sorted by time, and taken by every reader of the platform.
        let id = SyncId::new(at, random).map_err(io::Error::other)?.to_string();
        let Some((file, is_on_disk)) = open(path)? else {
            return Ok(None);
        };
        let mut audit = Self {
            file,
            is_on_disk,
            path: path.to_owned(),
            id,
            clock,
            place: attempt.place.clone(),
            secrets: attempt.secrets.clone(),
            // Until it is kept there is no attempt whose outcome could be told.
            is_closed: true,
        };
        let mut change = serde_json::to_value(&attempt.target)?;
        audit.secrets.hide_in(&mut change);
        audit.append(&Line {
            phase: "attempt",
            id: &audit.id,
            at,
            place: &audit.place,
            said: Said::Attempt {
                actor: &attempt.actor,
                connector: &attempt.connector,
                change,
                artifact: attempt.artifact.as_ref(),
            },
        })?;
        audit.is_closed = false;
        Ok(Some(audit))
    }

    /// Where it is kept.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            path: self.path.clone(),
            id: self.id.clone(),
        }
    }

    /// Keeps what it came to. Blocks until it is on the disk.
    pub(super) fn outcome(mut self, outcome: Result<&ChangeOutcome, &Error>) -> io::Result<()> {
        let said = match outcome {
            Ok(outcome) => Said::CameTo {
                state: outcome.state,
                summary: self.secrets.hide(&outcome.summary),
                notes: outcome.notes.iter().map(|n| self.secrets.hide(n)).collect(),
                resource: outcome
                    .resource
                    .as_ref()
                    .and_then(|r| ResourceKey::from_proto(r.id.as_ref()?)),
                requests: self.sent(&outcome.requests),
            },
            Err(error) => Said::Failed {
                code: error.code().number(),
                error: self.secrets.hide(&error.to_string()),
                requests: self.sent(error.requests()),
            },
        };
        let kept = self.close(said);
        self.is_closed = true;
        kept
    }

    /// Keeps that the connector did not answer, and what that means. Blocks until it is on the disk.
    pub(super) fn unanswered(mut self, code: Code, why: &str) -> io::Result<()> {
        self.is_closed = true;
        self.close_unanswered(code, why)
    }

    fn close_unanswered(&self, code: Code, why: &str) -> io::Result<()> {
        self.close(Said::Failed {
            code: code.number(),
            error: why.to_owned(),
            requests: Vec::new(),
        })
    }

    fn close(&self, said: Said<'_>) -> io::Result<()> {
        self.append(&Line {
            phase: "outcome",
            id: &self.id,
            at: self.clock.now(),
            place: &self.place,
            said,
        })
    }

    fn sent<'a>(&self, requests: &'a [WriteRequest]) -> Vec<Sent<'a>> {
        let sent = |r: &'a WriteRequest| Sent {
            method: &r.method,
            path: self.secrets.hide(&r.path),
            status: r.status,
            request_id: r.request_id.as_deref(),
        };
        requests.iter().map(sent).collect()
    }

    /// One write a line, so that lines of several processes do not mix.
    fn append(&self, line: &Line<'_>) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        (&self.file).write_all(&text)?;
        if self.is_on_disk {
            self.file.sync_data()?;
        }
        Ok(())
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        if !self.is_closed {
            let why = "interrupted before the connector answered: whether the change was made is not known";
            // Nobody is left to be told of an error, and the attempt alone says the same.
            let _ = self.close_unanswered(Code::Cancelled, why);
        }
    }
}

/// Opens the file to add to it. Where a line was cut off, by a full disk for example, it is ended, so that the next
/// one can be read. With it, whether it is a file on a disk. None where it is a pipe that nobody reads.
fn open(path: &Path) -> io::Result<Option<(File, bool)>> {
    let is_new = !path.exists();
    let Some(mut file) = c1z_file::open_to_append(path)? else {
        return Ok(None);
    };
    let is_on_disk = file.metadata()?.is_file();
    if is_new {
        sync_folder_of(path)?;
    } else if is_on_disk && is_cut_off(path)? {
        file.write_all(b"\n")?;
    }
    Ok(Some((file, is_on_disk)))
}

/// Whether the last line of a file has no end.
fn is_cut_off(path: &Path) -> io::Result<bool> {
    let Some(mut file) = c1z_file::open_regular(path)? else {
        return Ok(false);
    };
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
    use crate::change::target::NamedResource;
    use crate::clock::SystemClock;

    /// A disk that takes nothing any more: that the outcome is not kept is told.
    #[test]
    fn an_outcome_that_cannot_be_kept_is_an_error() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("audit.jsonl");
        let attempt = Attempt {
            actor: "ines".into(),
            connector: "Test".into(),
            place: Place::default(),
            target: ChangeTarget::Delete {
                resource: NamedResource {
                    key: ResourceKey::new("user", "u1"),
                    name: String::new(),
                },
            },
            artifact: None,
            secrets: Secrets::default(),
        };
        let read_only = |audit: Option<Audit>| {
            let mut audit = audit.expect("it is no pipe");
            audit.file = File::open(&path)?;
            Ok::<_, io::Error>(audit)
        };
        let outcome = ChangeOutcome::new(ChangeState::Done, "it is gone");
        let audit = read_only(Audit::open(&path, &attempt, Arc::new(SystemClock))?)?;
        assert!(audit.outcome(Ok(&outcome)).is_err());
        let audit = read_only(Audit::open(&path, &attempt, Arc::new(SystemClock))?)?;
        assert!(audit.unanswered(Code::Internal, "nobody knows").is_err());
        let kept = std::fs::read_to_string(&path)?;
        assert_eq!(kept.lines().count(), 2, "the attempts stand: {kept}");
        Ok(())
    }
}
