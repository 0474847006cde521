//! Listings in pages: the cursor, the guard against going in circles, and the one paginator.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use futures_util::stream::{self, Stream};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::rows::BadRow;

/// The place where a listing goes on: a token of the vendor that means nothing to us.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

/// Remembers the cursors of one listing and refuses one that comes again.
///
/// It sees circles of any length, and keeps 16 bytes for each cursor.
#[derive(Debug)]
pub struct CursorGuard {
    operation: &'static str,
    seen: HashSet<(u64, u64)>,
    hashers: (RandomState, RandomState),
}

/// One page of a listing: also the unit in which a listing can be interrupted and resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows that were understood.
    pub items: Vec<T>,
    /// The rows that were not; each must be reported, not dropped.
    pub bad_rows: Vec<BadRow>,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<Cursor>,
}

/// A listing breaks its own rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// A cursor came that came before in the same listing: going on would never end.
    #[error("list {operation}: {REPEATED}")]
    RepeatedCursor {
        /// The operation that lists.
        operation: &'static str,
    },
}

const REPEATED: &str = "the cursor of the next page was used before, so the listing would never end";

/// Fetches page after page from `first` (the beginning without one) until a page has no next cursor.
///
/// The stream ends after the first error. A page that leads back to an earlier one is not given: what `refuse` makes of
/// [`PageError::RepeatedCursor`] comes in its place, so that the `next` of every page that is given leads on. To resume
/// an interrupted listing, start again with the `next` of the last page that was kept.
///
/// ```
/// use futures_util::{StreamExt, TryStreamExt};
/// use http_kit::{ApiError, Cursor, Page, stream_pages};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let fetch = |cursor: Option<Cursor>| async move {
///     let start: u32 = cursor.map_or(0, |cursor| cursor.as_str().parse().unwrap());
///     let next = (start < 4).then(|| Cursor::from_link(&(start + 2).to_string())).flatten();
///     Ok::<_, ApiError>(Page { items: vec![start, start + 1], bad_rows: vec![], next })
/// };
/// let pages = stream_pages("numbers.list", None, fetch, ApiError::from);
/// let items: Vec<u32> = pages.map_ok(|page| page.items).try_concat().await?;
/// assert_eq!(items, [0, 1, 2, 3, 4, 5]);
/// # Ok::<_, ApiError>(()) }).unwrap();
/// ```
pub fn stream_pages<T, E, F, Fut, R>(
    operation: &'static str,
    first: Option<Cursor>,
    fetch: F,
    refuse: R,
) -> impl Stream<Item = Result<Page<T>, E>>
where
    F: FnMut(Option<Cursor>) -> Fut,
    Fut: Future<Output = Result<Page<T>, E>>,
    R: Fn(PageError) -> E,
{
    struct State<F, R> {
        at: Option<Cursor>,
        guard: CursorGuard,
        fetch: F,
        refuse: R,
    }
    let mut guard = CursorGuard::new(operation);
    if let Some(first) = &first {
        guard
            .admit(first)
            .expect("nothing was seen before the first cursor");
    }
    stream::try_unfold(
        Some(State {
            at: first,
            guard,
            fetch,
            refuse,
        }),
        |state| async move {
            let Some(mut state) = state else { return Ok(None) };
            let page = (state.fetch)(state.at.take()).await?;
            let state = match &page.next {
                Some(next) => {
                    state.guard.admit(next).map_err(&state.refuse)?;
                    state.at = Some(next.clone());
                    Some(state)
                }
                None => None,
            };
            Ok(Some((page, state)))
        },
    )
}

// === impl Cursor ===

impl Cursor {
    /// The cursor that a "next" link holds: `None` if it is empty; of an address with a `cursor` parameter, absolute
    /// or relative, that parameter percent-decoded; else the text as it is.
    ///
    /// An address without that parameter is kept whole, so that the vendor refuses it: taking it for the end would
    /// drop the rest of the listing in silence.
    pub fn from_link(link: &str) -> Option<Self> {
        let link = link.trim();
        let query = link
            .split_once('?')
            .map(|(_, rest)| rest.split('#').next().unwrap_or(rest));
        let parameter =
            query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("cursor=")));
        // A plus sign stays: cursors are made of the letters of base64, and never hold a space.
        let text = match parameter {
            Some(value) => percent_decode_str(value)
                .decode_utf8()
                .unwrap_or(value.into())
                .into_owned(),
            None => link.to_owned(),
        };
        (!text.is_empty()).then_some(Self(text))
    }

    /// The token, to be given back to the vendor.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Cursor {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

// === impl CursorGuard ===

impl CursorGuard {
    /// Nothing seen yet.
    pub fn new(operation: &'static str) -> Self {
        Self {
            operation,
            seen: HashSet::new(),
            hashers: Default::default(),
        }
    }

    /// Takes note of a cursor.
    ///
    /// # Errors
    ///
    /// [`PageError::RepeatedCursor`] if it was noted before.
    pub fn admit(&mut self, cursor: &Cursor) -> Result<(), PageError> {
        // 128 bits under keys that nobody knows: two cursors that collide by chance will not be met.
        let print = (self.hashers.0.hash_one(cursor), self.hashers.1.hash_one(cursor));
        if self.seen.insert(print) {
            Ok(())
        } else {
            Err(PageError::RepeatedCursor {
                operation: self.operation,
            })
        }
    }
}

// === impl PageError ===

impl PageError {
    /// The operation that lists.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::RepeatedCursor { operation } => operation,
        }
    }

    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::RepeatedCursor { .. } => REPEATED,
        }
    }
}

#[cfg(test)]
mod tests;
