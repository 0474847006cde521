//! Organizations and their directories.

use crate::decode::Extra;
use crate::{DirectoryId, OrgId};
use http_kit::Row;
use serde::{Deserialize, Serialize};

/// An organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Organization {
    /// The organization.
    pub id: OrgId,
    /// What is known about it.
    #[serde(default, deserialize_with = "crate::decode::nullable")]
    pub attributes: OrganizationAttributes,
    /// Everything else that was sent: links and relationships.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Organization {
    const ID: &'static str = "id";
    const ESSENTIAL: &'static [&'static str] = &[];
}

/// What is known about an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationAttributes {
    /// Its name.
    pub name: Option<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A user directory of an organization. Most organizations have one; those on the original experience have
/// one per site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Directory {
    /// The directory.
    pub directory_id: DirectoryId,
    /// Its name.
    pub name: Option<String>,
    /// Everything else that was sent.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Row for Directory {
    const ID: &'static str = "directoryId";
    const ESSENTIAL: &'static [&'static str] = &[];
}
