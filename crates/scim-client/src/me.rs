//! The user whose key it is (RFC 7644 §3.11).

use crate::attribute::Selection;
use crate::client::{ScimClient, Write};
use crate::error::ScimError;
use crate::etag::ETag;
use crate::model::{Created, ResourceKind, Stored, User, Written};
use crate::operation::{ME_CREATE, ME_DELETE, ME_GET, ME_PATCH, ME_REPLACE, Operation};
use crate::patch::Patch;
use crate::profile::Purpose;
use crate::resources::WriteOptions;
use http_kit::Receipt;
use http_kit::{Answer, Call};

/// The user whose key it is. Made by [`ScimClient::me`].
///
/// A server may answer with a redirect (308) to the user's own address. It is followed below the same base address, by
/// what may be sent twice; else it is an error, [`Redirected`](crate::ScimErrorKind::Redirected), since a key must not
/// travel to another place.
#[derive(Clone, Debug)]
pub struct Me {
    client: ScimClient,
}

impl Me {
    pub(crate) fn new(client: ScimClient) -> Self {
        Self { client }
    }

    /// The user.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`NotOffered`](crate::ScimErrorKind::NotOffered) where there is no such address, as it is
    /// for the other operations.
    pub async fn get(&self, selection: &Selection) -> Result<Stored<User>, ScimError> {
        let call = self.call(&ME_GET, selection)?;
        self.client.stored(&self.client.send(call).await?, None)
    }

    /// The user, if it has another version than this one.
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub async fn get_unless(
        &self,
        etag: &ETag,
        selection: &Selection,
    ) -> Result<Option<Stored<User>>, ScimError> {
        let call = self.call(&ME_GET, selection)?;
        let call = self.client.if_none_match(call, &ME_GET, etag)?;
        self.client.unless_same(call, None).await
    }

    /// Creates a user for the one who asks: registration. It is sent once.
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub fn create(&self, user: &User, selection: &Selection) -> Write<Created<User>> {
        let call = self
            .call(&ME_CREATE, selection)
            .and_then(|call| self.client.with_resource(call, &ME_CREATE, user, Purpose::Create));
        self.client.write(&ME_CREATE, &[], call, ScimClient::created)
    }

    /// Replaces the user, as [`Resources::replace`](crate::Resources::replace).
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub fn replace(&self, user: &User, options: &WriteOptions) -> Write<Written<User>> {
        let call = self.guarded(&ME_REPLACE, options).and_then(|call| {
            self.client
                .with_resource(call, &ME_REPLACE, user, Purpose::Replace)
        });
        self.client.write(&ME_REPLACE, &[], call, written)
    }

    /// Changes the user, as [`Resources::patch`](crate::Resources::patch).
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub fn patch(&self, patch: &Patch, options: &WriteOptions) -> Write<Written<User>> {
        let checked = self
            .client
            .profile()
            .check_patch(&ME_PATCH, ResourceKind::User, patch);
        let call = self
            .client
            .allowed(checked)
            .and_then(|()| self.guarded(&ME_PATCH, options))
            .and_then(|call| self.client.with_body(call, patch));
        self.client.write(&ME_PATCH, &[], call, written)
    }

    /// Deletes the user, as [`Resources::delete`](crate::Resources::delete).
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub fn delete(&self, if_match: Option<&ETag>) -> Write<Receipt> {
        let call = self
            .call(&ME_DELETE, &Selection::Default)
            .and_then(|call| self.client.if_match(call, &ME_DELETE, if_match));
        self.client.write(&ME_DELETE, &[], call, ScimClient::deleted)
    }

    /// A call that changes the user, if it still has the version.
    fn guarded(&self, operation: &Operation, options: &WriteOptions) -> Result<Call, ScimError> {
        let call = self.call(operation, &options.selection)?;
        self.client.if_match(call, operation, options.if_match.as_ref())
    }

    fn call(&self, operation: &Operation, selection: &Selection) -> Result<Call, ScimError> {
        self.client.allowed(self.client.profile().check_me(operation))?;
        let call = self.client.call(operation, &[]);
        self.client
            .selecting(call, operation, ResourceKind::User, selection)
    }
}

fn written(client: &ScimClient, answer: &Answer) -> Result<Written<User>, ScimError> {
    client.written(answer, None)
}
