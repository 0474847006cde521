//! The client of one server, and the few ways in which its operations are sent and read.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderName, StatusCode};
use http_kit::{Answer, ApiError, Call, HttpClient, HttpClientBuilder, Idempotency, Secret, Transport};
use serde::Serialize;
use url::Url;

use crate::attribute::Selection;
use crate::bulk::{BulkRequest, BulkResponse};
use crate::discovery::Discovery;
use crate::error::{ScimError, decode_error};
use crate::etag::ETag;
use crate::me::Me;
use crate::model::{Created, Resource, ResourceKind, Stored, Written, object};
use crate::operation::Operation;
use crate::parameter::ParameterError;
use crate::profile::{Profile, ProfileError, Purpose};
use crate::resources::Resources;
use crate::{Group, User};
use http_kit::Receipt;

/// A client of one server, or of one directory of it. Clones are the same client.
///
/// Every operation is one request (with its retries), held against the [`Profile`] before it is sent.
///
/// Dropping a call, because its time is up for example, gives it up, and its place among the requests under way is free again.
/// Whether a change that was under way is carried out is then unknown: read the resource before it is sent again.
#[derive(Clone)]
pub struct ScimClient(Arc<Parts>);

struct Parts {
    http: HttpClient,
    profile: Profile,
}

/// Sets up the HTTP client of a server: the key as a bearer token, how errors are read, and where ids of requests
/// are found.
///
/// `base` is the address that all paths of RFC 7644 §3.2 stand below, such as `https://host.example/scim/v2`; for
/// Atlassian see [`atlassian_url`](crate::atlassian_url). An answer is at most as large as the transport allows,
/// 32 MiB unless it is told otherwise; a group comes with all of its members.
pub fn http_builder(transport: Arc<dyn Transport>, base: Url, key: Secret) -> HttpClientBuilder {
    HttpClient::builder(transport, base)
        .bearer(key)
        .user_agent(concat!("scim-client/", env!("CARGO_PKG_VERSION")))
        .error_decoder(decode_error)
        .request_id_headers(
            ["x-request-id", "atl-traceid", "atl-request-id", "x-trace-id"].map(HeaderName::from_static),
        )
}

