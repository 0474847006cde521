//! Rows whose odd fields cost only themselves.
//!
//! A client names the few fields of a row that have to be right ([`Row::ESSENTIAL`]). Any other field that does not fit
//! its type is read as what it clearly means, or left out, and reported.

use super::{BadRow, BadRows, MOST_DESCRIBED, explain, plain, row_id, shortened};
use crate::mask::{MAX_FIELD, masked, reason};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};
use std::borrow::Borrow;

/// A row of a listing, whose fields are not all equally important.
pub trait Row: DeserializeOwned + Send {
    /// The field that identifies a row, such as `accountId`.
    const ID: &'static str;

    /// The fields without which the row means nothing or something else, such as `accountId` or `roles.name`, without
    /// places in lists. A row in which one of them is wrong is a bad row. The id is always among them.
    const ESSENTIAL: &'static [&'static str];
}

/// A field that did not fit its type and was not essential to its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OddField {
    /// The operation that lists.
    pub operation: &'static str,
    /// The id of the row.
    pub id: Option<String>,
    /// The field, such as `jobTitle` or `productAccess[2].key`; `.` for several that are only counted.
    pub field: String,
    /// What is wrong with it, without the value where that is text. It was read as the type that it should have where its
    /// value clearly means one, and left out elsewhere.
    pub reason: String,
}

/// What became of the rows of a page: each is an item or a bad row.
#[derive(Debug)]
pub struct ReadRows<T> {
    /// The rows that were understood, in their order.
    pub items: Vec<T>,
    /// The rows that were not: 100 of them, and one entry that counts the others.
    pub bad_rows: Vec<BadRow>,
    /// The fields of the items that were left out or read as another type: 100 of them, and one entry that counts the
    /// others.
    pub odd_fields: Vec<OddField>,
}

/// A row that has this many odd fields loses the rest of them as a whole, so that a hostile row does not cost more than a
/// few passes.
const MOST_SINGLE_REPAIRS: usize = 8;

/// No row has more fields than this at its top.
const MOST_REPAIRS: usize = 64;

/// A row that is larger is not repaired.
const MOST_BYTES: usize = 1024 * 1024;

/// Decodes every row on its own and gives up of a row only what is odd.
///
/// ```
/// use http_kit::{Row, read_rows};
/// use serde_json::value::RawValue;
///
/// #[derive(serde::Deserialize)]
/// struct User {
///     id: String,
///     title: Option<String>,
///     logins: Option<u64>,
/// }
/// impl Row for User {
///     const ID: &'static str = "id";
///     const ESSENTIAL: &'static [&'static str] = &[];
/// }
///
/// let rows: Vec<Box<RawValue>> = serde_json::from_str(r#"[{"id":"a","title":5,"logins":-1},{"id":7}]"#)?;
/// let read = read_rows::<User>("users.list", &rows);
/// assert_eq!((read.items[0].title.as_deref(), read.items[0].logins), (Some("5"), None));
/// assert_eq!(read.odd_fields.len(), 2);
/// assert_eq!(read.bad_rows[0].field, "id");
/// # Ok::<_, serde_json::Error>(())
/// ```
pub fn read_rows<T: Row>(operation: &'static str, rows: &[impl Borrow<RawValue>]) -> ReadRows<T> {
    let mut items = Vec::with_capacity(rows.len());
    let mut bad = BadRows::new(operation);
    let (mut odd_fields, mut more_odd) = (Vec::new(), 0);
    for (index, row) in rows.iter().enumerate() {
        match read(operation, row.borrow()) {
            Ok((row, odd)) => {
                items.push(row);
                for field in odd {
                    if odd_fields.len() < MOST_DESCRIBED {
                        odd_fields.push(field);
                    } else {
                        more_odd += 1;
                    }
                }
            }
            Err(error) => bad.add(index, || error.describe::<T>(operation, index, row.borrow())),
        }
    }
    if more_odd > 0 {
        odd_fields.push(OddField {
            operation,
            id: None,
            field: ".".to_owned(),
            reason: format!("{more_odd} more fields of the page do not fit their types"),
        });
    }
    ReadRows {
        items,
        bad_rows: bad.finish(),
        odd_fields,
    }
}

/// Decodes one row as [`read_rows`] does.
///
/// # Errors
///
/// [`BadRow`], with place 0, when an essential field is wrong.
pub fn read_row<T: Row>(operation: &'static str, row: &RawValue) -> Result<(T, Vec<OddField>), BadRow> {
    read(operation, row).map_err(|error| error.describe::<T>(operation, 0, row))
}

