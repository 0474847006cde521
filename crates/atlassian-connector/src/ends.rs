//! Listings that may end too early.
//!
//! An answer without rows, or without a cursor, is of the documented form, so nothing in it tells that rows are missing. What
//! ends so is asked for once more: what passes leaves no trace. Where it stays so and the vendor counts more, that is a gap; and
//! so it is where rows are missing in between.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use atlassian_admin::AdminError;
use http_kit::{Cursor, Page};

/// Whether a listing may end here by mistake: its page is empty, or as full as a page gets, and names no next one.
pub(crate) fn may_be_early<T>(page: &Page<T>, limit: usize) -> bool {
    let rows = rows(page);
    page.next.is_none() && (rows == 0 || rows >= limit as u64)
}

/// How many rows a page has, whether or not they can be read.
pub(crate) fn rows<T>(page: &Page<T>) -> u64 {
    (page.items.len() + page.bad_rows.len()) as u64
}

/// Reads a page, and once more where its listing may end there by mistake: the second answer counts.
pub(crate) async fn read<T, F>(limit: usize, ask: impl Fn() -> F) -> Result<Page<T>, AdminError>
where
    F: Future<Output = Result<Page<T>, AdminError>>,
{
    let page = ask().await?;
    match may_be_early(&page, limit) {
        true => ask().await,
        false => Ok(page),
    }
}

/// How many rows the listings of the organization had so far, by page. Places in a listing do not tell it: one that counted
/// would never be the same again, so that a listing that goes round would not be seen to.
#[derive(Debug, Default)]
pub(crate) struct Listed(Mutex<HashMap<&'static str, HashMap<Option<String>, u64>>>);

impl Listed {
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes a page in, and returns how many rows there were up to its end; nothing where an earlier process has read the first
    /// pages.
    fn note<T>(&self, listing: &'static str, cursor: Option<&Cursor>, page: &Page<T>) -> Option<u64> {
        let mut listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pages = listed.entry(listing).or_default();
        if cursor.is_none() {
            pages.clear();
        }
        pages.insert(cursor.map(|cursor| cursor.as_str().to_owned()), rows(page));
        pages.contains_key(&None).then(|| pages.values().sum())
    }
}

/// How many rows a listing had and how many the vendor counts, where it has ended and lacks what may not be lacking: it ends
/// where it may do so by mistake, or has fewer than 80 % of them. A smaller difference is what changes while it is read, and
/// where the vendor does not count, nothing contradicts the listing.
pub(crate) async fn counted_beyond<T>(
    listed: &Listed,
    listing: &'static str,
    page: &Page<T>,
    limit: usize,
    cursor: Option<&Cursor>,
    count: impl Future<Output = Result<u64, AdminError>>,
) -> Option<(u64, u64)> {
    let all = listed.note(listing, cursor, page)?;
    if page.next.is_some() {
        return None;
    }
    let counted = count.await.ok()?;
    let lacks =
        counted > all && (may_be_early(page, limit) || u128::from(all) * 100 < u128::from(counted) * 80);
    lacks.then_some((all, counted))
}
