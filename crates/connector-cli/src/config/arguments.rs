//! The command line: flags made from the table of settings, commands, and what is refused by name.

use super::changes;
use super::decided::{self, APPLY, PLAN};
use super::environment::Environment;
use super::existing::{Existing, REFUSED_COMMANDS, Takes};
use super::setting::{Group, Setting};
use super::shared;
use super::table::Table;
use crate::app::{App, Modes};
use crate::apply::ApplyAsked;
use crate::daemon::Probe;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::output::Format;
use crate::plan::PlanAsked;
use crate::review;
use crate::serve::Server;
use clap::builder::NonEmptyStringValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use connector_sdk::FieldKind;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// Help or version, to be printed.
    Print(String),
    /// A command, with the texts of the flags that were given.
    Run(Command, Flags),
}

/// The texts of the given flags, by name.
pub(crate) type Flags = BTreeMap<&'static str, Vec<String>>;

/// The commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// No command: sync, or what the settings ask for.
    Run,
    /// Print what the connector can do.
    Capabilities,
    /// Print the settings that a console offers.
    Config,
    /// Check what the connector needs.
    Doctor {
        /// Whether to send writes that the vendor has to refuse.
        probe_writes: bool,
    },
    /// Ask a running daemon how it is.
    HealthCheck(Probe),
    /// Serve the connector.
    Serve(Server),
    /// Plan what reviewers decided.
    Plan(PlanAsked),
    /// Carry a plan out.
    Apply(ApplyAsked),
}

/// Reads the command line. The first argument is the program's own name.
///
/// # Errors
/// Usage errors as [`Outcome::Configuration`]; refused flags and commands as [`Outcome::NotOffered`].
pub(crate) fn parse(app: &App, table: &Table, arguments: &[OsString]) -> Result<Parsed> {
    let matches = match command(app, table).try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                return Ok(Parsed::Print(error.to_string()));
            }
            _ => return Err(usage_error(&error, table, arguments)),
        },
    };
    let texts = |name: &str| -> Vec<String> {
        let texts = matches.get_many::<String>(name);
        texts.into_iter().flatten().cloned().collect()
    };
    for (name, existing) in Existing::all().filter(|(name, _)| given(&matches, name)) {
        for text in texts(name) {
            existing.check(&text, &format!("--{name}"))?;
        }
    }
    let mut asked = Vec::new();
    let command = match matches.subcommand() {
        None => Command::Run,
        Some(("capabilities", _)) => Command::Capabilities,
        Some(("config", _)) => Command::Config,
        Some(("doctor", doctor)) => Command::Doctor {
            probe_writes: doctor.get_flag(PROBE_WRITES),
        },
        Some((HEALTH_CHECK, asked)) => Command::HealthCheck(probe(asked)?),
        Some((PLAN, asked)) => Command::Plan(decided::plan(asked)),
        Some((APPLY, asked)) => Command::Apply(decided::apply(asked)?),
        Some((SERVE, _)) => Command::Serve(Server::Network),
        Some((CONNECTOR_SERVICE, _)) => Command::Serve(Server::Parent),
        Some((name, arguments)) => match app.verbs.iter().find(|verb| verb.command.get_name() == name) {
            Some(verb) => {
                asked = (verb.settings)(arguments)?;
                Command::Run
            }
            None if review::offered(app)
                .iter()
                .any(|offered| offered.get_name() == name) =>
            {
                return Err(Error::configuration(format!(
                    "{name} looks into an artifact: settings have no effect on it"
                ))
                .with_hint(format!(
                    "Put the flags of {name} behind it; {name} --help lists them"
                )));
            }
            None => {
                let refused = REFUSED_COMMANDS.iter().find(|(refused, _)| *refused == name);
                return Err(not_offered(
                    name,
                    refused.map_or("it is unknown", |(_, why)| *why),
                ));
            }
        },
    };
    let mut flags: Flags = table
        .settings
        .iter()
        .map(Setting::name)
        .chain(Existing::all().map(|(name, _)| name))
        .filter(|name| given(&matches, name))
        .map(|name| (name, texts(name)))
        .collect();
    for (name, value) in asked {
        if flags.insert(name, vec![value]).is_some() {
            return Err(Error::configuration(format!("--{name} is given twice"))
                .with_hint("Leave the flag out: the command says the same"));
        }
    }
    Ok(Parsed::Run(command, flags))
}

