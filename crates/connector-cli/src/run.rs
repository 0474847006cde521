//! A whole run: from the command line to the exit code.

use crate::app::App;
use crate::apply::{self, ApplyAsked};
use crate::bucket;
use crate::change;
use crate::config::{self, Command, Mode, Parsed, Settings, Table, change_name, daemon_name, name};
use crate::daemon;
use crate::error::{Error, Result};
use crate::health_report::HealthReport;
use crate::host::Host;
use crate::init;
use crate::names::Wanted;
use crate::outcome::Outcome;
use crate::output::{self, Format, LogLayer, Stderr};
use crate::outputs;
use crate::permissions;
use crate::plan::{self, PlanAsked};
use crate::review;
use crate::serve::{self, Server};
use crate::signal;
use crate::sync;
use crate::telemetry::{self, Exporting};
use crate::threads;
use connector_runtime::{AppendError, LineFile};
use review_cli::Shade;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Arc, PoisonError};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Runs a program: reads its command line, does what it says, and answers with the exit code.
///
/// Data goes to stdout, everything else to stderr; the last line there says why the program did not end with 0.
pub fn run(app: &App) -> ExitCode {
    log_defects();
    run_on(app, &Host::of_process()).into()
}

pub(crate) fn run_on(app: &App, host: &Host) -> Outcome {
    let mut format = config::log_format(&host.arguments, &host.environment, host.stderr.is_terminal());
    let ran = panic::catch_unwind(AssertUnwindSafe(|| execute(app, host, &mut format)));
    match ran.unwrap_or_else(|_| Err(broke_off())) {
        Ok(()) => Outcome::Done,
        Err(error) => {
            host.stderr.clear();
            let text = format!("{}: {error}", app.name);
            match format {
                Format::Console => host.stderr.shaded_line(&text, app.name, Shade::Bad),
                Format::Json => {
                    host.stderr
                        .json_line(&output::last_line(host.clock.now(), error.outcome(), &text));
                }
            }
            error.outcome()
        }
    }
}

/// A defect of this program ended the run. The log says where; a change leaves its lines in the audit file anyway.
fn broke_off() -> Error {
    Error::new(Outcome::NotUnderstood, "this program has a defect and broke off")
        .with_hint("Look at the state before a change is tried again")
}

/// What a defect says goes into the log, without the secrets of the settings, and not to stderr as it is.
fn log_defects() {
    panic::set_hook(Box::new(|info| {
        let said = info.payload_as_str().unwrap_or_default();
        let at = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, "a defect of this program: {said}");
    }));
}

fn execute(app: &App, host: &Host, format: &mut Format) -> Result<()> {
    if let Some(words) = review::asked(app, host) {
        return review::look(app, host, words);
    }
    let table = Table::of(app);
    let (command, flags) = match config::parse(app, &table, &host.arguments)? {
        Parsed::Print(help) => return host.print(host.styled(&help).trim_end()),
        Parsed::Run(command, flags) => (command, flags),
    };
    match command {
        Command::Capabilities => host.print(&output::capabilities(&app.spec)?),
        Command::Config => host.print(&output::configuration(&app.spec.settings, &table)?),
        Command::Own(name, asked) => {
            let here = review_cli::Surroundings {
                directory: host.directory.clone(),
                ..review_cli::Surroundings::default()
            };
            let mut out = host.stdout.lock().unwrap_or_else(PoisonError::into_inner);
            review_cli::run_own(name, &asked, config::whole(app, &table), &here, &mut **out)
                .map_err(|error| review::error(&error))
        }
        Command::Init => init::init(app, host, &table, &flags),
        Command::HealthCheck(probe) => {
            let settings = config::resolve(app, &table, &flags, &host.environment, &host.directory, false)?;
            host.print(&daemon::probe(&settings, &probe)?)
        }
        Command::Doctor { .. } | Command::Run | Command::Serve(_) | Command::Plan(_) | Command::Apply(_) => {
            let needs_all = !matches!(command, Command::Doctor { .. });
            let settings =
                config::resolve(app, &table, &flags, &host.environment, &host.directory, needs_all)?;
            host.stderr.hide(settings.secrets());
            outputs::check(&settings, &host.directory)?;
            let log = Log::open(app, host, &settings)?;
            *format = log.last_line();
            let demo = settings.switch(name::DEMO);
            let work = match command {
                Command::Doctor { .. } if demo => Err(Error::configuration(
                    "--demo and doctor contradict each other: a demonstration has everything it needs",
                )),
                Command::Doctor { probe_writes: true } if settings.switch(change_name::DRY_RUN) => {
                    Err(Error::configuration(format!(
                        "{} and --probe-writes contradict each other: a probe is a write that is sent",
                        settings.shown(change_name::DRY_RUN)
                    ))
                    .with_hint("Leave one of them out"))
                }
                Command::Doctor { probe_writes } => {
                    Work::Doctor { probe_writes }.without_a_change(&settings, "doctor")
                }
                Command::Plan(asked) => Work::Plan(asked).without_a_change(&settings, "plan"),
                Command::Apply(asked) => Work::Apply(asked).without_a_change(&settings, "apply"),
                Command::Serve(server) => Work::Serve(server).without_a_change(&settings, "a service"),
                _ => Work::of(app, &settings),
            };
            let work = work.and_then(|work| {
                match work {
                    Work::Sync => bucket::check(app, &settings, true)?,
                    Work::Change(_) | Work::Plan(_) | Work::Apply(_) => bucket::check(app, &settings, false)?,
                    _ => None,
                };
                Ok(work)
            });
            let work = work.and_then(|work| match work {
                Work::Change(_) | Work::Apply(_) | Work::Daemon | Work::Doctor { probe_writes: true } => {
                    settings.refuse_mistyped().map(|()| work)
                }
                _ => Ok(work),
            });
            let work = work.inspect_err(|error| sync::failed(host, &settings, error))?;
            logged(app, host, &settings, work, log)
        }
    }
}

