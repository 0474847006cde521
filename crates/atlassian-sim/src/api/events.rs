//! The audit log: as a listing, as a feed to poll, one event, and the catalogue of actions.

use super::on_get;
use super::orgs::PUBLIC_BASE;
use crate::endpoint::Endpoint;
use crate::journal::{ACTIONS, By, Event, Thing};
use crate::model::ids::uuid;
use crate::model::target::ROLES;
use crate::model::{Model, hash, salt};
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Outcome, Place, Query, Refusal};
use axum::Router;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

const LISTING: &str = "events";
const FEED: &str = "events-stream";

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v1/orgs/{org}";
    Router::new()
        .route(&format!("{base}/events"), on_get(Endpoint::EventsList, list))
        .route(
            &format!("{base}/events/{{event}}"),
            on_get(Endpoint::EventGet, get),
        )
        .route(
            &format!("{base}/events-stream"),
            on_get(Endpoint::EventsStream, poll),
        )
        .route(
            &format!("{base}/event-actions"),
            on_get(Endpoint::EventActions, actions),
        )
}

/// The conditions on events, which come beside every cursor of the listing.
#[derive(Debug)]
struct Filter {
    term: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    action: Option<String>,
    actors: Option<Vec<String>>,
    ips: Option<Vec<String>>,
    products: bool,
    places: bool,
}

impl Filter {
    fn read(query: &Query<'_>) -> Result<Self, Refusal> {
        let term = query.first("q").map(str::to_lowercase);
        if term.as_ref().is_some_and(|term| term.trim().contains(' ')) {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "ADMIN-400-21",
                "Too many query terms",
            ));
        }
        let list = |name| query.list(name).map_err(|_| syntax(name));
        let products = list("product")?;
        let known = ["bitbucket", "confluence", "guard_detect", "jira", "loom"];
        if products
            .iter()
            .flatten()
            .any(|one| !known.contains(&one.as_str()))
        {
            return Err(syntax("product"));
        }
        let places = query.first("location");
        if query.all("location").is_some_and(|all| all.len() > 1) {
            return Err(syntax("location"));
        }
        if places.is_some_and(|text| serde_json::from_str::<Vec<Value>>(text).is_err()) {
            return Err(syntax("location"));
        }
        Ok(Self {
            term,
            from: moment(query, "from")?,
            to: moment(query, "to")?,
            action: query.first("action").map(str::to_lowercase),
            actors: list("actor")?,
            ips: list("ip")?,
            products: products.is_some(),
            places: places.is_some(),
        })
    }

    /// Events of administration come from no app, one address and one place; the simulator knows no other.
    fn passes(&self, model: &Model, event: &Event) -> bool {
        let actor = actor(model, event.by);
        let within =
            self.from.is_none_or(|from| event.time >= from) && self.to.is_none_or(|to| event.time <= to);
        let actor_id = actor["id"].as_str().unwrap_or_default();
        let by = |list: &Option<Vec<String>>, own: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|one| one == own))
        };
        within
            && !self.products
            && !self.places
            && self.action.as_ref().is_none_or(|action| action == event.action)
            && by(&self.actors, actor_id)
            && by(&self.ips, ADDRESS)
            && self.term.as_ref().is_none_or(|term| {
                let mut hay = format!("{} {actor} ", event.action);
                hay.push_str(&context(model, event).to_string());
                hay.to_lowercase().contains(term)
            })
    }
}

/// Where everything comes from.
const ADDRESS: &str = "192.0.2.14";

fn syntax(name: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "ADMIN-400-19", "Invalid request syntax")
        .detail(format!("{name} is malformed"))
}

/// A moment in milliseconds of the epoch.
fn moment(query: &Query<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = query.first(name) else {
        return Ok(None);
    };
    text.parse::<i64>()
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .map(Some)
        .ok_or_else(|| {
            Refusal::new(StatusCode::BAD_REQUEST, "ADMIN-400-3", "Invalid date")
                .detail(format!("{name} must be milliseconds of the epoch"))
        })
}

/// The log, newest first. A cursor names the event that comes next, so that new events do not shift pages.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, query) = (sim.model(), call.query());
    let filter = Filter::read(&query)?;
    let limit = query.number("limit", 30, 500)? as usize;
    let (journal, shown) = sim.journal();
    let end = match query.first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), LISTING, cursor)?.at as usize,
        None => shown,
    };
    let mut found = (0..end.min(shown))
        .rev()
        .filter(|place| filter.passes(model, &journal[*place]));
    let rows: Vec<Value> = found
        .by_ref()
        .take(limit)
        .map(|place| row(model, &journal[place], place, false))
        .collect();
    let next = found
        .next()
        .map(|place| Place::at(narrow(place + 1)).seal(sim.cursor_key(), LISTING));
    let links = match &next {
        Some(next) => json!({ "self": own_url(model, LISTING), "next": page_url(model, LISTING, next) }),
        None => json!({}),
    };
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "data": rows, "links": links, "meta": { "next": next, "page_size": limit } }),
    ))
}

