//! What is wrong with an argument.

use serde_json::Value;
use std::fmt;

/// What is wrong with one argument, or with how several belong together. It never holds a value, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
#[non_exhaustive]
pub struct ArgumentError {
    /// Its name; several names, separated by commas, where it is about how they belong together.
    pub name: String,
    /// What is wrong.
    pub problem: ArgumentProblem,
}

/// What can be wrong with an argument. The texts read after its name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArgumentProblem {
    /// The schema has no argument of this name.
    Unknown {
        /// The names it has.
        valid: Vec<String>,
        /// Those that are close.
        did_you_mean: Vec<String>,
    },
    /// It is required and was not given, or is empty.
    Missing,
    /// It is of another type.
    WrongType {
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// It holds a whole number beyond ±2⁵³, which the protocol would round.
    Inexact,
    /// It breaks a rule of the schema; the text says which.
    Rule(String),
}

impl ArgumentError {
    pub(super) fn new(name: impl Into<String>, problem: ArgumentProblem) -> Self {
        Self {
            name: name.into(),
            problem,
        }
    }
}

impl ArgumentProblem {
    pub(super) fn wrong_type(expected: &'static str, value: &Value) -> Self {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(n) if n.is_f64() => "a number",
            Value::Number(_) => "a whole number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        Self::WrongType { expected, found }
    }
}

impl fmt::Display for ArgumentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { valid, .. } if valid.is_empty() => f.write_str("is not known, no argument is"),
            Self::Unknown { valid, did_you_mean } if did_you_mean.is_empty() => {
                write!(f, "is not known; known are {}", valid.join(", "))
            }
            Self::Unknown { did_you_mean, .. } => {
                write!(f, "is not known; did you mean {}?", did_you_mean.join(" or "))
            }
            Self::Missing => f.write_str("is missing"),
            Self::WrongType { expected, found } => write!(f, "must be {expected}, but is {found}"),
            Self::Inexact => {
                f.write_str("holds a number beyond ±2^53, which would be rounded; give it as a text")
            }
            Self::Rule(rule) => f.write_str(rule),
        }
    }
}
