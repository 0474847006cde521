//! Listings that may end too early.
//!
//! An answer without rows, or without a cursor, is of the documented form, so nothing in it tells that rows are missing. What
//! ends so is asked for once more: what passes leaves no trace. Where it stays so and the vendor counts more, that is a gap.

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

/// How many the vendor counts, where a listing ends with its first page, which may be a mistake, and that has fewer. Where the
/// vendor does not count, nothing contradicts the listing.
///
/// Of later pages it is not known how many came before: a place in a listing that counted them would never be the same
/// again, so that a listing that goes round would not be seen to.
pub(crate) async fn counted_beyond<T>(
    page: &Page<T>,
    limit: usize,
    cursor: Option<&Cursor>,
    count: impl Future<Output = Result<u64, AdminError>>,
) -> Option<u64> {
    if cursor.is_some() || !may_be_early(page, limit) {
        return None;
    }
    count.await.ok().filter(|counted| *counted > rows(page))
}
