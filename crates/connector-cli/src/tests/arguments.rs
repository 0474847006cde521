//! The command line.

use super::program::{Answer, TOKEN, run};
use crate::config::{Existing, Rule, Takes};
use insta::assert_snapshot;
use std::path::Path;

/// Exit code, stdout and stderr of a command line that is not to start a sync.
fn check(arguments: &[&str]) -> String {
    let ran = run(Answer::Rows, Path::new("/nowhere"), arguments, &[]);
    [format!("exit {}", ran.exit), ran.stdout, ran.stderr]
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn help() {
    assert_snapshot!(check(&["--help"]));
    assert_snapshot!("short_help", check(&["-h"]));
}

#[test]
fn version() {
    assert_snapshot!(check(&["--version"]), @"
    exit 0
    baton-example version 1.2.3 (commit 0123abc)
    artifacts: reads and writes .c1z version 1 (SQLite) and version 3 (Pebble)
    ");
    for short in ["-v", "-V"] {
        assert_eq!(check(&[short]), "exit 0\nbaton-example version 1.2.3");
    }
}

#[test]
fn usage_errors_are_one_line_and_repeat_nothing_that_may_be_secret() {
    assert_snapshot!(check(&["--acces-token", TOKEN]), @"
    exit 2
    baton-example: not configured correctly: there is no flag --acces-token. Did you mean --access-token? --help lists every flag
    ");
    assert_snapshot!(check(&["--acces-token=s3cr3t-t0ken-value"]), @"
    exit 2
    baton-example: not configured correctly: there is no flag --acces-token. Did you mean --access-token? --help lists every flag
    ");
    assert_snapshot!(check(&["--access-token=", TOKEN]), @"
    exit 2
    baton-example: not configured correctly: --access-token needs a value. --help lists every flag
    ");
    assert_snapshot!(check(&["--access-token", "a", TOKEN]), @"
    exit 2
    baton-example: not configured correctly: argument 3, which has no flag before it, is not understood. --help lists every flag
    ");
    assert_snapshot!(check(&["--access-token"]), @"
    exit 2
    baton-example: not configured correctly: --access-token needs a value. --help lists every flag
    ");
    assert_snapshot!(check(&["--file", "a", "--file", "b"]), @"
    exit 2
    baton-example: not configured correctly: --file is given twice. --help lists every flag
    ");
    assert_snapshot!(check(&["capabilites"]), @r#"
    exit 2
    baton-example: not configured correctly: the argument "capabilites" is not understood. Did you mean capabilities? --help lists every flag
    "#);
    // The blank is forgotten, or the flag is.
    for typed in [format!("--access-token{TOKEN}"), format!("--{TOKEN}")] {
        let said = check(&[&typed]);
        assert!(
            !said.contains(TOKEN) && said.contains("argument 1, which has no flag before it"),
            "{said}"
        );
    }
    assert_snapshot!(check(&["--api-token", TOKEN]), @"
    exit 2
    baton-example: not configured correctly: there is no flag --api-token. Did you mean --access-token? --help lists every flag
    ");
    assert_snapshot!(check(&["-x"]), @"
    exit 2
    baton-example: not configured correctly: there is no flag -x. --help lists every flag
    ");
    assert_snapshot!(check(&["--allow-gaps", "api_tokens"]), @r#"
    exit 2
    baton-example: not configured correctly: the argument "api_tokens" is not understood. A value of --allow-gaps must follow an equals sign: --allow-gaps=…
    "#);
}

#[test]
fn bad_values_name_the_flag() {
    assert_snapshot!(check(&["--log-level", "loud"]), @r#"
    exit 2
    baton-example: not configured correctly: --log-level: "loud" is unknown; valid are debug, info, warn, error
    "#);
    assert_snapshot!(check(&["--log-format", "xml"]), @r#"
    exit 2
    baton-example: not configured correctly: --log-format: "xml" is unknown; valid are console, json
    "#);
    assert_snapshot!(check(&["--output", "table"]), @r#"
    exit 2
    baton-example: not configured correctly: --output: "table" is unknown; valid are text, json
    "#);
    assert_snapshot!(check(&["--workers", "-2"]), @"
    exit 2
    baton-example: not configured correctly: --workers: -2 is out of bounds; -1 to 1024 are allowed
    ");
    assert_snapshot!(check(&["--workers", "100000"]), @"
    exit 2
    baton-example: not configured correctly: --workers: 100000 is out of bounds; -1 to 1024 are allowed
    ");
    assert_snapshot!(check(&["--workers", "many"]), @r#"
    exit 2
    baton-example: not configured correctly: --workers: "many" is not a whole number
    "#);
    assert_snapshot!(check(&["--http-timeout-seconds", "0"]), @"
    exit 2
    baton-example: not configured correctly: --http-timeout-seconds: 0 is out of bounds; 1 to 1800 are allowed
    ");
    assert_snapshot!(check(&["--http-timeout-seconds", "1801"]), @"
    exit 2
    baton-example: not configured correctly: --http-timeout-seconds: 1801 is out of bounds; 1 to 1800 are allowed
    ");
    assert_snapshot!(check(&["--with-projects=perhaps"]), @r#"
    exit 2
    baton-example: not configured correctly: --with-projects: "perhaps" is neither true nor false
    "#);
    assert_snapshot!(check(&["--page-size", "101"]), @"
    exit 2
    baton-example: not configured correctly: --page-size: 101 is out of bounds; 1 to 100 are allowed
    ");
    assert_snapshot!(check(&["--organization-id", " "]), @"
    exit 2
    baton-example: not configured correctly: --organization-id is empty
    ");
}

#[test]
fn flags_of_other_connectors_are_refused_by_name() {
    assert_snapshot!(check(&["--event-feed", "yes"]), @"
    exit 12
    baton-example: not offered: --event-feed: there is no event feed
    ");
    assert_snapshot!(check(&["--ticketing=maybe"]), @r#"
    exit 2
    baton-example: not configured correctly: --ticketing: "maybe" is neither true nor false
    "#);
    assert_snapshot!(check(&["--storage-engine", "rocks"]), @r#"
    exit 2
    baton-example: not configured correctly: --storage-engine: "rocks" is unknown; valid are sqlite, pebble
    "#);
    assert_snapshot!(check(&["capabilities", "--skip-grants"]), @"
    exit 12
    baton-example: not offered: --skip-grants: entitlements are read together with grants; --skip-entitlements-and-grants leaves out both
    ");
    assert_snapshot!(check(&["lambda"]), @"
    exit 12
    baton-example: not offered: lambda: this program does not run in Lambda
    ");
    assert_snapshot!(check(&["setup"]), @"
    exit 12
    baton-example: not offered: setup: this program is no Windows service
    ");
}

#[test]
fn a_daemon_and_its_probe() {
    let with = |arguments: &[&str]| check(&[REQUIRED, arguments].concat());
    assert_snapshot!(with(&["--client-id", "c"]), @"
    exit 2
    baton-example: not configured correctly: --client-id is set without --client-secret. Set both to work for C1, or none for one sync or change
    ");
    assert_snapshot!(with(&["--client-id", "c", "--client-secret", TOKEN]), @"
    exit 2
    baton-example: not configured correctly: the client id has no @; it has the form name@host/rest, as the page of the connector in C1 shows it
    ");
    assert_snapshot!(with(&["--client-id", "c@h/r", "--client-secret", TOKEN]), @"
    exit 2
    baton-example: not configured correctly: the client secret has fewer than four parts joined by colons; copy it again from where C1 showed it, or make a new one
    ");
    assert_snapshot!(with(&["--client-id", "c@h/r", "--client-secret", TOKEN, "--dry-run"]), @"
    exit 2
    baton-example: not configured correctly: --client-id and --dry-run ask for different things: to work for C1, and for one run. Leave one of them out, or add --one-shot for the one run
    ");
    assert_snapshot!(check(&["health-check", "--endpoint", "other"]), @r#"
    exit 2
    baton-example: not configured correctly: --endpoint: "other" is none of health, ready, live
    "#);
    assert_snapshot!(check(&["health-check", "--timeout", "soon"]), @r#"
    exit 2
    baton-example: not configured correctly: --timeout: "soon" is no number of seconds
    "#);
}

const REQUIRED: &[&str] = &["--access-token", "some-key", "--organization-id", "o"];

/// Each setting of existing connectors alone, among settings with which a sync starts, from every place: what becomes of it
/// is the same, and what is refused starts nothing.
#[test]
fn every_setting_of_existing_connectors_is_treated_alike_wherever_it_stands() {
    for (name, existing) in Existing::all() {
        let variable = format!("BATON_{}", name.to_uppercase().replace('-', "_"));
        let texts: Vec<&str> = match existing.takes {
            Takes::Switch => vec!["true", "false", ""],
            Takes::Value => [&["x", ""], existing.accepted].concat(),
        };
        for text in texts {
            let asks = !["", "false"].contains(&text) && !existing.accepted.contains(&text);
            let expected = match existing.rule {
                Rule::Refused if asks => 12,
                _ => 0,
            };
            let run = |arguments: &[&str], environment: &[(&str, &str)], file: &str| {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join(".baton.yaml"), file).unwrap();
                let ran = run(
                    Answer::Rows,
                    folder.path(),
                    &[REQUIRED, arguments].concat(),
                    environment,
                );
                assert_eq!(ran.exit, expected, "{name}={text}: {}", ran.stderr);
                assert_eq!(folder.path().join("sync.c1z").exists(), expected == 0);
                if expected == 12 {
                    let shown = [name, &variable];
                    assert!(
                        shown.iter().any(|shown| ran.stderr.contains(shown)),
                        "{}",
                        ran.stderr
                    );
                }
            };
            let flag = format!("--{name}={text}");
            if !text.is_empty() || existing.takes == Takes::Value {
                run(&[&flag], &[], "");
            }
            run(&[], &[(&variable, text)], "");
            run(&[], &[], &format!("{name}: \"{text}\"\n"));
        }
    }
}

/// Command lines that work with the Go connector.
#[test]
fn command_lines_of_the_go_connector_work() {
    let go: &[&[&str]] = &[
        &["--workers", "-1"],
        &["--parallel-sync"],
        &["--storage-engine", "sqlite"],
        &["--storage-engine", "pebble"],
        &["--storage-engine", ""],
        &["--c1z-temp-dir", "/tmp"],
        &["--skip-full-sync=false"],
        &["--ticketing=false"],
        &["--ticketing"],
        &["--health-check=false"],
        &["--auth-method", "token"],
        &["--session-store-maximum-size", "0"],
        &["--otel-tracing-disabled", "--otel-logging-disabled"],
        &["--log-level", "warning"],
        &["--log-path", "a.log"],
        &["-p"],
        &["--provisioning"],
        &["--provisioning=true"],
        &["--event-feed", "false"],
    ];
    for arguments in go {
        let folder = tempfile::tempdir().unwrap();
        let ran = run(
            Answer::Rows,
            folder.path(),
            &[REQUIRED, arguments].concat(),
            &[("BATON_PROVISIONING", "true"), ("BATON_CREATE_TICKET", "false")],
        );
        assert_eq!(ran.exit, 0, "{arguments:?}: {}", ran.stderr);
    }
}
