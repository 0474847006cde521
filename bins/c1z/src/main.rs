//! Looks into `.c1z` artifacts of any writer: lists, finds, explains and compares access. It needs no credential, reaches no
//! network and changes nothing.
#![forbid(unsafe_code)]

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command};
use review_cli::{
    COLOR_CHOICES, Colours, Shade, Surroundings, commands, early, long_version, own_commands, painted, run,
    run_own,
};
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let chosen = early(&arguments, COLOR);
    let colours = Colours::of_process(chosen.as_deref());
    let matches = match program().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let said = error.render();
            // Nobody reads it where it cannot be printed.
            let _ = match (error.use_stderr(), colours) {
                (true, Colours { stderr: true, .. }) => write!(io::stderr(), "{}", said.ansi()),
                (true, _) => write!(io::stderr(), "{said}"),
                (false, Colours { stdout: true, .. }) => write!(io::stdout(), "{}", said.ansi()),
                (false, _) => write!(io::stdout(), "{said}"),
            };
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let Some((name, flags)) = matches.subcommand() else {
        return ExitCode::from(2);
    };
    let here = surroundings(colours.stdout);
    let mut out = io::stdout().lock();
    let ran = if own_commands().iter().any(|own| own.get_name() == name) {
        run_own(name, flags, program(), &here, &mut out)
    } else {
        run(name, flags, &here, &mut out, &mut io::stderr())
    };
    let Err(error) = ran else {
        return ExitCode::SUCCESS;
    };
    let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
    let _ = writeln!(
        io::stderr(),
        "{} {}",
        painted("c1z:", Shade::Bad, colours.stderr),
        review_cli::plain(&format!("{error}{hint}"))
    );
    ExitCode::from(error.number())
}

const COLOR: &str = "color";

/// The whole command line.
fn program() -> Command {
    let long = long_version(env!("CARGO_PKG_VERSION"), option_env!("BUILD_COMMIT"));
    Command::new("c1z")
        .about("Looks into a .c1z artifact: who has access to what, why, and what changed")
        .version(concat!("version ", env!("CARGO_PKG_VERSION")))
        .long_version(long)
        .max_term_width(110)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new(COLOR)
                .long(COLOR)
                .value_name("WHEN")
                .help("Whether to use colours: auto, always, never [default: auto]")
                .hide_possible_values(true)
                .value_parser(PossibleValuesParser::new(COLOR_CHOICES)),
        )
        .subcommands(commands())
        .subcommands(own_commands())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the environment is read"
)]
fn surroundings(is_coloured: bool) -> Surroundings {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    Surroundings {
        file: variable("BATON_FILE").map(Into::into),
        temp_dirs: variable("BATON_TMPDIR").map(Into::into).into_iter().collect(),
        screen: review_cli::screen(),
        pager: review_cli::pager(std::env::var_os("PAGER")),
        is_coloured,
        ..Surroundings::default()
    }
}
