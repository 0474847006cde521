//! Findings in a value, as sentences.

use super::Contract;
use super::operation::Content;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

/// Texts up to this length that are single words are shown.
const SHOWN: usize = 60;

/// What is wrong with a body that is there: its media type, its JSON, or what the JSON says.
pub(super) fn check(
    contract: &Contract,
    content: &Content,
    headers: &HeaderMap,
    body: &[u8],
) -> Vec<(String, String)> {
    let one = |at: &str, what: String| vec![(at.to_owned(), what)];
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_lowercase();
    let Some(schema) = content.get(&kind) else {
        let known: Vec<&str> = content.keys().map(String::as_str).collect();
        let given = if kind.is_empty() { "nothing" } else { &kind };
        return one(
            "header content-type",
            format!("is {given} instead of {}", known.join(" or ")),
        );
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => contract
            .check(schema, &value)
            .into_iter()
            .map(|(at, what)| (format!("body{at}"), what))
            .collect(),
        Err(_) => one("body", "is no JSON".to_owned()),
    }
}

/// Adds what an error says, as places and sentences.
pub(super) fn tell(error: &ValidationError<'_>, findings: &mut Vec<(String, String)>) {
    let at = error.instance_path().as_str().to_owned();
    let member = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    let value = || shown(error.instance());
    let what = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            findings.extend(
                unexpected
                    .iter()
                    .map(|name| (member(name), "is not documented".to_owned())),
            );
            return;
        }
        ValidationErrorKind::Required { property } => {
            findings.push((
                member(property.as_str().unwrap_or_default()),
                "is missing".to_owned(),
            ));
            return;
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            // The one with the least to complain of is most likely the one that was meant.
            let Some(meant) = context.iter().min_by_key(|branch| branch.len()) else {
                return;
            };
            let first = findings.len();
            for error in meant {
                tell(error, findings);
            }
            for (_, what) in &mut findings[first..] {
                what.push_str(", nor is it another alternative");
            }
            return;
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => "fits several alternatives".to_owned(),
        ValidationErrorKind::Enum { options } => format!("is {}, none of {options}", value()),
        ValidationErrorKind::Pattern { pattern } => format!("is {}, which {pattern} does not match", value()),
        ValidationErrorKind::Format { format } => format!("is {}, no {format}", value()),
        ValidationErrorKind::Type { kind } => {
            let kinds = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => {
                    let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
                    kinds.join(" or ")
                }
            };
            format!("is {}, not {kinds}", value())
        }
        _ => format!("is wrong: {}", error.masked_with(value())),
    };
    findings.push((at, what));
}

/// A value, in short. Nothing that may be a name, an address or a secret.
fn shown(value: &Value) -> String {
    let is_word = |text: &str| {
        text.len() <= SHOWN
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "._-/:".contains(letter))
    };
    match value {
        Value::String(text) if is_word(text) => format!("{text:?}"),
        Value::String(text) => format!("a text of {} characters", text.chars().count()),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(members) => format!("an object of {}", members.len()),
        other => other.to_string(),
    }
}
