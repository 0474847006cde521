//! What an account effectively holds by now.

use super::{Model, Pair};
use crate::model::access::{Held, Methods, Row};
use crate::model::target::{AI_ACCESS, ORG_ADMIN, ROLES, Role};

impl Model {
    /// Everything that the role rows of an account state, in the order of the rows.
    pub(crate) fn held(&self, account: u32) -> Vec<Held> {
        if self.changed(account).is_none() && !self.has_regranted_group(account) {
            return if self.is_generated(account) {
                self.base.held(account)
            } else {
                Vec::new()
            };
        }
        let status = |directory| self.directory_status(account, directory);
        self.role_rows(account)
            .into_iter()
            .filter_map(|row| row.shown(status))
            .collect()
    }

    fn has_regranted_group(&self, account: u32) -> bool {
        self.changes.regranted
            && self.is_generated(account)
            && self
                .base
                .groups_of(account)
                .iter()
                .any(|group| self.changed_group(*group).is_some())
    }

    /// What an account holds, and how. What was generated is kept in its order; groups and direct roles are those
    /// of today.
    fn role_rows(&self, account: u32) -> Vec<Row> {
        let mut rows = if self.is_generated(account) {
            self.base.role_rows(account)
        } else {
            Vec::new()
        };
        if let Some(change) = self.changed(account) {
            rows.retain(|row| match row.directory {
                Some(directory) => !change.left[usize::from(directory)],
                None => !change.left_all,
            });
            for row in &mut rows {
                if change.revoked.contains(&(row.target, row.role)) {
                    row.methods = row.methods.without(Methods::DIRECT);
                }
            }
        }
        rows.iter_mut()
            .for_each(|row| row.methods = row.methods.without(Methods::GROUP));
        let roles_only = self.states_roles_only(account);
        let mut add = |target, role, method, directory| {
            let same =
                |row: &&mut Row| (row.target, row.role) == (target, role) && row.directory == directory;
            match rows.iter_mut().find(same) {
                Some(row) => row.methods = row.methods.with(method),
                None if roles_only => {
                    rows.push(Row::new(target, role, method, directory).restated(Methods::UNSTATED));
                }
                None => rows.push(Row::new(target, role, method, directory)),
            }
        };
        for group in self.groups_of(account) {
            let directory = self.group_directory(group);
            for (target, role) in self.group_roles(group) {
                let directory = (!self.is_platform(target)).then_some(directory);
                add(target, role, Methods::GROUP, directory);
            }
        }
        if let Some(change) = self.changed(account) {
            for ((target, role), directory) in &change.granted {
                add(*target, *role, Methods::DIRECT, *directory);
            }
        }
        rows
    }

    /// Whether an account holds a role directly, whatever its rows state.
    pub(crate) fn holds_directly(&self, account: u32, pair: Pair) -> bool {
        self.role_rows(account)
            .iter()
            .any(|row| (row.target, row.role) == pair && row.methods.has(Methods::DIRECT))
    }

    /// Whether an account holds a role in any way.
    pub(crate) fn holds(&self, account: u32, pair: Pair) -> bool {
        self.held(account)
            .iter()
            .any(|held| (held.target, held.role) == pair)
    }

    /// Whether an account administers the organization.
    pub(crate) fn is_org_admin(&self, account: u32) -> bool {
        self.holds(account, (self.targets.organization, ORG_ADMIN))
    }

    /// The directory in which a role that is granted directly stands: that of a row which is there already.
    pub(crate) fn directory_of_grant(&self, account: u32, target: u32, role: Role) -> Option<u8> {
        if self.is_platform(target) {
            return None;
        }
        let there = self
            .held(account)
            .into_iter()
            .find(|held| (held.target, held.role) == (target, role));
        there
            .and_then(|held| held.directory)
            .map(|(directory, _)| directory)
            .or_else(|| self.home(account))
    }

    /// The platform roles that a listing states, given what the account holds.
    pub(crate) fn platform_roles(&self, account: u32, held: &[Held]) -> Vec<&'static str> {
        let mut roles: Vec<&'static str> = Vec::new();
        for held in held {
            let word = ROLES[usize::from(held.role)];
            if self.is_platform(held.target) && !roles.contains(&word) {
                roles.push(word);
            }
        }
        let more = ROLES[usize::from(AI_ACCESS)];
        if self.has_uncovered_role(account) && self.in_directory(account) && !roles.contains(&more) {
            roles.push(more);
        }
        roles
    }
}
