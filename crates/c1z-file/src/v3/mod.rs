//! Envelope v3: a Pebble store, of which the rows are read.
//!
//! A store is a set of sorted tables. Of several entries for a key the newest counts, wherever it is, and some delete the key
//! or a whole range of keys. Its rows are read once, in the order of their keys, and put into the tables of envelope v1: so
//! everything that reads artifacts reads both kinds, and there is one description of what a row is.
//!
//! Writing goes the other way: the tables are complete before the store is made of them.
//!
//! Every checksum is verified, and what a file claims about itself is bounded before it is believed; see [`limits`].
//! What is not understood is refused: tables and lists of later versions by name, parts that no artifact has as damage.

mod columns;
mod copy;
mod cursor;
mod directory;
mod envelope;
mod keys;
mod limits;
mod manifest;
mod record_log;
mod records;
mod row_block;
mod store;
mod table;
mod tar;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use std::{fs::File, path::Path};

pub(crate) use self::{
    copy::IndexCount,
    records::{Stats, SyncRun},
    write::build,
};
use self::{directory::Directory, limits::Budget, store::Store, wire::Result};
use crate::{reader::COPY, scratch::Scratch};

/// What unpacking an artifact found out about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Size of the files in it.
    pub(crate) store_bytes: u64,
    pub(crate) indexes: Vec<IndexCount>,
}

/// Unpacks the store behind the magic bytes of `source` beside the new database, and removes it when that has its rows.
/// No more than `limit` bytes are unpacked, and no more are decoded of what is compressed again inside.
pub(crate) fn unpack(source: &mut File, scratch: &Scratch, limit: u64) -> Result<Found> {
    let mut directory = Directory::new(scratch);
    let unpacked = Budget::new(limit);
    envelope::unpack(source, &mut directory, &unpacked)?;
    let indexes = read(&directory, &scratch.file(COPY), &Budget::new(limit))?;
    directory.remove()?;
    Ok(Found {
        store_bytes: limit - unpacked.left(),
        indexes,
    })
}

#[cfg(feature = "fuzzing")]
pub(crate) fn walk_block(format: u32, block: &[u8]) -> Result<usize> {
    let budget = Budget::new(u64::MAX);
    cursor::walk_block(limits::Block::new(block.to_vec(), &budget)?, format)
}

#[cfg(feature = "fuzzing")]
pub(crate) fn read_edit(edit: &[u8]) -> Result<()> {
    manifest::Manifest::default().apply(edit)
}

fn read(directory: &Directory<'_>, database: &Path, budget: &Budget) -> Result<Vec<IndexCount>> {
    let manifest = directory.manifest()?;
    copy::copy(&Store::open(directory, &manifest, budget)?, database)
}
