//! The result of a change, and which actions there are: for people and for programs.

use super::plain;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_proto::connector::v2::BatonActionSchema;
use connector_proto::json;
use connector_runtime::change::{ChangeRecord, to_json};
use connector_sdk::WriteRequest;

/// The keys of `--output json` after a change, with what they hold; the documentation is made from it.
pub(crate) const CHANGE_KEYS: &[(&str, &str)] = &[
    (
        "outcome",
        "`done`, `verified`, `already_so`, `in_progress`, or `planned` (a dry run). `failed` where it was not made, \
         `partial` where it failed and a part of it was carried out, and `unknown` where writes may have been carried out and the result is unknown",
    ),
    ("exit_code", "the exit code"),
    ("subject", "where it was changed, for people"),
    ("seconds", "how long it took"),
    ("requests", "`total`, `retried`, `rate_limited`"),
    (
        "change.change, change.state",
        "what it was about (`kind`, and the ids and names of everything in it), and the outcome once more",
    ),
    (
        "change.summary, change.notes",
        "what happened to what, and what to know beside, for people",
    ),
    (
        "change.still_through",
        "the groups that still give the access that was taken, by name and id, where there are any",
    ),
    (
        "change.requests",
        "the writes that were sent, or would be: `method`, `path`, `body`, `status`, `request_id`. Of a failed change \
         without `body`",
    ),
    (
        "change.done, change.not_done",
        "of a change that failed, what was carried out anyway and what was not, or is not known to be, for people; where \
         there is any",
    ),
    (
        "change.resource",
        "the resulting resource, as protobuf JSON, where there is one",
    ),
    ("change.response", "what an action answered, where it answered"),
    (
        "change.annotations",
        "`GrantAlreadyExists`, `GrantAlreadyRevoked`, `ResourceDoesNotExist`",
    ),
    (
        "change.audit",
        "`path` and `id` of its lines in the audit log, where there is one",
    ),
    ("change.started_at, change.ended_at", "RFC 3339"),
    (
        "error.kind",
        "where the exit code is not 0, its meaning: `interrupted` (1), `configuration` (2), `invalid_value` (3), \
         `deadline_passed` (4), `not_found` (5), `not_permitted` (7), `limit_reached` (8), `refused` (9), `not_offered` \
         (12), `not_understood` (13), `unreachable` (14), `not_authenticated` (16), `partial` (20)",
    ),
    (
        "error.message, error.during, error.hint",
        "what happened to what, while what was done, and what to do, for people",
    ),
    (
        "error.vendor",
        "what the vendor said, where it answered: `status`, `code`, `detail`, `request_id`",
    ),
];

/// The result for people, without a final line break. The subject is where it was made.
pub(crate) fn changed_text(record: &ChangeRecord, subject: &str) -> Result<String> {
    let mut lines = vec![plain(&record.summary)];
    if record.place.demo {
        lines.insert(0, simulated(subject));
    }
    lines.extend(record.notes.iter().map(|note| format!("  {}", plain(note))));
    if !record.requests.is_empty() {
        let title = if record.place.dry_run {
            "Would be sent"
        } else {
            "Sent"
        };
        lines.extend([String::new(), title.to_owned()]);
        for request in &record.requests {
            lines.extend(sent(request)?);
        }
    }
    if let Some(id) = record
        .resource
        .as_deref()
        .and_then(|resource| resource.id.as_ref())
    {
        lines.extend([
            String::new(),
            plain(&format!("Resource: {} {}", id.resource_type, id.resource)),
        ]);
    }
    if let Some(response) = &record.response {
        let response =
            serde_json::to_string_pretty(&to_json(response)).map_err(|error| Error::unwritable(&error))?;
        lines.extend([String::new(), "Answer".to_owned()]);
        lines.extend(response.lines().map(plain));
    }
    if let Some(kept) = &record.audit {
        lines.extend([
            String::new(),
            plain(&format!("Kept in {} as {}", kept.path.display(), kept.id)),
        ]);
    }
    Ok(lines.join("\n"))
}

/// That what is told happened in a demonstration alone.
pub(crate) fn simulated(subject: &str) -> String {
    format!("Simulated, nothing real is changed: {}", plain(subject))
}

fn sent(request: &WriteRequest) -> Result<Vec<String>> {
    let mut line = format!("  {} {}", request.method, request.path);
    if let Some(status) = request.status {
        line.push_str(&format!(" → {status}"));
    }
    if let Some(id) = &request.request_id {
        line.push_str(&format!(" (request id {id})"));
    }
    let body = request
        .body
        .as_ref()
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| Error::unwritable(&error))?;
    Ok(std::iter::once(plain(&line))
        .chain(body.map(|body| format!("    {}", plain(&body))))
        .collect())
}

/// The actions for people.
pub(crate) fn actions_text(schemas: &[BatonActionSchema]) -> String {
    let blocks = schemas.iter().map(|schema| {
        let mut lines = vec![schema.name.clone(), format!("  {}", plain(&schema.description))];
        let width = schema.arguments.iter().map(|field| field.name.len()).max();
        for field in &schema.arguments {
            lines.push(format!(
                "  {:<width$}  {}{}",
                field.name,
                if field.is_required { "required: " } else { "" },
                plain(&field.description),
                width = width.unwrap_or_default(),
            ));
        }
        lines.join("\n")
    });
    blocks.collect::<Vec<_>>().join("\n\n")
}

/// The actions as a JSON list of protobuf's JSON.
pub(crate) fn actions_json(schemas: &[BatonActionSchema]) -> Result<String> {
    let list: Vec<_> = schemas
        .iter()
        .map(json::to_value)
        .collect::<Result<_, _>>()
        .map_err(|error| Error::new(Outcome::NotUnderstood, error.to_string()))?;
    serde_json::to_string_pretty(&list).map_err(|error| Error::unwritable(&error))
}
