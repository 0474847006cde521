//! From the results of writes to the outcome that a person reads.

use super::fact::Applied;
use connector_sdk::proto::wkt;
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

/// How a change is told, for each thing that can come of it.
#[derive(Clone, Debug)]
pub(super) struct Says {
    /// It was made.
    pub(super) done: String,
    /// It was so already.
    pub(super) already: String,
    /// It would be made.
    pub(super) planned: String,
}

impl Says {
    fn sentence(&self, state: ChangeState) -> &str {
        match state {
            ChangeState::Done | ChangeState::Verified | ChangeState::InProgress => &self.done,
            ChangeState::AlreadySo => &self.already,
            ChangeState::Planned => &self.planned,
        }
    }

    /// The outcome of a change that the live state shows to be so already.
    pub(super) fn already(&self, cx: &ChangeContext) -> ChangeOutcome {
        already(cx, &self.already)
    }

    /// The outcome of one write.
    pub(super) fn of(&self, applied: Applied) -> ChangeOutcome {
        let mut outcome = ChangeOutcome::new(applied.state, self.sentence(applied.state));
        outcome.requests = applied.requests;
        outcome.notes = applied.notes;
        outcome
    }
}

/// The outcome of a change of which it was read that it is so already.
pub(super) fn already(cx: &ChangeContext, summary: impl Into<String>) -> ChangeOutcome {
    let mut outcome = ChangeOutcome::new(ChangeState::AlreadySo, summary);
    outcome.notes.extend(read_once(cx).map(str::to_owned));
    outcome
}

/// What to know of what was read to be so already: the opposite may have been done a moment before, and not show yet. With
/// `--verify` it was waited for that.
pub(super) fn read_once(cx: &ChangeContext) -> Option<&'static str> {
    const READ_ONCE: &str =
        "read once: the vendor may show a state that is up to 30 seconds old; run with --verify to be sure";
    (!cx.verify).then_some(READ_ONCE)
}

/// Adds what an action answers with.
pub(super) fn responding(mut outcome: ChangeOutcome) -> ChangeOutcome {
    if outcome.state != ChangeState::Planned {
        outcome.response = Some(success());
    }
    outcome
}

fn success() -> Struct {
    let yes = Value {
        kind: Some(Kind::BoolValue(true)),
    };
    wkt::object([("success", yes)])
}
