//! The entries of one table in the order of their keys.

use super::{
    columns::{Columns, Flags, Keys, Numbers, Strings},
    keys::{Key, Kind, Range, SEQ_MAX},
    limits::{Block, Budget, MAX_KEY},
    manifest::TableInfo,
    row_block::RowBlock,
    table::{COLUMNS, Handle, Table},
    wire::{self, Result, damaged},
};
use crate::envelope::UnpackError;
use std::path::PathBuf;

/// Where a table stands in a store.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) path: PathBuf,
    pub(super) info: &'a TableInfo,
}

impl Place<'_> {
    pub(super) fn open(&self, budget: &Budget) -> Result<Table> {
        // The size of a part of a table is an estimate.
        let size = self.info.backing.is_none().then_some(self.info.size);
        Table::open(&self.path, size, budget).map_err(|error| self.name(error))
    }

    /// Says in which table something is wrong.
    pub(super) fn name(&self, error: UnpackError) -> UnpackError {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        wire::within(&format!("its table {name}"))(error)
    }
}

/// Goes through the entries of a table within a range, and within the bounds of the table.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    place: &'a Place<'a>,
    table: Table,
    range: Range<'a>,
    top: Option<IndexBlock>,
    index: IndexBlock,
    data: Option<DataBlock>,
    /// Set when nothing that follows is in the range.
    done: bool,
    key: Vec<u8>,
    trailer: u64,
    /// Key and trailer of the entry before.
    before: Option<(Vec<u8>, u64)>,
    value: Value,
    values: Option<ValueBlocks>,
}

#[derive(Debug)]
enum Value {
    /// In the data block, from this byte on.
    Here { skip: usize },
    /// In a block of values.
    There(std::ops::Range<usize>),
}

/// Blocks of values: the list of them, and the one that was read last.
#[derive(Debug)]
struct ValueBlocks {
    list: Block,
    last: Option<(u64, Block)>,
}

impl<'a> Cursor<'a> {
    /// Opens a table and goes to the first entry in `range`; none where there is none.
    pub(super) fn open(place: &'a Place<'a>, range: Range<'a>, budget: &Budget) -> Result<Option<Self>> {
        let table = place.open(budget)?;
        let opened = || -> Result<Option<Self>> {
            let first = IndexBlock::new(table.block(table.index)?, table.format)?;
            let (top, index) = match table.two_levels {
                true => (Some(first), None),
                false => (None, Some(first)),
            };
            let index = match index {
                Some(index) => index,
                None => IndexBlock::Empty,
            };
            let mut cursor = Self {
                place,
                table,
                range,
                top,
                index,
                data: None,
                done: false,
                key: Vec::new(),
                trailer: 0,
                before: None,
                value: Value::Here { skip: 0 },
                values: None,
            };
            Ok(cursor.go_on()?.then_some(cursor))
        };
        opened().map_err(|error| place.name(error))
    }

    /// Says in which table something is wrong.
    pub(super) fn name(&self, error: UnpackError) -> UnpackError {
        self.place.name(error)
    }

