//! The record of a change: what was asked for, where, by whom, and its result.

use super::error::{ArtifactAsked, ChangeError, so_far};
use super::request::Change;
use super::target::ChangeTarget;
use super::values::to_json;
use connector_proto::connector::v2;
use connector_proto::{any, json};
use connector_sdk::{ChangeOutcome, ChangeState, Code, Parts, ResourceKey, Tenant, WriteRequest};
use jiff::{SignedDuration, Timestamp};
use prost_types::{Any, Struct};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;

/// One change, from what was asked for to its result. The lines of the audit file, documents and texts are made from it.
///
/// As JSON it is the member `change` of the document that a program prints. The error is not in there: it stands beside it, as in
/// the document of any other run that failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ChangeRecord {
    /// What it is about. Of a change that was not made only the ids that were asked for.
    pub change: ChangeTarget,
    /// Where it is made.
    pub place: ChangePlace,
    /// On whose behalf.
    pub actor: String,
    /// The name of the connector; empty until there is one.
    pub connector: String,
    /// Where ids were looked up.
    pub artifact: Option<ArtifactAsked>,
    /// What it came to.
    pub state: RecordState,
    /// What happened to what, as one sentence for people; empty where it was not made.
    pub summary: String,
    /// What a person should know beside.
    pub notes: Vec<String>,
    /// What still gives the access that was taken, each by name and id.
    pub still_through: Vec<String>,
    /// The writes with their answers, in the order in which they were sent, or would be. Of a change that failed without bodies:
    /// only of one that ended well is it known that nothing secret is in them.
    pub requests: Vec<WriteRequest>,
    /// The resulting resource; as JSON in the JSON form of protobuf.
    pub resource: Option<Box<v2::Resource>>,
    /// What an action answered with. It may hold what is shown only once, and is not in the audit file.
    pub response: Option<Struct>,
    /// Of a change that failed, what was carried out anyway, and what was not.
    pub parts: Parts,
    /// Why it failed.
    pub error: Option<RecordedError>,
    /// Where it is kept; none where no audit file was named, or nothing was attempted.
    pub audit: Option<Kept>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When the connector had answered, or the change had failed.
    pub ended_at: Timestamp,
}

/// What a change came to. As JSON the name in snake case, and of one that was made that of its [`ChangeState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// It was not made.
    Failed,
    /// It failed, and a part of it was carried out.
    Partial,
    /// Writes may have been carried out, and the result is unknown.
    Unknown,
    /// It was made, is under way, would be made, or is so already.
    #[serde(untagged)]
    CameTo(ChangeState),
}

impl PartialEq<ChangeState> for RecordState {
    fn eq(&self, other: &ChangeState) -> bool {
        *self == Self::CameTo(*other)
    }
}

/// Where a change is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangePlace {
    /// The resource that stands for the tenant: an organization for example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<ResourceKey>,
    /// The address of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Where accounts are created, where that is another place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Whether the tenant is only simulated.
    pub demo: bool,
    /// Whether nothing is sent.
    pub dry_run: bool,
}

/// Why a change failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedError {
    /// What it means.
    pub code: Code,
    /// The meaning, what happened to what, and what the vendor said, as one line.
    pub message: String,
}

/// What the protocol says of a change beside success, by the names of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum ChangeAnnotation {
    /// What was to be granted is held already.
    GrantAlreadyExists,
    /// What was to be revoked is not held any more.
    GrantAlreadyRevoked,
    /// What was to be deleted is gone already.
    ResourceDoesNotExist,
}

/// Where a change is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// The audit file.
    pub path: PathBuf,
    /// The id of its lines there, a KSUID.
    pub id: String,
}

/// A change that failed: why, and its record.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChangeFailure {
    /// Why it was not made, or what it came to is not known.
    pub error: ChangeError,
    /// What is known of it. Where only its outcome could not be kept, that of a change that was made.
    pub record: Box<ChangeRecord>,
}

impl ChangeRecord {
    /// The record of a change that nothing was done about yet: it failed, unless something else is known later.
    pub fn asked(change: &Change, actor: impl Into<String>, dry_run: bool, at: Timestamp) -> Self {
        Self {
            change: ChangeTarget::asked(change),
            place: ChangePlace {
                dry_run,
                ..ChangePlace::default()
            },
            actor: actor.into(),
            connector: String::new(),
            artifact: None,
            state: RecordState::Failed,
            summary: String::new(),
            notes: Vec::new(),
            still_through: Vec::new(),
            requests: Vec::new(),
            resource: None,
            response: None,
            parts: Parts::default(),
            error: None,
            audit: None,
            started_at: at,
            ended_at: at,
        }
    }

