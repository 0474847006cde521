//! Content as text by row and field, so that two of them can be compared and their differences be read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rows by name, each with named fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture(BTreeMap<String, Row>);

/// The fields of a row. A field that says nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row(BTreeMap<String, String>);

/// How many rows that differ are shown.
const SHOWN: usize = 25;

impl Picture {
    /// Adds a row, which must be the only one of its name.
    #[track_caller]
    pub(crate) fn put(&mut self, name: String, row: Row) {
        if let Some(before) = self.0.insert(name.clone(), row) {
            panic!("two rows are named {name}: the other is {before:?}");
        }
    }

    /// How many rows have a name that begins so.
    pub(crate) fn count(&self, prefix: &str) -> usize {
        self.0.keys().filter(|name| name.starts_with(prefix)).count()
    }

    /// What it has too little (`-`), too much (`+`) and otherwise (`~`) than `expected`; empty where they are equal.
    pub(crate) fn differences(&self, expected: &Self) -> String {
        let mut found = Vec::new();
        for (name, wanted) in &expected.0 {
            match self.0.get(name) {
                None => found.push(format!("- {name}\n{}", wanted.lines())),
                Some(row) if row != wanted => found.push(format!("~ {name}\n{}", row.changes(wanted))),
                Some(_) => {}
            }
        }
        let extra = self.0.iter().filter(|(name, _)| !expected.0.contains_key(*name));
        found.extend(extra.map(|(name, row)| format!("+ {name}\n{}", row.lines())));
        let mut text: String = found.iter().take(SHOWN).map(String::as_str).collect();
        if found.len() > SHOWN {
            let _ = writeln!(text, "and {} rows more", found.len() - SHOWN);
        }
        text
    }
}

impl Row {
    /// Adds a field unless it is empty.
    #[must_use]
    pub(crate) fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(field.to_owned(), value);
        }
        self
    }

    fn lines(&self) -> String {
        self.0
            .iter()
            .map(|(field, value)| format!("    {field}: {value}\n"))
            .collect()
    }

    fn changes(&self, expected: &Self) -> String {
        let fields = expected
            .0
            .keys()
            .chain(self.0.keys().filter(|field| !expected.0.contains_key(*field)));
        let nothing = String::from("nothing");
        fields
            .filter_map(|field| {
                let (wanted, found) = (expected.0.get(field), self.0.get(field));
                let (wanted_text, found_text) = (wanted.unwrap_or(&nothing), found.unwrap_or(&nothing));
                (wanted != found)
                    .then(|| format!("    {field}: {wanted_text} expected, {found_text} found\n"))
            })
            .collect()
    }
}

impl<V: Into<String>> FromIterator<(&'static str, V)> for Row {
    fn from_iter<I: IntoIterator<Item = (&'static str, V)>>(fields: I) -> Self {
        fields
            .into_iter()
            .fold(Self::default(), |row, (field, value)| row.with(field, value))
    }
}

#[test]
fn every_kind_of_difference_is_told() {
    let row = |value: &str| {
        Row::default()
            .with("field", value)
            .with("same", "1")
            .with("empty", "")
    };
    let (mut found, mut expected) = (Picture::default(), Picture::default());
    for (name, value) in [("equal", "a"), ("changed", "b"), ("extra", "c")] {
        found.put(name.to_owned(), row(value));
    }
    for (name, value) in [("equal", "a"), ("changed", ""), ("missing", "d")] {
        expected.put(name.to_owned(), row(value));
    }
    insta::assert_snapshot!(found.differences(&expected), @r"
    ~ changed
        field: nothing expected, b found
    - missing
        field: d
        same: 1
    + extra
        field: c
        same: 1
    ");
    assert_eq!(found.differences(&found), "");
}
