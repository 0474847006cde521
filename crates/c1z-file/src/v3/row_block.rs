//! Blocks of rows, each with what its key adds to the key before: tables up to format 4, and the lists of parts and
//! properties of some formats above.

use super::{
    limits::{Block, MAX_KEY},
    wire::{self, Result, damaged},
};

/// Where the rows of a block end: behind them are the offsets of those with whole keys, and how many these are.
fn end_of_rows(block: &[u8]) -> Result<usize> {
    let wrong = || damaged("the list of whole keys in a block is longer than the block");
    let (rows, count) = block.split_last_chunk::<4>().ok_or_else(wrong)?;
    let count = u32::from_le_bytes(*count) as usize;
    let list = count.checked_mul(4).ok_or_else(wrong)?;
    rows.len().checked_sub(list).ok_or_else(wrong)
}

/// A block, one row after the other.
#[derive(Debug)]
pub(super) struct RowBlock {
    block: Block,
    end: usize,
    at: usize,
    key: Vec<u8>,
    value: std::ops::Range<usize>,
}

impl RowBlock {
    pub(super) fn new(block: Block) -> Result<Self> {
        Ok(Self {
            end: end_of_rows(&block)?,
            block,
            at: 0,
            key: Vec::new(),
            value: 0..0,
        })
    }

    /// Goes to the next row; false behind the last one.
    pub(super) fn advance(&mut self) -> Result<bool> {
        if self.at == self.end {
            return Ok(false);
        }
        let mut input = &self.block[self.at..self.end];
        let shared = wire::length(&mut input)?;
        let unshared = wire::length(&mut input)?;
        let value = wire::length(&mut input)?;
        let unshared = wire::take(&mut input, unshared)?;
        if shared > self.key.len() {
            return Err(damaged("a key shares more with the key before than that has"));
        }
        if shared.saturating_add(unshared.len()) > MAX_KEY {
            return Err(damaged(format!("a key has more than {MAX_KEY} bytes")));
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(unshared);
        wire::take(&mut input, value)?;
        self.at = self.end - input.len();
        self.value = self.at - value..self.at;
        Ok(true)
    }

    #[cfg(test)]
    pub(super) fn block(&self) -> &Block {
        &self.block
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.block[self.value.clone()]
    }
}
