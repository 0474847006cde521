//! Changes from the command line, over the real engine and a connector that answers as told.

use super::program::{Answer, TOKEN, run};
use insta::{assert_snapshot, with_settings};
use std::fs;
use std::path::Path;

pub(super) const KEY: &[(&str, &str)] = &[("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "o-1")];
pub(super) const MEMBER: &str = "team:t-1:member";
pub(super) const GRANT: &str = "team:t-1:member:user:u-1";

/// Exit code, stdout and stderr of a command in a folder with an artifact.
pub(super) fn shown(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let folder = synced();
    let ran = run(Answer::Rows, folder.path(), arguments, environment);
    texts(
        folder.path(),
        &format!("exit {}\n{}{}", ran.exit, ran.stdout, ran.stderr),
    )
}

pub(super) fn texts(folder: &Path, text: &str) -> String {
    let folder = format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR);
    // In JSON the separator of some systems is escaped.
    text.replace(&folder, "")
        .replace(&folder.replace('\\', r"\\"), "")
}

pub(super) fn synced() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(Answer::Rows, folder.path(), &[], KEY).exit, 0);
    folder
}

macro_rules! check {
    ($arguments:expr, @$expected:literal) => {
        assert_snapshot!(shown($arguments, KEY), @$expected);
    };
}

pub(super) fn grant(principal: &'static str) -> [&'static str; 6] {
    [
        "--grant-entitlement",
        MEMBER,
        "--grant-principal",
        principal,
        "--grant-principal-type",
        "user",
    ]
}

