//! How a listing that goes round is seen by who knows one page of it only.

use super::{MOST_KNOWN_PAGES, PageError};
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};

/// What a listing has passed: one of its pages, which is replaced by a later one at greater and greater distances (Brent's way to
/// find a circle). So a circle of any length is seen, when it was gone round a few times at most, and no more is kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Trail {
    passed: Passed,
    /// How many pages came since then, and after how many it is replaced.
    since: u32,
    until: u32,
    /// How many pages had the rows of the one that was kept then. Not only in a row: between those of a circle stand others, which
    /// are known as well. An honest vendor that repeats a page does so once in a while.
    known: u32,
}

/// A page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Passed {
    /// A hash of the token that it leads to.
    pub(super) token: u64,
    /// A hash of its rows, if it has some.
    pub(super) rows: Option<u64>,
}

impl From<Passed> for Trail {
    fn from(passed: Passed) -> Self {
        Self {
            passed,
            since: 0,
            until: 1,
            known: 0,
        }
    }
}

impl Trail {
    /// The trail with the next page.
    pub(super) fn then(mut self, operation: &'static str, page: Passed) -> Result<Self, PageError> {
        if page.token == self.passed.token {
            return Err(PageError::RepeatedCursor { operation });
        }
        self.known += u32::from(page.rows.is_some() && page.rows == self.passed.rows);
        if self.known >= MOST_KNOWN_PAGES {
            return Err(PageError::KnownRows { operation });
        }
        self.since += 1;
        if self.since == self.until {
            self.passed = page;
            self.since = 0;
            self.until = self.until.saturating_mul(2);
        }
        Ok(self)
    }
}

/// A hash that is the same in every process, because a listing may go on in another one: FNV-1a.
pub(super) fn fixed_hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    value.hash(&mut hasher);
    hasher.finish()
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
