//! The order of a change.

use super::audit::Audit;
use super::call::{Answer, Call, Sent};
use super::error::ChangeError;
use super::prepare::{Lookup, Prepared, prepare};
use super::record::{ChangeFailure, ChangeRecord};
use super::request::{Change, ChangeOptions};
use super::secrets::Secrets;
use super::target::ChangeTarget;
use crate::origin;
use connector_sdk::{ChangeContext, ChangeOutcome, Connector, Tenant};
use jiff::Timestamp;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// Carries a change out, once: see the [module](mod@crate::change) for the order.
///
/// Dropped while the connector is at work, it stops it, and the audit file says that the outcome is not known.
/// [`ChangeOptions::cancel`] stops it in an orderly way.
///
/// # Errors
/// [`ChangeFailure`] says what was refused, or what failed, and has the record of it. Only after [`ChangeError::Connector`],
/// [`ChangeError::BrokeOff`], [`ChangeError::Interrupted`] and [`ChangeError::OutcomeNotKept`] something may have been sent.
pub async fn change(
    connector: Arc<dyn Connector>,
    change: Change,
    options: ChangeOptions,
) -> Result<ChangeRecord, ChangeFailure> {
    let started_at = options.clock.now();
    let mut record = ChangeRecord::asked(&change, &options.actor, options.dry_run, started_at);
    record.connector = connector.spec().display_name;
    let sent = Sent::by(&*connector, options.dry_run);
    let begun = begin(connector, change, &options, &sent, &mut record).await;
    let (result, audit, notes) = match begun {
        Err(error) => (Err(error), None, Vec::new()),
        Ok(Begun {
            target,
            call,
            secrets,
            audit,
            notes,
        }) => {
            let span = tracing::trace_span!(target: "telemetry", "change", dry_run = options.dry_run);
            let outcome = make(call, &sent, &secrets, &options).instrument(span).await;
            (outcome.map(|outcome| (target, outcome)), audit, notes)
        }
    };
    record.ended_at = options.clock.now();
    let result = match result {
        Ok((target, outcome)) => {
            record.came_to(target, outcome);
            Ok(())
        }
        Err(error) => {
            record.failed(&error);
            Err(error)
        }
    };
    let kept = keep_outcome(audit, &record).await;
    record.notes.extend(notes);
    told(record, result, kept, &options)
}

/// A change of which the attempt is kept.
struct Begun {
    target: ChangeTarget,
    call: Call,
    secrets: Secrets,
    audit: Option<Audit>,
    /// What a person should know beside.
    notes: Vec<String>,
}

/// Looks up, refuses, and keeps the attempt.
async fn begin(
    connector: Arc<dyn Connector>,
    change: Change,
    options: &ChangeOptions,
    sent: &Sent,
    record: &mut ChangeRecord,
) -> Result<Begun, ChangeError> {
    let tenant = connector.tenant();
    if let Some(tenant) = tenant.clone() {
        record.is_made_in(tenant);
    }
    let lookup = Lookup {
        path: options.artifact.clone(),
        temp_dirs: options.temp_dirs.clone(),
        named: options.artifact_named,
        opened: options.opened.clone(),
        stated: options.stated.clone(),
    };
    let prepared = tokio::select! {
        biased;
        prepared = blocking(move || prepare(&*connector, change, &lookup)) => prepared,
        () = options.cancel.cancelled() => return Err(ChangeError::Interrupted { may_be_made: false, requests: Vec::new() }),
    };
    let Prepared {
        target,
        call,
        secrets,
        artifact,
        created_at,
        note,
        is_compared,
    } = prepared.map_err(ChangeError::Engine)??;
    if let Some(note) = &note {
        tracing::warn!(note, "what ids are looked up in may be old, or another one");
    }
    let uncompared = tenant.as_ref().filter(|_| !is_compared).map(uncompared);
    record.place.created_at = created_at;
    record.artifact = artifact;
    let audit = match &options.audit {
        None => None,
        Some(path) => Some(keep_attempt(path, record, &target, &secrets, sent, options).await?),
    };
    record.audit = audit.as_ref().map(Audit::kept);
    Ok(Begun {
        target,
        call,
        secrets,
        audit,
        notes: note.into_iter().chain(uncompared).collect(),
    })
}

/// Has the connector make the change.
async fn make(
    call: Call,
    sent: &Sent,
    secrets: &Secrets,
    options: &ChangeOptions,
) -> Result<ChangeOutcome, ChangeError> {
    let now = options.clock.now();
    // By a clock that was set back since it was a moment ago.
    let ago = |at: Timestamp| now.duration_since(at).try_into().unwrap_or_default();
    let cx = ChangeContext {
        dry_run: options.dry_run,
        verify: options.verify,
        attempted: options.attempted_at.map(ago),
        earlier: options.earlier_at.map(ago),
    };
    // A task of its own, so that a connector that panics ends the change and not the program.
    let writes = sent.writes().clone();
    let made = async move { writes.scope(call(cx)).await };
    let mut task = AbortOnDropHandle::new(tokio::spawn(made.in_current_span()));
    let answer = tokio::select! {
        biased;
        answer = &mut task => Some(answer),
        () = options.cancel.cancelled() => stopped(task, sent, options).await,
    };
    match answer {
        Some(Ok(Ok(outcome))) => Ok(without_secrets(outcome, secrets)),
        Some(Ok(Err(error))) => Err(ChangeError::Connector(error_without_secrets(error, secrets))),
        Some(Err(end)) if !end.is_cancelled() => Err(sent.broke_off(secrets)),
        Some(Err(_)) | None => Err(sent.interrupted(secrets)),
    }
}

