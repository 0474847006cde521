//! Runs of a sync, over the real engine.

use super::program::{Answer, run, run_into_nothing};
use insta::{assert_snapshot, with_settings};
use std::fs;
use std::path::Path;

const KEY: &[(&str, &str)] = &[("BATON_API_TOKEN", super::program::TOKEN), ("BATON_ORG", "o-1")];

/// Exit code, stdout and stderr of a run, free of what differs from run to run.
pub(super) fn shown(answer: Answer, folder: &Path, arguments: &[&str]) -> String {
    let ran = run(answer, folder, arguments, KEY);
    let folder = format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR);
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        ran.exit, ran.stdout, ran.stderr
    )
    .replace(&folder, "")
}

macro_rules! check {
    ($answer:expr, $arguments:expr, @$expected:literal) => {
        let folder = tempfile::tempdir().unwrap();
        with_settings!({ filters => vec![
            (r"\d+\.\d+ kB", "[size]"),
            (r#""file_bytes": \d+"#, r#""file_bytes": "[size]""#),
            (r#""sync_id": "\w+""#, r#""sync_id": "[id]""#),
        ] }, {
            assert_snapshot!(shown($answer, folder.path(), $arguments), @$expected);
        });
    };
}
pub(super) use check;

#[test]
fn a_summary_for_people() {
    check!(Answer::Rows, &[], @"
    exit 0
    --- stdout
    Synced example directory o-1 in 0.0 s: sync.c1z, [size]

    Found
              resources  entitlements  grants
      team            1             1       1
      user            2             0       0
      in all          3             1       1

    How access is held
      directly        1
      through groups  0
      both ways       0
      unexplained     0
      overstated      0
      dormant         0

    Requests
      sent          1,234
      retried           2
      rate limited      1
    --- stderr
    ");
}

/// From the command line, the environment or a file; then it stays that of the artifact.
#[test]
fn the_storage_engine_is_the_one_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let engine = |arguments: &[&str], environment: &[(&str, &str)]| {
        let ran = run(
            Answer::Rows,
            folder.path(),
            arguments,
            &[KEY, environment].concat(),
        );
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        fs::read(folder.path().join("sync.c1z")).unwrap()[..4].to_vec()
    };
    let pebble = [("BATON_STORAGE_ENGINE", "pebble")];
    assert_eq!(engine(&[], &[]), b"C1ZF");
    assert_eq!(engine(&[], &pebble), b"C1Z3");
    assert_eq!(engine(&[], &[]), b"C1Z3");
    assert_eq!(engine(&["--storage-engine", "sqlite"], &pebble), b"C1ZF");
    assert_eq!(engine(&["--storage-engine", ""], &[]), b"C1ZF");
    fs::write(folder.path().join(".baton.yaml"), "storage-engine: pebble").unwrap();
    assert_eq!(engine(&[], &[]), b"C1Z3");
}

#[test]
fn a_summary_for_programs() {
    check!(Answer::Gap, &["--output", "json"], @r#"
    exit 17
    --- stdout
    {
      "outcome": "synced_with_gaps",
      "exit_code": 17,
      "subject": "example directory o-1",
      "scope": {
        "organization": "o-1"
      },
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "world_readable": false,
      "sync": {
        "sync_id": "[id]",
        "output": "sync.c1z",
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z",
        "resumed": false,
        "resources": {
          "team": 1,
          "user": 2
        },
        "entitlements": {
          "team": 1
        },
        "grants": {
          "team": 1
        },
        "held": {
          "direct": 1,
          "through_groups": 0,
          "both": 0,
          "unexplained": 0,
          "overstated": 0,
          "dormant": 0
        },
        "notices": [
          {
            "class": "gap",
            "kind": "api_tokens",
            "count": 1,
            "examples": [
              {
                "class": "gap",
                "kind": "api_tokens",
                "subject": "directory o-1",
                "detail": "the tokens cannot be listed (status 403)"
              }
            ]
          }
        ],
        "file_bytes": "[size]"
      }
    }
    --- stderr
    baton-example: synced with gaps: sync.c1z is complete but for api_tokens (1). The summary says what is missing; --allow-gaps accepts it
    "#);
}

#[test]
fn gaps_are_told_by_the_exit_code_unless_they_are_allowed() {
    check!(Answer::Gap, &[], @"
    exit 17
    --- stdout
    Synced example directory o-1 in 0.0 s: sync.c1z, [size]

    Found
              resources  entitlements  grants
      team            1             1       1
      user            2             0       0
      in all          3             1       1

    How access is held
      directly        1
      through groups  0
      both ways       0
      unexplained     0
      overstated      0
      dormant         0

    Gaps: could not be read, so the artifact lacks it
      api_tokens  1
          directory o-1: the tokens cannot be listed (status 403)
      Give the credential the rights it lacks and sync again, or accept it: --allow-gaps=api_tokens

    Requests
      sent          1,234
      retried           2
      rate limited      1
    --- stderr
    baton-example: synced with gaps: sync.c1z is complete but for api_tokens (1). The summary says what is missing; --allow-gaps accepts it
    ");
    check!(Answer::Gap, &["--allow-gaps"], @"
    exit 0
    --- stdout
    Synced example directory o-1 in 0.0 s: sync.c1z, [size]

    Found
              resources  entitlements  grants
      team            1             1       1
      user            2             0       0
      in all          3             1       1

    How access is held
      directly        1
      through groups  0
      both ways       0
      unexplained     0
      overstated      0
      dormant         0

    Gaps: could not be read, so the artifact lacks it
      api_tokens  1
          directory o-1: the tokens cannot be listed (status 403)

    Requests
      sent          1,234
      retried           2
      rate limited      1
    --- stderr
    ");
    let exit = |arguments| {
        let folder = tempfile::tempdir().unwrap();
        run(Answer::Gap, folder.path(), arguments, KEY).exit
    };
    assert_eq!(exit(&["--allow-gaps=group_members"]), 17);
    assert_eq!(exit(&["--allow-gaps=group_members,api_tokens"]), 0);
}

#[test]
fn words_of_a_vendor_do_not_steer_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(Answer::Steering, folder.path(), &[], KEY);
    assert!(
        ran.stdout
            .lines()
            .any(|line| line == "      <U+001B>[2Jt-1  : team <U+009B>31mPlatform<U+0007>: status 403"),
        "{:?}",
        ran.stdout
    );
    let told = [ran.stdout, ran.stderr].concat();
    assert!(!told.replace('\n', "").contains(char::is_control), "{told:?}");
}

/// Exit code and last line of a run with an artifact.
fn last(answer: Answer, into_nothing: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let run = if into_nothing { run_into_nothing } else { run };
    let ran = run(answer, folder.path(), &[], KEY);
    assert!(folder.path().join("sync.c1z").exists());
    let folder = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
    format!("exit {}\n{}", ran.exit, ran.stderr).replace(&folder, "")
}

#[test]
fn what_fails_after_the_artifact_is_written_says_that_it_is() {
    assert_snapshot!(last(Answer::Rows, true), @"
    exit 2
    baton-example: not configured correctly: cannot write to standard output: no storage space; sync.c1z was written
    ");
    assert_snapshot!(last(Answer::Gap, true), @"
    exit 2
    baton-example: not configured correctly: cannot write to standard output: no storage space; sync.c1z is complete but for api_tokens (1)
    ");
    assert_snapshot!(last(Answer::FailsAfter, false), @"
    exit 13
    baton-example: not understood: cannot finish the recording: the disk is full; sync.c1z was written anyway
    ");
}

#[test]
fn an_error_that_quotes_the_key_is_scrubbed() {
    check!(Answer::Leak, &[], @"
    exit 16
    --- stdout
    --- stderr
    baton-example: not authenticated: the directory does not accept [redacted], while listing resources of type user. Check the key
    ");
}

#[test]
fn a_failure_for_programs() {
    check!(Answer::Leak, &["--output", "json"], @r#"
    exit 16
    --- stdout
    {
      "outcome": "failed",
      "exit_code": 16,
      "error": {
        "kind": "not_authenticated",
        "message": "the directory does not accept [redacted]",
        "during": "listing resources of type user",
        "hint": "Check the key"
      }
    }
    --- stderr
    baton-example: not authenticated: the directory does not accept [redacted], while listing resources of type user. Check the key
    "#);
    check!(Answer::Rows, &["--output", "json", "--sync-resource-types", "user,grup"], @r#"
    exit 2
    --- stdout
    {
      "outcome": "failed",
      "exit_code": 2,
      "error": {
        "kind": "configuration",
        "message": "unknown resource type \"grup\"; this connector has user, team"
      }
    }
    --- stderr
    baton-example: not configured correctly: unknown resource type "grup"; this connector has user, team
    "#);
}

#[test]
fn a_demonstration() {
    check!(Answer::Rows, &["--demo"], @"
    exit 0
    --- stdout
    Synced a made-up directory in 0.0 s: demo.c1z, [size]

    Found
              resources  entitlements  grants
      team            1             1       1
      user            2             0       0
      in all          3             1       1

    How access is held
      directly        1
      through groups  0
      both ways       0
      unexplained     0
      overstated      0
      dormant         0

    Requests
      sent          0
      retried       0
      rate limited  0
    --- stderr
    ");
}

#[test]
fn what_is_wrong_before_the_first_request() {
    check!(Answer::Rows, &["--sync-resource-types", "user,grup"], @r#"
    exit 2
    --- stdout
    --- stderr
    baton-example: not configured correctly: unknown resource type "grup"; this connector has user, team
    "#);
    check!(Answer::Rows, &["-f", "missing/sync.c1z"], @"
    exit 2
    --- stdout
    --- stderr
    baton-example: not configured correctly: cannot write missing/sync.c1z: the directory missing does not exist
    ");
    check!(Answer::Rows, &["--base-url", "ftp://example.test"], @"
    exit 2
    --- stdout
    --- stderr
    baton-example: not configured correctly: --base-url: only https is allowed
    ");
}

#[test]
fn a_foreign_file_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sync.c1z");
    fs::write(&file, "a letter").unwrap();
    assert_snapshot!(shown(Answer::Rows, folder.path(), &[]), @"
    exit 9
    --- stdout
    --- stderr
    baton-example: refused: cannot write over sync.c1z: it is not a .c1z artifact; name another output, or move the file away
    ");
    assert_eq!(fs::read_to_string(file).unwrap(), "a letter");
}

/// What a run with the key ends with on stderr, where collectors read the log.
fn collected(answer: Answer, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let environment = [KEY, &[("BATON_LOG_FORMAT", "json")]].concat();
    run(answer, folder.path(), arguments, &environment).stderr
}

#[test]
fn each_error_stands_once_whoever_reads_it() {
    assert_snapshot!(collected(Answer::Leak, &[]), @r#"
    {"level":"error","ts":1800000000,"msg":"baton-example: not authenticated: the directory does not accept [redacted], while listing resources of type user. Check the key","exit_code":16}
    "#);
    assert_snapshot!(collected(Answer::Leak, &["--log-format", "console"]), @"baton-example: not authenticated: the directory does not accept [redacted], while listing resources of type user. Check the key");
    // Also where warnings are not logged.
    assert_eq!(
        collected(Answer::Gap, &["--log-level", "error"]).lines().count(),
        1
    );
    assert_eq!(collected(Answer::Rows, &[]), "");
}

#[test]
fn the_log_goes_to_the_files_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--log-path", "a.log,b.log", "--log-format", "json"];
    let ran = run(Answer::Leak, folder.path(), &arguments, KEY);
    let last = "baton-example: not authenticated: the directory does not accept [redacted]";
    assert!(ran.stderr.starts_with(last), "{}", ran.stderr);
    for name in ["a.log", "b.log"] {
        let log = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(
            log.contains(last) && !log.contains(super::program::TOKEN),
            "{log}"
        );
    }
    let ran = run(Answer::Rows, folder.path(), &["--log-path", "missing/a.log"], KEY);
    assert_eq!(ran.exit, 2, "{}", ran.stderr);
    let ran = run(Answer::Rows, folder.path(), &["--log-path", "stdout"], KEY);
    assert_eq!(ran.exit, 2, "{}", ran.stderr);
}

#[test]
fn a_key_that_the_vendor_echoes_is_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    for output in ["text", "json"] {
        let ran = run(Answer::Echo, folder.path(), &["--output", output], KEY);
        assert!(
            ran.stdout.contains("the key ****************** may not"),
            "{}",
            ran.stdout
        );
    }
}
