//! `export`, `convert` and `sanitize`: what an artifact says, for other programs and for other people.

mod sqlite;
#[cfg(feature = "xlsx")]
mod xlsx;

use crate::command;
use crate::error::Error;
use crate::incomplete::Incomplete;
use crate::lists;
use crate::output;
use crate::print::{Form, Printer, Stop};
use crate::run::Surroundings;
use access_review::{Copied, Filter, Review};
use c1z_file::{Output, StorageEngine};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches};
use std::io::{BufWriter, Write};

const FORMAT: &str = "format";

/// The flags of `export`.
pub(crate) fn flags() -> Vec<Arg> {
    let format = Arg::new(FORMAT)
        .value_name("FORMAT")
        .required(true)
        .help("csv: who has what, as `grants` prints it; jsonl: all rows, in the shapes of baton.v1; sqlite: tables and views; c1z: this sync alone; xlsx: a workbook")
        .hide_possible_values(true)
        .value_parser(PossibleValuesParser::new(["csv", "jsonl", "sqlite", "c1z", "xlsx"]));
    std::iter::once(format).chain(output::flags()).collect()
}

/// `export`
pub(crate) fn export(
    review: &Review,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    let file = output::begin(flags, here, None)?;
    let counts = match command::text(flags, FORMAT) {
        Some("sqlite") => sqlite::write(review, &file.path())?,
        Some("c1z") => counts_of(review.copy_to(&file.path()).map_err(Error::from)?),
        Some("xlsx") => workbook(review, flags, &file)?,
        Some("jsonl") => printed(&file, Form::JsonLines, |out| all_rows(review, out))?,
        _ => printed(&file, Form::Csv, |out| {
            lists::grants(review, flags, out)?;
            let artifact = review.artifact();
            let counts = artifact.counts(&review.sync().sync_id).map_err(Error::from)?;
            Ok(vec![("grants", counts.grants)])
        })?,
    };
    file.finish().map_err(Error::from)?;
    output::written(flags, here, &counts, out)
}

#[cfg(feature = "xlsx")]
fn workbook(review: &Review, flags: &ArgMatches, file: &Output) -> Result<Vec<(&'static str, u64)>, Error> {
    xlsx::write(review, flags, &file.path())
}

#[cfg(not(feature = "xlsx"))]
fn workbook(_: &Review, _: &ArgMatches, _: &Output) -> Result<Vec<(&'static str, u64)>, Error> {
    let text = "this program was built without export xlsx";
    Err(Error::new(connector_sdk::Code::Unimplemented, text)
        .with_hint("Build it with --features xlsx, or use export csv"))
}

/// `sanitize`
pub(crate) fn sanitize(
    review: &Review,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    let file = output::begin(flags, here, None)?;
    let copied = review.sanitize_to(&file.path()).map_err(Error::from)?;
    file.finish().map_err(Error::from)?;
    output::written(flags, here, &counts_of(copied), out)
}

/// The flags of `convert`.
pub(crate) fn convert_flags() -> Vec<Arg> {
    let to = command::value(
        command::TO,
        "FORM",
        "v1: a SQLite database, which every reader knows; v3: a Pebble store, as the Go SDK writes it by default",
    )
    .required(true)
    .hide_possible_values(true)
    .value_parser(PossibleValuesParser::new(FORMS.map(|(name, _)| name)));
    std::iter::once(to).chain(output::flags()).collect()
}

/// The forms of the file, by the number of the envelope.
const FORMS: [(&str, StorageEngine); 2] = [("v1", StorageEngine::Sqlite), ("v3", StorageEngine::Pebble)];

/// `convert`
pub(crate) fn convert(
    review: &Review,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    let asked = command::text(flags, command::TO).unwrap_or_default();
    let Some((_, engine)) = FORMS.into_iter().find(|(name, _)| *name == asked) else {
        return Err(Error::usage(format!("--to: {asked:?} is no form of an artifact")).into());
    };
    let file = output::begin(flags, here, None)?;
    let copied = review.convert_to(&file.path(), engine).map_err(Error::from)?;
    file.finish().map_err(Error::from)?;
    output::written(flags, here, &counts_of(copied), out)
}

fn counts_of(copied: Copied) -> Vec<(&'static str, u64)> {
    vec![
        ("resources", copied.resources),
        ("entitlements", copied.entitlements),
        ("grants", copied.grants),
    ]
}

/// Writes a file as lists are printed.
fn printed<T>(
    file: &Output,
    form: Form,
    print: impl FnOnce(&mut Printer<'_>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let mut written = BufWriter::with_capacity(256 << 10, file.create().map_err(Error::from)?);
    let printed = print(&mut Printer {
        out: &mut written,
        form,
        wide: true,
        screen: None,
        is_coloured: false,
        incomplete: &mut Incomplete::default(),
    });
    let unwritable = |source| Stop::from(Error::from(file.not_writable(source)));
    // A pipe has no part in this: a file that cannot be written is an error, however it fails.
    let printed = match printed {
        Err(Stop::Closed) => return Err(unwritable(std::io::ErrorKind::BrokenPipe.into())),
        other => other?,
    };
    written.flush().map_err(unwritable)?;
    Ok(printed)
}

/// Every row, one after the other; its first member says what it is.
fn all_rows(review: &Review, out: &mut Printer<'_>) -> Result<Vec<(&'static str, u64)>, Stop> {
    let all = Filter::default();
    let mut counts = [("resources", 0), ("entitlements", 0), ("grants", 0)];
    for kind in review.resource_types() {
        out.json(&kind.wrapped("resourceType").map_err(Error::from)?)?;
    }
    for row in review.resources(&all) {
        out.json(&row.and_then(|row| row.json()).map_err(Error::from)?)?;
        counts[0].1 += 1;
    }
    for row in review.entitlements(&all) {
        out.json(&row.and_then(|row| row.json()).map_err(Error::from)?)?;
        counts[1].1 += 1;
    }
    for row in review.grants(&all) {
        out.json(&row.and_then(|row| row.json()).map_err(Error::from)?)?;
        counts[2].1 += 1;
    }
    Ok(counts.to_vec())
}
