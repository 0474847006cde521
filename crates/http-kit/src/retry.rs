//! Whether and when a failed try is followed by another.
//!
//! Four questions are kept apart: may this request be sent again ([`retryable`]), is anything left of its allowance
//! ([`RetryPolicy::max_tries`] and [`RetryPolicy::budget`], spent by the client), how long to wait
//! ([`RetryPolicy::delay`], unless the server said it), and does everybody else have to wait too
//! ([`slows_everyone`]).

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;

use crate::call::Idempotency;
use crate::transport::TransportErrorKind;

/// How often and how long a call is tried.
///
/// Delays are exponential with full jitter: between nothing and the smaller of `max_delay` and
/// `base_delay` · 2^(failed tries − 1). A wait that the server asks for is obeyed in full instead, however long; if
/// it does not fit into what is left of the budget, the call fails at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most tries in all. Default 8: with the default delays the last starts after about a minute of faults.
    pub max_tries: u32,
    /// The most time in all, from the call's first turn to its end, tries and waits together. Default 10 minutes: a
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
    /// An answer that is not a success; `hinted` if it says when to come back.
    Status { status: StatusCode, hinted: bool },
}

/// Whether a request may be sent again after this fault, and a second try can help.
pub(crate) fn retryable(fault: Fault, idempotency: Idempotency) -> bool {
    let repeatable = idempotency != Idempotency::Unsafe;
    match fault {
        Fault::Transport(kind) => match kind {
            TransportErrorKind::Connect | TransportErrorKind::Dns => true,
            TransportErrorKind::Timeout | TransportErrorKind::Interrupted | TransportErrorKind::Truncated => {
                repeatable
            }
            TransportErrorKind::Tls | TransportErrorKind::TooLarge | TransportErrorKind::Other => false,
        },
        Fault::Status { status, hinted } => match status.as_u16() {
            429 => true,
            503 => repeatable || hinted,
            // The method or the protocol version is not known to the server: that does not pass.
            501 | 505 => false,
            408 | 500..=599 => repeatable,
            _ => false,
        },
    }
}

/// Whether the fault tells that every other call on the same limits would fail too.
pub(crate) fn slows_everyone(fault: Fault) -> bool {
    match fault {
        Fault::Transport(_) => false,
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
            max_tries: 1,
            ..Self::default()
        }
    }

    /// The delay after `failed` failed tries when the server gave none.
    pub(crate) fn delay(&self, failed: u32, jitter: &Jitter) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        let most = self.base_delay.saturating_mul(1 << doublings).min(self.max_delay);
        most.mul_f64(jitter.fraction())
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 8,
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
