//! The resolved settings, as the program reads them.

use super::environment::Environment;
use super::mistyped::Mistyped;
use super::resolve::no_short_secret;
use super::secret;
use super::setting::Setting;
use super::shared::name;
use super::table::Table;
use super::value::Value;
use crate::error::{Error, Result};
use connector_runtime::Redactor;
use connector_sdk::FieldKind;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The settings of a run: each has the value of the first of flag, environment, file and default that has one, and knows
/// which that was.
///
/// A getter asks for a setting that the program itself declares, in its schema or as a shared one; asking for any other,
/// or for one of another kind, is a defect of the program and panics.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) entries: BTreeMap<&'static str, Entry>,
    pub(super) without_effect: Vec<String>,
    /// What a person should know about where settings stand.
    pub(super) warnings: Vec<String>,
    /// Variables that are called almost like settings.
    pub(super) mistyped: Vec<Mistyped>,
    /// The configuration file that was read.
    pub(super) file: Option<PathBuf>,
    /// What is set and ignored, because the run reaches no vendor.
    pub(super) ignored: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) value: Option<Value>,
    pub(super) origin: Origin,
    /// The setting that names the file where the value stood, and the file.
    pub(super) through: Option<(&'static str, String)>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Flag,
    Environment(String),
    File(PathBuf),
    Default,
}

