//! Everything that must hold before a change lands, in the order in which it fails fastest.

use crate::tools::{COVERAGE, DENY, HACK, MUTANTS, Tool};
use crate::{Result, clients, deny, patches, proofs, proto};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

/// What makes the tests come to the same end whenever they run: snapshots stay as they are, and properties are tried
/// on the same values. A property that new values refute must not keep an unrelated change from landing; without the
/// variable every run tries others.
const REPEATABLE: &[(&str, &str)] = &[("INSTA_UPDATE", "no"), ("PROPTEST_RNG_SEED", "20261001")];

/// Programs of others that tests run where a variable names them, and what they are for. `.ci/run` installs each.
const PROGRAMS: [(&str, &str); 5] = [
    ("SCIM2_SERVER", "the SCIM client against a server of others"),
    (
        "KUBERNETES_VALIDATE",
        "the manifests against the schemas of Kubernetes",
    ),
    ("CHROMIUM", "the page of an access review in a browser"),
    ("OPENPYXL", "the workbook in a library of others"),
    ("MOTO_SERVER", "artifacts in a bucket of a server of others"),
];

/// Crates that are not published: what they hold is for this project alone.
const UNPUBLISHED: [&str; 4] = ["c1-standin", "fuzz", "vendor-contract", "xtask"];

/// Runs every step, the slow proofs among them where `long` says so; the first one that fails ends the run. What this machine
/// lacks ends it too where `strict` says so.
pub(crate) fn run(root: &Path, long: bool, strict: bool) -> Result {
    let mut skipped = lacking(long, strict)?;
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
    let unrun = skipped_tests(root, &["test", "--workspace", "--locked"])?;
    if strict && !unrun.is_empty() {
        let list = unrun.join("\n");
        return Err(format!("tests were skipped; .ci/run installs what they need:\n{list}").into());
    }
    skipped.extend(unrun);
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
        &["doc", "--workspace", "--all-features", "--no-deps", "--locked"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )?;
    step("the clients stand alone");
    clients::stand_alone(root)?;
    step("packages");
    package(root, false)?;
    if strict || DENY.is_there() {
        step("licences, bans, sources");
        deny::run(root)?;
    }
    if long {
        slow_proofs(root)?;
    }
    step("done");
    if !skipped.is_empty() {
        tell("not done, because this machine lacks something (.ci/run installs it):");
        skipped.iter().for_each(|what| tell(what));
    }
    Ok(())
}

/// What this machine lacks, told before anything runs.
#[expect(
    clippy::disallowed_methods,
    reason = "programs that tests run are named to them in the environment"
)]
fn lacking(long: bool, strict: bool) -> Result<Vec<String>> {
    let mut lacking: Vec<String> = PROGRAMS
        .iter()
        .filter(|(variable, _)| std::env::var_os(variable).is_none_or(|value| value.is_empty()))
        .map(|(variable, what)| format!("{variable} names no program: {what}"))
        .collect();
    let tools: &[Tool] = match long {
        true => &[DENY, HACK, COVERAGE, MUTANTS],
        false => &[DENY],
    };
    lacking.extend(tools.iter().filter_map(Tool::lacking));
    if strict && !lacking.is_empty() {
        return Err(lacking.join("\n").into());
    }
    lacking
        .iter()
        .for_each(|what| tell(&format!("will be skipped: {what}")));
    Ok(lacking)
}

/// Packs every crate that is published, and with `verified` builds each from its package alone.
fn package(root: &Path, verified: bool) -> Result {
    // What is checked out is packed, and every dependency was fetched for the steps before.
    let mut arguments = vec![
        "package",
        "--workspace",
        "--locked",
        "--offline",
        "--quiet",
        "--allow-dirty",
    ];
    arguments.extend(UNPUBLISHED.iter().flat_map(|name| ["--exclude", name]));
    arguments.extend((!verified).then_some("--no-verify"));
    cargo(root, &arguments)
}

