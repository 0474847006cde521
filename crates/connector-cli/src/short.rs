//! Programs of one step, with a command line of their own.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::output::{plain, plain_lines};
use std::io::{self, Write};
use std::process::ExitCode;

/// A setting that the work needs; `name` is what a person has to give: the flag, and the variable beside it.
///
/// ```
/// use connector_cli::given;
///
/// assert_eq!(given(Some("o-1"), "--organization-id (BATON_ORG)")?, "o-1");
/// let error = given(None, "--organization-id (BATON_ORG)").unwrap_err();
/// assert_eq!(error.to_string(), "not configured correctly: missing --organization-id (BATON_ORG)");
/// # Ok::<(), connector_cli::Error>(())
/// ```
///
/// # Errors
/// [`Outcome::Configuration`] where it is missing or empty.
pub fn given<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Error::configuration(format!("missing {name}")))
}

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
