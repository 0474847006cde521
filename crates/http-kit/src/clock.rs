//! Time as a dependency: wall clock, elapsed time and waiting behind one trait.
//!
//! Nothing else in the crate reads a clock of the system, so every wait can be tested without waiting.

use async_trait::async_trait;
use jiff::Timestamp;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// Where the time comes from and how to wait.
#[async_trait]
pub trait Clock: Send + Sync + Debug {
    /// The wall-clock time.
    fn now(&self) -> Timestamp;

    /// Monotonic time since an origin that is fixed for this clock. Only differences mean something.
    fn elapsed(&self) -> Duration;

    /// Waits for `duration`.
    async fn sleep(&self, duration: Duration);
}

/// The clock of the operating system, with tokio's timer.
///
/// All values of this type share one origin, so a time of [`Clock::elapsed`] means the same in every part of the
/// process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// A clock for tests: it stands still until someone sleeps on it or calls [`ManualClock::advance`].
///
/// A sleep of *d* ends at once and leaves the clock at *start + d*. Sleeps that run side by side overlap, as they
/// would in real time. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct ManualClock {
    start: Timestamp,
    nanos: Arc<AtomicU64>,
}

// === impl SystemClock ===

static ORIGIN: LazyLock<Instant> = LazyLock::new(real_instant);

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock that everything else injects"
)]
fn real_instant() -> Instant {
    Instant::now()
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else injects"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        let origin = *ORIGIN;
        real_instant().saturating_duration_since(origin)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else injects"
    )]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

// === impl ManualClock ===

impl ManualClock {
    /// A clock that stands at `start`, with nothing elapsed.
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            nanos: Arc::default(),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        self.nanos.fetch_add(nanos(duration), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// A clock that stands at 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::new(Timestamp::constant(1_767_225_600, 0))
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        // A clock moved past the year 9999 stays at the last time that can be written.
        self.start.checked_add(self.elapsed()).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::SeqCst))
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.nanos.load(Ordering::SeqCst).saturating_add(nanos(duration));
        // Others that start to sleep at the same time must compute their end from the same start.
        tokio::task::yield_now().await;
        self.nanos.fetch_max(until, Ordering::SeqCst);
    }
}

/// Nanoseconds in 64 bits: 584 years, longer than any wait.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeping_moves_the_manual_clock() {
        let clock = ManualClock::default();
        clock.sleep(Duration::from_secs(90)).await;
        assert_eq!(clock.elapsed(), Duration::from_secs(90));
        assert_eq!(clock.now().to_string(), "2026-01-01T00:01:30Z");
    }

    #[tokio::test]
    async fn sleeps_side_by_side_overlap() {
        let clock = ManualClock::default();
        tokio::join!(
            clock.sleep(Duration::from_secs(10)),
            clock.sleep(Duration::from_secs(4))
        );
        assert_eq!(clock.elapsed(), Duration::from_secs(10));
    }

    #[test]
    fn system_clocks_share_an_origin() {
        let early = SystemClock.elapsed();
        let late = SystemClock.elapsed();
        assert!(
            late >= early && late - early < Duration::from_secs(60),
            "{early:?} {late:?}"
        );
    }
}
