//! The commands as a person types them, on artifacts of several writers, in every form.

mod bad;
#[cfg(unix)]
mod browser;
mod compare;
mod decide;
mod explain;
mod export;
mod findings;
mod lists;
mod report;
mod samples;
mod world;

use review_cli::{Surroundings, commands, run};
use std::path::{Path, PathBuf};

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: u8,
    pub(crate) out: String,
    /// What was said where it did not end with 0.
    pub(crate) said: String,
    /// What has to be known to understand the answer.
    pub(crate) notes: String,
}

/// Runs a command with its words on this artifact, on a terminal of this width or on none.
pub(crate) fn on_screen(file: &Path, words: &str, screen: Option<usize>) -> Ran {
    let here = Surroundings {
        file: Some(file.to_owned()),
        screen,
        ..Surroundings::default()
    };
    let words = std::iter::once("c1z".to_owned()).chain(apart(words));
    let matches = clap::Command::new("c1z")
        .subcommands(commands())
        .try_get_matches_from(words)
        .unwrap();
    let (name, flags) = matches.subcommand().unwrap();
    let mut out = Vec::new();
    let mut notes = Vec::new();
    let ran = run(name, flags, &here, &mut out, &mut notes);
    let notes = String::from_utf8(notes).unwrap();
    let out = String::from_utf8(out).unwrap();
    match ran {
        Ok(()) => Ran {
            exit: 0,
            out,
            said: String::new(),
            notes,
        },
        Err(error) => {
            let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
            Ran {
                exit: error.number(),
                out,
                notes,
                said: review_cli::plain(&format!("{error}{hint}")),
            }
        }
    }
}

/// Words apart by blanks, where no quotes hold them together.
pub(crate) fn apart(words: &str) -> Vec<String> {
    let mut apart = vec![String::new()];
    let mut quoted = false;
    for letter in words.chars() {
        match (letter, apart.last_mut()) {
            ('\'', _) => quoted = !quoted,
            (' ', _) if !quoted => apart.push(String::new()),
            (letter, Some(word)) => word.push(letter),
            (_, None) => {}
        }
    }
    apart
}

pub(crate) fn ran(file: &Path, words: &str) -> Ran {
    on_screen(file, words, None)
}

/// The answer of a command that ends with 0.
pub(crate) fn said(file: &Path, words: &str) -> String {
    let ran = ran(file, words);
    assert_eq!((ran.exit, ran.said.as_str()), (0, ""), "{words}");
    ran.out
}

/// The answers in every form, one below the other.
pub(crate) fn every_form(file: &Path, words: &str) -> String {
    let form = |form: &str| format!("--- {form}\n{}", said(file, &format!("{words} -o {form}")));
    ["text", "json", "jsonl", "csv"].map(form).concat()
}

/// An artifact that the Go SDK wrote.
pub(crate) fn of_go() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../c1z-file/tests/fixtures/reference-sqlite-tiny.c1z")
}

/// The world, in a folder that goes with the answer.
pub(crate) fn artifact() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = world::write(
        &folder.path().join("sync.c1z"),
        &world::world(),
        "2026-11-24T10:00:00Z",
    );
    (folder, file)
}
