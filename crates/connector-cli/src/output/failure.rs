//! What came of a run that failed, for programs: of a change what a success tells as far as it is known, and the error.

use super::stderr::Stderr;
use crate::built::{Built, RequestCounts};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_runtime::change::{Change, ChangeError, ChangeReport};
use connector_sdk::{ChangeState, WriteRequest};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A change under way: what can be told of it when it fails.
pub(crate) struct Attempt {
    change: Value,
    started_at: Timestamp,
    /// Where it is made, once that is reached.
    place: Option<Place>,
    /// The writes that were sent.
    sent: Vec<WriteRequest>,
    /// Whether something may have been carried out of which nothing is known.
    is_unknown: bool,
    /// What it came to, where something else failed after it.
    report: Option<Box<ChangeReport>>,
}

struct Place {
    subject: String,
    requests: Arc<dyn Fn() -> RequestCounts + Send + Sync>,
}

#[derive(Default, Serialize)]
struct Document<'a> {
    outcome: State,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<RequestCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Told<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Why>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Failed,
    Unknown,
    #[serde(untagged)]
    CameTo(ChangeState),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told<'a> {
    Made(&'a ChangeReport),
    Failed {
        change: &'a Value,
        requests: Vec<Sent>,
        started_at: Timestamp,
        ended_at: Timestamp,
    },
}

