//! Groups: who is in them, seen from the group and from the account, and what they hold.
//!
//! The groups of a directory are laid out in rounds. In each round the accounts of the directory stand in a new
//! order, and each group takes the next few; so a group never has an account twice, accounts meet different people
//! in each round, and both questions (who is in this group, which groups is this account in) are arithmetic.

use super::mix::{Shuffle, hash};
use super::target::{ORG_ADMIN, QUALITY_OWNER, Role, SITE_ADMIN, USER};
use super::{Generated, Listing, salt};
use crate::quirks::{GROUP_CLASSES, account as account_class, group as class};
use crate::spec::OrgSpec;

/// The layout of the groups of one directory.
#[derive(Debug)]
pub(crate) struct Circle {
    directory: u32,
    directories: u32,
    /// The places a group takes in its round.
    places: u32,
    groups_per_round: u32,
    rounds: Vec<Shuffle>,
}

/// Whether the members of a group can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MembersAnswer {
    Readable,
    Forbidden,
    NotFound,
}

impl Circle {
    pub(crate) fn new(spec: &OrgSpec, directory: u8) -> Self {
        let (directory, directories) = (u32::from(directory), u32::from(spec.directories));
        let share = |all: u32| (all + directories - 1 - directory) / directories;
        let (accounts, groups) = (share(spec.users), share(spec.groups));
        let places = spec.members_per_group.min(accounts).max(1);
        let groups_per_round = (accounts / places).max(1);
        let rounds = (0..groups.div_ceil(groups_per_round))
            .map(|round| {
                let index = u64::from(directory) << 32 | u64::from(round);
                Shuffle::new(accounts, hash(spec.seed, salt::CIRCLE, index))
            })
            .collect();
        Self {
            directory,
            directories,
            places,
            groups_per_round,
            rounds,
        }
    }

    /// The account on the `n`-th place of a group of this directory.
    fn account(&self, group: u32, n: u32) -> u32 {
        let local = group / self.directories;
        let (round, in_round) = (local / self.groups_per_round, local % self.groups_per_round);
        let account = self.rounds[round as usize].at(in_round * self.places + n);
        account * self.directories + self.directory
    }

    /// The groups of an account of this directory, each with its place there.
    fn groups(&self, account: u32) -> impl Iterator<Item = (u32, u32)> {
        let local = account / self.directories;
        self.rounds.iter().zip(0u32..).filter_map(move |(order, round)| {
            let place = order.find(local);
            let in_round = place / self.places;
            (in_round < self.groups_per_round).then(|| {
                let group = round * self.groups_per_round + in_round;
                (group * self.directories + self.directory, place % self.places)
            })
        })
    }
}

impl Generated {
    fn group_is(&self, group: u32, quirk: bool, class: u32) -> bool {
        quirk && group % GROUP_CLASSES == class
    }

    /// The directory of a group.
    pub(super) fn group_directory(&self, group: u32) -> u8 {
        u8::try_from(group % u32::from(self.spec.directories)).expect("there are at most three directories")
    }

    /// How many places a group has; fewer may be taken, since accounts in no directory leave theirs empty.
    fn places(&self, group: u32) -> u32 {
        let quirks = &self.spec.quirks;
        let most = self.circles[usize::from(self.group_directory(group))].places;
        if self.group_is(group, quirks.varied_group_sizes, class::EMPTY) {
            return 0;
        }
        if self.group_is(group, quirks.group_platform_roles, class::ORG_ADMINS)
            || self.group_is(group, quirks.group_platform_roles, class::SITE_ADMINS)
        {
            return most.min(4);
        }
        if !quirks.varied_group_sizes {
            return most;
        }
        let share = self.noise(salt::GROUP_SIZE, group) % u64::from(most);
        u32::try_from(share).expect("less than the most") + 1
    }

