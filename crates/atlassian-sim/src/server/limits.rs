//! Rate limits.

use crate::endpoint::Endpoint;
use crate::wire::refusal::Envelope;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How many requests a key may make. Windows begin at full multiples of their length, as the vendor's minutes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a window; `None` for any number.
    pub requests: Option<u32>,
    /// Requests of dates of last activity in a window, by all keys together; `None` counts them like all others.
    pub last_active: Option<u32>,
    /// Requests to each of the endpoints of the audit log in a window, the feed excepted; `None` counts them like all
    /// others.
    pub events: Option<u32>,
    /// Requests to the feed of the audit log in a window; `None` counts them like all others.
    pub events_stream: Option<u32>,
    /// The length of a window in seconds.
    pub window: u32,
    /// Whether every answer carries `X-RateLimit-Limit`, `-Remaining` and `-Reset` (ISO 8601).
    pub headers: bool,
    /// Whether refusals carry `Retry-After` in seconds too, which the vendor does not document here.
    pub retry_after: bool,
    /// The envelope of refusals: [`Envelope::Gateway`] or [`Envelope::List`].
    pub envelope: Envelope,
}

impl Default for Limits {
    fn default() -> Self {
        Self::off()
    }
}

impl Limits {
    /// No limits and no headers.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            requests: None,
            last_active: None,
            events: None,
            events_stream: None,
            window: 60,
            headers: false,
            retry_after: false,
            envelope: Envelope::Gateway,
        }
    }

    /// The vendor's 200 requests a minute for dates of last activity, 10 for the audit log and 50 for its feed; 600 for
    /// everything else, which the vendor publishes no number for. With headers, without `Retry-After`.
    #[must_use]
    pub const fn realistic() -> Self {
        Self {
            requests: Some(600),
            last_active: Some(200),
            events: Some(10),
            events_stream: Some(50),
            headers: true,
            ..Self::off()
        }
    }

    /// That many requests in each window of some seconds, with headers and `Retry-After`.
    #[must_use]
    pub const fn per(requests: u32, window: u32) -> Self {
        Self {
            requests: Some(requests),
            window,
            headers: true,
            retry_after: true,
            ..Self::off()
        }
    }
}

/// What is left of a key's window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) exceeded: bool,
    limit: u32,
    remaining: u32,
    reset: Timestamp,
    wait: i64,
}

/// What is counted together: an endpoint with a limit of its own, or all others, and the key.
type Counted = (Option<Endpoint>, String);

/// Limits and how far each key has used its window.
#[derive(Debug)]
pub(super) struct LimitState {
    limits: Limits,
    used: Mutex<HashMap<Counted, (i64, u32)>>,
}

impl LimitState {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            used: Mutex::default(),
        }
    }

    pub(super) fn envelope(&self) -> Envelope {
        self.limits.envelope
    }

    /// Whether nothing is counted.
    pub(super) fn is_off(&self) -> bool {
        let Limits {
            requests,
            last_active,
            events,
            events_stream,
            ..
        } = self.limits;
        [requests, last_active, events, events_stream] == [None; 4]
    }

    /// Counts a request of a key.
    pub(super) fn take(&self, endpoint: Endpoint, key: &str, now: Timestamp) -> Option<Standing> {
        let own = match endpoint {
            Endpoint::LastActive => self.limits.last_active,
            Endpoint::EventsList | Endpoint::EventGet | Endpoint::EventActions => self.limits.events,
            Endpoint::EventsStream => self.limits.events_stream,
            _ => None,
        };
        let limit = own.or(self.limits.requests)?;
        let key = if endpoint == Endpoint::LastActive && own.is_some() {
            ""
        } else {
            key
        };
        let counted = (own.map(|_| endpoint), key.to_owned());
        let length = i64::from(self.limits.window.max(1));
        let window = now.as_second().div_euclid(length);
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(counted).or_insert((window, 0));
        if used.0 != window {
            *used = (window, 0);
        }
        let exceeded = used.1 >= limit;
        used.1 += u32::from(!exceeded);
        let end = (window + 1) * length;
        Some(Standing {
            exceeded,
            limit,
            remaining: limit - used.1,
            reset: Timestamp::from_second(end).unwrap_or(now),
            wait: (end - now.as_second()).max(1),
        })
    }

    /// Writes the headers that go with an answer.
    pub(super) fn write(&self, headers: &mut HeaderMap, standing: Standing) {
        if self.limits.headers {
            let mut put = |name, value: String| {
                if let Ok(value) = HeaderValue::try_from(value) {
                    headers.insert(HeaderName::from_static(name), value);
                }
            };
            put("x-ratelimit-limit", standing.limit.to_string());
            put("x-ratelimit-remaining", standing.remaining.to_string());
            put("x-ratelimit-reset", standing.reset.to_string());
        }
        if self.limits.retry_after && standing.exceeded {
            headers.insert(http::header::RETRY_AFTER, HeaderValue::from(standing.wait));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_the_full_minute() {
        let state = LimitState::new(Limits::per(2, 60));
        let at = |text: &str| text.parse::<Timestamp>().expect("a date");
        let ask = |text: &str| {
            state
                .take(Endpoint::OrgsList, "key", at(text))
                .map(|s| (s.exceeded, s.remaining, s.reset.to_string()))
        };
        let reset = "2026-10-01T10:01:00Z".to_owned();
        assert_eq!(ask("2026-10-01T10:00:20Z"), Some((false, 1, reset.clone())));
        assert_eq!(ask("2026-10-01T10:00:30Z"), Some((false, 0, reset.clone())));
        assert_eq!(ask("2026-10-01T10:00:59Z"), Some((true, 0, reset)));
        assert_eq!(
            ask("2026-10-01T10:01:00Z"),
            Some((false, 1, "2026-10-01T10:02:00Z".to_owned()))
        );
        assert!(
            state
                .take(Endpoint::OrgsList, "other", at("2026-10-01T10:00:59Z"))
                .is_some_and(|standing| !standing.exceeded)
        );
    }
}
