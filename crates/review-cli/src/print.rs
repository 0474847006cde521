//! Rows as text, JSON, JSON lines and CSV, each printed as it comes.

use crate::csv;
use crate::error::Error;
use crate::plain::{plain, plain_json};
use crate::table;
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
}

/// Why an answer ends before its end.
pub(crate) enum Stop {
    /// Nobody reads it any more, which is no error.
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

    /// Prints a list: in JSON as the member `member` of an object. Memory does not grow with it.
    pub(crate) fn list<T, E: Into<Error>>(
        &mut self,
        member: &str,
        columns: &[Column],
        rows: impl Iterator<Item = Result<T, E>>,
        cells: impl Fn(&T) -> Result<Vec<String>, Error>,
        json: impl Fn(&T) -> Result<String, Error>,
    ) -> Result<(), Stop> {
        match self.form {
            Form::Json => {
                self.write(&format!("{{\"{member}\":["))?;
                for (at, row) in rows.enumerate() {
                    self.write(if at == 0 { "\n" } else { ",\n" })?;
                    let row = row.map_err(Into::into)?;
                    self.write(&plain_json(&json(&row)?))?;
                }
                self.line("\n]}")
            }
            Form::JsonLines => {
                for row in rows {
                    let row = row.map_err(Into::into)?;
                    self.json(&json(&row)?)?;
                }
                Ok(())
            }
            Form::Csv => {
                let head: Vec<String> = columns
                    .iter()
                    .map(|column| column.name.replace([' ', '-'], "_"))
                    .collect();
                self.line(&head.join(","))?;
                for row in rows {
                    let cells = cells(&row.map_err(Into::into)?)?;
                    let shown = cells
                        .iter()
                        .zip(columns)
                        .map(|(cell, column)| match column.is_id {
                            true => csv::id(cell),
                            false => Ok(csv::text(cell)),
                        });
                    self.line(&shown.collect::<Result<Vec<_>, _>>()?.join(","))?;
                }
                Ok(())
            }
            Form::Text => self.table(columns, rows, cells),
        }
    }

    fn table<T, E: Into<Error>>(
        &mut self,
        columns: &[Column],
        mut rows: impl Iterator<Item = Result<T, E>>,
        cells: impl Fn(&T) -> Result<Vec<String>, Error>,
    ) -> Result<(), Stop> {
        let wide = self.wide;
        let shown = |cells: Vec<String>| -> Vec<String> {
            let cells = cells
                .into_iter()
                .zip(columns)
                .filter(|(_, column)| wide || !column.wide);
            cells.map(|(cell, _)| plain(&cell)).collect()
        };
        let head = columns.iter().map(|column| column.name.to_uppercase()).collect();
        let mut measured = vec![shown(head)];
        for row in rows.by_ref().take(table::MEASURED) {
            measured.push(shown(cells(&row.map_err(Into::into)?)?));
        }
        let screen = self.screen.filter(|_| !self.wide);
        let widths = table::widths(&measured, screen);
        for row in &measured {
            self.line(&table::line(row, &widths, screen.is_some()))?;
        }
        for row in rows {
            let row = shown(cells(&row.map_err(Into::into)?)?);
            self.line(&table::line(&row, &widths, screen.is_some()))?;
        }
        Ok(())
    }
}
