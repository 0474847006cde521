//! Files that are no sound artifact, hostile content, readers that go away.

use crate::world::{self, world};
use crate::{apart, artifact, ran};
use review_cli::{Surroundings, commands, run};
use std::fs;
use std::io::{self, Write};

/// Every command, with words that have an answer.
const COMMANDS: [&str; 16] = [
    "resource-types",
    "resources",
    "entitlements",
    "grants",
    "principals",
    "syncs",
    "stats",
    "find e",
    "access eve@example.com",
    "who-can 'User on Jira: acme'",
    "what-if remove-member Finance bob@example.com",
    "diagnostics",
    "findings",
    "licences --reclaimable",
    "digest",
    "verify",
];

#[test]
fn what_is_no_artifact_is_named() {
    let (folder, file) = artifact();
    let sound = fs::read(&file).unwrap();
    let bad = folder.path().join("bad.c1z");
    let missing = ran(&folder.path().join("missing.c1z"), "grants");
    assert_eq!(missing.exit, 5, "{}", missing.said);
    let mut damaged = sound.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 16].fill(0xff);
    let forms: [(&str, &[u8]); 4] = [
        ("empty", b""),
        ("foreign", b"PK\x03\x04 something else"),
        ("cut", &sound[..sound.len() / 2]),
        ("damaged", &damaged),
    ];
    for (what, bytes) in forms {
        fs::write(&bad, bytes).unwrap();
        for command in COMMANDS {
            let ran = ran(&bad, command);
            assert_eq!(
                (ran.exit, ran.out.as_str()),
                (9, ""),
                "{what} {command}: {}",
                ran.said
            );
            assert!(ran.said.contains("bad.c1z"), "{what} {command}: {}", ran.said);
        }
    }
}

/// A database in which a view or a trigger could change what rows say is not believed.
#[test]
fn a_database_that_runs_something_is_refused() {
    let (_folder, file) = artifact();
    for sql in [
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON v1_grants BEGIN SELECT 1; END",
    ] {
        let bytes = fs::read(&file).unwrap();
        let database = file.with_extension("db");
        fs::write(&database, zstd::decode_all(&bytes[5..]).unwrap()).unwrap();
        let connection = rusqlite::Connection::open(&database).unwrap();
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        let packed = zstd::encode_all(fs::read(&database).unwrap().as_slice(), 1).unwrap();
        let hostile = file.with_file_name("hostile.c1z");
        fs::write(&hostile, [b"C1ZF\0", packed.as_slice()].concat()).unwrap();
        let ran = ran(&hostile, "grants");
        assert_eq!((ran.exit, ran.out.as_str()), (9, ""), "{sql}: {}", ran.said);
    }
}

/// Nothing that a name holds steers a terminal, turns text round, or runs in a spreadsheet; JSON keeps the value.
#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let (_folder, file) = artifact();
    for command in COMMANDS {
        for form in ["text", "json", "jsonl", "csv"] {
            let out = ran(&file, &format!("{command} -o {form} --wide")).out;
            let steers = |letter: char| {
                letter.is_control() && letter != '\n' || ('\u{202a}'..='\u{202e}').contains(&letter)
            };
            assert!(!out.contains(steers), "{command} {form}: {out:?}");
            if form == "csv" {
                let cells = out.lines().flat_map(|line| line.split(','));
                let formula = cells
                    .map(|cell| cell.trim_matches('"'))
                    .find(|cell| cell.starts_with(['=', '+', '@']));
                assert_eq!(formula, None, "{command}: {out}");
            }
        }
    }
    let resources: serde_json::Value = serde_json::from_str(&ran(&file, "resources -o json").out).unwrap();
    let names: Vec<_> = resources["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["resource"]["displayName"])
        .collect();
    assert!(names.iter().any(|name| *name == world::HOSTILE), "{names:?}");
    assert!(names.iter().any(|name| *name == world::FORMULA), "{names:?}");
}

/// An id that a spreadsheet would take for a formula is not altered, so there is no CSV of it.
#[test]
fn an_id_is_never_altered() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    let hostile = world.resources[4].id.as_mut().unwrap();
    hostile.resource = "=1+1".into();
    let file = world::write(&folder.path().join("sync.c1z"), &world, "2026-11-24T10:00:00Z");
    let refused = ran(&file, "resources -o csv");
    assert_eq!(refused.exit, 9);
    insta::assert_snapshot!(refused.said);
    assert!(ran(&file, "resources -o jsonl").out.contains("\"=1+1\""));
}

/// Takes a few bytes and then nobody is there any more.
struct Closes(usize);

impl Write for Closes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (_folder, file) = artifact();
    for command in COMMANDS {
        let words = std::iter::once("c1z".to_owned()).chain(apart(command));
        let matches = clap::Command::new("c1z")
            .subcommands(commands())
            .get_matches_from(words);
        let (name, flags) = matches.subcommand().unwrap();
        let here = Surroundings {
            file: Some(file.clone()),
            ..Surroundings::default()
        };
        run(name, flags, &here, &mut Closes(10), &mut Vec::new()).unwrap();
    }
}
