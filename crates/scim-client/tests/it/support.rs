//! A client whose transport answers from a script.

use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{Jitter, ManualClock, RetryPolicy};
use scim_client::*;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

pub(crate) const DIRECTORY: &str = "7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263";
pub(crate) const KEY: &str = "directory-key";

/// The text of a fixture.
macro_rules! fixture {
    ($name:expr) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/scim-client/",
            $name,
            ".json"
        ))
    };
}
pub(crate) use fixture;

pub(crate) fn user() -> UserId {
    UserId::parse("a4d9c5b0-3e77-4f12-8b60-9c11f0e2d745").unwrap()
}

pub(crate) fn group() -> GroupId {
    GroupId::parse("c02b7f5e-9d14-43a8-8e2a-6b5f4c3d2e10").unwrap()
}

/// A client of a transport that gives these answers, one after the other, to whatever is asked.
pub(crate) fn client(profile: Profile, replies: Vec<Reply>) -> (ScimClient, FakeTransport) {
    let replies = Arc::new(std::sync::Mutex::new(replies.into_iter()));
    let answer = move |request: &Recorded| {
        let next = replies.lock().expect("no test panics inside").next();
        next.unwrap_or_else(|| panic!("no reply left for {} {}", request.method, request.path))
    };
    let transport = FakeTransport::new().on_any_fn(answer);
    (
        client_of(profile, transport.clone(), RetryPolicy::default()),
        transport,
    )
}

pub(crate) fn client_of(profile: Profile, transport: FakeTransport, retry: RetryPolicy) -> ScimClient {
    let base = atlassian_url("https://api.atlassian.test/", DIRECTORY).expect("an address");
    let http = http_builder(Arc::new(transport), base, Secret::from(KEY.to_owned()))
        .clock(Arc::new(ManualClock::default()))
        .jitter(Jitter::fixed(0.5))
        .retry(retry)
        .build()
        .expect("a client");
    ScimClient::new(http, profile)
}

pub(crate) fn reply(status: u16, body: &'static str) -> Reply {
    Reply::status(status).body(body)
}

/// A request as a line without the base address, conditions on it as others, and its body as the last.
pub(crate) fn written(request: &Recorded) -> String {
    let query: Vec<String> = request
        .query
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let conditions = ["if-match", "if-none-match"].into_iter().filter_map(|name| {
        let value = request.headers.get(name)?.to_str().ok()?;
        Some(format!("\n{name}: {value}"))
    });
    let body = match request.body.is_empty() {
        true => String::new(),
        false => format!("\n{}", String::from_utf8_lossy(&request.body)),
    };
    let path = request
        .path
        .strip_prefix(&format!("/scim/directory/{DIRECTORY}"))
        .expect("every path stands below the base");
    format!(
        "{} {path}{query}{}{body}",
        request.method,
        conditions.collect::<String>()
    )
}

/// An error in a line: what it means, what the server said, where it knows the request.
pub(crate) fn told(error: &ScimError) -> String {
    let word = error.scim_type().map(|word| format!(" {word}"));
    let detail = error.detail().map(|detail| format!(": {detail}"));
    let request = error.request_id().map(|id| format!(" [{id}]"));
    let parts = [word, detail, request].into_iter().flatten();
    format!("{:?}{}", error.kind(), parts.collect::<String>())
}

/// A page as JSON.
pub(crate) fn page<T: Serialize>(page: Page<T>) -> impl Serialize {
    json!({ "items": page.items, "bad_rows": page.bad_rows, "next": page.next })
}

/// What is known after a write as JSON.
pub(crate) fn after<R: Resource>(written: Written<R>) -> impl Serialize {
    json!({ "stored": written.stored, "etag": written.etag, "receipt": receipt(written.receipt) })
}

/// What a creation returns as JSON.
pub(crate) fn made<R: Resource>(created: Created<R>) -> impl Serialize {
    json!({
        "id": created.id,
        "stored": created.stored,
        "location": created.location,
        "receipt": receipt(created.receipt),
    })
}

/// An answer to a write as one line.
pub(crate) fn receipt(receipt: Receipt) -> String {
    format!(
        "{} {}",
        receipt.status,
        receipt.request_id.as_deref().unwrap_or("without an id")
    )
}

/// The result of a bulk request as JSON.
pub(crate) fn outcomes(response: BulkResponse) -> impl Serialize {
    let outcome = |outcome: &BulkOutcome| {
        json!({
            "method": outcome.method,
            "bulk_id": outcome.bulk_id,
            "id": outcome.id(),
            "etag": outcome.etag,
            "status": outcome.status,
            "error": outcome.error_kind().map(|kind| format!("{kind:?}")),
            "detail": outcome.detail(),
        })
    };
    let outcomes: Vec<_> = response.outcomes.iter().map(outcome).collect();
    json!({
        "outcomes": outcomes,
        "bad_rows": response.bad_rows,
        "unanswered": response.unanswered,
    })
}
