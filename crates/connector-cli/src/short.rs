//! Programs of one step, with a command line of their own.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::output::{plain, plain_lines};
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs a program that does one thing: what it comes to is a text on stdout, why it does not is the last line on stderr,
/// after the name of the program. What could steer a terminal is taken out of both.
///
/// ```
/// use connector_cli::{Error, run_short};
///
/// let ended = run_short("greet", async { Ok("hello".to_owned()) });
/// assert_eq!(ended, std::process::ExitCode::SUCCESS);
/// let ended = run_short("greet", async { Err(Error::configuration("nobody is named")) });
/// assert_eq!(ended, std::process::ExitCode::from(2));
/// ```
pub fn run_short(name: &str, work: impl Future<Output = Result<String>>) -> ExitCode {
    let done = tokio::runtime::Runtime::new()
        .map_err(|error| Error::new(Outcome::NotUnderstood, format!("cannot start threads: {error}")))
        .and_then(|runtime| runtime.block_on(work));
    // A reader that went away is no failure of the work, and there is nowhere left to tell any other.
    match done {
        Ok(text) => {
            let _ = writeln!(io::stdout(), "{}", plain_lines(&text));
            Outcome::Done.into()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "{name}: {}", plain(&error.to_string()));
            error.outcome().into()
        }
    }
}
