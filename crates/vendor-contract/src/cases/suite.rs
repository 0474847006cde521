//! The cases of a client, recorded and replayed.

use super::case::{Call, Case, Cases, Origin, Told};
use super::folder::{self, difference, kept_text, replace, root, text_of};
use super::live::{Documented, Live};
use super::played::{Played, Spy};
use super::stage::{Facts, Stage};
use crate::simulated::SimulatedTransport;
use async_trait::async_trait;
use atlassian_sim::SimulatorBuilder;
use http_kit::cassette::{Completeness, RecordingTransport, Redactor, ReplayTransport, Rules, Treatment};
use http_kit::{ManualClock, Request, Response, Secret, Transport, TransportError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// When every case is played.
pub const START: Timestamp = Timestamp::constant(1_791_187_200, 0);

/// A key that no simulator knows.
pub const WRONG_KEY: &str = "cnry-wrong-key-0c84f1d29be7";

/// The recordings are of made-up organizations, so whoever reads this can undo the replacements, and may.
const REDACTION_KEY: &str = "the replacements in the recordings of this project";

/// A client with recordings of its operations.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// The name of its folder in `fixtures/`.
    pub client: &'static str,
    /// What of its traffic is private.
    pub rules: fn() -> Rules,
    /// The world of each case, a new one each time, and always the same.
    pub world: fn() -> World,
}

/// What a case is played in.
#[derive(Clone, Debug)]
pub struct World {
    /// A simulator of a new organization.
    pub simulator: SimulatorBuilder,
    /// The key that the simulator takes.
    pub key: Secret,
    /// Facts by their names: what calls send and no answer tells them.
    pub facts: Vec<(&'static str, String)>,
}

/// The cases of an operation, played from its recording.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replayed {
    /// In the order of the cases.
    pub cases: Vec<Played>,
    /// What is wrong with the recording: requests that are not in it, exchanges that no case asked for, a missing end.
    pub faults: Vec<String>,
}

/// Gives one answer to everything.
#[derive(Debug)]
struct Always(Response);

#[async_trait]
impl Transport for Always {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        Ok(self.0.clone())
    }
}

impl Suite {
    /// Plays the cases of an operation from the recording that is kept.
    ///
    /// # Errors
    ///
    /// The sentence that says why there is no such recording, or why it cannot be read.
    pub async fn replay(&self, cases: &Cases) -> Result<Replayed, String> {
        let operation = cases.operation;
        let replay = ReplayTransport::open(root(self.client).join(operation))
            .map_err(|error| format!("{operation}: cannot replay: {error}{}", self.advice()))?;
        let replay = Arc::new(replay);
        let facts = Facts::recorded(replay.clone());
        let mut played = Vec::new();
        for case in &cases.cases {
            let spy = Spy::new(replay.clone());
            let stage = Stage {
                transport: spy.clone(),
                clock: ManualClock::new(replay.recorded_at()),
                key: "cnry-any-key-will-do-at-replay".to_owned().into(),
                facts: facts.clone(),
                instead: case.instead.clone(),
            };
            played.push(Played {
                case: case.name,
                origin: case.origin.word(),
                told: cases.call_of(case)(stage).await,
                sent: spy.sent(),
            });
        }
        let missed = replay
            .missed()
            .into_iter()
            .map(|missed| format!("{operation}: {missed}"));
        let unused = replay
            .unused()
            .into_iter()
            .map(|unused| format!("{operation}: not asked for: {unused}"));
        let end = Some(replay.completeness()).filter(|end| **end != Completeness::Whole);
        Ok(Replayed {
            cases: played,
            faults: missed
                .chain(unused)
                .chain(end.map(|end| format!("{operation}: {end}")))
                .collect(),
        })
    }

    /// Makes the call of an operation before a server that gives this answer, whatever it is asked. What the call sends is
    /// taken from the recording.
    ///
    /// # Errors
    ///
    /// The sentence that says why there is no recording, or why it cannot be read.
    pub async fn answered(&self, cases: &Cases, answer: &Response) -> Result<Told, String> {
        let operation = cases.operation;
        let replay = ReplayTransport::open(root(self.client).join(operation))
            .map_err(|error| format!("{operation}: cannot replay: {error}{}", self.advice()))?;
        let replay = Arc::new(replay);
        let stage = Stage {
            transport: Arc::new(Always(answer.clone())),
            clock: ManualClock::new(replay.recorded_at()),
            key: "cnry-any-key-will-do-at-replay".to_owned().into(),
            facts: Facts::recorded(replay),
            instead: BTreeMap::new(),
        };
        Ok(cases.call_of(&cases.cases[0])(stage).await)
    }

