//! The transport that answers from a recording.

use super::difference::NotRecorded;
use super::error::CassetteError;
use super::exchange::{Asked, Exchange};
use super::format::{Entry, Header, Part, file_name, malformed, parts_in};
use super::rules::Rules;
use crate::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use http::HeaderName;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing::warn;

/// Answers requests from a recording, and no others. No network is used and nothing is waited for.
///
/// A request has to be one that was recorded: the same method, path, query (parameters of one key in their order),
/// recorded headers and body (JSON by its values). The host may be any, and secrets too. Requests may come in any
/// order and at the same time; those that do not differ get their answers in the order of the recording, each answer
/// once. Anything else ends in [`TransportErrorKind::NotRecorded`], whose text names the difference to the closest
/// recorded request.
///
/// Recorded failures and refusals (429, 503) come again with their headers. Whoever waits between attempts waits on the
/// clock of the client; with a [`ManualClock`](crate::ManualClock) that starts at [`ReplayTransport::recorded_at`]
/// nothing takes time, and times in the answers are as far away as they were.
///
/// The whole recording is held in memory.
pub struct ReplayTransport {
    header: Header,
    compared_headers: Vec<HeaderName>,
    secrets: Rules,
    notes: BTreeMap<String, String>,
    completeness: Completeness,
    pub(super) exchanges: Vec<Stored>,
    state: Mutex<State>,
}

/// Whether a recording has an end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completeness {
    /// It was finished by the program that recorded.
    Whole,
    /// It ends after an exchange, but was not finished: the program was ended before, or is still recording.
    Unfinished,
    /// It ends within an exchange, as after a kill. That exchange is left out.
    CutShort {
        /// The cassette.
        path: PathBuf,
        /// The line in which that exchange begins, from 1.
        line: usize,
    },
}

/// A recorded exchange that was not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unused {
    /// Its number in the recording.
    pub number: u64,
    /// The name of the cassette that holds it.
    pub file: String,
    /// The method of its request.
    pub method: String,
    /// The path of its request.
    pub path: String,
}

/// An exchange in memory.
pub(super) struct Stored {
    pub(super) number: u64,
    pub(super) file: String,
    /// Without secrets.
    pub(super) request: Asked,
    outcome: Result<Response, TransportErrorKind>,
}

struct State {
    /// By the print of the request, the exchanges that are left.
    left: HashMap<[u8; 32], VecDeque<usize>>,
    missed: Vec<NotRecorded>,
}

// === impl ReplayTransport ===

