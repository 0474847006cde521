//! What the limit of a server is taken to be, learnt from its answers.
//!
//! Servers count requests in windows of fixed length. Three things may be known of them:
//!
//! * **Nothing**: the number of requests under way grows, quickly at first and then slowly, so that the first refusal does
//!   not come to many at once.
//! * **A rate**, where a window is short (a second or two): requests start evenly, a little below the rate. Headers tell it
//!   (`limit` and the time to the reset), or what was served in the second before a refusal.
//! * **A window**, where it is long: all that it holds is used at once, and the rest waits for its end. Headers tell what is
//!   left and when it ends. Without them both are learnt: the size by counting, the length from one end to the next.
//!
//! After a refusal without a hint the throttle is *closed*: one request at a time, with growing gaps, finds out when the
//! window ends. It reads no clock and waits for nothing; [`Gate`] says what to wait for.

use crate::hints::Hints;
use std::collections::VecDeque;
use std::time::Duration;

/// Requests under way at first, while nothing is known.
const FIRST_WIDTH: f64 = 32.0;
/// Up to here the number grows with each answer, then with each thirty-second one.
const QUICK_WIDTH: f64 = 64.0;
const MOST_WIDTH: f64 = 65_536.0;

/// A window up to this length is kept by an even rate.
const SHORT: Duration = Duration::from_millis(2500);
/// A longer window that headers tell of is not waited for: the server may refuse by itself.
const LONGEST: Duration = Duration::from_secs(66);

/// The part of a rate told by headers that is used; the rest is for requests that arrive unevenly.
const OF_TOLD: f64 = 0.985;
/// The part of a measured rate that is used.
const OF_MEASURED: f64 = 0.96;
/// A start may come so much before its time, so that a timer that wakes late loses nothing.
const SLACK: Duration = Duration::from_millis(20);

/// The first and the usual longest gap between the requests that look for the end of a window.
const FIRST_GAP: Duration = Duration::from_millis(250);
const LONGEST_GAP: Duration = Duration::from_secs(8);
/// Refusals in a row, after the rate was lowered, that mean the rate is not the point.
const STREAK: u32 = 3;

/// The usual lengths of windows, in seconds.
const LENGTHS: [u64; 9] = [1, 2, 5, 10, 15, 30, 60, 300, 3600];

/// Whether the next request may start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Gate {
    /// At once.
    Open,
    /// It is our own rate that holds it back.
    After(Duration),
    /// The vendor has to be waited for.
    Paused(Duration),
    /// When one that is under way has ended.
    Full,
}

/// A request that was let through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    start: Duration,
    epoch: u32,
}

#[derive(Debug)]
pub(super) struct Throttle {
    in_flight: u64,
    width: f64,
    known: Known,
    closed: Option<Closed>,
    /// Grows with each lowering: what a request says that started before is old.
    epoch: u32,
    /// When requests that are counted now began to start.
    since: Duration,
    started: u64,
    served: u64,
    /// When answers of the last second came.
    recent: VecDeque<Duration>,
    /// The longest time to a reset that headers told.
    told: Duration,
    /// How long a request takes, about.
    latency: Duration,
}

#[derive(Debug)]
enum Known {
    Nothing,
    Rate(Rate),
    Window(Window),
}

#[derive(Debug)]
struct Rate {
    /// Starts per second.
    rate: f64,
    /// Above it the rate grows slowly.
    ceiling: f64,
    /// Whether headers told the ceiling, which is then not exceeded.
    told: bool,
    /// When the next start is due.
    next: Duration,
    grown: Duration,
    /// When it was last refused.
    lowered: Duration,
    streak: u32,
}

#[derive(Debug)]
struct Window {
    size: u64,
    /// What headers tell of the current one.
    told: Option<Told>,
    /// When it opened, between.
    opened: (Duration, Duration),
    /// Its length, between.
    length: (Duration, Duration),
}

#[derive(Clone, Copy, Debug)]
struct Told {
    left: u64,
    end: Duration,
    length: Duration,
}

