//! The file that an output path stands for.

use super::TargetError;
use crate::scratch::Scratch;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// An output path with its symbolic links followed.
#[derive(Debug)]
pub(crate) struct Location {
    /// The path as given, for messages.
    given: PathBuf,
    /// The absolute path of the file itself.
    pub(crate) file: PathBuf,
    /// The directory that holds it.
    pub(crate) directory: PathBuf,
    /// Whether there is a file already.
    pub(crate) exists: bool,
}

impl Location {
    /// Follows `output`. Renaming onto a link would replace the link and leave the artifact behind it old, so the
    /// end of the chain is what gets written.
    pub(crate) fn resolve(output: &Path) -> Result<Self, TargetError> {
        let path = || output.to_owned();
        let unreadable = |source| TargetError::Unreadable { path: path(), source };
        let mut file = std::path::absolute(output).map_err(unreadable)?;
        // A path that ends like that of a directory never names a file, whether or not something is there.
        if ends_in_separator(output) {
            return Err(TargetError::IsDirectory { path: path() });
        }
        let mut links = 0;
        let exists = loop {
            if let Some(directory) = of_the_system(parent_of(&file)) {
                return Err(TargetError::NotKept {
                    path: path(),
                    directory,
                });
            }
            match fs::symlink_metadata(&file) {
                Ok(metadata) if metadata.is_symlink() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(unreadable(io::Error::other("too many symbolic links")));
                    }
                    if let Some(owner) = strange_owner(&metadata, parent_of(&file)) {
                        return Err(TargetError::StrangeLink {
                            path: path(),
                            link: file,
                            owner,
                        });
                    }
                    let link = fs::read_link(&file).map_err(unreadable)?;
                    file = parent_of(&file).join(link);
                }
                Ok(metadata) if metadata.is_dir() => return Err(TargetError::IsDirectory { path: path() }),
                Ok(metadata) if !metadata.is_file() => return Err(TargetError::NotAFile { path: path() }),
                Ok(_) => break true,
                Err(error) if error.kind() == io::ErrorKind::NotFound => break false,
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => break false,
                Err(error) => return Err(unreadable(error)),
            }
        };
        let directory = parent_of(&file).to_owned();
        if file.file_name().is_none() {
            return Err(TargetError::IsDirectory { path: path() });
        }
        match fs::metadata(&directory) {
            Ok(metadata) if metadata.is_dir() => {}
            Err(error)
                if error.kind() != io::ErrorKind::NotFound
                    && error.kind() != io::ErrorKind::NotADirectory =>
            {
                return Err(unreadable(error));
            }
            Ok(_) | Err(_) => {
                return Err(TargetError::DirectoryMissing {
                    path: path(),
                    directory,
                });
            }
        }
        Ok(Self {
            given: path(),
            file,
            directory,
            exists,
        })
    }

    /// A working directory beside the file, hence on its file system.
    pub(crate) fn scratch(&self) -> Result<Scratch, TargetError> {
        self.scratch_in(&self.directory)
    }

    /// A working directory in `parent`.
    pub(crate) fn scratch_in(&self, parent: &Path) -> Result<Scratch, TargetError> {
        Scratch::create(parent).map_err(|source| TargetError::NotWritable {
            path: self.given.clone(),
            directory: parent.to_owned(),
            source,
        })
    }
}

/// The directory where it is one in which the system shows devices and open files. What a link there leads to may look like
/// a regular file, and was opened by whoever started the program.
#[cfg(unix)]
fn of_the_system(directory: &Path) -> Option<PathBuf> {
    let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
    let is_in = |of: &str| directory.starts_with(of);
    // Memory that is shared by name is a directory like any other.
    (is_in("/proc") || is_in("/dev") && !is_in("/dev/shm")).then_some(directory)
}

/// Devices have no directory there.
#[cfg(not(unix))]
fn of_the_system(_: &Path) -> Option<PathBuf> {
    None
}

/// Whose link it is, where it is neither ours nor root's nor of whom the directory is: whoever laid it would choose the file
/// that is written.
#[cfg(unix)]
fn strange_owner(link: &fs::Metadata, directory: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = link.uid();
    let of_directory = || fs::metadata(directory).is_ok_and(|directory| directory.uid() == owner);
    let is_known = owner == 0 || owner == rustix::process::geteuid().as_raw() || of_directory();
    (!is_known).then_some(owner)
}

/// The standard library does not tell owners there.
#[cfg(not(unix))]
fn strange_owner(_: &fs::Metadata, _: &Path) -> Option<u32> {
    None
}

fn parent_of(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

fn ends_in_separator(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    last.is_some_and(|byte| std::path::is_separator(char::from(*byte)))
}