    /// The block that the entry is in.
    #[cfg(test)]
    pub(super) fn block(&self) -> Option<(u32, &Block)> {
        let block = match self.data.as_ref()? {
            DataBlock::Rows { rows, .. } => rows.block(),
            DataBlock::Columns(columns) => &columns.block,
        };
        Some((self.table.format, block))
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The age and kind of the entry, by which the newest is found.
    pub(super) fn entry(&self) -> Key {
        let key = Key::of_trailer(self.trailer);
        match self.place.info.synthetic_seq() {
            Some(seq) => Key { seq, ..key },
            None => key,
        }
    }

    pub(super) fn value(&self) -> Result<&[u8]> {
        let cut = || self.place.name(damaged("a value in it is cut off"));
        match &self.value {
            Value::Here { skip } => {
                let value = self.data.as_ref().map_or(Ok(&[][..]), DataBlock::value)?;
                value.get(*skip..).ok_or_else(cut)
            }
            Value::There(at) => {
                let block = self.values.as_ref().and_then(|values| values.last.as_ref());
                block.and_then(|(_, block)| block.get(at.clone())).ok_or_else(cut)
            }
        }
    }

    /// Goes to the next entry; false where there is none.
    pub(super) fn advance(&mut self) -> Result<bool> {
        self.go_on().map_err(|error| self.place.name(error))
    }

    fn go_on(&mut self) -> Result<bool> {
        while !self.done {
            let Some(data) = &mut self.data else {
                self.data = self.next_block()?;
                self.done = self.data.is_none();
                continue;
            };
            let Some(trailer) = data.advance(&mut self.key)? else {
                self.data = None;
                continue;
            };
            self.trailer = trailer;
            self.check_order()?;
            if self.is_before_range()? {
                continue;
            }
            if self.is_behind_range()? {
                self.done = true;
                continue;
            }
            self.find_value()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Keys ascend, and of entries of one key the newer comes first; what does not go on would not come to an end.
    fn check_order(&mut self) -> Result<()> {
        match &mut self.before {
            None => self.before = Some((self.key.clone(), self.trailer)),
            Some((key, trailer)) => {
                if (key.as_slice(), u64::MAX - *trailer) >= (self.key.as_slice(), u64::MAX - self.trailer) {
                    return Err(damaged("its keys are not in order"));
                }
                key.clone_from(&self.key);
                *trailer = self.trailer;
            }
        }
        Ok(())
    }

    fn is_before_range(&self) -> Result<bool> {
        let info = self.place.info;
        let is_outside = *self.key < *info.smallest.key;
        if is_outside && info.backing.is_none() {
            return Err(damaged("it holds a key before the first that it should have"));
        }
        Ok(is_outside || *self.key < *self.range.from)
    }

    fn is_behind_range(&self) -> Result<bool> {
        let info = self.place.info;
        let is_outside = info.is_behind(&self.key);
        if is_outside && info.backing.is_none() {
            return Err(damaged("it holds a key behind the last that it should have"));
        }
        Ok(is_outside || *self.key >= *self.range.to)
    }

    /// The next block that can hold something in the range; none behind the last.
    fn next_block(&mut self) -> Result<Option<DataBlock>> {
        let from = self.range.from.max(&self.place.info.smallest.key);
        loop {
            if let Some(handle) = self.index.next(from)? {
                let block = self.table.block(handle)?;
                return DataBlock::new(block, self.table.format).map(Some);
            }
            let Some(top) = &mut self.top else { return Ok(None) };
            // Free the block before the next is read.
            self.index = IndexBlock::Empty;
            match top.next(from)? {
                Some(handle) => self.index = IndexBlock::new(self.table.block(handle)?, self.table.format)?,
                None => return Ok(None),
            }
        }
    }

    /// Finds the value of the entry: behind a byte that says where it is, in some formats.
    fn find_value(&mut self) -> Result<()> {
        self.value = Value::Here { skip: 0 };
        let Some(data) = &self.data else { return Ok(()) };
        let mut value = data.value()?;
        let has_prefix = match data {
            DataBlock::Rows { .. } => {
                self.table.format >= 3 && Key::of_trailer(self.trailer).kind == Kind::SET
            }
            DataBlock::Columns(columns) => columns.is_elsewhere(),
        };
        if !has_prefix {
            return Ok(());
        }
        match wire::byte(&mut value)? >> 6 {
            0 => {
                self.value = Value::Here { skip: 1 };
                return Ok(());
            }
            2 => {}
            _ => return Err(damaged("a value is in a file of its own, which no artifact has")),
        }
        let length = wire::length(&mut value)?;
        let number = wire::varint(&mut value)?;
        let offset = wire::length(&mut value)?;
        let index = self
            .table
            .values
            .ok_or_else(|| damaged("it lacks its list of values"))?;
        let values = match &mut self.values {
            Some(values) => values,
            None => self.values.insert(ValueBlocks {
                list: self.table.block(index.handle)?,
                last: None,
            }),
        };
        if values.last.as_ref().is_none_or(|(last, _)| *last != number) {
            values.last = None;
            let lacks = || damaged("a value is in a block that is not there");
            let row: usize = index.widths.iter().sum();
            let at = usize::try_from(number)
                .ok()
                .and_then(|number| number.checked_mul(row));
            let mut row = at.and_then(|at| values.list.get(at..)).ok_or_else(lacks)?;
            let mut number_of = |width| -> Result<u64> {
                let mut bytes = [0; 8];
                bytes[..width].copy_from_slice(wire::take(&mut row, width)?);
                Ok(u64::from_le_bytes(bytes))
            };
            let [_, offset, length] = index.widths.map(&mut number_of);
            let handle = Handle {
                offset: offset?,
                length: length?,
            };
            values.last = Some((number, self.table.block(handle)?));
        }
        self.value = Value::There(offset..offset.saturating_add(length));
        Ok(())
    }
}

/// A block of the index.
#[derive(Debug)]
enum IndexBlock {
    Empty,
    Rows(RowBlock),
    Columns {
        block: Block,
        rows: usize,
        separators: Strings,
        offsets: Numbers,
        lengths: Numbers,
        at: usize,
    },
}

impl IndexBlock {
    fn new(block: Block, format: u32) -> Result<Self> {
        if format < COLUMNS {
            return RowBlock::new(block).map(Self::Rows);
        }
        let columns = Columns::new(&block, 0)?;
        Ok(Self::Columns {
            rows: columns.rows,
            separators: columns.strings(&block, 0)?,
            offsets: columns.numbers(&block, 1)?,
            lengths: columns.numbers(&block, 2)?,
            block,
            at: 0,
        })
    }

    /// The next block that can hold `from` or a greater key: its last key is not greater than its separator.
    fn next(&mut self, from: &[u8]) -> Result<Option<Handle>> {
        match self {
            Self::Empty => {}
            Self::Rows(rows) => {
                while rows.advance()? {
                    let (separator, _) = Key::split(rows.key())?;
                    if separator >= from {
                        return Handle::take(&mut rows.value()).map(Some);
                    }
                }
            }
            Self::Columns {
                block,
                rows,
                separators,
                offsets,
                lengths,
                at,
            } => {
                while *at < *rows {
                    let row = *at;
                    *at += 1;
                    if separators.get(block, row)? >= from {
                        return Ok(Some(Handle {
                            offset: offsets.get(block, row),
                            length: lengths.get(block, row),
                        }));
                    }
                }
            }
        }
        Ok(None)
    }
}

/// A block of entries.
#[derive(Debug)]
enum DataBlock {
    Rows {
        rows: RowBlock,
        /// Bits of the kind that are one.
        mask: u64,
    },
    Columns(DataColumns),
}

#[derive(Debug)]
struct DataColumns {
    block: Block,
    rows: usize,
    keys: Keys,
    trailers: Numbers,
    values: Strings,
    elsewhere: Flags,
    /// The row behind the one that is read.
    next: usize,
}

impl DataColumns {
    fn new(block: Block) -> Result<Self> {
        let columns = Columns::new(&block, 4)?;
        // There is at least one row where there are keys.
        let keys = columns.keys(&block, 0)?;
        let suffixes = columns.strings(&block, 1)?;
        if suffixes.get(&block, 0)?.len() + suffixes.get(&block, columns.rows - 1)?.len() > 0 {
            return Err(damaged(
                "its keys have parts that those of an artifact do not have",
            ));
        }
        Ok(Self {
            rows: columns.rows,
            keys,
            trailers: columns.numbers(&block, 2)?,
            values: columns.strings(&block, 4)?,
            elsewhere: columns.flags(&block, 5)?,
            block,
            next: 0,
        })
    }

    fn value(&self) -> Result<&[u8]> {
        self.values.get(&self.block, self.next.saturating_sub(1))
    }

    /// Whether the value says where it is.
    fn is_elsewhere(&self) -> bool {
        self.elsewhere.get(&self.block, self.next.saturating_sub(1))
    }
}

impl DataBlock {
    fn new(block: Block, format: u32) -> Result<Self> {
        if format >= COLUMNS {
            return DataColumns::new(block).map(Self::Columns);
        }
        // From format 4 on a bit marks entries that a newer one hides.
        let mask = if format >= 4 { !0x40 } else { !0 };
        Ok(Self::Rows {
            rows: RowBlock::new(block)?,
            mask,
        })
    }

    /// Goes to the next entry: puts its key into `key`, which holds the one before, and returns its trailer.
    fn advance(&mut self, key: &mut Vec<u8>) -> Result<Option<u64>> {
        match self {
            Self::Rows { rows, mask } => {
                if !rows.advance()? {
                    return Ok(None);
                }
                let (user, trailer) = Key::split(rows.key())?;
                key.clear();
                key.extend_from_slice(user);
                Ok(Some(trailer & *mask))
            }
            Self::Columns(columns) => {
                if columns.next == columns.rows {
                    return Ok(None);
                }
                let row = columns.next;
                columns.keys.read(&columns.block, row, key)?;
                if key.len() > MAX_KEY {
                    return Err(damaged(format!("a key in it has more than {MAX_KEY} bytes")));
                }
                columns.next += 1;
                Ok(Some(columns.trailers.get(&columns.block, row)))
            }
        }
    }

    fn value(&self) -> Result<&[u8]> {
        match self {
            Self::Rows { rows, .. } => Ok(rows.value()),
            Self::Columns(columns) => columns.value(),
        }
    }
}

/// Reads a block of entries to its end; returns how many there are. For tests, as what is in a table has a checksum.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn walk_block(block: Block, format: u32) -> Result<usize> {
    let mut data = DataBlock::new(block, format)?;
    let (mut key, mut entries) = (Vec::new(), 0);
    while data.advance(&mut key)?.is_some() {
        data.value()?;
        entries += 1;
        // A block of columns without content can claim to have as many rows as it wants; in a table their keys are out of order.
        if entries > 100_000 {
            return Err(damaged("it has too many entries"));
        }
    }
    Ok(entries)
}

impl TableInfo {
    /// The age that all entries of a table have, whatever the table itself says.
    pub(super) fn synthetic_seq(&self) -> Option<u64> {
        (self.seqs.0 == self.seqs.1 && self.seqs.0 > 0).then_some(self.seqs.0)
    }

    /// Whether a key is greater than all of the table.
    pub(super) fn is_behind(&self, key: &[u8]) -> bool {
        match key.cmp(&self.largest.key) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => self.largest.entry.seq == SEQ_MAX,
            std::cmp::Ordering::Greater => true,
        }
    }
}
