//! The entries that rows become, sorted by key.

use super::super::{
    keys::{self, EntitlementId},
    records::{Asset, Entitlement, Grant, Resource, ResourceType},
};
use crate::{
    reader::{Stored, StoredAsset, StoredEntitlement, StoredGrant, StoredResource, StoredResourceType},
    writer::WriteError,
};
use connector_proto::connector::v2;
use prost::Message;
use rusqlite::Connection;
use twox_hash::XxHash64;

/// Entries in a table of the working database.
#[derive(Debug)]
pub(super) struct Entries<'c> {
    connection: &'c Connection,
    discovered_at: Option<prost_types::Timestamp>,
}

impl<'c> Entries<'c> {
    /// None yet; rows are seen at `discovered_at`.
    pub(super) fn new(
        connection: &'c Connection,
        discovered_at: Option<prost_types::Timestamp>,
    ) -> Result<Self, WriteError> {
        connection
            .execute_batch("CREATE TABLE store_entries (key BLOB NOT NULL, value BLOB NOT NULL)")
            .map_err(failed())?;
        Ok(Self {
            connection,
            discovered_at,
        })
    }

    pub(super) fn add(&self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        let sql = "INSERT INTO store_entries (key, value) VALUES (?1, ?2)";
        let add = || self.connection.prepare_cached(sql)?.execute((key, value));
        add().map(drop).map_err(failed())
    }

    /// Adds all rows of a sync.
    pub(super) fn add_rows(&self, sync_id: &str) -> Result<(), WriteError> {
        self.each(sync_id, |row: StoredResourceType| {
            let message = message(row.decode(), "resource type", &row.external_id)?;
            let record = ResourceType::of(message, self.discovered_at);
            self.add(&keys::resource_type(&record.id), &record.encode_to_vec())
        })?;
        self.each(sync_id, |row: StoredResource| {
            let record = Resource::of(
                message(row.decode(), "resource", &row.external_id)?,
                self.discovered_at,
            );
            let id = [&*record.resource_type, &*record.resource];
            if let Some(parent) = &record.parent {
                self.add(
                    &keys::by_parent([&parent.resource_type, &parent.resource], id),
                    &[],
                )?;
            }
            self.add(&keys::resource(id), &record.encode_to_vec())
        })?;
        self.each(sync_id, |row: StoredEntitlement| {
            let record = Entitlement::of(
                message(row.decode(), "entitlement", &row.external_id)?,
                self.discovered_at,
            );
            let id = EntitlementId::new(&row.resource_type_id, &row.resource_id, &row.external_id);
            self.add(&keys::entitlement(id), &record.encode_to_vec())
        })?;
        self.each(sync_id, |row: StoredGrant| self.add_grant(&row))?;
        self.each(sync_id, |row: StoredAsset| {
            let key = keys::asset(&row.external_id);
            let record = Asset::of(row, sync_id, self.discovered_at);
            self.add(&key, &record.encode_to_vec())
        })
    }

    fn add_grant(&self, row: &StoredGrant) -> Result<(), WriteError> {
        let grant = message(row.decode(), "grant", &row.external_id)?;
        let expansion = match &row.expansion {
            Some(data) => Some(message(
                v2::GrantExpandable::decode(data.as_slice()),
                "the expansion of grant",
                &row.external_id,
            )?),
            None => None,
        };
        let record = Grant::of(row, grant, expansion, self.discovered_at);
        let on = EntitlementId::new(&row.resource_type_id, &row.resource_id, &row.entitlement_id);
        let principal = [&*row.principal_resource_type_id, &*row.principal_resource_id];
        self.add(&keys::grant(on, principal), &record.encode_to_vec())?;
        self.add(&keys::by_principal(principal, on), &[])?;
        if row.needs_expansion {
            self.add(&keys::needs_expansion(on, principal), &[])?;
        }
        // What the digests are made of: the identity of the grant, and through what it is held.
        let tail = keys::tail(on, principal);
        let mut content = tail.clone();
        for source in record.sources() {
            content.push(0);
            keys::escape(source.as_bytes(), &mut content);
        }
        let hash = XxHash64::oneshot(0, &content);
        self.add(&keys::by_hash(on, principal), &hash.to_be_bytes())
    }

    /// Hands the rows of a table to `visit`.
    fn each<T: Stored>(
        &self,
        sync_id: &str,
        mut visit: impl FnMut(T) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let read = WriteError::database("read the rows for the store");
        let columns: Vec<_> = T::TABLE.columns.iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "SELECT {} FROM {} WHERE +sync_id = ?1 ORDER BY id",
            columns.join(", "),
            T::TABLE.name
        );
        let mut statement = self.connection.prepare(&sql).map_err(&read)?;
        let mut rows = statement.query([sync_id]).map_err(&read)?;
        while let Some(row) = rows.next().map_err(&read)? {
            visit(T::from_row(row).map_err(&read)?)?;
        }
        Ok(())
    }

    /// Hands all entries to `visit` in the order of their keys.
    pub(super) fn sorted(
        &self,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let mut statement = self
            .connection
            .prepare("SELECT key, value FROM store_entries ORDER BY key")
            .map_err(failed())?;
        let mut rows = statement.query([]).map_err(failed())?;
        while let Some(row) = rows.next().map_err(failed())? {
            let blob = |at| Ok(row.get_ref(at)?.as_blob()?);
            visit(blob(0).map_err(failed())?, blob(1).map_err(failed())?)?;
        }
        Ok(())
    }
}

/// A row whose message is none cannot be stored.
fn message<T>(
    message: Result<T, impl std::fmt::Display>,
    kind: &'static str,
    id: &str,
) -> Result<T, WriteError> {
    message.map_err(|error| WriteError::Row {
        kind,
        id: id.into(),
        reason: error.to_string(),
    })
}

fn failed() -> impl Fn(rusqlite::Error) -> WriteError {
    WriteError::database("sort the entries of the store")
}
