//! What an account effectively holds, as the vendor's role rows state it.

use super::target::{
    ACCESS_ADMIN, AI_ACCESS, CUSTOMER, Kind, ORG_ADMIN, QUALITY_OWNER, Role, SITE_ADMIN, USER,
};
use super::{DirectoryStatus, Generated, Listing, salt};
use crate::quirks::account as class;

/// How access is held, as stated: a set of methods, or no statement at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Methods(u8);

impl Methods {
    /// The row names the role but no methods, though it could.
    pub(crate) const EMPTY: Self = Self(0);
    pub(crate) const DIRECT: Self = Self(1);
    pub(crate) const GROUP: Self = Self(2);
    pub(crate) const INFERRED: Self = Self(4);
    pub(crate) const DELEGATED: Self = Self(8);
    /// The row has no `roleAssignments`.
    pub(crate) const UNSTATED: Self = Self(16);
    /// Stated like [`GROUP`](Self::GROUP), but no group gives it.
    const UNEXPLAINED: Self = Self(32);

    /// One set without the other.
    pub(super) const fn without(self, less: Self) -> Self {
        Self(self.0 & !less.0)
    }

    /// Both sets together.
    pub(crate) const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Whether all of these are in the set.
    pub(crate) const fn has(self, all: Self) -> bool {
        self.0 & all.0 == all.0
    }

    /// The vendor's words, in their order.
    pub(crate) fn words(self) -> impl Iterator<Item = &'static str> {
        [
            (Self::INFERRED, "inferred"),
            (Self::DIRECT, "direct"),
            (Self::GROUP, "group_direct"),
            (Self::DELEGATED, "delegated"),
        ]
        .into_iter()
        .filter(move |(method, _)| self.has(*method))
        .map(|(_, word)| word)
    }
}

/// One role on one target in one directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) target: u32,
    pub(crate) role: Role,
    pub(crate) methods: Methods,
    /// The directory and what the account is in it; platform roles have none.
    pub(crate) directory: Option<(u8, DirectoryStatus)>,
}

/// One role on one target in one directory: how it is really held, and how that is stated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) target: u32,
    pub(super) role: Role,
    /// How it is held.
    pub(super) methods: Methods,
    /// What is stated instead.
    stated: Option<Methods>,
    /// The directory; platform roles have none.
    pub(super) directory: Option<u8>,
    /// Whether its group does not count for the account, against all expectation.
    hidden: bool,
}

impl Row {
    /// A role that is held in this way.
    pub(super) fn new(target: u32, role: Role, methods: Methods, directory: Option<u8>) -> Self {
        Self {
            target,
            role,
            methods,
            stated: None,
            directory,
            hidden: false,
        }
    }

    /// The row with this stated about it.
    pub(super) fn restated(self, stated: Methods) -> Self {
        Self {
            stated: Some(stated),
            ..self
        }
    }

    /// The row as it is shown, given what the account is in a directory; nothing when it is not shown.
    pub(super) fn shown(&self, status: impl FnOnce(u8) -> DirectoryStatus) -> Option<Held> {
        Some(Held {
            target: self.target,
            role: self.role,
            methods: self.stated()?,
            directory: self.directory.map(|directory| (directory, status(directory))),
        })
    }

    /// What is stated about the row; nothing when it is not shown.
    fn stated(&self) -> Option<Methods> {
        let held = if self.hidden {
            self.methods.without(Methods::GROUP)
        } else {
            self.methods
        };
        if held == Methods::EMPTY {
            return None;
        }
        let shown = if held.has(Methods::UNEXPLAINED) {
            held.without(Methods::UNEXPLAINED).with(Methods::GROUP)
        } else {
            held
        };
        Some(self.stated.unwrap_or(shown))
    }
}

impl Generated {
    /// Everything that the role rows of an account state, in the order of the rows.
    pub(super) fn held(&self, account: u32) -> Vec<Held> {
        let status = |directory| self.directory_status(account, directory);
        self.role_rows(account)
            .into_iter()
            .filter_map(|row| row.shown(status))
            .collect()
    }

