//! Seats of apps: how many are taken, and which could be taken back.

use crate::error::ReviewError;
use crate::facts;
use crate::joined::{HeldGrant, JoinedResource, Known};
use crate::list::Filter;
use crate::review::Review;
use crate::subject::{Status, Subject};
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use jiff::{Span, Timestamp};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The seats of an app, as far as the artifact states them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Seats {
    /// The app.
    pub app: Subject,
    /// How many there are by the vendor; none where it does not say.
    pub capacity: Option<u64>,
    /// How many accounts hold a role that takes a seat, and can use it.
    pub taken: u64,
    /// Whether the artifact states when accounts were last active in the app. Without it nobody is called idle.
    pub states_activity: bool,
    /// Who holds a seat without use, by name.
    pub reclaimable: Vec<Reclaimable>,
}

/// A seat that could be taken back.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reclaimable {
    /// Who holds it.
    pub account: Subject,
    /// Why it could be taken back.
    pub why: Unused,
    /// When the account was last active in the app.
    pub last_active: Option<Timestamp>,
    /// The grants by which it is held.
    pub grants: Vec<HeldGrant>,
}

/// Why a seat is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// The account is disabled or deleted, and the vendor still states its role as one in use.
    OutOfUse,
    /// The account was not active in the app for longer than was asked for.
    Idle,
    /// The account was never active in the app.
    NeverActive,
}

impl Unused {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::OutOfUse => "account out of use",
            Self::Idle => "not active lately",
            Self::NeverActive => "never active",
        }
    }
}

/// As of when something is judged, and what counts as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The time that counts as now.
    pub now: Timestamp,
    /// After how many days without activity an account is idle.
    pub idle_days: u32,
}

impl AsOf {
    /// The days without activity that count as long where nobody says otherwise.
    pub const IDLE_DAYS: u32 = 90;

    /// Whether a time lies as far back as makes idle.
    pub(crate) fn is_long_ago(&self, time: Timestamp) -> bool {
        time < self.days_ago(i64::from(self.idle_days))
    }

    fn days_ago(&self, days: i64) -> Timestamp {
        self.in_days(-days)
    }

    /// The time in this number of days; the end of time where it lies beyond that.
    pub(crate) fn in_days(&self, days: i64) -> Timestamp {
        let end = if days < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let span = Span::new().try_hours(days.saturating_mul(24));
        span.and_then(|span| self.now.checked_add(span)).unwrap_or(end)
    }
}

struct Holder {
    account: Rc<Known<v2::Resource>>,
    grants: Vec<HeldGrant>,
}

impl Review {
    /// When the sync ended; of one that did not, when it started. Artifacts hold local times and do not say of which zone:
    /// they are taken for UTC, as everything that reads them does.
    pub fn as_of(&self) -> Option<Timestamp> {
        let sync = self.sync();
        let ended = sync.ended().ok().flatten().or_else(|| sync.started().ok())?;
        jiff::tz::TimeZone::UTC.to_timestamp(ended.wall_clock()).ok()
    }

    /// The seats of each app: of every resource with a role that takes one.
    pub fn licences(&self, as_of: AsOf) -> impl Iterator<Item = Result<Seats, ReviewError>> + '_ {
        const ALL: &Filter = &Filter::ALL;
        self.resources(ALL).filter_map(move |resource| {
            let resource = match resource {
                Ok(resource) => resource,
                Err(error) => return Some(Err(error)),
            };
            self.seats_of(&resource, as_of).transpose()
        })
    }

    fn seats_of(&self, app: &JoinedResource, as_of: AsOf) -> Result<Option<Seats>, ReviewError> {
        let subject = app.subject();
        if self.is_account_type(&subject.key.resource_type) {
            return Ok(None);
        }
        let on = Filter {
            resource: Some(subject.key.clone()),
            ..Filter::default()
        };
        let mut holders: BTreeMap<ResourceKey, Holder> = BTreeMap::new();
        let mut has_seats = false;
        for entitlement in self.entitlements(&on) {
            let joined = entitlement?;
            let message = joined.entitlement.message();
            if !facts::takes_a_seat(message) {
                continue;
            }
            has_seats = true;
            let of_it = Filter {
                entitlement_id: Some(message.id.clone()),
                ..Filter::default()
            };
            for grant in self.held(&of_it) {
                self.seat_held(grant?, &mut holders)?;
            }
        }
        if !has_seats {
            return Ok(None);
        }
        let mut judged = Vec::with_capacity(holders.len());
        for holder in holders.into_values() {
            let facts = holder.account.facts();
            let last_active = facts.last_active_in(&subject.key.resource);
            judged.push((holder, last_active, facts));
        }
        let states_activity = judged.iter().any(|(_, last_active, _)| last_active.is_some());
        let taken = judged.len() as u64;
        let mut reclaimable: Vec<Reclaimable> = judged
            .into_iter()
            .filter_map(|(holder, last_active, facts)| {
                let account = holder.account.subject().clone();
                let is_new = facts.since.is_some_and(|since| !as_of.is_long_ago(since));
                let why = match (account.status, last_active) {
                    (Status::Disabled | Status::Deleted, _) => Unused::OutOfUse,
                    (_, Some(time)) if as_of.is_long_ago(time) => Unused::Idle,
                    (_, None) if states_activity && !facts.is_service && !is_new => Unused::NeverActive,
                    _ => return None,
                };
                Some(Reclaimable {
                    account,
                    why,
                    last_active,
                    grants: holder.grants,
                })
            })
            .collect();
        reclaimable.sort_by_cached_key(|one| (one.account.shown().to_lowercase(), one.account.key.clone()));
        Ok(Some(Seats {
            capacity: app.resource.facts().count("capacity"),
            app: subject,
            taken,
            states_activity,
            reclaimable,
        }))
    }

    /// Takes in a grant of a role that takes a seat. What is held only where the account is suspended takes none.
    fn seat_held(
        &self,
        grant: HeldGrant,
        holders: &mut BTreeMap<ResourceKey, Holder>,
    ) -> Result<(), ReviewError> {
        if grant.held.dormant || !self.is_account_type(&grant.holder.resource_type) {
            return Ok(());
        }
        if let Some(holder) = holders.get_mut(&grant.holder) {
            holder.grants.push(grant);
        } else if let Some(account) = self.resource(&grant.holder)? {
            let key = grant.holder.clone();
            let grants = vec![grant];
            holders.insert(key, Holder { account, grants });
        }
        Ok(())
    }
}
