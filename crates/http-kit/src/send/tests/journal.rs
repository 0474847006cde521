use super::*;
use crate::{ApiErrorKind, Journal, TransportErrorKind};
use async_trait::async_trait;
use http::Method;
use std::cell::RefCell;
use std::sync::{Arc, Mutex};

thread_local! {
    static CURRENT: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

/// Lines of what was noted. It is closed when an answer has this status.
#[derive(Clone, Default)]
struct Noted {
    lines: Arc<Mutex<Vec<String>>>,
    closes_at: Option<u16>,
    is_closed: Arc<Mutex<bool>>,
}

impl Noted {
    fn note(&self, line: String) {
        self.lines.lock().expect("nobody panics").push(line);
    }

    fn is_closed(&self) -> bool {
        *self.is_closed.lock().expect("nobody panics")
    }
}

#[async_trait]
impl Journal for Noted {
    fn begin(&self, method: &Method, path: &str) -> Option<usize> {
        if self.is_closed() {
            return None;
        }
        self.note(format!("{method} {path}"));
        Some(self.lines.lock().expect("nobody panics").len() - 1)
    }

    fn answered(&self, number: usize, status: u16, request_id: Option<String>) {
        self.note(format!("{number}: {status} {}", request_id.unwrap_or_default()));
        *self.is_closed.lock().expect("nobody panics") |= self.closes_at == Some(status);
    }

    fn not_sent(&self, number: usize) {
        self.note(format!("{number}: not sent"));
    }

    async fn closed(&self) {
        if !self.is_closed() {
            std::future::pending::<()>().await;
        }
    }
}

/// How a call ends while this journal is there, and what is noted.
fn noted(
    closes_at: Option<u16>,
    call: Call,
    replies: impl IntoIterator<Item = Reply>,
) -> (Result<u16, ApiError>, Vec<String>, usize) {
    let journal = Noted {
        closes_at,
        is_closed: Arc::new(Mutex::new(closes_at == Some(0))),
        ..Noted::default()
    };
    CURRENT.set(Some(journal.clone()));
    let bench = Bench::with(replies, |builder| {
        builder.journal(|| CURRENT.with_borrow(|noted| noted.clone().map(|noted| Box::new(noted) as _)))
    });
    let (outcome, _, requests) = bench.send(call);
    CURRENT.set(None);
    let lines = journal.lines.lock().expect("nobody panics").clone();
    (outcome.map(|answer| answer.status.as_u16()), lines, requests)
}

fn delete() -> Call {
    Call::delete("things.delete", "things/1")
}

#[test]
fn writes_are_noted_and_reads_are_not() {
    let replies = || {
        [
            Reply::fault(TransportErrorKind::Connect),
            Reply::status(429),
            Reply::status(204).header("x-request-id", "r-1"),
        ]
    };
    let (outcome, lines, requests) = noted(None, delete(), replies());
    assert_eq!((outcome.expect("an answer"), requests), (204, 3));
    assert_eq!(
        lines,
        [
            "DELETE /things/1",
            "0: not sent",
            "DELETE /things/1",
            "2: 429 ",
            "DELETE /things/1",
            "4: 204 r-1"
        ]
    );
    // Of what may have arrived nobody knows what came.
    let (outcome, lines, _) = noted(None, delete(), [Reply::fault(TransportErrorKind::Timeout)]);
    assert_eq!(outcome.expect_err("no answer").kind(), ApiErrorKind::Unavailable);
    assert_eq!(lines, ["DELETE /things/1"]);
    let (_, lines, _) = noted(None, get(), replies());
    assert!(lines.is_empty(), "{lines:?}");
}

/// What the limit refused is not sent again, and the wait for it ends; what has an answer keeps that.
#[test]
fn nothing_is_sent_once_the_journal_is_closed() {
    let limited = || Reply::status(429).header("retry-after", "90");
    let (outcome, _, requests) = noted(Some(429), delete(), [limited(), Reply::status(204)]);
    let error = outcome.expect_err("it is stopped");
    assert_eq!(
        (error.kind(), error.status(), error.refusals(), requests),
        (ApiErrorKind::Stopped, Some(429), 1, 1)
    );
    assert!(error.every_try_rate_limited());
    assert!(
        error
            .to_string()
            .contains("asked to stop, so it was not sent again"),
        "{error}"
    );

    let (outcome, lines, requests) = noted(Some(0), delete(), [Reply::status(204)]);
    let error = outcome.expect_err("it is stopped");
    assert_eq!(
        (error.kind(), error.status(), error.attempts(), requests),
        (ApiErrorKind::Stopped, None, 0, 0)
    );
    assert!(lines.is_empty() && !error.every_try_rate_limited());

    for (status, kind) in [(204, None), (503, Some(ApiErrorKind::Unavailable))] {
        let (outcome, _, requests) = noted(Some(status), delete(), [Reply::status(status)]);
        assert_eq!((outcome.err().map(|error| error.kind()), requests), (kind, 1));
    }
    // Reads go on: they tell the result of the writes.
    let (outcome, _, requests) = noted(Some(0), get(), [Reply::status(503), Reply::status(200)]);
    assert_eq!((outcome.expect("an answer"), requests), (200, 2));
}
