//! The transport over real sockets: reqwest with rustls, a large pool of connections, and nothing of its own will.
//!
//! It follows no redirect, keeps no cookie, retries nothing and adds no header but those of the connection. Plain
//! http to this machine itself goes neither through a proxy nor through the set-up of TLS, so it works where no
//! certificate store exists.
//!
//! Everything else goes through the proxy that the environment names, and trusts the certificates of the system and those
//! in the file that `SSL_CERT_FILE` names.

mod classify;
mod environment;
mod room;
#[cfg(test)]
mod tests;

use crate::client::{BuildError, is_loopback};
use crate::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use classify::{Phase, classify};
use environment::{CERTIFICATES, Environment, settings};
use reqwest::{Certificate, Client, ClientBuilder};
use room::Room;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

pub use environment::EnvironmentProxy;

/// Certificates that the environment adds to the trust: those in the file that `SSL_CERT_FILE` names.
///
/// What loads the certificates of the system on Linux takes that file in place of them, so they are here too where the
/// variable is set.
#[derive(Debug, Default)]
pub struct EnvironmentCertificates {
    named: Option<Vec<u8>>,
    system: Option<Vec<u8>>,
}

/// Where Linux systems keep the certificates that they trust, in one file.
#[cfg(target_os = "linux")]
const OF_SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Other systems keep them in no file, and the variable stands in place of nothing there.
#[cfg(not(target_os = "linux"))]
const OF_SYSTEM: [&str; 0] = [];

impl EnvironmentCertificates {
    /// Those of this process.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Settings`] when the variable names a file that cannot be read or holds no certificate.
    pub fn of_process() -> Result<Self, TransportError> {
        Self::of(&Environment::of_process())
    }

    fn of(environment: &Environment) -> Result<Self, TransportError> {
        let Some(file) = environment.certificates() else {
            return Ok(Self::default());
        };
        let (named, _) = read_certificates(&file).map_err(|error| {
            let reason = match error {
                BuildError::BadCertificates { path, reason } => format!("names {path}: {reason}"),
                other => other.to_string(),
            };
            settings(CERTIFICATES, &reason)
        })?;
        let mut system = OF_SYSTEM
            .iter()
            .filter_map(|path| read_certificates(Path::new(path)).ok());
        Ok(Self {
            named: Some(named),
            system: system.next().map(|(pem, _)| pem),
        })
    }

    /// Each file as PEM.
    pub fn pem(&self) -> impl Iterator<Item = &[u8]> {
        self.named.iter().chain(&self.system).map(Vec::as_slice)
    }
}

/// Requests over real sockets. Clone-free: share it in an `Arc`.
#[derive(Debug)]
pub struct ReqwestTransport {
    settings: ReqwestTransportBuilder,
    certificates: Vec<Certificate>,
    remote: OnceLock<Client>,
    local: OnceLock<Client>,
    room: Room,
}

/// Sets up a [`ReqwestTransport`].
#[derive(Clone, Debug)]
#[must_use]
pub struct ReqwestTransportBuilder {
    max_body_bytes: usize,
    connect_timeout: Duration,
    max_idle: usize,
    user_agent: Option<String>,
    ca_file: Option<PathBuf>,
    /// Stands in for the environment of the process, in tests.
    environment: Option<Environment>,
}

// === impl ReqwestTransport ===