impl ScimClient {
    /// A client over an HTTP client made with [`http_builder`], for a server of this profile.
    #[must_use]
    pub fn new(http: HttpClient, profile: Profile) -> Self {
        Self(Arc::new(Parts { http, profile }))
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> Resources<User> {
        Resources::new(self.clone())
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> Resources<Group> {
        Resources::new(self.clone())
    }

    /// The user whose key it is (RFC 7644 §3.11).
    #[must_use]
    pub fn me(&self) -> Me {
        Me::new(self.clone())
    }

    /// What the server says of itself.
    #[must_use]
    pub fn discovery(&self) -> Discovery {
        Discovery::new(self.clone())
    }

    /// Carries out several operations with one request (RFC 7644 §3.7). The server may carry out some and not
    /// others; each has an outcome of its own.
    ///
    /// # Errors
    ///
    /// [`ScimError`] when the request as a whole is refused or not answered;
    /// [`TooLarge`](crate::ScimErrorKind::TooLarge) when it is more than the server takes at once.
    pub async fn bulk(&self, request: &BulkRequest) -> Result<BulkResponse, ScimError> {
        crate::bulk::send(self, request).await
    }

    /// The profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// The HTTP client, for its counts.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.0.http
    }

    /// A call in the media type of the profile.
    pub(crate) fn call(&self, operation: &Operation, values: &[&str]) -> Call {
        operation
            .call(values)
            .header(ACCEPT, self.profile().media_type().accept())
    }

    /// The call with a body.
    pub(crate) fn with_body(&self, call: Call, body: &impl Serialize) -> Result<Call, ScimError> {
        let body =
            serde_json::to_vec(body).map_err(|_| self.bad(ParameterError::NotJson { parameter: "body" }))?;
        Ok(self.with_bytes(call, body.into()))
    }

    /// The call with a whole resource, held against the profile.
    pub(crate) fn with_resource<R: Resource>(
        &self,
        call: Call,
        operation: &Operation,
        resource: &R,
        purpose: Purpose,
    ) -> Result<Call, ScimError> {
        let object = object(resource).map_err(|error| self.bad(error))?;
        let body = self.profile().body(operation, R::KIND, object, purpose);
        self.with_body(call, &self.allowed(body)?)
    }

    pub(crate) fn with_bytes(&self, call: Call, body: Bytes) -> Call {
        call.body(self.profile().media_type().as_str(), body)
    }

    /// The call, carried out only if the resource still has this version. A second sending is then refused,
    /// so sending it twice has the effect of once.
    pub(crate) fn if_match(
        &self,
        call: Call,
        operation: &Operation,
        etag: Option<&ETag>,
    ) -> Result<Call, ScimError> {
        let Some(etag) = etag else { return Ok(call) };
        self.allowed(self.profile().check_condition(operation, "If-Match"))?;
        let call = call.header(IF_MATCH, etag.as_str());
        Ok(match etag.as_str() {
            // "Whatever it is" still holds after the first sending.
            "*" => call,
            _ => call.idempotency(Idempotency::Idempotent),
        })
    }

    /// The call, answered only if the resource has another version.
    pub(crate) fn if_none_match(
        &self,
        call: Call,
        operation: &Operation,
        etag: &ETag,
    ) -> Result<Call, ScimError> {
        self.allowed(self.profile().check_condition(operation, "If-None-Match"))?;
        Ok(call.header(IF_NONE_MATCH, etag.as_str()))
    }

    /// The call, with the attributes that are wanted in the answer.
    pub(crate) fn selecting(
        &self,
        call: Call,
        operation: &Operation,
        kind: ResourceKind,
        selection: &Selection,
    ) -> Result<Call, ScimError> {
        self.allowed(self.profile().check_selection(operation, kind, selection))?;
        Ok(match selection.parameter() {
            Some((key, value)) => call.query(key, value),
            None => call,
        })
    }

    /// An answer that is a resource.
    pub(crate) fn stored<R: Resource>(&self, answer: &Answer) -> Result<Stored<R>, ScimError> {
        let stored: Stored<R> = answer.json().map_err(|error| self.failed(error))?;
        Ok(stored.with_header(ETag::of(&answer.headers)))
    }

    /// An answer to a creation.
    pub(crate) fn created<R: Resource>(&self, answer: &Answer) -> Result<Created<R>, ScimError> {
        let stored = self.stored(answer)?;
        Ok(Created {
            stored,
            receipt: Receipt::from(answer),
        })
    }

    /// An answer that may be a resource, or nothing but success.
    pub(crate) fn written<R: Resource>(&self, answer: &Answer) -> Result<Written<R>, ScimError> {
        let stored = match answer.body.is_empty() {
            true => None,
            false => Some(self.stored::<R>(answer)?),
        };
        let of_resource = || stored.as_ref().and_then(Stored::etag).cloned();
        let etag = ETag::of(&answer.headers).or_else(of_resource);
        Ok(Written {
            stored,
            etag,
            receipt: Receipt::from(answer),
        })
    }

    /// An answer that is a resource, or that it has the version that is known.
    pub(crate) async fn unless_same<R: Resource>(&self, call: Call) -> Result<Option<Stored<R>>, ScimError> {
        match self.http().send(call).await {
            Ok(answer) => self.stored(&answer).map(Some),
            Err(error) if error.status() == Some(StatusCode::NOT_MODIFIED.as_u16()) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Answer, ScimError> {
        self.http().send(call).await.map_err(|error| self.failed(error))
    }

    /// What the profile said, as an error of this client.
    pub(crate) fn allowed<T>(&self, checked: Result<T, ProfileError>) -> Result<T, ScimError> {
        checked.map_err(|error| ScimError::refused(error, self.profile().effects().creation))
    }

    pub(crate) fn failed(&self, error: ApiError) -> ScimError {
        ScimError::answered(error, self.profile().effects().creation)
    }

    pub(crate) fn bad(&self, error: ParameterError) -> ScimError {
        ScimError::parameter(error, self.profile().effects().creation)
    }
}

impl fmt::Debug for ScimClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimClient")
            .field("http", self.http())
            .field("profile", &self.profile().name())
            .finish()
    }
}
