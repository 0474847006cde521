//! Which value a setting has: flag, environment, file, default, in this order.

use super::arguments::Flags;
use super::changes::{asks, name as changes};
use super::environment::{Environment, without_line_breaks};
use super::existing::{Existing, VARIABLES};
use super::file::{self, Entry as FileEntry, File};
use super::mistyped::{Mistyped, mistyped};
use super::secret;
use super::setting::Setting;
use super::settings::{Entry, Origin, Settings};
use super::shared::{ALL, name};
use super::table::Table;
use super::value::{self, Value};
use crate::app::App;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_runtime::{GAP_KINDS, SHORTEST_SECRET};
use connector_sdk::{Field, FieldKind};
use secrecy::ExposeSecret;
use std::cell::RefCell;
use std::path::Path;

/// Resolves every setting. `directory` is where a configuration file is looked for. Required settings may be missing
/// where the command can do without (`needs_all` is not set), and where no vendor is asked.
///
/// # Errors
/// Bad values, naming the flag, variable or key; contradictions; unknown keys; required settings that are missing, all of
/// them at once; anything that selects a mode which is not offered.
pub(crate) fn resolve(
    app: &App,
    table: &Table,
    flags: &Flags,
    environment: &Environment,
    directory: &Path,
    needs_all: bool,
) -> Result<Settings> {
    let mut settings = Settings::default();
    let sources = Sources {
        table,
        flags,
        environment,
        directory,
        file: None,
        warnings: RefCell::default(),
    };
    let config_path = table
        .get(name::CONFIG_PATH)
        .map(|setting| sources.find(setting))
        .transpose()?;
    let config_path = match config_path.and_then(|entry| entry.value) {
        Some(Value::Text(path)) => Some(path),
        _ => None,
    };
    let file = file::load(config_path.as_deref().map(Path::new), directory)?;
    if let Some(file) = &file {
        check_keys(table, file)?;
        settings.warnings.extend(believed(table, file)?);
        settings.file = Some(file.path.clone());
    }
    let sources = Sources {
        file: file.as_ref(),
        ..sources
    };
    settings.without_effect = sources.without_effect()?;
    for setting in &table.settings {
        settings.entries.insert(setting.name(), sources.find(setting)?);
    }
    settings.warnings.extend(sources.warnings.take());
    settings.warnings.extend(kept_anyway(&settings));
    let mistyped = mistyped(table, environment)?;
    settings.warnings.extend(mistyped.iter().map(Mistyped::told));
    settings.mistyped = mistyped;
    known_gaps(app, &settings)?;
    not_offered(table, &settings)?;
    contradictions(app, &mut settings)?;
    if reaches_nobody(&settings).is_none() {
        no_short_secret(&settings)?;
    }
    if needs_all && reaches_nobody(&settings).is_none() && !settings.switch(changes::LIST_ACTIONS) {
        missing(table, &settings)?;
    }
    Ok(settings)
}

/// What a value can come from.
struct Sources<'a> {
    table: &'a Table,
    flags: &'a Flags,
    environment: &'a Environment,
    /// What relative paths are relative to.
    directory: &'a Path,
    file: Option<&'a File>,
    warnings: RefCell<Vec<String>>,
}

/// The places where a value may stand; the first one that has it wins.
#[derive(Clone, Copy)]
enum Place {
    Flags,
    Environment,
    File,
}

