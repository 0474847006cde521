//! The files of a store, unpacked into a private directory.

use super::{
    limits::MAX_MANIFEST,
    manifest::{Manifest, TableInfo},
    wire::{Result, damaged, newer, within},
};
use crate::{envelope::UnpackError, file, scratch::Scratch};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::PathBuf,
};

/// The versions of stores that are known.
const VERSIONS: std::ops::RangeInclusive<u64> = 13..=24;

/// The unpacked files.
#[derive(Debug)]
pub(super) struct Directory<'a> {
    scratch: &'a Scratch,
    /// The files on the disk.
    files: Vec<String>,
    /// By name, what the marker with the highest number says.
    markers: BTreeMap<String, (u64, String)>,
}

/// What a file is to a store, by its name.
enum FileKind<'a> {
    Marker {
        name: &'a str,
        number: u64,
        value: &'a str,
    },
    Kept,
    Other,
}

impl FileKind<'_> {
    fn of(name: &str) -> Result<FileKind<'_>> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(marker) = name.strip_prefix("marker.") {
            let mut parts = marker.splitn(3, '.');
            let (name, number, value) = (parts.next(), parts.next(), parts.next());
            let number = number.and_then(|number| number.parse().ok());
            return match (name, number, value) {
                (Some(name), Some(number), Some(value)) => Ok(FileKind::Marker { name, number, value }),
                _ => Err(damaged("its name is not that of a marker")),
            };
        }
        let is_log = |stem: &str| stem.split('-').all(is_number);
        let is_kept = name.strip_prefix("MANIFEST-").is_some_and(is_number)
            || name.strip_suffix(".sst").is_some_and(is_number)
            || name.strip_suffix(".log").is_some_and(is_log);
        Ok(if is_kept { FileKind::Kept } else { FileKind::Other })
    }
}

impl<'a> Directory<'a> {
    pub(super) fn new(scratch: &'a Scratch) -> Self {
        Self {
            scratch,
            files: Vec::new(),
            markers: BTreeMap::new(),
        }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.scratch.file(name)
    }

    /// Adds a file, which the caller fills; none where its content does not matter.
    pub(super) fn add(&mut self, name: &str) -> Result<Option<File>> {
        match FileKind::of(name)? {
            FileKind::Other => Ok(None),
            FileKind::Marker { name, number, value } => {
                let known = self.markers.get(name);
                if known.is_none_or(|(known, _)| *known < number) {
                    self.markers.insert(name.to_owned(), (number, value.to_owned()));
                }
                Ok(None)
            }
            FileKind::Kept => {
                if self.files.iter().any(|known| known == name) {
                    return Err(damaged("it is there twice"));
                }
                self.files.push(name.to_owned());
                let file = file::create_private(&self.file(name)).map_err(UnpackError::Write)?;
                Ok(Some(file))
            }
        }
    }

    fn marker(&self, name: &str) -> Result<&str> {
        let marker = self.markers.get(name);
        marker
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| damaged(format!("it lacks the marker {name}")))
    }

    /// Reads the list of tables that is in force.
    pub(super) fn manifest(&self) -> Result<Manifest> {
        let version = self.marker("format-version")?;
        match version.parse::<u64>() {
            Ok(version) if VERSIONS.contains(&version) => {}
            Ok(version) => {
                return Err(newer(format!(
                    "its store of version {version} is not known to this program"
                )));
            }
            Err(_) => return Err(damaged(format!("its store has the version {version:?}"))),
        }
        let name = self.marker("manifest")?;
        let read = || {
            if !name.starts_with("MANIFEST-") || !self.files.iter().any(|file| file == name) {
                return Err(damaged("it is not there"));
            }
            let path = self.file(name);
            let bytes = fs::metadata(&path).map_err(UnpackError::Write)?.len();
            if bytes > MAX_MANIFEST {
                return Err(damaged(format!("it has more than {MAX_MANIFEST} bytes")));
            }
            Manifest::read(&fs::read(&path).map_err(UnpackError::Write)?)
        };
        let manifest = read().map_err(within(&format!("its file {name:?}")))?;
        self.check_logs(&manifest)?;
        Ok(manifest)
    }

    /// Refuses a store whose last entries are not in tables: saving an artifact moves them there.
    fn check_logs(&self, manifest: &Manifest) -> Result<()> {
        for name in self.files.iter().filter(|name| name.ends_with(".log")) {
            let number = name
                .split(['-', '.'])
                .next()
                .and_then(|number| number.parse::<u64>().ok());
            let bytes = fs::metadata(self.file(name)).map_err(UnpackError::Write)?.len();
            if bytes > 0 && number.is_none_or(|number| number >= manifest.first_log) {
                return Err(damaged(format!(
                    "its log {name} holds entries that its writer did not move to a table before it saved the artifact"
                )));
            }
        }
        Ok(())
    }

    /// The file of a table.
    pub(super) fn table(&self, table: &TableInfo) -> Result<PathBuf> {
        let name = format!("{:06}.sst", table.backing.unwrap_or(table.number));
        match self.files.contains(&name) {
            true => Ok(self.file(&name)),
            false => Err(damaged(format!("its table {name} is missing"))),
        }
    }

    /// Removes the files from the disk.
    pub(super) fn remove(self) -> Result<()> {
        self.files
            .iter()
            .try_for_each(|name| fs::remove_file(self.file(name)))
            .map_err(UnpackError::Write)
    }
}
