//! Rows decoded one by one, so that a page with a bad row is a page with a reported row.

mod lenient;
mod limit;
#[cfg(test)]
mod tests;

use crate::mask::{MAX_FIELD, masked, reason};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Borrow;

pub use lenient::{OddField, ReadRows, Row, read_row, read_rows};
pub use limit::{LimitedRows, RowLimit};

/// A row of a page that was not understood, with what is needed to report it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The operation that lists.
    pub operation: &'static str,
    /// The place of the row in its page, from 0.
    pub index: usize,
    /// The id of the row, if it has a readable one; cut where it is longer than 1 KiB.
    pub id: Option<String>,
    /// The field at fault, such as `emails[0].value`; `.` for the row itself.
    pub field: String,
    /// What is wrong with it, with e-mail addresses and credentials masked.
    pub reason: String,
}

/// Of the bad rows and odd fields of a page, this many are described one by one; the others are counted in one more
/// entry.
const MOST_DESCRIBED: usize = 100;

/// Decodes every row on its own. Good rows keep their order; each row is in exactly one of the two results.
///
/// `id_field` names the field that identifies a row, such as `accountId`. Take the rows from a page as
/// `Vec<Box<RawValue>>`. The first 100 bad rows are described; one more entry counts the others.
///
/// ```
/// use http_kit::decode_rows;
/// use serde_json::value::RawValue;
///
/// let rows: Vec<Box<RawValue>> = serde_json::from_str(r#"[{"id":"a","size":1},{"id":"b","size":"big"}]"#)?;
///
/// #[derive(serde::Deserialize)]
/// struct Row {
///     size: u32,
/// }
/// let (good, bad) = decode_rows::<Row>("things.list", &rows, "id");
/// assert_eq!(good[0].size, 1);
/// assert_eq!((bad[0].id.as_deref(), bad[0].field.as_str()), (Some("b"), "size"));
/// # Ok::<_, serde_json::Error>(())
/// ```
pub fn decode_rows<T: DeserializeOwned>(
    operation: &'static str,
    rows: &[impl Borrow<RawValue>],
    id_field: &str,
) -> (Vec<T>, Vec<BadRow>) {
    let mut good = Vec::with_capacity(rows.len());
    let mut bad = BadRows::new(operation);
    for (index, row) in rows.iter().enumerate() {
        let text = row.borrow().get();
        match plain(text) {
            Ok(row) => good.push(row),
            Err(plain) => bad.add(index, || {
                let (field, reason) = explain::<T>(text, &plain);
                BadRow {
                    operation,
                    index,
                    id: row_id(text, id_field),
                    field,
                    reason,
                }
            }),
        }
    }
    (good, bad.finish())
}

/// The bad rows of a page: the first ones in full, the others as a number.
struct BadRows {
    operation: &'static str,
    rows: Vec<BadRow>,
    /// The place of the first row that is only counted, and how many there are.
    more: Option<(usize, usize)>,
}

impl BadRows {
    fn new(operation: &'static str) -> Self {
        Self {
            operation,
            rows: Vec::new(),
            more: None,
        }
    }

    fn add(&mut self, index: usize, describe: impl FnOnce() -> BadRow) {
        if self.rows.len() < MOST_DESCRIBED {
            self.rows.push(describe());
        } else {
            self.more.get_or_insert((index, 0)).1 += 1;
        }
    }

    fn finish(mut self) -> Vec<BadRow> {
        if let Some((index, count)) = self.more {
            self.rows.push(BadRow {
                operation: self.operation,
                index,
                id: None,
                field: ".".to_owned(),
                reason: format!("this row and later ones of the page, {count} in all, cannot be read either"),
            });
        }
        self.rows
    }
}

/// Decodes a row as a page that is whole decodes its own: from bytes, so that a type is compiled for one input alone.
fn plain<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_slice(text.as_bytes())
}

/// Following the path of fields costs time, so it is done only for the row that failed.
fn explain<T: DeserializeOwned>(text: &str, plain: &serde_json::Error) -> (String, String) {
    let field = match serde_json::from_str::<Value>(text).map(serde_path_to_error::deserialize::<_, T>) {
        Ok(Err(error)) => masked(&error.path().to_string(), MAX_FIELD),
        _ => ".".to_owned(),
    };
    (field, reason(plain))
}

fn row_id(text: &str, id_field: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text).ok()?.get(id_field)? {
        Value::String(id) => Some(shortened(id)),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// An id as it can be shown: one that is too long to be one is cut.
fn shortened(id: &str) -> String {
    const MOST_BYTES: usize = 1024;
    const SHOWN: usize = 64;
    match id.len() > MOST_BYTES {
        true => format!("{}…", id.chars().take(SHOWN).collect::<String>()),
        false => id.to_owned(),
    }
}
