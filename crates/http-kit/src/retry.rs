//! Whether and when a failed try is followed by another.
//!
//! Four questions are kept apart: may this request be sent again ([`retryable`]), is anything left of its allowance
//! ([`RetryPolicy::max_attempts`] and [`RetryPolicy::budget`], spent by the client), how long to wait
//! ([`RetryPolicy::delay`], unless the server said it), and does everybody else have to wait too
//! ([`slows_everyone`]).

use crate::call::Idempotency;
use crate::transport::TransportErrorKind;
use http::StatusCode;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often and how long a call is tried.
///
/// Delays are exponential with full jitter: between nothing and the smaller of `max_delay` and
/// `base_delay` · 2^(failed attempts − 1). A wait that the server asks for is obeyed in full instead, however long; if
/// it does not fit into what is left of the budget, the call fails at once. Only a wait shorter than `base_delay`
/// is made as long as the own delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts in all, not counting those that the limit of requests refused (429): of these only the time is
    /// bounded. 1 means a single try whatever the answer. Default 8: with the default delays the last starts after half a
    /// minute of faults on average, and after a minute at most. A third try that uses up its whole time is the last.
    pub max_attempts: u32,
    /// The most time in all, from the call's first turn to its end, attempts and waits together. Default 10 minutes: a
    /// quota that is counted by the minute fits several times, one that is counted by the hour does not.
    ///
    /// Waiting for a turn in the client's own queue ([`RateLimiter`](crate::RateLimiter),
    /// [`max_in_flight`](crate::HttpClientBuilder::max_in_flight)) is not counted.
    pub budget: Duration,
    /// The longest first delay. Default 500 ms.
    pub base_delay: Duration,
    /// The longest delay. Default 60 s.
    pub max_delay: Duration,
}

/// Where the random part of a delay comes from. Clones share one sequence.
#[derive(Clone, Debug)]
pub struct Jitter(Source);

#[derive(Clone, Debug)]
enum Source {
    Sequence(Arc<AtomicU64>),
    Fixed(f64),
}

/// How a try failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// No whole answer.
    Transport(TransportErrorKind),
    /// A success whose body is not what the operation is documented to answer.
    Undecodable,
    /// An answer that is not a success; `hinted` if it says when to come back.
    Status { status: StatusCode, hinted: bool },
}

impl Fault {
    /// A refusal by the limit, without a time.
    pub(crate) fn limited() -> Self {
        Self::Status {
            status: StatusCode::TOO_MANY_REQUESTS,
            hinted: false,
        }
    }

    pub(crate) fn is_limit(self) -> bool {
        matches!(self, Self::Status { status, .. } if status == StatusCode::TOO_MANY_REQUESTS)
    }
}

/// Whether the client itself may send a request again after this fault, and a second try can help.
///
/// A write is sent again only where the server cannot have acted on it: it refused it by its limit (429), or the
/// request never left. After anything else, a 503 with `Retry-After` included, the caller has to read the state first.
pub(crate) fn retryable(fault: Fault, idempotency: Idempotency) -> bool {
    let reads = idempotency == Idempotency::Safe;
    match fault {
        Fault::Transport(kind) => match kind {
            TransportErrorKind::Connect | TransportErrorKind::Dns => true,
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted | TransportErrorKind::Truncated => {
                reads
            }
            TransportErrorKind::Tls
            | TransportErrorKind::Proxy
            | TransportErrorKind::Tunnel
            | TransportErrorKind::Settings
            | TransportErrorKind::TooLarge
            | TransportErrorKind::NotRecorded
            | TransportErrorKind::Other => false,
        },
        // A sign-in page or half a body may pass. A write was carried out, whatever its answer looks like.
        Fault::Undecodable => idempotency == Idempotency::Safe,
        Fault::Status { status, .. } => match status.as_u16() {
            429 => true,
            // The method or the protocol version is not known to the server: that does not pass.
            501 | 505 => false,
            // A conflict says nothing against a read; what locks the object passes.
            408 | 409 | 500..=599 => reads,
            _ => false,
        },
    }
}

/// Whether the fault tells that every other call on the same limits would fail too.
pub(crate) fn slows_everyone(fault: Fault) -> bool {
    match fault {
        Fault::Transport(_) | Fault::Undecodable => false,
        Fault::Status { status, hinted } => {
            status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE && hinted
        }
    }
}

// === impl RetryPolicy ===

impl RetryPolicy {
    /// One try and no more.
    pub fn never() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// The delay after `failed` failed attempts when the server gave none.
    pub(crate) fn delay(&self, failed: u32, jitter: &Jitter) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        let most = self.base_delay.saturating_mul(1 << doublings).min(self.max_delay);
        most.mul_f64(jitter.fraction())
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 8,
            budget: Duration::from_secs(10 * 60),
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(60),
        }
    }
}

// === impl Jitter ===

