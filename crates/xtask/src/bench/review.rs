//! The commands that look into an artifact, measured against unpacking it.
//!
//! A machine is at times a third slower by itself, so what counts are ratios of CPU seconds within one run.

use super::case::{Case, Programs};
use super::measure::{self, Measured};
use crate::Result;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How often each command runs; the median counts.
const RUNS: usize = 3;
/// Rows of the table of decisions that is planned.
const DECISIONS: usize = 412;

/// The cases, by the organization they look at.
const CASES: [(&str, &str); 2] = [("review", "10k"), ("review-100k", "100k")];

/// What a figure may be at most.
enum Goal {
    /// So many times what unpacking takes.
    Unpackings(f64),
    /// Seconds and megabytes.
    Absolute(f64, f64),
    None,
}

/// The organization of a case of these.
pub(super) fn organization(case: &str) -> Option<&'static str> {
    CASES.iter().find(|(name, _)| *name == case).map(|(_, of)| *of)
}

/// Syncs the organization once and measures each command on what that wrote, in either form.
#[expect(clippy::print_stdout, reason = "a command line tool: the table is its result")]
pub(super) fn run(root: &Path, organization: &str) -> Result {
    let programs = Programs::build(root)?;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let (v1, v3, other) = (path("v1.c1z"), path("v3.c1z"), path("other.c1z"));
    let case = Case::chosen(Some(organization))?.swap_remove(0);
    println!("{}", case.run_to(&programs, &v1)?.rows_line());
    let bench = Bench {
        c1z: programs.reader(),
    };

    let table = path("all.csv");
    bench.once(&v1, &["decisions", "new", "--out", &table.to_string_lossy()])?;
    let rows = std::fs::read_to_string(&table)?;
    let decided = decisions(&rows)?;
    std::fs::write(&table, &decided.table)?;

    println!("| command | form | wall | CPU | peak memory | of unpacking | goal |");
    println!("|---|---|---|---|---|---|---|");
    let to = |name: &str, form: &str| -> Vec<String> {
        let out = path(name).to_string_lossy().into_owned();
        ["convert", "--to", form, "--replace", "--out", &out]
            .map(ToOwned::to_owned)
            .into()
    };
    let [write_v1, write_v3] = [to("other.c1z", "v1"), to("v3.c1z", "v3")];
    let unpacking = bench.median(&v1, &["syncs"])?;
    println!(
        "{}",
        line("syncs: unpacking", "v1", &unpacking, &unpacking, &Goal::None)
    );
    let [one, three] = [&write_v1, &write_v3].map(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        bench.median(&v1, &words)
    });
    let (one, three) = (one?, three?);
    for (name, measured) in [("convert --to v1", &one), ("convert --to v3", &three)] {
        println!("{}", line(name, "v1", measured, &unpacking, &Goal::None));
    }
    let (table, page, plan) = (
        path_text(&table),
        path_text(&path("page.html")),
        path_text(&path("plan.json")),
    );
    let (before, after) = (path_text(&v1), path_text(&other));
    let small = Goal::Unpackings(1.5);
    let commands: [(&[&str], &Goal); 7] = [
        (&["find", "ana"], &small),
        (&["access", &decided.account], &small),
        (&["who-can", &decided.entitlement], &small),
        (&["grants", "-o", "json"], &Goal::Absolute(1.2, 50.0)),
        (&["diff", &before, &after], &Goal::Unpackings(3.0)),
        (
            &["plan", &table, "--offline", "--replace", "--out", &plan],
            &Goal::Unpackings(3.0),
        ),
        (&["report", "--replace", "--out", &page], &Goal::Unpackings(8.0)),
    ];
    for (words, goal) in commands {
        for (form, file) in [("v1", &v1), ("v3", &v3)] {
            if words[0] == "diff" && form == "v3" {
                continue;
            }
            let measured = bench.median(file, words)?;
            println!("{}", line(words[0], form, &measured, &unpacking, goal));
        }
    }
    let size = |file: &Path| -> Result<f64> { Ok(std::fs::metadata(file)?.len() as f64) };
    println!(
        "\nv3 / v1: time of writing {:.2} (goal 1.3), size {:.2} (goal 0.77)",
        three.cpu / one.cpu,
        size(&v3)? / size(&v1)?
    );
    println!(
        "page of the review: {:.1} MB (goal 20)",
        size(Path::new(&page))? / 1e6
    );
    Ok(())
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

