//! What is in a cassette: JSON values, one after the other.
//!
//! ```text
//! {"cassette": {"version": 1, …}}     first in every file
//! {"note": {"name": …, "value": …}}   in the first file
//! {"exchange": {"number": 1, …}}
//! {"end": {"exchanges": …}}           last in the last file, once the recording is finished
//! ```

use super::error::CassetteError;
use super::exchange::Exchange;
use crate::mask::reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The version of the format that is written, and the latest that is read.
///
/// 1: the first.
pub(crate) const VERSION: u32 = 1;

/// One value of a cassette.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Cassette(Header),
    Note(Note),
    Exchange(Box<Exchange>),
    End(End),
}

/// What has to be known to read a cassette.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) version: u32,
    /// The same in all cassettes of one recording.
    pub(crate) recording: String,
    /// The number of this cassette, from 1.
    pub(crate) part: u32,
    /// When the recording began.
    pub(crate) recorded_at: Timestamp,
    /// The headers of requests that are compared.
    pub(crate) compared_headers: Vec<String>,
    /// The keys of secrets, which are not compared.
    pub(crate) secret_keys: Vec<String>,
}

/// A fact that the replaying program needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// The recording was ended by the program itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    pub(crate) exchanges: u64,
}

/// What one file holds.
pub(crate) struct Part {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    /// With the line in which each begins, from 1.
    pub(crate) entries: Vec<(usize, Entry)>,
    /// The line in which a value begins that the file ends within, if it does.
    pub(crate) cut: Option<usize>,
}

/// Only what is needed to refuse a cassette of a later version, whatever else is in it.
#[derive(Deserialize)]
struct Opening {
    cassette: Version,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

// === impl Entry ===

impl Entry {
    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("its keys are texts");
        text.push('\n');
        text
    }
}

// === impl Part ===

impl Part {
    /// Reads a cassette. One that ends within a value is read as far as it is whole.
    pub(crate) fn read(path: &Path) -> Result<Self, CassetteError> {
        let bytes = fs::read(path).map_err(CassetteError::io("read", path))?;
        // Cut within a character, a text is as good as cut before it.
        let whole = match std::str::from_utf8(&bytes) {
            Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
            _ => &bytes[..],
        };
        check_version(path, whole)?;
        let mut entries = Vec::new();
        let mut cut = None;
        let mut values = serde_json::Deserializer::from_slice(whole).into_iter::<Entry>();
        let (mut line, mut counted) = (1, 0);
        loop {
            let blank = whole[values.byte_offset()..]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace());
            let start = values.byte_offset() + blank.count();
            line += whole[counted..start]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            counted = start;
            match values.next() {
                None => break,
                Some(Ok(entry)) => entries.push((line, entry)),
                Some(Err(error)) if error.is_eof() => cut = Some(line),
                Some(Err(error)) => return Err(malformed(path, error.line(), reason(&error))),
            }
        }
        let header = match entries.first() {
            Some((_, Entry::Cassette(header))) => header.clone(),
            _ => {
                return Err(malformed(
                    path,
                    1,
                    "a cassette begins with its version".to_owned(),
                ));
            }
        };
        Ok(Self {
            path: path.to_owned(),
            header,
            entries: entries.split_off(1),
            cut,
        })
    }
}

fn check_version(path: &Path, text: &[u8]) -> Result<(), CassetteError> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Opening>();
    match values.next() {
        Some(Ok(Opening {
            cassette: Version { version: found },
        })) if found > VERSION => Err(CassetteError::Newer {
            path: path.to_owned(),
            found,
            readable: VERSION,
        }),
        _ => Ok(()),
    }
}

pub(crate) fn malformed(path: &Path, line: usize, reason: String) -> CassetteError {
    CassetteError::Malformed {
        path: path.to_owned(),
        line,
        reason,
    }
}

/// The name of a cassette in its folder.
pub(crate) fn file_name(part: u32) -> String {
    format!("cassette-{part:04}.json")
}

/// The cassettes in a folder by their numbers.
pub(crate) fn parts_in(dir: &Path) -> Result<Vec<(u32, PathBuf)>, CassetteError> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(dir).map_err(CassetteError::io("read", dir))? {
        let entry = entry.map_err(CassetteError::io("read", dir))?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_prefix("cassette-")?
                .strip_suffix(".json")?
                .parse()
                .ok()
        });
        parts.extend(number.map(|number| (number, entry.path())));
    }
    parts.sort();
    Ok(parts)
}
