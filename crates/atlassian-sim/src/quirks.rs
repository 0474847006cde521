//! The irregularities of real organizations, each with a switch.

/// Declares the switches once, so that `none` and `all` cannot forget one.
macro_rules! quirks {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Which irregularities an organization shows. Every field is a switch; see [`Quirks::all`] and
        /// [`Quirks::none`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Quirks {
            $($(#[$doc])* pub $name: bool,)*
        }

        impl Quirks {
            /// No irregularity: a tidy organization.
            #[must_use]
            pub const fn none() -> Self {
                Self { $($name: false,)* }
            }

            /// Every irregularity, in believable proportions. All of them occur from about 300 accounts in two
            /// directories and 46 groups on.
            #[must_use]
            pub const fn all() -> Self {
                Self { $($name: true,)* }
            }

            /// The switches by name, in the order of their declaration.
            pub fn iter(self) -> impl Iterator<Item = (&'static str, bool)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }

            /// Turns one switch by its name. `false` when there is no such switch.
            pub fn set(&mut self, name: &str, on: bool) -> bool {
                match name {
                    $(stringify!($name) => self.$name = on,)*
                    _ => return false,
                }
                true
            }
        }
    };
}

quirks! {
    /// Accounts that are suspended, deactivated, not invited, for deletion, closed, of an unknown status
    /// (`pending_review`) and without any status.
    statuses,
    /// `department`, `organization`, `location` and others are `null` on most accounts.
    null_fields,
    /// `forDeletion` and `deactivatedOn` are returned although the vendor's schema does not have them.
    extra_fields,
    /// Some accounts have no `email`.
    missing_emails,
    /// Account ids of every known form, and some full of `:`, `|` and `-`.
    id_forms,
    /// Group ids with `:`, `/` and `|`, and app instances whose ARI has them.
    awkward_ids,
    /// Accounts that belong to two directories, some suspended in one of them, with one role row per directory.
    /// Needs two directories.
    two_directories,
    /// Roles outside the documented list, such as `atlassian/quality-owner`.
    unknown_roles,
    /// Role rows on targets that the workspaces query does not list: app instances, `project` and `goal` targets.
    unlisted_targets,
    /// Accounts that only group members or token owners name.
    unlisted_accounts,
    /// Role rows that have only the deprecated `roles`, no `roleAssignments`.
    deprecated_roles_only,
    /// Role rows with an empty list of methods.
    empty_methods,
    /// Role rows with a method that is not documented (`delegated`).
    unknown_methods,
    /// The roles of one target spread over two pages, which are shorter than asked for.
    split_pages,
    /// Organization and site administrators: roles with platform targets.
    platform_roles,
    /// `platformRoles` of a listing that no role row covers.
    uncovered_platform_roles,
    /// Managed accounts of type `app` and `customer`, in no directory.
    managed_only,
    /// Groups that an identity provider keeps.
    synced_groups,
    /// Groups that state only a part of their origin and access.
    partial_group_access,
    /// Groups that hold platform roles, and groups with a default role.
    group_platform_roles,
    /// `expand=groups` leaves out a group of some accounts.
    short_group_expansion,
    /// Groups of different sizes, some empty.
    varied_group_sizes,
    /// The last account of a page of users is listed again on top of the next.
    repeated_rows,
    /// One row of the users listing has no account id.
    malformed_row,
    /// Accounts whose role assignments answer 404.
    unreadable_accounts,
    /// Groups whose members answer 403 or 404.
    unreadable_members,
    /// Members whose effective access lacks a role that their group has.
    overstated,
    /// Effective access through a group (`group_direct`) that no group explains.
    unexplained,
    /// Access that is held only by inference (`inferred`).
    inferred,
    /// Access in a directory where the account has no membership.
    absent_membership,
}

/// Into how many classes accounts fall. Each class shows one irregularity; prime, so that the classes do not beat
/// against page sizes and numbers of directories.
pub(crate) const ACCOUNT_CLASSES: u32 = 97;

/// Into how many classes groups fall.
pub(crate) const GROUP_CLASSES: u32 = 23;

/// The classes of accounts and what they show when the quirk is on.
pub(crate) mod account {
    pub(crate) const SUSPENDED: u32 = 0;
    pub(crate) const DEACTIVATED: u32 = 1;
    pub(crate) const NOT_INVITED: u32 = 2;
    pub(crate) const FOR_DELETION: u32 = 3;
    pub(crate) const CLOSED: u32 = 4;
    pub(crate) const UNKNOWN_STATUS: u32 = 5;
    pub(crate) const NO_STATUS: u32 = 6;
    pub(crate) const SUSPENDED_IN_SECOND: u32 = 7;
    pub(crate) const SUSPENDED_IN_FIRST: u32 = 9;
    pub(crate) const NO_EMAIL: [u32; 2] = [10, 11];
    pub(crate) const UNKNOWN_ROLE: u32 = 20;
    pub(crate) const UNLISTED_APP: u32 = 21;
    pub(crate) const PROJECT: u32 = 22;
    pub(crate) const GOAL: u32 = 23;
    pub(crate) const ORG_ADMIN: u32 = 30;
    pub(crate) const SITE_ADMIN: u32 = 31;
    pub(crate) const ACCESS_ADMIN: u32 = 32;
    pub(crate) const AI_ACCESS: u32 = 33;
    pub(crate) const UNCOVERED: u32 = 34;
    pub(crate) const ROLES_ONLY: u32 = 40;
    pub(crate) const EMPTY_METHODS: u32 = 41;
    pub(crate) const UNKNOWN_METHOD: u32 = 42;
    pub(crate) const SPLIT: u32 = 43;
    pub(crate) const BOTH_DIRECTORIES: [u32; 2] = [44, 45];
    pub(crate) const UNREADABLE: u32 = 50;
    pub(crate) const UNCONFIRMED: u32 = 51;
    pub(crate) const UNEXPLAINED: u32 = 52;
    pub(crate) const INFERRED: u32 = 53;
    pub(crate) const ABSENT_MEMBERSHIP: u32 = 54;
    pub(crate) const SHORT_EXPANSION: [u32; 3] = [60, 61, 62];
}

/// The classes of groups and what they show when the quirk is on.
pub(crate) mod group {
    pub(crate) const SYNCED: [u32; 2] = [0, 1];
    pub(crate) const ACCESS_READABLE_ONLY: u32 = 2;
    pub(crate) const ACCESS_UNSTATED: u32 = 3;
    pub(crate) const ORG_ADMINS: u32 = 4;
    pub(crate) const SITE_ADMINS: u32 = 5;
    pub(crate) const MEMBERS_FORBIDDEN: u32 = 6;
    pub(crate) const MEMBERS_NOT_FOUND: u32 = 7;
    pub(crate) const ID_COLONS: u32 = 8;
    pub(crate) const ID_SLASHES: u32 = 9;
    pub(crate) const UNKNOWN_ROLE: u32 = 10;
    pub(crate) const DEFAULT_ROLE: u32 = 11;
    pub(crate) const UNLISTED_APP: u32 = 12;
    pub(crate) const EMPTY: u32 = 13;
    pub(crate) const NO_DESCRIPTION: u32 = 14;
    pub(crate) const PROJECT: u32 = 15;
    pub(crate) const UNLISTED_MEMBERS: u32 = 16;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_set_by_name() {
        let mut quirks = Quirks::none();
        assert!(quirks.set("overstated", true) && quirks.overstated);
        assert!(!quirks.set("no_such_quirk", true));
        assert_eq!(quirks.iter().filter(|(_, on)| *on).count(), 1);
        assert!(Quirks::all().iter().all(|(_, on)| on));
    }
}
