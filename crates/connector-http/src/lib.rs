//! What a connector over HTTP says of a failed call: an [`ApiError`] of `http-kit` as an [`Error`] of the SDK, with the exit
//! code, the vendor's words and whether asking again can help. And what it notes of its writes: [`journal`].
//!
//! ```
//! use connector_http::cannot;
//! use connector_sdk::Result;
//! use http_kit::{Call, HttpClient};
//!
//! # #[derive(serde::Deserialize)] struct Member { login: String }
//! async fn members(client: &HttpClient, team: &str) -> Result<Vec<Member>> {
//!     let call = Call::get("members.list", http_kit::Path::from("teams").seg(team).lit("members"));
//!     client.json(call).await.map_err(cannot(format!("list the members of {team}")))
//! }
//! ```
//!
//! A client with errors of its own starts from [`describe`] and gives the error the code of the meaning that it knows
//! better ([`Error::with_code`]).
//!
//! Listings whose pages are counted or linked become pages of the engine by [`list`], and a change that is one write is
//! made by [`carry_out`]. A whole connector is
//! `examples/code_host.rs`.
//!
//! What such a connector finds of its surroundings is here too: [`ClockWatch`] compares the clock of this machine with the
//! vendor's.
#![forbid(unsafe_code)]

mod carry_out;
mod listing;
mod watch;

use async_trait::async_trait;
pub use carry_out::carry_out;
use connector_sdk::{Code, Error, Retry, Vendor, WriteRequest, Writes};
use http::Method;
use http_kit::{ApiError, ApiErrorKind, Journal, TransportError, TransportErrorKind};
pub use listing::{MALFORMED_ROW, Paging, list, malformed_rows};
pub use watch::ClockWatch;

/// Makes the error of a failed call, with the call's error as its source. `what` reads after "cannot" and names what the
/// call was about.
pub fn cannot(what: impl AsRef<str>) -> impl FnOnce(ApiError) -> Error {
    move |api| describe(what, &api).with_source(api)
}

/// Describes a failed call, as [`cannot`], without its source.
///
/// Where the vendor has no words (a refused connection, a response nobody understands), those of `http-kit` are all there
/// is, so the message has them.
#[must_use]
pub fn describe(what: impl AsRef<str>, api: &ApiError) -> Error {
    let message = match api.vendor() {
        _ if api.kind() == ApiErrorKind::Stopped => {
            let again = if api.attempts() > 0 { " again" } else { "" };
            format!(
                "cannot {}: asked to stop, so it was not sent{again}",
                what.as_ref()
            )
        }
        Some(_) => format!("cannot {}", what.as_ref()),
        None => format!("cannot {}: {api}", what.as_ref()),
    };
    Error::new(code(api), message)
        .with_vendor(vendor(api))
        .with_retry(retry(api))
}

/// What the vendor said.
#[must_use]
pub fn vendor(api: &ApiError) -> Vendor {
    let words = api.vendor();
    Vendor {
        status: api.status(),
        code: words.and_then(|words| words.code.clone().or_else(|| words.key.clone())),
        detail: words.and_then(|words| words.detail.clone().or_else(|| words.title.clone())),
        request_id: api.request_id().map(str::to_owned),
    }
}

/// The code of a failed call, by its meaning. That of a vendor whose statuses mean something else is for its client to say.
#[must_use]
pub fn code(api: &ApiError) -> Code {
    match api.kind() {
        ApiErrorKind::NotAuthenticated => Code::Unauthenticated,
        ApiErrorKind::NotPermitted => Code::PermissionDenied,
        ApiErrorKind::NotFound => Code::NotFound,
        ApiErrorKind::Invalid if api.status() == Some(451) => Code::PermissionDenied,
        ApiErrorKind::Invalid => Code::InvalidArgument,
        ApiErrorKind::Conflict => Code::FailedPrecondition,
        ApiErrorKind::PaymentRequired | ApiErrorKind::RateLimited => Code::ResourceExhausted,
        ApiErrorKind::Unavailable => Code::Unavailable,
        // What used up the budget: the limit of requests, or a server that fails.
        ApiErrorKind::BudgetSpent if api.status() == Some(429) => Code::ResourceExhausted,
        ApiErrorKind::BudgetSpent => Code::DeadlineExceeded,
        ApiErrorKind::Stopped => Code::Cancelled,
        // Kinds are open; one that is not known here was not thought about here.
        _ => Code::Internal,
    }
}

