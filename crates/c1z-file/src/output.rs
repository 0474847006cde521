//! Files that are made from an artifact: private, whole or not there, and never over something by accident.

use crate::file::{create_private, is_same_file};
use crate::scratch::Scratch;
use crate::target::{Location, TargetError};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A file under way. It is written beside its path and moved there when it is finished; where it is not, nothing is left.
#[derive(Debug)]
pub struct Output {
    location: Location,
    scratch: Scratch,
    replace: bool,
    given: PathBuf,
}

impl Output {
    /// Begins a file for `path`. What is there is only replaced where that is asked for, only where it is a file, and never
    /// one of the files that are `read` for what is written.
    ///
    /// # Errors
    /// [`TargetError::Exists`], [`TargetError::IsRead`], and what else keeps a file from being written there.
    pub fn begin(path: &Path, replace: bool, read: &[&Path]) -> Result<Self, TargetError> {
        if read.iter().any(|read| is_same_file(path, read)) {
            return Err(TargetError::IsRead {
                path: path.to_owned(),
            });
        }
        let location = Location::resolve(path)?;
        let output = Self {
            scratch: location.scratch()?,
            given: path.to_owned(),
            location,
            replace,
        };
        match output.location.exists && !replace {
            true => Err(output.exists()),
            false => Ok(output),
        }
    }

    /// Where the file is written until it is finished; nothing is there yet.
    pub fn path(&self) -> PathBuf {
        self.scratch.file("output")
    }

    /// Creates the file, which only its owner can read.
    ///
    /// # Errors
    /// [`TargetError::NotWritable`]
    pub fn create(&self) -> Result<File, TargetError> {
        create_private(&self.path()).map_err(|source| self.not_writable(source))
    }

    /// Puts the file at its path.
    ///
    /// # Errors
    /// [`TargetError::Exists`] where something came there meanwhile; [`TargetError::NotWritable`].
    pub fn finish(self) -> Result<(), TargetError> {
        let written = File::options().read(true).write(true).open(self.path());
        let kept = written.and_then(|file| private(&file).and_then(|()| file.sync_all()));
        kept.map_err(|source| self.not_writable(source))?;
        let to = &self.location.file;
        if !self.replace && fs::symlink_metadata(to).is_ok() {
            return Err(self.exists());
        }
        fs::rename(self.path(), to).map_err(|source| self.not_writable(source))
    }

    /// What kept the file from being written.
    pub fn not_writable(&self, source: io::Error) -> TargetError {
        TargetError::NotWritable {
            path: self.given.clone(),
            directory: self.location.directory.clone(),
            source,
        }
    }

    fn exists(&self) -> TargetError {
        TargetError::Exists {
            path: self.given.clone(),
        }
    }
}

/// Takes away what others may do with a file, whoever made it.
#[cfg(unix)]
fn private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

/// Files inherit the access rules of their directory there.
#[cfg(not(unix))]
fn private(_: &File) -> io::Result<()> {
    Ok(())
}
