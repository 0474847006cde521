//! What errors say.

use super::*;
use crate::{ApiErrorKind, TransportErrorKind};
use serde_json::json;

/// The kind and the text of the error that each case ends with.
fn table<R: IntoIterator<Item = Reply>>(cases: impl IntoIterator<Item = (&'static str, R)>) -> String {
    let line = |(name, replies)| {
        let error = Bench::new(replies)
            .send(get().query("secret", "value"))
            .0
            .expect_err(name);
        format!("{name}\n  {:?}\n  {error}\n", error.kind())
    };
    cases.into_iter().map(line).collect()
}

#[test]
fn statuses_have_a_meaning() {
    #[track_caller]
    fn check(kind: ApiErrorKind, statuses: &[u16]) {
        for status in statuses {
            let error = Bench::new(vec![Reply::status(*status); 300])
                .send(get())
                .0
                .expect_err("an error");
            assert_eq!((error.kind(), error.status()), (kind, Some(*status)));
        }
    }
    check(ApiErrorKind::NotAuthenticated, &[401]);
    check(ApiErrorKind::PaymentRequired, &[402]);
    check(ApiErrorKind::NotPermitted, &[403]);
    check(ApiErrorKind::NotFound, &[404, 410]);
    check(ApiErrorKind::Conflict, &[409, 412]);
    check(
        ApiErrorKind::Invalid,
        &[400, 405, 406, 413, 415, 418, 422, 451, 499],
    );
    check(ApiErrorKind::RateLimited, &[429]);
    check(
        ApiErrorKind::Unavailable,
        &[407, 408, 500, 501, 502, 503, 504, 505, 599],
    );
    check(ApiErrorKind::Redirected, &[300, 301, 302, 303, 307, 308]);
    check(ApiErrorKind::Protocol, &[100, 101, 304, 600, 999]);
}

#[test]
fn vendor_words() {
    let body = json!({
        "code": "ADMIN-403-3",
        "title": "Forbidden",
        "detail": "ada@example.com may not\nmanage the organization",
        "requestId": "7f3a",
    });
    insta::assert_snapshot!(table([
        ("all words", [Reply::json(403, &body)]),
        (
            "a key alone",
            [Reply::json(404, &json!({"key": "accountNotFound"})).header("x-request-id", "r-9")]
        ),
        (
            "a long detail",
            [Reply::json(400, &json!({"detail": "x".repeat(400)}))]
        ),
        ("no words", [Reply::status(415)]),
        ("no name for the status", [Reply::status(499)]),
    ]));
}

#[test]
fn waits_that_do_not_help() {
    let too_many = Reply::json(429, &json!({"title": "Too many"}));
    insta::assert_snapshot!(table([
        ("unavailable", vec![Reply::status(503); 8]),
        (
            "no connection",
            vec![Reply::fault(TransportErrorKind::Connect); 8]
        ),
        ("limited", vec![too_many.clone(); 300]),
        (
            "an hour to wait",
            vec![too_many.clone().header("retry-after", "3600")]
        ),
        (
            "a second wait that does not fit",
            vec![
                Reply::status(429).header("x-ratelimit-reset", "2026-01-01T00:09Z"),
                too_many.header("retry-after", "120"),
            ],
        ),
    ]));
}

#[test]
fn what_is_not_followed_and_not_tried_again() {
    let to = |status, location: &str| vec![Reply::status(status).header("location", location)];
    let fault = |kind| vec![Reply::fault(kind)];
    insta::assert_snapshot!(table([
        (
            "elsewhere",
            to(302, "https://login.elsewhere.test/in?continue=secret")
        ),
        ("the same host", to(308, "/other?x=secret")),
        ("nowhere", vec![Reply::status(301)]),
        ("not modified", vec![Reply::status(304)]),
        ("too large", fault(TransportErrorKind::TooLarge)),
        ("no trust", fault(TransportErrorKind::Tls)),
        ("no http", fault(TransportErrorKind::Other)),
        ("no script", vec![]),
    ]));
}

#[test]
fn bodies() {
    #[derive(Debug, serde::Deserialize)]
    struct Users {
        #[serde(rename = "data")]
        _data: Vec<User>,
    }
    #[derive(Debug, serde::Deserialize)]
    struct User {
        #[serde(rename = "size")]
        _size: u32,
    }
    let text = |body: &str| {
        let answer = Bench::new([Reply::status(200)
            .body(body.to_owned())
            .header("x-request-id", "r-9")])
        .send(get())
        .0;
        let error = answer
            .expect("an answer")
            .json::<Users>()
            .expect_err("not understood");
        assert_eq!(error.kind(), ApiErrorKind::Undecodable);
        error.to_string()
    };
    let cases = [
        "",
        r#"{"data":[{"name":"Ada","size":1},{"name":"Bob","size":"two"}]}"#,
        "{\n  \"data\": [\n    {\"name\": \"Ada\"}\n  ]\n}",
        r#"{"data":[{"size":1},"#,
        "<html><body>Sign in as ada@example.com</body></html>",
        r#"{"data":[{"size":1}]} trailing"#,
    ];
    insta::assert_snapshot!(cases.map(|body| format!("{body}\n  {}\n", text(body))).concat());
}

/// What a redirect names is of use to a call only where its credential may go, and if it may be sent twice.
#[test]
fn a_call_at_the_address_that_a_redirect_names() {
    let read = || Call::get("things.get", "/things/1");
    let refusal = |status: u16, location: &str| {
        let bench = Bench::new([Reply::status(status).header("location", location)]);
        bench.send(read()).0.expect_err("a redirect")
    };
    for location in ["https://api.test/things/2?x=1", "/things/2?x=1", "2?x=1"] {
        let refusal = refusal(307, location);
        let next = read().redirected(&refusal).expect("a call");
        assert_eq!((next.path.as_str(), next.query.as_str()), ("/things/2", "x=1"));
        let once = read().idempotency(crate::Idempotency::Unsafe);
        assert!(once.redirected(&refusal).is_none());
    }
    for (status, location) in [
        (302, "/things/2"),
        (308, "https://elsewhere.test/things/2"),
        (308, "http://api.test/things/2"),
        (308, "https://api.test:8443/things/2"),
        (308, "https://ines:secret@api.test/things/2"),
    ] {
        assert!(
            read().redirected(&refusal(status, location)).is_none(),
            "{location}"
        );
    }
}

#[test]
fn a_list_in_one_value() {
    let call = Call::get("things.list", "/things").query("a", "1");
    let none: [&str; 0] = [];
    assert_eq!(
        call.clone().query_list("k", &["b c", "d,e"]).query,
        "a=1&k=b%20c,d%2Ce"
    );
    assert_eq!(call.query_list("k", &none).query, "a=1&k=");
}
