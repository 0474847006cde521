//! What is known of a write that was answered with success.

use http_kit::Answer;

/// The server's answer to a write that it accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The server's id of the request, if a header of the answer holds it.
    pub request_id: Option<String>,
}

impl Receipt {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status.as_u16(),
            request_id: answer.request_id.clone(),
        }
    }
}
