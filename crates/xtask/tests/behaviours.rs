//! `docs/behaviours.md` held against the code: no line is lost, each has a test, and each test that it names exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Lines are numbered from 1 to this.
const LAST: u32 = 102;

/// A line of a table: its numbers, and the tests as `(file, name)`.
struct Line {
    numbers: Vec<u32>,
    tests: Vec<(String, String)>,
}

fn page() -> Vec<Line> {
    let text = fs::read_to_string(Path::new(ROOT).join("docs/behaviours.md")).expect("the page");
    text.lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| |"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 4, "a line has four cells: {line}");
            let numbers = cells[0].split(", ").map(|n| n.parse().expect("a number"));
            let tests = cells[3].split("<br>").map(|test| {
                let (file, name) = test
                    .strip_prefix('`')
                    .and_then(|test| test.strip_suffix('`')?.split_once("::"))
                    .unwrap_or_else(|| panic!("{test} is no `path::name`: {line}"));
                (file.to_owned(), name.to_owned())
            });
            Line {
                numbers: numbers.collect(),
                tests: tests.collect(),
            }
        })
        .collect()
}

/// Whether this source has a function of the name, with `#[test]` or the like among the attributes above it.
fn has_test(source: &str, name: &str) -> bool {
    let start = format!("fn {name}(");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        line.trim_start_matches("async ").starts_with(&start)
            && lines[..at]
                .iter()
                .rev()
                .take_while(|above| above.starts_with("#[") || above.starts_with("//"))
                .any(|above| above.starts_with("#[test]") || above.starts_with("#[tokio::test"))
    })
}

#[test]
fn every_number_stands_there_once() {
    let mut seen = BTreeMap::<u32, usize>::new();
    for number in page().into_iter().flat_map(|line| line.numbers) {
        *seen.entry(number).or_default() += 1;
    }
    assert_eq!(seen, (1..=LAST).map(|number| (number, 1)).collect());
}

#[test]
fn every_test_exists() {
    let mut sources = BTreeMap::new();
    let mut missing = BTreeSet::new();
    for (file, name) in page().into_iter().flat_map(|line| line.tests) {
        let source = sources
            .entry(file.clone())
            .or_insert_with(|| fs::read_to_string(Path::new(ROOT).join(&file)).unwrap_or_default());
        if !has_test(source, &name) {
            missing.insert(format!("{file}::{name}"));
        }
    }
    assert!(sources.len() > 20, "the page names hardly a test");
    assert!(
        missing.is_empty(),
        "docs/behaviours.md names tests that are not there: {missing:#?}"
    );
}

/// What the other tests go by: a helper is no test, nor is a longer name.
#[test]
fn only_tests_are_tests() {
    let source = "
        #[test]
        fn plain() {}
        #[tokio::test(flavor = \"multi_thread\")]
        // Why.
        #[cfg(unix)]
        async fn waiting() {}
        fn helper() {}
    ";
    let found = ["plain", "waiting", "helper", "plai", "lain", "other"].map(|name| has_test(source, name));
    assert_eq!(found, [true, true, false, false, false, false]);
}
