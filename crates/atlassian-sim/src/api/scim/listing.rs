//! What a listing asks for: one comparison, a place, a number.

use super::invalid;
use crate::wire::{Query, Refusal};
use std::str::FromStr;

/// The page size when none is asked for.
const DEFAULT_COUNT: usize = 50;

/// The largest page; more may be asked for, but does not come.
const MOST: usize = 100;

/// A question for a listing.
#[derive(Debug)]
pub(super) struct Listing {
    /// Attribute and value of the one comparison.
    pub(super) filter: Option<(String, String)>,
    /// The place of the first row, from 1.
    pub(super) start: usize,
    /// The number of rows.
    pub(super) count: usize,
}

impl Listing {
    /// Reads the question. `filters` are the attributes that can be compared.
    pub(super) fn read(query: &Query<'_>, what: &str, filters: &[&str]) -> Result<Self, Refusal> {
        let filter =
            match query.first("filter") {
                None => None,
                Some(text) => {
                    let known = parse(text).filter(|(attribute, _)| {
                        filters
                            .iter()
                            .any(|filter| filter.eq_ignore_ascii_case(attribute))
                    });
                    Some(known.ok_or_else(|| {
                        invalid("invalidFilter", format!("Resource [{what}] invalid filter"))
                    })?)
                }
            };
        let start = number::<i64>(query, "startIndex")?.unwrap_or(1).max(1);
        let count = number::<i64>(query, "count")?.map_or(DEFAULT_COUNT, |count| {
            usize::try_from(count).unwrap_or(0).min(MOST)
        });
        Ok(Self {
            filter,
            start: usize::try_from(start).unwrap_or(usize::MAX),
            count,
        })
    }

    /// The rows of the page.
    pub(super) fn page<T>(&self, rows: impl Iterator<Item = T>) -> Vec<T> {
        rows.skip(self.start - 1).take(self.count).collect()
    }
}

fn number<T: FromStr>(query: &Query<'_>, name: &str) -> Result<Option<T>, Refusal> {
    query
        .first(name)
        .map(|text| {
            text.parse()
                .map_err(|_| invalid("invalidValue", format!("{name} must be a number")))
        })
        .transpose()
}

/// `attribute eq "value"`, and nothing else.
fn parse(text: &str) -> Option<(String, String)> {
    let (attribute, rest) = text.trim().split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    if !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    match serde_json::from_str(value.trim()).ok()? {
        serde_json::Value::String(value) => Some((attribute.to_owned(), value)),
        _ => None,
    }
}
