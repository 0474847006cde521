//! A whole run: from the command line to the exit code.

use crate::app::App;
use crate::config::{self, Command, Parsed, Settings, Table, name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output::{self, Format, LogLayer};
use crate::sync;
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Runs a program: reads its command line, does what it says, and answers with the exit code.
///
/// Data goes to stdout, everything else to stderr; the last line there says why the program did not end with 0.
pub fn run(app: &App) -> ExitCode {
    run_on(app, &Host::of_process()).into()
}

pub(crate) fn run_on(app: &App, host: &Host) -> Outcome {
    match execute(app, host) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            host.stderr.clear();
            host.stderr.line(&format!("{}: {error}", app.name));
            error.outcome()
        }
    }
}

fn execute(app: &App, host: &Host) -> Result<()> {
    let table = Table::of(app);
    let (command, flags) = match config::parse(app, &table, &host.arguments)? {
        Parsed::Print(text) => return print(host, text.trim_end()),
        Parsed::Run(command, flags) => (command, flags),
    };
    match command {
        Command::Capabilities => print(host, &output::capabilities(&*app.source.describe()?)?),
        Command::Config => print(host, &output::configuration(&app.schema, &table)?),
        Command::Sync => {
            let settings = config::resolve(&table, &flags, &host.environment, &host.directory)?;
            host.stderr.hide(settings.secrets());
            let format = open_log(host, &settings);
            for variable in settings.unused_environment() {
                tracing::warn!(variable, "this environment variable has no meaning here");
            }
            for (setting, from) in settings.changed() {
                tracing::debug!(setting, from, "set");
            }
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|error| {
                    Error::new(Outcome::NotUnderstood, format!("cannot start threads: {error}"))
                })?;
            let result = runtime.block_on(sync::sync(app, host, &settings));
            // Work that is still blocked, after a second signal for example, must not hold the process.
            runtime.shutdown_background();
            if let (Format::Json, Err(error)) = (format, &result) {
                // Collectors of JSON lines do not read the plain last line.
                let exit_code = error.outcome().number();
                match error.outcome() {
                    Outcome::Gaps | Outcome::Interrupted => tracing::warn!(exit_code, "{error}"),
                    _ => tracing::error!(exit_code, "{error}"),
                }
            }
            result
        }
    }
}

pub(crate) fn print(host: &Host, data: &str) -> Result<()> {
    host.print(data)
        .map_err(|error| Error::configuration(format!("cannot write to standard output: {error}")))
}

fn open_log(host: &Host, settings: &Settings) -> Format {
    let format = match settings.text(name::LOG_FORMAT) {
        Some("json") => Format::Json,
        Some(_) => Format::Console,
        None if host.stderr.is_terminal() => Format::Console,
        None => Format::Json,
    };
    let layer = LogLayer {
        format,
        stderr: Arc::clone(&host.stderr),
        clock: Arc::clone(&host.clock),
    };
    let filter = output::filter(settings.text(name::LOG_LEVEL).unwrap_or("info"));
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter));
    if host.owns_log {
        // It fails only where the program installed a log of its own, which then is the log.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
    format
}
