//! Which artifact a run writes or reads, and what it keeps of the one before.

use super::program::{Answer, TOKEN, run};
use std::fs;
use std::path::Path;

const KEY: &[(&str, &str)] = &[("BATON_API_TOKEN", TOKEN), ("BATON_ORG", "o-1")];

/// Runs the program; its exit code with everything that it told.
fn told(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (u8, String) {
    let environment = [KEY, environment].concat();
    let ran = run(Answer::Rows, folder, arguments, &environment);
    (ran.exit, ran.stdout + &ran.stderr)
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_demonstration_has_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(told(folder.path(), &["--demo"], &[]).0, 0);
    assert_eq!(files(folder.path()), ["demo.c1z"]);
    let revoke = ["--demo", "--revoke-grant", "team:t-1:member:user:u-1"];
    let (exit, text) = told(folder.path(), &revoke, &[]);
    assert_eq!(exit, 0, "the change looks there: {text}");
    assert_eq!(told(folder.path(), &["--demo", "-f", "named.c1z"], &[]).0, 0);
    assert_eq!(
        told(folder.path(), &["--demo"], &[("BATON_FILE", "variable.c1z")]).0,
        0
    );
    assert_eq!(told(folder.path(), &["--demo=false"], &[]).0, 0);
    assert_eq!(
        files(folder.path()),
        ["demo.c1z", "named.c1z", "sync.c1z", "variable.c1z"]
    );
}

/// A sync of accounts alone where there is a full one.
fn restricted(arguments: &[&str], environment: &[(&str, &str)]) -> (u8, String) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(told(folder.path(), &[], &[]).0, 0);
    let arguments = [&["--sync-resource-types", "user"], arguments].concat();
    let (exit, text) = told(folder.path(), &arguments, environment);
    let folder = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
    (exit, text.replace(&folder, ""))
}

#[test]
fn how_many_syncs_are_kept_is_told_by_flag_and_environment() {
    let lost = "baton-example: refused: the full sync that ended at 2027-01-15 08:00:00 in sync.c1z would be lost: this one is of a \
                part only, and nothing is to be kept. Name another file with --file, keep it with --keep-syncs=2, or lose it with \
                --replace\n";
    assert_eq!(restricted(&["--keep-syncs", "1"], &[]), (9, lost.to_owned()));
    assert_eq!(
        restricted(&[], &[("BATON_KEEP_SYNC_COUNT", "1")]),
        (9, lost.to_owned())
    );
    assert_eq!(restricted(&["--keep-syncs", "1", "--replace"], &[]).0, 0);
    for environment in [
        &[][..],
        &[("BATON_KEEP_SYNC_COUNT", "2")],
        &[("BATON_KEEP_SYNC_COUNT", "1"), ("BATON_SKIP_CLEANUP", "true")],
    ] {
        let (exit, text) = restricted(&[], environment);
        assert_eq!(exit, 0, "{text}");
        assert!(
            text.contains("Synced example directory o-1, only user in"),
            "{text}"
        );
        assert!(
            text.contains("keeps the full sync that ended at 2027-01-15 08:00:00"),
            "{text}"
        );
    }
    let (exit, text) = restricted(&["--keep-syncs", "0"], &[]);
    assert_eq!(exit, 2, "{text}");
}

/// The one that loses nothing wins, and says so.
#[test]
fn two_settings_that_disagree_about_earlier_syncs_are_told() {
    let settings = super::resolution::check(
        &["--skip-cleanup"],
        &[
            ("BATON_API_TOKEN", super::program::TOKEN),
            ("BATON_ORG", "o-1"),
            ("BATON_KEEP_SYNC_COUNT", "1"),
        ],
    );
    let told = "warning: BATON_KEEP_SYNC_COUNT has no effect: --skip-cleanup keeps every earlier sync";
    assert!(settings.lines().any(|line| line == told), "{settings}");
}

/// A sync of resources alone says that it has no access, to people and to programs.
#[test]
fn a_sync_without_access_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (exit, text) = told(folder.path(), &["--skip-entitlements-and-grants"], &[]);
    assert_eq!(exit, 0, "{text}");
    assert!(
        text.contains("Synced example directory o-1, resources without access in"),
        "{text}"
    );
    let (_, text) = told(
        folder.path(),
        &["--skip-entitlements-and-grants", "--output", "json"],
        &[],
    );
    assert!(text.contains("\"resources_only\": true"), "{text}");
    let (_, text) = told(folder.path(), &["--output", "json"], &[]);
    assert!(!text.contains("resources_only"), "{text}");
}

/// A key of a few characters could not be hidden, and is a slip.
#[test]
fn a_key_of_a_few_characters_is_refused() {
    for key in ["x", "abc", "seven-7"] {
        let environment = [("BATON_API_TOKEN", key), ("BATON_ORG", "o-1")];
        let told = super::resolution::check(&[], &environment);
        assert_eq!(
            told,
            "exit 2\nnot configured correctly: BATON_API_TOKEN: too short for a key, which has 8 bytes at least"
        );
    }
}

/// What looks into an artifact needs no setting and no credential; flags of the command stand behind it, and only the file and
/// the form of the answer may stand before it.
#[test]
fn an_artifact_is_looked_into_without_settings() {
    let folder = tempfile::tempdir().unwrap();
    let sample = "../c1z-file/tests/fixtures/reference-sqlite-tiny.c1z";
    std::fs::copy(sample, folder.path().join("sync.c1z")).unwrap();
    let ran = run(
        Answer::Rows,
        folder.path(),
        &["resources", "--type", "group", "-o", "csv"],
        &[],
    );
    assert_eq!((ran.exit, ran.stdout.lines().count()), (0, 4), "{}", ran.stderr);
    std::fs::rename(folder.path().join("sync.c1z"), folder.path().join("other.c1z")).unwrap();
    for (arguments, environment) in [
        (["-f", "other.c1z", "resource-types"].as_slice(), [].as_slice()),
        (&["resource-types", "-f", "other.c1z"], &[]),
        (&["resource-types"], &[("BATON_FILE", "other.c1z")]),
    ] {
        let ran = run(Answer::Rows, folder.path(), arguments, environment);
        assert_eq!(ran.exit, 0, "{arguments:?}: {}", ran.stderr);
    }
    for (arguments, exit, said) in [
        (["resource-types"].as_slice(), 5, "Name the artifact with --file"),
        (
            &["--workers", "2", "resource-types"],
            2,
            "settings have no effect on it",
        ),
        (&["resource-types", "--workers", "2"], 2, "--workers"),
    ] {
        let ran = run(Answer::Rows, folder.path(), arguments, &[]);
        assert_eq!(ran.exit, exit, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
}
