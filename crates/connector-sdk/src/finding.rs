//! What a check of a connector's surroundings found: what works, what does not, what only a change could tell.

use crate::error::Code;

/// What one check found.
///
/// ```
/// use connector_sdk::{Code, Finding, Verdict};
///
/// let finding = Finding::new("key", Verdict::Fails { code: Code::Unauthenticated }, "the vendor refuses it")
///     .advice("Make a new key");
/// assert_eq!(finding.verdict.code(), Some(Code::Unauthenticated));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was checked, in a few words: `list accounts`.
    pub what: String,
    /// The result.
    pub verdict: Verdict,
    /// What was found, as a lower-case clause; the words of the vendor where it has any.
    pub found: String,
    /// What a person can do, as a sentence without its full stop.
    pub advice: Option<String>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It works.
    Works,
    /// It does not; a program ends with the code of the first check that fails.
    Fails {
        /// What it means.
        code: Code,
    },
    /// Something does not work that not everybody needs, or that may be meant.
    Lacks,
    /// Only a change could tell.
    UnknownUntilTried,
    /// Nothing was judged: what is set, and what follows from another check.
    Noted,
}

impl Finding {
    /// A finding without advice.
    pub fn new(what: impl Into<String>, verdict: Verdict, found: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            verdict,
            found: found.into(),
            advice: None,
        }
    }

    /// Adds what a person can do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl Verdict {
    /// What it means where the check fails.
    pub fn code(self) -> Option<Code> {
        match self {
            Self::Fails { code } => Some(code),
            _ => None,
        }
    }
}
