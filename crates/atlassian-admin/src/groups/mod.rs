//! Groups of the organization's directories.

mod change;
mod model;
mod search;

use futures_util::Stream;
use http_kit::{Cursor, Page};

pub use change::NewGroup;
pub use model::{Group, GroupCounts, GroupStats, GroupTotals, GroupType, GroupTypeCount, ManagementAccess};
pub use search::{GroupExpand, GroupFilter, GroupQuery, GroupSearch, GroupSearchBuilder};

use crate::client::{Count, at};
use crate::operation::{GROUPS_COUNT, GROUPS_GET, GROUPS_LIST, GROUPS_SEARCH, GROUPS_STATS};
use crate::{AdminClient, AdminError, DirectoryRef, GroupId};

impl AdminClient {
    /// One page of the groups that a search finds: the current listing.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; with a cursor, [`CursorRefused`](crate::AdminErrorKind::CursorRefused) when the
    /// listing has to start again.
    pub async fn search_groups(
        &self,
        directory: &DirectoryRef,
        search: &GroupSearch,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Group>, AdminError> {
        let call = GROUPS_SEARCH
            .call(&[self.org().as_str(), directory.as_str()])
            .json(&at(search, cursor));
        self.page(call, cursor, search.limit()).await
    }

    /// Every page of [`search_groups`](Self::search_groups), from a cursor or from the beginning.
    pub fn search_groups_stream(
        &self,
        directory: DirectoryRef,
        search: GroupSearch,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Group>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(GROUPS_SEARCH, from, move |cursor| {
            let (client, directory, search) = (client.clone(), directory.clone(), search.clone());
            async move { client.search_groups(&directory, &search, cursor.as_ref()).await }
        })
    }

    /// One page of the older listing, which the vendor ends after 2027-06-30.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn list_groups(
        &self,
        directory: &DirectoryRef,
        query: &GroupQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Group>, AdminError> {
        let call = GROUPS_LIST.call_with(&[self.org().as_str(), directory.as_str()], &query.0.params());
        self.page_by_query(call, cursor, query.0.limit()).await
    }

    /// Every page of [`list_groups`](Self::list_groups), from a cursor or from the beginning.
    pub fn list_groups_stream(
        &self,
        directory: DirectoryRef,
        query: GroupQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Group>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(GROUPS_LIST, from, move |cursor| {
            let (client, directory, query) = (client.clone(), directory.clone(), query.clone());
            async move { client.list_groups(&directory, &query, cursor.as_ref()).await }
        })
    }

    /// One group. With [`DirectoryRef::Any`] this is how to learn the directory that a group belongs to.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`GroupNotFound`](crate::AdminErrorKind::GroupNotFound) when there is none.
    pub async fn group(&self, directory: &DirectoryRef, group: &GroupId) -> Result<Group, AdminError> {
        let call = GROUPS_GET.call(&[self.org().as_str(), directory.as_str(), group.as_str()]);
        self.row(call, group.as_str(), |group: &Group| group.id.as_str())
            .await
    }

    /// How many groups fit a query; its limit means nothing here.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn count_groups(
        &self,
        directory: &DirectoryRef,
        query: &GroupQuery,
    ) -> Result<u64, AdminError> {
        let call = GROUPS_COUNT.call_with(&[self.org().as_str(), directory.as_str()], &query.0.conditions());
        self.json::<Count>(call).await.map(|answer| answer.count)
    }

    /// Totals of a directory's groups, by origin and by kind.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn group_stats(&self, directory: &DirectoryRef) -> Result<GroupStats, AdminError> {
        self.json(GROUPS_STATS.call(&[self.org().as_str(), directory.as_str()]))
            .await
    }
}
