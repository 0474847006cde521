//! Where values come from.

use super::program::{Answer, TOKEN, app};
use crate::config::{self, Environment, Parsed, Table};
use insta::assert_snapshot;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

pub(super) const REQUIRED: &[(&str, &str)] = &[("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "o-1")];

/// The settings that did not keep their default, and where each came from; or the error.
pub(super) fn resolved(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
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
                .without_effect()
                .iter()
                .map(|name| format!("unused {name}"));
            let warnings = settings
                .warnings()
                .iter()
                .map(|warning| format!("warning: {warning}"));
            settings
                .changed()
                .map(|(name, from)| format!("{name}: {from}"))
                .chain(unused)
                .chain(warnings)
                .chain(settings.ignored().iter().map(|shown| format!("ignored {shown}")))
                .collect::<Vec<_>>()
                .join("\n")
        }
    };
    assert!(!shown.contains(TOKEN), "the token came out");
    shown.replace(&format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR), "")
}

pub(super) fn check(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    resolved(Path::new("/nowhere"), arguments, environment)
}

/// With files in the working directory.
pub(super) fn with_files(files: &[(&str, &str)], environment: &[(&str, &str)], arguments: &[&str]) -> String {
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
        "organization-id: from-file\naccess-token: abcdefgh\nworkers: 3\nlog-level: debug\n",
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
    ignored BATON_API_TOKEN
    ignored BATON_ORG
    ");
    assert_snapshot!(check(&["--demo"], &[("BATON_BASE_URL", "https://example.test")]), @"
    base-url: BATON_BASE_URL
    demo: --demo
    ignored BATON_BASE_URL
    ");
    assert_snapshot!(check(&["--demo", "--base-url", "https://example.test"], &[]), @"
    exit 2
    not configured correctly: --demo and --base-url contradict each other: a demonstration reaches no vendor. Leave one of them out
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
    assert_snapshot!(list(&["--allow-gaps=api_tokens, shrunk", "--sync-resource-types", "user,team", "--with-projects=false"]), @r#"Some("api_tokens+shrunk") Some("user+team") false"#);
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
    assert_snapshot!(with_files(&[(".baton.json", "{\n\t\"workers\": 4\n}")], REQUIRED, &[]), @"
    access-token: BATON_API_TOKEN
    organization-id: BATON_ORG
    workers: workers in .baton.json
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
    not configured correctly: wrokers in .baton.yaml: there is no such setting. Valid are access-token, access-token-file, organization-id, base-url, with-projects, page-size, regions, file, file-mode, storage-engine, sync-resource-types, skip-entitlements-and-grants, keep-syncs, skip-cleanup, workers, http-timeout-seconds, allow-gaps, verify, audit-log, c1z-temp-dir, client-id, client-secret, client-secret-file, one-shot, host-id, task-concurrency, shutdown-timeout, state-dir, health-check, health-check-port, health-check-bind-address, listen, tls-cert, tls-key, tls-client-ca, provisioning, no-actions, output, log-level, log-format, quiet, log-path, otel-collector-endpoint, otel-collector-endpoint-tls-cert-path, otel-collector-endpoint-tls-cert, otel-collector-endpoint-tls-insecure, otel-tracing-disabled, otel-logging-disabled
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
    access-token: BATON_API_TOKEN
    client-id: BATON_CLIENT_ID
    organization-id: BATON_ORG
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
    ");
    assert_snapshot!(with("BATON_OTEL_COLLECTOR_ENDPOINT", "http://127.0.0.1:4317"), @"
    access-token: BATON_API_TOKEN
    organization-id: BATON_ORG
    otel-collector-endpoint: BATON_OTEL_COLLECTOR_ENDPOINT
    ");
    assert_snapshot!(with_files(&[(".baton.yaml", "client-id: c")], REQUIRED, &[]), @"
    access-token: BATON_API_TOKEN
    client-id: client-id in .baton.yaml
    organization-id: BATON_ORG
    ");
}

/// A folder of somebody else, or a file that everyone can write, may not say where the key goes.
#[cfg(unix)]
mod found_files {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    const STRANGER: u32 = 1_234_567;

    /// What comes of a configuration file with this owner and mode, found or named.
    fn check(text: &str, owner: Option<u32>, mode: u32, arguments: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".baton.yaml");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        if let Some(owner) = owner {
            chown(&file, Some(owner), None).unwrap();
        }
        resolved(folder.path(), arguments, REQUIRED)
    }

    #[test]
    fn that_everyone_can_write_set_nothing_that_harms() {
        const REFUSED: &str =
            "in .baton.yaml: others may have written this file, which was only found here (owner";
        for key in [
            "base-url: https://evil.example",
            "access-token: theirs",
            "access-token-file: /tmp/theirs",
            "file: /etc/passwd",
            "audit-log: /tmp/log",
            "log-path: /tmp/log",
        ] {
            let said = check(key, None, 0o646, &[]);
            let key = key.split(':').next().unwrap();
            assert!(said.starts_with("exit 9\n"), "{said}");
            assert!(said.contains(&format!("{key} {REFUSED}")), "{said}");
            assert!(said.contains(", mode 0646)"), "{said}");
        }
        // Through a link it is the target that counts.
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = elsewhere.path().join("target");
        fs::write(&target, "base-url: https://evil.example").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o602)).unwrap();
        std::os::unix::fs::symlink(&target, folder.path().join(".baton.yaml")).unwrap();
        assert!(resolved(folder.path(), &[], REQUIRED).starts_with("exit 9\n"));
    }

    #[test]
    fn set_what_does_no_harm() {
        for mode in [0o646, 0o644] {
            let said = check("workers: 3\nlog-level: debug", None, mode, &[]);
            assert!(said.contains("workers: workers in .baton.yaml"), "{said}");
            let is_doubted = said.contains("others may have written the configuration file");
            assert_eq!(is_doubted, mode == 0o646, "{said}");
        }
        for decides in [
            "with-projects: true",
            "keep-syncs: 1",
            "allow-gaps: true",
            "skip-entitlements-and-grants: true",
        ] {
            let said = check(decides, None, 0o646, &[]);
            assert!(said.starts_with("exit 9\n"), "{said}");
        }
        let said = check("base-url: https://ours.example", None, 0o664, &[]);
        assert!(said.contains("base-url: base-url in .baton.yaml"), "{said}");
    }

    #[test]
    fn that_were_named_are_only_warned_of() {
        let said = check(
            "base-url: https://ours.example",
            None,
            0o646,
            &["--config-path", ".baton.yaml"],
        );
        assert!(said.contains("base-url: base-url in .baton.yaml"), "{said}");
        assert!(
            said.contains("warning: others may have written the configuration file .baton.yaml (owner"),
            "{said}"
        );
    }

    #[test]
    fn of_somebody_else() {
        if !rustix::process::geteuid().is_root() {
            skipped("only root can give a file to another user");
            return;
        }
        let key = "base-url: https://evil.example";
        let said = check(key, Some(STRANGER), 0o600, &[]);
        assert!(
            said.starts_with("exit 9\n") && said.contains("(owner 1234567, mode 0600)"),
            "{said}"
        );
        // Root that works in somebody's folder takes their file.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".baton.yaml");
        fs::write(&file, key).unwrap();
        chown(&file, Some(STRANGER), None).unwrap();
        chown(folder.path(), Some(STRANGER), None).unwrap();
        let said = resolved(folder.path(), &[], REQUIRED);
        assert!(said.contains("base-url: base-url in .baton.yaml"), "{said}");
    }

    #[test]
    fn that_are_no_files() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let folder = tempfile::tempdir().unwrap();
        mknodat(
            CWD,
            folder.path().join(".baton.yaml"),
            FileType::Fifo,
            Mode::RWXU,
            0,
        )
        .unwrap();
        let refused = "is not a regular file. Name a file with --config-path";
        let said = resolved(folder.path(), &[], REQUIRED);
        assert!(said.starts_with("exit 9\n") && said.ends_with(refused), "{said}");
        let said = resolved(folder.path(), &["--config-path", "/dev/zero"], REQUIRED);
        assert!(said.starts_with("exit 9\n") && said.ends_with(refused), "{said}");
    }

    fn skipped(why: &str) {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: {why}");
    }
}

#[test]
fn a_configuration_file_is_bounded() {
    let large = format!("# {}", "x".repeat(1 << 20));
    assert_snapshot!(with_files(&[(".baton.yaml", &large)], REQUIRED, &[]), @"
    exit 2
    not configured correctly: the configuration file .baton.yaml is larger than 1 MiB
    ");
    for open in ["[", "{a: ", "- [{", "[\n"] {
        let deep = format!("a: {}", open.repeat(50_000));
        let said = with_files(&[(".baton.yaml", &deep)], REQUIRED, &[]);
        assert!(said.starts_with("exit 2\n"), "{said}");
    }
}

/// What a mounted file or a shell leaves at the end of a value is no part of it.
#[test]
fn line_breaks_at_the_end_are_left_out() {
    let environment = [
        ("BATON_API_TOKEN", TOKEN),
        ("BATON_ORG", "o-1\n"),
        ("BATON_WITH_PROJECTS", "true\n"),
        ("BATON_LOG_LEVEL", "debug\r\n"),
        ("BATON_FILE", "other.c1z\n"),
        ("BATON_WORKERS", "3\n"),
        ("BATON_BASE_URL", "\n"),
    ];
    let settings = settings(&environment).unwrap();
    assert_eq!(settings.text("organization-id"), Some("o-1"));
    assert!(settings.switch("with-projects"));
    assert_eq!(settings.text("log-level"), Some("debug"));
    assert_eq!(settings.text("file"), Some("other.c1z"));
    assert_eq!(settings.workers(), Some(3));
    assert_eq!(settings.text("base-url"), Some("https://api.example.test"));
    let file = "organization-id: \"o-2\\n\"\nlog-level: \"warn\\n\"\nregions: [\"a\\n\"]\n";
    let said = with_files(&[(".baton.yaml", file)], &[("BATON_API_TOKEN", TOKEN)], &[]);
    assert!(said.contains("log-level: log-level in .baton.yaml"), "{said}");
}

fn settings(environment: &[(&str, &str)]) -> crate::error::Result<config::Settings> {
    settings_of(&Environment::of(environment), Path::new("/nowhere"), &[])
}

pub(super) fn settings_of(
    environment: &Environment,
    folder: &Path,
    arguments: &[&str],
) -> crate::error::Result<config::Settings> {
    let app = app(Answer::Rows);
    let table = Table::of(&app);
    let arguments: Vec<OsString> = std::iter::once("baton-example")
        .chain(arguments.iter().copied())
        .map(OsString::from)
        .collect();
    let Ok(Parsed::Run(_, flags)) = config::parse(&app, &table, &arguments) else {
        panic!("the command line is wrong");
    };
    config::resolve(&app, &table, &flags, environment, folder, true)
}