#[derive(Debug)]
struct Closed {
    since: Duration,
    /// The start of the last request that was refused.
    refused: Duration,
    probe_at: Duration,
    gap: Option<Duration>,
    probing: bool,
    /// Served in the second before it closed, and of what was under way then.
    rate: f64,
    said: bool,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            in_flight: 0,
            width: FIRST_WIDTH,
            known: Known::Nothing,
            closed: None,
            epoch: 0,
            since: Duration::ZERO,
            started: 0,
            served: 0,
            recent: VecDeque::new(),
            told: Duration::ZERO,
            latency: Duration::ZERO,
        }
    }

    /// Whether the vendor's limit holds everything back at the moment.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Whether an even rate keeps the limit that headers tell, so that nobody has to wait for the end of a window.
    pub(super) fn keeps_told_rate(&self) -> bool {
        matches!(&self.known, Known::Rate(rate) if rate.told)
    }

    /// How long everything is held back from `now` on, without asking for a turn.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        self.closed
            .as_ref()
            .map_or(Duration::ZERO, |closed| closed.probe_at.saturating_sub(now))
    }

    /// True once for each time that it is closed.
    pub(super) fn say_once(&mut self) -> bool {
        self.closed
            .as_mut()
            .is_some_and(|closed| !std::mem::replace(&mut closed.said, true))
    }

    /// Whether a request may start at `now`. [`Throttle::start`] has to follow before the next question.
    pub(super) fn gate(&mut self, now: Duration) -> Gate {
        if let Some(closed) = &self.closed {
            return match closed.probe_at.saturating_sub(now) {
                wait if !wait.is_zero() => Gate::Paused(wait),
                _ if closed.probing => Gate::Full,
                _ => Gate::Open,
            };
        }
        match &mut self.known {
            Known::Nothing => {}
            Known::Rate(rate) => {
                let wait = rate.next.saturating_sub(SLACK).saturating_sub(now);
                return if wait.is_zero() {
                    Gate::Open
                } else {
                    Gate::After(wait)
                };
            }
            Known::Window(window) => {
                if window.roll(now) {
                    (self.since, self.started, self.served) = (now, 0, 0);
                }
                let may = window.room(self.started, self.served);
                if self.in_flight >= may {
                    return match window.told {
                        Some(told) if self.in_flight == 0 => Gate::Paused(told.end.saturating_sub(now)),
                        _ => Gate::Full,
                    };
                }
            }
        }
        if self.in_flight as f64 >= self.width.floor() {
            Gate::Full
        } else {
            Gate::Open
        }
    }

    /// A request starts at `now`.
    pub(super) fn start(&mut self, now: Duration) -> Ticket {
        if self.started == 0 {
            self.since = now;
        }
        self.in_flight += 1;
        self.started += 1;
        if let Some(closed) = &mut self.closed {
            closed.probing = true;
        }
        if let Known::Rate(rate) = &mut self.known {
            rate.next = rate.next.max(now) + Duration::from_secs_f64(1.0 / rate.rate);
        }
        Ticket {
            start: now,
            epoch: self.epoch,
        }
    }

    /// A request has ended, whatever the result. The result is said before.
    pub(super) fn end(&mut self, ticket: Ticket) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(closed) = self.closed.as_mut().filter(|_| ticket.epoch == self.epoch) {
            closed.probing = false;
        }
    }

    /// A request was not refused by the limit.
    pub(super) fn served(&mut self, ticket: Ticket, now: Duration, hints: &Hints) {
        let took = now.saturating_sub(ticket.start);
        self.latency = (self.latency * 7 + took) / 8;
        self.served += 1;
        self.recent.push_back(now);
        self.forget(now);
        if self.width < QUICK_WIDTH {
            self.width += 1.0;
        } else if self.width < MOST_WIDTH {
            self.width += 1.0 / 32.0;
        }
        if ticket.epoch != self.epoch {
            if let Some(closed) = &mut self.closed {
                closed.rate += 1.0;
            }
        } else {
            if self.closed.is_some() {
                self.open(now);
            }
            if let Known::Rate(rate) = &mut self.known {
                rate.streak = 0;
                rate.grow(now);
            }
        }
        if !self.read(now, hints)
            && let Known::Window(Window { told: Some(told), .. }) = &mut self.known
        {
            told.left = told.left.saturating_sub(1);
        }
    }

    /// A request was refused by the limit, with (`asked`) or without a time to come back, which everybody waits for
    /// anyway. `spread` is a random number from 0 to 1.
    pub(super) fn refused(
        &mut self,
        ticket: Ticket,
        now: Duration,
        asked: Option<Duration>,
        hints: &Hints,
        spread: f64,
    ) {
        let told = self.read(now, hints);
        let current = ticket.epoch == self.epoch;
        if let Some(closed) = &mut self.closed {
            if current {
                closed.refused = ticket.start;
            }
            let wait = match asked {
                Some(asked) => asked,
                None if current => closed.next_gap(now).mul_f64(0.75 + spread / 2.0),
                None => return,
            };
            closed.probe_at = closed.probe_at.max(now.saturating_add(wait));
            return;
        }
        if !current {
            return;
        }
        self.forget(now);
        let delivered = self.recent.len() as f64;
        match &mut self.known {
            Known::Rate(rate) if rate.streak < STREAK => {
                rate.streak += 1;
                if rate.streak == 1 {
                    rate.lower(now, delivered);
                    self.epoch += 1;
                }
            }
            // The headers say what is left, and the end is waited for.
            Known::Window(Window { told: Some(_), .. }) if told => self.epoch += 1,
            _ => self.close(ticket, now, asked, delivered, spread),
        }
    }

    fn close(&mut self, ticket: Ticket, now: Duration, asked: Option<Duration>, delivered: f64, spread: f64) {
        self.epoch += 1;
        let own = FIRST_GAP.mul_f64(0.75 + spread / 2.0);
        let mut probe_at = now.saturating_add(asked.unwrap_or(own));
        let mut gap = None;
        if let Known::Window(window) = &mut self.known
            && window.told.is_none()
        {
            window.size = self.served.max(1);
            let (least, most) = (
                window.opened.0 + window.length.0,
                window.opened.1.saturating_add(window.length.1),
            );
            if window.length.0 == window.length.1 {
                let half = (most - least) / 2;
                gap = Some(half + Duration::from_millis(10));
                probe_at = probe_at.max(least + half);
            } else {
                probe_at = probe_at.max(least);
            }
        }
        self.width = (self.width / 2.0).max(FIRST_WIDTH);
        self.closed = Some(Closed {
            since: now,
            refused: ticket.start,
            probe_at,
            gap,
            probing: false,
            rate: delivered,
            said: false,
        });
    }

    /// The window has ended: a request was served that started after the refusals.
    fn open(&mut self, now: Duration) {
        let Some(closed) = self.closed.take() else { return };
        self.epoch += 1;
        let lasted = now.saturating_sub(closed.since);
        let cycle = now.saturating_sub(self.since).max(Duration::from_secs(1));
        let served = self.served.saturating_sub(1).max(1);
        (self.since, self.started, self.served) = (now, 1, 1);
        let opened = (closed.refused, now);
        match &mut self.known {
            Known::Rate(rate) if rate.told => rate.restart(now),
            Known::Window(window) => window.reopen(opened),
            _ if lasted <= SHORT => {
                let average = served as f64 / cycle.as_secs_f64();
                let within_second = lasted <= Duration::from_millis(1250) + self.latency * 2;
                let measured = if within_second { closed.rate } else { average };
                self.known = Known::Rate(Rate::measured(measured.max(0.1), now));
            }
            _ => {
                let least = closed.refused.saturating_sub(closed.since);
                self.known = Known::Window(Window {
                    size: served,
                    told: None,
                    opened,
                    length: (least, Duration::MAX),
                });
            }
        }
    }

    /// Takes in what headers tell, if they tell enough: limit, what is left of it and when it starts again.
    fn read(&mut self, now: Duration, hints: &Hints) -> bool {
        let (Some(limit), Some(left), Some(reset)) = (hints.limit, hints.remaining, hints.reset_after) else {
            return false;
        };
        if limit == 0 || reset > LONGEST {
            return false;
        }
        self.told = self.told.max(reset);
        let length = usual_length(self.told);
        if length <= SHORT {
            let ceiling = limit as f64 / length.as_secs_f64() * OF_TOLD;
            match &mut self.known {
                Known::Rate(rate) if rate.told && rate.ceiling == ceiling => {}
                _ => {
                    // What was started before counts as if it had been at this rate.
                    let debt = Duration::from_secs_f64(self.started as f64 / ceiling);
                    let next = (self.since + debt).clamp(now, now + length);
                    self.known = Known::Rate(Rate::told(ceiling, next, now));
                }
            }
            return true;
        }
        let end = now + reset;
        match &mut self.known {
            Known::Window(Window { told: Some(told), .. }) if end <= told.end + told.length / 4 => {
                told.left = told.left.min(left)
            }
            _ => {
                self.known = Known::Window(Window {
                    size: limit,
                    told: Some(Told { left, end, length }),
                    opened: (now, now),
                    length: (length, length),
                });
            }
        }
        true
    }

    fn forget(&mut self, now: Duration) {
        let second = now.saturating_sub(Duration::from_secs(1));
        while self
            .recent
            .front()
            .is_some_and(|came| *came <= second && now > Duration::from_secs(1))
        {
            self.recent.pop_front();
        }
    }
}

