//! The order of a change.

use super::audit::{Attempt, Audit, Place};
use super::call::Writes;
use super::error::{self, ChangeError};
use super::prepare::{Lookup, Prepared, prepare};
use super::report::ChangeReport;
use super::request::{Change, ChangeOptions};
use super::secrets::Secrets;
use crate::clock::Clock;
use crate::origin;
use connector_sdk::{ChangeContext, ChangeOutcome, Code, Connector, Tenant, WriteRequest};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// Carries a change out, once: see the [module](mod@crate::change) for the order.
///
/// Dropped while the connector is at work, it stops it, and the audit file says that the outcome is not known.
/// [`ChangeOptions::cancel`] stops it in an orderly way.
///
/// # Errors
/// [`ChangeError`] says what was refused, or what failed. Only after [`ChangeError::Connector`], [`ChangeError::BrokeOff`],
/// [`ChangeError::Interrupted`] and [`ChangeError::OutcomeNotKept`] something may have been sent.
pub async fn change(
    connector: Arc<dyn Connector>,
    change: Change,
    options: ChangeOptions,
) -> Result<ChangeReport, ChangeError> {
    let started_at = options.clock.now();
    let name = connector.spec().display_name;
    let tenant = connector.tenant();
    let lookup = Lookup {
        path: options.artifact.clone(),
        temp_dirs: options.temp_dirs.clone(),
        named: options.artifact_named,
    };
    let writes = Writes::of(Arc::clone(&connector), options.dry_run);
    let prepared = tokio::select! {
        biased;
        prepared = blocking(move || prepare(&*connector, change, &lookup)) => prepared,
        () = options.cancel.cancelled() => return Err(ChangeError::Interrupted { may_be_made: false }),
    };
    let Prepared {
        target,
        call,
        secrets,
        artifact,
        note,
        is_compared,
    } = prepared.map_err(ChangeError::Engine)??;
    if let Some(note) = &note {
        tracing::warn!("{note}");
    }
    let uncompared = tenant.as_ref().filter(|_| !is_compared).map(uncompared);

    let audit = match options.audit.clone() {
        None => None,
        Some(path) => {
            let attempt = Attempt {
                actor: options.actor,
                connector: name,
                place: Place::of(tenant, call.made_at(), options.dry_run),
                target: target.clone(),
                artifact,
                secrets: secrets.clone(),
            };
            Some(keep_attempt(&path, attempt, Arc::clone(&options.clock)).await?)
        }
    };
    let kept = audit.as_ref().map(Audit::kept);

    let cx = ChangeContext {
        dry_run: options.dry_run,
        verify: options.verify,
    };
    // A task of its own, so that a connector that panics ends the change and not the program.
    let mut task = AbortOnDropHandle::new(tokio::spawn(call.make(cx)));
    let answer = tokio::select! {
        biased;
        answer = &mut task => answer,
        () = options.cancel.cancelled() => stopped(task, &writes, options.grace).await,
    };
    let ended_at = options.clock.now();

    let answer = answer.map_err(|error| Unanswered {
        was_stopped: error.is_cancelled(),
        may_be_made: writes.may_be_sent(),
    });
    let (noted, answer) = keep_outcome(audit, answer).await;
    let outcome = match answer {
        Ok(Ok(outcome)) => {
            let mut outcome = without_secrets(outcome, &secrets);
            outcome.notes.extend(note.into_iter().chain(uncompared));
            Ok(ChangeReport::new(target, outcome, kept, (started_at, ended_at)))
        }
        Ok(Err(error)) => Err(ChangeError::Connector(error_without_secrets(error, &secrets))),
        Err(Unanswered {
            was_stopped: true,
            may_be_made,
        }) => Err(ChangeError::Interrupted { may_be_made }),
        Err(Unanswered { may_be_made, .. }) => Err(ChangeError::BrokeOff { may_be_made }),
    };
    told(outcome, noted, options.audit)
}

/// What a person should know where no artifact says which tenant they mean.
fn uncompared(tenant: &Tenant) -> String {
    format!(
        "no artifact was named to compare with; the settings say that this is {}",
        origin::shown(tenant)
    )
}

/// Stops a change: at once while it has only read, else after its answer, which is waited for in bounds.
async fn stopped<T>(
    mut task: AbortOnDropHandle<T>,
    writes: &Writes,
    grace: Duration,
) -> Result<T, tokio::task::JoinError> {
    if writes.may_be_sent()
        && let Ok(answer) = tokio::time::timeout(grace, &mut task).await
    {
        return answer;
    }
    task.abort();
    // Until it is over it could still send.
    task.await
}

/// What came of it, and whether that is kept: nobody may take a change for kept that is not, nor for not made.
fn told(
    outcome: Result<ChangeReport, ChangeError>,
    noted: io::Result<()>,
    audit: Option<PathBuf>,
) -> Result<ChangeReport, ChangeError> {
    match (noted, audit) {
        (Err(source), Some(path)) => Err(ChangeError::OutcomeNotKept {
            path,
            source,
            outcome: Box::new(outcome),
        }),
        _ => outcome,
    }
}

