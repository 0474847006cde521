//! Listings in pages: the cursor, the guard against going in circles, and the one paginator.

use crate::rows::{BadRow, OddField};
use futures_util::stream::{self, Stream};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

mod trail;

use trail::{Passed, Trail, fixed_hash};

/// The place where a listing goes on: a token of the vendor that means nothing to us.
///
/// It carries what is needed to see that a listing would never end, also where every page is fetched by a process of its own
/// ([`Cursor::after`]). Two cursors are equal where their tokens are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Cursor {
    token: String,
    empty_pages: u32,
    trail: Option<Trail>,
}

/// A cursor in writing: as a rule, the token alone.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Token(String),
    After(String, u32, Option<Trail>),
}

/// A listing ends after this many empty pages in a row, each of which leads to another.
const MOST_EMPTY_PAGES: u32 = 20;

/// A listing ends when this many of its pages had the rows of one before them.
const MOST_KNOWN_PAGES: u32 = 20;

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
    /// Fields of the items that were left out because they were not understood; each must be reported.
    pub odd_fields: Vec<OddField>,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<Cursor>,
}

/// A listing breaks its own rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// A cursor came that came before in the same listing: going on would never end.
    #[error("the listing {operation} cannot go on: {REPEATED}")]
    RepeatedCursor {
        /// The operation that lists.
        operation: &'static str,
    },
    /// Page after page has the rows of earlier ones and leads to another.
    #[error("the listing {operation} cannot go on: {KNOWN}")]
    KnownRows {
        /// The operation that lists.
        operation: &'static str,
    },
    /// Page after page is empty and leads to another.
    #[error("the listing {operation} cannot go on: {EMPTY}")]
    EmptyPages {
        /// The operation that lists.
        operation: &'static str,
    },
}

const KNOWN: &str = "20 pages have the rows of earlier ones, and the last one leads to another";
const EMPTY: &str = "20 pages in a row are empty, and each leads to another";
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
///     Ok::<_, ApiError>(Page { items: vec![start, start + 1], bad_rows: vec![], odd_fields: vec![], next })
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
        empty_pages: u32,
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
            empty_pages: 0,
            fetch,
            refuse,
        }),
        move |state| async move {
            let Some(mut state) = state else { return Ok(None) };
            let page = (state.fetch)(state.at.take()).await?;
            let state = match &page.next {
                Some(next) => {
                    state.guard.admit(next).map_err(&state.refuse)?;
                    state.empty_pages = page.empty_pages(state.empty_pages);
                    if state.empty_pages >= MOST_EMPTY_PAGES {
                        return Err((state.refuse)(PageError::EmptyPages { operation }));
                    }
                    state.at = Some(next.clone());
                    Some(state)
                }
                None => None,
            };
            Ok(Some((page, state)))
        },
    )
}

// === impl Page ===

impl<T> Page<T> {
    /// How many pages in a row are empty with this one, after `before` of them.
    fn empty_pages(&self, before: u32) -> u32 {
        match self.items.is_empty() && self.bad_rows.is_empty() {
            true => before + 1,
            false => 0,
        }
    }
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
        (!text.is_empty()).then_some(Self {
            token: text,
            empty_pages: 0,
            trail: None,
        })
    }

    /// This cursor as the one that follows a page with these rows, good and bad, which was fetched with `before`.
    ///
    /// A row is told by what it hashes to: its text, or its id.
    ///
    /// # Errors
    ///
    /// [`PageError::EmptyPages`] when the page is the 20th in a row without a row; [`PageError::KnownRows`] when it is the 20th
    /// that has the rows of an earlier one; [`PageError::RepeatedCursor`] where this cursor leads back.
    pub fn after(
        mut self,
        operation: &'static str,
        before: Option<&Self>,
        rows: impl IntoIterator<Item = impl Hash>,
    ) -> Result<Self, PageError> {
        // Whatever their order.
        let mut rows = rows.into_iter().map(|row| fixed_hash(&row)).peekable();
        if rows.peek().is_none() {
            self.empty_pages = before.map_or(0, |before| before.empty_pages) + 1;
            if self.empty_pages >= MOST_EMPTY_PAGES {
                return Err(PageError::EmptyPages { operation });
            }
        }
        let page = Passed {
            token: fixed_hash(&self.token),
            rows: rows.reduce(u64::wrapping_add),
        };
        let trail = before.and_then(|before| before.trail);
        self.trail = Some(match trail {
            Some(trail) => trail.then(operation, page)?,
            None => Trail::from(page),
        });
        Ok(self)
    }

    /// The token, to be given back to the vendor.
    pub fn as_str(&self) -> &str {
        &self.token
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.token)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&self.token).finish()
    }
}

impl PartialEq for Cursor {
    fn eq(&self, other: &Self) -> bool {
        self.token == other.token
    }
}

impl Eq for Cursor {}

impl Hash for Cursor {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.token.hash(state);
    }
}

impl From<Written> for Cursor {
    fn from(written: Written) -> Self {
        let (token, empty_pages, trail) = match written {
            Written::Token(token) => (token, 0, None),
            Written::After(token, empty_pages, trail) => (token, empty_pages, trail),
        };
        Self {
            token,
            empty_pages,
            trail,
        }
    }
}

impl From<Cursor> for Written {
    fn from(cursor: Cursor) -> Self {
        match (cursor.empty_pages, cursor.trail) {
            (0, None) => Self::Token(cursor.token),
            (empty_pages, trail) => Self::After(cursor.token, empty_pages, trail),
        }
    }
}

impl AsRef<str> for Cursor {
    fn as_ref(&self) -> &str {
        &self.token
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
        let token = cursor.as_str();
        let print = (self.hashers.0.hash_one(token), self.hashers.1.hash_one(token));
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
            Self::RepeatedCursor { operation }
            | Self::KnownRows { operation }
            | Self::EmptyPages { operation } => operation,
        }
    }

    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::RepeatedCursor { .. } => REPEATED,
            Self::KnownRows { .. } => KNOWN,
            Self::EmptyPages { .. } => EMPTY,
        }
    }
}

#[cfg(test)]
mod tests;
