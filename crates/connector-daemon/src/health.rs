//! How the daemon is, for whoever runs it: `/health`, `/ready`, `/live`, `/metrics`.
//!
//! | path | 200 | asks the vendor |
//! |---|---|---|
//! | `/live` | the process answers | never |
//! | `/ready` | C1 has answered the hello, the daemon takes tasks, and the vendor accepted the credential when it was last asked | at most once a minute |
//! | `/metrics` | what it has done, in numbers | never |
//! | `/health` | the vendor accepted the credential when it was last asked | at most once a minute |

use crate::executor::Connected;
use crate::metrics::{MEDIA_TYPE, Metrics};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http_kit::Clock;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::Code;

/// How long an answer of the vendor is believed.
const BELIEVED: Duration = Duration::from_mins(1);

/// How long the vendor is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections at the same time at most: whoever reaches the port could take every descriptor of the process otherwise.
const MOST_CONNECTIONS: usize = 64;

/// How long the head of a request may take.
const PROBES_TIMEOUT: Duration = Duration::from_secs(5);

/// How long it takes to accept again after that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What is told about the daemon.
#[derive(Clone)]
pub(crate) struct Health {
    connected: watch::Receiver<Arc<Connected>>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    /// Whether C1 has answered the hello.
    greeted: watch::Receiver<bool>,
    stop: CancellationToken,
    last: Arc<Mutex<Option<Checked>>>,
}

/// What the vendor said when it was last asked.
#[derive(Clone)]
struct Checked {
    at: Duration,
    /// What it was asked with: another credential is answered again.
    with: Arc<Connected>,
    /// Whether it is the credential that does not work.
    refuses: bool,
    error: Option<String>,
}

#[derive(Serialize)]
struct Told {
    status: &'static str,
    timestamp: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<&'static str, String>,
}

impl Health {
    pub(crate) fn new(
        connected: watch::Receiver<Arc<Connected>>,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
        greeted: watch::Receiver<bool>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            connected,
            metrics,
            clock,
            greeted,
            stop,
            last: Arc::default(),
        }
    }

    /// What the vendor says, asked once for all who ask at the same time.
    async fn checked(&self) -> Checked {
        let mut last = self.last.lock().await;
        let now = self.clock.elapsed();
        let with = Arc::clone(&self.connected.borrow());
        let is_of_now = |checked: &&Checked| {
            now.saturating_sub(checked.at) < BELIEVED && Arc::ptr_eq(&checked.with, &with)
        };
        if let Some(checked) = last.as_ref().filter(is_of_now) {
            return checked.clone();
        }
        let answer = tokio::select! {
            answer = with.executor.validate() => answer,
            () = self.clock.sleep(ANSWER_TIMEOUT) => Err(tonic::Status::deadline_exceeded("the vendor does not answer")),
        };
        let checked = Checked {
            at: self.clock.elapsed(),
            refuses: answer
                .as_ref()
                .is_err_and(|status| matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied)),
            error: answer.err().map(|status| status.message().to_owned()),
            with,
        };
        *last = Some(checked.clone());
        checked
    }

    async fn health(&self) -> Response {
        let checked = self.checked().await;
        match checked.error {
            None => self.told(StatusCode::OK, "healthy", BTreeMap::new()),
            Some(error) => {
                let details = BTreeMap::from([("validation_error", error)]);
                self.told(StatusCode::SERVICE_UNAVAILABLE, "unhealthy", details)
            }
        }
    }

    async fn ready(&self) -> Response {
        let error = if self.stop.is_cancelled() {
            Some("the daemon is stopping".to_owned())
        } else if !*self.greeted.borrow() {
            Some("C1 has not answered the hello yet".to_owned())
        } else {
            // What is only unreachable for a while keeps no task from being taken.
            let checked = self.checked().await;
            checked.error.filter(|_| checked.refuses)
        };
        match error {
            None => self.told(StatusCode::OK, "ready", BTreeMap::new()),
            Some(error) => {
                let details = BTreeMap::from([("error", error)]);
                self.told(StatusCode::SERVICE_UNAVAILABLE, "not_ready", details)
            }
        }
    }

    fn told(
        &self,
        code: StatusCode,
        status: &'static str,
        details: BTreeMap<&'static str, String>,
    ) -> Response {
        let timestamp = self.clock.now().to_string();
        let told = Told {
            status,
            timestamp,
            details,
        };
        (code, Json(told)).into_response()
    }
}

