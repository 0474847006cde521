//! What an artifact says about one sync.

use crate::sync_id::SyncId;
use jiff::Timestamp;
use std::fmt;

/// What a sync covered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyncType {
    /// Everything: the only type that listings of the Baton tools read by default.
    Full,
    /// Resource types and resources, no entitlements and no grants.
    ResourcesOnly,
    /// A targeted part.
    Partial,
    /// The additions and changes of a diff pair.
    PartialUpserts,
    /// The removals of a diff pair.
    PartialDeletions,
    /// A type that this crate does not know, as stored.
    Other(Box<str>),
}

impl SyncType {
    /// The text of the `sync_type` column.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Full => "full",
            Self::ResourcesOnly => "resources_only",
            Self::Partial => "partial",
            Self::PartialUpserts => "partial_upserts",
            Self::PartialDeletions => "partial_deletions",
            Self::Other(text) => text,
        }
    }

    /// The type that a `sync_type` column names.
    #[must_use]
    pub fn from_column(text: &str) -> Self {
        match text {
            "full" => Self::Full,
            "resources_only" => Self::ResourcesOnly,
            "partial" => Self::Partial,
            "partial_upserts" => Self::PartialUpserts,
            "partial_deletions" => Self::PartialDeletions,
            other => Self::Other(other.into()),
        }
    }

    /// The number of the type in a store; 0 for a type that this crate does not know.
    pub(crate) fn number(&self) -> i32 {
        let of_number = |number: &i32| Self::from_number(*number) == *self;
        (1..=5).find(of_number).unwrap_or_default()
    }

    /// The type that a number stands for in a store.
    pub(crate) fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Full,
            2 => Self::Partial,
            3 => Self::ResourcesOnly,
            4 => Self::PartialUpserts,
            5 => Self::PartialDeletions,
            other => Self::Other(other.to_string().into()),
        }
    }

    /// Whether a sync of this type may name a parent sync.
    #[must_use]
    pub fn may_have_parent(&self) -> bool {
        !matches!(self, Self::Full | Self::ResourcesOnly)
    }
}

impl fmt::Display for SyncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The sync that a new artifact holds, as known when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncRun {
    /// Its id.
    pub sync_id: SyncId,
    /// When it started; also the `discovered_at` of every row.
    pub started_at: Timestamp,
    /// What it covers.
    pub sync_type: SyncType,
    /// The sync that a partial sync is based on.
    pub parent: Option<SyncId>,
}

impl SyncRun {
    /// A sync without a parent.
    #[must_use]
    pub fn new(sync_id: SyncId, started_at: Timestamp, sync_type: SyncType) -> Self {
        Self {
            sync_id,
            started_at,
            sync_type,
            parent: None,
        }
    }

    /// The same sync, based on `parent`.
    #[must_use]
    pub fn with_parent(self, parent: SyncId) -> Self {
        Self {
            parent: Some(parent),
            ..self
        }
    }
}
