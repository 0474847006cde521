//! Recording a program and replaying it.

use super::*;
use crate::cassette::{Completeness, Treatment};
use crate::{
    ApiError, Call, Clock, Cursor, HttpClient, ManualClock, Page, Path as CallPath, RetryPolicy, Secret,
    stream_pages,
};
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

const PEOPLE: usize = 57;
const PAGE: usize = 10;

fn person(number: usize) -> String {
    format!("712020:00000000-0000-4000-8000-{number:012}")
}

/// A directory of people, each a member of a few groups; every seventh request is refused first.
fn directory() -> impl Fn(&Recorded) -> Reply + Send + Sync + Clone + 'static {
    let asked = Arc::new(AtomicUsize::new(0));
    move |request: &Recorded| {
        if asked.fetch_add(1, Ordering::SeqCst) % 7 == 6 {
            return Reply::json(429, &json!({ "code": 429, "message": "slow down" }))
                .header("retry-after", "20");
        }
        let segments: Vec<&str> = request.path.split('/').collect();
        if segments.last() == Some(&"groups") {
            let id = percent_encoding::percent_decode_str(segments[5])
                .decode_utf8_lossy()
                .into_owned();
            let number: usize = id[id.len() - 12..].parse().expect("a number");
            let groups: Vec<_> = (0..number % 4)
                .map(|group| json!({ "id": format!("group-{group}"), "status": "open" }))
                .collect();
            return Reply::json(200, &json!({ "data": groups }));
        }
        let body = request.json();
        let start: usize = body["cursor"].as_str().map_or(0, |cursor| {
            cursor
                .rsplit('/')
                .next()
                .and_then(|at| at.parse().ok())
                .unwrap_or(0)
        });
        let end = PEOPLE.min(start + PAGE);
        let rows: Vec<_> = (start..end)
            .map(|number| {
                json!({
                    "id": person(number),
                    "name": format!("Person Number{number}"),
                    "email": format!("person{number}@engines{}.example", number % 2),
                    "status": if number % 5 == 0 { "suspended" } else { "active" },
                })
            })
            .collect();
        let next = (end < PEOPLE)
            .then(|| format!("https://api.example.com/v1/orgs/{ORG}/users/search?cursor=At%2F{end}"));
        Reply::json(200, &json!({ "data": rows, "links": { "next": next } }))
    }
}

/// What the program under test finds out, without anybody's name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    status: String,
    domain_count: usize,
    groups: usize,
}

