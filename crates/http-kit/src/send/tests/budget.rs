//! Whatever happens, a call ends, and in time.

use super::*;
use crate::standstill::Why;
use crate::{ApiErrorKind, Idempotency, RateLimiter, RetryPolicy, TransportErrorKind};
use proptest::prelude::*;

/// One thing that can happen to a request.
fn any_reply() -> impl Strategy<Value = Reply> {
    use TransportErrorKind::{Connect, Dns, Interrupted, Other, Timeout, Tls, TooLarge, Truncated};
    let kinds = [
        Connect,
        Dns,
        Tls,
        Timeout,
        Interrupted,
        Truncated,
        TooLarge,
        Other,
    ];
    let outcome = prop_oneof![
        1 => (200_u16..=599).prop_map(Reply::status),
        3 => prop::sample::select(vec![408_u16, 429, 500, 502, 503, 504]).prop_map(Reply::status),
        2 => prop::sample::select(kinds.to_vec()).prop_map(Reply::fault),
    ];
    let header = prop_oneof![
        3 => Just(None),
        1 => (0_u32..2000).prop_map(|seconds| Some(("retry-after", seconds.to_string()))),
        1 => "[ -~]{0,12}".prop_map(|text| Some(("retry-after", text))),
        1 => (0_u32..4000).prop_map(|seconds| Some(("x-ratelimit-reset", seconds.to_string()))),
        1 => Just(Some(("x-ratelimit-reset", "2026-01-01T00:10Z".to_owned()))),
    ];
    (outcome, header, 0_u64..100_000).prop_map(|(reply, header, millis)| {
        let reply = reply.takes(Duration::from_millis(millis));
        header
            .into_iter()
            .fold(reply, |reply, (name, value)| reply.header(name, &value))
    })
}

proptest! {
    #[test]
    fn any_faults_end_in_a_value_or_an_error_in_time(
        replies in prop::collection::vec(any_reply(), 0..30),
        idempotency in prop::sample::select(vec![Idempotency::Safe, Idempotency::Idempotent, Idempotency::Unsafe]),
        max_attempts in 0_u32..12,
        budget in 0_u64..1200,
        seed: u64,
    ) {
        let policy = RetryPolicy { max_attempts, budget: secs(budget), ..RetryPolicy::default() };
        let bench = Bench::with(replies, |builder| builder.retry(policy.clone()).jitter(Jitter::seeded(seed)));
        let (outcome, took, requests) = bench.send(get().idempotency(idempotency));
        prop_assert!(took <= budget as f64, "{took} s");
        let refused = bench.client.meter().total().rate_limited as usize;
        let most = if max_attempts > 1 { max_attempts as usize + refused } else { 1 };
        prop_assert!(requests <= most, "{requests} requests, {refused} of them refused");
        match outcome {
            Ok(answer) => prop_assert!(answer.status.is_success()),
            Err(error) => {
                prop_assert_eq!(error.attempts() as usize, requests);
                prop_assert!(error.waited().as_secs_f64() <= took);
                prop_assert!(error.status().is_none_or(|status| !(200..300).contains(&status)));
            }
        }
    }

    #[test]
    fn calls_side_by_side_end_too(
        replies in prop::collection::vec(any_reply(), 0..60),
        calls in 1_usize..12,
        most in 1_usize..4,
        per_minute in 1_u32..200,
        paced: bool,
        seed: u64,
    ) {
        let limiter = match std::num::NonZeroU32::new(per_minute).filter(|_| paced) {
            Some(rate) => RateLimiter::per_minute(rate),
            None => RateLimiter::unlimited(),
        };
        let bench = Bench::with(replies, |builder| {
            builder.max_in_flight(most).rate_limit(limiter).jitter(Jitter::seeded(seed))
        });
        let outcomes = run(futures_util::future::join_all((0..calls).map(|_| bench.client.send(get()))));
        let total = bench.client.meter().total();
        prop_assert_eq!(outcomes.len(), calls);
        prop_assert_eq!(total.calls as usize, calls);
        prop_assert_eq!(total.failures as usize, outcomes.iter().filter(|outcome| outcome.is_err()).count());
        prop_assert_eq!(total.requests as usize, bench.fake.requests().len());
    }
}

