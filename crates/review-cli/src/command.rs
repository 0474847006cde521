//! The commands and their flags.

use crate::colour::COLOR_CHOICES;
use crate::decide;
use crate::error::Error;
use crate::export;
use crate::findings;
use crate::output;
use crate::print::Form;
use crate::report;
use access_review::Status;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;

pub(crate) const FILE: &str = "file";
pub(crate) const OUTPUT: &str = "output";
pub(crate) const WIDE: &str = "wide";
pub(crate) const NO_PAGER: &str = "no-pager";
pub(crate) const SYNC: &str = "sync";
pub(crate) const TYPE: &str = "type";
pub(crate) const RESOURCE: &str = "resource";
pub(crate) const ENTITLEMENT: &str = "entitlement";
pub(crate) const PRINCIPAL: &str = "principal";
pub(crate) const EMAIL: &str = "email";
pub(crate) const STATUS: &str = "status";
pub(crate) const BEFORE: &str = "before";
pub(crate) const AFTER: &str = "after";
pub(crate) const FROM: &str = "from";
pub(crate) const TO: &str = "to";
pub(crate) const ONLY: &str = "only";
pub(crate) const COLOR: &str = "color";
pub(crate) const LIMIT: &str = "limit";
pub(crate) const TEXT: &str = "text";
pub(crate) const NAME: &str = "name";

/// The artifact where nobody names one.
pub(crate) const DEFAULT_FILE: &str = "sync.c1z";

/// The commands, for the command line of a program.
pub fn commands() -> Vec<Command> {
    vec![
        one(
            "find",
            "Find accounts, groups, workspaces and roles by name, address, login or id",
        )
        .args([
            place(
                TEXT,
                "TEXT",
                "What to look for; case and accents do not count, and a letter may be wrong",
            ),
            of_type(),
            value(LIMIT, "N", "How many to show [default: 20]"),
        ]),
        one("access", "Explain all that an account can reach, and why").args([place(
            NAME,
            "NAME",
            "The account: its address, login, id or name",
        )]),
        one("who-can", "Explain who holds an entitlement, and why").args([
            place(
                NAME,
                "NAME",
                "The entitlement: its id, its name, or group:Finance",
            ),
            email(),
            status(),
        ]),
        what_if(),
        one(
            "diagnostics",
            "List all that the sync could not read, and what else it found, with names",
        ),
        one(
            "findings",
            "List what asks for a decision, with why and what to do",
        )
        .args(findings::flags()),
        one(
            "licences",
            "Count the seats of apps, and those that could be taken back",
        )
        .args(findings::licence_flags()),
        one("decisions", "Write tables in which reviewers decide")
            .subcommand_required(true)
            .disable_help_subcommand(true)
            .subcommand(decide::new_command().args([
                of_type(),
                resource("Those of the entitlements of this resource"),
                entitlement("Those of this entitlement"),
                principal(),
                email(),
                status(),
            ])),
        one(
            decide::PLAN,
            "Work out what decisions come to, and write it as a plan",
        )
        .args(decide::plan_flags()),
        one(
            "report",
            "Write an access review as one HTML page, for a browser without a network",
        )
        .args(report::flags()),
        one(
            "export",
            "Write what the artifact says as a file for other programs",
        )
        .args(export::flags()),
        one(
            "sanitize",
            "Write an artifact of the same shape without personal data",
        )
        .args(output::flags()),
        one(
            "convert",
            "Write one sync of an artifact in the other form of the file",
        )
        .args(export::convert_flags()),
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
        one(
            "diff",
            "Compare two artifacts, or the two latest syncs of one; ends with 18 where they differ",
        )
        .args([
            Arg::new(BEFORE)
                .value_name("BEFORE")
                .help("The earlier artifact; alone, the one whose two latest syncs are compared"),
            Arg::new(AFTER).value_name("AFTER").help("The later artifact"),
            value(
                FROM,
                "ID",
                "The earlier sync [default: the latest one, of one artifact the one before]",
            ),
            value(TO, "ID", "The later sync [default: the latest one]"),
            value(
                ONLY,
                "WHAT",
                "Only accounts, resources, entitlements or grants; or privileged: what gives power over others",
            )
            .hide_possible_values(true)
            .value_parser(PossibleValuesParser::new([
                "accounts",
                "resources",
                "entitlements",
                "grants",
                "privileged",
            ])),
        ]),
        one(
            "verify",
            "Check that an artifact is sound; ends with 9 where it is not",
        ),
        one(
            "digest",
            "Print a hash of what a sync says, without when and by whom it was written",
        ),
        one("syncs", "List the syncs that the artifact holds"),
        one("stats", "Count resources, entitlements and grants by type"),
    ]
}

/// Takes a command line apart, the program's own name first, where it asks for one of these commands: the words without the
/// program's name, the command first. Before the name of the command only `--file`, `--output` and
/// `--color` may stand.
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
            "-f" | "--file" | "-o" | "--output" | "--color" if value.is_none() => {
                before.extend([argument, rest.next()?]);
            }
            "--file" | "--output" | "--color" => before.push(argument),
            _ => return None,
        }
    }
    None
}

fn what_if() -> Command {
    one(
        "what-if",
        "Work out what access would remain after a revocation, and through what",
    )
    .subcommand_required(true)
    .disable_help_subcommand(true)
    .subcommand(Command::new("revoke").about("If a grant were revoked").args([
        Arg::new("grant").value_name("GRANT").help("The id of the grant"),
        entitlement("The entitlement, in place of the id of the grant"),
        value(PRINCIPAL, "NAME", "Who holds it, in place of the id of the grant"),
    ]))
    .subcommand(
        Command::new("remove-member")
            .about("If somebody were removed from a group")
            .args([
                place("group", "GROUP", "The group: its id or name"),
                place("member", "NAME", "The member: its address, login, id or name"),
            ]),
    )
}

fn place(name: &'static str, word: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(word).help(help).required(true)
}

/// A number that may have been given.
pub(crate) fn number(matches: &ArgMatches, name: &str) -> Result<Option<usize>, Error> {
    let Some(text) = text(matches, name) else {
        return Ok(None);
    };
    match text.parse() {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => Err(Error::usage(format!("--{name}: {text:?} is no number from 1 up"))),
    }
}

/// Whether a switch is given.
pub(crate) fn is_set(matches: &ArgMatches, name: &str) -> bool {
    matches
        .try_get_one::<bool>(name)
        .ok()
        .flatten()
        .is_some_and(|set| *set)
}

/// A command with the flags that all of them have.
fn one(name: &'static str, about: &'static str) -> Command {
    let all = [
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
        switch(
            NO_PAGER,
            "Show text on a terminal at once, and not by $PAGER or less",
        ),
        value(
            SYNC,
            "ID",
            "The sync to look at [default: the latest finished one]",
        ),
        // It is read before everything else, by `early`.
        value(
            COLOR,
            "WHEN",
            "Whether to use colours: auto, always, never [default: auto]",
        )
        .hide_short_help(true)
        .hide_possible_values(true)
        .value_parser(PossibleValuesParser::new(COLOR_CHOICES)),
    ];
    Command::new(name)
        .about(about)
        .args(all.map(|arg| arg.global(true)))
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
