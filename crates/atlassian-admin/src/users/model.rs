//! What the organization says about an account.

use crate::decode::{Extra, nullable, optional};
use crate::{
    AccountId, AccountStatus, AccountType, ClaimStatus, EmailAddress, GroupId, ManagementSource,
    MembershipStatus, ResourceAri, RoleId, UserStatus, VendorTime,
};
use http_kit::Row;
use serde::{Deserialize, Serialize};

/// An account as the organization's directories know it.
///
/// The vendor promises none of these fields; only the id is needed here, and a row without one is reported as
/// a bad row. Addresses are absent for apps and where a person hides theirs. Fields marked *expand* are
/// filled by [`search_users`](crate::AdminClient::search_users) only when the search asked for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// The account.
    pub account_id: AccountId,
    /// What kind of account it is.
    pub account_type: Option<AccountType>,
    /// The composite status.
    pub status: Option<UserStatus>,
    /// The state of the account itself.
    pub account_status: Option<AccountStatus>,
    /// How it stands to the directories.
    pub membership_status: Option<MembershipStatus>,
    /// Whether the organization manages it.
    pub claim_status: Option<ClaimStatus>,
    /// How it came into its directory.
    pub management_source: Option<ManagementSource>,
    /// The full name.
    pub name: Option<String>,
    /// The name shown beside comments and mentions.
    pub nickname: Option<String>,
    /// The address.
    pub email: Option<EmailAddress>,
    /// Whether the address was confirmed.
    pub email_verified: Option<bool>,
    /// Whether two-step verification is on; means something for managed accounts only.
    pub mfa_enabled: Option<bool>,
    /// Job title.
    pub job_title: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Organization, as written in the profile.
    pub organization: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// Time zone, as an IANA name.
    pub time_zone: Option<String>,
    /// When it first came into any directory that the key may see.
    pub added_to_org: Option<VendorTime>,
    /// When it was deactivated. Not documented for listings, yet sent.
    pub deactivated_on: Option<VendorTime>,
    /// Whether it waits for its deletion. Not documented, yet sent.
    pub for_deletion: Option<bool>,
    /// Roles of the platform (*expand* `platformRoles`): organization admin, site admin, user access admin,
    /// AI access.
    pub platform_roles: Option<Vec<RoleId>>,
    /// Counts (*expand* `counts.resources`).
    pub counts: Option<UserCounts>,
    /// Last activity by app (*expand* `productAccess`).
    pub product_access: Option<Vec<ProductActivity>>,
    /// Groups (*expand* `groups`), limited to the directory of the search.
    pub groups: Option<Vec<GroupBrief>>,
    /// Everything else that was sent: pictures, links, and what the vendor adds.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for User {
    const ID: &'static str = "accountId";
    const ESSENTIAL: &'static [&'static str] = &[
        "status",
        "accountStatus",
        "membershipStatus",
        "platformRoles",
        "groups.id",
    ];
}

/// Counts of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserCounts {
    /// How many resources it has a role on.
    pub resources: Option<u64>,
}

/// Last activity of an account in one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProductActivity {
    /// The app on its site.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<ResourceAri>,
    /// The app's key. Jira Service Management is `jira-service-desk` here and `jira-servicedesk` in ARIs.
    pub key: Option<String>,
    /// When it was last used; up to 24 hours late.
    pub last_active_timestamp: Option<VendorTime>,
}

/// A group as listed with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupBrief {
    /// The group.
    pub id: GroupId,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// Totals of a directory's users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserStats {
    /// By state of the account.
    #[serde(deserialize_with = "nullable")]
    pub account_status: Vec<StatusCount>,
    /// By role.
    #[serde(default, deserialize_with = "nullable")]
    pub roles: Vec<RoleCount>,
}

/// How many accounts have a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatusCount {
    /// The state.
    pub status: AccountStatus,
    /// How many.
    pub count: u64,
}

/// How many accounts hold a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleCount {
    /// The role.
    pub role_id: RoleId,
    /// How many.
    pub count: u64,
}
