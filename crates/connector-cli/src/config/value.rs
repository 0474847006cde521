//! One value: how it is read from text, wherever the text stood.

use super::setting::Setting;
use connector_sdk::FieldKind;
use secrecy::SecretString;

/// A value of a setting. Secrets cannot be printed.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Secret(SecretString),
    Switch(bool),
    Number(i64),
    List(Vec<String>),
}

impl Value {
    /// Reads a value. The error is a fragment that follows the name of where the text stood; it never holds a secret.
    pub(crate) fn parse(setting: &Setting, text: &str) -> Result<Self, String> {
        match &setting.field.kind {
            FieldKind::Text(_) if setting.field.secret => Ok(Self::Secret(text.trim().into())),
            FieldKind::Text(_) if setting.choices.is_empty() => Ok(Self::Text(text.to_owned())),
            FieldKind::Text(_) => {
                let text = text.trim();
                let alias = setting
                    .aliases
                    .iter()
                    .find(|(alias, _)| alias.eq_ignore_ascii_case(text));
                one_of(setting.choices, alias.map_or(text, |(_, choice)| choice))
            }
            FieldKind::Switch(_) => switch(text).map(Self::Switch),
            FieldKind::Number { min, max, .. } => number(text, *min, *max).map(Self::Number),
            FieldKind::List => Ok(Self::List(split(text))),
        }
    }

    /// The value where none is given.
    pub(crate) fn default_of(setting: &Setting) -> Option<Self> {
        match setting.field.kind {
            FieldKind::Text(default) => default.map(|text| Self::Text(text.to_owned())),
            FieldKind::Switch(default) => Some(Self::Switch(default)),
            FieldKind::Number { default, .. } => Some(Self::Number(default)),
            FieldKind::List => None,
        }
    }
}

/// Reads a switch, in the spellings that the existing tools take.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Ok(true),
        "false" | "f" | "0" => Ok(false),
        _ => Err(format!("{} is neither true nor false", quoted(text))),
    }
}

/// Splits at commas. Blanks around the parts are left out, and so are empty parts.
pub(crate) fn split(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn number(text: &str, min: i64, max: i64) -> Result<i64, String> {
    let value: i64 = text
        .trim()
        .parse()
        .map_err(|_| format!("{} is not a whole number", quoted(text)))?;
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{value} is out of bounds; {min} to {max} are allowed"))
    }
}

fn one_of(choices: &[&str], text: &str) -> Result<Value, String> {
    let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(text));
    found
        .map(|choice| Value::Text((*choice).to_owned()))
        .ok_or_else(|| format!("{} is unknown; valid are {}", quoted(text), choices.join(", ")))
}

/// What was given, unless it is long: what people paste into the wrong place is often a key.
pub(super) fn quoted(text: &str) -> String {
    match text.chars().count() {
        0..=32 => format!("{text:?}"),
        length => format!("a text of {length} characters"),
    }
}
