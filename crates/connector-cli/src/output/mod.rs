//! What a program tells: the log and progress on stderr, the summary and documents on stdout.

mod change;
mod debug_log;
mod document;
mod failure;
mod json;
mod log;
mod number;
mod progress;
mod stderr;
mod summary;
mod table;

pub(crate) use change::{CHANGE_KEYS, actions_json, actions_text, changed_text, simulated};
pub(crate) use debug_log::TaskLogs;
pub(crate) use document::{capabilities, configuration};
pub(crate) use failure::{Reached, change_failed_json, changed_json, failed_json};
pub(crate) use json::{KEYS, json};
pub(crate) use log::{Format, LogLayer, filter, is_log, last_line};
pub(crate) use progress::Reporter;
pub(crate) use review_cli::plain;
pub(crate) use stderr::Stderr;
pub(crate) use summary::text;

use crate::built::{Built, RequestCounts};
use connector_runtime::SyncReport;
use std::time::Duration;

/// What a summary is made of.
pub(crate) struct Finished<'a> {
    pub(crate) report: &'a SyncReport,
    pub(crate) built: &'a Built,
    pub(crate) requests: RequestCounts,
    pub(crate) took: Duration,
    /// Kinds of gaps that the exit code does not tell.
    pub(crate) allowed: Allowed<'a>,
    /// Whether titles are shown in colours.
    pub(crate) is_coloured: bool,
}

/// Which gaps the caller allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowed<'a>(pub(crate) Option<&'a [String]>);

impl Allowed<'_> {
    pub(crate) fn allows(self, kind: &str) -> bool {
        self.0
            .is_some_and(|kinds| kinds.iter().any(|allowed| allowed == kind || allowed == "all"))
    }
}
