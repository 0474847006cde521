//! Requests against their operation.

use super::operation::Place;
use super::{Contract, Operation, body};
use crate::violation::{Of, Violation};
use http::header::AUTHORIZATION;
use http_kit::Request;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn check(contract: &Contract, operation: &Operation, request: &Request) -> Vec<Violation> {
    let mut findings = Vec::new();
    let mut find = |at: String, what: &str| findings.push((at, what.to_owned()));
    let credential = request.headers.get(AUTHORIZATION);
    if !credential.is_some_and(|value| value.as_bytes().starts_with(b"Bearer ")) {
        find("header authorization".to_owned(), "is no bearer token");
    }
    let mut query = pairs(request);
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
                    Some(values) if is(schema, "array") => match items(&values, parameter.explode) {
                        Ok(items) => {
                            let items = items.iter().map(|item| read(&schema["items"], item));
                            (at, items.collect())
                        }
                        Err(what) => {
                            find(at, what);
                            continue;
                        }
                    },
                    Some(values) if values.len() > 1 => {
                        find(at, "is given more than once");
                        continue;
                    }
                    Some(values) => (at, read(schema, &decoded(&values[0]))),
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

/// The parameters of the query: their names decoded, their values as they were sent.
fn pairs(request: &Request) -> BTreeMap<String, Vec<String>> {
    let mut pairs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let query = request.url.query().unwrap_or_default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.entry(decoded(name)).or_default().push(value.to_owned());
    }
    pairs
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// The values of a list, decoded; an error where the list is written in another way than is documented.
fn items(values: &[String], explode: bool) -> Result<Vec<String>, &'static str> {
    if explode {
        if values.iter().any(|value| value.contains(',')) {
            return Err("separates its values by commas instead of repeating the name");
        }
        return Ok(values.iter().map(|value| decoded(value)).collect());
    }
    let [list] = values else {
        return Err("repeats its name instead of separating its values by commas");
    };
    let items: Vec<String> = list.split(',').map(decoded).collect();
    if items.iter().any(|item| item.contains(',')) {
        return Err("holds an encoded comma, which may be read as one that separates values");
    }
    Ok(items)
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
