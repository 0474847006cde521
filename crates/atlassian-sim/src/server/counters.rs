//! What was asked and how it was answered, by endpoint.

use crate::endpoint::Endpoint;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts by endpoint, at one moment. Endpoints that were never asked are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// By the endpoint's name.
    pub endpoints: BTreeMap<&'static str, EndpointCounters>,
}

/// The counts of one endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EndpointCounters {
    /// Requests, whatever became of them.
    pub requests: u64,
    /// Answers with a status of 400 or above, injected ones included.
    pub refused: u64,
    /// Answers refused by a rate limit; part of `refused`.
    pub limited: u64,
    /// Injected faults.
    pub faults: u64,
}

impl Counters {
    /// All endpoints together.
    #[must_use]
    pub fn total(&self) -> EndpointCounters {
        self.endpoints
            .values()
            .fold(EndpointCounters::default(), |sum, one| EndpointCounters {
                requests: sum.requests + one.requests,
                refused: sum.refused + one.refused,
                limited: sum.limited + one.limited,
                faults: sum.faults + one.faults,
            })
    }

    /// The counts of an endpoint, zero when it was never asked.
    #[must_use]
    pub fn of(&self, endpoint: Endpoint) -> EndpointCounters {
        self.endpoints.get(endpoint.name()).copied().unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Tally {
    requests: AtomicU64,
    refused: AtomicU64,
    limited: AtomicU64,
    faults: AtomicU64,
}

/// The running counts.
#[derive(Debug)]
pub(crate) struct Tallies {
    by_endpoint: Vec<Tally>,
    requests: AtomicU64,
}

/// Which one a request is, from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nth {
    /// At its endpoint.
    pub(crate) here: u64,
    /// Of all.
    pub(crate) of_all: u64,
}

impl Tallies {
    pub(crate) fn new() -> Self {
        Self {
            by_endpoint: Endpoint::ALL.iter().map(|_| Tally::default()).collect(),
            requests: AtomicU64::new(0),
        }
    }

    /// Counts a request and returns which one it is. No two requests are the same one.
    pub(crate) fn request(&self, endpoint: Endpoint) -> Nth {
        let next = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed) + 1;
        Nth {
            here: next(&self.of(endpoint).requests),
            of_all: next(&self.requests),
        }
    }

    pub(crate) fn refused(&self, endpoint: Endpoint) {
        self.of(endpoint).refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn limited(&self, endpoint: Endpoint) {
        self.of(endpoint).limited.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn fault(&self, endpoint: Endpoint) {
        self.of(endpoint).faults.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Counters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let endpoints = Endpoint::ALL
            .iter()
            .zip(&self.by_endpoint)
            .filter(|(_, tally)| read(&tally.requests) > 0)
            .map(|(endpoint, tally)| {
                let counters = EndpointCounters {
                    requests: read(&tally.requests),
                    refused: read(&tally.refused),
                    limited: read(&tally.limited),
                    faults: read(&tally.faults),
                };
                (endpoint.name(), counters)
            })
            .collect();
        Counters { endpoints }
    }

    fn of(&self, endpoint: Endpoint) -> &Tally {
        &self.by_endpoint[endpoint.place()]
    }
}
