//! Builds stores of tables of rows, in all the forms that these have.

use super::super::{
    directory::Directory,
    keys::{Range, SEQ_MAX},
    limits::Budget,
    record_log,
    store::Store,
    wire::{self, Result},
};
use crate::scratch::Scratch;
use std::{fs, path::Path};

pub(super) const DELETE: u8 = 0;
pub(super) const SET: u8 = 1;
pub(super) const SINGLE_DELETE: u8 = 7;
pub(super) const SET_WITH_DELETE: u8 = 18;
pub(super) const SIZED_DELETE: u8 = 23;

/// One entry: key, age, kind, value.
pub(super) type Entry = (Vec<u8>, u64, u8, Vec<u8>);

pub(super) fn entry(key: &str, seq: u64, kind: u8, value: &str) -> Entry {
    (key.into(), seq, kind, value.into())
}

pub(super) fn varint(number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    prost::encoding::encode_varint(number, &mut out);
    out
}

fn string(bytes: &[u8]) -> Vec<u8> {
    [varint(bytes.len() as u64), bytes.to_vec()].concat()
}

pub(super) fn internal(key: &[u8], seq: u64, kind: u8) -> Vec<u8> {
    [key, &(seq << 8 | u64::from(kind)).to_le_bytes()].concat()
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) format: u32,
    pub(super) compression: u8,
    /// Entries of a block.
    pub(super) per_block: usize,
    pub(super) two_levels: bool,
    /// Whether values stand in blocks of their own.
    pub(super) values_apart: bool,
    pub(super) xxhash: bool,
    /// The size to which blocks of entries say that they unpack, where that is not so.
    pub(super) claims: Option<u64>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            format: 1,
            compression: 0,
            per_block: 3,
            two_levels: false,
            values_apart: false,
            xxhash: false,
            claims: None,
        }
    }
}

/// A table under construction.
struct Builder {
    out: Vec<u8>,
    form: Form,
}

impl Builder {
    /// Adds a block that says that it unpacks to `claimed` bytes.
    fn claiming(&mut self, block: &[u8], claimed: u64) -> Vec<u8> {
        let frame = zstd::bulk::compress(block, 3).unwrap();
        self.stored([varint(claimed), frame].concat(), 7)
    }

    /// Adds a block; returns its handle.
    fn block(&mut self, block: &[u8], compression: u8) -> Vec<u8> {
        let stored = match compression {
            1 => snap::raw::Encoder::new().compress_vec(block).unwrap(),
            7 => [
                varint(block.len() as u64),
                zstd::bulk::compress(block, 3).unwrap(),
            ]
            .concat(),
            _ => block.to_vec(),
        };
        self.stored(stored, compression)
    }

    fn stored(&mut self, mut stored: Vec<u8>, compression: u8) -> Vec<u8> {
        let handle = [varint(self.out.len() as u64), varint(stored.len() as u64)].concat();
        stored.push(compression);
        let checksum = match self.form.xxhash {
            true => u32::try_from(twox_hash::XxHash64::oneshot(0, &stored) & 0xffff_ffff).unwrap(),
            false => wire::masked_crc(&[&stored]),
        };
        self.out.extend(stored);
        self.out.extend(checksum.to_le_bytes());
        handle
    }

    fn rows(&mut self, rows: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        self.block(&row_block(rows), self.form.compression)
    }

    fn plain(&mut self, rows: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        self.block(&row_block(rows), 0)
    }
}

/// A block of rows, with shared parts of keys left out.
pub(super) fn row_block(rows: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut restarts, mut last) = (vec![0u32], Vec::new());
    for (at, (key, value)) in rows.iter().enumerate() {
        let mut shared = key.iter().zip(&last).take_while(|(a, b)| a == b).count();
        if at > 0 && at % 16 == 0 {
            restarts.push(u32::try_from(out.len()).unwrap());
            shared = 0;
        }
        out.extend(varint(shared as u64));
        out.extend(varint((key.len() - shared) as u64));
        out.extend(varint(value.len() as u64));
        out.extend(&key[shared..]);
        out.extend(value);
        last.clone_from(key);
    }
    out.extend(restarts.iter().flat_map(|restart| restart.to_le_bytes()));
    out.extend(u32::try_from(restarts.len()).unwrap().to_le_bytes());
    out
}

