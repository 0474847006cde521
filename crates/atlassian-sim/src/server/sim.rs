//! What all requests share.

use super::clock::Clock;
use super::counters::Tallies;
use super::delays::Delays;
use super::key::{Key, NamedKey};
use super::latency::Latency;
use super::limits::LimitState;
use super::switches::Switches;
use super::writes::WriteLog;
use crate::fault::FaultState;
use crate::org::Org;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The organization behind the endpoints, and how it is served.
#[derive(Debug)]
pub(crate) struct Sim {
    pub(super) org: Org,
    pub(super) keys: Vec<NamedKey>,
    pub(super) switches: Switches,
    pub(super) cursor_key: u64,
    pub(super) occurrences: AtomicU64,
    pub(super) seed: u64,
    pub(super) latency: Latency,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tallies: Tallies,
    pub(super) limits: LimitState,
    pub(super) faults: FaultState,
    pub(super) delays: Delays,
    pub(super) writes: Mutex<Vec<WriteLog>>,
}

impl Sim {
    pub(super) fn org(&self) -> &Org {
        &self.org
    }

    pub(crate) fn switches(&self) -> &Switches {
        &self.switches
    }

    /// What makes cursors of this organization recognizable.
    pub(crate) fn cursor_key(&self) -> u64 {
        self.cursor_key
    }

    pub(super) fn keys(&self) -> &[NamedKey] {
        &self.keys
    }

    /// The key that a caller has, unless it is unknown or was revoked.
    pub(super) fn key_of(&self, bearer: Option<&str>) -> Option<&Key> {
        let bearer = bearer?;
        let own = self.keys.iter().find(|own| own.key.text == bearer)?;
        self.org
            .read()
            .settled()
            .is_credential(&own.id)
            .then_some(&own.key)
    }

    pub(super) fn log(&self, write: WriteLog) {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.push(write);
    }

    pub(super) fn writes(&self) -> Vec<WriteLog> {
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.clone()
    }

    pub(super) fn next_occurrence(&self) -> u64 {
        self.occurrences.fetch_add(1, Ordering::Relaxed)
    }
}
