//! The simulator as a transport: requests are answered in process, without a socket.

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http_kit::{Request, Response, Transport, TransportError, TransportErrorKind};
use tower::ServiceExt as _;
use url::Position;

/// Answers from a [router](atlassian_sim::Simulator::router), whatever the host of the address.
///
/// It behaves as a connection to the same simulator would: an answer that is reset before its first byte is
/// [`Interrupted`](TransportErrorKind::Interrupted), one whose body breaks off is
/// [`Truncated`](TransportErrorKind::Truncated), and one that does not come within [`Request::timeout`] on Tokio's
/// clock is a [`Timeout`](TransportErrorKind::Timeout).
#[derive(Clone, Debug)]
pub struct SimulatedTransport {
    router: Router,
}

impl SimulatedTransport {
    /// Sends everything to this router.
    pub fn new(router: Router) -> Self {
        Self { router }
    }

    async fn answer(&self, request: http::Request<Body>) -> Result<Response, TransportError> {
        let (head, body) = match self.router.clone().oneshot(request).await {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        let mut body = body.into_data_stream();
        let mut read = Vec::new();
        while let Some(piece) = body.next().await {
            let broken = if read.is_empty() {
                TransportErrorKind::Interrupted
            } else {
                TransportErrorKind::Truncated
            };
            read.extend_from_slice(&piece.map_err(|error| TransportError::new(broken).with_source(error))?);
        }
        Ok(Response {
            status: head.status,
            headers: head.headers,
            body: Bytes::from(read),
        })
    }
}

#[async_trait]
impl Transport for SimulatedTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut sent = http::Request::new(request.body.map_or_else(Body::empty, Body::from));
        *sent.method_mut() = request.method;
        *sent.uri_mut() = request.url[Position::BeforePath..Position::AfterQuery]
            .parse()
            .map_err(|error: http::uri::InvalidUri| {
                TransportError::new(TransportErrorKind::Other).with_source(error)
            })?;
        *sent.headers_mut() = request.headers;
        tokio::time::timeout(request.timeout, self.answer(sent))
            .await
            .map_err(|_| TransportError::new(TransportErrorKind::Timeout))?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use atlassian_sim::{Fault, FaultPlan, ManualClock, Org, OrgSpec, Simulator};
    use http::{HeaderMap, HeaderValue, Method, header};

    use super::*;

    const NOON: jiff::Timestamp = jiff::Timestamp::constant(1_795_521_600, 0);

    async fn ask(fault: Option<Fault>) -> Result<(u16, usize), TransportErrorKind> {
        let org = Org::generate(OrgSpec::one());
        let faults = fault.map_or_else(FaultPlan::none, |fault| FaultPlan::none().everywhere(fault));
        let simulator = Simulator::builder(org.clone())
            .faults(faults)
            .clock(Arc::new(ManualClock::new(NOON)))
            .build();
        let key = HeaderValue::try_from(format!("Bearer {}", org.api_key())).expect("a header");
        let request = Request {
            method: Method::GET,
            url: "https://api.atlassian.com/admin/v1/orgs"
                .parse()
                .expect("an address"),
            headers: HeaderMap::from_iter([(header::AUTHORIZATION, key)]),
            body: None,
            timeout: Duration::from_secs(20),
        };
        let answer = SimulatedTransport::new(simulator.router()).send(request).await;
        assert_eq!(simulator.counters().total().requests, 1);
        answer
            .map(|answer| (answer.status.as_u16(), answer.body.len()))
            .map_err(|error| error.kind)
    }

    #[tokio::test(start_paused = true)]
    async fn answers_and_faults_are_those_of_a_connection() {
        use TransportErrorKind::{Interrupted, Timeout, Truncated};
        let whole = ask(None).await.expect("an answer");
        assert_eq!(whole.0, 200);
        assert!(whole.1 > 100);
        for (fault, expected) in [
            (Fault::ResetBefore, Err(Interrupted)),
            (Fault::ResetAfter, Err(Interrupted)),
            (Fault::Cut, Err(Truncated)),
            (Fault::Hang, Err(Timeout)),
            (Fault::Empty, Ok((200, 0))),
        ] {
            assert_eq!(ask(Some(fault.clone())).await, expected, "{fault:?}");
        }
    }
}
