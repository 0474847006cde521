//! What is sent, how often, and when.

use super::*;
use crate::standstill::Why;
use crate::{
    ApiErrorKind, HttpClientBuilder, Idempotency, Path, RateLimiter, Request, Response, RetryPolicy, Secret,
    Transport, TransportError, TransportErrorKind,
};
use futures_util::FutureExt;
use futures_util::future::join_all;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::json;

#[test]
fn a_request_carries_what_was_said() {
    let bench = Bench::with(
        [Reply::json(200, &json!({"n": 1})).header("x-request-id", "r-1")],
        |builder| {
            builder
                .bearer(Secret::from("k-123".to_owned()))
                .user_agent("connector/1")
                .timeout(secs(7))
        },
    );
    let path = Path::from("things").seg("a/b").lit("search");
    let call = Call::post("things.search", path)
        .query("group", "x")
        .query("group", "y z")
        .json(&json!({"q": 1}));
    let answer = bench.send(call).0.expect("an answer");
    assert_eq!(answer.request_id.as_deref(), Some("r-1"));
    assert_eq!(answer.json::<Value>().expect("json"), json!({"n": 1}));

    let sent = &bench.fake.requests()[0];
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/things/a%2Fb/search")
    );
    let query: Vec<_> = sent
        .query
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(query, [("group", "x"), ("group", "y z")]);
    assert_eq!(sent.json(), json!({"q": 1}));
    assert_eq!(sent.timeout, secs(7));
    let header = |name| {
        sent.headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    assert_eq!(header(AUTHORIZATION), Some("Bearer k-123"));
    assert_eq!(header(USER_AGENT), Some("connector/1"));
    assert_eq!(header(ACCEPT), Some("application/json"));
    assert_eq!(header(CONTENT_TYPE), Some("application/json"));
}

#[test]
fn a_base_address_may_have_a_path() {
    for base in ["https://api.test/sim", "https://api.test/sim/"] {
        let fake = FakeTransport::new().on(Method::GET, "/sim/things/1", [Reply::status(204)]);
        let client = HttpClient::builder(Arc::new(fake), base.parse().expect("an address"))
            .build()
            .expect("a client");
        run(client.send(get())).expect("an answer");
    }
}

#[test]
fn what_is_not_a_request_is_not_sent() {
    #[track_caller]
    fn check(call: Call, expected: &str) {
        let bench = Bench::new([Reply::status(200)]);
        let (outcome, _, requests) = bench.send(call);
        let error = outcome.expect_err("not sent");
        assert_eq!((error.kind(), requests), (ApiErrorKind::Invalid, 0));
        assert!(error.to_string().contains(expected), "{error}");
    }
    check(
        Call::get("things.get", Path::from("things").seg("")),
        "not sent: \"\" after /things is not a path segment",
    );
    check(
        get().header(USER_AGENT, "a\nb"),
        "not sent: the value of header user-agent",
    );
    let body = std::collections::BTreeMap::from([(vec![1], 2)]);
    check(
        Call::post("things.post", "things/1").json(&body),
        "not sent: the body is not json: key must be a string",
    );
}

/// The seconds it takes and the requests it needs until `replies` are through, and how it ends.
#[track_caller]
fn check(
    replies: impl IntoIterator<Item = Reply>,
    call: Call,
    seconds: f64,
    requests: usize,
    end: Result<(), ApiErrorKind>,
) {
    let bench = Bench::new(replies);
    let (outcome, took, sent) = bench.send(call);
    let outcome = outcome.map(drop).map_err(|error| error.kind());
    assert_eq!((took, sent, outcome), (seconds, requests, end));
}

#[test]
fn faults_pass() {
    let ok = || Reply::status(200);
    // Half of 0.5 s, of 1 s, of 2 s: the jitter of the bench is in the middle.
    check([Reply::status(500), ok()], get(), 0.25, 2, Ok(()));
    check(
        [Reply::status(502), Reply::status(503), Reply::status(504), ok()],
        get(),
        1.75,
        4,
        Ok(()),
    );
    check(
        [Reply::fault(TransportErrorKind::Interrupted), ok()],
        get(),
        0.25,
        2,
        Ok(()),
    );
    check([ok().takes(secs(61)), ok()], get(), 60.25, 2, Ok(()));
    check(
        [Reply::status(404), ok()],
        get(),
        0.0,
        1,
        Err(ApiErrorKind::NotFound),
    );
}

