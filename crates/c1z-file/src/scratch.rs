//! A private working directory that vanishes with its owner, also when the owner is killed.
//!
//! The directory holds a `lock` file on which its owner keeps an exclusive lock. The lock ends with the process
//! however that ends, so a directory whose lock can be taken belongs to a dead run, and the next run removes it.

use crate::file::open_regular;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

const PREFIX: &str = ".c1z-work-";
const LOCK: &str = "lock";

/// How long a directory may exist before its lock file: the owner creates one right after the other.
const UNLOCKED_GRACE: Duration = Duration::from_secs(60);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// An owned working directory; dropping it removes it with all it holds. Where its owner is killed, the next one that is made
/// beside it removes it.
#[derive(Debug)]
pub struct Scratch {
    directory: PathBuf,
    lock: Option<File>,
}

impl Scratch {
    /// Creates one inside `parent`, readable by this user alone, and removes those that dead runs left there.
    ///
    /// # Errors
    /// Where nothing can be created there.
    pub fn create(parent: &Path) -> io::Result<Self> {
        let mut scratch = Self::create_directory(parent)?;
        // A sweeper may take the fresh lock file for that of a dead run before it is locked; then the directory
        // is gone or going, and another one is made.
        while !scratch.lock()? {
            scratch = Self::create_directory(parent)?;
        }
        sweep(parent, &scratch.directory);
        Ok(scratch)
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Its own path.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    fn create_directory(parent: &Path) -> io::Result<Self> {
        loop {
            // Process ids repeat across containers that share a volume; creating fails then, and counting on
            // finds a free name.
            let name = format!(
                "{PREFIX}{}-{}",
                std::process::id(),
                NEXT.fetch_add(1, Ordering::Relaxed)
            );
            let directory = parent.join(name);
            match private_directory(&directory) {
                Ok(()) => {
                    return Ok(Self {
                        directory,
                        lock: None,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the lock; false when a sweeper was faster.
    fn lock(&mut self) -> io::Result<bool> {
        let path = self.file(LOCK);
        let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(false),
            // On a file system without locks the directory is never taken for that of a dead run.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        self.lock = Some(file);
        path.try_exists()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if cfg!(windows) {
            // An open file would keep the directory alive there.
            self.lock = None;
        }
        // What cannot be removed now is removed by the next run.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

#[cfg(unix)]
fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Directories inherit the access rules of their parent there.
#[cfg(not(unix))]
fn private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Removes the working directories of dead runs of this user in `parent`. What resists stays: a leftover must not
/// keep a new run from its work.
fn sweep(parent: &Path, own: &Path) {
    let (Ok(entries), Ok(own_metadata)) = (fs::read_dir(parent), fs::symlink_metadata(own)) else {
        return;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path != own
            && path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(is_ours)
        {
            let _ = remove_if_dead(&path, &own_metadata);
        }
    }
}

fn is_ours(name: &str) -> bool {
    let numbers = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(pid, count)| pid.parse::<u32>().is_ok() && count.parse::<u32>().is_ok())
}

fn remove_if_dead(directory: &Path, own: &fs::Metadata) -> io::Result<()> {
    let metadata = fs::symlink_metadata(directory)?;
    // Whoever may write to `parent` can give any directory such a name, so one that others can look into is none of ours.
    if !metadata.is_dir() || !is_private(&metadata) || !same_owner(&metadata, own) {
        return Ok(());
    }
    let path = directory.join(LOCK);
    let lock = match fs::symlink_metadata(&path) {
        Ok(found) if !found.is_file() || !same_owner(&found, own) => return Ok(()),
        Ok(_) => open_regular(&path)?,
        // No lock file: its owner died between two system calls, or is between them right now. Ages are compared
        // by the file system's clock. Nothing else is in it, or it is none of ours.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let age = own
                .modified()?
                .duration_since(metadata.modified()?)
                .unwrap_or_default();
            return match age < UNLOCKED_GRACE {
                true => Ok(()),
                false => fs::remove_dir(directory),
            };
        }
        Err(error) => return Err(error),
    };
    if lock.as_ref().is_none_or(|lock| lock.try_lock().is_err()) {
        return Ok(());
    }
    let lock = if cfg!(windows) { None } else { lock };
    fs::remove_dir_all(directory)?;
    drop(lock);
    Ok(())
}

/// Whether nobody but its owner can look into a directory, as [`private_directory`] makes them.
#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 == 0
}

/// Directories have the access rules of their parent there.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn same_owner(a: &fs::Metadata, b: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.uid() == b.uid()
}

/// Temporary directories are per user there.
#[cfg(not(unix))]
fn same_owner(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(parent: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(parent)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_the_directories_of_dead_runs_go() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        for dead in [".c1z-work-1-0", ".c1z-work-1-1"] {
            private_directory(&at(dead)).unwrap();
            fs::write(at(dead).join(LOCK), "").unwrap();
            fs::write(at(dead).join("db"), "rows").unwrap();
        }
        fs::create_dir(at(".c1z-work-1-2")).unwrap(); // fresh and without a lock file: about to be locked
        for foreign in [".c1z-work-x", ".c1z-work-1", "c1z-work-1-0"] {
            fs::create_dir(at(foreign)).unwrap();
            fs::write(at(foreign).join(LOCK), "").unwrap();
        }
        fs::write(at(".c1z-work-1-9"), "a file").unwrap();
        for renamed in [".c1z-work-1-7", ".c1z-work-1-8"] {
            fs::create_dir(at(renamed)).unwrap();
            fs::write(at(renamed).join("q3.txt"), "somebody's report").unwrap();
        }
        #[cfg(unix)]
        fs::write(at(".c1z-work-1-8").join(LOCK), "").unwrap();

        let live = Scratch::create(parent.path()).unwrap();
        let second = Scratch::create(parent.path()).unwrap();

        let name_of = |s: &Scratch| s.directory().file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = vec![
            ".c1z-work-1".to_owned(),
            ".c1z-work-1-2".to_owned(),
            ".c1z-work-1-7".to_owned(),
            ".c1z-work-1-8".to_owned(),
            ".c1z-work-1-9".to_owned(),
            ".c1z-work-x".to_owned(),
            "c1z-work-1-0".to_owned(),
            name_of(&live),
            name_of(&second),
        ];
        expected.sort();
        assert_eq!(names(parent.path()), expected);
    }

    #[test]
    fn dropping_removes_everything() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::create(parent.path()).unwrap();
        fs::write(scratch.file("db"), "rows").unwrap();
        drop(scratch);
        assert!(names(parent.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn others_cannot_look_inside() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::create(parent.path()).unwrap();
        let mode = fs::metadata(scratch.directory()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
