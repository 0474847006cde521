//! Slow proofs that tools of others make: every set of features compiles, the tests run most of the code, and they notice changes of it.

use crate::ci::{self, cargo};
use crate::dist::{output, say};
use crate::tools::{COVERAGE, HACK, MUTANTS, Tool};
use crate::{Result, target_folder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Percent of the lines that the tests run at least.
const LINES: f64 = 90.0;

/// Folders whose lines are not counted: the simulator, which is there for the tests, and generated code.
const NOT_COUNTED: [&str; 2] = ["crates/atlassian-sim/", "crates/connector-proto/src/gen/"];

/// Where code is changed: how a connector is written, how it is driven, what the vendor's rows become, how requests are repeated.
const MUTATED: [&str; 4] = [
    "governance-connector-sdk",
    "connector-runtime",
    "atlassian-connector",
    "connector-http-kit",
];

/// How many changes are tried, of several thousand.
pub(crate) const SAMPLE: usize = 150;

/// Where the sample begins: the same code has the same sample.
const SEED: usize = 20_261_001;

/// Percent of the changes that tests notice at least.
const NOTICED: f64 = 85.0;

/// Compiles every published crate with every set of its features.
pub(crate) fn powerset(root: &Path) -> Result {
    is_there(&HACK)?;
    // What one crate turns on must not be there for another.
    let alone = [("CARGO_RESOLVER_FEATURE_UNIFICATION", "selected")];
    let check = [
        "hack",
        "check",
        "--feature-powerset",
        "--workspace",
        "--ignore-private",
        "--locked",
        "--quiet",
    ];
    ci::cargo_with(root, &check, &alone)
}

/// Measures which lines the tests of the workspace run, and prints it by package.
pub(crate) fn coverage(root: &Path) -> Result {
    is_there(&COVERAGE)?;
    let report = target_folder()?.join("coverage.json");
    let path = report
        .to_str()
        .ok_or("the path of the target folder is not UTF-8")?;
    cargo(
        root,
        &[
            "llvm-cov",
            "--workspace",
            "--locked",
            "--json",
            "--summary-only",
            "--output-path",
            path,
        ],
    )?;
    let counted = lines(root, &serde_json::from_slice(&fs::read(&report)?)?)?;
    let all = counted.values().copied().fold(Lines::default(), Lines::and);
    for (package, lines) in &counted {
        say(&format!(
            "{:5.1} % of {:6} lines: {package}",
            lines.percent(),
            lines.all
        ));
    }
    say(&format!("{:5.1} % of {:6} lines in all", all.percent(), all.all));
    if all.percent() < LINES {
        return Err(format!(
            "the tests run {:.1} % of the lines, and not {LINES} %",
            all.percent()
        )
        .into());
    }
    Ok(())
}

/// Changes the code in as many places as `sample` says, one at a time, and counts how many of these changes a test of the package
/// notices.
pub(crate) fn mutants(root: &Path, sample: usize) -> Result {
    is_there(&MUTANTS)?;
    let shard = shard(possible(root)?, sample);
    let folder = target_folder()?.join("mutants");
    fs::create_dir_all(&folder)?;
    let status = Command::new("cargo")
        .arg("mutants")
        .args(MUTATED.iter().flat_map(|package| ["--package", package]))
        .args(["--sharding", "round-robin", "--shard", &shard])
        .args([
            "--cap-lints",
            "true",
            "--no-shuffle",
            "--colors",
            "never",
            "--output",
        ])
        .arg(&folder)
        .current_dir(root)
        .status()?;
    let outcomes = folder.join("mutants.out/outcomes.json");
    // It fails where a change goes unnoticed, which is counted here; what it could not do at all leaves no outcome.
    let outcomes: Value = fs::read(&outcomes)
        .map_err(|error| format!("cargo mutants ended without outcomes ({status}): {error}"))
        .and_then(|json| serde_json::from_slice(&json).map_err(|error| error.to_string()))?;
    let count = |what: &str| outcomes[what].as_u64().unwrap_or_default() as f64;
    let noticed = count("caught") + count("timeout");
    let tried = noticed + count("missed");
    if tried == 0.0 {
        return Err(format!("cargo mutants tried nothing ({status})").into());
    }
    let percent = 100.0 * noticed / tried;
    say(&format!(
        "{percent:.1} % of {tried} changes noticed, {} more do not compile; the others: {}",
        count("unviable"),
        folder.join("mutants.out/missed.txt").display()
    ));
    if percent < NOTICED {
        return Err(format!("the tests notice {percent:.1} % of the changes, and not {NOTICED} %").into());
    }
    Ok(())
}

/// How many changes could be made.
fn possible(root: &Path) -> Result<usize> {
    let mut list = Command::new("cargo");
    list.args(["mutants", "--list"])
        .args(MUTATED.iter().flat_map(|package| ["--package", package]))
        .current_dir(root);
    Ok(output(&mut list)?.lines().count())
}

/// The part of all changes that is the sample, as cargo mutants takes it: every forty-second of some thousands, say, from a place that the seed tells.
fn shard(possible: usize, sample: usize) -> String {
    let parts = (possible / sample.max(1)).max(1);
    format!("{}/{parts}", SEED % parts)
}

/// Lines with code.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lines {
    all: u64,
    run: u64,
}