impl ReplayTransport {
    /// Reads the recording in `dir`.
    ///
    /// One that ends too early is read as far as it is whole, which is logged as a warning and told by
    /// [`ReplayTransport::completeness`].
    ///
    /// # Errors
    ///
    /// [`CassetteError`] when there is no recording, a part of it is missing, or it is not what this crate writes; with
    /// the file and the line.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let parts = read_parts(dir.as_ref())?;
        let header = parts[0].header.clone();
        let mut replay = Self {
            compared_headers: header
                .compared_headers
                .iter()
                .filter_map(|name| name.parse().ok())
                .collect(),
            secrets: Rules::only_secrets(&header.secret_keys),
            header,
            notes: BTreeMap::new(),
            completeness: Completeness::Unfinished,
            exchanges: Vec::new(),
            state: Mutex::new(State {
                left: HashMap::new(),
                missed: Vec::new(),
            }),
        };
        for part in parts {
            replay.take(part)?;
        }
        if replay.completeness != Completeness::Whole {
            let (exchanges, why) = (replay.exchanges.len(), replay.completeness.to_string());
            warn!(exchanges, why, "the recording may not be whole");
        }
        Ok(replay)
    }

    /// A fact that was given to [`RecordingBuilder::note`](super::RecordingBuilder::note), as it was recorded.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }

    /// When the recording began.
    pub fn recorded_at(&self) -> Timestamp {
        self.header.recorded_at
    }

    /// Whether the recording has an end.
    pub fn completeness(&self) -> &Completeness {
        &self.completeness
    }

    /// How many exchanges were recorded.
    pub fn exchanges(&self) -> usize {
        self.exchanges.len()
    }

    /// The exchanges that were not asked for so far, in the order of the recording.
    pub fn unused(&self) -> Vec<Unused> {
        let mut left: Vec<usize> = self.state().left.values().flatten().copied().collect();
        left.sort_unstable();
        let unused = left.into_iter().map(|index| {
            let stored = &self.exchanges[index];
            Unused {
                number: stored.number,
                file: stored.file.clone(),
                method: stored.request.method.clone(),
                path: stored.request.path_text(),
            }
        });
        unused.collect()
    }

    /// The requests so far that were not recorded, in the order in which they came. A program that tolerates failed
    /// requests can look here whether it met any.
    pub fn missed(&self) -> Vec<NotRecorded> {
        self.state().missed.clone()
    }

    fn take(&mut self, part: Part) -> Result<(), CassetteError> {
        let Part {
            path, entries, cut, ..
        } = part;
        let file = file_of(&path);
        for (line, entry) in entries {
            let fault = match entry {
                _ if self.completeness == Completeness::Whole => Some("something follows the end".to_owned()),
                Entry::Cassette(_) => Some("a second version".to_owned()),
                Entry::Note(note) => {
                    self.notes.insert(note.name, note.value);
                    None
                }
                Entry::Exchange(exchange) => self.add(*exchange, &file).err(),
                Entry::End(end) if end.exchanges == self.exchanges.len() as u64 => {
                    self.completeness = Completeness::Whole;
                    None
                }
                Entry::End(end) => Some(format!(
                    "the recording had {} exchanges, {} are there",
                    end.exchanges,
                    self.exchanges.len()
                )),
            };
            if let Some(fault) = fault {
                return Err(malformed(&path, line, fault));
            }
        }
        if let Some(line) = cut {
            self.completeness = Completeness::CutShort { path, line };
        }
        Ok(())
    }

    fn add(&mut self, exchange: Exchange, file: &str) -> Result<(), String> {
        let at = |fault: String| format!("exchange {}: {fault}", exchange.number);
        let outcome = match (&exchange.response, exchange.failure) {
            (Some(response), None) => Ok(response.response().map_err(at)?),
            (None, Some(failure)) => Err(failure.into()),
            _ => return Err(at("it has not either a response or a failure".to_owned())),
        };
        let request = exchange.request.without_secrets(&self.secrets);
        let print = request.print(&self.secrets);
        let index = self.exchanges.len();
        self.exchanges.push(Stored {
            number: exchange.number,
            file: file.to_owned(),
            request,
            outcome,
        });
        self.state().left.entry(print).or_default().push_back(index);
        Ok(())
    }

    /// The next answer to a request, or why there is none.
    fn answer(&self, request: &Request) -> Result<usize, NotRecorded> {
        let asked = Asked::of(request, &self.compared_headers).without_secrets(&self.secrets);
        let print = asked.print(&self.secrets);
        let mut state = self.state();
        if let Some(index) = state.left.get_mut(&print).and_then(VecDeque::pop_front) {
            return Ok(index);
        }
        let left: Vec<usize> = state.left.values().flatten().copied().collect();
        drop(state);
        let missed = NotRecorded::new(&asked, &self.exchanges, &left);
        self.state().missed.push(missed.clone());
        Err(missed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Answers are taken one by one, so poisoned queues are whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for ReplayTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        match self.answer(&request) {
            Ok(index) => self.exchanges[index].outcome.clone().map_err(TransportError::new),
            Err(missed) => Err(TransportError::new(TransportErrorKind::NotRecorded).with_source(missed)),
        }
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayTransport")
            .field("exchanges", &self.exchanges.len())
            .field("completeness", &self.completeness)
            .finish_non_exhaustive()
    }
}

/// At least one part, all of one recording, without a gap; only the last may be cut.
fn read_parts(dir: &Path) -> Result<Vec<Part>, CassetteError> {
    let paths = parts_in(dir)?;
    let mut parts: Vec<Part> = Vec::with_capacity(paths.len());
    let last = paths.len();
    for (expected, (number, path)) in (1..).zip(paths) {
        if number != expected {
            return Err(CassetteError::MissingPart {
                dir: dir.to_owned(),
                file: file_name(expected),
            });
        }
        let part = Part::read(&path)?;
        let of_first = parts
            .first()
            .is_none_or(|first| first.header.recording == part.header.recording);
        if !of_first || part.header.part != number {
            return Err(CassetteError::ForeignPart { path });
        }
        if let Some(line) = part.cut.filter(|_| parts.len() + 1 < last) {
            return Err(malformed(
                &path,
                line,
                "the cassette ends within a value, yet another follows".to_owned(),
            ));
        }
        parts.push(part);
    }
    if parts.is_empty() {
        return Err(CassetteError::NoRecording { dir: dir.to_owned() });
    }
    Ok(parts)
}

fn file_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

// === impl Completeness ===

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the recording is whole"),
            Self::Unfinished => {
                f.write_str("the recording was not finished: something may be missing at its end")
            }
            Self::CutShort { path, line } => write!(
                f,
                "the recording ends within an exchange, which is left out ({}, line {line})",
                file_of(path)
            ),
        }
    }
}

// === impl Unused ===

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exchange {} of {}: {} {}",
            self.number, self.file, self.method, self.path
        )
    }
}
