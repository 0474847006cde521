//! What was looked up a moment ago.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

/// The latest answers to look-ups, as many as have room: where a further one has none, all others are forgotten.
pub(crate) struct Cache<K, V> {
    most: usize,
    inner: RefCell<Inner<K, V>>,
}

struct Inner<K, V> {
    kept: HashMap<K, V>,
    size: usize,
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    /// Keeps answers up to this size in all.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            inner: RefCell::new(Inner {
                kept: HashMap::new(),
                size: 0,
            }),
        }
    }

    /// The answer to `key`, looked up where it is not known; `size` is the room that it takes.
    pub(crate) fn get<Q: Hash + Eq + ToOwned<Owned = K> + ?Sized, E>(
        &self,
        key: &Q,
        size: impl Fn(&V) -> usize,
        look_up: impl FnOnce(&Q) -> Result<V, E>,
    ) -> Result<V, E>
    where
        K: Borrow<Q>,
    {
        if let Some(known) = self.inner.borrow().kept.get(key) {
            return Ok(known.clone());
        }
        let value = look_up(key)?;
        let mut inner = self.inner.borrow_mut();
        let size = size(&value);
        if inner.size + size > self.most {
            inner.kept.clear();
            inner.size = 0;
        }
        inner.size += size;
        inner.kept.insert(key.to_owned(), value.clone());
        Ok(value)
    }
}

impl<K, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}
