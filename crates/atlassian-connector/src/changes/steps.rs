//! A change that takes several writes: all or, where one fails, a failure that says what was done.

use super::fact::{Attempt, Written, attempt, settle};
use super::outcome::{Says, read_once};
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Code, Error, Parts, Result};
use http_kit::Clock;

/// One of several writes.
pub(super) struct Step<F> {
    /// Where it acts, for people.
    pub(super) name: String,
    /// Whether the live state shows that nothing is to be done there.
    pub(super) so: bool,
    pub(super) fact: F,
}

/// Makes every change that is left to make, in order, and goes on where one fails, so that as much as can be is as wanted.
/// `preposition` is the word between what is done and where: in, or from.
///
/// What an account is in one directory may show only when it is the same in all. So where the result of a
/// step is not known, the state is read once more after the last one.
///
/// # Errors
///
/// The first failure of which nobody knows what came, or else the first one, with every write that was sent, made or failed,
/// in order.
pub(super) async fn carry_out<F: Written>(
    cx: &ChangeContext,
    clock: &dyn Clock,
    steps: &[Step<F>],
    says: &Says,
    preposition: &str,
) -> Result<ChangeOutcome> {
    let left: Vec<&Step<F>> = steps.iter().filter(|step| !step.so).collect();
    let mut attempts = Vec::new();
    for step in &left {
        attempts.push(attempt(cx, clock, &step.fact).await);
    }
    let mut outcome = ChangeOutcome::new(ChangeState::AlreadySo, &says.already);
    let (mut states, mut done, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (step, attempt) in left.into_iter().zip(attempts) {
        let made = match attempt {
            Ok(Attempt::Known(applied)) => Ok(applied),
            Ok(Attempt::Open(open)) => settle(&step.fact, open).await,
            Err(error) => Err(error),
        };
        match made {
            Ok(applied) => {
                let notes = applied
                    .notes
                    .into_iter()
                    .map(|note| format!("{}: {note}", step.name));
                outcome.notes.extend(notes);
                outcome.requests.extend(applied.requests);
                states.push(applied.state);
                done.push(step.name.as_str());
            }
            Err(error) => {
                outcome.requests.extend_from_slice(error.requests());
                failures.push((step.name.as_str(), error));
            }
        }
    }
    let so: Vec<&str> = steps
        .iter()
        .filter(|step| step.so)
        .map(|step| step.name.as_str())
        .collect();
    if !failures.is_empty() {
        let parts = Parts {
            done: done
                .iter()
                .map(|name| format!("{} {preposition} the {name}", says.done))
                .collect(),
            not_done: failures
                .iter()
                .map(|(name, _)| format!("{preposition} the {name}"))
                .collect(),
        };
        return Err(partial(failures, &done, &so)
            .with_parts(parts)
            .with_requests(outcome.requests));
    }
    outcome.state = together(&states);
    outcome.summary = match outcome.state {
        ChangeState::AlreadySo => says.already.clone(),
        ChangeState::Planned => format!("{} {preposition} the {}", says.planned, done.join(" and the ")),
        _ => format!("{} {preposition} the {}", says.done, done.join(" and the ")),
    };
    if let Some(read_once) = read_once(cx).filter(|_| !so.is_empty()) {
        outcome.notes.push(match outcome.state {
            ChangeState::AlreadySo => read_once.to_owned(),
            _ => format!("it was so already in the {}: {read_once}", so.join(" and the ")),
        });
    }
    Ok(outcome)
}

/// What several outcomes come to: the weakest of those that did something.
fn together(states: &[ChangeState]) -> ChangeState {
    [
        ChangeState::Planned,
        ChangeState::InProgress,
        ChangeState::Done,
        ChangeState::Verified,
    ]
    .into_iter()
    .find(|state| states.contains(state))
    .unwrap_or(ChangeState::AlreadySo)
}

fn partial(mut failures: Vec<(&str, Error)>, done: &[&str], so: &[&str]) -> Error {
    // A refusal beside it must not make the whole look refused where something may have been carried out.
    let unknown =
        |(_, error): &(&str, Error)| error.code() == Code::Unavailable && !error.requests().is_empty();
    let leading = failures.iter().position(unknown).unwrap_or_default();
    let (_, first) = failures.remove(leading);
    let mut message = first.message().to_owned();
    for (name, also) in failures {
        message += &format!("; in the {name}: {}", also.message());
    }
    if done.is_empty() {
        if !so.is_empty() {
            message += &format!("; it was so already in the {}", so.join(" and the "));
        }
    } else {
        message += &format!("; it was done in the {}", done.join(" and the "));
    }
    let mut error = Error::new(first.code(), message).with_retry(first.retry());
    if let Some(vendor) = first.vendor() {
        error = error.with_vendor(vendor.clone());
    }
    match first.hint() {
        Some(hint) => {
            let hint = hint.to_owned();
            error.with_hint(hint).with_source(first)
        }
        None => error.with_source(first),
    }
}
