//! The files of a recording that is being written.

use super::error::CassetteError;
use super::format::{End, Entry, Header, file_name, parts_in};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Appends to the last file of a recording, and begins another when that is long enough.
pub(crate) struct Tape {
    dir: PathBuf,
    header: Header,
    max_file_bytes: u64,
    path: PathBuf,
    file: File,
    bytes: u64,
}

// === impl Tape ===

impl Tape {
    pub(crate) fn create(dir: PathBuf, header: Header, max_file_bytes: u64) -> Result<Self, CassetteError> {
        private_dir()
            .create(&dir)
            .map_err(CassetteError::io("create", &dir))?;
        if !parts_in(&dir)?.is_empty() {
            return Err(CassetteError::Occupied { dir });
        }
        let (path, file, bytes) = begin(&dir, &header)?;
        Ok(Self {
            dir,
            header,
            max_file_bytes,
            path,
            file,
            bytes,
        })
    }

    /// Writes one value with one call to the system, so that a killed process leaves at most its beginning. Returns the
    /// number of files so far.
    pub(crate) fn append(&mut self, text: &str) -> Result<u32, CassetteError> {
        let length = text.len() as u64;
        if self.bytes + length > self.max_file_bytes && self.bytes > self.header_bytes() {
            self.sync()?;
            self.header.part += 1;
            (self.path, self.file, self.bytes) = begin(&self.dir, &self.header)?;
        }
        self.file
            .write_all(text.as_bytes())
            .map_err(CassetteError::io("write", &self.path))?;
        self.bytes += length;
        Ok(self.header.part)
    }

    pub(crate) fn end(&mut self, exchanges: u64) -> Result<(), CassetteError> {
        // The end stays with what it ends, even if the file gets a little too long.
        let text = Entry::End(End { exchanges }).text();
        self.file
            .write_all(text.as_bytes())
            .map_err(CassetteError::io("write", &self.path))?;
        self.sync()
    }

    fn sync(&self) -> Result<(), CassetteError> {
        self.file
            .sync_all()
            .map_err(CassetteError::io("write", &self.path))
    }

    fn header_bytes(&self) -> u64 {
        Entry::Cassette(self.header.clone()).text().len() as u64
    }
}

fn begin(dir: &Path, header: &Header) -> Result<(PathBuf, File, u64), CassetteError> {
    let path = dir.join(file_name(header.part));
    let mut file = match private_file().open(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(CassetteError::Occupied { dir: dir.to_owned() });
        }
        opened => opened.map_err(CassetteError::io("create", &path))?,
    };
    let text = Entry::Cassette(header.clone()).text();
    file.write_all(text.as_bytes())
        .map_err(CassetteError::io("write", &path))?;
    Ok((path, file, text.len() as u64))
}

/// A recording has no secrets, but still the structure of an organization.
#[cfg(unix)]
fn private_dir() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private_dir() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
}

#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}