#[test]
fn each_change_says_what_came_of_it() {
    check!(&grant("u-2"), @r#"
    exit 0
    u-2 is now a member of Platform

    Sent
      POST /teams/t-1/members → 204 (request id r-1)
        {"id":"u-2"}
    "#);
    check!(&grant("u-1"), @"
    exit 0
    u-1 is a member of Platform already
    ");
    check!(&["--revoke-grant", GRANT, "--verify"], @"
    exit 0
    u-1 is no longer a member of Platform
      the team Everyone gives the same access

    Sent
      DELETE /teams/t-1/members/u-1 → 204 (request id r-1)
    ");
    check!(&["--create-account-login", "ines", "--create-account-email", "ines@example.test"], @r#"
    exit 0
    ines has an account now

    Sent
      POST /users → 204 (request id r-1)
        {"email":"ines@example.test","userName":"ines"}

    Resource: user u-9
    "#);
    check!(&["--create-account-profile", r#"{"userName": "ines", "title": "Dr"}"#, "--create-account-email", "i@example.test"], @r#"
    exit 0
    ines has an account now

    Sent
      POST /users → 204 (request id r-1)
        {"email":"i@example.test","title":"Dr","userName":"ines"}

    Resource: user u-9
    "#);
    check!(&["--delete-resource", "u-1", "--delete-resource-type", "user"], @"
    exit 0
    it is gone

    Sent
      DELETE /users/u-1 → 204 (request id r-1)
    ");
    check!(&["--invoke-action", "lock_user", "--invoke-action-args", r#"{"user_id": "u-1"}"#], @r#"
    exit 0
    u-1 is locked

    Sent
      POST /users/u-1/lock → 204 (request id r-1)

    Answer
    {
      "user_id": "u-1"
    }
    "#);
}

#[test]
fn a_dry_run_says_what_would_be_sent() {
    check!(&[&grant("u-2")[..], &["--dry-run"]].concat(), @r#"
    exit 0
    u-2 would become a member of Platform

    Would be sent
      POST /teams/t-1/members
        {"id":"u-2"}
    "#);
    check!(&["--delete-resource", "u-1", "--delete-resource-type", "user", "--dry-run", "-p"], @"
    exit 0
    it would be deleted

    Would be sent
      DELETE /users/u-1
    ");
}

#[test]
fn what_came_of_it_for_programs() {
    check!(&[&grant("u-2")[..], &["--output", "json"]].concat(), @r#"
    exit 0
    {
      "outcome": "done",
      "exit_code": 0,
      "subject": "example directory o-1",
      "seconds": 0.0,
      "requests": {
        "total": 1234,
        "retried": 2,
        "rate_limited": 1
      },
      "change": {
        "change": {
          "kind": "grant",
          "entitlement": {
            "id": "team:t-1:member",
            "name": "member",
            "on": {
              "resource_type": "team",
              "resource": "t-1",
              "name": "Platform"
            }
          },
          "principal": {
            "resource_type": "user",
            "resource": "u-2",
            "name": "u-2"
          }
        },
        "state": "done",
        "summary": "u-2 is now a member of Platform",
        "notes": [],
        "requests": [
          {
            "method": "POST",
            "path": "/teams/t-1/members",
            "body": {
              "id": "u-2"
            },
            "status": 204,
            "request_id": "r-1"
          }
        ],
        "annotations": [],
        "started_at": "2027-01-15T08:00:00Z",
        "ended_at": "2027-01-15T08:00:00Z"
      }
    }
    "#);
}

#[test]
fn the_environment_asks_for_changes_too() {
    let environment = [KEY, &[("BATON_REVOKE_GRANT", GRANT)]].concat();
    assert_snapshot!(shown(&["--dry-run"], &environment), @"
    exit 0
    u-1 would leave Platform
      the team Everyone gives the same access

    Would be sent
      DELETE /teams/t-1/members/u-1
    ");
}

#[test]
fn actions_are_listed_without_a_key() {
    let list = |arguments: &[&str]| {
        let ran = run(Answer::Rows, Path::new("/nowhere"), arguments, &[]);
        format!("exit {}\n{}{}", ran.exit, ran.stdout, ran.stderr)
    };
    assert_snapshot!(list(&["--list-action-schemas"]), @"
    exit 0
    lock_user
      Locks an account
      user_id  required: The account
      notify   Whether to tell the person
    ");
    assert_snapshot!(list(&["--list-action-schemas", "--output", "json"]), @r#"
    exit 0
    [
      {
        "arguments": [
          {
            "description": "The account",
            "displayName": "User",
            "isRequired": true,
            "name": "user_id",
            "stringField": {
              "rules": {
                "isRequired": true
              }
            }
          },
          {
            "boolField": {},
            "description": "Whether to tell the person",
            "displayName": "Notify",
            "name": "notify"
          }
        ],
        "description": "Locks an account",
        "displayName": "Lock User",
        "name": "lock_user"
      }
    ]
    "#);
}

#[test]
fn half_a_change_names_the_missing_half() {
    check!(&["--grant-entitlement", MEMBER], @"
    exit 2
    baton-example: not configured correctly: --grant-entitlement is given without --grant-principal. Add --grant-principal
    ");
    check!(&["--grant-principal-type", "user"], @"
    exit 2
    baton-example: not configured correctly: --grant-principal-type is given without --grant-entitlement and --grant-principal. Add --grant-entitlement and --grant-principal
    ");
    check!(&["--revoke-principal", "u-1"], @"
    exit 2
    baton-example: not configured correctly: --revoke-principal is given without --revoke-entitlement. Add --revoke-entitlement
    ");
    check!(&["--create-account-email", "ines@example.test"], @"
    exit 2
    baton-example: not configured correctly: --create-account-email is given without --create-account-login. Add --create-account-login, or --create-account-profile
    ");
    check!(&["--create-account-resource-type", "user"], @"
    exit 2
    baton-example: not configured correctly: --create-account-resource-type is given without --create-account-login and --create-account-email. Add --create-account-login and --create-account-email, or --create-account-profile
    ");
    check!(&["--delete-resource", "u-1"], @"
    exit 2
    baton-example: not configured correctly: --delete-resource is given without --delete-resource-type. Add --delete-resource-type
    ");
    check!(&["--delete-resource-type", "user"], @"
    exit 2
    baton-example: not configured correctly: --delete-resource-type is given without --delete-resource. Add --delete-resource
    ");
    check!(&["--invoke-action-args", "{}"], @"
    exit 2
    baton-example: not configured correctly: --invoke-action-args is given without --invoke-action. Add --invoke-action
    ");
}

#[test]
fn only_one_thing_at_a_time() {
    check!(&["--revoke-grant", GRANT, "--delete-resource", "u-1"], @"
    exit 2
    baton-example: not configured correctly: --revoke-grant and --delete-resource ask for different things. Make one change after the other
    ");
    check!(&["--list-action-schemas", "--invoke-action", "lock_user"], @"
    exit 2
    baton-example: not configured correctly: --invoke-action and --list-action-schemas ask for different things. Make one change after the other
    ");
    let environment = [KEY, &[("BATON_REVOKE_GRANT", GRANT)]].concat();
    assert_snapshot!(shown(&grant("u-2"), &environment), @"
    exit 2
    baton-example: not configured correctly: --grant-entitlement and BATON_REVOKE_GRANT ask for different things. Make one change after the other
    ");
    check!(&["--dry-run"], @"
    exit 2
    baton-example: not configured correctly: --dry-run is given, but no change is asked for. A sync changes nothing at the vendor and needs no such setting
    ");
}

/// A flag wins over the environment, but not about what is changed: a variable that was left behind, or one that a console
/// sets, is another decision.
#[test]
fn the_environment_names_the_same_change_or_none() {
    let and = |variable, value| [KEY, &[(variable, value)]].concat();
    assert_snapshot!(shown(&grant("u-2"), &and("BATON_GRANT_PRINCIPAL", "u-3")), @"
    exit 2
    baton-example: not configured correctly: --grant-principal and BATON_GRANT_PRINCIPAL name different changes. Unset the variable, or leave the change on the command line out
    ");
    assert_snapshot!(shown(&["--revoke-grant", GRANT], &and("BATON_REVOKE_GRANT", "another")), @"
    exit 2
    baton-example: not configured correctly: --revoke-grant and BATON_REVOKE_GRANT name different changes. Unset the variable, or leave the change on the command line out
    ");
    let same = shown(&["--revoke-grant", GRANT], &and("BATON_REVOKE_GRANT", GRANT));
    assert!(same.starts_with("exit 0\n"), "{same}");
    let profile = r#"{"userName": "ines", "email": "ines@example.com"}"#;
    let profile = ["--create-account-profile", profile];
    assert_snapshot!(shown(&profile, &and("BATON_CREATE_ACCOUNT_EMAIL", "bo@example.com")), @"
    exit 2
    baton-example: not configured correctly: --create-account-profile and BATON_CREATE_ACCOUNT_EMAIL name different changes. Unset the variable, or leave the change on the command line out
    ");
    let same = [
        "--create-account-profile",
        profile[1],
        "--create-account-login",
        "ines",
    ];
    let same = shown(&same, &and("BATON_CREATE_ACCOUNT_LOGIN", "ines"));
    assert!(same.starts_with("exit 0\n"), "{same}");
}

/// A variable that was left behind is a part of another change, which is not mixed into this one.
#[test]
fn a_change_is_not_put_together_from_two_places() {
    let login = [
        "--create-account-login",
        "ines",
        "--create-account-resource-type",
        "user",
    ];
    for (arguments, variable, value) in [
        (&login[..], "BATON_CREATE_ACCOUNT_EMAIL", "bo@example.com"),
        (
            &["--create-account-profile", "{}"],
            "BATON_CREATE_ACCOUNT_LOGIN",
            "ines",
        ),
        (&["--grant-entitlement", MEMBER], "BATON_GRANT_PRINCIPAL", "u-2"),
        (&grant("u-2")[..4], "BATON_GRANT_PRINCIPAL_TYPE", "user"),
        (&["--revoke-entitlement", MEMBER], "BATON_REVOKE_PRINCIPAL", "u-1"),
        (
            &["--delete-resource", "u-1"],
            "BATON_DELETE_RESOURCE_TYPE",
            "user",
        ),
        (
            &["--invoke-action", "lock_user"],
            "BATON_INVOKE_ACTION_ARGS",
            r#"{"user_id": "u-1"}"#,
        ),
    ] {
        let shown = shown(arguments, &[KEY, &[(variable, value)]].concat());
        let expected = format!(
            "exit 2\nbaton-example: not configured correctly: {} and {variable} name different changes",
            arguments[0]
        );
        assert!(shown.starts_with(&expected), "{shown}");
    }
}

#[test]
fn an_account_is_stated_once() {
    let profile = r#"{"userName": "ines", "email": "ines@example.test"}"#;
    let and = |flag, value| shown(&["--create-account-profile", profile, flag, value], KEY);
    assert_snapshot!(and("--create-account-login", "bo"), @"
    exit 2
    baton-example: not configured correctly: --create-account-profile and --create-account-login name different accounts. Leave one of them out, or give both the same value
    ");
    assert!(and("--create-account-email", "bo@example.test").starts_with("exit 2\n"));
    assert!(and("--create-account-email", "ines@example.test").starts_with("exit 0\n"));
}

#[test]
fn an_artifact_of_the_third_format_names_what_an_entitlement_is_on() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(Answer::Rows, folder.path(), arguments, KEY);
    assert_eq!(run(&["--storage-engine", "pebble"]).exit, 0);
    let ran = run(&[&grant("u-2")[..], &["--output", "json"]].concat());
    assert!(
        ran.stdout.contains(r#""name": "Platform""#),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn values_that_do_not_fit() {
    check!(&["--create-account-profile", "[1]"], @r#"
    exit 3
    baton-example: invalid value: --create-account-profile: it is a list, not a JSON object. Write an object in quotes of the shell: '{"name": "value"}'
    "#);
    check!(&["--create-account-profile", r#"{"password": "s3cr3t"#], @r#"
    exit 3
    baton-example: invalid value: --create-account-profile: it is not JSON (line 1, column 20). Write an object in quotes of the shell: '{"name": "value"}'
    "#);
    check!(&["--create-account-profile", r#"{"email": 7}"#], @"
    exit 3
    baton-example: invalid value: the profile cannot be used: email must be a text, but is a whole number; userName is missing
    ");
    check!(&["--invoke-action", "lock_user", "--invoke-action-args", "true"], @r#"
    exit 3
    baton-example: invalid value: --invoke-action-args: it is true or false, not a JSON object. Write an object in quotes of the shell: '{"name": "value"}'
    "#);
    check!(&["--invoke-action", "lock_user", "--invoke-action-args", r#"{"user": "u-1", "notify": "yes"}"#], @r#"
    exit 3
    baton-example: invalid value: the arguments of action "lock_user" cannot be used: user is not known; did you mean user_id?; user_id is missing; notify must be true or false, but is a text
    "#);
}

#[test]
fn what_is_not_there() {
    check!(&["--revoke-grant", "team:t-1:member:user:u-3"], @r#"
    exit 5
    baton-example: not found: there is no grant "team:t-1:member:user:u-3" in sync.c1z as of 2027-01-15 08:00:00. Did you mean "team:t-1:member:user:u-1"?
    "#);
    check!(&["--grant-entitlement", "team:t-1:members", "--grant-principal", "u-2", "--grant-principal-type", "user"], @r#"
    exit 5
    baton-example: not found: there is no entitlement "team:t-1:members" in sync.c1z as of 2027-01-15 08:00:00. Did you mean "team:t-1:member" (member)?
    "#);
    check!(&grant("u-22"), @r#"
    exit 5
    baton-example: not found: there is no user "u-22" in sync.c1z as of 2027-01-15 08:00:00. Did you mean "u-2"?
    "#);
    check!(&["--invoke-action", "lock_users"], @r#"
    exit 5
    baton-example: not found: there is no action "lock_users"; this connector has lock_user. Did you mean "lock_user" (Lock User)?
    "#);
    check!(&["--revoke-grant", GRANT, "-f", "missing.c1z"], @"
    exit 5
    baton-example: not found: there is no artifact at missing.c1z. Sync first, or name the artifact of a sync
    ");
}

#[test]
fn the_audit_log_has_the_attempt_and_the_outcome() {
    let folder = synced();
    let run = |arguments: &[&str]| run(Answer::Rows, folder.path(), arguments, KEY);
    assert_eq!(
        run(&[&grant("u-2")[..], &["--audit-log", "audit.jsonl"]].concat()).exit,
        0
    );
    let dry = [&grant("u-2")[..], &["--audit-log", "audit.jsonl", "--dry-run"]].concat();
    assert_eq!(run(&dry).exit, 0);
    let failing = [
        "--delete-resource",
        "u-2",
        "--delete-resource-type",
        "user",
        "--audit-log",
        "audit.jsonl",
    ];
    assert_eq!(run(&failing).exit, 14);
    let kept = fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    with_settings!({ filters => vec![
        (r#""id":"[0-9A-Za-z]{27}""#, r#""id":"[ksuid]""#),
        (r#""sync_id":"[0-9A-Za-z]{27}""#, r#""sync_id":"[ksuid]""#),
    ] }, {
        assert_snapshot!(texts(folder.path(), &kept), @r#"
        {"phase":"attempt","id":"[ksuid]","at":"2027-01-15T08:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Example","change":{"entitlement":{"id":"team:t-1:member","name":"member","on":{"name":"Platform","resource":"t-1","resource_type":"team"}},"kind":"grant","principal":{"name":"u-2","resource":"u-2","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"[ksuid]","ended_at":"2027-01-15 08:00:00"}}
        {"phase":"outcome","id":"[ksuid]","at":"2027-01-15T08:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"u-2 is now a member of Platform","requests":[{"method":"POST","path":"/teams/t-1/members","status":204,"request_id":"r-1"}]}
        {"phase":"attempt","id":"[ksuid]","at":"2027-01-15T08:00:00Z","demo":false,"dry_run":true,"actor":"ines at laptop-7","connector":"Example","change":{"entitlement":{"id":"team:t-1:member","name":"member","on":{"name":"Platform","resource":"t-1","resource_type":"team"}},"kind":"grant","principal":{"name":"u-2","resource":"u-2","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"[ksuid]","ended_at":"2027-01-15 08:00:00"}}
        {"phase":"outcome","id":"[ksuid]","at":"2027-01-15T08:00:00Z","demo":false,"dry_run":true,"state":"planned","summary":"u-2 would become a member of Platform","requests":[{"method":"POST","path":"/teams/t-1/members"}]}
        {"phase":"attempt","id":"[ksuid]","at":"2027-01-15T08:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Example","change":{"kind":"delete","resource":{"name":"u-2","resource":"u-2","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"[ksuid]","ended_at":"2027-01-15 08:00:00"}}
        {"phase":"outcome","id":"[ksuid]","at":"2027-01-15T08:00:00Z","demo":false,"dry_run":false,"code":14,"error":"unreachable: the answer was lost, and the state does not tell (status 503)","requests":[{"method":"DELETE","path":"/users/u-2"}]}
        "#);
    });
    let unwritable = [&grant("u-2")[..], &["--audit-log", "missing/audit.jsonl"]].concat();
    assert_eq!(run(&unwritable).exit, 2);
}

#[test]
fn a_file_cannot_ask_for_a_change() {
    let folder = synced();
    fs::write(
        folder.path().join(".baton.yaml"),
        format!("revoke-grant: {GRANT}"),
    )
    .unwrap();
    let ran = run(Answer::Rows, folder.path(), &[], KEY);
    assert_snapshot!(texts(folder.path(), &ran.stderr), @"baton-example: not configured correctly: revoke-grant in .baton.yaml: this cannot be set in a file. Give it as --revoke-grant");
}

/// Of two members of one name one would be dropped, and nobody would know which.
#[test]
fn a_member_that_stands_twice_in_json_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for json in [
        r#"{"a": 1, "b": 2, "a": 3}"#,
        r#"{"b": {"a": 1, "a": 1}}"#,
        r#"{"b": [{"a": 1, "a": 1}]}"#,
        r#"{"a": 1, "\u0061": 2}"#,
    ] {
        for arguments in [
            ["--invoke-action", "rename", "--invoke-action-args", json],
            ["--create-account-login", "ada", "--create-account-profile", json],
        ] {
            let environment = [("BATON_API_TOKEN", super::program::TOKEN), ("BATON_ORG", "o-1")];
            let ran = super::program::run(Answer::Rows, folder.path(), &arguments, &environment);
            assert_eq!(ran.exit, 3, "{}", ran.stderr);
            assert!(
                ran.stderr.contains("a member stands in it twice (line 1"),
                "{}",
                ran.stderr
            );
        }
    }
}

#[test]
fn the_type_of_a_principal_is_that_of_the_entitlement_where_it_has_one() {
    let shown = shown(
        &["--grant-entitlement", "team:Platform", "--grant-principal", "u-2"],
        KEY,
    );
    assert!(
        shown.starts_with("exit 0\nu-2 is now a member of Platform\n"),
        "{shown}"
    );
}

#[test]
fn a_revocation_by_who_and_what() {
    check!(&["--revoke-entitlement", "team:platform", "--revoke-principal", "u-1", "--dry-run"], @r#"
    exit 0
    u-1 would leave Platform
      the team Everyone gives the same access
      "team:platform" is "team:t-1:member" (member of Platform) in sync.c1z as of 2027-01-15 08:00:00; whether it still is cannot be read

    Would be sent
      DELETE /teams/t-1/members/u-1
    "#);
    check!(&["--revoke-entitlement", "member", "--revoke-principal", "u-2"], @"
    exit 5
    baton-example: not found: u-2 does not hold team:t-1:member in sync.c1z as of 2027-01-15 08:00:00. This is no proof that it is not held now: sync again, and revoke what the new artifact has
    ");
    let unknown = shown(
        &["--revoke-entitlement", "members", "--revoke-principal", "u-2"],
        KEY,
    );
    assert!(
        unknown.contains("not found: no entitlement is called \"members\"; close to it: \"team:t-1:member\""),
        "{unknown}"
    );
}

#[test]
fn an_address_that_nobody_has_names_nobody() {
    check!(&grant("new.ceo@example.test"), @r#"
    exit 5
    baton-example: not found: nobody has the address "new.ceo@example.test" in sync.c1z as of 2027-01-15 08:00:00. An account whose address is hidden cannot be named by it. Sync again, or give the id
    "#);
    check!(&["--delete-resource", "u-1@example.test", "--delete-resource-type", "user", "-f", "missing.c1z"], @r#"
    exit 5
    baton-example: not found: "u-1@example.test" is a name that cannot be looked up: there is no artifact at missing.c1z. Sync first, name the artifact of a sync, or give the id
    "#);
}
