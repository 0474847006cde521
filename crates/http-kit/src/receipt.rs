//! What is known of a write that was answered with success.

use serde::Serialize;

use crate::answer::Answer;

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
    /// The HTTP status, 200 to 299. Which of them an operation answers with is often undocumented, so all mean success.
    pub status: u16,
    /// The server's id of the request, if a header of the answer holds it.
    pub request_id: Option<String>,
    /// How often the request was sent, see [`Answer::tries`]. Not part of the serialized form.
    #[serde(skip)]
    pub tries: u32,
}

impl From<&Answer> for Receipt {
    fn from(answer: &Answer) -> Self {
        Self {
            status: answer.status.as_u16(),
            request_id: answer.request_id.clone(),
            tries: answer.tries,
        }
    }
}
