//! The commands and their flags.

use crate::error::Error;
use crate::print::Form;
use access_review::Status;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;

pub(crate) const FILE: &str = "file";
pub(crate) const OUTPUT: &str = "output";
pub(crate) const WIDE: &str = "wide";
pub(crate) const SYNC: &str = "sync";
pub(crate) const TYPE: &str = "type";
pub(crate) const RESOURCE: &str = "resource";
pub(crate) const ENTITLEMENT: &str = "entitlement";
pub(crate) const PRINCIPAL: &str = "principal";
pub(crate) const EMAIL: &str = "email";
pub(crate) const STATUS: &str = "status";

/// The artifact where nobody names one.
pub(crate) const DEFAULT_FILE: &str = "sync.c1z";

/// The commands, for the command line of a program.
pub fn commands() -> Vec<Command> {
    vec![
        one("resource-types", "List the types of resources"),
        one(
            "resources",
            "List accounts, groups, workspaces and other resources",
        )
        .args([
            of_type(),
            resource("Those below this resource"),
            email(),
            status(),
        ]),
        one("entitlements", "List what can be held").args([of_type(), resource("Those on this resource")]),
        one("grants", "List who holds what, and how").args([
            of_type(),
            resource("Those of the entitlements of this resource"),
            entitlement("Those of this entitlement"),
            principal(),
            email(),
            status(),
        ]),
        one("principals", "List accounts, and what else holds something").args([
            of_type(),
            entitlement("Those that hold this entitlement"),
            email(),
            status(),
        ]),
        one("syncs", "List the syncs that the artifact holds"),
        one("stats", "Count resources, entitlements and grants by type"),
    ]
}

/// Takes a command line apart, the program's own name first, where it asks for one of these commands: the words without the
/// program's name, the command first. Before the name of the command only `--file` and `--output` may stand.
pub fn split(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let commands = commands();
    let mut before = Vec::new();
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        let text = argument.to_str()?;
        if commands.iter().any(|command| command.get_name() == text) {
            let words = std::iter::once(argument).chain(before).chain(rest);
            return Some(words.cloned().collect());
        }
        let (flag, value) = text
            .split_once('=')
            .map_or((text, None), |(flag, value)| (flag, Some(value)));
        match flag {
            "-f" | "--file" | "-o" | "--output" if value.is_none() => before.extend([argument, rest.next()?]),
            "--file" | "--output" => before.push(argument),
            _ => return None,
        }
    }
    None
}

/// A command with the flags that all of them have.
fn one(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about).args([
        value(FILE, "FILE", "The artifact [default: sync.c1z]").short('f'),
        value(
            OUTPUT,
            "FORM",
            "The form of the answer: text, json, jsonl, csv [default: text]",
        )
        .short('o')
        .alias("output-format")
        .hide_possible_values(true)
        .value_parser(PossibleValuesParser::new([
            "text", "console", "json", "jsonl", "csv",
        ])),
        switch(WIDE, "Show all columns, and nothing cut"),
        value(
            SYNC,
            "ID",
            "The sync to look at [default: the latest finished one]",
        ),
    ])
}

pub(crate) fn value(name: &'static str, word: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(word).help(help)
}

pub(crate) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
}

fn of_type() -> Arg {
    value(TYPE, "TYPE", "Only this type of resources; may be repeated")
        .short('t')
        .alias("resource-type")
        .action(ArgAction::Append)
}

fn resource(help: &'static str) -> Arg {
    value(RESOURCE, "NAME", help)
}

fn entitlement(help: &'static str) -> Arg {
    value(ENTITLEMENT, "NAME", help)
}

fn principal() -> Arg {
    value(
        PRINCIPAL,
        "NAME",
        "Those of this account or group: its id, address or name",
    )
}

fn email() -> Arg {
    value(EMAIL, "ADDRESS", "Only accounts with this address")
}

fn status() -> Arg {
    value(
        STATUS,
        "STATUS",
        "Only accounts with this status: enabled, disabled, deleted, unspecified",
    )
    .hide_possible_values(true)
    .value_parser(PossibleValuesParser::new(Status::ALL.map(Status::word)))
}

/// A text that may have been given. A flag that the command lacks was not.
pub(crate) fn text<'a>(matches: &'a ArgMatches, name: &str) -> Option<&'a str> {
    matches
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map(String::as_str)
}

/// Texts that may have been given.
pub(crate) fn texts(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches
        .try_get_many::<String>(name)
        .ok()
        .flatten()
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// The form that was asked for.
pub(crate) fn form(matches: &ArgMatches) -> Form {
    match text(matches, OUTPUT) {
        Some("json") => Form::Json,
        Some("jsonl") => Form::JsonLines,
        Some("csv") => Form::Csv,
        _ => Form::Text,
    }
}

/// The status that was asked for.
pub(crate) fn status_of(matches: &ArgMatches) -> Result<Option<Status>, Error> {
    let Some(word) = text(matches, STATUS) else {
        return Ok(None);
    };
    let found = Status::ALL.into_iter().find(|status| status.word() == word);
    found
        .map(Some)
        .ok_or_else(|| Error::usage(format!("--status: {word:?} is no status")))
}
