//! The state of an organization: what was written, and what readers see of it.
//!
//! Writes take hold at once, and are what the next write is checked against. Readers may see them later: until then
//! they are given the organization as it was, with everything that is due by now.

use crate::endpoint::Surface;
use crate::journal::Event;
use crate::model::{Change, Model};
use jiff::Timestamp;
use std::sync::Arc;

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
    /// What happened, in the order in which the log took it in. Readers keep what they were given.
    journal: Arc<Vec<Event>>,
}

/// When and how a change is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion {
    /// The moment.
    pub(crate) now: Timestamp,
    /// When readers see it.
    pub(crate) due: Timestamp,
    /// When the audit log shows it.
    pub(crate) logged: Timestamp,
    /// The API through which it is made.
    pub(crate) surface: Surface,
}

impl State {
    pub(crate) fn new(model: Model, journal: Vec<Event>) -> Self {
        Self {
            settled: Arc::new(model),
            visible: None,
            waiting: Vec::new(),
            scheduled: Vec::new(),
            journal: Arc::new(journal),
        }
    }

    /// The organization with every change made.
    pub(crate) fn settled(&self) -> &Arc<Model> {
        &self.settled
    }

    /// The organization as readers see it, when nothing is due; see [`is_due`](Self::is_due).
    pub(crate) fn visible(&self) -> &Arc<Model> {
        self.visible.as_ref().unwrap_or(&self.settled)
    }

    /// Everything that happened, whether or not the log shows it by now.
    pub(crate) fn journal(&self) -> &Arc<Vec<Event>> {
        &self.journal
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
            let occasion = Occasion {
                now: at,
                due: at,
                logged: at,
                surface: Surface::Management,
            };
            self.make(change, occasion);
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

    /// Makes a change. `false` when everything was so already.
    pub(crate) fn make(&mut self, change: Change, occasion: Occasion) -> bool {
        let Occasion { now, due, logged, .. } = occasion;
        let event = Event::of(&change, &self.settled, occasion.surface, now);
        let delayed = due > now || self.visible.is_some();
        let before = (delayed && self.visible.is_none()).then(|| self.settled.clone());
        if !Arc::make_mut(&mut self.settled).apply(&change) {
            return false;
        }
        if let Some(event) = event {
            Arc::make_mut(&mut self.journal).push(Event {
                processed: logged,
                ..event
            });
        }
        if let Some(before) = before {
            self.visible = Some(before);
        }
        let Some(visible) = &mut self.visible else {
            return true;
        };
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
}
