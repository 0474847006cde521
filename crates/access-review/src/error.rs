//! Why a question cannot be answered.

use c1z_file::{ReadError, SyncIdError, WriteError};
use connector_sdk::Code;
use std::fmt;
use std::path::PathBuf;

/// Why a question about an artifact cannot be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The artifact cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The artifact cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The sync has an id that cannot be written again.
    #[error(transparent)]
    SyncId(#[from] SyncIdError),
    /// No sync in the artifact is finished.
    #[error("{} holds no finished sync", path.display())]
    Unfinished {
        /// The artifact.
        path: PathBuf,
    },
    /// The artifact does not hold the sync that was asked for.
    #[error("{} holds no sync {id:?}; it holds {}", path.display(), known.join(", "))]
    UnknownSync {
        /// The artifact.
        path: PathBuf,
        /// The id that was asked for.
        id: String,
        /// The ids that it holds.
        known: Vec<String>,
    },
    /// Nothing goes by that name.
    #[error("no {what} is called {text:?}{}", did_you_mean(candidates))]
    NotFound {
        /// What was looked for: `account`, `entitlement`.
        what: &'static str,
        /// The text that was given.
        text: String,
        /// What comes close.
        candidates: Vec<Candidate>,
    },
    /// Several things go by that name.
    #[error("{text:?} is the name of more than one {what}: {}{}", all(candidates), if *more { ", …" } else { "" })]
    Ambiguous {
        /// What was looked for: `account`, `entitlement`.
        what: &'static str,
        /// The text that was given.
        text: String,
        /// The first of them.
        candidates: Vec<Candidate>,
        /// Whether there are more than these.
        more: bool,
    },
    /// A principal does not hold an entitlement.
    #[error("{holder} does not hold {entitlement_id}")]
    NotHeld {
        /// The principal.
        holder: String,
        /// The entitlement.
        entitlement_id: String,
    },
    /// A grant is not the principal's own, so that it cannot be revoked by itself.
    #[error("{holder} holds {entitlement} {}", why_not_direct(through))]
    NotDirect {
        /// The principal.
        holder: String,
        /// The entitlement.
        entitlement: String,
        /// The ids of the entitlements through which it is held; empty where nothing explains it.
        through: Vec<String>,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is no table of decisions.
    #[error("{}{}: {what}", path.display(), in_row(*row))]
    Decisions {
        /// The file.
        path: PathBuf,
        /// The row, as a spreadsheet counts them.
        row: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// Two rows decide differently about one thing.
    #[error("{}: rows {first} and {second} decide differently about one thing: {} and {}", path.display(), words[0], words[1])]
    TwoDecisions {
        /// The file.
        path: PathBuf,
        /// The number of the one row.
        first: usize,
        /// The number of the other row.
        second: usize,
        /// What they decide.
        words: [&'static str; 2],
    },
    /// A file is not a plan.
    #[error("{} is not a plan: {what}", path.display())]
    NoPlan {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A message has no JSON form.
    #[error("cannot show {what}: {source}")]
    Json {
        /// The row.
        what: String,
        /// Why not.
        source: connector_proto::json::Error,
    },
}

impl ReviewError {
    /// What the error means, in the numbers of exit codes.
    pub fn code(&self) -> Code {
        match self {
            Self::Read(ReadError::Unreadable { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                Code::NotFound
            }
            Self::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Code::NotFound,
            Self::Read(ReadError::Workspace { .. }) | Self::File { .. } | Self::Write(_) => Code::Unknown,
            Self::Decisions { .. } => Code::InvalidArgument,
            Self::TwoDecisions { .. }
            | Self::NoPlan { .. }
            | Self::SyncId(_)
            | Self::Read(_)
            | Self::Unfinished { .. }
            | Self::Ambiguous { .. }
            | Self::NotDirect { .. } => Code::FailedPrecondition,
            Self::UnknownSync { .. } | Self::NotFound { .. } | Self::NotHeld { .. } => Code::NotFound,
            Self::Json { .. } => Code::Internal,
        }
    }
}

/// Something that a text may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id, as commands take it.
    pub id: String,
    /// The name that people read; empty where there is none.
    pub name: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.id)?;
        if !self.name.is_empty() && self.name != self.id {
            write!(f, " ({})", self.name)?;
        }
        Ok(())
    }
}

fn in_row(row: Option<usize>) -> String {
    row.map_or_else(String::new, |row| format!(", row {row}"))
}

fn all(candidates: &[Candidate]) -> String {
    candidates
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn why_not_direct(through: &[String]) -> String {
    match through {
        [] => "and nothing that was read explains how".to_owned(),
        through => format!("only through {}", through.join(", ")),
    }
}

fn did_you_mean(candidates: &[Candidate]) -> String {
    match candidates {
        [] => String::new(),
        some => format!("; close to it: {}", all(some)),
    }
}
