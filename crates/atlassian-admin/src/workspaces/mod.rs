//! Instances of apps.

mod model;
mod query;

use futures_util::Stream;
use http_kit::{Cursor, Page};
use serde::Serialize;

pub use model::{Sandbox, Workspace, WorkspaceAttributes, WorkspaceStatus};
pub use query::{WorkspaceFilter, WorkspaceQuery};

use crate::operation::WORKSPACES_QUERY;
use crate::{AdminClient, AdminError};

/// What is sent: the query at first, then the cursor and nothing beside it, because the vendor refuses both
/// together.
#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    First(&'a WorkspaceQuery),
    Next { cursor: &'a str },
}

impl AdminClient {
    /// One page of every instance of an app.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn workspaces(&self, cursor: Option<&Cursor>) -> Result<Page<Workspace>, AdminError> {
        self.query_workspaces(&WorkspaceQuery::default(), cursor).await
    }

    /// Every page of [`workspaces`](Self::workspaces), from a cursor or from the beginning.
    pub fn workspaces_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Workspace>, AdminError>> + Send + use<> {
        self.query_workspaces_stream(WorkspaceQuery::default(), from)
    }

    /// One page of the instances of apps that a query finds. With a cursor the query is not sent: the cursor
    /// stands for it.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn query_workspaces(
        &self,
        query: &WorkspaceQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Workspace>, AdminError> {
        let body = match cursor {
            Some(cursor) => Body::Next {
                cursor: cursor.as_str(),
            },
            None => Body::First(query),
        };
        self.page(
            WORKSPACES_QUERY.call(&[self.org().as_str()]).json(&body),
            cursor,
            query.limit(),
        )
        .await
    }

    /// Every page of [`query_workspaces`](Self::query_workspaces), from a cursor or from the beginning.
    pub fn query_workspaces_stream(
        &self,
        query: WorkspaceQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Workspace>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(WORKSPACES_QUERY, from, move |cursor| {
            let (client, query) = (client.clone(), query.clone());
            async move { client.query_workspaces(&query, cursor.as_ref()).await }
        })
    }
}
