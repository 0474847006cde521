//! What a listing of accounts is narrowed to.

use crate::parameter::{ParameterError, Params, at_most};
use crate::query::Filter;
use crate::{
    AccountId, AccountStatus, ClaimStatus, DirectoryId, GroupId, MembershipStatus, ResourceAri, RoleId,
    UserStatus,
};
use serde::Serialize;

/// Conditions on accounts; all that are given must hold. The default has none.
///
/// The limits of the lists are checked when a [`UserSearch`](crate::UserSearch) or
/// [`UserQuery`](crate::UserQuery) is built from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserFilter {
    /// Only these accounts (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account_ids: Vec<AccountId>,
    /// Only accounts in these directories (at most 10). Without it, managed accounts outside every directory
    /// are included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directory_ids: Vec<DirectoryId>,
    /// Only members of these groups (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_ids: Vec<GroupId>,
    /// Only accounts with a role on these resources (at most 20).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<ResourceAri>,
    /// Only accounts with one of these roles (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub role_ids: Vec<RoleId>,
    /// Only addresses of these domains (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub email_domains: Vec<String>,
    /// Only managed or only unmanaged accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_status: Option<ClaimStatus>,
    /// Only accounts with, or only without, two-step verification; managed accounts only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_enabled: Option<bool>,
    /// Only these composite states (at most 4).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<UserStatus>,
    /// Only these states of the account (at most 3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account_status: Vec<AccountStatus>,
    /// Only these states of the membership (at most 3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub membership_status: Vec<MembershipStatus>,
    /// Only names and addresses that contain this. Excludes [`emails`](crate::UserSearchBuilder::emails).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_term: Option<String>,
}

impl UserFilter {
    /// The members of one group. There is no other way to list them.
    #[must_use]
    pub fn members_of(group: GroupId) -> Self {
        Self {
            group_ids: vec![group],
            ..Self::default()
        }
    }
}

impl Filter for UserFilter {
    fn check(&self) -> Result<(), ParameterError> {
        at_most("accountIds", &self.account_ids, 10)?;
        at_most("directoryIds", &self.directory_ids, 10)?;
        at_most("groupIds", &self.group_ids, 10)?;
        at_most("resourceIds", &self.resource_ids, 20)?;
        at_most("roleIds", &self.role_ids, 10)?;
        at_most("emailDomains", &self.email_domains, 10)?;
        at_most("status", &self.status, 4)?;
        at_most("accountStatus", &self.account_status, 3)?;
        at_most("membershipStatus", &self.membership_status, 3)
    }

    fn send(&self, params: &mut Params) {
        params
            .many("accountIds", &self.account_ids)
            .many("directoryIds", &self.directory_ids)
            .many("groupIds", &self.group_ids)
            .many("resourceIds", &self.resource_ids)
            .many("roleIds", &self.role_ids)
            .many("emailDomains", &self.email_domains)
            .one("claimStatus", self.claim_status.as_ref())
            .one("mfaEnabled", self.mfa_enabled)
            .many("status", &self.status)
            .many("accountStatus", &self.account_status)
            .many("membershipStatus", &self.membership_status)
            .one("searchTerm", self.search_term.as_ref());
    }
}
