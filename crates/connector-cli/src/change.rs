//! One change: from settings to what came of it.

use crate::app::App;
use crate::config::{Settings, change_name, name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output::{self, Attempt, Changed};
use crate::signal;
use crate::sync::{after, build};
use connector_runtime::change::{Change, ChangeError, ChangeOptions};
use std::path::PathBuf;
use std::sync::Arc;

/// Carries a change out and prints what came of it, for programs also where it failed.
///
/// # Errors
/// Why it was not made, or that it is not known whether it was made.
pub(crate) async fn change(app: &App, host: &Host, settings: &Settings, change: Change) -> Result<()> {
    let mut attempt = Attempt::of(&change, host.clock.now());
    let error = match made(app, host, settings, change, &mut attempt).await {
        Ok(text) => {
            return host
                .print(&text)
                .map_err(|error| error.beside(&attempt.told().unwrap_or_default()));
        }
        Err(error) => error,
    };
    if settings.wants_json() {
        // Where it cannot be printed, why the change failed is still what matters.
        let _ = attempt
            .failed_json(&error, host.clock.now(), &host.stderr)
            .and_then(|text| host.print(&text));
    }
    Err(error)
}

/// Carries a change out; what came of it as it is printed.
async fn made(
    app: &App,
    host: &Host,
    settings: &Settings,
    change: Change,
    attempt: &mut Attempt,
) -> Result<String> {
    let mut built = build(app, settings).await?;
    attempt.reached(&built);
    let options = ChangeOptions {
        artifact: Some(host.directory.join(settings.artifact())),
        artifact_named: settings.is_set(name::FILE),
        temp_dirs: temp_dirs(host, settings)?,
        dry_run: settings.switch(change_name::DRY_RUN),
        verify: settings.switch(change_name::VERIFY),
        audit: settings
            .text(change_name::AUDIT_LOG)
            .map(|path| host.directory.join(path)),
        ..ChangeOptions::new(host.actor.clone(), Arc::clone(&host.clock))
    };
    let (dry_run, cancel) = (options.dry_run, options.cancel.clone());
    let connector = Arc::clone(&built.connector);
    // A change that was sent is not given up at the first signal: its answer says whether it was made.
    let result = signal::waited(
        &host.stops,
        connector_runtime::change::change(connector, change, options),
        || {
            cancel.cancel();
            host.stderr.line(
                "stopping; the answer to what was sent already is waited for, up to 60 seconds, because it says whether the \
                 change was made; once more to stop at once",
            );
        },
        || {
            Error::new(
                Outcome::Interrupted,
                "stopped at once; whether the change was made is not known",
            )
            .with_hint("Run the same command again: what is so already is not changed twice")
        },
    )
    .await;
    match &result {
        Ok(Ok(report)) => attempt.came_to(report),
        Ok(Err(error)) => attempt.failed(error),
        Err(_) if dry_run => {}
        Err(_) => attempt.given_up(),
    }
    after(&mut built).map_err(|error| match (&result, attempt.told()) {
        (_, Some(told)) => error.beside(&told),
        (Err(run), None) => error.beside(&run.to_string()),
        (Ok(Err(run)), None) if attempt.may_be_made() => error.beside(&Error::change(run).to_string()),
        _ => error,
    })?;
    let changed = Changed {
        report: &result?.map_err(|error| failed(&error))?,
        subject: &built.subject,
        requests: (built.requests)(),
        dry_run,
        simulated: built.connector.tenant().is_some_and(|tenant| tenant.demo),
    };
    if settings.wants_json() {
        output::changed_json(&changed)
    } else {
        output::changed_text(&changed)
    }
}

/// Where an artifact may be unpacked, the first choice first.
fn temp_dirs(host: &Host, settings: &Settings) -> Result<Vec<PathBuf>> {
    let chosen = settings.text(change_name::TEMP_DIR).map(ToOwned::to_owned);
    let dirs = chosen.into_iter().chain(host.environment.get("BATON_TMPDIR")?);
    Ok(dirs.map(|dir| host.directory.join(dir)).collect())
}

/// The actions, as they are printed.
///
/// # Errors
/// Where the connector has no actions.
pub(crate) fn actions(app: &App, settings: &Settings) -> Result<String> {
    let schemas = &app.spec.actions;
    if schemas.is_empty() {
        return Err(Error::new(Outcome::NotOffered, "this connector has no actions"));
    }
    if settings.wants_json() {
        output::actions_json(schemas)
    } else {
        Ok(output::actions_text(schemas))
    }
}

fn failed(error: &ChangeError) -> Error {
    if let ChangeError::Connector(source) = error {
        for request in source.requests() {
            tracing::warn!(
                method = request.method,
                path = request.path,
                status = request.status,
                request_id = request.request_id,
                "this was sent before the failure"
            );
        }
    }
    Error::change(error)
}