/// Each of them may take a minute, and one object of many may never answer.
#[test]
fn a_third_try_that_uses_up_its_time_is_the_last() {
    let endless = || Reply::status(200).takes(secs(61));
    let unavailable = Err(ApiErrorKind::Unavailable);
    // Three times a minute, half of 0.5 s and half of 1 s.
    check([endless(), endless(), endless()], get(), 180.75, 3, unavailable);
    // Other faults between them do not make it more.
    check(
        [
            endless(),
            Reply::status(500),
            endless(),
            Reply::status(500),
            endless(),
            Reply::status(200),
        ],
        get(),
        180.0 + 0.25 + 0.5 + 1.0 + 2.0,
        5,
        unavailable,
    );
}

#[test]
fn a_write_is_sent_again_only_where_that_is_harmless() {
    let write = || Call::post("things.create", "things/1");
    let ok = || Reply::status(200);
    let unavailable = Err(ApiErrorKind::Unavailable);
    check([Reply::status(503), ok()], write(), 0.0, 1, unavailable);
    let later = || Reply::status(503).header("retry-after", "3");
    check([later(), ok()], write(), 0.0, 1, unavailable);
    check([Reply::status(429), ok()], write(), 0.25, 2, Ok(()));
    check(
        [Reply::fault(TransportErrorKind::Connect), ok()],
        write(),
        0.25,
        2,
        Ok(()),
    );
    check(
        [Reply::fault(TransportErrorKind::Truncated), ok()],
        write(),
        0.0,
        1,
        unavailable,
    );
    // Twice would do no harm, but nobody could tell what the second answer says about the first sending.
    let delete = || Call::delete("things.delete", "things/1");
    for call in [delete(), write().idempotency(Idempotency::Idempotent)] {
        check([Reply::status(500), ok()], call.clone(), 0.0, 1, unavailable);
        check([later(), ok()], call.clone(), 0.0, 1, unavailable);
        check(
            [Reply::fault(TransportErrorKind::Interrupted), ok()],
            call.clone(),
            0.0,
            1,
            unavailable,
        );
        check([Reply::status(429), ok()], call, 0.25, 2, Ok(()));
    }
}