    /// Makes the recordings of these operations again and tells how they differ from those that are kept, one sentence
    /// each; nothing when they are the same byte for byte. Everything is sent `through` a transport that ends in
    /// `live`.
    ///
    /// With the environment variable `UPDATE_FIXTURES` set, the recordings are kept instead, and those of no operation
    /// removed.
    ///
    /// # Panics
    ///
    /// If a recording cannot be made.
    pub async fn fresh(&self, all: &[Cases], live: &Live, through: Arc<dyn Transport>) -> Vec<String> {
        let made = tempfile::tempdir().expect("a temporary folder");
        let update = update_is_wanted();
        let mut differences = Vec::new();
        for cases in all {
            let dir = made.path().join(cases.operation);
            let kept = root(self.client).join(cases.operation);
            self.record(cases, live, through.clone(), &dir).await;
            if update {
                replace(&kept, &dir);
            } else if let Some(difference) = difference(&kept_text(&kept), &text_of(&dir)) {
                differences.push(format!("{}: {difference}{}", cases.operation, self.advice()));
            }
        }
        let known: BTreeSet<&str> = all.iter().map(|cases| cases.operation).collect();
        let foreign = folder::recordings(self.client).into_keys();
        for name in foreign.filter(|name| !known.contains(name.as_str())) {
            if update {
                std::fs::remove_dir_all(root(self.client).join(&name)).expect("a folder that can be removed");
            } else {
                differences.push(format!("{name}: a recording of no operation{}", self.advice()));
            }
        }
        differences
    }

    /// Records the cases of one operation into `dir`.
    ///
    /// # Panics
    ///
    /// If the recording cannot be made, or what comes before a case fails.
    pub async fn record(
        &self,
        cases: &Cases,
        live: &Live,
        through: Arc<dyn Transport>,
        dir: &Path,
    ) -> Vec<Played> {
        let facts = Facts::live((self.world)().facts);
        for (fact, call) in &cases.learned {
            let mut case = Case::simulated("learned");
            case.call = Some(call.clone());
            let told = self.play(cases, &case, live, live.transport(), &facts).await.told;
            facts.learn(
                fact,
                told.unwrap_or_else(|error| panic!("{}: no {fact}: {error}", cases.operation)),
            );
        }
        // Once without recording, to see which facts there are to be noted.
        for case in &cases.cases {
            self.play(cases, case, live, live.transport(), &facts).await;
        }
        let redactor = Redactor::with_key((self.rules)(), &Secret::from(REDACTION_KEY.to_owned()));
        let recording =
            RecordingTransport::builder(through, dir, redactor).clock(Arc::new(ManualClock::new(START)));
        let recording = facts.used().iter().fold(recording, |recording, (name, fact)| {
            recording.note(name, fact, Treatment::Replace)
        });
        let recording = Arc::new(
            recording
                .start()
                .unwrap_or_else(|error| panic!("cannot record: {error}")),
        );
        let mut played = Vec::new();
        for case in &cases.cases {
            played.push(self.play(cases, case, live, recording.clone(), &facts).await);
        }
        recording
            .finish()
            .unwrap_or_else(|error| panic!("cannot record: {error}"));
        played
    }

    /// Plays one case live in a world of its own.
    async fn play(
        &self,
        cases: &Cases,
        case: &Case,
        live: &Live,
        transport: Arc<dyn Transport>,
        facts: &Arc<Facts>,
    ) -> Played {
        let world = (self.world)();
        let clock = Arc::new(atlassian_sim::ManualClock::new(START));
        let simulator = (case.simulator.0)(world.simulator).clock(clock);
        let stage = |transport: Arc<dyn Transport>, key: Secret, instead: &BTreeMap<_, _>| Stage {
            transport,
            clock: ManualClock::new(START),
            key,
            facts: facts.clone(),
            instead: instead.clone(),
        };
        let answers: Arc<dyn Transport> = match &case.origin {
            Origin::Example(example) => Arc::new(Documented(example.clone())),
            Origin::Simulator => Arc::new(SimulatedTransport::new(simulator.build().router())),
            Origin::Fault(plan) => Arc::new(SimulatedTransport::new(
                simulator.faults(plan.clone()).build().router(),
            )),
        };
        live.answer_by(answers);
        for before in &case.before {
            let told = (before.0)(stage(live.transport(), world.key.clone(), &BTreeMap::new())).await;
            let what = || format!("what comes before {:?} of {}", case.name, cases.operation);
            told.unwrap_or_else(|error| panic!("{}: {error}", what()));
        }
        let key = case.key.map_or(world.key, |key| Secret::from(key.to_owned()));
        let spy = Spy::new(transport);
        let call: Call = cases.call_of(case);
        Played {
            case: case.name,
            origin: case.origin.word(),
            told: call(stage(spy.clone(), key, &case.instead)).await,
            sent: spy.sent(),
        }
    }

    fn advice(&self) -> String {
        format!(
            " (to renew: UPDATE_FIXTURES=1 cargo test -p {} cassettes::fresh)",
            self.client
        )
    }
}

impl Replayed {
    /// The statuses of all answers, of successes and of refusals.
    pub fn statuses(&self) -> BTreeSet<u16> {
        let sent = self.cases.iter().flat_map(|played| &played.sent);
        sent.filter_map(|sent| sent.status).collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the tests, not of the program"
)]
fn update_is_wanted() -> bool {
    std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| !value.is_empty() && value != "0")
}
