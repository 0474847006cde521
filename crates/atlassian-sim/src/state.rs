//! The state of an organization: what was written, and what readers see of it.
//!
//! Writes take hold at once, and are what the next write is checked against. Readers may see them later: until then
//! they are given the organization as it was, with everything that is due by now.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{Change, Model};

/// The state of an organization.
#[derive(Debug)]
pub(crate) struct State {
    settled: Arc<Model>,
    /// What readers see, while that is something else.
    visible: Option<Arc<Model>>,
    /// Changes that readers do not see yet, in the order in which they were made.
    waiting: Vec<(Timestamp, Change)>,
    /// Changes that time makes.
    scheduled: Vec<(Timestamp, Change)>,
}

impl State {
    pub(crate) fn new(model: Model) -> Self {
        Self {
            settled: Arc::new(model),
            visible: None,
            waiting: Vec::new(),
            scheduled: Vec::new(),
        }
    }

    /// The organization with every change made.
    pub(crate) fn settled(&self) -> &Arc<Model> {
        &self.settled
    }

    /// The organization as readers see it, when nothing is due; see [`is_due`](Self::is_due).
    pub(crate) fn visible(&self) -> Arc<Model> {
        self.visible.as_ref().unwrap_or(&self.settled).clone()
    }

    /// The same, borrowed.
    pub(crate) fn seen(&self) -> &Model {
        self.visible.as_ref().unwrap_or(&self.settled)
    }

    /// Whether time changes nothing.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.scheduled.is_empty()
    }

    /// Whether something has to happen first, by [`catch_up`](Self::catch_up).
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let due = |all: &[(Timestamp, Change)]| all.iter().any(|(due, _)| *due <= now);
        due(&self.waiting) || due(&self.scheduled)
    }

    /// Lets everything happen that is due.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.scheduled)
            .into_iter()
            .partition(|(due, _)| *due <= now);
        self.scheduled = later;
        for (at, change) in due {
            self.apply(&change, at);
        }
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(due, _)| *due <= now);
        self.waiting = later;
        if self.waiting.is_empty() {
            self.visible = None;
        } else if let Some(visible) = &mut self.visible {
            let visible = Arc::make_mut(visible);
            for (_, change) in due {
                visible.apply(&change);
            }
        }
    }

    /// Makes a change, which readers see from `due` on. `false` when everything was so already.
    pub(crate) fn make(&mut self, change: Change, now: Timestamp, due: Timestamp) -> bool {
        if due <= now && self.visible.is_none() {
            return Arc::make_mut(&mut self.settled).apply(&change);
        }
        let before = self.visible.is_none().then(|| self.settled.clone());
        if !Arc::make_mut(&mut self.settled).apply(&change) {
            return false;
        }
        let visible = self
            .visible
            .get_or_insert_with(|| before.unwrap_or_else(|| self.settled.clone()));
        // Readers see the changes of one thing in their order, or the last one would not be what stays.
        let subject = change.subject();
        let earlier = self.waiting.iter().filter(|(_, one)| one.subject() == subject);
        let due = earlier
            .map(|(due, _)| *due)
            .max()
            .map_or(due, |last| last.max(due));
        if due <= now {
            Arc::make_mut(visible).apply(&change);
        } else {
            self.waiting.push((due, change));
        }
        true
    }

    /// Lets time make a change.
    pub(crate) fn schedule(&mut self, due: Timestamp, change: Change) {
        self.scheduled.push((due, change));
    }

    fn apply(&mut self, change: &Change, at: Timestamp) {
        self.make(change.clone(), at, at);
    }
}
