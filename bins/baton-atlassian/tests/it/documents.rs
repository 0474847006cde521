//! Help, version, and the documents made from the settings.

use crate::harness::{Ran, program};
use std::fs;
use std::path::Path;

fn printed(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(program(folder.path(), arguments).output().unwrap(), folder.path());
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""));
    ran.stdout
}

#[test]
fn help() {
    insta::assert_snapshot!(printed(&["--help"]));
}

#[test]
fn version() {
    assert_eq!(
        printed(&["--version"]),
        format!("baton-atlassian version {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn capabilities() {
    insta::assert_snapshot!(printed(&["capabilities"]));
}

#[test]
fn config() {
    insta::assert_snapshot!(printed(&["config"]));
}

/// `UPDATE_DOCS=1` writes the page instead of comparing it.
#[test]
#[expect(clippy::disallowed_methods, reason = "the one switch of the tests")]
fn the_page_on_configuration_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = connector_cli::configuration_page(&baton_atlassian::app());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        written == page,
        "docs/configuration.md is stale: run the tests of baton-atlassian with UPDATE_DOCS=1"
    );
}