// === impl Rate ===

impl Rate {
    fn told(ceiling: f64, next: Duration, now: Duration) -> Self {
        Self {
            rate: ceiling,
            ceiling,
            told: true,
            next,
            grown: now,
            lowered: now,
            streak: 0,
        }
    }

    fn measured(measured: f64, now: Duration) -> Self {
        let mut rate = Self::told(measured * OF_MEASURED, now, now);
        rate.ceiling = measured;
        rate.told = false;
        rate.restart(now);
        rate
    }

    /// The next start is due one period from `now`.
    fn restart(&mut self, now: Duration) {
        self.streak = 0;
        self.grown = now;
        self.next = now + Duration::from_secs_f64(1.0 / self.rate);
    }

    fn lower(&mut self, now: Duration, delivered: f64) {
        if self.told {
            self.rate *= OF_MEASURED;
        } else {
            self.ceiling = self.rate.min(delivered.max(self.rate / 2.0)).max(0.1);
            self.rate = self.ceiling * OF_MEASURED;
        }
        self.grown = now;
        self.lowered = now;
    }

    /// Quickly back to just below where it was refused, then so slowly that a refusal is rare, and faster where none comes
    /// for long.
    fn grow(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.grown).as_secs_f64().min(1.0);
        self.grown = now;
        let quickly = 0.1;
        let calm = now.saturating_sub(self.lowered).as_secs_f64() / 10.0;
        let slowly = (0.04 / (100.0 / self.rate).max(8.0) * (1.0 + calm * calm)).min(quickly);
        let a_second = if self.rate < self.ceiling * OF_MEASURED {
            quickly
        } else {
            slowly
        };
        self.rate *= 1.0 + a_second * seconds;
        if self.told {
            self.rate = self.rate.min(self.ceiling);
        }
    }
}

