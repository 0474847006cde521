//! Secrets that stand in a file of their own, or come through standard input: the arguments of a process can be seen by
//! others, and its environment is inherited.

use super::environment::{Environment, without_line_breaks};
use super::setting::Setting;
use crate::error::{Error, Result};
use connector_sdk::{Field, FieldKind};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What stands for standard input.
const STDIN: &str = "-";

/// The most that is read of a secret.
const MOST_BYTES: u64 = 64 << 10;

/// The setting that names the file of a secret: `--api-key-file` for `--api-key`.
pub(super) fn file_setting(secret: &Setting) -> Setting {
    let field = Field::of(
        name_of_file(secret.name()),
        "File of the secret",
        "Read it from this file instead; - is standard input",
        FieldKind::Text(None),
    );
    let mut setting = Setting::new(field.shell_only(), secret.group).value_word("PATH");
    setting.common = secret.common;
    setting.file_of = Some(Box::new(secret.field.clone()));
    setting
}

/// Names of settings live as long as the program; each is made once.
fn name_of_file(secret: &'static str) -> &'static str {
    static NAMES: Mutex<BTreeMap<&str, &str>> = Mutex::new(BTreeMap::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names
        .entry(secret)
        .or_insert_with(|| format!("{secret}-file").leak())
}

/// The secret in the file that `path` names, or on standard input, and a warning where others can read the file too. An
/// open pipe is fine: shells hand secrets over that way.
///
/// # Errors
/// Where it cannot be read, is empty, is no text or longer than 64 KiB. They name the setting, and the file where there is one.
pub(super) fn read(
    shown: &str,
    path: &str,
    directory: &Path,
    environment: &Environment,
) -> Result<(SecretString, Option<String>)> {
    let wrong = |what: String| Error::configuration(format!("{shown}: {what}"));
    if path == STDIN {
        let stdin = environment.take_stdin();
        let stdin = stdin
            .ok_or_else(|| wrong("standard input holds one secret, and it was read before".to_owned()))?;
        let secret = secret_in(stdin).map_err(|why| wrong(format!("standard input {why}")))?;
        return Ok((secret, None));
    }
    // The name of a file that is not there may be the secret itself, given to the wrong setting.
    let file = opened(&directory.join(path)).map_err(|error| match error.kind() {
        ErrorKind::WouldBlock => wrong(format!("{path} {NAMED_PIPE}")),
        _ => wrong(format!("the file that it names cannot be read: {error}")),
    })?;
    let loose = loose(&file);
    let secret = secret_in(file).map_err(|why| wrong(format!("{path} {why}")))?;
    let warning = loose.map(|mode| {
        format!("{shown}: everyone on this machine can read or write {path} (mode {mode:04o}); chmod 600 keeps it to you")
    });
    Ok((secret, warning))
}

/// The secret that stands in the file now, where it can be read again: what came through a pipe is gone.
///
/// # Errors
/// As [`read`].
pub(super) fn read_again(
    shown: &str,
    path: &str,
    directory: &Path,
    environment: &Environment,
) -> Result<Option<SecretString>> {
    let is_gone = |metadata: std::fs::Metadata| !metadata.is_file() && !metadata.is_dir();
    if path == STDIN || std::fs::metadata(directory.join(path)).is_ok_and(is_gone) {
        return Ok(None);
    }
    read(shown, path, directory, environment).map(|(secret, _)| Some(secret))
}

/// What is wrong with a pipe that has a name.
const NAMED_PIPE: &str =
    "is a named pipe, which waits for a writer that may never come; write a file, or give - and pipe it in";

/// Opens a file to read what it holds now.
///
/// # Errors
/// [`ErrorKind::WouldBlock`] for a named pipe, which would be waited for.
fn opened(path: &Path) -> io::Result<File> {
    if is_named_pipe(path) {
        return Err(ErrorKind::WouldBlock.into());
    }
    File::open(path)
}

/// A pipe that a shell holds open has a name too, in the folder of the descriptors of this process.
#[cfg(unix)]
fn is_named_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let is_of_shell = path.starts_with("/dev/fd") || path.starts_with("/proc");
    !is_of_shell && std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Pipes are no files there.
#[cfg(not(unix))]
fn is_named_pipe(_: &Path) -> bool {
    false
}

fn secret_in(source: impl Read) -> Result<SecretString, String> {
    let mut bytes = Vec::new();
    let read: io::Result<usize> = source.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err("is longer than 64 KiB, so it is not a secret".to_owned());
    }
    // What is wrong is told without the text.
    let text = String::from_utf8(bytes).map_err(|_| "is no text".to_owned())?;
    match without_line_breaks(&text).trim() {
        "" => Err("is empty".to_owned()),
        secret => Ok(secret.into()),
    }
}

/// The mode of a file that others than its owner and group can read or write.
#[cfg(unix)]
fn loose(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mode = metadata.mode() & 0o7777;
    (mode & 0o006 != 0).then_some(mode)
}

/// The standard library does not tell access rules there.
#[cfg(not(unix))]
fn loose(_: &File) -> Option<u32> {
    None
}
