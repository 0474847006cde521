//! The program as a process: its exit codes, its streams, a reader that goes away.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn c1z(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_c1z"));
    command
        .args(words)
        .env_remove("BATON_FILE")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn ran(words: &[&str]) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = c1z(words).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

const SAMPLE: &str = "../../crates/c1z-file/tests/fixtures/reference-sqlite-tiny.c1z";

#[test]
fn grants_as_json() {
    let (exit, out, said) = ran(&["grants", "-f", SAMPLE, "-o", "json"]);
    assert_eq!((exit, said.as_str()), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&out).unwrap();
    let grants = document["grants"].as_array().unwrap();
    assert_eq!(grants.len(), 28);
    for grant in grants {
        assert_eq!(grant["grant"]["principal"]["id"], grant["principal"]["id"]);
        assert_eq!(grant["grant"]["entitlement"]["id"], grant["entitlement"]["id"]);
        assert_eq!(
            grant["resource"]["id"]["resourceType"],
            grant["resourceType"]["id"]
        );
    }
    let by_variable = c1z(&["grants", "-o", "json"])
        .env("BATON_FILE", SAMPLE)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(by_variable.stdout).unwrap(), out);
}

#[test]
fn exit_codes_and_streams() {
    for (words, exit) in [
        (["--help"].as_slice(), 0),
        (&["grants", "--help"], 0),
        (&["--version"], 0),
        (&[], 2),
        (&["grant"], 2),
        (&["grants", "--output", "yaml"], 2),
        (&["grants", "-f", "missing.c1z"], 5),
        (&["grants", "-f", "Cargo.toml"], 9),
    ] {
        let (code, out, said) = ran(words);
        assert_eq!(code, Some(exit), "{words:?}: {said}");
        assert_eq!(out.is_empty(), exit != 0, "{words:?}: {out}");
        assert_eq!(said.is_empty(), exit == 0, "{words:?}: {said}");
    }
}

/// `c1z grants | head -1` ends with 0 and says nothing.
#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = c1z(&["grants", "-f", SAMPLE, "-o", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        (ended.status.code(), ended.stderr.as_slice()),
        (Some(0), [].as_slice())
    );
}

/// Nothing is left behind, and the artifact is not touched.
#[test]
fn nothing_is_left_beside_the_artifact() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sync.c1z");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(SAMPLE), &file).unwrap();
    let before = std::fs::read(&file).unwrap();
    assert_eq!(ran(&["stats", "-f", file.to_str().unwrap()]).0, Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn what_it_says_of_itself() {
    let (exit, script, said) = ran(&["completion", "bash"]);
    assert_eq!((exit, said.as_str()), (Some(0), ""));
    assert!(script.contains("who-can") && script.contains("--fail-on"));
    let (exit, page, _) = ran(&["man"]);
    assert!(exit == Some(0) && page.contains(".TH c1z 1"), "{page}");
    let (_, short, _) = ran(&["-V"]);
    let (_, long, _) = ran(&["--version"]);
    assert!(
        short.starts_with("c1z version ") && short.lines().count() == 1,
        "{short}"
    );
    assert!(
        long.starts_with(short.trim_end()) && long.contains("\nartifacts: "),
        "{long}"
    );
}

#[test]
fn colours_are_for_those_who_want_them() {
    let coloured = |words: &[&str]| ran(words).1.contains('\u{1b}');
    assert!(!coloured(&["grants", "-f", SAMPLE]));
    assert!(coloured(&["grants", "-f", SAMPLE, "--color", "always"]));
    assert!(coloured(&["--color=always", "--help"]));
    assert!(!coloured(&[
        "grants", "-f", SAMPLE, "-o", "csv", "--color", "always"
    ]));
    assert_eq!(ran(&["grants", "--color", "sometimes"]).0, Some(2));
}