impl Settings {
    /// A text, if it is set or has a default.
    ///
    /// # Panics
    /// Where the program declares no text of this name.
    #[track_caller]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            _ => wrong_kind(name),
        }
    }

    /// A secret, if it is set. To be given on as it is, or read at the one place that needs its text:
    ///
    /// ```
    /// use connector_cli::{ExposeSecret, Settings};
    ///
    /// fn key(settings: &Settings) -> Option<&str> {
    ///     settings.secret("api-key").map(|key| key.expose_secret())
    /// }
    /// ```
    ///
    /// # Panics
    /// Where the program declares no secret of this name.
    #[track_caller]
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        match self.value(name)? {
            Value::Secret(secret) => Some(secret),
            _ => wrong_kind(name),
        }
    }

    /// A switch.
    ///
    /// # Panics
    /// Where the program declares no switch of this name.
    #[track_caller]
    pub fn switch(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Value::Switch(value)) => *value,
            _ => wrong_kind(name),
        }
    }

    /// A number, within the bounds of its field.
    ///
    /// # Panics
    /// Where the program declares no number of this name.
    #[track_caller]
    pub fn number(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Number(value)) => *value,
            _ => wrong_kind(name),
        }
    }

    /// A list, if it is set.
    ///
    /// # Panics
    /// Where the program declares no list of this name.
    #[track_caller]
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.value(name)? {
            Value::List(list) => Some(list),
            _ => wrong_kind(name),
        }
    }

    /// Whether a program reads what the run tells on stdout, and not a person.
    pub(crate) fn wants_json(&self) -> bool {
        self.text(name::OUTPUT) == Some("json")
    }

    /// Whether a person wants to hear only of what went wrong; a program that asked for a document gets it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.switch(name::QUIET) && !self.wants_json()
    }

    /// Whether one of two settings stands in the environment, and the other one on the command line.
    pub(crate) fn are_set_apart(&self, one: &str, other: &str) -> bool {
        let origin = |name| self.entries.get(name).map(|entry| &entry.origin);
        matches!(
            (origin(one), origin(other)),
            (Some(Origin::Flag), Some(Origin::Environment(_)))
                | (Some(Origin::Environment(_)), Some(Origin::Flag))
        )
    }

    /// The most requests that may be in flight; `None` where it is left to the program.
    pub fn workers(&self) -> Option<usize> {
        usize::try_from(self.number(name::WORKERS))
            .ok()
            .filter(|workers| *workers > 0)
    }

    /// How long one request may take.
    pub fn http_timeout(&self) -> Duration {
        Duration::from_secs(self.number(name::HTTP_TIMEOUT).unsigned_abs())
    }

    /// The folder that the traffic is to be recorded into, if any.
    pub fn record(&self) -> Option<&Path> {
        self.folder(name::RECORD)
    }

    /// The folder of the recording that answers instead of the vendor, if any.
    pub fn replay(&self) -> Option<&Path> {
        self.folder(name::REPLAY)
    }

    fn folder(&self, name: &str) -> Option<&Path> {
        match &self.entries.get(name)?.value {
            Some(Value::Text(path)) => Some(Path::new(path)),
            _ => None,
        }
    }

    /// How a person set this setting, for messages: `--base-url`, `BATON_BASE_URL`, or the key with its file.
    ///
    /// # Panics
    /// Where the program declares no setting of this name.
    #[track_caller]
    pub fn shown(&self, name: &str) -> String {
        let entry = self.entry(name);
        let name = entry.through.as_ref().map_or(name, |(through, _)| through);
        match &entry.origin {
            Origin::Flag | Origin::Default => format!("--{name}"),
            Origin::Environment(variable) => variable.clone(),
            Origin::File(path) => format!("{name} in {}", path.display()),
        }
    }

    /// Whether a flag, the environment or a file gives it a value.
    #[track_caller]
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.entry(name).origin != Origin::Default
    }

    /// The settings that did not keep their default, with where they came from; for logs.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&'static str, String)> {
        let changed = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.origin != Origin::Default);
        changed.map(|(name, _)| (*name, self.shown(name)))
    }

    /// Refuses variables that are called almost like settings; for runs that can change something at the vendor.
    ///
    /// # Errors
    /// [`crate::Outcome::Configuration`], naming the variable and the setting.
    pub(crate) fn refuse_mistyped(&self) -> Result<()> {
        match self.mistyped.first() {
            None => Ok(()),
            Some(mistyped) => Err(Error::configuration(mistyped.told())
                .with_hint("Nothing was sent. Correct the name, or unset the variable for this program")),
        }
    }

    /// What a person should know about where settings stand.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The configuration file that was read.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Addresses that are not the default of their setting.
    pub(crate) fn other_addresses(&self, table: &Table) -> Vec<(&'static str, String)> {
        // What is ignored is reached by nobody.
        if self.switch(name::DEMO) || self.replay().is_some() {
            return Vec::new();
        }
        let other = |setting: &Setting| match (&setting.field.kind, self.entries.get(setting.name())?) {
            (
                FieldKind::Text(Some(default)),
                Entry {
                    value: Some(Value::Text(text)),
                    ..
                },
            ) if default.starts_with("https://") && text != default => {
                Some((setting.name(), without_credentials(text)))
            }
            _ => None,
        };
        table.settings.iter().filter_map(other).collect()
    }

    /// Where settings of existing connectors are set that have no effect here.
    pub(crate) fn without_effect(&self) -> &[String] {
        &self.without_effect
    }

    /// Settings that are set and ignored, because a demonstration or a replay reaches no vendor.
    pub(crate) fn ignored(&self) -> Vec<String> {
        self.ignored.iter().map(|name| self.shown(name)).collect()
    }

    /// The files in which secrets stand, with how a person named them; standard input is none.
    pub(crate) fn secret_files(&self) -> impl Iterator<Item = (String, &Path)> {
        self.entries.iter().filter_map(|(name, entry)| {
            let (_, path) = entry.through.as_ref()?;
            (path != "-").then(|| (self.shown(name), Path::new(path)))
        })
    }

    /// These settings with the secrets that stand in their files now, where one was replaced since.
    ///
    /// # Errors
    /// Where a file cannot be read, or holds no secret, or one that is too short for one.
    pub(crate) fn renewed(&self, directory: &Path, environment: &Environment) -> Result<Option<Self>> {
        let mut renewed = None;
        for (name, entry) in &self.entries {
            let (Some((_, path)), Some(Value::Secret(known))) = (&entry.through, &entry.value) else {
                continue;
            };
            match secret::read_again(&self.shown(name), path, directory, environment)? {
                Some(now) if now.expose_secret() != known.expose_secret() => {
                    let settings: &mut Self = renewed.get_or_insert_with(|| self.clone());
                    settings.entries.insert(
                        name,
                        Entry {
                            value: Some(Value::Secret(now)),
                            ..entry.clone()
                        },
                    );
                }
                _ => {}
            }
        }
        renewed.iter().try_for_each(no_short_secret)?;
        Ok(renewed)
    }

    /// The secrets themselves, so that they can be taken out of whatever is printed.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let secrets = self.entries.values().filter_map(|entry| match &entry.value {
            Some(Value::Secret(secret)) if !secret.expose_secret().is_empty() => Some(secret.clone()),
            _ => None,
        });
        secrets.collect()
    }

    /// The same to be taken out of what is kept.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        let mut redactor = Redactor::default();
        redactor.add(self.secrets());
        Arc::new(redactor)
    }

    /// What the run takes as the value of a setting.
    #[track_caller]
    pub(super) fn taken(&self, name: &str) -> Option<&Value> {
        let value = self.value(name)?;
        (!self.ignored.contains(&name)).then_some(value)
    }

    #[track_caller]
    fn value(&self, name: &str) -> Option<&Value> {
        self.entry(name).value.as_ref()
    }

    #[track_caller]
    fn entry(&self, name: &str) -> &Entry {
        match self.entries.get(name) {
            Some(entry) => entry,
            None => panic!("no setting is called {name}"),
        }
    }
}

/// An address up to its query, without user and password: both may hold what must not be logged.
fn without_credentials(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let machine_ends = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (machine, path) = rest.split_at(machine_ends);
    let shown = machine.rsplit('@').next().unwrap_or_default();
    match scheme {
        "" => format!("{shown}{path}"),
        _ => format!("{scheme}://{shown}{path}"),
    }
}

#[track_caller]
fn wrong_kind(name: &str) -> ! {
    panic!("the setting {name} is of another kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (address, shown) in [
            ("https://api.example.test/x/", "https://api.example.test/x/"),
            (
                "https://ada:hunter2@api.example.test/x",
                "https://api.example.test/x",
            ),
            (
                "https://ada:a@hunter2@api.example.test",
                "https://api.example.test",
            ),
            (
                "https://api.example.test/x?key=hunter2#hunter2",
                "https://api.example.test/x",
            ),
            ("ada:hunter2@api.example.test", "api.example.test"),
        ] {
            assert_eq!(without_credentials(address), shown);
        }
    }
}
