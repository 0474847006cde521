//! The transport that records.

use super::error::CassetteError;
use super::exchange::{Body, Exchange};
use super::format::{Entry, Header, Note, VERSION};
use super::redactor::Redactor;
use super::rules::Treatment;
use super::tape::Tape;
use crate::clock::{Clock, SystemClock};
use crate::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// Sends requests through another transport and records every exchange, with what is private replaced.
///
/// Responses come back as they are; only the recording has replacements. An exchange is written before its response
/// is returned, so that a process that is killed leaves nothing out of what it acted on. A request whose future is
/// dropped before the answer is not recorded. Replacing and writing take time of the task that sends: a millisecond or
/// so for a page of a hundred rows.
///
/// If an exchange cannot be written, its request ends in [`TransportErrorKind::Other`] although it was sent, and so
/// does every later one, without being sent: a recording with a hole would be replayed wrongly.
pub struct RecordingTransport {
    inner: Arc<dyn Transport>,
    redactor: Redactor,
    state: Mutex<State>,
}

/// Sets up a [`RecordingTransport`].
#[must_use]
pub struct RecordingBuilder {
    inner: Arc<dyn Transport>,
    dir: PathBuf,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
    max_file_bytes: u64,
    notes: Vec<Note>,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recording {
    /// Exchanges written.
    pub exchanges: u64,
    /// Bodies of which only the length was recorded, see [`Rules::body`](super::Rules::body).
    pub withheld_bodies: u64,
    /// Files written.
    pub files: u32,
}

struct State {
    tape: Tape,
    recording: Recording,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Finished,
    Broken,
}

// === impl RecordingTransport ===

impl RecordingTransport {
    /// Records into `dir` with the defaults of the builder.
    ///
    /// # Errors
    ///
    /// As [`RecordingBuilder::start`].
    pub fn new(
        inner: Arc<dyn Transport>,
        dir: impl Into<PathBuf>,
        redactor: Redactor,
    ) -> Result<Self, CassetteError> {
        Self::builder(inner, dir, redactor).start()
    }

    /// The defaults, to be changed.
    pub fn builder(
        inner: Arc<dyn Transport>,
        dir: impl Into<PathBuf>,
        redactor: Redactor,
    ) -> RecordingBuilder {
        RecordingBuilder {
            inner,
            dir: dir.into(),
            redactor,
            clock: Arc::new(SystemClock),
            max_file_bytes: 4 * 1024 * 1024,
            notes: Vec::new(),
        }
    }

    /// What was recorded so far.
    pub fn recorded(&self) -> Recording {
        self.state().recording
    }

    /// The replacements of this recording.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Ends the recording and waits until it is on the disk. A recording that was not ended can be replayed, but says
    /// of itself that something may be missing.
    ///
    /// # Errors
    ///
    /// [`CassetteError`] when the end cannot be written, or when an exchange before could not be.
    pub fn finish(&self) -> Result<Recording, CassetteError> {
        let mut state = self.state();
        match state.stage {
            Stage::Broken => return Err(CassetteError::Broken),
            Stage::Finished => return Ok(state.recording),
            Stage::Open => {}
        }
        // Whatever comes of it, nothing may be written behind it.
        state.stage = Stage::Broken;
        let exchanges = state.recording.exchanges;
        state.tape.end(exchanges)?;
        state.stage = Stage::Finished;
        Ok(state.recording)
    }

