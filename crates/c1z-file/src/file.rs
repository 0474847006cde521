//! Files as the system keeps them: who may see a new one, what a replaced one hands on, and whether it may be replaced.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Creates a file that only its owner can read and write.
#[cfg(unix)]
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Files inherit the access rules of their directory there.
#[cfg(not(unix))]
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Why others may have written a file that was found in `directory`: it is neither ours nor root's (nor, for root, of whom the
/// directory is), or everyone can write it.
#[cfg(unix)]
#[must_use]
pub fn doubt(file: &fs::Metadata, directory: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let me = rustix::process::geteuid().as_raw();
    let directory = match directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => directory,
    };
    let of_directory = || fs::metadata(directory).is_ok_and(|directory| directory.uid() == file.uid());
    let owner = file.uid();
    let is_ours = owner == 0 || owner == me || (me == 0 && of_directory());
    let shown = || format!("owner {owner}, mode {:04o}", file.mode() & 0o7777);
    (!is_ours || file.mode() & 0o002 != 0).then(shown)
}

/// The standard library does not tell owners and access rules there.
#[cfg(not(unix))]
#[must_use]
pub fn doubt(_: &fs::Metadata, _: &Path) -> Option<String> {
    None
}

/// What tells a file from another one at the same path, and from itself after someone wrote to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    bytes: u64,
    modified: Option<std::time::SystemTime>,
    /// Device, number and last change, where the system has them.
    inode: [i128; 4],
}

impl Version {
    pub(crate) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            inode: inode(metadata),
        }
    }
}

#[cfg(unix)]
fn inode(metadata: &fs::Metadata) -> [i128; 4] {
    use std::os::unix::fs::MetadataExt;
    [
        metadata.dev().into(),
        metadata.ino().into(),
        metadata.ctime().into(),
        metadata.ctime_nsec().into(),
    ]
}

/// Only size and time are told of a file there.
#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> [i128; 4] {
    [0; 4]
}

/// Whether two paths lead to one file, whatever they are called.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    // The inode tells hard links; where there is none, the whole path has to do.
    let identity = |path: &Path| fs::metadata(path).ok().map(|metadata| inode(&metadata));
    let place = |path: &Path| fs::canonicalize(path).ok();
    match (place(one), place(other)) {
        (Some(one), Some(other)) if one == other => true,
        (Some(_), Some(_)) => cfg!(unix) && identity(one) == identity(other),
        _ => std::path::absolute(one).ok() == std::path::absolute(other).ok(),
    }
}

/// Opens a file to read it. None when it is a pipe, a device or a socket, whose opening or reading could wait for ever.
pub fn open_regular(path: &Path) -> io::Result<Option<File>> {
    let is_other = |metadata: &fs::Metadata| !metadata.is_file() && !metadata.is_dir();
    // Opening a device can have effects, so it is looked at before, too.
    if is_other(&fs::metadata(path)?) {
        return Ok(None);
    }
    let file = without_waiting(OpenOptions::new().read(true)).open(path)?;
    Ok((!is_other(&file.metadata()?)).then_some(file))
}

#[cfg(unix)]
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
}

/// Files are opened without waiting there.
#[cfg(not(unix))]
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Gives `file`, which is to replace what is at `replaced`, its owner, group and mode; `mode` wins over the mode of what
/// is there. With neither, the file stays readable by its owner alone.
///
/// Only root can give a file away, and others only to groups that they are in. Where the group cannot be kept, its rights
/// are not given to another one. In a directory in which everyone can put a file, that one is there says nothing about who is
/// to have the new one.
#[cfg(unix)]
pub(crate) fn take_over(file: &File, replaced: &Path, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let before = match fs::symlink_metadata(replaced) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut kept = before.as_ref().map(|metadata| metadata.mode() & 0o777);
    let directory = fs::metadata(replaced.parent().unwrap_or(replaced))?;
    let may_be_anyones =
        |before: &fs::Metadata| directory.mode() & 0o002 != 0 && directory.uid() != before.uid();
    let own = file.metadata()?;
    if before
        .as_ref()
        .is_some_and(|before| own.uid() != before.uid() && may_be_anyones(before))
    {
        kept = None;
    } else if let Some(before) = before {
        if own.uid() != before.uid() {
            // Whoever is not root becomes the owner of what they replace.
            let _ = fchown(file, Some(before.uid()), None);
        }
        if own.gid() != before.gid() && fchown(file, None, Some(before.gid())).is_err() {
            kept = kept.map(|mode| mode & 0o707);
        }
    }
    match mode.or(kept) {
        Some(mode) => file.set_permissions(fs::Permissions::from_mode(mode & 0o777)),
        None => Ok(()),
    }
}

/// Files inherit the access rules of their directory there, and have no mode.
#[cfg(not(unix))]
pub(crate) fn take_over(_: &File, _: &Path, _: Option<u32>) -> io::Result<()> {
    Ok(())
}

/// Tries whether `file` may be replaced, without touching it; `directory` is a working directory beside it.
///
/// The system is asked to rename the file over the directory, which no system does. One that does not let the file be
/// replaced at all, for it is immutable or someone else's in a sticky directory, says so first.
#[cfg(unix)]
pub(crate) fn try_replace(file: &Path, directory: &Path) -> io::Result<()> {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    if is_mounted(file) {
        return Err(io::Error::new(ResourceBusy, "it is mounted as a single file"));
    }
    match fs::rename(file, directory) {
        Err(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | ResourceBusy) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// A file that is marked as read-only cannot be replaced there.
#[cfg(not(unix))]
pub(crate) fn try_replace(file: &Path, _: &Path) -> io::Result<()> {
    if fs::metadata(file)?.permissions().readonly() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is marked as read-only",
        ));
    }
    Ok(())
}

/// Whether something is mounted over this one file, as containers do it; it can be written, but not replaced.
#[cfg(target_os = "linux")]
fn is_mounted(file: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    statx(CWD, file, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Single files are not mounted there.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_mounted(_: &Path) -> bool {
    false
}
