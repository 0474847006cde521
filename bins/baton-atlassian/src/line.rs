//! What carries the requests: the network, the network with a recording of it (`--record`), or a recording alone
//! (`--replay`).

use atlassian_admin::OrgId;
use connector_cli::{After, Error, Outcome, Result, Settings};
use http_kit::cassette::{Completeness, RecordingTransport, Redactor, ReplayTransport, Rules, Treatment};
use http_kit::{Clock, ManualClock, Meter, ReqwestTransport, SystemClock, Transport};
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

/// The note that tells a replay which organization was recorded.
const ORGANIZATION: &str = "organization";

/// The note that tells a replay which SCIM directory was recorded, where there was one.
const DIRECTORY: &str = "scim_directory";

/// What a recording is of.
pub(crate) struct Recorded {
    pub(crate) organization: OrgId,
    /// The path of the SCIM directory, below the address of the APIs.
    pub(crate) directory: Option<String>,
}

/// What carries the requests.
pub(crate) struct Line {
    pub(crate) transport: Arc<dyn Transport>,
    /// What waits are measured by; in a replay nothing takes time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Counts the requests of every client on this line.
    pub(crate) meter: Arc<Meter>,
    /// What to do after the run.
    pub(crate) after: Option<After>,
}

impl Line {
    /// The network, and a recording of it where the settings say so.
    ///
    /// # Errors
    /// Where the recording cannot be started.
    pub(crate) fn live(
        settings: &Settings,
        in_flight: usize,
        organization: &OrgId,
        directory: Option<&str>,
    ) -> Result<Self> {
        let transport = ReqwestTransport::builder()
            .max_idle(in_flight)
            .build()
            .map_err(|error| Error::configuration(format!("cannot {error}")))?;
        let line = Self {
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            meter: Arc::default(),
            after: None,
        };
        match settings.record() {
            None => Ok(line),
            Some(dir) => line
                .recorded(dir, organization, directory)
                .map_err(|error| wrong(settings, "record", &error)),
        }
    }

    fn recorded(
        self,
        dir: &Path,
        organization: &OrgId,
        directory: Option<&str>,
    ) -> Result<Self, http_kit::cassette::CassetteError> {
        let redactor = Redactor::new(rules())?;
        let mut recording = RecordingTransport::builder(self.transport, dir, redactor).note(
            ORGANIZATION,
            organization.as_str(),
            Treatment::Replace,
        );
        // The id alone is replaced as it is in the recorded paths.
        let address = directory.map(|address| address.trim_end_matches('/'));
        if let Some((_, id)) = address.and_then(|address| address.rsplit_once('/')) {
            recording = recording.note(DIRECTORY, id, Treatment::Replace);
        }
        let recording = recording.start()?;
        let recording = Arc::new(recording);
        let shown = dir.display().to_string();
        let finish: After = Box::new({
            let recording = Arc::clone(&recording);
            move || {
                let written = recording
                    .finish()
                    .map_err(|error| Error::new(Outcome::NotUnderstood, format!("cannot {error}")))?;
                let mut remarks = vec![format!("recorded {} requests into {shown}", written.exchanges)];
                if written.withheld_bodies > 0 {
                    remarks.push(format!(
                        "of {} bodies only the length was recorded",
                        written.withheld_bodies
                    ));
                }
                Ok(remarks)
            }
        });
        Ok(Self {
            transport: recording,
            after: Some(finish),
            ..self
        })
    }

    /// A recording alone, with what it is of.
    ///
    /// # Errors
    /// Where there is no recording, or one that this program did not write.
    pub(crate) fn replay(settings: &Settings, dir: &Path) -> Result<(Self, Recorded)> {
        let replay = ReplayTransport::open(dir).map_err(|error| wrong(settings, "replay", &error))?;
        let organization = replay.note(ORGANIZATION).map(OrgId::from_vendor).ok_or_else(|| {
            wrong(
                settings,
                "replay",
                &"replay it: it does not say which organization it is of",
            )
        })?;
        let recorded = Recorded {
            organization,
            directory: replay.note(DIRECTORY).map(|id| format!("/scim/directory/{id}")),
        };
        let replay = Arc::new(replay);
        let line = Self {
            transport: replay.clone(),
            clock: Arc::new(ManualClock::new(replay.recorded_at())),
            meter: Arc::default(),
            after: Some(Box::new(move || replayed(&replay))),
        };
        Ok((line, recorded))
    }
}

/// The rules of both clients.
fn rules() -> Rules {
    atlassian_admin::redaction_rules().below("/scim/", scim_client::redaction_rules())
}

/// A request that was not recorded ends the run, even where the run could do without its answer.
fn replayed(replay: &ReplayTransport) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    if *replay.completeness() != Completeness::Whole {
        remarks.push(replay.completeness().to_string());
    }
    if let Some(missed) = replay.missed().first() {
        let more = match replay.missed().len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        return Err(Error::new(
            Outcome::NotUnderstood,
            format!("a request is not in the recording: {missed}{more}"),
        )
        .with_hint("The recording is of another version or of another command; record it again"));
    }
    let unused = replay.unused();
    if let Some(first) = unused.first() {
        remarks.push(format!(
            "{} recorded requests were not asked for, first {first}",
            unused.len()
        ));
    }
    Ok(remarks)
}

fn wrong(settings: &Settings, setting: &str, error: &dyn Display) -> Error {
    Error::configuration(format!("{}: cannot {error}", settings.shown(setting)))
}
