//! Schemas of OpenAPI 3.0 as JSON Schema.

use serde_json::{Map, Value, json};

/// Turns every schema of a description into JSON Schema, where it stands. Examples stay as they are.
pub(super) fn schemas_of(document: &mut Value) {
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.values_mut().for_each(convert);
    }
    if let Some(paths) = document.get_mut("paths") {
        below(paths);
    }
    for part in ["parameters", "responses", "headers"] {
        if let Some(part) = document.pointer_mut(&format!("/components/{part}")) {
            below(part);
        }
    }
}

fn below(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "schema" => convert(member),
                    "example" => {}
                    _ => below(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(below),
        _ => {}
    }
}

fn convert(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    if schema.contains_key("$ref") {
        // OpenAPI 3.0 ignores what stands beside a reference.
        schema.retain(|name, _| name == "$ref");
        return;
    }
    for (name, member) in schema.iter_mut() {
        match name.as_str() {
            "properties" => each(member, convert),
            "items" | "not" | "additionalProperties" => convert(member),
            "oneOf" | "anyOf" | "allOf" => each(member, convert),
            _ => {}
        }
    }
    if schema.get("x-open-enum") == Some(&Value::Bool(true)) {
        schema.remove("enum");
    }
    if schema.remove("nullable") == Some(Value::Bool(true)) {
        allow_null(schema);
    }
    // What is composed of several schemas cannot be closed in one of them; the description composes none of objects
    // with members.
    let is_composed = ["oneOf", "anyOf", "allOf"].iter().any(|word| {
        let parts = schema.get(*word).and_then(Value::as_array);
        parts.is_some_and(|parts| parts.iter().any(|part| part.get("properties").is_some()))
    });
    if schema.contains_key("properties") && !schema.contains_key("additionalProperties") {
        assert!(!is_composed, "cannot close {schema:?}");
        schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}

fn each(value: &mut Value, convert: fn(&mut Value)) {
    match value {
        Value::Object(members) => members.values_mut().for_each(convert),
        Value::Array(items) => items.iter_mut().for_each(convert),
        _ => {}
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
    }
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
}
