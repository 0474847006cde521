//! The content of a store as the tables that every reader of this crate reads.

use super::{
    keys::{self, family},
    limits::MAX_RECORD,
    records::{Asset, Entitlement, Grant, Resource, ResourceType, Stats, SyncRun},
    store::Store,
    wire::{Result, damaged, newer},
};
use crate::{
    envelope::UnpackError,
    file,
    schema::{self, Table},
    sync_run::SyncType,
    time::StoredTime,
    writer,
};
use jiff::Timestamp;
use prost::Message;
use rusqlite::{Connection, ToSql, params};
use std::{cell::RefCell, io, path::Path};

/// The layout of keys that is known.
const KEYSPACE: [u8; 4] = [0, 0, 0, 2];

/// Entries of the indexes of a store, and those that its rows ask for. Rows that are not in an index are not found through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexCount {
    pub(crate) name: &'static str,
    pub(crate) found: u64,
    pub(crate) expected: u64,
}

/// Copies the content of `store` into the new file `database`.
pub(super) fn copy(store: &Store<'_>, database: &Path) -> Result<Vec<IndexCount>> {
    file::create_private(database).map_err(UnpackError::Write)?;
    let mut copy = Copy {
        connection: writer::new_database(database).map_err(sql)?,
        sync: SyncRun::default(),
        started_at: String::new(),
        has_content: false,
        inserts: schema::TABLES
            .iter()
            .map(|table| (table.name, table.insert_sql()))
            .collect(),
        last_time: RefCell::default(),
        by_parent: IndexCount::new("by_parent"),
        by_principal: IndexCount::new("by_principal"),
        needs_expansion: IndexCount::new("needs_expansion"),
    };
    copy.take_sync(store)?;
    store.scan(family::ROWS, |key, value| copy.take_row(key, value))?;
    copy.check_layout(store)?;
    store.scan(family::INDEXES, |key, _| {
        copy.take_index_entry(key);
        Ok(())
    })?;
    copy.finish()
}

struct Copy {
    connection: Connection,
    sync: SyncRun,
    /// When the sync started, in the layout of the tables.
    started_at: String,
    has_content: bool,
    /// How rows are inserted, by table.
    inserts: Vec<(&'static str, String)>,
    /// The time that was made last: that of one row is mostly that of all.
    last_time: RefCell<Option<(prost_types::Timestamp, String)>>,
    by_parent: IndexCount,
    by_principal: IndexCount,
    needs_expansion: IndexCount,
}

impl IndexCount {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            found: 0,
            expected: 0,
        }
    }
}

impl Copy {
    /// The sync comes before its rows, which do not say of which sync they are.
    fn take_sync(&mut self, store: &Store<'_>) -> Result<()> {
        let mut sync = None;
        store.scan(family::SYNC, |_, value| {
            sync = Some(decode::<SyncRun>("sync", value)?);
            Ok(())
        })?;
        let Some(sync) = sync else { return Ok(()) };
        let mut stats = None;
        store.scan(family::META, |key, value| {
            if *key == *keys::meta("stats\0") {
                stats = Some(decode::<Stats>("statistics", value)?.stats().to_json());
            }
            Ok(())
        })?;
        self.has_content = true;
        self.started_at = time(sync.started_at.as_ref())?.unwrap_or_default();
        let kind = SyncType::from_number(sync.kind);
        let coverage = match sync.invariant_coverage.as_slice() {
            [] => String::new(),
            some => serde_json::Value::from(some).to_string(),
        };
        self.insert(
            schema::SYNC_RUNS,
            params![
                sync.id,
                self.started_at,
                time(sync.ended_at.as_ref())?,
                sync.token,
                kind.as_str(),
                sync.parent,
                sync.linked,
                sync.supports_diff,
                // The expansion of grants is never in their messages here.
                true,
                stats,
                sync.invariant_generation,
                coverage,
                sync.invariant_mode
            ],
        )?;
        self.sync = sync;
        Ok(())
    }

    /// Checks that keys were understood. A store without anything in it says nothing about them.
    fn check_layout(&self, store: &Store<'_>) -> Result<()> {
        let mut found = None;
        store.scan(family::META, |key, value| {
            if *key == *keys::meta("keyspace_version") {
                found = Some(value.to_vec());
            }
            Ok(())
        })?;
        match found.as_deref() {
            Some(version) if version == KEYSPACE => Ok(()),
            Some(version) => Err(newer(format!(
                "the layout of its keys, {version:02x?}, is not known to this program"
            ))),
            None if self.has_content => Err(damaged("it does not say how its keys are laid out")),
            None => Ok(()),
        }
    }

    fn take_row(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.has_content = true;
        match key.get(1) {
            Some(&family::RESOURCE_TYPE) => self.take_resource_type(decode("resource type", value)?),
            Some(&family::RESOURCE) => self.take_resource(decode("resource", value)?),
            Some(&family::ENTITLEMENT) => self.take_entitlement(decode("entitlement", value)?),
            Some(&family::GRANT) => self.take_grant(decode("grant", value)?),
            _ => self.take_asset(&decode("asset", value)?),
        }
    }

