//! When a request gets its turn: a steady rate, classes with a rate of their own, and pauses for everybody.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter as Governor};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use crate::clock::{Clock, nanos};
use crate::retry::Jitter;
use crate::standstill::{Standstill, Why};

/// The limits of one partition, that is of whatever the vendor counts requests by (an organization and a key, say).
///
/// A clone is the same limiter: give one to every client that uses the same credential. A limiter does two things:
///
/// * It starts at most the given number of requests in any minute. A small part of them (a twentieth) may start at
///   once, the others follow at a steady rate.
/// * It pauses. When one request is told to wait (429, or 503 with a time), all others of its class wait too; after
///   a request without a class, everybody waits. The same happens when an answer says that nothing is left of the
///   period.
///
/// Clients that share a limiter must share a time line too: [`SystemClock`](crate::SystemClock) or one manual clock.
#[derive(Clone)]
pub struct RateLimiter {
    general: Arc<Lane>,
    classes: Arc<BTreeMap<&'static str, Arc<Lane>>>,
}

/// The turn would come too late: everybody is paused until after the deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooLate {
    pub(crate) pause: Duration,
    /// How long the call waited in our own queues before.
    pub(crate) queued: Duration,
}

struct Lane {
    pace: Option<Pace>,
    /// The end of the pause as elapsed nanoseconds; 0 if there never was one.
    paused_until: AtomicU64,
    /// Why there is a pause, for people.
    why: StdMutex<Why>,
    standstill: Standstill,
}

struct Pace {
    per_minute: NonZeroU32,
    limiter: Governor<NotKeyed, InMemoryState, Told, NoOpMiddleware<Duration>>,
    now: Told,
    /// Held by the one that waits for the next start, so that turns are given in the order of asking.
    turn: Mutex<()>,
}

/// The clock of the governor: it is told the time by whoever asks for a turn.
#[derive(Clone, Default)]
struct Told(Arc<AtomicU64>);

// === impl RateLimiter ===

impl RateLimiter {
    /// No rate, only pauses.
    pub fn unlimited() -> Self {
        Self {
            general: Arc::new(Lane::new(None)),
            classes: Arc::default(),
        }
    }

    /// At most `rate` starts in any minute, for all calls that belong to no class of their own.
    pub fn per_minute(rate: NonZeroU32) -> Self {
        Self {
            general: Arc::new(Lane::new(Some(rate))),
            classes: Arc::default(),
        }
    }

    /// Gives the calls of class `name` their own rate, apart from the general one. Say it before the limiter is
    /// shared: clones made earlier do not know the class and count its calls as general.
    #[must_use]
    pub fn class(mut self, name: &'static str, rate: NonZeroU32) -> Self {
        Arc::make_mut(&mut self.classes).insert(name, Arc::new(Lane::new(Some(rate))));
        self
    }

