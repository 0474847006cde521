//! Recordings, which other programs and people may have changed.

use super::Run;
use super::http::{is_told_safely, runtime};
use http::{HeaderMap, Method};
use http_kit::cassette::ReplayTransport;
use http_kit::{Request, Transport, TransportErrorKind};
use std::time::Duration;

/// A recording is read or refused; what it does not hold is not answered.
pub(super) fn replay() -> Run {
    let runtime = runtime();
    let folder = tempfile::tempdir().expect("a folder");
    Box::new(move |input| {
        std::fs::write(folder.path().join("cassette-0001.json"), input).expect("a file");
        let replay = match ReplayTransport::open(folder.path()) {
            Ok(replay) => replay,
            Err(error) => return is_told_safely(&error),
        };
        let unused = replay.unused();
        assert_eq!(unused.len(), replay.exchanges(), "none was asked for");
        let request = Request {
            method: Method::PUT,
            url: "https://api.example/never/recorded".parse().expect("an address"),
            headers: HeaderMap::new(),
            body: None,
            timeout: Duration::from_secs(1),
        };
        let recorded = unused.iter().any(|unused| unused.path == "/never/recorded");
        match runtime.block_on(replay.send(request)) {
            Ok(_) => assert!(recorded, "an answer to what was not recorded"),
            Err(error) => {
                is_told_safely(&error);
                assert!(
                    recorded || error.kind == TransportErrorKind::NotRecorded,
                    "{error}"
                );
            }
        }
    })
}
