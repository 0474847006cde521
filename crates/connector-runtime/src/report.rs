//! What a finished sync tells.

use connector_sdk::{Notice, NoticeClass};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The kinds of gaps that the engine itself tells, beside those of a connector.
pub const GAP_KINDS: [&str; 5] = [EXPANSION, NOT_PLANNED, SHRUNK, UNREADABLE_SUBJECT, VANISHED];

/// The gap of a grant that expands from what is no entitlement.
pub(crate) const EXPANSION: &str = "expansion";
/// The gap of a resource whose work was not planned.
pub(crate) const NOT_PLANNED: &str = "not_planned";
/// The gap of a sync that has far fewer rows than the largest one before it.
pub(crate) const SHRUNK: &str = "shrunk";
/// The gap of a resource whose rows could not be read for good.
pub(crate) const UNREADABLE_SUBJECT: &str = "unreadable_subject";
/// The gap of a type of which so many resources were gone during the sync that it is doubted.
pub(crate) const VANISHED: &str = "vanished";

/// What a finished sync tells.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SyncReport {
    /// Its id, a KSUID.
    pub sync_id: String,
    /// The artifact.
    pub output: PathBuf,
    /// When it began, maybe in an earlier process.
    pub started_at: jiff::Timestamp,
    /// When the artifact was complete.
    pub ended_at: jiff::Timestamp,
    /// Whether it went on with the work of an earlier process.
    pub resumed: bool,
    /// The only resource types that were asked for; absent where that is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_types: Option<Vec<String>>,
    /// The only resources that were asked for, as `type:id`; absent where that is all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Whether resources alone were asked for, and neither entitlements nor grants.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resources_only: bool,
    /// Resources by type.
    pub resources: BTreeMap<String, u64>,
    /// Entitlements by the type of their resource.
    pub entitlements: BTreeMap<String, u64>,
    /// Grants by the type of their entitlement's resource.
    pub grants: BTreeMap<String, u64>,
    /// How access is held.
    pub held: Held,
    /// What could not be read and what is worth knowing, by kind.
    pub notices: Vec<NoticeSummary>,
    /// Size of the artifact.
    pub file_bytes: u64,
}

/// How access is held, counted in grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Held {
    /// By the principal itself, and by nothing else.
    pub direct: u64,
    /// Only through other resources, groups for example.
    pub through_groups: u64,
    /// Both ways.
    pub both: u64,
    /// The vendor says so, and nothing that was read explains how.
    pub unexplained: u64,
    /// Of those through groups: the vendor does not list it for the principal.
    pub overstated: u64,
    /// Of all: it can at present not be used.
    pub dormant: u64,
}

/// Notices of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoticeSummary {
    /// What it means for the artifact.
    pub class: NoticeClass,
    /// The kind.
    pub kind: String,
    /// How many there are.
    pub count: u64,
    /// The first few, in the order of their subjects.
    pub examples: Vec<Notice>,
}

impl SyncReport {
    /// What could not be read. An artifact without gaps is complete.
    pub fn gaps(&self) -> impl Iterator<Item = &NoticeSummary> {
        self.of(NoticeClass::Gap)
    }

    /// What is complete but worth counting.
    pub fn facts(&self) -> impl Iterator<Item = &NoticeSummary> {
        self.of(NoticeClass::Fact)
    }

    /// What was said about the run.
    pub fn remarks(&self) -> impl Iterator<Item = &NoticeSummary> {
        self.of(NoticeClass::Remark)
    }

    fn of(&self, class: NoticeClass) -> impl Iterator<Item = &NoticeSummary> {
        self.notices.iter().filter(move |n| n.class == class)
    }
}
