//! The organization and its directories.

mod model;
mod query;

use futures_util::Stream;
use http_kit::{Cursor, Page};

pub use model::{Directory, Organization, OrganizationAttributes};
pub use query::DirectoryQuery;

use crate::operation::{DIRECTORIES_LIST, ORGANIZATION_GET, ORGANIZATION_LIST};
use crate::page::VENDORS_CHOICE;
use crate::{AdminClient, AdminError};

impl AdminClient {
    /// The organization of this client.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`OrganizationNotFound`](crate::AdminErrorKind::OrganizationNotFound) when the id is
    /// wrong or not the key's.
    pub async fn organization(&self) -> Result<Organization, AdminError> {
        let call = ORGANIZATION_GET.call(&[self.org().as_str()]);
        self.row(call, self.org().as_str(), |organization: &Organization| {
            organization.id.as_str()
        })
        .await
    }

    /// One page of the organizations of the key.
    ///
    /// A key without scopes sees its one organization; a key with scopes sees none, without an error. So an
    /// empty listing says nothing, and the id of the organization has to be configured.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn organizations(&self, cursor: Option<&Cursor>) -> Result<Page<Organization>, AdminError> {
        self.page_by_query(ORGANIZATION_LIST.call(&[]), cursor, VENDORS_CHOICE)
            .await
    }

    /// Every page of [`organizations`](Self::organizations), from a cursor or from the beginning.
    pub fn organizations_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Organization>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(ORGANIZATION_LIST, from, move |cursor| {
            let client = client.clone();
            async move { client.organizations(cursor.as_ref()).await }
        })
    }

    /// One page of the user directories of the organization. These are not its SCIM directories.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn directories(&self, cursor: Option<&Cursor>) -> Result<Page<Directory>, AdminError> {
        self.query_directories(&DirectoryQuery::default(), cursor).await
    }

    /// Every page of [`directories`](Self::directories), from a cursor or from the beginning.
    pub fn directories_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Directory>, AdminError>> + Send + use<> {
        self.query_directories_stream(DirectoryQuery::default(), from)
    }

    /// One page of the user directories that a query finds, such as those of one account.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn query_directories(
        &self,
        query: &DirectoryQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Directory>, AdminError> {
        let call = DIRECTORIES_LIST.call_with(&[self.org().as_str()], &query.params());
        self.page_by_query(call, cursor, DirectoryQuery::LIMIT).await
    }

    /// Every page of [`query_directories`](Self::query_directories), from a cursor or from the beginning.
    pub fn query_directories_stream(
        &self,
        query: DirectoryQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Directory>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(DIRECTORIES_LIST, from, move |cursor| {
            let (client, query) = (client.clone(), query.clone());
            async move { client.query_directories(&query, cursor.as_ref()).await }
        })
    }
}
