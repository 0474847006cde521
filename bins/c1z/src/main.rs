//! Looks into `.c1z` artifacts of any writer: lists, finds, explains and compares access. It needs no credential, reaches no
//! network and changes nothing.
#![forbid(unsafe_code)]

use review_cli::{Surroundings, commands, run};
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let matches = clap::Command::new("c1z")
        .about("Looks into a .c1z artifact: who has access to what, why, and what changed")
        .version(concat!("version ", env!("CARGO_PKG_VERSION")))
        .max_term_width(110)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands())
        .try_get_matches();
    let matches = match matches {
        Ok(matches) => matches,
        Err(error) => {
            // Nobody reads it where it cannot be printed.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let Some((name, flags)) = matches.subcommand() else {
        return ExitCode::from(2);
    };
    let Err(error) = run(name, flags, &surroundings(), &mut io::stdout().lock()) else {
        return ExitCode::SUCCESS;
    };
    let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
    let _ = writeln!(
        io::stderr(),
        "{}",
        review_cli::plain(&format!("c1z: {error}{hint}"))
    );
    ExitCode::from(error.number())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the environment is read"
)]
fn surroundings() -> Surroundings {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    Surroundings {
        file: variable("BATON_FILE").map(Into::into),
        temp_dirs: variable("BATON_TMPDIR").map(Into::into).into_iter().collect(),
        screen: review_cli::screen(),
        pager: review_cli::pager(std::env::var_os("PAGER")),
        ..Surroundings::default()
    }
}
