//! The client of one server, and the few ways in which its operations are sent and read.

use crate::attribute::Selection;
use crate::bulk::{BulkRequest, BulkResponse};
use crate::discovery::Discovery;
use crate::error::{ScimError, decode_error};
use crate::etag::ETag;
use crate::location::resource_at;
use crate::me::Me;
use crate::model::{Created, Resource, ResourceKind, Stored, Written, object};
use crate::operation::Operation;
use crate::parameter::ParameterError;
use crate::profile::{Profile, ProfileError, Purpose};
use crate::resources::Resources;
use crate::{Group, Text, User};
use bytes::Bytes;
use http::header::{ACCEPT, IF_MATCH, IF_NONE_MATCH, LOCATION};
use http::{HeaderName, StatusCode};
use http_kit::Receipt;
use http_kit::{
    Answer, ApiError, ApiErrorKind, Call, HttpClient, HttpClientBuilder, Idempotency, Secret, Transport,
};
use serde::Serialize;
use serde::de::IgnoredAny;
use std::fmt;
use std::sync::Arc;
use url::Url;

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

/// A write of this client: what it will send, and sends when it is awaited.
pub type Write<T> = http_kit::Write<T, ScimError>;

/// A resource that has moved more often than this within one call is not looked for further.
const MOST_REDIRECTS: usize = 3;

