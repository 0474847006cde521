//! What is true of an organization at one moment.
//!
//! The truth speaks the vendor's words and knows no connector. It is what a perfect reader of the simulated API would
//! find out, plus what that reader cannot see (and why). Everything is computed when it is asked for, so that the
//! truth of a million accounts can be walked without holding it.

mod counts;
mod rows;

pub use counts::TruthCounts;
pub use rows::{
    AccessTruth, AccountTruth, GroupRoleTruth, GroupTruth, MembershipTruth, ScimUserTruth,
    ServiceAccountTruth, TargetTruth, TokenTruth, UnconfirmedTruth,
};

use crate::model::target::{Kind, ROLES, Role};
use crate::model::{DirectoryStatus, Held, Listing, MembersAnswer, Methods, Model};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The truth about an organization at one moment, in the vendor's words: what a perfect reader of the
/// simulated API would find out, plus what that reader cannot see, marked so.
#[derive(Clone, Debug)]
pub struct Truth {
    model: Arc<Model>,
}

/// One role of an account on one target: its rows merged, by number.
#[derive(Clone, Debug)]
struct Merged {
    target: u32,
    role: Role,
    methods: Methods,
    has_methods: bool,
    directories: Vec<(u8, DirectoryStatus)>,
}

impl Truth {
    pub(crate) fn of(model: Arc<Model>) -> Self {
        Self { model }
    }

    fn model(&self) -> &Model {
        &self.model
    }

    /// Every account, listed or not.
    pub fn accounts(&self) -> impl Iterator<Item = AccountTruth> {
        let owners = self.token_owners();
        (0..self.model().all_accounts()).map(move |account| self.account(account, &owners))
    }

    fn token_owners(&self) -> BTreeSet<u32> {
        let model = self.model();
        model.tokens().map(|token| model.token(token).owner).collect()
    }

    fn account(&self, account: u32, token_owners: &BTreeSet<u32>) -> AccountTruth {
        let model = self.model();
        let held = model.held(account);
        let standing = model.standing(account);
        AccountTruth {
            id: model.account_id(account),
            listing: model.listing(account),
            is_named: self.is_named(account, token_owners),
            managed: model.is_managed(account),
            account_type: model.account_type(account),
            managed_status: model.is_managed(account).then(|| model.managed_status(account)),
            status: standing.status,
            account_status: standing.account,
            membership_status: standing.membership,
            name: model.name(account),
            email: model.email(account),
            platform_roles: model.platform_roles(account, &held).into_iter().collect(),
            uncovered_platform_roles: self.uncovered(account, &held),
            directories: (0..model.spec.directories)
                .map(|directory| (directory, model.directory_status(account, directory)))
                .filter(|(_, status)| *status != DirectoryStatus::NoMembership)
                .map(|(directory, status)| (self.directory(directory), status))
                .collect(),
            details_readable: !model.is_gone(account),
            roles_readable: model.roles_readable(account),
            provisioned: model.is_provisioned(account),
        }
    }

    /// Every record of the SCIM directories.
    pub fn scim_users(&self) -> impl Iterator<Item = ScimUserTruth> {
        let model = self.model();
        let records = (0..model.spec.directories)
            .flat_map(|directory| model.scim_users(directory).map(move |record| (directory, record)));
        records.filter_map(|(directory, record)| {
            let user = model.scim_user(record)?;
            Some(ScimUserTruth {
                id: model.scim_user_id(record),
                directory: model.scim[usize::from(directory)].id.clone(),
                user_name: user.user_name().to_owned(),
                email: user.email().to_owned(),
                active: user.is_active(),
                account: model
                    .linked_account(record)
                    .map(|account| model.account_id(account)),
            })
        })
    }

