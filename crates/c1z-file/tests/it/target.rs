//! What is said about an output before a sync starts.

use crate::sample;
use c1z_file::{StorageEngine, SyncType, Target, inspect_target};
use std::{fs, path::Path};

/// Checks what is said about `target` in a directory that `prepare` filled; `DIR` stands for that directory.
#[track_caller]
fn check(target: &str, prepare: impl FnOnce(&Path), expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path());
    let before = names(dir.path());
    let said = match inspect_target(&dir.path().join(target)) {
        Ok(Target::Artifact { syncs, .. }) => format!("{} syncs", syncs.len()),
        Ok(target) => format!("{target:?}"),
        Err(error) => sample::without(dir.path(), &error),
    };
    assert_eq!(said, expected);
    assert_eq!(names(dir.path()), before, "inspecting left something behind");
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn file(bytes: Vec<u8>) -> impl FnOnce(&Path) {
    move |dir| fs::write(dir.join("out.c1z"), bytes).unwrap()
}

fn artifact() -> Vec<u8> {
    fs::read(sample::go_artifact()).unwrap()
}

fn packed(database: &[u8]) -> Vec<u8> {
    [b"C1ZF\0".as_slice(), &zstd::encode_all(database, 3).unwrap()].concat()
}

#[test]
fn usable_targets() {
    check("out.c1z", |_| {}, "Absent");
    check("out.c1z", file(vec![]), "Empty");
    check("out.c1z", file(artifact()), "1 syncs");
    let store = std::fs::read(crate::v3::fixture("twin-v3.c1z")).unwrap();
    check("out.c1z", file(store), "1 syncs");
}

#[test]
fn an_artifact_is_described() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let finished = sample::write(&output, &sample::org()).unwrap();
    let Target::Artifact {
        storage_engine: StorageEngine::Sqlite,
        syncs,
        file_bytes,
        db_bytes,
    } = inspect_target(&output).unwrap()
    else {
        panic!("not an artifact");
    };
    assert_eq!((file_bytes, db_bytes), (finished.file_bytes, finished.db_bytes));
    assert_eq!(syncs.len(), 1);
    assert_eq!(syncs[0].sync_id, finished.sync_id.to_string());
    assert_eq!(syncs[0].sync_type, SyncType::Full);
    assert_eq!(syncs[0].started_at, "2026-11-24 10:00:00.25");
    assert_eq!(syncs[0].ended_at.as_deref(), Some("2026-11-24 10:05:00"));
    assert_eq!(syncs[0].stats().unwrap(), Some(finished.stats));
    assert!(syncs[0].grants_backfilled && !syncs[0].supports_diff);
}

#[test]
fn places_that_cannot_be_written() {
    check(
        "sub",
        |dir| fs::create_dir(dir.join("sub")).unwrap(),
        "cannot write DIR/sub: it is a directory; name a file in it",
    );
    // Whether or not there is something of that name.
    check(
        "new/",
        |_| {},
        "cannot write DIR/new/: it is a directory; name a file in it",
    );
    check(
        "out.c1z/",
        file(artifact()),
        "cannot write DIR/out.c1z/: it is a directory; name a file in it",
    );
    check(
        "sub/out.c1z",
        |_| {},
        "cannot write DIR/sub/out.c1z: the directory DIR/sub does not exist",
    );
    check(
        "out.c1z/below",
        file(vec![]),
        "cannot write DIR/out.c1z/below: the directory DIR/out.c1z does not exist",
    );
}

#[test]
fn files_that_are_kept() {
    const FOREIGN: &str = "cannot write over DIR/out.c1z: it is not a .c1z artifact; name another output, or move the file away";
    check("out.c1z", file(b"id,name\n".to_vec()), FOREIGN);
    check("out.c1z", file(b"C1Z".to_vec()), FOREIGN);
    check("out.c1z", file(b"SQLite format 3\0".to_vec()), FOREIGN);
    check(
        "out.c1z",
        file(b"C1Z3\0\0\0\0\x09\x0a\x07pebble4".to_vec()),
        "cannot write over DIR/out.c1z: its storage engine \"pebble4\" is not known to this program; name another output, or \
         move the file away",
    );
}

