//! How a command ends that does not end well.

use access_review::ReviewError;
use c1z_file::ReadError;
use connector_sdk::Code;

/// Why a command did not end with 0. Its display is a clause that names what happened to what.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    number: u8,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// The exit code.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// What a person can do about it, as a sentence without its full stop.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            number: code.number(),
            message: message.into(),
            hint: None,
        }
    }

    /// Something was found that has an exit code of its own.
    pub(crate) fn ended(number: u8, message: impl Into<String>) -> Self {
        Self {
            number,
            ..Self::new(Code::Unknown, message)
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Unknown, message)
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The output cannot be written.
    pub(crate) fn unwritable(error: &std::io::Error) -> Self {
        Self::usage(format!("cannot write to standard output: {error}"))
    }
}

impl From<ReviewError> for Error {
    fn from(error: ReviewError) -> Self {
        let made = Self::new(error.code(), error.to_string());
        match &error {
            ReviewError::Read(ReadError::Unreadable { .. }) => {
                made.with_hint("Name the artifact with --file")
            }
            ReviewError::Ambiguous { .. } => made.with_hint("Give the id of the one you mean"),
            ReviewError::NotFound { .. } => made.with_hint("`find TEXT` shows what there is"),
            _ => made,
        }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        ReviewError::from(error).into()
    }
}
