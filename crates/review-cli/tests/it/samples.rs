//! Every command on every sample, in every form. The commands are those of the command line, so that none is forgotten.

use crate::{of_go, ran, said};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

const FORMS: [&str; 4] = ["text", "json", "jsonl", "csv"];

fn v3(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/c1z-v3")
        .join(name)
}

/// The ways in which a command is asked here; one that needs no more than its name is asked by that.
fn asked(command: &str, file: &Path, folder: &Path) -> Vec<String> {
    let first = |list: &str, of: &[&str]| -> Option<String> {
        let lines = said(file, &format!("{list} -o jsonl"));
        let row: serde_json::Value = serde_json::from_str(lines.lines().next()?).unwrap();
        let value = of.iter().fold(&row, |value, member| &value[*member]);
        Some(value.as_str().unwrap().to_owned())
    };
    let out = |words: &str| format!("{words} --replace --out {}", folder.join("out").display());
    let table = folder.join("decisions.csv");
    match command {
        "find" => vec!["find a --limit 5".to_owned()],
        "access" => first("resources --type user", &["resource", "id", "resource"])
            .map(|id| format!("access {id}"))
            .into_iter()
            .collect(),
        "who-can" => first("entitlements", &["entitlement", "id"])
            .map(|id| format!("who-can '{id}'"))
            .into_iter()
            .collect(),
        "what-if" => first("grants", &["grant", "id"])
            .map(|id| format!("what-if revoke '{id}'"))
            .into_iter()
            .collect(),
        "decisions" => vec![out("decisions new")],
        "plan" => {
            said(
                file,
                &format!("decisions new --replace --out {}", table.display()),
            );
            let rows = fs::read_to_string(&table).unwrap();
            let decided = rows.lines().enumerate().map(|(at, row)| match at {
                1..=3 => format!("revoke{row}\n"),
                _ => format!("{row}\n"),
            });
            fs::write(&table, decided.collect::<String>()).unwrap();
            vec![out(&format!("plan {} --offline", table.display()))]
        }
        "diff" => vec![format!("diff {0} {0}", file.display())],
        "findings" | "licences" => vec![format!("{command} --as-of 2026-11-24")],
        "report" => vec![out("report --as-of 2026-11-24")],
        "export" => ["csv", "jsonl", "sqlite", "c1z"]
            .map(|format| out(&format!("export {format}")))
            .into(),
        "convert" => ["v1", "v3"]
            .map(|form| out(&format!("convert --to {form}")))
            .into(),
        "sanitize" => vec![out("sanitize")],
        name => vec![name.to_owned()],
    }
}

/// Asks every command about a sample. Of a small one the text of every answer is kept, of all others how many lines it has and its
/// hash.
fn every_command(name: &str, file: &Path, is_small: bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for command in review_cli::commands() {
        let ways = asked(command.get_name(), file, folder.path());
        assert!(
            !ways.is_empty(),
            "{name} has nothing to ask {} about",
            command.get_name()
        );
        for words in ways {
            for form in FORMS {
                let answer = ran(file, &format!("{words} -o {form}"));
                assert!([0, 9].contains(&answer.exit), "{name}: {words}: {}", answer.said);
                let here = |text: &str| {
                    let files = file.parent().unwrap().to_string_lossy().into_owned();
                    text.replace(&*folder.path().to_string_lossy(), "DIR")
                        .replace(&files, "SAMPLES")
                };
                let out = here(&answer.out);
                let hash: String = Sha256::digest(&out)
                    .iter()
                    .take(8)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                all += &format!("$ {} -o {form}\n", here(&words));
                all += &match is_small && form == "text" {
                    true => out,
                    false => format!("{} lines, {hash}\n", out.lines().count()),
                };
                if answer.exit != 0 {
                    all += &format!("({}) {}\n", answer.exit, here(&answer.said));
                }
            }
        }
    }
    insta::assert_snapshot!(format!("{name}"), all);
}

#[test]
fn every_command_on_a_database_of_the_go_sdk() {
    every_command("go_sqlite", &of_go(), true);
}

#[test]
fn every_command_on_a_store_of_the_go_sdk() {
    every_command("go_pebble", &v3("reference-pebble-tiny.c1z"), true);
}

#[test]
fn every_command_on_a_store_that_was_synced_into_twice() {
    every_command("go_pebble_second_sync", &v3("pebble-second-sync.c1z"), false);
}

#[test]
fn every_command_on_an_artifact_in_both_forms() {
    every_command("twin_v1", &v3("twin-v1.c1z"), false);
    every_command("twin_v3", &v3("twin-v3.c1z"), false);
}