impl Lines {
    fn and(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            run: self.run + other.run,
        }
    }

    fn percent(self) -> f64 {
        100.0 * self.run as f64 / self.all as f64
    }
}

/// The lines of each package, from the report.
fn lines(root: &Path, report: &Value) -> Result<BTreeMap<String, Lines>> {
    let root = root.canonicalize()?;
    let files = report["data"][0]["files"]
        .as_array()
        .ok_or("the report names no files")?;
    let mut packages: BTreeMap<String, Lines> = BTreeMap::new();
    for file in files {
        let name = file["filename"]
            .as_str()
            .ok_or("a file of the report has no name")?;
        let Ok(name) = Path::new(name).strip_prefix(&root) else {
            continue;
        };
        if NOT_COUNTED.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let count = |what: &str| {
            file["summary"]["lines"][what]
                .as_u64()
                .ok_or("a file of the report has no lines")
        };
        let lines = Lines {
            all: count("count")?,
            run: count("covered")?,
        };
        let package = name.iter().take(2).collect::<std::path::PathBuf>();
        let sum = packages.entry(package.display().to_string()).or_default();
        *sum = sum.and(lines);
    }
    Ok(packages)
}

fn is_there(tool: &Tool) -> Result {
    tool.lacking().map_or(Ok(()), |lacking| Err(lacking.into()))
}

#[cfg(test)]
mod tests {
    use super::{Lines, lines, shard};
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn a_sample_is_about_as_large_as_asked_for() {
        assert_eq!(shard(6420, 150), "33/42");
        assert_eq!(shard(6420, 10_000), "0/1");
        assert_eq!(shard(6420, 0), shard(6420, 1));
    }

    #[test]
    fn lines_are_counted_by_package_without_the_simulator() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let at = root.canonicalize().unwrap();
        let file = |name: &str, count: u64, covered: u64| json!({"filename": at.join(name), "summary": {"lines": {"count": count, "covered": covered}}});
        let report = json!({"data": [{"files": [
            file("crates/redaction/src/a.rs", 10, 9),
            file("crates/redaction/src/b.rs", 10, 10),
            file("crates/atlassian-sim/src/lib.rs", 10, 0),
            file("crates/connector-proto/src/gen/c.rs", 10, 0),
        ]}]});
        let counted: Vec<_> = lines(&root, &report).unwrap().into_iter().collect();
        assert_eq!(
            counted,
            [("crates/redaction".to_owned(), Lines { all: 20, run: 19 })]
        );
        assert!(lines(&root, &json!({})).is_err());
    }
}
