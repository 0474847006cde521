//! What the program `baton-atlassian` consists of, beside what every connector program shares: Atlassian's settings, and how
//! the connector is put together from them. The small programs are this one with fewer modes.
//!
//! ```
//! let page = connector_cli::configuration_page(&baton_atlassian::app());
//! assert!(page.contains("BATON_API_TOKEN"));
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "demo")]
mod demo;
pub mod differences;
mod directory;
mod doctor;
mod line;

use async_trait::async_trait;
use atlassian_admin::{AdminClient, OrgId, http_builder};
use atlassian_connector::{
    ACCESS_TOKEN, AtlassianConnector, BASE_URL, INCLUDE_PROJECTS_AND_GOALS, ORGANIZATION_ID, Options,
    SCIM_BASE_URL, SCIM_TOKEN,
};
use connector_cli::{App, Built, Checkup, Error, Modes, Outcome, RequestCounts, Result, Settings, Source};
use http_kit::{BuildError, HttpClientBuilder, Secret};
use line::Line;
use secrecy::ExposeSecret;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Requests in flight where nobody chose a number; the vendor's rate limit decides the speed, not this.
const IN_FLIGHT: usize = 128;

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
        let wrong = |setting: &str, error: &dyn Display| {
            Error::configuration(format!("{}: {error}", settings.shown(setting)))
        };
        let base = settings.text(BASE_URL).unwrap_or(atlassian_admin::BASE_URL);
        let organization = settings.text(ORGANIZATION_ID).unwrap_or_default();
        let access = Access {
            key: settings
                .secret(ACCESS_TOKEN)
                .map(|key| key.expose_secret().to_owned())
                .unwrap_or_default()
                .into(),
            organization: OrgId::parse(organization).map_err(|error| wrong(ORGANIZATION_ID, &error))?,
            base: base_address(base)
                .map_err(|error| wrong(BASE_URL, &format!("it is no address ({error})")))?,
        };
        let subject = format!("Atlassian organization {}", access.organization);
        let scope = [
            ("organization", access.organization.to_string()),
            ("base_url", access.base.to_string()),
        ];
        let in_flight = in_flight(settings);
        let line = Line::live(settings, in_flight, &access.organization)?;
        let accounts = directory::accounts(settings, &line)?;
        let client =
            access
                .client(&line, settings.http_timeout(), in_flight)
                .map_err(|error| match error {
                    // The machine is at fault, not the address.
                    BuildError::Transport(_) => Error::configuration(format!("cannot {error}")),
                    BuildError::BadCredential => wrong(ACCESS_TOKEN, &format!("cannot {error}")),
                    error => wrong(BASE_URL, &format!("cannot {error}")),
                })?;
        Ok(Built {
            after: line.after,
            ..built(client, settings, subject, scope, |connector| {
                connector.with_accounts(accounts)
            })
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

/// The address of the APIs. The existing connector wants it with `/admin` at its end, which is the beginning of most paths:
/// both are accepted.
fn base_address(text: &str) -> std::result::Result<Url, url::ParseError> {
    let text = text.trim_end_matches('/');
    Url::parse(text.strip_suffix("/admin").unwrap_or(text))
}

/// Where the organization is, and what opens it.
struct Access {
    key: Secret,
    organization: OrgId,
    base: Url,
}

impl Access {
    /// What stands in for all of it where a recording answers, which holds no key and asks for none.
    fn to_recording(organization: OrgId) -> Result<Self> {
        Ok(Self {
            key: "a-replay-needs-no-key".to_owned().into(),
            organization,
            base: Url::parse(atlassian_admin::BASE_URL).map_err(|error| defect(&error))?,
        })
    }

    fn client(self, line: &Line, timeout: Duration, in_flight: usize) -> Result<AdminClient, BuildError> {
        let organization = self.organization.clone();
        let http = self.http(line, timeout, in_flight).build()?;
        Ok(AdminClient::new(http, organization))
    }

    fn http(self, line: &Line, timeout: Duration, in_flight: usize) -> HttpClientBuilder {
        http_builder(Arc::clone(&line.transport), self.base, self.key)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .clock(Arc::clone(&line.clock))
            .meter(Arc::clone(&line.meter))
            .timeout(timeout)
            .max_in_flight(in_flight)
    }
}

fn in_flight(settings: &Settings) -> usize {
    settings.workers().unwrap_or(IN_FLIGHT)
}

/// The connector to a recording.
fn replay(settings: &Settings, dir: &Path) -> Result<Built> {
    let (line, organization) = Line::replay(settings, dir)?;
    let subject = format!("the recorded organization {organization}");
    let scope = [
        ("organization", organization.to_string()),
        ("base_url", "recording".to_owned()),
    ];
    let client = Access::to_recording(organization)?
        .client(&line, settings.http_timeout(), in_flight(settings))
        .map_err(|error| defect(&error))?;
    Ok(Built {
        after: line.after,
        ..built(client, settings, subject, scope, |connector| connector)
    })
}

fn built<const N: usize>(
    client: AdminClient,
    settings: &Settings,
    subject: String,
    scope: [(&str, String); N],
    completed: impl FnOnce(AtlassianConnector) -> AtlassianConnector,
) -> Built {
    let options = Options {
        include_projects_and_goals: settings.switch(INCLUDE_PROJECTS_AND_GOALS),
    };
    let meter = Arc::clone(client.http().meter());
    let connector = Arc::new(completed(AtlassianConnector::new(client, options)));
    let mut built = Built::new(connector, subject, scope);
    built.scope.insert(
        "include_projects_and_goals".to_owned(),
        options.include_projects_and_goals.to_string(),
    );
    Built {
        requests: Arc::new(move || {
            let total = meter.total();
            RequestCounts {
                total: total.requests,
                retried: total.retries,
                rate_limited: total.rate_limited,
            }
        }),
        ..built
    }
}

fn defect(error: &dyn Display) -> Error {
    Error::new(
        Outcome::NotUnderstood,
        format!("cannot make the connector: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_end_as_the_existing_connector_wants_it() {
        for (given, expected) in [
            ("https://api.atlassian.com", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/admin", "https://api.atlassian.com/"),
            ("https://api.atlassian.com/admin/", "https://api.atlassian.com/"),
            (
                "https://proxy.example/atlassian/admin",
                "https://proxy.example/atlassian",
            ),
            ("https://proxy.example/sysadmin", "https://proxy.example/sysadmin"),
        ] {
            assert_eq!(base_address(given).unwrap().as_str(), expected, "{given}");
        }
    }
}
