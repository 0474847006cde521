//! One request and its answer: everything that is decided before and after the endpoint.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::key::Key;
use super::simulator::Sim;
use super::switches::Deprecated;
use crate::api::Handler;
use crate::endpoint::Endpoint;
use crate::wire::{Answer, Call, Outcome, Refusal};

/// Larger request bodies are refused with 413.
const LARGEST_BODY: usize = 1 << 20;

/// Answers a request to an endpoint.
pub(crate) async fn exchange(
    sim: Arc<Sim>,
    endpoint: Endpoint,
    handler: Handler,
    parts: RawPathParams,
    request: Request,
) -> Response {
    let serial = sim.tallies.request(endpoint);
    if let Some(wait) = sim.latency.of(sim.seed, serial) {
        sim.clock.sleep(wait).await;
    }
    let (head, body) = request.into_parts();
    let body = if head.method == Method::GET {
        Ok(Bytes::new())
    } else {
        to_bytes(body, LARGEST_BODY).await
    };
    let parts: Vec<(String, String)> = parts
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let outcome = match (admit(&sim, endpoint, &head.headers, &parts), body) {
        (Err(refusal), _) => Err(refusal),
        (Ok(_), Err(_)) => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "ADMIN-400-24",
            "Payload Too Large",
        )),
        (Ok(key), Ok(body)) => handler(
            &sim,
            &Call {
                parts,
                raw_query: head.uri.query().unwrap_or_default(),
                body: &body,
                json: is_json(&head.headers),
                scoped_key: key.scopes.is_some(),
            },
        ),
    };
    respond(&sim, endpoint, outcome, head.uri.path())
}

/// Answers a request to a path or method that does not exist.
pub(crate) async fn unrouted(State(sim): State<Arc<Sim>>, request: Request) -> Response {
    sim.tallies.request(Endpoint::Unrouted);
    let refusal = match sim.key_of(bearer(request.headers())) {
        None => Refusal::unauthorized(),
        Some(_) => Refusal::no_such_path(),
    };
    respond(&sim, Endpoint::Unrouted, Err(refusal), request.uri().path())
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
        Deprecated::MethodNotAllowed => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "ADMIN-UAM-405-1",
            "Method Not Supported",
        )),
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

fn respond(sim: &Sim, endpoint: Endpoint, outcome: Outcome, path: &str) -> Response {
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
    if !answer.body.is_empty() {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
        *response.body_mut() = Body::from(answer.body);
    }
    response
}