    fn take_resource_type(&self, record: ResourceType) -> Result<()> {
        let discovered_at = self.discovered_at(record.discovered_at.as_ref())?;
        let message = record.message();
        self.insert(
            schema::RESOURCE_TYPES,
            params![message.id, message.encode_to_vec(), self.sync.id, discovered_at],
        )
    }

    fn take_resource(&mut self, record: Resource) -> Result<()> {
        let discovered_at = self.discovered_at(record.discovered_at.as_ref())?;
        let (kind, id) = (
            record.resource_type.clone(),
            format!("{}:{}", record.resource_type, record.resource),
        );
        let (parent_type, parent) = record
            .parent
            .as_ref()
            .map(|parent| (parent.resource_type.clone(), parent.resource.clone()))
            .unzip();
        self.by_parent.expected += u64::from(parent.is_some());
        let message = record.message().encode_to_vec();
        self.insert(
            schema::RESOURCES,
            params![
                kind,
                id,
                parent_type,
                parent,
                message,
                self.sync.id,
                discovered_at
            ],
        )
    }

    fn take_entitlement(&self, record: Entitlement) -> Result<()> {
        let discovered_at = self.discovered_at(record.discovered_at.as_ref())?;
        let on = record.resource.clone().unwrap_or_default();
        let message = record.message();
        self.insert(
            schema::ENTITLEMENTS,
            params![
                on.resource_type,
                on.resource,
                message.id,
                message.encode_to_vec(),
                self.sync.id,
                discovered_at
            ],
        )
    }

    fn take_grant(&mut self, mut record: Grant) -> Result<()> {
        let discovered_at = self.discovered_at(record.discovered_at.as_ref())?;
        let expansion = record.expansion.take().map(|expansion| expansion.encode_to_vec());
        let needs_expansion = record.needs_expansion;
        self.by_principal.expected += 1;
        self.needs_expansion.expected += u64::from(needs_expansion);
        let (entitlement, principal) = record.sides();
        let message = record.message(&entitlement, &principal);
        self.insert(
            schema::GRANTS,
            params![
                entitlement.resource_type,
                entitlement.resource,
                entitlement.id,
                principal.resource_type,
                principal.resource,
                message.id,
                expansion,
                needs_expansion,
                message.encode_to_vec(),
                self.sync.id,
                discovered_at
            ],
        )
    }

    fn take_asset(&self, record: &Asset) -> Result<()> {
        let discovered_at = self.discovered_at(record.discovered_at.as_ref())?;
        self.insert(
            schema::ASSETS,
            params![
                record.id,
                record.content_type,
                record.data,
                self.sync.id,
                discovered_at
            ],
        )
    }

    fn take_index_entry(&mut self, key: &[u8]) {
        match keys::index_of(key) {
            Some(1) => self.by_parent.found += 1,
            Some(4) => self.by_principal.found += 1,
            Some(5) => self.needs_expansion.found += 1,
            _ => {}
        }
    }

    fn insert(&self, table: &Table, values: &[&dyn ToSql]) -> Result<()> {
        let known = self.inserts.iter().find(|(name, _)| *name == table.name);
        let insert = known.map(|(_, insert)| insert.as_str()).unwrap_or_default();
        self.connection
            .prepare_cached(insert)
            .and_then(|mut row| row.execute(values))
            .map(drop)
            .map_err(sql)
    }

    fn discovered_at(&self, at: Option<&prost_types::Timestamp>) -> Result<String> {
        let Some(at) = at else {
            return Ok(self.started_at.clone());
        };
        let mut last = self.last_time.borrow_mut();
        if let Some((known, text)) = &*last
            && known == at
        {
            return Ok(text.clone());
        }
        let text = time(Some(at))?.unwrap_or_default();
        *last = Some((*at, text.clone()));
        Ok(text)
    }

    fn finish(self) -> Result<Vec<IndexCount>> {
        self.connection.execute_batch("COMMIT").map_err(sql)?;
        self.connection.close().map_err(|(_, error)| sql(error))?;
        Ok(vec![self.by_parent, self.by_principal, self.needs_expansion])
    }
}

fn decode<T: Message + Default>(kind: &str, value: &[u8]) -> Result<T> {
    if value.len() > MAX_RECORD {
        return Err(damaged(format!(
            "a {kind} in it has more than {MAX_RECORD} bytes"
        )));
    }
    T::decode(value).map_err(|error| damaged(format!("a {kind} in it does not decode: {error}")))
}

/// A time in the layout of the tables. It is that of no host but UTC.
fn time(at: Option<&prost_types::Timestamp>) -> Result<Option<String>> {
    let Some(at) = at else { return Ok(None) };
    let wrong = || damaged("a time in it is none");
    let at = Timestamp::new(at.seconds, at.nanos).map_err(|_| wrong())?;
    let stored = StoredTime::utc(at).map_err(|_| wrong())?;
    Ok(Some(stored.to_string()))
}

/// The copy cannot be written.
fn sql(error: rusqlite::Error) -> UnpackError {
    UnpackError::Write(io::Error::other(error))
}
