//! The order of a change.

use super::audit::{Attempt, Audit, Line};
use super::error::ChangeError;
use super::prepare::{Prepared, prepare};
use super::report::ChangeReport;
use super::request::{Change, ChangeOptions};
use super::secrets::Secrets;
use crate::clock::Clock;
use connector_proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeOutcome, Code, Connector};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// The actions of a connector, in the order in which it has them; none where it has no actions.
pub fn action_schemas(connector: &dyn Connector) -> Vec<v2::BatonActionSchema> {
    connector
        .actions()
        .map(|actions| actions.schemas())
        .unwrap_or_default()
}

/// Carries a change out, once: see the [module](self) for the order.
///
/// Dropped while the connector is at work, it stops it, and the audit file says that the outcome is not known.
///
/// # Errors
/// [`ChangeError`] says what was refused, or what failed. Only after [`ChangeError::Connector`],
/// [`ChangeError::BrokeOff`] and [`ChangeError::OutcomeNotKept`] something may have been sent.
pub async fn change(
    connector: Arc<dyn Connector>,
    change: Change,
    options: ChangeOptions,
) -> Result<ChangeReport, ChangeError> {
    let started_at = options.clock.now();
    let name = connector.metadata().display_name;
    let artifact = options.artifact.clone();
    let Prepared {
        target,
        call,
        secrets,
        artifact,
    } = blocking(move || prepare(&*connector, change, artifact.as_deref()))
        .await
        .map_err(ChangeError::Engine)??;

    let audit = match options.audit.clone().filter(|_| !options.dry_run) {
        None => None,
        Some(path) => {
            let attempt = Attempt {
                actor: options.actor,
                connector: name,
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
    let answer = AbortOnDropHandle::new(tokio::spawn(call.make(cx))).await;
    let ended_at = options.clock.now();

    let broke_off = "the connector broke off: whether the change was made is not known";
    let line = audit.as_ref().map(|audit| match &answer {
        Ok(answer) => audit.outcome(answer.as_ref()),
        Err(_) => Ok(audit.unknown(Code::Internal, broke_off)),
    });
    let noted = keep_outcome(audit, line).await;

    let outcome = match answer {
        Ok(Ok(outcome)) => {
            let outcome = without_secrets(outcome, &secrets);
            Ok(ChangeReport::new(target, outcome, kept, (started_at, ended_at)))
        }
        Ok(Err(error)) => Err(ChangeError::Connector(error)),
        Err(_) => Err(ChangeError::BrokeOff),
    };
    match (noted, options.audit) {
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
        })
}

async fn keep_outcome(audit: Option<Audit>, line: Option<io::Result<Line>>) -> io::Result<()> {
    let (Some(audit), Some(line)) = (audit, line) else {
        return Ok(());
    };
    let line = line?;
    blocking(move || audit.close(&line))
        .await
        .unwrap_or_else(|why| Err(io::Error::other(why)))
}

/// A vendor may quote what it refuses or takes; the response of an action stays as it is, because showing it may be
/// what the action is for.
fn without_secrets(outcome: ChangeOutcome, secrets: &Secrets) -> ChangeOutcome {
    let requests = outcome.requests.into_iter().map(|mut request| {
        request.path = secrets.hide(&request.path);
        if let Some(body) = &mut request.body {
            secrets.hide_in(body);
        }
        request
    });
    ChangeOutcome {
        summary: secrets.hide(&outcome.summary),
        notes: outcome.notes.iter().map(|n| secrets.hide(n)).collect(),
        requests: requests.collect(),
        ..outcome
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())
}
