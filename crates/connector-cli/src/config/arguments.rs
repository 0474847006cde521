//! The command line: flags made from the table of settings, commands, and what is refused by name.

use super::changes;
use super::decided::{self, APPLY, PLAN};
use super::environment::Environment;
use super::existing::{Existing, REFUSED_COMMANDS, Takes};
use super::setting::{Group, Setting};
use super::shared;
use super::table::Table;
use super::usage::usage_error;
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
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use connector_sdk::{Field, FieldKind};
use review_cli::{COMPLETION, MAN, long_version, own_commands};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Parsed {
    /// Help or version, to be printed.
    Print(clap::Error),
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
    /// Print a completion script, or manual pages.
    Own(&'static str, ArgMatches),
    /// Write a configuration file.
    Init,
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
    let mut command = command(app, table);
    let matches = match command.try_get_matches_from_mut(arguments) {
        Ok(matches) => matches,
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Ok(Parsed::Print(error)),
            _ => return Err(usage_error(&command, &error, table, arguments)),
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
        Some((COMPLETION, asked)) => Command::Own(COMPLETION, asked.clone()),
        Some((MAN, asked)) => Command::Own(MAN, asked.clone()),
        Some((INIT, _)) => Command::Init,
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
    let chosen = early(arguments, environment, shared::name::LOG_FORMAT);
    Format::of(chosen.as_deref(), is_terminal)
}

/// A setting as flag or environment give it, before either is read as a whole.
pub(crate) fn early(arguments: &[OsString], environment: &Environment, name: &'static str) -> Option<String> {
    let variable = Field::switch(name, "", "").environment_name();
    review_cli::early(arguments, name).or_else(|| environment.get(&variable).ok().flatten())
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
        .long_version(long_version(app.version, app.commit))
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
        .arg(
            meta(
                "version",
                'v',
                "Print the version (-v), with commit and formats (--version)",
                ArgAction::Version,
            )
            .short_alias('V'),
        )
        .arg(
            meta(
                "help",
                'h',
                "Print help: what is needed to begin (-h), everything (--help)",
                ArgAction::Help,
            )
            .global(true),
        )
        .subcommand(clap::Command::new("capabilities").about("Print what the connector can do, as JSON"))
        .subcommand(clap::Command::new("config").about("Print the settings that a console offers, as JSON"))
        .subcommand(clap::Command::new(INIT).about(
            "Write a configuration file with every setting explained (--config-path, else .baton.yaml), and check it",
        ))
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
        .subcommands(own_commands())
        .subcommands(refused_commands)
        .after_help(format!(
            "{} --help lists every setting and says where else it can be given.\nBegin with: {0} init, {0} doctor{}",
            app.name,
            if app.demo.is_some() { format!(", {} --demo", app.name) } else { String::new() },
        ))
        .after_long_help(format!(
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

/// The command line with the flags of every command, for completion scripts and manual pages.
pub(crate) fn whole(app: &App, table: &Table) -> clap::Command {
    let mut command = command(app, table);
    let full = review_cli::commands();
    for offered in review::offered(app) {
        let name = offered.get_name();
        if let Some(full) = full.iter().find(|full| full.get_name() == name) {
            command = command.mut_subcommand(name, |_| full.clone());
        }
    }
    command
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

const INIT: &str = "init";
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
        .hide_short_help(!setting.common)
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
