//! Recordings that are cut, changed or not there, and disks that fail.

use super::*;
use crate::cassette::{CassetteError, Completeness};
use insta::assert_snapshot;
use serde_json::json;

fn three() -> TempDir {
    let make = |_: &Recorded| Reply::json(200, &json!({ "status": "\u{e4}\u{f6}\u{fc}", "list": [1, 2] }));
    recorded(make, ["/v1/users", "/v1/groups", "/v1/orgs"].map(get))
}

/// Why a recording cannot be opened, without the folder.
fn refused(dir: &Path) -> String {
    let error = ReplayTransport::open(dir).expect_err("no recording");
    error
        .to_string()
        .replace(&dir.display().to_string(), "DIR")
        .replace('\\', "/")
}

#[test]
fn a_recording_that_was_cut_anywhere_is_read_as_far_as_it_is_whole() {
    let dir = three();
    let path = dir.path().join("cassette-0001.json");
    let bytes = std::fs::read(&path).expect("a cassette");
    let text = String::from_utf8(bytes.clone()).expect("text");
    // Where each value ends: at a brace in the first column.
    let ends: Vec<usize> = text.match_indices("\n}\n").map(|(at, _)| at + 2).collect();
    assert_eq!(ends.len(), 5, "version, three exchanges, end");
    for cut in ends[0]..bytes.len() {
        std::fs::write(&path, &bytes[..cut]).expect("a cassette");
        let replay = replay(dir.path());
        let whole = ends[1..4].iter().filter(|end| **end <= cut).count();
        assert_eq!(replay.exchanges(), whole, "cut at {cut}");
        let within = !ends.contains(&cut) && !ends.contains(&(cut - 1));
        match replay.completeness() {
            Completeness::Whole => assert!(cut >= ends[4], "cut at {cut}"),
            Completeness::Unfinished => assert!(!within, "cut at {cut}"),
            Completeness::CutShort { .. } => assert!(within, "cut at {cut}"),
        }
    }
}

#[test]
fn what_is_said_about_an_end_that_is_missing() {
    let dir = three();
    rewrite(dir.path(), |text| text[..text.len() * 2 / 3].to_owned());
    let cut = replay(dir.path());
    assert_snapshot!(cut.completeness(), @"the recording ends within an exchange, which is left out (cassette-0001.json, line 48)");
    send(&cut, get("/v1/users")).expect("what is whole is replayed");

    let dir = TempDir::new().expect("a folder");
    let recording =
        RecordingTransport::new(vendor(|_| Reply::status(204)), dir.path(), redactor()).expect("a recording");
    send(&recording, get("/v1/users")).expect("a response");
    let running = replay(dir.path());
    assert_eq!(running.exchanges(), 1);
    assert_snapshot!(running.completeness(), @"the recording was not finished: something may be missing at its end");
}

#[test]
fn what_is_no_recording() {
    let empty = TempDir::new().expect("a folder");
    std::fs::write(empty.path().join("notes.txt"), "x").expect("a file");
    assert_snapshot!(refused(empty.path()), @"cannot replay DIR: it holds no cassette");

    #[track_caller]
    fn check(change: impl FnOnce(String) -> String, expected: &str) {
        let dir = three();
        rewrite(dir.path(), change);
        assert_eq!(refused(dir.path()), expected);
    }
    check(
        |text| text.replace("\"version\": 1", "\"version\": 2, \"more\": 1"),
        "cannot replay DIR/cassette-0001.json: it has version 2 of the format, this program reads up to 1",
    );
    check(
        |text| text.replace("\"status\": 200", "\"status\": 2000"),
        "cannot replay DIR/cassette-0001.json, line 24: exchange 1: 2000 is no status",
    );
    check(
        |text| text.replace("\"method\"", "\"methud\""),
        "cannot replay DIR/cassette-0001.json, line 28: unknown field `methud`, expected one of `method`, `path`, `query`, `headers`, `body` at line 28 column 14",
    );
    check(
        |text| text.replacen("\"response\"", "\"failure\": \"timeout\", \"response\"", 1),
        "cannot replay DIR/cassette-0001.json, line 24: exchange 1: it has not either a response or a failure",
    );
    check(
        |text| text.replace("\"exchanges\": 3", "\"exchanges\": 4"),
        "cannot replay DIR/cassette-0001.json, line 96: the recording had 4 exchanges, 3 are there",
    );
    check(
        |text| text.replacen("  }", "  ", 1),
        "cannot replay DIR/cassette-0001.json, line 24: expected value at line 24 column 0",
    );
    check(
        |_| String::new(),
        "cannot replay DIR/cassette-0001.json, line 1: a cassette begins with its version",
    );
    check(
        |_| "[]".to_owned(),
        "cannot replay DIR/cassette-0001.json, line 1: expected value at line 1 column 1",
    );
    check(
        |text| text.clone() + &text,
        "cannot replay DIR/cassette-0001.json, line 101: something follows the end",
    );
}

