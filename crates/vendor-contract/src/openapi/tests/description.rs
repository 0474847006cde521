//! The description agrees with itself.

use crate::openapi::Contract;
use crate::openapi::operation::Content;
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_operation_compiles() {
    let contract = Contract::atlassian();
    assert_eq!(contract.operations().len(), 91);
    let ids: BTreeSet<&str> = contract
        .operations()
        .iter()
        .map(|operation| operation.id())
        .collect();
    assert_eq!(ids.len(), 91, "names are unique");
    let mut compiled = 0;
    for operation in contract.operations() {
        let bodies = operation.body.iter().flat_map(|body| body.content.values());
        let parameters = operation.parameters.iter().map(|parameter| &parameter.schema);
        let answers = operation.answers.values();
        let answers = answers.flat_map(|answer| {
            let headers = answer.headers.iter().map(|(_, schema)| schema);
            answer.content.values().chain(headers)
        });
        for schema in bodies.chain(parameters).chain(answers) {
            assert!(contract.at(schema).is_object(), "{schema}");
            contract.validator(schema);
            compiled += 1;
        }
        assert!(operation.statuses().any(|status| status < 300), "{operation:?}");
    }
    assert!(compiled > 600, "{compiled}");
}

#[test]
fn every_example_is_as_described() {
    let contract = Contract::atlassian();
    let mut checked = 0;
    let mut wrong = Vec::new();
    let mut all = |operation: &str, what: &str, content: &Content| {
        for schema in content.values() {
            let example = schema
                .strip_suffix("/schema")
                .expect("a schema stands in something");
            let Some(example) = contract.document.pointer(&format!("{example}/example")) else {
                continue;
            };
            checked += 1;
            let found = contract.check(schema, example).into_iter();
            wrong.extend(found.map(|(at, told)| format!("{operation} {what}: {at} {told}")));
        }
    };
    for operation in contract.operations() {
        if let Some(body) = &operation.body {
            all(operation.id(), "request", &body.content);
        }
        for (status, answer) in &operation.answers {
            all(operation.id(), &status.to_string(), &answer.content);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 200, "{checked}");
}

/// The examples are checked against operations, so there must be none elsewhere.
#[test]
fn every_example_is_of_an_operation() {
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| match name.as_str() {
                    "example" => 1,
                    _ => count(member),
                })
                .sum(),
            Value::Array(items) => items.iter().map(count).sum(),
            _ => 0,
        }
    }
    let contract = Contract::atlassian();
    let of_operations: BTreeSet<String> = contract
        .operations()
        .iter()
        .flat_map(|operation| {
            let bodies = operation.body.iter().flat_map(|body| body.content.values());
            let answers = operation.answers.values();
            bodies.chain(answers.flat_map(|answer| answer.content.values()))
        })
        .map(|schema| schema.replace("/schema", "/example"))
        .filter(|example| contract.document.pointer(example).is_some())
        .collect();
    assert_eq!(of_operations.len(), count(&contract.document));
}

/// Other tools follow a member `$ref` wherever it stands, so no example has one.
#[test]
fn no_example_holds_a_reference() {
    fn references(value: &Value) -> usize {
        match value {
            Value::Object(members) => {
                let below: usize = members.values().map(references).sum();
                below + usize::from(members.get("$ref").is_some_and(Value::is_string))
            }
            Value::Array(items) => items.iter().map(references).sum(),
            _ => 0,
        }
    }
    fn of_examples(value: &Value) -> usize {
        let members = value.as_object().into_iter().flatten();
        let below = members.map(|(name, member)| match name.as_str() {
            "example" => references(member),
            _ => of_examples(member),
        });
        below.sum::<usize>()
            + value
                .as_array()
                .into_iter()
                .flatten()
                .map(of_examples)
                .sum::<usize>()
    }
    assert_eq!(of_examples(&Contract::atlassian().document), 0);
}

/// What clients meet at every operation of its kind is documented for each.
#[test]
fn common_refusals_are_documented() {
    let contract = Contract::atlassian();
    for operation in contract.operations() {
        let (id, template) = (operation.id(), operation.template());
        let statuses: BTreeSet<u16> = operation.statuses().collect();
        if template.contains("{orgId}") || template.starts_with("/scim/") {
            assert!(
                statuses.contains(&404),
                "{id} of a wrong organization or directory"
            );
        }
        if operation.body.is_some() {
            assert!(
                statuses.contains(&400) && statuses.contains(&415),
                "{id} of a wrong body"
            );
        }
        if template.starts_with("/scim/") {
            for (status, answer) in &operation.answers {
                let kinds: Vec<&str> = answer.content.keys().map(String::as_str).collect();
                let both = ["application/json", "application/scim+json"];
                assert!(kinds.is_empty() || kinds == both, "{id} {status}: {kinds:?}");
            }
        }
    }
}
