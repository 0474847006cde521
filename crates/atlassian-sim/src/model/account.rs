//! The state of an account: where it is listed, its status, its directories, its profile.

use super::names::{CLAIMED_DOMAINS, FOREIGN_DOMAINS, Person};
use super::{Generated, salt};
use crate::quirks::{ACCOUNT_CLASSES, account as class};

/// Which listing has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The user search, and the managed accounts too when the account is managed.
    Search,
    /// The managed accounts only.
    ManagedOnly,
    /// None: only other rows name the account.
    Unlisted,
}

/// The relation of an account to one directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DirectoryStatus {
    /// `active`
    Active,
    /// `suspended`
    Suspended,
    /// `no_membership`
    NoMembership,
}

impl DirectoryStatus {
    /// The vendor's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::NoMembership => "no_membership",
        }
    }
}

/// The three status words of a row; `None` where the row has no such field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: Option<&'static str>,
    pub(crate) account: Option<&'static str>,
    pub(crate) membership: Option<&'static str>,
}

impl Generated {
    pub(super) fn listing(&self, account: u32) -> Listing {
        match account.checked_sub(self.spec.users) {
            None => Listing::Search,
            Some(n) if n < self.managed_only => Listing::ManagedOnly,
            Some(_) => Listing::Unlisted,
        }
    }

    /// The class of a listed account; accounts outside the listing are in none of the classes.
    pub(crate) fn class(&self, account: u32) -> u32 {
        if account < self.spec.users {
            self.classes.find(account) % ACCOUNT_CLASSES
        } else {
            ACCOUNT_CLASSES
        }
    }

    fn is(&self, account: u32, quirk: bool, class: u32) -> bool {
        quirk && self.class(account) == class
    }

    /// Whether an account that only the managed accounts list is a portal customer; otherwise it is an app.
    pub(super) fn is_customer(&self, account: u32) -> bool {
        (account - self.spec.users) % 3 == 1
    }

