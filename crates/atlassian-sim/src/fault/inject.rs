//! Faults as answers.

use super::{Fault, Hint};
use crate::endpoint::{Endpoint, Surface};
use crate::wire::{Refusal, refusal::Envelope};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// Marks an answer whose connection must be reset instead of carrying it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrokenConnection;

/// How a fault changes the course of a request.
#[derive(Debug)]
pub(crate) enum Injection {
    /// This answer instead of the endpoint's.
    Instead(Box<Response>),
    /// The endpoint answers after a wait; `None` waits for ever.
    Wait(Option<Duration>),
    /// The endpoint answers, and its answer is changed.
    Change(Change),
}

/// How an answer is changed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// There is no answer.
    Reset,
    /// The body breaks off.
    Cut,
    /// The JSON breaks off.
    Garbage,
    /// The next cursor is that of the request.
    RepeatCursor,
}

const PAGE: &str =
    "<!DOCTYPE html><html><head><title>Something went wrong</title></head><body></body></html>";

const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

impl Fault {
    /// What to do about a request. `serial` numbers the occurrence.
    pub(crate) fn inject(&self, now: Timestamp, path: &str, endpoint: Endpoint, serial: u64) -> Injection {
        let refused = |refusal: &Refusal| {
            let kind = match refusal.envelope {
                Envelope::Scim => "application/scim+json",
                _ => "application/json",
            };
            answer(refusal.status, kind, refusal.body(path, serial))
        };
        let refuse = |refusal: Refusal| Injection::Instead(Box::new(refused(&refusal)));
        let page =
            |status| Injection::Instead(Box::new(answer(status, "text/html; charset=UTF-8", PAGE.into())));
        match self {
            Self::RateLimited(hint, envelope) => {
                let mut response = refused(&Refusal::too_many(endpoint.surface(), *envelope));
                hint.write(response.headers_mut(), now);
                Injection::Instead(Box::new(response))
            }
            Self::Status(status) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                match status {
                    StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => page(status),
                    _ => refuse(Refusal::injected(status, endpoint)),
                }
            }
            Self::ResetBefore => Injection::Instead(Box::new(reset())),
            Self::RefusedCursor => refuse(Refusal::cursor()),
            Self::Html => page(StatusCode::OK),
            Self::Empty => Injection::Instead(Box::new(Response::new(Body::empty()))),
            Self::Slow(wait) => Injection::Wait(Some(*wait)),
            Self::Hang => Injection::Wait(None),
            Self::ResetAfter => Injection::Change(Change::Reset),
            Self::Cut => Injection::Change(Change::Cut),
            Self::Garbage => Injection::Change(Change::Garbage),
            Self::RepeatedCursor => Injection::Change(Change::RepeatCursor),
        }
    }
}

fn answer(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if !body.is_empty() {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        *response.body_mut() = Body::from(body);
    }
    response
}

/// An answer whose connection is reset instead of carrying it.
pub(crate) fn reset() -> Response {
    let mut response = Response::new(Body::from_stream(stream::iter([broken()])));
    response.extensions_mut().insert(BrokenConnection);
    response
}

fn broken() -> std::io::Result<Bytes> {
    Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
}

impl Change {
    /// Whether an answer with a body, or one without, does not come at all.
    pub(crate) fn is_reset(self, has_body: bool) -> bool {
        matches!(self, Self::Reset) || (matches!(self, Self::Cut) && !has_body)
    }

    /// The changed body. `cursor` is that of the request.
    pub(crate) fn apply(self, headers: &mut HeaderMap, mut body: Vec<u8>, cursor: Option<&str>) -> Body {
        match self {
            Self::Reset => Body::from_stream(stream::iter([broken()])),
            Self::Cut => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                body.truncate(body.len() / 2);
                Body::from_stream(stream::iter([Ok(Bytes::from(body)), broken()]))
            }
            Self::Garbage => {
                body.truncate(body.len() / 2);
                headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                Body::from(body)
            }
            Self::RepeatCursor => {
                let body = repeat_cursor(&body, cursor).unwrap_or(body);
                headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
                Body::from(body)
            }
        }
    }
}