    /// What an account holds, and how.
    pub(super) fn role_rows(&self, account: u32) -> Vec<Row> {
        let mut sheet = Sheet {
            model: self,
            account,
            rows: Vec::with_capacity(8),
        };
        match self.listing(account) {
            Listing::Search if self.in_directory(account) => {
                sheet.add_group_roles();
                sheet.add_direct_roles();
                sheet.add_irregularities();
            }
            Listing::Unlisted => sheet.add_group_roles(),
            Listing::ManagedOnly if !self.is_customer(account) => sheet.add_app_role(),
            Listing::Search | Listing::ManagedOnly => {}
        }
        sheet.rows
    }

    /// Whether the rows of an account have only the deprecated `roles`.
    pub(super) fn states_roles_only(&self, account: u32) -> bool {
        self.spec.quirks.deprecated_roles_only && self.class(account) == class::ROLES_ONLY
    }

    /// Whether the rows of an account come one role at a time, each on its own page.
    pub(crate) fn splits_pages(&self, account: u32) -> bool {
        self.spec.quirks.split_pages && self.class(account) == class::SPLIT
    }

    /// Whether a listing states a platform role of the account that no row covers.
    pub(super) fn has_uncovered_role(&self, account: u32) -> bool {
        self.spec.quirks.uncovered_platform_roles && self.class(account) == class::UNCOVERED
    }

    /// Whether roles on the target belong to no directory.
    pub(super) fn is_platform(&self, target: u32) -> bool {
        matches!(self.target(target).kind, Kind::Organization | Kind::Site)
    }

    /// How many app roles an account holds directly.
    fn direct_roles(&self, account: u32) -> u32 {
        let (users, all) = (self.spec.users, self.spec.direct_roles);
        all / users + u32::from(self.direct.find(account) < all % users)
    }
}

/// The rows of one account while they are put together.
struct Sheet<'a> {
    model: &'a Generated,
    account: u32,
    rows: Vec<Row>,
}

