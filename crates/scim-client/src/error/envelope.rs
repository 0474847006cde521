//! Reads every shape in which servers report an error.
//!
//! | shape | where |
//! |---|---|
//! | `{"schemas","status":"409","scimType","detail"}` | RFC 7644 §3.12 |
//! | `{"error","traceId"}` | Atlassian, 401 and 403 |
//! | `{"responseStatus","scimErrorType","message","stackTrace",…}` | Atlassian, 400 of replacing a group |
//! | `{"error","error_description"}` | OAuth (RFC 6749 §5.2), in front of many servers |
//! | `{"Errors":[{"code","description"}]}` | SCIM 1.1 |
//! | `{"message"}` | gateways |
//!
//! Any member may be absent, null or of another type without costing the rest, and the URN in `schemas` is not
//! looked at: it has been seen mangled. Nothing is taken from a stack trace.

use http::{HeaderMap, StatusCode};
use http_kit::VendorError;
use serde_json::{Map, Value};

/// Longer texts are cut: an error is a line, and a proxy's page is not an explanation.
const MOST_CHARS: usize = 500;

/// Reads the body of an answer that reports an error: `scimType` becomes the code. A body of an unknown shape
/// gives an empty [`VendorError`], never a failure.
#[must_use]
pub fn decode_error(_status: StatusCode, _headers: &HeaderMap, body: &[u8]) -> VendorError {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(body)) => of_object(&body),
        _ => VendorError::default(),
    }
}

/// The words of an error that is an object, alone or within a bulk answer.
pub(crate) fn of_object(body: &Map<String, Value>) -> VendorError {
    let body = Members(body);
    if let Some(error) = body.first_of("Errors") {
        return of_object(error);
    }
    let title = body.text("error").or_else(|| body.text("responseStatus"));
    let detail = ["detail", "error_description", "description"];
    let detail = detail.into_iter().find_map(|name| body.text(name));
    // A message beside nothing else is a gateway's. It is not an explanation of the protocol, so that nothing of what the
    // protocol means by its status follows from it.
    let message = body.text("message");
    let (title, detail) = match (title, detail, message) {
        (None, None, message) => (message, None),
        (title, detail, message) => (title, detail.or(message)),
    };
    VendorError {
        code: body.text("scimType").or_else(|| body.text("scimErrorType")),
        title,
        detail,
        key: None,
        request_id: body.text("traceId").or_else(|| body.text("requestId")),
    }
}

/// Whether an error is one of the protocol. A title is taken from none of those.
pub(super) fn is_of_protocol(error: &VendorError) -> bool {
    error.code.is_some() || (error.detail.is_some() && error.title.is_none())
}

/// Whether an error is of the server itself, by its shape.
pub(super) fn is_of_server(error: &VendorError) -> bool {
    // Beside the errors of the protocol there is the one that Atlassian writes for a key that is refused.
    is_of_protocol(error) || (error.title.is_some() && error.request_id.is_some())
}

/// Members of an object by name, whatever its case (RFC 7643 §2.1).
struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0
            .iter()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => cut(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn first_of(&self, name: &str) -> Option<&'a Map<String, Value>> {
        self.get(name)?.as_array()?.iter().find_map(Value::as_object)
    }
}

fn cut(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    })
}