/// Puts the cursor of the request where the next one is; `None` when there is no next one.
fn repeat_cursor(body: &[u8], cursor: Option<&str>) -> Option<Vec<u8>> {
    let cursor = cursor?;
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let next = answer.get_mut("links")?.get_mut("next")?;
    let repeated = match next.as_str()?.split_once("cursor=") {
        Some((url, _)) => format!("{url}cursor={cursor}"),
        None => cursor.to_owned(),
    };
    *next = Value::String(repeated);
    serde_json::to_vec(&answer).ok()
}

impl Hint {
    fn write(self, headers: &mut HeaderMap, now: Timestamp) {
        let after =
            |seconds: u32| Timestamp::from_second(now.as_second() + i64::from(seconds)).unwrap_or(now);
        let mut put = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        match self {
            Self::None => {}
            Self::Seconds(seconds) => put(RETRY_AFTER, seconds.to_string()),
            Self::Decimal(millis) => put(RETRY_AFTER, format!("{}.{:03}", millis / 1000, millis % 1000)),
            Self::Date(seconds) => put(RETRY_AFTER, http_date(after(seconds))),
            Self::Reset(seconds) => put(RESET, after(seconds).to_string()),
            Self::ResetMinute(seconds) => {
                let minute = (after(seconds).as_second() + 59) / 60 * 60;
                let minute = Timestamp::from_second(minute).unwrap_or(now);
                put(RESET, minute.strftime("%Y-%m-%dT%H:%MZ").to_string());
            }
            Self::ResetEpoch(seconds) => put(RESET, after(seconds).as_second().to_string()),
            Self::Both(seconds) => {
                put(RETRY_AFTER, seconds.to_string());
                put(RESET, after(seconds).to_string());
            }
        }
    }
}

/// A date as HTTP headers have it (RFC 9110, section 5.6.7).
fn http_date(moment: Timestamp) -> String {
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

impl Refusal {
    /// 429. SCIM has a form of its own.
    pub(crate) fn too_many(surface: Surface, envelope: Envelope) -> Self {
        let (status, title) = (StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded");
        match surface {
            Surface::Scim => Self::scim(status, "", title),
            Surface::Organization | Surface::Management => {
                Self::new(status, "ADMIN-429-1", title).envelope(envelope)
            }
        }
    }

    /// An injected failure in the form that its status usually has.
    fn injected(status: StatusCode, endpoint: Endpoint) -> Self {
        match endpoint.surface() {
            Surface::Organization => Self::injected_usual(status, endpoint == Endpoint::WorkspacesQuery),
            Surface::Management => {
                let key = match status {
                    StatusCode::UNAUTHORIZED => "unauthorized",
                    StatusCode::FORBIDDEN => "forbidden",
                    StatusCode::NOT_FOUND => "notFound",
                    StatusCode::CONFLICT => "conflict.lifecycleErrors",
                    _ => "error",
                };
                Self::management(status, key, "Injected fault")
            }
            Surface::Scim => match status {
                StatusCode::UNAUTHORIZED => Self::scim_gateway(status, "Unauthorized"),
                StatusCode::FORBIDDEN => Self::scim_gateway(status, "Forbidden"),
                StatusCode::CONFLICT => Self::scim(status, "uniqueness", "Injected fault"),
                _ => Self::scim(status, "", "Injected fault"),
            },
        }
    }

    fn injected_usual(status: StatusCode, bare: bool) -> Self {
        let usual = if bare { Envelope::Bare } else { Envelope::List };
        match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized(),
            StatusCode::FORBIDDEN => Self::forbidden("ADMIN-403-3").envelope(usual),
            StatusCode::NOT_FOUND => Self::new(status, "ADMIN-404-1", "Unknown Resource").envelope(usual),
            StatusCode::REQUEST_TIMEOUT => Self::new(status, "", "Request Timeout").envelope(Envelope::Empty),
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::new(status, "", "Service Unavailable").envelope(Envelope::Gateway)
            }
            StatusCode::INTERNAL_SERVER_ERROR => {
                Self::new(status, "ADMIN-500-1", "Internal Server Error").envelope(usual)
            }
            _ => Self::new(status, "ADMIN-400-24", "Injected fault").envelope(usual),
        }
    }
}
