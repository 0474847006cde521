//! Parts of a sync, a page at a time: what listings by type and by resource read.

use super::stored::Stored;
use super::{Artifact, DatabaseError, ReadError, StoredEntitlement, StoredGrant, StoredResource};
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
        match parent {
            None => self.part(
                "resource_type_id = ?4",
                sync_id,
                after,
                limit,
                &[&resource_type_id],
            ),
            Some((parent_type, parent)) => self.part(
                "resource_type_id = ?4 AND parent_resource_type_id = ?5 AND parent_resource_id = ?6",
                sync_id,
                after,
                limit,
                &[&resource_type_id, &parent_type, &parent],
            ),
        }
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
        (resource_type, resource): (&str, &str),
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, T)>, ReadError> {
        let of = "resource_type_id = ?4 AND resource_id = ?5";
        self.part(of, sync_id, after, limit, &[&resource_type, &resource])
    }

    fn part<T: Stored>(
        &self,
        of: &str,
        sync_id: &str,
        after: i64,
        limit: u32,
        with: &[&dyn ToSql],
    ) -> Result<Vec<(i64, T)>, ReadError> {
        let Some(columns) = self.columns::<T>()? else {
            return Ok(Vec::new());
        };
        // The plus sign keeps SQLite from walking an index by sync.
        let sql = format!(
            "SELECT {columns} FROM {} WHERE {of} AND +sync_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            T::TABLE.name
        );
        let mut values: Vec<&dyn ToSql> = vec![&sync_id, &after, &limit];
        values.extend(with);
        let read = || -> rusqlite::Result<Vec<(i64, T)>> {
            let mut statement = self.connection().prepare_cached(&sql)?;
            let rows = statement.query_map(values.as_slice(), |row| Ok((row.get(0)?, T::from_row(row)?)))?;
            rows.collect()
        };
        read()
            .map_err(DatabaseError::sql("read its rows"))
            .map_err(self.failed())
    }
}
