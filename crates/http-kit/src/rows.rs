//! Rows decoded one by one, so that a page with a bad row is a page with a reported row.

use std::borrow::Borrow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::mask::reason;

/// A row of a page that was not understood, with what is needed to report it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The operation that lists.
    pub operation: &'static str,
    /// The place of the row in its page, from 0.
    pub index: usize,
    /// The id of the row, if it has a readable one.
    pub id: Option<String>,
    /// The field at fault, such as `emails[0].value`; `.` for the row itself.
    pub field: String,
    /// What is wrong with it, with e-mail addresses and credentials masked.
    pub reason: String,
}

/// Decodes every row on its own. Good rows keep their order; each row is in exactly one of the two results.
///
/// `id_field` names the field that identifies a row, such as `accountId`. Take the rows from a page as
/// `Vec<Box<RawValue>>`.
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
    let mut bad = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let text = row.borrow().get();
        match serde_json::from_str(text) {
            Ok(row) => good.push(row),
            Err(plain) => {
                let (field, reason) = explain::<T>(text, plain);
                bad.push(BadRow {
                    operation,
                    index,
                    id: row_id(text, id_field),
                    field,
                    reason,
                });
            }
        }
    }
    (good, bad)
}

/// Following the path of fields costs time, so it is done only for the row that failed.
fn explain<T: DeserializeOwned>(text: &str, plain: serde_json::Error) -> (String, String) {
    let mut json = serde_json::Deserializer::from_str(text);
    let (field, error) = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Ok(_) => (".".to_owned(), plain),
        Err(error) => (error.path().to_string(), error.into_inner()),
    };
    (field, reason(&error))
}

fn row_id(text: &str, id_field: &str) -> Option<String> {
    match serde_json::from_str::<Value>(text).ok()?.get(id_field)? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        id: String,
        emails: Vec<Email>,
    }

    #[derive(Debug, Deserialize)]
    struct Email {
        #[serde(rename = "primary")]
        _primary: bool,
    }

    fn raw(rows: &[Value]) -> Vec<Box<RawValue>> {
        serde_json::from_str(&Value::from(rows).to_string()).expect("rows")
    }

    #[test]
    fn bad_rows_are_reported_and_good_ones_kept() {
        let rows = raw(&[
            json!({"id": "a", "emails": [], "new field": 1}),
            json!({"id": "b", "emails": [{"primary": true}, {"primary": "ada@example.com"}]}),
            json!({"id": 7}),
            json!(null),
            json!({"id": "e", "emails": []}),
        ]);
        let (good, bad) = decode_rows::<Row>("users.search", &rows, "id");
        assert_eq!(
            good.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
            ["a", "e"]
        );
        assert_eq!(good[0].emails.len(), 0);
        let bad: Vec<_> = bad
            .iter()
            .map(|row| {
                (
                    row.index,
                    row.id.as_deref(),
                    row.field.as_str(),
                    row.reason.as_str(),
                )
            })
            .collect();
        assert_eq!(
            bad,
            [
                (
                    1,
                    Some("b"),
                    "emails[1].primary",
                    "invalid type: string \"…\", expected a boolean at line 1 column 56"
                ),
                (
                    2,
                    Some("7"),
                    "id",
                    "invalid type: integer `7`, expected a string at line 1 column 7"
                ),
                (
                    3,
                    None,
                    ".",
                    "invalid type: null, expected struct Row at line 1 column 4"
                ),
            ]
        );
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_of_the_two(good in prop::collection::vec(any::<bool>(), 0..40)) {
            let rows: Vec<_> =
                good.iter().enumerate().map(|(index, good)| json!({ "id": index, "n": if *good { json!(1) } else { json!("x") } })).collect();
            #[derive(Deserialize)]
            struct Numbered {
                id: usize,
                #[serde(rename = "n")]
                _n: u8,
            }
            let (decoded, bad) = decode_rows::<Numbered>("things.list", &raw(&rows), "id");
            let mut seen: Vec<_> = decoded.iter().map(|row| row.id).chain(bad.iter().map(|row| row.index)).collect();
            prop_assert!(decoded.iter().all(|row| good[row.id]) && bad.iter().all(|row| !good[row.index]));
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..good.len()).collect::<Vec<_>>());
        }
    }
}
