//! Parts of a sync, a page at a time: what listings by type and by resource read.

use super::rows::{Rows, rows};
use super::stored::Stored;
use super::{Artifact, DatabaseError, ReadError, StoredEntitlement, StoredGrant, StoredResource, SyncInfo};
use rusqlite::ToSql;

impl Artifact {
    /// Resources of a type in a sync, below this parent where one is given, in the order of their rows: `limit` of them at
    /// most, each with the number of its row, the first of them behind row `after`. Rows are numbered from 1.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn resources_after(
        &self,
        sync_id: &str,
        resource_type_id: &str,
        parent: Option<(&str, &str)>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, StoredResource)>, ReadError> {
        let part = match parent {
            None => Part::of("resource_type_id = ?4", NONE, &[resource_type_id]),
            Some((parent_type, parent)) => Part::of(
                "resource_type_id = ?4 AND parent_resource_type_id = ?5 AND parent_resource_id = ?6",
                &["parent_resource_type_id", "parent_resource_id"],
                &[resource_type_id, parent_type, parent],
            ),
        };
        self.part(&part, sync_id, after, limit)
    }

    /// The same of the entitlements of a resource.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn entitlements_on(
        &self,
        sync_id: &str,
        resource: (&str, &str),
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, StoredEntitlement)>, ReadError> {
        self.on_resource(sync_id, resource, after, limit)
    }

    /// The same of the grants of the entitlements of a resource.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn grants_on(
        &self,
        sync_id: &str,
        resource: (&str, &str),
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, StoredGrant)>, ReadError> {
        self.on_resource(sync_id, resource, after, limit)
    }

    fn on_resource<T: Stored>(
        &self,
        sync_id: &str,
        resource: (&str, &str),
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, T)>, ReadError> {
        self.part(&Part::on_resource(resource), sync_id, after, limit)
    }

    /// The resources of a type in a sync, in the order in which they were written.
    #[must_use]
    pub fn resources_of_type(&self, sync_id: &str, resource_type_id: &str) -> Rows<'_, StoredResource> {
        rows(
            self,
            sync_id,
            Part::of("resource_type_id = ?4", NONE, &[resource_type_id]),
        )
    }

    /// The entitlements of a resource, in the order in which they were written.
    #[must_use]
    pub fn entitlements_of_resource(
        &self,
        sync_id: &str,
        resource: (&str, &str),
    ) -> Rows<'_, StoredEntitlement> {
        rows(self, sync_id, Part::on_resource(resource))
    }

    /// The grants of the entitlements of a resource, in the order in which they were written.
    #[must_use]
    pub fn grants_of_resource(&self, sync_id: &str, resource: (&str, &str)) -> Rows<'_, StoredGrant> {
        rows(self, sync_id, Part::on_resource(resource))
    }

    /// The grants of an entitlement, in the order in which they were written: who holds it.
    #[must_use]
    pub fn grants_of_entitlement(&self, sync_id: &str, entitlement_id: &str) -> Rows<'_, StoredGrant> {
        // The sync is named once more, without the plus sign: the index that has it yields the order.
        let of = "entitlement_id = ?4 AND sync_id = ?1";
        let index = &["entitlement_id", "sync_id", "id"];
        rows(self, sync_id, Part::of(of, index, &[entitlement_id]))
    }

    /// The grants of a principal, in the order in which they were written: what it holds.
    #[must_use]
    pub fn grants_of_principal(&self, sync_id: &str, principal: (&str, &str)) -> Rows<'_, StoredGrant> {
        let of = "principal_resource_type_id = ?4 AND principal_resource_id = ?5";
        let index = &["principal_resource_type_id", "principal_resource_id"];
        rows(self, sync_id, Part::of(of, index, &[principal.0, principal.1]))
    }

    /// The grants that pass on to the holders of other entitlements, in the order in which they were written. Of artifacts of
    /// older writers, which leave that in the message, these are all grants.
    #[must_use]
    pub fn expandable_grants(&self, sync: &SyncInfo) -> Rows<'_, StoredGrant> {
        let of = if sync.grants_backfilled {
            Part::of("expansion IS NOT NULL AND sync_id = ?1", NONE, &[])
        } else {
            Part::default()
        };
        rows(self, &sync.sync_id, of)
    }

    /// The rows of a part behind row `after`, each with the number of its row, `limit` of them at most.
    pub(super) fn part<T: Stored>(
        &self,
        part: &Part,
        sync_id: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, T)>, ReadError> {
        let Some(columns) = self.columns::<T>()? else {
            return Ok(Vec::new());
        };
        if !part.index.is_empty() {
            self.need_index(T::TABLE.name, part.index)?;
        }
        // The plus sign keeps SQLite from walking an index by sync.
        let of = part.of;
        let sql = format!(
            "SELECT {columns} FROM {} WHERE {of} AND +sync_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            T::TABLE.name
        );
        let mut values: Vec<&dyn ToSql> = vec![&sync_id, &after, &limit];
        values.extend(part.values.iter().map(|value| value as &dyn ToSql));
        let read = || -> rusqlite::Result<Vec<(i64, T)>> {
            let mut statement = self.connection().prepare_cached(&sql)?;
            let rows = statement.query_map(values.as_slice(), |row| Ok((row.get(0)?, T::from_row(row)?)))?;
            rows.collect()
        };
        read()
            .map_err(DatabaseError::sql("read the rows"))
            .map_err(self.failed())
    }
}

/// A part of the rows of a table.
pub(super) struct Part {
    /// The condition, with its values from `?4` on.
    of: &'static str,
    /// The columns of the index that finds it.
    index: &'static [&'static str],
    values: Vec<String>,
}

/// Of parts that are large, or are found by an index that every copy has: where others are missing, they are read by the way.
const NONE: &[&str] = &[];

impl Part {
    fn of(of: &'static str, index: &'static [&'static str], values: &[&str]) -> Self {
        Self {
            of,
            index,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    fn on_resource((resource_type, resource): (&str, &str)) -> Self {
        Self::of(
            "resource_type_id = ?4 AND resource_id = ?5",
            &["resource_type_id", "resource_id"],
            &[resource_type, resource],
        )
    }
}

impl Default for Part {
    /// All rows.
    fn default() -> Self {
        Self::of("TRUE", NONE, &[])
    }
}
