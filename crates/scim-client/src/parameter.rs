//! Checks of what a caller hands in, made before anything is sent.

/// That what was given is not what is expected, without the value.
fn not_that(length: usize) -> String {
    match length {
        0 => "nothing was given".to_owned(),
        1 => "the one character given is not".to_owned(),
        length => format!("the {length} characters given are not"),
    }
}

/// Why a parameter was refused before a request was made.
///
/// It never repeats the value: what people paste into the wrong place is often a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// The value does not have the form that the protocol prescribes.
    #[error("{parameter} must be {expected}, and {}", not_that(*.length))]
    Malformed {
        /// The parameter, in the words of the protocol.
        parameter: &'static str,
        /// The form that is expected.
        expected: &'static str,
        /// How many characters were given.
        length: usize,
    },
    /// A parameter that is needed is absent or empty.
    #[error("{parameter} is needed: {reason}")]
    Missing {
        /// The parameter.
        parameter: &'static str,
        /// Why it is needed.
        reason: &'static str,
    },
    /// A number below the least that means anything.
    #[error("{parameter} must be at least {least}, and {given} was given")]
    TooSmall {
        /// The parameter.
        parameter: &'static str,
        /// The number given.
        given: u32,
        /// The smallest number allowed.
        least: u32,
    },
    /// A value that cannot be written as JSON.
    #[error("the value of {parameter} cannot be written as JSON")]
    NotJson {
        /// The parameter.
        parameter: &'static str,
    },
    /// A filter or a path that does not follow the grammar.
    #[error("{parameter} does not follow the grammar: {error}")]
    Grammar {
        /// The parameter.
        parameter: &'static str,
        /// Where and how it does not.
        error: crate::GrammarError,
    },
}

impl ParameterError {
    pub(crate) fn malformed(parameter: &'static str, expected: &'static str, given: &str) -> Self {
        Self::Malformed {
            parameter,
            expected,
            length: given.chars().count(),
        }
    }

    /// The parameter.
    #[must_use]
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Malformed { parameter, .. }
            | Self::Missing { parameter, .. }
            | Self::TooSmall { parameter, .. }
            | Self::NotJson { parameter }
            | Self::Grammar { parameter, .. } => parameter,
        }
    }
}
