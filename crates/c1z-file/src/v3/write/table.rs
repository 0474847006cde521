//! A table under construction: blocks of rows one behind the other, in the oldest format, which every reader knows.
//!
//! Blocks are not compressed: the frame around the whole table is, and it does it better.

use crate::{
    envelope::CHUNK,
    v3::{
        table::{COMPARER, MAGIC},
        wire,
    },
};
use prost::encoding::encode_varint;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

/// What a block holds before the next one begins.
const BLOCK: usize = 32 << 10;
/// Every so many rows one has a whole key, for readers that search.
const WHOLE_KEYS: usize = 16;
/// Behind each key: the least age, and that it has a value.
pub(super) const TRAILER: [u8; 8] = [1, 0, 0, 0, 0, 0, 0, 0];
const FORMAT: u32 = 1;

/// Rows that share the beginnings of their keys.
#[derive(Debug)]
struct Rows {
    out: Vec<u8>,
    last: Vec<u8>,
    whole: Vec<u8>,
    count: usize,
    /// See [`WHOLE_KEYS`].
    every: usize,
}

impl Rows {
    fn new(every: usize) -> Self {
        Self {
            out: Vec::new(),
            last: Vec::new(),
            whole: Vec::new(),
            count: 0,
            every,
        }
    }

    fn add(&mut self, key: &[&[u8]], value: &[u8]) {
        let key = key.concat();
        let mut shared = 0;
        if self.count.is_multiple_of(self.every) {
            let at = u32::try_from(self.out.len()).unwrap_or(u32::MAX);
            self.whole.extend(at.to_le_bytes());
        } else {
            // What stands behind the key proper is never shared.
            let most = key.len().min(self.last.len()).saturating_sub(TRAILER.len());
            shared = key
                .iter()
                .zip(&self.last)
                .take(most)
                .take_while(|(a, b)| a == b)
                .count();
        }
        for length in [shared, key.len() - shared, value.len()] {
            encode_varint(length as u64, &mut self.out);
        }
        self.out.extend_from_slice(&key[shared..]);
        self.out.extend_from_slice(value);
        self.last = key;
        self.count += 1;
    }

    /// The block, and an empty one to go on with.
    fn take(&mut self) -> Vec<u8> {
        let Self {
            mut out,
            mut whole,
            count: _,
            last: _,
            every: _,
        } = std::mem::replace(self, Self::new(self.every));
        if whole.is_empty() {
            whole.extend([0; 4]);
        }
        out.extend_from_slice(&whole);
        out.extend(u32::try_from(whole.len() / 4).unwrap_or(u32::MAX).to_le_bytes());
        out
    }
}

/// Writes a table from entries in the order of their keys.
#[derive(Debug)]
pub(super) struct TableWriter {
    out: BufWriter<File>,
    at: u64,
    rows: Rows,
    index: Rows,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    entries: u64,
    blocks: u64,
    keys: u64,
    values: u64,
    data: u64,
}

impl TableWriter {
    pub(super) fn new(out: File) -> Self {
        Self {
            out: BufWriter::with_capacity(CHUNK, out),
            at: 0,
            rows: Rows::new(WHOLE_KEYS),
            index: Rows::new(1),
            counts: Counts::default(),
        }
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.rows.add(&[key, &TRAILER], value);
        self.counts.entries += 1;
        self.counts.keys += (key.len() + TRAILER.len()) as u64;
        self.counts.values += value.len() as u64;
        match self.rows.out.len() < BLOCK {
            true => Ok(()),
            false => self.end_block(),
        }
    }

    fn end_block(&mut self) -> io::Result<()> {
        let last = self.rows.last.clone();
        let block = self.rows.take();
        let handle = self.block(&block)?;
        self.index.add(&[&last], &handle);
        self.counts.blocks += 1;
        self.counts.data = self.at;
        Ok(())
    }

    /// Writes a block; returns its handle.
    fn block(&mut self, block: &[u8]) -> io::Result<Vec<u8>> {
        let mut handle = Vec::new();
        encode_varint(self.at, &mut handle);
        encode_varint(block.len() as u64, &mut handle);
        let not_compressed = [0];
        let checksum = wire::masked_crc(&[block, &not_compressed]).to_le_bytes();
        for part in [block, &not_compressed, &checksum] {
            self.out.write_all(part)?;
            self.at += part.len() as u64;
        }
        Ok(handle)
    }

    /// Completes the table, which has at least one entry; returns its size.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        if self.rows.count > 0 {
            self.end_block()?;
        }
        let index = self.index.take();
        let properties = self.counts.properties(index.len());
        let index = self.block(&index)?;
        let properties = self.block(&properties)?;
        let mut parts = Rows::new(1);
        parts.add(&[b"rocksdb.properties"], &properties);
        let parts = self.block(&parts.take())?;
        let mut footer = [vec![1], parts, index].concat();
        footer.resize(41, 0);
        footer.extend(FORMAT.to_le_bytes());
        footer.extend(MAGIC);
        self.out.write_all(&footer)?;
        self.out.flush()?;
        Ok(self.at + footer.len() as u64)
    }
}

impl Counts {
    /// What readers are told about the table, by name.
    fn properties(&self, index: usize) -> Vec<u8> {
        let number = |number: u64| {
            let mut out = Vec::new();
            encode_varint(number, &mut out);
            out
        };
        let mut rows = Rows::new(usize::MAX);
        for (name, value) in [
            ("rocksdb.block.based.table.index.type", vec![0; 4]),
            ("rocksdb.comparator", COMPARER.to_vec()),
            ("rocksdb.data.size", number(self.data)),
            ("rocksdb.deleted.keys", number(0)),
            ("rocksdb.filter.size", number(0)),
            ("rocksdb.index.size", number(index as u64)),
            ("rocksdb.merge.operands", number(0)),
            ("rocksdb.num.data.blocks", number(self.blocks)),
            ("rocksdb.num.entries", number(self.entries)),
            ("rocksdb.num.range-deletions", number(0)),
            ("rocksdb.raw.key.size", number(self.keys)),
            ("rocksdb.raw.value.size", number(self.values)),
        ] {
            rows.add(&[name.as_bytes()], &value);
        }
        rows.take()
    }
}