    /// The platform roles that listings state and no row covers.
    fn uncovered(&self, account: u32, held: &[Held]) -> BTreeSet<&'static str> {
        let model = self.model();
        let mut stated: BTreeSet<&'static str> = model.platform_roles(account, held).into_iter().collect();
        for held in held {
            if matches!(model.target(held.target).kind, Kind::Organization | Kind::Site) {
                stated.remove(ROLES[usize::from(held.role)]);
            }
        }
        stated
    }

    fn directory(&self, directory: u8) -> String {
        self.model().directories[usize::from(directory)].id.clone()
    }

    /// Every group.
    pub fn groups(&self) -> impl Iterator<Item = GroupTruth> {
        let model = self.model();
        model.groups().map(|group| {
            let (states_origin, states_access) = model.group_states(group);
            GroupTruth {
                id: model.group_id(group),
                name: model.group_name(group),
                directory: self.directory(model.group_directory(group)),
                external_synced: states_origin.then(|| model.is_synced(group)),
                modifiable: (states_origin && states_access).then(|| !model.is_synced(group)),
                members: u32::try_from(model.members(group).len()).expect("accounts are numbered in 32 bits"),
                members_status: match model.members_answer(group) {
                    MembersAnswer::Readable => 200,
                    MembersAnswer::Forbidden => 403,
                    MembersAnswer::NotFound => 404,
                },
            }
        })
    }

    /// Every membership, seen from the groups. Those of groups whose members cannot be read are among them.
    pub fn memberships(&self) -> impl Iterator<Item = MembershipTruth> {
        let model = self.model();
        model.groups().flat_map(move |group| {
            let id = model.group_id(group);
            model
                .members(group)
                .into_iter()
                .map(move |account| MembershipTruth {
                    group: id.clone(),
                    account: model.account_id(account),
                })
        })
    }

    /// Every role that a group holds.
    pub fn group_roles(&self) -> impl Iterator<Item = GroupRoleTruth> {
        let model = self.model();
        model.groups().flat_map(move |group| {
            let roles = model.group_roles(group);
            // A row states one default for its target, the first of the roles there.
            let is_first = |(place, (target, _)): (usize, &(u32, Role))| {
                !roles[..place].iter().any(|one| one.0 == *target)
            };
            let defaults: Vec<bool> = roles.iter().enumerate().map(is_first).collect();
            let has_default = model.has_default_role(group);
            roles
                .into_iter()
                .zip(defaults)
                .map(move |((target, role), first)| GroupRoleTruth {
                    group: model.group_id(group),
                    target: model.target(target).ari.clone(),
                    role: ROLES[usize::from(role)],
                    default: has_default && first,
                })
        })
    }

    /// Every role that an account effectively holds, merged by account, target and role.
    pub fn access(&self) -> impl Iterator<Item = AccessTruth> {
        (0..self.model().all_accounts()).flat_map(|account| self.access_of(account))
    }

    fn access_of(&self, account: u32) -> Vec<AccessTruth> {
        let model = self.model();
        let through = self.through_groups(account);
        let row = |merged: Merged| AccessTruth {
            account: model.account_id(account),
            target: model.target(merged.target).ari.clone(),
            owner: model.target(merged.target).owner,
            role: ROLES[usize::from(merged.role)],
            methods: merged.methods.words().collect(),
            has_methods: merged.has_methods,
            directories: {
                let mut named: Vec<(String, DirectoryStatus)> = merged
                    .directories
                    .iter()
                    .map(|(place, status)| (self.directory(*place), *status))
                    .collect();
                named.sort();
                named
            },
            groups: {
                let same = through
                    .iter()
                    .filter(|(_, pair)| *pair == (merged.target, merged.role));
                let mut groups: Vec<String> = same.map(|(group, _)| model.group_id(*group)).collect();
                groups.sort();
                groups
            },
            readable: model.roles_readable(account),
        };
        self.merged(account).into_iter().map(row).collect()
    }

    fn merged(&self, account: u32) -> Vec<Merged> {
        let mut all: Vec<Merged> = Vec::new();
        for Held {
            target,
            role,
            methods,
            directory,
        } in self.model().held(account)
        {
            let place = all
                .iter()
                .position(|merged| (merged.target, merged.role) == (target, role));
            let place = place.unwrap_or_else(|| {
                let (methods, directories) = (Methods::EMPTY, Vec::new());
                all.push(Merged {
                    target,
                    role,
                    methods,
                    has_methods: false,
                    directories,
                });
                all.len() - 1
            });
            let merged = &mut all[place];
            merged.has_methods |= methods != Methods::UNSTATED;
            merged.methods = merged.methods.with(methods);
            merged.directories.extend(directory);
        }
        all
    }

    /// The roles that an account has through its groups.
    fn through_groups(&self, account: u32) -> Vec<(u32, (u32, Role))> {
        let model = self.model();
        let groups = model.groups_of(account).into_iter();
        groups
            .flat_map(|group| {
                model
                    .group_roles(group)
                    .into_iter()
                    .map(move |pair| (group, pair))
            })
            .collect()
    }

    /// Every role of a group that the effective access of a member lacks, where that access can be read.
    pub fn unconfirmed(&self) -> impl Iterator<Item = UnconfirmedTruth> {
        let model = self.model();
        (0..model.all_accounts())
            .filter(|account| model.roles_readable(*account))
            .flat_map(move |account| {
                let held = model.held(account);
                let lacks =
                    move |pair: &(u32, Role)| !held.iter().any(|held| (held.target, held.role) == *pair);
                self.through_groups(account)
                    .into_iter()
                    .filter(move |(_, pair)| lacks(pair))
                    .map(move |(group, (target, role))| UnconfirmedTruth {
                        account: model.account_id(account),
                        group: model.group_id(group),
                        target: model.target(target).ari.clone(),
                        role: ROLES[usize::from(role)],
                    })
            })
    }

    /// Every target that the workspaces query lists, and every other one that some row names.
    pub fn targets(&self) -> impl Iterator<Item = TargetTruth> {
        let model = self.model();
        let mut named = vec![false; model.targets.all.len()];
        for account in (0..model.all_accounts()).filter(|account| model.roles_readable(*account)) {
            model
                .held(account)
                .iter()
                .for_each(|held| named[held.target as usize] = true);
        }
        for group in model.groups() {
            model
                .group_roles(group)
                .iter()
                .for_each(|(target, _)| named[*target as usize] = true);
        }
        let targets = model
            .targets
            .all
            .iter()
            .zip(named)
            .filter(|(target, named)| target.listed || *named);
        targets.map(|(target, _)| TargetTruth {
            ari: target.ari.clone(),
            owner: target.owner,
            listed: target.listed,
        })
    }

    /// Every API token.
    pub fn tokens(&self) -> impl Iterator<Item = TokenTruth> {
        let model = self.model();
        model.tokens().map(|token| {
            let row = model.token(token);
            TokenTruth {
                id: model.token_id(token),
                owner: model.account_id(row.owner),
                label: row.label,
                status: if row.blocked { "BLOCKED" } else { "ALLOWED" },
                expires: row.lifetime.is_some(),
                used: row.unused.is_some(),
            }
        })
    }

    /// Every service account.
    pub fn service_accounts(&self) -> impl Iterator<Item = ServiceAccountTruth> {
        let model = self.model();
        model.service_accounts().map(|place| ServiceAccountTruth {
            id: model.service_account_id(place),
            account: model.account_id(model.service_account(place)),
            name: model.service_account_name(place),
            creator: model
                .service_account_creator(place)
                .map(|creator| model.account_id(creator)),
            tokens: model
                .tokens_of_service_account(place)
                .into_iter()
                .map(|token| token.id)
                .collect(),
        })
    }

    /// Every OAuth client with the account of the service account that it belongs to, where it belongs to one.
    pub fn oauth_clients(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let model = self.model();
        model.oauth_clients().into_iter().map(|client| {
            let account = |place| model.account_id(model.service_account(place));
            (client.id, client.owner.map(account))
        })
    }

    /// How many rows of the users listing have no account id.
    #[must_use]
    pub fn malformed_rows(&self) -> u32 {
        let model = self.model();
        u32::from(
            model
                .searchable()
                .any(|account| model.has_malformed_row_after(account)),
        )
    }

    /// The numbers. Walks every account: about a second for a million.
    #[must_use]
    pub fn counts(&self) -> TruthCounts {
        TruthCounts::of(self)
    }

    /// Whether a listing or another readable row names an account.
    fn is_named(&self, account: u32, token_owners: &BTreeSet<u32>) -> bool {
        let model = self.model();
        let readable = |group: &u32| model.members_answer(*group) == MembersAnswer::Readable;
        model.listing(account) != Listing::Unlisted
            || token_owners.contains(&account)
            || model.groups_of(account).iter().any(readable)
    }
}