fn retry(api: &ApiError) -> Retry {
    let ran_out_of_time = |error: &TransportError| error.kind == TransportErrorKind::Timeout;
    match api.kind() {
        ApiErrorKind::Unavailable if api.transport().is_some_and(ran_out_of_time) => Retry::Exhausted,
        ApiErrorKind::RateLimited
        | ApiErrorKind::Unavailable
        | ApiErrorKind::BudgetSpent
        | ApiErrorKind::Stopped => Retry::Later,
        _ => Retry::Never,
    }
}

/// The [`Writes`] of the change that is being carried out, as the journal of a client
/// ([`HttpClientBuilder::journal`](http_kit::HttpClientBuilder::journal)): the engine then knows what the change has sent,
/// whatever ends it, and nothing more is sent once it is asked to stop. Bodies are not noted.
pub fn journal() -> Option<Box<dyn Journal>> {
    Writes::current().map(|writes| Box::new(Noted(writes)) as _)
}

struct Noted(Writes);

#[async_trait]
impl Journal for Noted {
    fn begin(&self, method: &Method, path: &str) -> Option<usize> {
        self.0.begin(WriteRequest::new(method.as_str(), path))
    }

    fn answered(&self, number: usize, status: u16, request_id: Option<String>) {
        self.0.answered(number, status, request_id);
    }

    fn not_sent(&self, number: usize) {
        self.0.not_sent(number);
    }

    async fn closed(&self) {
        self.0.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http_kit::testing::{FakeTransport, Reply};
    use http_kit::{Call, HttpClient, RetryPolicy};

    use super::*;

    async fn failure(reply: Reply) -> Error {
        let fake = FakeTransport::new().on_any_fn(move |_| reply.clone());
        let builder = HttpClient::builder(Arc::new(fake), "https://api.test".parse().expect("an address"));
        let client = builder.retry(RetryPolicy::never()).build().expect("a client");
        let sent = client.send(Call::get("teams.get", "teams/7")).await;
        cannot("read the team 7")(sent.expect_err("a failure"))
    }

    /// A server that asks for more than a day is not asked again: what it means is told, and how long it asks for.
    #[tokio::test]
    async fn a_wait_that_is_too_long_is_a_limit_or_a_deadline() {
        for (status, code) in [(429, Code::ResourceExhausted), (503, Code::DeadlineExceeded)] {
            let fake = FakeTransport::new()
                .on_any_fn(move |_| Reply::status(status).header("retry-after", "200000"));
            let base = "https://api.test".parse().expect("an address");
            let builder = HttpClient::builder(Arc::new(fake.clone()), base);
            let clock: Arc<dyn http_kit::Clock> = Arc::new(http_kit::ManualClock::default());
            let client = builder.clock(clock).build().expect("a client");
            let sent = client.send(Call::get("teams.get", "teams/7")).await;
            let error = cannot("read the team 7")(sent.expect_err("a failure"));
            assert_eq!((error.code(), fake.requests().len()), (code, 1), "{error}");
            assert!(error.to_string().contains("200000 s (55.6 hours)"), "{error}");
        }
    }

    /// Each status with its code, and a person's line with the vendor's words or with ours.
    #[tokio::test]
    async fn each_failure_has_its_code_and_its_words() {
        let mut lines = Vec::new();
        for status in [400, 401, 402, 403, 404, 409, 429, 451, 500] {
            let body = r#"{"message": "no such luck", "code": "E-7"}"#;
            let reply = Reply::status(status).body(body).header("x-request-id", "r-1");
            let error = failure(reply).await;
            lines.push(format!("{status} {}: {error}", error.code().number()));
        }
        let gone = failure(Reply::fault(TransportErrorKind::Connect)).await;
        assert!(
            std::error::Error::source(&gone).is_some(),
            "the call's error is the source"
        );
        assert_eq!(gone.retry(), Retry::Later);
        let endless = failure(Reply::fault(TransportErrorKind::Timeout)).await;
        assert_eq!(endless.retry(), Retry::Exhausted);
        lines.push(format!("- {}: {gone}", gone.code().number()));
        insta::assert_snapshot!(lines.join("\n"));
    }
}

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
