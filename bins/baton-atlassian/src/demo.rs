//! The demonstration: a simulated organization inside this process, synced like a real one.

use crate::line::Line;
use crate::{builder, built, in_flight};
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
    let key = org.api_key().to_owned().into();
    let organization = OrgId::from_vendor(org.id());
    let base = Url::parse(&running.url()).map_err(|error| failed(&error))?;
    let scim = org.scim_directories().next();
    let path = scim.as_ref().map(|scim| scim.path());
    let line = Line::live(settings, in_flight(settings), &organization, path.as_deref())?;
    let mut builder = builder(settings, &line, key, organization)
        .base_url(base.clone())
        .simulated();
    if let Some(scim) = scim {
        let address = base.join(&scim.path()).map_err(|error| failed(&error))?;
        builder = builder.directory(address, scim.key().to_owned().into());
    }
    let subject = format!("the simulated organization {}", org.name());
    // The port changes from run to run and means nothing.
    let scope = [
        ("organization", org.id().to_owned()),
        ("base_url", "simulator".to_owned()),
    ];
    Ok(Built {
        keep: Some(Box::new(running)),
        ..built(builder, line, settings, subject, scope).map_err(|error| failed(&error))?
    })
}

fn failed(error: &dyn Display) -> Error {
    Error::new(
        Outcome::Unreachable,
        format!("cannot start the simulated organization: {error}"),
    )
}
