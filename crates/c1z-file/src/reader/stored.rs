//! Rows as stored: the columns, and the message in its encoded form.

use super::ReadError;
use crate::schema::{self, Table};
use connector_proto::{any, connector::v2};
use prost::Message;
use rusqlite::Row;

/// A table of the artifact as a row type. Columns arrive in the order of the table.
pub(crate) trait Stored: Sized {
    const TABLE: &'static Table;

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// A resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredResourceType {
    /// `ResourceType.id`
    pub external_id: String,
    /// The encoded message.
    pub data: Vec<u8>,
    /// When its sync saw it, in the layout of [`StoredTime`](crate::StoredTime).
    pub discovered_at: String,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredResource {
    /// `Resource.id.resource_type`
    pub resource_type_id: String,
    /// Type and id, joined by a colon.
    pub external_id: String,
    /// `Resource.parent_resource_id.resource_type`
    pub parent_resource_type_id: Option<String>,
    /// `Resource.parent_resource_id.resource`
    pub parent_resource_id: Option<String>,
    /// The encoded message.
    pub data: Vec<u8>,
    /// When its sync saw it, in the layout of [`StoredTime`](crate::StoredTime).
    pub discovered_at: String,
}

/// An entitlement.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEntitlement {
    /// `Entitlement.resource.id.resource_type`
    pub resource_type_id: String,
    /// `Entitlement.resource.id.resource`
    pub resource_id: String,
    /// `Entitlement.id`
    pub external_id: String,
    /// The encoded message.
    pub data: Vec<u8>,
    /// When its sync saw it, in the layout of [`StoredTime`](crate::StoredTime).
    pub discovered_at: String,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredGrant {
    /// The type of the entitlement's resource.
    pub resource_type_id: String,
    /// The id of the entitlement's resource.
    pub resource_id: String,
    /// `Grant.entitlement.id`
    pub entitlement_id: String,
    /// `Grant.principal.id.resource_type`
    pub principal_resource_type_id: String,
    /// `Grant.principal.id.resource`
    pub principal_resource_id: String,
    /// `Grant.id`
    pub external_id: String,
    /// The encoded `GrantExpandable`, where the writer keeps it in its column; see [`expandable`](Self::expandable).
    pub expansion: Option<Vec<u8>>,
    /// Whether its expansion was still to be carried out. The Go SDK leaves this set on finished syncs.
    pub needs_expansion: bool,
    /// The encoded message.
    pub data: Vec<u8>,
    /// When its sync saw it, in the layout of [`StoredTime`](crate::StoredTime).
    pub discovered_at: String,
}

/// An asset, an icon for instance.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredAsset {
    /// `AssetRef.id`
    pub external_id: String,
    /// Its media type, or `unknown`.
    pub content_type: String,
    /// Its bytes.
    pub data: Vec<u8>,
    /// When its sync saw it, in the layout of [`StoredTime`](crate::StoredTime).
    pub discovered_at: String,
}

impl StoredResourceType {
    /// The message.
    ///
    /// # Errors
    /// [`ReadError::Message`]
    pub fn decode(&self) -> Result<v2::ResourceType, ReadError> {
        decode("resource type", &self.external_id, &self.data)
    }
}

impl StoredResource {
    /// The message.
    ///
    /// # Errors
    /// [`ReadError::Message`]
    pub fn decode(&self) -> Result<v2::Resource, ReadError> {
        decode("resource", &self.external_id, &self.data)
    }

    /// The message, where it says the same as the row; what it does not say is taken from the row.
    ///
    /// # Errors
    /// [`ReadError::Message`], and [`ReadError::Contradiction`] where both say different things.
    pub fn decode_checked(&self) -> Result<v2::Resource, ReadError> {
        let mut resource = self.decode()?;
        let row = Checked {
            kind: "resource",
            id: &self.external_id,
        };
        let prefix = format!("{}:", self.resource_type_id);
        let id = self
            .external_id
            .strip_prefix(&prefix)
            .ok_or_else(|| row.contradiction("resource type", &self.resource_type_id, &self.external_id))?;
        row.agree_on_resource(&self.resource_type_id, id, &mut resource)?;
        if let (Some(kind), Some(id)) = (&self.parent_resource_type_id, &self.parent_resource_id) {
            let parent = resource.parent_resource_id.get_or_insert_default();
            row.agree("parent type", kind, &mut parent.resource_type)?;
            row.agree("parent", id, &mut parent.resource)?;
        } else if let Some(parent) = &resource.parent_resource_id
            && !(parent.resource_type.is_empty() && parent.resource.is_empty())
        {
            return Err(row.contradiction("parent", "", &parent.resource));
        }
        Ok(resource)
    }
}

