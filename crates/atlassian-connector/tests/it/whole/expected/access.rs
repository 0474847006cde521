//! Who holds what, how it is known, and whether it can be changed.

use super::{Expected, Resource, Source, World, entitlement_id, resource_of};
use crate::whole::picture::Row;
use atlassian_sim::{AccessTruth, Org};
use connector_sdk::NoticeClass;
use std::collections::{BTreeMap, BTreeSet};

/// An entitlement's id and an account.
type Pair = (String, String);

/// Everything that is held, by where and by whom.
#[derive(Debug, Default)]
pub(crate) struct Accesses {
    /// The roles that some row names, by where.
    pub(super) roles: BTreeMap<Resource, BTreeSet<&'static str>>,
    /// The projects and goals that are left out.
    pub(super) left_out: BTreeSet<String>,
    /// What accounts hold.
    held: BTreeMap<Pair, Holding>,
    /// What groups give, by entitlement and group.
    given: BTreeMap<Pair, Gift>,
    /// Whether some row does not say how its role is held.
    unsaid: bool,
}

/// What is known of one entitlement and one account.
#[derive(Debug, Default)]
struct Holding {
    /// What role assignments say of it.
    stated: Option<Stated>,
    /// Whether it is a role of the platform that only the listing of accounts states.
    leftover: bool,
    /// The groups that give it to the account.
    groups: BTreeSet<String>,
}

#[derive(Debug)]
struct Stated {
    how: How,
    methods: BTreeSet<&'static str>,
    directories: BTreeSet<String>,
    statuses: BTreeSet<String>,
    dormant: bool,
}

/// How role assignments say that something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// By the account itself; whether it can be taken away.
    Directly { revocable: bool },
    /// By something else.
    Indirectly,
    /// They do not say; whether it could be taken away if it were direct.
    Unsaid { revocable: bool },
}

/// A role that a group gives its members.
#[derive(Debug)]
struct Gift {
    changeable: bool,
    /// The default role that the vendor's row names.
    default: Option<&'static str>,
}

impl Accesses {
    pub(super) fn read(org: &Org, world: &World) -> Self {
        let mut all = Self::default();
        for access in org.truth().access() {
            let Some((account, _)) = world.accounts.get(&access.account) else {
                continue;
            };
            if world.roles_are_read(account) {
                all.add_stated(world, &access);
            }
        }
        for (account, source) in world.accounts.values() {
            // Only the listing of accounts states roles of the platform.
            if matches!(source, Source::Listed { .. }) {
                let unread = !world.roles_are_read(account);
                let roles = if unread {
                    &account.platform_roles
                } else {
                    &account.uncovered_platform_roles
                };
                for role in roles {
                    all.add_leftover(world, &account.id, role);
                }
            }
        }
        if world.reach.group_roles {
            all.add_gifts(org, world);
        }
        all
    }

    /// Where a role is held, unless it is left out.
    fn place(&mut self, world: &World, target: &str, role: &'static str) -> Option<(String, super::Place)> {
        let (resource, place) = resource_of(&world.org, target, role);
        if place == super::Place::Thing && !world.reach.projects_and_goals {
            self.left_out.insert(target.to_owned());
            return None;
        }
        let id = entitlement_id(&resource, role);
        self.roles.entry(resource).or_default().insert(role);
        Some((id, place))
    }

    fn add_stated(&mut self, world: &World, access: &AccessTruth) {
        let Some((entitlement, place)) = self.place(world, &access.target, access.role) else {
            return;
        };
        let revocable = place.grantable_to(access.role).contains(&"user");
        let mut methods = access.methods.clone();
        let documented = methods
            .iter()
            .any(|method| matches!(*method, "group_direct" | "inferred"));
        let how = match () {
            () if methods.contains("direct") => How::Directly { revocable },
            () if documented => How::Indirectly,
            () => How::Unsaid { revocable },
        };
        if matches!(how, How::Unsaid { .. }) {
            methods.insert("unknown");
            self.unsaid = true;
        }
        let stated = Stated {
            how,
            methods,
            directories: access
                .directories
                .iter()
                .map(|(directory, _)| directory.clone())
                .collect(),
            statuses: access
                .directories
                .iter()
                .map(|(id, status)| format!("{id}:{}", status.word()))
                .collect(),
            dormant: access.is_dormant(),
        };
        let before = self
            .held
            .entry((entitlement, access.account.clone()))
            .or_default()
            .stated
            .replace(stated);
        assert!(
            before.is_none(),
            "the truth has one row for each account, target and role: {access:?}"
        );
    }

    fn add_leftover(&mut self, world: &World, account: &str, role: &'static str) {
        let organization = ("organization", world.org.clone());
        let entitlement = entitlement_id(&organization, role);
        self.roles.entry(organization).or_default().insert(role);
        self.held
            .entry((entitlement, account.to_owned()))
            .or_default()
            .leftover = true;
    }

