//! The connector as a service, for a platform or a Baton runner.

use crate::app::App;
use crate::change::temp_dirs;
use crate::config::{Settings, change_name, name, service_name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output::Allowed;
use crate::signal;
use crate::sync::{after, build};
use connector_service::child::{self, ChildError, Parent};
use connector_service::tls::Identity;
use connector_service::{Local, ServiceOptions, server};
use std::io::{self, BufReader};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Who is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// Whoever has a certificate.
    Network,
    /// The process that started this one.
    Parent,
}

/// Serves until it is asked to stop, or the parent goes.
///
/// # Errors
/// Where it cannot be served, and after a second signal.
pub(crate) async fn serve(app: &App, host: &Host, settings: &Settings, server: Server) -> Result<()> {
    let to = match server {
        Server::Network => To::network(host, settings).await?,
        Server::Parent => {
            let parent = Parent::read(BufReader::new(io::stdin())).await;
            To::Parent(parent.map_err(|error| of_parent(&error))?)
        }
    };
    let mut built = build(app, settings).await?;
    let local = Local::new(
        Arc::clone(&built.connector),
        options(app, host, settings, built.scope.clone())?,
    );
    tracing::info!(subject = built.subject, "serving");
    let stop = CancellationToken::new();
    let served = signal::waited(
        &host.stops,
        to.serve(host, &local, stop.clone()),
        || stop.cancel(),
        || {
            Error::new(
                Outcome::Interrupted,
                "stopped at once; what was sent already may be carried out",
            )
        },
    )
    .await;
    after(&mut built)?;
    served?
}

/// How a client reaches the connector.
enum To {
    Network(TcpListener, Identity),
    Parent(Parent),
}

impl To {
    async fn network(host: &Host, settings: &Settings) -> Result<Self> {
        use service_name::{CERTIFICATE, CLIENT_AUTHORITY, KEY, LISTEN};
        let needed = [LISTEN, CERTIFICATE, KEY, CLIENT_AUTHORITY];
        let missing: Vec<String> = needed
            .into_iter()
            .filter(|name| settings.text(name).is_none())
            .map(|name| format!("--{name}"))
            .collect();
        if !missing.is_empty() {
            let error = format!("serve needs {}", missing.join(" and "));
            return Err(Error::configuration(error).with_hint(
                "Whoever reaches the service can read and change what the key can, so each client shows a certificate",
            ));
        }
        let path = |name: &str| host.directory.join(settings.text(name).unwrap_or_default());
        let identity = Identity::from_files(&path(CERTIFICATE), &path(KEY), &path(CLIENT_AUTHORITY));
        let identity = identity.map_err(|error| Error::configuration(error.to_string()))?;
        // A certificate that does not fit is told now, and not by the first client.
        identity
            .server()
            .map_err(|error| Error::configuration(error.to_string()))?;
        let text = settings.text(LISTEN).unwrap_or_default();
        let address: SocketAddr = text.parse().map_err(|_| {
            let message = format!("{}: {text:?} is no address with a port", settings.shown(LISTEN));
            Error::new(Outcome::InvalidValue, message)
        })?;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::configuration(format!(
                "{}: cannot listen on {address}: {error}",
                settings.shown(LISTEN)
            ))
        })?;
        Ok(Self::Network(listener, identity))
    }

    async fn serve(self, host: &Host, local: &Local, stop: CancellationToken) -> Result<()> {
        match self {
            Self::Network(listener, identity) => {
                let tls = identity
                    .server()
                    .map_err(|error| Error::configuration(error.to_string()))?;
                if let Ok(address) = listener.local_addr() {
                    tracing::info!(%address, "listening");
                }
                let served = server::serve(local, listener, tls, stop.cancelled_owned()).await;
                served.map_err(|error| of_parent(&ChildError::Serve(error)))
            }
            Self::Parent(parent) => {
                let descriptor = host.environment.get(child::LISTENER)?;
                let served = parent
                    .serve(local, descriptor.as_deref(), stop.cancelled_owned())
                    .await;
                served.map_err(|error| of_parent(&error))
            }
        }
    }
}

pub(crate) fn options(
    app: &App,
    host: &Host,
    settings: &Settings,
    scope: std::collections::BTreeMap<String, String>,
) -> Result<ServiceOptions> {
    let allowed: Option<Vec<String>> = settings.list(name::ALLOW_GAPS).map(<[String]>::to_vec);
    let audit = settings.text(change_name::AUDIT_LOG);
    let temp_dir = temp_dirs(host, settings)?.into_iter().next();
    let options = ServiceOptions::new(format!("a client of {}, started by {}", app.name, host.actor));
    Ok(ServiceOptions {
        provisioning: settings.switch(service_name::PROVISIONING),
        actions: !settings.switch(service_name::NO_ACTIONS),
        temp_dir: temp_dir.unwrap_or(options.temp_dir),
        scope,
        resource_types: settings.list(name::RESOURCE_TYPES).map(<[String]>::to_vec),
        access: !settings.switch(name::SKIP_ACCESS),
        workers: settings.workers().unwrap_or_default(),
        audit: audit.map(|path| host.directory.join(path)),
        allows_gap: Arc::new(move |kind| Allowed(allowed.as_deref()).allows(kind)),
        redactor: settings.redactor(),
        version: app.version.to_owned(),
        clock: Arc::clone(&host.clock),
        ..options
    })
}

fn of_parent(error: &ChildError) -> Error {
    let outcome = match error {
        ChildError::Unreadable(_) => Outcome::InvalidValue,
        ChildError::Serve(_) => Outcome::Unreachable,
        _ => Outcome::Configuration,
    };
    Error::new(outcome, error.to_string())
}
