//! One table: a file of blocks, found from its end.

use super::{
    columns::Columns,
    keys::{Key, Kind},
    limits::{Block, Budget, MAX_BLOCK, MAX_KEY},
    row_block::RowBlock,
    wire::{self, Result, damaged, newer},
};
use crate::envelope::{self, UnpackError};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};
use twox_hash::XxHash64;

pub(super) const MAGIC: &[u8; 8] = b"\xf0\x9f\xaa\xb3\xf0\x9f\xaa\xb3";
/// The formats of tables that are known.
const FORMATS: std::ops::RangeInclusive<u32> = 1..=7;
/// The first format of columns.
pub(super) const COLUMNS: u32 = 5;
/// Compression and checksum, behind each block.
const TRAILER: usize = 5;
/// The order of keys in columns that is known.
const KEY_SCHEMA: &[u8] = b"DefaultKeySchema(leveldb.BytewiseComparator,16)";
pub(super) const COMPARER: &[u8] = b"leveldb.BytewiseComparator";

/// Where a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl Handle {
    pub(super) fn take(input: &mut &[u8]) -> Result<Self> {
        Ok(Self {
            offset: wire::varint(input)?,
            length: wire::varint(input)?,
        })
    }
}

/// Values that stand in blocks of their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueIndex {
    pub(super) handle: Handle,
    /// Bytes of the number, the offset and the length of a block in the index.
    pub(super) widths: [usize; 3],
}

/// A range of keys whose older entries are deleted.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) start: Vec<u8>,
    /// Exclusive.
    pub(super) end: Vec<u8>,
    pub(super) seq: u64,
}

/// An open table.
#[derive(Debug)]
pub(super) struct Table {
    file: File,
    size: u64,
    pub(super) format: u32,
    checksum: Checksum,
    pub(super) index: Handle,
    pub(super) two_levels: bool,
    pub(super) values: Option<ValueIndex>,
    deletions: Option<Handle>,
    budget: Budget,
}

#[derive(Debug, Clone, Copy)]
enum Checksum {
    Crc,
    XxHash,
}

impl Table {
    /// Opens the table at `path`, which must have `size` bytes where that is known.
    pub(super) fn open(path: &Path, expected: Option<u64>, budget: &Budget) -> Result<Self> {
        let mut file = File::open(path).map_err(UnpackError::Write)?;
        let size = file.metadata().map_err(UnpackError::Write)?.len();
        if let Some(expected) = expected.filter(|expected| *expected != size) {
            return Err(damaged(format!("it has {size} bytes and should have {expected}")));
        }
        let footer = Footer::read(&mut file, size)?;
        let mut table = Self {
            file,
            size,
            format: footer.format,
            checksum: footer.checksum,
            index: footer.index,
            two_levels: false,
            values: None,
            deletions: None,
            budget: budget.clone(),
        };
        let parts = table.entries(footer.parts, table.format >= 6)?;
        let handle = |name: &str| {
            parts
                .get(name.as_bytes())
                .map(|value| Handle::take(&mut value.as_slice()))
        };
        if parts.contains_key(&b"rocksdb.range_del"[..]) || parts.contains_key(&b"pebble.range_key"[..]) {
            return Err(damaged("it holds ranges of a kind that no artifact has"));
        }
        table.deletions = handle("rocksdb.range_del2").transpose()?;
        let properties = handle("rocksdb.properties").ok_or_else(|| damaged("it has no properties"))??;
        let properties = table.entries(properties, table.format >= 7)?;
        table.check_properties(&properties)?;
        if let Some(mut value) = parts.get(&b"pebble.value_index"[..]).map(Vec::as_slice) {
            let handle = Handle::take(&mut value)?;
            let widths = wire::array::<3>(&mut value)?.map(usize::from);
            if widths.iter().any(|width| *width > 8) {
                return Err(damaged("its list of values is of an unknown form"));
            }
            table.values = Some(ValueIndex { handle, widths });
        }
        Ok(table)
    }

