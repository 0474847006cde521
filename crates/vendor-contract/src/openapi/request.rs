//! Requests against their operation.

use std::collections::BTreeMap;

use http::header::AUTHORIZATION;
use http_kit::Request;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::operation::Place;
use super::{Contract, Operation, body};
use crate::violation::{Of, Violation};

pub(super) fn check(contract: &Contract, operation: &Operation, request: &Request) -> Vec<Violation> {
    let mut findings = Vec::new();
    let mut find = |at: String, what: &str| findings.push((at, what.to_owned()));
    let credential = request.headers.get(AUTHORIZATION);
    if !credential.is_some_and(|value| value.as_bytes().starts_with(b"Bearer ")) {
        find("header authorization".to_owned(), "is no bearer token");
    }
    let mut query: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in request.url.query_pairs() {
        query
            .entry(name.into_owned())
            .or_default()
            .push(value.into_owned());
    }
    let path: BTreeMap<&str, &str> = operation
        .values(request.url.path())
        .unwrap_or_default()
        .into_iter()
        .collect();
    for parameter in &operation.parameters {
        let schema = contract.at(&parameter.schema);
        let (at, value) = match parameter.place {
            Place::Path => {
                let at = format!("path {}", parameter.name);
                let segment = path.get(parameter.name.as_str()).copied().unwrap_or_default();
                match percent_decode_str(segment).decode_utf8() {
                    Ok(text) => (at, read(schema, &text)),
                    Err(_) => {
                        find(at, "is no text");
                        continue;
                    }
                }
            }
            Place::Query => {
                let at = format!("query {}", parameter.name);
                match query.remove(&parameter.name) {
                    None if parameter.required => {
                        find(at, "is missing");
                        continue;
                    }
                    None => continue,
                    Some(values) if is(schema, "array") => {
                        let items = values.iter().map(|value| read(&schema["items"], value));
                        (at, items.collect())
                    }
                    Some(values) if values.len() > 1 => {
                        find(at, "is given more than once");
                        continue;
                    }
                    Some(values) => (at, read(schema, &values[0])),
                }
            }
        };
        for (below, what) in contract.check(&parameter.schema, &value) {
            find(format!("{at}{below}"), &what);
        }
    }
    for name in query.keys() {
        find(format!("query {name}"), "is not documented");
    }
    let sent = request.body.as_deref().unwrap_or_default();
    match &operation.body {
        None if sent.is_empty() => {}
        None => find("body".to_owned(), "is not documented"),
        Some(documented) if sent.is_empty() => {
            if documented.required {
                find("body".to_owned(), "is missing");
            }
        }
        Some(documented) => {
            for (at, what) in body::check(contract, &documented.content, &request.headers, sent) {
                find(at, &what);
            }
        }
    }
    let violation = |(at, what)| Violation {
        operation: operation.id().to_owned(),
        of: Of::Request,
        at,
        what,
    };
    findings.into_iter().map(violation).collect()
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind
}

/// A text of an address as the value that it stands for. What is no such value stays a text, which the schema refuses.
fn read(schema: &Value, text: &str) -> Value {
    let value = if is(schema, "integer") {
        text.parse::<i64>().ok().map(Value::from)
    } else if is(schema, "boolean") {
        text.parse::<bool>().ok().map(Value::from)
    } else {
        None
    };
    value.unwrap_or_else(|| Value::from(text))
}
