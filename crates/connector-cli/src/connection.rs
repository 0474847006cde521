//! What carries the requests of a connector over HTTP: the network, the network with a recording of it (`--record`), or a
//! recording alone (`--replay`).

use crate::built::{After, Built, RequestCounts};
use crate::config::{Settings, name};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use http_kit::cassette::{
    CassetteError, Completeness, RecordingTransport, Redactor, ReplayTransport, Rules, Treatment,
};
use http_kit::{Clock, ManualClock, Meter, ReqwestTransport, SystemClock, Transport};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What carries the requests of a run, for a [`Source`](crate::Source) whose connector works over `http-kit`.
pub struct Connection {
    /// What sends them.
    pub transport: Arc<dyn Transport>,
    /// What waits are measured by; in a replay nothing takes time.
    pub clock: Arc<dyn Clock>,
    /// Counts the requests of every client on this connection.
    pub meter: Arc<Meter>,
    after: Option<After>,
}

/// What a recording has to know of the vendor.
#[derive(Debug)]
pub struct Recording {
    /// What is private in requests and answers.
    pub rules: Rules,
    /// What a replay has to know, by its name; each is replaced as it is in the recorded traffic.
    pub notes: Vec<(&'static str, String)>,
}

impl Connection {
    /// The network, with at most so many idle connections kept, and a recording of it where the settings say so.
    ///
    /// # Errors
    /// Where there is no network to be had, or the recording cannot be started.
    pub fn live(
        settings: &Settings,
        most_idle: usize,
        recording: impl FnOnce() -> Recording,
    ) -> Result<Self> {
        let transport = ReqwestTransport::builder()
            .max_idle(most_idle)
            .build()
            .map_err(|error| Error::configuration(error.to_string()))?;
        let live = Self {
            transport: Arc::new(transport),
            clock: Arc::new(SystemClock),
            meter: Arc::default(),
            after: None,
        };
        match settings.record() {
            None => Ok(live),
            Some(dir) => live
                .recorded(dir, recording())
                .map_err(|error| settings.wrong(name::RECORD, &error)),
        }
    }

    fn recorded(self, dir: &Path, of: Recording) -> Result<Self, CassetteError> {
        let redactor = Redactor::new(of.rules)?;
        let mut recording = RecordingTransport::builder(self.transport, dir, redactor);
        for (name, value) in &of.notes {
            recording = recording.note(name, value, Treatment::Replace);
        }
        let recording = Arc::new(recording.start()?);
        let shown = dir.display().to_string();
        let finish: After = Box::new({
            let recording = Arc::clone(&recording);
            move || {
                let written = recording
                    .finish()
                    .map_err(|error| Error::new(Outcome::NotUnderstood, error.to_string()))?;
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

    /// A recording alone, with what it notes.
    ///
    /// # Errors
    /// Where there is no recording, or it cannot be read.
    pub fn replay(settings: &Settings, dir: &Path) -> Result<(Self, Arc<ReplayTransport>)> {
        let replay = ReplayTransport::open(dir).map_err(|error| settings.wrong(name::REPLAY, &error))?;
        let replay = Arc::new(replay);
        let connection = Self {
            transport: replay.clone(),
            clock: Arc::new(ManualClock::new(replay.recorded_at())),
            meter: Arc::default(),
            after: Some(Box::new({
                let replay = Arc::clone(&replay);
                move || replayed(&replay)
            })),
        };
        Ok((connection, replay))
    }

    /// Ends it: a recording is finished. What it answers with is for the log.
    ///
    /// # Errors
    /// Where the recording cannot be finished, or a replay was asked for what it does not hold.
    pub fn end(self) -> Result<Vec<String>> {
        self.after.map_or_else(|| Ok(Vec::new()), |after| after())
    }

    /// A connector that works over it: its requests are counted, and it ends with the run.
    pub fn carries(self, built: Built) -> Built {
        let meter = self.meter;
        Built {
            requests: Arc::new(move || {
                let total = meter.total();
                RequestCounts {
                    total: total.requests,
                    retried: total.retries,
                    rate_limited: total.rate_limited,
                }
            }),
            after: self.after,
            ..built
        }
    }
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

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
