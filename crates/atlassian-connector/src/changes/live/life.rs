//! Whether an account is alive.

use atlassian_admin::{AccountStatus, User, UserStatus};

/// What the vendor tells of the life of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    /// It is not, in the vendor's word.
    Dead(String),
    Unstated,
}

impl Life {
    pub(crate) fn of(user: &User) -> Self {
        if waits_for_deletion(user) {
            return Self::Dead(UserStatus::ForDeletion.to_string());
        }
        match &user.status {
            Some(status @ UserStatus::Deactivated) => Self::Dead(status.to_string()),
            Some(UserStatus::Active | UserStatus::Suspended | UserStatus::NotInvited) => {
                match Self::of_status(user.account_status.as_ref()) {
                    Self::Unstated => Self::Alive,
                    stated => stated,
                }
            }
            _ => Self::of_status(user.account_status.as_ref()),
        }
    }

    pub(crate) fn of_status(status: Option<&AccountStatus>) -> Self {
        match status {
            Some(AccountStatus::Active) => Self::Alive,
            Some(status @ (AccountStatus::Inactive | AccountStatus::Closed)) => {
                Self::Dead(status.to_string())
            }
            _ => Self::Unstated,
        }
    }

    /// The vendor's word for an account that is alive no longer.
    pub(crate) fn dead(&self) -> Option<&str> {
        match self {
            Self::Dead(word) => Some(word),
            Self::Alive | Self::Unstated => None,
        }
    }
}

/// Whether the vendor says that the account waits for its deletion.
pub(crate) fn waits_for_deletion(user: &User) -> bool {
    user.status == Some(UserStatus::ForDeletion) || user.for_deletion == Some(true)
}

/// The action that brings an account back that is alive no longer, by the vendor's word for it.
pub(crate) fn revival(word: &str) -> &'static str {
    if word == UserStatus::ForDeletion.as_str() {
        "cancel_account_deletion"
    } else {
        "reactivate_account"
    }
}
