//! When faults strike.

use super::Fault;
use crate::endpoint::Endpoint;
use crate::model::hash;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Which faults strike which requests. Empty by default.
///
/// Rates are drawn from the simulator's seed, the request itself and how often it was made before, never from the order
/// in which requests arrive: the same client meets the same faults, however its requests interleave.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlan {
    rules: Vec<Rule>,
    most_in_a_row: u32,
}

/// One rule of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) when: When,
    pub(super) fault: Fault,
}

/// When a rule strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    /// With a probability.
    Rate(f64),
    /// At one request of the endpoint (of all endpoints together for a rule without one), counted from 1.
    Nth(u64),
    /// At that request and all later ones.
    From(u64),
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self::none()
    }
}

impl FaultPlan {
    /// Nothing goes wrong.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            rules: Vec::new(),
            most_in_a_row: 3,
        }
    }

    /// Every [retryable](Fault::retryable) fault, all together at a rate between 0 and 1.
    #[must_use]
    pub fn retryable(rate: f64) -> Self {
        Self::none().retryable_at(rate)
    }

    pub(super) fn retryable_at(self, rate: f64) -> Self {
        let faults = Fault::retryable();
        let each = 1.0 - (1.0 - rate).powf(1.0 / faults.len() as f64);
        faults
            .into_iter()
            .fold(self, |plan, fault| plan.rate(each, fault))
    }

    /// A fault at a rate between 0 and 1, at every endpoint.
    #[must_use]
    pub fn rate(self, rate: f64, fault: Fault) -> Self {
        self.with(Rule {
            endpoint: None,
            when: When::Rate(rate),
            fault,
        })
    }

    /// A fault at a rate between 0 and 1, at one endpoint.
    #[must_use]
    pub fn rate_at(self, endpoint: Endpoint, rate: f64, fault: Fault) -> Self {
        self.with(Rule {
            endpoint: Some(endpoint),
            when: When::Rate(rate),
            fault,
        })
    }

    /// A fault at the `nth` request of an endpoint, counted from 1.
    #[must_use]
    pub fn nth(self, endpoint: Endpoint, nth: u64, fault: Fault) -> Self {
        self.with(Rule {
            endpoint: Some(endpoint),
            when: When::Nth(nth),
            fault,
        })
    }

    /// A fault at the `nth` request of an endpoint and at all later ones, counted from 1.
    #[must_use]
    pub fn from(self, endpoint: Endpoint, nth: u64, fault: Fault) -> Self {
        self.with(Rule {
            endpoint: Some(endpoint),
            when: When::From(nth),
            fault,
        })
    }

    /// A fault at every request of an endpoint.
    #[must_use]
    pub fn always(self, endpoint: Endpoint, fault: Fault) -> Self {
        self.from(endpoint, 1, fault)
    }

    /// A fault at every request.
    #[must_use]
    pub fn everywhere(self, fault: Fault) -> Self {
        self.with(Rule {
            endpoint: None,
            when: When::From(1),
            fault,
        })
    }

    /// After so many faults by rate, the same request gets through (3 by default). Rules with counts are not
    /// bound by this.
    #[must_use]
    pub fn most_in_a_row(self, most: u32) -> Self {
        Self {
            most_in_a_row: most,
            ..self
        }
    }

    pub(super) fn with(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }
}

/// A plan and what it has done so far.
#[derive(Debug)]
pub(crate) struct FaultState {
    plan: FaultPlan,
    seed: u64,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// How often each request was made, and how many faults it met in a row.
    requests: HashMap<u64, (u64, u32)>,
    /// Listings whose cursor was refused.
    refused: HashSet<u64>,
}

/// What a request is, for a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    pub(crate) endpoint: Endpoint,
    /// Which request of the endpoint this is, from 1.
    pub(crate) nth: u64,
    /// Which request of all this is, from 1.
    pub(crate) nth_of_all: u64,
    /// Identifies the request by its content.
    pub(crate) identity: u64,
    /// Identifies the listing when the request carries a cursor.
    pub(crate) listing: Option<u64>,
}

