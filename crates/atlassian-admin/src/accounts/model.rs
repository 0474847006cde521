//! Managed accounts and their activity.

use crate::decode::{Extra, nullable, optional};
use crate::{AccountId, AccountStatus, AccountType, EmailAddress, ResourceAri, VendorTime};
use http_kit::Row;
use serde::{Deserialize, Serialize};

/// An account that the organization manages because it has claimed the domain.
///
/// This is not the list of all users: an organization without a verified domain has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagedAccount {
    /// The account.
    pub account_id: AccountId,
    /// What kind of account it is.
    pub account_type: Option<AccountType>,
    /// The state of the account.
    pub account_status: Option<AccountStatus>,
    /// The full name.
    pub name: Option<String>,
    /// The address; absent where it is hidden.
    pub email: Option<EmailAddress>,
    /// Whether it is billed by Atlassian Guard.
    pub access_billable: Option<bool>,
    /// When it was last active in any app.
    pub last_active: Option<VendorTime>,
    /// The apps it may use.
    #[serde(default, deserialize_with = "nullable")]
    pub product_access: Vec<ManagedProductAccess>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for ManagedAccount {
    const ID: &'static str = "account_id";
    const ESSENTIAL: &'static [&'static str] = &["account_status"];
}

/// An app that a managed account may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagedProductAccess {
    /// The app's key. Jira Service Management is `jira-service-desk` here.
    pub key: Option<String>,
    /// The app's name.
    pub name: Option<String>,
    /// The address of the instance.
    pub url: Option<String>,
    /// When it was last used.
    pub last_active: Option<VendorTime>,
}

/// When an account was last active, by app; up to 24 hours late.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LastActiveDates {
    /// By app and site; empty for an account that was never active.
    pub product_access: Vec<LastActive>,
    /// The day it came into the organization.
    pub added_to_org: Option<VendorTime>,
    /// The moment it came into the organization.
    pub added_to_org_timestamp: Option<VendorTime>,
}

/// When an account was last active in one app on one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LastActive {
    /// The app on its site; in an organization with several sites this tells them apart.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<ResourceAri>,
    /// The app's key.
    pub key: Option<String>,
    /// The day.
    pub last_active: Option<VendorTime>,
    /// The moment.
    pub last_active_timestamp: Option<VendorTime>,
}
