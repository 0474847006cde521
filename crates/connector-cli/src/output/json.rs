//! The summary of a finished sync, for programs.

use super::Finished;
use super::summary::is_world_readable;
use crate::built::RequestCounts;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_runtime::SyncReport;
use serde::Serialize;
use std::collections::BTreeMap;

/// The keys of `--output json`, with what they hold; the documentation is made from it.
pub(crate) const KEYS: &[(&str, &str)] = &[
    (
        "outcome",
        "`synced`, or `synced_with_gaps` where a gap is not allowed. `failed` where there is no artifact: then there are \
         only this, the exit code and the error",
    ),
    ("exit_code", "the exit code"),
    ("subject", "what was synced, for people"),
    (
        "scope",
        "what the content depends on: organization, base URL, settings of the connector",
    ),
    ("seconds", "how long it took"),
    ("requests", "`total`, `retried`, `rate_limited`"),
    ("sync.sync_id", "the id of the sync run in the artifact"),
    ("sync.output", "the artifact"),
    ("sync.file_bytes", "its size"),
    (
        "world_readable",
        "whether everyone on the machine can read the artifact",
    ),
    ("sync.started_at, sync.ended_at", "RFC 3339"),
    ("sync.resumed", "whether it went on from an interrupted sync"),
    (
        "sync.resource_types",
        "the resource types that it was restricted to; absent where it was not",
    ),
    (
        "sync.targets",
        "the only resources that were asked for, as `type:id`; absent where that is all of them",
    ),
    (
        "sync.resources_only",
        "true where neither entitlements nor grants were asked for; else absent",
    ),
    (
        "sync.resources, sync.entitlements, sync.grants",
        "counts by resource type",
    ),
    (
        "sync.held",
        "how access is held, in grants: `direct`, `through_groups`, `both`, `unexplained`, `overstated`, `dormant`",
    ),
    (
        "sync.notices",
        "what to know, each with `class` (`gap`, `fact`, `remark`), `kind`, `count` and `examples` \
         (`subject`, `detail`)",
    ),
    ("error", "where it failed: as below, of a change"),
];

#[derive(Serialize)]
struct Document<'a> {
    outcome: &'static str,
    exit_code: u8,
    subject: &'a str,
    scope: &'a BTreeMap<String, String>,
    seconds: f64,
    requests: RequestCounts,
    world_readable: bool,
    sync: &'a SyncReport,
}

/// One JSON document, indented, without a final line break.
///
/// # Errors
/// None that can be caused from outside: the report serialises.
pub(crate) fn json(finished: &Finished<'_>, outcome: Outcome) -> Result<String> {
    serde_json::to_string_pretty(&Document {
        outcome: if outcome == Outcome::Done {
            "synced"
        } else {
            "synced_with_gaps"
        },
        exit_code: outcome.number(),
        subject: &finished.built.subject,
        scope: &finished.built.scope,
        seconds: finished.took.as_secs_f64(),
        requests: finished.requests,
        world_readable: is_world_readable(&finished.report.output),
        sync: finished.report,
    })
    .map_err(|error| Error::unwritable(&error))
}
