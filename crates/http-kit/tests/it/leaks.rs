//! A credential reaches the wire and nothing else.

use http::{HeaderMap, Method, StatusCode};
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{Call, HttpClient, Idempotency, ManualClock, RetryPolicy, Secret, VendorError};
use proptest::prelude::*;
use serde_json::json;
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Collects log lines.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A server that quotes the credential wherever it can.
fn quote(status: u16, credential: &str, page: bool) -> Reply {
    let words = format!("the key {credential} of ada@example.com is refused");
    let body = if page {
        format!("<html>{credential}</html>")
    } else {
        let words = words.as_str();
        json!({ "detail": words, "data": [words] }).to_string()
    };
    Reply::status(status)
        .body(body)
        .header("x-request-id", credential)
        .header("set-cookie", credential)
        .header("www-authenticate", credential)
        .header(
            "location",
            &format!(
                "https://{}.elsewhere.test/{credential}",
                credential.to_lowercase()
            ),
        )
        .header("retry-after", credential)
}

/// Takes the whole body for the words of the vendor, whatever it is.
fn quote_all(_: StatusCode, _: &HeaderMap, body: &[u8]) -> VendorError {
    let words = Some(String::from_utf8_lossy(body).into_owned());
    VendorError {
        code: words.clone(),
        title: words.clone(),
        detail: words.clone(),
        key: words.clone(),
        request_id: words,
    }
}

/// Everything that a program may print about calls that carry `credential`, on every level of logging.
fn everything_printed(credential: &str, status: u16, page: bool) -> String {
    let lines = Lines::default();
    let logs = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    // With one subscriber in the process another test's thread may decide for all that nobody wants a line.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let mut printed = tracing::subscriber::with_default(logs, || {
        let text = credential.to_owned();
        let secret = Secret::from(text.clone());
        let fake = FakeTransport::new().on_fn(Method::POST, "/things/**", move |_: &Recorded| {
            quote(status, &text, page)
        });
        let builder = HttpClient::builder(
            Arc::new(fake.clone()),
            "https://api.test".parse().expect("an address"),
        )
        .bearer(secret.clone())
        .clock(Arc::new(ManualClock::default()))
        .retry(RetryPolicy {
            max_attempts: 2,
            ..RetryPolicy::default()
        })
        .error_decoder(quote_all);
        let mut printed = format!("{secret:?} {builder:?}");
        let client = builder.build().expect("a client");
        let call = Call::post("things.search", "things/1")
            .query("token", credential)
            .json(&json!({ "token": credential }))
            .idempotency(Idempotency::Safe);
        printed += &format!("{client:?} {call:?}");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        match runtime.block_on(client.send(call)) {
            Ok(answer) => {
                let error = answer.json::<u32>().expect_err("no number");
                printed += &format!("{answer:?} {error} {error:?}");
            }
            Err(error) => printed += &format!("{error} {error:?} {:?}", error.vendor()),
        }
        let sent = fake.requests().remove(0);
        assert!(
            sent.headers[http::header::AUTHORIZATION]
                .to_str()
                .is_ok_and(|value| value.ends_with(credential))
        );
        printed += &format!("{:?}", sent.headers);
        printed
    });
    let logged = String::from_utf8(lines.0.lock().expect("the lines").clone()).expect("text");
    assert!(
        logged.contains("operation=\"things.search\"") && logged.contains("path=/things/1"),
        "{logged}"
    );
    printed += &logged;
    printed
}

proptest! {
    #[test]
    fn a_credential_is_never_printed(
        credential in "[A-Za-z0-9_=+/-]{12,220}",
        status in prop::sample::select(vec![200_u16, 302, 400, 401, 404, 429, 500, 503]),
        page: bool,
    ) {
        let printed = everything_printed(&credential, status, page);
        prop_assert!(!printed.contains(&credential), "{printed}");
        prop_assert!(!printed.contains("ada@"), "{printed}");
    }
}

#[test]
fn a_part_of_a_credential_is_not_printed_either() {
    // A long one, so that every cut of a message falls into it.
    let credential = format!("ATCT{}", "x7Kq".repeat(80));
    for status in [200, 401, 503] {
        for page in [true, false] {
            let printed = everything_printed(&credential, status, page);
            assert!(!printed.contains("x7Kqx7Kq"), "{printed}");
        }
    }
}
