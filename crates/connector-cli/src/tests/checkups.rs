//! The command `doctor`.

use super::program::{Answer, TOKEN, run};
use insta::assert_snapshot;
use std::path::Path;

fn check(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let ran = run(Answer::Rows, Path::new("/nowhere"), arguments, environment);
    format!("exit {}\n{}{}", ran.exit, ran.stdout, ran.stderr)
}

#[test]
fn a_change_beside_it_is_refused() {
    let key = [("BATON_API_TOKEN", TOKEN)];
    assert_snapshot!(check(&["doctor", "--revoke-grant", "g-1"], &key), @"
    exit 2
    baton-example: not configured correctly: doctor and --revoke-grant ask for different things. Leave out the setting, or the command
    ");
}

#[test]
fn what_works_and_what_does_not() {
    assert_snapshot!(check(&["doctor"], &[("BATON_API_TOKEN", TOKEN)]), @"
    exit 0
    key             works                the directory accepts it
    change members  unknown until tried  reading does not tell
    artifact        lacks                /nowhere/sync.c1z cannot be written: its folder does not exist
                                         → Name a file in a folder that is there and that you can write, with --file
    ");
    assert_snapshot!(check(&["doctor", "--probe-writes"], &[("BATON_API_TOKEN", TOKEN)]), @"
    exit 0
    key             works  the directory accepts it
    change members  works  open
    artifact        lacks  /nowhere/sync.c1z cannot be written: its folder does not exist
                           → Name a file in a folder that is there and that you can write, with --file
    ");
    assert_snapshot!(check(&["doctor"], &[]), @"
    exit 2
    key             fails                none is set
                                         → Set access-token
    change members  unknown until tried  reading does not tell
    artifact        lacks                /nowhere/sync.c1z cannot be written: its folder does not exist
                                         → Name a file in a folder that is there and that you can write, with --file
    baton-example: not configured correctly: key: none is set. Set access-token
    ");
    assert_snapshot!(check(&["doctor", "--output", "json"], &[]), @r#"
    exit 2
    {
      "findings": [
        {
          "what": "key",
          "verdict": "fails",
          "exit_code": 2,
          "found": "none is set",
          "advice": "Set access-token"
        },
        {
          "what": "change members",
          "verdict": "unknown_until_tried",
          "found": "reading does not tell"
        },
        {
          "what": "artifact",
          "verdict": "lacks",
          "found": "/nowhere/sync.c1z cannot be written: its folder does not exist",
          "advice": "Name a file in a folder that is there and that you can write, with --file"
        }
      ]
    }
    baton-example: not configured correctly: key: none is set. Set access-token
    "#);
}

/// Where nothing can be checked at all, a program is told so too.
#[test]
fn a_checkup_that_cannot_be_made() {
    let json = |answer, arguments: &[&str]| {
        let arguments = [arguments, &["--output", "json"]].concat();
        let ran = run(
            answer,
            Path::new("/nowhere"),
            &arguments,
            &[("BATON_API_TOKEN", TOKEN)],
        );
        format!("exit {}\n{}", ran.exit, ran.stdout)
    };
    assert_snapshot!(json(Answer::Leak, &["doctor"]), @r#"
    exit 2
    {
      "outcome": "failed",
      "exit_code": 2,
      "error": {
        "kind": "configuration",
        "message": "the key [redacted] cannot be used"
      }
    }
    "#);
    assert_snapshot!(json(Answer::Rows, &["doctor", "--demo"]), @r#"
    exit 2
    {
      "outcome": "failed",
      "exit_code": 2,
      "error": {
        "kind": "configuration",
        "message": "--demo and doctor contradict each other: a demonstration has everything it needs"
      }
    }
    "#);
}

#[test]
fn its_flag_is_its_own() {
    assert_snapshot!(check(&["--demo", "doctor"], &[]), @"
    exit 2
    baton-example: not configured correctly: --demo and doctor contradict each other: a demonstration has everything it needs
    ");
    assert_snapshot!(check(&["--probe-writes"], &[]), @"
    exit 2
    baton-example: not configured correctly: there is no flag --probe-writes. --help lists every flag
    ");
}