/// What takes minutes, and of which the tests run a part that is the same every time.
fn slow_proofs(root: &Path) -> Result {
    step("every crate, built from its package");
    package(root, true)?;
    if HACK.is_there() {
        step("every published crate with every set of its features");
        proofs::powerset(root)?;
    }
    if COVERAGE.is_there() {
        step("lines that the tests run");
        proofs::coverage(root)?;
    }
    if MUTANTS.is_there() {
        step("changes of the code that the tests notice");
        proofs::mutants(root, proofs::SAMPLE)?;
    }
    step("every lie about every request of every change");
    let matrix = [
        "test",
        "--package",
        "atlassian-connector",
        "--test",
        "it",
        "--locked",
        "changes_matrix",
    ];
    cargo_with(root, &matrix, &[("WHOLE_MATRIX", "1")])?;
    step("the content of a large artifact");
    let digests = [
        "test",
        "--package",
        "atlassian-connector",
        "--test",
        "it",
        "--locked",
        "whole::digests",
    ];
    cargo_with(root, &digests, &[("LARGE_ARTIFACT", "1")])?;
    step("rate limits, median of five seeds");
    let rates = [
        "test",
        "--package",
        "connector-http-kit",
        "--test",
        "it",
        "--locked",
        "rates",
        "--",
        "--nocapture",
    ];
    cargo_with(root, &rates, &[("RATE_SEEDS", "5")])?;
    step("a thousand tasks over a connection that fails one time in ten");
    let tasks = [
        "test",
        "--package",
        "connector-daemon",
        "--test",
        "it",
        "--locked",
        "many",
        "--",
        "--nocapture",
    ];
    cargo_with(root, &tasks, &[("TASKS", "1000")])?;
    step("fifty kills of a daemon at work");
    let kills = [
        "test",
        "--package",
        "baton-atlassian",
        "--test",
        "it",
        "--locked",
        "killed_at_seeded_moments",
    ];
    cargo_with(root, &kills, &[("KILLS", "50")])?;
    step("the patches of the documentation");
    patches::prove(root)?;
    step("fuzz targets, a minute each");
    let fuzz = [
        "run",
        "--quiet",
        "--package",
        "fuzz",
        "--locked",
        "--",
        "--seconds",
        "60",
    ];
    cargo(root, &fuzz)
}

/// Tells which step begins, and when: where a run gets longer, this says by which step.
#[expect(clippy::disallowed_methods, reason = "told is how long things really take")]
fn step(name: &str) {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let seconds = BEGUN.get_or_init(Instant::now).elapsed().as_secs();
    tell(&format!("{name}, after {seconds} s"));
}

#[expect(
    clippy::print_stdout,
    reason = "a command line tool: progress goes to the terminal"
)]
fn tell(what: &str) {
    println!("== {what}");
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

/// What a test writes to stderr when it lacks something that not every machine has.
const SKIPPED: &str = "skipped: ";

/// Runs tests. The answer is what was skipped: a test that does nothing must not pass for one that held.
fn skipped_tests(root: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let mut child = Command::new("cargo")
        .args(arguments)
        .envs(REPEATABLE.iter().copied())
        .current_dir(root)
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = child.stderr.take().ok_or("cargo has no stderr")?;
    let mut skipped = Vec::new();
    for line in BufReader::new(stderr).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(std::io::stderr(), "{line}")?;
        if line.contains(SKIPPED) {
            skipped.push(line);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("cargo {} failed ({status})", arguments.join(" ")).into());
    }
    Ok(skipped)
}

#[cfg(test)]
mod tests {
    use super::PROGRAMS;

    /// What is not named to the tests there would end every run of the gate, and what a newcomer has is not proven to be needed.
    #[test]
    fn the_gate_installs_each_program_and_keeps_it_from_the_newcomer() {
        let gate = include_str!("../../../.ci/run");
        let (_, unset) = gate.split_once("unset ").unwrap();
        let (unset, _) = unset.split_once("\n        HOME=").unwrap();
        for (variable, _) in PROGRAMS {
            assert!(gate.contains(&format!("export {variable}")), "{variable}");
            assert!(
                unset.split_whitespace().any(|name| name == variable),
                "{variable}"
            );
        }
    }
}
