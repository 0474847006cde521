//! What was sent, counted by operation.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts by operation. It has no clock: times are told by the client.
#[derive(Debug, Default)]
pub struct Meter(Mutex<MeterSnapshot>);

/// The counts of all operations, in the order of their names.
pub type MeterSnapshot = BTreeMap<&'static str, OperationCounts>;

/// The counts of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperationCounts {
    /// Calls that were begun.
    pub calls: u64,
    /// Calls that ended in an error.
    pub failures: u64,
    /// Requests sent, the repeated ones too.
    pub requests: u64,
    /// Requests that write and were handed to the transport, counted before they are sent: while it is 0 nothing was changed.
    pub writes: u64,
    /// Requests sent again after a fault.
    pub retries: u64,
    /// Answers that said "too many requests" (429).
    pub rate_limited: u64,
    /// Bytes of bodies received, decompressed.
    pub bytes_in: u64,
    /// Time between sending and the whole answer, over all requests.
    pub in_flight: Duration,
    /// Time spent waiting for a turn and between attempts.
    pub waited: Duration,
}

impl Meter {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The counts so far.
    pub fn snapshot(&self) -> MeterSnapshot {
        self.counts().clone()
    }

    /// The counts so far over all operations.
    pub fn total(&self) -> OperationCounts {
        self.counts()
            .values()
            .fold(OperationCounts::default(), |total, one| OperationCounts {
                calls: total.calls + one.calls,
                failures: total.failures + one.failures,
                requests: total.requests + one.requests,
                writes: total.writes + one.writes,
                retries: total.retries + one.retries,
                rate_limited: total.rate_limited + one.rate_limited,
                bytes_in: total.bytes_in + one.bytes_in,
                in_flight: total.in_flight + one.in_flight,
                waited: total.waited + one.waited,
            })
    }

    pub(crate) fn count(&self, operation: &'static str, change: impl FnOnce(&mut OperationCounts)) {
        change(self.counts().entry(operation).or_default());
    }

    fn counts(&self) -> MutexGuard<'_, MeterSnapshot> {
        // Counting cannot panic half way, so a poisoned map is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