    fn check_properties(&mut self, properties: &Entries) -> Result<()> {
        let property = |name: &str| properties.get(name.as_bytes()).map(Vec::as_slice);
        self.two_levels = match property("rocksdb.block.based.table.index.type") {
            None | Some([0, 0, 0, 0]) => false,
            Some([2, 0, 0, 0]) => true,
            Some(_) => return Err(damaged("its index is of an unknown kind")),
        };
        if property("rocksdb.comparator").is_some_and(|name| !name.is_empty() && name != COMPARER) {
            return Err(damaged("its keys are in another order than those of an artifact"));
        }
        if self.format >= COLUMNS && property("pebble.colblk.schema") != Some(KEY_SCHEMA) {
            return Err(damaged("its keys are not stored like those of an artifact"));
        }
        Ok(())
    }

    /// Reads a block, checks it and decompresses it.
    pub(super) fn block(&self, handle: Handle) -> Result<Block> {
        let name = |error| wire::within(&format!("the block at {}", handle.offset))(error);
        self.read_block(handle).map_err(name)
    }

    fn read_block(&self, handle: Handle) -> Result<Block> {
        let end = handle.offset.checked_add(handle.length);
        let end = end.and_then(|end| end.checked_add(TRAILER as u64));
        if end.is_none_or(|end| end > self.size) {
            return Err(damaged("it ends behind the end of the table"));
        }
        let length = usize::try_from(handle.length)
            .ok()
            .filter(|length| *length <= MAX_BLOCK);
        let length = length.ok_or_else(too_long)?;
        let mut stored = vec![0; length + TRAILER];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(handle.offset))
            .and_then(|_| file.read_exact(&mut stored))
            .map_err(UnpackError::Write)?;
        let (body, mut checksum) = stored.split_at(length + 1);
        let checksum = u32::from_le_bytes(wire::array(&mut checksum)?);
        let found = match self.checksum {
            Checksum::Crc => wire::masked_crc(&[body]),
            Checksum::XxHash => u32::try_from(XxHash64::oneshot(0, body) & 0xffff_ffff).unwrap_or_default(),
        };
        if checksum != found {
            return Err(damaged("its checksum differs"));
        }
        let compression = body[length];
        stored.truncate(length);
        let decoded = self.decompress(compression, stored)?;
        self.budget.spend(decoded.len() as u64)?;
        Block::new(decoded, &self.budget)
    }

    fn decompress(&self, compression: u8, stored: Vec<u8>) -> Result<Vec<u8>> {
        let allowed = |length: usize| match length <= MAX_BLOCK {
            true if length as u64 <= self.budget.left() => Ok(length),
            true => self.budget.spend(length as u64).map(|()| length),
            false => Err(too_long()),
        };
        match compression {
            0 => Ok(stored),
            1 => {
                let length = snap::raw::decompress_len(&stored).map_err(|_| damaged_data())?;
                let mut decoded = vec![0; allowed(length)?];
                let written = snap::raw::Decoder::new()
                    .decompress(&stored, &mut decoded)
                    .map_err(|_| damaged_data())?;
                (written == length).then_some(decoded).ok_or_else(damaged_data)
            }
            7 => {
                let mut input = stored.as_slice();
                let length = allowed(wire::length(&mut input)?)?;
                let mut decoded = Vec::with_capacity(length);
                let (frames, written) = envelope::decode(&mut input, &mut decoded, length as u64).map_err(
                    |error| match error {
                        UnpackError::TooLarge { .. } => damaged_data(),
                        error => error,
                    },
                )?;
                match frames == 1 && written == length as u64 {
                    true => Ok(decoded),
                    false => Err(damaged_data()),
                }
            }
            8 => Err(newer("its MinLZ compression is not known to this program")),
            other => Err(damaged(format!("its compression {other} is unknown"))),
        }
    }

    /// The rows of a short list of names and values.
    fn entries(&self, handle: Handle, columns: bool) -> Result<Entries> {
        let block = self.block(handle)?;
        let mut entries = Entries::new();
        let mut add = |name: &[u8], value: &[u8]| {
            let is_new = entries.insert(name.to_owned(), value.to_owned()).is_none();
            is_new
                .then_some(())
                .ok_or_else(|| damaged("a list in it names something twice"))
        };
        if columns {
            let columns = Columns::new(&block, 0)?;
            let (names, values) = (columns.strings(&block, 0)?, columns.strings(&block, 1)?);
            for row in 0..columns.rows {
                add(names.get(&block, row)?, values.get(&block, row)?)?;
            }
        } else {
            let mut rows = RowBlock::new(block)?;
            while rows.advance()? {
                add(rows.key(), rows.value())?;
            }
        }
        Ok(entries)
    }

    /// Hands every deleted range to `visit`.
    pub(super) fn deletions(&self, mut visit: impl FnMut(Span) -> Result<()>) -> Result<()> {
        let Some(handle) = self.deletions else {
            return Ok(());
        };
        let block = self.block(handle)?;
        let span = |start: &[u8], end: &[u8], trailer: u64| {
            let key = Key::of_trailer(trailer);
            if key.kind != Kind::RANGE_DELETE || start.len() > MAX_KEY || end.len() > MAX_KEY || start > end {
                return Err(damaged("a deleted range in it is none"));
            }
            Ok(Span {
                start: start.to_owned(),
                end: end.to_owned(),
                seq: key.seq,
            })
        };
        if self.format < COLUMNS {
            let mut rows = RowBlock::new(block)?;
            while rows.advance()? {
                let (start, trailer) = Key::split(rows.key())?;
                visit(span(start, rows.value(), trailer)?)?;
            }
            return Ok(());
        }
        let mut input = &block[..];
        let bounds = u32::from_le_bytes(wire::array(&mut input)?) as usize;
        let columns = Columns::new(&block, 4)?;
        let keys = columns.some_strings(&block, 0, bounds)?;
        let firsts = columns.some_numbers(&block, 1, bounds)?;
        let trailers = columns.numbers(&block, 2)?;
        for bound in 1..bounds {
            let (from, to) = (firsts.get(&block, bound - 1), firsts.get(&block, bound));
            if from > to || to > columns.rows as u64 {
                return Err(damaged("a deleted range in it is none"));
            }
            for row in from..to {
                let trailer = trailers.get(&block, usize::try_from(row).unwrap_or(usize::MAX));
                visit(span(
                    keys.get(&block, bound - 1)?,
                    keys.get(&block, bound)?,
                    trailer,
                )?)?;
            }
        }
        Ok(())
    }
}