#[test]
fn an_error_tells_whether_the_limit_refused_every_try() {
    #[track_caller]
    fn check(replies: impl IntoIterator<Item = Reply>, attempts: u32, only_limited: bool) {
        let error = Bench::new(replies)
            .send(Call::delete("things.delete", "things/1"))
            .0
            .expect_err("it fails");
        assert_eq!(
            (error.attempts(), error.every_try_rate_limited()),
            (attempts, only_limited),
            "{error}"
        );
    }
    let limited = || Reply::status(429);
    let for_ever = || limited().header("retry-after", "900");
    check([limited(), limited(), for_ever()], 3, true);
    check([Reply::fault(TransportErrorKind::Connect), for_ever()], 2, true);
    check([limited(), Reply::status(503)], 2, false);
    check([limited(), Reply::status(403)], 2, false);
    check([limited(), Reply::fault(TransportErrorKind::Truncated)], 2, false);
    check([limited(), Reply::fault(TransportErrorKind::Tls)], 2, true);
    check([Reply::fault(TransportErrorKind::Tls)], 1, false);
    check([Reply::status(503)], 1, false);

    let bench = Bench::new([limited(), Reply::status(204)]);
    let answer = bench.send(Call::delete("things.delete", "things/1")).0;
    let answer = answer.expect("an answer");
    assert_eq!(
        (answer.attempts(), crate::Receipt::from(&answer).attempts),
        (2, 2)
    );
    let written = serde_json::to_string(&crate::Receipt::from(&answer)).expect("json");
    assert_eq!(written, r#"{"status":204,"request_id":null}"#);
}

#[test]
fn what_the_server_asks_for_is_obeyed_in_full() {
    let ok = || Reply::status(200);
    let limited = |name: &str, value: &str| Reply::status(429).header(name, value);
    check([limited("retry-after", "300"), ok()], get(), 300.5, 2, Ok(()));
    check(
        [limited("retry-after", "Thu, 01 Jan 2026 00:01:00 GMT"), ok()],
        get(),
        60.5,
        2,
        Ok(()),
    );
    check(
        [limited("x-ratelimit-reset", "2026-01-01T00:05Z"), ok()],
        get(),
        300.5,
        2,
        Ok(()),
    );
    // "At once" is not taken at its word, and a time that has passed is none.
    check([limited("retry-after", "0"), ok()], get(), 0.25, 2, Ok(()));
    check(
        [limited("x-ratelimit-reset", "2025-12-31T23:59Z"), ok()],
        get(),
        0.25,
        2,
        Ok(()),
    );
    // The end of the period says nothing about a fault.
    check(
        [Reply::status(500).header("x-ratelimit-reset", "60"), ok()],
        get(),
        0.25,
        2,
        Ok(()),
    );
    check(
        [limited("retry-after", "601"), ok()],
        get(),
        0.0,
        1,
        Err(ApiErrorKind::RateLimited),
    );
    // A day and more: obeyed, which is more than the call has time for, and not asked again in seconds.
    for asked in [
        "86401",
        "999999999999999999999999",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    ] {
        check(
            [limited("retry-after", asked), ok()],
            get(),
            0.0,
            1,
            Err(ApiErrorKind::RateLimited),
        );
        check(
            [Reply::status(503).header("retry-after", asked), ok()],
            get(),
            0.0,
            1,
            Err(ApiErrorKind::BudgetSpent),
        );
    }
}

#[test]
fn refusals_by_the_limit_count_against_the_time_only() {
    let refused = || Reply::status(429).header("retry-after", "20");
    check(
        (0..25).map(|_| refused()).chain([Reply::status(200)]),
        get(),
        25.0 * 20.5,
        26,
        Ok(()),
    );
    // For ever: until the budget of ten minutes is spent, with or without a hint.
    for reply in [refused(), Reply::status(429)] {
        let bench = Bench::new(vec![reply; 300]);
        let (outcome, took, requests) = bench.send(get());
        let error = outcome.expect_err("refused for ever");
        assert_eq!(error.kind(), ApiErrorKind::RateLimited);
        assert!(error.every_try_rate_limited());
        assert!((500.0..=600.0).contains(&took), "{took}");
        assert!((20..100).contains(&requests), "{requests}");
    }
}

#[test]
fn tries_are_counted() {
    let bench = Bench::new(vec![Reply::status(503); 20]);
    let (outcome, took, requests) = bench.send(get());
    let error = outcome.expect_err("unavailable");
    assert_eq!(
        (error.kind(), error.status(), error.attempts(), requests),
        (ApiErrorKind::Unavailable, Some(503), 8, 8)
    );
    assert_eq!(took, 31.75);
    assert_eq!(error.waited().as_secs_f64(), took);

    let bench = Bench::with(vec![Reply::status(429); 20], |builder| {
        builder.retry(RetryPolicy::never())
    });
    let error = bench.send(get()).0.expect_err("limited");
    assert_eq!((error.kind(), error.attempts()), (ApiErrorKind::RateLimited, 1));
}

/// What an answer says about keeping it is for browsers: whoever asks twice wants to know twice.
#[test]
fn nothing_is_answered_from_memory() {
    let kept = |n: u32| {
        Reply::json(200, &json!({"n": n}))
            .header("cache-control", "max-age=3600, immutable")
            .header("etag", "\"1\"")
            .header("expires", "Fri, 01 Jan 2100 00:00:00 GMT")
    };
    let bench = Bench::new((1..=3).map(kept));
    for n in 1..=3 {
        let answer = bench.send(get()).0.expect("an answer");
        assert_eq!(answer.json::<Value>().expect("json"), json!({"n": n}));
    }
    let asked = bench.fake.requests();
    let conditional = |name: &http::HeaderName| name.as_str().starts_with("if-");
    assert!(
        asked
            .iter()
            .all(|request| !request.headers.keys().any(conditional))
    );
}

#[test]
fn one_refusal_pauses_everyone() {
    let limiter = RateLimiter::unlimited();
    let refused = Reply::status(429).header("retry-after", "30");
    let bench = Bench::with([refused, Reply::status(200), Reply::status(200)], |builder| {
        builder.rate_limit(limiter.clone())
    });
    run(async {
        let (first, second) = tokio::join!(bench.client.send(get()), async {
            // Let the first be refused before the second asks for its turn.
            while bench.fake.requests().is_empty() {
                tokio::task::yield_now().await;
            }
            tokio::task::yield_now().await;
            bench.client.send(get()).await
        });
        assert_eq!(
            (first.expect("served").attempts, second.expect("served").attempts),
            (2, 1)
        );
    });
    assert!(bench.clock.elapsed() >= secs(30));
    assert_eq!(bench.fake.requests().len(), 3);

    // Another client on the same limiter, with less patience than the pause needs, does not even ask.
    limiter.pause_everyone(None, bench.clock.elapsed(), secs(900), Why::UsedUp);
    let (outcome, _, requests) = bench.send(get());
    let error = outcome.expect_err("paused");
    assert_eq!(
        (error.kind(), error.attempts(), requests),
        (ApiErrorKind::RateLimited, 0, 3)
    );
}

#[test]
fn who_stands_in_the_queue_is_paused_too() {
    let clock = ManualClock::default();
    let starts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (noted, time) = (Arc::clone(&starts), clock.clone());
    let fake = FakeTransport::new()
        .with_clock(&clock)
        .on_fn(Method::GET, "/things/*", move |_| {
            let mut noted = noted.lock().expect("the starts");
            noted.push(time.elapsed());
            let reply = if noted.len() == 1 {
                Reply::status(429).header("retry-after", "30")
            } else {
                Reply::status(200)
            };
            reply.takes(secs(10))
        });
    let client = HttpClient::builder(Arc::new(fake), "https://api.test".parse().expect("an address"))
        .clock(Arc::new(clock))
        .jitter(Jitter::fixed(0.0))
        .max_in_flight(1)
        .build()
        .expect("a client");
    let outcomes = run(join_all((0..3).map(|_| client.send(get()))));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(*starts.lock().expect("the starts"), [0, 40, 50, 60].map(secs));
}

#[test]
fn nothing_left_of_the_period_pauses_before_the_refusal() {
    let last = Reply::status(200)
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "40");
    let bench = Bench::new([last, Reply::status(200)]);
    assert_eq!(bench.send(get()).1, 0.0);
    assert_eq!(bench.send(get()).1, 40.5);

    // An hour without a request is not worth what may be a mistake: the server may refuse by itself.
    let last = Reply::status(200)
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "3600");
    let bench = Bench::new([last, Reply::status(200)]);
    bench.send(get()).0.expect("served");
    assert_eq!(bench.send(get()).1, 0.0);
}

