//! That what a run writes goes to different places: a log in the place of the artifact would destroy it.

use crate::config::{Settings, change_name, name};
use crate::error::{Error, Result};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What a sync has beside its artifact while it works.
const BESIDE: [&str; 4] = [".staging", ".staging-wal", ".staging-shm", ".staging.old"];

/// How many links may follow one another.
const MOST_LINKS: usize = 16;

/// A file that a run reads or writes.
struct Place {
    /// How a person named it.
    shown: String,
    path: PathBuf,
    /// Whether others may be the same file, because the run only reads it.
    is_read: bool,
}

/// Checks that no two outputs are one file, whatever they are called, and that none is a file that the run reads.
///
/// # Errors
/// [`Outcome::Configuration`](crate::Outcome::Configuration) with both.
pub(crate) fn check(settings: &Settings, directory: &Path) -> Result<()> {
    let audit = settings
        .text(change_name::AUDIT_LOG)
        .map(|path| (change_name::AUDIT_LOG, path));
    let logs = settings.list(name::LOG_PATH).unwrap_or_default();
    let added_to = logs
        .iter()
        .map(|path| (name::LOG_PATH, path.as_str()))
        .chain(audit);
    if let Some((name, _)) = added_to.into_iter().find(|(_, path)| *path == "-") {
        let what = format!("{}: \"-\" is not taken for standard output", settings.shown(name));
        return Err(Error::configuration(what).with_hint("Name a file; ./- is one of that name"));
    }
    let mut places = Vec::new();
    let mut add = |shown: String, path: &Path, is_read| {
        let path = directory.join(path);
        places.push(Place {
            shown,
            path: resolved(&path),
            is_read,
        });
    };
    let artifact = Path::new(settings.artifact());
    let is_object = review_cli::is_object(settings.artifact());
    if !is_object {
        add(settings.shown(name::FILE), artifact, false);
    }
    for ending in BESIDE.iter().filter(|_| !is_object) {
        let mut beside = OsString::from(artifact);
        beside.push(ending);
        let shown = format!("the working file {}", Path::new(&beside).display());
        add(shown, Path::new(&beside), false);
    }
    if let Some(path) = settings.text(change_name::AUDIT_LOG) {
        add(settings.shown(change_name::AUDIT_LOG), Path::new(path), false);
    }
    for path in settings.list(name::LOG_PATH).unwrap_or_default() {
        if !matches!(path.as_str(), "stderr" | "stdout") {
            add(settings.shown(name::LOG_PATH), Path::new(path), false);
        }
    }
    if let Some(path) = settings.record() {
        add(settings.shown(name::RECORD), path, false);
    }
    if let Some(path) = settings.replay() {
        add(settings.shown(name::REPLAY), path, true);
    }
    if let Some(path) = settings.file() {
        add("the configuration file".to_owned(), path, true);
    }
    for (shown, path) in settings.secret_files() {
        add(shown, path, true);
    }
    for (at, one) in places.iter().enumerate() {
        let same = |other: &&Place| !(one.is_read && other.is_read) && is_same(&one.path, &other.path);
        if let Some(other) = places[..at].iter().find(same) {
            return Err(Error::configuration(format!(
                "{} and {} are the same file, {}",
                other.shown,
                one.shown,
                one.path.display()
            ))
            .with_hint("Name another file for one of them"));
        }
    }
    Ok(())
}

/// The path without links, `.` and `..`, as far as there is something; a link that leads to nothing is followed too, because
/// the file would be made there.
fn resolved(path: &Path) -> PathBuf {
    let mut path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..MOST_LINKS {
        if let Ok(whole) = fs::canonicalize(&path) {
            return whole;
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        match fs::read_link(&path) {
            Ok(target) => path = folder.join(target),
            Err(_) => break,
        }
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => resolved_folder(folder).join(name),
        _ => path,
    }
}

fn resolved_folder(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => resolved_folder(parent).join(name),
        _ => folder.to_owned(),
    })
}

/// Whether both are one regular file, or would be. Devices and pipes take what two write.
fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(_)) if !one.is_file() && !one.is_dir() => false,
        (Ok(first), Ok(second)) => one == other || is_one_file(&first, &second),
        _ => one == other,
    }
}

#[cfg(unix)]
fn is_one_file(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The standard library does not tell which file it is there; the path without links has to do.
#[cfg(not(unix))]
fn is_one_file(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    false
}
