//! What the rows of a plan came to, for people and for programs.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::output::simulated;
use access_review::{Place, Plan};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The result of a row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) row: usize,
    pub(super) state: RowState,
    /// What happened, or why nothing did.
    pub(super) summary: String,
    /// What a person should know beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// Why it was not carried out.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub(super) code: Option<Outcome>,
}

/// What a row came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RowState {
    /// It was carried out.
    Made,
    /// An earlier run carried it out.
    MadeBefore,
    /// It is so without that anything was done.
    AlreadySo,
    /// It was not carried out, or only a part of it.
    NotMade,
    /// It may have been carried out: nobody knows.
    Unknown,
}

/// The results of a plan.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    plan: String,
    /// Where the rows were carried out.
    #[serde(flatten)]
    place: Place,
    #[serde(skip)]
    subject: String,
    outcome: Outcome,
    exit_code: u8,
    receipts: PathBuf,
    made: usize,
    made_before: usize,
    already_so: usize,
    not_made: usize,
    unknown: usize,
    rows: Vec<Row>,
}

impl Report {
    /// The results of the rows of a plan, and how the run ended where that was early.
    pub(super) fn of(
        plan: &Plan,
        subject: &str,
        receipts: PathBuf,
        mut rows: Vec<Row>,
        stopped: Option<Outcome>,
    ) -> Self {
        rows.sort_by_key(|row| row.row);
        let count = |state| rows.iter().filter(|row| row.state == state).count();
        let [made, made_before, already_so, not_made, unknown] = [
            RowState::Made,
            RowState::MadeBefore,
            RowState::AlreadySo,
            RowState::NotMade,
            RowState::Unknown,
        ]
        .map(count);
        let outcome = match (stopped, not_made + unknown, made + made_before + already_so) {
            (Some(outcome), ..) => outcome,
            (None, 0, _) => Outcome::Done,
            (None, _, 0) => together(&rows),
            _ => Outcome::Partial,
        };
        Self {
            plan: plan.id.clone(),
            place: plan.place.clone(),
            subject: subject.to_owned(),
            outcome,
            exit_code: outcome.number(),
            receipts,
            made,
            made_before,
            already_so,
            not_made,
            unknown,
            rows,
        }
    }

    pub(super) fn in_short(&self) -> String {
        format!(
            "{} carried out, {} before, {} already so, {} not carried out{}; the receipts are in {}",
            self.made,
            self.made_before,
            self.already_so,
            self.not_made,
            match self.unknown {
                0 => String::new(),
                unknown => format!(", {unknown} not known"),
            },
            self.receipts.display()
        )
    }

    pub(super) fn text(&self) -> String {
        let mut lines = Vec::new();
        lines.extend((self.place.demo).then(|| simulated(&self.subject)));
        lines.push(self.in_short());
        let not_made = self
            .rows
            .iter()
            .filter(|row| matches!(row.state, RowState::NotMade | RowState::Unknown));
        lines.extend(not_made.map(|row| format!("  row {}: {}", row.row, row.summary)));
        // Some notes are those of many rows.
        let mut notes = BTreeMap::<&str, Vec<String>>::new();
        for row in &self.rows {
            for note in &row.notes {
                notes.entry(note).or_default().push(row.row.to_string());
            }
        }
        lines.extend(notes.iter().map(|(note, rows)| {
            let rows_shown = if rows.len() == 1 { "row" } else { "rows" };
            format!("  {rows_shown} {}: {note}", rows.join(", "))
        }));
        lines
            .iter()
            .map(|line| review_cli::plain(line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// # Errors
    /// Where not all that was decided is so.
    pub(super) fn verdict(&self) -> Result<()> {
        if self.outcome == Outcome::Done {
            return Ok(());
        }
        let not_made = self.not_made + self.unknown;
        let all = self.made + self.made_before + self.already_so + not_made;
        let what = format!("{not_made} of {all} rows were not carried out");
        Err(Error::new(self.outcome, what).with_hint(format!("{} says why", self.receipts.display())))
    }
}

/// What rows come to of which none was carried out: refused only where nothing was sent for any of them.
fn together(rows: &[Row]) -> Outcome {
    let codes: Vec<Outcome> = rows.iter().filter_map(|row| row.code).collect();
    let was_sent = |code: &&Outcome| **code != Outcome::Refused;
    match codes.contains(&Outcome::Partial) {
        true => Outcome::Partial,
        false => codes.iter().find(was_sent).copied().unwrap_or(Outcome::Refused),
    }
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field in")]
fn number<S: serde::Serializer>(
    code: &Option<Outcome>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    code.map(Outcome::number).serialize(serializer)
}

pub(super) fn refused(row: usize, summary: String) -> Row {
    Row {
        row,
        state: RowState::NotMade,
        summary,
        notes: Vec::new(),
        code: Some(Outcome::Refused),
    }
}
