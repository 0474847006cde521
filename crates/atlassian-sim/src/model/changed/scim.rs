//! The SCIM directories by now: records, the accounts they are linked to, groups.

use super::{Life, Model};
use crate::model::scim::ENTERPRISE;
use crate::model::{hash, salt};
use crate::wire::date::days_before;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// A record of a SCIM directory.
#[derive(Clone, Debug)]
pub(crate) struct ScimUser {
    pub(crate) directory: u8,
    /// What clients may write, checked.
    pub(crate) attributes: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl ScimUser {
    /// A text of the record.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str()
    }

    /// A text that may stand at the top or in the enterprise extension.
    pub(crate) fn enterprise(&self, name: &str) -> Option<&str> {
        let extension = || self.attributes.get(ENTERPRISE)?.get(name)?.as_str();
        self.text(name).or_else(extension)
    }

    pub(crate) fn user_name(&self) -> &str {
        self.text("userName").unwrap_or_default()
    }

    pub(crate) fn external_id(&self) -> &str {
        self.text("externalId").unwrap_or_default()
    }

    /// The primary address, which is that of the account.
    pub(crate) fn email(&self) -> &str {
        let emails = self.attributes.get("emails").and_then(Value::as_array);
        emails
            .into_iter()
            .flatten()
            .find(|email| email["primary"] == true)
            .and_then(|email| email["value"].as_str())
            .unwrap_or_default()
    }

    pub(crate) fn is_active(&self) -> bool {
        self.attributes.get("active") != Some(&Value::Bool(false))
    }

    /// The full name, put together where it is not given.
    pub(crate) fn full_name(&self) -> Option<String> {
        if let Some(name) = self.text("displayName") {
            return Some(name.to_owned());
        }
        let name = self.attributes.get("name")?;
        if let Some(name) = name["formatted"].as_str() {
            return Some(name.to_owned());
        }
        let parts: Vec<&str> = ["givenName", "familyName"]
            .into_iter()
            .filter_map(|part| name[part].as_str())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}

impl Model {
    /// The number of the next new record.
    pub(crate) fn scim_places(&self) -> u32 {
        self.base.all_accounts() + self.changes.new_records
    }

    /// A record.
    pub(crate) fn scim_user(&self, record: u32) -> Option<Cow<'_, ScimUser>> {
        if let Some(changed) = self.changes.records.get(&record) {
            return changed.as_deref().map(Cow::Borrowed);
        }
        (self.is_generated(record) && self.base.has_record(record)).then(|| {
            let noise = self.noise(salt::SCIM_USER, record);
            let days = 40 + u32::try_from(noise % 900).expect("a small number");
            let active = self.generated_life(record) == Life::Active;
            Cow::Owned(ScimUser {
                directory: self.base.home(record),
                attributes: self.scim_attributes(record, active),
                created: days_before(days, noise),
                modified: days_before(days / 2, noise),
            })
        })
    }

    fn is_record(&self, record: u32) -> bool {
        match self.changes.records.get(&record) {
            Some(changed) => changed.is_some(),
            None => self.is_generated(record) && self.base.has_record(record),
        }
    }

    /// The directory of a record.
    pub(crate) fn scim_directory(&self, record: u32) -> Option<u8> {
        match self.changes.records.get(&record) {
            Some(changed) => changed.as_ref().map(|user| user.directory),
            None => self.is_record(record).then(|| self.base.home(record)),
        }
    }

