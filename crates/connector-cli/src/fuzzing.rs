//! What is read of texts that a person writes, without a program around it: for the project's fuzz targets (feature `fuzzing`).

use crate::config::{FileEntry, entries, unique};
use serde_json::Value;
use std::collections::BTreeMap;

/// A value of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Text in YAML's sense.
    Text(String),
    /// A number or a truth value.
    Plain(String),
    /// A list of scalars.
    List(Vec<String>),
}

/// The entries of a configuration file by their keys in lower case.
///
/// # Errors
/// What is wrong with it.
pub fn configuration(text: &str) -> Result<BTreeMap<String, Entry>, String> {
    let named = |(key, entry)| {
        let entry = match entry {
            FileEntry::Text(text) => Entry::Text(text),
            FileEntry::Plain(text) => Entry::Plain(text),
            FileEntry::List(texts) => Entry::List(texts),
        };
        (key, entry)
    };
    entries(text).map(|entries| entries.into_iter().map(named).collect())
}

/// Arguments given as JSON.
///
/// # Errors
/// Where it is not JSON, and where a member stands in it twice (an error [of data](serde_json::Error::is_data)).
pub fn arguments(text: &str) -> Result<Value, serde_json::Error> {
    unique(text)
}
