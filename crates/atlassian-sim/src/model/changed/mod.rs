//! The organization as it is by now: what was generated, and what has changed since.
//!
//! Only changes take memory. While there are none, every question goes straight to what was generated. Each
//! question that the state of the organization decides is answered here, under the same name; what [`Generated`]
//! answers for all time (names of things, quirks, targets) is reached through it.

mod access;
mod account;
mod apply;
mod change;
mod group;
mod scim;
mod token;

use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Deref;
use std::sync::Arc;

pub(crate) use change::{Change, Life, NewAccount, NewGroup};
pub(crate) use scim::ScimUser;

use super::profile::Field;
use super::target::Role;
use super::{DirectoryStatus, Generated};

/// A role on a target, both by number.
type Pair = (u32, Role);

/// An organization at one moment. Cheap to clone while little has changed.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    base: Arc<Generated>,
    changes: Changes,
}

/// Everything that differs from what was generated.
#[derive(Clone, Debug, Default)]
struct Changes {
    accounts: HashMap<u32, AccountChange>,
    groups: HashMap<u32, GroupChange>,
    /// Whether any group has other roles than generated, or is deleted.
    regranted: bool,
    /// How many numbers of accounts were given out.
    new_accounts: u32,
    /// How many numbers of groups were given out.
    new_groups: u32,
    /// Changed addresses in lower case, and whose they are.
    addresses: HashMap<String, u32>,
    /// Revoked API tokens.
    tokens: HashSet<u32>,
    /// Ids of API keys, OAuth clients and tokens of service accounts that are gone.
    keys: BTreeSet<String>,
    /// SCIM records that are new or different; `None` where one is gone.
    records: HashMap<u32, Option<Arc<ScimUser>>>,
    /// How many numbers of records were given out.
    new_records: u32,
    /// The accounts of records, where that is new or different.
    links: HashMap<u32, Option<u32>>,
    /// The same the other way round.
    linked: HashMap<u32, BTreeSet<u32>>,
    /// By directory and user name in lower case.
    user_names: HashMap<(u8, String), u32>,
    /// By directory and external id.
    external_ids: HashMap<(u8, String), u32>,
    /// By primary address in lower case.
    scim_emails: HashMap<String, BTreeSet<u32>>,
}

/// What is different about an account.
#[derive(Clone, Debug, Default)]
struct AccountChange {
    created: Option<Arc<NewAccount>>,
    /// What the account is in each directory.
    directories: [Option<DirectoryStatus>; 3],
    /// The directories that the account was removed from: what was generated there is gone for good.
    left: [bool; 3],
    /// Whether the account was in no directory at some time, which ended its platform roles.
    left_all: bool,
    life: Option<Life>,
    /// When its activation last changed.
    since: Option<Timestamp>,
    fields: BTreeMap<Field, Option<String>>,
    joined: BTreeSet<u32>,
    quit: BTreeSet<u32>,
    /// Roles held directly, with the directory of their row.
    granted: BTreeMap<Pair, Option<u8>>,
    revoked: BTreeSet<Pair>,
}

/// What is different about a group.
#[derive(Clone, Debug, Default)]
struct GroupChange {
    created: Option<Arc<NewGroup>>,
    deleted: bool,
    joined: BTreeSet<u32>,
    quit: BTreeSet<u32>,
    granted: Vec<Pair>,
    revoked: BTreeSet<Pair>,
    /// When an identity provider last changed it.
    modified: Option<Timestamp>,
}

impl Deref for Model {
    type Target = Generated;

    fn deref(&self) -> &Generated {
        &self.base
    }
}

impl Model {
    /// An organization in which nothing has changed yet.
    pub(crate) fn new(base: Arc<Generated>) -> Self {
        Self {
            base,
            changes: Changes::default(),
        }
    }

    fn changed(&self, account: u32) -> Option<&AccountChange> {
        self.changes.accounts.get(&account)
    }

    /// Whether an account is in any way not as it was generated.
    pub(crate) fn is_changed(&self, account: u32) -> bool {
        !self.changes.accounts.is_empty() && self.changed(account).is_some()
    }

    fn changed_group(&self, group: u32) -> Option<&GroupChange> {
        self.changes.groups.get(&group)
    }
}
