//! The rows of the truth, in the vendor's words.

use crate::model::{DirectoryStatus, Listing};
use std::collections::BTreeSet;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTruth {
    /// The account id.
    pub id: String,
    /// Which listing has it.
    pub listing: Listing,
    /// Whether any readable row names it: a listing, a member of a readable group, the owner of a token.
    pub is_named: bool,
    /// Whether the managed accounts list it.
    pub managed: bool,
    /// `atlassian`, `app` or `customer`.
    pub account_type: &'static str,
    /// The status in the managed listing, for accounts that it has.
    pub managed_status: Option<&'static str>,
    /// The composite status in v2 rows; `None` when the row has none.
    pub status: Option<&'static str>,
    /// The status of the Atlassian account; `None` when the row has none.
    pub account_status: Option<&'static str>,
    /// The relation to the organization's directories; `None` when the row has none.
    pub membership_status: Option<&'static str>,
    /// The display name.
    pub name: String,
    /// The address, when rows show it.
    pub email: Option<String>,
    /// The platform roles that listings state, sorted.
    pub platform_roles: BTreeSet<&'static str>,
    /// Those of them that no role row covers.
    pub uncovered_platform_roles: BTreeSet<&'static str>,
    /// The directories that the account is in, by id, and what it is there.
    pub directories: Vec<(String, DirectoryStatus)>,
    /// Whether its details answer; 404 otherwise.
    pub details_readable: bool,
    /// Whether its role assignments answer; 404 otherwise.
    pub roles_readable: bool,
    /// Whether an identity provider keeps it: a SCIM record is linked to it.
    pub provisioned: bool,
}

/// A record of a SCIM directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimUserTruth {
    /// The id of the record.
    pub id: String,
    /// The id of the SCIM directory.
    pub directory: String,
    /// The user name.
    pub user_name: String,
    /// The primary address.
    pub email: String,
    /// Whether the record says that the person is active.
    pub active: bool,
    /// The account that it is linked to.
    pub account: Option<String>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupTruth {
    /// The group id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The directory it belongs to.
    pub directory: String,
    /// Whether an identity provider keeps it; `None` when the row does not say.
    pub external_synced: Option<bool>,
    /// `managementAccess.modifiable`; `None` when the row does not say.
    pub modifiable: Option<bool>,
    /// How many members it has.
    pub members: u32,
    /// The status that asking for the members answers: 200, 403 or 404.
    pub members_status: u16,
}

/// One account in one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MembershipTruth {
    /// The group id.
    pub group: String,
    /// The account id.
    pub account: String,
}

/// One role that a group holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupRoleTruth {
    /// The group id.
    pub group: String,
    /// The ARI of the target.
    pub target: String,
    /// The role id.
    pub role: &'static str,
    /// Whether the row of the group and target names this role as the default.
    pub default: bool,
}

/// One role that an account effectively holds on one target, all its rows merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTruth {
    /// The account id.
    pub account: String,
    /// The ARI of the target.
    pub target: String,
    /// The owner of the target, as role rows name it.
    pub owner: &'static str,
    /// The role id.
    pub role: &'static str,
    /// The methods that the rows state, united. Empty when they state an empty list or none at all.
    pub methods: BTreeSet<&'static str>,
    /// Whether any of the rows has `roleAssignments`; otherwise there are only the deprecated `roles`.
    pub has_methods: bool,
    /// The directories of the rows, by id, and what the account is there; sorted. Platform roles have none.
    pub directories: Vec<(String, DirectoryStatus)>,
    /// The groups of the account that hold the role, sorted, whether or not their members can be read.
    pub groups: Vec<String>,
    /// Whether the account's role assignments can be read. Where not, no answer shows this row.
    pub readable: bool,
}

impl AccessTruth {
    /// Whether the role is held only where the account is suspended or not a member.
    #[must_use]
    pub fn is_dormant(&self) -> bool {
        !self.directories.is_empty()
            && self
                .directories
                .iter()
                .all(|(_, status)| *status != DirectoryStatus::Active)
    }
}

/// A role of a group that a member's effective access lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnconfirmedTruth {
    /// The account id.
    pub account: String,
    /// The group id.
    pub group: String,
    /// The ARI of the target.
    pub target: String,
    /// The role id.
    pub role: &'static str,
}

/// Something that roles are held on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetTruth {
    /// The ARI.
    pub ari: String,
    /// The owner, as role rows name it.
    pub owner: &'static str,
    /// Whether the workspaces query lists it.
    pub listed: bool,
}

/// An API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTruth {
    /// The token id.
    pub id: String,
    /// The account id of its owner.
    pub owner: String,
    /// The label.
    pub label: &'static str,
    /// `ALLOWED` or `BLOCKED`.
    pub status: &'static str,
    /// Whether it ever expires.
    pub expires: bool,
    /// Whether it was ever used.
    pub used: bool,
}

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccountTruth {
    /// Its id within the collection of service accounts.
    pub id: String,
    /// The account id.
    pub account: String,
    /// The name.
    pub name: &'static str,
    /// The account id of who made it, where the vendor tells.
    pub creator: Option<String>,
    /// The ids of its tokens.
    pub tokens: Vec<String>,
}
