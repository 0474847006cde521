//! Syncs one Atlassian organization into a `.c1z` artifact, and nothing else: the library calls of a sync in a row.
//!
//! `baton-atlassian` is the program for operation, with configuration files, logs, a summary and documents.
#![forbid(unsafe_code)]

use atlassian_admin::{AdminClient, OrgId, http_builder};
use atlassian_connector::{AtlassianConnector, Options};
use clap::Parser;
use connector_cli::{Error, Outcome};
use connector_runtime::{SyncOptions, SyncReport, SystemClock, sync};
use http_kit::{ReqwestTransport, Secret};
use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use url::Url;

/// Syncs one Atlassian organization into a .c1z artifact
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// An organization API key without scopes
    #[arg(long, env = "BATON_API_TOKEN", hide_env_values = true)]
    access_token: String,
    /// The organization that the key was made in
    #[arg(long, env = "BATON_ORG")]
    organization_id: String,
    /// The address of the administration APIs
    #[arg(long, default_value = atlassian_admin::BASE_URL)]
    base_url: Url,
    /// The artifact to write
    #[arg(short, long, default_value = "sync.c1z")]
    file: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(Error::new(
            Outcome::NotUnderstood,
            format!("cannot start threads: {error}"),
        )),
    };
    let (outcome, line) = match ended {
        Ok((outcome, line)) => (outcome, line),
        Err(error) => (error.outcome(), error.to_string()),
    };
    // A reader that went away is no failure of the sync, and there is nowhere left to tell any other.
    let _ = match outcome {
        Outcome::Done => writeln!(io::stdout(), "{line}"),
        _ => writeln!(io::stderr(), "atlassian-sync: {line}"),
    };
    outcome.into()
}

async fn run(arguments: Arguments) -> Result<(Outcome, String), Error> {
    let mut options = SyncOptions::new(arguments.file, Arc::new(SystemClock));
    options
        .scope
        .insert("organization".to_owned(), arguments.organization_id.clone());
    options
        .scope
        .insert("base_url".to_owned(), arguments.base_url.to_string());

    let organization = OrgId::parse(&arguments.organization_id).map_err(|error| wrong(&error))?;
    let transport = ReqwestTransport::builder()
        .build()
        .map_err(|error| wrong(&error))?;
    let key = Secret::from(arguments.access_token);
    let http = http_builder(Arc::new(transport), arguments.base_url, key)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .max_in_flight(128)
        .build()
        .map_err(|error| wrong(&format!("cannot {error}")))?;
    let connector = Arc::new(AtlassianConnector::new(
        AdminClient::new(http, organization),
        Options::default(),
    ));

    let cancel = options.cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
    let report = sync(connector, options)
        .await
        .map_err(|error| Error::sync(&error))?;
    Ok(told(&report))
}

fn wrong(error: &dyn Display) -> Error {
    Error::configuration(error.to_string())
}

fn told(report: &SyncReport) -> (Outcome, String) {
    let resources: u64 = report.resources.values().sum();
    let grants: u64 = report.grants.values().sum();
    let written = format!(
        "{resources} resources and {grants} grants in {}",
        report.output.display()
    );
    let gaps: Vec<_> = report
        .gaps()
        .map(|gap| format!("{} ({})", gap.kind, gap.count))
        .collect();
    match gaps.as_slice() {
        [] => (Outcome::Done, written),
        gaps => (
            Outcome::Gaps,
            format!("{written}, which lacks {}", gaps.join(", ")),
        ),
    }
}
