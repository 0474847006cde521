//! What a change sends, as it is shown and kept.

use serde::Serialize;

/// A write request, without its credential.
///
/// It is printed, and kept in the audit file: neither its path nor its body may hold a secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WriteRequest {
    /// The HTTP method, or what stands for it.
    pub method: String,
    /// Where it goes, without host and secrets.
    pub path: String,
    /// What it says; never holds a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
    /// The vendor's status, where it was sent and answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The id under which the vendor's support finds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl WriteRequest {
    /// A request that was not sent yet.
    pub fn new(method: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            body: None,
            status: None,
            request_id: None,
        }
    }

    /// Adds what it says.
    #[must_use]
    pub fn body(mut self, body: serde_json::Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds what the vendor answered.
    #[must_use]
    pub fn answered(mut self, status: u16, request_id: Option<String>) -> Self {
        self.status = Some(status);
        self.request_id = request_id;
        self
    }
}
