//! Kinds of faults.

use crate::wire::refusal::Envelope;
use std::time::Duration;

/// One thing that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// 429 with a hint when to come back, in an envelope ([`Envelope::Gateway`] or [`Envelope::List`]; SCIM has a form of
    /// its own).
    RateLimited(Hint, Envelope),
    /// A refusal or failure of that status, with the body that usually comes with it: the gateway's form for 401 and
    /// 503, a page of HTML for 502 and 504, nothing for 408, an error list otherwise. User management and SCIM have forms
    /// of their own.
    Status(u16),
    /// The connection is reset before the endpoint is reached: nothing was written.
    ResetBefore,
    /// The connection is reset before any byte of the answer, but the endpoint was reached: what was to be written is
    /// written.
    ResetAfter,
    /// The answer breaks off in the middle of its body; `Content-Length` promised more. An answer without a body does not
    /// come at all. What was to be written is written.
    Cut,
    /// 200 with JSON that breaks off, declared complete.
    Garbage,
    /// 200 with a page of HTML.
    Html,
    /// 200 without a body.
    Empty,
    /// 400 `ADMIN-400-1` for a request with a cursor, once in each listing.
    RefusedCursor,
    /// The next cursor of an answer is the one of the request. Only for requests with a cursor.
    RepeatedCursor,
    /// The answer comes, but late.
    Slow(Duration),
    /// No answer ever comes.
    Hang,
}

/// When a client that was refused for its rate may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Nothing is said.
    None,
    /// `Retry-After` in seconds.
    Seconds(u32),
    /// `Retry-After` as a decimal number of seconds; here in milliseconds.
    Decimal(u32),
    /// `Retry-After` as an HTTP date that many seconds from now.
    Date(u32),
    /// `X-RateLimit-Reset` as ISO 8601, that many seconds from now.
    Reset(u32),
    /// `X-RateLimit-Reset` as ISO 8601 without seconds, the first full minute at least that many seconds from now.
    ResetMinute(u32),
    /// `X-RateLimit-Reset` as seconds of the epoch, that many seconds from now.
    ResetEpoch(u32),
    /// `Retry-After` in seconds, and an `X-RateLimit-Reset` that agrees.
    Both(u32),
}

impl Fault {
    /// The faults that a client survives by asking again: 429 in every form, 500, 502, 503, 504 and 408, resets and
    /// cut bodies. Hints are of one second.
    #[must_use]
    pub fn retryable() -> Vec<Self> {
        let limited = |hint| Self::RateLimited(hint, Envelope::Gateway);
        vec![
            limited(Hint::None),
            limited(Hint::Seconds(1)),
            limited(Hint::Decimal(500)),
            limited(Hint::Date(1)),
            limited(Hint::Reset(1)),
            limited(Hint::ResetEpoch(1)),
            Self::RateLimited(Hint::Both(1), Envelope::List),
            Self::Status(500),
            Self::Status(502),
            Self::Status(503),
            Self::Status(504),
            Self::Status(408),
            Self::ResetBefore,
            Self::Cut,
        ]
    }

    /// Whether the fault concerns requests with a cursor only.
    pub(super) fn needs_cursor(&self) -> bool {
        matches!(self, Self::RefusedCursor | Self::RepeatedCursor)
    }
}
