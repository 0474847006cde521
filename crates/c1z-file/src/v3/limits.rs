//! What a file may ask for, whatever it says about itself.

use super::wire::{Result, damaged};
use crate::envelope::UnpackError;
use std::{cell::Cell, ops::Deref, rc::Rc};

/// The longest block, as stored and decoded. Writers aim at 32 KiB; only a record that is larger by itself makes a larger one.
pub(super) const MAX_BLOCK: usize = 64 << 20;
/// Blocks in memory at once, of all tables together.
const MAX_HELD: usize = 192 << 20;
/// The longest key. The ids in it have at most 1 024 bytes each.
pub(super) const MAX_KEY: usize = 64 << 10;
/// The longest record. Most have some hundred bytes.
pub(super) const MAX_RECORD: usize = 16 << 20;
/// Files in the store. Most have a dozen.
pub(super) const MAX_FILES: usize = 16 << 10;
/// The longest list of tables.
pub(super) const MAX_MANIFEST: u64 = 64 << 20;

/// Accounts for what is decoded and what is held in memory.
#[derive(Debug, Clone)]
pub(super) struct Budget(Rc<Account>);

#[derive(Debug)]
struct Account {
    limit: u64,
    decoded: Cell<u64>,
    held: Cell<usize>,
}

impl Budget {
    /// Lets `limit` bytes be decoded altogether.
    pub(super) fn new(limit: u64) -> Self {
        Self(Rc::new(Account {
            limit,
            decoded: Cell::new(0),
            held: Cell::new(0),
        }))
    }

    /// Bytes that may still be decoded.
    pub(super) fn left(&self) -> u64 {
        self.0.limit.saturating_sub(self.0.decoded.get())
    }

    /// Takes note of bytes that are decoded.
    pub(super) fn spend(&self, bytes: u64) -> Result<()> {
        let limit = self.0.limit;
        if bytes > self.left() {
            return Err(UnpackError::TooLarge { limit });
        }
        self.0.decoded.set(self.0.decoded.get() + bytes);
        Ok(())
    }

    /// Takes note of bytes that stay in memory for as long as what is returned.
    pub(super) fn hold(&self, bytes: usize) -> Result<Held> {
        let held = self.0.held.get().saturating_add(bytes);
        if held > MAX_HELD {
            return Err(damaged(format!(
                "reading it takes more than {MAX_HELD} bytes of memory"
            )));
        }
        self.0.held.set(held);
        Ok(Held {
            bytes,
            budget: self.clone(),
        })
    }
}

/// A share of the memory, given back when it goes.
#[derive(Debug)]
pub(super) struct Held {
    bytes: usize,
    budget: Budget,
}

impl Drop for Held {
    fn drop(&mut self) {
        let account = &self.budget.0;
        account.held.set(account.held.get() - self.bytes);
    }
}

/// A decoded block.
#[derive(Debug)]
pub(super) struct Block {
    data: Vec<u8>,
    _held: Held,
}

impl Block {
    pub(super) fn new(data: Vec<u8>, budget: &Budget) -> Result<Self> {
        let held = budget.hold(data.len())?;
        Ok(Self { data, _held: held })
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.data
    }
}
