//! Rows as text, JSON, JSON lines and CSV, each printed as it comes.

use crate::colour::{Shade, painted};
use crate::csv;
use crate::error::Error;
use crate::incomplete::Incomplete;
use crate::plain::{plain, plain_json};
use crate::table;
use serde_json::Value;
use std::io::{self, Write};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// A JSON object a line.
    JsonLines,
    /// CSV with a header.
    Csv,
}

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its name, in text as it stands here, in CSV with underscores.
    pub(crate) name: &'static str,
    /// Whether text shows it with `--wide` alone.
    wide: bool,
    /// Whether its cells are ids, which nothing alters.
    is_id: bool,
}

impl Column {
    /// Free text.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self {
            name,
            wide: false,
            is_id: false,
        }
    }

    /// An id.
    pub(crate) const fn id(name: &'static str) -> Self {
        Self {
            is_id: true,
            ..Self::text(name)
        }
    }

    /// Shown with `--wide` alone.
    pub(crate) const fn wide(self) -> Self {
        Self { wide: true, ..self }
    }
}

/// Where an answer goes, and in which form.
pub(crate) struct Printer<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) form: Form,
    /// Whether text shows all columns, whatever the width of the screen.
    pub(crate) wide: bool,
    /// The width of the terminal; none where the output is none.
    pub(crate) screen: Option<usize>,
    /// Whether the heads of tables are shown in colours.
    pub(crate) is_coloured: bool,
    /// What the answer may lack.
    pub(crate) incomplete: &'a mut Incomplete,
}

/// Why an answer ends before its end.
pub(crate) enum Stop {
    /// Nobody reads it any more, which is not an error.
    Closed,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Printer<'_> {
    /// Writes a line.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Stop> {
        self.write(line)?;
        self.write("\n")
    }

    /// Writes a line for people, in which no invisible character stays.
    pub(crate) fn text(&mut self, line: &str) -> Result<(), Stop> {
        let line = plain(line);
        match self.screen.filter(|_| !self.wide) {
            Some(width) => self.line(&table::cut(&line, width)),
            None => self.line(&line),
        }
    }

    fn write(&mut self, text: &str) -> Result<(), Stop> {
        self.out
            .write_all(text.as_bytes())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Stop::Closed,
                _ => Stop::Failed(Error::unwritable(&error)),
            })
    }

    /// Writes JSON that stands on one line.
    pub(crate) fn json(&mut self, json: &str) -> Result<(), Stop> {
        self.line(&plain_json(json))
    }

    /// Prints a JSON document other than a list, with what it may lack.
    pub(crate) fn document(&mut self, mut document: Value) -> Result<(), Stop> {
        if let Some(incomplete) = self.incomplete.json() {
            document["incomplete"] = incomplete;
        }
        self.json(&document.to_string())
    }

    /// Prints a list: in JSON as the member `member` of an object. Memory does not grow with it.
    pub(crate) fn list<T, E: Into<Error>>(
        &mut self,
        member: &str,
        columns: &'static [Column],
        rows: impl Iterator<Item = Result<T, E>>,
        cells: impl Fn(&T) -> Result<Vec<String>, Error>,
        json: impl Fn(&T) -> Result<String, Error>,
    ) -> Result<(), Stop> {
        let mut list = self.rows(member, columns)?;
        for row in rows {
            let row = row.map_err(Into::into)?;
            list.row(|| cells(&row), || json(&row))?;
        }
        list.end()
    }
}

impl<'a> Printer<'a> {
    /// Begins a list whose rows come one by one.
    pub(crate) fn rows<'p>(
        &'p mut self,
        member: &str,
        columns: &'static [Column],
    ) -> Result<Rows<'p, 'a>, Stop> {
        match self.form {
            Form::Json => self.write(&format!("{{\"{member}\":["))?,
            Form::Csv => {
                let head: Vec<String> = columns
                    .iter()
                    .map(|column| column.name.replace([' ', '-'], "_"))
                    .collect();
                self.line(&head.join(","))?;
            }
            Form::JsonLines | Form::Text => {}
        }
        let mut rows = Rows {
            columns,
            any: false,
            measured: Vec::new(),
            widths: None,
            printer: self,
        };
        let head = columns.iter().map(|column| column.name.to_uppercase()).collect();
        let head = rows.shown(head);
        rows.measured.push(head);
        Ok(rows)
    }
}

/// A list under way.
pub(crate) struct Rows<'p, 'a> {
    printer: &'p mut Printer<'a>,
    columns: &'static [Column],
    any: bool,
    /// Rows of text whose widths are not decided yet.
    measured: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
}

impl Rows<'_, '_> {
    /// Prints a row, or keeps it until the widths of columns are decided.
    pub(crate) fn row(
        &mut self,
        cells: impl FnOnce() -> Result<Vec<String>, Error>,
        json: impl FnOnce() -> Result<String, Error>,
    ) -> Result<(), Stop> {
        match self.printer.form {
            Form::Json => {
                self.printer.write(if self.any { ",\n" } else { "\n" })?;
                self.any = true;
                self.printer.write(&plain_json(&json()?))
            }
            Form::JsonLines => self.printer.json(&json()?),
            Form::Csv => {
                let cells = cells()?;
                let shown = cells
                    .iter()
                    .zip(self.columns)
                    .map(|(cell, column)| match column.is_id {
                        true => csv::id(cell),
                        false => Ok(csv::text(cell)),
                    });
                self.printer
                    .line(&shown.collect::<Result<Vec<_>, _>>()?.join(","))
            }
            Form::Text => {
                let row = self.shown(cells()?);
                if self.widths.is_some() {
                    return self.line(&row);
                }
                self.measured.push(row);
                if self.measured.len() > table::MEASURED {
                    self.decide()?;
                }
                Ok(())
            }
        }
    }

    /// Ends the list.
    pub(crate) fn end(mut self) -> Result<(), Stop> {
        match self.printer.form {
            Form::Json => match self.printer.incomplete.json() {
                None => self.printer.line("\n]}"),
                Some(json) => self.printer.line(&format!(
                    "\n],\n\"incomplete\":{}}}",
                    plain_json(&json.to_string())
                )),
            },
            Form::Text => self.decide(),
            Form::JsonLines | Form::Csv => Ok(()),
        }
    }

    /// Decides the widths of columns, and prints what waited for them.
    fn decide(&mut self) -> Result<(), Stop> {
        let measured = std::mem::take(&mut self.measured);
        let mut rows = measured.iter();
        if self.widths.is_none() {
            self.widths = Some(table::widths(&measured, self.screen()));
            if let Some(head) = rows.next() {
                let line = painted(&self.laid_out(head), Shade::Title, self.printer.is_coloured);
                self.printer.line(&line)?;
            }
        }
        rows.try_for_each(|row| self.line(row))
    }

    fn line(&mut self, row: &[String]) -> Result<(), Stop> {
        let line = self.laid_out(row);
        self.printer.line(&line)
    }

    fn laid_out(&self, row: &[String]) -> String {
        let widths = self.widths.as_deref().unwrap_or_default();
        table::line(row, widths, self.screen().is_some())
    }

    fn screen(&self) -> Option<usize> {
        self.printer.screen.filter(|_| !self.printer.wide)
    }

    fn shown(&self, cells: Vec<String>) -> Vec<String> {
        let wide = self.printer.wide;
        let cells = cells.into_iter().zip(self.columns);
        cells
            .filter(|(_, column)| wide || !column.wide)
            .map(|(cell, _)| plain(&cell))
            .collect()
    }
}
