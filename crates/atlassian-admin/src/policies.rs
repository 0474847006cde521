//! Policies of the organization, read only. Authentication policies are not among them: the vendor has no API
//! that reads those.

use crate::decode::{Extra, nullable};
use crate::operation::{POLICIES_GET, POLICIES_LIST};
use crate::page::VENDORS_CHOICE;
use crate::parameter::Params;
use crate::{AdminClient, AdminError, PolicyId, VendorTime};
use futures_util::Stream;
use http_kit::{Cursor, Page};
use http_kit::{Row, open_words};
use serde::{Deserialize, Serialize};

/// A policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Policy {
    /// The policy.
    pub id: PolicyId,
    /// What it says.
    #[serde(default, deserialize_with = "nullable")]
    pub attributes: PolicyAttributes,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Policy {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// What a policy says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyAttributes {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: Option<PolicyType>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it applies.
    pub status: Option<PolicyStatus>,
    /// What it applies to.
    #[serde(default, deserialize_with = "nullable")]
    pub resources: Vec<PolicyResource>,
    /// Its rule, whose shape depends on the type.
    pub rule: Option<serde_json::Value>,
    /// When it was made.
    pub created_at: Option<VendorTime>,
    /// When it was last changed.
    pub updated_at: Option<VendorTime>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Something that a policy applies to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PolicyResource {
    /// The resource.
    pub id: Option<String>,
    /// How far the policy has come there.
    pub application_status: Option<ApplicationStatus>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

open_words! {
    exact;
    /// What a policy is about.
    pub enum PolicyType {
        /// Addresses from which apps may be used.
        IpAllowlist = "ip-allowlist",
        /// Where data lives.
        DataResidency = "data-residency",
        /// What may leave an app.
        DataSecurity = "data-security",
        /// Notices to administrators. Not documented, yet sent.
        AdminNotificationSettings = "admin-notification-settings",
    }
}

open_words! {
    exact;
    /// Whether a policy applies.
    pub enum PolicyStatus {
        /// It does.
        Enabled = "enabled",
        /// It does not.
        Disabled = "disabled",
    }
}

open_words! {
    exact;
    /// How far a policy has come on a resource.
    pub enum ApplicationStatus {
        /// It is being applied.
        Applying = "applying",
        /// It is being removed.
        Removing = "removing",
        /// It applies.
        Applied = "applied",
        /// Applying it failed.
        Failed = "failed",
        /// It will be applied.
        Scheduled = "scheduled",
    }
}

impl AdminClient {
    /// One page of the policies, all or of one type.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn policies(
        &self,
        kind: Option<&PolicyType>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Policy>, AdminError> {
        let mut params = Params::default();
        params.one("type", kind);
        let call = POLICIES_LIST.call_with(&[self.org().as_str()], &params);
        self.page_by_query(call, cursor, VENDORS_CHOICE).await
    }

    /// Every page of [`policies`](Self::policies), from a cursor or from the beginning.
    pub fn policies_stream(
        &self,
        kind: Option<PolicyType>,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Policy>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(POLICIES_LIST, from, move |cursor| {
            let (client, kind) = (client.clone(), kind.clone());
            async move { client.policies(kind.as_ref(), cursor.as_ref()).await }
        })
    }

    /// One policy.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn policy(&self, policy: &PolicyId) -> Result<Policy, AdminError> {
        let call = POLICIES_GET.call(&[self.org().as_str(), policy.as_str()]);
        self.row(call, policy.as_str(), |policy: &Policy| policy.id.as_str())
            .await
    }
}
