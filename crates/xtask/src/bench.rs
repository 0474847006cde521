//! The benchmark: the connector against the simulator, each a process of its own on the same machine.

mod case;
mod measure;

pub(crate) use measure::child;

use crate::Result;
use case::Case;
use std::path::Path;
use std::process::Command;

/// How often each case runs; the median counts.
const RUNS: usize = 3;

/// Builds both programs with the profile `dist`, runs every case and prints a table.
#[expect(clippy::print_stdout, reason = "a command line tool: the table is its result")]
pub(crate) fn run(root: &Path, only: Option<&str>) -> Result {
    let built = Command::new("cargo")
        .args([
            "build",
            "--profile",
            "dist",
            "--locked",
            "--package",
            "atlassian-sim",
            "--package",
            "baton-atlassian",
        ])
        .current_dir(root)
        .status()?;
    if !built.success() {
        return Err("the build with the profile dist failed".into());
    }
    println!("| organization | latency | wall | CPU | peak memory | requests | artifact |");
    println!("|---|---|---|---|---|---|---|");
    let mut rows = Vec::new();
    for case in Case::all()
        .into_iter()
        .filter(|c| only.is_none_or(|o| c.name == o))
    {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(case.run(root)?);
        }
        runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        let median = &runs[RUNS / 2];
        println!("{}", median.line(&case));
        rows.push((case.name, median.rows_line()));
    }
    println!();
    for (name, line) in rows {
        println!("{name}: {line}");
    }
    Ok(())
}
