//! Long waits for the vendor, told once each at the level a person sees, so that it is known why nothing moves.

use crate::clock::nanos;
use crate::retry::Fault;
use http::StatusCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tracing::info;

/// A wait that is not longer is nothing to tell a person about.
const SHORT: Duration = Duration::from_secs(5);

/// Why the vendor is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    /// A try failed.
    Failed(Fault),
    /// Nothing is left of the limit of requests.
    UsedUp,
}

/// The waits that were told of calls that wait together.
#[derive(Debug, Default)]
pub(crate) struct Standstill {
    /// The end of the last wait that was told, as elapsed nanoseconds.
    told_until: AtomicU64,
}

// === impl Standstill ===

impl Standstill {
    /// Tells that a call of `operation` waits from `now` on, unless the wait is short or ends with one that was told.
    pub(crate) fn tell(&self, operation: &str, now: Duration, wait: Duration, why: Why) {
        if wait <= SHORT {
            return;
        }
        let end = nanos(now.saturating_add(wait));
        let news = |told: u64| (end >= told.saturating_add(nanos(SHORT))).then_some(end);
        if self
            .told_until
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, news)
            .is_err()
        {
            return;
        }
        info!(
            operation,
            seconds = (wait.as_secs_f64() * 10.0).round() / 10.0,
            status = why.status().map(|status| status.as_u16()),
            why = %why.words(),
            "waiting for the vendor"
        );
    }
}

// === impl Why ===

impl Why {
    /// Whether it is the limit of requests.
    pub(crate) fn is_limit(self) -> bool {
        match self {
            Self::Failed(fault) => fault.is_limit(),
            Self::UsedUp => true,
        }
    }

    fn status(self) -> Option<StatusCode> {
        match self {
            Self::Failed(Fault::Status { status, .. }) => Some(status),
            Self::Failed(Fault::Transport(_) | Fault::Undecodable) | Self::UsedUp => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Failed(Fault::Status { status, .. }) if status == StatusCode::TOO_MANY_REQUESTS => {
                "too many requests".to_owned()
            }
            Self::Failed(Fault::Status { hinted: true, .. }) => "it failed and asks for a pause".to_owned(),
            Self::Failed(Fault::Status { .. }) => "it failed".to_owned(),
            Self::Failed(Fault::Transport(kind)) => format!("no answer: {kind}"),
            Self::Failed(Fault::Undecodable) => "its answer is not understood".to_owned(),
            Self::UsedUp => "its limit of requests is used up".to_owned(),
        }
    }
}
