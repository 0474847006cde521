//! Long waits are told once, at the level that a person sees.

use super::*;
use crate::{RetryPolicy, TransportErrorKind};
use futures_util::future::join_all;
use insta::assert_snapshot;
use std::io::{self, Write};
use std::sync::Mutex;
use tracing::Level;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the lines").write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a person reads at the default level while so many calls are made side by side, then as many again. Where the vendor
/// does not say how long to wait, it is half of the delay at first.
#[track_caller]
fn told(base_delay: Duration, replies: impl IntoIterator<Item = Reply>, side_by_side: usize) -> String {
    let captured = Captured::default();
    let writer = captured.clone();
    let log = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .finish();
    let bench = Bench::with(replies, |builder| {
        builder.retry(RetryPolicy {
            base_delay,
            ..RetryPolicy::default()
        })
    });
    // With one subscriber in the process another test's thread may decide for all that nobody wants a line.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    tracing::subscriber::with_default(log, || {
        run(async {
            for _ in 0..2 {
                let outcomes = join_all((0..side_by_side).map(|_| bench.client.send(get()))).await;
                assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            }
        });
    });
    let lines = captured.0.lock().expect("the lines").clone();
    String::from_utf8(lines).expect("text")
}

fn refused(status: u16, seconds: &str) -> Reply {
    Reply::status(status).header("retry-after", seconds)
}

fn served(times: usize) -> impl Iterator<Item = Reply> {
    std::iter::repeat_with(|| Reply::status(200)).take(times)
}

/// One reply, and the same call served afterwards.
#[track_caller]
fn told_of(reply: Reply) -> String {
    told(secs(16), [reply].into_iter().chain(served(2)), 1)
}

#[test]
fn why_and_how_long() {
    assert_snapshot!(told_of(refused(429, "30")), @r#"
     INFO waiting for the vendor operation="things.get" seconds=30.5 status=429 why=too many requests
    "#);
    assert_snapshot!(told_of(refused(503, "21")), @r#"
     INFO waiting for the vendor operation="things.get" seconds=21.5 status=503 why=it failed and asks for a pause
    "#);
    assert_snapshot!(told_of(Reply::status(502)), @r#"
     INFO waiting for the vendor operation="things.get" seconds=8.0 status=502 why=it failed
    "#);
    assert_snapshot!(told_of(Reply::fault(TransportErrorKind::Interrupted)), @r#"
     INFO waiting for the vendor operation="things.get" seconds=8.0 why=no answer: connection broken before the answer
    "#);
    let last = Reply::status(200)
        .header("x-ratelimit-remaining", "0")
        .header("x-ratelimit-reset", "60");
    assert_snapshot!(told_of(last), @r#"
     INFO waiting for the vendor operation="things.get" seconds=60.5 why=its limit of requests is used up
    "#);
}

#[test]
fn what_passes_soon_is_not_told() {
    let soon = [refused(429, "4"), Reply::status(502), refused(503, "0")];
    assert_eq!(told(secs(1), soon.into_iter().chain(served(2)), 1), "");
}

#[test]
fn many_that_wait_together_are_told_once() {
    let refusals = (0..20).map(|place| refused(429, ["30", "31", "32"][place % 3]));
    assert_snapshot!(told(secs(16), refusals.chain(served(40)), 20), @r#"
     INFO waiting for the vendor operation="things.get" seconds=30.5 status=429 why=too many requests
    "#);
}

#[test]
fn the_next_wait_is_told_again() {
    let replies = [
        refused(429, "30"),
        refused(429, "40"),
        Reply::status(200),
        refused(503, "50"),
    ];
    assert_snapshot!(told(secs(16), replies.into_iter().chain(served(1)), 1), @r#"
    INFO waiting for the vendor operation="things.get" seconds=30.5 status=429 why=too many requests
    INFO waiting for the vendor operation="things.get" seconds=40.5 status=429 why=too many requests
    INFO waiting for the vendor operation="things.get" seconds=50.5 status=503 why=it failed and asks for a pause
    "#);
}
