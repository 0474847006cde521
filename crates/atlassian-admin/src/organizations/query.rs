//! What a listing of directories is narrowed to.

use crate::parameter::{ParameterError, Params, at_most, not_empty};
use crate::{AccountId, DirectoryId};

/// A checked query for [`query_directories`](crate::AdminClient::query_directories). The default finds every
/// directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryQuery {
    account: Option<AccountId>,
    directories: Vec<DirectoryId>,
    search_term: Option<String>,
}

impl DirectoryQuery {
    /// The length of a page.
    pub(crate) const LIMIT: u16 = 100;

    /// The directories that an account belongs to.
    #[must_use]
    pub fn of_account(account: AccountId) -> Self {
        Self {
            account: Some(account),
            ..Self::default()
        }
    }

    /// These directories (1 to 10).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when there are none or more than ten.
    pub fn of_ids(directories: impl IntoIterator<Item = DirectoryId>) -> Result<Self, ParameterError> {
        let directories: Vec<_> = directories.into_iter().collect();
        at_most("directoryIds", &directories, 10)?;
        not_empty(
            "directoryIds",
            &directories,
            "without one, every directory would be found",
        )?;
        Ok(Self {
            directories,
            ..Self::default()
        })
    }

    /// Directories whose name contains this.
    #[must_use]
    pub fn named(search_term: &str) -> Self {
        Self {
            search_term: Some(search_term.to_owned()),
            ..Self::default()
        }
    }

    pub(crate) fn params(&self) -> Params {
        let mut params = Params::default();
        params
            .one("limit", Some(Self::LIMIT))
            .one("accountId", self.account.as_ref())
            .many("directoryIds", &self.directories)
            .one("searchTerm", self.search_term.as_ref());
        params
    }
}
