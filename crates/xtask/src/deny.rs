//! Licences, bans and sources of every dependency, by cargo-deny.

use crate::Result;
use std::path::Path;
use std::process::Command;

/// The version whose configuration format `deny.toml` has.
pub(crate) const VERSION: &str = "0.20.2";

/// Checks the dependencies: licences, bans, sources, and advisories where their database can be fetched.
///
/// # Errors
/// Where a check refuses, or cargo-deny is not installed. A database that cannot be fetched is reported and is no error.
pub(crate) fn run(root: &Path) -> Result {
    deny(root, &["check", "bans", "licenses", "sources"])?;
    if command(root, &["fetch", "db"]).status()?.success() {
        deny(root, &["check", "--disable-fetch", "advisories"])
    } else {
        advisories_not_checked()
    }
}

fn deny(root: &Path, arguments: &[&str]) -> Result {
    if command(root, arguments).status()?.success() {
        return Ok(());
    }
    Err(format!(
        "cargo deny {} failed; if it is not installed: cargo install --locked cargo-deny@{VERSION}",
        arguments.join(" ")
    )
    .into())
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(["deny", "--all-features", "--locked"])
        .args(arguments)
        .current_dir(root);
    command
}

#[expect(
    clippy::print_stderr,
    reason = "a command line tool: the person at the terminal has to know what was not checked"
)]
fn advisories_not_checked() -> Result {
    eprintln!("not checked: advisories, because their database cannot be fetched from here");
    Ok(())
}
