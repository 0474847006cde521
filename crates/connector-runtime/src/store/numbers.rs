//! Numbers of resources, and what is known of each: some dozen bytes a resource, never a row.

use super::work::Owner;
use connector_sdk::Standing;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// A resource by number; numbers begin at 1 and have no gaps.
pub(crate) type ResourceNumber = u32;

/// Numbers of resources, and what is known of each.
#[derive(Default)]
pub(super) struct Numbers {
    /// Two independent hashes of 64 bits: a million resources collide once in 10^26 syncs.
    by_key: HashMap<[u64; 2], ResourceNumber>,
    known: Vec<Known>,
    hashers: [RandomState; 2],
}

/// What is known of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// A hash of the content of its best statement; 0 where that is not known.
    pub(super) body: u64,
    /// Who made that statement.
    pub(super) owner: Owner,
    /// The rank of that statement; see [`connector_sdk::Standing::rank`].
    pub(super) rank: u16,
    /// Whether the calls about it were added when a listing had stated it.
    pub(super) called_as_listed: bool,
    /// Whether they were added because no listing has it.
    pub(super) called_as_unlisted: bool,
}

impl Known {
    /// A resource that only other rows name so far.
    pub(super) const NAMED: Self = Self {
        body: 0,
        owner: Owner::NOBODY,
        rank: u16::MAX,
        called_as_listed: false,
        called_as_unlisted: false,
    };

    /// Whether any statement describes it.
    pub(super) fn is_stated(&self) -> bool {
        self.rank != u16::MAX
    }

    pub(super) fn is_listed(&self) -> bool {
        self.rank == Standing::Listed.rank()
    }
}

impl Numbers {
    pub(super) fn get(&self, resource_type: &str, id: &str) -> Option<ResourceNumber> {
        self.by_key.get(&self.key(resource_type, id)).copied()
    }

    /// The number of a resource, and whether it is a new one.
    pub(super) fn number(&mut self, resource_type: &str, id: &str) -> (ResourceNumber, bool) {
        let next = self.next();
        let key = self.key(resource_type, id);
        let number = *self.by_key.entry(key).or_insert(next);
        if number == next {
            self.known.push(Known::NAMED);
        }
        (number, number == next)
    }

    fn next(&self) -> ResourceNumber {
        u32::try_from(self.known.len() + 1).unwrap_or(u32::MAX)
    }

    pub(super) fn known(&self, number: ResourceNumber) -> Known {
        let at = number as usize;
        self.known
            .get(at.wrapping_sub(1))
            .copied()
            .unwrap_or(Known::NAMED)
    }

    pub(super) fn set(&mut self, number: ResourceNumber, known: Known) {
        if let Some(at) = self.known.get_mut((number as usize).wrapping_sub(1)) {
            *at = known;
        }
    }

    /// Every resource by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ResourceNumber, &Known)> {
        (1..).zip(&self.known)
    }

    fn key(&self, resource_type: &str, id: &str) -> [u64; 2] {
        self.hashers.each_ref().map(|h| h.hash_one((resource_type, id)))
    }
}
