//! The place of a page in its listing, and its text, in which an interrupted listing is kept.

use crate::parameter::ParameterError;
use crate::query::Start;
use http_kit::Cursor;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StringDeserializer};

/// The place of a page in its listing.
///
/// As a [`Cursor`] it is `index:101:9f86d081884c7d65` (the print of the page before it is the last part) or
/// `cursor:100:` (how many resources came before) and the server's own. So a listing goes on in the way it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: Start,
    /// The print of the page before this one.
    pub(super) before: Option<u64>,
    /// How many resources came before, of a listing by cursor.
    pub(super) given: u64,
}

impl Place {
    /// The beginning, or a cursor of an earlier page.
    pub(crate) fn start(first: Start, from: Option<&Cursor>) -> Result<Self, ParameterError> {
        match from {
            Some(cursor) => Self::of_cursor(cursor),
            None => Ok(Self {
                start: first,
                before: None,
                given: 0,
            }),
        }
    }

    pub(super) fn index(start: u64, before: u64) -> Self {
        Self {
            start: Start::Index(start),
            before: Some(before),
            given: 0,
        }
    }

    pub(super) fn cursor(cursor: &str, given: u64) -> Self {
        Self {
            start: Start::Cursor(cursor.to_owned()),
            before: None,
            given,
        }
    }

    pub(super) fn to_cursor(&self) -> Cursor {
        let text = match (&self.start, self.before) {
            (Start::Index(start), Some(before)) => format!("index:{start}:{before:016x}"),
            (Start::Index(start), None) => format!("index:{start}"),
            (Start::Cursor(cursor), _) => format!("cursor:{}:{cursor}", self.given),
        };
        // The one way to a cursor that keeps every text as it is.
        let text: StringDeserializer<Error> = text.into_deserializer();
        Cursor::deserialize(text).expect("a cursor is any text")
    }

    fn of_cursor(cursor: &Cursor) -> Result<Self, ParameterError> {
        let text = cursor.as_str();
        let refused = || ParameterError::malformed("cursor", "the cursor of a page of this crate", text);
        if let Some(cursor) = text.strip_prefix("cursor:") {
            let (given, cursor) = cursor.split_once(':').ok_or_else(refused)?;
            let given = given.parse().map_err(|_| refused())?;
            return Ok(Self::cursor(cursor, given));
        }
        let place = text.strip_prefix("index:").ok_or_else(refused)?;
        let (start, before) = match place.split_once(':') {
            Some((start, print)) => {
                let print = u64::from_str_radix(print, 16).map_err(|_| refused())?;
                (start, Some(print))
            }
            None => (place, None),
        };
        let start: u64 = start.parse().map_err(|_| refused())?;
        if start == 0 {
            return Err(refused());
        }
        Ok(Self {
            start: Start::Index(start),
            before,
            given: 0,
        })
    }
}

/// The server's own cursor in one of this crate, if it holds one.
pub(crate) fn server_cursor(cursor: &Cursor) -> Option<String> {
    match Place::of_cursor(cursor).ok()?.start {
        Start::Cursor(cursor) => Some(cursor),
        Start::Index(_) => None,
    }
}

/// A print of the rows of a page, whatever their order, by which the next page is told from the same one again. It
/// must not change from process to process, since listings go on in another one; so it is made of FNV-1a and not of
/// the hasher of the standard library.
pub(super) fn print<'a>(rows: impl Iterator<Item = &'a str>, unreadable: usize) -> u64 {
    let rows = rows.fold(0_u64, |sum, row| sum.wrapping_add(fnv(row.as_bytes())));
    rows.wrapping_add(fnv(&(unreadable as u64).to_le_bytes()))
}

fn fnv(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let start: u64 = 0xcbf2_9ce4_8422_2325;
    bytes.iter().fold(start, |print, byte| {
        (print ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}