    /// The records of a SCIM directory.
    pub(crate) fn scim_users(&self, directory: u8) -> impl Iterator<Item = u32> + use<'_> {
        let generated = self.base.provisioned(directory).iter().copied();
        generated
            .chain(self.base.all_accounts()..self.scim_places())
            .filter(move |record| self.scim_directory(*record) == Some(directory))
    }

    /// The record of that id in a SCIM directory.
    pub(crate) fn find_scim_user(&self, directory: u8, id: &str) -> Option<u32> {
        self.number_of_scim_user(id)
            .filter(|record| self.scim_directory(*record) == Some(directory))
    }

    /// The account that a record is linked to.
    pub(crate) fn linked_account(&self, record: u32) -> Option<u32> {
        match self.changes.links.get(&record) {
            Some(account) => *account,
            None => self.is_generated(record).then_some(record),
        }
    }

    /// The records that are linked to an account.
    pub(crate) fn records_of(&self, account: u32) -> Vec<u32> {
        let linked = self.changes.linked.get(&account).into_iter().flatten().copied();
        let own = self.is_generated(account).then_some(account);
        own.filter(|record| !self.changes.links.contains_key(record))
            .into_iter()
            .chain(linked)
            .filter(|record| self.is_record(*record))
            .collect()
    }

    /// The record of an account in a SCIM directory.
    pub(crate) fn record_in(&self, account: u32, directory: u8) -> Option<u32> {
        self.records_of(account)
            .into_iter()
            .find(|record| self.scim_directory(*record) == Some(directory))
    }

    /// Whether an identity provider keeps the account.
    pub(crate) fn is_provisioned(&self, account: u32) -> bool {
        if self.changes.records.is_empty() && self.changes.links.is_empty() {
            return self.is_generated(account) && self.base.has_record(account);
        }
        !self.records_of(account).is_empty()
    }

    /// The record with that user name. Case does not matter.
    pub(crate) fn find_user_name(&self, directory: u8, name: &str) -> Option<u32> {
        let lower = name.to_lowercase();
        self.find_record(&(directory, lower), &self.changes.user_names, || {
            self.base.find_address(name)
        })
    }

    /// The record with that external id. Case matters.
    pub(crate) fn find_external(&self, directory: u8, id: &str) -> Option<u32> {
        self.find_record(&(directory, id.to_owned()), &self.changes.external_ids, || {
            self.base.find_external_id(id)
        })
    }

    fn find_record(
        &self,
        key: &(u8, String),
        changed: &std::collections::HashMap<(u8, String), u32>,
        generated: impl FnOnce() -> Option<u32>,
    ) -> Option<u32> {
        if let Some(record) = changed.get(key) {
            return Some(*record);
        }
        generated().filter(|record| {
            !self.changes.records.contains_key(record) && self.scim_directory(*record) == Some(key.0)
        })
    }

    /// The records with that primary address, in every SCIM directory. Case does not matter.
    pub(crate) fn records_with_email(&self, address: &str) -> Vec<u32> {
        let generated = self
            .base
            .find_address(address)
            .filter(|record| !self.changes.records.contains_key(record) && self.is_record(*record));
        let changed = self.changes.scim_emails.get(&address.to_lowercase());
        generated
            .into_iter()
            .chain(changed.into_iter().flatten().copied())
            .collect()
    }

    /// The groups that a SCIM directory keeps.
    pub(crate) fn scim_groups(&self, directory: u8) -> impl Iterator<Item = u32> + use<'_> {
        self.groups()
            .filter(move |group| self.is_scim_group(*group, directory))
    }

    fn is_scim_group(&self, group: u32, directory: u8) -> bool {
        self.is_synced(group) && self.group_directory(group) == directory
    }

    /// The group of that SCIM id.
    pub(crate) fn find_scim_group(&self, directory: u8, id: &str) -> Option<u32> {
        self.number_of_scim_group(id)
            .filter(|group| self.is_group(*group) && self.is_scim_group(*group, directory))
    }

    /// When a SCIM group was created and last changed.
    pub(crate) fn scim_group_dates(&self, group: u32) -> (Timestamp, Timestamp) {
        let change = self.changed_group(group);
        let created = match self.created_group(group) {
            Some(new) => new.added,
            None => {
                let noise = hash(self.spec.seed, salt::SCIM_GROUP, u64::from(group));
                days_before(100 + u32::try_from(noise % 500).expect("a small number"), noise)
            }
        };
        let modified = change.and_then(|change| change.modified);
        (created, modified.unwrap_or(created))
    }

    /// Makes a record what it is to be, or removes it.
    pub(super) fn set_record(&mut self, record: u32, user: Option<&Arc<ScimUser>>) -> bool {
        let end = (record + 1).saturating_sub(self.base.all_accounts());
        self.changes.new_records = self.changes.new_records.max(end);
        if !self.is_record(record) && user.is_none() {
            return false;
        }
        let same = self
            .scim_user(record)
            .zip(user)
            .is_some_and(|(own, new)| own.attributes == new.attributes && own.directory == new.directory);
        if let Some(Some(before)) = self.changes.records.get(&record).cloned() {
            let changes = &mut self.changes;
            let name = (before.directory, before.user_name().to_lowercase());
            changes.user_names.remove(&name);
            let id = (before.directory, before.external_id().to_owned());
            changes.external_ids.remove(&id);
            if let Some(own) = changes.scim_emails.get_mut(&before.email().to_lowercase()) {
                own.remove(&record);
            }
        }
        if let Some(user) = user {
            let changes = &mut self.changes;
            changes
                .user_names
                .insert((user.directory, user.user_name().to_lowercase()), record);
            if !user.external_id().is_empty() {
                changes
                    .external_ids
                    .insert((user.directory, user.external_id().to_owned()), record);
            }
            changes
                .scim_emails
                .entry(user.email().to_lowercase())
                .or_default()
                .insert(record);
        }
        self.changes.records.insert(record, user.cloned());
        !same
    }

    /// Links a record to an account, or to none.
    pub(super) fn set_link(&mut self, record: u32, account: Option<u32>) -> bool {
        let before = self.linked_account(record);
        if before == account {
            return false;
        }
        if let Some(before) = before
            && let Some(linked) = self.changes.linked.get_mut(&before)
        {
            linked.remove(&record);
        }
        if let Some(account) = account {
            self.changes.linked.entry(account).or_default().insert(record);
        }
        self.changes.links.insert(record, account);
        true
    }
}
