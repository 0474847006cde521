//! `GET /admin/api-access/v1/orgs/{org}/api-tokens` and their count.

use super::user_row::{write_address, write_name};
use super::{on_get, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Change, Model, salt};
use crate::server::{Draft, Sim, View};
use crate::wire::date::{days_after, days_before, write_millis};
use crate::wire::{Answer, Call, Json, Outcome, Place, Query, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;

const LISTING: &str = "tokens";

/// Whether a parameter filters by one of these dates. The vendor documents the names but not their meaning.
pub(super) fn is_date_filter(name: &str, dates: &[&str]) -> bool {
    const PARTS: [&str; 7] = ["SearchType", "Uom", "Value", "From", "To", "RangeFrom", "RangeTo"];
    dates
        .iter()
        .filter_map(|date| name.strip_prefix(date))
        .any(|part| PARTS.contains(&part))
}

/// Dates of a token.
const DATES: [&str; 2] = ["createdAt", "lastActiveAt"];

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/api-access/v1/orgs/{org}/api-tokens";
    Router::new()
        .route(base, on_get(Endpoint::TokensList, list))
        .route(
            base,
            on_write(MethodFilter::DELETE, Endpoint::TokensRevokeAll, revoke_all),
        )
        .route(&format!("{base}/count"), on_get(Endpoint::TokensCount, count))
}

/// The vendor answers unknown or ill-formed parameters with a generic 500.
pub(super) fn generic_error() -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ADMIN-500-1",
        "Internal Server Error",
    )
}

/// Which tokens are asked for.
#[derive(Debug)]
struct TokenFilter {
    text: Option<String>,
    blocked: Option<bool>,
}

impl TokenFilter {
    fn read(sim: &View<'_>, query: &Query<'_>, more: &[&str]) -> Result<Self, Refusal> {
        if sim.switches().tokens_forbidden {
            return Err(Refusal::forbidden("ADMIN-403-3"));
        }
        let known = |name: &&str| {
            ["q", "status"].contains(name) || more.contains(name) || is_date_filter(name, &DATES)
        };
        if query.names().any(|name| !known(&name)) {
            return Err(generic_error());
        }
        if let Some(name) = query.names().find(|name| is_date_filter(name, &DATES)) {
            return Err(Refusal::invalid(format!(
                "the simulator does not filter by {name}"
            )));
        }
        let blocked = match query.first("status") {
            None => None,
            Some("allowed") => Some(false),
            Some("blocked") => Some(true),
            Some(_) => return Err(generic_error()),
        };
        Ok(Self {
            text: query.first("q").map(str::to_lowercase),
            blocked,
        })
    }

    fn passes(&self, model: &Model, token: u32) -> bool {
        if self.text.is_none() && self.blocked.is_none() {
            return true;
        }
        let row = model.token(token);
        self.blocked.is_none_or(|blocked| blocked == row.blocked)
            && self.text.as_ref().is_none_or(|text| {
                let mut hay = format!("{} {} ", row.label, model.name(row.owner));
                model.write_address(&mut hay, row.owner);
                hay.to_lowercase().contains(text)
            })
    }
}

/// Lists the tokens. The other parameters are repeated beside a cursor, which holds a position only.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, query) = (sim.model(), call.query());
    let filter = TokenFilter::read(sim, &query, &["pageSize", "cursor", "sort"])?;
    if query
        .first("pageSize")
        .is_some_and(|size| size.parse::<i64>().is_err())
    {
        return Err(generic_error());
    }
    let room = query.number("pageSize", 20, 1000)? as usize;
    let at = match query.first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), LISTING, cursor)?.at,
        None => 0,
    };
    let order = order(model, &filter, query.first("sort"))?;
    let all = order.as_ref().map_or(model.token_places(), |list| {
        u32::try_from(list.len()).unwrap_or(u32::MAX)
    });
    let mut rows = Vec::with_capacity(room.min(all as usize));
    let mut next = None;
    for position in at..all {
        let token = order.as_ref().map_or(position, |list| list[position as usize]);
        if model.is_token(token) && filter.passes(model, token) {
            if rows.len() == room {
                next = Some(position);
                break;
            }
            rows.push(token);
        }
    }
    let mut json = Json::with_capacity(rows.len() * 400 + 128);
    json.object(|json| {
        json.key("data")
            .array(|json| rows.iter().for_each(|token| write_token(json, model, *token)));
        json.key("links").object(|json| {
            json.key("self")
                .text(&Place::at(at).seal(sim.cursor_key(), LISTING));
            if let Some(at) = next {
                json.key("next")
                    .text(&Place::at(at).seal(sim.cursor_key(), LISTING));
            }
        });
    });
    Ok(Answer::ok(json))
}

