//! Who may read an artifact, and where its private copy is.

use crate::sample::{self, at, org};
use c1z_file::{Artifact, ArtifactWriter, ReadError, ReadOptions, WriterOptions};
use std::{
    fs,
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
};

/// Somebody else.
const STRANGER: u32 = 1_234_567;

fn write(output: &Path, mode: Option<u32>) {
    let options = WriterOptions::new(sample::sync()).with_file_mode(mode);
    let mut writer = ArtifactWriter::create(output, options).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    writer.finish(at(sample::ENDED_AT), "").unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// An empty file with this mode, as an administrator prepares it.
fn prepare(path: &Path, mode: u32) {
    fs::write(path, "").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_artifact_is_readable_by_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    write(&output, None);
    assert_eq!(mode(&output), 0o600);
    let chosen = dir.path().join("chosen.c1z");
    write(&chosen, Some(0o640));
    assert_eq!(mode(&chosen), 0o640);
}

#[test]
fn an_artifact_keeps_the_mode_of_what_it_replaces() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    for kept in [0o640, 0o644, 0o600, 0o464] {
        prepare(&output, kept);
        write(&output, None);
        assert_eq!(mode(&output), kept, "an empty file");
        write(&output, None);
        assert_eq!(mode(&output), kept, "an artifact");
    }
    write(&output, Some(0o660));
    assert_eq!(mode(&output), 0o660, "what is asked for wins");

    // Behind a link it is the file that counts.
    let link = dir.path().join("link.c1z");
    symlink("out.c1z", &link).unwrap();
    write(&link, None);
    assert_eq!(mode(&output), 0o660);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn root_keeps_owner_and_group() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    prepare(&output, 0o640);
    if chown(&output, Some(STRANGER), Some(STRANGER + 1)).is_err() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: only root can give a file to another user"
        );
        return;
    }
    write(&output, None);
    let found = fs::metadata(&output).unwrap();
    assert_eq!(
        (found.uid(), found.gid(), found.mode() & 0o777),
        (STRANGER, STRANGER + 1, 0o640)
    );
}

/// Whoever can put a file there must not get the new artifact, nor choose where it is written.
#[test]
fn what_strangers_put_there_hands_nothing_on() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    write(&output, Some(0o666));
    if chown(&output, Some(STRANGER), Some(STRANGER + 1)).is_err() {
        return;
    }
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let reader = Artifact::open(&output, ReadOptions::default()).unwrap();
    assert_eq!(reader.doubt(), Some("owner 1234567, mode 0666"));
    write(&output, None);
    let found = fs::metadata(&output).unwrap();
    let me = fs::metadata(dir.path()).unwrap();
    assert_eq!(
        (found.uid(), found.gid(), mode(&output)),
        (me.uid(), me.gid(), 0o600)
    );
    assert_eq!(
        Artifact::open(&output, ReadOptions::default()).unwrap().doubt(),
        None
    );
    let link = dir.path().join("link.c1z");
    symlink("elsewhere.c1z", &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(STRANGER), None).unwrap();
    let refused = ArtifactWriter::create(&link, WriterOptions::new(sample::sync())).unwrap_err();
    assert!(refused.to_string().contains("is a link of user"), "{refused}");
    assert!(!dir.path().join("elsewhere.c1z").exists());
}

/// The working files hold the same rows.
#[test]
fn working_files_are_private() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer =
        ArtifactWriter::create(&dir.path().join("out.c1z"), WriterOptions::new(sample::sync())).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    let work = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(mode(&work), 0o700);
    assert_eq!(mode(&work.join("db")), 0o600);
}

fn names(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

/// Whatever ends the process, nothing of the copy is left: it has no name.
#[test]
fn the_copy_has_no_name() {
    let dir = tempfile::tempdir().unwrap();
    let (output, temp) = (dir.path().join("out.c1z"), dir.path().join("temp"));
    fs::create_dir(&temp).unwrap();
    write(&output, None);
    let artifact = Artifact::open(&output, ReadOptions::default().with_temp_dir(&temp)).unwrap();
    assert!(names(&temp).is_empty());
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    assert_eq!(artifact.grants(&sync.sync_id).count(), org().grants.len());
}

/// The first folder that can be written is taken; where there is none, all are named.
#[test]
fn the_copy_is_where_it_can_be() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    write(&output, None);
    let missing = |name: &str| dir.path().join("missing").join(name);
    let options = ReadOptions::default()
        .with_temp_dir(missing("first"))
        .with_temp_dir(missing("second"));
    Artifact::open(&output, options.clone()).unwrap();
}

/// Opening a pipe would wait for somebody who writes to it.
#[test]
fn a_pipe_is_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.c1z");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
    for path in [&*pipe, Path::new("/dev/zero")] {
        let error = Artifact::open(path, ReadOptions::default()).unwrap_err();
        assert!(matches!(error, ReadError::NotAFile { .. }), "{error}");
    }
}
