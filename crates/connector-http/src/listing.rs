//! Listings of vendors whose pages are counted, or lead on by a header.

use crate::cannot;
use connector_sdk::{Notice, Page, PageToken, Result};
use http_kit::{Answer, ApiError, ApiErrorKind, BadRow, Call, Cursor, HttpClient, ReadRows, Row, read_rows};
use serde_json::value::RawValue;
use url::Url;

/// The kind of gap that a row is which cannot be read.
pub const MALFORMED_ROW: &str = "malformed_row";

/// How the pages of a listing follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// Pages are counted from 1. A page that has fewer rows than were asked for is the last one.
    Numbered {
        /// The parameter of the number.
        page: &'static str,
        /// How many rows the call asks for.
        rows: usize,
    },
    /// The header `Link` names the next page (RFC 8288, relation `next`). Only its query is taken: a key is never sent to
    /// another host.
    Linked,
}

/// Reads one page of a listing whose body is an array of rows, and says where it goes on.
///
/// `token` is what the engine hands in. The page that comes back has the place of the next one and a gap for each row that
/// cannot be read; what the rows become is for the caller to add. `what` reads after "cannot".
///
/// # Errors
/// Those of the call; an answer that is not a list; a listing that goes round, or that has 20 pages in a row without a row.
pub async fn list<T: Row>(
    http: &HttpClient,
    what: &str,
    call: Call,
    paging: Paging,
    token: &PageToken,
) -> Result<(Vec<T>, Page)> {
    let operation = call.operation();
    let at: Option<Cursor> = token.state()?;
    let call = match (paging, &at) {
        (Paging::Numbered { page, .. }, at) => call.query(page, at.as_ref().map_or("1", Cursor::as_str)),
        (Paging::Linked, None) => call,
        (Paging::Linked, Some(at)) => call.query_of_link(at.as_str()),
    };
    let decode = |answer: Answer| {
        let answer = &answer;
        let rows: Vec<Box<RawValue>> = answer.json()?;
        let next = match paging {
            Paging::Numbered { rows: asked, .. } => numbered(answer, at.as_ref(), rows.len() < asked)?,
            Paging::Linked => linked(answer, http.base_url())?,
        };
        let texts = rows.iter().map(|row| row.get());
        let next = next
            .map(|next| next.after(operation, at.as_ref(), texts))
            .transpose()?;
        Ok((read_rows::<T>(operation, &rows), next))
    };
    let (rows, next) = http.send_as(call, decode).await.map_err(cannot(what))?;
    let mut page = Page::empty();
    page.next = next.as_ref().map(PageToken::of_state).transpose()?;
    let ReadRows { items, bad_rows, .. } = rows;
    let place = at.as_ref().map(Cursor::as_str);
    page.notices.extend(malformed_rows(&bad_rows, None, place));
    Ok((items, page))
}

/// Rows that cannot be read, each a gap of its own. `of` names what was listed where the operation alone does not; `place` is
/// that of the page, none of the first.
pub fn malformed_rows<'a>(
    rows: &'a [BadRow],
    of: Option<&'a str>,
    place: Option<&'a str>,
) -> impl Iterator<Item = Notice> + use<'a> {
    rows.iter().map(move |row| {
        let place = match (&row.id, place) {
            (Some(id), _) => id.clone(),
            // Two rows without an id must not be taken for one, so the page is told too.
            (None, None) => format!("row {} of the first page", row.index),
            (None, Some(place)) => format!("row {} of page {}", row.index, shown(place)),
        };
        let of = of.map(|of| format!(" of {of}")).unwrap_or_default();
        Notice::gap(
            MALFORMED_ROW,
            format!("{}{of}: {place}", row.operation),
            format!("the field {} cannot be read: {}", row.field, row.reason),
        )
    })
}

/// A place, which is as long as the vendor likes, as far as it tells one page from another.
fn shown(place: &str) -> String {
    const MOST: usize = 200;
    match place.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes)", &place[..end], place.len()),
        None => place.to_owned(),
    }
}

fn numbered(answer: &Answer, at: Option<&Cursor>, is_last: bool) -> Result<Option<Cursor>, ApiError> {
    if is_last {
        return Ok(None);
    }
    let number = at.map_or(Ok(1), |at| at.as_str().parse::<u64>());
    let number =
        number.map_err(|_| answer.error(ApiErrorKind::Invalid, "the place is no number of a page"))?;
    Ok(Cursor::from_link(&(number + 1).to_string()))
}

/// The query of the link to the next page.
fn linked(answer: &Answer, base: &Url) -> Result<Option<Cursor>, ApiError> {
    let headers = answer.headers.get_all(http::header::LINK);
    let mut links = headers
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(links);
    let Some((target, _)) = links.find(|(_, relations)| relations.split(' ').any(|word| word == "next"))
    else {
        return Ok(None);
    };
    let elsewhere = || {
        answer.error(
            ApiErrorKind::Undecodable,
            "the next page is on another host, or has no query",
        )
    };
    let url = base.join(target).map_err(|_| elsewhere())?;
    let query = url.query().filter(|_| url.origin() == base.origin());
    query.and_then(Cursor::from_link).ok_or_else(elsewhere).map(Some)
}

/// The links of one header, each with its relations.
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    // A comma or a semicolon may stand within an address.
    header.split('<').skip(1).filter_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let relations = parameters.split([';', ',']).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("rel")
                .then(|| value.trim().trim_matches('"'))
        });
        Some((target, relations.unwrap_or_default()))
    })
}
