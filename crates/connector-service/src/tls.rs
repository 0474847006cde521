//! Who is at either end of a connection: certificates of both ends, from files or from the parent process.

use crate::with_causes;
use connector_proto::utls::v1::Credential;
use hyper_util::rt::TokioIo;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::fmt;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How often a connection on which nothing is said is asked whether it is there, and how long for the answer is waited.
pub(crate) const KEEPALIVE: Duration = Duration::from_secs(30);
pub(crate) const KEEPALIVE_ANSWER: Duration = Duration::from_secs(20);

/// What precedes the seed of an Ed25519 key in PKCS #8.
const ED25519_IN_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Certificate and key of this end, and the authority that the other end has its certificate from. Its `Debug` output has no key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authority: RootCertStore,
}

/// Why an identity cannot be used. It never quotes a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file cannot be read as PEM of what it is to hold.
    #[error("{} does not hold {what} in PEM: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it is to hold.
        what: &'static str,
        /// Why.
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error("{} holds no certificate", .0.display())]
    Empty(PathBuf),
    /// The key of the parent process is no Ed25519 key.
    #[error("the key has {0} bytes, and a raw Ed25519 key has 64")]
    Key(usize),
    /// Certificate, key and authority cannot be used together.
    #[error("certificate, key and authority cannot be used: {0}")]
    Unusable(String),
}

impl Identity {
    /// From files in PEM: the chain of this end, its key, and the certificates of the authorities of the other end.
    ///
    /// # Errors
    /// A file that cannot be read or holds something else.
    pub fn from_files(chain: &Path, key: &Path, authorities: &Path) -> Result<Self, IdentityError> {
        let private = opened(key).and_then(PrivateKeyDer::from_pem_reader);
        let private = private.map_err(unreadable(key, "a private key"))?;
        let mut authority = RootCertStore::empty();
        for certificate in certificates(authorities)? {
            authority.add(certificate).map_err(unusable)?;
        }
        Ok(Self {
            chain: certificates(chain)?,
            key: private,
            authority,
        })
    }

    /// From what a parent process gives its child.
    ///
    /// # Errors
    /// A key or certificates that cannot be read.
    pub fn from_credential(credential: &Credential) -> Result<Self, IdentityError> {
        let seed = match credential.key.split_at_checked(32) {
            Some((seed, public)) if public.len() == 32 => seed,
            _ => return Err(IdentityError::Key(credential.key.len())),
        };
        let mut authority = RootCertStore::empty();
        let ca = CertificateDer::from(credential.ca_cert.clone());
        authority.add(ca).map_err(unusable)?;
        let key = [&ED25519_IN_PKCS8, seed].concat();
        Ok(Self {
            chain: vec![credential.cert.clone().into()],
            key: PrivatePkcs8KeyDer::from(key).into(),
            authority,
        })
    }

    /// How a server speaks: to clients alone that have their certificate from the authority, TLS 1.2 at least.
    ///
    /// # Errors
    /// Where certificate, key and authority do not fit.
    pub fn server(&self) -> Result<Arc<ServerConfig>, IdentityError> {
        let (roots, provider) = (Arc::new(self.authority.clone()), provider());
        let clients = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&provider));
        let clients = clients.build().map_err(unusable)?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_client_cert_verifier(clients)
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }

    /// How a client speaks: to a server alone that has its certificate from the authority.
    ///
    /// # Errors
    /// Where certificate and key do not fit.
    pub fn client(&self) -> Result<Arc<ClientConfig>, IdentityError> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_root_certificates(self.authority.clone())
            .with_client_auth_cert(self.chain.clone(), self.key.clone_key())
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }
}

/// A connection to a server, which has to have a certificate for its address. It is made at once, and again where it breaks.
///
/// # Errors
/// Where the server cannot be reached, or either end refuses the other.
pub async fn channel(address: SocketAddr, identity: &Identity) -> Result<Channel, ChannelError> {
    let tls = TlsConnector::from(identity.client()?);
    let connector = tower::service_fn(move |_: http::Uri| {
        let tls = tls.clone();
        async move {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let stream = tls.connect(address.ip().into(), stream).await?;
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        }
    });
    let endpoint = Endpoint::from_shared(format!("http://{address}")).map_err(ChannelError::Connect)?;
    let endpoint = endpoint
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_ANSWER);
    endpoint
        .connect_with_connector(connector)
        .await
        .map_err(ChannelError::Connect)
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The identity of this end cannot be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The server is not reached, or one end refuses the other.
    #[error("cannot connect: {}", with_causes(.0))]
    Connect(#[source] tonic::transport::Error),
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let wrong = || unreadable(path, "certificates");
    let read = CertificateDer::pem_reader_iter(opened(path).map_err(wrong())?);
    let all = read.collect::<Result<Vec<_>, _>>().map_err(wrong())?;
    match all.is_empty() {
        true => Err(IdentityError::Empty(path.to_owned())),
        false => Ok(all),
    }
}

/// A pipe would be waited for, whatever asks to stop meanwhile, and a device may have no end.
fn opened(path: &Path) -> Result<File, pem::Error> {
    let file = c1z_file::open_regular(path).map_err(pem::Error::Io)?;
    file.ok_or_else(|| pem::Error::Io(io::Error::other("it is not a regular file")))
}

fn unreadable(path: &Path, what: &'static str) -> impl FnOnce(pem::Error) -> IdentityError {
    let path = path.to_owned();
    move |source| IdentityError::File { path, what, source }
}

fn unusable(error: impl fmt::Display) -> IdentityError {
    IdentityError::Unusable(error.to_string())
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.chain.len())
            .finish_non_exhaustive()
    }
}
