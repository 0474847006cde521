//! The operations on users and on groups (RFC 7644 §3.3 to §3.6).

use crate::attribute::Selection;
use crate::client::{ScimClient, Write};
use crate::error::ScimError;
use crate::etag::ETag;
use crate::filter::Filter;
use crate::model::{Created, Endpoint, Resource, Stored, Written};
use crate::operation::Operation;
use crate::page;
use crate::patch::Patch;
use crate::profile::Purpose;
use crate::query::Query;
use futures_util::Stream;
use http_kit::Receipt;
use http_kit::{Call, Cursor, Page};
use std::fmt;
use std::marker::PhantomData;

/// The users or the groups of a server. Made by [`ScimClient::users`] and [`ScimClient::groups`].
pub struct Resources<R> {
    client: ScimClient,
    kind: PhantomData<fn() -> R>,
}

/// What a change is to be answered with, and on which condition it is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct WriteOptions {
    pub(crate) selection: Selection,
    pub(crate) if_match: Option<ETag>,
}

impl WriteOptions {
    /// Answers with these attributes.
    pub fn selection(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Changes the resource only if it still has this version (`If-Match`). Without it the last writer wins.
    pub fn if_match(mut self, etag: ETag) -> Self {
        self.if_match = Some(etag);
        self
    }
}

impl<R: Resource> Resources<R> {
    pub(crate) fn new(client: ScimClient) -> Self {
        Self {
            client,
            kind: PhantomData,
        }
    }

    /// One page of a listing, from a cursor of an earlier page or from the beginning.
    ///
    /// What the server counts and does not give is reported among the bad rows, with the field `totalResults`.
    /// A listing by index is not a snapshot: tell resources apart by their ids. It ends when as many resources came
    /// as the server counts.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`CursorRefused`](crate::ScimErrorKind::CursorRefused) when the listing has to start
    /// again, [`Unreadable`](crate::ScimErrorKind::Unreadable) when the server gives the same page again.
    pub async fn list(&self, query: &Query, from: Option<&Cursor>) -> Result<Page<Stored<R>>, ScimError> {
        let operation = &self.endpoint().list;
        let asked = self.client.ask(operation, Some(R::KIND), query, from)?;
        let call = self.client.listing(operation, query, &asked);
        self.client.page(call, &asked).await
    }

    /// Every page of [`list`](Self::list), from a cursor or from the beginning.
    pub fn list_stream(
        &self,
        query: Query,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Stored<R>>, ScimError>> + Send + use<R> {
        let resources = self.clone();
        let operation = &self.endpoint().list;
        self.client.pages(operation, from, move |cursor| {
            let (resources, query) = (resources.clone(), query.clone());
            async move { resources.list(&query, cursor.as_ref()).await }
        })
    }

    /// One page of a search: a listing whose query travels in the body, where no log of addresses keeps it
    /// (RFC 7644 §3.4.3).
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`NotOffered`](crate::ScimErrorKind::NotOffered) where there is none.
    pub async fn search(&self, query: &Query, from: Option<&Cursor>) -> Result<Page<Stored<R>>, ScimError> {
        let operation = &self.endpoint().search;
        self.client.search_at(operation, Some(R::KIND), query, from).await
    }

    /// Every page of [`search`](Self::search), from a cursor or from the beginning.
    pub fn search_stream(
        &self,
        query: Query,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<Stored<R>>, ScimError>> + Send + use<R> {
        let resources = self.clone();
        let operation = &self.endpoint().search;
        self.client.pages(operation, from, move |cursor| {
            let (resources, query) = (resources.clone(), query.clone());
            async move { resources.search(&query, cursor.as_ref()).await }
        })
    }

    /// How many resources the server counts, all or those that meet a condition.
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub async fn count(&self, filter: Option<&Filter>) -> Result<u64, ScimError> {
        let operation = &self.endpoint().list;
        let query = Query {
            filter: filter.cloned(),
            ..Query::default()
        };
        let least = self.client.profile().least_count();
        let asked = self
            .client
            .ask_for(operation, Some(R::KIND), &query, None, least)?;
        let call = self.client.listing(operation, &query, &asked);
        let answer = self.client.send(call).await?;
        page::decode_total(&answer).map_err(|error| self.client.failed(error))
    }

    /// One resource by its id.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`NotFound`](crate::ScimErrorKind::NotFound) when there is none.
    pub async fn get(&self, id: &R::Id, selection: &Selection) -> Result<Stored<R>, ScimError> {
        let call = self.one(&self.endpoint().get, Some(id), selection)?;
        self.client.stored(&self.client.send(call).await?, Some(id))
    }

    /// One resource by its id if it has another version than this one; nothing if it still has it.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn get_unless(
        &self,
        id: &R::Id,
        etag: &ETag,
        selection: &Selection,
    ) -> Result<Option<Stored<R>>, ScimError> {
        let operation = &self.endpoint().get;
        let call = self.one(operation, Some(id), selection)?;
        let call = self.client.if_none_match(call, operation, etag)?;
        self.client.unless_same(call, Some(id)).await
    }

