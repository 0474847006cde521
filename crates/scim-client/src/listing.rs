//! How listings and searches are sent and read, page by page, and the search over resources of every kind.

use crate::client::ScimClient;
use crate::error::ScimError;
use crate::model::{AnyResource, Resource, ResourceKind, Stored};
use crate::operation::{Operation, SEARCH};
use crate::page::{self, Asked, Place, Row};
use crate::query::Query;
use futures_util::Stream;
use http_kit::{ApiError, ApiErrorKind, Call, Cursor, Page, stream_pages};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

impl ScimClient {
    /// One page of a search over resources of every kind (RFC 7644 §3.4.2.1).
    ///
    /// # Errors
    ///
    /// As [`Resources::search`](crate::Resources::search).
    pub async fn search(&self, query: &Query, from: Option<&Cursor>) -> Result<Page<AnyResource>, ScimError> {
        self.search_at(&SEARCH, None, query, from).await
    }

    /// Every page of [`search`](Self::search), from a cursor or from the beginning.
    pub fn search_stream(
        &self,
        query: Query,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<AnyResource>, ScimError>> + Send + use<> {
        let client = self.clone();
        self.pages(&SEARCH, from, move |cursor| {
            let (client, query) = (client.clone(), query.clone());
            async move { client.search(&query, cursor.as_ref()).await }
        })
    }

    pub(crate) async fn search_at<T: Row>(
        &self,
        operation: &Operation,
        kind: Option<ResourceKind>,
        query: &Query,
        from: Option<&Cursor>,
    ) -> Result<Page<T>, ScimError> {
        self.allowed(self.profile().check_search(operation))?;
        let asked = self.ask(operation, kind, query, from)?;
        let body = query.body(&asked.place.start, asked.count);
        let call = self.with_body(self.call(operation, &[]), &body)?;
        self.page(call, &asked).await
    }

    /// What a listing asks for at this place, held against the profile.
    pub(crate) fn ask(
        &self,
        operation: &Operation,
        kind: Option<ResourceKind>,
        query: &Query,
        from: Option<&Cursor>,
    ) -> Result<Asked, ScimError> {
        self.ask_for(operation, kind, query, from, self.profile().count_of(query))
    }

    /// The same for so many resources.
    pub(crate) fn ask_for(
        &self,
        operation: &Operation,
        kind: Option<ResourceKind>,
        query: &Query,
        from: Option<&Cursor>,
        count: u32,
    ) -> Result<Asked, ScimError> {
        let profile = self.profile();
        let first = profile.paging_of(query).first();
        let place = Place::start(first, from).map_err(|error| self.bad(error))?;
        self.allowed(profile.check_listing(operation, kind, query, &place.start, count))?;
        Ok(Asked {
            place,
            from: from.cloned(),
            count,
        })
    }

    /// The call of a listing.
    pub(crate) fn listing(&self, operation: &Operation, query: &Query, asked: &Asked) -> Call {
        query
            .parameters(&asked.place.start, asked.count)
            .iter()
            .fold(self.call(operation, &[]), |call, (key, value)| {
                call.query(key, value)
            })
    }

    pub(crate) async fn page<T: Row>(&self, call: Call, asked: &Asked) -> Result<Page<T>, ScimError> {
        let answer = self.send(call).await?;
        page::decode(&answer, asked).map_err(|error| self.failed(error))
    }

    /// Every page of a listing.
    pub(crate) fn pages<T, F, Fut>(
        &self,
        operation: &Operation,
        from: Option<Cursor>,
        mut fetch: F,
    ) -> impl Stream<Item = Result<Page<T>, ScimError>> + Send + use<T, F, Fut>
    where
        T: Send,
        F: FnMut(Option<Cursor>) -> Fut + Send,
        Fut: Future<Output = Result<Page<T>, ScimError>> + Send,
    {
        let (client, name) = (self.clone(), operation.name);
        // A cursor of this crate tells how many came before, so the server's own is looked for again.
        let known: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let fetch = move |from: Option<Cursor>| {
            let (page, client, known) = (fetch(from), client.clone(), known.clone());
            async move {
                let page = page.await?;
                let cursor = page.next.as_ref().and_then(page::server_cursor);
                let is_new = |cursor| {
                    known
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(cursor)
                };
                match cursor.is_none_or(is_new) {
                    true => Ok(page),
                    false => Err(client.failed(again(name))),
                }
            }
        };
        let client = self.clone();
        stream_pages(name, from, fetch, move |error| client.failed(error.into()))
    }
}

fn again(operation: &'static str) -> ApiError {
    let reason = "the cursor of the next page was used before, so the listing would never end";
    ApiError::new(ApiErrorKind::Protocol, operation, reason)
}

impl<R: Resource> Row for Stored<R> {
    fn identity(&self) -> &str {
        self.id.as_ref()
    }
}

impl Row for AnyResource {
    fn identity(&self) -> &str {
        match self {
            Self::User(user) => user.identity(),
            Self::Group(group) => group.identity(),
            Self::Other(members) => members.get("id").and_then(|id| id.as_str()).unwrap_or_default(),
        }
    }
}
