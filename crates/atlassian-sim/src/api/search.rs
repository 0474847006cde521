//! What the searches of accounts and groups have in common: parameters in a body or a query, an order, and the place of a
//! page.

use super::check_limit;
use crate::server::View;
use crate::wire::{Answer, Call, Json, Outcome, Place, Query, Refusal};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The parameters of a search.
pub(super) trait Search: DeserializeOwned {
    fn cursor(&self) -> Option<&str>;

    /// The page size that is asked for, unchecked.
    fn limit(&self) -> Option<i64>;

    /// Refuses what no listing takes.
    fn check(&self) -> Result<(), Refusal>;

    /// Refuses parameters that exclude each other, which only the search has.
    fn check_exclusions(&self) -> Result<(), Refusal>;
}

/// One order of a search.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sort {
    field: String,
    direction: String,
}

/// What the body of a search asks for and where its page starts. The cursor travels in the body; the other fields may be
/// repeated beside it and are ignored.
pub(super) fn of_body<S: Search>(
    sim: &View<'_>,
    call: &Call<'_>,
    listing: &str,
) -> Result<(S, Place), Refusal> {
    let body = call.search_body()?;
    let asked: S = parsed(body)?;
    let Some(cursor) = asked.cursor() else {
        let place = Place {
            asked: body.to_owned(),
            ..Place::at(0)
        };
        return Ok((asked, place));
    };
    check_limit(asked.limit(), 100, 100)?;
    let place = Place::open(sim.cursor_key(), listing, cursor)?;
    Ok((parsed(&place.asked)?, place))
}

fn parsed<S: Search>(body: &str) -> Result<S, Refusal> {
    let search: S =
        serde_json::from_str(body).map_err(|error| Refusal::invalid(format!("invalid body: {error}")))?;
    search.check()?;
    search.check_exclusions()?;
    Ok(search)
}

/// Where the page of a deprecated listing starts. Beside a cursor every other parameter is ignored.
pub(super) fn place_in_query(sim: &View<'_>, call: &Call<'_>, listing: &str) -> Result<Place, Refusal> {
    match call.query().first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), listing, cursor),
        None => Ok(Place {
            asked: call.raw_query.to_owned(),
            ..Place::at(0)
        }),
    }
}

/// `sortBy` and `counts` are objects in the query of a deprecated listing, for which the vendor documents no encoding, so
/// they are refused.
pub(super) fn check_encodable(query: &Query<'_>) -> Result<(), Refusal> {
    match query.names().find(|name| matches!(*name, "sortBy" | "counts")) {
        Some(name) => Err(Refusal::invalid(format!("{name} has no known encoding"))),
        None => Ok(()),
    }
}

/// The page size in a query; what is no number is out of its range.
pub(super) fn limit_in(query: &Query<'_>) -> Option<i64> {
    query.first("limit").map(|limit| limit.parse().unwrap_or(-1))
}

/// Checks that the order is one by this field.
pub(super) fn check_sort(sort_by: Option<&[Sort]>, by: &str) -> Result<(), Refusal> {
    match sort_by {
        None => Ok(()),
        Some([Sort { field, direction }]) if field == by && matches!(direction.as_str(), "asc" | "desc") => {
            Ok(())
        }
        Some(_) => Err(Refusal::invalid(format!(
            "sortBy takes one item, {by} asc or desc"
        ))),
    }
}

/// Rows once each: in their natural order, or in the order that is asked for.
pub(super) fn in_order(
    mut rows: Vec<u32>,
    sort_by: Option<&[Sort]>,
    key: impl FnMut(&u32) -> String,
) -> Vec<u32> {
    rows.sort_unstable();
    rows.dedup();
    if let Some([Sort { direction, .. }]) = sort_by {
        rows.sort_by_cached_key(key);
        if direction == "desc" {
            rows.reverse();
        }
    }
    rows
}

/// Whether a list holds a word.
pub(super) fn holds(list: Option<&Vec<String>>, word: &str) -> bool {
    list.is_some_and(|list| list.iter().any(|one| one == word))
}

/// Whether a condition on a word is met; without the condition it is.
pub(super) fn wanted(list: Option<&Vec<String>>, word: &str) -> bool {
    list.is_none() || holds(list, word)
}

/// Groups are named by id or by ARI.
pub(super) fn strip_group_ari(id: &str) -> &str {
    id.strip_prefix("ari:cloud:identity::group/").unwrap_or(id)
}

/// The answer to a count.
pub(super) fn counted(all: usize) -> Outcome {
    let mut json = Json::with_capacity(32);
    json.object(|json| json.key("count").number(all as u64));
    Ok(Answer::ok(json))
}
