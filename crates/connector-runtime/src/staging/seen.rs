//! Which resources have been stated, and how well.
//!
//! A few dozen bytes for each resource, never a row. Shared with the calls in flight, so that they need not build
//! placeholders for what has been stated as well or better.

use connector_sdk::{Standing, StatedResources};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{PoisonError, RwLock};

/// Which resources have been stated, and how well.
#[derive(Default)]
pub(crate) struct Seen {
    known: RwLock<HashMap<u128, Known>>,
    hashers: [RandomState; 2],
}

/// The best row so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Its standing; see [`connector_sdk::Standing::rank`].
    pub(super) rank: u16,
    /// A hash of its content.
    pub(super) body: u64,
}

impl Seen {
    pub(super) fn get(&self, resource_type: &str, resource: &str) -> Option<Known> {
        let key = self.key(resource_type, resource);
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .copied()
    }

    pub(super) fn put(&self, resource_type: &str, resource: &str, known: Known) {
        let key = self.key(resource_type, resource);
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, known);
    }

    /// Two independent hashes of 64 bits: a million resources collide once in 10^26 syncs.
    fn key(&self, resource_type: &str, resource: &str) -> u128 {
        let [a, b] = self
            .hashers
            .each_ref()
            .map(|h| h.hash_one((resource_type, resource)));
        u128::from(a) << 64 | u128::from(b)
    }
}

impl StatedResources for Seen {
    fn is_stated(&self, resource_type: &str, resource: &str, standing: Standing) -> bool {
        self.get(resource_type, resource)
            .is_some_and(|known| known.rank <= standing.rank())
    }
}