impl StoredEntitlement {
    /// The message.
    ///
    /// # Errors
    /// [`ReadError::Message`]
    pub fn decode(&self) -> Result<v2::Entitlement, ReadError> {
        decode("entitlement", &self.external_id, &self.data)
    }

    /// The message, where it says the same as the row; what it does not say is taken from the row.
    ///
    /// # Errors
    /// [`ReadError::Message`], and [`ReadError::Contradiction`] where both say different things.
    pub fn decode_checked(&self) -> Result<v2::Entitlement, ReadError> {
        let mut entitlement = self.decode()?;
        let row = Checked {
            kind: "entitlement",
            id: &self.external_id,
        };
        row.agree("id", &self.external_id, &mut entitlement.id)?;
        let resource = entitlement.resource.get_or_insert_default();
        row.agree_on_resource(&self.resource_type_id, &self.resource_id, resource)?;
        Ok(entitlement)
    }
}

impl StoredGrant {
    /// The message as listings show it: without a `GrantExpandable` annotation, and with entitlement and principal
    /// restored from the columns where a writer left them out to save space. What is restored holds ids only.
    ///
    /// # Errors
    /// [`ReadError::Message`]
    pub fn decode(&self) -> Result<v2::Grant, ReadError> {
        let mut grant: v2::Grant = decode("grant", &self.external_id, &self.data)?;
        self.restore_sides(&mut grant);
        grant
            .annotations
            .retain(|annotation| !any::is::<v2::GrantExpandable>(annotation));
        Ok(grant)
    }

    /// Gives back the entitlement and the principal that a writer left out.
    pub(crate) fn restore_sides(&self, grant: &mut v2::Grant) {
        if !grant.annotations.iter().any(names_principal_indirectly) {
            grant.entitlement.get_or_insert_with(|| v2::Entitlement {
                id: self.entitlement_id.clone(),
                resource: Some(stub(&self.resource_type_id, &self.resource_id)),
                ..Default::default()
            });
            grant
                .principal
                .get_or_insert_with(|| stub(&self.principal_resource_type_id, &self.principal_resource_id));
        }
    }

    /// The message as [`decode`](Self::decode) gives it, where it says the same as the row; what it does not say is taken
    /// from the row.
    ///
    /// # Errors
    /// [`ReadError::Message`], and [`ReadError::Contradiction`] where both say different things.
    pub fn decode_checked(&self) -> Result<v2::Grant, ReadError> {
        let mut grant = self.decode()?;
        let row = Checked {
            kind: "grant",
            id: &self.external_id,
        };
        row.agree("id", &self.external_id, &mut grant.id)?;
        if let Some(entitlement) = &mut grant.entitlement {
            row.agree("entitlement", &self.entitlement_id, &mut entitlement.id)?;
            let resource = entitlement.resource.get_or_insert_default();
            row.agree_on_resource(&self.resource_type_id, &self.resource_id, resource)?;
        }
        if let Some(principal) = &mut grant.principal {
            let (kind, id) = (&self.principal_resource_type_id, &self.principal_resource_id);
            row.agree_on_resource(kind, id, principal)?;
        }
        Ok(grant)
    }

    /// How the grant passes on to the holders of other entitlements; none when it does not. Older writers left
    /// this in the message.
    ///
    /// # Errors
    /// [`ReadError::Message`]
    pub fn expandable(&self) -> Result<Option<v2::GrantExpandable>, ReadError> {
        let expandable: v2::GrantExpandable = match &self.expansion {
            Some(expansion) => decode("the expansion of grant", &self.external_id, expansion)?,
            None => {
                let grant: v2::Grant = decode("grant", &self.external_id, &self.data)?;
                match any::pick::<v2::GrantExpandable>(&grant.annotations) {
                    Some(found) => {
                        found.map_err(ReadError::message("the expansion of grant", &self.external_id))?
                    }
                    None => return Ok(None),
                }
            }
        };
        let names_any = expandable.entitlement_ids.iter().any(|id| !id.trim().is_empty());
        Ok(names_any.then_some(expandable))
    }
}

