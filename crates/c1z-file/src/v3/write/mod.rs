//! Writes a store from the rows of one sync.
//!
//! The rows are in the tables of envelope v1 already. Each becomes an entry, and entries of the indexes beside it; SQLite sorts
//! them by key, and one table takes them in that order. Memory does not grow with their number.

mod digest;
mod entries;
mod pack;
mod records;
mod table;

use self::{
    digest::{Digests, Sum},
    entries::Entries,
    table::{TRAILER, TableWriter},
};
use super::{
    keys,
    records::{Stats, SyncRun},
    table::COMPARER,
};
use crate::{file, scratch::Scratch, v3::record_log, writer::WriteError};
use prost::Message;
use prost::encoding::encode_varint;
use rusqlite::Connection;

/// The layout of keys, and the form of the ids in them.
const KEYSPACE: [u8; 4] = [0, 0, 0, 2];
const TABLE: &str = "000002.sst";
const MANIFEST: &str = "MANIFEST-000001";
/// What the table needs; every release that knows the layout of the keys reads it.
pub(super) const VERSION: u32 = 16;
/// Ages that are given to what others add later are greater.
const LAST_SEQ: u64 = 10;

/// The files of a store in a private directory, and what its head says about it.
#[derive(Debug)]
pub(crate) struct Built {
    sync: SyncRun,
    stats: Stats,
    digest: Sum,
}

/// Puts the rows that `database` has of the sync into the files of a store in `scratch`.
pub(crate) fn build(
    database: &Connection,
    sync: SyncRun,
    stats: Stats,
    scratch: &Scratch,
) -> Result<Built, WriteError> {
    // Without a transaction each entry would be one.
    let sql = WriteError::database("sort the entries of the store");
    database.execute_batch("BEGIN").map_err(&sql)?;
    let entries = Entries::new(database, sync.started_at)?;
    entries.add_rows(&sync.id)?;
    entries.add(&keys::SYNC, &sync.encode_to_vec())?;
    for name in ["grant_entitlement_id_format", "keyspace_version"] {
        entries.add(&keys::meta(name), &KEYSPACE)?;
    }
    entries.add(&keys::meta("stats\0"), &stats.encode_to_vec())?;

    let path = scratch.file(TABLE);
    let failed = WriteError::file("write", &path);
    let mut table = Ordered {
        table: TableWriter::new(file::create_private(&path).map_err(&failed)?),
        first: None,
        last: Vec::new(),
        failed: &failed,
    };
    let mut digests = Some(Digests::new(database)?);
    let mut digest = Sum::default();
    entries.sorted(|key, value| {
        if let Some(open) = &mut digests {
            open.see(key, value)?;
        }
        if *key > *keys::DIGESTS
            && let Some(complete) = digests.take()
        {
            digest = complete.finish(|key, value| table.add(key, value))?;
        }
        table.add(key, value)
    })?;
    database.execute_batch("COMMIT").map_err(&sql)?;
    let (first, last) = (table.first.unwrap_or_default(), table.last);
    let bytes = table.table.finish().map_err(&failed)?;
    let path = scratch.file(MANIFEST);
    let failed = WriteError::file("write", &path);
    let log = record_log::log(&[&edit(bytes, &first, &last)]);
    file::create_private(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &log))
        .map_err(failed)?;
    Ok(Built { sync, stats, digest })
}

/// A table to which keys are added in their order, each once.
struct Ordered<'a, F> {
    table: TableWriter,
    first: Option<Vec<u8>>,
    last: Vec<u8>,
    failed: &'a F,
}

impl<F: Fn(std::io::Error) -> WriteError> Ordered<'_, F> {
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        if self.first.is_none() {
            self.first = Some(key.to_vec());
        } else if self.last == key {
            // An entitlement and a principal have one grant here, whatever its id is.
            return Err(WriteError::Row {
                kind: "entry",
                id: String::from_utf8_lossy(key).into(),
                reason: "another row has the same parts".to_owned(),
            });
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.table.add(key, value).map_err(self.failed)
    }
}

/// The list of the one table.
fn edit(bytes: u64, first: &[u8], last: &[u8]) -> Vec<u8> {
    let mut edit = Vec::new();
    let string = |edit: &mut Vec<u8>, parts: &[&[u8]]| {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        encode_varint(length as u64, edit);
        parts.iter().for_each(|part| edit.extend_from_slice(part));
    };
    edit.push(1);
    string(&mut edit, &[COMPARER]);
    // The next number of a file, the age of the last entry, and the table: level, number.
    for number in [3, 3, 4, LAST_SEQ, 100, 6, 2, bytes] {
        encode_varint(number, &mut edit);
    }
    string(&mut edit, &[first, &TRAILER]);
    string(&mut edit, &[last, &TRAILER]);
    edit.extend([0, 0]);
    edit
}
