//! The truth in numbers.

use super::Truth;
use crate::model::{DirectoryStatus, Listing, MembersAnswer, Methods};
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of everything there is. "Readable" excludes what answers 403 or 404.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TruthCounts {
    /// User directories.
    pub directories: u64,
    /// Accounts in the user search, each once.
    pub accounts_in_search: u64,
    /// Accounts in the managed listing.
    pub accounts_managed: u64,
    /// Accounts that only the managed listing has.
    pub accounts_managed_only: u64,
    /// Accounts without a listing that a readable group or a token names.
    pub accounts_unlisted: u64,
    /// Accounts of the user search by composite status; `absent` where the row has none.
    pub accounts_by_status: BTreeMap<&'static str, u64>,
    /// Rows of the user search without account id.
    pub malformed_rows: u64,
    /// Known accounts whose role assignments answer 404.
    pub accounts_without_roles: u64,
    /// Groups.
    pub groups: u64,
    /// Groups that an identity provider keeps.
    pub groups_synced: u64,
    /// Groups whose members answer 403 or 404.
    pub groups_without_members: u64,
    /// Memberships in readable groups.
    pub memberships: u64,
    /// Memberships that cannot be read.
    pub memberships_unreadable: u64,
    /// Roles that groups hold.
    pub group_roles: u64,
    /// Different (account, target, role) through readable groups: what expansion yields.
    pub expanded_group_roles: u64,
    /// Role rows of accounts, as the API splits them by directory.
    pub role_rows: u64,
    /// Different (account, target, role) in readable role rows.
    pub access: u64,
    /// Of these: stated as `direct`, among other methods or alone.
    pub access_direct: u64,
    /// Of these: stated with documented methods, but not `direct`.
    pub access_indirect: u64,
    /// Of these: without methods or with undocumented ones only.
    pub access_unknown_method: u64,
    /// Of these: not `direct`, and no readable group explains it.
    pub access_unexplained: u64,
    /// Of these: held only where the account is suspended or not a member.
    pub access_dormant: u64,
    /// Roles of readable groups that the readable access of a member lacks.
    pub overstated: u64,
    /// Platform roles that listings state and no row covers, of accounts whose rows can be read.
    pub uncovered_platform_roles: u64,
    /// App instances in the workspaces query.
    pub workspaces: u64,
    /// Other targets that readable rows name.
    pub targets_unlisted: u64,
    /// API tokens.
    pub tokens: u64,
}

impl TruthCounts {
    pub(super) fn of(truth: &Truth) -> Self {
        let model = truth.model();
        let token_owners = truth.token_owners();
        let mut counts = Self {
            directories: u64::from(model.spec.directories),
            accounts_managed: u64::from(model.managed_total()),
            malformed_rows: u64::from(truth.malformed_rows()),
            groups: model.groups().count() as u64,
            workspaces: u64::from(model.targets.listed),
            targets_unlisted: truth.targets().filter(|target| !target.listed).count() as u64,
            tokens: model.tokens().count() as u64,
            ..Self::default()
        };
        for group in model.groups() {
            counts.add_group(truth, group);
        }
        for account in 0..model.all_accounts() {
            if truth.is_named(account, &token_owners) {
                counts.add_account(truth, account);
            }
        }
        counts
    }

    fn add_group(&mut self, truth: &Truth, group: u32) {
        let model = truth.model();
        let members = model.members(group).len() as u64;
        self.groups_synced += u64::from(model.is_synced(group));
        self.group_roles += model.group_roles(group).len() as u64;
        if model.members_answer(group) == MembersAnswer::Readable {
            self.memberships += members;
        } else {
            self.groups_without_members += 1;
            self.memberships_unreadable += members;
        }
    }

    fn add_account(&mut self, truth: &Truth, account: u32) {
        let model = truth.model();
        match model.listing(account) {
            Listing::Search => {
                self.accounts_in_search += 1;
                let status = model.standing(account).status.unwrap_or("absent");
                *self.accounts_by_status.entry(status).or_default() += 1;
            }
            Listing::Unlisted => self.accounts_unlisted += 1,
            Listing::ManagedOnly => self.accounts_managed_only += 1,
        }
        let held = model.held(account);
        let mut through: Vec<_> = truth
            .through_groups(account)
            .into_iter()
            .filter(|(group, _)| model.members_answer(*group) == MembersAnswer::Readable)
            .map(|(_, pair)| pair)
            .collect();
        let with_repetition = through.clone();
        through.sort_unstable();
        through.dedup();
        self.expanded_group_roles += through.len() as u64;
        if !model.roles_readable(account) {
            self.accounts_without_roles += 1;
            return;
        }
        self.uncovered_platform_roles += truth.uncovered(account, &held).len() as u64;
        self.role_rows += held.len() as u64;
        let lacks = |pair: &&(u32, u8)| !held.iter().any(|held| (held.target, held.role) == **pair);
        self.overstated += with_repetition.iter().filter(lacks).count() as u64;
        for merged in truth.merged(account) {
            let direct = merged.methods.has(Methods::DIRECT);
            let documented =
                direct || merged.methods.has(Methods::GROUP) || merged.methods.has(Methods::INFERRED);
            let dormant = !merged.directories.is_empty()
                && merged
                    .directories
                    .iter()
                    .all(|(_, status)| *status != DirectoryStatus::Active);
            let explained = direct || through.contains(&(merged.target, merged.role));
            self.access += 1;
            self.access_direct += u64::from(direct);
            self.access_indirect += u64::from(documented && !direct);
            self.access_unknown_method += u64::from(!documented);
            self.access_unexplained += u64::from(!explained);
            self.access_dormant += u64::from(dormant);
        }
    }
}
