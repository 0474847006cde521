//! When a request gets its turn: a steady rate, classes with a rate of their own, pauses for everybody, and what is learnt
//! of the vendor's limit.

mod throttle;

use crate::clock::{Clock, nanos};
use crate::hints::Hints;
use crate::retry::{Fault, Jitter};
use crate::standstill::{Standstill, Why};
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter as Governor};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::Duration;
use throttle::{Gate, Throttle, Ticket};
use tokio::sync::{Mutex, Notify, Semaphore, SemaphorePermit};

/// The limits of one partition, that is of whatever the vendor counts requests by (an organization and a key, say).
///
/// A clone is the same limiter: give one to every client that uses the same credential. A limiter does three things:
///
/// * It starts at most the given number of requests in any minute. A small part of them (a twentieth) may start at
///   once, the others follow at a steady rate.
/// * It pauses. When one request is told to wait (429, or 503 with a time), all others of its class wait too; after
///   a request without a class, everybody waits. The same happens when an answer says that nothing is left of the
///   period.
/// * It adapts. Refusals (429) and the headers about limits tell it how many requests the vendor allows in which time; it
///   then starts fewer at a time, or at a rate, and carefully more again. Without headers too.
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
    /// Whether it is the vendor's limit of requests that everybody waits for.
    pub(crate) limited: bool,
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
    throttle: StdMutex<Throttle>,
    /// Held by the first of those who wait for the throttle.
    queue: Mutex<()>,
    /// Told when a request has ended.
    ended: Notify,
}

/// A turn that was given; its request counts as under way until this is dropped.
pub(crate) struct Turn<'p> {
    lane: Arc<Lane>,
    ticket: Ticket,
    _place: SemaphorePermit<'p>,
}

struct Pace {
    per_minute: NonZeroU32,
    limiter: Governor<NotKeyed, InMemoryState, Told, NoOpMiddleware<Duration>>,
    now: Told,
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
    ) -> Result<(Turn<'p>, Duration), TooLate> {
        let lane = self.lane(class);
        let mut queued = Duration::ZERO;
        loop {
            let now = clock.elapsed();
            let pause = self.pause(class, now);
            if !pause.is_zero() {
                let spare = deadline.saturating_add(queued).saturating_sub(now);
                let why = self.why(class, now);
                if pause >= spare {
                    let limited = why.is_limit();
                    return Err(TooLate {
                        pause,
                        limited,
                        queued,
                    });
                }
                // Turns of a paced lane are apart anyway; the others must not all start at the same moment.
                let own = lane.throttle().pause(now);
                let paced = lane.pace.is_some() || own == pause;
                let restart = if paced {
                    Duration::ZERO
                } else {
                    restart_delay(pause, spare - pause, jitter)
                };
                if own < pause || lane.throttle().say_once() {
                    self.tell(class, operation, now, pause + restart, why);
                }
                clock.sleep(pause + restart).await;
                continue;
            }
            // Behind the one request that looks for the end of the vendor's window it is the vendor who is waited for.
            let closed = lane.throttle().is_closed();
            let turn = self.place(class, clock, places).await;
            if !closed {
                queued += clock.elapsed().saturating_sub(now);
            }
            if let Some(turn) = turn {
                return Ok((turn, queued));
            }
        }
    }

    /// The next turn of the lane together with a place, or nothing when a pause began meanwhile.
    async fn place<'p>(
        &self,
        class: Option<&str>,
        clock: &dyn Clock,
        places: &'p Semaphore,
    ) -> Option<Turn<'p>> {
        let lane = self.lane(class);
        let _first = lane.queue.lock().await;
        loop {
            let place = places.acquire().await.expect("the semaphore is never closed");
            let now = clock.elapsed();
            if !self.pause(class, now).is_zero() {
                return None;
            }
            // Others may use the place until the turn comes.
            let gate = lane.throttle().gate(now);
            match gate {
                Gate::Open => {}
                Gate::After(wait) => {
                    drop(place);
                    clock.sleep(wait).await;
                    continue;
                }
                Gate::Paused(wait) => {
                    self.pause_everyone(class, now, wait.max(Duration::from_millis(1)), Why::UsedUp);
                    return None;
                }
                Gate::Full => {
                    drop(place);
                    lane.ended.notified().await;
                    continue;
                }
            }
            if let Some(wait) = lane.pace.as_ref().and_then(|pace| pace.check(now)) {
                drop(place);
                clock.sleep(wait).await;
                continue;
            }
            let ticket = lane.throttle().start(now);
            return Some(Turn {
                lane: Arc::clone(lane),
                ticket,
                _place: place,
            });
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
        let lane = self.lane(class);
        let own = lane.paused_until.load(Ordering::SeqCst);
        let general = self.general.paused_until.load(Ordering::SeqCst);
        Duration::from_nanos(own.max(general))
            .saturating_sub(now)
            .max(lane.throttle().pause(now))
    }

    /// Whether an even rate keeps the limit that headers tell.
    pub(crate) fn keeps_told_rate(&self, class: Option<&str>) -> bool {
        self.lane(class).throttle().keeps_told_rate()
    }

    /// Why a call of `class` is paused, given that it is.
    fn why(&self, class: Option<&str>, now: Duration) -> Why {
        let (own, general) = (self.lane(class), &self.general);
        let until = |lane: &Lane| lane.paused_until.load(Ordering::SeqCst);
        if nanos(now.saturating_add(own.throttle().pause(now))) > until(own).max(until(general)) {
            return Why::Failed(Fault::limited());
        }
        let longer = if until(own) >= until(general) {
            own
        } else {
            general
        };
        *longer.why.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lane(&self, class: Option<&str>) -> &Arc<Lane> {
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
            throttle: StdMutex::new(Throttle::new()),
            queue: Mutex::new(()),
            ended: Notify::new(),
        }
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        // Nothing in there panics half way.
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Turn ===

impl Turn<'_> {
    /// The answer was none of the limit's, and came at `now`.
    pub(crate) fn served(&self, now: Duration, hints: &Hints) {
        self.lane.throttle().served(self.ticket, now, hints);
    }

    /// The limit refused the request at `now`, and asked for this wait or for none.
    pub(crate) fn refused(&self, now: Duration, asked: Option<Duration>, hints: &Hints, jitter: &Jitter) {
        let spread = jitter.fraction();
        self.lane
            .throttle()
            .refused(self.ticket, now, asked, hints, spread);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.lane.throttle().end(self.ticket);
        self.lane.ended.notify_one();
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