impl ReqwestTransport {
    /// The defaults, to be changed.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder {
            max_body_bytes: 64 * 1024 * 1024,
            connect_timeout: Duration::from_secs(10),
            max_idle: 256,
            user_agent: None,
            ca_file: None,
            environment: None,
        }
    }

    fn client(&self, url: &Url) -> Result<&Client, TransportError> {
        let local = url.scheme() == "http" && is_loopback(url);
        let cell = if local { &self.local } else { &self.remote };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let builder = self.settings.client();
        let builder = if local {
            builder.no_proxy().tls_certs_only([])
        } else {
            self.in_environment(builder)?
                .tls_certs_merge(self.certificates.iter().cloned())
        };
        let client = builder
            .build()
            .map_err(|error| TransportError::new(TransportErrorKind::Tls).with_source(error.without_url()))?;
        Ok(cell.get_or_init(|| client))
    }

    /// Applies what the environment says to a client of remote hosts.
    fn in_environment(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, TransportError> {
        let environment = self.environment();
        if let Some(proxy) = environment.proxy()? {
            builder = builder.proxy(proxy.for_client()?);
        }
        for pem in EnvironmentCertificates::of(&environment)?.pem() {
            // They were read as certificates before.
            builder = builder.tls_certs_merge(Certificate::from_pem_bundle(pem).unwrap_or_default());
        }
        Ok(builder)
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let client = self.client(&request.url)?;
        let address = request.url.clone();
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(Into::into);
        let mut deadline = Instant::now() + request.timeout;
        let mut incoming = within(deadline, client.execute(outgoing))
            .await?
            .map_err(|error| self.naming_proxy(&address, classify(error, Phase::Head)))?;
        let status = incoming.status();
        let headers = std::mem::take(incoming.headers_mut());
        let body = self.read_body(incoming, &mut deadline).await?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    /// Says of a connection that was not made whether it was one to a proxy: the machine that is not found, or that refuses, is
    /// the proxy then, and not the vendor's.
    fn naming_proxy(&self, address: &Url, error: TransportError) -> TransportError {
        let is_local = address.scheme() == "http" && is_loopback(address);
        if is_local || !matches!(error.kind, TransportErrorKind::Dns | TransportErrorKind::Connect) {
            return error;
        }
        match self.environment().proxy() {
            Ok(Some(proxy)) if proxy.applies_to(address) => {
                let told = error.to_string();
                let cause = told.strip_prefix(&error.kind.to_string()).unwrap_or_default();
                let cause = cause.strip_prefix(" (").and_then(|cause| cause.strip_suffix(')'));
                let cause = cause.unwrap_or("not reached");
                let (machine, variable) = (proxy.address(), proxy.variable());
                let said = format!("{cause}, through the proxy {machine} of {variable}");
                TransportError::new(error.kind).with_source(said)
            }
            _ => error,
        }
    }

    fn environment(&self) -> Environment {
        match &self.settings.environment {
            Some(environment) => environment.clone(),
            None => Environment::of_process(),
        }
    }

    /// Reads the body piece by piece, and stops as soon as it is larger than allowed. One that turns out to be large waits
    /// for the room that there is for one.
    async fn read_body(
        &self,
        mut incoming: reqwest::Response,
        deadline: &mut Instant,
    ) -> Result<Bytes, TransportError> {
        let most = self.settings.max_body_bytes;
        let too_large = || TransportError::new(TransportErrorKind::TooLarge);
        let expected = incoming.content_length();
        if expected.is_some_and(|length| length > most as u64) {
            return Err(too_large());
        }
        let mut next = async |deadline: Instant| {
            within(deadline, incoming.chunk())
                .await?
                .map_err(|error| classify(error, Phase::Body))
        };
        let Some(first) = next(*deadline).await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = next(*deadline).await? else {
            return if first.len() > most {
                Err(too_large())
            } else {
                Ok(first)
            };
        };
        let expected = expected.map(|length| length as usize);
        let mut body = BytesMut::with_capacity(expected.unwrap_or_default().min(room::FREE));
        let mut taken = None;
        let mut piece = Some(first);
        let mut following = Some(second);
        while let Some(bytes) = piece {
            let length = body.len() + bytes.len();
            if length > most {
                return Err(too_large());
            }
            if length > room::FREE && taken.is_none() {
                taken = Some(self.room.take(deadline).await?);
                body.reserve(expected.unwrap_or(length).saturating_sub(body.len()));
            }
            body.extend_from_slice(&bytes);
            piece = match following.take() {
                Some(bytes) => Some(bytes),
                None => next(*deadline).await?,
            };
        }
        Ok(match taken {
            Some(room) => room::held(room, body.freeze()),
            None => body.freeze(),
        })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.exchange(request).await
    }

    fn prepare(&self, base: &Url) -> Result<(), TransportError> {
        self.client(base).map(drop)
    }
}

// === impl ReqwestTransportBuilder ===

impl ReqwestTransportBuilder {
    /// The largest body accepted, after decompression. Default 64 MiB.
    ///
    /// Of bodies larger than 1 MiB there is one at a time, from where it becomes that large until it is dropped; another waits
    /// for it, at most 10 minutes, which are not counted as time of its request. One that comes slowly has the room until the
    /// time of its own request is over, and no longer. Keep none of them longer than it takes to decode it.
    pub fn max_body_bytes(mut self, most: usize) -> Self {
        self.max_body_bytes = most;
        self
    }

    /// The time to make a connection, TLS included. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The most idle connections kept for one host. Default 256.
    pub fn max_idle(mut self, most: usize) -> Self {
        self.max_idle = most;
        self
    }

    /// The user agent of requests that carry none. Default: none.
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = Some(user_agent.to_owned());
        self
    }

    /// A PEM file of certificates to trust beside those of the system.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    #[cfg(test)]
    fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// The transport.
    ///
    /// # Errors
    ///
    /// [`BuildError::BadCertificates`] when the file cannot be read or holds no certificate, and
    /// [`BuildError::BadUserAgent`]. A missing certificate store of the system is reported by
    /// [`Transport::prepare`], and only for an address that needs it. So is a variable of the environment (`HTTPS_PROXY`,
    /// `ALL_PROXY`, `SSL_CERT_FILE`) that cannot be used.
    pub fn build(self) -> Result<ReqwestTransport, BuildError> {
        if let Some(agent) = &self.user_agent {
            http::HeaderValue::from_str(agent).map_err(|_| BuildError::BadUserAgent)?;
        }
        let certificates = self
            .ca_file
            .as_deref()
            .map(|path| read_certificates(path).map(|(_, certificates)| certificates))
            .transpose()?
            .unwrap_or_default();
        Ok(ReqwestTransport {
            settings: self,
            certificates,
            remote: OnceLock::new(),
            local: OnceLock::new(),
            room: Room::default(),
        })
    }

    fn client(&self) -> ClientBuilder {
        // reqwest takes the one of the process. One that the program has chosen itself stays.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(self.max_idle)
            // Shorter than what load balancers allow, so that they do not close a connection just taken up.
            .pool_idle_timeout(Duration::from_secs(50))
            .tcp_keepalive(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(15))
            .http2_keep_alive_timeout(Duration::from_secs(15))
            // A body that waits for its room must hold up no other one on its connection: each may leave half a megabyte unread.
            .http2_initial_stream_window_size(512 * 1024)
            .http2_initial_connection_window_size(1024 * 1024 * 1024);
        match &self.user_agent {
            Some(agent) => builder.user_agent(agent),
            None => builder,
        }
    }
}

/// The result of the work, if it ends before the deadline.
async fn within<T>(deadline: Instant, work: impl Future<Output = T>) -> Result<T, TransportError> {
    timeout_at(deadline, work).await.map_err(|_| timed_out())
}

fn timed_out() -> TransportError {
    TransportError::new(TransportErrorKind::Timeout).with_source("operation timed out")
}

fn read_certificates(path: &Path) -> Result<(Vec<u8>, Vec<Certificate>), BuildError> {
    let bad = |reason: String| BuildError::BadCertificates {
        path: path.display().to_string(),
        reason,
    };
    let unread = |error: std::io::Error| bad(error.to_string());
    // A pipe would be waited for, whatever asks to stop meanwhile, and a device may have no end.
    if !std::fs::metadata(path).map_err(unread)?.is_file() {
        return Err(bad("it is not a regular file".to_owned()));
    }
    let pem = std::fs::read(path).map_err(unread)?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| bad(error.without_url().to_string()))?;
    if certificates.is_empty() {
        return Err(bad("no certificate in it".to_owned()));
    }
    Ok((pem, certificates))
}