/// Sets up the HTTP client of a server: the key as a bearer token, how errors are read, and where ids of requests
/// are found.
///
/// `base` is the address that all paths of RFC 7644 §3.2 stand below, such as `https://host.example/scim/v2`; for
/// Atlassian see [`atlassian_url`](crate::atlassian_url). An answer is at most as large as the transport allows,
/// 64 MiB unless it is told otherwise; a group comes with all of its members.
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
    pub fn bulk(&self, request: &BulkRequest) -> Write<BulkResponse> {
        crate::bulk::write(self, request)
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
        let body = self.profile().body(operation, R::KIND, object.values(), purpose);
        self.with_body(call, &object.sent(&self.allowed(body)?))
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

    /// A write: `call`, or the one that is not let through, and how its answer is read.
    pub(crate) fn write<T: 'static>(
        &self,
        operation: &Operation,
        values: &[&str],
        call: Result<Call, ScimError>,
        read: impl FnOnce(&Self, &Answer) -> Result<T, ScimError> + Send + 'static,
    ) -> Write<T> {
        let client = self.clone();
        let send = |call| async move {
            let answer = client.send(call).await?;
            read(&client, &answer)
        };
        match call {
            Ok(call) => Write::new(self.http(), call, send),
            Err(error) => Write::new(self.http(), self.call(operation, values), send).refuse(error),
        }
    }

    /// An answer that is a resource: the one with this id, if one was asked for.
    pub(crate) fn stored<R: Resource>(
        &self,
        answer: &Answer,
        id: Option<&R::Id>,
    ) -> Result<Stored<R>, ScimError> {
        let stored: Stored<R> = answer.json().map_err(|error| self.failed(error))?;
        if id.is_some_and(|id| !same_id(id, &stored.id)) {
            return Err(self.failed(about_another(answer)));
        }
        Ok(stored.with_header(ETag::of(&answer.headers)))
    }

    /// An answer to a creation. Where it lacks the resource or its id, the address of the new resource has it.
    pub(crate) fn created<R: Resource>(&self, answer: &Answer) -> Result<Created<R>, ScimError> {
        let header = answer.headers.get(LOCATION);
        let header = header.and_then(|location| location.to_str().ok());
        let told = header
            .filter(|_| answer.status == StatusCode::CREATED)
            .and_then(resource_at)
            .filter(|(kind, _)| *kind == R::KIND)
            .and_then(|(_, id)| serde_json::from_value::<R::Id>(id.into()).ok());
        let stored = match told.clone() {
            Some(_) if answer.body.trim_ascii().is_empty() => None,
            told => {
                let parts: crate::model::Parts<R> = answer.json().map_err(|error| self.failed(error))?;
                let stored = parts.stored(told.clone()).ok_or_else(|| {
                    let reason = "field id is missing, and no address of the new resource is told";
                    self.failed(answer.error(ApiErrorKind::Undecodable, reason))
                })?;
                if told.is_some_and(|told| !same_id(&told, &stored.id)) {
                    return Err(self.failed(about_another(answer)));
                }
                Some(stored.with_header(ETag::of(&answer.headers)))
            }
        };
        let id = stored.as_ref().map(|stored| stored.id.clone()).or(told);
        let Some(id) = id else {
            let reason = "the body is empty, and no address of the new resource is told";
            return Err(self.failed(answer.error(ApiErrorKind::Undecodable, reason)));
        };
        let of_meta = || stored.as_ref()?.meta.as_ref()?.location.clone();
        Ok(Created {
            id,
            location: header.map(Text::from).or_else(of_meta),
            stored,
            receipt: Receipt::from(answer),
        })
    }

    /// An answer to a change: the resource, or nothing but success (204). Anything else leaves open whether the change
    /// was made.
    pub(crate) fn written<R: Resource>(
        &self,
        answer: &Answer,
        id: Option<&R::Id>,
    ) -> Result<Written<R>, ScimError> {
        let stored = match answer.body.is_empty() {
            true => {
                self.is_done(answer)?;
                None
            }
            false => Some(self.stored::<R>(answer, id)?),
        };
        let of_resource = || stored.as_ref().and_then(Stored::etag).cloned();
        let etag = ETag::of(&answer.headers).or_else(of_resource);
        Ok(Written {
            stored,
            etag,
            receipt: Receipt::from(answer),
        })
    }

    /// An answer to a deletion. RFC 7644 §3.6 has the status 204 and nothing else; 200 without a body says the same.
    pub(crate) fn deleted(&self, answer: &Answer) -> Result<Receipt, ScimError> {
        let is_plain = answer.status == StatusCode::OK && answer.body.is_empty();
        if !is_plain {
            self.is_done(answer)?;
        }
        Ok(Receipt::from(answer))
    }

    fn is_done(&self, answer: &Answer) -> Result<(), ScimError> {
        if answer.status == StatusCode::NO_CONTENT {
            return Ok(());
        }
        let reason = "the answer is not the documented one, so it does not say whether the change was made";
        Err(self.failed(answer.error(ApiErrorKind::Undecodable, reason)))
    }

    /// An answer that is a resource, or that it has the version that is known.
    pub(crate) async fn unless_same<R: Resource>(
        &self,
        call: Call,
        id: Option<&R::Id>,
    ) -> Result<Option<Stored<R>>, ScimError> {
        match self.follow(call).await {
            Ok(answer) => self.stored(&answer, id).map(Some),
            Err(error) if error.status() == Some(StatusCode::NOT_MODIFIED.as_u16()) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Answer, ScimError> {
        self.follow(call).await.map_err(|error| self.failed(error))
    }

    /// Sends a call. A read whose answer is not JSON at all, such as a sign-in page or half a body, is asked again by the
    /// HTTP client, at most twice.
    async fn once(&self, call: Call) -> Result<Answer, ApiError> {
        let reads = call.is_read();
        let whole = |answer: Answer| {
            if reads {
                answer.json::<IgnoredAny>()?;
            }
            Ok(answer)
        };
        self.http().send_as(call, whole).await
    }

    /// Sends a call, and sends it again where the server says that the same is to be asked elsewhere (307, 308):
    /// below the same base address, since the key must not travel, and if it may be sent twice.
    async fn follow(&self, mut call: Call) -> Result<Answer, ApiError> {
        for _ in 0..MOST_REDIRECTS {
            let outcome = self.once(call.clone()).await;
            match outcome.as_ref().err().and_then(|error| call.redirected(error)) {
                Some(next) => call = next,
                None => return outcome,
            }
        }
        self.once(call).await
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

/// Whether two ids are one: servers exist whose ids have no case.
fn same_id(one: &impl AsRef<str>, other: &impl AsRef<str>) -> bool {
    one.as_ref().eq_ignore_ascii_case(other.as_ref())
}

fn about_another(answer: &Answer) -> ApiError {
    let reason = "the answer is about another resource than the one that was asked for";
    answer.error(ApiErrorKind::Protocol, reason)
}

impl fmt::Debug for ScimClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimClient")
            .field("http", self.http())
            .field("profile", &self.profile().name())
            .finish()
    }
}