#[test]
fn no_more_than_allowed_are_under_way() {
    let limit = |most| {
        let slow = vec![Reply::status(200).takes(secs(10)); 6];
        let bench = Bench::with(slow, |builder| builder.max_in_flight(most));
        run(join_all((0..6).map(|_| bench.client.send(get()))));
        bench.clock.elapsed()
    };
    assert_eq!([6, 3, 2, 1, 0].map(limit), [10, 20, 30, 60, 60].map(secs));
}

#[test]
fn waiting_in_the_own_queue_is_no_fault() {
    // Each call of six takes 5 of its 6 minutes, one after the other: half an hour, and none runs out of time.
    let slow = vec![Reply::status(200).takes(secs(300)); 6];
    let bench = Bench::with(slow, |builder| {
        let retry = RetryPolicy {
            budget: secs(360),
            ..RetryPolicy::default()
        };
        builder.max_in_flight(1).retry(retry).timeout(secs(310))
    });
    let outcomes = run(join_all((0..6).map(|_| bench.client.send(get()))));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(bench.client.meter().total().waited, secs(300 * 15));
}

#[test]
fn waiting_for_the_rate_is_no_fault() {
    let bench = Bench::with(vec![Reply::status(200).takes(secs(1)); 4], |builder| {
        let retry = RetryPolicy {
            budget: secs(30),
            ..RetryPolicy::default()
        };
        builder
            .rate_limit(RateLimiter::per_minute(std::num::NonZeroU32::MIN))
            .retry(retry)
    });
    let outcomes = run(join_all((0..4).map(|_| bench.client.send(get()))));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(bench.clock.elapsed().as_secs(), 181);
}

