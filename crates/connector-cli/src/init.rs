//! The command `init`: a configuration file to begin with, in which every setting is explained.

use crate::app::App;
use crate::config::{self, DEFAULT_NAMES, Flags, Group, Setting, Table, name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use c1z_file::{Output, TargetError};
use connector_sdk::FieldKind;
use std::fmt::Write as _;
use std::io::Write as _;

/// Flags that say how `init` works, and not what stands in the file.
const OF_THIS_RUN: [&str; 3] = [name::CONFIG_PATH, name::REPLACE, name::COLOR];

/// Writes the file with what was given, checks it, and says what it still lacks. Nothing is written that does not hold.
///
/// # Errors
/// A file that is there and is not to be replaced, a value that does not fit its setting, a secret on the command line.
pub(crate) fn init(app: &App, host: &Host, table: &Table, flags: &Flags) -> Result<()> {
    let named = flags.get(name::CONFIG_PATH).and_then(|texts| texts.first());
    let path = host
        .directory
        .join(named.map_or(DEFAULT_NAMES[0], String::as_str));
    let text = text(app, table, flags)?;
    let replace = flags.contains_key(name::REPLACE);
    if named.is_none()
        && let Some(other) = DEFAULT_NAMES[1..]
            .iter()
            .find(|name| host.directory.join(name).is_file())
    {
        return Err(Error::new(
            Outcome::Refused,
            format!("{other} is a configuration file already, and two of them are an error"),
        )
        .with_hint("Keep it, or name another file with --config-path"));
    }
    let output = Output::begin(&path, replace, &[]).map_err(|error| refused(&error))?;
    let written = output
        .create()
        .map_err(|error| refused(&error))?
        .write_all(text.as_bytes());
    written.map_err(|source| refused(&output.not_writable(source)))?;
    // The file itself is read as a run reads it, before it gets its place. The environment is no part of it.
    let check = |given: &Flags, needs_all| {
        let mut flags = given.clone();
        flags.insert(name::CONFIG_PATH, vec![output.path().display().to_string()]);
        config::resolve(app, table, &flags, &host.environment, &host.directory, needs_all)
    };
    // What is wrong with a value is told of the flag that gave it.
    check(flags, false)?;
    check(&Flags::new(), false)?;
    let lacks = check(&Flags::new(), true).err();
    output.finish().map_err(|error| refused(&error))?;
    let mut said = format!("Wrote {}, which only you can read.", path.display());
    let _ = match lacks {
        Some(lacks) => write!(
            said,
            "\nA run still needs something: {}.",
            lacks.without_meaning()
        ),
        None => write!(said, "\nIt is complete."),
    };
    if app.doctor {
        let _ = write!(said, "\nNext: {} doctor", app.name);
    }
    host.print(&said)
}

fn refused(error: &TargetError) -> Error {
    let told = Error::new(Outcome::Refused, error.to_string());
    match error {
        TargetError::Exists { .. } => {
            told.with_hint("Name another file with --config-path, or give --replace")
        }
        _ => told,
    }
}

/// The file: what was given as it is, everything else as a comment with its default.
fn text(app: &App, table: &Table, flags: &Flags) -> Result<String> {
    let mut text = format!(
        "# Configuration of {0}. A flag or a variable of the environment wins over what stands here.\n\
         # {0} --help explains every setting; {0} doctor tries them.\n",
        app.name
    );
    for group in Group::ALL {
        let settings = table
            .settings
            .iter()
            .filter(|setting| setting.group == group && setting.offered);
        let mut titled = false;
        for setting in settings {
            let given = flags.get(setting.name());
            if given.is_some() && setting.field.secret {
                return Err(Error::configuration(format!(
                    "--{0}: a configuration file of {1} init holds no secret",
                    setting.name(),
                    app.name
                ))
                .with_hint(format!(
                    "Give it in the environment, or name its file with --{}-file",
                    setting.name()
                )));
            }
            if given.is_some() && !setting.in_file && !OF_THIS_RUN.contains(&setting.name()) {
                let told = format!("--{} cannot stand in a configuration file", setting.name());
                return Err(Error::configuration(told).with_hint("Leave it out"));
            }
            if !setting.in_file || setting.field.secret {
                continue;
            }
            if !std::mem::replace(&mut titled, true) {
                let _ = write!(text, "\n# ---- {} ----\n", table.heading(group));
            }
            entry(setting, given.map(Vec::as_slice), &mut text)?;
        }
    }
    Ok(text)
}

fn entry(setting: &Setting, given: Option<&[String]>, text: &mut String) -> Result<()> {
    let _ = write!(text, "\n# {}", setting.field.description.replace('\n', " "));
    if setting.field.required {
        text.push_str(" [required]");
    }
    if !setting.choices.is_empty() {
        let _ = write!(text, " [{}]", setting.choices.join(", "));
    }
    let default = setting.default_shown();
    if !default.is_empty() {
        let _ = write!(text, " [default: {default}]");
    }
    if setting.file_of.is_some() {
        let _ = write!(
            text,
            " [or the secret itself in {}]",
            setting.environment_names()[0].trim_end_matches("_FILE")
        );
    }
    text.push('\n');
    let _ = match given {
        Some(texts) => writeln!(text, "{}: {}", setting.name(), value(setting, texts)?),
        None => writeln!(text, "#{}: {}", setting.name(), placeholder(setting)),
    };
    Ok(())
}

/// A value as YAML. A flag is read as a text, and so is what is quoted here.
fn value(setting: &Setting, texts: &[String]) -> Result<String> {
    let joined = texts.join(",");
    if matches!(
        setting.field.kind,
        FieldKind::Switch(_) | FieldKind::Number { .. }
    ) && joined.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    {
        return Ok(joined);
    }
    // Every JSON text is one in YAML.
    serde_json::to_string(&joined).map_err(|error| Error::new(Outcome::NotUnderstood, error.to_string()))
}

/// What stands for the value of a setting that was not given.
fn placeholder(setting: &Setting) -> String {
    match setting.field.kind {
        FieldKind::Switch(default) => (!default).to_string(),
        FieldKind::Number { default, .. } => default.to_string(),
        FieldKind::List => "[]".to_owned(),
        FieldKind::Text(Some(default)) => default.to_owned(),
        FieldKind::Text(None) => setting.value_word.to_owned(),
    }
}
