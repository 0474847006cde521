//! Listings that may end too early.
//!
//! An answer without rows, or without a cursor, is of the documented form, so nothing in it tells that rows are missing. What
//! ends so is asked for once more: what passes leaves no trace. Where it stays so and the vendor counts more, that is a gap; and
//! so it is where rows are missing in between.

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

/// What a listing had up to the end of a page.
#[derive(Clone, Copy, Debug)]
struct SoFar {
    rows: u64,
    pages: u64,
}

impl SoFar {
    /// Up to the end of this page, which was read from the cursor. Also where an earlier process has read the pages before it; nothing
    /// where the cursor does not tell of them.
    fn of<T>(cursor: Option<&Cursor>, page: &Page<T>) -> Option<Self> {
        let (pages, before) = cursor.map_or(Some((0, 0)), Cursor::so_far)?;
        Some(Self {
            rows: before + rows(page),
            pages: pages + 1,
        })
    }
}

/// How many rows a listing had that ended with this page, if they are fewer than are counted.
pub(crate) fn fewer_than<T>(counted: u64, cursor: Option<&Cursor>, page: &Page<T>) -> Option<u64> {
    let so_far = SoFar::of(cursor, page)?;
    (page.next.is_none() && counted > so_far.rows).then_some(so_far.rows)
}

/// The same, where what is counted now is more as well: some may have been taken away since it was counted. Where nothing is
/// counted now, it stays so.
pub(crate) async fn still_fewer(
    listed: Option<u64>,
    counted_now: impl Future<Output = Option<u64>>,
) -> Option<u64> {
    let listed = listed?;
    let now = counted_now.await;
    now.is_none_or(|now| now > listed).then_some(listed)
}

/// A listing of the whole organization, which the vendor also counts.
pub(crate) struct Counted<'a> {
    pub(crate) limit: usize,
    pub(crate) cursor: Option<&'a Cursor>,
}

/// A page, and how many rows its listing had and how many the vendor counts, where it has ended and lacks some.
pub(crate) type Compared<T> = (Page<T>, Option<(u64, u64)>);

impl Counted<'_> {
    /// Reads a page. Where the listing ends with it and has fewer rows than the vendor counts, it is asked for once more. Where the
    /// vendor does not count, nothing contradicts the listing.
    pub(crate) async fn read<T, F>(
        &self,
        ask: impl Fn() -> F,
        count: impl Future<Output = Result<u64, AdminError>>,
    ) -> Result<Compared<T>, AdminError>
    where
        F: Future<Output = Result<Page<T>, AdminError>>,
    {
        let mut page = ask().await?;
        let is_second = may_be_early(&page, self.limit);
        if is_second {
            page = ask().await?;
        }
        let Some(so_far) = SoFar::of(self.cursor, &page) else {
            return Ok((page, None));
        };
        if page.next.is_some() {
            return Ok((page, None));
        }
        let Ok(counted) = count.await else {
            return Ok((page, None));
        };
        let mut lacks = self.lacks(&page, so_far, counted);
        if lacks.is_some() && !is_second {
            page = ask().await?;
            lacks = SoFar::of(self.cursor, &page).and_then(|so_far| self.lacks(&page, so_far, counted));
        }
        Ok((page, lacks))
    }

    /// Rows that are created while a listing is read are counted and may stand before its place: one for each page that was
    /// left behind is no contradiction, unless the listing ends where it may do so by mistake.
    fn lacks<T>(&self, page: &Page<T>, so_far: SoFar, counted: u64) -> Option<(u64, u64)> {
        let created = match may_be_early(page, self.limit) {
            true => 0,
            false => so_far.pages - 1,
        };
        let lacks = page.next.is_none() && counted > so_far.rows + created;
        lacks.then_some((so_far.rows, counted))
    }
}
