//! What is wrong with a command line, in one line for people.

use super::setting::Setting;
use super::table::Table;
use crate::error::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;

/// A usage error in one line. What was typed is repeated only where it looks like a flag or a word: a misplaced argument
/// may be a secret.
pub(super) fn usage_error(
    command: &clap::Command,
    error: &clap::Error,
    table: &Table,
    arguments: &[OsString],
) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let flag = argument.split([' ', '=']).next().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::UnknownArgument if is_word(flag.trim_start_matches('-')) && flag.starts_with('-') => {
            format!("there is no flag {flag}")
        }
        ErrorKind::UnknownArgument => format!("{} is not understood", typed(argument, arguments)),
        ErrorKind::InvalidSubcommand => {
            format!(
                "{} is not understood",
                typed(
                    text(ContextKind::InvalidSubcommand).unwrap_or_default(),
                    arguments
                )
            )
        }
        ErrorKind::InvalidValue if text(ContextKind::InvalidValue).is_none_or(str::is_empty) => {
            format!("{flag} needs a value")
        }
        ErrorKind::MissingRequiredArgument => format!("{argument} is missing"),
        ErrorKind::NoEquals => format!("the value of {flag} must follow an equals sign"),
        ErrorKind::ArgumentConflict => format!("{flag} is given twice"),
        ErrorKind::InvalidUtf8 => "an argument is not valid Unicode".to_owned(),
        _ => format!("{flag} cannot be used like this ({})", error.kind()),
    };
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    let named = named_otherwise(flag, table)
        .filter(|_| is_unknown)
        .map(|name| format!("--{name}"));
    let similar = named.or_else(|| match error.kind() {
        ErrorKind::UnknownArgument => {
            similar(flag.strip_prefix("--")?, &flags(command)).map(|name| format!("--{name}"))
        }
        ErrorKind::InvalidSubcommand => similar(text(ContextKind::InvalidSubcommand)?, &commands(command)),
        _ => None,
    });
    let misplaced = if argument.is_empty() {
        text(ContextKind::InvalidSubcommand)
    } else {
        Some(argument)
    };
    Error::configuration(message).with_hint(match (before(misplaced, table, arguments), similar) {
        (Some(flag), _) => format!("A value of --{flag} must follow an equals sign: --{flag}=…"),
        (None, Some(similar)) => format!("Did you mean {similar}? --help lists every flag"),
        (None, None) => "--help lists every flag".to_owned(),
    })
}

/// What a person may have meant, where it is close to what was typed.
fn similar(typed: &str, known: &[&str]) -> Option<String> {
    let limit = (typed.chars().count() / 3).clamp(1, 3);
    let distances = known
        .iter()
        .map(|name| (strsim::osa_distance(typed, name), *name));
    let nearest = distances.filter(|(distance, _)| *distance <= limit).min();
    nearest.map(|(_, name)| name.to_owned())
}

/// The flags that help shows: one that is refused is none to suggest.
fn flags(command: &clap::Command) -> Vec<&str> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    shown.filter_map(clap::Arg::get_long).collect()
}

/// The commands that help shows.
fn commands(command: &clap::Command) -> Vec<&str> {
    let shown = command.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(clap::Command::get_name).collect()
}

/// The flag before a misplaced argument, if it is one that may stand without a value.
fn before(misplaced: Option<&str>, table: &Table, arguments: &[OsString]) -> Option<&'static str> {
    let at = arguments
        .iter()
        .position(|argument| argument.to_str() == misplaced)?;
    let flag = arguments.get(at.checked_sub(1)?)?.to_str()?.strip_prefix("--")?;
    table
        .get(flag)
        .filter(|setting| setting.bare.is_some())
        .map(Setting::name)
}

/// The setting that has this flag's name in the environment, such as `BATON_API_TOKEN`, and another one as a flag.
fn named_otherwise(flag: &str, table: &Table) -> Option<&'static str> {
    let variable = format!(
        "BATON_{}",
        flag.strip_prefix("--")?.replace('-', "_").to_ascii_uppercase()
    );
    let has = |setting: &&Setting| setting.environment_names().contains(&variable);
    table.settings.iter().find(has).map(Setting::name)
}

/// Whether a text is a word that may be repeated: a secret has other characters, or more of them.
fn is_word(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '_');
    let few = text.chars().filter(char::is_ascii_digit).count() <= 2;
    !text.is_empty() && text.len() <= 48 && few && text.chars().all(|c| allowed(c) || c.is_ascii_digit())
}

/// A misplaced argument: its text where it is a word, else its place.
fn typed(argument: &str, arguments: &[OsString]) -> String {
    if is_word(argument) {
        format!("the argument {argument:?}")
    } else {
        let at = arguments.iter().position(|one| one.to_str() == Some(argument));
        match at {
            Some(at) => format!("argument {at}, which has no flag before it,"),
            None => "an argument without a flag before it".to_owned(),
        }
    }
}
