//! What a change came to.

use super::target::ChangeTarget;
use super::values::to_json;
use connector_proto::connector::v2;
use connector_proto::{any, json};
use connector_sdk::{ChangeOutcome, ChangeState, WriteRequest};
use jiff::{SignedDuration, Timestamp};
use prost_types::{Any, Struct};
use serde::{Serialize, Serializer, ser::Error as _};
use std::path::PathBuf;

/// What a change came to: it was made, is under way, would be made, or is so already.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeReport {
    /// What it was about.
    pub change: ChangeTarget,
    /// What it came to.
    pub state: ChangeState,
    /// What happened to what, as one sentence for people.
    pub summary: String,
    /// What a person should know beside.
    pub notes: Vec<String>,
    /// What still gives the access that was taken, each by name and id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub still_through: Vec<String>,
    /// The writes, in the order in which they were sent, or would be.
    pub requests: Vec<WriteRequest>,
    /// The resource that came of it; as JSON in the JSON form of protobuf.
    #[serde(serialize_with = "resource", skip_serializing_if = "Option::is_none")]
    pub resource: Option<Box<v2::Resource>>,
    /// What an action answered with. It may hold what is shown only once, and is not in the audit file.
    #[serde(serialize_with = "response", skip_serializing_if = "Option::is_none")]
    pub response: Option<Struct>,
    /// What the protocol says of it beside success.
    pub annotations: Vec<ChangeAnnotation>,
    /// Where it is kept; none where no audit file was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Kept>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When the connector had answered.
    pub ended_at: Timestamp,
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
pub struct Kept {
    /// The audit file.
    pub path: PathBuf,
    /// The id of its lines there, a KSUID.
    pub id: String,
}

impl ChangeReport {
    pub(super) fn new(
        change: ChangeTarget,
        outcome: ChangeOutcome,
        audit: Option<Kept>,
        (started_at, ended_at): (Timestamp, Timestamp),
    ) -> Self {
        let annotation = match (&change, outcome.state) {
            (ChangeTarget::Grant { .. }, ChangeState::AlreadySo) => {
                Some(ChangeAnnotation::GrantAlreadyExists)
            }
            (ChangeTarget::Revoke { .. }, ChangeState::AlreadySo) => {
                Some(ChangeAnnotation::GrantAlreadyRevoked)
            }
            (ChangeTarget::Delete { .. }, ChangeState::AlreadySo) => {
                Some(ChangeAnnotation::ResourceDoesNotExist)
            }
            _ => None,
        };
        Self {
            change,
            state: outcome.state,
            summary: outcome.summary,
            notes: outcome.notes,
            still_through: outcome.still_through,
            requests: outcome.requests,
            resource: outcome.resource,
            response: outcome.response,
            annotations: annotation.into_iter().collect(),
            audit,
            started_at,
            ended_at,
        }
    }

    /// How long it took.
    pub fn elapsed(&self) -> SignedDuration {
        self.ended_at.duration_since(self.started_at)
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

fn resource<S: Serializer>(resource: &Option<Box<v2::Resource>>, serializer: S) -> Result<S::Ok, S::Error> {
    let value = resource.as_deref().map(json::to_value).transpose();
    value.map_err(S::Error::custom)?.serialize(serializer)
}

fn response<S: Serializer>(response: &Option<Struct>, serializer: S) -> Result<S::Ok, S::Error> {
    response.as_ref().map(to_json).serialize(serializer)
}
