//! Blocks of columns: tables from format 5 on.
//!
//! What is read here are positions; the block is handed in again for each value, so that one owner can have both.

use super::wire::{self, Result, damaged};

/// A block of any kind has fewer columns.
const MAX_COLUMNS: u16 = 16;

/// The rows of a block and where its columns are.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) rows: usize,
    columns: Vec<Column>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    kind: u8,
    start: usize,
    end: usize,
}

impl Columns {
    /// Reads the head of a block, which stands behind `custom` bytes of another head.
    pub(super) fn new(block: &[u8], custom: usize) -> Result<Self> {
        let mut input = block.get(custom..).unwrap_or_default();
        if wire::byte(&mut input)? != 1 {
            return Err(damaged("a block is of an unknown version"));
        }
        let count = u16::from_le_bytes(wire::array(&mut input)?);
        if count > MAX_COLUMNS {
            return Err(damaged(format!("a block has {count} columns")));
        }
        let rows = u32::from_le_bytes(wire::array(&mut input)?) as usize;
        let mut columns: Vec<Column> = Vec::with_capacity(count.into());
        // The last column ends before the byte that closes the block.
        let last = block.len() - 1;
        for _ in 0..count {
            let kind = wire::byte(&mut input)?;
            let start = u32::from_le_bytes(wire::array(&mut input)?) as usize;
            if let Some(before) = columns.last_mut() {
                before.end = start;
            }
            columns.push(Column {
                kind,
                start,
                end: last,
            });
        }
        let head = block.len() - input.len();
        let in_order = columns
            .iter()
            .all(|column| head <= column.start && column.start <= column.end && column.end <= last);
        match in_order {
            true => Ok(Self { rows, columns }),
            false => Err(damaged("the columns of a block are not one behind the other")),
        }
    }

    /// The part of the block up to the end of a column, and where in it the column starts.
    fn column<'a>(&self, block: &'a [u8], at: usize, kind: u8) -> Result<(&'a [u8], usize)> {
        match self.columns.get(at) {
            Some(column) if column.kind == kind => Ok((&block[..column.end], column.start)),
            Some(_) => Err(damaged(format!("column {at} of a block is of another type"))),
            None => Err(damaged(format!("a block lacks column {at}"))),
        }
    }

    pub(super) fn numbers(&self, block: &[u8], at: usize) -> Result<Numbers> {
        self.some_numbers(block, at, self.rows)
    }

    /// The numbers of a column that does not have the rows of the block but `rows`.
    pub(super) fn some_numbers(&self, block: &[u8], at: usize, rows: usize) -> Result<Numbers> {
        let (column, start) = self.column(block, at, 2)?;
        let (numbers, end) = Numbers::new(column, start, rows)?;
        ends(at, end, column.len())?;
        Ok(numbers)
    }

    pub(super) fn strings(&self, block: &[u8], at: usize) -> Result<Strings> {
        self.some_strings(block, at, self.rows)
    }

    /// The byte strings of a column that does not have the rows of the block but `rows`.
    pub(super) fn some_strings(&self, block: &[u8], at: usize, rows: usize) -> Result<Strings> {
        let (column, start) = self.column(block, at, 3)?;
        let (strings, end) = Strings::new(column, start, rows)?;
        ends(at, end, column.len())?;
        Ok(strings)
    }

    pub(super) fn flags(&self, block: &[u8], at: usize) -> Result<Flags> {
        let (column, start) = self.column(block, at, 1)?;
        let mut input = &column[start..];
        let (words, end) = match wire::byte(&mut input)? {
            1 => (None, start + 1),
            0 => {
                let words = (start + 1).next_multiple_of(8);
                let count = self.rows.div_ceil(64);
                (Some(words), words + 8 * (count + count.div_ceil(64)))
            }
            _ => return Err(damaged(format!("column {at} of a block is of an unknown form"))),
        };
        ends(at, end, column.len())?;
        Ok(Flags { words })
    }

    pub(super) fn keys(&self, block: &[u8], at: usize) -> Result<Keys> {
        let (column, start) = self.column(block, at, 4)?;
        let shift = wire::byte(&mut &column[start..])?;
        // Writers use 4, which is 16 keys.
        if shift > 16 || self.rows == 0 {
            return Err(damaged("the keys of a block are of an unknown form"));
        }
        let bundles = self.rows.div_ceil(1 << shift);
        let (slices, end) = Strings::new(column, start + 1, self.rows + bundles)?;
        ends(at, end, column.len())?;
        Ok(Keys { shift, slices })
    }
}

/// A column that ends elsewhere than the next one starts was not understood.
fn ends(at: usize, found: usize, expected: usize) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(damaged(format!(
            "column {at} of a block has another length than it says"
        ))),
    }
}

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    base: u64,
    width: usize,
    start: usize,
    rows: usize,
}

