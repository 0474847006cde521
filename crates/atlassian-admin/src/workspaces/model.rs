//! Instances of apps.

use crate::decode::{Extra, nullable, optional};
use crate::{DirectoryId, ResourceAri, VendorTime};
use http_kit::{Row, open_words};
use serde::{Deserialize, Serialize};

/// An instance of an app: a Confluence or Jira on a site, a Bitbucket or Trello workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Workspace {
    /// The instance; the resource that roles are held on.
    pub id: ResourceAri,
    /// What the row says it is.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What is known about it.
    #[serde(default, deserialize_with = "nullable")]
    pub attributes: WorkspaceAttributes,
    /// Everything else that was sent: links, and relationships to policies, entitlements and features.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Workspace {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

impl Workspace {
    /// The app, as a machine word (`confluence`, `jira-software`).
    ///
    /// Organizations were seen that put it in `attributes.typeKey`, in `attributes.type` or in the type of
    /// the row; the first that is filled is taken, and the owner of the ARI when none is.
    #[must_use]
    pub fn app(&self) -> Option<&str> {
        let kind = self.kind.as_deref().filter(|kind| *kind != "workspace");
        [
            self.attributes.type_key.as_deref(),
            self.attributes.kind.as_deref(),
            kind,
            self.id.owner(),
        ]
        .into_iter()
        .flatten()
        .find(|app| !app.is_empty())
    }
}

/// What is known about an instance of an app.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WorkspaceAttributes {
    /// Its name.
    pub name: Option<String>,
    /// The app's machine word.
    pub type_key: Option<String>,
    /// The app's display name.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its owner.
    pub owner: Option<String>,
    /// Whether it runs.
    pub status: Option<WorkspaceStatus>,
    /// More about the status.
    #[serde(default, deserialize_with = "nullable")]
    pub status_details: Vec<serde_json::Value>,
    /// Labels.
    #[serde(default, deserialize_with = "nullable")]
    pub labels: Vec<serde_json::Value>,
    /// Whether it is a sandbox of another.
    pub sandbox: Option<Sandbox>,
    /// Seats taken; Bitbucket only.
    pub usage: Option<i64>,
    /// Seats there are; Bitbucket, sometimes Jira and Confluence, never Trello.
    pub capacity: Option<i64>,
    /// When it was made; apps on sites only.
    pub created_at: Option<VendorTime>,
    /// Who made it; apps on sites only.
    #[serde(default, deserialize_with = "optional")]
    pub created_by: Option<ResourceAri>,
    /// Its address.
    pub host_url: Option<String>,
    /// Where its data lives.
    pub realm: Option<String>,
    /// Regions of its data.
    #[serde(default, deserialize_with = "nullable")]
    pub regions: Vec<String>,
    /// The directory of its users. Not documented, yet sent.
    #[serde(default, deserialize_with = "optional")]
    pub directory: Option<DirectoryId>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Whether an instance is a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sandbox {
    /// `CHILD` of another instance, or `NONE`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

open_words! {
    exact;
    /// Whether an instance of an app runs.
    pub enum WorkspaceStatus {
        /// It runs.
        Online = "online",
        /// It does not.
        Offline = "offline",
        /// Its app is at its end.
        Deprecated = "deprecated",
    }
}