struct Bench {
    c1z: PathBuf,
}

impl Bench {
    fn once(&self, file: &Path, words: &[&str]) -> Result<Measured> {
        let file = path_text(file);
        let words = [words, &["-f", &file]].concat();
        measure::run_silent(&self.c1z, &words)
    }

    /// The run of median CPU.
    fn median(&self, file: &Path, words: &[&str]) -> Result<Measured> {
        let runs: Result<Vec<_>> = (0..RUNS).map(|_| self.once(file, words)).collect();
        let mut runs = runs?;
        runs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
        Ok(runs.swap_remove(RUNS / 2))
    }
}

fn line(name: &str, form: &str, measured: &Measured, unpacking: &Measured, goal: &Goal) -> String {
    let (times, peak) = (measured.cpu / unpacking.cpu, measured.peak as f64 / 1e6);
    let mut line = format!(
        "| {name} | {form} | {:.2} s | {:.2} s | {peak:.0} MB | {times:.2} | ",
        measured.wall, measured.cpu
    );
    let verdict = |holds: bool| if holds { "holds" } else { "missed" };
    let written = match goal {
        Goal::Unpackings(most) => write!(line, "{most}: {} |", verdict(times <= *most)),
        Goal::Absolute(seconds, megabytes) => write!(
            line,
            "{seconds} s, {megabytes} MB: {} |",
            verdict(measured.cpu <= *seconds && peak <= *megabytes)
        ),
        Goal::None => write!(line, " |"),
    };
    written.map_or_else(|_| String::new(), |()| line)
}

/// A table of decisions, and an account and an entitlement of it.
struct Decided {
    table: String,
    account: String,
    entitlement: String,
}

/// Decides some of the rows, spread over all of them.
fn decisions(rows: &str) -> Result<Decided> {
    let mut lines = rows.lines();
    let head = lines.next().ok_or("the table of decisions is empty")?;
    let lines: Vec<&str> = lines.filter(|line| line.contains(":user:")).collect();
    let step = (lines.len() / DECISIONS).max(1);
    let chosen: Vec<&str> = lines.iter().step_by(step).take(DECISIONS).copied().collect();
    let mut table = format!("{head}\n");
    for line in &chosen {
        table.push_str("revoke");
        table.push_str(line);
        table.push('\n');
    }
    // Ids are written as they are, and stand before any name.
    let middle = chosen.get(chosen.len() / 2).ok_or("no account holds anything")?;
    let mut cells = middle.split(',').skip(1);
    let (grant, account) = cells.next().zip(cells.next()).ok_or("a row without ids")?;
    let entitlement = grant.strip_suffix(&format!(":user:{account}"));
    Ok(Decided {
        account: account.to_owned(),
        entitlement: entitlement.ok_or("a grant without its entitlement")?.to_owned(),
        table,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_decided_as_they_were_written() {
        let rows = "decision,grant_id,principal_id,principal\n,g:1:member:group:2,2,x\n,g:1:member:user:7:8,7:8,\"A, B\"\n";
        let decided = decisions(rows).unwrap();
        assert_eq!((&*decided.account, &*decided.entitlement), ("7:8", "g:1:member"));
        assert_eq!(
            decided.table,
            "decision,grant_id,principal_id,principal\nrevoke,g:1:member:user:7:8,7:8,\"A, B\"\n"
        );
    }
}