impl Sources<'_> {
    fn find(&self, setting: &Setting) -> Result<Entry> {
        let file_setting = self.table.file_of(setting);
        for place in [Place::Flags, Place::Environment, Place::File] {
            let itself = self.at(place, setting)?;
            let named = file_setting
                .map(|file| Ok((file, self.at(place, file)?)))
                .transpose()?;
            match (itself, named) {
                (Some((_, one)), Some((_, Some((_, other))))) => {
                    return Err(Error::configuration(format!("{one} and {other} are both set"))
                        .with_hint("Set only one of them"));
                }
                (Some((entry, shown)), _) => {
                    if matches!(place, Place::Flags) && asks(setting.name()) {
                        self.one_change(setting, &shown)?;
                    }
                    return Ok(entry);
                }
                (None, Some((file, Some((entry, shown))))) => return self.secret_in(file, entry, &shown),
                (None, _) => {}
            }
        }
        Ok(Entry {
            value: Value::default_of(setting),
            origin: Origin::Default,
            through: None,
        })
    }

    /// That the environment does not name another change than the command line: whoever set it wants that one made.
    fn one_change(&self, setting: &Setting, shown: &str) -> Result<()> {
        let given = self.flags.get(setting.name()).map(|texts| texts.join(","));
        match self.in_environment(setting)? {
            Some((variable, text)) if given.is_some_and(|given| given.trim() != text.trim()) => {
                Err(another_change(shown, &variable))
            }
            _ => Ok(()),
        }
    }

    /// The value that stands in a place, and how a person calls that.
    fn at(&self, place: Place, setting: &Setting) -> Result<Option<(Entry, String)>> {
        let with = |shown: String, entry: Result<Entry>| Ok(Some((entry?, shown)));
        match place {
            Place::Flags => {
                let Some(texts) = self.flags.get(setting.name()) else {
                    return Ok(None);
                };
                let shown = format!("--{}", setting.name());
                let found = entry(setting, &texts.join(","), &shown, Origin::Flag);
                with(shown, found)
            }
            Place::Environment => {
                let Some((name, text)) = self.in_environment(setting)? else {
                    return Ok(None);
                };
                let found = entry(setting, &text, &name, Origin::Environment(name.clone()));
                with(name, found)
            }
            Place::File => {
                let in_file = self
                    .file
                    .and_then(|file| Some((file, file.entries.get(setting.name())?)));
                let Some((file, found)) = in_file else {
                    return Ok(None);
                };
                let shown = format!("{} in {}", setting.name(), file.path.display());
                let found = from_file(setting, file, found);
                with(shown, found)
            }
        }
    }

    /// The secret in the file that an entry names.
    fn secret_in(&self, file: &Setting, entry: Entry, shown: &str) -> Result<Entry> {
        let path = match &entry.value {
            Some(Value::Text(path)) => path.clone(),
            _ => String::new(),
        };
        let (secret, warning) = secret::read(shown, &path, self.directory, self.environment)?;
        self.warnings.borrow_mut().extend(warning);
        Ok(Entry {
            value: Some(Value::Secret(secret)),
            origin: entry.origin,
            through: Some((file.name(), path)),
        })
    }

    /// Where settings of existing connectors are set that have no effect here.
    ///
    /// # Errors
    /// Those that are refused, and switches that are neither on nor off.
    fn without_effect(&self) -> Result<Vec<String>> {
        let mut without = Vec::new();
        for (name, existing) in Existing::all() {
            let variable = Field::switch(name, "", "").environment_name();
            let (shown, texts) = if let Some(texts) = self.flags.get(name) {
                (format!("--{name}"), texts.clone())
            } else if let Some(text) = self.environment.get(&variable)? {
                (variable, vec![text])
            } else if let Some((file, entry)) = self.file.and_then(|f| Some((f, f.entries.get(name)?))) {
                let texts = match entry {
                    FileEntry::Text(text) | FileEntry::Plain(text) => vec![text.clone()],
                    FileEntry::List(texts) => texts.clone(),
                };
                (format!("{name} in {}", file.path.display()), texts)
            } else {
                continue;
            };
            let mut warned = false;
            for text in texts {
                warned |= existing.check(&text, &shown)?;
            }
            if warned {
                without.push(shown);
            }
        }
        for variable in VARIABLES {
            if self.environment.get(variable)?.is_some() {
                without.push((*variable).to_owned());
            }
        }
        Ok(without)
    }

    /// The variable that is set, of all names of the setting. Different values are refused.
    fn in_environment(&self, setting: &Setting) -> Result<Option<(String, String)>> {
        let mut found: Option<(String, String)> = None;
        for name in setting.environment_names() {
            let Some(text) = self.environment.get(&name)? else {
                continue;
            };
            match &found {
                None => found = Some((name, text)),
                Some((other, first)) if first.trim() != text.trim() => {
                    return Err(Error::configuration(format!(
                        "{other} and {name} both set --{} and have different values",
                        setting.name()
                    ))
                    .with_hint("Set only one of them"));
                }
                Some(_) => {}
            }
        }
        Ok(found)
    }
}

/// The error where the command line and the environment name different changes.
pub(super) fn another_change(one: &str, other: &str) -> Error {
    Error::configuration(format!("{one} and {other} name different changes"))
        .with_hint("Unset the variable, or leave the change on the command line out")
}