/// The form of the log for errors of the settings themselves: what flag or environment ask for, right or wrong.
pub(crate) fn log_format(arguments: &[OsString], environment: &Environment, is_terminal: bool) -> Format {
    let flag = format!("--{}", shared::name::LOG_FORMAT);
    let mut texts = arguments.iter().map_while(|argument| argument.to_str());
    let given = texts.find_map(|text| {
        let rest = text.strip_prefix(&flag)?;
        Some(rest.strip_prefix('=').map(ToOwned::to_owned))
    });
    let given = given.map(|value| {
        value
            .or_else(|| texts.next().map(ToOwned::to_owned))
            .unwrap_or_default()
    });
    let chosen = given.or_else(|| environment.get("BATON_LOG_FORMAT").ok().flatten());
    Format::of(chosen.as_deref(), is_terminal)
}

fn not_offered(what: &str, why: &str) -> Error {
    Error::new(Outcome::NotOffered, format!("{what}: {why}"))
}

fn given(matches: &ArgMatches, name: &str) -> bool {
    matches.value_source(name) == Some(ValueSource::CommandLine)
}

fn command(app: &App, table: &Table) -> clap::Command {
    let existing = Existing::all().map(|(name, existing)| {
        let arg = match existing.takes {
            Takes::Value => hidden(name).num_args(1).allow_hyphen_values(true),
            Takes::Switch => switch(hidden(name), "true"),
        };
        arg.action(ArgAction::Append)
    });
    let refused_commands = REFUSED_COMMANDS
        .iter()
        .map(|(name, _)| of_others(clap::Command::new(*name).hide(true)));
    clap::Command::new(app.name)
        .about(app.about)
        .version(format!("version {}", app.version))
        .disable_version_flag(true)
        .disable_help_flag(true)
        .max_term_width(110)
        .args(
            table
                .settings
                .iter()
                .map(|setting| flag(setting, table).hide(!shown(app, setting))),
        )
        .args(existing)
        .arg(meta("version", 'v', "Print the version", ArgAction::Version))
        .arg(meta("help", 'h', "Print this help", ArgAction::Help).global(true))
        .subcommand(clap::Command::new("capabilities").about("Print what the connector can do, as JSON"))
        .subcommand(clap::Command::new("config").about("Print the settings that a console offers, as JSON"))
        .subcommands(app.doctor.then(doctor))
        .subcommands((app.modes == Modes::All).then(served).into_iter().flatten())
        .subcommands(
            (app.modes == Modes::All)
                .then(decided::commands)
                .into_iter()
                .flatten(),
        )
        .subcommands(review::offered(app).into_iter().map(of_others))
        .subcommands(app.verbs.iter().map(|verb| verb.command.clone()))
        .subcommands(refused_commands)
        .after_help(format!(
            "{}Every setting can also be given in the environment (BATON_LOG_LEVEL), and in the\n\
             configuration file (log-level: debug) unless it asks for a change. A flag wins over\n\
             the environment, the environment over the file. Flags show in the process list: give\n\
             a secret in the environment, or name a file that holds it, - for standard input.",
            match app.modes {
                Modes::All => "Without a command, it syncs, or makes the one change that a flag asks for.\n",
                _ => "",
            }
        ))
}

/// Whether help shows a setting: it means something for what the program does, and no command of its own says the same.
fn shown(app: &App, setting: &Setting) -> bool {
    let of_syncs_alone = [
        shared::name::RESOURCE_TYPES,
        shared::name::TARGETS,
        shared::name::SKIP_ACCESS,
        shared::name::ALLOW_GAPS,
    ];
    setting.offered
        && match app.modes {
            Modes::All => true,
            Modes::Sync => ![Group::Change, Group::Service].contains(&setting.group),
            Modes::Changes | Modes::Actions => {
                setting.group != Group::Service
                    && !of_syncs_alone.contains(&setting.name())
                    && !changes::asks(setting.name())
            }
        }
}

const SERVE: &str = "serve";
const CONNECTOR_SERVICE: &str = "_connector-service";

const HEALTH_CHECK: &str = "health-check";
const ENDPOINT: &str = "endpoint";
const TIMEOUT: &str = "timeout";

/// What a running daemon can be asked.
const ENDPOINTS: [&str; 3] = ["health", "ready", "live"];

/// What is asked of a running daemon.
fn probe(asked: &ArgMatches) -> Result<Probe> {
    let text = |name: &str| {
        asked
            .get_one::<String>(name)
            .map(String::as_str)
            .unwrap_or_default()
    };
    let endpoint = ENDPOINTS.into_iter().find(|endpoint| *endpoint == text(ENDPOINT));
    let endpoint = endpoint.ok_or_else(|| {
        Error::configuration(format!(
            "--{ENDPOINT}: {:?} is none of {}",
            text(ENDPOINT),
            ENDPOINTS.join(", ")
        ))
    })?;
    let seconds = match text(TIMEOUT) {
        // The vendor is asked for these two, and the daemon waits half a minute for it.
        "" if endpoint != "live" => Some(35),
        "" => Some(5),
        given => given.trim_end_matches('s').parse::<u64>().ok(),
    };
    let seconds = seconds.filter(|seconds| *seconds > 0).ok_or_else(|| {
        Error::configuration(format!(
            "--{TIMEOUT}: {:?} is no number of seconds",
            text(TIMEOUT)
        ))
    })?;
    Ok(Probe {
        endpoint,
        timeout: Duration::from_secs(seconds),
    })
}

