//! Everything that must hold before a change lands, in the order in which it fails fastest.

use crate::{Result, clients, deny, proto};
use std::path::Path;
use std::process::Command;

/// What makes the tests come to the same end whenever they run: snapshots stay as they are, and properties are tried
/// on the same values. A property that new values refute must not keep an unrelated change from landing; without the
/// variable every run tries others.
const REPEATABLE: &[(&str, &str)] = &[("INSTA_UPDATE", "no"), ("PROPTEST_RNG_SEED", "20261001")];

/// Runs every step; the first one that fails ends the run.
pub(crate) fn run(root: &Path) -> Result {
    scim_server_is_named()?;
    step("format");
    cargo(root, &["fmt", "--all", "--check"])?;
    step("generated protocol code");
    proto::check(root)?;
    step("lints");
    cargo(
        root,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    step("tests: the command of the README");
    cargo_with(root, &["test", "--workspace", "--locked"], REPEATABLE)?;
    step("tests of features that no program turns on");
    cargo_with(
        root,
        &[
            "test",
            "--package",
            "connector-proto",
            "--all-features",
            "--locked",
        ],
        REPEATABLE,
    )?;
    step("documentation");
    cargo_with(
        root,
        &["doc", "--workspace", "--no-deps", "--locked"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    step("the clients stand alone");
    clients::stand_alone(root)?;
    step("licences, bans, sources");
    deny::run(root)?;
    step("done");
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "a command line tool: progress goes to the terminal"
)]
fn step(name: &str) {
    println!("== {name}");
}

pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Result {
    cargo_with(root, arguments, &[])
}

pub(crate) fn cargo_with(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result {
    let status = Command::new("cargo")
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo {} failed ({status})", arguments.join(" ")).into())
    }
}

/// Without the server that the SCIM client is tested against, its tests would pass by doing nothing.
fn scim_server_is_named() -> Result {
    const VARIABLE: &str = "SCIM2_SERVER";
    #[expect(
        clippy::disallowed_methods,
        reason = "a command of the project, not a connector: this is its one setting"
    )]
    let program = std::env::var_os(VARIABLE).unwrap_or_default();
    if Path::new(&program).is_file() {
        return Ok(());
    }
    Err(format!("{VARIABLE} must name the program of scim2-server; .ci/run installs it").into())
}
