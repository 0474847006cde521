//! One change: from settings to its result.

use crate::app::App;
use crate::built::Built;
use crate::config::{Settings, change_name, name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::names::Wanted;
use crate::outcome::Outcome;
use crate::output::{self, Reached};
use crate::signal::unless_asked;
use crate::sync::{after, build};
use connector_runtime::change::{Change, ChangeFailure, ChangeOptions, ChangeRecord, RecordState};
use connector_sdk::Connector;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

/// Carries a change out and prints its result, for programs also where it failed.
///
/// # Errors
/// Why it was not made, or that it is not known whether it was made.
pub(crate) async fn change(app: &App, host: &Host, settings: &Settings, wanted: Wanted) -> Result<()> {
    let dry_run = settings.switch(change_name::DRY_RUN);
    let mut run = Run {
        record: ChangeRecord::asked(&wanted.asked(), host.actor.clone(), dry_run, host.clock.now()),
        reached: None,
    };
    let error = match run.made(app, host, settings, wanted).await {
        Ok(text) => return host.print(&text).map_err(|error| run.beside(error)),
        Err(error) => error,
    };
    if settings.wants_json() {
        // Where it cannot be printed, why the change failed is still what matters.
        let _ = output::change_failed_json(&run.record, run.reached.as_ref(), &error, &host.stderr)
            .and_then(|text| host.print(&text));
    }
    Err(error)
}

/// A change under way.
struct Run {
    record: ChangeRecord,
    /// Where it is made, once that is reached.
    reached: Option<Reached>,
}

impl Run {
    /// Carries the change out; its result as it is printed.
    async fn made(&mut self, app: &App, host: &Host, settings: &Settings, wanted: Wanted) -> Result<String> {
        let mut built = build(app, settings).await.inspect_err(|_| {
            self.record.ended_at = host.clock.now();
        })?;
        self.reached = Some(Reached::of(&built));
        let result = self.carried_out(host, settings, &built, wanted).await;
        after(&mut built).map_err(|error| match &result {
            Err(failed) if self.record.may_be_made() => error.beside(&failed.to_string()),
            _ => self.beside(error),
        })?;
        result?;
        if settings.wants_json() {
            output::changed_json(&self.record, self.reached.as_ref())
        } else {
            output::changed_text(&self.record, &built.subject)
        }
    }

    async fn carried_out(
        &mut self,
        host: &Host,
        settings: &Settings,
        built: &Built,
        wanted: Wanted,
    ) -> Result<()> {
        let artifact = host.directory.join(settings.artifact());
        let temp_dirs = temp_dirs(host, settings)?;
        let asked = wanted.asked();
        let change = wanted.by_ids(artifact.clone(), temp_dirs.clone(), &*built.connector);
        let (change, names) = unless_asked(&host.stops, change).await??;
        // What a name means was read there, so it has to be of the tenant that is changed.
        let is_named = settings.is_set(name::FILE) || change != asked;
        let options = ChangeOptions {
            artifact: Some(artifact),
            artifact_named: is_named,
            temp_dirs,
            dry_run: self.record.place.dry_run,
            verify: settings.switch(change_name::VERIFY),
            audit: settings
                .text(change_name::AUDIT_LOG)
                .map(|path| host.directory.join(path)),
            redactor: settings.redactor(),
            ..ChangeOptions::new(host.actor.clone(), Arc::clone(&host.clock))
        };
        let answer = carried_out(host, &built.connector, change, options).await;
        match answer {
            Ok(record) => {
                self.record = record;
                self.record.notes.extend(names);
                Ok(())
            }
            Err(failure) => {
                self.record = *failure.record;
                self.record.notes.extend(names);
                for request in &self.record.requests {
                    tracing::warn!(
                        method = request.method,
                        path = request.path,
                        status = request.status,
                        request_id = request.request_id,
                        "this was sent before the failure"
                    );
                }
                Err(Error::change(&failure.error))
            }
        }
    }

    /// The error of what followed the change, with the result of the change where it was made.
    fn beside(&self, error: Error) -> Error {
        match self.record.state {
            RecordState::CameTo(_) => {
                error.beside(&format!("the result of the change: {}", self.record.summary))
            }
            _ => error,
        }
    }
}

/// Carries a change out. Asked to stop, it ends in an orderly way.
pub(crate) async fn carried_out(
    host: &Host,
    connector: &Arc<dyn Connector>,
    change: Change,
    options: ChangeOptions,
) -> Result<ChangeRecord, ChangeFailure> {
    let (cancel, at_once) = (options.cancel.clone(), options.at_once.clone());
    let stopping = async {
        host.stops.asked(1).await;
        cancel.cancel();
        // A change that was sent is not given up: its answer says whether it was made.
        host.stderr.line(
            "stopping; the answer to what was sent already is waited for, up to 60 seconds, because it says whether the \
             change was made; once more to stop at once",
        );
        host.stops.asked(2).await;
        at_once.cancel();
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        answer = connector_runtime::change::change(Arc::clone(connector), change, options) => answer,
        never = stopping => match never {},
    }
}

/// Where an artifact may be unpacked, the first choice first.
pub(crate) fn temp_dirs(host: &Host, settings: &Settings) -> Result<Vec<PathBuf>> {
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