/// The feed. Its cursor goes on for ever, and holds the order and the bounds that were asked for at first.
fn poll(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, query) = (sim.model(), call.query());
    let limit = query.number("limit", 200, 500)? as usize;
    let (journal, shown) = sim.journal();
    let place = match query.first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), FEED, cursor)?,
        None => {
            let newest_first = match query.first("sortOrder") {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(_) => return Err(syntax("sortOrder")),
            };
            let bound = |name| -> Result<String, Refusal> {
                Ok(moment(&query, name)?.map_or(String::new(), |at| at.as_millisecond().to_string()))
            };
            let asked = format!("{} {}", bound("from")?, bound("to")?);
            Place {
                at: if newest_first { narrow(shown) } else { 0 },
                echo: newest_first,
                asked,
            }
        }
    };
    let (from, to) = place.asked.split_once(' ').unwrap_or_default();
    let bound = |text: &str| {
        let millis = text.parse::<i64>().ok()?;
        Timestamp::from_millisecond(millis).ok()
    };
    let (from, to) = (bound(from), bound(to));
    let within = |event: &Event| {
        from.is_none_or(|from| event.processed >= from) && to.is_none_or(|to| event.processed <= to)
    };
    let mut at = place.at as usize;
    let mut rows = Vec::new();
    while rows.len() < limit {
        let step = if place.echo {
            at.checked_sub(1)
        } else {
            Some(at).filter(|at| *at < shown)
        };
        let Some(one) = step else { break };
        at = if place.echo { one } else { one + 1 };
        if within(&journal[one]) {
            rows.push(row(model, &journal[one], one, true));
        }
    }
    let next = Place {
        at: narrow(at),
        ..place
    }
    .seal(sim.cursor_key(), FEED);
    Ok(Answer::value(
        StatusCode::OK,
        &json!({
            "data": rows,
            "meta": { "next": next, "page_size": limit },
            "links": { "self": own_url(model, FEED), "next": page_url(model, FEED, &next) },
        }),
    ))
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn own_url(model: &Model, listing: &str) -> String {
    format!("{PUBLIC_BASE}/v1/orgs/{}/{listing}", model.org_id)
}

fn page_url(model: &Model, listing: &str, cursor: &str) -> String {
    format!("{}?cursor={cursor}", own_url(model, listing))
}

fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (journal, shown) = sim.journal();
    let model = sim.model();
    let place = (0..shown).find(|place| event_id(model, *place) == call.part("event"));
    let place = place.ok_or_else(|| Refusal::unknown("ADMIN-404-4", "event"))?;
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "data": row(model, &journal[place], place, false) }),
    ))
}

/// The catalogue, whose texts are empty and which lists an action twice.
fn actions(_: &View<'_>, _: &Call<'_>) -> Outcome {
    let rows: Vec<Value> = ACTIONS
        .into_iter()
        .chain([ACTIONS[0]])
        .map(|id| {
            json!({
                "id": id,
                "type": "eventActions",
                "attributes": { "displayName": "", "groupDisplayName": "" },
            })
        })
        .collect();
    Ok(Answer::value(StatusCode::OK, &json!({ "data": rows })))
}

fn event_id(model: &Model, place: usize) -> String {
    uuid(hash(model.spec.seed, salt::EVENT, 1 << 32 | place as u64))
}

fn row(model: &Model, event: &Event, place: usize, feed: bool) -> Value {
    let id = event_id(model, place);
    let mut attributes = json!({
        "time": format!("{:.6}", event.time),
        "action": event.action,
        "actor": actor(model, event.by),
        "context": context(model, event),
        "container": [{
            "id": model.org_id,
            "type": "orgs",
            "attributes": { "name": model.org_name },
            "links": null,
        }],
    });
    if event.by == By::Administrator {
        attributes["location"] = json!({ "ip": ADDRESS, "countryName": "Portugal", "city": "Lisbon" });
    }
    if feed {
        attributes["processedAt"] = json!(format!("{:.6}", event.processed));
    }
    json!({
        "id": id,
        "type": "events",
        "attributes": attributes,
        "message": { "content": event.action.replace('_', " "), "format": "simple" },
        "links": { "self": format!("{}/{id}", own_url(model, LISTING)) },
    })
}

fn actor(model: &Model, by: By) -> Value {
    match by {
        By::Administrator => json!({
            "id": model.account_id(0),
            "name": model.name(0),
            "email": model.address(0),
            "auth": { "authType": "api-token", "tokenLabel": "governance" },
        }),
        By::Vendor => json!({ "id": "atlassian-internal-system", "name": "Internal System" }),
    }
}

fn context(model: &Model, event: &Event) -> Value {
    let thing = |thing: &Thing| match *thing {
        Thing::Account(account) => json!({
            "id": model.account_id(account),
            "type": "users",
            "attributes": { "email": model.address(account) },
            "links": null,
        }),
        Thing::Group(group) => json!({
            "id": model.group_id(group),
            "type": "groups",
            "attributes": { "name": model.group_name(group) },
            "links": null,
        }),
        Thing::Role(target, role) => json!({
            "id": model.target(target).ari,
            "type": "resources",
            "attributes": { "role": ROLES[usize::from(role)] },
            "links": null,
        }),
        Thing::Token(token) => json!({
            "id": model.token_id(token),
            "type": "apiTokens",
            "attributes": { "label": model.token(token).label },
            "links": null,
        }),
    };
    event.about.iter().map(thing).collect()
}
