//! The client: one base address, one credential, and the policies that every call goes through.

use crate::answer::Answer;
use crate::call::Call;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{Credential, Hidden};
use crate::error::{ApiError, VendorError};
use crate::journal::FindJournal;
use crate::limit::RateLimiter;
use crate::meter::Meter;
use crate::retry::{Jitter, RetryPolicy};
use crate::secret::Secret;
use crate::send::{Attempts, Carried, Read};
use crate::transport::{Transport, TransportError};
use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use url::{Host, Url};

/// Sends calls to one base address. Clones are the same client.
#[derive(Clone)]
pub struct HttpClient(Arc<Parts>);

/// Sets up an [`HttpClient`].
#[must_use]
pub struct HttpClientBuilder {
    transport: Arc<dyn Transport>,
    base: Url,
    credentials: Vec<Credential>,
    user_agent: String,
    retry: RetryPolicy,
    rate_limit: RateLimiter,
    clock: Arc<dyn Clock>,
    jitter: Jitter,
    meter: Arc<Meter>,
    max_in_flight: usize,
    max_values: usize,
    timeout: Duration,
    error_decoder: ErrorDecoder,
    request_id_headers: Vec<HeaderName>,
    journal: Option<FindJournal>,
}

/// Reads the vendor's words out of an answer that is not a success. The body may be empty, HTML or broken.
pub type ErrorDecoder = fn(StatusCode, &HeaderMap, &[u8]) -> VendorError;

/// Why a client or a transport cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base address is plain http to another machine: the credential could be read on the way.
    #[error("plain http is only allowed to this machine, and {host} is not; use https")]
    Insecure {
        /// The host of the address.
        host: String,
    },
    /// The base address cannot be one.
    #[error("the base address cannot be used: {reason}")]
    BadBase {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The credential has characters that a header cannot hold, such as a line break.
    #[error("the credential is empty or has characters that a header cannot hold")]
    BadCredential,
    /// The user agent has characters that a header cannot hold.
    #[error("the user agent has characters that a header cannot hold")]
    BadUserAgent,
    /// The file of certificates cannot be read or holds none.
    #[error("cannot read certificates from {path}: {reason}")]
    BadCertificates {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The transport cannot reach the base address.
    #[error("cannot prepare the transport: {0}")]
    Transport(#[source] TransportError),
}

pub(crate) struct Parts {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) base: Url,
    /// The path of the base address without a slash at its end.
    pub(crate) prefix: String,
    pub(crate) headers: HeaderMap,
    /// Parameters that every query ends with, encoded.
    pub(crate) query: String,
    /// The credentials, to be taken out of what an answer quotes.
    pub(crate) hidden: Arc<Hidden>,
    pub(crate) max_values: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) rate_limit: RateLimiter,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Jitter,
    pub(crate) meter: Arc<Meter>,
    pub(crate) in_flight: Semaphore,
    pub(crate) timeout: Duration,
    pub(crate) error_decoder: ErrorDecoder,
    pub(crate) request_id_headers: Vec<HeaderName>,
    pub(crate) journal: Option<FindJournal>,
}

// === impl HttpClient ===