    fn record(
        &self,
        request: &Request,
        outcome: &Result<Response, TransportError>,
    ) -> Result<(), CassetteError> {
        // The work is done before the lock on the files is taken; the number is put in under it.
        let mut exchange = self.redactor.exchange(0, request, outcome.as_ref());
        let mut state = self.state();
        state.check()?;
        state.stage = Stage::Broken;
        exchange.number = state.recording.exchanges + 1;
        let withheld = withheld(&exchange);
        let text = self.redactor.wipe(Entry::Exchange(Box::new(exchange)).text())?;
        state.recording.files = state.tape.append(&text)?;
        state.recording.exchanges += 1;
        state.recording.withheld_bodies += withheld;
        state.stage = Stage::Open;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The stage says whether an append was interrupted.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn withheld(exchange: &Exchange) -> u64 {
    let response = exchange
        .response
        .as_ref()
        .and_then(|response| response.body.as_ref());
    let bodies = [exchange.request.body.as_ref(), response].into_iter().flatten();
    bodies
        .filter(|body| matches!(body, Body::WithheldBytes(_)))
        .count() as u64
}

#[async_trait]
impl Transport for RecordingTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let refused =
            |error: CassetteError| TransportError::new(TransportErrorKind::Other).with_source(error);
        self.state().check().map_err(refused)?;
        self.redactor.learn_from_request(&request.headers);
        let outcome = self.inner.send(request.clone()).await;
        if let Ok(response) = &outcome {
            self.redactor.learn_from_response(&response.headers);
        }
        self.record(&request, &outcome).map_err(refused)?;
        outcome
    }

    fn prepare(&self, base: &Url) -> Result<(), TransportError> {
        self.inner.prepare(base)
    }
}

impl fmt::Debug for RecordingTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTransport")
            .field("recorded", &self.recorded())
            .finish_non_exhaustive()
    }
}

// === impl State ===

impl State {
    fn check(&self) -> Result<(), CassetteError> {
        match self.stage {
            Stage::Open => Ok(()),
            Stage::Finished => Err(CassetteError::Finished),
            Stage::Broken => Err(CassetteError::Broken),
        }
    }
}

// === impl RecordingBuilder ===

impl RecordingBuilder {
    /// A fact that the replaying program needs and that no answer holds, such as the id it was started with. It is
    /// written as the treatment says; [`ReplayTransport::note`](super::ReplayTransport::note) returns it.
    pub fn note(mut self, name: &str, value: &str, treatment: Treatment) -> Self {
        self.notes.push(Note {
            name: name.to_owned(),
            value: self.redactor.treated(value, treatment),
        });
        self
    }

    /// Where the time of the recording comes from. Default: the system's clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// From this size on, a new file is begun before the next exchange. Default 4 MiB: what editors and tools for
    /// differences show without complaint. A file is larger only if one exchange is.
    pub fn max_file_bytes(mut self, most: u64) -> Self {
        self.max_file_bytes = most;
        self
    }

    /// Makes the folder and the first cassette, readable for this user only.
    ///
    /// # Errors
    ///
    /// [`CassetteError::Occupied`] when the folder holds a recording, [`CassetteError::Io`], and
    /// [`CassetteError::Credential`] when a note holds a known credential that cannot be taken out.
    pub fn start(self) -> Result<RecordingTransport, CassetteError> {
        let rules = self.redactor.rules();
        let recorded_at = self.clock.now();
        let header = Header {
            version: VERSION,
            recording: self.redactor.recording(recorded_at),
            part: 1,
            recorded_at,
            compared_headers: rules
                .request_headers
                .iter()
                .map(|(name, _)| name.to_string())
                .collect(),
            secret_keys: rules.secrets().into_iter().collect(),
        };
        let mut tape = Tape::create(self.dir, header, self.max_file_bytes)?;
        let mut files = 1;
        for note in self.notes {
            files = tape.append(&self.redactor.wipe(Entry::Note(note).text())?)?;
        }
        let state = State {
            tape,
            recording: Recording {
                files,
                ..Recording::default()
            },
            stage: Stage::Open,
        };
        Ok(RecordingTransport {
            inner: self.inner,
            redactor: self.redactor,
            state: Mutex::new(state),
        })
    }
}

impl fmt::Debug for RecordingBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingBuilder")
            .field("dir", &self.dir)
            .field("max_file_bytes", &self.max_file_bytes)
            .finish_non_exhaustive()
    }
}
