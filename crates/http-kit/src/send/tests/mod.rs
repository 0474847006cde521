mod budget;
mod decoding;
mod errors;
mod journal;
mod policy;
mod standstill;

use crate::testing::{FakeTransport, Reply};
use crate::{ApiError, Call, Clock, HttpClient, HttpClientBuilder, Jitter, ManualClock, VendorError};
use http::Method;
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A client over a scripted transport, on a clock that nobody waits for.
struct Bench {
    clock: ManualClock,
    fake: FakeTransport,
    client: HttpClient,
}

impl Bench {
    /// Replies to everything under `/things`, in this order.
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(replies, |builder| builder)
    }

    fn with(
        replies: impl IntoIterator<Item = Reply>,
        set_up: impl FnOnce(HttpClientBuilder) -> HttpClientBuilder,
    ) -> Self {
        let clock = ManualClock::default();
        let replies: Vec<_> = replies.into_iter().collect();
        let fake = [Method::GET, Method::POST, Method::PUT, Method::DELETE]
            .into_iter()
            .fold(FakeTransport::new().with_clock(&clock), |fake, method| {
                fake.on(method, "/things/**", replies.clone())
            });
        let builder = HttpClient::builder(
            Arc::new(fake.clone()),
            "https://api.test".parse().expect("an address"),
        )
        .clock(Arc::new(clock.clone()))
        .jitter(Jitter::fixed(0.5))
        .error_decoder(decode_error);
        let client = set_up(builder).build().expect("a client");
        Self { clock, fake, client }
    }

    /// Sends a call and returns its outcome, with the seconds it took and the number of requests.
    fn send(&self, call: Call) -> (Result<crate::Answer, ApiError>, f64, usize) {
        let outcome = run(self.client.send(call));
        (
            outcome,
            self.clock.elapsed().as_secs_f64(),
            self.fake.requests().len(),
        )
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn get() -> Call {
    Call::get("things.get", "things/1")
}

/// Reads `{"code", "title", "detail", "key", "requestId"}`, as a vendor's client would.
fn decode_error(_: http::StatusCode, _: &http::HeaderMap, body: &[u8]) -> VendorError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    VendorError {
        code: text("code"),
        title: text("title"),
        detail: text("detail"),
        key: text("key"),
        request_id: text("requestId"),
    }
}
