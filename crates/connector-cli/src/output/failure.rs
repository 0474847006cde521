//! The documents of changes and of runs that failed, for programs.

use super::stderr::Stderr;
use crate::built::{Built, RequestCounts};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_runtime::change::{ChangeRecord, RecordState};
use connector_sdk::Vendor;
use serde::Serialize;
use std::sync::Arc;

/// Where a change is made, once that is reached.
pub(crate) struct Reached {
    pub(crate) subject: String,
    requests: Arc<dyn Fn() -> RequestCounts + Send + Sync>,
}

#[derive(Serialize)]
struct Document<'a> {
    outcome: RecordState,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<RequestCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'a ChangeRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Why<'a>>,
}

#[derive(Serialize)]
struct Why<'a> {
    kind: Outcome,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    during: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<&'a Vendor>,
}

impl Reached {
    pub(crate) fn of(built: &Built) -> Self {
        Self {
            subject: built.subject.clone(),
            requests: Arc::clone(&built.requests),
        }
    }
}

/// The document of a change, indented, without a final line break.
pub(crate) fn changed_json(record: &ChangeRecord, reached: Option<&Reached>) -> Result<String> {
    written(&document(record, reached))
}

/// The same of one that failed, or after which something else did. Secrets of the settings are taken out: others may quote them.
pub(crate) fn change_failed_json(
    record: &ChangeRecord,
    reached: Option<&Reached>,
    error: &Error,
    stderr: &Stderr,
) -> Result<String> {
    let document = Document {
        exit_code: error.outcome().number(),
        error: Some(why(error)),
        ..document(record, reached)
    };
    Ok(stderr.scrubbed(&written(&document)?))
}

/// The document of a run of which only the error can be told.
pub(crate) fn failed_json(error: &Error, stderr: &Stderr) -> Result<String> {
    let document = Document {
        outcome: RecordState::Failed,
        exit_code: error.outcome().number(),
        subject: None,
        seconds: None,
        requests: None,
        change: None,
        error: Some(why(error)),
    };
    Ok(stderr.scrubbed(&written(&document)?))
}

fn document<'a>(record: &'a ChangeRecord, reached: Option<&'a Reached>) -> Document<'a> {
    Document {
        outcome: record.state,
        exit_code: Outcome::Done.number(),
        subject: reached.map(|reached| reached.subject.as_str()),
        seconds: Some(record.elapsed().as_secs_f64()),
        requests: reached.map(|reached| (reached.requests)()),
        change: Some(record),
        error: None,
    }
}

fn written(document: &Document<'_>) -> Result<String> {
    serde_json::to_string_pretty(document).map_err(|error| Error::unwritable(&error))
}

fn why(error: &Error) -> Why<'_> {
    Why {
        kind: error.outcome(),
        message: error.message(),
        during: error.during(),
        hint: error.hint(),
        vendor: error.vendor(),
    }
}