/// What takes time and is logged.
enum Work {
    Sync,
    Change(Wanted),
    ListActions,
    Doctor { probe_writes: bool },
    Plan(PlanAsked),
    Apply(ApplyAsked),
    Serve(Server),
    Daemon,
}

impl Work {
    /// The work of a command, where no change is asked for beside it.
    fn without_a_change(self, settings: &Settings, command: &str) -> Result<Self> {
        match config::asks_for_one_run(settings) {
            None => Ok(self),
            Some(by) => Err(Error::configuration(format!(
                "{command} and {} ask for different things",
                settings.shown(by)
            ))
            .with_hint("Leave out the setting, or the command")),
        }
    }

    fn of(app: &App, settings: &Settings) -> Result<Self> {
        if settings.works_for_c1(config::asks_for_one_run(settings))? {
            return Ok(Self::Daemon);
        }
        Ok(match config::mode(app, settings)? {
            Mode::Sync => Self::Sync,
            Mode::Change(change) => Self::Change(change),
            Mode::ListActions => Self::ListActions,
        })
    }

    async fn done(self, app: &App, host: &Host, settings: &Settings) -> Result<()> {
        match self {
            Self::Sync => sync::sync(app, host, settings).await,
            Self::Serve(server) => serve::serve(app, host, settings, server)
                .await
                .inspect_err(|error| sync::failed(host, settings, error)),
            Self::Daemon => daemon::work(app, host, settings)
                .await
                .inspect_err(|error| sync::failed(host, settings, error)),
            Self::Change(change) => change::change(app, host, settings, change).await,
            Self::Plan(asked) => plan::plan(app, host, settings, asked)
                .await
                .inspect_err(|error| sync::failed(host, settings, error)),
            Self::Apply(asked) => apply::apply(app, host, settings, asked).await,
            Self::ListActions => {
                let text = change::actions(app, settings)
                    .inspect_err(|error| sync::failed(host, settings, error))?;
                host.print(&text)
            }
            Self::Doctor { probe_writes } => {
                let findings = signal::unless_asked(&host.stops, app.source.doctor(settings, probe_writes))
                    .await
                    .and_then(|findings| findings)
                    .inspect_err(|error| sync::failed(host, settings, error))?;
                let mut all = findings;
                all.extend(permissions::findings(settings, &host.directory));
                let report = HealthReport(all);
                let text = if settings.wants_json() {
                    report.json()?
                } else {
                    report.text(host.colours.stdout)
                };
                host.print(&text)?;
                report.verdict()
            }
        }
    }
}

