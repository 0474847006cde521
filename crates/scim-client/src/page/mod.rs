//! Pages of a listing: how one is read, and where the next one starts.
//!
//! RFC 7644 §3.4.2.4 has three numbers, and servers get each of them wrong. What is relied on is the number of
//! rows that came; [`next_start`] says how the others are used.

mod body;
mod place;

use crate::query::Start;
use body::ListBody;
use http_kit::{Answer, ApiError, ApiErrorKind, BadRow, Cursor, Page, decode_rows};
pub(crate) use place::{Place, server_cursor};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// What was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) place: Place,
    /// The cursor of that place; none at the beginning.
    pub(crate) from: Option<Cursor>,
    pub(crate) count: u32,
}

/// Where the listing goes on, and how many resources the server counts but does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Index(u64),
    End { missing: u64 },
}

/// A row, as far as paging has to know it.
pub(crate) trait Row: DeserializeOwned {
    /// What tells this row from others of the listing.
    fn identity(&self) -> &str;
}

/// Reads a page.
///
/// A row that cannot be decoded is reported in the page. So are resources that the server counts and does not
/// give, with the field `totalResults`.
pub(crate) fn decode<T: Row>(answer: &Answer, asked: &Asked) -> Result<Page<T>, ApiError> {
    let (mut page, body) = rows::<T>(answer)?;
    let given = page.items.len() + page.bad_rows.len();
    let next = match &asked.place.start {
        Start::Cursor(at) => {
            let so_far = asked.place.given.saturating_add(given as u64);
            let next = body.next_cursor().map(|cursor| Place::cursor(cursor, so_far));
            let missing = body.total.unwrap_or_default().saturating_sub(so_far);
            if next.is_none() && missing > 0 {
                if at.is_empty() {
                    return Err(without_cursors(answer));
                }
                page.bad_rows.push(shortfall(answer.operation, given, missing));
            }
            next
        }
        Start::Index(start) => {
            let print = place::print(page.items.iter().map(T::identity), page.bad_rows.len());
            let total = body.total;
            if given > 0 && asked.place.before == Some(print) {
                if total.is_none_or(|total| total >= *start) {
                    return Err(repeated(answer));
                }
                // The server counts no more, and showed the last page again when asked for what is behind it.
                return Ok(Page {
                    items: Vec::new(),
                    bad_rows: Vec::new(),
                    odd_fields: Vec::new(),
                    next: None,
                });
            }
            match next_start(*start, given as u64, u64::from(asked.count), total) {
                Next::Index(next) => Some(Place::index(next, print)),
                Next::End { missing: 0 } => None,
                Next::End { missing } => {
                    page.bad_rows.push(shortfall(answer.operation, given, missing));
                    None
                }
            }
        }
    };
    let bad_rows = page
        .bad_rows
        .iter()
        .map(|bad| bad.id.as_deref().unwrap_or(&bad.field));
    let rows = page.items.iter().map(T::identity).chain(bad_rows);
    let next = next.map(|place| {
        place
            .to_cursor()
            .after(answer.operation, asked.from.as_ref(), rows)
    });
    page.next = next.transpose()?;
    Ok(page)
}

/// Reads a document that is a list of all there is. A server that leaves the list's envelope away is understood.
pub(crate) fn decode_all<T: DeserializeOwned>(answer: &Answer) -> Result<Page<T>, ApiError> {
    if answer.body.trim_ascii_start().starts_with(b"[") {
        let raw: Vec<Box<RawValue>> = answer.json()?;
        let (items, bad_rows) = decode_rows(answer.operation, &raw, "id");
        return Ok(Page {
            items,
            bad_rows,
            odd_fields: Vec::new(),
            next: None,
        });
    }
    let (mut page, body) = rows::<T>(answer)?;
    let given = page.items.len() + page.bad_rows.len();
    let missing = body.total.unwrap_or_default().saturating_sub(given as u64);
    if missing > 0 {
        page.bad_rows.push(shortfall(answer.operation, given, missing));
    }
    Ok(page)
}

/// How many resources an answer counts.
pub(crate) fn decode_total(answer: &Answer) -> Result<u64, ApiError> {
    let body: ListBody<Box<RawValue>> = answer.json()?;
    body.total
        .ok_or_else(|| answer.error(ApiErrorKind::Undecodable, "field totalResults is missing"))
}

fn rows<T: DeserializeOwned>(answer: &Answer) -> Result<(Page<T>, ListBody<()>), ApiError> {
    let missing = |body: &ListBody<()>| {
        // RFC 7644 §3.4.2: the rows may be left out when there are none.
        let reason = match body.total {
            Some(0) => return None,
            Some(_) => "the answer counts resources and has no Resources",
            None => "the answer is not a list: it has neither totalResults nor Resources",
        };
        Some(answer.error(ApiErrorKind::Undecodable, reason))
    };
    // Nearly every page is whole, and then one pass over the bytes is enough.
    let (items, bad_rows, body) = match serde_json::from_slice::<ListBody<T>>(&answer.body) {
        Ok(body) => {
            let (rows, body) = body.split();
            (rows, Vec::new(), body)
        }
        Err(_) => {
            let (raw, body) = answer.json::<ListBody<Box<RawValue>>>()?.split();
            let (rows, bad_rows) = decode_rows(answer.operation, raw.as_deref().unwrap_or_default(), "id");
            (raw.map(|_| rows), bad_rows, body)
        }
    };
    if items.is_none()
        && let Some(error) = missing(&body)
    {
        return Err(error);
    }
    let page = Page {
        items: items.unwrap_or_default(),
        bad_rows,
        odd_fields: Vec::new(),
        next: None,
    };
    Ok((page, body))
}

/// Where the page after this one starts.
///
/// | | |
/// |---|---|
/// | The page is empty | The end, whatever is counted: asking again would not end. What is counted and did not come is missing. |
/// | As many are counted as came so far | The end: beyond it, strict servers refuse and others begin again. |
/// | Less is counted than came so far, and the page is as full as was asked for | One more page: servers count the rows of the page instead of all. |
/// | Less is counted than came so far | The end. |
/// | Else | Behind the rows that came, not behind those that were asked for: servers give fewer. |
fn next_start(start: u64, given: u64, count: u64, total: Option<u64>) -> Next {
    let before = start.saturating_sub(1);
    let so_far = before.saturating_add(given);
    if given == 0 {
        let missing = total.unwrap_or_default().saturating_sub(before);
        return Next::End { missing };
    }
    match total {
        Some(total) if total == so_far || (total < so_far && given != count) => Next::End { missing: 0 },
        _ => Next::Index(so_far.saturating_add(1)),
    }
}

fn shortfall(operation: &'static str, given: usize, missing: u64) -> BadRow {
    BadRow {
        operation,
        index: given,
        id: None,
        field: "totalResults".to_owned(),
        reason: format!("the server counts {missing} more resources than it gives"),
    }
}

/// A server that does not know cursors ignores them, and its first page looks like the only one.
fn without_cursors(answer: &Answer) -> ApiError {
    answer.error(
        ApiErrorKind::Protocol,
        "the server counts more resources and gives no cursor to go on with: it may not have cursors",
    )
}

fn repeated(answer: &Answer) -> ApiError {
    answer.error(
        ApiErrorKind::Protocol,
        "the page is the one before it: the server does not go on where it is asked to",
    )
}
