//! The content of a row.

use super::{canonical, hex};
use crate::reader::{
    Artifact, DatabaseError, ReadError, Stored, StoredAsset, StoredEntitlement, StoredGrant, StoredResource,
    StoredResourceType,
};
use connector_proto::{connector::v2, json};
use prost::{Message, Name};
use rusqlite::Statement;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RowKind {
    /// A resource type.
    ResourceType,
    /// A resource.
    Resource,
    /// An entitlement.
    Entitlement,
    /// A grant.
    Grant,
    /// An asset.
    Asset,
}

impl RowKind {
    /// Its name in a dump.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceType => "resource_type",
            Self::Resource => "resource",
            Self::Entitlement => "entitlement",
            Self::Grant => "grant",
            Self::Asset => "asset",
        }
    }
}

impl fmt::Display for RowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The comparable content of one row.
pub(super) struct RowContent<'a> {
    pub(super) kind: RowKind,
    pub(super) id: &'a str,
    columns: Vec<(&'static str, Option<&'a str>)>,
    parts: Vec<Part<'a>>,
}

/// A message, or bytes that are none, in a row.
struct Part<'a> {
    name: &'static str,
    canonical: Cow<'a, [u8]>,
    /// See [`to_json`]; made on demand because hashing does not need it.
    json: fn(&[u8]) -> (Option<Value>, bool),
}

impl<'a> Part<'a> {
    fn message<M: Message + Name + Default + PartialEq>(name: &'static str, data: &'a [u8]) -> Self {
        Self::reduced::<M>(name, data, |_| ())
    }

    fn reduced<M: Message + Name + Default + PartialEq>(
        name: &'static str,
        data: &'a [u8],
        reduce: impl FnOnce(&mut M),
    ) -> Self {
        Self {
            name,
            canonical: canonical::canonical::<M>(data, reduce),
            json: to_json::<M>,
        }
    }

    fn bytes(name: &'static str, data: &'a [u8]) -> Self {
        Self {
            name,
            canonical: Cow::Borrowed(data),
            json: |_| (None, false),
        }
    }
}

/// The JSON form of the `M` in canonical `data`, and whether it says everything: whether the same bytes could be
/// made of it again. A field or an annotation whose type is unknown here is not in it.
fn to_json<M: Message + Name + Default + PartialEq>(data: &[u8]) -> (Option<Value>, bool) {
    let Ok(message) = M::decode(data) else {
        return (None, false);
    };
    let Ok(value) = json::to_value(&message) else {
        return (None, false);
    };
    let complete =
        message.encode_to_vec() == data && json::from_value::<M>(&value).is_ok_and(|again| again == message);
    (Some(value), complete)
}

impl RowContent<'_> {
    /// A hash over everything that counts.
    pub(super) fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut field = |bytes: Option<&[u8]>| {
            // The length keeps neighbours apart; absent is not empty.
            hash.update(bytes.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes());
            hash.update(bytes.unwrap_or_default());
        };
        field(Some(self.kind.as_str().as_bytes()));
        field(Some(self.id.as_bytes()));
        for (_, column) in &self.columns {
            field(column.map(str::as_bytes));
        }
        for part in &self.parts {
            field(Some(part.name.as_bytes()));
            field(Some(&part.canonical));
        }
        hash.finalize().into()
    }

    /// The columns and messages by name. A message without a complete JSON form comes with its bytes.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut object = Map::new();
        let columns = self
            .columns
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        object.insert("columns".to_owned(), columns.collect::<Map<_, _>>().into());
        for part in &self.parts {
            let (value, complete) = (part.json)(&part.canonical);
            if !complete || value.is_none() {
                object.insert(format!("{}_bytes", part.name), hex(&part.canonical).into());
            }
            if let Some(value) = value {
                object.insert(part.name.to_owned(), value);
            }
        }
        object
    }

    pub(super) fn to_json_line(&self) -> String {
        let mut object = self.to_json();
        object.insert("kind".to_owned(), self.kind.as_str().into());
        object.insert("id".to_owned(), self.id.into());
        object.insert("sha256".to_owned(), hex(&self.hash()).into());
        let mut object = Value::from(object);
        // They are sorted anyway unless some crate turned on the feature of serde_json that keeps their order.
        object.sort_all_objects();
        object.to_string()
    }
}

/// A row type with comparable content.
pub(super) trait Content: Stored + PartialEq {
    /// By which rows are told apart within their table.
    fn id(&self) -> &str;

    /// When its sync saw it; that does not belong to its content.
    fn discovered_at(&mut self) -> &mut String;

    fn content(&self) -> RowContent<'_>;
}

impl Content for StoredResourceType {
    fn id(&self) -> &str {
        &self.external_id
    }

    fn discovered_at(&mut self) -> &mut String {
        &mut self.discovered_at
    }

    fn content(&self) -> RowContent<'_> {
        RowContent {
            kind: RowKind::ResourceType,
            id: &self.external_id,
            columns: Vec::new(),
            parts: vec![Part::message::<v2::ResourceType>("message", &self.data)],
        }
    }
}

impl Content for StoredResource {
    fn id(&self) -> &str {
        &self.external_id
    }

    fn discovered_at(&mut self) -> &mut String {
        &mut self.discovered_at
    }

    fn content(&self) -> RowContent<'_> {
        RowContent {
            kind: RowKind::Resource,
            id: &self.external_id,
            columns: vec![
                ("resource_type_id", Some(&self.resource_type_id)),
                ("parent_resource_type_id", self.parent_resource_type_id.as_deref()),
                ("parent_resource_id", self.parent_resource_id.as_deref()),
            ],
            parts: vec![Part::message::<v2::Resource>("message", &self.data)],
        }
    }
}