impl Jitter {
    /// A sequence that differs from process to process.
    pub fn random() -> Self {
        // The standard library's hasher is keyed by the system's random source; that is random enough to keep
        // clients apart, and needs no further crate.
        Self::seeded(RandomState::new().hash_one(0_u8))
    }

    /// The same sequence for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Sequence(Arc::new(AtomicU64::new(seed))))
    }

    /// Always the same fraction, between 0 and 1.
    pub fn fixed(fraction: f64) -> Self {
        Self(Source::Fixed(fraction.clamp(0.0, 1.0)))
    }

    /// The next number from 0 to 1.
    pub(crate) fn fraction(&self) -> f64 {
        match &self.0 {
            Source::Fixed(fraction) => *fraction,
            Source::Sequence(state) => {
                // SplitMix64: every step adds the same odd number, so an atomic addition is the whole state.
                const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
                let mut z = state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                z ^= z >> 31;
                // 53 bits are what a double holds exactly.
                (z >> 11) as f64 / (1_u64 << 53) as f64
            }
        }
    }
}

impl Default for Jitter {
    fn default() -> Self {
        Self::random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Idempotency::{Idempotent, Safe, Unsafe};

    /// Which of a safe, an idempotent and an unsafe request may be sent again.
    #[track_caller]
    fn check(fault: Fault, expected: [bool; 3]) {
        let found = [Safe, Idempotent, Unsafe].map(|idempotency| retryable(fault, idempotency));
        assert_eq!(found, expected, "{fault:?}");
    }

    fn status(status: u16, hinted: bool) -> Fault {
        Fault::Status {
            status: StatusCode::from_u16(status).expect("a status"),
            hinted,
        }
    }

    #[test]
    fn what_may_be_sent_again() {
        use TransportErrorKind::{Connect, Dns, Interrupted, Other, Timeout, Tls, TooLarge, Truncated};
        for kind in [Connect, Dns] {
            check(Fault::Transport(kind), [true, true, true]);
        }
        for kind in [Timeout, Interrupted, Truncated] {
            check(Fault::Transport(kind), [true, false, false]);
        }
        for kind in [
            Tls,
            TransportErrorKind::Proxy,
            TransportErrorKind::Tunnel,
            TransportErrorKind::Settings,
            TooLarge,
            Other,
        ] {
            check(Fault::Transport(kind), [false, false, false]);
        }
        check(status(429, false), [true, true, true]);
        for passing in [408, 409, 500, 502, 503, 504, 520, 529] {
            check(status(passing, false), [true, false, false]);
            check(status(passing, true), [true, false, false]);
        }
        for lasting in [
            301, 304, 400, 401, 402, 403, 404, 410, 412, 413, 415, 422, 451, 501, 505,
        ] {
            check(status(lasting, true), [false, false, false]);
        }
    }

    #[test]
    fn no_write_that_may_have_been_carried_out_is_sent_again() {
        use TransportErrorKind::{Connect, Dns, Interrupted, Other, Timeout, Tls, TooLarge, Truncated};
        for kind in [
            Connect,
            Dns,
            Tls,
            Timeout,
            Interrupted,
            Truncated,
            TooLarge,
            Other,
        ] {
            for write in [Idempotent, Unsafe] {
                let again = retryable(Fault::Transport(kind), write);
                assert!(!(again && kind.may_have_reached_server()), "{kind:?}");
            }
        }
    }

    #[test]
    fn who_slows_everyone() {
        let slowing = |fault| slows_everyone(fault);
        assert!(slowing(status(429, false)) && slowing(status(503, true)));
        assert!(!slowing(status(503, false)) && !slowing(status(500, true)));
        assert!(!slowing(Fault::Transport(TransportErrorKind::Connect)));
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = RetryPolicy::default();
        let longest = |failed| policy.delay(failed, &Jitter::fixed(1.0)).as_secs_f64();
        let found = [1, 2, 3, 7, 8, 9, 40, u32::MAX].map(longest);
        assert_eq!(found, [0.5, 1.0, 2.0, 32.0, 60.0, 60.0, 60.0, 60.0]);
        assert_eq!(policy.delay(5, &Jitter::fixed(0.0)), Duration::ZERO);
    }

    #[test]
    fn jitter_fills_the_whole_range_and_repeats_by_seed() {
        let draw = |jitter: Jitter| (0..1000).map(|_| jitter.fraction()).collect::<Vec<_>>();
        let numbers = draw(Jitter::seeded(7));
        assert_eq!(numbers, draw(Jitter::seeded(7)));
        assert_ne!(numbers, draw(Jitter::seeded(8)));
        for tenth in 0..10 {
            let from = f64::from(tenth) / 10.0;
            let count = numbers
                .iter()
                .filter(|number| (from..from + 0.1).contains(*number))
                .count();
            assert!(
                (60..140).contains(&count),
                "{count} of 1000 numbers in the tenth from {from}"
            );
        }
    }
}