fn entry(setting: &Setting, text: &str, shown: &str, origin: Origin) -> Result<Entry> {
    if text.trim().is_empty() {
        return match setting.takes_nothing_for_default() {
            true => Ok(Entry {
                value: Value::default_of(setting),
                origin,
                through: None,
            }),
            false => Err(empty(shown)),
        };
    }
    // A list flag that may stand bare, `--allow-gaps`, is a switch too where it is not a list of kinds.
    let text = match (setting.field.kind.clone(), setting.bare, value::switch(text)) {
        (FieldKind::List, Some(_), Ok(false)) => {
            return Ok(Entry {
                value: None,
                origin,
                through: None,
            });
        }
        (FieldKind::List, Some(bare), Ok(true)) => bare,
        _ => text,
    };
    let value =
        Value::parse(setting, text).map_err(|problem| Error::configuration(format!("{shown}: {problem}")))?;
    if matches!(&value, Value::List(items) if items.is_empty()) {
        return Err(empty(shown));
    }
    Ok(Entry {
        value: Some(value),
        origin,
        through: None,
    })
}

fn empty(shown: &str) -> Error {
    Error::configuration(format!("{shown} is empty"))
}

fn from_file(setting: &Setting, file: &File, found: &FileEntry) -> Result<Entry> {
    let shown = format!("{} in {}", setting.name(), file.path.display());
    let origin = Origin::File(file.path.clone());
    match (found, &setting.field.kind) {
        // A list that is a switch too is off when it is empty; any other restricts to nothing, which nobody wants.
        (FileEntry::List(items), FieldKind::List) if items.is_empty() && setting.bare.is_none() => {
            Err(empty(&shown))
        }
        (FileEntry::List(items), FieldKind::List) => Ok(Entry {
            value: Some(Value::List(
                items
                    .iter()
                    .map(|item| without_line_breaks(item).to_owned())
                    .collect(),
            )),
            origin,
            through: None,
        }),
        (FileEntry::List(_), _) => Err(Error::configuration(format!(
            "{shown} is a list; it must be one value"
        ))),
        // YAML would drop leading zeros and the like without a word.
        (FileEntry::Plain(_), FieldKind::Text(_)) => Err(Error::configuration(format!(
            "{shown} is no text; write it in quotes"
        ))),
        (FileEntry::Plain(text) | FileEntry::Text(text), _) => {
            entry(setting, without_line_breaks(text), &shown, origin)
        }
    }
}

/// What to know about a file that others may have written.
///
/// # Errors
/// Where it was found and not named, and sets what only the person who runs the program may set.
fn believed(table: &Table, file: &File) -> Result<Option<String>> {
    let Some(doubt) = &file.doubt else {
        return Ok(None);
    };
    let path = file.path.display();
    let warning = format!("others may have written the configuration file {path} ({doubt})");
    if file.is_named {
        return Ok(Some(warning));
    }
    let harmful = |key: &&String| table.get(key).is_some_and(|setting| !setting.is_harmless());
    match file.entries.keys().find(harmful) {
        None => Ok(Some(warning)),
        Some(key) => Err(Error::new(
            Outcome::Refused,
            format!(
                "{key} in {path}: others may have written this file, which was only found here ({doubt})"
            ),
        )
        .with_hint("Make it yours and writable by nobody else, or name it with --config-path")),
    }
}

fn check_keys(table: &Table, file: &File) -> Result<()> {
    for key in file.entries.keys() {
        let shown = format!("{key} in {}", file.path.display());
        if Existing::all().any(|(name, _)| name == key) {
            continue;
        }
        match table.get(key) {
            Some(setting) if setting.in_file => {}
            Some(_) => {
                return Err(
                    Error::configuration(format!("{shown}: this cannot be set in a file"))
                        .with_hint(format!("Give it as --{key}")),
                );
            }
            None => {
                let valid: Vec<_> = table
                    .settings
                    .iter()
                    .filter(|s| s.in_file)
                    .map(Setting::name)
                    .collect();
                return Err(Error::configuration(format!("{shown}: there is no such setting"))
                    .with_hint(format!("Valid are {}", valid.join(", "))));
            }
        }
    }
    Ok(())
}

/// Refuses what is too short to be a key: it is a slip, and could not be taken out of what is printed without taking words apart.
pub(super) fn no_short_secret(settings: &Settings) -> Result<()> {
    let is_short = |entry: &Entry| matches!(&entry.value, Some(Value::Secret(secret)) if secret.expose_secret().len() < SHORTEST_SECRET);
    match settings.entries.iter().find(|(_, entry)| is_short(entry)) {
        None => Ok(()),
        Some((name, _)) => Err(Error::configuration(format!(
            "{}: too short for a key, which has {SHORTEST_SECRET} bytes at least",
            settings.shown(name)
        ))),
    }
}

