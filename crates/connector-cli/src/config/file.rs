//! The configuration file: YAML, one key for each setting.

use crate::error::{Error, Result};
use crate::outcome::Outcome;
use serde_yaml_ng::Value as Yaml;
use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// Where a configuration file is looked for if none is named, in the working directory.
pub(crate) const DEFAULT_NAMES: [&str; 4] = [".baton.yaml", ".baton.yml", ".baton.json", ".baton"];

/// The most that is read of a configuration file.
const MOST_BYTES: u64 = 1 << 20;

/// The most open brackets at a time.
const MOST_NESTING: usize = 64;

/// The keys and values of a configuration file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// By key in lower case; keys without a value are left out.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Why others than us may have written it, if they may.
    pub(crate) doubt: Option<String>,
    /// Whether a person named it. Otherwise it was found in the working directory.
    pub(crate) is_named: bool,
}

/// A value in the file.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// Text in YAML's sense.
    Text(String),
    /// A number or a truth value, as YAML understood it.
    Plain(String),
    /// A list of scalars.
    List(Vec<String>),
}

/// Reads the named file, or else the one in the working directory, if there is one.
///
/// # Errors
/// Where a named file is missing, where more than one stands in the working directory, where it is larger than 1 MiB, and
/// where it is not a map of keys to scalars or lists of scalars. [`Outcome::Refused`] where it is a pipe or a device.
pub(crate) fn load(named: Option<&Path>, directory: &Path) -> Result<Option<File>> {
    let path = match named {
        Some(path) => directory.join(path),
        None => match default_path(directory)? {
            Some(path) => path,
            None => return Ok(None),
        },
    };
    let (text, doubt) = text_of(&path, directory)?;
    // Some editors begin a file with a mark that the parser takes for text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let entries = entries(text).map_err(|problem| {
        Error::configuration(format!("the configuration file {}: {problem}", path.display()))
    })?;
    Ok(Some(File {
        path,
        entries,
        doubt,
        is_named: named.is_some(),
    }))
}

/// The text of a configuration file, and why others than us may have written it.
fn text_of(path: &Path, directory: &Path) -> Result<(String, Option<String>)> {
    let shown = path.display();
    let failed = |error: std::io::Error| {
        Error::configuration(match error.kind() {
            ErrorKind::NotFound => format!("the configuration file {shown} does not exist"),
            _ => format!("cannot read the configuration file {shown}: {error}"),
        })
    };
    let file = connector_runtime::open_regular(path)
        .map_err(failed)?
        .ok_or_else(|| {
            Error::new(
                Outcome::Refused,
                format!("the configuration file {shown} is not a regular file"),
            )
            .with_hint("Name a file with --config-path")
        })?;
    let metadata = file.metadata().map_err(failed)?;
    let mut text = String::new();
    file.take(MOST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Error::configuration(format!(
            "the configuration file {shown} is larger than 1 MiB"
        )));
    }
    Ok((text, connector_runtime::doubt(&metadata, directory)))
}

fn default_path(directory: &Path) -> Result<Option<PathBuf>> {
    let found: Vec<PathBuf> = DEFAULT_NAMES
        .iter()
        .map(|name| directory.join(name))
        .filter(|path| fs::metadata(path).is_ok_and(|metadata| !metadata.is_dir()))
        .collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let shown: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
            Err(Error::configuration(format!(
                "there are two configuration files: {}",
                shown.join(" and ")
            ))
            .with_hint("Keep one of them, or name one with --config-path"))
        }
    }
}

pub(crate) fn entries(text: &str) -> Result<BTreeMap<String, Entry>, String> {
    if is_deep(text) {
        return Err(format!("it is nested deeper than {MOST_NESTING} levels"));
    }
    let map = match serde_yaml_ng::from_str(text) {
        // The message of the parser may quote the text, which may be a secret; its place does not.
        Err(error) => {
            let place = error
                .location()
                .map(|at| format!(" in line {}, column {}", at.line(), at.column()));
            return Err(format!("invalid YAML{}", place.unwrap_or_default()));
        }
        Ok(Yaml::Null) => return Ok(BTreeMap::new()),
        Ok(Yaml::Mapping(map)) => map,
        Ok(_) => return Err("it must be a map of settings, one `name: value` a line".to_owned()),
    };
    let mut entries = BTreeMap::new();
    for (key, value) in map {
        let Yaml::String(key) = key else {
            return Err("every key must be the name of a setting".to_owned());
        };
        let entry = match value {
            Yaml::Null => continue,
            Yaml::Sequence(items) => {
                let items: Option<Vec<String>> = items.iter().map(scalar).collect();
                Entry::List(items.ok_or_else(|| not_scalar(&key))?)
            }
            Yaml::String(text) if text.is_empty() => continue,
            Yaml::String(text) => Entry::Text(text),
            value => Entry::Plain(scalar(&value).ok_or_else(|| not_scalar(&key))?),
        };
        if entries.insert(key.to_ascii_lowercase(), entry).is_some() {
            return Err(format!("the key {key} stands there twice"));
        }
    }
    Ok(entries)
}

/// Whether brackets stand in brackets more often than a map of lists needs. The parser takes the square of that in time.
fn is_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MOST_NESTING
    })
}

fn not_scalar(key: &str) -> String {
    format!("the value of {key} must be text, a number, true or false, or a list of these")
}

fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
