//! Changes to how accounts stand to a directory: suspend, restore, remove.
//!
//! To suspend is not to deactivate: a suspended account loses its access in this organization, keeps its
//! groups and roles for the day it is restored, and works elsewhere.
//! [`disable_account`](crate::AdminClient::disable_account) stops it everywhere.

use crate::operation::{Operation, USERS_REMOVE, USERS_RESTORE, USERS_SUSPEND};
use crate::{AccountId, AdminClient, DirectoryId, Write};

/// Without a body these operations answer 415, although none is documented.
#[derive(serde::Serialize)]
struct Empty {}

impl AdminClient {
    /// Suspends an account in a directory. Its seat is freed, its groups and roles are kept.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`OrganizationAdmin`](crate::AdminErrorKind::OrganizationAdmin) because an
    /// administrator of the organization cannot be suspended. What a repeated suspension answers is not
    /// documented: read the account first.
    pub fn suspend_user(&self, directory: &DirectoryId, account: &AccountId) -> Write {
        self.change_membership(USERS_SUSPEND, directory, account)
    }

    /// Restores a suspended account in a directory, with its groups and roles. It takes a seat again.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`LicenceLimit`](crate::AdminErrorKind::LicenceLimit) when there is no seat.
    pub fn restore_user(&self, directory: &DirectoryId, account: &AccountId) -> Write {
        self.change_membership(USERS_RESTORE, directory, account)
    }

    /// Removes an account from a directory, with its groups and roles. This cannot be undone.
    ///
    /// The vendor queues the removal: the account may still be listed for a while, and a managed account
    /// stays among the managed accounts.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`AccountNotFound`](crate::AdminErrorKind::AccountNotFound) when it is not there,
    /// which is also the answer when it was removed already.
    pub fn remove_user(&self, directory: &DirectoryId, account: &AccountId) -> Write {
        let values = [self.org().as_str(), directory.as_str(), account.as_str()];
        self.write(USERS_REMOVE.call(&values))
    }

    fn change_membership(&self, operation: Operation, directory: &DirectoryId, account: &AccountId) -> Write {
        let values = [self.org().as_str(), directory.as_str(), account.as_str()];
        self.write(operation.call(&values).json(&Empty {}))
    }
}
