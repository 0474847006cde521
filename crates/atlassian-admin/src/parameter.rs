//! Checks of what a caller hands in, made before anything is sent.
//!
//! The limits are those the vendor documents for each operation. A request that breaks one is refused here,
//! with the name of the parameter, because some surfaces answer a bad parameter with a bare 500 that explains
//! nothing.

use http_kit::Call;
use std::fmt;

/// Why a parameter was refused before a request was made.
///
/// It never repeats the value: what people paste into the wrong place is often a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// The value does not have the documented form.
    #[error("{parameter} must be {expected}, and {}", not_that(*.length))]
    Malformed {
        /// The parameter, in the words of the vendor's interface.
        parameter: &'static str,
        /// The form that is expected.
        expected: &'static str,
        /// How many characters were given.
        length: usize,
    },
    /// A list holds more entries than the operation takes.
    #[error("{parameter} takes at most {most} entries, and {given} were given")]
    TooMany {
        /// The parameter.
        parameter: &'static str,
        /// How many entries were given.
        given: usize,
        /// How many the operation takes.
        most: usize,
    },
    /// A number lies outside the documented range.
    #[error("{parameter} must be between {least} and {most}, and {given} was given")]
    OutOfRange {
        /// The parameter.
        parameter: &'static str,
        /// The number given.
        given: usize,
        /// The smallest number allowed.
        least: usize,
        /// The largest number allowed.
        most: usize,
    },
    /// A text is shorter or longer than the operation takes.
    #[error("{parameter} must have {least} to {most} characters, and {given} {} given", if *.given == 1 { "was" } else { "were" })]
    Length {
        /// The parameter.
        parameter: &'static str,
        /// How many characters were given.
        given: usize,
        /// The fewest allowed.
        least: usize,
        /// The most allowed.
        most: usize,
    },
    /// Two parameters were given of which the operation takes only one.
    #[error("{first} and {second} exclude each other")]
    Exclusive {
        /// The one parameter.
        first: &'static str,
        /// The other parameter.
        second: &'static str,
    },
    /// A parameter that the operation needs is absent or empty.
    #[error("{parameter} is needed: {reason}")]
    Missing {
        /// The parameter.
        parameter: &'static str,
        /// Why it is needed.
        reason: &'static str,
    },
}

/// That what was given is not what is expected, without the value.
fn not_that(length: usize) -> String {
    match length {
        0 => "nothing was given".to_owned(),
        1 => "the one character given is not".to_owned(),
        length => format!("the {length} characters given are not"),
    }
}

/// Refuses a list longer than the operation takes.
pub(crate) fn at_most<T>(parameter: &'static str, list: &[T], most: usize) -> Result<(), ParameterError> {
    if list.len() > most {
        return Err(ParameterError::TooMany {
            parameter,
            given: list.len(),
            most,
        });
    }
    Ok(())
}

/// Refuses a list that was given and names nothing: left out, it would mean everything.
pub(crate) fn not_empty<T>(
    parameter: &'static str,
    list: &[T],
    reason: &'static str,
) -> Result<(), ParameterError> {
    match list {
        [] => Err(ParameterError::Missing { parameter, reason }),
        _ => Ok(()),
    }
}

/// Refuses a number outside `least..=most`.
pub(crate) fn in_range(
    parameter: &'static str,
    given: usize,
    least: usize,
    most: usize,
) -> Result<(), ParameterError> {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(ParameterError::OutOfRange {
        parameter,
        given,
        least,
        most,
    })
}

/// Refuses two parameters given together.
pub(crate) fn not_both(
    (first, has_first): (&'static str, bool),
    (second, has_second): (&'static str, bool),
) -> Result<(), ParameterError> {
    if has_first && has_second {
        return Err(ParameterError::Exclusive { first, second });
    }
    Ok(())
}

/// Refuses a value that holds a comma where commas separate the values of a list.
pub(crate) fn no_commas(parameter: &'static str, list: &[String]) -> Result<(), ParameterError> {
    match list.iter().find(|value| value.contains(',')) {
        None => Ok(()),
        Some(value) => Err(ParameterError::Malformed {
            parameter,
            expected: "a list of values without commas",
            length: value.chars().count(),
        }),
    }
}

/// The query parameters of a call, in the order they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<Param>);

/// One parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Param {
    One(&'static str, String),
    Joined(&'static str, Vec<String>),
}

impl Params {
    pub(crate) fn one(&mut self, key: &'static str, value: Option<impl fmt::Display>) -> &mut Self {
        if let Some(value) = value {
            self.0.push(Param::One(key, value.to_string()));
        }
        self
    }

    /// A list that repeats its key: `groupIds=a&groupIds=b`.
    pub(crate) fn many(
        &mut self,
        key: &'static str,
        values: impl IntoIterator<Item = impl fmt::Display>,
    ) -> &mut Self {
        self.0
            .extend(values.into_iter().map(|value| Param::One(key, value.to_string())));
        self
    }

    /// A list as one value with commas: `actor=a,b`. An empty list is left out.
    pub(crate) fn joined(&mut self, key: &'static str, values: &[String]) -> &mut Self {
        if !values.is_empty() {
            self.0.push(Param::Joined(key, values.to_vec()));
        }
        self
    }

    /// The call with these parameters.
    pub(crate) fn add_to(&self, call: Call) -> Call {
        self.0.iter().fold(call, |call, param| match param {
            Param::One(key, value) => call.query(key, value),
            Param::Joined(key, values) => call.query_list(key, values),
        })
    }
}
