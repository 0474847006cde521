//! The organization: as its recipe generates it ([`Generated`]), and as it is by now ([`Model`]).
//!
//! Accounts are numbered. The first [`OrgSpec::users`] are those the user search lists; after them come accounts
//! that only the managed accounts list, then accounts that no listing has, then those that were created since. Groups,
//! targets and tokens are numbered too. The modules below answer, for a number: what is it called, what state is
//! it in, what does it hold. Generated rows are computed when they are asked for; only changes take memory.

mod access;
mod account;
mod changed;
mod group;
pub(crate) mod ids;
mod machine;
mod mix;
pub(crate) mod names;
pub(crate) mod profile;
pub(crate) mod scim;
pub(crate) mod target;
mod token;

pub(crate) use access::{Held, Methods};
pub use account::{DirectoryStatus, Listing};
pub(crate) use changed::{Change, Life, Model, NewAccount, NewGroup, ScimUser};
use group::Circle;
pub(crate) use group::MembersAnswer;
pub(crate) use machine::{OAuthClient, ServiceToken};
pub(crate) use mix::hash;

use crate::spec::OrgSpec;
use mix::Shuffle;
use scim::ScimDirectory;
use std::sync::OnceLock;
use target::Targets;

/// Names of the questions that hashes answer, so that two answers are never correlated by accident.
pub(crate) mod salt {
    pub(crate) const ORG_ID: u64 = 1;
    pub(crate) const ACCOUNT_ID: u64 = 2;
    pub(crate) const GROUP_ID: u64 = 3;
    pub(crate) const TOKEN_ID: u64 = 4;
    pub(crate) const CLOUD_ID: u64 = 5;
    pub(crate) const INSTANCE: u64 = 6;
    pub(crate) const OUTSIDE: u64 = 7;
    pub(crate) const DIRECTORY: u64 = 8;
    pub(crate) const API_KEY: u64 = 9;
    pub(crate) const MANAGED: u64 = 10;
    pub(crate) const FACETS: u64 = 11;
    pub(crate) const CLASSES: u64 = 12;
    pub(crate) const NAMES: u64 = 13;
    pub(crate) const DIRECT: u64 = 14;
    pub(crate) const CIRCLE: u64 = 15;
    pub(crate) const GROUP_ROLE: u64 = 16;
    pub(crate) const DIRECT_ROLE: u64 = 17;
    pub(crate) const GROUP_SIZE: u64 = 18;
    pub(crate) const TOKEN: u64 = 19;
    pub(crate) const CURSOR: u64 = 20;
    pub(crate) const EXTRA: u64 = 21;
    pub(crate) const DATE: u64 = 22;
    pub(crate) const SCIM_DIRECTORY: u64 = 23;
    pub(crate) const SCIM_USER: u64 = 24;
    pub(crate) const SCIM_GROUP: u64 = 25;
    pub(crate) const EVENT: u64 = 26;
    pub(crate) const POLICY: u64 = 27;
    pub(crate) const ORG_KEY: u64 = 28;
    pub(crate) const SERVICE_ACCOUNT: u64 = 29;
    pub(crate) const SERVICE_TOKEN: u64 = 30;
    pub(crate) const OAUTH_CLIENT: u64 = 31;
}

/// A user directory.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// An organization as its recipe generates it. It never changes.
///
/// What depends on the state of the organization is visible in this module only: everybody else asks the [`Model`].
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) spec: OrgSpec,
    pub(crate) org_id: String,
    pub(crate) org_name: &'static str,
    pub(crate) api_key: String,
    pub(crate) directories: Vec<Directory>,
    /// The SCIM directories, in the order of the user directories that they fill.
    pub(crate) scim: Vec<ScimDirectory>,
    pub(crate) targets: Targets,
    /// Accounts listed only among the managed ones.
    managed_only: u32,
    /// Accounts that no listing has.
    unlisted: u32,
    /// All accounts in the managed listing.
    managed_total: u32,
    classes: Shuffle,
    names: Shuffle,
    direct: Shuffle,
    circles: Vec<Circle>,
    /// By SCIM directory, the accounts with a record there; filled when it is first asked for.
    provisioned: OnceLock<Vec<Vec<u32>>>,
    /// Whether each account is in a group that an identity provider keeps; filled when it is first asked for.
    synced_members: OnceLock<Vec<bool>>,
    account_key: u32,
    group_key: u32,
    token_key: u32,
}

impl Generated {
    pub(crate) fn generate(spec: OrgSpec) -> Self {
        let spec = spec.reconciled();
        let seed = spec.seed;
        let noise = |salt, index| hash(seed, salt, index);
        let key = |salt| u32::try_from(noise(salt, u64::MAX) >> 32).expect("half a word is 32 bits");
        let org_id = ids::uuid(noise(salt::ORG_ID, 0));
        let directories = [
            "Larkspur Directory",
            "Larkspur Labs Directory",
            "Partners Directory",
        ]
        .into_iter()
        .zip(0..u64::from(spec.directories))
        .map(|(name, index)| Directory {
            id: ids::uuid(noise(salt::DIRECTORY, index)),
            name: name.to_owned(),
        })
        .collect();
        let mut model = Self {
            targets: Targets::generate(seed, &org_id, spec.workspaces, spec.quirks.awkward_ids),
            org_id,
            org_name: "Larkspur Robotics",
            api_key: format!(
                "ATCTT3xFfGN0{:016x}{:016x}",
                noise(salt::API_KEY, 0),
                noise(salt::API_KEY, 1)
            ),
            directories,
            scim: (0..u64::from(spec.directories))
                .map(|place| ScimDirectory::generate(seed, place))
                .collect(),
            provisioned: OnceLock::new(),
            synced_members: OnceLock::new(),
            managed_only: if spec.quirks.managed_only {
                (spec.users / 50).max(3)
            } else {
                0
            },
            unlisted: machine::accounts_needed(spec.service_accounts).max(if spec.quirks.unlisted_accounts {
                (spec.users / 60).max(4)
            } else {
                0
            }),
            managed_total: 0,
            classes: Shuffle::new(spec.users, noise(salt::CLASSES, 0)),
            names: Shuffle::new(spec.users, noise(salt::NAMES, 0)),
            direct: Shuffle::new(spec.users, noise(salt::DIRECT, 0)),
            circles: (0..spec.directories)
                .map(|directory| Circle::new(&spec, directory))
                .collect(),
            account_key: key(salt::ACCOUNT_ID),
            group_key: key(salt::GROUP_ID),
            token_key: key(salt::TOKEN_ID),
            spec,
        };
        let managed = (0..model.spec.users)
            .filter(|account| model.is_managed(*account))
            .count();
        model.managed_total =
            u32::try_from(managed).expect("accounts are numbered in 32 bits") + model.managed_only;
        model
    }

    /// How many accounts were generated, listed or not.
    fn all_accounts(&self) -> u32 {
        self.spec.users + self.managed_only + self.unlisted
    }

    /// A pseudo-random word about the `index`-th thing.
    pub(crate) fn noise(&self, salt: u64, index: u32) -> u64 {
        hash(self.spec.seed, salt, u64::from(index))
    }

    /// The place of a directory id; `-` is not one.
    pub(crate) fn find_directory(&self, id: &str) -> Option<u8> {
        let place = self.directories.iter().position(|directory| directory.id == id)?;
        u8::try_from(place).ok()
    }
}
