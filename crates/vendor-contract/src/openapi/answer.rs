//! Answers against their operation.

use super::{Contract, Operation, body};
use crate::violation::{Of, Violation};
use http_kit::Response;
use serde_json::Value;

pub(super) fn check(contract: &Contract, operation: &Operation, response: &Response) -> Vec<Violation> {
    let status = response.status.as_u16();
    let violation = |(at, what)| Violation {
        operation: operation.id().to_owned(),
        of: Of::Answer(status),
        at,
        what,
    };
    let Some(documented) = operation.answers.get(&status) else {
        return vec![violation(("status".to_owned(), "is not documented".to_owned()))];
    };
    let mut findings = Vec::new();
    for (name, schema) in &documented.headers {
        let Some(value) = response.headers.get(name) else {
            continue;
        };
        let text = value.to_str().unwrap_or_default();
        let value = match contract.at(schema)["type"].as_str() {
            Some("integer") => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        };
        let found = contract.check(schema, &value).into_iter();
        findings.extend(found.map(|(_, what)| (format!("header {name}"), what)));
    }
    let is_empty = response.body.is_empty();
    if documented.content.is_empty() {
        if !is_empty {
            findings.push(("body".to_owned(), "is not documented".to_owned()));
        }
    } else if !is_empty {
        findings.extend(body::check(
            contract,
            &documented.content,
            &response.headers,
            &response.body,
        ));
    } else if !documented.may_be_empty {
        findings.push(("body".to_owned(), "is missing".to_owned()));
    }
    findings.into_iter().map(violation).collect()
}