fn logged(app: &App, host: &Host, settings: &Settings, work: Work, log: Log) -> Result<()> {
    let runtime = threads::runtime().inspect_err(|error| sync::failed(host, settings, error))?;
    let exporting = runtime
        .block_on(async { telemetry::begin(app, settings, &host.directory) })
        .inspect_err(|error| sync::failed(host, settings, error))?;
    let (layer, export_ends) = match exporting {
        Some(Exporting { layer, end }) => (Some(layer), Some(end)),
        None => (None, None),
    };
    let ended = log.start(host, settings, layer);
    if let Some(file) = settings.file() {
        tracing::info!(file = %file.display(), "the configuration file was read");
    }
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    for (setting, address) in settings.other_addresses(&Table::of(app)) {
        tracing::info!(
            setting,
            address,
            "requests go to another address than the vendor's"
        );
    }
    if !settings.without_effect().is_empty() {
        let settings = settings.without_effect().join(", ");
        tracing::warn!(settings, "settings of other connectors that have no effect here");
    }
    if !settings.ignored().is_empty() {
        let settings = settings.ignored().join(", ");
        tracing::warn!(settings, "ignored, because this run reaches no vendor");
    }
    for (setting, from) in settings.changed() {
        tracing::debug!(setting, from, "set");
    }
    let result = runtime.block_on(async {
        host.stops.listen()?;
        work.done(app, host, settings).await
    });
    for problem in export_ends.map(|end| end()).unwrap_or_default() {
        tracing::warn!("not all telemetry was exported: {problem}");
    }
    // Work that is still blocked, after a second signal for example, must not hold the process.
    runtime.shutdown_background();
    result.inspect_err(|error| ended(&format!("{}: {error}", app.name), error.outcome()))
}

/// Where the log goes, and in which form.
struct Log {
    format: Format,
    /// Stderr among them, unless files are named in its place.
    outs: Vec<Arc<Stderr>>,
    to_stderr: bool,
}

impl Log {
    /// Opens what the settings name.
    ///
    /// # Errors
    /// A file that cannot be written.
    fn open(app: &App, host: &Host, settings: &Settings) -> Result<Self> {
        let format = Format::of(settings.text(name::LOG_FORMAT), host.stderr.is_terminal());
        let mut log = Self {
            format,
            outs: Vec::new(),
            to_stderr: false,
        };
        let paths = settings.list(name::LOG_PATH).unwrap_or_default();
        // Where nothing else is logged the last line of a run that failed is the first.
        let last_line = format!("{}: ", app.name);
        let is_ours =
            |beginning: &[u8]| output::is_log(beginning) || beginning.starts_with(last_line.as_bytes());
        for path in paths {
            let wrong = |problem: &dyn std::fmt::Display| {
                let shown = settings.shown(name::LOG_PATH);
                format!("{shown}: cannot log to {path}: {problem}")
            };
            match path.as_str() {
                "stderr" | "/dev/stderr" => log.to_stderr = true,
                "stdout" | "/dev/stdout" => {
                    return Err(Error::configuration(wrong(&"standard output carries the result")));
                }
                path => {
                    let lines =
                        LineFile::open(&host.directory.join(path), is_ours).map_err(|error| match error {
                            AppendError::Refused(_) => Error::new(Outcome::Refused, wrong(&error))
                                .with_hint("Name another file, or one that does not exist yet"),
                            _ => Error::configuration(wrong(&error)),
                        })?;
                    let out = Stderr::new(Box::new(lines.file), false);
                    out.hide(settings.secrets());
                    log.outs.push(Arc::new(out));
                }
            }
        }
        if paths.is_empty() || log.to_stderr {
            log.to_stderr = true;
            log.outs.push(Arc::clone(&host.stderr));
        }
        Ok(log)
    }

    /// The form of the last line on stderr: that of the log, if the log is there.
    fn last_line(&self) -> Format {
        if self.to_stderr {
            self.format
        } else {
            Format::Console
        }
    }

    /// Events go to the log from here on. The answer writes the last line into the files.
    fn start(
        self,
        host: &Host,
        settings: &Settings,
        telemetry: Option<Box<dyn Layer<Registry> + Send + Sync>>,
    ) -> impl Fn(&str, Outcome) {
        let layer = LogLayer {
            format: self.format,
            outs: self.outs.clone(),
            clock: Arc::clone(&host.clock),
        };
        let is_quiet = settings.switch(name::QUIET) && !settings.is_set(name::LOG_LEVEL);
        let level = settings.text(name::LOG_LEVEL).filter(|_| !is_quiet);
        let filter = output::filter(level.unwrap_or(if is_quiet { "warn" } else { "info" }));
        let subscriber = tracing_subscriber::registry()
            .with(telemetry)
            .with(layer.with_filter(filter))
            // Only C1 asks for it.
            .with(
                settings
                    .text(daemon_name::CLIENT_ID)
                    .map(|_| host.task_logs.layer()),
            );
        if host.owns_log {
            // It fails only where the program installed a log of its own, which then is the log.
            let _ = tracing::subscriber::set_global_default(subscriber);
        }
        let (clock, stderr) = (Arc::clone(&host.clock), Arc::clone(&host.stderr));
        move |text, outcome| {
            for file in self.outs.iter().filter(|out| !Arc::ptr_eq(out, &stderr)) {
                match self.format {
                    Format::Console => file.line(text),
                    Format::Json => file.json_line(&output::last_line(clock.now(), outcome, text)),
                }
            }
        }
    }
}