    /// `atlassian`, `app` or `customer`.
    pub(super) fn account_type(&self, account: u32) -> &'static str {
        match self.listing(account) {
            Listing::ManagedOnly if self.is_customer(account) => "customer",
            Listing::ManagedOnly => "app",
            Listing::Search | Listing::Unlisted => "atlassian",
        }
    }

    /// Whether the organization manages the account.
    pub(super) fn is_managed(&self, account: u32) -> bool {
        match self.listing(account) {
            Listing::ManagedOnly => true,
            Listing::Unlisted => false,
            Listing::Search => {
                let bound = u64::from(self.spec.managed_percent);
                self.noise(salt::MANAGED, account) % 100 < bound
                    || (bound > 0
                        && self.spec.quirks.statuses
                        && matches!(self.class(account), class::NOT_INVITED | class::FOR_DELETION))
            }
        }
    }

    pub(super) fn standing(&self, account: u32) -> Standing {
        let words = |status, account, membership| Standing {
            status: Some(status),
            account: Some(account),
            membership: Some(membership),
        };
        if self.listing(account) == Listing::ManagedOnly {
            return words("not_invited", "active", "no_membership");
        }
        if !self.spec.quirks.statuses {
            return words("active", "active", "active");
        }
        match self.class(account) {
            class::SUSPENDED => words("suspended", "active", "suspended"),
            class::DEACTIVATED => words("deactivated", "inactive", "active"),
            class::NOT_INVITED => words("not_invited", "active", "no_membership"),
            class::FOR_DELETION => words("for_deletion", "inactive", "active"),
            class::CLOSED => words("closed", "closed", "no_membership"),
            class::UNKNOWN_STATUS => words("pending_review", "active", "active"),
            class::NO_STATUS => Standing {
                status: None,
                account: None,
                membership: None,
            },
            _ => words("active", "active", "active"),
        }
    }

    /// Whether the account is in any directory. Only then it can be in groups or hold roles there.
    pub(super) fn in_directory(&self, account: u32) -> bool {
        match self.listing(account) {
            Listing::Search => {
                !(self.spec.quirks.statuses
                    && matches!(self.class(account), class::NOT_INVITED | class::CLOSED))
            }
            Listing::ManagedOnly => false,
            Listing::Unlisted => true,
        }
    }

    /// Whether an identity provider keeps the account, as it does every member of the groups that it keeps.
    pub(super) fn is_provisioned(&self, account: u32) -> bool {
        let chosen = self.noise(salt::FACETS, account) >> 12 & 3 == 0;
        (chosen || (self.spec.quirks.synced_groups && self.is_in_synced_group(account)))
            && self.in_directory(account)
    }

    /// The first directory of an account, which is also that of its groups.
    pub(super) fn home(&self, account: u32) -> u8 {
        if self.listing(account) == Listing::Unlisted {
            return self.unlisted_home(account);
        }
        u8::try_from(account % u32::from(self.spec.directories)).expect("there are at most three directories")
    }

    /// The second directory of an account that has two.
    pub(super) fn second_directory(&self, account: u32) -> Option<u8> {
        let two = self.spec.quirks.two_directories
            && self.spec.directories > 1
            && self.listing(account) == Listing::Search
            && self.in_directory(account);
        let class = self.class(account);
        let chosen = class == class::SUSPENDED_IN_FIRST
            || class == class::SUSPENDED_IN_SECOND
            || class::BOTH_DIRECTORIES.contains(&class)
            || class % 16 == 12;
        (two && chosen).then(|| (self.home(account) + 1) % self.spec.directories)
    }

    /// What the account is in a directory.
    pub(super) fn directory_status(&self, account: u32, directory: u8) -> DirectoryStatus {
        if !self.in_directory(account) {
            return DirectoryStatus::NoMembership;
        }
        let second = self.second_directory(account);
        let place = if directory == self.home(account) {
            class::SUSPENDED_IN_FIRST
        } else if Some(directory) == second {
            class::SUSPENDED_IN_SECOND
        } else {
            return DirectoryStatus::NoMembership;
        };
        if self.is(account, self.spec.quirks.statuses, class::SUSPENDED)
            || (second.is_some() && self.class(account) == place)
        {
            DirectoryStatus::Suspended
        } else {
            DirectoryStatus::Active
        }
    }

    /// The person an account stands for.
    pub(super) fn person(&self, account: u32) -> Person {
        Person::nth(if account < self.spec.users {
            self.names.at(account)
        } else {
            account
        })
    }

    /// Appends the display name.
    pub(super) fn write_name(&self, out: &mut String, account: u32) {
        if self.account_type(account) == "app" {
            out.push_str("Automation ");
            out.push_str(&(account - self.spec.users + 1).to_string());
            return;
        }
        let person = self.person(account);
        out.push_str(person.first);
        out.push(' ');
        out.push_str(person.last);
    }

    /// Appends the address, whether or not rows show it.
    pub(super) fn write_address(&self, out: &mut String, account: u32) {
        self.person(account).write_mailbox(out);
        out.push('@');
        out.push_str(self.domain(account));
    }

    fn domain(&self, account: u32) -> &'static str {
        let domains = if self.is_managed(account) {
            &CLAIMED_DOMAINS
        } else {
            &FOREIGN_DOMAINS
        };
        domains[usize::from(self.noise(salt::FACETS, account) & 3 == 0)]
    }

    /// Whether rows show the address.
    pub(super) fn shows_email(&self, account: u32) -> bool {
        let hidden = self.spec.quirks.missing_emails && class::NO_EMAIL.contains(&self.class(account));
        !hidden && self.account_type(account) != "app"
    }

    /// The account with that address, whether or not rows show it. Case does not matter.
    pub(super) fn find_address(&self, address: &str) -> Option<u32> {
        let (mailbox, _) = address.rsplit_once('@')?;
        let n = Person::find(mailbox)?;
        let account = if n < self.spec.users {
            self.names.find(n)
        } else {
            n
        };
        let mut own = String::new();
        if account < self.all_accounts() && self.account_type(account) != "app" {
            self.write_address(&mut own, account);
        }
        own.eq_ignore_ascii_case(address).then_some(account)
    }

    /// Whether the role assignments of the account can be read; otherwise they answer 404.
    pub(super) fn roles_readable(&self, account: u32) -> bool {
        let quirks = &self.spec.quirks;
        match self.listing(account) {
            Listing::Search => {
                let gone =
                    quirks.statuses && matches!(self.class(account), class::FOR_DELETION | class::CLOSED);
                !gone && !self.is(account, quirks.unreadable_accounts, class::UNREADABLE)
            }
            Listing::ManagedOnly => true,
            Listing::Unlisted => !self.is_gone(account),
        }
    }
}
