//! Connections with TLS.

use super::routes;
use crate::local::Local;
use crate::tls::{KEEPALIVE, KEEPALIVE_ANSWER};
use crate::waits::wait;
use futures_util::stream;
use rustls::ServerConfig;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::Server;
use tonic::transport::server::Connected;

/// How long a handshake may take, and how many are under way at most: who never ends one keeps nobody else out.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HANDSHAKES: usize = 64;

/// How long connections may take to end once everything else has.
const FAREWELL: Duration = Duration::from_secs(5);

/// What is waited before another connection is accepted where the system has no room for one.
const NO_ROOM: Duration = Duration::from_millis(100);

/// Serves a connector to clients with a certificate, until `stop` completes; then it ends in an orderly way ([`Local::close`]).
///
/// # Errors
/// Where connections cannot be served at all.
pub async fn serve(
    local: &Local,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (hand_over, accepted) = mpsc::channel(HANDSHAKES);
    let accepting = AbortOnDropHandle::new(tokio::spawn(accept(listener, tls, hand_over)));
    let incoming = stream::unfold(accepted, |mut accepted| async move {
        let connection: Connection = accepted.recv().await?;
        Some((Ok::<_, io::Error>(connection), accepted))
    });
    let closing = CancellationToken::new();
    let served = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_ANSWER))
        .add_routes(routes(local))
        .serve_with_incoming_shutdown(Box::pin(incoming), closing.clone().cancelled_owned());
    let mut served = AbortOnDropHandle::new(tokio::spawn(served));
    tokio::select! {
        ended = &mut served => return came_to(ended),
        () = stop => {}
    }
    drop(accepting);
    closing.cancel();
    // Calls that wait for a snapshot are answered by this.
    local.close().await;
    match tokio::time::timeout(FAREWELL, &mut served).await {
        Ok(ended) => came_to(ended),
        // Whoever still holds a connection then has got all its answers.
        Err(_) => Ok(()),
    }
}

fn came_to(ended: Result<Result<(), tonic::transport::Error>, tokio::task::JoinError>) -> io::Result<()> {
    ended.map_err(io::Error::other)?.map_err(io::Error::other)
}

async fn accept(listener: TcpListener, tls: Arc<ServerConfig>, hand_over: mpsc::Sender<Connection>) {
    let acceptor = TlsAcceptor::from(tls);
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    // It is never closed.
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                wait(NO_ROOM).await;
                continue;
            }
        };
        // Messages are small and each is waited for. Where it cannot be set, the connection is only slower.
        let _ = stream.set_nodelay(true);
        let (acceptor, hand_over) = (acceptor.clone(), hand_over.clone());
        tokio::spawn(async move {
            let _permit = permit;
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // Where nobody takes it, the server ends.
                Ok(Ok(stream)) => drop(hand_over.send(Connection(stream)).await),
                Ok(Err(error)) => tracing::warn!(%error, "a client was refused"),
                Err(_) => tracing::warn!("a client did not end its handshake"),
            }
        });
    }
}

/// A connection of a client that showed its certificate.
struct Connection(TlsStream<TcpStream>);

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
