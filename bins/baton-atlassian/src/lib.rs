//! What the program `baton-atlassian` consists of, beside what every connector program shares: Atlassian's settings, and how
//! the connector is put together from them. The small programs are this one with fewer modes.
//!
//! ```
//! let page = connector_cli::configuration_page(&baton_atlassian::app());
//! assert!(page.contains("BATON_API_TOKEN"));
//! ```
#![forbid(unsafe_code)]

mod address;
#[cfg(feature = "demo")]
mod demo;
pub mod differences;
mod directory;
mod doctor;
mod line;

use async_trait::async_trait;
use atlassian_admin::OrgId;
use atlassian_connector::{
    ACCESS_TOKEN, AtlassianConnector, BASE_URL, ConnectorBuildError, ConnectorBuilder,
    INCLUDE_PROJECTS_AND_GOALS, ORGANIZATION_ID, Options, SCIM_BASE_URL, SCIM_TOKEN,
};
use connector_cli::{App, Built, Checkup, Error, Modes, Outcome, RequestCounts, Result, Settings, Source};
use http_kit::{BuildError, Secret};
use line::Line;
use secrecy::ExposeSecret;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// Requests in flight where nobody chose a number; the vendor's rate limit decides the speed, not this.
const IN_FLIGHT: usize = 128;

/// A recording holds no key and asks for none.
const KEY_OF_RECORDINGS: &str = "a-replay-needs-no-key";

/// The program.
pub fn app() -> App {
    App {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        about: "Reads who has access to what in an Atlassian organization and writes it as a .c1z artifact",
        spec: atlassian_connector::spec(),
        #[cfg(feature = "demo")]
        demo: Some("Sync a simulated organization; no key is needed and nothing leaves this machine"),
        #[cfg(not(feature = "demo"))]
        demo: None,
        cassettes: true,
        doctor: true,
        modes: Modes::All,
        verbs: Vec::new(),
        vendor_settings: &[ACCESS_TOKEN, ORGANIZATION_ID, BASE_URL, SCIM_TOKEN, SCIM_BASE_URL],
        source: Box::new(Atlassian),
    }
}

#[derive(Debug)]
struct Atlassian;

#[async_trait]
impl Source for Atlassian {
    async fn connect(&self, settings: &Settings) -> Result<Built> {
        if let Some(dir) = settings.replay() {
            return replay(settings, dir);
        }
        let organization = settings.text(ORGANIZATION_ID).unwrap_or_default();
        let organization =
            OrgId::parse(organization).map_err(|error| wrong(settings, ORGANIZATION_ID, &error))?;
        let key = settings.secret(ACCESS_TOKEN).map(ExposeSecret::expose_secret);
        let key = key.unwrap_or_default().to_owned().into();
        let base = address::base(settings)?;
        let subject = format!("Atlassian organization {organization}");
        let scope = [
            ("organization", organization.to_string()),
            ("base_url", base.to_string()),
        ];
        let directory = settings.text(SCIM_BASE_URL);
        let line = Line::live(settings, in_flight(settings), &organization, directory)?;
        let builder = builder(settings, &line, key, organization).base_url(base);
        let builder = directory::named(builder, settings)?;
        built(builder, line, settings, subject, scope).map_err(|error| match error {
            ConnectorBuildError::Organization(error) => unusable(settings, ACCESS_TOKEN, BASE_URL, &error),
            ConnectorBuildError::Directory(error) => unusable(settings, SCIM_TOKEN, SCIM_BASE_URL, &error),
        })
    }

    async fn doctor(&self, settings: &Settings, probe_writes: bool) -> Result<Checkup> {
        doctor::examine(settings, probe_writes).await
    }

    #[cfg(feature = "demo")]
    async fn demo(&self, settings: &Settings) -> Result<Built> {
        demo::start(settings).await
    }
}

/// What every connector here has in common, whatever carries its requests.
fn builder(settings: &Settings, line: &Line, key: Secret, organization: OrgId) -> ConnectorBuilder {
    AtlassianConnector::builder(key, organization)
        .accounts(directory::accounts(settings))
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .clock(Arc::clone(&line.clock))
        .meter(Arc::clone(&line.meter))
        .timeout(settings.http_timeout())
        .max_in_flight(in_flight(settings))
}

fn wrong(settings: &Settings, setting: &str, error: &dyn Display) -> Error {
    Error::configuration(format!("{}: {error}", settings.shown(setting)))
}

/// Which setting is at fault where a client cannot be made of them.
fn unusable(settings: &Settings, key: &str, address: &str, error: &BuildError) -> Error {
    let said = format!("cannot {error}");
    match error {
        // The machine is at fault, not the address.
        BuildError::Transport(_) => Error::configuration(said),
        BuildError::BadCredential => wrong(settings, key, &said),
        _ => wrong(settings, address, &said),
    }
}

fn in_flight(settings: &Settings) -> usize {
    settings.workers().unwrap_or(IN_FLIGHT)
}

/// The connector to a recording.
fn replay(settings: &Settings, dir: &Path) -> Result<Built> {
    let (line, recorded) = Line::replay(settings, dir)?;
    let organization = recorded.organization;
    let subject = format!("the recorded organization {organization}");
    let scope = [
        ("organization", organization.to_string()),
        ("base_url", "recording".to_owned()),
    ];
    let key = || KEY_OF_RECORDINGS.to_owned().into();
    let mut builder = builder(settings, &line, key(), organization);
    if let Some(path) = recorded.directory {
        let base = Url::parse(atlassian_admin::BASE_URL).and_then(|base| base.join(&path));
        let base =
            base.map_err(|error| wrong(settings, "replay", &format!("it names no directory ({error})")))?;
        builder = builder.directory(base, key());
    }
    built(builder, line, settings, subject, scope).map_err(|error| {
        Error::new(
            Outcome::NotUnderstood,
            format!("cannot make the connector: {error}"),
        )
    })
}

fn built<const N: usize>(
    builder: ConnectorBuilder,
    line: Line,
    settings: &Settings,
    subject: String,
    scope: [(&str, String); N],
) -> Result<Built, ConnectorBuildError> {
    let options = Options {
        include_projects_and_goals: settings.switch(INCLUDE_PROJECTS_AND_GOALS),
    };
    let connector = builder.options(options).build(line.transport)?;
    let mut built = Built::new(Arc::new(connector), subject, scope);
    built.scope.insert(
        "include_projects_and_goals".to_owned(),
        options.include_projects_and_goals.to_string(),
    );
    let meter = line.meter;
    Ok(Built {
        requests: Arc::new(move || {
            let total = meter.total();
            RequestCounts {
                total: total.requests,
                retried: total.retries,
                rate_limited: total.rate_limited,
            }
        }),
        after: line.after,
        ..built
    })
}
