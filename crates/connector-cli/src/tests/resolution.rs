//! Where values come from.

use super::program::{Answer, TOKEN, app};
use crate::config::{self, Environment, Parsed, Table};
use insta::assert_snapshot;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

const REQUIRED: &[(&str, &str)] = &[("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "o-1")];

/// The settings that did not keep their default, and where each came from; or the error.
fn resolved(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let app = app(Answer::Rows);
    let table = Table::of(&app);
    let arguments: Vec<OsString> = std::iter::once("baton-example")
        .chain(arguments.iter().copied())
        .map(OsString::from)
        .collect();
    let Ok(Parsed::Run(_, flags)) = config::parse(&app, &table, &arguments) else {
        panic!("the command line is wrong");
    };
    let shown = match config::resolve(&app, &table, &flags, &Environment::of(environment), folder, true) {
        Err(error) => format!("exit {}\n{error}", error.outcome().number()),
        Ok(settings) => {
            assert!(!format!("{settings:?}").contains(TOKEN), "the token is printed");
            let unused = settings
                .unused_environment()
                .iter()
                .map(|name| format!("unused {name}"));
            settings
                .changed()
                .map(|(name, from)| format!("{name}: {from}"))
                .chain(unused)
                .collect::<Vec<_>>()
                .join("\n")
        }
    };
    assert!(!shown.contains(TOKEN), "the token came out");
    shown.replace(&format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR), "")
}

fn check(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    resolved(Path::new("/nowhere"), arguments, environment)
}

/// With files in the working directory.
fn with_files(files: &[(&str, &str)], environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    resolved(folder.path(), arguments, environment)
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = (
        "a.yaml",
        "organization-id: from-file\naccess-token: abc\nworkers: 3\nlog-level: debug\n",
    );
    let named = ("BATON_CONFIG_PATH", "a.yaml");
    assert_snapshot!(with_files(&[file], &[named], &[]), @"
    access-token: access-token in a.yaml
    config-path: BATON_CONFIG_PATH
    log-level: log-level in a.yaml
    organization-id: organization-id in a.yaml
    workers: workers in a.yaml
    ");
    assert_snapshot!(with_files(&[file], &[named, ("BATON_ORG", "o-2"), ("BATON_WORKERS", "")], &[]), @"
    access-token: access-token in a.yaml
    config-path: BATON_CONFIG_PATH
    log-level: log-level in a.yaml
    organization-id: BATON_ORG
    workers: workers in a.yaml
    ");
    assert_snapshot!(with_files(&[file], &[("BATON_ORG", "o-2")], &["--organization-id", "o-3", "--config-path", "a.yaml"]), @"
    access-token: access-token in a.yaml
    config-path: --config-path
    log-level: log-level in a.yaml
    organization-id: --organization-id
    workers: workers in a.yaml
    ");
}

#[test]
fn required_settings_that_are_missing_are_named_together() {
    assert_snapshot!(check(&[], &[]), @"
    exit 2
    not configured correctly: missing --access-token (BATON_ACCESS_TOKEN or BATON_API_TOKEN) and --organization-id (BATON_ORGANIZATION_ID or BATON_ORG). Give each as a flag, in the environment or in the configuration file
    ");
    assert_snapshot!(check(&["--organization-id", "o-1"], &[("BATON_API_TOKEN", "")]), @"
    exit 2
    not configured correctly: missing --access-token (BATON_ACCESS_TOKEN or BATON_API_TOKEN). Give each as a flag, in the environment or in the configuration file
    ");
}

#[test]
fn two_names_of_one_setting_must_agree() {
    assert_snapshot!(check(&[], &[("BATON_ACCESS_TOKEN", TOKEN), ("BATON_API_TOKEN", "another"), ("BATON_ORG", "o")]), @"
    exit 2
    not configured correctly: BATON_ACCESS_TOKEN and BATON_API_TOKEN both set --access-token and have different values. Set only one of them
    ");
    assert_snapshot!(check(&[], &[("BATON_ACCESS_TOKEN", TOKEN), ("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "o")]), @"
    access-token: BATON_ACCESS_TOKEN
    organization-id: BATON_ORG
    ");
}

#[test]
fn a_bad_value_in_the_environment_names_the_variable() {
    let with = |name, value| check(&[], &[REQUIRED, &[(name, value)]].concat());
    assert_snapshot!(with("BATON_WORKERS", "abc"), @r#"
    exit 2
    not configured correctly: BATON_WORKERS: "abc" is not a whole number
    "#);
    assert_snapshot!(with("BATON_SKIP_ENTITLEMENTS_AND_GRANTS", "maybe"), @r#"
    exit 2
    not configured correctly: BATON_SKIP_ENTITLEMENTS_AND_GRANTS: "maybe" is neither true nor false
    "#);
    assert_snapshot!(with("BATON_LOG_LEVEL", "loud"), @r#"
    exit 2
    not configured correctly: BATON_LOG_LEVEL: "loud" is unknown; valid are debug, info, warn, error
    "#);
}

#[test]
fn a_demonstration_needs_no_settings_and_takes_no_key() {
    assert_snapshot!(check(&["--demo"], &[]), @"demo: --demo");
    assert_snapshot!(check(&["--demo"], REQUIRED), @"
    access-token: BATON_API_TOKEN
    demo: --demo
    organization-id: BATON_ORG
    ");
    assert_snapshot!(check(&["--demo", "--organization-id", "o-1"], &[]), @"
    exit 2
    not configured correctly: --demo and --organization-id contradict each other: a demonstration reaches no vendor. Leave one of them out
    ");
}

#[test]
fn switches_and_lists() {
    let list = |arguments: &[&str]| {
        let app = app(Answer::Rows);
        let table = Table::of(&app);
        let arguments: Vec<OsString> = std::iter::once("x")
            .chain(arguments.iter().copied())
            .map(OsString::from)
            .collect();
        let Ok(Parsed::Run(_, flags)) = config::parse(&app, &table, &arguments) else {
            panic!("wrong")
        };
        let settings = config::resolve(
            &app,
            &table,
            &flags,
            &Environment::of(REQUIRED),
            Path::new("/nowhere"),
            true,
        )
        .unwrap();
        let shown = |name| settings.list(name).map(|list| list.join("+"));
        format!(
            "{:?} {:?} {}",
            shown("allow-gaps"),
            shown("sync-resource-types"),
            settings.switch("with-projects")
        )
    };
    assert_snapshot!(list(&[]), @"None None false");
    assert_snapshot!(list(&["--allow-gaps", "--with-projects"]), @r#"Some("all") None true"#);
    assert_snapshot!(list(&["--allow-gaps=a, b", "--sync-resource-types", "user,team", "--with-projects=false"]), @r#"Some("a+b") Some("user+team") false"#);
    assert_snapshot!(list(&["--allow-gaps=false", "--sync-resource-types", "user", "--sync-resource-types", "team"]), @r#"None Some("user+team") false"#);
}

#[test]
fn the_file_is_looked_for_in_the_working_directory() {
    assert_snapshot!(with_files(&[(".baton.yaml", "Workers: 4")], REQUIRED, &[]), @"
    access-token: BATON_API_TOKEN
    organization-id: BATON_ORG
    workers: workers in .baton.yaml
    ");
    assert_snapshot!(with_files(&[(".baton", "allow-gaps: [api_tokens]\nregions: eu, us")], REQUIRED, &[]), @"
    access-token: BATON_API_TOKEN
    allow-gaps: allow-gaps in .baton
    organization-id: BATON_ORG
    regions: regions in .baton
    ");
    assert_snapshot!(with_files(&[(".baton", ""), (".baton.yaml", "")], REQUIRED, &[]), @"
    exit 2
    not configured correctly: there are two configuration files: .baton.yaml and .baton. Keep one of them, or name one with --config-path
    ");
    assert_snapshot!(with_files(&[(".baton", ""), (".baton.yaml", ""), ("c", "workers: 7")], REQUIRED, &["--config-path", "c"]), @"
    access-token: BATON_API_TOKEN
    config-path: --config-path
    organization-id: BATON_ORG
    workers: workers in c
    ");
}

#[test]
fn a_file_that_cannot_be_taken_as_it_is_is_an_error() {
    let file = |text| with_files(&[(".baton.yaml", text)], REQUIRED, &[]);
    assert_snapshot!(with_files(&[], REQUIRED, &["--config-path", "missing.yaml"]), @"
    exit 2
    not configured correctly: the configuration file missing.yaml does not exist
    ");
    assert_snapshot!(file("workers: [1, 2"), @"
    exit 2
    not configured correctly: the configuration file .baton.yaml: invalid YAML in line 2, column 1
    ");
    assert_snapshot!(file("- workers"), @"
    exit 2
    not configured correctly: the configuration file .baton.yaml: it must be a map of settings, one `name: value` a line
    ");
    assert_snapshot!(file("wrokers: 4"), @"
    exit 2
    not configured correctly: wrokers in .baton.yaml: there is no such setting. Valid are access-token, organization-id, base-url, with-projects, page-size, regions, file, sync-resource-types, skip-entitlements-and-grants, workers, http-timeout-seconds, allow-gaps, provisioning, verify, audit-log, output, log-level, log-format
    ");
    assert_snapshot!(file("workers: {most: 4}"), @"
    exit 2
    not configured correctly: the configuration file .baton.yaml: the value of workers must be text, a number, true or false, or a list of these
    ");
    assert_snapshot!(file("workers: [4]"), @"
    exit 2
    not configured correctly: workers in .baton.yaml is a list; it must be one value
    ");
    assert_snapshot!(file("sync-resource-types: []"), @"
    exit 2
    not configured correctly: sync-resource-types in .baton.yaml is empty
    ");
    assert_snapshot!(file("allow-gaps: []"), @"
    access-token: BATON_API_TOKEN
    allow-gaps: allow-gaps in .baton.yaml
    organization-id: BATON_ORG
    ");
    assert_snapshot!(with_files(&[], REQUIRED, &["--sync-resource-types", " , "]), @"
    exit 2
    not configured correctly: --sync-resource-types is empty
    ");
    assert_snapshot!(file("workers: 4.5"), @r#"
    exit 2
    not configured correctly: workers in .baton.yaml: "4.5" is not a whole number
    "#);
    // The mark that some editors put in front is no part of the first key.
    assert_snapshot!(file("\u{feff}workers: 4.5\r\n"), @r#"
    exit 2
    not configured correctly: workers in .baton.yaml: "4.5" is not a whole number
    "#);
    assert_snapshot!(file("page-size: 1000"), @"
    exit 2
    not configured correctly: page-size in .baton.yaml: 1000 is out of bounds; 1 to 100 are allowed
    ");
    assert_snapshot!(file("base-url: 7"), @"
    exit 2
    not configured correctly: base-url in .baton.yaml is no text; write it in quotes
    ");
    assert_snapshot!(file("workers: 1\nWORKERS: 2"), @"
    exit 2
    not configured correctly: the configuration file .baton.yaml: the key WORKERS stands there twice
    ");
    assert_snapshot!(file("config-path: other.yaml"), @"
    exit 2
    not configured correctly: config-path in .baton.yaml: this cannot be set in a file. Give it as --config-path
    ");
    assert_snapshot!(file("access-token: {s3cr3t-t0ken-value"), @"
    exit 2
    not configured correctly: the configuration file .baton.yaml: invalid YAML in line 2, column 1
    ");
}

#[test]
fn what_selects_another_mode_is_refused_wherever_it_stands() {
    let with = |name, value| check(&[], &[REQUIRED, &[(name, value)]].concat());
    assert_snapshot!(with("BATON_CLIENT_ID", "c"), @"
    exit 12
    not offered: BATON_CLIENT_ID: this program does one thing and ends; service mode is not built yet
    ");
    assert_snapshot!(with("BATON_INVOKE_RESOURCE_ACTION", "a"), @"
    exit 12
    not offered: BATON_INVOKE_RESOURCE_ACTION: actions belong to the connector, not to single resources; --list-action-schemas lists them and --invoke-action invokes one
    ");
    assert_snapshot!(with("BATON_CREATE_TICKET", "true"), @"
    exit 12
    not offered: BATON_CREATE_TICKET: there are no tickets
    ");
    assert_snapshot!(with("BATON_CREATE_TICKET", "false"), @"
    access-token: BATON_API_TOKEN
    organization-id: BATON_ORG
    unused BATON_CREATE_TICKET
    ");
    assert_snapshot!(with("BATON_OTEL_COLLECTOR_ENDPOINT", "http://127.0.0.1:4317"), @"
    access-token: BATON_API_TOKEN
    organization-id: BATON_ORG
    unused BATON_OTEL_COLLECTOR_ENDPOINT
    ");
    assert_snapshot!(with_files(&[(".baton.yaml", "client-id: c")], REQUIRED, &[]), @"
    exit 12
    not offered: client-id in .baton.yaml: this program does one thing and ends; service mode is not built yet
    ");
}
