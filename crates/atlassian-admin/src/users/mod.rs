//! Accounts of the organization's directories.

mod filter;
mod invite;
mod lifecycle;
mod model;
mod row;
mod search;

use futures_util::Stream;
use http_kit::{Cursor, Page, Row};

pub use filter::UserFilter;
pub use invite::{
    Invitation, InviteGroupResult, InviteOutcome, InviteResult, InviteRoleResult, InviteStatus, Invited,
};
pub use model::{GroupBrief, ProductActivity, RoleCount, StatusCount, User, UserCounts, UserStats};
pub use row::UserRow;
pub use search::{UserExpand, UserQuery, UserSearch, UserSearchBuilder};

use crate::client::{Count, at};
use crate::operation::{USERS_COUNT, USERS_GET, USERS_LIST, USERS_SEARCH, USERS_STATS};
use crate::{AccountId, AdminClient, AdminError, DirectoryRef};

impl AdminClient {
    /// One page of the accounts that a search finds: the current listing.
    ///
    /// Reads accounts of every status, in a directory or not, unless the search says otherwise.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; with a cursor, [`CursorRefused`](crate::AdminErrorKind::CursorRefused) when the
    /// listing has to start again.
    pub async fn search_users(
        &self,
        directory: &DirectoryRef,
        search: &UserSearch,
        cursor: Option<&Cursor>,
    ) -> Result<Page<User>, AdminError> {
        self.search_users_as(directory, search, cursor).await
    }

    /// The same with rows of the caller's type: [`UserRow`], or one with just the fields that are needed.
    ///
    /// # Errors
    ///
    /// Those of [`search_users`](Self::search_users). A row that is not of that type is a bad row of the page.
    pub async fn search_users_as<T: Row>(
        &self,
        directory: &DirectoryRef,
        search: &UserSearch,
        cursor: Option<&Cursor>,
    ) -> Result<Page<T>, AdminError> {
        let call = USERS_SEARCH
            .call(&[self.org().as_str(), directory.as_str()])
            .json(&at(search, cursor));
        self.page(call, cursor, search.limit()).await
    }

    /// Every page of [`search_users`](Self::search_users), from a cursor or from the beginning.
    pub fn search_users_stream(
        &self,
        directory: DirectoryRef,
        search: UserSearch,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<User>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(USERS_SEARCH, from, move |cursor| {
            let (client, directory, search) = (client.clone(), directory.clone(), search.clone());
            async move { client.search_users(&directory, &search, cursor.as_ref()).await }
        })
    }

    /// One page of the older listing, which the vendor ends after 2027-06-30.
    ///
    /// For organizations that do not have [`search_users`](Self::search_users). Nothing can be expanded.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn list_users(
        &self,
        directory: &DirectoryRef,
        query: &UserQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<User>, AdminError> {
        self.list_users_as(directory, query, cursor).await
    }

    /// The same with rows of the caller's type, as [`search_users_as`](Self::search_users_as).
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn list_users_as<T: Row>(
        &self,
        directory: &DirectoryRef,
        query: &UserQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<T>, AdminError> {
        let call = USERS_LIST.call_with(&[self.org().as_str(), directory.as_str()], &query.0.params());
        self.page_by_query(call, cursor, query.0.limit()).await
    }

    /// Every page of [`list_users`](Self::list_users), from a cursor or from the beginning.
    pub fn list_users_stream(
        &self,
        directory: DirectoryRef,
        query: UserQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<User>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(USERS_LIST, from, move |cursor| {
            let (client, directory, query) = (client.clone(), directory.clone(), query.clone());
            async move { client.list_users(&directory, &query, cursor.as_ref()).await }
        })
    }

    /// One account, with roles of the platform and counts.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`AccountNotFound`](crate::AdminErrorKind::AccountNotFound) when it is not in the
    /// organization.
    pub async fn user(&self, directory: &DirectoryRef, account: &AccountId) -> Result<User, AdminError> {
        let call = USERS_GET.call(&[self.org().as_str(), directory.as_str(), account.as_str()]);
        self.row(call, account.as_str(), |user: &User| user.account_id.as_str())
            .await
    }

    /// How many accounts fit a query; its limit means nothing here.
    ///
    /// Counts managed accounts outside every directory as well, unless the query names directories.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn count_users(&self, directory: &DirectoryRef, query: &UserQuery) -> Result<u64, AdminError> {
        let call = USERS_COUNT.call_with(&[self.org().as_str(), directory.as_str()], &query.0.conditions());
        self.json::<Count>(call).await.map(|answer| answer.count)
    }

    /// Totals of a directory's accounts, by state and by role.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn user_stats(&self, directory: &DirectoryRef) -> Result<UserStats, AdminError> {
        self.json(USERS_STATS.call(&[self.org().as_str(), directory.as_str()]))
            .await
    }
}
