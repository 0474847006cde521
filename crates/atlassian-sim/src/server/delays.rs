//! How much later readers see what was written.

use crate::model::{Change, DirectoryStatus, hash};
use jiff::Timestamp;
use std::time::Duration;

/// How much later readers see what was written. Writes themselves are always checked against everything that was
/// written before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delays {
    /// Roles of accounts and groups, organization administrators among them: up to this, drawn from the simulator's
    /// seed for each change.
    pub roles: Duration,
    /// A new group.
    pub new_group: Duration,
    /// An account removed from a directory, which the vendor queues.
    pub removal: Duration,
    /// The account of a new SCIM record, which the record names only then.
    pub scim_link: Duration,
    /// Everything, in the audit log.
    pub events: Duration,
}

impl Delays {
    /// Readers see everything at once.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            roles: Duration::ZERO,
            new_group: Duration::ZERO,
            removal: Duration::ZERO,
            scim_link: Duration::ZERO,
            events: Duration::ZERO,
        }
    }

    /// Roles within 30 seconds, which the vendor documents; new groups after 1.5 seconds, as seen in the field;
    /// removals after 5, links of SCIM records
    /// after 3 and events after 20, which are invented.
    #[must_use]
    pub const fn realistic() -> Self {
        Self {
            roles: Duration::from_secs(30),
            new_group: Duration::from_millis(1500),
            removal: Duration::from_secs(5),
            scim_link: Duration::from_secs(3),
            events: Duration::from_secs(20),
        }
    }

    /// How much later readers see a change.
    pub(super) fn of(&self, change: &Change, now: Timestamp, seed: u64) -> Duration {
        match change {
            Change::UserRole {
                account,
                target,
                role,
                ..
            } => self.drawn(seed, [*account, *target, u32::from(*role)], now),
            Change::GroupRole {
                group, target, role, ..
            } => self.drawn(seed, [*group, *target, u32::from(*role)], now),
            Change::Group { .. } => self.new_group,
            Change::Directory {
                status: DirectoryStatus::NoMembership,
                ..
            } => self.removal,
            _ => Duration::ZERO,
        }
    }

    fn drawn(&self, seed: u64, what: [u32; 3], now: Timestamp) -> Duration {
        let millis = u64::try_from(self.roles.as_millis()).unwrap_or(u64::MAX);
        let moment = u64::from_ne_bytes(now.as_millisecond().to_ne_bytes());
        let word = what.into_iter().fold(hash(seed, 0xde1a, moment), |word, one| {
            hash(word, 3, u64::from(one))
        });
        Duration::from_millis(word % millis.saturating_add(1))
    }
}
