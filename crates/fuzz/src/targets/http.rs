//! What servers say in headers and links.

use super::{Run, holds_no_secret, text};
use crate::mutate::ADDRESS;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_kit::{Cursor, Hints};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::error::Error;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// No wait is longer than this, whatever is asked for: whoever obeys it gives up.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Limits: the input is the headers of an answer, one a line.
pub(super) fn limits() -> Run {
    Box::new(|input| {
        let mut headers = HeaderMap::new();
        for line in input.split(|byte| *byte == b'\n') {
            let mut parts = line.splitn(2, |byte| *byte == b':');
            let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
                continue;
            };
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                headers.insert(name, value);
            }
        }
        let now = Timestamp::constant(1_767_225_600, 0);
        let hints = Hints::read(&headers, now);
        for wait in [hints.retry_after, hints.reset_after].into_iter().flatten() {
            assert!(wait <= LONGEST, "a wait of {wait:?}");
        }
        // What was ignored was there, and what was not there is not known.
        for name in &hints.ignored {
            assert!(headers.contains_key(*name), "{name} was ignored and not sent");
        }
        if headers.is_empty() {
            assert_eq!(hints, Hints::default());
        }
        if !headers.contains_key("retry-after") {
            assert_eq!(hints.retry_after, None);
        }
        // A refusal waits for what it says, and one that says nothing asks for no wait.
        let wait = hints.wait(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(wait, hints.retry_after.or(hints.reset_after));
    })
}

/// A cursor that was found in a link and is put into another is found there again.
pub(super) fn cursor() -> Run {
    Box::new(|input| {
        let Some(cursor) = text(input).and_then(Cursor::from_link) else {
            return;
        };
        assert!(
            !cursor.as_str().is_empty(),
            "an empty cursor begins a listing again"
        );
        let parameter = utf8_percent_encode(cursor.as_str(), NON_ALPHANUMERIC);
        let link = format!("https://api.example/list?limit=5&cursor={parameter}#end");
        let again = Cursor::from_link(&link).expect("the cursor of a link");
        assert_eq!(again.as_str(), cursor.as_str());
    })
}

/// A runtime of one thread for the clients.
pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// That an error, with all that caused it, holds neither the key nor an e-mail address that the answer echoes.
pub(super) fn is_told_safely(error: &(dyn Error + 'static)) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        for shown in [error.to_string(), format!("{error:?}")] {
            holds_no_secret(&shown);
            assert!(!shown.contains(ADDRESS), "an error shows an address: {shown}");
        }
        cause = error.source();
    }
}
