//! Where and how a text leaves the grammar of filters and paths.

use super::Readable;
use scim_v2::filter::{FilterActionError, ParseError};
use std::fmt;

/// Where and how a text leaves the grammar of filters and paths (RFC 7644 §3.4.2.2, §3.5.2).
///
/// It never repeats the text: the values of a filter name people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarError {
    position: Option<usize>,
    fault: &'static str,
}

impl GrammarError {
    /// The byte of the trimmed text where it goes wrong, if there is one place.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    pub(crate) fn of(error: &ParseError, text: &Readable) -> Self {
        let (position, fault) = match error {
            ParseError::InvalidToken { location } => (
                Some(*location),
                "the text is not a word, value or operator of the grammar",
            ),
            ParseError::UnrecognizedEof { location, .. } => (Some(*location), "something is missing"),
            ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token } => {
                (Some(token.0), "a token is not allowed here")
            }
            ParseError::User { error } => (None, of_action(error)),
        };
        let position = position.map(|position| text.place(position));
        Self { position, fault }
    }

    pub(crate) fn nested() -> Self {
        Self {
            position: None,
            fault: "conditions in brackets cannot be nested",
        }
    }
}

fn of_action(error: &FilterActionError) -> &'static str {
    match error {
        FilterActionError::InvalidAttrPath(_) => "an attribute has one sub-attribute at most",
        FilterActionError::InvalidAttrName(_) => "an attribute has a name that cannot be one",
        FilterActionError::InvalidCompValue(_) => "a value is not JSON",
        FilterActionError::DepthExceeded(_) => "the expression is nested deeper than 64 levels",
        FilterActionError::TooManyTerms(_) => "the expression has more than 1024 comparisons",
        _ => "the parser refuses the expression",
    }
}

impl fmt::Display for GrammarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{} (at byte {position})", self.fault),
            None => f.write_str(self.fault),
        }
    }
}

impl std::error::Error for GrammarError {}
