//! Every input of the corpus, and some changes of it, the same ones every time.

use fuzz::{Mutator, TARGETS, Target, corpus};
use std::collections::BTreeSet;
use std::path::Path;

fn target(name: &str) -> &'static Target {
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("a target")
}

/// Tries the corpus of a target and some changes of it.
fn try_all(name: &str) {
    let target = target(name);
    let files = corpus(name).expect("the corpus");
    assert!(!files.is_empty(), "there is no corpus");
    let mut run = (target.prepare)();
    for (_, input) in &files {
        run(input);
    }
    let inputs: Vec<Vec<u8>> = files.into_iter().map(|(_, input)| input).collect();
    let mut mutator = Mutator::new(20_261_001);
    for _ in 0..target.tried_by_tests {
        run(&mutator.next(&inputs));
    }
}

macro_rules! tried {
    ($($name:ident: $target:literal,)+) => {
        $(#[test]
        fn $name() {
            try_all($target);
        })+

        const TRIED: &[&str] = &[$($target),+];
    };
}

tried! {
    artifacts: "artifact",
    databases_of_artifacts: "artifact-database",
    stores_of_artifacts: "artifact-store",
    filters: "scim-filter",
    paths: "scim-path",
    resources: "scim-resource",
    lists: "scim-list",
    errors_of_directories: "scim-error",
    pages: "admin-page",
    errors_of_the_administration: "admin-error",
    limits: "http-limits",
    cursors: "http-cursor",
    configuration_files: "configuration",
    arguments_of_actions: "arguments",
    cassettes: "cassette",
    staging_files: "staging",
}

#[test]
fn every_target_is_tried_and_has_a_corpus() {
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, TRIED.iter().copied().collect());
    let folders: BTreeSet<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"))
        .expect("the corpus")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(folders, names.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn the_same_seed_gives_the_same_inputs() {
    let inputs = [b"{\"a\": 1}".to_vec(), b"a eq 1".to_vec()];
    let draw = |seed| {
        let mut mutator = Mutator::new(seed);
        (0..50).map(|_| mutator.next(&inputs)).collect::<Vec<_>>()
    };
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
}
