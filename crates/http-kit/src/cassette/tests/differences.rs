//! What is said about a request that was not recorded.

use super::*;
use crate::cassette::Closest;
use crate::{ApiErrorKind, Call, HttpClient, ManualClock, TransportErrorKind};
use insta::assert_snapshot;
use serde_json::json;

fn recording() -> TempDir {
    let requests = [
        get("/v1/orgs/7/users?limit=10&status=active&status=new"),
        post(
            "/v1/orgs/7/users/search",
            r#"{"limit": 100, "expand": ["role", "type"], "sort": {"status": "asc"}}"#,
        ),
        post("/v1/orgs/7/users/search", r#"{"limit": 100, "status": "gone"}"#),
        request(Method::DELETE, "/v1/orgs/7/groups/12", ""),
    ];
    recorded(|_| Reply::status(204), requests)
}

/// What is said about these requests, one after the other.
fn said(requests: impl IntoIterator<Item = Request>) -> String {
    let dir = recording();
    let replay = replay(dir.path());
    let texts = requests.into_iter().map(|request| {
        let error = send(&replay, request).expect_err("a difference");
        assert_eq!(error.kind, TransportErrorKind::NotRecorded);
        error.to_string()
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_difference_to_the_closest_request_is_named() {
    let no_type = Request {
        headers: HeaderMap::new(),
        ..post("/v1/orgs/7/users/search", r#"{"limit": 100, "status": "gone"}"#)
    };
    let binary = Request {
        body: Some(b"\xff\xff".to_vec().into()),
        ..post("/v1/orgs/7/users/search", "{}")
    };
    assert_snapshot!(said([
        get("/v1/orgs/7/users?limit=11&status=new&status=active&page=2"),
        get("/v1/orgs/7/users?limit=10"),
        get("/v1/orgs/8/users?limit=10&status=active&status=new"),
        get("/v1/orgs/7/users/ada@engines.example"),
        post(
            "/v1/orgs/7/users/search",
            r#"{"limit": 50, "expand": ["role", "name"], "sort": {"status": "asc"}}"#
        ),
        post(
            "/v1/orgs/7/users/search",
            r#"{"limit": 100, "expand": ["role"], "sort": "status"}"#
        ),
        post(
            "/v1/orgs/7/users/search",
            r#"{"limit": 100, "status": "ada@engines.example"}"#
        ),
        post(
            "/v1/orgs/7/users/search",
            r#"{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7}"#
        ),
        post("/v1/orgs/7/users/search", ""),
        no_type,
        binary,
        request(Method::POST, "/v1/orgs/7/groups/12", ""),
        request(Method::DELETE, "/v1/orgs/7/groups/13", ""),
    ]));
}

#[test]
fn an_answer_that_was_given_is_not_given_again() {
    let dir = recording();
    let replay = replay(dir.path());
    let delete = || request(Method::DELETE, "/v1/orgs/7/groups/12", "");
    send(&replay, delete()).expect("a response");
    let error = send(&replay, delete()).expect_err("used up");
    assert_snapshot!(error, @"not in the recording (DELETE /v1/orgs/7/groups/12: recorded once, and asked again)");
    let missed = replay.missed();
    assert_eq!(missed.len(), 1);
    assert_eq!(missed[0].closest, Closest::UsedUp { recorded: 1 });
}

#[test]
fn nothing_was_recorded() {
    let dir = recorded(|_| Reply::status(204), []);
    let error = send(&replay(dir.path()), get("/v1/users")).expect_err("nothing");
    assert_snapshot!(error, @"not in the recording (GET /v1/users: nothing was recorded)");
}

#[test]
fn a_changed_cassette_names_the_difference() {
    let make = |_: &Recorded| Reply::json(200, &json!({ "data": [] }));
    let dir = recorded(
        make,
        [post(
            "/v1/orgs/7/users/search",
            r#"{"limit": 100, "expand": ["role"]}"#,
        )],
    );
    rewrite(dir.path(), |text| {
        text.replace(r#""limit": 100"#, r#""limit": 10"#)
            .replace("/orgs/7/", "/orgs/8/")
    });
    let replay = Arc::new(replay(dir.path()));
    let client = HttpClient::builder(replay, "https://api.example.com".parse().expect("an address"))
        .clock(Arc::new(ManualClock::default()))
        .build()
        .expect("a client");
    let call = Call::post("users.search", "/v1/orgs/7/users/search")
        .json(&json!({ "limit": 100, "expand": ["role"] }));
    let error = run(client.send(call.idempotency(crate::Idempotency::Safe))).expect_err("a difference");
    assert_eq!((error.kind(), error.attempts()), (ApiErrorKind::Protocol, 1));
    assert_snapshot!(error);
}