impl HttpClient {
    /// A client of the calls below `base`, which may have a path of its own.
    pub fn builder(transport: Arc<dyn Transport>, base: Url) -> HttpClientBuilder {
        HttpClientBuilder {
            transport,
            base,
            credentials: Vec::new(),
            user_agent: concat!("http-kit/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
            rate_limit: RateLimiter::unlimited(),
            clock: Arc::new(SystemClock),
            jitter: Jitter::random(),
            meter: Arc::default(),
            max_in_flight: 64,
            max_values: 4_000_000,
            timeout: Duration::from_secs(60),
            error_decoder: |_, _, body| VendorError::of_json(body),
            request_id_headers: vec![HeaderName::from_static("x-request-id")],
            journal: None,
        }
    }

    /// Carries out one call: waits for its turn, sends it, and sends it again where that is allowed and can help.
    ///
    /// It ends within [`RetryPolicy::budget`] after its first turn, provided that the transport keeps the time it
    /// is given. Dropping the future gives up the call; whether a request under way is carried out is then unknown.
    ///
    /// # Errors
    ///
    /// [`ApiError`] for every answer that is not 2xx and for no answer.
    pub async fn send(&self, call: Call) -> Result<Answer, ApiError> {
        self.send_as(call, |answer| Ok(answer.without_room())).await
    }

    /// [`HttpClient::send`], and the answer decoded by `decode`.
    ///
    /// Where `decode` ends in [`ApiErrorKind::Undecodable`](crate::ApiErrorKind::Undecodable), a call that is
    /// [`Idempotency::Safe`](crate::Idempotency::Safe) is sent again, at most twice: a proxy may have answered with a
    /// page of its own, or a body without a length may have been cut off.
    ///
    /// # Errors
    ///
    /// Those of [`HttpClient::send`] and those of `decode`.
    pub async fn send_as<T: Send>(
        &self,
        call: Call,
        mut decode: impl FnMut(Answer) -> Result<T, ApiError> + Send,
    ) -> Result<T, ApiError> {
        let mut decoded = None;
        let mut read = |answer| {
            decoded = Some(decode(answer)?);
            Ok(())
        };
        self.carry_out(&call, &mut read).await?;
        Ok(decoded.expect("a call ends well with an answer that was read"))
    }

    /// Compiled once, whatever an answer is decoded to: the body of an `async fn` is compiled again by every crate that
    /// awaits it.
    fn carry_out<'a>(&'a self, call: &'a Call, read: &'a mut Read<'a>) -> Carried<'a> {
        Box::pin(Attempts::new(&self.0, call).run(read))
    }

    /// [`HttpClient::send_as`], decoded by [`Answer::json`].
    ///
    /// # Errors
    ///
    /// Those of both.
    pub async fn json<T: DeserializeOwned + Send>(&self, call: Call) -> Result<T, ApiError> {
        self.send_as(call, |answer| answer.json()).await
    }

    /// The counts of what was sent.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.0.meter
    }

    /// Whether it notes its writes in a [journal](HttpClientBuilder::journal) where there is one.
    pub fn notes_writes(&self) -> bool {
        self.0.journal.is_some()
    }

    /// The base address.
    pub fn base_url(&self) -> &Url {
        &self.0.base
    }

    /// The clock, for those who time what they do with this client.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("base", &self.0.base.as_str())
            .field("retry", &self.0.retry)
            .field("rate_limit", &self.0.rate_limit)
            .finish_non_exhaustive()
    }
}

// === impl HttpClientBuilder ===

impl HttpClientBuilder {
    /// Sends `Authorization: Bearer …` with every request. Default: none.
    pub fn bearer(self, credential: Secret) -> Self {
        self.credential(Credential::Bearer(credential))
    }

    /// Sends a credential with every request, beside those that were given before. Default: none.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credentials.push(credential);
        self
    }

    /// Who we are. Default: this crate and its version.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        user_agent.clone_into(&mut self.user_agent);
        self
    }

    /// How often and how long calls are tried. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The limiter of the partition; share it among the clients of one credential. Default: no rate, only pauses.
    pub fn rate_limit(mut self, limiter: RateLimiter) -> Self {
        self.rate_limit = limiter;
        self
    }

    /// The clock. Default: the system's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where the random part of delays comes from. Default: a sequence that differs from process to process.
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The counts, to share them among clients. Default: its own.
    pub fn meter(mut self, meter: Arc<Meter>) -> Self {
        self.meter = meter;
        self
    }

    /// The most requests under way at once, at least 1. Default 64. Calls beyond it wait in order.
    pub fn max_in_flight(mut self, most: usize) -> Self {
        self.max_in_flight = most;
        self
    }

    /// The most JSON values that an answer may hold. Default 4 million. A value costs up to 600 bytes of memory and may
    /// take two on the wire, so that this bounds what a hostile answer can cost.
    pub fn max_values(mut self, most: usize) -> Self {
        self.max_values = most;
        self
    }

    /// The time for one try, from its start to the last byte. Default 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How to read the vendor's words. Default: not at all.
    pub fn error_decoder(mut self, decoder: ErrorDecoder) -> Self {
        self.error_decoder = decoder;
        self
    }

    /// The response headers that may hold the vendor's id of a request, the first found wins. Default:
    /// `x-request-id`.
    pub fn request_id_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.request_id_headers = names.into_iter().collect();
        self
    }

    /// How to find the journal of a write that begins. Default: writes are noted nowhere.
    pub fn journal(mut self, find: FindJournal) -> Self {
        self.journal = Some(find);
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the base address is not https (nor http to this machine itself) or holds more than
    /// scheme, host, port and path, or when the credential or the user agent cannot be a header.
    pub fn build(self) -> Result<HttpClient, BuildError> {
        check_base(&self.base)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let agent = HeaderValue::from_str(&self.user_agent).map_err(|_| BuildError::BadUserAgent)?;
        headers.insert(USER_AGENT, agent);
        let (mut query, mut hidden) = (String::new(), Hidden::default());
        for credential in &self.credentials {
            credential.put(&mut headers, &mut query)?;
            credential.hide(&mut hidden);
        }
        self.transport
            .prepare(&self.base)
            .map_err(BuildError::Transport)?;
        Ok(HttpClient(Arc::new(Parts {
            transport: self.transport,
            prefix: self.base.path().trim_end_matches('/').to_owned(),
            base: self.base,
            headers,
            query,
            hidden: Arc::new(hidden),
            max_values: self.max_values,
            retry: self.retry,
            rate_limit: self.rate_limit,
            clock: self.clock,
            jitter: self.jitter,
            meter: self.meter,
            in_flight: Semaphore::new(self.max_in_flight.clamp(1, Semaphore::MAX_PERMITS)),
            timeout: self.timeout,
            error_decoder: self.error_decoder,
            request_id_headers: self.request_id_headers,
            journal: self.journal,
        })))
    }
}

