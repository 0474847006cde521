//! Listings that may end too early.
//!
//! An answer without rows, or without a cursor, is of the documented form, so nothing in it tells that rows are missing. What
//! ends so is asked for once more: what passes leaves no trace. Where it stays so and the vendor counts more, that is a gap; and
//! so it is where rows are missing in between, or repeated ones stand in their place. Only what was created while the listing
//! was read is no gap: the vendor counts it at the end and did not count it at the beginning.

use crate::mixed::Print;
use crate::tally::Tally;
use crate::{errors, notices};
use atlassian_admin::{AdminError, OrgId};
use connector_sdk::{Notice, PageToken};
use http_kit::{Cursor, Page};
use serde::{Deserialize, Serialize};

/// Where a listing stands whose different rows are counted: what the token of its next page holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ListingState {
    pub(crate) cursor: Option<Cursor>,
    /// The rows of the pages before.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub(crate) so_far: Tally,
}

impl ListingState {
    /// The token of the page after this one, with the rows up to there; nothing after the last one.
    pub(crate) fn after<T>(page: &Page<T>, so_far: &Tally) -> connector_sdk::Result<Option<PageToken>> {
        let place = page.next.clone().map(|cursor| Self {
            cursor: Some(cursor),
            so_far: so_far.clone(),
        });
        place.as_ref().map(PageToken::of_state).transpose()
    }
}

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

/// How many different rows a listing had that ended with this page, if they are fewer than are counted.
pub(crate) fn fewer_than<T>(counted: u64, page: &Page<T>, so_far: &Tally) -> Option<u64> {
    let listed = so_far.different();
    (page.next.is_none() && counted > listed).then_some(listed)
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
pub(crate) struct Counted<'a, T> {
    pub(crate) limit: usize,
    /// Its rows on the pages before.
    pub(crate) so_far: &'a Tally,
    /// What tells a row from the others.
    pub(crate) row: fn(&T) -> Print,
}

/// A page of such a listing.
pub(crate) struct Compared<T> {
    pub(crate) rows: Page<T>,
    /// With this page.
    pub(crate) so_far: Tally,
    /// What the vendor counts, where the listing has ended and lacks some.
    lacks: Option<u64>,
    /// Whether the listing has as many as were counted when it began, so that the others were created while it was read.
    is_explained: bool,
    /// Why the vendor does not count, where the listing has ended.
    uncounted: Option<AdminError>,
}

impl<T> Counted<'_, T> {
    /// Reads a page. Where the listing ends with it and has fewer rows than the vendor counts, both are asked for once more. Where
    /// the vendor does not count, nothing contradicts the listing.
    pub(crate) async fn read<F, C>(
        &self,
        ask: impl Fn() -> F,
        count: impl Fn() -> C,
    ) -> Result<Compared<T>, AdminError>
    where
        F: Future<Output = Result<Page<T>, AdminError>>,
        C: Future<Output = Result<u64, AdminError>>,
    {
        let mut page = ask().await?;
        let is_second = may_be_early(&page, self.limit);
        if is_second {
            page = ask().await?;
        }
        if page.next.is_some() {
            return Ok(self.going_on(page, count).await);
        }
        let compared = self.compared(page, None, None);
        let counted = match count().await {
            Err(_) => count().await,
            counted => counted,
        };
        match counted {
            Err(error) => Ok(Compared {
                uncounted: Some(error),
                ..compared
            }),
            Ok(counted) => {
                let before = self.so_far.counted().or(Some(counted));
                let compared = self.compared(compared.rows, before, Some(counted));
                if compared.lacks.is_none() {
                    return Ok(compared);
                }
                let rows = match is_second {
                    true => compared.rows,
                    false => ask().await?,
                };
                let now = count().await.unwrap_or(counted);
                Ok(self.compared(rows, before, Some(now)))
            }
        }
    }

    /// A page that was read, with what the vendor counts where the listing ends with it. It is not asked for again: that it is
    /// empty is what most organizations answer, and the count is the second answer that says so.
    pub(crate) async fn compare<C>(&self, page: Page<T>, count: impl Fn() -> C) -> Compared<T>
    where
        C: Future<Output = Result<u64, AdminError>>,
    {
        if page.next.is_some() {
            return self.going_on(page, count).await;
        }
        let counted = match count().await {
            Err(_) => count().await,
            counted => counted,
        };
        match counted {
            Ok(counted) => self.compared(page, self.so_far.counted().or(Some(counted)), Some(counted)),
            Err(error) => Compared {
                uncounted: Some(error),
                ..self.compared(page, None, None)
            },
        }
    }

    /// A page with which the listing does not end. With the first one it is asked how many rows there are.
    async fn going_on<C>(&self, page: Page<T>, count: impl Fn() -> C) -> Compared<T>
    where
        C: Future<Output = Result<u64, AdminError>>,
    {
        let compared = self.compared(page, None, None);
        let so_far = match self.so_far.is_empty() {
            true => compared.so_far.counting(count().await.ok()),
            false => compared.so_far,
        };
        Compared { so_far, ..compared }
    }

    fn compared(&self, rows: Page<T>, before: Option<u64>, now: Option<u64>) -> Compared<T> {
        let so_far = self.so_far.then(&rows, self.row);
        let lacks = now.filter(|now| fewer_than(*now, &rows, &so_far).is_some());
        Compared {
            is_explained: before.is_some_and(|before| before <= so_far.different()),
            rows,
            so_far,
            lacks,
            uncounted: None,
        }
    }
}

impl<T> Compared<T> {
    /// What the vendor counts, where the listing has ended and lacks some.
    pub(crate) fn lacks(&self) -> Option<u64> {
        self.lacks
    }

    /// The same, where it is known that the vendor counts something else than the listing has.
    pub(crate) fn lacking_nothing(self) -> Self {
        Self { lacks: None, ..self }
    }

    /// What is to be told of the listing where it has ended.
    pub(crate) fn notices(&self, kind: &'static str, org: &OrgId) -> impl Iterator<Item = Notice> + use<T> {
        let lacks = self.lacks.map(|counted| match self.is_explained {
            true => notices::created_meanwhile(kind, org, self.so_far.different(), counted),
            false => notices::ended_early(kind, org, self.so_far.different(), counted),
        });
        let uncounted = self.uncounted.as_ref();
        let uncounted = uncounted.map(|error| notices::uncounted(kind, org, &errors::reason(error)));
        let repeated = notices::repeated(kind, org.as_str(), &self.rows, &self.so_far);
        // A row that comes again may stand in the place of another one, and nothing tells that it does not.
        let replaced = uncounted.as_ref().zip(repeated.as_ref());
        let replaced = replaced.map(|_| notices::repeated_and_uncounted(kind, org, self.so_far.repeated()));
        [lacks, replaced, uncounted, repeated].into_iter().flatten()
    }
}
