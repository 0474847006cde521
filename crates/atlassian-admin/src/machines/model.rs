//! Service accounts, their tokens, and OAuth clients. The secrets themselves are never part of an answer.

use crate::decode::{Extra, nullable, optional};
use crate::{AccountId, EmailAddress, OAuthClientId, ServiceAccountId, TokenId, VendorTime};
use http_kit::{Row, open_words};
use serde::{Deserialize, Serialize};

/// An account of the organization that a program uses. It has no password and nobody can log in with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServiceAccount {
    /// Its id within the collection of service accounts.
    pub id: ServiceAccountId,
    /// The account id that every other operation uses, where it is stated.
    #[serde(default, deserialize_with = "optional")]
    pub atlassian_id: Option<AccountId>,
    /// Its address, which the vendor makes up.
    pub email: Option<EmailAddress>,
    /// What it is called. Two may bear the same name.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its state. The vendor publishes no words for it.
    pub status: Option<String>,
    /// The account of the administrator who made it.
    #[serde(default, deserialize_with = "optional")]
    pub created_by_id: Option<AccountId>,
    /// When it was changed last.
    pub updated_at: Option<VendorTime>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl ServiceAccount {
    /// The account id: the one stated for it, or the id within the collection, which was seen to be the same where no other is
    /// stated.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        match &self.atlassian_id {
            Some(id) => id.clone(),
            None => AccountId::from_vendor(self.id.as_str()),
        }
    }
}

impl Row for ServiceAccount {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &["atlassianId"];
}

/// A token of a service account. The vendor publishes no form of it, so what it is called by the other listings of tokens is
/// read in both of their spellings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServiceAccountToken {
    /// The token.
    pub id: TokenId,
    /// What it is called.
    pub label: Option<String>,
    /// When it was made.
    pub created_at: Option<VendorTime>,
    /// When it ends; at most a year after it was made.
    #[serde(alias = "expiry")]
    pub expires_at: Option<VendorTime>,
    /// When it was last used.
    #[serde(alias = "lastAccess")]
    pub last_active_at: Option<VendorTime>,
    /// What it is limited to, where that is told.
    #[serde(default, deserialize_with = "nullable")]
    pub scopes: Vec<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for ServiceAccountToken {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// An OAuth client: an id and a secret with which a service account gets short-lived tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OAuthClient {
    /// The client.
    pub client_id: OAuthClientId,
    /// What it is called.
    pub name: Option<String>,
    /// Whether it may be used.
    pub status: Option<OAuthClientStatus>,
    /// When it was made.
    pub created_at: Option<VendorTime>,
    /// When it was changed last.
    pub updated_at: Option<VendorTime>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for OAuthClient {
    const ID: &'static str = "clientId";
    const ESSENTIAL: &'static [&'static str] = &["status"];
}

open_words! {
    exact;
    /// Whether an OAuth client may be used.
    pub enum OAuthClientStatus {
        /// It may.
        Active = "ACTIVE",
    }
}
