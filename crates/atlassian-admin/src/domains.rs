//! Domains that the organization has verified.

use crate::decode::{Extra, nullable};
use crate::operation::{DOMAINS_GET, DOMAINS_LIST};
use crate::page::VENDORS_CHOICE;
use crate::{AdminClient, AdminError, DomainId};
use futures_util::Stream;
use http_kit::{Cursor, Page};
use http_kit::{Row, open_words};
use serde::{Deserialize, Serialize};

/// A domain of the organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Domain {
    /// The domain.
    pub id: DomainId,
    /// What is known about it.
    #[serde(default, deserialize_with = "nullable")]
    pub attributes: DomainAttributes,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Domain {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// What is known about a domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainAttributes {
    /// Its name.
    pub name: Option<String>,
    /// How the organization has claimed it.
    pub claim: Option<DomainClaim>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How an organization has claimed a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainClaim {
    /// The proof: `http` or `dns`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether the proof holds.
    pub status: Option<DomainStatus>,
}

open_words! {
    exact;
    /// Whether the claim of a domain holds.
    pub enum DomainStatus {
        /// It does.
        Verified = "verified",
        /// It was given up.
        Deleted = "deleted",
        /// It does not yet.
        Unverified = "unverified",
        /// Another claim took its place.
        Superseded = "superseded",
        /// The proof is gone.
        MissingToken = "missing_token",
    }
}

impl AdminClient {
    /// One page of the domains. Only verified ones are sure to be listed.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn domains(&self, cursor: Option<&Cursor>) -> Result<Page<Domain>, AdminError> {
        self.page_by_query(DOMAINS_LIST.call(&[self.org().as_str()]), cursor, VENDORS_CHOICE)
            .await
    }

    /// Every page of [`domains`](Self::domains), from a cursor or from the beginning.
    pub fn domains_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Domain>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(DOMAINS_LIST, from, move |cursor| {
            let client = client.clone();
            async move { client.domains(cursor.as_ref()).await }
        })
    }

    /// One domain.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn domain(&self, domain: &DomainId) -> Result<Domain, AdminError> {
        let call = DOMAINS_GET.call(&[self.org().as_str(), domain.as_str()]);
        self.row(call, domain.as_str(), |domain: &Domain| domain.id.as_str())
            .await
    }
}
