//! Files that lines are added to: logs and audit files.
//!
//! A name that is mistyped, or a link that somebody else laid, must not put lines into a file that holds something else. So
//! lines are added to a new file, to one of ours that begins with a line of ours, and to what is made to take lines.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;
/// Enough of a first line to know it by.
const BEGINNING: u64 = 64;

/// Why no lines are added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Its lines would be lost.
    #[error("nobody reads the pipe")]
    Unread,
    /// Something is there that is not ours to add lines to.
    #[error("{0}")]
    Refused(String),
    /// The system does not let us.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What lines are added to.
#[derive(Debug)]
#[non_exhaustive]
pub struct LineFile {
    /// Open to add to; a regular file can be read as well.
    pub file: File,
    /// Whether it is a regular file, and not a pipe, a device or a standard stream, which cannot be synced.
    pub is_regular: bool,
}

impl LineFile {
    /// Opens what is at `path` to add lines to it; only its owner reads a new file. `is_ours` is asked about the first bytes
    /// of a file that is not empty. A pipe does not keep us waiting.
    ///
    /// # Errors
    /// [`AppendError::Refused`] for a file of another user or one that begins with something else, a link that another user
    /// laid, a device other than the null device, and a socket.
    pub fn open(path: &Path, is_ours: impl Fn(&[u8]) -> bool) -> Result<Self, AppendError> {
        if let Some(file) = standard_stream(path)? {
            return Ok(Self {
                file,
                is_regular: false,
            });
        }
        let end = followed(path)?;
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => regular(&end, &is_ours),
            Ok(metadata) if metadata.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory).into()),
            Ok(metadata) => special(path, &metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => match create(&end) {
                // Another run was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => regular(&end, &is_ours),
                created => Ok(Self {
                    file: created?,
                    is_regular: true,
                }),
            },
            Err(error) => Err(error.into()),
        }
    }
}

/// The end of the links that start at `path`.
fn followed(path: &Path) -> Result<PathBuf, AppendError> {
    let mut end = std::path::absolute(path)?;
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&end) {
            Ok(metadata) if metadata.is_symlink() => {
                if let Some(owner) = other_owner(&metadata).filter(|owner| *owner != 0) {
                    let what = format!("the path leads through {}, a link of user {owner}", end.display());
                    return Err(AppendError::Refused(what));
                }
                end = end.parent().unwrap_or(&end).join(fs::read_link(&end)?);
            }
            Ok(_) => return Ok(end),
            // What the system keeps for an open pipe names nothing in a folder.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(end),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Refused("too many links follow one another".into()))
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn regular(path: &Path, is_ours: &dyn Fn(&[u8]) -> bool) -> Result<LineFile, AppendError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let mut file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(AppendError::Refused(
            "the file was replaced by something else".into(),
        ));
    }
    owned(&metadata)?;
    let mut beginning = Vec::new();
    (&mut file).take(BEGINNING).read_to_end(&mut beginning)?;
    file.rewind()?;
    if !beginning.is_empty() && !is_ours(&beginning) {
        return Err(AppendError::Refused("the file holds something else".into()));
    }
    Ok(LineFile {
        file,
        is_regular: true,
    })
}

fn owned(metadata: &Metadata) -> Result<(), AppendError> {
    other_owner(metadata).map_or(Ok(()), |owner| {
        Err(AppendError::Refused(format!("the file belongs to user {owner}")))
    })
}

/// Who it belongs to, where that is not us.
#[cfg(unix)]
fn other_owner(metadata: &Metadata) -> Option<u32> {
    let owner = std::os::unix::fs::MetadataExt::uid(metadata);
    (owner != rustix::process::geteuid().as_raw()).then_some(owner)
}

/// The standard library does not tell owners there.
#[cfg(not(unix))]
fn other_owner(_: &Metadata) -> Option<u32> {
    None
}

/// A stream of our own by its name. Opened once more it would be another place in the same file, and what is written to the
/// one would go over what was written to the other.
#[cfg(unix)]
fn standard_stream(path: &Path) -> io::Result<Option<File>> {
    use std::os::fd::AsFd;
    let stream = match path.to_str() {
        Some("/dev/stdout") => io::stdout().as_fd().try_clone_to_owned()?,
        Some("/dev/stderr") => io::stderr().as_fd().try_clone_to_owned()?,
        _ => return Ok(None),
    };
    Ok(Some(stream.into()))
}

/// Streams have no names there.
#[cfg(not(unix))]
fn standard_stream(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

#[cfg(unix)]
fn special(path: &Path, metadata: &Metadata) -> Result<LineFile, AppendError> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
    let kind = metadata.file_type();
    let is_null = || fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev());
    if kind.is_fifo() {
        owned(metadata)?;
    } else if !kind.is_char_device() || !is_null() {
        return Err(AppendError::Refused("a device or a socket is there".into()));
    }
    let mut options = OpenOptions::new();
    options
        .append(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    match options.open(path) {
        Ok(file) => Ok(LineFile {
            file,
            is_regular: false,
        }),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
            Err(AppendError::Unread)
        }
        Err(error) => Err(error.into()),
    }
}

/// Pipes and devices have no place in the file system there.
#[cfg(not(unix))]
fn special(_: &Path, _: &Metadata) -> Result<LineFile, AppendError> {
    Err(AppendError::Refused("no regular file is there".into()))
}