/// A table of these entries, which are in order, and these deleted ranges: start, end, age.
pub(super) fn table(entries: &[Entry], deleted: &[(&str, &str, u64)], form: Form) -> Vec<u8> {
    let mut builder = Builder {
        out: Vec::new(),
        form,
    };
    let (mut index, mut parts) = (Vec::new(), Vec::new());
    let mut value_blocks: Vec<Vec<u8>> = Vec::new();
    for block in entries.chunks(form.per_block) {
        let mut rows = Vec::new();
        for (key, seq, kind, value) in block {
            let mut stored = value.clone();
            if form.format >= 3 && *kind == SET {
                stored = match form.values_apart {
                    false => [&[0], value.as_slice()].concat(),
                    // One byte is before the value, so that offsets are not all 0.
                    true => {
                        value_blocks.push([&[7], value.as_slice()].concat());
                        let number = value_blocks.len() as u64 - 1;
                        [vec![0x80], varint(value.len() as u64), varint(number), varint(1)].concat()
                    }
                };
            }
            // The mark of entries that a newer one hides.
            let mark = if form.format >= 4 && seq % 2 == 0 { 0x40 } else { 0 };
            rows.push((internal(key, *seq, kind | mark), stored));
        }
        let last = rows.last().unwrap().0.clone();
        let block = row_block(&rows);
        let handle = match form.claims {
            None => builder.block(&block, form.compression),
            Some(claimed) => builder.claiming(&block, claimed),
        };
        index.push((last, handle));
    }
    if form.two_levels {
        let parts: Vec<_> = index.chunks(2).map(<[_]>::to_vec).collect();
        index = parts
            .iter()
            .map(|part| (part.last().unwrap().0.clone(), builder.rows(part)))
            .collect();
    }
    let index = builder.rows(&index);
    if !value_blocks.is_empty() {
        let mut list = Vec::new();
        for (number, block) in value_blocks.iter().enumerate() {
            let handle = builder.block(block, form.compression);
            let mut handle = handle.as_slice();
            let (offset, length) = (
                wire::varint(&mut handle).unwrap(),
                wire::varint(&mut handle).unwrap(),
            );
            list.extend(u16::try_from(number).unwrap().to_le_bytes());
            list.extend(&offset.to_le_bytes()[..3]);
            list.push(u8::try_from(length).unwrap());
        }
        let handle = builder.block(&list, form.compression);
        parts.push((b"pebble.value_index".to_vec(), [handle, vec![2, 3, 1]].concat()));
    }
    let kind = if form.two_levels { 2u32 } else { 0 };
    let properties = [(
        b"rocksdb.block.based.table.index.type".to_vec(),
        kind.to_le_bytes().to_vec(),
    )];
    parts.push((b"rocksdb.properties".to_vec(), builder.plain(&properties)));
    if !deleted.is_empty() {
        let rows: Vec<_> = deleted
            .iter()
            .map(|(start, end, seq)| (internal(start.as_bytes(), *seq, 15), end.as_bytes().to_vec()))
            .collect();
        parts.push((b"rocksdb.range_del2".to_vec(), builder.plain(&rows)));
    }
    parts.sort();
    let parts = builder.plain(&parts);
    let mut footer = [vec![if form.xxhash { 3 } else { 1 }], parts, index].concat();
    footer.resize(41, 0);
    footer.extend(form.format.to_le_bytes());
    footer.extend(b"\xf0\x9f\xaa\xb3\xf0\x9f\xaa\xb3");
    builder.out.extend(footer);
    builder.out
}

