//! One request and its answer: everything that is decided before and after the endpoint.

use super::admission::{admit, is_json, no_such_endpoint};
use super::counters::{Counters, Nth};
use super::limits::Standing;
use super::sim::Sim;
use super::subject::Subjects;
use super::view::{Draft, View};
use super::writes::{WriteLog, subject};
use crate::endpoint::{Endpoint, Surface};
use crate::fault::{Change, Injection, reset};
use crate::wire::refusal::{Envelope, occurrence_id};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use std::sync::Arc;

/// Larger request bodies are refused with 413.
const LARGEST_BODY: usize = 1 << 20;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What an endpoint does once the caller is known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// It reads.
    Read(fn(&View<'_>, &Call<'_>) -> Outcome),
    /// It may change something.
    Write(fn(&mut Draft<'_>, &Call<'_>) -> Outcome),
}

/// Answers a request to an endpoint: the caller is checked first, then the rate, then the plan of faults has its say,
/// and then the endpoint answers.
pub(crate) async fn exchange(
    sim: Arc<Sim>,
    endpoint: Endpoint,
    action: Action,
    parts: RawPathParams,
    request: Request,
) -> Response {
    let nth = sim.tallies.request(endpoint);
    if let Some(wait) = sim.latency.of(sim.seed, nth.here) {
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
    let mut reply = Reply::new(&sim, endpoint, head.uri.path());
    if matches!(action, Action::Write(_)) {
        reply.begin_log(subject(&parts, body.as_deref().unwrap_or_default()));
    }
    let accepts_scim = |value: &HeaderValue| value.to_str().is_ok_and(|kind| kind.contains("scim+json"));
    if endpoint.surface() == Surface::Scim && head.headers.get(ACCEPT).is_some_and(accepts_scim) {
        reply.kind = "application/scim+json";
    }
    let (caller, body) = match (admit(&sim, endpoint, &head.headers, &parts), body) {
        (Err(refusal), _) => return reply.refuse(refusal),
        (Ok(_), Err(_)) => {
            let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "ADMIN-400-24", "Payload Too Large");
            return reply.refuse(refusal);
        }
        (Ok(caller), Ok(body)) => (caller, body),
    };
    if !sim.limits.is_off() {
        reply.standing = sim.limits.take(endpoint, caller.key, sim.clock.now());
    }
    if reply.standing.is_some_and(|standing| standing.exceeded) {
        sim.tallies.limited(endpoint);
        return reply.refuse(Refusal::too_many(endpoint.surface(), sim.limits.envelope()));
    }
    match faults(&mut reply, nth, &head, &body).await {
        Ok(change) => reply.change = change,
        Err(mut response) => {
            if let Some(standing) = reply.standing
                && response.status() != StatusCode::TOO_MANY_REQUESTS
            {
                sim.limits.write(response.headers_mut(), standing);
            }
            return *response;
        }
    }
    let call = Call {
        parts,
        raw_query: head.uri.query().unwrap_or_default(),
        body: &body,
        json: is_json(endpoint, &head.headers),
        scoped_key: caller.scoped,
    };
    let outcome = match action {
        Action::Read(read) => read(&View::new(&sim), &call),
        Action::Write(write) => {
            let mut draft = Draft::new(&sim, endpoint.surface());
            let outcome = write(&mut draft, &call);
            reply.applied = draft.is_applied();
            outcome
        }
    };
    reply.finish(outcome)
}

/// An answer while it is put together.
struct Reply<'a> {
    sim: &'a Sim,
    endpoint: Endpoint,
    path: &'a str,
    /// The media type of the body.
    kind: &'static str,
    standing: Option<Standing>,
    /// How a fault changes the answer, and the cursor of the request.
    change: Option<(Change, Option<String>)>,
    /// For writes: the number of the request, and what it is about.
    write: Option<(u64, String)>,
    applied: bool,
}

impl<'a> Reply<'a> {
    fn new(sim: &'a Sim, endpoint: Endpoint, path: &'a str) -> Self {
        Self {
            sim,
            endpoint,
            path,
            kind: "application/json",
            standing: None,
            change: None,
            write: None,
            applied: false,
        }
    }

