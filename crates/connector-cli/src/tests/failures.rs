//! What is told of changes that fail.

use super::changes::{GRANT, KEY, grant, shown, synced};
use super::program::{Answer, run, run_into_nothing};
use insta::assert_snapshot;

macro_rules! check {
    ($arguments:expr, @$expected:literal) => {
        assert_snapshot!(shown($arguments, KEY), @$expected);
    };
}

#[test]
fn what_failed_for_programs() {
    let json = |arguments: &[&str]| shown(&[arguments, &["--output", "json"]].concat(), KEY);
    let delete = |account| json(&["--delete-resource", account, "--delete-resource-type", "user"]);
    // The vendor refuses it, and quotes the key.
    assert_snapshot!(delete("u-3"), @r#"
    exit 7
    {
      "outcome": "failed",
      "exit_code": 7,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "kind": "delete",
          "resource": {
            "resource": "u-3",
            "resource_type": "user"
          }
        },
        "requests": [],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "not_permitted",
        "message": "cannot delete account u-3",
        "hint": "Use a key with the right to delete accounts",
        "vendor": {
          "status": 403,
          "code": "ADMIN-403-7",
          "detail": "the key [redacted] has no such right",
          "request_id": "r-7"
        }
      }
    }
    baton-example: not permitted: cannot delete account u-3 (status 403, code ADMIN-403-7, request id r-7, detail: the key [redacted] has no such right). Use a key with the right to delete accounts
    "#);
    // It failed, and a part of it was carried out: nobody may take it for not made.
    assert_snapshot!(delete("u-4"), @r#"
    exit 20
    {
      "outcome": "partial",
      "exit_code": 20,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "kind": "delete",
          "resource": {
            "resource": "u-4",
            "resource_type": "user"
          }
        },
        "done": [
          "it is gone from the team t-1"
        ],
        "not_done": [
          "from the team t-2 of [redacted]"
        ],
        "requests": [
          {
            "method": "DELETE",
            "path": "/users/u-4",
            "status": 204
          }
        ],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "partial",
        "message": "cannot take account u-4 from the team t-2",
        "vendor": {
          "status": 403
        }
      }
    }
    baton-example: carried out in part: cannot take account u-4 from the team t-2 (status 403)
    "#);
    // A write was sent, and its result is not known.
    assert_snapshot!(delete("u-2"), @r#"
    exit 14
    {
      "outcome": "unknown",
      "exit_code": 14,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "kind": "delete",
          "resource": {
            "resource": "u-2",
            "resource_type": "user"
          }
        },
        "requests": [
          {
            "method": "DELETE",
            "path": "/users/u-2"
          }
        ],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "unreachable",
        "message": "the answer was lost, and the state does not tell",
        "vendor": {
          "status": 503
        }
      }
    }
    baton-example: unreachable: the answer was lost, and the state does not tell (status 503)
    "#);
    // Nothing was sent.
    assert_snapshot!(json(&grant("u-22")), @r#"
    exit 5
    {
      "outcome": "failed",
      "exit_code": 5,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "entitlement": {
            "id": "team:t-1:member"
          },
          "kind": "grant",
          "principal": {
            "resource": "u-22",
            "resource_type": "user"
          }
        },
        "requests": [],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "not_found",
        "message": "there is no user \"u-22\" in sync.c1z as of 2027-01-15 08:00:00",
        "hint": "Did you mean \"u-2\"?"
      }
    }
    baton-example: not found: there is no user "u-22" in sync.c1z as of 2027-01-15 08:00:00. Did you mean "u-2"?
    "#);
    assert_snapshot!(json(&["--create-account-profile", r#"{"email": 7, "password": "s3cr3t"}"#]), @r#"
    exit 3
    {
      "outcome": "failed",
      "exit_code": 3,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "kind": "create_account"
        },
        "requests": [],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "invalid_value",
        "message": "the profile cannot be used: password is not known; known are email, title, userName; email must be a text, but is a whole number; userName is missing"
      }
    }
    baton-example: invalid value: the profile cannot be used: password is not known; known are email, title, userName; email must be a text, but is a whole number; userName is missing
    "#);
    assert_snapshot!(json(&["--invoke-action", "lock_users", "--invoke-action-args", r#"{"code": "s3cr3t"}"#]), @r#"
    exit 5
    {
      "outcome": "failed",
      "exit_code": 5,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "action": "lock_users",
          "kind": "invoke"
        },
        "requests": [],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "not_found",
        "message": "there is no action \"lock_users\"; this connector has lock_user",
        "hint": "Did you mean \"lock_user\" (Lock User)?"
      }
    }
    baton-example: not found: there is no action "lock_users"; this connector has lock_user. Did you mean "lock_user" (Lock User)?
    "#);
    assert_snapshot!(json(&["--revoke-grant", GRANT, "--base-url", "http://example.test"]), @r#"
    exit 2
    {
      "outcome": "failed",
      "exit_code": 2,
      "seconds": 0.0,
      "change": {
        "change": {
          "grant": "team:t-1:member:user:u-1",
          "kind": "revoke"
        },
        "requests": [],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      },
      "error": {
        "kind": "configuration",
        "message": "--base-url: only https is allowed"
      }
    }
    baton-example: not configured correctly: --base-url: only https is allowed
    "#);
    // Not even what is asked for is known.
    assert_snapshot!(json(&["--delete-resource", "u-1"]), @r#"
    exit 2
    {
      "outcome": "failed",
      "exit_code": 2,
      "error": {
        "kind": "configuration",
        "message": "--delete-resource is given without --delete-resource-type",
        "hint": "Add --delete-resource-type"
      }
    }
    baton-example: not configured correctly: --delete-resource is given without --delete-resource-type. Add --delete-resource-type
    "#);
}

#[test]
fn what_fails_says_what_was_sent() {
    check!(&["--delete-resource", "u-2", "--delete-resource-type", "user"], @"
    exit 14
    baton-example: unreachable: the answer was lost, and the state does not tell (status 503)
    ");
    check!(&["--delete-resource", "t-1", "--delete-resource-type", "team"], @r#"
    exit 12
    baton-example: not offered: this connector does not delete resources of type "team", only of type user
    "#);
}

/// A change that was made, or may have been, is not taken for one that was not because something else failed after it.
#[test]
fn what_fails_after_a_change_says_what_came_of_it() {
    let last = |answer, into_nothing: bool, arguments: &[&str]| {
        let folder = synced();
        let run = if into_nothing { run_into_nothing } else { run };
        let ran = run(answer, folder.path(), arguments, KEY);
        format!("exit {}\n{}{}", ran.exit, ran.stdout, ran.stderr)
    };
    let lost = ["--delete-resource", "u-2", "--delete-resource-type", "user"];
    let refused = ["--delete-resource", "u-3", "--delete-resource-type", "user"];
    assert_snapshot!(last(Answer::Rows, true, &grant("u-2")), @"
    exit 2
    baton-example: not configured correctly: cannot write to standard output: no storage space; the result of the change: u-2 is now a member of Platform
    ");
    assert_snapshot!(last(Answer::FailsAfter, false, &grant("u-2")), @"
    exit 13
    baton-example: not understood: cannot finish the recording: the disk is full; the result of the change: u-2 is now a member of Platform
    ");
    assert_snapshot!(last(Answer::FailsAfter, false, &lost), @"
    exit 13
    baton-example: not understood: cannot finish the recording: the disk is full; unreachable: the answer was lost, and the state does not tell (status 503)
    ");
    assert_snapshot!(last(Answer::FailsAfter, false, &refused), @"
    exit 13
    baton-example: not understood: cannot finish the recording: the disk is full
    ");
}

/// Documents and checks of arguments are made from what a program says of its connector, so nothing is done with one that
/// does otherwise.
#[test]
fn a_connector_that_cannot_do_what_the_program_says_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(Answer::DoesLess, folder.path(), &["-f", "sync.c1z"], KEY);
    assert_snapshot!(format!("exit {}\n{}", ran.exit, ran.stderr.trim_end()), @r#"
    exit 13
    baton-example: not understood: this program has a defect: the connector can do {Provision} with resources of type "team" and says {Provision, Delete}
    "#);
    assert!(!folder.path().join("sync.c1z").exists());
}
