//! A workbook for people who work in a spreadsheet: who has what, accounts, findings, seats.

use crate::error::Error;
use crate::findings;
use crate::lists;
use crate::plain::plain;
use access_review::{Facts, Filter, Review};
use clap::ArgMatches;
use connector_sdk::Code;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::path::Path;

/// As many letters as a cell of a workbook may hold.
const MOST: usize = 32_767;

/// Writes the sync as a workbook. A cell of text is never a formula there, so that texts and ids stay as they are.
pub(super) fn write(
    review: &Review,
    flags: &ArgMatches,
    path: &Path,
) -> Result<Vec<(&'static str, u64)>, Error> {
    let all = Filter::default();
    let as_of = findings::as_of(review, flags)?;
    let mut book = Workbook::new();
    // Rows wait in the folder of the file, which is private and goes with it.
    if let Some(folder) = path.parent() {
        book.set_tempdir(folder)?;
    }
    let made = ExcelDateTime::from_timestamp(as_of.now.as_second())?;
    book.set_properties(
        &DocProperties::new()
            .set_title("Access review")
            .set_creation_datetime(&made),
    );

    let mut access = Sheet::begin(
        &mut book,
        "Access",
        &[
            ("Principal", 26.0),
            ("Email", 32.0),
            ("Status", 20.0),
            ("Type", 14.0),
            ("Resource", 34.0),
            ("Entitlement", 40.0),
            ("Privileged", 10.0),
            ("Why", 40.0),
            ("Marks", 20.0),
            ("Principal type", 14.0),
            ("Principal id", 30.0),
            ("Entitlement id", 44.0),
            ("Grant id", 44.0),
        ],
    )?;
    for row in review.grants(&all) {
        let row = row?;
        let holder = row.holder_subject();
        access.row(&[
            holder.shown(),
            holder.email(),
            &holder.status_shown(),
            &row.on.resource_type,
            row.on_subject().shown(),
            row.entitlement_shown(),
            yes(row.is_privileged()),
            &review.held_shown(&row.held)?,
            &lists::marks(&row.held),
            &row.holder.resource_type,
            &row.holder.resource,
            &row.entitlement_id,
            &row.id,
        ])?;
    }
    let grants = access.end()?;

    let mut accounts = Sheet::begin(
        &mut book,
        "Accounts",
        &[
            ("Name", 26.0),
            ("Email", 32.0),
            ("Status", 20.0),
            ("Last active", 12.0),
            ("Second factor", 13.0),
            ("Unmanaged", 11.0),
            ("Outside of directories", 20.0),
            ("Id", 40.0),
        ],
    )?;
    for row in review.resources(&all) {
        let row = row?;
        let subject = row.subject();
        if !review.is_account_type(&subject.key.resource_type) {
            continue;
        }
        let facts = Facts::of(row.resource.message());
        accounts.row(&[
            subject.shown(),
            subject.email(),
            &subject.status_shown(),
            &lists::time(subject.last_used),
            facts.mfa.map_or("", yes),
            yes(facts.is_unmanaged()),
            yes(facts.is_outside()),
            &subject.key.resource,
        ])?;
    }
    let people = accounts.end()?;

    let mut found = Sheet::begin(
        &mut book,
        "Findings",
        &[
            ("Severity", 10.0),
            ("Rule", 24.0),
            ("Name", 26.0),
            ("Email", 32.0),
            ("Detail", 60.0),
            ("Why it matters", 60.0),
            ("What to do", 60.0),
            ("Type", 12.0),
            ("Id", 40.0),
        ],
    )?;
    for one in review.findings(as_of)? {
        let rule = one.rule;
        found.row(&[
            rule.severity.word(),
            rule.id,
            one.subject.shown(),
            one.subject.email(),
            &one.detail,
            rule.why,
            rule.advice,
            &one.subject.key.resource_type,
            &one.subject.key.resource,
        ])?;
    }
    let findings = found.end()?;

    let mut seats = Sheet::begin(
        &mut book,
        "Seats",
        &[
            ("App", 36.0),
            ("Seats", 10.0),
            ("Taken", 10.0),
            ("Reclaimable", 12.0),
            ("Id", 50.0),
        ],
    )?;
    for one in review.licences(as_of) {
        let one = one?;
        seats.row(&[
            one.app.shown(),
            &one.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
            &one.taken.to_string(),
            &one.reclaimable.len().to_string(),
            &one.app.key.resource,
        ])?;
    }
    seats.end()?;
    book.save(path)?;
    Ok(vec![
        ("grants", grants),
        ("accounts", people),
        ("findings", findings),
    ])
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// A sheet whose rows come one by one.
struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    /// Of each column, whether it holds ids, which nothing alters.
    ids: Vec<bool>,
    next: u32,
}

impl<'a> Sheet<'a> {
    fn begin(book: &'a mut Workbook, name: &str, columns: &[(&str, f64)]) -> Result<Self, Error> {
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let head = Format::new().set_bold().set_align(FormatAlign::Top);
        for (place, (title, width)) in (0..).zip(columns) {
            sheet.set_column_width(place, *width)?;
            sheet.write_string_with_format(0, place, *title, &head)?;
        }
        let is_id = |title: &str| title == "Id" || title.ends_with(" id");
        sheet.set_freeze_panes(1, 0)?;
        Ok(Self {
            sheet,
            ids: columns.iter().map(|(title, _)| is_id(title)).collect(),
            next: 1,
        })
    }

    fn row(&mut self, cells: &[&str]) -> Result<(), Error> {
        for ((place, cell), is_id) in (0..).zip(cells).zip(&self.ids) {
            let mut shown = if *is_id { (*cell).to_owned() } else { plain(cell) };
            if !is_id && shown.chars().count() > MOST {
                shown = shown.chars().take(MOST - 1).chain(['…']).collect();
            }
            self.sheet.write_string(self.next, place, shown)?;
        }
        self.next += 1;
        Ok(())
    }

    /// Ends the sheet; the number of its rows.
    fn end(self) -> Result<u64, Error> {
        let last = u16::try_from(self.ids.len()).unwrap_or(1) - 1;
        self.sheet.autofilter(0, 0, self.next - 1, last)?;
        Ok(u64::from(self.next - 1))
    }
}

impl From<XlsxError> for Error {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::RowColumnLimitError => Self::new(
                Code::FailedPrecondition,
                "a sheet holds 1048575 rows, and there are more",
            )
            .with_hint("Use export csv or sqlite"),
            error => Self::new(Code::Unknown, format!("write the workbook: {error}")),
        }
    }
}
