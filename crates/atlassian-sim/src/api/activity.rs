//! When accounts joined, and when they last used what.

use crate::model::target::Kind;
use crate::model::{Held, Model, salt};
use crate::wire::date::days_before;
use jiff::Timestamp;

/// One app that an account has used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    /// The app instance.
    pub(super) target: u32,
    /// The kind of app.
    pub(super) app: usize,
    /// When it was last used.
    pub(super) at: Timestamp,
}

impl Model {
    /// When each app was last used, given what the account holds. Apps that never were have no entry, and accounts that
    /// were created since have none at all.
    pub(super) fn activity(&self, account: u32, held: &[Held]) -> impl Iterator<Item = Used> {
        let old = self.added(account).is_none();
        let used = move |(place, row): (usize, &Held)| {
            if !old {
                return None;
            }
            let Kind::App(app) = self.target(row.target).kind else {
                return None;
            };
            let noise = self.noise(salt::DATE, account) >> (place % 8);
            if held[..place].iter().any(|before| before.target == row.target) || noise & 7 == 0 {
                return None;
            }
            let days = u32::try_from(noise % 90).expect("a small number");
            Some(Used {
                target: row.target,
                app,
                at: days_before(days, noise),
            })
        };
        held.iter().enumerate().filter_map(used)
    }

    /// When an account first came into any directory.
    pub(super) fn added_to_org(&self, account: u32) -> Option<Timestamp> {
        if let Some(added) = self.added(account) {
            return Some(added);
        }
        self.in_directory(account).then(|| {
            let noise = self.noise(salt::DATE, account);
            let days = 40 + u32::try_from(noise % 1500).expect("a small number");
            days_before(days, noise)
        })
    }
}