/// Of two settings that disagree about earlier syncs, the one that loses none wins.
fn kept_anyway(settings: &Settings) -> Option<String> {
    let disagree = settings.switch(name::SKIP_CLEANUP) && settings.is_set(name::KEEP_SYNCS);
    disagree.then(|| {
        let (count, all) = (
            settings.shown(name::KEEP_SYNCS),
            settings.shown(name::SKIP_CLEANUP),
        );
        format!("{count} has no effect: {all} keeps every earlier sync")
    })
}

fn missing(table: &Table, settings: &Settings) -> Result<()> {
    let missing: Vec<String> = table
        .settings
        .iter()
        .filter(|s| s.field.required && settings.entries.get(s.name()).is_none_or(|e| e.value.is_none()))
        .map(|s| format!("--{} ({})", s.name(), s.environment_names().join(" or ")))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::configuration(format!("missing {}", missing.join(" and ")))
        .with_hint("Give each as a flag, in the environment or in the configuration file"))
}

/// Refuses what this program cannot do. Ignored it would be something else: a real change instead of a demonstration.
fn not_offered(table: &Table, settings: &Settings) -> Result<()> {
    let is_set = |setting: &&Setting| {
        matches!(
            settings.entries.get(setting.name()).and_then(|entry| entry.value.as_ref()),
            Some(value) if !matches!(value, Value::Switch(false))
        )
    };
    match table.settings.iter().filter(|s| !s.offered).find(is_set) {
        None => Ok(()),
        Some(setting) => Err(Error::new(
            Outcome::NotOffered,
            format!(
                "{}: this program has no such mode",
                settings.shown(setting.name())
            ),
        )
        .with_hint("Leave it out")),
    }
}

/// Refuses kinds of gaps that there are not: one that is mistyped would allow nothing.
fn known_gaps(app: &App, settings: &Settings) -> Result<()> {
    let Some(allowed) = settings.list(name::ALLOW_GAPS) else {
        return Ok(());
    };
    let mut known: Vec<&str> = app
        .spec
        .gaps
        .iter()
        .map(String::as_str)
        .chain(GAP_KINDS)
        .collect();
    known.sort_unstable();
    known.dedup();
    match allowed
        .iter()
        .find(|kind| *kind != ALL && !known.contains(&kind.as_str()))
    {
        None => Ok(()),
        Some(kind) => Err(Error::configuration(format!(
            "{}: there is no gap {kind:?}",
            settings.shown(name::ALLOW_GAPS)
        ))
        .with_hint(format!("Valid are {ALL}, {}", known.join(", ")))),
    }
}

/// The flag that says that no vendor is reached, if any.
fn reaches_nobody(settings: &Settings) -> Option<&'static str> {
    if settings.switch(name::DEMO) {
        return Some(name::DEMO);
    }
    settings.replay().map(|_| name::REPLAY)
}

/// A run that reaches no vendor and is told by a flag which vendor to reach is a mistake. The same from the environment or
/// the file is kept apart, to be named.
fn contradictions(app: &App, settings: &mut Settings) -> Result<()> {
    let contradict = |one: &str, other: &str, why: &str| {
        Err(
            Error::configuration(format!("--{one} and --{other} contradict each other: {why}"))
                .with_hint("Leave one of them out"),
        )
    };
    let Some(flag) = reaches_nobody(settings) else {
        return Ok(());
    };
    if settings.replay().is_some() {
        if flag == name::DEMO {
            return contradict(
                name::DEMO,
                name::REPLAY,
                "a recording answers instead of everything else",
            );
        }
        if settings.record().is_some() {
            return contradict(name::RECORD, name::REPLAY, "a replay has no traffic to record");
        }
    }
    let why = match flag {
        name::DEMO => "a demonstration reaches no vendor",
        _ => "a replay reaches no vendor",
    };
    for setting in app.vendor_settings {
        match settings.entries.get(setting).map(|entry| &entry.origin) {
            Some(Origin::Flag) => return contradict(flag, setting, why),
            Some(Origin::Environment(_) | Origin::File(_)) => {
                settings.ignored.push(setting);
            }
            Some(Origin::Default) | None => {}
        }
    }
    Ok(())
}
