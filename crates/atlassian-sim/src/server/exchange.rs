//! One request and its answer: everything that is decided before and after the endpoint.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::counters::Counters;
use super::key::Key;
use super::simulator::Sim;
use super::subject::Subjects;
use super::switches::Deprecated;
use crate::api::Handler;
use crate::endpoint::Endpoint;
use crate::fault::{Change, Injection};
use crate::wire::{Answer, Call, Outcome, Refusal};

/// Larger request bodies are refused with 413.
const LARGEST_BODY: usize = 1 << 20;

/// Answers a request to an endpoint: the caller is checked first, then the rate, then the plan of faults has its say,
/// and then the endpoint answers.
pub(crate) async fn exchange(
    sim: Arc<Sim>,
    endpoint: Endpoint,
    handler: Handler,
    parts: RawPathParams,
    request: Request,
) -> Response {
    let nth = sim.tallies.request(endpoint);
    if let Some(wait) = sim.latency.of(sim.seed, nth) {
        sim.clock.sleep(wait).await;
    }
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let body = if head.method == Method::GET {
        Ok(Bytes::new())
    } else {
        to_bytes(body, LARGEST_BODY).await
    };
    let parts: Vec<(String, String)> = parts
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let (key, body) = match (admit(&sim, endpoint, &head.headers, &parts), body) {
        (Err(refusal), _) => return respond(&sim, endpoint, Err(refusal), path, None, None),
        (Ok(_), Err(_)) => {
            let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "ADMIN-400-24", "Payload Too Large");
            return respond(&sim, endpoint, Err(refusal), path, None, None);
        }
        (Ok(key), Ok(body)) => (key, body),
    };
    let standing = if sim.limits.is_off() {
        None
    } else {
        sim.limits.take(&key.text, sim.clock.now())
    };
    if standing.is_some_and(|standing| standing.exceeded) {
        sim.tallies.limited(endpoint);
        let refusal = Refusal::too_many(sim.limits.envelope());
        return respond(&sim, endpoint, Err(refusal), path, standing, None);
    }
    let change = match faults(&sim, endpoint, nth, &head, &body).await {
        Ok(change) => change,
        Err(mut response) => {
            if let Some(standing) = standing
                && response.status() != StatusCode::TOO_MANY_REQUESTS
            {
                sim.limits.write(response.headers_mut(), standing);
            }
            return *response;
        }
    };
    let call = Call {
        parts,
        raw_query: head.uri.query().unwrap_or_default(),
        body: &body,
        json: is_json(&head.headers),
        scoped_key: key.scopes.is_some(),
    };
    respond(&sim, endpoint, handler(&sim, &call), path, standing, change)
}

/// An injected answer, or how the endpoint's answer is to be changed, with the cursor of the request.
async fn faults(
    sim: &Sim,
    endpoint: Endpoint,
    nth: u64,
    head: &Parts,
    body: &Bytes,
) -> Result<Option<(Change, Option<String>)>, Box<Response>> {
    if sim.faults.is_idle() {
        return Ok(None);
    }
    let subjects = Subjects {
        endpoint,
        nth,
        nth_of_all: sim.tallies.all_requests(),
    };
    let (subject, cursor) = subjects.examine(head, body);
    let Some(fault) = sim.faults.strike(subject) else {
        return Ok(None);
    };
    sim.tallies.fault(endpoint);
    let bare = endpoint == Endpoint::WorkspacesQuery;
    match fault.inject(sim.clock.now(), head.uri.path(), bare, sim.next_occurrence()) {
        Injection::Instead(response) => {
            if response.status().as_u16() >= 400 {
                sim.tallies.refused(endpoint);
            }
            Err(response)
        }
        Injection::Wait(Some(wait)) => {
            sim.clock.sleep(wait).await;
            Ok(None)
        }
        Injection::Wait(None) => std::future::pending().await,
        Injection::Change(change) => Ok(Some((change, cursor))),
    }
}

/// The counters as JSON, for programs that run the simulator as a process. Needs no key and is not counted.
pub(crate) async fn counters(State(sim): State<Arc<Sim>>) -> axum::Json<Counters> {
    axum::Json(sim.tallies.snapshot())
}

/// Answers a request to a path that does not exist.
pub(crate) async fn no_such_path(State(sim): State<Arc<Sim>>, request: Request) -> Response {
    unrouted(&sim, &request, Refusal::no_such_path())
}

/// Answers a request with a method that a path does not have.
pub(crate) async fn no_such_method(State(sim): State<Arc<Sim>>, request: Request) -> Response {
    unrouted(&sim, &request, Refusal::no_such_method())
}

fn unrouted(sim: &Sim, request: &Request, refusal: Refusal) -> Response {
    sim.tallies.request(Endpoint::Unrouted);
    let refusal = if sim.key_of(bearer(request.headers())).is_none() {
        Refusal::unauthorized()
    } else {
        refusal
    };
    respond(
        sim,
        Endpoint::Unrouted,
        Err(refusal),
        request.uri().path(),
        None,
        None,
    )
}

/// Whether the caller may ask this at all: the key first, then the organization, then the key's scopes, then
/// whether the endpoint is there.
fn admit<'a>(
    sim: &'a Sim,
    endpoint: Endpoint,
    headers: &HeaderMap,
    parts: &[(String, String)],
) -> Result<&'a Key, Refusal> {
    let key = sim.key_of(bearer(headers)).ok_or_else(Refusal::unauthorized)?;
    if parts
        .iter()
        .any(|(name, value)| name == "org" && *value != sim.model().org_id)
    {
        return Err(Refusal::foreign_org());
    }
    if !key.allows(endpoint.scope()) {
        return Err(Refusal::forbidden("ADMIN-403-3"));
    }
    let state = match endpoint {
        Endpoint::UsersList | Endpoint::GroupsList => sim.switches().deprecated_lists,
        Endpoint::UsersSearch | Endpoint::GroupsSearch => sim.switches().searches,
        _ => Deprecated::Alive,
    };
    match state {
        Deprecated::Alive => Ok(key),
        Deprecated::NotFound => Err(Refusal::no_such_path()),
        Deprecated::MethodNotAllowed => Err(Refusal::no_such_method()),
        Deprecated::NotMigrated => {
            Err(
                Refusal::new(StatusCode::BAD_REQUEST, "ADMIN-400-4", "Invalid resource").detail(format!(
                    "Organization: {} is not with the new user management experience",
                    sim.model().org_id
                )),
            )
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    declared
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn respond(
    sim: &Sim,
    endpoint: Endpoint,
    outcome: Outcome,
    path: &str,
    standing: Option<super::limits::Standing>,
    change: Option<(Change, Option<String>)>,
) -> Response {
    let answer = outcome.unwrap_or_else(|refusal| {
        let body = refusal.body(path, sim.next_occurrence());
        Answer {
            status: refusal.status,
            body,
        }
    });
    if answer.status.as_u16() >= 400 {
        sim.tallies.refused(endpoint);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Some(standing) = standing {
        sim.limits.write(headers, standing);
    }
    if !answer.body.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *response.body_mut() = match change {
            Some((change, cursor)) => change.apply(response.headers_mut(), answer.body, cursor.as_deref()),
            None => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
                Body::from(answer.body)
            }
        };
    }
    response
}
