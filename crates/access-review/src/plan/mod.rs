//! What decisions come to: every row classed by what the artifact says, bound to the artifact, and kept in a file.
//!
//! Nothing in the file is ever carried out. Whoever carries decisions out derives each change again from the decisions and the
//! artifact, and the file says what it has to be equal to.

mod classify;
mod file;
mod kept;

use crate::decisions::Verdict;
use crate::review::Review;
use connector_sdk::ResourceKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// The version of the file; another one is refused.
const VERSION: u32 = 2;

/// What decisions come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// The version of this form.
    pub version: u32,
    /// Follows from everything else in the plan but the paths.
    pub id: String,
    /// Whether the live state was read. Without it nothing is carried out.
    pub live: bool,
    /// When that was, so that what is kept of an earlier plan says nothing of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The table of decisions.
    pub decisions: BoundDecisions,
    /// The artifact that the decisions are about.
    pub artifact: BoundArtifact,
    /// Whose access it is.
    pub place: Place,
    /// Each row that asks for a change, in the order of the table.
    pub rows: Vec<PlannedRow>,
}

/// The table of decisions that a plan was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BoundDecisions {
    /// Where it is.
    pub path: PathBuf,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// How many grants are to stay.
    pub kept: u64,
    /// How many rows have no decision, so that their grants stay.
    pub undecided: u64,
    /// How many rows say what another row says already.
    pub duplicates: u64,
    /// The columns that mean nothing here.
    pub unknown_columns: Vec<String>,
}

/// The artifact that a plan was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BoundArtifact {
    /// Where it is.
    pub path: PathBuf,
    /// The sync.
    pub sync_id: String,
    /// When that ended, as the artifact has it.
    pub ended_at: String,
    /// The hash of what it says.
    pub digest: String,
}

/// Whose access a plan changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The tenant: the organization for example. Of an artifact of another writer it is not known without the live state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The address of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it is a simulation.
    pub demo: bool,
}

impl Place {
    /// Whose access the sync of a review says that it is.
    pub fn of(review: &Review) -> Self {
        let token = review.said();
        let text = |name: &str| token.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
        Self {
            organization: text("organization"),
            address: text("base_url"),
            demo: token.get("demo").and_then(Value::as_bool).unwrap_or_default(),
        }
    }
}

/// What a row comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlannedRow {
    /// Its number in the table, as a spreadsheet shows it.
    pub row: usize,
    /// What was decided.
    pub decision: Verdict,
    /// What can be done about it.
    pub class: Class,
    /// The grant, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// Who holds it, or is to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Who>,
    /// What is held, or is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<What>,
    /// Why nothing can be done, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Of what comes only through groups, the memberships that would have to go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memberships: Vec<Membership>,
    /// What the live state makes of it, where that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
}

/// What can be done about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// It can be carried out.
    Ready,
    /// It is held only through groups, so that it cannot be taken by itself.
    ThroughGroup,
    /// Its group is filled by an identity provider, where it has to be changed.
    IdpSynced,
    /// Nobody can change it here.
    Immutable,
    /// It is not there any more.
    Gone,
    /// It is so already.
    AlreadySo,
    /// The artifact knows nothing of it.
    Unknown,
    /// It is held otherwise than the row says, so that the reviewer decided about another thing.
    Changed,
    /// Who or what the row names is not what its grant is about.
    Contradicted,
    /// The connector or the vendor refuses it.
    Refused,
}

impl Class {
    /// Every class, in the order in which they are counted.
    pub const ALL: [Self; 10] = [
        Self::Ready,
        Self::ThroughGroup,
        Self::IdpSynced,
        Self::Immutable,
        Self::Gone,
        Self::AlreadySo,
        Self::Unknown,
        Self::Changed,
        Self::Contradicted,
        Self::Refused,
    ];

    /// The class in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::ThroughGroup => "only through groups",
            Self::IdpSynced => "synced from an identity provider",
            Self::Immutable => "cannot be changed",
            Self::Gone => "gone",
            Self::AlreadySo => "already so",
            Self::Unknown => "unknown",
            Self::Changed => "changed since",
            Self::Contradicted => "contradicted",
            Self::Refused => "refused",
        }
    }

    /// Whether the live state decides about it: the artifact alone says of nothing that it is so.
    pub fn is_for_live(self) -> bool {
        matches!(self, Self::Ready | Self::Gone | Self::AlreadySo)
    }
}

/// Who holds something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Who {
    /// The type.
    pub resource_type: String,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The address; empty where there is none.
    pub email: String,
}

impl Who {
    /// Type and id.
    pub fn key(&self) -> ResourceKey {
        ResourceKey::new(&*self.resource_type, &*self.id)
    }
}

/// What is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct What {
    /// The id of the entitlement.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of the resource that it is on.
    pub on: String,
}

/// A membership that would have to go, so that what comes through it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Membership {
    /// Its grant.
    pub grant_id: String,
    /// The name of the group.
    pub group: String,
    /// Whether it can be taken away here.
    pub is_changeable: bool,
    /// What else the principal would lose with it, by name; the first of them.
    pub also_lost: Vec<String>,
    /// How many more that are.
    pub also_lost_more: usize,
    /// How many others would lose something with it.
    pub others_touched: usize,
    /// How many others hold the same through this group, and would lose it if the group lost it.
    pub others_through: usize,
}

/// What the live state makes of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// [`Live::PLANNED`], [`Live::ALREADY_SO`] or [`Live::REFUSED`].
    pub state: String,
    /// What would happen to what, or why not.
    pub summary: String,
    /// What a person should know beside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The writes that would be sent. They are compared, and never sent from here.
    pub requests: Vec<Value>,
}

impl PlannedRow {
    /// What the live state makes of what the artifact says.
    #[must_use]
    pub fn with_live(self, live: Live) -> Self {
        let class = match (live.state.as_str(), self.decision) {
            (Live::ALREADY_SO, Verdict::Revoke) => Class::Gone,
            (Live::ALREADY_SO, _) => Class::AlreadySo,
            (Live::REFUSED, _) => Class::Refused,
            _ => Class::Ready,
        };
        Self {
            class,
            why: match class {
                Class::Ready => String::new(),
                _ => live.summary.clone(),
            },
            live: Some(live),
            ..self
        }
    }
}

impl Live {
    /// The state of what is so.
    pub const ALREADY_SO: &str = "already_so";
    /// The state of what writes would change.
    pub const PLANNED: &str = "planned";
    /// The state of what the connector or the vendor refuses.
    pub const REFUSED: &str = "refused";

    /// Whether the state is the same: the same writes would follow.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.state, &self.requests) == (&other.state, &other.requests)
    }

    /// Whether a part of the planned writes is left: where some of them were made.
    pub fn is_left_of(&self, planned: &Self) -> bool {
        let mut requests = planned.requests.iter();
        self.state == planned.state && self.requests.iter().all(|left| requests.any(|one| one == left))
    }
}

impl Plan {
    /// How many rows there are of each class that occurs.
    pub fn counts(&self) -> Vec<(Class, usize)> {
        let count = |class| self.rows.iter().filter(|row| row.class == class).count();
        let counts = Class::ALL.map(|class| (class, count(class)));
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
