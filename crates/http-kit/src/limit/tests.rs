use super::*;
use crate::clock::ManualClock;
use futures_util::future::join_all;
use proptest::prelude::*;

const FOREVER: Duration = Duration::from_secs(1 << 40);

fn rate(per_minute: u32) -> NonZeroU32 {
    NonZeroU32::new(per_minute).expect("a rate")
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Asks for a turn and returns when it came. There are places enough.
async fn start(limiter: &RateLimiter, clock: &ManualClock, class: Option<&str>) -> Result<Duration, TooLate> {
    start_by(limiter, clock, class, &Jitter::fixed(0.5), FOREVER).await
}

async fn start_by(
    limiter: &RateLimiter,
    clock: &ManualClock,
    class: Option<&str>,
    jitter: &Jitter,
    deadline: Duration,
) -> Result<Duration, TooLate> {
    let places = Semaphore::new(1);
    let turn = limiter.turn(class, "things.get", clock, jitter, deadline, &places);
    turn.await.map(|_| clock.elapsed())
}

#[test]
fn a_long_run_goes_at_the_rate() {
    run(async {
        let (clock, limiter) = (ManualClock::default(), RateLimiter::per_minute(rate(200)));
        for _ in 0..2000 {
            start(&limiter, &clock, None).await.expect("a turn");
        }
        // 10 at once, the others at 191 a minute.
        let minutes = clock.elapsed().as_secs_f64() / 60.0;
        assert!((minutes - 1990.0 / 191.0).abs() < 0.01, "{minutes}");
    });
}

#[test]
fn every_rate_holds_for_a_minute_without_gaps() {
    for per_minute in 1..=200 {
        let (clock, limiter) = (ManualClock::default(), RateLimiter::per_minute(rate(per_minute)));
        run(async {
            for _ in 0..=per_minute {
                start(&limiter, &clock, None).await.expect("a turn");
            }
        });
        assert!(clock.elapsed() >= secs(60), "{per_minute}: {:?}", clock.elapsed());
    }
}

#[test]
fn turns_side_by_side_share_the_rate_in_the_order_of_asking() {
    run(async {
        let (clock, limiter) = (ManualClock::default(), RateLimiter::per_minute(rate(10)));
        let starts = join_all((0..6).map(|_| start(&limiter, &clock, None))).await;
        let starts: Vec<_> = starts
            .into_iter()
            .map(|start| start.expect("a turn").as_secs_f64().round())
            .collect();
        assert_eq!(starts, [0.0, 6.0, 12.0, 18.0, 24.0, 30.0]);
    });
}

#[test]
fn a_class_has_its_own_rate() {
    run(async {
        let clock = ManualClock::default();
        let limiter = RateLimiter::per_minute(rate(1)).class("events", rate(2));
        let events = [Some("events"); 3];
        for class in events.into_iter().chain([None, Some("unknown")]) {
            start(&limiter, &clock, class).await.expect("a turn");
        }
        // Two events within the minute, the third at its end; then one general call at once, and the next, of a
        // class that the limiter does not know, a minute later.
        assert_eq!(clock.elapsed().as_secs(), 60 + 60);
    });
}

#[test]
fn a_pause_holds_its_class_and_a_general_one_holds_all() {
    let now = Duration::ZERO;
    let limiter = RateLimiter::unlimited()
        .class("events", rate(60))
        .class("dates", rate(60));
    let pauses = |limiter: &RateLimiter| {
        [None, Some("events"), Some("dates")].map(|class| limiter.pause(class, now).as_secs())
    };
    limiter.pause_everyone(Some("events"), now, secs(30), Why::UsedUp);
    assert_eq!(pauses(&limiter), [0, 30, 0]);
    limiter.clone().pause_everyone(None, now, secs(20), Why::UsedUp);
    assert_eq!(pauses(&limiter), [20, 30, 20], "clones are the same limiter");
    limiter.pause_everyone(Some("events"), now, secs(5), Why::UsedUp);
    assert_eq!(pauses(&limiter), [20, 30, 20], "a later end is not taken back");
    assert_eq!(limiter.pause(Some("events"), secs(30)), Duration::ZERO);
}

#[test]
fn a_turn_waits_for_the_pause_and_comes_back_at_random() {
    run(async {
        let (clock, limiter) = (ManualClock::default(), RateLimiter::unlimited());
        limiter.pause_everyone(None, clock.elapsed(), secs(30), Why::UsedUp);
        let came = start(&limiter, &clock, None).await.expect("a turn");
        assert_eq!(came, Duration::from_millis(30_500));
    });
}

#[test]
fn a_pause_beyond_the_deadline_is_not_waited_for() {
    run(async {
        let (clock, limiter) = (ManualClock::default(), RateLimiter::unlimited());
        limiter.pause_everyone(None, clock.elapsed(), secs(30), Why::UsedUp);
        let turn = start_by(&limiter, &clock, None, &Jitter::fixed(1.0), secs(30)).await;
        assert_eq!(turn.expect_err("too late").pause, secs(30));
        assert_eq!(clock.elapsed(), Duration::ZERO);
        // Of a second to spare, the return takes half at most.
        start_by(&limiter, &clock, None, &Jitter::fixed(1.0), secs(31))
            .await
            .expect("a turn");
        assert_eq!(clock.elapsed(), Duration::from_millis(30_500));
    });
}

#[test]
fn what_is_saved_up_during_a_pause_is_no_more_than_the_burst() {
    run(async {
        let (clock, limiter) = (ManualClock::default(), RateLimiter::per_minute(rate(60)));
        limiter.pause_everyone(None, clock.elapsed(), secs(600), Why::UsedUp);
        let starts = join_all((0..20).map(|_| start(&limiter, &clock, None))).await;
        let at_once = starts
            .iter()
            .filter(|start| start.as_ref().is_ok_and(|start| *start <= secs(600)))
            .count();
        assert_eq!(at_once, 3);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_minute_holds_more_starts_than_the_rate(
        per_minute in 1_u32..400,
        idle in prop::collection::vec(0_u64..90_000, 1..200),
    ) {
        let starts: Vec<Duration> = run(async {
            let (clock, limiter) = (ManualClock::default(), RateLimiter::per_minute(rate(per_minute)));
            let mut starts = Vec::new();
            for (index, idle) in idle.iter().enumerate() {
                // Long and short gaps in turn, so that bursts form.
                clock.advance(Duration::from_millis(if index % 17 == 0 { *idle } else { idle / 2000 }));
                starts.push(start(&limiter, &clock, None).await.expect("a turn"));
            }
            starts
        });
        for (index, first) in starts.iter().enumerate() {
            let within = starts[index..].iter().take_while(|start| **start < *first + secs(60)).count();
            prop_assert!(within <= per_minute as usize, "{within} starts in the minute from {first:?}");
        }
    }
}
