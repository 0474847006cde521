//! Commands about a program itself: completion scripts of shells, and manual pages.

use crate::command;
use crate::error::Error;
use crate::run::Surroundings;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command};
use clap_complete::Generator;
use clap_complete::shells::{Bash, Fish, PowerShell, Zsh};
use clap_mangen::Man;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The name of the command that prints a completion script.
pub const COMPLETION: &str = "completion";
/// The name of the command that prints manual pages.
pub const MAN: &str = "man";

const SHELL: &str = "shell";
const OUT: &str = "out";

/// What the programs read and write, for the long form of `--version`.
pub const FORMATS: &str = "artifacts: reads and writes .c1z version 1 (SQLite) and version 3 (Pebble)";

/// The long form of `--version`: the version, the commit where the build knew it, and the formats.
pub fn long_version(version: &str, commit: Option<&str>) -> String {
    match commit.filter(|commit| !commit.is_empty()) {
        Some(commit) => format!("version {version} (commit {commit})\n{FORMATS}"),
        None => format!("version {version}\n{FORMATS}"),
    }
}

/// The commands, for the command line of a program.
pub fn own_commands() -> [Command; 2] {
    [
        Command::new(COMPLETION)
            .about("Print a completion script for a shell")
            .arg(
                Arg::new(SHELL)
                    .value_name("SHELL")
                    .help("The shell: bash, zsh, fish, powershell")
                    .required(true)
                    .hide_possible_values(true)
                    .value_parser(PossibleValuesParser::new([
                        "bash",
                        "zsh",
                        "fish",
                        "powershell",
                    ])),
            ),
        Command::new(MAN)
            .about("Print the manual page, or write one of each command")
            .arg(command::value(
                OUT,
                "DIR",
                "The folder to write the pages into, one file a command; the program's own is printed without it",
            )),
    ]
}

/// Runs one of [`own_commands`] for the whole command line of a program.
///
/// # Errors
/// Where a page or the script cannot be written.
pub fn run_own(
    name: &str,
    flags: &ArgMatches,
    mut program: Command,
    here: &Surroundings,
    out: &mut dyn Write,
) -> Result<(), Error> {
    if name == COMPLETION {
        let script = script(command::text(flags, SHELL).unwrap_or_default(), &mut program);
        return written(out.write_all(&script).and_then(|()| out.flush()));
    }
    program.build();
    match command::text(flags, OUT) {
        None => written(
            page(&program)
                .and_then(|page| out.write_all(&page))
                .and_then(|()| out.flush()),
        ),
        Some(folder) => pages(&program, &here.directory.join(folder), out),
    }
}

/// That nobody reads it to its end is no error.
fn written(result: io::Result<()>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::unwritable(&error)),
        _ => Ok(()),
    }
}

fn script(shell: &str, program: &mut Command) -> Vec<u8> {
    let name = program.get_name().to_owned();
    match shell {
        "zsh" => generated(Zsh, program, name),
        "fish" => generated(Fish, program, name),
        "powershell" => generated(PowerShell, program, name),
        _ => generated(Bash, program, name),
    }
}

fn generated(shell: impl Generator, program: &mut Command, name: String) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, program, name, &mut script);
    script
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// Writes the page of a program and those of its commands, `NAME-COMMAND.1` each.
fn pages(program: &Command, folder: &Path, out: &mut dyn Write) -> Result<(), Error> {
    let failed = |error: &io::Error| Error::usage(format!("cannot write into {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let name = program.get_name();
    let commands = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help");
    let mut count = 0_usize;
    for command in std::iter::once(program.clone()).chain(commands.map(|command| {
        let full = format!("{name}-{}", command.get_name());
        command.clone().name(full)
    })) {
        let path = folder.join(format!("{}.1", command.get_name()));
        page(&command)
            .and_then(|page| fs::write(&path, page))
            .map_err(|error| failed(&error))?;
        count += 1;
    }
    written(writeln!(out, "wrote {count} pages into {}", folder.display()))
}
