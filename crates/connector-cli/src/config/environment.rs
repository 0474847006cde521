//! The environment and standard input, read in this one place.

use crate::error::{Error, Result};
use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// What the process was given beside its command line.
pub(crate) struct Environment {
    lookup: Box<Lookup>,
    /// The names that are set and begin like those of settings, in whatever case.
    names: Vec<String>,
    /// Standard input, until somebody has read it.
    stdin: Mutex<Option<Box<dyn Read + Send>>>,
}

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

impl Environment {
    /// The environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is read"
    )]
    pub(crate) fn of_process() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var_os(name)),
            names: of_settings(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())),
            stdin: Mutex::new(Some(Box::new(std::io::stdin()))),
        }
    }

    /// An environment of these variables.
    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let variables: std::collections::BTreeMap<String, OsString> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        Self {
            names: of_settings(variables.keys().cloned()),
            lookup: Box::new(move |name| variables.get(name).cloned()),
            stdin: Mutex::new(None),
        }
    }

    /// The same, with this on standard input.
    #[cfg(test)]
    pub(crate) fn with_stdin(self, text: &'static str) -> Self {
        Self {
            stdin: Mutex::new(Some(Box::new(text.as_bytes()))),
            ..self
        }
    }

    /// Standard input, for the first who asks.
    pub(crate) fn take_stdin(&self) -> Option<Box<dyn Read + Send>> {
        self.stdin.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The names that are set and begin like those of settings, in whatever case, sorted.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The value of a variable of another program, as it is.
    pub(crate) fn of_others(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name)
    }

    /// The value of a variable without line breaks at its end, which mounted files and shells leave there; an empty one
    /// counts as unset.
    ///
    /// # Errors
    /// Where it is not Unicode; the error names the variable.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>> {
        match (self.lookup)(name).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(value) => value
                .into_string()
                .map(|text| Some(without_line_breaks(&text).to_owned()).filter(|text| !text.is_empty()))
                .map_err(|_| Error::configuration(format!("{name} in the environment is not valid Unicode"))),
        }
    }
}

fn of_settings(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names
        .filter(|name| {
            name.get(..5)
                .is_some_and(|start| start.eq_ignore_ascii_case("BATON"))
        })
        .collect();
    names.sort();
    names
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

/// A text without the line breaks at its end.
pub(super) fn without_line_breaks(text: &str) -> &str {
    text.trim_end_matches(['\n', '\r'])
}
