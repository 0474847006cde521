//! The simulator, put together and started.

use super::clock::{Clock, SystemClock};
use super::counters::{Counters, Tallies};
use super::delays::Delays;
use super::key::{Key, NamedKey};
use super::latency::Latency;
use super::limits::{LimitState, Limits};
use super::listen::Running;
use super::sim::Sim;
use super::switches::Switches;
use super::writes::WriteLog;
use crate::fault::{FaultPlan, FaultState};
use crate::model::{hash, salt};
use crate::org::Org;
use axum::Router;
use std::fmt::Debug;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, ToSocketAddrs};

/// A simulator that is ready to be started.
#[derive(Clone, Debug)]
pub struct Simulator {
    sim: Arc<Sim>,
}

impl Simulator {
    /// A simulator of an organization. Without further words it accepts [`Org::api_key`], answers at once and never
    /// fails.
    pub fn builder(org: Org) -> SimulatorBuilder {
        SimulatorBuilder {
            keys: Vec::new(),
            switches: Switches::default(),
            seed: org.spec().seed,
            latency: Latency::None,
            limits: Limits::off(),
            faults: FaultPlan::none(),
            delays: Delays::none(),
            clock: Arc::new(SystemClock),
            org,
        }
    }

    /// The endpoints as a service, for tests without a socket. Faults that need a connection end as an error of the
    /// body there.
    pub fn router(&self) -> Router {
        crate::api::router(self.sim.clone())
    }

    /// What was asked so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.sim.tallies.snapshot()
    }

    /// Every request to an endpoint that writes so far, in the order in which they were answered.
    #[must_use]
    pub fn writes(&self) -> Vec<WriteLog> {
        self.sim.writes()
    }

    /// Listens on an address (port 0 for any free one) and answers until stopped. Must be called in a Tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub async fn bind(self, address: impl ToSocketAddrs) -> io::Result<Running> {
        let listener = TcpListener::bind(address).await?;
        Running::start(self.router(), self.sim, listener)
    }
}

/// Builds a [`Simulator`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct SimulatorBuilder {
    org: Org,
    keys: Vec<Key>,
    switches: Switches,
    seed: u64,
    latency: Latency,
    limits: Limits,
    faults: FaultPlan,
    delays: Delays,
    clock: Arc<dyn Clock>,
}

impl SimulatorBuilder {
    /// Accepts these keys instead of [`Org::api_key`].
    pub fn keys(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.keys = keys.into_iter().collect();
        self
    }

    /// Waits before each answer.
    pub fn latency(mut self, latency: impl Into<Latency>) -> Self {
        self.latency = latency.into();
        self
    }

    /// Limits the rate of requests.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Lets things go wrong.
    pub fn faults(mut self, faults: FaultPlan) -> Self {
        self.faults = faults;
        self
    }

    /// Lets readers see changes later.
    pub fn delays(mut self, delays: Delays) -> Self {
        self.delays = delays;
        self
    }

    /// Varies the vendor's behaviour.
    pub fn switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// Decides latencies and faults; the organization's seed by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Takes the time from this clock instead of the machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The simulator.
    #[must_use]
    pub fn build(self) -> Simulator {
        let keys = if self.keys.is_empty() {
            vec![Key::unscoped(self.org.api_key())]
        } else {
            self.keys
        };
        Simulator {
            sim: Arc::new(Sim {
                cursor_key: hash(self.org.spec().seed, salt::CURSOR, 0),
                org: self.org,
                keys: keys.into_iter().map(NamedKey::new).collect(),
                switches: self.switches,
                occurrences: AtomicU64::new(0),
                seed: self.seed,
                latency: self.latency,
                clock: self.clock,
                tallies: Tallies::new(),
                limits: LimitState::new(self.limits),
                faults: FaultState::new(self.faults, self.seed),
                delays: self.delays,
                writes: Mutex::default(),
            }),
        }
    }

    /// Builds the simulator and [binds](Simulator::bind) it.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub async fn bind(self, address: impl ToSocketAddrs) -> io::Result<Running> {
        self.build().bind(address).await
    }
}