/// What a person should know where no artifact says which tenant they mean.
fn uncompared(tenant: &Tenant) -> String {
    format!(
        "no artifact was named to compare with; the settings say that this is {}",
        origin::shown(tenant)
    )
}

/// Stops a change: at once while it has only read, else after its answer, which is waited for in bounds. Nothing more is sent.
async fn stopped(
    mut task: AbortOnDropHandle<Answer>,
    sent: &Sent,
    options: &ChangeOptions,
) -> Option<Result<Answer, tokio::task::JoinError>> {
    sent.writes().close();
    if sent.has_begun() {
        tokio::select! {
            biased;
            answer = &mut task => return Some(answer),
            () = options.at_once.cancelled() => return None,
            _ = tokio::time::timeout(options.grace, std::future::pending::<()>()) => {}
        }
    }
    task.abort();
    // Until it is over it could still send.
    Some(task.await)
}

/// The result, and whether that is kept: nobody may take a change for kept that is not, nor for not made.
fn told(
    record: ChangeRecord,
    result: Result<(), ChangeError>,
    kept: io::Result<()>,
    options: &ChangeOptions,
) -> Result<ChangeRecord, ChangeFailure> {
    let result = match (kept, &options.audit) {
        (Err(source), Some(path)) => Err(ChangeError::OutcomeNotKept {
            path: path.clone(),
            source,
            outcome: result.map(|()| record.summary.clone()).map_err(Box::new),
        }),
        _ => result,
    };
    match result {
        Ok(()) => Ok(record),
        Err(error) => Err(ChangeFailure {
            error,
            record: Box::new(record),
        }),
    }
}

async fn keep_attempt(
    path: &Path,
    record: &ChangeRecord,
    target: &ChangeTarget,
    secrets: &Secrets,
    sent: &Sent,
    options: &ChangeOptions,
) -> Result<Audit, ChangeError> {
    let (file, record, target, secrets) = (path.to_owned(), record.clone(), target.clone(), secrets.clone());
    let (sent, options) = (sent.clone(), options.clone());
    blocking(move || Audit::open(&file, &record, &target, secrets, sent, &options))
        .await
        .unwrap_or_else(|why| Err(io::Error::other(why).into()))
        .map_err(|error| ChangeError::unkept(path, error))
}

async fn keep_outcome(audit: Option<Audit>, record: &ChangeRecord) -> io::Result<()> {
    let Some(audit) = audit else {
        return Ok(());
    };
    let record = record.clone();
    let kept = blocking(move || audit.outcome(&record)).await;
    kept.unwrap_or_else(|why| Err(io::Error::other(why)))
}

/// A vendor may quote what it refuses or takes; the response of an action stays as it is, because showing it may be
/// what the action is for.
fn without_secrets(outcome: ChangeOutcome, secrets: &Secrets) -> ChangeOutcome {
    let mut requests = outcome.requests;
    secrets.hide_in_requests(&mut requests);
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
    secrets.hide_in_requests(error.requests_mut());
    error
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::RecordState;
    use crate::clock::SystemClock;
    use connector_sdk::{ChangeState, Code, Error, ResourceKey, WriteRequest};

    /// What is told of a deletion, with an audit file or without.
    fn ended(
        result: Result<(), ChangeError>,
        kept: io::Result<()>,
        audit: Option<&str>,
    ) -> Result<ChangeRecord, ChangeFailure> {
        let change = Change::Delete {
            resource: ResourceKey::new("user", "u1"),
        };
        let options = ChangeOptions {
            audit: audit.map(Into::into),
            ..ChangeOptions::new("ines", Arc::new(SystemClock))
        };
        let mut record = ChangeRecord::asked(&change, "ines", false, jiff::Timestamp::UNIX_EPOCH);
        match &result {
            Ok(()) => record.came_to(
                record.change.clone(),
                ChangeOutcome::new(ChangeState::Done, "user:u1 is gone"),
            ),
            Err(error) => record.failed(error),
        }
        told(record, result, kept, &options)
    }

    #[track_caller]
    fn check(result: Result<(), ChangeError>, state: RecordState, code: Code, expected: &str) {
        let full = Err(io::Error::other("the disk is full"));
        let failure = ended(result, full, Some("audit.jsonl")).expect_err("it is not kept");
        assert_eq!(
            (
                failure.to_string().as_str(),
                failure.error.code(),
                failure.record.state
            ),
            (expected, code, state)
        );
    }

    #[test]
    fn an_outcome_that_is_not_kept_is_told_with_what_it_was() {
        check(
            Ok(()),
            RecordState::CameTo(ChangeState::Done),
            Code::Unknown,
            "user:u1 is gone, but the audit file audit.jsonl cannot be written: the disk is full",
        );
        let refused = Error::new(Code::PermissionDenied, "user:u1 cannot be deleted");
        check(
            Err(ChangeError::Connector(refused)),
            RecordState::Failed,
            Code::PermissionDenied,
            "not permitted: user:u1 cannot be deleted, but the audit file audit.jsonl cannot be written: the disk is full",
        );
        let lost = Error::new(Code::Unavailable, "the answer was lost");
        let lost = lost.with_requests([WriteRequest::new("DELETE", "/users/u1")]);
        check(
            Err(ChangeError::Connector(lost)),
            RecordState::Unknown,
            Code::Unavailable,
            "unreachable: the answer was lost, but the audit file audit.jsonl cannot be written: the disk is full",
        );
    }

    #[test]
    fn without_an_audit_file_nothing_has_to_be_kept() {
        let record = ended(Ok(()), Ok(()), None).expect("it is told");
        assert_eq!(record.summary, "user:u1 is gone");
    }
}