impl fmt::Debug for HttpClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClientBuilder")
            .field("base", &self.base.host_str())
            .finish_non_exhaustive()
    }
}

fn check_base(base: &Url) -> Result<(), BuildError> {
    let bad = |reason| Err(BuildError::BadBase { reason });
    if !base.username().is_empty() || base.password().is_some() {
        return bad("it holds a user or a password");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return bad("it holds a query or a fragment");
    }
    match base.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(base) => Ok(()),
        "http" => Err(BuildError::Insecure {
            host: base.host_str().unwrap_or_default().to_owned(),
        }),
        _ => bad("its scheme is neither https nor http"),
    }
}

/// Whether the address is this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeTransport;

    fn build(base: &str, bearer: Option<&str>) -> Result<(), String> {
        let builder = HttpClient::builder(Arc::new(FakeTransport::new()), base.parse().expect("an address"));
        let builder = match bearer {
            Some(bearer) => builder.bearer(Secret::from(bearer.to_owned())),
            None => builder,
        };
        builder.build().map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_credential_does_not_travel_in_the_clear() {
        for good in [
            "https://api.example.com",
            "https://api.example.com:8443/some/path/",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080",
        ] {
            assert_eq!(build(good, Some("key")), Ok(()), "{good}");
        }
        for bad in [
            "http://api.example.com",
            "http://10.0.0.1",
            "http://[::2]",
            "http://localhost.example.com",
        ] {
            let error = build(bad, None).expect_err(bad);
            assert!(
                error.starts_with("plain http is only allowed to this machine, and "),
                "{error}"
            );
        }
    }

    #[test]
    fn what_cannot_be_a_base_address() {
        #[track_caller]
        fn check(base: &str, reason: &str) {
            assert_eq!(
                build(base, None),
                Err(format!("the base address cannot be used: {reason}"))
            );
        }
        check(
            "https://user:pass@api.example.com",
            "it holds a user or a password",
        );
        check("https://user@api.example.com", "it holds a user or a password");
        check("https://api.example.com/?x=1", "it holds a query or a fragment");
        check("https://api.example.com/#x", "it holds a query or a fragment");
        check("ftp://api.example.com", "its scheme is neither https nor http");
        check("data:text/plain,x", "its scheme is neither https nor http");
    }

    #[test]
    fn what_cannot_be_a_credential() {
        for bearer in ["", "two\nlines", "nul\0"] {
            let error = build("https://api.example.com", Some(bearer)).expect_err("no header");
            assert_eq!(
                error,
                "the credential is empty or has characters that a header cannot hold"
            );
        }
        let builder = HttpClient::builder(
            Arc::new(FakeTransport::new()),
            "https://a.test".parse().expect("an address"),
        );
        assert!(matches!(
            builder.user_agent("a\nb").build(),
            Err(BuildError::BadUserAgent)
        ));
    }
}
