//! Why a call failed: by meaning for the program, in one line for the reader.

use crate::hints::Hints;
use crate::mask::masked;
use crate::page::PageError;
use crate::transport::TransportError;
use http::{Method, StatusCode};
use serde_json::Value;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Shorter waits are not worth a word.
const SHOWN_WAIT: Duration = Duration::from_millis(50);

/// A call that failed, with everything known about it.
///
/// `Display` is a clause that stands alone: operation, meaning, status, the vendor's code and words,
/// method and path, request id, attempts and time waited. Neither it nor `Debug` holds a query, a header value, a
/// body or a credential; e-mail addresses and credentials in the vendor's words are masked.
pub struct ApiError(Box<Inner>);

struct Inner {
    kind: ApiErrorKind,
    operation: &'static str,
    method: Option<Method>,
    path: String,
    status: Option<StatusCode>,
    vendor: Option<VendorError>,
    request_id: Option<String>,
    attempts: u32,
    only_limited: bool,
    refusals: u32,
    waited: Duration,
    hints: Hints,
    reason: Option<String>,
    transport: Option<TransportError>,
    /// The path and the query that a 307 or 308 names, below the address of the client.
    moved: Option<(String, String)>,
}

/// What a failure means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// 401: the credential is missing, wrong or expired.
    NotAuthenticated,
    /// 403: the credential does not permit this.
    NotPermitted,
    /// 404 or 410: no such thing.
    NotFound,
    /// 400, 405, 413, 415, 422 and other 4xx: the request itself is refused. Also a call that was not sent because
    /// its parts do not make a request.
    Invalid,
    /// 409 or 412: the state does not allow it; the vendor's code says whether that is already the wanted state.
    Conflict,
    /// 402: the plan or the licence does not cover it.
    PaymentRequired,
    /// The vendor's limit of requests outlasts the time budget of the call (429, or a pause that an earlier answer asked
    /// for).
    RateLimited,
    /// 5xx, 407, 408 or no whole answer on the last try.
    Unavailable,
    /// The next try would start after the time budget of the call, and it is not the limit of requests that is waited
    /// for. The status and the vendor's words are those of
    /// the last answer.
    BudgetSpent,
    /// No more is to be sent, so that this write was not sent, or not again: see [`Journal`](crate::Journal). The status and the
    /// vendor's words are those of the last answer.
    Stopped,
    /// The answer is not what the operation is documented to answer.
    Undecodable,
    /// The answer is larger than the transport allows.
    TooLarge,
    /// 3xx: redirects are not followed, because a credential must not travel to another place.
    Redirected,
    /// The answer breaks a rule of HTTP or of the listing, such as a cursor that came before. Also a request that is
    /// not in the recording that is replayed.
    Protocol,
}

/// What the vendor said about an error, in the words of its body. Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorError {
    /// The vendor's code, such as `ADMIN-404-2`.
    pub code: Option<String>,
    /// A short title.
    pub title: Option<String>,
    /// A sentence for people.
    pub detail: Option<String>,
    /// A symbolic key, where the vendor uses keys in place of codes.
    pub key: Option<String>,
    /// The request id, where the body holds it.
    pub request_id: Option<String>,
}

/// Words from elsewhere are cut to this many characters.
pub(crate) const MAX_WORDS: usize = 300;

// === impl ApiError ===

impl ApiError {
    /// An error of an operation that was not sent, or about several of its answers. About one answer:
    /// [`Answer::error`](crate::Answer::error).
    pub fn new(kind: ApiErrorKind, operation: &'static str, reason: impl AsRef<str>) -> Self {
        let mut error = Self::bare(kind, operation);
        error.0.reason = Some(masked(reason.as_ref(), MAX_WORDS));
        error
    }

    pub(crate) fn bare(kind: ApiErrorKind, operation: &'static str) -> Self {
        Self(Box::new(Inner {
            kind,
            operation,
            method: None,
            path: String::new(),
            status: None,
            vendor: None,
            request_id: None,
            attempts: 0,
            only_limited: false,
            refusals: 0,
            waited: Duration::ZERO,
            hints: Hints::default(),
            reason: None,
            transport: None,
            moved: None,
        }))
    }

    /// What it means.
    pub fn kind(&self) -> ApiErrorKind {
        self.0.kind
    }

