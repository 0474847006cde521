//! Accounts: who is in the artifact, from which row, and what that row says.

use super::{Expected, Reach, World};
use crate::whole::picture::Row;
use atlassian_sim::{AccountTruth, Listing};
use connector_sdk::NoticeClass;

/// The best row that names an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The listing of accounts; `completed` where the managed accounts have it too.
    Listed {
        /// Whether the managed accounts complete it.
        completed: bool,
    },
    /// The managed accounts alone.
    Managed,
    /// A group, as a member.
    Member,
    /// An API token, as its owner.
    Owner,
}

impl Source {
    /// `None` for an account of which nothing that is read tells.
    pub(super) fn of(account: &AccountTruth, reach: Reach, member: bool, owner: bool) -> Option<Self> {
        match account.listing {
            Listing::Search => Some(Self::Listed {
                completed: account.managed && reach.managed,
            }),
            Listing::ManagedOnly if reach.managed => Some(Self::Managed),
            _ if member => Some(Self::Member),
            _ if owner => Some(Self::Owner),
            _ => None,
        }
    }
}

/// The meaning of the vendor's words.
fn status(word: &str) -> &'static str {
    match word {
        "active" => "RESOURCE_STATUS_ENABLED",
        "suspended" | "not_invited" | "deactivated" | "for_deletion" | "closed" => "RESOURCE_STATUS_DISABLED",
        _ => "RESOURCE_STATUS_UNSPECIFIED",
    }
}

fn account_type(word: &str) -> &'static str {
    match word {
        "atlassian" => "ACCOUNT_TYPE_HUMAN",
        "app" => "ACCOUNT_TYPE_SERVICE",
        _ => "ACCOUNT_TYPE_UNSPECIFIED",
    }
}

impl World {
    pub(super) fn put_accounts(&self, expected: &mut Expected) {
        for (id, (account, source)) in &self.accounts {
            expected.picture.put(format!("user {id}"), row(account, *source));
            if matches!(source, Source::Member | Source::Owner) {
                expected.tell(NoticeClass::Fact, "unlisted_user", 1);
            }
            self.tell_of_roles(account, expected);
        }
    }

    /// Whether the role assignments of an account answer.
    pub(super) fn roles_are_read(&self, account: &AccountTruth) -> bool {
        self.reach.account_roles && account.roles_readable
    }

    /// Roles that cannot be read are a gap, unless the state of the account tells why there are none.
    fn tell_of_roles(&self, account: &AccountTruth, expected: &mut Expected) {
        if self.roles_are_read(account) {
            return;
        }
        let explained = matches!(
            account.status,
            Some("not_invited" | "deactivated" | "for_deletion" | "closed")
        );
        match () {
            () if !self.reach.account_roles => expected.tell(NoticeClass::Gap, "role_assignments", 1),
            () if !account.details_readable => expected.tell(NoticeClass::Fact, "deleted_meanwhile", 1),
            () if explained => expected.tell(NoticeClass::Fact, "no_role_assignments", 1),
            () => expected.tell(NoticeClass::Gap, "role_assignments", 1),
        }
    }
}

fn row(account: &AccountTruth, source: Source) -> Row {
    let (word, account_status) = match source {
        Source::Listed { completed } => (
            account.status,
            account
                .account_status
                .or(account.managed_status.filter(|_| completed)),
        ),
        Source::Member => (account.status, account.account_status),
        Source::Managed => (account.managed_status, account.managed_status),
        Source::Owner => (None, None),
    };
    let word = word.unwrap_or_default();
    let status = format!("{} {word:?}", status(word));
    let email = account.email.clone().unwrap_or_default();
    let name = if account.name.is_empty() {
        &email
    } else {
        &account.name
    };
    let row = Row::default()
        .with("name", &**name)
        .with("annotations", "UserTrait")
        .with("status", &*status)
        .with("status of the trait", status)
        .with("e-mail", &*email)
        .with("login", email)
        .with("profile account_id", &*account.id)
        .with("profile username", &*account.name)
        .with("profile account_status", account_status.unwrap_or_default());
    let row = match source {
        Source::Owner => row.with("account type", "ACCOUNT_TYPE_UNSPECIFIED"),
        _ => row
            .with("account type", account_type(account.account_type))
            .with("profile account_type", account.account_type),
    };
    let row = match source {
        Source::Listed { .. } | Source::Member => row
            .with("profile status", word)
            .with(
                "profile membership_status",
                account.membership_status.unwrap_or_default(),
            )
            .with(
                "profile claim_status",
                if account.managed { "managed" } else { "unmanaged" },
            ),
        Source::Managed | Source::Owner => row,
    };
    match source {
        Source::Listed { completed } => row
            .with(
                "profile platform_roles",
                Vec::from_iter(account.platform_roles.iter().copied()).join(", "),
            )
            .with("profile managed_account", if completed { "true" } else { "" }),
        Source::Managed => row.with("profile managed_account", "true"),
        Source::Member | Source::Owner => row.with("profile unlisted", "true"),
    }
}
