//! How many different rows a listing has, over all its pages and without a memory of its own: the tally travels with the cursor.
//!
//! A row that comes again must not stand in for one that is missing, so what the vendor counts is compared with different rows.

use crate::ends;
use crate::mixed::Print;
use http_kit::Page;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// So many hashes of rows are kept. A longer listing keeps every second one, then every fourth, and so on: a fair sample.
const MOST: usize = 2048;
/// Rows are told apart by 40 bits, which are short in writing and collide in one of a thousand listings at most.
const DROPPED: u32 = 24;

/// The rows of a listing up to the end of one of its pages.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    rows: u64,
    /// Rows on top of a page that ended the page before: the vendor repeats them when the listing moves under the reader.
    #[serde(default, skip_serializing_if = "is_zero")]
    moved: u64,
    /// Rows that stood on the same page before.
    #[serde(default, skip_serializing_if = "is_zero")]
    on_page: u64,
    /// Rows that stood on an earlier page: an estimate once rows are sampled.
    #[serde(default, skip_serializing_if = "is_zero")]
    on_earlier: u64,
    /// Only hashes that end in so many zeros are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    zeros: u64,
    kept: BTreeSet<u64>,
    /// The last row of the last page.
    last: Option<u64>,
    /// What the vendor counted when the listing began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted: Option<u64>,
}

impl Tally {
    /// With the next page. A row that cannot be read is one of its own.
    pub(crate) fn then<T>(&self, page: &Page<T>, row: impl Fn(&T) -> Print) -> Self {
        let mut next = self.clone();
        let mut here = BTreeSet::new();
        for (at, item) in page.items.iter().enumerate() {
            let hash = short(row(item));
            if at == 0 && page.items.len() > 1 && self.last == Some(hash) {
                next.moved += 1;
                here.insert(hash);
            } else if !here.insert(hash) {
                next.on_page += 1;
            } else if u64::from(hash.trailing_zeros()) >= next.zeros && !next.kept.insert(hash) {
                next.on_earlier += 1 << next.zeros;
            }
            next.last = Some(hash);
        }
        next.rows += ends::rows(page);
        while next.kept.len() > MOST {
            next.zeros += 1;
            let zeros = next.zeros;
            next.kept.retain(|hash| u64::from(hash.trailing_zeros()) >= zeros);
        }
        next
    }

    /// How many different rows there are. Of a sample no more are taken for repeated than is beyond doubt.
    pub(crate) fn different(&self) -> u64 {
        self.rows.saturating_sub(self.moved + self.repeated())
    }

    /// How many rows the vendor lists again, not counting those that have moved.
    pub(crate) fn repeated(&self) -> u64 {
        let doubt = match self.zeros {
            0 => 0,
            // Three times the standard deviation.
            zeros => 3 * self.on_earlier.saturating_mul(1 << zeros).isqrt(),
        };
        self.on_page + self.on_earlier.saturating_sub(doubt)
    }

    /// What the vendor counted when the listing began.
    pub(crate) fn counted(&self) -> Option<u64> {
        self.counted
    }

    /// With what the vendor counts as the listing begins.
    pub(crate) fn counting(self, counted: Option<u64>) -> Self {
        Self { counted, ..self }
    }

    /// Whether a row is known to have been on an earlier page.
    pub(crate) fn has(&self, row: Print) -> bool {
        let hash = short(row);
        self.last == Some(hash) || self.kept.contains(&hash)
    }

    /// Whether no page was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

fn short(row: Print) -> u64 {
    row.0 >> DROPPED
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists these rows in pages, each with the tally that was written down with the cursor.
    fn listed<'a>(pages: impl IntoIterator<Item = Vec<&'a str>>) -> Tally {
        let pages = pages.into_iter();
        pages.fold(Tally::default(), |tally, items| {
            let written = serde_json::to_string(&tally).unwrap();
            assert!(written.len() < 40_000, "{}", written.len());
            let tally: Tally = serde_json::from_str(&written).unwrap();
            let page = Page {
                items,
                bad_rows: Vec::new(),
                odd_fields: Vec::new(),
                next: None,
            };
            tally.then(&page, |row| Print::of([*row]))
        })
    }

    #[test]
    fn a_row_counts_once() {
        let counts = |pages: Vec<Vec<&str>>| {
            let tally = listed(pages);
            (tally.different(), tally.repeated())
        };
        assert_eq!(counts(vec![]), (0, 0));
        assert_eq!(counts(vec![vec!["a", "b"], vec!["c"]]), (3, 0));
        assert_eq!(counts(vec![vec!["a", "a", "a"]]), (1, 2));
        assert_eq!(counts(vec![vec!["a", "b"], vec!["c", "a"]]), (3, 1));
        assert_eq!(counts(vec![vec!["a", "b"], vec!["a", "b"], vec!["c"]]), (3, 2));
        assert_eq!(counts(vec![vec!["a"], vec!["a"], vec!["b"]]), (2, 1));
        // The listing has moved by one.
        assert_eq!(counts(vec![vec!["a", "b"], vec!["b", "c"]]), (3, 0));
        assert_eq!(counts(vec![vec!["a", "b"], vec!["b", "b"]]), (2, 1));
    }

    #[test]
    fn a_long_listing_is_sampled() {
        let ids: Vec<String> = (0..50_000).map(|n| format!("712020:{n}")).collect();
        let all: Vec<&str> = ids.iter().map(String::as_str).collect();
        let whole = listed(all.chunks(100).map(<[_]>::to_vec));
        assert_eq!((whole.different(), whole.repeated()), (50_000, 0));
        // Where the listing moves at every page, no row is repeated.
        let moving = all.chunks(100).scan(None, |last, rows| {
            let page = last.iter().copied().chain(rows.iter().copied()).collect();
            *last = rows.last().copied();
            Some(page)
        });
        let moving = listed(moving);
        assert_eq!((moving.different(), moving.repeated()), (50_000, 0));
        // A fifth is missing, and others stand in their place.
        let lacking = all[..40_000].chunks(100).chain(all[..10_000].chunks(100));
        let lacking = listed(lacking.map(<[_]>::to_vec)).different();
        assert!((38_000..45_000).contains(&lacking), "{lacking}");
    }
}