    /// The HTTP status of the last answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// What the vendor said, masked and bounded.
    pub fn vendor(&self) -> Option<&VendorError> {
        self.0.vendor.as_ref()
    }

    /// The vendor's id of the request, from a header or from the body.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The operation, as named by the [`Call`](crate::Call).
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The method, unless the error was made by [`ApiError::new`].
    pub fn method(&self) -> Option<&Method> {
        self.0.method.as_ref()
    }

    /// The path without the query; empty if the error was made by [`ApiError::new`].
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the vendor's limit of requests refused every try (429), apart from those that never reached the vendor,
    /// and refused at least one: then the vendor did not act on the call. False where nothing was sent.
    pub fn every_try_rate_limited(&self) -> bool {
        self.0.only_limited
    }

    /// How many attempts the server's limit of requests refused (429), the last one included.
    pub fn refusals(&self) -> u32 {
        self.0.refusals
    }

    /// The time spent waiting for a turn and between attempts.
    pub fn waited(&self) -> Duration {
        self.0.waited
    }

    /// What the last answer said about limits.
    pub fn hints(&self) -> &Hints {
        &self.0.hints
    }

    /// What went wrong on the wire, if the last try brought no answer.
    pub fn transport(&self) -> Option<&TransportError> {
        self.0.transport.as_ref()
    }

    pub(crate) fn moved(&self) -> Option<(&str, &str)> {
        let (path, query) = self.0.moved.as_ref()?;
        Some((path, query))
    }

    pub(crate) fn with_moved(mut self, moved: Option<(String, String)>) -> Self {
        self.0.moved = moved;
        self
    }

    pub(crate) fn with_request(mut self, method: &Method, path: &str) -> Self {
        self.0.method = Some(method.clone());
        path.clone_into(&mut self.0.path);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32, waited: Duration) -> Self {
        self.0.attempts = attempts;
        self.0.waited = waited;
        self
    }

    pub(crate) fn with_only_limited(mut self, only_limited: bool) -> Self {
        self.0.only_limited = only_limited;
        self
    }

    pub(crate) fn with_refusals(mut self, refusals: u32) -> Self {
        self.0.refusals = refusals;
        self
    }

    /// The same failure, ended by the budget or by the caller.
    pub(crate) fn ended(mut self, kind: ApiErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_hints(mut self, hints: Hints) -> Self {
        self.0.hints = hints;
        self
    }

    pub(crate) fn with_vendor(mut self, vendor: VendorError) -> Self {
        if vendor != VendorError::default() {
            self.0.vendor = Some(vendor);
        }
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id.or(self.0.request_id);
        self
    }

    pub(crate) fn with_reason(mut self, reason: String) -> Self {
        self.0.reason = Some(reason);
        self
    }

    pub(crate) fn with_transport(mut self, error: TransportError) -> Self {
        self.0.transport = Some(error);
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        write!(f, "{} failed: {}", inner.operation, inner.kind)?;
        if let Some(status) = inner.status {
            write!(f, ": {}", status.as_u16())?;
            match &inner.vendor {
                Some(vendor) => write!(f, " {vendor}")?,
                None => write!(f, " {}", status.canonical_reason().unwrap_or("unknown status"))?,
            }
        }
        if let Some(transport) = &inner.transport {
            write!(f, ": {transport}")?;
        }
        if let Some(reason) = &inner.reason {
            write!(f, ": {reason}")?;
        }
        let mut facts = Vec::new();
        if let Some(method) = &inner.method {
            facts.push(format!("{method} {}", inner.path));
        }
        if let Some(id) = &inner.request_id {
            facts.push(format!("request {id}"));
        }
        if inner.attempts > 1 {
            facts.push(format!("{} attempts", inner.attempts));
        }
        if inner.waited >= SHOWN_WAIT {
            facts.push(format!("waited {:.1} s", inner.waited.as_secs_f64()));
        }
        if facts.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", facts.join(", "))
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiError({:?}, {:?})", self.0.kind, self.to_string())
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let transport = self.0.transport.as_ref()?;
        Some(transport)
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        Self::new(ApiErrorKind::Protocol, error.operation(), error.reason())
    }
}

// === impl ApiErrorKind ===

impl ApiErrorKind {
    /// The meaning of a status that is not a success.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::NotAuthenticated,
            402 => Self::PaymentRequired,
            403 => Self::NotPermitted,
            404 | 410 => Self::NotFound,
            // The proxy on the way has answered, and the server was not asked.
            407 | 408 => Self::Unavailable,
            409 | 412 => Self::Conflict,
            429 => Self::RateLimited,
            300..=399 if status != StatusCode::NOT_MODIFIED => Self::Redirected,
            400..=499 => Self::Invalid,
            500..=599 => Self::Unavailable,
            _ => Self::Protocol,
        }
    }
}

