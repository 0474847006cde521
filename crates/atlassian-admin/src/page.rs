//! Reads a page of a listing, whichever of the vendor's styles it has.
//!
//! The rows always stand in `data`. The next cursor is `links.next`, as a bare token or as an address that
//! holds it, and where there is none, `meta.next`; absent, null and empty all mean the last page. An answer
//! without `data` is an error, never an empty page: taking it for the end would lose the rest of a listing in
//! silence.

use http_kit::{Answer, ApiError, Cursor, Page, decode_rows};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Body<R> {
    data: Vec<R>,
    links: Option<Links>,
    meta: Option<Meta>,
}

/// The links of an answer; all but the next one are of no use.
#[derive(Debug, Deserialize)]
pub(crate) struct Links {
    next: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    next: Option<String>,
}

impl Links {
    /// Where the next page starts.
    pub(crate) fn next(&self) -> Option<Cursor> {
        self.next.as_deref().and_then(Cursor::from_link)
    }
}

/// Decodes a page. A row that cannot be decoded is reported in the page, with the value of `id_field` if it
/// has one.
pub(crate) fn decode_page<T: DeserializeOwned>(answer: &Answer, id_field: &str) -> Result<Page<T>, ApiError> {
    // Nearly every page is whole, and then one pass over the bytes is enough.
    if let Ok(body) = serde_json::from_slice::<Body<T>>(&answer.body) {
        let next = body.next();
        return Ok(Page {
            items: body.data,
            bad_rows: Vec::new(),
            next,
        });
    }
    let body: Body<Box<RawValue>> = answer.json()?;
    let (items, bad_rows) = decode_rows(answer.operation, &body.data, id_field);
    Ok(Page {
        items,
        bad_rows,
        next: body.next(),
    })
}

impl<R> Body<R> {
    fn next(&self) -> Option<Cursor> {
        let of_meta = || self.meta.as_ref()?.next.as_deref().and_then(Cursor::from_link);
        self.links.as_ref().and_then(Links::next).or_else(of_meta)
    }
}
