//! What an organization is made of: sizes, the seed and the irregularities it shows.

use crate::quirks::Quirks;

/// The recipe of an organization. The same recipe always yields the same organization, byte for byte.
///
/// Every number is a size that the generator keeps: none of them costs memory, since rows are computed when they are
/// asked for. Sizes that contradict each other are reduced (a group cannot have more members than there are
/// accounts, nor a principal more roles than there are app roles).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgSpec {
    /// Decides every name, identifier and relation.
    pub seed: u64,
    /// Accounts that the user search lists (1 to 1 000 000).
    pub users: u32,
    /// Groups.
    pub groups: u32,
    /// Members of a group; with [`Quirks::varied_group_sizes`] the most that a group has.
    pub members_per_group: u32,
    /// App roles that each group holds.
    pub roles_per_group: u32,
    /// App instances that the workspaces query lists.
    pub workspaces: u32,
    /// API tokens of managed accounts.
    pub tokens: u32,
    /// App roles held directly, all accounts together.
    pub direct_roles: u32,
    /// Service accounts. Each has tokens and OAuth clients of its own; with some there are also keys of the organization and an
    /// OAuth client that are odd.
    pub service_accounts: u32,
    /// User directories, 1 to 3. Accounts and groups are spread evenly over them.
    pub directories: u8,
    /// How many of a hundred listed accounts the organization manages (they are listed among the managed accounts
    /// too).
    pub managed_percent: u8,
    /// The irregularities that the organization shows.
    pub quirks: Quirks,
}

impl OrgSpec {
    /// The organization of the benchmark, without quirks. For 10 000 accounts: 500 groups of 80 members with one
    /// role each, 20 app instances, 200 API tokens, 20 000 roles held directly. Other sizes are scaled linearly.
    #[must_use]
    pub fn bench(users: u32) -> Self {
        let part = |of_ten_thousand: u32| {
            u32::try_from(u64::from(users) * u64::from(of_ten_thousand) / 10_000).unwrap_or(u32::MAX)
        };
        Self {
            seed: 1,
            users,
            groups: part(500).max(1),
            members_per_group: 80,
            roles_per_group: 1,
            workspaces: part(20).max(5),
            tokens: part(200),
            direct_roles: users.saturating_mul(2),
            service_accounts: 0,
            directories: 1,
            managed_percent: 100,
            quirks: Quirks::none(),
        }
    }

    /// A small tidy organization: one directory, a group for about every ten accounts, no quirks.
    #[must_use]
    pub fn small(users: u32) -> Self {
        Self {
            seed: 1,
            users,
            groups: (users / 10).max(1),
            members_per_group: 20,
            roles_per_group: 2,
            workspaces: 7,
            tokens: users / 10 + 1,
            direct_roles: users,
            service_accounts: 0,
            directories: 1,
            managed_percent: 80,
            quirks: Quirks::none(),
        }
    }

    /// The smallest organization: one account in one group, one app instance, one token.
    #[must_use]
    pub fn one() -> Self {
        Self {
            workspaces: 1,
            members_per_group: 1,
            roles_per_group: 1,
            tokens: 1,
            ..Self::small(1)
        }
    }

    /// About 300 accounts that show every kind of row there is and can all be read: two directories and every quirk
    /// but those that refuse an answer or spoil a row. What a person sees first should not be an error.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            quirks: Quirks {
                malformed_row: false,
                unreadable_accounts: false,
                unreadable_members: false,
                ..Quirks::all()
            },
            ..Self::irregular()
        }
    }

    /// The organization of [`OrgSpec::demo`] with all quirks, rows that cannot be read among them.
    #[must_use]
    pub fn irregular() -> Self {
        Self {
            seed: 7,
            users: 300,
            groups: 46,
            members_per_group: 36,
            roles_per_group: 2,
            workspaces: 24,
            tokens: 45,
            direct_roles: 240,
            service_accounts: 0,
            directories: 2,
            managed_percent: 80,
            quirks: Quirks::all(),
        }
    }

    /// The same organization from another seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same sizes with other quirks.
    #[must_use]
    pub fn with_quirks(self, quirks: Quirks) -> Self {
        Self { quirks, ..self }
    }

    /// The recipe with its sizes brought into agreement.
    pub(crate) fn reconciled(mut self) -> Self {
        self.users = self.users.clamp(1, 1_000_000);
        self.directories = self
            .directories
            .clamp(1, 3)
            .min(u8::try_from(self.users).unwrap_or(3));
        self.managed_percent = self.managed_percent.min(100);
        self.workspaces = self.workspaces.max(1);
        self.service_accounts = self.service_accounts.min(1000);
        self.members_per_group = self
            .members_per_group
            .min(self.users / u32::from(self.directories))
            .max(1);
        self
    }
}