/// The commands of a connector that runs on.
fn served() -> [clap::Command; 3] {
    let value =
        |name, default: &'static str, help| Arg::new(name).long(name).default_value(default).help(help);
    [
        clap::Command::new(HEALTH_CHECK)
            .about("Ask a connector that works for C1 on this machine how it is")
            .arg(value(
                ENDPOINT,
                ENDPOINTS[0],
                "What is asked: health, ready, live",
            ))
            .arg(
                Arg::new(TIMEOUT)
                    .long(TIMEOUT)
                    .value_name("SECONDS")
                    .help("How long it may take [default: 5 for live, 35 where the vendor is asked]"),
            ),
        clap::Command::new(SERVE).about("Serve the connector to a platform over gRPC, until it is stopped"),
        clap::Command::new(CONNECTOR_SERVICE).hide(true),
    ]
}

const PROBE_WRITES: &str = "probe-writes";

fn doctor() -> clap::Command {
    clap::Command::new("doctor")
        .about("Check key, rights and endpoints without changing anything, and say what to do")
        .arg(
            Arg::new(PROBE_WRITES)
                .long(PROBE_WRITES)
                .help(
                    "Also send writes that the vendor must refuse for their arguments, to learn what is open",
                )
                .action(ArgAction::SetTrue),
        )
}

/// A command whose arguments are not read here.
fn of_others(command: clap::Command) -> clap::Command {
    let rest = Arg::new("rest")
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true);
    command.disable_help_flag(true).arg(rest)
}

fn meta(name: &'static str, short: char, help: &'static str, action: ArgAction) -> Arg {
    Arg::new(name)
        .short(short)
        .long(name)
        .help(help)
        .action(action)
        .help_heading("Output")
}

fn flag(setting: &Setting, table: &Table) -> Arg {
    let mut arg = Arg::new(setting.name())
        .long(setting.name())
        .help(help(setting))
        .help_heading(table.heading(setting.group).to_owned())
        .value_name(setting.value_word)
        .global(true);
    if !setting.takes_nothing_for_default() {
        arg = arg.value_parser(NonEmptyStringValueParser::new());
    }
    if let Some(short) = setting.short {
        arg = arg.short(short);
    }
    if matches!(setting.field.kind, FieldKind::Number { .. }) {
        arg = arg.allow_negative_numbers(true);
    }
    if let Some(bare) = setting.bare {
        arg = switch(arg, bare);
    }
    match setting.field.kind {
        FieldKind::List => arg.action(ArgAction::Append),
        _ => arg.action(ArgAction::Set),
    }
}

/// A flag that may stand without a value; a value needs `=`, so that it never takes the next argument.
fn switch(arg: Arg, bare: &'static str) -> Arg {
    arg.num_args(0..=1)
        .require_equals(true)
        .default_missing_value(bare)
}

fn hidden(name: &'static str) -> Arg {
    Arg::new(name).long(name).hide(true).global(true)
}

fn help(setting: &Setting) -> String {
    let mut notes = Vec::new();
    if setting.field.required {
        notes.push("required".to_owned());
    }
    if !setting.choices.is_empty() {
        notes.push(setting.choices.join(", "));
    }
    let default = setting.default_shown();
    if !default.is_empty() {
        notes.push(format!("default: {default}"));
    }
    if setting.field.required || setting.file_of.is_some() || !setting.field.further_environment.is_empty() {
        notes.push(format!("env: {}", setting.environment_names().join(", ")));
    }
    if setting.field.secret {
        notes.push("a flag shows in the process list".to_owned());
    }
    match notes.as_slice() {
        [] => setting.field.description.to_owned(),
        notes => format!("{} [{}]", setting.field.description, notes.join("; ")),
    }
}

/// A usage error in one line. What was typed is repeated only where it looks like a flag or a word: a misplaced argument
/// may be a secret.
fn usage_error(error: &clap::Error, table: &Table, arguments: &[OsString]) -> Error {
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
    let suggested = text(ContextKind::SuggestedArg).or_else(|| text(ContextKind::SuggestedSubcommand));
    let similar = named.as_deref().or(suggested);
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
