//! One operation to carry out: what is sent, and what a failure of it means.

use crate::credentials::is_credential_header;
use crate::error::ApiError;
use crate::path::{Path, encode_query};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// One operation: method, path, query, body and whether it may be sent twice.
///
/// A mistake in the parts (a body that cannot be serialized, a value that cannot be a path segment) is kept and
/// reported by [`HttpClient::send`](crate::HttpClient::send) before anything is sent.
///
/// `Debug` shows operation, method and path: no query, no header value, no body.
#[derive(Clone)]
pub struct Call {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) path: Path,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) idempotency: Idempotency,
    pub(crate) class: Option<&'static str>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) fault: Option<String>,
}

/// What a second sending of the same request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// Reads only (GET, a search by POST): tried again after every passing fault.
    Safe,
    /// Writes, but twice has the effect of once (PUT, DELETE, or proven). The client sends it again only when the
    /// request never reached the server or was refused by its limit (429): what an answer to a second sending says
    /// about the first is not known. The caller may send it again after reading the state.
    Idempotent,
    /// Writes, and twice may have twice the effect. The client sends it again in the same two cases only; the caller
    /// must not.
    Unsafe,
}

// === impl Call ===

impl Call {
    /// A call of `method`, [`Idempotency::Unsafe`] unless the method says otherwise (RFC 9110 §9.2).
    ///
    /// `operation` names the call in errors, logs and counts, such as `users.search`.
    pub fn new(operation: &'static str, method: Method, path: impl Into<Path>) -> Self {
        let idempotency = match method {
            Method::GET | Method::HEAD | Method::OPTIONS => Idempotency::Safe,
            Method::PUT | Method::DELETE => Idempotency::Idempotent,
            _ => Idempotency::Unsafe,
        };
        Self {
            operation,
            method,
            path: path.into(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: None,
            idempotency,
            class: None,
            timeout: None,
            fault: None,
        }
    }

    /// The operation.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether it only reads: [`Idempotency::Safe`].
    pub fn is_read(&self) -> bool {
        self.idempotency == Idempotency::Safe
    }

    /// A GET: [`Idempotency::Safe`].
    pub fn get(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::new(operation, Method::GET, path)
    }

    /// A POST: [`Idempotency::Unsafe`] until said otherwise.
    pub fn post(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::new(operation, Method::POST, path)
    }

    /// A PUT: [`Idempotency::Idempotent`].
    pub fn put(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::new(operation, Method::PUT, path)
    }

    /// A PATCH: [`Idempotency::Unsafe`] until said otherwise.
    pub fn patch(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::new(operation, Method::PATCH, path)
    }

    /// A DELETE: [`Idempotency::Idempotent`].
    pub fn delete(operation: &'static str, path: impl Into<Path>) -> Self {
        Self::new(operation, Method::DELETE, path)
    }

    /// Appends one parameter to the query; the same key may come again.
    #[must_use]
    pub fn query(mut self, key: &str, value: impl AsRef<str>) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(&encode_query(key));
        self.query.push('=');
        self.query.push_str(&encode_query(value.as_ref()));
        self
    }

    /// Appends a list to the query as one value with commas: `key=a,b` (`style: form`, `explode: false` of
    /// OpenAPI). A comma within a value is encoded, which not every server tells from one that separates.
    #[must_use]
    pub fn query_list(mut self, key: &str, values: &[impl AsRef<str>]) -> Self {
        let values: Vec<_> = values.iter().map(|value| encode_query(value.as_ref())).collect();
        self = self.query(key, "");
        self.query.push_str(&values.join(","));
        self
    }

    /// Puts this encoded query, of a link that a server gave, in the place of the call's own: such a link repeats what the
    /// call asked for (RFC 8288).
    #[must_use]
    pub fn query_of_link(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    /// Sends `body` as JSON, with its content type.
    #[must_use]
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => {
                self.body = Some(bytes.into());
                self.headers
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Err(error) => self.defer(format!("the body is not json: {error}")),
        }
        self
    }

    /// Sends `body` as it is, with this content type.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self.header(CONTENT_TYPE, content_type)
    }

    /// Sets a header, in place of one with the same name. The value of one that is named like a credential (`x-api-key`,
    /// say) is taken out of errors and logs.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(is_credential_header(&name));
                self.headers.insert(name, value);
            }
            Err(_) => self.defer(format!(
                "the value of header {name} has characters that a header cannot hold"
            )),
        }
        self
    }

    /// Says what a second sending would do, where the method alone does not tell.
    #[must_use]
    pub fn idempotency(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// Counts this call against a class of the rate limiter, see [`RateLimiter::class`](crate::RateLimiter::class).
    #[must_use]
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = Some(class);
        self
    }

    /// The time for one try, in place of the client's.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same call at the address that a refusal of it names with 307 or 308 (RFC 9110 §15.4.8): the same method,
    /// headers and body. Nothing where that address is not of the same origin and below the address of the client, since
    /// the credential must not travel, or where the call must not be sent twice.
    #[must_use]
    pub fn redirected(&self, refusal: &ApiError) -> Option<Self> {
        let (path, query) = refusal.moved()?;
        if self.idempotency == Idempotency::Unsafe {
            return None;
        }
        Some(Self {
            path: Path::encoded(path),
            query: query.to_owned(),
            ..self.clone()
        })
    }

    fn defer(&mut self, fault: String) {
        self.fault.get_or_insert(fault);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path.as_str())
            .field("idempotency", &self.idempotency)
            .field("class", &self.class)
            .field("body_bytes", &self.body.as_ref().map_or(0, Bytes::len))
            .finish_non_exhaustive()
    }
}
