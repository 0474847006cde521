//! The demonstration: a simulated organization inside this process, synced like a real one.

use crate::directory;
use crate::line::Line;
use crate::{Access, built, in_flight};
use atlassian_admin::OrgId;
use atlassian_sim::{Org, OrgSpec, Simulator};
use connector_cli::{Built, Error, Outcome, Result, Settings};
use std::fmt::Display;
use url::Url;

/// Starts the simulator on a free port of this machine and makes the connector to it.
///
/// # Errors
/// Where no port can be bound.
pub(crate) async fn start(settings: &Settings) -> Result<Built> {
    let org = Org::generate(OrgSpec::demo());
    let running = Simulator::builder(org.clone())
        .bind(("127.0.0.1", 0))
        .await
        .map_err(|error| failed(&error))?;
    let access = Access {
        key: org.api_key().to_owned().into(),
        organization: OrgId::from_vendor(org.id()),
        base: Url::parse(&running.url()).map_err(|error| failed(&error))?,
    };
    let base = access.base.clone();
    let in_flight = in_flight(settings);
    let line = Line::live(settings, in_flight, &access.organization)?;
    let client = access
        .client(&line, settings.http_timeout(), in_flight)
        .map_err(|error| failed(&error))?;
    let scim = org
        .scim_directories()
        .next()
        .map(|scim| {
            let address = base.join(&scim.path()).map_err(|error| failed(&error))?;
            directory::client(settings, &line, address, scim.key().to_owned().into())
                .map_err(|error| failed(&error))
        })
        .transpose()?;
    let accounts = directory::accounts_in(scim, settings);
    let subject = format!("the simulated organization {}", org.name());
    // The port changes from run to run and means nothing.
    let scope = [
        ("organization", org.id().to_owned()),
        ("base_url", "simulator".to_owned()),
    ];
    Ok(Built {
        after: line.after,
        keep: Some(Box::new(running)),
        ..built(client, settings, subject, scope, |connector| {
            connector.with_accounts(accounts).simulated()
        })
    })
}

fn failed(error: &dyn Display) -> Error {
    Error::new(
        Outcome::Unreachable,
        format!("cannot start the simulated organization: {error}"),
    )
}
