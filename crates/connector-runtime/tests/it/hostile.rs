//! Staging files that another user may have put there: none of their rows gets into an artifact.

use crate::artifact::content;
use crate::bench::Bench;
use crate::scripted::{Fault, Scripted};
use crate::tenant::tenant;
use rusqlite::Connection;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

/// Somebody else.
const STRANGER: u32 = 1_234_567;

/// A sync that stopped at its fifth call.
fn stopped() -> Bench {
    let bench = Bench::with_workers(1);
    bench.sync_fails(&Scripted::new(tenant(6)).faulty(5, Fault::Stops));
    bench
}

/// Said past the capturing of tests, so that it is seen.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// Only root can give a file to somebody else.
fn give_away(path: &Path) -> bool {
    let given = chown(path, Some(STRANGER), None).is_ok();
    if !given {
        skipped("only root can give a file to another user");
    }
    given
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Adds an account to what is staged, as somebody who wants to be in the artifact would.
fn forge(bench: &Bench) {
    let db = Connection::open(bench.staging()).expect("the staging file");
    let changed = db.execute(
        "insert into statements (rid, rank, call, attempt, body) select rid, 1, call, attempt, body from statements limit 1",
        [],
    );
    assert_eq!(changed.expect("a row"), 1);
}

/// The sync starts again and says why: nothing of what was staged is in the artifact, and nothing stays behind.
fn starts_anew(bench: &Bench, why: &str) {
    let undisturbed = Bench::new();
    let connector = Scripted::new(tenant(6));
    undisturbed.sync(&connector).expect("the sync succeeds");
    let second = Scripted::new(tenant(6));
    let report = bench.sync(&second).expect("the second run succeeds");
    assert!(!report.resumed);
    assert_eq!(second.calls().len(), connector.calls().len());
    assert_eq!(
        bench.messages(),
        [format!(
            "set aside an unfinished sync as sync.c1z.staging.old: {why}"
        )]
    );
    assert_eq!(content(&bench.output()), content(&undisturbed.output()));
    assert_eq!(bench.files(), ["sync.c1z"]);
}

#[test]
fn of_another_user() {
    let bench = stopped();
    forge(&bench);
    if give_away(&bench.staging()) {
        let me = rustix::process::geteuid().as_raw();
        starts_anew(
            &bench,
            &format!("it belongs to user {STRANGER}, not to user {me}"),
        );
    }
}

#[test]
fn everyone_can_write_it() {
    let bench = stopped();
    forge(&bench);
    set_mode(&bench.staging(), 0o606);
    starts_anew(&bench, "everyone can write it (mode 0606)");
}

/// Groups share volumes of containers: what the group can write is ours anyway, and so is what everyone can read,
/// as the files of earlier versions.
#[test]
fn its_group_can_write_it() {
    for mode in [0o660, 0o644] {
        let bench = stopped();
        set_mode(&bench.staging(), mode);
        let report = bench.sync(&Scripted::new(tenant(6))).expect("the sync succeeds");
        assert!(report.resumed, "{mode:o}");
    }
}

#[test]
fn of_other_tables() {
    const WHY: &str =
        "its tables are not exactly those of this program: another version wrote it, or it was changed";
    for change in [
        "create trigger t after insert on grants begin delete from grants; end",
        "create view v as select * from grants",
        "create table more (a)",
        "create index i on grants (rid)",
        "drop table unread",
        "alter table grants add column more text",
        "alter table gone rename to was; create view gone as select * from was where 0",
    ] {
        let bench = stopped();
        let db = Connection::open(bench.staging()).expect("the staging file");
        db.execute_batch(change).expect(change);
        drop(db);
        starts_anew(&bench, WHY);
    }
}

/// The log holds rows as well as the file does.
#[test]
fn a_log_that_everyone_can_write() {
    let bench = stopped();
    let log = bench.folder.path().join("sync.c1z.staging-wal");
    std::fs::write(&log, "frames").expect("a file");
    set_mode(&log, 0o666);
    starts_anew(
        &bench,
        "of its companion sync.c1z.staging-wal: everyone can write it (mode 0666)",
    );
}

/// What no file can be is refused, and neither followed nor waited for.
#[test]
fn what_is_no_file() {
    let pipe = |path: &Path| {
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .expect("a pipe");
    };
    for name in [
        "sync.c1z.staging",
        "sync.c1z.staging-lock",
        "sync.c1z.staging-wal",
    ] {
        for (made, make) in [
            ("a symbolic link", None),
            ("a pipe or a device", Some(&pipe as &dyn Fn(&Path))),
        ] {
            let bench = Bench::new();
            let elsewhere = tempfile::tempdir().expect("a folder");
            let target = elsewhere.path().join("target");
            std::fs::write(&target, "mine").expect("a file");
            let path = bench.folder.path().join(name);
            match make {
                Some(make) => make(&path),
                None => symlink(&target, &path).expect("a link"),
            }
            let connector = Scripted::new(tenant(4));
            assert_eq!(
                bench.sync_fails(&connector),
                format!("{name} is in the way: it is {made} (9)")
            );
            assert!(connector.calls().is_empty());
            assert_eq!(std::fs::read_to_string(&target).expect("the file"), "mine");
            assert_eq!(bench.files(), [name]);
        }
    }
}

/// A lock file that somebody else left is none.
#[test]
fn a_lock_of_another_user() {
    let bench = Bench::new();
    let lock = bench.folder.path().join("sync.c1z.staging-lock");
    std::fs::write(&lock, "").expect("a file");
    if give_away(&lock) {
        bench.sync(&Scripted::new(tenant(4))).expect("the sync succeeds");
        assert_eq!(bench.files(), ["sync.c1z"]);
    }
}

/// A sync of another user at the same output is at work, and neither set aside nor joined.
#[test]
fn another_user_is_at_work() {
    let bench = stopped();
    if !give_away(&bench.staging()) {
        return;
    }
    // Locks of this kind do not bind the process that has them, so another one has to have it.
    let mut other = std::process::Command::new("python3")
        .args(["-c", "import fcntl,sys; f=open(sys.argv[1],'r+b'); fcntl.lockf(f,fcntl.LOCK_EX); print('locked',flush=True); sys.stdin.read()"])
        .arg(bench.staging())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(other) = &mut other else {
        skipped("there is no python3 to hold a lock");
        return;
    };
    let mut line = String::new();
    let out = other.stdout.take().expect("its output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("a line");
    assert_eq!(line, "locked\n");
    let error = bench.sync_fails(&Scripted::new(tenant(4)));
    drop(other.stdin.take());
    other.wait().expect("it ends");
    assert_eq!(error, "another sync is at work on sync.c1z.staging (9)");
}

/// Everything that is made beside the output is our own business: who has access to what stands in it.
#[test]
fn new_files_are_private() {
    let bench = stopped();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(bench.folder.path().join(name)).expect(name);
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("sync.c1z.staging"), 0o600);
    let folder = bench.folder.path().to_owned();
    let look = move || {
        for name in ["sync.c1z.staging", "sync.c1z.staging-wal"] {
            let metadata = std::fs::metadata(folder.join(name)).expect(name);
            assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
        }
    };
    let meanwhile = Scripted::new(tenant(6)).faulty(3, Fault::Meanwhile(std::sync::Arc::new(look)));
    bench.sync(&meanwhile).expect("the sync succeeds");
    assert_eq!(mode("sync.c1z"), 0o600);
}
