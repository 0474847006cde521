//! A look at a connector's surroundings: what works, what does not, what only a change could tell.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::output::plain;
use serde::Serialize;

/// What the command `doctor` found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// In the order in which people read them.
    pub findings: Vec<Finding>,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked, in a few words: `list accounts`.
    pub what: String,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was found, as a lower-case fragment; the words of the vendor where it has any.
    pub found: String,
    /// What a person can do, as a sentence without its full stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// What came of a check. As JSON `verdict` with the name in snake case, and `exit_code` where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It works.
    Works,
    /// It does not; the program ends with the outcome of the first check that fails.
    Fails {
        /// What it means.
        #[serde(rename = "exit_code", serialize_with = "number")]
        outcome: Outcome,
    },
    /// Something does not work that not everybody needs, or that may be meant.
    Lacks,
    /// Only a change could tell.
    UnknownUntilTried,
    /// Nothing was judged: what is set, and what follows from another check.
    Noted,
}

fn number<S: serde::Serializer>(outcome: &Outcome, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_u8(outcome.number())
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
    fn words(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Fails { .. } => "fails",
            Self::Lacks => "lacks",
            Self::UnknownUntilTried => "unknown until tried",
            Self::Noted => "-",
        }
    }
}

impl Checkup {
    /// The findings as a table for people, without a final line break.
    pub(crate) fn text(&self) -> String {
        let width = |of: fn(&Finding) -> &str| {
            let widths = self.findings.iter().map(|finding| of(finding).chars().count());
            widths.max().unwrap_or_default()
        };
        let (what, verdict) = (width(|f| &f.what), width(|f| f.verdict.words()));
        let lines = self.findings.iter().flat_map(|finding| {
            let head = format!(
                "{:<what$}  {:<verdict$}  {}",
                finding.what,
                finding.verdict.words(),
                plain(&finding.found),
            );
            let advice = finding
                .advice
                .as_ref()
                .map(|advice| format!("{:what$}  {:verdict$}  → {}", "", "", plain(advice)));
            std::iter::once(head.trim_end().to_owned()).chain(advice)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The findings as one JSON document.
    pub(crate) fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| Error::unwritable(&error))
    }

    /// The first check that fails, as the error that the program ends with.
    ///
    /// # Errors
    /// Where a check fails.
    pub(crate) fn verdict(&self) -> Result<()> {
        let fails = |finding: &&Finding| matches!(finding.verdict, Verdict::Fails { .. });
        let failed = self.findings.iter().filter(fails).count();
        let Some(first) = self.findings.iter().find(fails) else {
            return Ok(());
        };
        let Verdict::Fails { outcome } = first.verdict else {
            return Ok(());
        };
        let others = match failed - 1 {
            0 => String::new(),
            1 => " (and one more check fails)".to_owned(),
            others => format!(" (and {others} more checks fail)"),
        };
        let error = Error::new(outcome, format!("{}: {}{others}", first.what, first.found));
        Err(match &first.advice {
            Some(advice) => error.with_hint(advice.clone()),
            None => error,
        })
    }
}
