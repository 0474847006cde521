//! What a run sees of the machine.

use crate::config::{self, Environment};
use crate::error::{Error, Result};
use crate::output::{Stderr, TaskLogs};
use crate::signal::Stops;
use connector_runtime::{Clock, SystemClock};
use jiff::tz::TimeZone;
use review_cli::Colours;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The machine, as a run sees it.
pub(crate) struct Host {
    /// The command line, the program's own name first.
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Environment,
    /// Where a configuration file is looked for, and what relative paths are relative to.
    pub(crate) directory: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    /// The zone of the times in artifacts.
    pub(crate) zone: TimeZone,
    /// Who runs the program, for audit logs: login name and machine.
    pub(crate) actor: String,
    pub(crate) stderr: Arc<Stderr>,
    pub(crate) stdout: Mutex<Box<dyn Write + Send>>,
    /// The width of the terminal that stdout is; none where it is none.
    pub(crate) screen: Option<usize>,
    /// Which outputs are shown in colours.
    pub(crate) colours: Colours,
    pub(crate) stops: Stops,
    /// What is told of tasks that are debugged.
    pub(crate) task_logs: TaskLogs,
    /// Whether a person sits at the terminal who can be asked.
    pub(crate) is_attended: bool,
    /// Whether events of the whole process go to this run's log.
    pub(crate) owns_log: bool,
}

impl Host {
    /// The machine this process runs on.
    pub(crate) fn of_process() -> Self {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        let environment = Environment::of_process();
        let chosen = config::early(&arguments, &environment, config::name::COLOR);
        let colours = Colours::of_process(chosen.as_deref());
        let stderr = Stderr::new(Box::new(io::stderr()), io::stderr().is_terminal());
        let stderr = Arc::new(stderr.coloured(colours.stderr));
        Self {
            task_logs: TaskLogs::new(Arc::clone(&stderr), Arc::new(SystemClock)),
            arguments,
            environment,
            directory: PathBuf::new(),
            clock: Arc::new(SystemClock),
            zone: TimeZone::system(),
            actor: actor(),
            stderr,
            stdout: Mutex::new(Box::new(io::stdout())),
            screen: review_cli::screen(),
            colours,
            stops: Stops::default(),
            is_attended: io::stdin().is_terminal() && io::stderr().is_terminal(),
            owns_log: true,
        }
    }

    /// Asks the person at the terminal, and waits for a line.
    ///
    /// # Errors
    /// Where nothing can be read.
    pub(crate) async fn answer(&self, question: &str) -> Result<String> {
        self.stderr.line(question);
        let read = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).map(|_| answer)
        });
        let read = read.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        read.map_err(|error| Error::configuration(format!("cannot read the answer: {error}")))
    }

    /// The help that the reader of a command line answers with, in colours where stdout has them.
    pub(crate) fn styled(&self, help: &clap::Error) -> String {
        let text = help.render();
        match self.colours.stdout {
            true => text.ansi().to_string(),
            false => text.to_string(),
        }
    }

    /// Writes data to stdout, ended by a line break. The secrets of the settings are taken out: a vendor may echo them.
    ///
    /// # Errors
    /// Where it cannot be written. A reader that went away, like `head`, is no error.
    pub(crate) fn print(&self, data: &str) -> Result<()> {
        let mut out = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        match writeln!(out, "{}", self.stderr.scrubbed(data)).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::configuration(format!(
                "cannot write to standard output: {error}"
            ))),
            _ => Ok(()),
        }
    }
}

/// Login name and machine, as the system knows them; a user without a name is known by its number.
fn actor() -> String {
    let user = whoami::username().unwrap_or_else(|_| nameless());
    let machine = whoami::hostname().unwrap_or_else(|_| "unknown machine".to_owned());
    format!("{user} at {machine}")
}

#[cfg(unix)]
fn nameless() -> String {
    format!("user {}", rustix::process::geteuid().as_raw())
}

/// Users have no number there.
#[cfg(not(unix))]
fn nameless() -> String {
    "unknown user".to_owned()
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}
