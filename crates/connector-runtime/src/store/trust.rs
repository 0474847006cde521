//! Which files of an earlier run may be gone on with.
//!
//! Whoever can write to the folder can put a file in the place of a working file, and rows in it would be sealed as if the
//! vendor had said them. So only a regular file is opened that belongs to us and that nobody but us and its group can
//! write. Groups are let be: containers share volumes through them.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// A file of our own.
    Ours(Identity),
    /// A file that another user made or may have written, and why it is taken for one.
    Doubtful(String),
    /// Something that is not a file at all, and what it is.
    NotAFile(&'static str),
}

/// Which file a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

/// Looks at what is at `path` without opening it; `me` is who files of our own belong to. Closing a file that SQLite has
/// open elsewhere in this process would end its locks.
pub(super) fn look(path: &Path, me: u32) -> io::Result<Found> {
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let kind = metadata.file_type();
    Ok(if kind.is_symlink() {
        Found::NotAFile("a symbolic link")
    } else if kind.is_dir() {
        Found::NotAFile("a folder")
    } else if !kind.is_file() {
        Found::NotAFile("a pipe or a device")
    } else {
        match doubt(&metadata, me) {
            Some(why) => Found::Doubtful(why),
            None => Found::Ours(identity(&metadata)),
        }
    })
}

#[cfg(unix)]
fn doubt(metadata: &Metadata, me: u32) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if owner != me {
        Some(format!("it belongs to user {owner}, not to user {me}"))
    } else if mode & 0o002 != 0 {
        Some(format!("everyone can write it (mode {mode:04o})"))
    } else {
        None
    }
}

/// The standard library does not tell owners and access rules there; those of the folder have to do.
#[cfg(not(unix))]
fn doubt(_: &Metadata, _: u32) -> Option<String> {
    None
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    Identity(metadata.dev(), metadata.ino())
}

/// A file that is open keeps its name there until it is closed.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    Identity(0, 0)
}

/// Who files of our own belong to.
#[cfg(unix)]
pub(super) fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
pub(super) fn me() -> u32 {
    0
}

/// Creates a file that only we can read and write. A link at `path` is not followed.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens a file to write to it. A link at `path` is not followed, and a pipe does not keep us waiting.
pub(super) fn open_unfollowed(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    options.open(path)
}

/// The file that `opened` is, and who the file system says it belongs to where that is not `me`.
#[cfg(unix)]
pub(super) fn opened(file: &File, me: u32) -> io::Result<(Identity, Option<u32>)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    let owner = Some(metadata.uid()).filter(|owner| *owner != me);
    Ok((identity(&metadata), owner))
}

#[cfg(not(unix))]
pub(super) fn opened(_: &File, _: u32) -> io::Result<(Identity, Option<u32>)> {
    Ok((Identity(0, 0), None))
}

/// Whether this file is at `path`.
pub(super) fn is_at(identity: &Identity, path: &Path) -> io::Result<bool> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(&self::identity(&metadata) == identity),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether another process has a database open for itself that is not ours.
#[cfg(unix)]
pub(super) fn is_in_use(path: &Path) -> bool {
    use rustix::fs::{FlockOperation, fcntl_lock};
    let lock = |file: File| fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive);
    open_unfollowed(path).is_ok_and(|file| lock(file).is_err())
}

#[cfg(not(unix))]
pub(super) fn is_in_use(_: &Path) -> bool {
    false
}
