//! The error a program ends with: the last line on stderr.

use crate::outcome::Outcome;
use connector_runtime::SyncError;
use connector_runtime::change::ChangeError;
use connector_sdk::Vendor;
use std::fmt;

/// Why a program cannot do what it was asked for.
///
/// Its display is the last line on stderr: the meaning, what happened to what, and what to do. Secrets must never be put
/// into any part of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    outcome: Outcome,
    message: String,
    vendor: Option<Box<Vendor>>,
    /// What was being done.
    during: Option<String>,
    hint: Option<String>,
}

/// The result of a step of a program.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that ends the program with this outcome. The message is a lower-case clause that names what it happened
    /// to.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            message: message.into(),
            vendor: None,
            during: None,
            hint: None,
        }
    }

    /// The command line, the environment or the configuration file is wrong.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(Outcome::Configuration, message)
    }

    /// An error of the connector, with the words of the vendor.
    pub fn connector(error: &connector_sdk::Error) -> Self {
        Self {
            vendor: error.vendor().cloned().map(Box::new),
            hint: error.hint().map(ToOwned::to_owned),
            ..Self::new(Outcome::of(error.code()), error.message())
        }
    }

    /// Why a sync ended without an artifact.
    pub fn sync(error: &SyncError) -> Self {
        if let SyncError::Connector { during, source } = error {
            return Self {
                during: Some(during.clone()),
                ..Self::connector(source)
            };
        }
        let outcome = Outcome::of(error.code());
        let hint = match error {
            SyncError::OtherTenant { .. } | SyncError::Earlier(_) => {
                Some("Name another file with --file, or replace this one with --replace".to_owned())
            }
            SyncError::WouldLoseFull { .. } => Some(
                "Name another file with --file, keep it with --keep-syncs=2, or lose it with --replace"
                    .to_owned(),
            ),
            _ => error.hint(),
        };
        let message = error.to_string();
        // The engine's own words need not be said twice.
        let message = match message.strip_prefix(outcome.words()) {
            Some(rest) => rest.trim_start_matches([';', ':', ' ']),
            None => &message,
        };
        Self {
            hint,
            ..Self::new(outcome, message)
        }
    }

    /// Why a change was not made, or what it came to is not known.
    pub fn change(error: &ChangeError) -> Self {
        let mut told = match error {
            ChangeError::Connector(source) => Self::connector(source),
            _ => Self {
                hint: error.hint(),
                ..Self::new(Outcome::of(error.code()), error.to_string())
            },
        };
        if error.is_partial() {
            told.outcome = Outcome::Partial;
        }
        told
    }

    /// Adds what a person can do about it, as a sentence without its full stop.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what was done, where something failed after the work itself: nobody may take it for not done.
    pub(crate) fn beside(mut self, done: &str) -> Self {
        self.message = format!("{}; {done}", self.message);
        self
    }

    /// The same about what a person named, where the work was done on something that stood for it.
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        let texts = [Some(&mut self.message), self.during.as_mut(), self.hint.as_mut()];
        for text in texts.into_iter().flatten() {
            *text = text.replace(from, to);
        }
        self
    }

    /// The result of a run cannot be put into JSON.
    pub(crate) fn unwritable(error: &serde_json::Error) -> Self {
        Self::new(
            Outcome::NotUnderstood,
            format!("cannot write the result: {error}"),
        )
    }

    /// The outcome that the program ends with.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The same line without the words of its meaning, for where something else tells that.
    pub fn without_meaning(&self) -> String {
        let told = self.to_string();
        let rest = told.strip_prefix(self.outcome.words()).unwrap_or(&told);
        rest.trim_start_matches(": ").to_owned()
    }

    /// What happened to what, without the words of the vendor and what to do.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What the vendor said.
    pub(crate) fn vendor(&self) -> Option<&Vendor> {
        self.vendor.as_deref()
    }

    /// What was being done.
    pub(crate) fn during(&self) -> Option<&str> {
        self.during.as_deref()
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.outcome.words(), self.message)?;
        let vendor = self.vendor.as_ref().map(ToString::to_string);
        if let Some(vendor) = vendor.filter(|vendor| !vendor.is_empty()) {
            write!(f, " ({vendor})")?;
        }
        if let Some(what) = &self.during {
            write!(f, ", while {what}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, ". {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_sdk::Code;

    #[test]
    fn the_words_of_the_vendor_stand_in_the_last_line() {
        let error = connector_sdk::Error::new(Code::NotFound, "organization o-1 does not exist")
            .with_vendor(Vendor {
                status: Some(404),
                code: Some("ADMIN-404-1".into()),
                detail: None,
                request_id: Some("r-1".into()),
            })
            .with_hint("Compare the id with the address of the administration page");
        let error = Error::connector(&error);
        assert_eq!(error.outcome(), Outcome::NotFound);
        insta::assert_snapshot!(error, @"not found: organization o-1 does not exist (status 404, code ADMIN-404-1, request id r-1). Compare the id with the address of the administration page");
    }
}