fn told_in_numbers(metrics: &Metrics) -> Response {
    match metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Tells it at an address until the answer is dropped.
pub(crate) async fn serve(health: Health, address: SocketAddr) -> io::Result<AbortOnDropHandle<()>> {
    let listener = TcpListener::bind(address).await?;
    let at = listener.local_addr()?;
    tracing::info!(address = %at, "health is told at /health, /ready and /live, numbers at /metrics");
    let (health_of, ready_of, live) = (health.clone(), health.clone(), health.clone());
    let metrics = Arc::clone(&health.metrics);
    let router = Router::new()
        .route("/metrics", get(move || async move { told_in_numbers(&metrics) }))
        .route("/health", get(move || async move { health_of.health().await }))
        .route("/ready", get(move || async move { ready_of.ready().await }))
        .route(
            "/live",
            get(move || async move { live.told(StatusCode::OK, "alive", BTreeMap::new()) }),
        );
    let service = TowerToHyperService::new(router);
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    Ok(AbortOnDropHandle::new(tokio::spawn(async move {
        // The semaphore is never closed.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let (stream, _) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a probe cannot be answered");
                    health.clock.sleep(AFTER_FAILURE).await;
                    continue;
                }
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PROBES_TIMEOUT)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service.clone());
            let clock = Arc::clone(&health.clock);
            tokio::spawn(async move {
                tokio::select! {
                    // Whoever goes away in between is nobody's fault.
                    _ = connection => {}
                    () = clock.sleep(ANSWER_TIMEOUT + PROBES_TIMEOUT) => {}
                }
                drop(place);
            });
        }
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{Executor, Reply, Request};
    use crate::hello::Program;
    use crate::metrics::Requests;
    use crate::sync::SyncSettings;
    use async_trait::async_trait;
    use connector_proto::connector::v2::ConnectorMetadata;
    use connector_sdk::{ConfigSchema, Connector, ConnectorSpec, TypeEntry};
    use http_kit::ManualClock;
    use std::sync::Mutex;
    use tonic::Status;

    /// Answers with these, the last one first, and fails the test when it is asked once more.
    struct Vendor(Mutex<Vec<Result<(), Status>>>);

    #[async_trait]
    impl Executor for Vendor {
        async fn metadata(&self) -> Result<ConnectorMetadata, Status> {
            Ok(ConnectorMetadata::default())
        }

        async fn validate(&self) -> Result<(), Status> {
            self.0.lock().expect("whole").pop().expect("not asked so often")
        }

        async fn execute(&self, _: Request, _: &str) -> Result<Reply, Status> {
            Err(Status::unimplemented("not asked for"))
        }
    }

    /// Is never synced.
    #[derive(Debug)]
    struct Nothing;

    impl Connector for Nothing {
        fn spec(&self) -> ConnectorSpec {
            ConnectorSpec {
                display_name: "Nothing".to_owned(),
                description: "Is never synced".to_owned(),
                help_url: None,
                settings: ConfigSchema::default(),
                types: Vec::new(),
                actions: Vec::new(),
                account_schema: None,
                gaps: Vec::new(),
            }
        }

        fn types(&self) -> Vec<TypeEntry> {
            Vec::new()
        }
    }

    fn connected(answers: Vec<Result<(), Status>>) -> Arc<Connected> {
        Arc::new(Connected {
            executor: Arc::new(Vendor(Mutex::new(answers))),
            syncs: SyncSettings {
                storage_engine: None,
                connector: Arc::new(Nothing),
                scope: BTreeMap::new(),
                redactor: Arc::default(),
                resource_types: None,
                access: true,
                workers: 0,
                zone: jiff::tz::TimeZone::UTC,
                allows_gap: Arc::new(|_| false),
            },
            requests: Arc::new(Requests::default),
        })
    }

    #[tokio::test]
    async fn the_vendor_is_asked_at_most_once_a_minute() {
        let clock = ManualClock::default();
        let answers = vec![
            Err(Status::unauthenticated("the key is refused")),
            Err(Status::unavailable("not reached")),
            Ok(()),
        ];
        let stop = CancellationToken::new();
        let (replaced, receiver) = watch::channel(connected(answers));
        let program = Program {
            name: "test".to_owned(),
            version: "1.2.3".to_owned(),
        };
        let metrics = Arc::new(Metrics::new(&program, receiver.clone()));
        let (greeted, is_greeted) = watch::channel(false);
        let health = Health::new(
            receiver,
            metrics,
            Arc::new(clock.clone()),
            is_greeted,
            stop.clone(),
        );
        assert_eq!(
            health.ready().await.status().as_u16(),
            503,
            "it is not connected yet"
        );
        greeted.send_replace(true);
        let mut seen = Vec::new();
        for _ in 0..3 {
            for _ in 0..5 {
                let both = (health.health().await.status(), health.ready().await.status());
                seen.push((both.0.as_u16(), both.1.as_u16()));
            }
            clock.advance(BELIEVED);
        }
        seen.dedup();
        assert_eq!(seen, [(200, 200), (503, 200), (503, 503)]);
        clock.advance(BELIEVED / 2);
        replaced.send_replace(connected(vec![Ok(())]));
        assert_eq!(
            health.ready().await.status().as_u16(),
            200,
            "another key is asked about at once"
        );
        stop.cancel();
        assert_eq!(
            health.ready().await.status().as_u16(),
            503,
            "asked for nothing while it stops"
        );
    }
}