/// A table in a store, and which part of it counts.
pub(super) struct Part {
    pub(super) number: u64,
    pub(super) backing: Option<u64>,
    pub(super) size: u64,
    pub(super) smallest: Vec<u8>,
    pub(super) largest: Vec<u8>,
    pub(super) seqs: (u64, u64),
}

impl Part {
    /// All of a table: its bounds hold its keys and its ranges.
    pub(super) fn whole(number: u64, table: &[u8], bounds: (&str, &str), seqs: (u64, u64)) -> Self {
        Self {
            number,
            backing: None,
            size: table.len() as u64,
            smallest: internal(bounds.0.as_bytes(), seqs.1, SET),
            largest: internal(bounds.1.as_bytes(), seqs.0, SET),
            seqs,
        }
    }

    /// What of table `backing` is from the first key on, and before the second.
    pub(super) fn cut(number: u64, backing: u64, bounds: (&str, &str), seqs: (u64, u64)) -> Self {
        Self {
            number,
            backing: Some(backing),
            size: 1,
            smallest: internal(bounds.0.as_bytes(), seqs.1, SET),
            largest: internal(bounds.1.as_bytes(), SEQ_MAX, 15),
            seqs,
        }
    }

    fn edit(&self) -> Vec<u8> {
        let mut edit = [103, 0].to_vec();
        edit.extend([self.number, self.size].map(varint).concat());
        edit.extend([string(&self.smallest), string(&self.largest)].concat());
        edit.extend([self.seqs.0, self.seqs.1].map(varint).concat());
        if let Some(backing) = self.backing {
            edit.extend([vec![66], varint(backing)].concat());
        }
        edit.push(1);
        edit
    }
}

pub(super) fn manifest(parts: &[Part], last_seq: u64) -> Vec<u8> {
    let mut edit = [
        vec![1],
        string(b"leveldb.BytewiseComparator"),
        vec![4],
        varint(last_seq),
    ]
    .concat();
    edit.extend(parts.iter().flat_map(Part::edit));
    record_log::log(&[&edit])
}

/// The files of a store of these tables.
pub(super) fn files(tables: &[(u64, Vec<u8>)], parts: &[Part], last_seq: u64) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = tables
        .iter()
        .map(|(number, table)| (format!("{number:06}.sst"), table.clone()))
        .collect();
    files.push(("MANIFEST-000001".to_owned(), manifest(parts, last_seq)));
    files.push(("marker.format-version.000001.016".to_owned(), Vec::new()));
    files.push(("marker.manifest.000001.MANIFEST-000001".to_owned(), Vec::new()));
    files
}

/// Puts the files into a directory and hands it to `read`.
pub(super) fn with<T>(
    files: &[(String, Vec<u8>)],
    read: impl FnOnce(&Directory<'_>, &Scratch) -> Result<T>,
) -> Result<T> {
    let parent = tempfile::tempdir().unwrap();
    let scratch = Scratch::create(parent.path()).unwrap();
    let mut directory = Directory::new(&scratch);
    for (name, content) in files {
        directory.add(name)?;
        let path = scratch.file(name);
        if Path::exists(&path) {
            fs::write(path, content).unwrap();
        }
    }
    read(&directory, &scratch)
}

/// Everything that a store says in a range.
pub(super) fn scan(files: &[(String, Vec<u8>)], range: Range<'_>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    scan_within(files, range, 1 << 30)
}

/// The same, decoding no more than `limit` bytes.
pub(super) fn scan_within(
    files: &[(String, Vec<u8>)],
    range: Range<'_>,
    limit: u64,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    with(files, |directory, _| {
        let (manifest, budget) = (directory.manifest()?, Budget::new(limit));
        let mut found = Vec::new();
        Store::open(directory, &manifest, &budget)?.scan(range, |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            Ok(())
        })?;
        Ok(found)
    })
}