impl Sheet<'_> {
    fn noise(&self) -> u64 {
        self.model.noise(salt::DIRECT_ROLE, self.account)
    }

    /// Adds a role in a directory, or the method to a role that is there already.
    fn add(&mut self, target: u32, role: Role, method: Methods, directory: u8) {
        let directory = (!self.model.is_platform(target)).then_some(directory);
        let same = |row: &&mut Row| row.target == target && row.role == role && row.directory == directory;
        match self.rows.iter_mut().find(same) {
            Some(row) => row.methods = row.methods.with(method),
            None => self.rows.push(Row::new(target, role, method, directory)),
        }
    }

    fn add_group_roles(&mut self) {
        let home = self.model.home(self.account);
        let mut roles = Vec::with_capacity(4);
        for group in self.model.groups_of(self.account) {
            self.model.write_group_roles(group, &mut roles);
            for (target, role) in &roles {
                self.add(*target, *role, Methods::GROUP, home);
            }
        }
    }

    fn add_direct_roles(&mut self) {
        let home = self.model.home(self.account);
        for (target, role) in self
            .model
            .some_pairs(self.noise(), self.model.direct_roles(self.account))
        {
            self.add(target, role, Methods::DIRECT, home);
        }
    }

    /// An app holds one role. It is in no directory, so the row says that there is no membership.
    fn add_app_role(&mut self) {
        let pair = self.model.some_pairs(self.noise(), 1).next();
        if let Some((target, role)) = pair {
            self.add(
                target,
                if role == CUSTOMER { USER } else { role },
                Methods::DIRECT,
                0,
            );
        }
    }

    /// An app role that the account does not hold yet.
    fn fresh_pair(&self) -> Option<(u32, Role)> {
        let all = u32::try_from(self.model.targets.pairs.len()).unwrap_or(u32::MAX);
        self.model
            .some_pairs(self.model.noise(salt::EXTRA, self.account), all)
            .find(|(target, role)| {
                !self
                    .rows
                    .iter()
                    .any(|held| (held.target, held.role) == (*target, *role))
            })
    }

    fn add_fresh(&mut self, method: Methods, directory: u8) {
        if let Some((target, role)) = self.fresh_pair() {
            self.add(target, role, method, directory);
        }
    }

    /// The first row with an app target; made when there is none.
    fn first_app_row(&mut self) -> Option<usize> {
        let is_app = |row: &Row| matches!(self.model.target(row.target).kind, Kind::App(_));
        if let Some(place) = self.rows.iter().position(is_app) {
            return Some(place);
        }
        self.add_fresh(Methods::DIRECT, self.model.home(self.account));
        self.rows.len().checked_sub(1)
    }

    fn add_irregularities(&mut self) {
        let (model, account) = (self.model, self.account);
        let (quirks, targets) = (&model.spec.quirks, &model.targets);
        let home = model.home(account);
        let noise = self.noise();
        let site = u32::try_from(noise % targets.sites.len() as u64).expect("sites are numbered in 32 bits");
        match model.class(account) {
            class::UNKNOWN_ROLE if quirks.unknown_roles => {
                self.add(site, QUALITY_OWNER, Methods::DIRECT, home)
            }
            class::UNLISTED_APP if quirks.unlisted_targets => {
                self.add(targets.unlisted_app, USER, Methods::DIRECT, home);
            }
            class::PROJECT if quirks.unlisted_targets => {
                self.add(targets.project, USER, Methods::DIRECT, home)
            }
            class::GOAL if quirks.unlisted_targets => self.add(targets.goal, USER, Methods::INFERRED, home),
            class::ORG_ADMIN if quirks.platform_roles => {
                self.add(targets.organization, ORG_ADMIN, Methods::DIRECT, home);
            }
            class::SITE_ADMIN if quirks.platform_roles => {
                self.add(targets.first_site + site, SITE_ADMIN, Methods::DIRECT, home);
            }
            class::ACCESS_ADMIN if quirks.platform_roles => {
                self.add(targets.first_site + site, ACCESS_ADMIN, Methods::DIRECT, home);
            }
            class::AI_ACCESS if quirks.platform_roles => {
                self.add(targets.organization, AI_ACCESS, Methods::INFERRED, home);
            }
            class::ROLES_ONLY if quirks.deprecated_roles_only => {
                self.first_app_row();
                self.rows
                    .iter_mut()
                    .for_each(|row| row.stated = Some(Methods::UNSTATED));
            }
            class::EMPTY_METHODS if quirks.empty_methods => self.restate_first(Methods::EMPTY),
            class::UNKNOWN_METHOD if quirks.unknown_methods => self.restate_first(Methods::DELEGATED),
            class::SPLIT if quirks.split_pages => self.add_second_role(),
            class::UNCONFIRMED if quirks.overstated => {
                if let Some(row) = self.rows.iter_mut().find(|row| row.methods == Methods::GROUP) {
                    row.hidden = true;
                }
            }
            class::UNEXPLAINED if quirks.unexplained => self.add_fresh(Methods::UNEXPLAINED, home),
            class::INFERRED if quirks.inferred => self.add_fresh(Methods::INFERRED, home),
            class::ABSENT_MEMBERSHIP if quirks.absent_membership => {
                let elsewhere = (home + 1) % model.spec.directories;
                self.add_fresh(Methods::DIRECT, elsewhere);
            }
            class => self.add_second_directory(class),
        }
    }

    fn restate_first(&mut self, methods: Methods) {
        if let Some(place) = self.first_app_row() {
            self.rows[place].stated = Some(methods);
        }
    }

    /// A second role on the target of the first row, so that the target comes on two pages.
    fn add_second_role(&mut self) {
        let Some(first) = self.first_app_row().map(|place| self.rows[place]) else {
            return;
        };
        let held = |role| {
            self.rows
                .iter()
                .any(|held| (held.target, held.role) == (first.target, role))
        };
        let pairs = &self.model.targets.pairs;
        let second = pairs
            .iter()
            .find(|(target, role)| *target == first.target && !held(*role));
        if let Some((target, role)) = second {
            self.add(*target, *role, Methods::DIRECT, self.model.home(self.account));
        }
    }

    /// The rows of the second directory: the first role once more, or another one.
    fn add_second_directory(&mut self, class: u32) {
        let Some(second) = self.model.second_directory(self.account) else {
            return;
        };
        if class == class::SUSPENDED_IN_SECOND || class::BOTH_DIRECTORIES.contains(&class) {
            if let Some(first) = self.first_app_row().map(|place| self.rows[place]) {
                self.add(first.target, first.role, Methods::DIRECT, second);
            }
        } else {
            self.add_fresh(Methods::DIRECT, second);
        }
    }
}
