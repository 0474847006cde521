//! What an endpoint is given: the organization to read, or to change.

use super::key::NamedKey;
use super::sim::Sim;
use super::switches::Switches;
use crate::endpoint::Surface;
use crate::journal::Event;
use crate::model::{Change, Model};
use crate::state::{Occasion, State};
use jiff::Timestamp;
use std::sync::{Arc, RwLockWriteGuard};
use std::time::Duration;

/// The organization as readers see it, the same for the whole of a request.
#[derive(Debug)]
pub(crate) struct View<'a> {
    sim: &'a Sim,
    model: Arc<Model>,
}

impl<'a> View<'a> {
    pub(super) fn new(sim: &'a Sim) -> Self {
        let state = sim.org().read();
        let now = if state.is_idle() {
            None
        } else {
            Some(sim.clock.now()).filter(|now| state.is_due(*now))
        };
        let model = match now {
            None => state.visible().clone(),
            Some(now) => {
                drop(state);
                let mut state = sim.org().write();
                state.catch_up(now);
                state.visible().clone()
            }
        };
        Self { sim, model }
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn switches(&self) -> &Switches {
        self.sim.switches()
    }

    /// What makes cursors of this organization recognizable.
    pub(crate) fn cursor_key(&self) -> u64 {
        self.sim.cursor_key()
    }

    /// The keys that the simulator was told to accept.
    pub(crate) fn keys(&self) -> &[NamedKey] {
        self.sim.keys()
    }

    /// The audit log, and how many events of it show by now.
    pub(crate) fn journal(&self) -> (Arc<Vec<Event>>, usize) {
        let (journal, now) = (self.sim.org().read().journal().clone(), self.sim.clock.now());
        // The order is that of taking in, so what does not show yet comes last.
        let hidden = journal
            .iter()
            .rev()
            .take_while(|event| event.processed > now)
            .count();
        let shown = journal.len() - hidden;
        (journal, shown)
    }
}

/// The organization while one request changes it: nobody else reads or writes meanwhile.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    sim: &'a Sim,
    state: RwLockWriteGuard<'a, State>,
    now: Timestamp,
    surface: Surface,
    applied: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(sim: &'a Sim, surface: Surface) -> Self {
        let now = sim.clock.now();
        let mut state = sim.org().write();
        state.catch_up(now);
        Self {
            sim,
            state,
            now,
            surface,
            applied: false,
        }
    }

    /// The organization with every change made so far, whether or not readers see it yet.
    pub(crate) fn model(&self) -> &Model {
        self.state.settled()
    }

    /// The organization as readers see it.
    pub(crate) fn visible(&self) -> &Model {
        self.state.visible()
    }

    pub(crate) fn switches(&self) -> &Switches {
        self.sim.switches()
    }

    /// The keys that the simulator was told to accept.
    pub(crate) fn keys(&self) -> &[NamedKey] {
        self.sim.keys()
    }

    /// The moment of the request.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes a change. `false` when everything was so already.
    pub(crate) fn make(&mut self, change: Change) -> bool {
        let delay = self.sim.delays.of(&change, self.now, self.sim.seed);
        self.make_after(change, delay)
    }

    /// Makes a change that comes with the link between a SCIM record and its account.
    pub(crate) fn make_linking(&mut self, change: Change) -> bool {
        self.make_after(change, self.sim.delays.scim_link)
    }

    fn make_after(&mut self, change: Change, delay: Duration) -> bool {
        let later = |delay| self.now.saturating_add(delay).unwrap_or(Timestamp::MAX);
        let occasion = Occasion {
            now: self.now,
            due: later(delay),
            logged: later(self.sim.delays.events),
            surface: self.surface,
        };
        let made = self.state.make(change, occasion);
        self.applied |= made;
        made
    }

    /// Lets time make a change.
    pub(crate) fn schedule(&mut self, due: Timestamp, change: Change) {
        self.state.schedule(due, change);
    }

    /// Whether anything was changed.
    pub(crate) fn is_applied(&self) -> bool {
        self.applied
    }
}
