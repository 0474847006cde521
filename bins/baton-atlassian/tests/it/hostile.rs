//! Surroundings that others have made, and limits of the machine.

use crate::harness::Vendor;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Somebody without rights.
const STRANGER: u32 = 1_234_567;

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        // Past the capturing of tests, so that it is seen.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: only root can run a program as another user"
        );
    }
    is_root
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The same program, run by somebody else. It stands beside the artifact, because the folder of the build may be closed to
/// others, as a home is.
fn of_a_stranger(vendor: &Vendor, wanted: &Command) -> Command {
    let built = Path::new(env!("CARGO_BIN_EXE_baton-atlassian"));
    let program = vendor.path("program");
    fs::hard_link(built, &program)
        .or_else(|_| fs::copy(built, &program).map(drop))
        .unwrap();
    set_mode(&program, 0o755);
    let mut stranger = as_stranger(vendor, program, wanted);
    stranger.args(wanted.get_args());
    stranger
}

/// A command of somebody else, in the folder and the environment of this one.
fn as_stranger(vendor: &Vendor, program: impl AsRef<OsStr>, wanted: &Command) -> Command {
    let mut stranger = like(vendor, program, wanted);
    stranger.uid(STRANGER).gid(STRANGER);
    stranger
}

/// A command in the folder and the environment of this one.
fn like(vendor: &Vendor, program: impl AsRef<OsStr>, wanted: &Command) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(wanted.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(vendor.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// In a folder like /tmp nobody replaces the files of others. That is found before the sync, not after it.
#[test]
fn an_artifact_of_somebody_else_in_a_sticky_folder() {
    if !is_root() {
        return;
    }
    let vendor = Vendor::new();
    assert_eq!(vendor.run(&[]).exit, Some(0));
    let before = vendor.requests();
    set_mode(vendor.folder.path(), 0o1777);
    set_mode(&vendor.path("sync.c1z"), 0o644);
    let mut program = of_a_stranger(&vendor, &vendor.program(&[]));
    let ran = vendor.ended(program.spawn().unwrap());
    assert_eq!(ran.exit, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot replace sync.c1z: "), "{}", ran.stderr);
    assert_eq!(vendor.requests(), before);
}

/// Neither a panic nor a sync that waits for ever.
#[test]
fn no_threads_can_be_started() {
    if !is_root() {
        return;
    }
    let vendor = Vendor::new();
    set_mode(vendor.folder.path(), 0o777);
    let program = of_a_stranger(&vendor, &vendor.program(&[]));
    let mut limited = as_stranger(&vendor, "sh", &program);
    limited
        .args([
            "-c",
            r#"(ulimit -u 1) 2>/dev/null && ulimit -u 1 || ulimit -p 1; exec "$0""#,
        ])
        .arg(program.get_program());
    let ran = vendor.ended(limited.spawn().unwrap());
    assert_eq!(ran.exit, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot start "), "{}", ran.stderr);
    assert_eq!(vendor.requests(), 0);
}

/// A limit of file sizes is an error like any other of a disk, not a signal that ends the process without a word.
#[test]
fn a_limit_of_file_sizes_is_told() {
    let vendor = Vendor::new();
    let program = vendor.program(&[]);
    let mut limited = like(&vendor, "sh", &program);
    limited
        .args(["-c", r#"ulimit -f 8; exec "$0""#])
        .arg(program.get_program());
    let ran = vendor.ended(limited.spawn().unwrap());
    assert_eq!(ran.exit, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("staging"), "{}", ran.stderr);
    assert!(!vendor.path("sync.c1z").exists());
}

/// A pipe is not waited for, neither by a sync nor by a change.
#[test]
fn a_pipe_in_the_place_of_the_artifact() {
    let vendor = Vendor::new();
    let pipe = vendor.path("pipe.c1z");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    for arguments in [
        &["-f", "pipe.c1z"][..],
        &["-f", "pipe.c1z", "--revoke-grant", "g"],
    ] {
        let ran = vendor.run(arguments);
        assert_eq!(ran.exit, Some(9), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("pipe.c1z: it is not a regular file"),
            "{}",
            ran.stderr
        );
    }
}

/// The key comes through standard input and is in no argument and no variable.
#[test]
fn the_key_comes_through_standard_input() {
    let vendor = Vendor::new();
    let mut program = vendor.program(&["--access-token-file", "-"]);
    let mut child = program
        .env_remove("BATON_API_TOKEN")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", vendor.org.api_key()).unwrap();
    let ran = vendor.ended(child);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
}

/// An administrator says who may read the artifact by preparing the file; one that everyone can read is named.
#[test]
fn who_may_read_the_artifact() {
    let vendor = Vendor::new();
    let mode = || {
        fs::metadata(vendor.path("sync.c1z"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    let told = "everyone on this machine can read sync.c1z";
    for (prepared, is_told) in [(0o640, false), (0o644, true)] {
        fs::write(vendor.path("sync.c1z"), "").unwrap();
        set_mode(&vendor.path("sync.c1z"), prepared);
        let ran = vendor.run(&[]);
        assert_eq!((ran.exit, mode()), (Some(0), prepared));
        assert_eq!(ran.stdout.contains(told), is_told, "{}", ran.stdout);
    }
    let ran = vendor.run(&["--file-mode", "0600"]);
    assert_eq!((ran.exit, mode()), (Some(0), 0o600));
    for wrong in ["rw", "0999", "0400", "01600"] {
        assert_eq!(vendor.run(&["--file-mode", wrong]).exit, Some(2), "{wrong}");
    }
}

/// A change unpacks the artifact where it is told to, and needs no folder of the system.
#[test]
fn a_folder_for_the_copy_of_a_change() {
    let vendor = Vendor::new();
    assert_eq!(vendor.run(&[]).exit, Some(0));
    let arguments = ["--revoke-grant", "no-such-grant", "--c1z-temp-dir", "missing"];
    let ran = vendor.run_with(
        &arguments,
        &[("BATON_TMPDIR", "missing-too"), ("TMPDIR", "/missing")],
    );
    // It is beside the artifact, and what was asked for is not there.
    assert_eq!(ran.exit, Some(5), "{}", ran.stderr);
}
