//! What `doctor` says of the files of a run: who can read them, and whether the artifact can be written.

use crate::bucket::ObjectAddress;
use crate::config::Settings;
use connector_sdk::{Finding, Verdict};
use std::fs;
use std::path::{Path, PathBuf};

/// What the finding about the artifact is called.
const ARTIFACT: &str = "artifact";

/// The findings about files. None is a reason to end with another code than 0: a run may need none of them.
pub(crate) fn findings(settings: &Settings, directory: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(file) = settings.file() {
        findings.push(readable("configuration file", file));
    }
    for (shown, file) in settings.secret_files() {
        let mut found = readable("file of a secret", &directory.join(file));
        found.found = format!("{shown}: {}", found.found);
        findings.push(found);
    }
    findings.push(match ObjectAddress::of(settings.artifact()) {
        Ok(Some(address)) => Finding::new(
            ARTIFACT,
            Verdict::Noted,
            format!("{address}, which a sync asks for"),
        ),
        _ => artifact(&directory.join(settings.artifact())),
    });
    findings
}

/// Who can read a file, where the system tells it.
fn readable(what: &'static str, path: &Path) -> Finding {
    let shown = path.display();
    match mode(path) {
        Some(mode) if mode & 0o077 != 0 => Finding::new(
            what,
            Verdict::Noted,
            format!("{shown}, mode {mode:04o}: others than you can read or write it"),
        )
        .advice(format!("chmod 600 {shown} keeps it to you")),
        Some(_) => Finding::new(what, Verdict::Works, format!("{shown}, yours alone")),
        None => Finding::new(what, Verdict::Noted, shown.to_string()),
    }
}

/// Whether there is a place for the artifact, and who can read the one that is there.
fn artifact(path: &Path) -> Finding {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    if let Err(why) = can_write(&folder) {
        let found = format!("{} cannot be written: {why}", path.display());
        return Finding::new(ARTIFACT, Verdict::Lacks, found)
            .advice("Name a file in a folder that is there and that you can write, with --file");
    }
    match fs::symlink_metadata(path) {
        Ok(_) => readable(ARTIFACT, path),
        Err(_) => Finding::new(
            ARTIFACT,
            Verdict::Works,
            format!("{} can be written", path.display()),
        ),
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| metadata.mode() & 0o7777)
}

/// The standard library does not tell access rules there.
#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn can_write(folder: &Path) -> Result<(), String> {
    use rustix::fs::Access;
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| match error {
        rustix::io::Errno::NOENT => "its folder does not exist".to_owned(),
        error => format!("its folder refuses it ({error})"),
    })
}

/// That the folder is there is all that can be told without writing.
#[cfg(not(unix))]
fn can_write(folder: &Path) -> Result<(), String> {
    match folder.is_dir() {
        true => Ok(()),
        false => Err("its folder does not exist".to_owned()),
    }
}
