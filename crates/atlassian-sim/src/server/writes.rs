//! The log of writes, so that a test can tell what was changed, and how often.

use crate::endpoint::Endpoint;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// One request to an endpoint that writes, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteLog {
    /// The endpoint.
    #[serde(serialize_with = "name")]
    pub endpoint: Endpoint,
    /// What the write was about: the variable parts of the path without the organization, then those members of the body
    /// that name something (an account, a role, a resource, a group, an address), with blanks between.
    pub subject: String,
    /// Whether it changed anything. A write that was agreed to but found everything so already did not.
    pub applied: bool,
    /// The status that was answered, or would have been: the connection may have been cut before it was sent. `None` when
    /// the endpoint was never reached.
    pub status: Option<u16>,
    /// The id of the request, which the answer has as `x-request-id` and an error as its `id`.
    pub request_id: String,
}

fn name<S: Serializer>(endpoint: &Endpoint, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(endpoint.name())
}

/// Members of bodies that name something.
const NAMING: [&str; 10] = [
    "accountId",
    "role",
    "roleId",
    "resource",
    "resourceId",
    "name",
    "email",
    "emails",
    "userName",
    "displayName",
];

/// What a write is about.
pub(super) fn subject(parts: &[(String, String)], body: &[u8]) -> String {
    let mut words: Vec<String> = parts
        .iter()
        .filter(|(name, _)| name != "org")
        .map(|(_, value)| value.clone())
        .collect();
    if let Ok(Value::Object(body)) = serde_json::from_slice(body) {
        for member in NAMING {
            match body.get(member) {
                Some(Value::String(text)) => words.push(text.clone()),
                Some(Value::Array(list)) => {
                    words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    words.join(" ")
}
