//! The benchmark: the connector against the simulator, each a process of its own on the same machine, and commands on what it wrote.

mod against;
mod case;
mod measure;
mod review;

pub(crate) use against::run as against;
pub(crate) use measure::child;

use crate::Result;
use case::{Case, Limit, Programs, Run};
use std::path::Path;
use std::process::Command;

/// How often each case runs; the median counts.
const RUNS: usize = 3;

/// Builds both programs with the profile `dist`, runs every case and prints a table.
#[expect(clippy::print_stdout, reason = "a command line tool: the table is its result")]
pub(crate) fn run(root: &Path, only: Option<&str>) -> Result {
    if let Some(organization) = only.and_then(review::organization) {
        return review::run(root, organization);
    }
    let cases = Case::chosen(only)?;
    let programs = Programs::build(root)?;
    println!("| organization | latency | wall | CPU | peak memory | requests | artifact |");
    println!("|---|---|---|---|---|---|---|");
    let mut after = Vec::new();
    for case in &cases {
        let run = median_run(case, &programs)?;
        println!("{}", run.line(case));
        after.push(format!("{}: {}", case.name, run.rows_line()));
        if let Some(limit) = &case.limit {
            let unlimited = median_run(&case.without_limit(), &programs)?;
            after.push(efficiency(limit, &run, &unlimited));
        }
    }
    println!();
    for line in after {
        println!("{line}");
    }
    Ok(())
}

/// The run of median length.
fn median_run(case: &Case, programs: &Programs) -> Result<Run> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(case.run(programs)?);
    }
    runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    Ok(runs.swap_remove(RUNS / 2))
}

/// How near a run under a limit came to the ideal: the longer of the time in which the limit lets its requests through and
/// the same run without a limit.
fn efficiency(limit: &Limit, run: &Run, unlimited: &Run) -> String {
    let (sent, refused) = run.requests();
    let ideal = ((sent - refused) / limit.per_second()).max(unlimited.wall);
    format!(
        "  efficiency {:.1} % (ideal {ideal:.1} s: {} requests served, {:.1} s without the limit), refused {:.2} % of the requests sent",
        ideal / run.wall * 100.0,
        sent - refused,
        unlimited.wall,
        refused / sent * 100.0,
    )
}

/// The profile of what is given to people.
const PROFILE: &str = "dist";

/// Builds packages with a profile into a target folder.
fn build(checkout: &Path, target: &Path, profile: &str, packages: &[&str]) -> Result {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--profile", profile, "--locked", "--target-dir"])
        .arg(target)
        .current_dir(checkout);
    for package in packages {
        cargo.args(["--package", package]);
    }
    match cargo.status()?.success() {
        true => Ok(()),
        false => Err(format!(
            "the build of {} with the profile {profile} failed",
            packages.join(" and ")
        )
        .into()),
    }
}
