//! Sockets and connections.

use std::io;
use std::net::SocketAddr;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::counters::Counters;
use super::simulator::Simulator;

/// A simulator that answers. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    simulator: Simulator,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Running {
    pub(super) fn start(simulator: Simulator, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let service = TowerToHyperService::new(simulator.router());
        let accepting = tokio::spawn(async move {
            loop {
                // A failed accept concerns one peer; the listener goes on.
                if let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, service.clone()));
                }
            }
        });
        Ok(Self {
            simulator,
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
        self.simulator.counters()
    }

    /// Takes no more connections and returns the final counts. Open connections end when their clients close them.
    pub fn stop(self) -> Counters {
        self.simulator.counters()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, service: TowerToHyperService<axum::Router>) {
    // Small answers must not wait for a full packet.
    let _ = stream.set_nodelay(true);
    // Errors of a connection are its client's business: it went away, or spoke no HTTP.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
