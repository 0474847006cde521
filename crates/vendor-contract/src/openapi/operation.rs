//! The operations of a description.

use http::Method;
use serde_json::Value;
use std::collections::BTreeMap;

/// One documented operation.
#[derive(Clone, Debug)]
pub struct Operation {
    id: String,
    method: Method,
    template: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    /// The pointers of what is documented for each status.
    pub(super) answers: BTreeMap<u16, Answer>,
}

/// A documented parameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) required: bool,
    /// Whether a list repeats the name for each value (`a=1&a=2`); else commas separate the values (`a=1,2`).
    pub(super) explode: bool,
    /// The pointer of its schema.
    pub(super) schema: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
}

/// A documented body of a request.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) required: bool,
    pub(super) content: Content,
}

/// A documented answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Media types of the body; none where there is no body.
    pub(super) content: Content,
    /// Whether the body may be missing anyway.
    pub(super) may_be_empty: bool,
    /// Headers, and the pointers of their schemas.
    pub(super) headers: Vec<(String, String)>,
}

/// Media types, and the pointers of their schemas.
pub(super) type Content = BTreeMap<String, String>;

impl Operation {
    /// Its name in the description.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path with its parameters in braces.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The documented statuses, ascending.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.answers.keys().copied()
    }

    pub(super) fn is(&self, method: &Method, template: &str) -> bool {
        let bare = |segment: &'_ str| !segment.starts_with('{');
        let alike = |(one, other): (&str, &str)| one == other || !(bare(one) || bare(other));
        self.method == method
            && self.template.split('/').count() == template.split('/').count()
            && self.template.split('/').zip(template.split('/')).all(alike)
    }

    /// The values of the parameters in a path, still encoded, if the path is of this operation.
    pub(super) fn values<'a>(&'a self, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let (mut template, mut given) = (self.template.split('/'), path.split('/'));
        let mut values = Vec::new();
        loop {
            match (template.next(), given.next()) {
                (None, None) => return Some(values),
                (Some(segment), Some(value)) => {
                    let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                    match name {
                        Some(name) if !value.is_empty() => values.push((name, value)),
                        None if segment == value => {}
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    pub(super) fn has_path(&self, path: &str) -> bool {
        self.values(path).is_some()
    }

    pub(super) fn literals(&self) -> usize {
        let segments = self.template.split('/');
        segments.filter(|segment| !segment.starts_with('{')).count()
    }
}

/// Every operation of a description.
pub(super) fn all(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (template, item) in members(&document["paths"]) {
        let path = format!("/paths/{}", escaped(template));
        for (method, operation) in members(item) {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let here = format!("{path}/{}", method.as_str().to_lowercase());
            operations.push(Operation {
                id: text(&operation["operationId"]),
                parameters: parameters(document, operation, &here),
                body: operation.get("requestBody").map(|body| Body {
                    required: body["required"] == true,
                    content: content(document, &format!("{here}/requestBody")),
                }),
                answers: members(&operation["responses"])
                    .map(|(status, answer)| {
                        let pointer = resolved(answer, || format!("{here}/responses/{status}"));
                        (status.parse().expect("a status"), answer_at(document, &pointer))
                    })
                    .collect(),
                template: template.clone(),
                method,
            });
        }
    }
    operations
}

fn parameters(document: &Value, operation: &Value, here: &str) -> Vec<Parameter> {
    let listed = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate();
    listed
        .map(|(index, parameter)| {
            let pointer = resolved(parameter, || format!("{here}/parameters/{index}"));
            let parameter = document.pointer(&pointer).expect("a parameter that is described");
            assert!(
                parameter.get("style").is_none_or(|style| style == "form"),
                "{pointer}"
            );
            Parameter {
                name: text(&parameter["name"]),
                place: match parameter["in"].as_str() {
                    Some("path") => Place::Path,
                    Some("query") => Place::Query,
                    other => panic!("{pointer} is in {other:?}"),
                },
                required: parameter["required"] == true,
                // What OpenAPI takes for granted for the style `form`.
                explode: parameter["explode"] != false,
                schema: format!("{pointer}/schema"),
            }
        })
        .collect()
}

fn answer_at(document: &Value, pointer: &str) -> Answer {
    let answer = document.pointer(pointer).expect("an answer that is described");
    Answer {
        content: content(document, pointer),
        // Of some refusals the vendor documents the status alone; the description names them so.
        may_be_empty: pointer.ends_with("_maybeEmpty"),
        headers: answer
            .get("headers")
            .into_iter()
            .flat_map(members)
            .map(|(name, header)| {
                let pointer = resolved(header, || format!("{pointer}/headers/{}", escaped(name)));
                (name.to_lowercase(), format!("{pointer}/schema"))
            })
            .collect(),
    }
}

fn content(document: &Value, pointer: &str) -> Content {
    let content = document.pointer(&format!("{pointer}/content"));
    let kinds = content.into_iter().flat_map(members).map(|(kind, _)| kind);
    kinds
        .map(|kind| {
            let schema = format!("{pointer}/content/{}/schema", escaped(kind));
            (kind.to_lowercase(), schema)
        })
        .collect()
}

/// The pointer of what is meant: here, or what a reference points to.
fn resolved(value: &Value, here: impl FnOnce() -> String) -> String {
    match value["$ref"].as_str() {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => here(),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
