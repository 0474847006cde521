//! The patches under `docs/patches` applied to a copy of the sources, and tested there.

use crate::{Result, ci};
use std::path::Path;
use std::process::Command;

/// Applies each patch to what is committed, and runs the tests that it changes.
pub(crate) fn prove(root: &Path) -> Result {
    let copy = tempfile::tempdir()?;
    git(root, &["worktree", "add", "--quiet", "--detach"], copy.path())?;
    let proven = prove_in(root, copy.path());
    git(root, &["worktree", "remove", "--force"], copy.path())?;
    proven
}

fn prove_in(root: &Path, copy: &Path) -> Result {
    git(copy, &["apply"], &root.join("docs/patches/delete-group.patch"))?;
    let tests = [
        "test",
        "--package",
        "atlassian-connector",
        "--test",
        "it",
        "--locked",
        "changes_actions",
    ];
    let target = root.join("target");
    let target = target.to_str().ok_or("the path of the project is not UTF-8")?;
    ci::cargo_with(copy, &tests, &[("CARGO_TARGET_DIR", target)])
}

fn git(directory: &Path, arguments: &[&str], path: &Path) -> Result {
    let status = Command::new("git")
        .args(arguments)
        .arg(path)
        .current_dir(directory)
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(format!("git {} {} failed ({status})", arguments.join(" "), path.display()).into())
}
