//! API tokens of accounts and API keys of the organization. The secrets themselves are never part of an
//! answer.

use crate::decode::{Extra, nullable, optional};
use crate::{AccountId, ApiKeyId, EmailAddress, OrgId, TokenId, VendorTime};
use http_kit::{Row, open_words};
use serde::{Deserialize, Serialize};

/// An API token of a managed account, as the organization lists it. Tokens of other accounts are not visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ApiToken {
    /// The token.
    pub id: TokenId,
    /// What its owner called it.
    pub label: Option<String>,
    /// Whether it may be used.
    pub status: Option<TokenStatus>,
    /// Whose it is.
    pub user: TokenOwner,
    /// When it was made.
    pub created_at: Option<VendorTime>,
    /// When it ends.
    pub expires_at: Option<VendorTime>,
    /// When it was last used.
    pub last_active_at: Option<VendorTime>,
    /// What it is limited to; empty for a token without scopes.
    #[serde(default, deserialize_with = "nullable")]
    pub scopes: Vec<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for ApiToken {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &["user.id", "status"];
}

/// The account that a token or a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TokenOwner {
    /// The account.
    pub id: AccountId,
    /// The organization of the account.
    #[serde(default, deserialize_with = "optional")]
    pub org_id: Option<OrgId>,
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<EmailAddress>,
}

open_words! {
    exact;
    /// Whether a token may be used.
    pub enum TokenStatus {
        /// It may.
        Allowed = "ALLOWED",
        /// The organization has blocked it.
        Blocked = "BLOCKED",
    }
}

/// An API key of the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrgApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// What it is called.
    pub label: Option<String>,
    /// Who made it. Keys of people who left keep working.
    pub created_by: Option<TokenOwner>,
    /// When it was made.
    pub created_at: Option<VendorTime>,
    /// When it ends; at most a year after it was made.
    pub expires_at: Option<VendorTime>,
    /// When it was last used.
    pub last_active_at: Option<VendorTime>,
    /// What it is limited to; empty for a key without scopes.
    #[serde(default, deserialize_with = "nullable")]
    pub scopes: Vec<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for OrgApiKey {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}