/// A write without its body: only of a change that ended well is it known that nothing secret is in it.
#[derive(Serialize)]
struct Sent {
    method: String,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

#[derive(Serialize)]
struct Why {
    kind: Outcome,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    during: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<Said>,
}

#[derive(Serialize)]
struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Attempt {
    pub(crate) fn of(change: &Change, started_at: Timestamp) -> Self {
        Self {
            change: asked(change),
            started_at,
            place: None,
            sent: Vec::new(),
            is_unknown: false,
            report: None,
        }
    }

    /// The connector is there.
    pub(crate) fn reached(&mut self, built: &Built) {
        self.place = Some(Place {
            subject: built.subject.clone(),
            requests: Arc::clone(&built.requests),
        });
    }

    /// It was not waited for.
    pub(crate) fn given_up(&mut self) {
        self.is_unknown = true;
    }

    /// It came to this, and what follows may still fail.
    pub(crate) fn came_to(&mut self, report: &ChangeReport) {
        self.report = Some(Box::new(report.clone()));
    }

    /// It ended with this error.
    pub(crate) fn failed(&mut self, error: &ChangeError) {
        match error {
            ChangeError::Connector(source) => {
                self.sent = source.requests().to_vec();
                self.is_unknown = Outcome::of(source.code()) == Outcome::Unreachable && !self.sent.is_empty();
            }
            ChangeError::BrokeOff { may_be_made } | ChangeError::Interrupted { may_be_made } => {
                self.is_unknown = *may_be_made;
            }
            ChangeError::OutcomeNotKept { outcome, .. } => match outcome.as_ref() {
                Ok(report) => self.came_to(report),
                Err(error) => self.failed(error),
            },
            // Nothing was sent.
            _ => {}
        }
    }

    /// What it came to, for people, where that is known.
    pub(crate) fn told(&self) -> Option<String> {
        let report = self.report.as_ref()?;
        Some(format!("what came of the change: {}", report.summary))
    }

    /// Whether something was sent, or may have been.
    pub(crate) fn may_be_made(&self) -> bool {
        self.is_unknown || !self.sent.is_empty()
    }

    /// One JSON document, indented, without a final line break. Secrets of the settings are taken out of the words of
    /// others.
    pub(crate) fn failed_json(&self, error: &Error, now: Timestamp, stderr: &Stderr) -> Result<String> {
        let hide = |text: &str| stderr.scrubbed(text);
        let sent = |request: &WriteRequest| Sent {
            method: request.method.clone(),
            path: hide(&request.path),
            status: request.status,
            request_id: request.request_id.as_deref().map(hide),
        };
        let (outcome, ended_at, change) = match &self.report {
            Some(report) => (State::CameTo(report.state), report.ended_at, Told::Made(report)),
            None => (
                if self.is_unknown {
                    State::Unknown
                } else {
                    State::Failed
                },
                now,
                Told::Failed {
                    change: &self.change,
                    requests: self.sent.iter().map(sent).collect(),
                    started_at: self.started_at,
                    ended_at: now,
                },
            ),
        };
        written(&Document {
            outcome,
            exit_code: error.outcome().number(),
            subject: self.place.as_ref().map(|place| place.subject.as_str()),
            seconds: Some(ended_at.duration_since(self.started_at).as_secs_f64()),
            requests: self.place.as_ref().map(|place| (place.requests)()),
            change: Some(change),
            error: Some(why(error, hide)),
        })
    }
}

/// The document of a run of which only the error can be told.
pub(crate) fn failed_json(error: &Error, stderr: &Stderr) -> Result<String> {
    written(&Document {
        exit_code: error.outcome().number(),
        error: Some(why(error, |text| stderr.scrubbed(text))),
        ..Document::default()
    })
}

fn written(document: &Document<'_>) -> Result<String> {
    serde_json::to_string_pretty(document).map_err(|error| Error::unwritable(&error))
}

fn why(error: &Error, hide: impl Fn(&str) -> String) -> Why {
    Why {
        kind: error.outcome(),
        message: hide(error.message()),
        during: error.during().map(&hide),
        hint: error.hint().map(&hide),
        vendor: error.vendor().map(|vendor| Said {
            status: vendor.status,
            code: vendor.code.as_deref().map(&hide),
            detail: vendor.detail.as_deref().map(&hide),
            request_id: vendor.request_id.as_deref().map(&hide),
        }),
    }
}

/// What was asked for, by its ids alone: profiles and arguments may hold secrets.
fn asked(change: &Change) -> Value {
    match change {
        Change::Grant {
            entitlement_id,
            principal,
        } => json!({ "kind": "grant", "entitlement": { "id": entitlement_id }, "principal": principal }),
        Change::Revoke { grant_id } => json!({ "kind": "revoke", "grant": grant_id }),
        Change::CreateAccount { resource_type, .. } => {
            let mut asked = json!({ "kind": "create_account" });
            if let Some(resource_type) = resource_type {
                asked["resource_type"] = resource_type.as_str().into();
            }
            asked
        }
        Change::Delete { resource } => json!({ "kind": "delete", "resource": resource }),
        Change::Invoke { action, .. } => json!({ "kind": "invoke", "action": action }),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_runtime::change::{ChangeTarget, NamedResource};
    use connector_sdk::{Code, ResourceKey};
    use std::io;

    fn report() -> ChangeReport {
        ChangeReport {
            change: ChangeTarget::Delete {
                resource: NamedResource {
                    key: ResourceKey::new("user", "u-1"),
                    name: String::new(),
                },
            },
            state: ChangeState::Done,
            summary: "it is gone".to_owned(),
            notes: Vec::new(),
            still_through: Vec::new(),
            requests: Vec::new(),
            resource: None,
            response: None,
            annotations: Vec::new(),
            audit: None,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn not_kept(outcome: Result<ChangeReport, ChangeError>) -> ChangeError {
        ChangeError::OutcomeNotKept {
            path: "audit.jsonl".into(),
            source: io::Error::other("the disk is full"),
            outcome: Box::new(outcome),
        }
    }

    /// What is told of a deletion that ends with this error.
    #[track_caller]
    fn check(error: &ChangeError, outcome: &str, exit_code: u8, summary: Option<&str>) {
        let change = Change::Delete {
            resource: ResourceKey::new("user", "u-1"),
        };
        let mut attempt = Attempt::of(&change, Timestamp::UNIX_EPOCH);
        attempt.failed(error);
        let stderr = Stderr::new(Box::new(io::sink()), false);
        let told = attempt.failed_json(&Error::change(error), Timestamp::UNIX_EPOCH, &stderr);
        let told: Value = serde_json::from_str(&told.unwrap()).unwrap();
        assert_eq!(
            (
                &told["outcome"],
                &told["exit_code"],
                told["change"]["summary"].as_str()
            ),
            (&json!(outcome), &json!(exit_code), summary),
            "{error}"
        );
        assert!(told["error"]["message"].is_string(), "{told}");
    }

    #[test]
    fn nobody_takes_a_change_for_made_or_not_made_that_is_not() {
        let lost = || connector_sdk::Error::new(Code::Unavailable, "the answer was lost");
        let sent = || lost().with_requests([WriteRequest::new("DELETE", "/users/u-1")]);
        check(&ChangeError::Connector(lost()), "failed", 14, None);
        check(&ChangeError::Connector(sent()), "unknown", 14, None);
        check(&ChangeError::BrokeOff { may_be_made: true }, "unknown", 13, None);
        check(&ChangeError::BrokeOff { may_be_made: false }, "failed", 13, None);
        check(
            &ChangeError::Interrupted { may_be_made: true },
            "unknown",
            1,
            None,
        );
        check(
            &ChangeError::Interrupted { may_be_made: false },
            "failed",
            1,
            None,
        );
        check(&not_kept(Ok(report())), "done", 2, Some("it is gone"));
        let both = not_kept(Err(ChangeError::Connector(sent())));
        check(&both, "unknown", 14, None);
    }
}
