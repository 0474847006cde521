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
    let first = format!("baton-atlassian version {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(printed(&["-V"]), format!("{first}\n"));
    let long = printed(&["--version"]);
    assert!(
        long.starts_with(&first) && long.contains("\nartifacts: "),
        "{long}"
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

/// The generated parts of pages that are written by hand otherwise, between a line that begins and one that ends each.
#[test]
#[expect(clippy::disallowed_methods, reason = "the one switch of the tests")]
fn the_generated_parts_of_pages_are_up_to_date() {
    const GUIDE: &str = "docs/guides/coming-from-the-go-connector.md";
    let parts = [
        ("README.md", "exit codes", connector_cli::exit_code_table()),
        (
            "docs/guides/exit-codes.md",
            "exit codes",
            connector_cli::exit_code_table(),
        ),
        (GUIDE, "artifact", crate::differences::in_the_artifact()),
        (GUIDE, "command line", crate::differences::on_the_command_line()),
        (GUIDE, "settings", connector_cli::existing_settings()),
    ];
    for (page, part, expected) in parts {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let (begin, end) = (
            format!("<!-- begin: {part} -->\n"),
            format!("<!-- end: {part} -->\n"),
        );
        let (before, rest) = text.split_once(&begin).expect(page);
        let (written, after) = rest.split_once(&end).expect(page);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, [before, &begin, &expected, &end, after].concat()).unwrap();
        } else {
            assert!(
                written == expected,
                "{part} in {page} is stale: run the tests of baton-atlassian with UPDATE_DOCS=1"
            );
        }
    }
}
