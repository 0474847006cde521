//! The connector process of a Baton runner.
//!
//! The parent starts this program, writes one line to its standard input, the base64 of a `ServerConfig`, and leaves that open for
//! as long as it wants the connector. On Unix it listens itself and hands the listener over as a file descriptor; elsewhere the child
//! listens on the port that the line names.

use crate::local::Local;
use crate::server::serve;
use crate::tls::{Identity, IdentityError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector_proto::Message as _;
use connector_proto::connector_wrapper::v1::ServerConfig;
use std::io::{self, BufRead, Read as _};
use std::net::TcpListener;
use tokio::sync::oneshot;

/// The variable of the environment that names the descriptor of the listener.
pub const LISTENER: &str = "BATON_CONNECTOR_SERVICE_LISTENER_FD";

/// Bytes of the line at most: certificates and a key take up three thousand.
const LINE: u64 = 1 << 20;

/// Why a connector process cannot serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// Standard input ended before the line.
    #[error("standard input ended before the parent said how to serve")]
    Closed,
    /// The line is no such configuration. It is not quoted: it holds a key.
    #[error("what the parent said cannot be read: {0}")]
    Unreadable(String),
    /// What was handed over is not the listener that the line speaks of.
    #[error("the listener of the parent cannot be used: {0}")]
    Listener(String),
    /// Connections cannot be served.
    #[error("cannot serve: {0}")]
    Serve(#[source] io::Error),
}

/// The parent: what it said, and its end.
#[derive(Debug)]
pub struct Parent {
    config: ServerConfig,
    gone: oneshot::Receiver<()>,
}

impl Parent {
    /// Reads the line of the parent. The input is read on a thread of its own until its end, which is that of the parent.
    ///
    /// # Errors
    /// [`ChildError::Closed`] and [`ChildError::Unreadable`].
    pub async fn read(input: impl BufRead + Send + 'static) -> Result<Self, ChildError> {
        let (said, line) = oneshot::channel();
        let (alive, gone) = oneshot::channel();
        let listen = move || {
            let mut input = input;
            let mut line = Vec::new();
            let read = input.by_ref().take(LINE).read_until(b'\n', &mut line);
            // Where nobody listens any more, the process is about to end.
            let _ = said.send(read.map(|_| line));
            let mut rest = [0; 256];
            while input.read(&mut rest).is_ok_and(|count| count > 0) {}
            drop(alive);
        };
        let thread = std::thread::Builder::new().name("parent".into()).spawn(listen);
        thread.map_err(|error| ChildError::Unreadable(error.to_string()))?;
        let line = line.await.map_err(|_| ChildError::Closed)?;
        let line = line.map_err(|error| ChildError::Unreadable(error.to_string()))?;
        match line.strip_suffix(b"\n") {
            Some(line) => Ok(Self {
                config: config(line)?,
                gone,
            }),
            None if line.len() as u64 == LINE => Err(ChildError::Unreadable("the line has no end".into())),
            None => Err(ChildError::Closed),
        }
    }

    /// Serves a connector to the parent until it goes away, or until `stop` completes. `descriptor` is the value of the variable
    /// [`LISTENER`], where it is set.
    ///
    /// # Errors
    /// What the parent said or handed over cannot be used.
    pub async fn serve(
        self,
        local: &Local,
        descriptor: Option<&str>,
        stop: impl Future<Output = ()>,
    ) -> Result<(), ChildError> {
        let unreadable = |error: IdentityError| ChildError::Unreadable(error.to_string());
        let credential = self.config.credential.unwrap_or_default();
        let tls = Identity::from_credential(&credential).and_then(|identity| identity.server());
        let port = u16::try_from(self.config.listen_port)
            .ok()
            .filter(|port| *port != 0);
        let port = port.ok_or_else(|| ChildError::Unreadable("it names no port".into()))?;
        let listener = listener(port, descriptor)?;
        let gone = self.gone;
        let ended = async {
            tokio::select! {
                // It never says anything: it goes with the thread.
                _ = gone => {}
                () = stop => {}
            }
        };
        let served = serve(local, listener, tls.map_err(unreadable)?, ended).await;
        served.map_err(ChildError::Serve)
    }
}

fn config(line: &[u8]) -> Result<ServerConfig, ChildError> {
    let unreadable = |what: &str| ChildError::Unreadable(what.into());
    let line = line.trim_ascii_end();
    let bytes = STANDARD
        .decode(line)
        .map_err(|_| unreadable("the line is not base64"))?;
    ServerConfig::decode(bytes.as_slice()).map_err(|_| unreadable("the line is not a ServerConfig"))
}

fn listener(port: u16, descriptor: Option<&str>) -> Result<tokio::net::TcpListener, ChildError> {
    let wrong = |error: io::Error| ChildError::Listener(error.to_string());
    let listener = handed_over(port, descriptor)?;
    let found = listener.local_addr().map_err(wrong)?.port();
    if found != port {
        let what = format!("it listens on port {found}, and the parent said {port}");
        return Err(ChildError::Listener(what));
    }
    listener.set_nonblocking(true).map_err(wrong)?;
    tokio::net::TcpListener::from_std(listener).map_err(wrong)
}

/// The listener that the parent handed over.
#[cfg(unix)]
fn handed_over(_: u16, descriptor: Option<&str>) -> Result<TcpListener, ChildError> {
    let missing = || ChildError::Listener(format!("{LISTENER} does not name its file descriptor"));
    let descriptor = descriptor
        .and_then(|text| text.parse().ok())
        .ok_or_else(missing)?;
    let owned = inherited::owned(descriptor);
    let owned =
        owned.map_err(|error| ChildError::Listener(format!("file descriptor {descriptor}: {error}")))?;
    Ok(TcpListener::from(owned))
}

/// There is none: descriptors are not handed over there, and the child listens itself.
#[cfg(not(unix))]
fn handed_over(port: u16, _: Option<&str>) -> Result<TcpListener, ChildError> {
    TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port))
        .map_err(|error| ChildError::Listener(error.to_string()))
}

#[cfg(unix)]
mod inherited;

#[cfg(test)]
mod tests;