    fn begin_log(&mut self, subject: String) {
        self.write = Some((self.sim.next_occurrence(), subject));
    }

    /// The number of the request; a new one for reads, which have none before they are refused.
    fn serial(&self) -> u64 {
        match &self.write {
            Some((serial, _)) => *serial,
            None => self.sim.next_occurrence(),
        }
    }

    /// Logs a write. Its status is `None` when the endpoint was not reached.
    fn log(&mut self, status: Option<StatusCode>) {
        if let Some((serial, subject)) = self.write.take() {
            self.sim.log(WriteLog {
                endpoint: self.endpoint,
                subject,
                applied: self.applied,
                status: status.map(|status| status.as_u16()),
                request_id: occurrence_id(serial),
            });
        }
    }

    /// An answer of the simulator's own accord, which the endpoint has no part in.
    fn refuse(self, refusal: Refusal) -> Response {
        self.finish(Err(refusal))
    }

    fn finish(mut self, outcome: Outcome) -> Response {
        let serial = self.write.as_ref().map(|(serial, _)| *serial);
        let answer = outcome.unwrap_or_else(|refusal| {
            if refusal.envelope != Envelope::Scim {
                // Whoever stands before SCIM does not speak it, nor does an exception.
                self.kind = "application/json";
            }
            Answer {
                status: refusal.status,
                body: refusal.body(self.path, self.serial()),
            }
        });
        self.log(Some(answer.status));
        if answer.status.as_u16() >= 400 {
            self.sim.tallies.refused(self.endpoint);
        }
        if let Some((change, _)) = &self.change
            && change.is_reset(!answer.body.is_empty())
        {
            return reset();
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status;
        let headers = response.headers_mut();
        if let Some(standing) = self.standing {
            self.sim.limits.write(headers, standing);
        }
        if let Some(id) = serial.and_then(|serial| HeaderValue::try_from(occurrence_id(serial)).ok()) {
            headers.insert(REQUEST_ID, id);
        }
        if !answer.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
            *response.body_mut() = match self.change {
                Some((change, cursor)) => {
                    change.apply(response.headers_mut(), answer.body, cursor.as_deref())
                }
                None => {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
                    Body::from(answer.body)
                }
            };
        }
        response
    }
}

/// An injected answer, or how the endpoint's answer is to be changed, with the cursor of the request.
async fn faults(
    reply: &mut Reply<'_>,
    nth: Nth,
    head: &Parts,
    body: &Bytes,
) -> Result<Option<(Change, Option<String>)>, Box<Response>> {
    let (sim, endpoint) = (reply.sim, reply.endpoint);
    if sim.faults.is_idle() {
        return Ok(None);
    }
    let subjects = Subjects {
        endpoint,
        nth: nth.here,
        nth_of_all: nth.of_all,
    };
    let (subject, cursor) = subjects.examine(head, body);
    let Some(fault) = sim.faults.strike(subject) else {
        return Ok(None);
    };
    sim.tallies.fault(endpoint);
    let serial = reply.serial();
    match fault.inject(sim.clock.now(), head.uri.path(), endpoint, serial) {
        Injection::Instead(response) => {
            reply.log(None);
            if response.status().as_u16() >= 400 {
                sim.tallies.refused(endpoint);
            }
            Err(response)
        }
        Injection::Wait(Some(wait)) => {
            sim.clock.sleep(wait).await;
            Ok(None)
        }
        Injection::Wait(None) => {
            reply.log(None);
            std::future::pending().await
        }
        Injection::Change(change) => Ok(Some((change, cursor))),
    }
}

/// The counters as JSON, for programs that run the simulator as a process. Needs no key and is not counted.
pub(crate) async fn counters(State(sim): State<Arc<Sim>>) -> axum::Json<Counters> {
    axum::Json(sim.tallies.snapshot())
}

/// The log of writes as JSON, for programs that run the simulator as a process. Needs no key and is not counted.
pub(crate) async fn writes(State(sim): State<Arc<Sim>>) -> axum::Json<Vec<WriteLog>> {
    axum::Json(sim.writes())
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
    let refusal = no_such_endpoint(sim, request.uri().path(), request.headers(), refusal);
    Reply::new(sim, Endpoint::Unrouted, request.uri().path()).refuse(refusal)
}
