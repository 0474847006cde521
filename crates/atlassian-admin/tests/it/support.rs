//! A client whose transport answers from a script.

use atlassian_admin::{AdminClient, OrgId, http_builder};
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{ManualClock, Secret};
use std::sync::Arc;

pub(crate) const ORG: &str = "8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f";
pub(crate) const DIRECTORY: &str = "4be07f1a-2c55-4d0e-8a41-90c3d7e6b512";
pub(crate) const ACCOUNT: &str = "712020:0b7c4e1f-93aa-4d15-8f60-2c7de91b54a3";
pub(crate) const GROUP: &str = "0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97";
pub(crate) const SITE: &str = "ari:cloud:jira-software::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873";

/// The text of a fixture.
macro_rules! fixture {
    ($name:expr) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/atlassian-admin/",
            $name,
            ".json"
        ))
    };
}
pub(crate) use fixture;

/// A client of a transport that gives these answers, one after the other, to whatever is asked.
pub(crate) fn client(replies: Vec<Reply>) -> (AdminClient, FakeTransport) {
    let replies = Arc::new(std::sync::Mutex::new(replies.into_iter()));
    let answer = move |request: &Recorded| {
        let next = replies.lock().expect("no test panics inside").next();
        next.unwrap_or_else(|| panic!("no reply left for {} {}", request.method, request.path))
    };
    let transport = FakeTransport::new().on_any_fn(answer);
    (client_of(transport.clone()), transport)
}

pub(crate) fn client_of(transport: FakeTransport) -> AdminClient {
    let base = "https://api.atlassian.test".parse().expect("an address");
    let http = http_builder(Arc::new(transport), base, Secret::from("org-key".to_owned()))
        .clock(Arc::new(ManualClock::default()))
        .build()
        .expect("a client");
    AdminClient::new(http, OrgId::parse(ORG).expect("an id"))
}

pub(crate) fn reply(status: u16, body: &'static str) -> Reply {
    Reply::status(status).body(body)
}

/// A request as a line, and its body as another.
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
    let body = match request.body.is_empty() {
        true => String::new(),
        false => format!("\n{}", String::from_utf8_lossy(&request.body)),
    };
    format!("{} {}{query}{body}", request.method, request.path)
}