    /// Whether something was sent, or may have been, without that the change is known to be made.
    pub fn may_be_made(&self) -> bool {
        match self.state {
            RecordState::Failed => !self.requests.is_empty(),
            RecordState::Partial | RecordState::Unknown => true,
            RecordState::CameTo(_) => false,
        }
    }

    /// Says which tenant it is made in.
    pub(super) fn is_made_in(&mut self, tenant: Tenant) {
        self.place = ChangePlace {
            tenant: Some(tenant.resource),
            base_url: tenant.base_url,
            demo: tenant.demo,
            ..std::mem::take(&mut self.place)
        };
    }

    /// Says what it came to.
    pub(super) fn came_to(&mut self, change: ChangeTarget, outcome: ChangeOutcome) {
        self.change = change;
        self.state = RecordState::CameTo(outcome.state);
        self.summary = outcome.summary;
        self.notes = outcome.notes;
        self.still_through = outcome.still_through;
        self.requests = outcome.requests;
        self.resource = outcome.resource;
        self.response = outcome.response;
    }

    /// Says why it failed.
    pub(super) fn failed(&mut self, error: &ChangeError) {
        self.state = if error.may_be_made() {
            RecordState::Unknown
        } else if error.is_partial() {
            RecordState::Partial
        } else {
            RecordState::Failed
        };
        if let ChangeError::Connector(error) = error {
            self.parts = error.parts().clone();
        }
        self.requests = error.requests().to_vec();
        for request in &mut self.requests {
            request.body = None;
        }
        self.error = Some(RecordedError::of(error));
    }

    /// What the protocol says of it beside success.
    pub fn annotation(&self) -> Option<ChangeAnnotation> {
        if self.state != ChangeState::AlreadySo {
            return None;
        }
        match self.change {
            ChangeTarget::Grant { .. } => Some(ChangeAnnotation::GrantAlreadyExists),
            ChangeTarget::Revoke { .. } => Some(ChangeAnnotation::GrantAlreadyRevoked),
            ChangeTarget::Delete { .. } => Some(ChangeAnnotation::ResourceDoesNotExist),
            ChangeTarget::CreateAccount { .. } | ChangeTarget::Invoke { .. } => None,
        }
    }

    /// How long it took.
    pub fn elapsed(&self) -> SignedDuration {
        self.ended_at.duration_since(self.started_at)
    }
}

impl RecordedError {
    pub(super) fn of(error: &ChangeError) -> Self {
        Self {
            code: error.code(),
            message: match error {
                ChangeError::Interrupted {
                    may_be_made,
                    requests,
                } => format!("interrupted {}", so_far(*may_be_made, requests)),
                _ => error.to_string(),
            },
        }
    }
}

impl Serialize for ChangeRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let RecordState::CameTo(state) = self.state {
            map.serialize_entry("change", &self.change)?;
            map.serialize_entry("state", &state)?;
            map.serialize_entry("summary", &self.summary)?;
            map.serialize_entry("notes", &self.notes)?;
            if !self.still_through.is_empty() {
                map.serialize_entry("still_through", &self.still_through)?;
            }
            map.serialize_entry("requests", &self.requests)?;
            if let Some(resource) = &self.resource {
                let resource = json::to_value(&**resource).map_err(S::Error::custom)?;
                map.serialize_entry("resource", &resource)?;
            }
            if let Some(response) = &self.response {
                map.serialize_entry("response", &to_json(response))?;
            }
            map.serialize_entry("annotations", &self.annotation().as_slice())?;
        } else {
            // In the order of the alphabet, in which they always stood here.
            let change = serde_json::to_value(&self.change).map_err(S::Error::custom)?;
            map.serialize_entry("change", &change)?;
            if !self.parts.done.is_empty() {
                map.serialize_entry("done", &self.parts.done)?;
                map.serialize_entry("not_done", &self.parts.not_done)?;
            }
            map.serialize_entry("requests", &self.requests)?;
        }
        if let Some(audit) = &self.audit {
            map.serialize_entry("audit", audit)?;
        }
        map.serialize_entry("started_at", &self.started_at)?;
        map.serialize_entry("ended_at", &self.ended_at)?;
        map.end()
    }
}

