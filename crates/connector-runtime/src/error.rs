//! Why a sync ended without an artifact.

use crate::store::StagingError;
use connector_sdk::{Code, Vendor};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Why a sync ended without an artifact. The old artifact, if there was one, is untouched; everything read so far
/// stays in the staging file and the next run goes on from it, but after [`SyncError::Empty`],
/// [`SyncError::Contradicted`], [`SyncError::Collision`], [`SyncError::BadRow`] and a [`SyncError::Staging`] that says that the file is damaged, which
/// going on would only repeat.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// A call of the connector failed.
    #[error("{source}; it happened while {during}")]
    Connector {
        /// What was being read.
        during: String,
        /// What the connector says.
        source: connector_sdk::Error,
    },
    /// The resource types of the connector do not fit together: a defect of it.
    #[error("the resource types of this connector do not fit together: {0}")]
    Types(String),
    /// The options ask for a resource type that the connector does not have.
    #[error("unknown resource type {}; this connector has {}", quoted(.unknown), .valid.join(", "))]
    UnknownTypes {
        /// What was asked for.
        unknown: Vec<String>,
        /// What there is.
        valid: Vec<String>,
    },
    /// The options ask for no resource type at all: the artifact would be empty.
    #[error("no resource type is asked for; this connector has {}", .valid.join(", "))]
    NoTypes {
        /// What there is.
        valid: Vec<String>,
    },
    /// The options ask for a resource type whose resources are listed with their parents, and not for that of these.
    #[error("resources of type {resource_type} are listed with those of type {parent}; ask for both")]
    ParentsMissing {
        /// What was asked for.
        resource_type: String,
        /// The type of the parents.
        parent: String,
    },
    /// The options ask for a single resource of a type that is not asked for, or of which none is read by its id.
    #[error("{target} cannot be synced by itself; of this connector that can be done with resources of the types {}", .readable.join(", "))]
    NotReadAlone {
        /// What was asked for.
        target: String,
        /// The types with which it can be done.
        readable: Vec<String>,
    },
    /// The output cannot be written, or what is there must not be replaced.
    #[error("{0}")]
    Target(#[source] c1z_file::TargetError),
    /// What is at the output is the artifact of another tenant.
    #[error("the artifact {} is of {found}, and this sync is of {wanted}", .path.display())]
    OtherTenant {
        /// The output.
        path: PathBuf,
        /// What it is of.
        found: String,
        /// What the sync is of.
        wanted: String,
    },
    /// A sync of a part, or one with far fewer rows, would replace a full one that cannot be kept.
    #[error("the full sync that ended at {ended_at} in {} would be lost: {why}", .path.display())]
    WouldLoseFull {
        /// The output.
        path: PathBuf,
        /// When the full sync ended, as the artifact has it.
        ended_at: String,
        /// Why it would.
        why: String,
    },
    /// The artifact that is to be replaced cannot be read.
    #[error("the artifact that would be replaced is not sound: {0}")]
    Earlier(#[source] Box<c1z_file::ReadError>),
    /// Another process writes the same output.
    #[error("another sync is at work on {}", .path.display())]
    Busy {
        /// The staging file that it holds.
        path: PathBuf,
    },
    /// The staging file failed.
    #[error("the staging file {} failed: {source}", .path.display())]
    Staging {
        /// The staging file.
        path: PathBuf,
        /// Why.
        source: StagingError,
    },
    /// A disk is full.
    #[error("the disk is full: {} has no room left", .folder.display())]
    DiskFull {
        /// The folder with the file that should have been written.
        folder: PathBuf,
        /// What failed.
        source: Box<SyncError>,
    },
    /// A file could not be moved, written or removed.
    #[error("the file {} failed: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something else is in the place of a working file, or a file that another user may have written, and it cannot be
    /// moved away. It was not read.
    #[error("{} is in the way: {why}", .path.display())]
    InTheWay {
        /// Where it is.
        path: PathBuf,
        /// What it is.
        why: String,
    },
    /// The artifact could not be written.
    #[error("the artifact could not be written: {0}")]
    Artifact(#[source] c1z_file::WriteError),
    /// Two different objects have the same joined id, so an artifact cannot hold both.
    #[error("two different objects have the joined id {id:?}: {first} and {second}")]
    Collision {
        /// The id.
        id: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// The vendor listed nothing of a type without which no tenant exists.
    #[error("the vendor listed not a single resource of type {resource_type}")]
    Empty {
        /// The type.
        resource_type: String,
    },
    /// The listing of a type without which no tenant exists was empty, though other rows name resources of it.
    #[error(
        "the listing of resources of type {resource_type} was empty, though other rows name {known} of them, {example} \
         for example"
    )]
    Contradicted {
        /// The type.
        resource_type: String,
        /// How many other rows name.
        known: u64,
        /// One of them.
        example: String,
    },
    /// A connector answered with a row that cannot be kept.
    #[error("the connector answered with a row that cannot be kept: {0}")]
    BadRow(String),
    /// An id or a cursor of the vendor's holds a credential of the run. It can neither be kept nor be changed.
    #[error("{what} holds the value of a secret of this run, so that it cannot be kept")]
    SecretInId {
        /// What holds it: `the id of a user`.
        what: String,
    },
    /// The caller gave up.
    #[error("interrupted{}", kept(.staging.as_deref()))]
    Interrupted {
        /// Where the next run goes on from; none where nothing was read.
        staging: Option<PathBuf>,
    },
    /// A task of the engine ended unexpectedly.
    #[error("the sync engine failed: {0}")]
    Engine(String),
}

/// What a full disk has no room for.
enum Lack {
    Staging,
    Artifact,
}

impl SyncError {
    pub(crate) fn staging(path: &Path, source: impl Into<StagingError>) -> Self {
        Self::Staging {
            path: path.to_owned(),
            source: source.into(),
        }
    }

    pub(crate) fn earlier(error: c1z_file::ReadError) -> Self {
        Self::Earlier(Box::new(error))
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn in_the_way(path: &Path, why: String) -> Self {
        Self::InTheWay {
            path: path.to_owned(),
            why,
        }
    }

    /// Says of what failed because a disk is full that it is, and where. Staging is beside this output, and so is sorting.
    pub(crate) fn or_disk_full(self, output: &Path) -> Self {
        let file = match self.lacks_room() {
            None => return self,
            // The artifact is made beside the file that a link at the output leads to.
            Some(Lack::Artifact) => std::fs::canonicalize(output),
            Some(Lack::Staging) => std::path::absolute(output),
        };
        let file = file.unwrap_or_else(|_| output.to_owned());
        Self::DiskFull {
            folder: file.parent().unwrap_or(&file).to_owned(),
            source: Box::new(self),
        }
    }

    fn lacks_room(&self) -> Option<Lack> {
        use c1z_file::TargetError;
        let io = |e: &std::io::Error| matches!(e.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let target = |e: &TargetError| matches!(e, TargetError::NotWritable { source, .. } if io(source));
        let (lacks, what) = match self {
            Self::Staging { source, .. } => (source.is_disk_full(), Lack::Staging),
            Self::Io { source, .. } => (io(source), Lack::Staging),
            Self::Target(error) => (target(error), Lack::Artifact),
            Self::Artifact(error) => (error.is_disk_full(), Lack::Artifact),
            _ => return None,
        };
        lacks.then_some(what)
    }

    /// Whether the next run would only fail the same way if it went on.
    pub(crate) fn would_repeat(&self) -> bool {
        match self {
            Self::Empty { .. }
            | Self::Contradicted { .. }
            | Self::Collision { .. }
            | Self::BadRow(_)
            | Self::SecretInId { .. } => true,
            Self::Staging { source, .. } => source.is_damage(),
            _ => false,
        }
    }

    /// What it means, which is also the exit code.
    pub fn code(&self) -> Code {
        match self {
            Self::Connector { source, .. } => source.code(),
            Self::NoTypes { .. }
            | Self::UnknownTypes { .. }
            | Self::ParentsMissing { .. }
            | Self::NotReadAlone { .. }
            | Self::SecretInId { .. } => Code::Unknown,
            Self::Target(error) => target_code(error),
            Self::Busy { .. }
            | Self::InTheWay { .. }
            | Self::OtherTenant { .. }
            | Self::WouldLoseFull { .. }
            | Self::Earlier(_) => Code::FailedPrecondition,
            // As any folder that cannot be written.
            Self::Staging { .. } | Self::DiskFull { .. } | Self::Io { .. } | Self::Artifact(_) => {
                Code::Unknown
            }
            Self::Empty { .. } => Code::NotFound,
            Self::Contradicted { .. }
            | Self::Types(_)
            | Self::Collision { .. }
            | Self::BadRow(_)
            | Self::Engine(_) => Code::Internal,
            Self::Interrupted { .. } => Code::Cancelled,
        }
    }

    /// The same for a log, which names nobody: of a call that failed what the vendor answered, and of rows that cannot be kept
    /// not which ones.
    pub fn without_names(&self) -> String {
        match self {
            Self::Connector { source, .. } => {
                let words = source.code().words();
                let answered = source.vendor().map(|vendor| Vendor {
                    detail: None,
                    ..vendor.clone()
                });
                match answered
                    .map(|vendor| vendor.to_string())
                    .filter(|v| !v.is_empty())
                {
                    Some(vendor) => format!("{words} ({vendor})"),
                    None => words.to_owned(),
                }
            }
            Self::Contradicted { resource_type, .. } => format!(
                "the listing of resources of type {resource_type} was empty, though other rows name some of them"
            ),
            Self::Collision { .. } => "two different objects have the same joined id".to_owned(),
            Self::BadRow(_) => "the connector answered with a row that cannot be kept".to_owned(),
            Self::NotReadAlone { .. } => "a resource that is asked for cannot be synced by itself".to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether what is at the output is no artifact that a sync could follow, whatever is tried: it is damaged, or something
    /// else. What the machine lacks for a moment is not meant.
    pub fn is_damaged_output(&self) -> bool {
        match self {
            Self::Target(error) => error.is_damage(),
            Self::Earlier(error) => error.is_damage(),
            _ => false,
        }
    }

    /// What a person can do about it, as a sentence, where the message does not say it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Connector { source, .. } if source.hint().is_some() => None,
            Self::Connector { source, .. } if source.code() == Code::Unavailable => {
                Some("Run the same command again to go on from where it stopped".into())
            }
            Self::OtherTenant { .. } | Self::WouldLoseFull { .. } | Self::Earlier(_) => {
                Some("Write to another file, or ask for this one to be replaced".into())
            }
            Self::SecretInId { .. } => Some(
                "Check that no setting has an id or a word where a secret belongs; if none has, something on the way to the \
                 vendor answers with the secret"
                    .into(),
            ),
            Self::Busy { .. } => Some("Wait until it is done, or write to another file".into()),
            Self::InTheWay { .. } => {
                Some("Find out who put it there and remove it, or write to another file".into())
            }
            Self::Staging { .. } if self.would_repeat() => Some(
                "It was damaged from outside and is removed: run the same command again to read from the start".into(),
            ),
            Self::Staging { .. } | Self::Io { .. } | Self::Artifact(_) => {
                Some("Check free space and permissions of the folder, then run the same command again".into())
            }
            Self::DiskFull { .. } => Some(
                "Free space there and run the same command again: it goes on from where it stopped".into(),
            ),
            Self::Empty { .. } => {
                Some("Check that the organization is the right one and that the key may read it".into())
            }
            Self::Contradicted { .. } => Some(
                "Nothing is kept of this sync, so run the same command again; where the listing stays empty, the vendor or \
                 something between has to be asked why"
                    .into(),
            ),
            Self::Interrupted { staging: Some(_) } => {
                Some("Run the same command again to go on from there".into())
            }
            _ => None,
        }
    }
}

/// A file that must not be replaced is refused; a path that cannot be written is a wrong command line.
fn target_code(error: &c1z_file::TargetError) -> Code {
    use c1z_file::TargetError as E;
    match error {
        E::NotAFile { .. }
        | E::NotKept { .. }
        | E::StrangeLink { .. }
        | E::Newer { .. }
        | E::Foreign { .. }
        | E::Corrupt { .. } => Code::FailedPrecondition,
        _ => Code::Unknown,
    }
}

fn kept(staging: Option<&Path>) -> String {
    staging.map_or_else(
        || " before anything was read".into(),
        |path| format!("; what was read is kept in {}", path.display()),
    )
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|n| format!("{n:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a log shows of it.
    #[track_caller]
    fn check(error: &SyncError, logged: &str) {
        assert_eq!(error.without_names(), logged);
        assert!(error.to_string().contains("Platform"), "{error}");
    }

    #[test]
    fn a_log_names_nobody() {
        let answered = Vendor {
            status: Some(403),
            code: Some("E-1".into()),
            detail: Some("Platform is closed".into()),
            request_id: Some("r-1".into()),
        };
        let refused =
            || connector_sdk::Error::new(Code::PermissionDenied, "cannot list the members of Platform");
        let during = "listing grants of group:g-1 (Platform)".to_owned();
        check(
            &SyncError::Connector {
                during: during.clone(),
                source: refused().with_vendor(answered),
            },
            "not permitted (status 403, code E-1, request id r-1)",
        );
        check(
            &SyncError::Connector {
                during,
                source: refused(),
            },
            "not permitted",
        );
        check(
            &SyncError::BadRow("a grant on group:Platform without a principal".into()),
            "the connector answered with a row that cannot be kept",
        );
    }
}
