//! A stand-in for C1: the token endpoint and the task service over TLS on one port of this machine.
//!
//! It hands out tasks, and is strict: it verifies assertions and tokens, ids, the order of uploads and their checksums, and remembers
//! what broke a rule ([`Standin::violations`]). It can refuse, hang and lose answers ([`Options::faults`]), and gives a task to
//! somebody else when its heartbeats stay out.
//!
//! ```no_run
//! # async fn example() -> Result<(), c1_standin::Error> {
//! use c1_standin::{Options, Standin, tasks};
//!
//! let standin = Standin::start(Options::default()).await?;
//! standin.hand_out(tasks::full_sync());
//! println!("{} {}", standin.client_id(), standin.client_secret());
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod certificates;
mod desk;
mod service;
pub mod tasks;
mod token;

pub use desk::{Finished, Upload};
pub use service::{Call, Fault};

use desk::Desk;
use http_kit::{Clock, SystemClock};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};

/// Why there is no stand-in.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Decides about a call whether it goes wrong.
pub type Faults = Arc<dyn Fn(&Call) -> Option<Fault> + Send + Sync>;

/// How the stand-in behaves.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; port 0 for any that is free.
    pub address: SocketAddr,
    /// What it tells to wait between two polls.
    pub poll: Duration,
    /// What it tells to wait between two heartbeats; a task without three of them is handed out again.
    pub heartbeat: Duration,
    /// How long tokens hold.
    pub token_life: Duration,
    /// What goes wrong.
    pub faults: Faults,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            poll: Duration::from_secs(1),
            heartbeat: Duration::from_secs(10),
            token_life: Duration::from_hours(1),
            faults: Arc::new(|_| None),
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("address", &self.address)
            .field("poll", &self.poll)
            .field("heartbeat", &self.heartbeat)
            .finish_non_exhaustive()
    }
}

/// A stand-in that runs until it is dropped.
#[derive(Debug)]
pub struct Standin {
    client_id: String,
    client_secret: String,
    ca_pem: String,
    desk: Arc<Desk>,
    _stop: oneshot::Sender<()>,
}

impl Standin {
    /// Starts one.
    ///
    /// # Errors
    /// Where the port cannot be bound.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let listener = TcpListener::bind(options.address).await?;
        let host = format!("localhost:{}", listener.local_addr()?.port());
        let client = token::Client::new(format!("standin-7@{host}/v1/connectors/demo"))?;
        let certificates = certificates::throw_away()?;
        let desk = Arc::new(Desk::new(&options));
        let tokens = Arc::new(token::Issuer::new(client.public(), options.clone()));
        let routes = Routes::from(token::router(Arc::clone(&tokens))).add_service(service::service(
            Arc::clone(&desk),
            tokens,
            options,
        ));
        let identity = Identity::from_pem(&certificates.chain_pem, &certificates.key_pem);
        let mut server = Server::builder().tls_config(ServerTlsConfig::new().identity(identity))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = async move {
            // Also where the sender is dropped.
            let _ = stopped.await;
        };
        let serving = server
            .add_routes(routes)
            .serve_with_incoming_shutdown(TcpIncoming::from(listener), ended);
        tokio::spawn(serving);
        Ok(Self {
            client_id: client.id().to_owned(),
            client_secret: client.secret().to_owned(),
            ca_pem: certificates.ca_pem,
            desk,
            _stop: stop,
        })
    }

    /// The client id that it knows.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The secret that belongs to the client id. It opens nothing but this stand-in.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// The certificate of whoever signed its own.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Hands a task out as soon as somebody asks. Its id, which it gets where it has none.
    pub fn hand_out(&self, task: connector_proto::connectorapi::baton::v1::Task) -> String {
        self.desk.add(task)
    }

    /// Says with the next heartbeat of a task that it is cancelled.
    pub fn cancel(&self, task_id: &str) {
        self.desk.cancel(task_id);
    }

    /// Waits until so many tasks are finished, in real time at most `patience`. The tasks that are, in the order in which they were.
    pub async fn finished(&self, count: usize, patience: Duration) -> Vec<Finished> {
        self.desk.finished(count, patience).await
    }

    /// The uploads that were accepted.
    pub fn uploads(&self) -> Vec<Upload> {
        self.desk.uploads()
    }

    /// The ids of hosts that said hello.
    pub fn hellos(&self) -> Vec<connector_proto::connectorapi::baton::v1::BatonServiceHelloRequest> {
        self.desk.hellos()
    }

    /// The host that works on a task.
    pub fn holder(&self, task_id: &str) -> Option<String> {
        self.desk.holder(task_id)
    }

    /// How many heartbeats of a task came.
    pub fn heartbeats(&self, task_id: &str) -> usize {
        self.desk.heartbeats(task_id)
    }

    /// What broke a rule of the protocol.
    pub fn violations(&self) -> Vec<String> {
        self.desk.violations()
    }

    /// How often a task was finished that was finished before.
    pub fn finished_again(&self) -> usize {
        self.desk.finished_again()
    }
}
