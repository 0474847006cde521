//! Commands that look into an artifact: they need no settings, no credential and no network.

use crate::app::{App, Modes};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use clap::Command;
use clap::error::ErrorKind;
use review_cli::Surroundings;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::PoisonError;

/// The commands that a program offers, by name and in one sentence.
pub(crate) fn offered(app: &App) -> Vec<Command> {
    match app.modes {
        Modes::All => review_cli::commands()
            .into_iter()
            .filter(|command| command.get_name() != "plan")
            .map(|command| {
                let about = command.get_about().cloned().unwrap_or_default();
                Command::new(command.get_name().to_owned()).about(about)
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The words of such a command, where the command line asks for one.
pub(crate) fn asked(app: &App, host: &Host) -> Option<Vec<OsString>> {
    match app.modes {
        // A plan with the state at the vendor is made here.
        Modes::All => review_cli::split(&host.arguments).filter(|words| {
            let is = |word: &OsString, text: &str| word.to_str() == Some(text);
            !words.first().is_some_and(|first| is(first, "plan"))
                || words.iter().any(|word| is(word, "--offline"))
        }),
        _ => None,
    }
}

/// Runs the command and prints its answer.
///
/// # Errors
/// Why it cannot be answered, and that differences or findings were found.
pub(crate) fn look(app: &App, host: &Host, words: Vec<OsString>) -> Result<()> {
    let command = Command::new(app.name)
        .max_term_width(110)
        .subcommands(review_cli::commands());
    let words = std::iter::once(OsString::from(app.name)).chain(words);
    let matches = match command.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            return host.print(host.styled(&error).trim_end());
        }
        Err(error) => {
            let text = error.to_string();
            let said = text.lines().next().unwrap_or_default();
            return Err(Error::configuration(said.trim_start_matches("error: "))
                .with_hint("--help behind the command lists its flags"));
        }
    };
    let Some((name, flags)) = matches.subcommand() else {
        return Err(Error::configuration("there is no such command"));
    };
    let variable = |name| {
        Ok(host
            .environment
            .get(name)?
            .map(|value| host.directory.join(value)))
    };
    let here = Surroundings {
        directory: host.directory.clone(),
        file: host.environment.get("BATON_FILE")?.map(PathBuf::from),
        temp_dirs: variable("BATON_TMPDIR")?.into_iter().collect(),
        screen: host.screen,
        pager: review_cli::pager(host.environment.of_others("PAGER")),
        is_coloured: host.colours.stdout,
    };
    let mut notes = Vec::new();
    let mut out = host.stdout.lock().unwrap_or_else(PoisonError::into_inner);
    let ran = review_cli::run(name, flags, &here, &mut **out, &mut notes);
    for note in String::from_utf8_lossy(&notes).lines() {
        host.stderr.line(note);
    }
    ran.map_err(|error| self::error(&error))
}

/// An error of a command that looks into an artifact, as a run ends with it.
pub(crate) fn error(error: &review_cli::Error) -> Error {
    let told = Error::new(Outcome::numbered(error.number()), error.to_string());
    match error.hint() {
        Some(hint) => told.with_hint(hint),
        None => told,
    }
}
