//! Two rows under one id.

use crate::schema::Index;
use rusqlite::{Connection, OptionalExtension, Row};
use std::fmt;

/// Two rows of a sync that an artifact cannot tell apart, because their ids join to the same text.
///
/// The format joins the parts of an id with `:` and does not escape, so resource `b:c` of type `a` and resource `c`
/// of type `a:b` are both `a:b:c`. Other writers keep the one that comes last.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} have the same id {external_id:?} in the artifact")]
pub struct Collision {
    /// The text they share.
    pub external_id: String,
    /// The row that was added first.
    pub first: RowKey,
    /// A row that was added later.
    pub second: RowKey,
}

/// The identity of a row, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowKey {
    /// A resource type.
    ResourceType {
        /// Its id.
        id: String,
    },
    /// A resource.
    Resource {
        /// Its type.
        resource_type_id: String,
        /// Its id.
        resource_id: String,
    },
    /// An entitlement.
    Entitlement {
        /// The type of its resource.
        resource_type_id: String,
        /// The id of its resource.
        resource_id: String,
        /// Its id.
        entitlement_id: String,
    },
    /// A grant.
    Grant {
        /// Its entitlement.
        entitlement_id: String,
        /// The type of its principal.
        principal_type: String,
        /// The id of its principal.
        principal_id: String,
        /// Its id.
        grant_id: String,
    },
    /// A row of another table, which only an earlier sync can have.
    Other {
        /// Its id.
        id: String,
    },
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { id } => write!(f, "row {id:?}"),
            Self::ResourceType { id } => write!(f, "resource type {id:?}"),
            Self::Resource {
                resource_type_id,
                resource_id,
            } => {
                write!(f, "resource {resource_id:?} of type {resource_type_id:?}")
            }
            Self::Entitlement {
                resource_type_id,
                resource_id,
                entitlement_id,
            } => write!(
                f,
                "entitlement {entitlement_id:?} of resource {resource_id:?} of type {resource_type_id:?}"
            ),
            Self::Grant {
                entitlement_id,
                principal_type,
                principal_id,
                grant_id,
            } => write!(
                f,
                "grant {grant_id:?} of entitlement {entitlement_id:?} to {principal_id:?} of type {principal_type:?}"
            ),
        }
    }
}

type ReadKey = fn(&Row<'_>) -> rusqlite::Result<RowKey>;

/// The columns that name a row of `table`, and how to read them.
fn key_columns(table: &str) -> Option<(&'static str, ReadKey)> {
    match table {
        "v1_resource_types" => Some(("external_id", |row| Ok(RowKey::ResourceType { id: row.get(0)? }))),
        "v1_resources" => Some((
            "resource_type_id, substr(external_id, length(resource_type_id) + 2)",
            |row| {
                Ok(RowKey::Resource {
                    resource_type_id: row.get(0)?,
                    resource_id: row.get(1)?,
                })
            },
        )),
        "v1_entitlements" => Some(("resource_type_id, resource_id, external_id", |row| {
            Ok(RowKey::Entitlement {
                resource_type_id: row.get(0)?,
                resource_id: row.get(1)?,
                entitlement_id: row.get(2)?,
            })
        })),
        "v1_grants" => Some((
            "entitlement_id, principal_resource_type_id, principal_resource_id, external_id",
            |row| {
                Ok(RowKey::Grant {
                    entitlement_id: row.get(0)?,
                    principal_type: row.get(1)?,
                    principal_id: row.get(2)?,
                    grant_id: row.get(3)?,
                })
            },
        )),
        // Only earlier syncs have rows there.
        _ => None,
    }
}

/// Finds the rows that keep a unique index from being built: of the pairs, the one whose first row was added first. With
/// them the sync to which both belong.
pub(super) fn find(connection: &Connection, index: &Index) -> rusqlite::Result<Option<(String, Collision)>> {
    let (table, Some(id)) = (
        index.table,
        index.columns.iter().find(|column| **column != "sync_id"),
    ) else {
        return Ok(None);
    };
    let shared: Option<(String, String, i64)> = connection
        .query_row(
            &format!(
                "SELECT sync_id, {id}, min(id) AS first FROM {table} GROUP BY sync_id, {id} HAVING count(*) > 1 \
                 ORDER BY first LIMIT 1"
            ),
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((sync_id, external_id, first_id)) = shared else {
        return Ok(None);
    };
    let (columns, read) = key_columns(table).unwrap_or((id, |row| Ok(RowKey::Other { id: row.get(0)? })));
    let key = |condition: &str| {
        let sql = format!(
            "SELECT {columns} FROM {table} WHERE {id} = ?1 AND sync_id = ?3 AND {condition} ORDER BY id LIMIT 1"
        );
        connection.query_row(&sql, (&external_id, first_id, &sync_id), read)
    };
    let (first, second) = (key("id = ?2")?, key("id > ?2")?);
    let collision = Collision {
        external_id,
        first,
        second,
    };
    Ok(Some((sync_id, collision)))
}