/// Answers nothing until the clock shows a time, then everything at once, and notes when requests came.
#[derive(Debug)]
struct StandsStill {
    clock: ManualClock,
    until: Duration,
    starts: std::sync::Mutex<Vec<Duration>>,
}

impl StandsStill {
    /// With the beginnings of a client that talks to it.
    fn until(clock: &ManualClock, until: Duration) -> (Arc<Self>, HttpClientBuilder) {
        let server = Arc::new(Self {
            clock: clock.clone(),
            until,
            starts: std::sync::Mutex::default(),
        });
        let address = "https://api.test".parse().expect("an address");
        let builder = HttpClient::builder(server.clone(), address).clock(Arc::new(clock.clone()));
        (server, builder)
    }
}

#[async_trait::async_trait]
impl Transport for StandsStill {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.starts.lock().expect("the starts").push(self.clock.elapsed());
        while self.clock.elapsed() < self.until {
            tokio::task::yield_now().await;
        }
        Ok(Response {
            status: http::StatusCode::NO_CONTENT,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        })
    }
}

/// Turns that come while every place is taken must not be kept for the moment when places get free.
#[test]
fn the_rate_holds_for_what_is_sent() {
    let clock = ManualClock::default();
    let (server, builder) = StandsStill::until(&clock, secs(40));
    let client = builder
        .max_in_flight(4)
        .rate_limit(RateLimiter::per_minute(
            std::num::NonZeroU32::new(60).expect("a rate"),
        ))
        .build()
        .expect("a client");
    run(async {
        let calls = join_all((0..80).map(|_| client.send(get())));
        // Nothing else moves the clock while all wait for the server.
        let time = async {
            for _ in 0..100 {
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                clock.advance(secs(1));
            }
        };
        let (outcomes, ()) = tokio::join!(calls, time);
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    });
    let starts = server.starts.lock().expect("the starts");
    // In any ten seconds a burst of three, and one a second.
    for (index, first) in starts.iter().enumerate() {
        let within = starts[index..]
            .iter()
            .take_while(|start| **start < *first + secs(10))
            .count();
        assert!(within <= 3 + 10, "{within} starts in ten seconds from {first:?}");
    }
}

#[test]
fn a_call_that_is_dropped_gives_its_place_back() {
    let clock = ManualClock::default();
    let (server, builder) = StandsStill::until(&clock, secs(40));
    let client = builder.max_in_flight(1).build().expect("a client");
    run(async {
        for _ in 0..3 {
            // One is under way and one waits for its place when both are dropped.
            let both = join_all([client.send(get()), client.send(get())]);
            assert!(both.now_or_never().is_none());
        }
        clock.advance(secs(40));
        client.send(get()).await.expect("an answer");
    });
    assert_eq!(server.starts.lock().expect("the starts").len(), 3 + 1);
}

#[test]
fn everything_is_counted() {
    let bench = Bench::new([
        Reply::status(429).header("retry-after", "2"),
        Reply::status(200).body("12345").takes(secs(3)),
        Reply::status(404).body("123"),
    ]);
    bench.send(get()).0.expect("served");
    bench
        .send(Call::get("things.other", "things/2"))
        .0
        .expect_err("not found");
    let snapshot = bench.client.meter().snapshot();
    insta::assert_json_snapshot!(snapshot);
}
