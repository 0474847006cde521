//! Commands that make a file: where to, whether over another one, and what is said about it.

use crate::command::{self, FILE};
use crate::error::Error;
use crate::print::{Column, Form, Printer, Stop};
use crate::run::Surroundings;
use c1z_file::{Output, TargetError};
use clap::{Arg, ArgMatches};
use connector_sdk::Code;
use serde_json::json;
use std::path::{Path, PathBuf};

const OUT: &str = "out";
const REPLACE: &str = "replace";

/// The flags that say where a file goes.
pub(crate) fn flags() -> [Arg; 2] {
    [
        command::value(OUT, "PATH", "The file to write, which only its owner can read").required(true),
        command::switch(REPLACE, "Write over a file that is there already"),
    ]
}

/// Begins the file that the flags name. It is made from the artifact, and perhaps from a table.
pub(crate) fn begin(flags: &ArgMatches, here: &Surroundings, table: Option<&Path>) -> Result<Output, Error> {
    let artifact = here.path(command::text(flags, FILE))?;
    let read: Vec<&Path> = table.into_iter().chain([&*artifact]).collect();
    Ok(Output::begin(
        &path(flags, here),
        command::is_set(flags, REPLACE),
        &read,
    )?)
}

fn path(flags: &ArgMatches, here: &Surroundings) -> PathBuf {
    here.directory.join(command::text(flags, OUT).unwrap_or_default())
}

/// Says what was written where.
pub(crate) fn written(
    flags: &ArgMatches,
    here: &Surroundings,
    counts: &[(&str, u64)],
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[Column::text("file"), Column::text("holds")];
    let path = path(flags, here).display().to_string();
    let holds = counts.iter().map(|(what, count)| match count {
        1 => format!("1 {}", what.trim_end_matches('s')),
        count => format!("{count} {what}"),
    });
    let holds = holds.collect::<Vec<_>>().join(", ");
    if out.form == Form::Text {
        return out.text(&format!("wrote {path}: {holds}"));
    }
    out.list(
        "written",
        COLUMNS,
        std::iter::once(Ok::<_, Error>(())),
        |()| Ok(vec![path.clone(), holds.clone()]),
        |()| {
            let mut row = json!({"file": path});
            for (what, count) in counts {
                row[*what] = (*count).into();
            }
            Ok(row.to_string())
        },
    )
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        let made = Self::new(Code::FailedPrecondition, error.to_string());
        match error {
            TargetError::Exists { .. } => made.with_hint("Name another file, or give --replace"),
            _ => made,
        }
    }
}
