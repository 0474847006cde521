//! A request that a profile does not let through.

use crate::operation::Operation;
use std::borrow::Cow;

/// A request that was not sent, because the provider is known to refuse it, to ignore a part of it in silence, or
/// to do with it what was not meant.
///
/// It names attributes and parameters, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} cannot be sent in {operation} to {profile}: {rule}")]
pub struct ProfileError {
    profile: Cow<'static, str>,
    operation: &'static str,
    parameter: String,
    rule: Cow<'static, str>,
}

impl ProfileError {
    pub(super) fn new(
        profile: Cow<'static, str>,
        operation: &Operation,
        parameter: impl Into<String>,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            profile,
            operation: operation.name,
            parameter: parameter.into(),
            rule: rule.into(),
        }
    }

    /// The name of the profile.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// The operation, by its name in [`OPERATIONS`](crate::OPERATIONS).
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The parameter or the attribute at fault.
    #[must_use]
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The rule that it breaks.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}