/// Why a row cannot be read.
enum Unreadable {
    /// As the JSON parser says.
    Plain(serde_json::Error),
    /// Because of this essential field.
    Essential { field: String, reason: String },
}

impl Unreadable {
    fn describe<T: Row>(self, operation: &'static str, index: usize, row: &RawValue) -> BadRow {
        let (field, reason) = match self {
            Self::Plain(error) => explain::<T>(row.get(), &error),
            Self::Essential { field, reason } => (field, reason),
        };
        BadRow {
            operation,
            index,
            id: row_id(row.get(), T::ID),
            field,
            reason,
        }
    }
}

fn read<T: Row>(operation: &'static str, row: &RawValue) -> Result<(T, Vec<OddField>), Unreadable> {
    let text = row.get();
    let plain = match plain(text) {
        Ok(row) => return Ok((row, Vec::new())),
        Err(error) => error,
    };
    if text.len() > MOST_BYTES {
        return Err(Unreadable::Plain(plain));
    }
    let Ok(mut value @ Value::Object(_)) = serde_json::from_str::<Value>(text) else {
        return Err(Unreadable::Plain(plain));
    };
    let id = match &value[T::ID] {
        Value::String(id) => Some(shortened(id)),
        _ => None,
    };
    let mut odd: Vec<OddField> = Vec::new();
    // The field that was converted last: where that has not helped, it is the next one at fault.
    let mut converted: Option<String> = None;
    for repair in 0..MOST_REPAIRS {
        let error = match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(row) => return Ok((row, odd)),
            Err(error) => error,
        };
        let field = masked(&error.path().to_string(), MAX_FIELD);
        let mut path = steps(error.path());
        let mut reason = reason(error.inner());
        if is_essential::<T>(&path) {
            return Err(match repair {
                0 => Unreadable::Plain(plain),
                _ => Unreadable::Essential { field, reason },
            });
        }
        if repair >= MOST_SINGLE_REPAIRS && !is_essential::<T>(&path[..1]) {
            path.truncate(1);
        }
        let in_vain = converted.take().is_some_and(|converted| converted == field);
        if in_vain && let Some(first) = odd.pop() {
            reason = first.reason;
        }
        if !in_vain && convert(&mut value, &path) {
            converted = Some(field.clone());
        } else if !remove(&mut value, &path) {
            return Err(Unreadable::Essential { field, reason });
        }
        odd.push(OddField {
            operation,
            id: id.clone(),
            field,
            reason,
        });
    }
    Err(Unreadable::Plain(plain))
}

/// One step from a value to a part of it.
enum Step {
    Key(String),
    Place(usize),
}

/// The way to the field at fault, as far as it is known.
fn steps(path: &Path) -> Vec<Step> {
    path.iter()
        .map_while(|segment| match segment {
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Seq { index } => Some(Step::Place(*index)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Whether the field is essential, is a part of one that is, or has one as a part: without it, that is gone too.
fn is_essential<T: Row>(path: &[Step]) -> bool {
    let keys = || {
        path.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Place(_) => None,
        })
    };
    let essential = T::ESSENTIAL.iter().copied().chain([T::ID]);
    essential.into_iter().any(|essential| {
        let mut names = essential.split('.');
        // One is the beginning of the other.
        keys().zip(names.by_ref()).all(|(key, name)| key == name)
    })
}

fn find<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Place(index) => value.get_mut(index),
    })
}

/// Turns a number or a flag into text, and a text that is a flag or a number into that. The other type is not known, so
/// decoding tells whether it was right.
fn convert(value: &mut Value, path: &[Step]) -> bool {
    let Some(value) = find(value, path) else {
        return false;
    };
    let other = match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        Value::String(text) => match text.trim() {
            text if text.eq_ignore_ascii_case("true") => Value::Bool(true),
            text if text.eq_ignore_ascii_case("false") => Value::Bool(false),
            text => match text.parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) => return false,
            },
        },
        _ => return false,
    };
    *value = other;
    true
}

fn remove(value: &mut Value, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    match (find(value, parents), last) {
        (Some(Value::Object(members)), Step::Key(key)) => members.remove(key).is_some(),
        (Some(Value::Array(list)), Step::Place(index)) if *index < list.len() => {
            list.remove(*index);
            true
        }
        _ => false,
    }
}
