//! What the command `doctor` prints of what was found.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::output::plain;
use connector_sdk::{Finding, Verdict};
use review_cli::{Shade, painted};
use serde::Serialize;

/// What the command `doctor` found, in the order in which people read it.
pub(crate) struct HealthReport(pub(crate) Vec<Finding>);

/// A finding as JSON: `verdict` with its name in snake case, and `exit_code` where it fails.
#[derive(Serialize)]
struct Told<'a> {
    what: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
    found: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'a str>,
}

#[derive(Serialize)]
struct AllTold<'a> {
    findings: Vec<Told<'a>>,
}

impl<'a> Told<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            what: &finding.what,
            verdict: words(finding.verdict).1,
            exit_code: finding.verdict.code().map(|code| Outcome::of(code).number()),
            found: &finding.found,
            advice: finding.advice.as_deref(),
        }
    }
}

/// A verdict as people and as programs read it.
fn words(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Works => ("works", "works"),
        Verdict::Fails { .. } => ("fails", "fails"),
        Verdict::Lacks => ("lacks", "lacks"),
        Verdict::UnknownUntilTried => ("unknown until tried", "unknown_until_tried"),
        // A verdict that is not known here judges nothing that is.
        _ => ("-", "noted"),
    }
}

fn shade(verdict: Verdict) -> Option<Shade> {
    match verdict {
        Verdict::Works => Some(Shade::Good),
        Verdict::Fails { .. } => Some(Shade::Bad),
        Verdict::Lacks => Some(Shade::Doubtful),
        _ => None,
    }
}

impl HealthReport {
    /// The findings as a table for people, without a final line break.
    pub(crate) fn text(&self, is_coloured: bool) -> String {
        let width = |of: fn(&Finding) -> &str| {
            let widths = self.0.iter().map(|finding| of(finding).chars().count());
            widths.max().unwrap_or_default()
        };
        let (what, verdict) = (width(|f| &f.what), width(|f| words(f.verdict).0));
        let lines = self.0.iter().flat_map(|finding| {
            let words = format!("{:<verdict$}", words(finding.verdict).0);
            let head = format!(
                "{:<what$}  {}  {}",
                finding.what,
                match shade(finding.verdict) {
                    Some(shade) => painted(&words, shade, is_coloured),
                    None => words,
                },
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
        let findings = self.0.iter().map(Told::of).collect();
        serde_json::to_string_pretty(&AllTold { findings }).map_err(|error| Error::unwritable(&error))
    }

    /// The first check that fails, as the error that the program ends with.
    ///
    /// # Errors
    /// Where a check fails.
    pub(crate) fn verdict(&self) -> Result<()> {
        let mut failed = self
            .0
            .iter()
            .filter_map(|finding| Some((finding, finding.verdict.code()?)));
        let Some((first, code)) = failed.next() else {
            return Ok(());
        };
        let others = match failed.count() {
            0 => String::new(),
            1 => " (and one more check fails)".to_owned(),
            others => format!(" (and {others} more checks fail)"),
        };
        let error = Error::new(
            Outcome::of(code),
            format!("{}: {}{others}", first.what, first.found),
        );
        Err(match &first.advice {
            Some(advice) => error.with_hint(advice.clone()),
            None => error,
        })
    }
}
