//! Groups by now: which there are, who is in them, what they hold.

use super::{Model, NewGroup, Pair};
use crate::model::MembersAnswer;

impl Model {
    fn is_generated_group(&self, group: u32) -> bool {
        group < self.spec.groups
    }

    pub(super) fn created_group(&self, group: u32) -> Option<&NewGroup> {
        self.changed_group(group)?.created.as_deref()
    }

    /// How many numbers groups have. Not every one is that of a group.
    pub(crate) fn group_places(&self) -> u32 {
        self.spec.groups + self.changes.new_groups
    }

    /// Whether there is a group of that number.
    pub(crate) fn is_group(&self, group: u32) -> bool {
        match self.changed_group(group) {
            None => self.is_generated_group(group),
            Some(change) => !change.deleted && (self.is_generated_group(group) || change.created.is_some()),
        }
    }

    /// Every group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = u32> + use<'_> {
        (0..self.group_places()).filter(|group| self.is_group(*group))
    }

    /// The group of that id, when there is one.
    pub(crate) fn find_group(&self, id: &str) -> Option<u32> {
        self.number_of_group(id).filter(|group| self.is_group(*group))
    }

    /// The groups of that name. Case does not matter.
    pub(crate) fn find_group_name(&self, name: &str) -> Vec<u32> {
        let generated = || {
            let (_, ordinal) = name.rsplit_once('-')?;
            let group = ordinal.parse::<u32>().ok()?.checked_sub(1)?;
            self.is_generated_group(group).then_some(group)
        };
        let created = self.spec.groups..self.group_places();
        generated()
            .into_iter()
            .chain(created)
            .filter(|group| self.is_group(*group) && self.group_name(*group).eq_ignore_ascii_case(name))
            .collect()
    }

    /// The name of a group.
    pub(crate) fn group_name(&self, group: u32) -> String {
        match self.created_group(group) {
            Some(new) => new.name.clone(),
            None => self.base.group_name(group),
        }
    }

    /// The description of a group.
    pub(crate) fn description(&self, group: u32) -> Option<&str> {
        match self.created_group(group) {
            Some(new) => new.description.as_deref(),
            None => self
                .base
                .has_description(group)
                .then_some("Grants access to an app"),
        }
    }

    /// The directory of a group.
    pub(crate) fn group_directory(&self, group: u32) -> u8 {
        match self.created_group(group) {
            Some(new) => new.directory,
            None => self.base.group_directory(group),
        }
    }

    /// Whether an identity provider keeps the group.
    pub(crate) fn is_synced(&self, group: u32) -> bool {
        match self.created_group(group) {
            Some(new) => new.synced,
            None => self.base.is_synced(group),
        }
    }

    /// What part of its access information a group states: (`externalSynced`, `managementAccess` in full).
    pub(crate) fn group_states(&self, group: u32) -> (bool, bool) {
        if self.is_generated_group(group) {
            self.base.group_states(group)
        } else {
            (true, true)
        }
    }

    /// Whether the members of the group can be read.
    pub(crate) fn members_answer(&self, group: u32) -> MembersAnswer {
        if self.is_generated_group(group) {
            self.base.members_answer(group)
        } else {
            MembersAnswer::Readable
        }
    }

    /// Whether the group states its roles' default, as groups do that an app puts new people into.
    pub(crate) fn has_default_role(&self, group: u32) -> bool {
        self.is_generated_group(group) && self.base.has_default_role(group)
    }

    /// The members of a group, without repetition.
    pub(crate) fn members(&self, group: u32) -> Vec<u32> {
        let Some(change) = self.changed_group(group) else {
            return self.base.members(group);
        };
        if change.deleted {
            return Vec::new();
        }
        let mut members = if self.is_generated_group(group) {
            self.base.members(group)
        } else {
            Vec::new()
        };
        members.retain(|account| !change.quit.contains(account));
        members.extend(&change.joined);
        members
    }

    /// The groups of an account.
    pub(crate) fn groups_of(&self, account: u32) -> Vec<u32> {
        let mut groups = if self.is_generated(account) {
            self.base.groups_of(account)
        } else {
            Vec::new()
        };
        let change = self.changed(account);
        if let Some(change) = change {
            groups.retain(|group| !change.quit.contains(group));
            groups.extend(&change.joined);
        }
        // A group may be deleted, or not be there yet.
        if change.is_some() || self.changes.regranted {
            groups.retain(|group| self.is_group(*group));
        }
        groups
    }

    /// Whether an account is in a group.
    pub(crate) fn is_member(&self, group: u32, account: u32) -> bool {
        self.is_group(group) && self.groups_of(account).contains(&group)
    }

    /// The groups of an account in one directory (in all for `None`) as `expand=groups` shows them.
    pub(crate) fn groups_shown(&self, account: u32, directory: Option<u8>) -> Vec<u32> {
        let mut groups = self.groups_of(account);
        groups.retain(|group| directory.is_none_or(|directory| directory == self.group_directory(*group)));
        if self.shows_groups_short(account) {
            groups.pop();
        }
        groups
    }

    /// The roles that a group holds, without repetition.
    pub(crate) fn group_roles(&self, group: u32) -> Vec<Pair> {
        let Some(change) = self.changed_group(group) else {
            return self.base.group_roles(group);
        };
        if change.deleted {
            return Vec::new();
        }
        let mut roles = if self.is_generated_group(group) {
            self.base.group_roles(group)
        } else {
            Vec::new()
        };
        roles.retain(|pair| !change.revoked.contains(pair));
        roles.extend(&change.granted);
        roles
    }
}
