//! Sockets and connections.

use super::counters::Counters;
use super::sim::Sim;
use super::writes::WriteLog;
use crate::fault::BrokenConnection;
use axum::Router;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A simulator that answers. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    sim: Arc<Sim>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Running {
    pub(super) fn start(router: Router, sim: Arc<Sim>, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let service = TowerToHyperService::new(router);
        let accepting = tokio::spawn(async move {
            // Connections live in the task that accepts them, so that stopping it ends them all.
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    // A failed accept concerns one peer; the listener goes on.
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => drop(connections.spawn(serve(stream, service.clone()))),
                        Err(_) => until_another_try().await,
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Self {
            sim,
            address,
            accepting,
        })
    }

    /// Where it answers, as `http://address:port` without a trailing slash. Paths are those of the vendor's host.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was asked so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.sim.tallies.snapshot()
    }

    /// Every request to an endpoint that writes so far, in the order in which they were answered.
    #[must_use]
    pub fn writes(&self) -> Vec<WriteLog> {
        self.sim.writes()
    }

    /// Ends all connections, takes no more, and returns the final counts.
    pub fn stop(self) -> Counters {
        self.sim.tallies.snapshot()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Without descriptors every accept fails at once, until a connection ends.
#[expect(
    clippy::disallowed_methods,
    reason = "the machine is waited for, not the simulated vendor"
)]
async fn until_another_try() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn serve(stream: TcpStream, router: TowerToHyperService<Router>) {
    // Small answers must not wait for a full packet.
    let _ = stream.set_nodelay(true);
    let broken = Arc::new(AtomicBool::new(false));
    let wire = Wire {
        stream,
        broken: broken.clone(),
    };
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (answering, broken) = (router.call(request), broken.clone());
        async move {
            let response: Response = match answering.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<BrokenConnection>().is_some() {
                broken.store(true, Ordering::Relaxed);
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            Ok(response)
        }
    });
    // Errors of a connection are its client's business (it went away, or spoke no HTTP) or wanted.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(wire), service)
        .await;
}

/// A connection that can end with a reset.
#[derive(Debug)]
struct Wire {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.broken.load(Ordering::Relaxed) {
            // Without lingering the system sends a reset instead of a proper end. Where it refuses that, the
            // connection still ends without a byte.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken.load(Ordering::Relaxed) {
            // A proper end would go out before the reset.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
