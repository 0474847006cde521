//! Syncs one Atlassian organization into a `.c1z` artifact, and nothing else: the library calls of a sync in a row.
//!
//! `baton-atlassian` is the program for operation, with configuration files, logs, a summary and documents.
#![forbid(unsafe_code)]

use atlassian_admin::{AdminClient, OrgId, http_builder, redaction_rules};
use atlassian_connector::{AtlassianConnector, Options};
use clap::Parser;
use connector_cli::{Error, Outcome, run_short};
use connector_runtime::{SyncOptions, SyncReport, SystemClock, sync};
use http_kit::cassette::{RecordingTransport, Redactor, ReplayTransport, Treatment};
use http_kit::{Clock, ManualClock, ReqwestTransport, Secret, Transport};
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use url::Url;

/// Syncs one Atlassian organization into a .c1z artifact
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// An organization API key without scopes
    #[arg(
        long,
        env = "BATON_API_TOKEN",
        hide_env_values = true,
        required_unless_present = "replay"
    )]
    access_token: Option<String>,
    /// The organization that the key was made in
    #[arg(long, env = "BATON_ORG", required_unless_present = "replay")]
    organization_id: Option<String>,
    /// The address of the administration APIs
    #[arg(long, default_value = atlassian_admin::BASE_URL)]
    base_url: Url,
    /// The artifact to write
    #[arg(short, long, default_value = "sync.c1z")]
    file: PathBuf,
    /// Record the traffic into this new folder, with what is private replaced
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Answer every request from this recording; key and organization have no meaning then
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run_short("atlassian-sync", run(arguments))
}

async fn run(arguments: Arguments) -> Result<String, Error> {
    let Line {
        transport,
        clock,
        organization,
        recording,
    } = line(&arguments)?;
    let mut options = SyncOptions::new(arguments.file, Arc::new(SystemClock));
    let base = arguments.base_url.to_string();
    let base = arguments.replay.map_or(base, |_| "recording".to_owned());
    options
        .scope
        .insert("organization".to_owned(), organization.to_string());
    options.scope.insert("base_url".to_owned(), base);

    let key = Secret::from(arguments.access_token.unwrap_or_else(|| "-".to_owned()));
    let http = http_builder(transport, arguments.base_url, key)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .clock(clock)
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
    let synced = sync(connector, options)
        .await
        .map_err(|error| Error::sync(&error));
    // A sync that failed is worth a recording most of all.
    let recorded = recording.map_or(Ok(()), |recording| recording.finish().map(drop));
    let told = told(&synced?);
    if let Err(error) = recorded {
        let told = told.unwrap_or_else(|gaps| gaps.to_string());
        return Err(wrong(&format!("cannot {error}; {told}")));
    }
    told
}

/// What carries the requests.
struct Line {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    organization: OrgId,
    recording: Option<Arc<RecordingTransport>>,
}

/// The network, the network with a recording of it, or a recording alone.
fn line(arguments: &Arguments) -> Result<Line, Error> {
    if let Some(dir) = &arguments.replay {
        let replay = ReplayTransport::open(dir).map_err(|error| wrong(&format!("cannot {error}")))?;
        let organization = replay.note("organization").map(OrgId::from_vendor);
        return Ok(Line {
            clock: Arc::new(ManualClock::new(replay.recorded_at())),
            organization: organization
                .ok_or_else(|| wrong(&"the recording does not say which organization it is of"))?,
            transport: Arc::new(replay),
            recording: None,
        });
    }
    let organization = OrgId::parse(arguments.organization_id.as_deref().unwrap_or_default())
        .map_err(|error| wrong(&error))?;
    let network = ReqwestTransport::builder()
        .build()
        .map_err(|error| wrong(&error))?;
    let mut line = Line {
        transport: Arc::new(network),
        clock: Arc::new(http_kit::SystemClock),
        organization,
        recording: None,
    };
    if let Some(dir) = &arguments.record {
        let recording = Redactor::new(redaction_rules())
            .and_then(|redactor| {
                RecordingTransport::builder(Arc::clone(&line.transport), dir, redactor)
                    .note("organization", line.organization.as_str(), Treatment::Replace)
                    .start()
            })
            .map_err(|error| wrong(&format!("cannot {error}")))?;
        let recording = Arc::new(recording);
        line.transport = recording.clone();
        line.recording = Some(recording);
    }
    Ok(line)
}

fn wrong(error: &dyn Display) -> Error {
    Error::configuration(error.to_string())
}

fn told(report: &SyncReport) -> Result<String, Error> {
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
        [] => Ok(written),
        gaps => Err(Error::new(
            Outcome::Gaps,
            format!("{written}, which lacks {}", gaps.join(", ")),
        )),
    }
}