impl ChangeAnnotation {
    /// The message.
    pub fn to_any(self) -> Any {
        match self {
            Self::GrantAlreadyExists => any::pack(&v2::GrantAlreadyExists::default()),
            Self::GrantAlreadyRevoked => any::pack(&v2::GrantAlreadyRevoked::default()),
            Self::ResourceDoesNotExist => any::pack(&v2::ResourceDoesNotExist::default()),
        }
    }
}

impl fmt::Display for ChangeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for ChangeFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<ChangeFailure> for ChangeError {
    fn from(failure: ChangeFailure) -> Self {
        failure.error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::Error;
    use serde_json::{Value, json};

    fn asked() -> ChangeRecord {
        let change = Change::Delete {
            resource: ResourceKey::new("user", "u-1"),
        };
        ChangeRecord::asked(&change, "ines", false, Timestamp::UNIX_EPOCH)
    }

    #[track_caller]
    fn check(error: &ChangeError, state: RecordState, requests: Value) {
        let mut record = asked();
        record.failed(error);
        assert_eq!(record.state, state, "{error}");
        let told = serde_json::to_value(&record).expect("a record is JSON");
        assert_eq!(
            told,
            json!({
                "change": { "kind": "delete", "resource": { "resource_type": "user", "resource": "u-1" } },
                "requests": requests,
                "started_at": "1970-01-01T00:00:00Z",
                "ended_at": "1970-01-01T00:00:00Z",
            })
        );
        let kept = record.error.expect("it failed");
        assert_eq!(kept.code, error.code());
    }

    #[test]
    fn nobody_takes_a_change_for_made_or_not_made_that_is_not() {
        use RecordState::{Failed, Partial, Unknown};
        let lost = || Error::new(Code::Unavailable, "the answer was lost");
        let sent = || WriteRequest::new("DELETE", "/users/u-1").body(json!({ "pin": "4711" }));
        check(&ChangeError::Connector(lost()), Failed, json!([]));
        check(
            &ChangeError::Connector(lost().with_requests([sent()])),
            Unknown,
            json!([{ "method": "DELETE", "path": "/users/u-1" }]),
        );
        let refused = Error::new(Code::PermissionDenied, "no").with_requests([sent().answered(403, None)]);
        check(
            &ChangeError::Connector(refused),
            Failed,
            json!([{ "method": "DELETE", "path": "/users/u-1", "status": 403 }]),
        );
        // The one that failed says what was done, or a write was answered with success.
        let done = Parts {
            done: vec!["done in the directory d-1".into()],
            not_done: vec!["in the directory d-2".into()],
        };
        let said = Error::new(Code::PermissionDenied, "no").with_parts(done.clone());
        let mut record = asked();
        record.failed(&ChangeError::Connector(said));
        assert_eq!((record.state, &record.parts), (Partial, &done));
        let told = serde_json::to_value(&record).expect("a record is JSON");
        assert_eq!(
            (&told["done"], &told["not_done"]),
            (&json!(done.done), &json!(done.not_done))
        );
        let writes = [sent().answered(204, None), sent().answered(403, None)];
        check(
            &ChangeError::Connector(Error::new(Code::PermissionDenied, "no").with_requests(writes)),
            Partial,
            json!([
                { "method": "DELETE", "path": "/users/u-1", "status": 204 },
                { "method": "DELETE", "path": "/users/u-1", "status": 403 },
            ]),
        );
        // Of what else nobody knows anything counts more.
        let lost = lost().with_requests([sent()]).with_parts(done);
        let mut record = asked();
        record.failed(&ChangeError::Connector(lost));
        assert_eq!(record.state, Unknown);
        for (may_be_made, state) in [(true, Unknown), (false, Failed)] {
            let requests = || vec![sent()];
            let told = || json!([{ "method": "DELETE", "path": "/users/u-1" }]);
            let (broke_off, stopped) = (requests(), requests());
            check(
                &ChangeError::BrokeOff {
                    may_be_made,
                    requests: broke_off,
                },
                state,
                told(),
            );
            check(
                &ChangeError::Interrupted {
                    may_be_made,
                    requests: stopped,
                },
                state,
                told(),
            );
        }
    }
}
