//! This checkout compared with an earlier commit: two connectors, one simulator.
//!
//! A machine is at times a third faster or slower by itself, so figures of two days say nothing about two programs. Here both
//! run in turns, and what counts is the median of the ratios of neighbours.

use super::case::{Case, Programs, Run};
use crate::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many pairs of runs.
const PAIRS: usize = 9;

/// Without a latency and a limit the connector's own work decides.
const CASE: &str = "10k";

/// Builds the connector of `commit` in a worktree of its own, runs it and the present one in turns, and prints what changed.
#[expect(clippy::print_stdout, reason = "a command line tool: the table is its result")]
pub(crate) fn run(root: &Path, commit: &str, only: Option<&str>) -> Result {
    let cases = Case::chosen(Some(only.unwrap_or(CASE)))?;
    let now = Programs::build(root)?;
    let before = now.with_connector(&earlier(root, &now.target, commit)?);
    for case in &cases {
        println!("{}: this checkout / {commit}", case.name);
        println!("| pair | wall | CPU | peak memory | CPU of the simulator |");
        println!("|---|---|---|---|---|");
        let mut pairs = Vec::new();
        for number in 1..=PAIRS {
            // Who runs first takes turns too.
            let pair = if number % 2 == 1 {
                let new = case.run(&now)?;
                (new, case.run(&before)?)
            } else {
                let old = case.run(&before)?;
                (case.run(&now)?, old)
            };
            println!(
                "| {number} | {} |",
                cells(&pair, |new, old, unit| format!("{new:.2} / {old:.2} {unit}"))
            );
            pairs.push(pair);
        }
        println!("| median ratio | {} |", ratios(&pairs));
        println!("{} decides: below 1 this checkout is better", case.decides());
    }
    Ok(())
}

/// A figure of a run.
type Figure = fn(&Run) -> f64;

/// What is compared, each with its unit.
const FIGURES: [(Figure, &str); 4] = [
    (|run| run.wall, "s"),
    (|run| run.cpu, "s"),
    (|run| run.peak as f64 / 1e6, "MB"),
    (|run| run.simulator_cpu, "s"),
];

fn cells((new, old): &(Run, Run), show: impl Fn(f64, f64, &str) -> String) -> String {
    FIGURES
        .map(|(figure, unit)| show(figure(new), figure(old), unit))
        .join(" | ")
}

/// The median over all pairs of how much of the other's each figure is.
fn ratios(pairs: &[(Run, Run)]) -> String {
    FIGURES
        .map(|(figure, _)| {
            let ratios = pairs.iter().map(|(new, old)| figure(new) / figure(old));
            format!("{:.3}", median(ratios.collect()))
        })
        .join(" | ")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Builds the connector of a commit; its target folder stays, so that the next comparison with it builds nothing. Answers where the
/// program is.
fn earlier(root: &Path, target: &Path, commit: &str) -> Result<PathBuf> {
    let output = git(root, &["rev-parse", "--verify", &format!("{commit}^{{commit}}")])?;
    let id = output.trim();
    let target = target.join("against").join(&id[..12]);
    let worktree = Worktree::add(root, id)?;
    let checkout = worktree.folder.path();
    let manifest = std::fs::read_to_string(checkout.join("Cargo.toml"))?;
    // Before there was a profile for distributions, `release` was it.
    let profile = match manifest.contains("[profile.dist]") {
        true => super::PROFILE,
        false => "release",
    };
    super::build(checkout, &target, profile, &["baton-atlassian"])?;
    Ok(target.join(profile))
}

/// A checkout of a commit beside the repository; goes with this value.
struct Worktree<'a> {
    root: &'a Path,
    folder: tempfile::TempDir,
}

impl<'a> Worktree<'a> {
    fn add(root: &'a Path, commit: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().to_string_lossy().into_owned();
        git(root, &["worktree", "add", "--quiet", "--detach", &path, commit])?;
        Ok(Self { root, folder })
    }
}

impl Drop for Worktree<'_> {
    fn drop(&mut self) {
        let path = self.folder.path().to_string_lossy().into_owned();
        drop(git(self.root, &["worktree", "remove", "--force", &path]));
    }
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").args(arguments).current_dir(root).output()?;
    if !output.status.success() {
        return Err(format!(
            "git {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(wall: f64, cpu: f64) -> Run {
        Run::of_figures(wall, cpu)
    }

    #[test]
    fn neighbours_are_compared_and_not_medians() {
        // The machine gets slower: each pair says a half, the medians of either side alone would say 1.
        let pairs = [
            (run(1.0, 1.0), run(2.0, 2.0)),
            (run(2.0, 2.0), run(4.0, 4.0)),
            (run(4.0, 4.0), run(8.0, 8.0)),
        ];
        assert!(
            ratios(&pairs).starts_with("0.500 | 0.500 |"),
            "{}",
            ratios(&pairs)
        );
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }

    #[test]
    fn a_commit_that_is_not_there_is_named() {
        let error = earlier(&crate::root(), Path::new("nowhere"), "no-such-commit").unwrap_err();
        assert!(error.to_string().contains("rev-parse"), "{error}");
    }
}
