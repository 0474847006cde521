//! The one-method seam to the network: a request goes in, a response or one of few kinds of error comes out.
//!
//! Recording, replay, fault injection and the real sockets are all implementations of [`Transport`]. A transport
//! never retries, never follows a redirect and knows no credential.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use std::error::Error;
use std::fmt;
use std::time::Duration;
use url::Url;

/// Sends one request once.
///
/// A transport of your own needs the crates `async-trait`, `bytes` and `http` beside this one:
///
/// ```
/// use std::sync::Arc;
///
/// use async_trait::async_trait;
/// use http::{HeaderMap, StatusCode};
/// use http_kit::{Call, HttpClient, Path, Request, Response, Transport, TransportError, TransportErrorKind};
///
/// /// Knows one answer; another one gives the request to an HTTP library.
/// #[derive(Debug)]
/// struct Canned;
///
/// #[async_trait]
/// impl Transport for Canned {
///     async fn send(&self, request: Request) -> Result<Response, TransportError> {
///         if request.url.path() != "/v2/count" {
///             let cause = "nobody listens there";
///             return Err(TransportError::new(TransportErrorKind::Tls).with_source(cause));
///         }
///         Ok(Response { status: StatusCode::OK, headers: HeaderMap::new(), body: r#"{"count": 3}"#.into() })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let client = HttpClient::builder(Arc::new(Canned), "https://api.example.com/v2".parse()?).build()?;
/// let answer: serde_json::Value = client.json(Call::get("count", Path::new().lit("count"))).await?;
/// assert_eq!(answer["count"], 3);
/// let failed = client.send(Call::get("others", Path::new().lit("others"))).await.unwrap_err();
/// assert_eq!(failed.transport().map(|error| error.kind), Some(TransportErrorKind::Tls));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends `request` and reads the whole answer.
    ///
    /// Every HTTP status is a response, also 3xx and 5xx. The call ends within [`Request::timeout`], not counting the time that
    /// it waits for what others of this process hold.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when no whole response was received.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;

    /// Called once for each base address before the first request, so that what is missing (a certificate store,
    /// say) is reported when a client is built and not in the middle of a run.
    ///
    /// # Errors
    ///
    /// [`TransportError`] when requests to this address cannot work.
    fn prepare(&self, base: &Url) -> Result<(), TransportError> {
        let _ = base;
        Ok(())
    }
}

/// One request as it goes to the wire.
///
/// `Debug` shows the method, the path and the names of the headers: no query, no header value, no body.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// All headers, the credential among them.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Bytes>,
    /// The time within which the transport must answer, from the start until the last byte of the body.
    pub timeout: Duration,
}

/// One whole response.
///
/// `Debug` shows the status, the names of the headers and the length of the body.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
}

/// No whole response was received.
///
/// `Display` names the kind and the innermost cause, never an address or a header.
#[derive(Debug)]
pub struct TransportError {
    /// What went wrong, and with it whether the request may have been carried out.
    pub kind: TransportErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong on the wire. Each kind says whether the request may have reached the server and what follows
/// for a second try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made (refused, unreachable, reset or timed out while connecting), or the server closed it
    /// before it took up the request (HTTP/2 REFUSED_STREAM, RFC 9113 §8.7). Every request may be tried again.
    Connect,
    /// The name of the host was not resolved. The request never reached the server: every request may be tried
    /// again (a name server that fails for a moment also says "no such name").
    Dns,
    /// The TLS handshake was refused, most often by a certificate that is not trusted. The request never reached
    /// the server, and a second try would fail alike: not tried again.
    Tls,
    /// The proxy on the way wants a user and a password, or others than it was given (407). The request never reached the
    /// server, and a second try would fail alike: not tried again.
    Proxy,
    /// The proxy on the way does not make the connection: it answers CONNECT with 403, say. The request never reached the
    /// server, and a second try would fail alike: not tried again.
    Tunnel,
    /// A setting of this machine, such as the address of a proxy, cannot be used. Nothing was sent: not tried again.
    Settings,
    /// No whole answer within the time allowed. The request may have been carried out: only a safe or idempotent
    /// request is tried again.
    Timeout,
    /// The connection broke before the head of the response. The request may have been carried out: only a safe
    /// or idempotent request is tried again.
    Interrupted,
    /// The connection broke within the body, or the body does not decompress. The request was carried out: only a
    /// safe or idempotent request is tried again.
    Truncated,
    /// The body is larger than the transport allows. The request was carried out, and a second try would end
    /// alike: not tried again.
    TooLarge,
    /// A transport that answers from a recording has no such request. Nothing was sent, and a second try would end
    /// alike: not tried again.
    NotRecorded,
    /// Anything else, such as an answer that is not HTTP. Not tried again.
    Other,
}

// === impl Request ===

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .field("path", &self.url.path())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.as_ref().map_or(0, Bytes::len))
            .field("timeout", &self.timeout)
            .finish()
    }
}

// === impl Response ===

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

// === impl TransportError ===

impl TransportError {
    /// An error of this kind without a further cause.
    pub fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause. Its text must hold no address and no credential.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        let mut cause: Option<&dyn Error> = self.source.as_ref().map(|source| &**source as &dyn Error);
        while let Some(inner) = cause.and_then(Error::source) {
            cause = Some(inner);
        }
        match cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| &**source as &(dyn Error + 'static))
    }
}

// === impl TransportErrorKind ===

impl TransportErrorKind {
    /// Whether the server may have seen the request, and so may have acted on it.
    pub fn may_have_reached_server(self) -> bool {
        match self {
            Self::Connect
            | Self::Dns
            | Self::Tls
            | Self::Proxy
            | Self::Tunnel
            | Self::Settings
            | Self::NotRecorded => false,
            Self::Timeout | Self::Interrupted | Self::Truncated | Self::TooLarge | Self::Other => true,
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Dns => "host name not resolved",
            Self::Tls => "tls handshake refused",
            Self::Proxy => "refused by the proxy",
            Self::Tunnel => "the proxy does not make the connection",
            Self::Settings => "a setting of this machine is wrong",
            Self::Timeout => "no whole answer in time",
            Self::Interrupted => "connection broken before the answer",
            Self::Truncated => "answer cut short",
            Self::TooLarge => "body larger than allowed",
            Self::NotRecorded => "not in the recording",
            Self::Other => "not a usable http exchange",
        })
    }
}
