//! What the organization says about a group.

use crate::decode::{Extra, nullable, optional};
use crate::{DirectoryId, GroupId, ManagedBy};
use http_kit::{Row, open_words};
use serde::{Deserialize, Serialize};

/// A group of a directory.
///
/// The vendor promises none of these fields; only the id is needed here, and a row without one is reported as
/// a bad row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Group {
    /// The group.
    pub id: GroupId,
    /// Its name, unique in its directory.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The directory it belongs to; changes of its members need it.
    #[serde(default, deserialize_with = "optional")]
    pub directory_id: Option<DirectoryId>,
    /// Whether an identity provider made it.
    pub external_synced: Option<bool>,
    /// Who decides on its members.
    pub managed_by: Option<ManagedBy>,
    /// What the key may do with it.
    pub management_access: Option<ManagementAccess>,
    /// Counts, when they were asked for.
    pub counts: Option<GroupCounts>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Group {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

impl Group {
    /// Whether the members of this group can be changed here.
    ///
    /// `managementAccess.modifiable` is the vendor's own answer and decides when it was sent; without it, a
    /// group that an identity provider made or manages cannot be changed.
    #[must_use]
    pub fn is_modifiable(&self) -> bool {
        match self
            .management_access
            .as_ref()
            .and_then(|access| access.modifiable)
        {
            Some(modifiable) => modifiable,
            None => self.external_synced != Some(true) && self.managed_by != Some(ManagedBy::External),
        }
    }
}

/// What the key may do with a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagementAccess {
    /// May read it.
    pub readable: Option<bool>,
    /// May change it and its members.
    pub modifiable: Option<bool>,
    /// May delete it.
    pub deletable: Option<bool>,
}

/// Counts of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupCounts {
    /// How many members it has.
    pub users: Option<u64>,
    /// How many resources it has a role on.
    pub resources: Option<u64>,
}

/// Totals of a directory's groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupStats {
    /// By origin.
    #[serde(deserialize_with = "nullable")]
    pub totals: GroupTotals,
    /// By kind.
    #[serde(default, deserialize_with = "nullable")]
    pub types: Vec<GroupTypeCount>,
}

/// Totals by origin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupTotals {
    /// All groups.
    pub all: Option<u64>,
    /// Groups managed by administrators.
    pub managed: Option<u64>,
    /// Groups that come from an identity provider.
    pub synced: Option<u64>,
}

/// How many groups are of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupTypeCount {
    /// The kind.
    #[serde(rename = "type")]
    pub kind: GroupType,
    /// How many.
    pub count: u64,
}

open_words! {
    exact;
    /// What kind of group it is.
    pub enum GroupType {
        /// A team.
        Team = "TEAM",
        /// A group.
        Group = "GROUP",
        /// A group of the older user base.
        UserbaseGroup = "USERBASE_GROUP",
    }
}
