//! How the daemon is, for whoever runs it: `/health`, `/ready`, `/live`.
//!
//! | path | 200 | asks the vendor |
//! |---|---|---|
//! | `/live` | the process answers | never |
//! | `/ready` | the daemon takes tasks, and the vendor accepted the credential when it was last asked | at most once a minute |
//! | `/health` | the vendor accepted the credential when it was last asked | at most once a minute |

use crate::executor::Executor;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http_kit::Clock;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::Code;

/// How long an answer of the vendor is believed.
const BELIEVED: Duration = Duration::from_mins(1);

/// How long the vendor is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is told about the daemon.
#[derive(Clone)]
pub(crate) struct Health {
    executor: Arc<dyn Executor>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    last: Arc<Mutex<Option<Checked>>>,
}

/// What the vendor said when it was last asked.
#[derive(Clone)]
struct Checked {
    at: Duration,
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
    pub(crate) fn new(executor: Arc<dyn Executor>, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self {
            executor,
            clock,
            stop,
            last: Arc::default(),
        }
    }

    /// What the vendor says, asked once for all who ask at the same time.
    async fn checked(&self) -> Checked {
        let mut last = self.last.lock().await;
        let now = self.clock.elapsed();
        if let Some(checked) = last
            .as_ref()
            .filter(|checked| now.saturating_sub(checked.at) < BELIEVED)
        {
            return checked.clone();
        }
        let answer = tokio::select! {
            answer = self.executor.validate() => answer,
            () = self.clock.sleep(PATIENCE) => Err(tonic::Status::deadline_exceeded("the vendor does not answer")),
        };
        let checked = Checked {
            at: self.clock.elapsed(),
            refuses: answer
                .as_ref()
                .is_err_and(|status| matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied)),
            error: answer.err().map(|status| status.message().to_owned()),
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

/// Tells it at an address until the answer is dropped.
pub(crate) async fn serve(health: Health, address: SocketAddr) -> io::Result<AbortOnDropHandle<()>> {
    let listener = TcpListener::bind(address).await?;
    let at = listener.local_addr()?;
    tracing::info!(address = %at, "health is told at /health, /ready and /live");
    let (health_of, ready_of) = (health.clone(), health.clone());
    let router = Router::new()
        .route("/health", get(move || async move { health_of.health().await }))
        .route("/ready", get(move || async move { ready_of.ready().await }))
        .route(
            "/live",
            get(move || async move { health.told(StatusCode::OK, "alive", BTreeMap::new()) }),
        );
    Ok(AbortOnDropHandle::new(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!("health is not told any more: {error}");
        }
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{Reply, Request};
    use async_trait::async_trait;
    use connector_proto::connector::v2::ConnectorMetadata;
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

    #[tokio::test]
    async fn the_vendor_is_asked_at_most_once_a_minute() {
        let clock = ManualClock::default();
        let answers = vec![
            Err(Status::unauthenticated("the key is refused")),
            Err(Status::unavailable("not reached")),
            Ok(()),
        ];
        let stop = CancellationToken::new();
        let health = Health::new(
            Arc::new(Vendor(Mutex::new(answers))),
            Arc::new(clock.clone()),
            stop.clone(),
        );
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
        stop.cancel();
        assert_eq!(
            health.ready().await.status().as_u16(),
            503,
            "asked for nothing while it stops"
        );
    }
}