#[test]
fn parts_that_do_not_belong_together() {
    let many = || {
        let dir = TempDir::new().expect("a folder");
        let recording = RecordingTransport::builder(vendor(|_| Reply::status(204)), dir.path(), redactor())
            .max_file_bytes(1)
            .start();
        let recording = recording.expect("a recording");
        for target in ["/v1/users", "/v1/groups", "/v1/orgs"] {
            send(&recording, get(target)).expect("a response");
        }
        assert_eq!(recording.finish().expect("an end").files, 3);
        dir
    };
    let part = |dir: &TempDir, number: usize| dir.path().join(format!("cassette-000{number}.json"));
    let (dir, other) = (many(), many());
    assert_eq!(replay(dir.path()).exchanges(), 3);
    std::fs::copy(part(&other, 2), part(&dir, 2)).expect("a copy");
    assert_snapshot!(refused(dir.path()), @"cannot replay DIR/cassette-0002.json: it belongs to another recording than the cassette before it");
    std::fs::remove_file(part(&dir, 2)).expect("a file");
    assert_snapshot!(refused(dir.path()), @"cannot replay DIR: cassette-0002.json is missing");

    let text = std::fs::read_to_string(part(&other, 2)).expect("a text");
    std::fs::write(part(&other, 2), &text[..text.len() - 5]).expect("a cassette");
    assert_snapshot!(refused(other.path()), @"cannot replay DIR/cassette-0002.json, line 24: the cassette ends within a value, yet another follows");
}

#[test]
fn a_folder_takes_one_recording() {
    let dir = three();
    let second = RecordingTransport::new(vendor(|_| Reply::status(204)), dir.path(), redactor());
    assert!(
        matches!(second, Err(CassetteError::Occupied { .. })),
        "{second:?}"
    );
    let file = dir.path().join("cassette-0001.json");
    let within = RecordingTransport::new(vendor(|_| Reply::status(204)), file.join("x"), redactor());
    assert!(
        matches!(within, Err(CassetteError::Io { action: "create", .. })),
        "{within:?}"
    );
}

#[test]
fn nothing_is_recorded_after_the_end() {
    let dir = TempDir::new().expect("a folder");
    let real = vendor(|_| Reply::status(204));
    let recording = RecordingTransport::new(real.clone(), dir.path(), redactor()).expect("a recording");
    let first = recording.finish().expect("an end");
    let error = send(&recording, get("/v1/users")).expect_err("no longer");
    assert_snapshot!(error, @"not a usable http exchange (cannot go on recording: the recording is finished)");
    assert_eq!(real.requests().len(), 0);
    assert_eq!(recording.finish().expect("the same end"), first);
    assert_eq!(replay(dir.path()).completeness(), &Completeness::Whole);
}

/// A new cassette cannot be begun, as on a full disk: no program may go on with a recording that has a hole.
#[test]
fn an_exchange_that_cannot_be_written_ends_the_recording() {
    let dir = TempDir::new().expect("a folder");
    let real = vendor(|_| Reply::status(204));
    let recording = RecordingTransport::builder(real.clone(), dir.path(), redactor())
        .max_file_bytes(1)
        .start()
        .expect("a recording");
    send(&recording, get("/v1/users")).expect("a response");
    std::fs::create_dir(dir.path().join("cassette-0002.json")).expect("a folder in the way");
    let error = send(&recording, get("/v1/groups")).expect_err("no file");
    assert_eq!(error.kind, crate::TransportErrorKind::Other);
    let error = send(&recording, get("/v1/orgs")).expect_err("not any more");
    assert_snapshot!(error, @"not a usable http exchange (cannot go on recording: an earlier exchange could not be written)");
    assert_eq!(real.requests().len(), 2, "what cannot be recorded is not sent");
    assert!(matches!(recording.finish(), Err(CassetteError::Broken)));
}

/// Somebody may have put a key anywhere in the file.
#[test]
fn what_is_wrong_is_told_without_keys() {
    let dir = three();
    rewrite(dir.path(), |text| {
        text.replace(
            "content-type\": \"",
            "content-typeATCTT3xFfGN0kqXw8dZ4sPm7Lr2Vb9Hy6Jc1Te5Ua0=AB12\": \"",
        )
    });
    let said = refused(dir.path());
    assert!(
        said.contains("is no name of a header") && !said.contains("ATCTT"),
        "{said}"
    );
}
