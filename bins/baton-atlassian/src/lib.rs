#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "demo")]
mod demo;
mod reached;

use async_trait::async_trait;
use atlassian_connector::{
    ACCESS_TOKEN, AtlassianSettings, BASE_URL, ORGANIZATION_ID, SCIM_BASE_URL, SCIM_TOKEN,
};
use connector_cli::{App, Built, Modes, Result, Settings, Source, surroundings};
use connector_sdk::Finding;
use reached::Reached;
use std::sync::Arc;

/// The program.
pub fn app() -> App {
    App {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("BUILD_COMMIT"),
        about: "Reads who has access to what in an Atlassian organization and writes it as a .c1z artifact",
        spec: atlassian_connector::spec(),
        demo: cfg!(feature = "demo")
            .then_some("Sync a simulated organization; no key is needed and nothing leaves this machine"),
        cassettes: true,
        #[cfg(feature = "otel")]
        telemetry: Some(connector_telemetry::begin),
        #[cfg(not(feature = "otel"))]
        telemetry: None,
        #[cfg(feature = "s3")]
        buckets: Some(connector_bucket::open),
        #[cfg(not(feature = "s3"))]
        buckets: None,
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
        let reached = Reached::by(settings, settings.deserialize()?)?;
        let organization = reached.organization();
        let subject = match settings.replay() {
            Some(_) => format!("the recorded organization {organization}"),
            None => format!("Atlassian organization {organization}"),
        };
        let builder = reached.builder()?;
        reached.built(builder, &subject)
    }

    async fn doctor(&self, settings: &Settings, probe_writes: bool) -> Result<Vec<Finding>> {
        let own: AtlassianSettings = settings.deserialize()?;
        if settings.replay().is_none() && own.access_token.is_none() {
            return Ok(vec![atlassian_connector::without_key()]);
        }
        let reached = Reached::by(settings, own)?;
        let transport = Arc::clone(&reached.connection.transport);
        let directory = reached.with_directory(reached.builder()?).and_then(|builder| {
            let client = builder.directory_client(Arc::clone(&transport));
            client.map(|_| builder).map_err(|error| reached.unusable(&error))
        });
        let (builder, wrong) = match directory {
            Ok(builder) => (builder, None),
            Err(error) => (reached.builder()?, Some(error)),
        };
        let mut examination = builder.examination(transport, Arc::clone(&reached.connection.clock));
        examination.is_organization_set = reached.own.organization_id.is_some();
        examination.probe_writes = probe_writes;
        examination.directory_is_wrong = wrong.map(|error| error.without_meaning());
        let mut findings = surroundings(&reached.base);
        let of_vendor = examination.findings().await;
        findings.extend(of_vendor.map_err(|error| reached.unusable(&error))?);
        reached.connection.end()?;
        Ok(findings)
    }

    #[cfg(feature = "demo")]
    async fn demo(&self, settings: &Settings) -> Result<Built> {
        demo::start(settings).await
    }
}