// === impl Window ===

impl Window {
    /// Goes on to the next window if the current one has certainly ended.
    fn roll(&mut self, now: Duration) -> bool {
        if let Some(told) = &mut self.told {
            let ended = now >= told.end;
            if ended {
                told.left = self.size;
                while told.end <= now {
                    told.end += told.length;
                }
            }
            return ended;
        }
        if self.length.1 == Duration::MAX {
            return false;
        }
        let ended = now >= self.opened.1 + self.length.1;
        if ended {
            self.opened = (self.opened.0 + self.length.0, now);
        }
        ended
    }

    /// How many may be under way.
    fn room(&self, started: u64, served: u64) -> u64 {
        match self.told {
            Some(told) => told.left,
            // Beyond what the last window held, one by one and then more: it may hold more by now.
            None if started >= self.size => 1 + served.saturating_sub(self.size) / 4,
            None => self.size - started + 1,
        }
    }

    /// The next window opened, between these times.
    fn reopen(&mut self, opened: (Duration, Duration)) {
        let least = opened.0.saturating_sub(self.opened.1).max(self.length.0);
        let most = opened.1.saturating_sub(self.opened.0).min(self.length.1);
        let expected = (
            self.opened.0 + self.length.0,
            self.opened.1.saturating_add(self.length.1),
        );
        if least > most {
            // Not what was thought: begin to learn again.
            self.length = (Duration::ZERO, Duration::MAX);
            self.opened = opened;
            return;
        }
        let known = self.length.0 == self.length.1;
        let mut usual = LENGTHS.iter().map(|length| Duration::from_secs(*length));
        self.length = match usual.find(|length| (least..=most).contains(length)) {
            Some(length) => (length, length),
            None => (least, most),
        };
        self.opened = opened;
        if known && expected.0.max(opened.0) <= expected.1.min(opened.1) {
            self.opened = (expected.0.max(opened.0), expected.1.min(opened.1));
        }
    }
}

// === impl Closed ===

impl Closed {
    fn next_gap(&self, now: Duration) -> Duration {
        if let Some(gap) = self.gap {
            return gap.max(FIRST_GAP / 5);
        }
        let closed = now.saturating_sub(self.since);
        (closed / 2).clamp(FIRST_GAP, LONGEST_GAP.max(closed / 10))
    }
}

/// The shortest usual length of a window that has so much left.
fn usual_length(left: Duration) -> Duration {
    LENGTHS
        .iter()
        .map(|length| Duration::from_secs(*length))
        .find(|length| left <= *length + *length / 10)
        .unwrap_or(left)
}
