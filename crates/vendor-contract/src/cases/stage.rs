//! What a call finds: a transport, a clock, a key and facts.

use http_kit::cassette::ReplayTransport;
use http_kit::{Clock, ManualClock, Secret, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a call is made with: the same live and at replay, but for what the facts say.
///
/// A client is to be built with one try and no more (`RetryPolicy::never`), so that a refusal is one exchange.
#[derive(Clone)]
pub struct Stage {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: ManualClock,
    pub(super) key: Secret,
    pub(super) facts: Arc<Facts>,
    pub(super) instead: BTreeMap<&'static str, &'static str>,
}

/// What is known of the world, and what of it was asked for.
#[derive(Debug)]
pub(super) struct Facts {
    known: Known,
    used: Mutex<BTreeSet<String>>,
}

#[derive(Debug)]
enum Known {
    Live(Mutex<BTreeMap<&'static str, String>>),
    Recorded(Arc<ReplayTransport>),
}

impl Stage {
    /// What the client sends through.
    pub fn transport(&self) -> Arc<dyn Transport> {
        self.transport.clone()
    }

    /// The clock for the client. It stands at [`START`](super::START).
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    /// The credential.
    pub fn key(&self) -> Secret {
        self.key.clone()
    }

    /// A fact of the world by its name: an id, a name or an address that the call sends. At replay it is what stands for
    /// it in the recording.
    ///
    /// # Panics
    ///
    /// If the world, or the recording, has no such fact.
    pub fn fact(&self, name: &str) -> String {
        self.facts.get(self.instead.get(name).copied().unwrap_or(name))
    }
}

impl Facts {
    pub(super) fn live(known: impl IntoIterator<Item = (&'static str, String)>) -> Arc<Self> {
        Self::new(Known::Live(Mutex::new(known.into_iter().collect())))
    }

    pub(super) fn recorded(replay: Arc<ReplayTransport>) -> Arc<Self> {
        Self::new(Known::Recorded(replay))
    }

    fn new(known: Known) -> Arc<Self> {
        Arc::new(Self {
            known,
            used: Mutex::default(),
        })
    }

    /// One more fact of a live world.
    pub(super) fn learn(&self, name: &'static str, fact: String) {
        if let Known::Live(facts) = &self.known {
            locked(facts).insert(name, fact);
        }
    }

    /// The names of the facts that were asked for so far, with what they are.
    pub(super) fn used(&self) -> BTreeMap<String, String> {
        let used = locked(&self.used).clone();
        used.into_iter()
            .map(|name| {
                let fact = self.get(&name);
                (name, fact)
            })
            .collect()
    }

    fn get(&self, name: &str) -> String {
        let fact = match &self.known {
            Known::Live(facts) => locked(facts).get(name).cloned(),
            Known::Recorded(replay) => replay.note(name).map(str::to_owned),
        };
        let fact = fact.unwrap_or_else(|| panic!("there is no fact {name:?}"));
        locked(&self.used).insert(name.to_owned());
        fact
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}