/// A row whose message is compared with its columns.
struct Checked<'a> {
    kind: &'static str,
    id: &'a str,
}

impl Checked<'_> {
    /// Fills in what the message does not say.
    fn agree(&self, column: &'static str, row: &str, message: &mut String) -> Result<(), ReadError> {
        if message.is_empty() {
            row.clone_into(message);
        }
        if message == row {
            return Ok(());
        }
        Err(self.contradiction(column, row, message))
    }

    fn agree_on_resource(
        &self,
        resource_type_id: &str,
        resource_id: &str,
        message: &mut v2::Resource,
    ) -> Result<(), ReadError> {
        let id = message.id.get_or_insert_default();
        self.agree("resource type", resource_type_id, &mut id.resource_type)?;
        self.agree("resource", resource_id, &mut id.resource)
    }

    fn contradiction(&self, column: &'static str, row: &str, message: &str) -> ReadError {
        ReadError::Contradiction {
            kind: self.kind,
            id: self.id.into(),
            column,
            row: row.into(),
            message: message.into(),
        }
    }
}

/// Whether the principal is still to be found through `annotation`, so that missing parts of a grant are meant.
fn names_principal_indirectly(annotation: &prost_types::Any) -> bool {
    any::is::<v2::InsertResourceGrants>(annotation)
        || any::is::<v2::ExternalResourceMatchAll>(annotation)
        || any::is::<v2::ExternalResourceMatchId>(annotation)
        || any::is::<v2::ExternalResourceMatch>(annotation)
}

fn stub(resource_type_id: &str, resource_id: &str) -> v2::Resource {
    let id = v2::ResourceId {
        resource_type: resource_type_id.to_owned(),
        resource: resource_id.to_owned(),
        ..Default::default()
    };
    v2::Resource {
        id: Some(id),
        ..Default::default()
    }
}

fn decode<T: Message + Default>(kind: &'static str, id: &str, data: &[u8]) -> Result<T, ReadError> {
    T::decode(data).map_err(ReadError::message(kind, id))
}

impl Stored for StoredResourceType {
    const TABLE: &'static Table = schema::RESOURCE_TYPES;

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            external_id: row.get(1)?,
            data: row.get(2)?,
            discovered_at: row.get(4)?,
        })
    }
}

impl Stored for StoredResource {
    const TABLE: &'static Table = schema::RESOURCES;

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            resource_type_id: row.get(1)?,
            external_id: row.get(2)?,
            parent_resource_type_id: row.get(3)?,
            parent_resource_id: row.get(4)?,
            data: row.get(5)?,
            discovered_at: row.get(7)?,
        })
    }
}

impl Stored for StoredEntitlement {
    const TABLE: &'static Table = schema::ENTITLEMENTS;

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            resource_type_id: row.get(1)?,
            resource_id: row.get(2)?,
            external_id: row.get(3)?,
            data: row.get(4)?,
            discovered_at: row.get(6)?,
        })
    }
}

impl Stored for StoredGrant {
    const TABLE: &'static Table = schema::GRANTS;

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            resource_type_id: row.get(1)?,
            resource_id: row.get(2)?,
            entitlement_id: row.get(3)?,
            principal_resource_type_id: row.get(4)?,
            principal_resource_id: row.get(5)?,
            external_id: row.get(6)?,
            expansion: row.get(7)?,
            needs_expansion: row.get(8)?,
            data: row.get(9)?,
            discovered_at: row.get(11)?,
        })
    }
}

impl Stored for StoredAsset {
    const TABLE: &'static Table = schema::ASSETS;

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            external_id: row.get(1)?,
            content_type: row.get(2)?,
            data: row.get(3)?,
            discovered_at: row.get(5)?,
        })
    }
}
