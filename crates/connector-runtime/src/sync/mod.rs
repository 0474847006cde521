//! One sync, from the first call to the sealed artifact.

mod engine;

use crate::error::SyncError;
use crate::options::{Phase, Progress, SyncOptions, check};
use crate::report::SyncReport;
use crate::seal;
use crate::staging::{Seen, Staged, Staging, Writer, path_for};
use connector_sdk::{Connector, Notice, Plan, SyncContext};
use engine::Engine;
use std::collections::HashMap;
use std::sync::Arc;

/// Reads a tenant through a connector into an artifact.
///
/// Whatever happens, the file at the output is either the old one or the new, complete one. What was read is kept
/// beside it in `….staging`; the next call with the same scope goes on from there, after an error, a cancellation or a
/// kill alike.
///
/// # Errors
/// [`SyncError`]; its code is the exit code of a binary.
pub async fn sync(connector: Arc<dyn Connector>, options: SyncOptions) -> Result<SyncReport, SyncError> {
    check(&*connector, &options)?;
    let seen = Arc::new(Seen::default());
    let cx =
        SyncContext::new(options.resource_types.clone(), options.access).with_stated(Arc::clone(&seen) as _);
    let entries = connector.types();
    let types: Vec<_> = entries
        .iter()
        .map(|e| e.resource_type.clone())
        .filter(|t| cx.wants(&t.id))
        .collect();
    let plans: HashMap<String, Plan> = entries
        .iter()
        .map(|e| (e.resource_type.id.clone(), e.syncer.plan()))
        .collect();

    let notices = validated(&*connector, &options).await?;
    let staging = Staging::open(&options.output, &options.full_scope(), options.clock.now())?;
    if let Some(message) = &staging.message {
        options.observer.message(message);
    }
    let path = staging.path.clone();
    let staged = Staged::load(&staging.db, cx.clone(), &types, plans.clone(), seen)
        .map_err(|source| SyncError::staging(&path, source))?;
    let (writer, thread) = Writer::start(staging, staged)?;

    let read = match writer.notices(notices).await {
        Ok(()) => Engine::new(&*connector, &options, cx, writer).read().await,
        Err(stopped) => Err(stopped.into()),
    };
    let staging = tokio::task::spawn_blocking(|| thread.join())
        .await
        .map_err(|e| SyncError::Engine(format!("the staging thread cannot be joined: {e}")))?;
    let staging = match (read, staging) {
        // Why the thread stopped says more than that it stopped.
        (Err(SyncError::Engine(_)) | Ok(()), Err(error)) => return Err(given_up(error, &path)),
        (Err(error), _) => return Err(given_up(error, &path)),
        (Ok(()), Ok(staging)) => staging,
    };

    options.observer.progress(&Progress {
        phase: Phase::Sealing,
        ..Progress::default()
    });
    let sealed = tokio::task::spawn_blocking(move || {
        let report = seal::seal(&staging, types, &plans, &options)?;
        staging.remove()?;
        Ok(report)
    })
    .await
    .map_err(|e| SyncError::Engine(format!("sealing ended unexpectedly: {e}")))?;
    sealed.map_err(|error| given_up(error, &path))
}

/// Asks the connector whether a sync can succeed, before there is anything to go on with or to clean up.
async fn validated(connector: &dyn Connector, options: &SyncOptions) -> Result<Vec<Notice>, SyncError> {
    let staging = path_for(&options.output);
    tokio::select! {
        biased;
        () = options.cancel.cancelled() => Err(SyncError::Interrupted {
            staging: staging.exists().then_some(staging),
        }),
        validated = connector.validate() => validated.map_err(|source| SyncError::Connector {
            during: "checking the configuration".into(),
            source,
        }),
    }
}

/// After an error that reading on would only repeat, the next run has to read anew.
fn given_up(error: SyncError, staging: &std::path::Path) -> SyncError {
    if matches!(
        error,
        SyncError::Empty { .. } | SyncError::Collision { .. } | SyncError::BadRow(_)
    ) {
        // Nothing is lost by failing here: the next run tells again what is wrong.
        drop(crate::staging::remove_with_companions(staging));
    }
    error
}
