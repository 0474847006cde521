//! What a person writes: the configuration file, and arguments as JSON.

use super::{Run, text};
use connector_cli::fuzzing::{Entry, arguments as read_arguments, configuration};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A configuration file that was read is written as one that reads the same.
pub(super) fn file() -> Run {
    Box::new(|input| {
        let Some(Ok(entries)) = text(input).map(configuration) else {
            return;
        };
        let written = written(&entries);
        let again = configuration(&written);
        assert_eq!(
            again.as_ref(),
            Ok(&entries),
            "what was written reads as something else: {written}"
        );
    })
}

fn written(entries: &BTreeMap<String, Entry>) -> String {
    let mut file = String::new();
    for (key, entry) in entries {
        let value = match entry {
            Entry::Text(text) => quoted(text),
            Entry::Plain(plain) => plain.clone(),
            Entry::List(items) => {
                let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
                format!("[{}]", items.join(", "))
            }
        };
        file.push_str(&format!("{}: {value}\n", quoted(key)));
    }
    file
}

/// A text as YAML writes any text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            ' ' | 'a'..='z' | 'A'..='Z' | '0'..='9' => quoted.push(char),
            _ => drop(write!(quoted, "\\U{:08x}", u32::from(char))),
        }
    }
    quoted.push('"');
    quoted
}

/// Arguments that were read are what another reader of JSON finds, and none of a name that stands there twice.
pub(super) fn arguments() -> Run {
    Box::new(|input| {
        let Some(text) = text(input) else { return };
        let plain = serde_json::from_str::<Value>(text);
        match read_arguments(text) {
            Ok(read) => {
                assert_eq!(
                    plain.ok().as_ref(),
                    Some(&read),
                    "another reader finds something else"
                );
                let written = read.to_string();
                assert_eq!(
                    read_arguments(&written).ok(),
                    Some(read),
                    "what was written reads as something else"
                );
            }
            // A name stands there twice. Other readers drop one of the two.
            Err(error) if error.is_data() => {}
            Err(_) => assert!(plain.is_err(), "refused, although it is JSON: {text}"),
        }
    })
}
