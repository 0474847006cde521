//! Answers that are not understood: what is sent again, and what is said in the end.

use super::*;
use crate::{ApiErrorKind, Credential, Idempotency, Page, Secret};
use serde_json::json;

#[derive(Debug, serde::Deserialize)]
struct Thing {
    size: u32,
}

const PAGE: &str = "<!DOCTYPE html><html><body>Sign in as ada@example.com</body></html>";

fn ok(body: &str) -> Reply {
    Reply::status(200).body(body.to_owned())
}

/// What the call ends with after these replies, and how many requests it takes.
fn outcome(call: Call, replies: impl IntoIterator<Item = Reply>) -> (Result<u32, ApiError>, usize) {
    let bench = Bench::new(replies);
    let thing = run(bench.client.json::<Thing>(call));
    (thing.map(|thing| thing.size), bench.fake.requests().len())
}

#[test]
fn a_read_that_is_not_understood_is_sent_again() {
    let whole = ok(r#"{"size":1}"#);
    for odd in ["", PAGE, r#"{"size":"#, r#"{"size":"big"}"#, "null", "\u{0}\u{1}"] {
        let (found, requests) = outcome(get(), [ok(odd), ok(odd), whole.clone()]);
        assert_eq!(
            (found.expect("the third answer is whole"), requests),
            (1, 3),
            "{odd}"
        );
        let (found, requests) = outcome(get(), vec![ok(odd); 5]);
        let error = found.expect_err("never understood");
        assert_eq!(
            (error.kind(), requests, error.attempts()),
            (ApiErrorKind::Undecodable, 3, 3),
            "{odd}"
        );
        assert_eq!(error.status(), Some(200));
    }
    // Other faults in between have attempts of their own.
    let replies = [ok(PAGE), Reply::status(502), ok(""), Reply::status(503), whole];
    let (found, requests) = outcome(get(), replies);
    assert_eq!((found.expect("the fifth answer is whole"), requests), (1, 5));
}

#[test]
fn a_write_that_is_not_understood_is_sent_once() {
    for idempotency in [Idempotency::Unsafe, Idempotency::Idempotent] {
        let call = Call::post("things.make", "things/1").idempotency(idempotency);
        let (found, requests) = outcome(call, [ok(PAGE), ok(r#"{"size":1}"#)]);
        assert_eq!(
            (found.expect_err("a page").kind(), requests),
            (ApiErrorKind::Undecodable, 1)
        );
    }
}

#[test]
fn what_came_instead_is_said() {
    let said = |body: &[u8]| {
        let reply = Reply::status(200).body(body.to_vec());
        let error = outcome(get(), vec![reply; 3]).0.expect_err("not understood");
        error.to_string()
    };
    assert!(said(PAGE.as_bytes()).contains("the answer is an HTML page instead of JSON"));
    assert!(said(b"").contains("the answer is empty"));
    assert!(said(b"<?xml version=\"1.0\"?>").contains("the answer is XML instead of JSON"));
    // Values must not be told by an encoding or by a beginning that hides the structure.
    let secret = r#"{"name": "Lovelace", "email": "Analytical Engine", "size": "#;
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies: [Vec<u8>; 6] = [
        format!("\u{feff}{secret}").into(),
        [b"\xff\xfe".to_vec(), utf16.clone()].concat(),
        utf16,
        secret.chars().flat_map(|c| [c as u8, 0, 0, 0]).collect(),
        format!(")]}}',\n{secret}").into(),
        format!("ada\", {secret}").into(),
    ];
    for body in bodies {
        let said = said(&body);
        assert!(!said.contains("Lovelace") && !said.contains("Engine"), "{said}");
        assert!(!said.contains("L\0o\0v"), "{said}");
        assert!(said.len() < 400, "{said}");
    }
}

#[test]
fn text_that_is_no_character_does_not_cost_the_answer() {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    for (body, expected) in [
        (&br#"{"name":"A\ud800"}"#[..], "A\u{fffd}"),
        (b"{\"name\":\"Andr\xe9\"}", "Andr\u{fffd}"),
        (b"\xef\xbb\xbf{\"name\":\"A\"}", "A"),
    ] {
        let bench = Bench::new([Reply::status(200).body(body.to_vec())]);
        let named: Named = run(bench.client.json(get())).expect("a name");
        assert_eq!(named.name, expected);
    }
    // The vendor's words about an error are read alike.
    let refused = Reply::status(403).body(&b"{\"code\":\"ADMIN-403-3\",\"detail\":\"caf\xe9 \\udc00\"}"[..]);
    let error = Bench::new([refused]).send(get()).0.expect_err("refused");
    assert_eq!(
        error.vendor().and_then(|words| words.code.as_deref()),
        Some("ADMIN-403-3")
    );
}

#[test]
fn an_answer_of_too_many_values_is_refused() {
    let rows = format!("[{}]", vec!["{}"; 600_000].join(","));
    let bench = Bench::with([ok(&rows)], |builder| builder.max_values(1_000_000));
    let error = bench.send(get()).0.expect_err("too many");
    assert_eq!(error.kind(), ApiErrorKind::TooLarge);
    assert!(error.to_string().contains("more than 1000000 values"), "{error}");
    assert_eq!(
        bench.fake.requests().len(),
        1,
        "the next answer would be as large"
    );
}

/// A server that quotes everything it was sent, in every place that reaches an error.
fn quoting(status: u16, quoted: String) -> impl Fn(&crate::testing::Recorded) -> Reply {
    move |_| {
        let detail = format!("refused: {quoted}");
        Reply::json(
            status,
            &json!({"code": quoted, "title": quoted, "detail": detail, "key": quoted, "size": quoted}),
        )
        .header("x-request-id", &quoted)
        .header("location", &format!("https://{quoted}.elsewhere.test/{quoted}"))
    }
}

#[test]
fn no_credential_is_in_an_error() {
    const SECRET: &str = "s3cr3t-Value~one";
    let secret = || Secret::from(SECRET.to_owned());
    let basic = "YWRhOnMzY3IzdC1WYWx1ZX5vbmU=";
    let header = |name: &'static str| http::HeaderName::from_static(name);
    let user = || "ada".to_owned();
    let credentials = [
        Credential::Bearer(secret()),
        Credential::Basic {
            user: user(),
            password: secret(),
        },
        Credential::Header {
            name: header("x-api-key"),
            value: secret(),
        },
        Credential::Query {
            name: "sig".to_owned(),
            value: secret(),
        },
    ];
    let plain = [
        SECRET.to_owned(),
        format!("ada:{SECRET}"),
        basic.to_owned(),
        format!("Basic {basic}"),
    ];
    for quoted in &plain {
        for status in [200, 302, 401, 403] {
            let fake = FakeTransport::new().on_any_fn(quoting(status, quoted.clone()));
            let of_client = credentials.iter().map(|credential| {
                let builder = HttpClient::builder(
                    Arc::new(fake.clone()),
                    "https://api.test".parse().expect("an address"),
                );
                let builder = builder.credential(credential.clone());
                assert!(!format!("{builder:?} {credential:?}").contains(SECRET));
                (builder, get())
            });
            let of_call = [
                get().header(header("x-api-key"), SECRET),
                get().header(header("authorization"), &format!("Token {SECRET}")),
                get().query("access_token", SECRET),
            ]
            .map(|call| {
                (
                    HttpClient::builder(
                        Arc::new(fake.clone()),
                        "https://api.test".parse().expect("an address"),
                    ),
                    call,
                )
            });
            for (number, (builder, call)) in of_client.chain(of_call).enumerate() {
                // The Base64 of user and password is a credential only of a client that has them.
                if quoted.contains(basic) && number != 1 {
                    continue;
                }
                let builder = builder
                    .error_decoder(decode_error)
                    .clock(Arc::new(ManualClock::default()));
                let client = builder.build().expect("a client");
                let error = run(client.json::<Thing>(call)).expect_err("refused");
                let shown = format!("{error} {error:?} {:?} {:?}", error.vendor(), error.request_id());
                assert!(
                    !shown.contains(SECRET) && !shown.contains(basic),
                    "{status} {number}: {shown}"
                );
                let sent = &fake.requests()[0];
                assert!(
                    !format!("{:?}", sent.headers).contains(SECRET),
                    "{:?}",
                    sent.headers
                );
            }
        }
    }
}

#[test]
fn credentials_travel_where_they_belong() {
    let secret = || Secret::from("p+w".to_owned());
    let sent = |credential: Credential| {
        let bench = Bench::with([ok("{}")], |builder| builder.credential(credential));
        bench.send(get().query("limit", "1")).0.expect("an answer");
        bench.fake.requests().remove(0)
    };
    let basic = sent(Credential::Basic {
        user: "ada".to_owned(),
        password: secret(),
    });
    assert_eq!(basic.headers["authorization"], "Basic YWRhOnArdw==");
    let query = sent(Credential::Query {
        name: "sig".to_owned(),
        value: secret(),
    });
    let pairs: Vec<_> = query
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(pairs, [("limit", "1"), ("sig", "p+w")]);
    let name = http::HeaderName::from_static("x-api-key");
    assert_eq!(
        sent(Credential::Header {
            name,
            value: secret()
        })
        .headers["x-api-key"],
        "p+w"
    );
}

#[test]
fn empty_pages_do_not_go_on_for_ever() {
    use futures_util::StreamExt;
    let fetched = std::cell::Cell::new(0);
    let fetch = |_| {
        fetched.set(fetched.get() + 1);
        let next = crate::Cursor::from_link(&format!("c{}", fetched.get()));
        async {
            Ok::<_, ApiError>(Page {
                items: Vec::<()>::new(),
                bad_rows: Vec::new(),
                odd_fields: Vec::new(),
                next,
            })
        }
    };
    let pages = crate::stream_pages("things.list", None, fetch, ApiError::from);
    let last = run(pages.collect::<Vec<_>>())
        .pop()
        .expect("an end")
        .expect_err("no end");
    assert_eq!((last.kind(), fetched.get()), (ApiErrorKind::Protocol, 20));
    assert!(last.to_string().contains("20 pages in a row are empty"), "{last}");
}