impl FaultState {
    pub(crate) fn new(plan: FaultPlan, seed: u64) -> Self {
        Self {
            plan,
            seed,
            memory: Mutex::default(),
        }
    }

    /// Whether nothing ever goes wrong, so that requests need no examination.
    pub(crate) fn is_idle(&self) -> bool {
        self.plan.rules.is_empty()
    }

    /// The fault that strikes a request, the first of the rules that applies.
    pub(crate) fn strike(&self, subject: Subject) -> Option<Fault> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let (tries, row) = memory
            .requests
            .get(&subject.identity)
            .copied()
            .unwrap_or_default();
        let spared = row >= self.plan.most_in_a_row;
        let mut struck = None;
        for (rule, place) in self.plan.rules.iter().zip(0u64..) {
            let nth = if rule.endpoint.is_some() {
                subject.nth
            } else {
                subject.nth_of_all
            };
            let here = rule.endpoint.is_none_or(|endpoint| endpoint == subject.endpoint);
            let by_rate = matches!(rule.when, When::Rate(_));
            let now = match rule.when {
                When::Rate(rate) => {
                    let draw = hash(self.seed ^ subject.identity, 0xfa17 + place, tries);
                    !spared && ((draw >> 11) as f64) < rate * (1u64 << 53) as f64
                }
                When::Nth(wanted) => nth == wanted,
                When::From(first) => nth >= first,
            };
            if !here || !now || (rule.fault.needs_cursor() && subject.listing.is_none()) {
                continue;
            }
            if rule.fault == Fault::RefusedCursor
                && !memory.refused.insert(subject.listing.unwrap_or_default())
            {
                continue;
            }
            struck = Some((rule.fault.clone(), by_rate));
            break;
        }
        let row = if struck.as_ref().is_some_and(|(_, by_rate)| *by_rate) {
            row + 1
        } else {
            0
        };
        memory.requests.insert(subject.identity, (tries + 1, row));
        struck.map(|(fault, _)| fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(identity: u64, nth: u64) -> Subject {
        Subject {
            endpoint: Endpoint::UserRoles,
            nth,
            nth_of_all: nth,
            identity,
            listing: None,
        }
    }

    #[test]
    fn rates_depend_on_the_request_not_on_the_order() {
        let plan = FaultPlan::retryable(0.3);
        let (forward, backward) = (FaultState::new(plan.clone(), 5), FaultState::new(plan, 5));
        let first: Vec<_> = (0..2000).map(|id| forward.strike(subject(id, id))).collect();
        let mut second: Vec<_> = (0..2000)
            .rev()
            .map(|id| backward.strike(subject(id, 7)))
            .collect();
        second.reverse();
        assert_eq!(first, second);
        let struck = first.iter().flatten().count();
        assert!((500..700).contains(&struck), "{struck} of 2000 at a rate of 0.3");
        for fault in Fault::retryable() {
            assert!(
                first.iter().flatten().any(|one| *one == fault),
                "{fault:?} never struck"
            );
        }
    }

    #[test]
    fn a_request_gets_through_in_the_end() {
        let state = FaultState::new(
            FaultPlan::none().rate(1.0, Fault::ResetBefore).most_in_a_row(2),
            1,
        );
        let struck: Vec<bool> = (0..6)
            .map(|nth| state.strike(subject(9, nth)).is_some())
            .collect();
        assert_eq!(struck, [true, true, false, true, true, false]);
    }

    #[test]
    fn a_cursor_is_refused_once_in_each_listing() {
        let state = FaultState::new(FaultPlan::none().everywhere(Fault::RefusedCursor), 1);
        let ask = |listing| {
            state
                .strike(Subject {
                    listing,
                    ..subject(1, 1)
                })
                .is_some()
        };
        assert_eq!(
            [None, Some(1), Some(1), Some(2)].map(ask),
            [false, true, false, true]
        );
    }
}