#[test]
fn the_last_try_gets_no_more_time_than_is_left() {
    let slow = vec![Reply::status(200).takes(secs(1000)); 20];
    let bench = Bench::with(slow, |builder| {
        builder.retry(RetryPolicy {
            budget: secs(100),
            ..RetryPolicy::default()
        })
    });
    let (outcome, took, _) = bench.send(get());
    let error = outcome.expect_err("too slow");
    assert_eq!((error.kind(), error.attempts()), (ApiErrorKind::BudgetSpent, 2));
    assert_eq!(took, 100.0);
    let timeouts: Vec<_> = bench
        .fake
        .requests()
        .iter()
        .map(|sent| sent.timeout.as_secs_f64())
        .collect();
    assert_eq!(timeouts, [60.0, 100.0 - 60.0 - 0.25]);
}

/// A pause is the server's doing, whoever of those that wait has asked for the next turn.
#[test]
fn calls_that_wait_for_their_turn_behind_a_pause_spend_their_own_time() {
    let clock = ManualClock::default();
    let fake = FakeTransport::new()
        .with_clock(&clock)
        .on_fn(Method::GET, "/things/*", |_| {
            Reply::status(429).header("retry-after", "60")
        });
    let client = HttpClient::builder(Arc::new(fake), "https://api.test".parse().expect("an address"))
        .clock(Arc::new(clock.clone()))
        .jitter(Jitter::fixed(0.5))
        .rate_limit(RateLimiter::per_minute(
            std::num::NonZeroU32::new(200).expect("a rate"),
        ))
        .build()
        .expect("a client");
    let outcomes = run(futures_util::future::join_all(
        (0..50).map(|_| client.send(get())),
    ));
    for outcome in outcomes {
        let error = outcome.expect_err("refused for ever");
        assert!(
            matches!(
                error.kind(),
                ApiErrorKind::RateLimited | ApiErrorKind::BudgetSpent
            ),
            "{error}"
        );
    }
    // Ten minutes each, all at the same time. On this clock a turn that is waited for beside a pause comes at its end.
    assert!(clock.elapsed() <= secs(20 * 60), "{:?}", clock.elapsed());
}

#[test]
fn a_budget_without_an_end_is_one() {
    let refused = || Reply::status(429).header("retry-after", "90");
    let replies = (0..3)
        .map(|_| refused())
        .chain((0..3).map(|_| Reply::status(200)));
    let bench = Bench::with(replies, |builder| {
        builder
            .rate_limit(RateLimiter::per_minute(std::num::NonZeroU32::MIN))
            .retry(RetryPolicy {
                budget: Duration::MAX,
                ..RetryPolicy::default()
            })
    });
    let outcomes = run(futures_util::future::join_all(
        (0..3).map(|_| bench.client.send(get())),
    ));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

/// What is told of the time that is left does not count the own queue either.
#[test]
fn the_time_that_is_told_is_the_time_that_is_left() {
    let limiter = RateLimiter::per_minute(std::num::NonZeroU32::MIN);
    let bench = Bench::with(vec![Reply::status(200); 2], |builder| {
        builder.rate_limit(limiter.clone()).retry(RetryPolicy {
            budget: secs(30),
            ..RetryPolicy::default()
        })
    });
    bench.send(get()).0.expect("served");
    let (outcome, ()) = run(async {
        tokio::join!(bench.client.send(get()), async {
            limiter.pause_everyone(None, Duration::ZERO, secs(91), Why::UsedUp);
        })
    });
    let error = outcome.expect_err("a minute in the queue, and then a pause");
    let told = "the next try may start in 31.0 s, 30.0 s are left";
    assert!(error.to_string().contains(told), "{error}");
}