impl fmt::Display for ApiErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAuthenticated => "not authenticated",
            Self::NotPermitted => "not permitted",
            Self::NotFound => "not found",
            Self::Invalid => "request refused",
            Self::Conflict => "conflict",
            Self::PaymentRequired => "not covered by the plan",
            Self::RateLimited => "rate limited",
            Self::Unavailable => "unavailable",
            Self::BudgetSpent => "time budget spent",
            Self::Stopped => "stopped",
            Self::Undecodable => "answer not understood",
            Self::TooLarge => "answer too large",
            Self::Redirected => "redirected",
            Self::Protocol => "protocol broken",
        })
    }
}

// === impl VendorError ===

impl VendorError {
    /// Reads the words of a JSON error body in its common forms: problem details (RFC 9457), OAuth (RFC 6749 §5.2), and
    /// `message` with `code`, alone or as the first of `errors`. A body of another form gives no words, never a failure.
    ///
    /// A client whose vendor has forms of its own sets another
    /// [decoder](crate::HttpClientBuilder::error_decoder).
    pub fn of_json(body: &[u8]) -> Self {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let first = body
            .get("errors")
            .and_then(Value::as_array)
            .and_then(|errors| errors.first());
        let text = |name: &str| {
            let of = |object: &Value| object.get(name).and_then(Value::as_str).map(str::to_owned);
            let inner = first.and_then(of);
            let outer = body.get(name).and_then(Value::as_str).map(str::to_owned);
            inner.or(outer).filter(|text| !text.trim().is_empty())
        };
        let detail = ["detail", "error_description", "message"]
            .into_iter()
            .find_map(text);
        Self {
            code: text("code").or_else(|| text("error")),
            title: text("title"),
            detail: detail.or_else(|| first.and_then(Value::as_str).map(str::to_owned)),
            key: None,
            request_id: None,
        }
    }

    /// The same words, each passed through `mask`.
    pub(crate) fn map(self, mask: impl Fn(&str) -> String) -> Self {
        let mask = |text: Option<String>| text.as_deref().map(&mask);
        Self {
            code: mask(self.code),
            title: mask(self.title),
            detail: mask(self.detail),
            key: mask(self.key),
            request_id: mask(self.request_id),
        }
    }
}

impl fmt::Display for VendorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [&self.code, &self.key, &self.title].into_iter().flatten();
        let names = names.map(String::as_str).collect::<Vec<_>>().join(" ");
        match (names.is_empty(), &self.detail) {
            (false, Some(detail)) => write!(f, "{names}: {detail}"),
            (false, None) => f.write_str(&names),
            (true, Some(detail)) => f.write_str(detail),
            (true, None) => f.write_str("without an explanation"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VendorError;

    #[test]
    fn the_common_forms_of_an_error_are_read() {
        let read = |body: &str| VendorError::of_json(body.as_bytes()).to_string();
        for (body, expected) in [
            (
                r#"{"title":"Out of credit","status":403,"detail":"Your balance is 30."}"#,
                "Out of credit: Your balance is 30.",
            ),
            (
                r#"{"error":"invalid_grant","error_description":"The token is too old."}"#,
                "invalid_grant: The token is too old.",
            ),
            (
                r#"{"message":"Bad credentials","documentation_url":"x"}"#,
                "Bad credentials",
            ),
            (
                r#"{"message":"Validation failed","errors":[{"code":"missing","message":"title is missing"}]}"#,
                "missing: title is missing",
            ),
            (r#"{"errors":["No such team"]}"#, "No such team"),
            (r#"{"code":7,"message":null}"#, "without an explanation"),
            ("<html>", "without an explanation"),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }
}
