//! The state of an account by now.

use super::{AccountChange, Life, Model, NewAccount};
use crate::model::account::Standing;
use crate::model::profile::{Field, WORK};
use crate::model::{DirectoryStatus, Listing};
use crate::quirks::account as class;
use jiff::Timestamp;
use std::borrow::Cow;

impl Model {
    /// How many accounts there are or were, listed or not. Numbers may be skipped among the last of them.
    pub(crate) fn all_accounts(&self) -> u32 {
        self.base.all_accounts() + self.changes.new_accounts
    }

    pub(super) fn is_generated(&self, account: u32) -> bool {
        account < self.base.all_accounts()
    }

    pub(super) fn created(&self, account: u32) -> Option<&NewAccount> {
        self.changed(account)?.created.as_deref()
    }

    /// The account of that id, when there is or was one.
    pub(crate) fn find_account(&self, id: &str) -> Option<u32> {
        let exists = |account: &u32| self.is_generated(*account) || self.created(*account).is_some();
        self.number_of_account(id).filter(exists)
    }

    /// When an account that was not generated was added.
    pub(crate) fn added(&self, account: u32) -> Option<Timestamp> {
        self.created(account).map(|new| new.added)
    }

    /// When the activation of an account last changed, unless it never did.
    pub(crate) fn life_since(&self, account: u32) -> Option<Timestamp> {
        self.changed(account)?.since
    }

    /// Which listing has an account.
    pub(crate) fn listing(&self, account: u32) -> Listing {
        let Some(change) = self.changed(account) else {
            return if self.is_generated(account) {
                self.base.listing(account)
            } else {
                Listing::Unlisted
            };
        };
        let generated = if change.created.is_some() {
            Listing::Search
        } else {
            self.base.listing(account)
        };
        if self.is_lost(account, change) {
            return Listing::Unlisted;
        }
        generated
    }

    /// Whether the organization has nothing to do with the account any more.
    fn is_lost(&self, account: u32, change: &AccountChange) -> bool {
        let left = change.left.contains(&true) && !self.is_managed(account) && !self.in_directory(account);
        left || change.life == Some(Life::Gone)
    }

    /// Whether an account exists no more, or not yet: every request about it answers 404.
    pub(crate) fn is_gone(&self, account: u32) -> bool {
        let generated = self.is_generated(account);
        match self.changed(account) {
            None => !generated || self.base.is_gone(account),
            Some(change) => (generated && self.base.is_gone(account)) || self.is_lost(account, change),
        }
    }

    /// The places in the user search, from 0.
    pub(crate) fn search_places(&self) -> u32 {
        self.spec.users + self.changes.new_accounts
    }

    /// The account at a place of the user search; none where one was removed.
    pub(crate) fn searched(&self, place: u32) -> Option<u32> {
        let account = match place.checked_sub(self.spec.users) {
            None => place,
            Some(n) => self.base.all_accounts() + n,
        };
        let untouched = self.changes.accounts.is_empty();
        (untouched || self.listing(account) == Listing::Search).then_some(account)
    }

    /// The accounts of the user search.
    pub(crate) fn searchable(&self) -> impl Iterator<Item = u32> {
        (0..self.search_places()).filter_map(|place| self.searched(place))
    }

    /// The places in the managed listing, from 0.
    pub(crate) fn managed_places(&self) -> u32 {
        self.spec.users + self.base.managed_only + self.changes.new_accounts
    }

    /// The managed account at a place; none where there is none.
    pub(crate) fn managed_at(&self, place: u32) -> Option<u32> {
        let account = match place.checked_sub(self.spec.users + self.base.managed_only) {
            None => place,
            Some(n) => self.base.all_accounts() + n,
        };
        self.is_managed(account).then_some(account)
    }

    /// How many accounts the managed listing has.
    pub(crate) fn managed_total(&self) -> u32 {
        let (mut more, mut less) = (0, 0);
        for account in self.changes.accounts.keys() {
            let before = self.is_generated(*account) && self.base.is_managed(*account);
            more += u32::from(!before && self.is_managed(*account));
            less += u32::from(before && !self.is_managed(*account));
        }
        self.base.managed_total + more - less
    }