#[test]
fn damage_is_named() {
    let says = |detail: &str| {
        format!(
            "cannot write over DIR/out.c1z: it is a damaged .c1z artifact ({detail}); move it away to start a new one"
        )
    };
    let cut = |mut bytes: Vec<u8>, length: usize| {
        bytes.truncate(length);
        bytes
    };
    check(
        "out.c1z",
        file(cut(artifact(), 5)),
        &says("no zstd frame follows its magic bytes"),
    );
    check(
        "out.c1z",
        file(cut(artifact(), 4000)),
        &says("its compressed data is cut off"),
    );
    check(
        "out.c1z",
        file(cut(artifact(), 8599)),
        &says("its compressed data is cut off"),
    );
    let mut flipped = artifact();
    flipped[4000] ^= 0x40;
    let mut checksum = artifact();
    *checksum.last_mut().unwrap() ^= 1;
    check(
        "out.c1z",
        file(checksum),
        &says("its compressed data is damaged: the checksum differs"),
    );
    check("out.c1z", file(flipped), &says("its compressed data is damaged"));
    check(
        "out.c1z",
        file([artifact(), b"trailer".to_vec()].concat()),
        &says("its compressed data is followed by something else"),
    );
    check(
        "out.c1z",
        file(packed(b"not a database")),
        &says("cannot open the database: file is not a database"),
    );
    check(
        "out.c1z",
        file(packed(b"")),
        &says("the database has no table v1_sync_runs"),
    );
    let mut database = zstd::decode_all(&artifact()[5..]).unwrap();
    database[4096 * 3..4096 * 4].fill(0xff);
    check(
        "out.c1z",
        file(packed(&database)),
        &says("the database is damaged: Tree 4 page 4: btreeInitPage() returns error code 11"),
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed() {
    use std::os::unix::fs::symlink;
    check(
        "link",
        |dir| symlink("nowhere", dir.join("link")).unwrap(),
        "Absent",
    );
    check(
        "link",
        |dir| symlink("missing/out.c1z", dir.join("link")).unwrap(),
        "cannot write DIR/link: the directory DIR/missing does not exist",
    );
    check(
        "link",
        |dir| symlink("link", dir.join("link")).unwrap(),
        "cannot read DIR/link: too many symbolic links",
    );
    check(
        "link",
        |dir| {
            fs::write(dir.join("out.c1z"), artifact()).unwrap();
            symlink("out.c1z", dir.join("link")).unwrap();
        },
        "1 syncs",
    );
}

#[cfg(unix)]
#[test]
fn devices_pipes_and_sockets_are_not_replaced() {
    check(
        "socket",
        |dir| drop(std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap()),
        "cannot write DIR/socket: it is not a regular file",
    );
    check(
        "pipe",
        |dir| {
            use rustix::fs::{CWD, FileType, Mode, mknodat};
            mknodat(CWD, dir.join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        },
        "cannot write DIR/pipe: it is not a regular file",
    );
    for device in ["/dev/null", "/dev/sync.c1z"] {
        let error = inspect_target(Path::new(device)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cannot write {device}: /dev has devices and files that are open already, which are not replaced; name the file \
                 itself"
            )
        );
    }
}

/// A regular file that is open under a name of the system, as standard output is after `>`: the shell has emptied it, and who
/// reads it through what is open would never see the artifact.
#[cfg(target_os = "linux")]
#[test]
fn open_files_are_not_replaced() {
    use std::os::fd::AsRawFd;
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let open = fs::File::create(&output).unwrap();
    let name = format!("fd/{}", open.as_raw_fd());
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(format!("/proc/self/{name}"), &link).unwrap();
    for path in [
        format!("/dev/{name}").into(),
        format!("/proc/self/{name}").into(),
        link,
    ] {
        let error: c1z_file::TargetError = inspect_target(&path).unwrap_err();
        assert!(matches!(error, c1z_file::TargetError::NotKept { .. }), "{error}");
    }
    assert_eq!(names(dir.path()), ["link", "out.c1z"]);
    // A directory by such a name is the directory itself.
    let open = fs::File::open(dir.path()).unwrap();
    let within = format!("/proc/self/fd/{}/out.c1z", open.as_raw_fd());
    assert_eq!(inspect_target(Path::new(&within)).unwrap(), Target::Empty);
}

/// A file that the system does not let be replaced is found before anything is read: here it is marked as immutable.
#[cfg(target_os = "linux")]
#[test]
fn immutable_files_are_found() {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    fs::write(&output, artifact()).unwrap();
    let file = fs::File::open(&output).unwrap();
    let marked = ioctl_getflags(&file).and_then(|flags| ioctl_setflags(&file, flags | IFlags::IMMUTABLE));
    if marked.is_err() {
        use std::io::Write;
        let why = "not tried: this user or this file system marks no file as immutable";
        let _ = writeln!(std::io::stderr(), "{why}");
        return;
    }
    let error = inspect_target(&output);
    ioctl_setflags(&file, ioctl_getflags(&file).unwrap() - IFlags::IMMUTABLE).unwrap();
    assert_eq!(
        sample::without(dir.path(), &error.unwrap_err()),
        "cannot replace DIR/out.c1z: Operation not permitted (os error 1); name another output, or have its owner let it \
         be replaced"
    );
    assert_eq!(names(dir.path()), ["out.c1z"]);
    assert_eq!(fs::read(&output).unwrap(), artifact());
}
