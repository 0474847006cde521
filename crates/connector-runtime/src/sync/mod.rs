//! One sync, from the first call to the sealed artifact.

mod engine;
mod failures;
mod targeted;

use crate::error::SyncError;
use crate::options::{Coverage, Phase, Progress, SyncOptions, checked};
use crate::report::SyncReport;
use crate::seal::{self, About};
use crate::store::{Described, Staged, Staging, Writer, path_for};
use connector_sdk::{Code, Connector, Notice, Plan, SyncContext};
use engine::Engine;
use std::collections::HashMap;
use std::sync::Arc;
use targeted::Targeted;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument as _;
use tracing::field::{Empty, debug};

/// Reads a tenant through a connector into an artifact.
///
/// Whatever happens, the file at the output is either the old one or the new, complete one. What was read is kept
/// beside it in `….staging`; the next call with the same scope goes on from there, after an error, a cancellation or a
/// kill alike.
///
/// # Errors
/// [`SyncError`]; its code is the exit code of a binary.
pub async fn sync(connector: Arc<dyn Connector>, options: SyncOptions) -> Result<SyncReport, SyncError> {
    let output = options.output.clone();
    let span = tracing::trace_span!(
        target: "telemetry",
        "sync",
        resources = Empty,
        grants = Empty,
        gaps = Empty,
        code = Empty,
        otel.status_code = Empty,
    );
    let synced = read_and_seal(connector, options).instrument(span.clone()).await;
    match &synced {
        Ok(report) => {
            // A collector takes unsigned numbers for texts.
            let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            span.record("resources", number(report.resources.values().sum()));
            span.record("grants", number(report.grants.values().sum()));
            span.record("gaps", number(report.gaps().map(|gap| gap.count).sum()));
        }
        Err(error) => {
            span.record("code", debug(error.code()));
            span.record("otel.status_code", "ERROR");
        }
    }
    synced.map_err(|error| error.or_disk_full(&output))
}

async fn read_and_seal(connector: Arc<dyn Connector>, options: SyncOptions) -> Result<SyncReport, SyncError> {
    let (of_check, to_check) = (Arc::clone(&connector), options.clone());
    let earlier = on_disk(move || checked(&*of_check, &to_check)).await?;
    let coverage = Coverage::of(&*connector, &options);
    let connector: Arc<dyn Connector> = match options.targets.is_empty() {
        true => connector,
        false => Arc::new(Targeted::new(connector, options.targets.clone())),
    };
    let described = Arc::new(Described::default());
    let cx = SyncContext::new(options.resource_types.clone(), options.access)
        .with_stated(Arc::clone(&described) as _);
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

    let about = About {
        tenant: connector.tenant(),
        coverage,
    };
    let notices = validated(&connector, &options).await?;
    let (output, scope, now) = (options.output.clone(), options.full_scope(), options.clock.now());
    let staging = on_disk(move || Staging::open(&output, &scope, now)).await?;
    if let Some(message) = &staging.message {
        options.observer.message(message);
    }
    let path = staging.path.clone();
    let staged = Staged::load(&staging, cx.clone(), &types, plans.clone(), described)?
        .of_targets(!options.targets.is_empty());
    let (writer, thread) = Writer::start(staging, staged, Arc::clone(&options.clock))?;

    let read = match writer.notices(notices).await {
        Ok(()) => Engine::new(&connector, &options, cx, writer).read().await,
        Err(stopped) => Err(stopped.into()),
    };
    let staging = tokio::task::spawn_blocking(|| thread.join())
        .await
        .map_err(|e| SyncError::Engine(format!("the staging thread cannot be joined: {e}")))?;
    let staging = match (read, staging) {
        // Why the thread stopped says more than that it stopped.
        (Err(SyncError::Engine(_)) | Ok(()), Err(error)) => return Err(given_up(error, &path)),
        (Err(error), staging) => {
            // Where it is open, not every system lets it be removed.
            drop(staging);
            return Err(given_up(error, &path));
        }
        (Ok(()), Ok(staging)) => staging,
    };

    options.observer.progress(&Progress {
        phase: Phase::Sealing,
        ..Progress::default()
    });
    let span = tracing::trace_span!(target: "telemetry", "seal");
    let sealed = tokio::task::spawn_blocking(move || {
        let _sealing = span.entered();
        let report = seal::seal(&staging, types, &plans, &about, earlier, &options)?;
        staging.remove()?;
        Ok(report)
    })
    .await
    .map_err(|e| SyncError::Engine(format!("sealing ended unexpectedly: {e}")))?;
    sealed.map_err(|error| given_up(error, &path))
}

/// Does what may wait long for a disk on a thread of its own, so that whoever waits for it can give up.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SyncError> + Send + 'static,
) -> Result<T, SyncError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| SyncError::Engine(format!("a step before the sync ended unexpectedly: {error}")))?
}