    /// Whether the organization manages the account.
    pub(crate) fn is_managed(&self, account: u32) -> bool {
        match self.changed(account) {
            None => self.is_generated(account) && self.base.is_managed(account),
            Some(AccountChange {
                life: Some(Life::Gone),
                ..
            }) => false,
            Some(change) => match &change.created {
                Some(new) => new.managed,
                None => self.base.is_managed(account),
            },
        }
    }

    /// `atlassian`, `app` or `customer`.
    pub(crate) fn account_type(&self, account: u32) -> &'static str {
        if self.is_generated(account) {
            self.base.account_type(account)
        } else {
            "atlassian"
        }
    }

    /// Whether the account can be used.
    pub(crate) fn life(&self, account: u32) -> Life {
        if let Some(life) = self.changed(account).and_then(|change| change.life) {
            return life;
        }
        self.generated_life(account)
    }

    pub(super) fn generated_life(&self, account: u32) -> Life {
        if !self.is_generated(account) {
            return Life::Active;
        }
        let standing = self.base.standing(account);
        match (standing.status, standing.account) {
            (Some("for_deletion"), _) => Life::ForDeletion(None),
            (_, Some("inactive")) => Life::Inactive,
            (_, Some("closed")) => Life::Closed,
            _ => Life::Active,
        }
    }

    /// The status words of rows. Odd words that were generated last until the state that they describe changes.
    pub(crate) fn standing(&self, account: u32) -> Standing {
        let changed = match self.changed(account) {
            None => false,
            Some(change) => {
                change.created.is_some() || change.life.is_some() || change.directories != [None; 3]
            }
        };
        if !changed && self.is_generated(account) {
            return self.base.standing(account);
        }
        let membership = self.membership(account);
        let (word, status) = match self.life(account) {
            Life::Active => match membership {
                DirectoryStatus::Active => ("active", "active"),
                DirectoryStatus::Suspended => ("active", "suspended"),
                DirectoryStatus::NoMembership => ("active", "not_invited"),
            },
            Life::Inactive => ("inactive", "deactivated"),
            Life::ForDeletion(_) => ("inactive", "for_deletion"),
            Life::Closed | Life::Gone => ("closed", "closed"),
        };
        Standing {
            status: Some(status),
            account: Some(word),
            membership: Some(membership.word()),
        }
    }

    /// The relation to all directories together.
    fn membership(&self, account: u32) -> DirectoryStatus {
        let all = (0..self.spec.directories).map(|directory| self.directory_status(account, directory));
        all.min().unwrap_or(DirectoryStatus::NoMembership)
    }

    /// The status in the managed listing, which always has one of three words.
    pub(crate) fn managed_status(&self, account: u32) -> &'static str {
        self.standing(account).account.unwrap_or("active")
    }

    /// Whether the account is in any directory. Only then it can be in groups or hold roles there.
    pub(crate) fn in_directory(&self, account: u32) -> bool {
        match self.changed(account) {
            None => self.is_generated(account) && self.base.in_directory(account),
            Some(_) => self.membership(account) != DirectoryStatus::NoMembership,
        }
    }

    /// What the account is in a directory.
    pub(crate) fn directory_status(&self, account: u32, directory: u8) -> DirectoryStatus {
        let change = self.changed(account);
        match change.and_then(|change| change.directories[usize::from(directory)]) {
            Some(status) => status,
            None if self.is_generated(account) => self.base.directory_status(account, directory),
            None => DirectoryStatus::NoMembership,
        }
    }

    /// The directory that roles of an account which belong to none of its others are in.
    pub(crate) fn home(&self, account: u32) -> Option<u8> {
        let member =
            |directory: &u8| self.directory_status(account, *directory) != DirectoryStatus::NoMembership;
        let generated = self.is_generated(account).then(|| self.base.home(account));
        generated
            .filter(member)
            .or_else(|| (0..self.spec.directories).find(member))
    }

    /// What a profile says; the address whether or not rows show it.
    pub(crate) fn field(&self, account: u32, field: Field) -> Option<Cow<'_, str>> {
        if let Some(change) = self.changed(account) {
            if let Some(value) = change.fields.get(&field) {
                return value.as_deref().map(Cow::Borrowed);
            }
            if let Some(new) = &change.created {
                return match field {
                    Field::Name => Some(Cow::Borrowed(new.name.as_str())),
                    Field::Email => Some(Cow::Borrowed(new.email.as_str())),
                    Field::Nickname => new.name.split(' ').next().map(Cow::Borrowed),
                    _ => None,
                };
            }
        }
        match field {
            Field::Name => {
                let mut name = String::new();
                self.base.write_name(&mut name, account);
                Some(Cow::Owned(name))
            }
            Field::Email => {
                let mut address = String::new();
                self.base.write_address(&mut address, account);
                Some(Cow::Owned(address))
            }
            Field::Nickname => Some(Cow::Borrowed(self.person(account).first)),
            field => self.generated_field(account, field).map(Cow::Borrowed),
        }
    }

    /// What the fields of [`WORK`] say.
    pub(crate) fn work(&self, account: u32) -> [Option<Cow<'_, str>>; 5] {
        if self.changed(account).is_none() {
            return self.generated_work(account).map(|value| value.map(Cow::Borrowed));
        }
        WORK.map(|field| self.field(account, field))
    }

    /// Appends the display name.
    pub(crate) fn write_name(&self, out: &mut String, account: u32) {
        if self.changed(account).is_none() {
            return self.base.write_name(out, account);
        }
        out.push_str(&self.name(account));
    }

    /// The display name.
    pub(crate) fn name(&self, account: u32) -> String {
        self.field(account, Field::Name)
            .map(Cow::into_owned)
            .unwrap_or_default()
    }

    /// Appends the address, whether or not rows show it.
    pub(crate) fn write_address(&self, out: &mut String, account: u32) {
        if self.changed(account).is_none() {
            return self.base.write_address(out, account);
        }
        out.push_str(&self.address(account));
    }

    /// The address, whether or not rows show it.
    pub(crate) fn address(&self, account: u32) -> String {
        self.field(account, Field::Email)
            .map(Cow::into_owned)
            .unwrap_or_default()
    }

    /// Whether rows show the address.
    pub(crate) fn shows_email(&self, account: u32) -> bool {
        !self.is_generated(account) || self.base.shows_email(account)
    }

    /// The address that rows show.
    pub(crate) fn email(&self, account: u32) -> Option<String> {
        self.shows_email(account).then(|| self.address(account))
    }

    /// The account with that address, when rows show it. Case does not matter.
    pub(crate) fn find_email(&self, address: &str) -> Option<u32> {
        self.find_address(address)
            .filter(|account| self.shows_email(*account))
    }

    /// The account with that address, whether or not rows show it. Case does not matter.
    pub(crate) fn find_address(&self, address: &str) -> Option<u32> {
        if !self.changes.addresses.is_empty()
            && let Some(account) = self.changes.addresses.get(&address.to_lowercase())
        {
            return Some(*account);
        }
        let moved = |account: &u32| {
            self.changed(*account).is_some_and(|change| {
                change.fields.contains_key(&Field::Email) || change.life == Some(Life::Gone)
            })
        };
        self.base.find_address(address).filter(|account| !moved(account))
    }

    /// Whether the role assignments of the account can be read; otherwise they answer 404.
    pub(crate) fn roles_readable(&self, account: u32) -> bool {
        let Some(change) = self.changed(account) else {
            return self.is_generated(account) && self.base.roles_readable(account);
        };
        if self.is_gone(account) {
            return false;
        }
        match change.life {
            None if change.created.is_none() => self.base.roles_readable(account),
            Some(Life::ForDeletion(_) | Life::Closed | Life::Gone) => false,
            None | Some(Life::Active | Life::Inactive) => {
                !(self.spec.quirks.unreadable_accounts && self.class(account) == class::UNREADABLE)
            }
        }
    }
}
