//! What is known of a write that was answered with success.

use crate::answer::Answer;
use serde::Serialize;

/// The server's answer to a write that it accepted.
///
/// Many writes answer with nothing else; the id is what the vendor's support asks for. It can be written down as it is:
///
/// ```
/// # fn kept(receipt: &http_kit::Receipt) -> serde_json::Result<String> {
/// serde_json::to_string(receipt) // {"status":204,"request_id":"a2fe073f"}
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The HTTP status, 200 to 299.
    pub status: u16,
    /// The server's id of the request, if a header of the answer holds it.
    pub request_id: Option<String>,
    /// How often the request was sent, see [`Answer::attempts`]. Not part of the serialized form.
    #[serde(skip)]
    pub attempts: u32,
    /// How many earlier sendings of it the server's limit of requests refused (429). Not part of the serialized form.
    #[serde(skip)]
    pub refusals: u32,
    /// Whether the answer is the one that the operation is documented to have, as far as the client knows that; at least,
    /// it is not a page of HTML. An answer that is not says nothing of the write: read the state. Not part of the serialized
    /// form.
    #[serde(skip)]
    pub documented: bool,
}

impl From<&Answer> for Receipt {
    fn from(answer: &Answer) -> Self {
        Self {
            status: answer.status.as_u16(),
            request_id: answer.request_id.clone(),
            attempts: answer.attempts,
            refusals: answer.refusals,
            documented: !answer.is_html(),
        }
    }
}