impl Numbers {
    /// Reads the head of `rows` numbers at `at`; returns them and where they end.
    fn new(column: &[u8], at: usize, rows: usize) -> Result<(Self, usize)> {
        let none = Self {
            base: 0,
            width: 0,
            start: at,
            rows,
        };
        if rows == 0 {
            return Ok((none, at));
        }
        let mut input = &column[at..];
        let form = wire::byte(&mut input)?;
        let base = match form & 0x80 {
            0 => 0,
            _ => u64::from_le_bytes(wire::array(&mut input)?),
        };
        let width: usize = (form & 0x7f).into();
        let head = column.len() - input.len();
        let start = match width {
            0 => head,
            1 | 2 | 4 | 8 => head.next_multiple_of(width),
            _ => return Err(damaged(format!("numbers in a block have {width} bytes"))),
        };
        let end = rows
            .checked_mul(width)
            .and_then(|bytes| bytes.checked_add(start))
            .filter(|end| *end <= column.len())
            .ok_or_else(|| damaged("a block has fewer numbers than rows"))?;
        let numbers = Self {
            base,
            width,
            start,
            rows,
        };
        Ok((numbers, end))
    }

    /// The number of a row, or 0 where there is no such row.
    pub(super) fn get(&self, block: &[u8], row: usize) -> u64 {
        if row >= self.rows {
            return 0;
        }
        let at = self.start + row * self.width;
        let mut number = [0; 8];
        // That the numbers are in the block was checked when they were found.
        if let Some(stored) = block.get(at..at + self.width) {
            number[..self.width].copy_from_slice(stored);
        }
        self.base.wrapping_add(u64::from_le_bytes(number))
    }
}

/// A column of byte strings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strings {
    /// Where each ends; the first number is where the first starts.
    ends: Numbers,
    data: usize,
    length: usize,
}

impl Strings {
    fn new(column: &[u8], at: usize, rows: usize) -> Result<(Self, usize)> {
        let (ends, data) = match rows {
            0 => Numbers::new(column, at, 0)?,
            rows => Numbers::new(column, at, rows + 1)?,
        };
        let length = usize::try_from(ends.get(column, rows)).unwrap_or(usize::MAX);
        let end = data
            .checked_add(length)
            .filter(|end| *end <= column.len())
            .ok_or_else(|| damaged("the byte strings of a block are longer than the block"))?;
        Ok((Self { ends, data, length }, end))
    }

    fn end(&self, block: &[u8], row: usize) -> usize {
        usize::try_from(self.ends.get(block, row)).unwrap_or(usize::MAX)
    }

    /// What stands before the first string and is shared by all.
    fn head<'a>(&self, block: &'a [u8]) -> Result<&'a [u8]> {
        self.part(block, 0, self.end(block, 0))
    }

    pub(super) fn get<'a>(&self, block: &'a [u8], row: usize) -> Result<&'a [u8]> {
        self.part(block, self.end(block, row), self.end(block, row + 1))
    }

    fn part<'a>(&self, block: &'a [u8], from: usize, to: usize) -> Result<&'a [u8]> {
        let data = block.get(self.data..self.data + self.length).unwrap_or_default();
        data.get(from..to)
            .ok_or_else(|| damaged("a byte string of a block ends before it starts"))
    }
}

/// A column of booleans.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    /// Where the words of 64 rows are; none where all are false.
    words: Option<usize>,
}

impl Flags {
    pub(super) fn get(&self, block: &[u8], row: usize) -> bool {
        // Bits of a little-endian word are the bits of its bytes in turn.
        let byte = self.words.and_then(|words| block.get(words + row / 8));
        byte.is_some_and(|byte| byte >> (row % 8) & 1 != 0)
    }
}

/// A column of sorted keys: what all share, what each bundle shares, and what each adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    shift: u8,
    slices: Strings,
}

impl Keys {
    /// Puts the key of a row into `key`, which holds the one of the row before unless this is the first.
    pub(super) fn read(&self, block: &[u8], row: usize, key: &mut Vec<u8>) -> Result<()> {
        let bundle = row >> self.shift;
        let first = bundle << self.shift;
        let slice = row + bundle + 1;
        let suffix = self.slices.get(block, slice)?;
        // Without anything of its own it is the key of the row before.
        if row > first && suffix.is_empty() {
            return Ok(());
        }
        let head = self.slices.head(block)?;
        let shared = self.slices.get(block, first + bundle)?;
        key.clear();
        key.extend_from_slice(head);
        key.extend_from_slice(shared);
        key.extend_from_slice(suffix);
        Ok(())
    }
}