/// The tokens in the order asked for; `None` for their natural order.
fn order(model: &Model, filter: &TokenFilter, sort: Option<&str>) -> Result<Option<Vec<u32>>, Refusal> {
    let Some(sort) = sort else { return Ok(None) };
    let (field, down) = match sort.strip_prefix('-') {
        Some(field) => (field, true),
        None => (sort.strip_prefix(['+', ' ']).unwrap_or(sort), false),
    };
    let mut tokens: Vec<u32> = model
        .tokens()
        .filter(|token| filter.passes(model, *token))
        .collect();
    match field {
        "createdAt" => tokens.sort_by_key(|token| std::cmp::Reverse(model.token(*token).age)),
        "lastActiveAt" => tokens.sort_by_key(|token| std::cmp::Reverse(model.token(*token).unused)),
        "label" => tokens.sort_by_key(|token| model.token(*token).label),
        _ => return Err(generic_error()),
    }
    if down {
        tokens.reverse();
    }
    Ok(Some(tokens))
}

/// When a token was made, ends and was last used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    pub(super) created: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) used: Option<Timestamp>,
}

/// The dates of a token.
pub(super) fn dates(model: &Model, token: u32) -> Dates {
    let row = model.token(token);
    let created = days_before(row.age, model.noise(salt::TOKEN_ID, token));
    Dates {
        created,
        expires: row.lifetime.map(|days| days_after(created, days)),
        used: row.unused.map(|days| days_before(days, 0)),
    }
}

fn write_token(json: &mut Json, model: &Model, token: u32) {
    let (row, dates) = (model.token(token), dates(model, token));
    json.object(|json| {
        json.key("id").text(&model.token_id(token));
        json.key("label").text(row.label);
        json.key("status")
            .text(if row.blocked { "BLOCKED" } else { "ALLOWED" });
        json.key("createdAt")
            .text_of(|out| write_millis(out, dates.created));
        if let Some(expires) = dates.expires {
            json.key("expiresAt").text_of(|out| write_millis(out, expires));
        }
        if let Some(used) = dates.used {
            json.key("lastActiveAt").text_of(|out| write_millis(out, used));
        }
        if row.scoped {
            json.key("scopes").array(|json| {
                json.text("read:jira-work");
                json.text("write:jira-work");
            });
        }
        json.key("user").object(|json| {
            json.key("id")
                .text_of(|out| model.write_account_id(out, row.owner));
            json.key("orgId").text(&model.org_id);
            write_name(json.key("name"), model, row.owner);
            write_address(json.key("email"), model, row.owner);
        });
    });
}

/// The count is a bare number.
fn count(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let filter = TokenFilter::read(sim, &call.query(), &[])?;
    let model = sim.model();
    let all = model
        .tokens()
        .filter(|token| filter.passes(model, *token))
        .count() as u64;
    let mut json = Json::with_capacity(16);
    json.number(all);
    Ok(Answer::ok(json))
}

/// Revokes every token of every managed account.
fn revoke_all(draft: &mut Draft<'_>, _: &Call<'_>) -> Outcome {
    if draft.switches().tokens_forbidden {
        return Err(Refusal::forbidden("ADMIN-403-3"));
    }
    let tokens: Vec<u32> = draft.model().tokens().collect();
    for token in tokens {
        draft.make(Change::TokenGone { token });
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
