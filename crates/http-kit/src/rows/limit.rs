//! Lists of rows that stay small in memory, however many rows come.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Reads a list of rows, keeps the first ones and counts the others.
pub struct RowLimit<T> {
    most: usize,
    rows: PhantomData<T>,
}

/// A list of rows of which no more than the allowed number are kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct LimitedRows<T> {
    /// The rows, from the first one on.
    pub rows: Vec<T>,
    /// How many rows there were.
    pub count: usize,
}

impl<T> RowLimit<T> {
    /// Keeps at most this many rows.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            rows: PhantomData,
        }
    }
}

impl<T> Clone for RowLimit<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RowLimit<T> {}

impl<T> fmt::Debug for RowLimit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowLimit({})", self.most)
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for RowLimit<T> {
    type Value = LimitedRows<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for RowLimit<T> {
    type Value = LimitedRows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while rows.len() < self.most {
            match list.next_element()? {
                Some(row) => rows.push(row),
                None => {
                    let count = rows.len();
                    return Ok(LimitedRows { rows, count });
                }
            }
        }
        let mut count = rows.len();
        while list.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(LimitedRows { rows, count })
    }
}
