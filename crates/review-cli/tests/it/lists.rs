//! Lists: every row, in every form, with what it refers to.

use crate::{artifact, every_form, of_go, on_screen, ran, said};
use unicode_width::UnicodeWidthStr as _;

#[test]
fn every_list_in_every_form() {
    let (_folder, file) = artifact();
    for list in [
        "resource-types",
        "resources",
        "entitlements",
        "grants",
        "principals",
        "syncs",
        "stats",
    ] {
        insta::assert_snapshot!(format!("{list}"), every_form(&file, list));
    }
}

#[test]
fn every_list_of_an_artifact_of_the_go_sdk() {
    for list in [
        "resource-types",
        "resources",
        "entitlements",
        "grants",
        "principals",
        "syncs",
        "stats",
    ] {
        insta::assert_snapshot!(format!("go_{list}"), said(&of_go(), list));
    }
}

/// A program that reads the lists gets as many rows in each form, and JSON is one document.
#[test]
fn forms_agree() {
    for list in ["resources", "entitlements", "grants"] {
        let document: serde_json::Value =
            serde_json::from_str(&said(&of_go(), &format!("{list} -o json"))).unwrap();
        let lines = said(&of_go(), &format!("{list} -o jsonl"));
        let lines: Vec<serde_json::Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(document[list].as_array().unwrap(), &lines, "{list}");
        let csv = said(&of_go(), &format!("{list} -o csv"));
        assert_eq!(csv.lines().count(), lines.len() + 1, "{list}");
        assert_eq!(
            said(&of_go(), &format!("{list} -o console")),
            said(&of_go(), list)
        );
    }
}

#[test]
fn filters() {
    let (_folder, file) = artifact();
    let asked = [
        "resources --type user --status disabled",
        "resources --type group --type workspace",
        "resources --email ANA@example.com",
        "entitlements --resource Finance",
        "entitlements --type workspace",
        "grants --principal ana@example.com --entitlement 'User on Jira: acme'",
        "grants --principal group:Finance",
        "grants --resource 'Jira: acme' --status disabled",
        "grants --email kim@example.com",
        "principals --entitlement group:Finance",
    ];
    let answers = asked.map(|words| format!("$ {words}\n{}", said(&file, words)));
    insta::assert_snapshot!(answers.join("\n"));
    for (wrong, exit) in [
        ("resources --type people", 2),
        ("grants --principal 'Kim Lee'", 9),
        ("grants --principal 'Anna Nunez'", 5),
        ("grants --entitlement group:Finanze", 5),
        ("grants --sync 0", 5),
    ] {
        let ran = ran(&file, wrong);
        insta::assert_snapshot!(format!("{wrong}: {}", ran.said).replace(file.to_str().unwrap(), "FILE"));
        assert_eq!(ran.exit, exit, "{wrong}");
        assert_eq!(ran.out, "", "{wrong}");
    }
}

/// On a terminal text goes through the pager, unless that is not wanted; a program that reads gets it at once.
#[cfg(unix)]
#[test]
fn text_on_a_terminal_goes_through_a_pager() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, file) = artifact();
    let (script, paged) = (folder.path().join("pager"), folder.path().join("paged"));
    std::fs::write(
        &script,
        format!("#!/bin/sh\necho \"$1\"\ncat > '{}'\n", paged.display()),
    )
    .unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let run = |words: &str, screen: Option<usize>, pager: &str| {
        let here = review_cli::Surroundings {
            file: Some(file.clone()),
            screen,
            pager: Some(pager.into()),
            ..Default::default()
        };
        let matches = clap::Command::new("c1z").subcommands(review_cli::commands());
        let matches = matches.get_matches_from(std::iter::once("c1z").chain(words.split(' ')));
        let (name, flags) = matches.subcommand().unwrap();
        let mut out = Vec::new();
        review_cli::run(name, flags, &here, &mut out, &mut Vec::new()).unwrap();
        String::from_utf8(out).unwrap()
    };
    let pager = script.to_str().unwrap();
    assert_eq!(run("grants", Some(80), &format!("{pager} -x")), "");
    let shown = on_screen(&file, "grants", Some(80)).out;
    assert_eq!(std::fs::read_to_string(&paged).unwrap(), shown);
    std::fs::remove_file(&paged).unwrap();
    for (words, screen, pager) in [
        ("grants --no-pager", Some(80), pager),
        ("grants -o json", Some(80), pager),
        ("grants", None, pager),
        ("grants", Some(80), "/nowhere/less"),
    ] {
        assert!(!run(words, screen, pager).is_empty(), "{words}");
        assert!(!paged.exists(), "{words}");
    }
    // A reader that has enough is no error.
    run("grants", Some(80), "true");
    assert_eq!(review_cli::pager(Some("".into())), None);
    assert_eq!(review_cli::pager(None), Some("less".into()));
}

#[test]
fn a_table_fits_the_terminal_unless_it_is_to_be_wide() {
    let (_folder, file) = artifact();
    let cut = on_screen(&file, "grants", Some(80)).out;
    assert!(cut.lines().all(|line| line.width() <= 80), "{cut}");
    let wide = on_screen(&file, "grants --wide", Some(80)).out;
    assert!(wide.contains("workspace:w-1:role:admin:user:u-3"), "{wide}");
    insta::assert_snapshot!(cut);
}