    /// The members of a group, without repetition.
    pub(super) fn members(&self, group: u32) -> Vec<u32> {
        let circle = &self.circles[usize::from(self.group_directory(group))];
        let mut members: Vec<u32> = (0..self.places(group))
            .map(|place| circle.account(group, place))
            .filter(|account| self.in_directory(*account))
            .collect();
        if self.group_is(group, true, class::UNLISTED_MEMBERS) {
            members.extend(
                self.unlisted_accounts()
                    .filter(|account| self.unlisted_group(*account) == Some(group)),
            );
        }
        members
    }

    /// The groups of an account.
    pub(super) fn groups_of(&self, account: u32) -> Vec<u32> {
        match self.listing(account) {
            Listing::Search if self.in_directory(account) => self.circles[usize::from(self.home(account))]
                .groups(account)
                .filter(|(group, place)| *group < self.spec.groups && *place < self.places(*group))
                .map(|(group, _)| group)
                .collect(),
            Listing::Unlisted => self.unlisted_group(account).into_iter().collect(),
            Listing::Search | Listing::ManagedOnly => Vec::new(),
        }
    }

    /// Whether `expand=groups` leaves out the last group of the account.
    pub(super) fn shows_groups_short(&self, account: u32) -> bool {
        self.spec.quirks.short_group_expansion
            && account_class::SHORT_EXPANSION.contains(&self.class(account))
    }

    /// The roles that a group holds, without repetition.
    pub(super) fn group_roles(&self, group: u32) -> Vec<(u32, Role)> {
        let mut roles = Vec::with_capacity(self.spec.roles_per_group as usize + 1);
        self.write_group_roles(group, &mut roles);
        roles
    }

    /// Replaces `roles` by the roles that a group holds.
    pub(super) fn write_group_roles(&self, group: u32, roles: &mut Vec<(u32, Role)>) {
        roles.clear();
        let noise = self.noise(salt::GROUP_ROLE, group);
        roles.extend(self.some_pairs(noise, self.spec.roles_per_group));
        let quirks = &self.spec.quirks;
        let targets = &self.targets;
        let site = u32::try_from(noise % targets.sites.len() as u64).expect("sites are numbered in 32 bits");
        let extra = match group % GROUP_CLASSES {
            class::ORG_ADMINS if quirks.group_platform_roles => (targets.organization, ORG_ADMIN),
            class::SITE_ADMINS if quirks.group_platform_roles => (targets.first_site + site, SITE_ADMIN),
            class::UNKNOWN_ROLE if quirks.unknown_roles => (site, QUALITY_OWNER),
            class::UNLISTED_APP if quirks.unlisted_targets => (targets.unlisted_app + 1, USER),
            class::PROJECT if quirks.unlisted_targets => (targets.project, USER),
            _ => return,
        };
        roles.push(extra);
    }

    /// `wanted` different app roles (fewer when there are fewer), chosen by a word.
    pub(super) fn some_pairs(&self, noise: u64, wanted: u32) -> impl Iterator<Item = (u32, Role)> {
        let pairs = &self.targets.pairs;
        let n = u32::try_from(pairs.len()).expect("app roles are numbered in 32 bits");
        let (first, step) = (noise % u64::from(n), u64::from(self.targets.pair_step));
        (0..u64::from(wanted.min(n))).map(move |i| {
            let place = (first + i * step) % u64::from(n);
            pairs[usize::try_from(place).expect("a place in the table")]
        })
    }

    /// Whether the group states its roles' default.
    pub(super) fn has_default_role(&self, group: u32) -> bool {
        self.group_is(group, self.spec.quirks.group_platform_roles, class::DEFAULT_ROLE)
    }

    /// Whether an identity provider keeps the group.
    pub(super) fn is_synced(&self, group: u32) -> bool {
        self.spec.quirks.synced_groups && class::SYNCED.contains(&(group % GROUP_CLASSES))
    }

