//! One sync: from settings to the summary.

use crate::app::App;
use crate::bucket::Place;
use crate::built::Built;
use crate::config::{Settings, name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output::{self, Allowed, Finished, Reporter};
use crate::signal;
use connector_runtime::{StorageEngine, SyncOptions, SyncReport};
use connector_sdk::ResourceKey;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Syncs and prints the summary, or, for programs, why there is none.
///
/// # Errors
/// Why there is no artifact, or [`Outcome::Gaps`] where there is one that lacks something that is not allowed to lack.
pub(crate) async fn sync(app: &App, host: &Host, settings: &Settings) -> Result<()> {
    let Synced {
        summary,
        written,
        verdict,
    } = synced(app, host, settings)
        .await
        .inspect_err(|error| failed(host, settings, error))?;
    if !(verdict.is_ok() && settings.is_quiet()) {
        host.print(&summary).map_err(|error| error.beside(&written))?;
    }
    verdict
}

/// A sync that left an artifact.
struct Synced {
    summary: String,
    /// That there is an artifact, and what it lacks, in a few words.
    written: String,
    /// Whether it lacks what is not allowed to lack.
    verdict: Result<()>,
}

/// Prints, for programs, why a run has no result.
pub(crate) fn failed(host: &Host, settings: &Settings, error: &Error) {
    if settings.wants_json() {
        // Where it cannot be printed, why the run failed is still what matters.
        let _ = output::failed_json(error, &host.stderr).and_then(|text| host.print(&text));
    }
}

/// Syncs.
async fn synced(app: &App, host: &Host, settings: &Settings) -> Result<Synced> {
    let mut built = build(app, settings).await?;
    let cancel = CancellationToken::new();
    let mut options = options(app, host, settings, &built, cancel.clone())?;
    let place = signal::unless_asked(&host.stops, Place::begin(app, host, settings)).await??;
    options.output = place.file().to_owned();
    tracing::info!(subject = built.subject, output = %place.named().display(), "syncing");
    let started = host.clock.now();
    let work = async {
        let synced = connector_runtime::sync(Arc::clone(&built.connector), options).await;
        let mut report = synced.map_err(|error| place.failed(Error::sync(&error)))?;
        place.end().await?;
        report.output = place.named();
        Ok(report)
    };
    let result = signal::waited(
        &host.stops,
        work,
        || {
            cancel.cancel();
            host.stderr.line("stopping; once more to stop at once");
        },
        || {
            Error::new(
                Outcome::Interrupted,
                "stopped at once; what was committed is kept",
            )
            .with_hint("Run the same command again to go on from there")
        },
    )
    .await;
    host.stderr.clear();
    after(&mut built).map_err(|error| match &result {
        Ok(Ok(report)) => error.beside(&format!("{} was written anyway", report.output.display())),
        _ => error,
    })?;
    let report = result??;
    let took = Duration::try_from(host.clock.now().duration_since(started)).unwrap_or_default();
    finish(settings, &built, &report, took, host.colours.stdout)
}

/// The connector that the settings ask for, which does what the program says of it.
pub(crate) async fn build(app: &App, settings: &Settings) -> Result<Built> {
    let built = if settings.switch(name::DEMO) {
        app.source.demo(settings).await
    } else {
        app.source.connect(settings).await
    }?;
    match app.spec.difference(&*built.connector) {
        None => Ok(built),
        // Everything that was printed and checked so far comes from what it says.
        Some(difference) => Err(Error::new(
            Outcome::NotUnderstood,
            format!("this program has a defect: {difference}"),
        )),
    }
}

/// What the source does after a run.
pub(crate) fn after(built: &mut Built) -> Result<()> {
    for remark in built.after.take().map_or(Ok(Vec::new()), |after| after())? {
        tracing::info!("{remark}");
    }
    Ok(())
}

fn options(
    app: &App,
    host: &Host,
    settings: &Settings,
    built: &Built,
    cancel: CancellationToken,
) -> Result<SyncOptions> {
    let mut scope = built.scope.clone();
    scope.insert("program".to_owned(), format!("{} {}", app.name, app.version));
    Ok(SyncOptions {
        redactor: settings.redactor(),
        storage_engine: storage_engine(settings),
        file_mode: file_mode(settings)?,
        output: host.directory.join(settings.artifact()),
        scope,
        resource_types: settings.list(name::RESOURCE_TYPES).map(<[String]>::to_vec),
        targets: targets(settings)?,
        keep_syncs: if settings.switch(name::SKIP_CLEANUP) {
            usize::MAX
        } else {
            usize::try_from(settings.number(name::KEEP_SYNCS)).unwrap_or(usize::MAX)
        },
        replace: settings.switch(name::REPLACE),
        allow_shrunk: Allowed(settings.list(name::ALLOW_GAPS)).allows("shrunk"),
        access: !settings.switch(name::SKIP_ACCESS),
        zone: host.zone.clone(),
        workers: settings.workers().unwrap_or_default(),
        clock: Arc::clone(&host.clock),
        cancel,
        observer: Arc::new(Reporter::new(
            Arc::clone(&host.stderr),
            Arc::clone(&host.clock),
            settings.switch(name::QUIET),
        )),
    })
}

/// The only resources that are asked for.
fn targets(settings: &Settings) -> Result<BTreeSet<ResourceKey>> {
    let named = settings.list(name::TARGETS).into_iter().flatten();
    named
        .map(|text| {
            ResourceKey::from_text(text).map_err(|error| {
                let message = format!("{}: {}", settings.shown(name::TARGETS), error.message());
                Error::new(Outcome::InvalidValue, message)
            })
        })
        .collect()
}

/// How the artifact is to store its rows, where somebody asked for something.
pub(crate) fn storage_engine(settings: &Settings) -> Option<StorageEngine> {
    settings
        .text(name::STORAGE_ENGINE)
        .and_then(StorageEngine::of_name)
}

/// The permission bits that are asked for. Where files have none, asking for them is an error.
fn file_mode(settings: &Settings) -> Result<Option<u32>> {
    let Some(text) = settings.text(name::FILE_MODE) else {
        return Ok(None);
    };
    let wrong = |what: &str| Error::configuration(format!("{}: {what}", settings.shown(name::FILE_MODE)));
    if !cfg!(unix) {
        return Err(wrong("files have no mode on this system"));
    }
    // Without the owner's own rights the next sync could not read what it replaces.
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 && mode & 0o600 == 0o600 => Ok(Some(mode)),
        _ => Err(wrong(
            "it must be an octal mode from 0600 to 0777, 0640 for example",
        )),
    }
}

fn finish(
    settings: &Settings,
    built: &Built,
    report: &SyncReport,
    took: Duration,
    is_coloured: bool,
) -> Result<Synced> {
    let allowed = Allowed(settings.list(name::ALLOW_GAPS));
    let open: Vec<String> = report
        .gaps()
        .filter(|gap| !allowed.allows(&gap.kind))
        .map(|gap| format!("{} ({})", gap.kind, gap.count))
        .collect();
    let outcome = if open.is_empty() {
        Outcome::Done
    } else {
        Outcome::Gaps
    };
    let finished = Finished {
        report,
        built,
        requests: (built.requests)(),
        took,
        allowed,
        is_coloured,
    };
    let summary = if settings.wants_json() {
        output::json(&finished, outcome)?
    } else {
        output::text(&finished)
    };
    let output = report.output.display();
    if open.is_empty() {
        return Ok(Synced {
            summary,
            written: format!("{output} was written"),
            verdict: Ok(()),
        });
    }
    let written = format!("{output} is complete but for {}", open.join(", "));
    let error = Error::new(Outcome::Gaps, written.clone());
    Ok(Synced {
        summary,
        written,
        verdict: Err(error.with_hint("The summary says what is missing; --allow-gaps accepts it")),
    })
}