impl Content for StoredEntitlement {
    fn id(&self) -> &str {
        &self.external_id
    }

    fn discovered_at(&mut self) -> &mut String {
        &mut self.discovered_at
    }

    fn content(&self) -> RowContent<'_> {
        RowContent {
            kind: RowKind::Entitlement,
            id: &self.external_id,
            columns: vec![
                ("resource_type_id", Some(&self.resource_type_id)),
                ("resource_id", Some(&self.resource_id)),
            ],
            parts: vec![Part::reduced("message", &self.data, reduce_entitlement)],
        }
    }
}

impl Content for StoredGrant {
    fn id(&self) -> &str {
        &self.external_id
    }

    fn discovered_at(&mut self) -> &mut String {
        &mut self.discovered_at
    }

    fn content(&self) -> RowContent<'_> {
        let expansion = self.expansion.as_deref();
        let expansion = expansion.map(|data| Part::message::<v2::GrantExpandable>("expansion", data));
        RowContent {
            kind: RowKind::Grant,
            id: &self.external_id,
            columns: vec![
                ("resource_type_id", Some(&self.resource_type_id)),
                ("resource_id", Some(&self.resource_id)),
                ("entitlement_id", Some(&self.entitlement_id)),
                (
                    "principal_resource_type_id",
                    Some(&self.principal_resource_type_id),
                ),
                ("principal_resource_id", Some(&self.principal_resource_id)),
            ],
            parts: [Part::reduced("message", &self.data, |grant| self.reduce(grant))]
                .into_iter()
                .chain(expansion)
                .collect(),
        }
    }
}

/// Leaves of what an entitlement repeats of other rows their ids. Some writers store no more than these.
fn reduce_entitlement(entitlement: &mut v2::Entitlement) {
    if let Some(resource) = &mut entitlement.resource {
        reduce_resource(resource);
    }
    for resource_type in &mut entitlement.grantable_to {
        *resource_type = v2::ResourceType {
            id: std::mem::take(&mut resource_type.id),
            ..Default::default()
        };
    }
}

fn reduce_resource(resource: &mut v2::Resource) {
    *resource = v2::Resource {
        id: resource.id.take(),
        ..Default::default()
    };
}

impl StoredGrant {
    /// The same for both sides of a grant, which some writers leave out altogether.
    fn reduce(&self, grant: &mut v2::Grant) {
        self.restore_sides(grant);
        if let Some(entitlement) = &mut grant.entitlement {
            *entitlement = v2::Entitlement {
                id: std::mem::take(&mut entitlement.id),
                resource: entitlement.resource.take(),
                ..Default::default()
            };
            reduce_entitlement(entitlement);
        }
        if let Some(principal) = &mut grant.principal {
            reduce_resource(principal);
        }
    }
}

impl Content for StoredAsset {
    fn id(&self) -> &str {
        &self.external_id
    }

    fn discovered_at(&mut self) -> &mut String {
        &mut self.discovered_at
    }

    fn content(&self) -> RowContent<'_> {
        RowContent {
            kind: RowKind::Asset,
            id: &self.external_id,
            columns: vec![("content_type", Some(&self.content_type))],
            parts: vec![Part::bytes("content", &self.data)],
        }
    }
}

/// The query for the rows of one table by id.
pub(super) struct Ordered<'a, T> {
    artifact: &'a Artifact,
    /// None when the artifact has no such table.
    statement: Option<Statement<'a>>,
    rows: PhantomData<T>,
}

impl<'a, T: Content> Ordered<'a, T> {
    pub(super) fn prepare(artifact: &'a Artifact) -> Result<Self, ReadError> {
        let table = T::TABLE.name;
        artifact.need_ids::<T>()?;
        let statement = artifact
            .columns::<T>()?
            .map(|columns| {
                format!("SELECT {columns} FROM {table} WHERE sync_id = ?1 ORDER BY external_id, id")
            })
            .map(|sql| artifact.connection().prepare(&sql))
            .transpose()
            .map_err(DatabaseError::sql("read the rows"))
            .map_err(artifact.failed())?;
        Ok(Self {
            artifact,
            statement,
            rows: PhantomData,
        })
    }

    pub(super) fn rows(&mut self, sync_id: &str) -> Result<OrderedRows<'_, T>, ReadError> {
        let rows = self
            .statement
            .as_mut()
            .map(|statement| statement.query([sync_id]))
            .transpose();
        let rows = rows
            .map_err(DatabaseError::sql("read the rows"))
            .map_err(self.artifact.failed())?;
        Ok(OrderedRows {
            artifact: self.artifact,
            rows,
            row: PhantomData,
        })
    }
}

/// The rows of one table by id, in byte order, without the time at which they were seen: rows that are equal have the same content.
pub(super) struct OrderedRows<'a, T> {
    artifact: &'a Artifact,
    rows: Option<rusqlite::Rows<'a>>,
    row: PhantomData<T>,
}

impl<T: Content> OrderedRows<'_, T> {
    pub(super) fn next(&mut self) -> Result<Option<T>, ReadError> {
        let Some(rows) = &mut self.rows else {
            return Ok(None);
        };
        let mut row = rows
            .next()
            .and_then(|row| row.map(T::from_row).transpose())
            .map_err(DatabaseError::sql("read the rows"))
            .map_err(self.artifact.failed())?;
        if let Some(row) = &mut row {
            row.discovered_at().clear();
        }
        Ok(row)
    }
}
