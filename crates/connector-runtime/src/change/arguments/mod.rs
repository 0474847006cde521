//! Arguments against their schema, before anything is sent: all that is wrong with them at once.
//!
//! Both schemas of the protocol become a list of [`Parameter`]s: the fields of an action, and those of an account to be
//! created. What is checked: names that the schema does not have, missing ones, types, rules, and how arguments depend
//! on each other. Missing ones with a default are filled in. Nothing about a value is ever told but its type, because
//! it may be secret.

mod constraint;
mod error;
mod parameter;
mod rules;
mod well_known;

pub use self::error::{ArgumentError, ArgumentProblem};
pub(super) use self::parameter::{Parameter, of_account, of_action};

use self::parameter::Kind;
use super::secrets::{HIDDEN, Secrets, hide_by_name};
use super::suggest::{Closest, Suggestion};
use super::values::is_rounded;
use connector_proto::config::v1::Constraint;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Arguments that fit.
#[derive(Debug)]
pub(super) struct Fitting {
    /// What the connector gets: without `null`, defaults filled in.
    pub(super) values: Map<String, Value>,
    /// The same without secrets.
    pub(super) shown: Map<String, Value>,
    /// The secrets.
    pub(super) secrets: Secrets,
}

/// Checks arguments.
pub(super) fn check(
    parameters: &[Parameter<'_>],
    constraints: &[Constraint],
    given: Map<String, Value>,
) -> Result<Fitting, Vec<ArgumentError>> {
    let given: Map<String, Value> = given.into_iter().filter(|(_, v)| !v.is_null()).collect();
    let mut errors = Vec::new();
    for name in given.keys().filter(|n| !parameters.iter().any(|p| p.name == **n)) {
        errors.push(ArgumentError::new(name, unknown(parameters, name)));
    }
    let mut values = Map::new();
    let (mut shown, mut secrets) = (Map::new(), Secrets::default());
    for parameter in parameters {
        let value = given
            .get(parameter.name)
            .filter(|v| !is_empty(v) || !parameter.required);
        let Some(value) = value.or(parameter.default.as_ref()) else {
            if parameter.required {
                errors.push(ArgumentError::new(parameter.name, ArgumentProblem::Missing));
            }
            continue;
        };
        match fit(&parameter.kind, value) {
            Ok(value) => {
                let visible = if parameter.secret {
                    secrets.remember(&value);
                    HIDDEN.into()
                } else {
                    value.clone()
                };
                shown.insert(parameter.name.to_owned(), visible);
                values.insert(parameter.name.to_owned(), value);
            }
            Err(problem) => errors.push(ArgumentError::new(parameter.name, problem)),
        }
    }
    let present = given.iter().filter(|(_, v)| !is_empty(v));
    let present: BTreeSet<&str> = present.map(|(name, _)| name.as_str()).collect();
    errors.extend(constraints.iter().filter_map(|c| constraint::broken(c, &present)));
    if errors.is_empty() {
        Ok(Fitting {
            values,
            shown,
            secrets,
        })
    } else {
        Err(errors)
    }
}

/// Arguments without a schema: taken as they are.
pub(super) fn unchecked(given: Map<String, Value>) -> Result<Fitting, Vec<ArgumentError>> {
    let values: Map<String, Value> = given.into_iter().filter(|(_, v)| !v.is_null()).collect();
    let rounded = values.iter().filter(|(_, v)| is_rounded(v));
    let errors: Vec<ArgumentError> = rounded
        .map(|(name, _)| ArgumentError::new(name, ArgumentProblem::Inexact))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Fitting {
        shown: values.clone(),
        values,
        secrets: Secrets::default(),
    })
}

impl Fitting {
    /// The same, with members hidden that have the name of a secret.
    pub(super) fn hidden_by_name(mut self) -> Self {
        self.shown = hide_by_name(&self.shown, &mut self.secrets);
        self
    }
}

fn unknown(parameters: &[Parameter<'_>], name: &str) -> ArgumentProblem {
    let mut closest = Closest::new(name);
    parameters.iter().for_each(|p| closest.offer(p.name, &[]));
    ArgumentProblem::Unknown {
        valid: parameters.iter().map(|p| p.name.to_owned()).collect(),
        did_you_mean: closest
            .into_suggestions()
            .into_iter()
            .map(|Suggestion { id, .. }| id)
            .collect(),
    }
}

/// Nothing that could be needed is in it.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The value in the form that connectors get, where it is of this kind and keeps its rules.
fn fit(kind: &Kind<'_>, value: &Value) -> Result<Value, ArgumentProblem> {
    if is_rounded(value) {
        return Err(ArgumentProblem::Inexact);
    }
    let wrong = |expected| ArgumentProblem::wrong_type(expected, value);
    match kind {
        Kind::Text { rules, options } => {
            let text = value.as_str().ok_or_else(|| wrong("a text"))?;
            rules::text(text, *rules, options)?;
        }
        Kind::Whole { rules, range } => {
            let number = whole(value).ok_or_else(|| wrong("a whole number"))?;
            rules::whole(number, *rules, range)?;
            return Ok(number.into());
        }
        Kind::Switch { only } => {
            let given = value.as_bool().ok_or_else(|| wrong("true or false"))?;
            if only.is_some_and(|only| only != given) {
                return Err(ArgumentProblem::Rule(format!("must be {}", !given)));
            }
        }
        Kind::Texts { rules } => {
            let texts = value.as_array().ok_or_else(|| wrong("a list of texts"))?;
            let texts: Option<Vec<&str>> = texts.iter().map(Value::as_str).collect();
            rules::texts(&texts.ok_or_else(|| wrong("a list of texts"))?, *rules)?;
        }
        Kind::Resource { types } => {
            return rules::resource(value, types)
                .map_err(|p| p.unwrap_or_else(|| wrong("the id of a resource")));
        }
        Kind::Resources { rules } => {
            let resources = value
                .as_array()
                .ok_or_else(|| wrong("a list of ids of resources"))?;
            let wrong = || wrong("a list of ids of resources");
            return rules::resources(resources, *rules).map_err(|p| p.unwrap_or_else(wrong));
        }
        Kind::Object if value.is_object() => {}
        Kind::Object => return Err(wrong("an object")),
        Kind::Objects => {
            let objects = value.as_array().filter(|v| v.iter().all(Value::is_object));
            objects.ok_or_else(|| wrong("a list of objects"))?;
        }
        Kind::Anything => {}
    }
    Ok(value.clone())
}

/// A whole number, however it is written: `5` and `5.0` are the same number in JSON.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers well within the range"
)]
fn whole(value: &Value) -> Option<i64> {
    let as_double = || {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
    };
    value.as_i64().or_else(as_double)
}