    /// Waits until a call of `operation`, one of `class`, may start, and takes one of the `places` for it. Returns how
    /// long it waited in our own queues (not for a pause).
    ///
    /// The turn comes with the place: one that was given before there is a place would be kept, and many of them used at
    /// once. Nobody holds up the queue during a pause, so that all who wait spend their own time on it.
    pub(crate) async fn turn<'p>(
        &self,
        class: Option<&str>,
        operation: &str,
        clock: &dyn Clock,
        jitter: &Jitter,
        deadline: Duration,
        places: &'p Semaphore,
    ) -> Result<(SemaphorePermit<'p>, Duration), TooLate> {
        let lane = self.lane(class);
        let mut queued = Duration::ZERO;
        loop {
            let now = clock.elapsed();
            let pause = self.pause(class, now);
            if !pause.is_zero() {
                let spare = deadline.saturating_add(queued).saturating_sub(now);
                if pause >= spare {
                    return Err(TooLate { pause, queued });
                }
                // Turns of a paced lane are apart anyway; the others must not all start at the same moment.
                let paced = lane.pace.is_some();
                let restart = if paced {
                    Duration::ZERO
                } else {
                    restart_delay(pause, spare - pause, jitter)
                };
                self.tell(class, operation, now, pause + restart, self.why(class));
                clock.sleep(pause + restart).await;
                continue;
            }
            let place = self.place(class, clock, places).await;
            queued += clock.elapsed().saturating_sub(now);
            if let Some(place) = place {
                return Ok((place, queued));
            }
        }
    }

    /// The next turn of the lane together with a place, or nothing when a pause began meanwhile.
    async fn place<'p>(
        &self,
        class: Option<&str>,
        clock: &dyn Clock,
        places: &'p Semaphore,
    ) -> Option<SemaphorePermit<'p>> {
        let pace = self.lane(class).pace.as_ref();
        let _turn = match pace {
            Some(pace) => Some(pace.turn.lock().await),
            None => None,
        };
        loop {
            let place = places.acquire().await.expect("the semaphore is never closed");
            let now = clock.elapsed();
            if !self.pause(class, now).is_zero() {
                return None;
            }
            let Some(wait) = pace.and_then(|pace| pace.check(now)) else {
                return Some(place);
            };
            // Others may use the place until the turn comes.
            drop(place);
            clock.sleep(wait).await;
        }
    }

    /// Lets everybody of `class` (everybody at all without one) wait for `pause` from `now` on.
    pub(crate) fn pause_everyone(&self, class: Option<&str>, now: Duration, pause: Duration, why: Why) {
        let lane = self.lane(class);
        let end = nanos(now.saturating_add(pause));
        if lane.paused_until.fetch_max(end, Ordering::SeqCst) < end {
            *lane.why.lock().unwrap_or_else(PoisonError::into_inner) = why;
        }
    }

    /// Tells people that a call waits for the vendor, once for all calls of `class` that wait together.
    pub(crate) fn tell(&self, class: Option<&str>, operation: &str, now: Duration, wait: Duration, why: Why) {
        self.lane(class).standstill.tell(operation, now, wait, why);
    }

    /// How long a call of `class` is paused from `now` on.
    pub(crate) fn pause(&self, class: Option<&str>, now: Duration) -> Duration {
        let own = self.lane(class).paused_until.load(Ordering::SeqCst);
        let general = self.general.paused_until.load(Ordering::SeqCst);
        Duration::from_nanos(own.max(general)).saturating_sub(now)
    }

    /// Why a call of `class` is paused, given that it is.
    fn why(&self, class: Option<&str>) -> Why {
        let (own, general) = (self.lane(class), &self.general);
        let until = |lane: &Lane| lane.paused_until.load(Ordering::SeqCst);
        let longer = if until(own) >= until(general) {
            own
        } else {
            general
        };
        *longer.why.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, class: Option<&str>) -> &Lane {
        class
            .and_then(|class| self.classes.get(class))
            .unwrap_or(&self.general)
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |lane: &Lane| lane.pace.as_ref().map(|pace| pace.per_minute);
        let classes: BTreeMap<_, _> = self
            .classes
            .iter()
            .map(|(name, lane)| (name, rate(lane)))
            .collect();
        f.debug_struct("RateLimiter")
            .field("per_minute", &rate(&self.general))
            .field("classes", &classes)
            .finish_non_exhaustive()
    }
}

/// What is added to a wait that many were told: up to a tenth of it and at most a second, long enough to spread
/// their requests, short enough not to matter; and never more than half of the `spare` time behind the wait.
pub(crate) fn restart_delay(wait: Duration, spare: Duration, jitter: &Jitter) -> Duration {
    (wait / 10)
        .min(Duration::from_secs(1))
        .min(spare / 2)
        .mul_f64(jitter.fraction())
}

// === impl Lane ===

impl Lane {
    fn new(rate: Option<NonZeroU32>) -> Self {
        Self {
            pace: rate.map(Pace::new),
            paused_until: AtomicU64::new(0),
            why: StdMutex::new(Why::UsedUp),
            standstill: Standstill::default(),
        }
    }
}

// === impl Pace ===

impl Pace {
    fn new(per_minute: NonZeroU32) -> Self {
        // With a burst of b and a period of 60 s / (n − b + 1), no minute holds more than n starts.
        let burst = NonZeroU32::new(per_minute.get() / 20).unwrap_or(NonZeroU32::MIN);
        // Rounded up, or the last start of a minute would come a nanosecond too early.
        let period = Duration::from_secs(60) / (per_minute.get() - burst.get() + 1) + Duration::from_nanos(1);
        let now = Told::default();
        let quota = Quota::with_period(period)
            .expect("the period is not zero")
            .allow_burst(burst);
        Self {
            per_minute,
            limiter: Governor::direct_with_clock(quota, now.clone()),
            now,
            turn: Mutex::new(()),
        }
    }

    /// Takes a turn at `now`, or tells how long to wait before asking again.
    fn check(&self, now: Duration) -> Option<Duration> {
        self.now.0.fetch_max(nanos(now), Ordering::SeqCst);
        let refused = self.limiter.check().err()?;
        // Waiting for nothing would be asking again without end.
        Some(
            refused
                .wait_time_from(self.now.now())
                .max(Duration::from_nanos(1)),
        )
    }
}

// === impl Told ===

impl GovernorClock for Told {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests;