/// The parts of a table, or its properties, by name.
type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

fn too_long() -> UnpackError {
    damaged(format!("it has more than {MAX_BLOCK} bytes"))
}

fn damaged_data() -> UnpackError {
    damaged("its compressed data is damaged")
}

/// The end of a table, by which the rest is found.
struct Footer {
    format: u32,
    checksum: Checksum,
    parts: Handle,
    index: Handle,
}

impl Footer {
    /// The longest.
    const MAX: usize = 61;

    fn read(file: &mut File, size: u64) -> Result<Self> {
        let length = usize::try_from(size).unwrap_or(usize::MAX).min(Self::MAX);
        let mut end = vec![0; length];
        file.seek(SeekFrom::Start(size - length as u64))
            .and_then(|_| file.read_exact(&mut end))
            .map_err(UnpackError::Write)?;
        let no_table = || damaged("it does not end like a table");
        let (rest, magic) = end.split_last_chunk::<8>().ok_or_else(no_table)?;
        let (_, format) = rest.split_last_chunk::<4>().ok_or_else(no_table)?;
        if magic != MAGIC {
            return Err(no_table());
        }
        let format = u32::from_le_bytes(*format);
        if !FORMATS.contains(&format) {
            return Err(newer(format!(
                "its table format {format} is not known to this program"
            )));
        }
        let length = match format {
            ..=5 => 53,
            6 => 57,
            _ => 61,
        };
        let footer = end
            .len()
            .checked_sub(length)
            .and_then(|at| end.get(at..))
            .ok_or_else(no_table)?;
        if format >= 6 {
            let (before, after) = footer.split_at(length - 16);
            let (mut stored, after) = after.split_at(4);
            if u32::from_le_bytes(wire::array(&mut stored)?) != wire::masked_crc(&[before, after]) {
                return Err(damaged("the checksum of its end differs"));
            }
        }
        let mut input = &footer[..41];
        let checksum = match wire::byte(&mut input)? {
            1 => Checksum::Crc,
            3 => Checksum::XxHash,
            other => return Err(damaged(format!("its kind of checksum {other} is unknown"))),
        };
        Ok(Self {
            format,
            checksum,
            parts: Handle::take(&mut input)?,
            index: Handle::take(&mut input)?,
        })
    }
}