    /// Creates a resource. It is sent once: whether a creation without an answer was carried out has to be
    /// looked up.
    ///
    /// Where the profile says [`CreatesOrLinks`](crate::CreationEffect::CreatesOrLinks), success does not mean
    /// that an account is new.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`Taken`](crate::ScimErrorKind::Taken) when the server has one with this name,
    /// [`Unreadable`](crate::ScimErrorKind::Unreadable) with the status 201 when it was created and the answer shows
    /// neither it nor its address.
    pub fn create(&self, resource: &R, selection: &Selection) -> Write<Created<R>> {
        let operation = &self.endpoint().create;
        let call = self.one(operation, None, selection).and_then(|call| {
            self.client
                .with_resource(call, operation, resource, Purpose::Create)
        });
        self.client.write(operation, &[], call, ScimClient::created)
    }

    /// Replaces a resource: what is absent is cleared (RFC 7644 §3.5.1). Read the resource, change it, and give
    /// it back; what this crate does not name goes back as it came.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`VersionMismatch`](crate::ScimErrorKind::VersionMismatch) when it has changed since.
    pub fn replace(&self, id: &R::Id, resource: &R, options: &WriteOptions) -> Write<Written<R>> {
        let operation = &self.endpoint().replace;
        let call = self.guarded(operation, id, options).and_then(|call| {
            self.client
                .with_resource(call, operation, resource, Purpose::Replace)
        });
        self.rewritten(operation, id, call)
    }

    /// Changes a resource. It is sent once, unless a version guards it: twice may add a value twice.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`NoTarget`](crate::ScimErrorKind::NoTarget) when a condition finds nothing,
    /// [`Immutable`](crate::ScimErrorKind::Immutable) when an attribute cannot be changed,
    /// [`VersionMismatch`](crate::ScimErrorKind::VersionMismatch) when the resource has changed since.
    pub fn patch(&self, id: &R::Id, patch: &Patch, options: &WriteOptions) -> Write<Written<R>> {
        let operation = &self.endpoint().patch;
        let checked = self.client.profile().check_patch(operation, R::KIND, patch);
        let call = self
            .client
            .allowed(checked)
            .and_then(|()| self.guarded(operation, id, options))
            .and_then(|call| self.client.with_body(call, patch));
        self.rewritten(operation, id, call)
    }

    /// Deletes a resource; with a version, only if it still has that.
    ///
    /// Where the profile says [`Deactivates`](crate::DeletionEffect::Deactivates), the account behind a user
    /// stays.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`NotFound`](crate::ScimErrorKind::NotFound) when there is none. After more than one try it
    /// may be the first that deleted it.
    pub fn delete(&self, id: &R::Id, if_match: Option<&ETag>) -> Write<Receipt> {
        let operation = &self.endpoint().delete;
        let values = [id.as_ref()];
        let call = self.client.call(operation, &values);
        let call = self.client.if_match(call, operation, if_match);
        self.client.write(operation, &values, call, ScimClient::deleted)
    }

    /// A call that changes a resource, if it still has the version.
    fn guarded(&self, operation: &Operation, id: &R::Id, options: &WriteOptions) -> Result<Call, ScimError> {
        let call = self.one(operation, Some(id), &options.selection)?;
        self.client.if_match(call, operation, options.if_match.as_ref())
    }

    /// A write that is answered with the resource, or with nothing but success.
    fn rewritten(
        &self,
        operation: &Operation,
        id: &R::Id,
        call: Result<Call, ScimError>,
    ) -> Write<Written<R>> {
        let asked = id.clone();
        self.client
            .write(operation, &[id.as_ref()], call, move |client, answer| {
                client.written(answer, Some(&asked))
            })
    }

    fn endpoint(&self) -> &'static Endpoint {
        R::KIND.endpoint()
    }

    /// A call about one resource, or to create one.
    fn one(
        &self,
        operation: &Operation,
        id: Option<&R::Id>,
        selection: &Selection,
    ) -> Result<Call, ScimError> {
        let values: Vec<&str> = id.into_iter().map(AsRef::as_ref).collect();
        self.client.selecting(
            self.client.call(operation, &values),
            operation,
            R::KIND,
            selection,
        )
    }
}

impl<R> Clone for Resources<R> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            kind: PhantomData,
        }
    }
}

impl<R: Resource> fmt::Debug for Resources<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources")
            .field("kind", &R::KIND)
            .field("client", &self.client)
            .finish()
    }
}
