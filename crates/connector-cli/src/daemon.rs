//! The connector as a daemon that works for C1, and asking such a daemon how it is.

use crate::app::App;
use crate::built::Built;
use crate::change::temp_dirs;
use crate::config::{Settings, daemon_name, name, service_name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output::Allowed;
use crate::serve;
use crate::signal;
use crate::sync::{after, build};
use connector_daemon::{
    Clock as _, Connected, Credentials, DaemonError, DaemonOptions, Program, Requests, Secret, SyncSettings,
    SystemClock, host_name,
};
use connector_service::Local;
use secrecy::ExposeSecret;
use std::convert::Infallible;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the files of secrets are looked at.
const RENEWAL: Duration = Duration::from_secs(2);

/// The longest host id that C1 takes.
const LONGEST_HOST_ID: usize = 256;

/// Works for C1 until it is asked to stop, or refused for good.
///
/// # Errors
/// Where it cannot begin, where C1 refuses it for good, and where tasks were still at work at its end.
pub(crate) async fn work(app: &App, host: &Host, settings: &Settings) -> Result<()> {
    // What is malformed is told before anything else is done.
    let secret = settings
        .secret(daemon_name::CLIENT_SECRET)
        .map(ExposeSecret::expose_secret);
    let secret = Secret::from(secret.unwrap_or_default().to_owned());
    let id = settings.text(daemon_name::CLIENT_ID).unwrap_or_default();
    let credentials = Credentials::parse(id, &secret).map_err(|error| of_daemon(&error))?;
    let health = settings
        .switch(daemon_name::HEALTH)
        .then(|| health_address(settings))
        .transpose()?;
    let mut built = build(app, settings).await?;
    let (sender, connected) = watch::channel(Arc::new(connected(app, host, settings, &built)?));
    let options = options(app, host, settings, &built, credentials, connected, health)?;
    let stop = CancellationToken::new();
    let seconds = options.shutdown_timeout.as_secs();
    let ended = signal::waited(
        &host.stops,
        async {
            tokio::select! {
                ended = connector_daemon::run(options, stop.clone()) => ended,
                never = renewals(app, host, settings, &sender) => match never {},
            }
        },
        || {
            stop.cancel();
            tracing::info!(
                seconds,
                "asked to stop: no more tasks are taken, and running ones are waited for"
            );
        },
        || {
            Error::new(
                Outcome::Interrupted,
                "stopped at once; what the tasks had done is kept",
            )
        },
    )
    .await;
    after(&mut built)?;
    ended?.map_err(|error| of_daemon(&error))
}

/// What tasks are carried out with that begin while these settings hold.
fn connected(app: &App, host: &Host, settings: &Settings, built: &Built) -> Result<Connected> {
    let local = Local::new(
        Arc::clone(&built.connector),
        serve::options(app, host, settings, built.scope.clone())?,
    );
    let mut scope = built.scope.clone();
    scope.insert("program".to_owned(), format!("{} {}", app.name, app.version));
    let requests = Arc::clone(&built.requests);
    let allowed: Option<Vec<String>> = settings.list(name::ALLOW_GAPS).map(<[String]>::to_vec);
    Ok(Connected {
        executor: Arc::new(local),
        syncs: SyncSettings {
            connector: Arc::clone(&built.connector),
            scope,
            redactor: settings.redactor(),
            storage_engine: crate::sync::storage_engine(settings),
            resource_types: settings.list(name::RESOURCE_TYPES).map(<[String]>::to_vec),
            access: !settings.switch(name::SKIP_ACCESS),
            workers: settings.workers().unwrap_or_default(),
            zone: host.zone.clone(),
            allows_gap: Arc::new(move |kind| Allowed(allowed.as_deref()).allows(kind)),
        },
        requests: Arc::new(move || {
            let counts = requests();
            Requests {
                total: counts.total,
                retried: counts.retried,
                rate_limited: counts.rate_limited,
            }
        }),
    })
}

/// Connects again where a secret is replaced in its file: a key that is about to expire is renewed without a restart. Tasks
/// that are at work go on with what they began with.
async fn renewals(
    app: &App,
    host: &Host,
    settings: &Settings,
    sender: &watch::Sender<Arc<Connected>>,
) -> Infallible {
    let mut settings = settings.clone();
    let (mut kept, mut told) = (None, None);
    loop {
        SystemClock.sleep(RENEWAL).await;
        match renewed(app, host, &settings).await {
            Ok(None) => told = None,
            Ok(Some((renewed, built, connected))) => {
                tracing::info!("a secret was replaced in its file: tasks that begin from now on use it");
                settings = renewed;
                sender.send_replace(Arc::new(connected));
                // What the connector needs to be kept alive; that of tasks still at work keeps what they need.
                kept.replace(built);
                told = None;
            }
            Err(error) => {
                // Said once, and not every few seconds.
                let why = error.to_string();
                if told.as_ref() != Some(&why) {
                    tracing::warn!(
                        "a replaced secret cannot be used, and the one before stays in use: {why}"
                    );
                    told = Some(why);
                }
            }
        }
    }
}

async fn renewed(
    app: &App,
    host: &Host,
    settings: &Settings,
) -> Result<Option<(Settings, Built, Connected)>> {
    let Some(renewed) = settings.renewed(&host.directory, &host.environment)? else {
        return Ok(None);
    };
    host.stderr.hide(renewed.secrets());
    let built = build(app, &renewed).await?;
    let connected = connected(app, host, &renewed, &built)?;
    Ok(Some((renewed, built, connected)))
}

fn options(
    app: &App,
    host: &Host,
    settings: &Settings,
    built: &Built,
    credentials: Credentials,
    connected: watch::Receiver<Arc<Connected>>,
    health: Option<SocketAddr>,
) -> Result<DaemonOptions> {
    let tenant = built.connector.tenant().map(|tenant| {
        let address = tenant.base_url.unwrap_or_default();
        vec![tenant.resource.resource_type, tenant.resource.resource, address]
    });
    let number = |name| u64::try_from(settings.number(name)).unwrap_or_default();
    Ok(DaemonOptions {
        credentials,
        api_host: host.environment.get("BATON_C1_API_HOST")?,
        host_id: host_id(settings)?,
        program: Program {
            name: app.name.to_owned(),
            version: app.version.to_owned(),
        },
        connected,
        provisioning: settings.switch(service_name::PROVISIONING),
        concurrency: usize::try_from(number(daemon_name::CONCURRENCY)).unwrap_or(1),
        batch: is_on(host, "BATON_GET_TASKS")?,
        shutdown_timeout: Duration::from_secs(number(daemon_name::SHUTDOWN)),
        state_dir: state_dir(host, settings)?,
        tenant: tenant.unwrap_or_default(),
        ca_file: None,
        health,
        debug_log: Some(Arc::new(host.task_logs.clone())),
        clock: Arc::new(SystemClock),
    })
}

fn host_id(settings: &Settings) -> Result<String> {
    let chosen = settings.text(daemon_name::HOST_ID).map(ToOwned::to_owned);
    let id = chosen
        .or_else(host_name)
        .unwrap_or_else(|| "baton-sdk".to_owned());
    match id.chars().count() {
        ..=LONGEST_HOST_ID => Ok(id),
        length => Err(Error::configuration(format!(
            "{}: it has {length} characters, and C1 takes {LONGEST_HOST_ID} at most",
            settings.shown(daemon_name::HOST_ID)
        ))),
    }
}

fn is_on(host: &Host, variable: &str) -> Result<bool> {
    Ok(host.environment.get(variable)?.is_some_and(|text| {
        let text = text.trim();
        text == "1" || text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("t")
    }))
}

/// Where what outlives a run is kept that is nobody else's.
pub(crate) fn state_dir(host: &Host, settings: &Settings) -> Result<PathBuf> {
    if let Some(chosen) = settings.text(daemon_name::STATE_DIR) {
        return Ok(host.directory.join(chosen));
    }
    let temp_dir = temp_dirs(host, settings)?.into_iter().next();
    Ok(temp_dir.unwrap_or_else(std::env::temp_dir).join(state_name()))
}

/// Another one for each user, so that nobody stands in the way of another.
#[cfg(unix)]
fn state_name() -> String {
    format!("baton-state-{}", rustix::process::geteuid().as_raw())
}

/// Every user has a folder for temporary files of their own there.
#[cfg(not(unix))]
fn state_name() -> String {
    "baton-state".to_owned()
}

fn health_address(settings: &Settings) -> Result<SocketAddr> {
    let text = settings.text(daemon_name::HEALTH_ADDRESS).unwrap_or_default();
    let shown = || settings.shown(daemon_name::HEALTH_ADDRESS);
    let address = match text {
        "localhost" => Ok(IpAddr::from([127, 0, 0, 1])),
        text => text.parse(),
    };
    let address =
        address.map_err(|_| Error::configuration(format!("{}: {text:?} is no IP address", shown())))?;
    let port = u16::try_from(settings.number(daemon_name::HEALTH_PORT)).unwrap_or_default();
    Ok(SocketAddr::new(address, port))
}

fn of_daemon(error: &DaemonError) -> Error {
    Error::new(Outcome::of(error.code()), error.to_string())
}

/// What is asked of a running daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// `health`, `ready` or `live`.
    pub(crate) endpoint: &'static str,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

/// Asks the daemon at the address of the settings how it is; the answer as it is.
///
/// # Errors
/// [`Outcome::Unreachable`] where it does not answer, or not with 200.
pub(crate) fn probe(settings: &Settings, probe: &Probe) -> Result<String> {
    let mut address = health_address(settings)?;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::from([127, 0, 0, 1]));
    }
    let path = format!("http://{address}/{}", probe.endpoint);
    let asked = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, probe.timeout)?;
        stream.set_read_timeout(Some(probe.timeout))?;
        stream.set_write_timeout(Some(probe.timeout))?;
        write!(
            stream,
            "GET /{} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
            probe.endpoint
        )?;
        let mut answer = String::new();
        stream.take(64 * 1024).read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = asked().map_err(|error| {
        let why = match error.kind() {
            // A read that takes too long is the one or the other, by system.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                format!("no answer within {} s", probe.timeout.as_secs())
            }
            _ => error.to_string(),
        };
        Error::new(Outcome::Unreachable, format!("{path}: {why}"))
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(body.trim().to_owned()),
        _ => Err(Error::new(
            Outcome::Unreachable,
            format!("{path} answered {status}: {}", body.trim()),
        )),
    }
}
