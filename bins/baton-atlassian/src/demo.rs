//! The demonstration: a simulated organization inside this process, synced like a real one.

use crate::reached::Reached;
use atlassian_admin::OrgId;
use atlassian_connector::AtlassianSettings;
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
    let base = Url::parse(&running.url()).map_err(|error| failed(&error))?;
    let mut own: AtlassianSettings = settings.deserialize()?;
    own.access_token = Some(org.api_key().to_owned().into());
    own.organization_id = Some(OrgId::from_vendor(org.id()));
    if let Some(scim) = org.scim_directories().next() {
        own.scim_token = Some(scim.key().to_owned().into());
        own.scim_base_url = Some(base.join(&scim.path()).map_err(|error| failed(&error))?.into());
    }
    own.base_url = Some(base.into());
    let subject = format!("the simulated organization {}", org.name());
    let mut reached = Reached::by(settings, own)?;
    // The port changes from run to run and means nothing.
    reached.instead = Some("simulator");
    let builder = reached.builder()?.simulated();
    Ok(Built {
        keep: Some(Box::new(running)),
        ..reached.built(builder, &subject)?
    })
}

fn failed(error: &dyn Display) -> Error {
    Error::new(
        Outcome::Unreachable,
        format!("cannot start the simulated organization: {error}"),
    )
}