async fn keep_attempt(path: &Path, attempt: Attempt, clock: Arc<dyn Clock>) -> Result<Audit, ChangeError> {
    let file = path.to_owned();
    blocking(move || Audit::open(&file, &attempt, clock))
        .await
        .unwrap_or_else(|why| Err(io::Error::other(why)))
        .map_err(|source| ChangeError::Audit {
            path: path.to_owned(),
            source,
        })?
        .ok_or_else(|| ChangeError::AuditUnread {
            path: path.to_owned(),
        })
}

/// What the connector answered.
type Answer = Result<connector_sdk::Result<ChangeOutcome>, Unanswered>;

/// Why it did not answer.
#[derive(Clone, Copy, Debug)]
struct Unanswered {
    /// Whether it was stopped, and did not break off by itself.
    was_stopped: bool,
    may_be_made: bool,
}

async fn keep_outcome(audit: Option<Audit>, answer: Answer) -> (io::Result<()>, Answer) {
    let Some(audit) = audit else {
        return (Ok(()), answer);
    };
    let answer = Arc::new(answer);
    let kept = Arc::clone(&answer);
    let noted = blocking(move || match kept.as_ref() {
        Ok(answer) => audit.outcome(answer.as_ref()),
        Err(unanswered) => {
            let (code, what) = match unanswered.was_stopped {
                true => (Code::Cancelled, "interrupted"),
                false => (Code::Internal, "the connector broke off"),
            };
            audit.unanswered(code, &format!("{what} {}", error::so_far(unanswered.may_be_made)))
        }
    });
    let noted = noted.await.unwrap_or_else(|why| Err(io::Error::other(why)));
    // The other owner is done, but where the runtime shuts down it may never have begun.
    let unknown = Unanswered {
        was_stopped: false,
        may_be_made: true,
    };
    (noted, Arc::into_inner(answer).unwrap_or(Err(unknown)))
}

/// A vendor may quote what it refuses or takes; the response of an action stays as it is, because showing it may be
/// what the action is for.
fn without_secrets(outcome: ChangeOutcome, secrets: &Secrets) -> ChangeOutcome {
    let mut requests = outcome.requests;
    hide_in_requests(&mut requests, secrets);
    ChangeOutcome {
        summary: secrets.hide(&outcome.summary),
        notes: outcome.notes.iter().map(|n| secrets.hide(n)).collect(),
        still_through: outcome.still_through.iter().map(|n| secrets.hide(n)).collect(),
        requests,
        ..outcome
    }
}

/// The same of an error, which is printed and logged wherever it goes.
fn error_without_secrets(error: connector_sdk::Error, secrets: &Secrets) -> connector_sdk::Error {
    let mut error = error.map_text(|text| secrets.hide(text));
    hide_in_requests(error.requests_mut(), secrets);
    error
}

fn hide_in_requests(requests: &mut [WriteRequest], secrets: &Secrets) {
    for request in requests {
        request.path = secrets.hide(&request.path);
        if let Some(body) = &mut request.body {
            secrets.hide_in(body);
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::target::{ChangeTarget, NamedResource};
    use connector_sdk::{ChangeState, Error, ResourceKey};

    fn report() -> ChangeReport {
        let target = ChangeTarget::Delete {
            resource: NamedResource {
                key: ResourceKey::new("user", "u1"),
                name: String::new(),
            },
        };
        let outcome = ChangeOutcome::new(ChangeState::Done, "user:u1 is gone");
        let at = jiff::Timestamp::UNIX_EPOCH;
        ChangeReport::new(target, outcome, None, (at, at))
    }

    #[track_caller]
    fn check(outcome: Result<ChangeReport, ChangeError>, code: Code, expected: &str) {
        let full = Err(io::Error::other("the disk is full"));
        let error = told(outcome, full, Some("audit.jsonl".into())).expect_err("it is not kept");
        assert_eq!((error.to_string().as_str(), error.code()), (expected, code));
    }

    #[test]
    fn an_outcome_that_is_not_kept_is_told_with_what_it_was() {
        check(
            Ok(report()),
            Code::Unknown,
            "user:u1 is gone, but the audit file audit.jsonl cannot be written: the disk is full",
        );
        check(
            Err(ChangeError::Connector(Error::new(
                Code::PermissionDenied,
                "user:u1 cannot be deleted",
            ))),
            Code::PermissionDenied,
            "not permitted: user:u1 cannot be deleted, but the audit file audit.jsonl cannot be written: the disk is full",
        );
    }

    #[test]
    fn without_an_audit_file_nothing_has_to_be_kept() {
        assert_eq!(told(Ok(report()), Ok(()), None).expect("it is told"), report());
    }
}