/// The program: reads all people page by page, and the groups of all of a page at the same time.
async fn crawl(
    transport: Arc<dyn Transport>,
    org: &str,
    clock: &ManualClock,
) -> Result<(Vec<Shape>, HashSet<String>), ApiError> {
    let client = HttpClient::builder(transport, "https://api.example.com".parse().expect("an address"))
        .bearer(Secret::from("the-key-of-the-organization".to_owned()))
        .clock(Arc::new(clock.clone()))
        .retry(RetryPolicy {
            budget: std::time::Duration::from_secs(3600),
            ..RetryPolicy::default()
        })
        .build()
        .expect("a client");
    let pages = stream_pages(
        "users.search",
        None,
        |cursor: Option<Cursor>| {
            let call = Call::post(
                "users.search",
                CallPath::new().lit("v1/orgs").seg(org).lit("users/search"),
            )
            .json(&json!({ "cursor": cursor.as_ref().map(Cursor::as_str), "expand": ["role"] }))
            .idempotency(crate::Idempotency::Safe);
            let client = &client;
            async move {
                let body: Value = client.json(call).await?;
                let next = body["links"]["next"].as_str().and_then(Cursor::from_link);
                Ok::<_, ApiError>(Page {
                    items: body["data"].as_array().cloned().unwrap_or_default(),
                    bad_rows: vec![],
                    odd_fields: Vec::new(),
                    next,
                })
            }
        },
        ApiError::from,
    );
    let people: Vec<Value> = pages.map_ok(|page| page.items).try_concat().await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let domains: HashSet<String> = people
        .iter()
        .map(|person| {
            text(&person["email"])
                .split('@')
                .nth(1)
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    let shapes = futures_util::stream::iter(&people).map(|person| {
        let client = &client;
        let domain_count = domains.len();
        async move {
            let path = CallPath::new()
                .lit("v1/orgs")
                .seg(org)
                .lit("users")
                .seg(text(&person["id"]))
                .lit("groups");
            let groups: Value = client.json(Call::get("users.groups", path)).await?;
            let groups = groups["data"].as_array().map_or(0, Vec::len);
            Ok::<_, ApiError>(Shape {
                status: text(&person["status"]),
                domain_count,
                groups,
            })
        }
    });
    let mut shapes: Vec<Shape> = shapes.buffer_unordered(16).try_collect().await?;
    shapes.sort();
    Ok((
        shapes,
        people.iter().map(|person| text(&person["name"])).collect(),
    ))
}

#[test]
fn a_program_finds_the_same_in_a_recording() {
    let dir = TempDir::new().expect("a folder");
    let clock = ManualClock::default();
    let recording = RecordingTransport::builder(vendor(directory()), dir.path(), redactor())
        .clock(Arc::new(clock.clone()))
        .max_file_bytes(10_000)
        .note("organization", ORG, Treatment::Replace)
        .note("mode", "full", Treatment::Keep)
        .start()
        .expect("a recording");
    let recording = Arc::new(recording);
    let (real, real_names) = run(crawl(recording.clone(), ORG, &clock)).expect("a crawl");
    let counted = recording.finish().expect("an end");
    assert_eq!(real.len(), PEOPLE);
    assert!(
        counted.exchanges > 64 && counted.files > 3 && counted.withheld_bodies == 0,
        "{counted:?}"
    );

    let replay = Arc::new(replay(dir.path()));
    assert_eq!(replay.completeness(), &Completeness::Whole);
    assert_eq!(replay.exchanges() as u64, counted.exchanges);
    assert_eq!(replay.note("mode"), Some("full"));
    let clock = ManualClock::new(replay.recorded_at());
    let org = replay.note("organization").expect("a note").to_owned();
    assert_ne!(org, ORG);
    let (again, names) = run(crawl(replay.clone(), &org, &clock)).expect("a crawl");

    assert_eq!(again, real);
    assert_eq!(names.len(), real_names.len());
    assert!(names.is_disjoint(&real_names), "{names:?}");
    assert_eq!((replay.unused(), replay.missed()), (vec![], vec![]));
    assert!(
        clock.elapsed().as_secs() >= 20,
        "refusals are waited for on the clock of the client"
    );
}

#[test]
fn two_recordings_of_one_redactor_match_each_other() {
    let shared = redactor();
    let texts = ["Ada Lovelace", "Ada Lovelace"].map(|name| {
        let dir = TempDir::new().expect("a folder");
        let make = move |_: &Recorded| Reply::json(200, &json!({ "name": name, "id": ADA }));
        let recording =
            RecordingTransport::new(vendor(make), dir.path(), shared.clone()).expect("a recording");
        send(&recording, get("/v1/users")).expect("a response");
        exchanges_of(dir.path())[0]["response"]["body"].clone()
    });
    assert_eq!(texts[0], texts[1]);
    let other = Redactor::new(rules()).expect("a key");
    assert_ne!(other.replaced("Ada Lovelace"), shared.replaced("Ada Lovelace"));
}

#[test]
fn equal_requests_get_their_answers_in_the_order_of_the_recording() {
    let count = Arc::new(AtomicUsize::new(0));
    let make =
        move |_: &Recorded| Reply::json(200, &json!({ "logins": count.fetch_add(1, Ordering::SeqCst) }));
    let dir = recorded(
        make,
        [
            get("/v1/users"),
            get("/v1/groups"),
            get("/v1/users"),
            get("/v1/users"),
        ],
    );
    let replay = replay(dir.path());
    let logins = |target: &str| {
        let response = send(&replay, get(target)).expect("a response");
        serde_json::from_slice::<Value>(&response.body).expect("JSON")["logins"].as_u64()
    };
    assert_eq!(replay.unused().len(), 4);
    assert_eq!([logins("/v1/users"), logins("/v1/users")], [Some(0), Some(2)]);
    let unused: Vec<String> = replay.unused().iter().map(ToString::to_string).collect();
    assert_eq!(
        unused,
        [
            "exchange 2 of cassette-0001.json: GET /v1/groups",
            "exchange 4 of cassette-0001.json: GET /v1/users"
        ]
    );
    assert_eq!([logins("/v1/groups"), logins("/v1/users")], [Some(1), Some(3)]);
    assert!(replay.unused().is_empty());
}

#[test]
fn answers_are_given_once_to_however_many_ask() {
    const MANY: usize = 200;
    let count = Arc::new(AtomicUsize::new(0));
    let make =
        move |_: &Recorded| Reply::json(200, &json!({ "logins": count.fetch_add(1, Ordering::SeqCst) }));
    let dir = recorded(
        make,
        (0..MANY).map(|number| get(&format!("/v1/users?limit={}", number % 3))),
    );
    let replay = Arc::new(replay(dir.path()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .expect("a runtime");
    let asking = (0..MANY).rev().map(|number| {
        let replay = Arc::clone(&replay);
        runtime.spawn(async move { replay.send(get(&format!("/v1/users?limit={}", number % 3))).await })
    });
    let answers = runtime.block_on(join_all(asking));
    let seen: HashSet<_> = answers
        .into_iter()
        .map(|answer| answer.expect("a task").expect("a response").body)
        .collect();
    assert_eq!(seen.len(), MANY);
    assert!(replay.unused().is_empty());
}

#[test]
fn what_is_not_compared() {
    let dir = recorded(
        |_| Reply::status(204),
        [
            post(
                "/v1/search?status=a&limit=2&limit=1",
                r#"{"b": [1, {"status": "x"}], "a": null, "webhook": {"key": "one"}}"#,
            ),
            Request {
                body: Some("client_secret=one&limit=5".into()),
                ..get("/v1/search?token=x")
            },
        ],
    );
    let replay = replay(dir.path());
    let mut same = post(
        "/v1/search?limit=2&limit=1&status=a",
        r#"{"a":null,"webhook":{"key":"two"},"b":[1,{"status":"x"}]}"#,
    );
    same.url.set_host(Some("elsewhere.example.com")).expect("a host");
    same.headers.remove("authorization");
    same.headers
        .insert("user-agent", HeaderValue::from_static("another"));
    assert_eq!(send(&replay, same).expect("a response").status, 204);
    assert_eq!(replay.unused().len(), 1);
}

#[test]
fn failures_come_again() {
    let dir = recorded(
        |_| Reply::fault(crate::TransportErrorKind::Timeout),
        [get("/v1/users")],
    );
    let error = send(&replay(dir.path()), get("/v1/users")).expect_err("a failure");
    assert_eq!(error.kind, crate::TransportErrorKind::Timeout);
}

#[test]
fn answers_come_back_as_they_were_but_for_blanks() {
    let body = r#"{ "score": 1.50, "logins": 12345678901234567890123e-3, "status": "a\u00e4", "a": [ ] }"#;
    let make = move |_: &Recorded| {
        Reply::status(206)
            .body(body)
            .header("content-type", "application/json")
            .header("x-ratelimit-reset", "2026-01-01T00:00:30Z")
            .header("date", "Thu, 01 Jan 2026 00:00:00 GMT")
    };
    let dir = recorded(make, [get("/v1/users")]);
    let response = send(&replay(dir.path()), get("/v1/users")).expect("a response");
    assert_eq!(response.status, 206);
    assert_eq!(
        response.body,
        "{\"a\":[],\"logins\":12345678901234567890123e-3,\"score\":1.50,\"status\":\"a\u{e4}\"}"
    );
    let headers: Vec<String> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        .collect();
    let mut headers = headers;
    headers.sort();
    assert_eq!(
        headers,
        [
            "content-type: application/json",
            "date: Thu, 01 Jan 2026 00:00:00 GMT",
            "x-ratelimit-reset: 2026-01-01T00:00:30Z"
        ]
    );
}

#[cfg(unix)]
#[test]
fn cassettes_are_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = recorded(|_| Reply::status(204), [get("/v1/users")]);
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("cassette-0001.json")), 0o600);
}

/// With the same key, time and traffic a recording is the same to the byte; with another key it is another.
#[test]
fn a_key_of_the_callers_own_makes_recordings_that_match() {
    let mut texts = Vec::new();
    for key in ["one", "one", "another"] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("recording");
        let redactor = Redactor::with_key(rules(), &Secret::from(key.to_owned()));
        let recording = RecordingTransport::builder(vendor(directory()), &dir, redactor)
            .clock(Arc::new(ManualClock::default()))
            .start()
            .unwrap();
        for _ in 0..3 {
            send(
                &recording,
                get("/v1/orgs/o/users/712020:00000000-0000-4000-8000-000000000003/groups"),
            )
            .unwrap();
        }
        recording.finish().unwrap();
        texts.push(std::fs::read_to_string(dir.join("cassette-0001.json")).unwrap());
    }
    assert_eq!(texts[0], texts[1]);
    assert_ne!(texts[0], texts[2]);
}
