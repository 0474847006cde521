//! What a server says about its limits: how long to wait, and how much is left.

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use std::time::Duration;

/// The limits that one answer tells of.
///
/// | header | form |
/// | --- | --- |
/// | `Retry-After` | seconds, whole or decimal, or an HTTP date in any form of RFC 9110 §5.6.7 |
/// | `X-RateLimit-Reset`, `X-Beta-RateLimit-Reset`, `RateLimit-Reset`, `X-Rate-Limit-Reset` | ISO 8601 with or without seconds; Unix seconds or milliseconds; seconds from now |
/// | the same names with `-Limit` and `-Remaining` | a whole number, whatever follows it |
/// | `RateLimit`, `Beta-RateLimit` | `"policy";r=remaining;t=seconds`, one or more |
///
/// A time is measured from the answer's own `Date` where there is one, so a clock that is wrong here does no harm.
/// A long wait is kept as it is, and one too large to be a number of seconds stands for a hundred years: whoever obeys it
/// gives up. A wait that is negative is refused. A header that cannot be read is listed in
/// [`Hints::ignored`] and takes nothing away from the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hints {
    /// How long `Retry-After` asks to wait.
    pub retry_after: Option<Duration>,
    /// The time until the current period of the limit ends.
    pub reset_after: Option<Duration>,
    /// The requests allowed in a period.
    pub limit: Option<u64>,
    /// The requests left in the current period.
    pub remaining: Option<u64>,
    /// The headers that were there but could not be read or were refused.
    pub ignored: Vec<&'static str>,
}

/// What a longer wait stands for: a hundred years.
const MAX_WAIT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A number above this is a time and not a wait (2000-01-01 as Unix seconds, 30 years of waiting).
const LEAST_EPOCH: i64 = 946_684_800;

const RESETS: [&str; 4] = [
    "x-ratelimit-reset",
    "x-beta-ratelimit-reset",
    "ratelimit-reset",
    "x-rate-limit-reset",
];
const LIMITS: [&str; 4] = [
    "x-ratelimit-limit",
    "x-beta-ratelimit-limit",
    "ratelimit-limit",
    "x-rate-limit-limit",
];
const REMAINING: [&str; 4] = [
    "x-ratelimit-remaining",
    "x-beta-ratelimit-remaining",
    "ratelimit-remaining",
    "x-rate-limit-remaining",
];
const STRUCTURED: [&str; 2] = ["ratelimit", "beta-ratelimit"];

impl Hints {
    /// Reads the headers of an answer that was received at `now`.
    pub fn read(headers: &HeaderMap, now: Timestamp) -> Self {
        let mut hints = Self::default();
        let date = || text(headers, DATE.as_str()).and_then(http_date).unwrap_or(now);
        if let Some(value) = text(headers, RETRY_AFTER.as_str()) {
            hints.retry_after = hints.kept("retry-after", retry_after(value, date));
        }
        hints.reset_after = hints.first(headers, RESETS, |value| reset_after(value, date));
        hints.limit = hints.first(headers, LIMITS, leading_number);
        hints.remaining = hints.first(headers, REMAINING, leading_number);
        for name in STRUCTURED {
            if let Some(value) = text(headers, name) {
                let scarcest = hints.kept(name, structured(value));
                hints.remaining = hints.remaining.or(scarcest.map(|(remaining, _)| remaining));
                hints.reset_after = hints.reset_after.or(scarcest.and_then(|(_, reset)| reset));
            }
        }
        hints
    }

    /// How long a request that was answered with `status` has to wait, if the answer says so: `Retry-After`; else,
    /// if it is the limit that refused it, the end of the period.
    pub fn wait(&self, status: StatusCode) -> Option<Duration> {
        // Many servers send the period with every answer: behind a 500 it says nothing about coming back.
        let limited = status == StatusCode::TOO_MANY_REQUESTS;
        self.retry_after
            .or(if limited { self.reset_after } else { self.used_up() })
    }

    /// How long all requests have to wait although this one was served: nothing is left of the period.
    pub(crate) fn used_up(&self) -> Option<Duration> {
        self.reset_after.filter(|_| self.remaining == Some(0))
    }

    /// The first of these headers that can be read.
    fn first<T>(
        &mut self,
        headers: &HeaderMap,
        names: [&'static str; 4],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        names
            .into_iter()
            .filter_map(|name| Some((name, text(headers, name)?)))
            .fold(None, |found, (name, value)| {
                let value = self.kept(name, read(value));
                found.or(value)
            })
    }

    fn kept<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.ignored.push(name);
        }
        value
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("").trim())
}

fn retry_after(value: &str, date: impl FnOnce() -> Timestamp) -> Option<Duration> {
    match value.parse::<f64>() {
        // However many digits: it is what is asked for. `1e300` is no wait that anybody means.
        Ok(seconds) if value.bytes().all(|byte| byte.is_ascii_digit()) => accepted(seconds),
        Ok(seconds) => accepted(seconds).filter(|wait| *wait < MAX_WAIT),
        Err(_) => until(http_date(value)?, date()),
    }
}

fn reset_after(value: &str, date: impl FnOnce() -> Timestamp) -> Option<Duration> {
    match value.parse::<i64>() {
        Ok(number) if number > LEAST_EPOCH * 1000 => until(Timestamp::from_millisecond(number).ok()?, date()),
        Ok(number) if number > LEAST_EPOCH => until(Timestamp::from_second(number).ok()?, date()),
        Ok(_) => accepted(value.parse().ok()?),
        Err(_) => match value.parse::<f64>() {
            // Digits beyond those of any time in use are a mistake, not a wait.
            Ok(seconds) => accepted(seconds).filter(|wait| *wait < MAX_WAIT),
            Err(_) => until(iso_date(value).or_else(|| http_date(value))?, date()),
        },
    }
}

/// The policy with the least left: its remaining requests and the time to its reset.
fn structured(value: &str) -> Option<(u64, Option<Duration>)> {
    let policies = value.split(',').filter_map(|policy| {
        let parameter = |key: &str| {
            policy
                .split(';')
                .skip(1)
                .find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('='))
        };
        let remaining = leading_number(parameter("r")?)?;
        let reset = parameter("t").and_then(|seconds| accepted(seconds.parse().ok()?));
        Some((remaining, reset))
    });
    // Of two that are used up, the later reset is the one to wait for.
    policies.min_by_key(|(remaining, reset)| (*remaining, std::cmp::Reverse(*reset)))
}

fn accepted(seconds: f64) -> Option<Duration> {
    if !seconds.is_finite() || seconds.is_sign_negative() {
        return None;
    }
    Some(Duration::try_from_secs_f64(seconds).map_or(MAX_WAIT, |wait| wait.min(MAX_WAIT)))
}

fn until(time: Timestamp, date: Timestamp) -> Option<Duration> {
    let wait = Duration::try_from(time.duration_since(date)).ok()?;
    Some(wait.min(MAX_WAIT))
}

fn http_date(value: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok()
}

/// ISO 8601 in UTC or with an offset; a time without either is taken for UTC, as documented by the vendors that
/// send it.
fn iso_date(value: &str) -> Option<Timestamp> {
    value.parse().ok().or_else(|| {
        let time: jiff::civil::DateTime = value.parse().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(time).ok()
    })
}

fn leading_number(value: &str) -> Option<u64> {
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    value[..end].parse().ok()
}

#[cfg(test)]
mod tests;
