//! One thing that is wrong.

use std::fmt;

/// Something that is wrong with an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which rule it breaks.
    pub rule: Rule,
    /// What it is about: `table v1_grants`, `grant group:admins:member:user:ada`.
    pub subject: String,
    /// What is wrong with it.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.detail)
    }
}

/// The rules, by what follows when they are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// The envelope lacks what readers fail fast by: one frame, content size, checksum.
    Envelope,
    /// The database is in WAL mode, so what readers see may not be all there was.
    Journal,
    /// SQLite finds the structure damaged.
    Structure,
    /// A table or column is missing, differs or does not belong.
    Table,
    /// An index is missing or differs, so readers build it again on each open, or does not belong.
    Index,
    /// Two rows of a sync share an id.
    Duplicate,
    /// A sync cannot be used as what it claims to be.
    Sync,
    /// A sync did not end.
    Unfinished,
    /// A time is not in the layout that readers compare as text.
    Time,
    /// A message does not decode.
    Message,
    /// A column says something else than the message.
    Column,
    /// A resource lacks the trait that its type promises; readers refuse the sync.
    Trait,
    /// A row refers to one that is not there.
    Reference,
    /// An expansion is in the wrong place or expands what it cannot.
    Expansion,
    /// The statistics do not agree with the rows.
    Stats,
}
