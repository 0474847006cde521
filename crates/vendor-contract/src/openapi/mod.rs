//! The vendor's APIs as an OpenAPI description, against which requests and answers are held.
//!
//! The description is `fixtures/atlassian-openapi.yaml`. It is strict where OpenAPI is lenient: a member of a body or a
//! parameter of a query that is not in the description is a violation, in requests and in answers, unless the
//! description says `additionalProperties`. It is lenient where the vendor is: a list of words that is marked
//! `x-open-enum` may grow.

mod answer;
mod body;
mod convert;
mod operation;
mod request;

#[cfg(test)]
mod tests;

use http::Method;
use http_kit::{Request, Response};
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

pub use operation::Operation;

use crate::violation::{Of, Violation};

/// The address of the description for references within it.
const BASE: &str = "json-schema:///description";

/// What the vendor documents.
pub struct Contract {
    /// With every schema as JSON Schema.
    document: Value,
    registry: Registry<'static>,
    operations: Vec<Operation>,
    /// By the pointers of their schemas; each is compiled when it is first needed.
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl Contract {
    /// The contract with Atlassian, read once.
    ///
    /// # Panics
    ///
    /// If the description is not one.
    pub fn atlassian() -> &'static Self {
        static ATLASSIAN: LazyLock<Contract> =
            LazyLock::new(|| Contract::read(include_str!("../../../../fixtures/atlassian-openapi.yaml")));
        &ATLASSIAN
    }

    fn read(description: &str) -> Self {
        let mut document: Value =
            serde_yaml_ng::from_str(description).unwrap_or_else(|error| panic!("cannot read: {error}"));
        convert::schemas_of(&mut document);
        let registry = Registry::new()
            .add(BASE, document.clone())
            .and_then(jsonschema::RegistryBuilder::prepare)
            .unwrap_or_else(|error| panic!("cannot resolve: {error}"));
        Self {
            operations: operation::all(&document),
            document,
            registry,
            validators: Mutex::default(),
        }
    }

    /// Every operation, sorted by path and method.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation that a request is one of, if there is one with this path and method.
    pub fn operation(&self, request: &Request) -> Option<&Operation> {
        self.find(request).ok()
    }

    /// The statuses that are documented for a method and a path with its parameters in braces, whatever they are
    /// called. Empty if there is no such operation.
    pub fn documented(&self, method: &Method, template: &str) -> BTreeSet<u16> {
        let operation = self
            .operations
            .iter()
            .find(|operation| operation.is(method, template));
        operation
            .map(|operation| operation.statuses().collect())
            .unwrap_or_default()
    }

    /// Whether every documented success of an operation has a body, whatever the parameters are called.
    pub fn answers_with_a_body(&self, method: &Method, template: &str) -> bool {
        let mut operations = self.operations.iter();
        let operation = operations.find(|operation| operation.is(method, template));
        operation.is_some_and(|operation| {
            let mut successes = operation.answers.iter().filter(|(status, _)| **status < 300);
            successes.all(|(_, answer)| !answer.content.is_empty() && !answer.may_be_empty)
        })
    }

    /// Everything in a request that the description does not allow: path, method, credential, parameters, media type
    /// and body.
    pub fn request(&self, request: &Request) -> Vec<Violation> {
        match self.find(request) {
            Ok(operation) => request::check(self, operation, request),
            Err(violation) => vec![violation],
        }
    }

    /// Everything in an answer that the description does not allow: status, headers, media type and body. An answer to
    /// a request of no operation has none, since [`request`](Self::request) tells that.
    pub fn answer(&self, request: &Request, response: &Response) -> Vec<Violation> {
        match self.find(request) {
            Ok(operation) => answer::check(self, operation, response),
            Err(_) => Vec::new(),
        }
    }

    fn find(&self, request: &Request) -> Result<&Operation, Violation> {
        let path = request.url.path();
        let alike = self
            .operations
            .iter()
            .filter(|operation| operation.has_path(path));
        let Some(literals) = alike.clone().map(Operation::literals).max() else {
            return Err(Violation {
                operation: format!("{} {path}", request.method),
                of: Of::Request,
                at: "path".to_owned(),
                what: "is not documented".to_owned(),
            });
        };
        // A word of a path goes before a parameter.
        let mut alike = alike.filter(|operation| operation.literals() == literals);
        alike
            .find(|operation| operation.method() == request.method)
            .ok_or_else(|| Violation {
                operation: format!("{} {path}", request.method),
                of: Of::Request,
                at: "method".to_owned(),
                what: "is not documented for this path".to_owned(),
            })
    }

    /// What is wrong with a value, as places in it and sentences about them.
    fn check(&self, schema: &str, value: &Value) -> Vec<(String, String)> {
        let validator = self.validator(schema);
        let mut findings = Vec::new();
        for error in validator.iter_errors(value) {
            body::tell(&error, &mut findings);
        }
        findings
    }

    fn validator(&self, schema: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(schema) {
            return validator.clone();
        }
        // Braces of paths are not characters of an address.
        let fragment = schema.replace('{', "%7B").replace('}', "%7D");
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .build(&json!({ "$ref": format!("{BASE}#{fragment}") }))
            .unwrap_or_else(|error| panic!("cannot compile {schema}: {error}"));
        let validator = Arc::new(validator);
        validators.insert(schema.to_owned(), validator.clone());
        validator
    }

    fn at(&self, pointer: &str) -> &Value {
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contract")
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}
