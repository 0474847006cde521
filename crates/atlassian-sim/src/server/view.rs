//! What an endpoint is given: the organization to read, or to change.

use std::sync::{Arc, RwLockWriteGuard};

use jiff::Timestamp;

use super::simulator::Sim;
use super::switches::Switches;
use crate::model::{Change, Model};
use crate::state::State;

/// The organization as readers see it, the same for the whole of a request.
#[derive(Debug)]
pub(crate) struct View<'a> {
    sim: &'a Sim,
    model: Arc<Model>,
}

impl<'a> View<'a> {
    pub(super) fn new(sim: &'a Sim) -> Self {
        let state = sim.org().read();
        let model = if state.is_idle() {
            state.visible()
        } else {
            let now = sim.clock.now();
            if state.is_due(now) {
                drop(state);
                let mut state = sim.org().write();
                state.catch_up(now);
                state.visible()
            } else {
                state.visible()
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
}

/// The organization while one request changes it: nobody else reads or writes meanwhile.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    sim: &'a Sim,
    state: RwLockWriteGuard<'a, State>,
    now: Timestamp,
    applied: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(sim: &'a Sim) -> Self {
        let now = sim.clock.now();
        let mut state = sim.org().write();
        state.catch_up(now);
        Self {
            sim,
            state,
            now,
            applied: false,
        }
    }

    /// The organization with every change made so far, whether or not readers see it yet.
    pub(crate) fn model(&self) -> &Model {
        self.state.settled()
    }

    pub(crate) fn switches(&self) -> &Switches {
        self.sim.switches()
    }

    /// The moment of the request.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes a change. `false` when everything was so already.
    pub(crate) fn make(&mut self, change: Change) -> bool {
        let due = self.sim.delays.due(&change, self.now, self.sim.seed);
        let made = self.state.make(change, self.now, due);
        self.applied |= made;
        made
    }

    /// Makes a change that comes with the link between a SCIM record and its account.
    pub(crate) fn make_linking(&mut self, change: Change) -> bool {
        let due = self.now.saturating_add(self.sim.delays.scim_link);
        let made = self.state.make(change, self.now, due.unwrap_or(self.now));
        self.applied |= made;
        made
    }

    /// The organization as readers see it.
    pub(crate) fn visible(&self) -> &Model {
        self.state.seen()
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
