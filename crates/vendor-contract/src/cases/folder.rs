//! The folder in which recordings are kept.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The recordings that are kept of a client, by the names of the operations: the texts of their cassettes.
///
/// # Panics
///
/// If a file cannot be read.
pub fn recordings(client: &str) -> BTreeMap<String, String> {
    let root = root(client);
    let Ok(entries) = fs::read_dir(&root) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| {
            let path = entry.expect("a folder that can be read").path();
            let name = path.file_name().expect("an entry has a name");
            (name.to_string_lossy().into_owned(), text_of(&path))
        })
        .collect()
}

pub(super) fn root(client: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(client)
        .join("cassettes")
}

/// The exchanges of the recording in a folder.
///
/// # Panics
///
/// If there is no recording, or it cannot be read.
pub fn exchanges_in(dir: &Path) -> Vec<Value> {
    let text = text_of(dir);
    let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    values
        .filter_map(|value| value.expect("JSON").get_mut("exchange").map(Value::take))
        .collect()
}

/// The cassettes of the recording in a folder, one after the other.
///
/// # Panics
///
/// If there is no such folder, or a file of it cannot be read.
pub fn text_of(dir: &Path) -> String {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("cannot read {}: {error}", dir.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder that can be read").path())
        .collect();
    paths.sort();
    let texts = paths.iter().map(|path| {
        fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    });
    texts.collect()
}

/// The same of a recording that is to be kept; nothing where there is none yet.
pub(super) fn kept_text(dir: &Path) -> String {
    if dir.exists() { text_of(dir) } else { String::new() }
}

/// Where a recording that is kept differs from one that was just made: the first line, or nothing.
pub(super) fn difference(kept: &str, made: &str) -> Option<String> {
    if kept == made {
        return None;
    }
    if kept.is_empty() {
        return Some("there is no recording".to_owned());
    }
    let (mut kept, mut made) = (kept.lines(), made.lines());
    for line in 1.. {
        match (kept.next(), made.next()) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                let shown =
                    |line: Option<&str>| line.map_or("nothing".to_owned(), |line| line.trim().to_owned());
                return Some(format!(
                    "line {line}: kept is {}, made was {}",
                    shown(one),
                    shown(other)
                ));
            }
        }
    }
    Some("only the ends of lines differ".to_owned())
}

/// Puts a recording in the place of the one that is kept.
pub(super) fn replace(kept: &Path, made: &Path) {
    let of = |what: &str, error: std::io::Error| panic!("cannot {what} {}: {error}", kept.display());
    if kept.exists() {
        fs::remove_dir_all(kept).unwrap_or_else(|error| of("remove", error));
    }
    fs::create_dir_all(kept).unwrap_or_else(|error| of("create", error));
    for entry in fs::read_dir(made).expect("a recording that was just made") {
        let from = entry.expect("a folder that can be read").path();
        let name = from.file_name().expect("an entry has a name");
        let bytes = fs::read(&from).expect("a file that was just written");
        // Not copied, because a recording is readable for one user only and a fixture for everybody.
        fs::write(kept.join(name), bytes).unwrap_or_else(|error| of("write", error));
    }
}
