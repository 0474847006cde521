//! Rate limits.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::wire::refusal::Envelope;

/// How many requests a key may make. Windows begin at full multiples of their length, as the vendor's minutes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a window; `None` for any number.
    pub requests: Option<u32>,
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
            window: 60,
            headers: false,
            retry_after: false,
            envelope: Envelope::Gateway,
        }
    }

    /// 600 requests a minute, with headers, without `Retry-After`. The vendor publishes no number for these
    /// endpoints; this one is invented.
    #[must_use]
    pub const fn realistic() -> Self {
        Self {
            requests: Some(600),
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
            envelope: Envelope::Gateway,
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

/// Limits and how far each key has used its window.
#[derive(Debug)]
pub(super) struct LimitState {
    limits: Limits,
    used: Mutex<HashMap<String, (i64, u32)>>,
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
        self.limits.requests.is_none()
    }

    /// Counts a request of a key.
    pub(super) fn take(&self, key: &str, now: Timestamp) -> Option<Standing> {
        let limit = self.limits.requests?;
        let length = i64::from(self.limits.window.max(1));
        let window = now.as_second().div_euclid(length);
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(key.to_owned()).or_insert((window, 0));
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
                .take("key", at(text))
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
                .take("other", at("2026-10-01T10:00:59Z"))
                .is_some_and(|standing| !standing.exceeded)
        );
    }
}
