//! How changes are made.

use super::{AccountChange, Change, GroupChange, Life, Model, Pair};
use crate::model::DirectoryStatus;
use crate::model::profile::Field;
use std::collections::BTreeSet;

impl Model {
    /// Makes a change. `false` when everything is so already.
    pub(crate) fn apply(&mut self, change: &Change) -> bool {
        match change {
            Change::Account { account, new } => {
                let end = account + 1 - self.base.all_accounts();
                self.changes.new_accounts = self.changes.new_accounts.max(end);
                self.changes.addresses.insert(new.email.to_lowercase(), *account);
                self.of_account(*account).created.replace(new.clone()).is_none()
            }
            Change::Directory {
                account,
                directory,
                status,
            } => self.set_directory(*account, *directory, *status),
            Change::Life { account, life, at } => {
                if self.life(*account) == *life {
                    return false;
                }
                let generated = self.generated_life(*account);
                let change = self.of_account(*account);
                change.life = (*life != generated).then_some(*life);
                change.since = Some(*at);
                true
            }
            Change::Expiry { account, until } => {
                if self.life(*account) != Life::ForDeletion(Some(*until)) {
                    return false;
                }
                self.bury(*account);
                true
            }
            Change::Field {
                account,
                field,
                value,
            } => self.set_field(*account, *field, value.as_deref()),
            Change::UserRole {
                account,
                target,
                role,
                directory,
                on,
            } => self.set_user_role(*account, (*target, *role), *directory, *on),
            Change::Group { group, new } => {
                let end = group + 1 - self.spec.groups;
                self.changes.new_groups = self.changes.new_groups.max(end);
                self.of_group(*group).created.replace(new.clone()).is_none()
            }
            Change::GroupGone { group } => {
                let there = self.is_group(*group);
                self.changes.regranted = true;
                self.of_group(*group).deleted = true;
                there
            }
            Change::Member { group, account, on } => self.set_member(*group, *account, *on),
            Change::GroupRole {
                group,
                target,
                role,
                on,
            } => self.set_group_role(*group, (*target, *role), *on),
            Change::GroupModified { group, at } => {
                self.of_group(*group).modified = Some(*at);
                true
            }
            Change::ScimUser { record, user } => self.set_record(*record, user.as_ref()),
            Change::ScimLink { record, account } => self.set_link(*record, *account),
            Change::TokenGone { token } => self.changes.tokens.insert(*token),
            Change::CredentialGone { id } => self.changes.keys.insert(id.clone()),
        }
    }

    fn of_account(&mut self, account: u32) -> &mut AccountChange {
        self.changes.accounts.entry(account).or_default()
    }

    fn of_group(&mut self, group: u32) -> &mut GroupChange {
        self.changes.groups.entry(group).or_default()
    }

    fn set_directory(&mut self, account: u32, directory: u8, status: DirectoryStatus) -> bool {
        if self.directory_status(account, directory) == status {
            return false;
        }
        let generated = if self.is_generated(account) {
            self.base.directory_status(account, directory)
        } else {
            DirectoryStatus::NoMembership
        };
        let place = usize::from(directory);
        self.of_account(account).directories[place] = (status != generated).then_some(status);
        if status == DirectoryStatus::NoMembership {
            let here = |group: &u32| self.group_directory(*group) == directory;
            let groups: Vec<u32> = self.groups_of(account).into_iter().filter(here).collect();
            for group in groups {
                self.set_member(group, account, false);
            }
            let outside = !self.in_directory(account);
            let change = self.of_account(account);
            change.left[place] = true;
            change.left_all |= outside;
            change
                .granted
                .retain(|_, own| *own != Some(directory) && !(outside && own.is_none()));
        }
        true
    }

    /// Takes everything from an account that exists no more.
    fn bury(&mut self, account: u32) {
        for directory in 0..self.spec.directories {
            self.set_directory(account, directory, DirectoryStatus::NoMembership);
        }
        let change = self.of_account(account);
        change.life = Some(Life::Gone);
        (change.left, change.left_all) = ([true; 3], true);
        change.granted.clear();
        for token in self.tokens_of(account) {
            self.changes.tokens.insert(token);
        }
        self.forget_address(account);
        for record in self.records_of(account) {
            self.set_record(record, None);
        }
    }

    fn forget_address(&mut self, account: u32) {
        let address = self.address(account).to_lowercase();
        if self.changes.addresses.get(&address) == Some(&account) {
            self.changes.addresses.remove(&address);
        }
    }

    fn set_field(&mut self, account: u32, field: Field, value: Option<&str>) -> bool {
        if self.field(account, field).as_deref() == value {
            return false;
        }
        if field == Field::Email {
            self.forget_address(account);
            if let Some(address) = value {
                self.changes.addresses.insert(address.to_lowercase(), account);
            }
        }
        self.of_account(account)
            .fields
            .insert(field, value.map(str::to_owned));
        true
    }

    fn set_user_role(&mut self, account: u32, pair: Pair, directory: Option<u8>, on: bool) -> bool {
        if self.holds_directly(account, pair) == on {
            return false;
        }
        let change = self.of_account(account);
        if !on {
            change.granted.remove(&pair);
            change.revoked.insert(pair);
            return true;
        }
        change.revoked.remove(&pair);
        // What was taken before is back where it stood, unless that directory was left.
        if !self.holds_directly(account, pair) {
            self.of_account(account).granted.insert(pair, directory);
        }
        true
    }

    fn set_member(&mut self, group: u32, account: u32, on: bool) -> bool {
        if self.is_member(group, account) == on {
            return false;
        }
        let generated = group < self.spec.groups
            && self.is_generated(account)
            && self.base.groups_of(account).contains(&group);
        let set = |joined: &mut BTreeSet<u32>, quit: &mut BTreeSet<u32>, one: u32| {
            if on {
                let back = quit.remove(&one);
                debug_assert_eq!(back, generated);
                if !generated {
                    joined.insert(one);
                }
            } else {
                joined.remove(&one);
                if generated {
                    quit.insert(one);
                }
            }
        };
        let change = self.of_account(account);
        set(&mut change.joined, &mut change.quit, group);
        let change = self.of_group(group);
        set(&mut change.joined, &mut change.quit, account);
        true
    }

    fn set_group_role(&mut self, group: u32, pair: Pair, on: bool) -> bool {
        if self.group_roles(group).contains(&pair) == on {
            return false;
        }
        let generated = group < self.spec.groups && self.base.group_roles(group).contains(&pair);
        self.changes.regranted = true;
        let change = self.of_group(group);
        match (on, generated) {
            (true, true) => drop(change.revoked.remove(&pair)),
            (true, false) => change.granted.push(pair),
            (false, true) => drop(change.revoked.insert(pair)),
            (false, false) => change.granted.retain(|one| *one != pair),
        }
        true
    }
}