/// Asks the connector whether a sync can succeed: before there is anything to go on with or to clean up, and where calls
/// fail one after the other.
async fn validated(connector: &Arc<dyn Connector>, options: &SyncOptions) -> Result<Vec<Notice>, SyncError> {
    let staging = path_for(&options.output);
    let failed = |source| SyncError::Connector {
        during: "checking the configuration".into(),
        source,
    };
    // A task of its own, so that a panic is an error; dropped with the set it is given up.
    let mut task = JoinSet::new();
    let asked = Arc::clone(connector);
    let asks = async move {
        match asked.validate().await {
            Err(error) if is_doubtful(&error) => asked.validate().await,
            validated => validated,
        }
    };
    task.spawn(asks.instrument(tracing::trace_span!(target: "telemetry", "validate")));
    tokio::select! {
        biased;
        () = options.cancel.cancelled() => Err(SyncError::Interrupted {
            staging: staging.exists().then_some(staging),
        }),
        Some(validated) = task.join_next() => match validated {
            Ok(validated) => validated.map_err(failed),
            Err(panic) => Err(failed(panicked(panic))),
        },
    }
}

/// Whether something between here and the vendor may have answered in its place: no such listing, or an answer in no form
/// of the vendor's. One that reports success was asked for again already.
fn is_doubtful(error: &connector_sdk::Error) -> bool {
    let status = error.vendor().and_then(|vendor| vendor.status);
    matches!(error.code(), Code::Internal | Code::NotFound) && status.is_some_and(|status| status >= 400)
}

/// The error of a call in which the connector panicked. Everything else goes on.
fn panicked(panic: JoinError) -> connector_sdk::Error {
    let said = match panic.try_into_panic() {
        Ok(payload) => payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "it does not say why".into()),
        Err(cancelled) => cancelled.to_string(),
    };
    let message = format!(
        "the connector panicked, which is a defect of it: {}",
        connector_sdk::limit(said, 300)
    );
    connector_sdk::Error::new(Code::Internal, message)
}

/// After an error that reading on would only repeat, the next run has to read again.
fn given_up(error: SyncError, staging: &std::path::Path) -> SyncError {
    if error.would_repeat() {
        // Nothing is lost by failing here: the next run tells again what is wrong.
        drop(crate::store::remove_with_companions(staging));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::failing::{self, sql};

    /// A staging file after SQLite failed with this code.
    fn check(code: i32, is_kept: bool, hint: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sync.c1z.staging");
        std::fs::write(&path, "rows").expect("a file");
        let error = given_up(SyncError::staging(&path, sql(code)), &path);
        assert_eq!(path.exists(), is_kept, "{error}");
        assert_eq!(error.hint().as_deref(), Some(hint), "{error}");
    }

    /// Damage may show only where the file is used, which the check of it does not find. It is not met again and again.
    #[test]
    fn a_damaged_staging_file_goes_and_any_other_is_kept() {
        let again =
            "It was damaged from outside and is removed: run the same command again to read from the start";
        check(failing::SQLITE_CORRUPT, false, again);
        check(failing::SQLITE_NOTADB, false, again);
        let again = "Check free space and permissions of the folder, then run the same command again";
        check(failing::SQLITE_FULL, true, again);
        check(failing::SQLITE_IOERR, true, again);
    }

    /// Wherever it is met, a full disk is told as one.
    #[test]
    fn a_full_disk_is_told_with_its_folder() {
        use c1z_file::{TargetError, WriteError};
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("sync.c1z");
        let path = || output.clone();
        let not_writable = || TargetError::NotWritable {
            path: path(),
            directory: folder.path().to_owned(),
            source: full(),
        };
        let doing = "work";
        for error in [
            SyncError::staging(&path_for(&output), sql(failing::SQLITE_FULL)),
            SyncError::io(&path_for(&output), full()),
            SyncError::Target(not_writable()),
            SyncError::Artifact(WriteError::Target(Box::new(not_writable()))),
            SyncError::Artifact(WriteError::Database {
                doing,
                source: sql(failing::SQLITE_FULL),
            }),
            SyncError::Artifact(WriteError::File {
                doing,
                path: path(),
                source: full(),
            }),
        ] {
            let error = error.or_disk_full(&output);
            let told = error
                .to_string()
                .replace(&folder.path().display().to_string(), "FOLDER");
            assert_eq!(told, "the disk is full: FOLDER has no room left", "{error:?}");
            assert_eq!(
                error.hint().as_deref(),
                Some("Free space there and run the same command again: it goes on from where it stopped"),
            );
        }
        let other = SyncError::staging(&path_for(&output), sql(failing::SQLITE_IOERR));
        assert!(matches!(other.or_disk_full(&output), SyncError::Staging { .. }));
    }

    /// The artifact is made on the disk of the file that a link leads to, which may be another one.
    #[cfg(unix)]
    #[test]
    fn a_full_disk_behind_a_link_is_the_one_that_is_named() {
        let here = tempfile::tempdir().expect("a folder");
        let there = tempfile::tempdir().expect("a folder");
        let output = here.path().join("sync.c1z");
        let real = there.path().join("real.c1z");
        std::fs::write(&real, "").expect("a file");
        std::os::unix::fs::symlink(&real, &output).expect("a link");
        let folder = |error: SyncError| match error.or_disk_full(&output) {
            SyncError::DiskFull { folder, .. } => folder,
            error => panic!("{error}"),
        };
        let (source, doing) = (sql(failing::SQLITE_FULL), "work");
        let artifact = SyncError::Artifact(c1z_file::WriteError::Database { doing, source });
        let canonical = std::fs::canonicalize(there.path()).expect("a folder");
        assert_eq!(folder(artifact), canonical);
        assert_eq!(
            folder(SyncError::staging(&output, sql(failing::SQLITE_FULL))),
            here.path()
        );
    }
}
