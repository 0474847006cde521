//! An object whose bucket answers as a test has it.

use super::*;
use connector_cli::SecretString;
use http::Method;
use http_kit::TransportErrorKind;
use http_kit::testing::{FakeTransport, Reply};
use std::sync::Arc;

const SECRET: &str = "an-access-key-that-is-secret";
const PATH: &str = "/access/sync.c1z";

/// The object, over answers to reads and to writes.
fn object(reads: Vec<Reply>, writes: Vec<Reply>) -> (Object, FakeTransport) {
    let fake = FakeTransport::new()
        .on(Method::GET, PATH, reads)
        .on(Method::PUT, PATH, writes);
    let address = ObjectAddress::of("s3://access/sync.c1z").unwrap().unwrap();
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "eu-central-1"),
    ];
    let surroundings = BucketSurroundings {
        variables: variables
            .map(|(name, value)| (name, SecretString::from(value)))
            .into(),
    };
    let carrier = Carrier::over(Arc::new(fake.clone()));
    (Object::over(carrier, &address, &surroundings).unwrap(), fake)
}

fn holding(content: &str) -> Reply {
    Reply::status(200)
        .header("ETag", "\"v1\"")
        .header("Last-Modified", "Mon, 30 Nov 2026 12:00:00 GMT")
        .body(content.to_owned())
}

fn refusing(status: u16, code: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>{SECRET} is echoed</Message></Error>");
    Reply::status(status).body(body)
}

#[tokio::test(start_paused = true)]
async fn what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy");
    let (object, _) = object(vec![holding("an artifact"), refusing(404, "NoSuchKey")], vec![]);
    assert_eq!(object.fetch(&file).await.unwrap().as_deref(), Some("\"v1\""));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "an artifact");
    assert_eq!(object.fetch(&file).await.unwrap(), None);
}

/// Each refusal has the meaning that other services' refusals have, and nothing of the answer but its code is told.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read() {
    for (answer, outcome, said) in [
        (refusing(404, "NoSuchBucket"), Outcome::NotFound, "NoSuchBucket"),
        (
            refusing(403, "AccessDenied"),
            Outcome::NotPermitted,
            "AccessDenied",
        ),
        (
            refusing(403, "SignatureDoesNotMatch"),
            Outcome::NotAuthenticated,
            "SignatureDoesNotMatch",
        ),
        (
            refusing(400, "ExpiredToken"),
            Outcome::NotAuthenticated,
            "ExpiredToken",
        ),
        (refusing(301, "PermanentRedirect"), Outcome::Unreachable, ""),
        (refusing(503, "SlowDown"), Outcome::Unreachable, "SlowDown"),
        (
            Reply::fault(TransportErrorKind::Tls),
            Outcome::Unreachable,
            "tls handshake refused",
        ),
        (Reply::status(200).body("no version"), Outcome::NotUnderstood, ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (object, _) = object(vec![answer; RETRIES + 1], vec![]);
        let error = object.fetch(&folder.path().join("copy")).await.unwrap_err();
        assert_eq!(error.outcome(), outcome, "{error}");
        let told = format!("{error} {error:?}");
        assert!(
            told.contains(said) && told.contains("s3://access/sync.c1z"),
            "{told}"
        );
        assert!(!told.contains(SECRET), "{told}");
    }
}

/// The condition stands in the request, and a write whose end is not known is not sent again: what is there is read.
#[tokio::test(start_paused = true)]
async fn what_is_put() {
    let changed = || refusing(412, "PreconditionFailed");
    let lost = || Reply::fault(TransportErrorKind::Timeout);
    let (ours, other) = (|| holding("ours"), || holding("another"));
    for (version, write, reads, outcome) in [
        (None, Reply::status(200).header("ETag", "\"v1\""), vec![], None),
        (
            Some("\"v1\""),
            Reply::status(200).header("ETag", "\"v2\""),
            vec![],
            None,
        ),
        (None, changed(), vec![other()], Some(Outcome::Refused)),
        (Some("\"v1\""), changed(), vec![other()], Some(Outcome::Refused)),
        (Some("\"v1\""), changed(), vec![ours()], None),
        (Some("\"v1\""), lost(), vec![ours()], None),
        (Some("\"v1\""), lost(), vec![other()], Some(Outcome::Unreachable)),
        (
            Some("\"v1\""),
            refusing(403, "AccessDenied"),
            vec![other()],
            Some(Outcome::NotPermitted),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made");
        std::fs::write(&file, "ours").unwrap();
        let (object, fake) = object(reads, vec![write]);
        let put = object.put(&file, version).await;
        assert_eq!(put.map_err(|error| error.outcome()).err(), outcome);
        assert_eq!(fake.unused(), 0);
        let sent = fake.requests();
        let (condition, value) = match version {
            None => ("if-none-match", "*"),
            Some(version) => ("if-match", version),
        };
        assert_eq!(sent[0].headers[condition], value);
        assert_eq!(sent[0].body, "ours");
        assert_eq!(sent.iter().filter(|sent| sent.method == Method::PUT).count(), 1);
    }
}

/// A variable that names an endpoint must not send keys in the clear.
#[test]
fn plain_endpoints_are_refused() {
    let address = ObjectAddress::of("s3://access/sync.c1z").unwrap().unwrap();
    for (endpoint, is_good) in [
        ("http://127.0.0.1:9000", true),
        ("https://minio.example", true),
        ("http://minio.example", false),
    ] {
        let surroundings = BucketSurroundings {
            variables: vec![("AWS_ENDPOINT_URL", SecretString::from(endpoint))],
        };
        match open(&address, &surroundings) {
            Ok(_) => assert!(is_good, "{endpoint}"),
            Err(error) => {
                assert!(!is_good && error.outcome() == Outcome::Configuration, "{error}");
                assert!(error.to_string().contains("AWS_ENDPOINT_URL"), "{error}");
            }
        }
    }
}