    /// Whether an account is in a group that an identity provider keeps. Looked up for every row, so it is worked out
    /// once for all.
    pub(super) fn is_in_synced_group(&self, account: u32) -> bool {
        let all = self.synced_members.get_or_init(|| {
            let mut all = vec![false; self.all_accounts() as usize];
            for group in (0..self.spec.groups).filter(|group| self.is_synced(*group)) {
                for member in self.members(group) {
                    all[member as usize] = true;
                }
            }
            all
        });
        all[account as usize]
    }

    /// Whether the members of the group can be read.
    pub(super) fn members_answer(&self, group: u32) -> MembersAnswer {
        match group % GROUP_CLASSES {
            class::MEMBERS_FORBIDDEN if self.spec.quirks.unreadable_members => MembersAnswer::Forbidden,
            class::MEMBERS_NOT_FOUND if self.spec.quirks.unreadable_members => MembersAnswer::NotFound,
            _ => MembersAnswer::Readable,
        }
    }

    /// The name of a group.
    pub(super) fn group_name(&self, group: u32) -> String {
        const TEAMS: [&str; 12] = [
            "platform", "support", "design", "finance", "field", "research", "people", "security", "sales",
            "quality", "legal", "data",
        ];
        let team = TEAMS[group as usize % TEAMS.len()];
        let pairs = &self.targets.pairs;
        let (target, role) = self.group_roles(group).first().copied().unwrap_or(pairs[0]);
        let role = super::target::ROLES[usize::from(role)].trim_start_matches("atlassian/");
        format!("{}-{role}s-{team}-{}", self.target(target).owner, group + 1)
    }

    /// Accounts that no listing has.
    fn unlisted_accounts(&self) -> impl Iterator<Item = u32> {
        self.spec.users + self.managed_only..self.all_accounts()
    }

    /// Places `n` among the unlisted accounts: two of four are group members, one owns tokens, one is gone.
    fn unlisted_place(&self, account: u32) -> u32 {
        account - self.spec.users - self.managed_only
    }

    /// The group that an unlisted account is in.
    fn unlisted_group(&self, account: u32) -> Option<u32> {
        let place = self.unlisted_place(account);
        let groups = self.spec.groups.checked_sub(class::UNLISTED_MEMBERS + 1)? / GROUP_CLASSES + 1;
        (place % 4 < 2)
            .then(|| (place / 4 * 2 + place % 4) % groups * GROUP_CLASSES + class::UNLISTED_MEMBERS)
    }

    /// The directory of an unlisted account.
    pub(super) fn unlisted_home(&self, account: u32) -> u8 {
        self.unlisted_group(account)
            .map_or(0, |group| self.group_directory(group))
    }

    /// Whether an unlisted account exists no more: every request about it answers 404.
    pub(super) fn is_gone(&self, account: u32) -> bool {
        self.listing(account) == Listing::Unlisted && self.unlisted_place(account) % 4 == 2
    }

    /// The unlisted accounts that own tokens.
    pub(super) fn unlisted_owner(&self, noise: u64) -> Option<u32> {
        let owners = self.spec.quirks.unlisted_accounts;
        let fours = u64::from(if owners { self.unlisted / 4 } else { 0 });
        let four = u32::try_from(noise.checked_rem(fours)?).ok()?;
        let within = u32::from(noise & (1 << 40) != 0);
        Some(self.spec.users + self.managed_only + four * 4 + 2 + within)
    }

    /// What part of its access information a group states: (`externalSynced`, `managementAccess` in full).
    pub(super) fn group_states(&self, group: u32) -> (bool, bool) {
        match group % GROUP_CLASSES {
            class::ACCESS_READABLE_ONLY if self.spec.quirks.partial_group_access => (true, false),
            class::ACCESS_UNSTATED if self.spec.quirks.partial_group_access => (false, false),
            _ => (true, true),
        }
    }

    /// Whether the group has a description.
    pub(super) fn has_description(&self, group: u32) -> bool {
        !self.group_is(group, self.spec.quirks.null_fields, class::NO_DESCRIPTION)
    }
}
