//! The patches under `docs/patches`: what it takes to add something, as a change that still applies.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The files that a patch touches.
fn touched(patch: &str) -> Vec<&str> {
    let headers = patch
        .lines()
        .filter_map(|line| line.strip_prefix("diff --git a/"));
    headers
        .map(|pair| pair.split_once(" b/").expect("two names").1)
        .collect()
}

/// What is counted: neither tests nor documentation.
fn is_source(path: &str) -> bool {
    !Path::new(path)
        .iter()
        .any(|part| part == "tests" || part == "docs")
}

/// A kind of change is added in at most four files, and the patch that shows it fits the sources as they are.
#[test]
fn a_kind_of_change_is_added_in_few_files() {
    let patch = Path::new(ROOT).join("docs/patches/delete-group.patch");
    let text = std::fs::read_to_string(&patch).unwrap();
    let touched = touched(&text);
    let sources: Vec<_> = touched.iter().filter(|path| is_source(path)).collect();
    assert!((1..=4).contains(&sources.len()), "{sources:?}");

    let copy = tempfile::tempdir().unwrap();
    for path in touched {
        let (from, to): (PathBuf, PathBuf) = (Path::new(ROOT).join(path), copy.path().join(path));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        if from.exists() {
            std::fs::copy(from, to).unwrap();
        }
    }
    let applied = Command::new("git")
        .args(["apply", "--check"])
        .arg(patch.canonicalize().unwrap())
        // The copy is not part of a repository, wherever the folder for temporary files lies.
        .env("GIT_CEILING_DIRECTORIES", copy.path().parent().unwrap())
        .current_dir(copy.path())
        .output()
        .unwrap();
    let why = String::from_utf8_lossy(&applied.stderr);
    assert!(
        applied.status.success(),
        "write docs/patches/delete-group.patch again: {why}"
    );
}