    fn add_gifts(&mut self, org: &Org, world: &World) {
        let mut defaults: BTreeMap<(String, String), &'static str> = BTreeMap::new();
        for given in org.truth().group_roles().filter(|given| given.default) {
            defaults.insert((given.group, given.target), given.role);
        }
        for given in org.truth().group_roles() {
            let Some((entitlement, place)) = self.place(world, &given.target, given.role) else {
                continue;
            };
            for account in world.members.get(&given.group).into_iter().flatten() {
                let holding = self
                    .held
                    .entry((entitlement.clone(), account.clone()))
                    .or_default();
                holding.groups.insert(given.group.clone());
            }
            let gift = Gift {
                changeable: place.grantable_to(given.role).contains(&"group"),
                default: defaults.get(&(given.group.clone(), given.target)).copied(),
            };
            self.given.insert((entitlement, given.group), gift);
        }
    }

    pub(super) fn put_grants(&self, world: &World, expected: &mut Expected) {
        for (group, accounts) in &world.members {
            let immutable = !world.is_modifiable(group);
            for account in accounts {
                let row = grant(&format!("group:{group}:member"), "user", account);
                expected.put_grant(row.immutable(immutable), 0);
            }
        }
        for ((entitlement, group), gift) in &self.given {
            let through = format!("deep through group:{group}:member to user");
            let mut row = grant(entitlement, "group", group).immutable(!gift.changeable);
            row.row = row.row.with("expands", through);
            expected.put_grant(row.words("default_role", gift.default), 0);
        }
        for ((entitlement, account), holding) in &self.held {
            holding.put(world, entitlement, account, expected);
        }
        let leftovers = self.held.values().filter(|holding| holding.leftover).count();
        expected.tell(NoticeClass::Fact, "uncovered_platform_role", leftovers as u64);
        expected.tell(NoticeClass::Remark, "methods_missing", u64::from(self.unsaid));
        let unread = if world.reach.group_roles {
            0
        } else {
            world.groups.len()
        };
        expected.tell(NoticeClass::Gap, "group_roles", unread as u64);
    }
}

impl Holding {
    fn put(&self, world: &World, entitlement: &str, account: &str, expected: &mut Expected) {
        let how = self.stated.as_ref().map(|stated| stated.how);
        let own = self.leftover || matches!(how, Some(How::Directly { .. }));
        let explained = !self.groups.is_empty();
        let immutable = match how {
            Some(How::Directly { revocable }) => !revocable,
            Some(How::Unsaid { revocable }) if !own && !explained => !revocable,
            _ => true,
        };
        let unexplained = !own && !explained;
        let read = world.roles_are_read(&world.accounts[account].0);
        let overstated = read && how.is_none() && !self.leftover;
        let dormant = !self.leftover && self.stated.as_ref().is_some_and(|stated| stated.dormant);
        let mut row = grant(entitlement, "user", account).immutable(immutable);
        if explained {
            for group in &self.groups {
                row.row = row
                    .row
                    .with(&format!("source group:{group}:member"), "held directly");
            }
            row.row = row.row.with(
                &format!("source {entitlement}"),
                if own { "held directly" } else { "" },
            );
        }
        if let Some(stated) = &self.stated {
            row = row
                .words("methods", stated.methods.iter().copied())
                .words("directories", stated.directories.iter().map(String::as_str))
                .words("directory_status", stated.statuses.iter().map(String::as_str));
        }
        row = row.words("stated_by", self.leftover.then_some("platformRoles"));
        for (mark, is_set) in [
            ("dormant", dormant),
            ("overstated", overstated),
            ("unexplained", unexplained),
        ] {
            row = row.words(mark, is_set.then_some("true"));
            expected.tell(NoticeClass::Fact, mark, u64::from(is_set));
        }
        expected.put_grant(
            row,
            match (own, explained) {
                (true, false) => 0,
                (false, true) => 1,
                (true, true) => 2,
                (false, false) => 3,
            },
        );
    }
}

/// A grant in the making.
struct Grant {
    id: String,
    row: Row,
    annotations: BTreeSet<&'static str>,
}

fn grant(entitlement: &str, kind: &str, principal: &str) -> Grant {
    Grant {
        id: format!("{entitlement}:{kind}:{principal}"),
        row: Row::default()
            .with("of", entitlement)
            .with("to", format!("{kind} {principal}")),
        annotations: BTreeSet::new(),
    }
}

impl Grant {
    fn immutable(mut self, immutable: bool) -> Self {
        self.annotations.extend(immutable.then_some("GrantImmutable"));
        self
    }

    /// Words of the metadata.
    fn words<'a>(mut self, name: &str, words: impl IntoIterator<Item = &'a str>) -> Self {
        let words = Vec::from_iter(words);
        if !words.is_empty() {
            self.annotations.insert("GrantMetadata");
            self.row = self.row.with(&format!("metadata {name}"), words.join(", "));
        }
        self
    }
}

impl Expected {
    fn put_grant(&mut self, grant: Grant, held: usize) {
        let annotations = Vec::from_iter(grant.annotations).join(", ");
        self.picture.put(
            format!("grant {}", grant.id),
            grant.row.with("annotations", annotations),
        );
        self.held[held] += 1;
    }
}
