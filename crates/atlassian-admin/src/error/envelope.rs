//! Reads every shape in which the surfaces report an error.
//!
//! | shape | where |
//! |---|---|
//! | `{"errors":[{"id","status","code","title","detail"}]}` | most of the Organizations API, API access |
//! | one such item alone | workspaces |
//! | `{"code":401,"message":"…"}`, the code being the HTTP status | the gateway |
//! | `{"timestamp","path","status","error","requestId","message"}` | the layer that routes to an organization |
//! | `{"key","context","errorKey","errorDetail"}` | user management |
//! | nothing | several writes of the second version |
//! | a page or a line, but no object of JSON; any other object in answer to what a client is blamed for | not the API: something on the way to it |
//!
//! Any member may be absent, null or of another type without costing the rest. A title is filled only beside
//! a code, or by the routing layer: [`from_routing_layer`] relies on it.

use http::{HeaderMap, StatusCode};
use http_kit::VendorError;
use serde_json::Value;

/// Longer texts are cut: an error is a line, and a proxy's page is not an explanation.
const MOST_CHARS: usize = 500;

/// What is said of an answer that something on the way to the API has made.
const FOREIGN: &str = "not an answer of the API";

/// Reads the body of an answer that reports an error. A body of an unknown shape gives an empty
/// [`VendorError`], never a failure. The detail says that the answer is not of the API where the body of an answer that
/// blames the request (4xx) has none of these shapes: a gateway writes such a one when it has lost its service, or wants
/// people to sign in.
#[must_use]
pub fn decode_error(status: StatusCode, _headers: &HeaderMap, body: &[u8]) -> VendorError {
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
        let foreign = status.is_client_error() && !body.trim_ascii().is_empty();
        return VendorError {
            detail: foreign.then(|| FOREIGN.to_owned()),
            ..VendorError::default()
        };
    };
    let top = Members(&body);
    if let Some(Value::Array(items)) = body.get("errors") {
        let mut error = items
            .iter()
            .find_map(Value::as_object)
            .map(item)
            .unwrap_or_default();
        if items.len() > 1 {
            let rest = format!("and {} more", items.len() - 1);
            error.detail = Some(
                error
                    .detail
                    .map_or(rest.clone(), |detail| format!("{detail}; {rest}")),
            );
        }
        return error;
    }
    if top.text("key").is_some() || top.text("errorKey").is_some() {
        return user_management(&body);
    }
    if body.get("code").is_some_and(Value::is_string) {
        return item(&body);
    }
    let (title, message) = (top.text("error"), top.text("message"));
    let of_routing_layer = body.contains_key("path") && body.contains_key("requestId");
    // The API's own gateway refuses keys and rates, and writes the status into the body.
    let of_gateway = matches!(status.as_u16(), 401 | 429)
        && body.get("code").and_then(Value::as_u64) == Some(status.as_u16().into());
    if status.is_client_error() && !of_routing_layer && !of_gateway {
        let detail = match message.or(title) {
            Some(words) => cut(&format!("{FOREIGN}: {words}")),
            None => Some(FOREIGN.to_owned()),
        };
        return VendorError {
            detail,
            ..VendorError::default()
        };
    }
    VendorError {
        title,
        detail: message,
        request_id: top.text("requestId"),
        ..VendorError::default()
    }
}

/// Whether an error came from the layer in front of the service, which answers before any operation is
/// reached.
pub(super) fn from_routing_layer(error: &VendorError) -> bool {
    error.code.is_none() && error.key.is_none() && error.title.is_some() && error.detail.is_some()
}

/// Whether an error came from something on the way to the API: it says nothing about what was asked for.
pub(super) fn is_foreign(error: &VendorError) -> bool {
    let told = |detail: &str| detail.starts_with(FOREIGN);
    error.code.is_none()
        && error.key.is_none()
        && error.title.is_none()
        && error.detail.as_deref().is_some_and(told)
}

/// Whether an answer that blames the request (4xx) is the API's own: it has one of the documented shapes. An answer without
/// a body has none.
pub(super) fn is_of_api(error: &VendorError) -> bool {
    let says_something =
        error.code.is_some() || error.key.is_some() || error.title.is_some() || error.detail.is_some();
    says_something && !is_foreign(error)
}

fn item(body: &serde_json::Map<String, Value>) -> VendorError {
    let item = Members(body);
    let code = item.text("code");
    let (title, detail) = match code {
        Some(_) => (item.text("title"), item.text("detail")),
        None => (None, item.text("detail").or_else(|| item.text("title"))),
    };
    VendorError {
        code,
        title,
        detail,
        request_id: item.text("id"),
        ..VendorError::default()
    }
}

/// The key says what was refused; the first reason found in the context says why, and becomes the code.
fn user_management(body: &serde_json::Map<String, Value>) -> VendorError {
    let top = Members(body);
    let context = body.get("context");
    let mut reasons = Vec::new();
    if let Some(context) = context {
        collect(None, context, &mut reasons);
    }
    let of_context = |name| {
        context
            .and_then(Value::as_object)
            .and_then(|context| Members(context).text(name))
    };
    let mut sentences: Vec<String> = ["errorDetail", "message"]
        .into_iter()
        .filter_map(|name| top.text(name))
        .collect();
    sentences.extend(of_context("message"));
    sentences.extend(of_context("domain").map(|domain| format!("domain {domain}")));
    sentences.extend(reasons.iter().map(Reason::sentence));
    VendorError {
        key: top.text("key").or_else(|| top.text("errorKey")),
        code: reasons.into_iter().next().map(|reason| reason.word),
        detail: cut(&sentences.join("; ")),
        request_id: top.text("requestId"),
        ..VendorError::default()
    }
}

/// One reason of a refusal: the vendor's word, the field it is about, and its own sentence.
struct Reason {
    field: Option<String>,
    word: String,
    text: Option<String>,
}

impl Reason {
    fn sentence(&self) -> String {
        let about = self
            .field
            .as_ref()
            .map_or(String::new(), |field| format!("{field}: "));
        let text = self
            .text
            .as_ref()
            .map_or(String::new(), |text| format!(" ({text})"));
        format!("{about}{}{text}", self.word)
    }
}

/// Finds the reasons in a context, whose shape depends on the key: `reason.key`, a map of fields to such
/// reasons, `fieldViolations[]`, `errorCodes[]`.
fn collect(field: Option<&str>, context: &Value, reasons: &mut Vec<Reason>) {
    match context {
        Value::Array(list) => list.iter().for_each(|entry| collect(field, entry, reasons)),
        Value::Object(map) => {
            let members = Members(map);
            let nested = map
                .get("reason")
                .and_then(Value::as_object)
                .and_then(|reason| Members(reason).text("key"));
            if let Some(word) = nested
                .or_else(|| members.text("code"))
                .or_else(|| members.text("key"))
            {
                let text = members.text("message");
                reasons.push(Reason {
                    field: field.map(str::to_owned),
                    word,
                    text,
                });
                return;
            }
            let own = members.text("field");
            for (name, value) in map {
                let structural = matches!(name.as_str(), "fieldViolations" | "violations" | "errorCodes");
                let about = own
                    .as_deref()
                    .or(if structural { field } else { Some(name.as_str()) });
                collect(about, value, reasons);
            }
        }
        _ => {}
    }
}

/// Members of an object as texts; numbers are written out, because the code of an error was seen as either.
struct Members<'a>(&'a serde_json::Map<String, Value>);

impl Members<'_> {
    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) => cut(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
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
