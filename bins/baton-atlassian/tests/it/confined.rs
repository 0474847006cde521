//! The program as a container runs it: a read-only root, a user without a name, no home, two folders to write to.

use crate::company::Company;
use crate::daemon::{Daemon, Place};
use crate::harness::Ran;
use c1_standin::{Finished, tasks};
use connector_sdk::proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use std::io::Write as _;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A user that no machine knows.
const USER: u32 = 1_234_567;

/// Makes everything read-only but one folder, and gives up every right.
const CONFINE: &str = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0" \
    && exec setpriv --reuid 1234567 --regid 1234567 --clear-groups --no-new-privs "$@""#;

/// The program with the same variables, confined to a folder. `None` where this machine does not let a test do that, which it
/// says on stderr.
fn confined(program: &Command, folder: &Path) -> Option<Command> {
    let can = Command::new("unshare")
        .args(["--mount", "sh", "-c", CONFINE])
        .arg(folder)
        .args([
            "sh",
            "-c",
            "! (echo > /not-writable) 2>/dev/null && test \"$(id -u)\" = 1234567",
        ])
        .output();
    if !can.as_ref().is_ok_and(|ran| ran.status.success()) {
        let why = format!("not proven on this machine: a read-only root needs the right to mount ({can:?})");
        writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
        return None;
    }
    let mut confined = Command::new("unshare");
    confined
        .args(["--mount", "sh", "-c", CONFINE])
        .arg(folder)
        .arg(program.get_program())
        .args(program.get_args())
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    for (name, value) in program.get_envs() {
        confined.envs(value.map(|value| (name, value)));
    }
    confined.env_remove("HOME").env_remove("TMPDIR");
    Some(confined)
}

/// A folder in which the user may write, open to nobody else.
fn writable(company: &Company, name: &str) -> std::path::PathBuf {
    let folder = company.path(name);
    std::fs::create_dir(&folder).unwrap();
    // Without the right to give it away, nothing can be confined either.
    let _ = chown(&folder, Some(USER), Some(USER));
    folder
}

#[test]
fn a_sync_and_a_change_need_one_writable_folder() {
    let company = Company::new();
    let folder = writable(&company, "artifacts");
    // The way to the folder is open to others, the folder is not.
    let parent = company.folder.path();
    std::fs::set_permissions(parent, std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let run = |arguments: &[&str]| {
        let mut program = company.program(arguments);
        program.env("BATON_FILE", folder.join("sync.c1z"));
        let mut confined = confined(&program, &folder)?;
        Some(Ran::of(confined.output().unwrap(), &folder))
    };
    let Some(synced) = run(&["--allow-gaps"]) else {
        return;
    };
    assert_eq!(synced.exit, Some(0), "{}", synced.stderr);
    assert!(c1z_file::verify(&folder.join("sync.c1z")).unwrap().is_clean());
    let artifact =
        c1z_file::Artifact::open(&folder.join("sync.c1z"), c1z_file::ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap().sync_id;
    let member = artifact
        .grants(&sync)
        .map(|row| row.unwrap().external_id)
        .find(|id| id.starts_with("group:") && id.contains(":member:user:"))
        .unwrap();
    let revoked = run(&["--revoke-grant", &member, "--verify"]).unwrap();
    assert_eq!(revoked.exit, Some(0), "{}", revoked.stderr);
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "sync.c1z" && !name.ends_with(".lock"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_daemon_needs_one_writable_folder() {
    let place = Place::of(Company::new(), Duration::from_secs(1));
    let parent = place.company.folder.path();
    std::fs::set_permissions(parent, std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let folder = writable(&place.company, "state");
    let mut program = place.program(&[]);
    program
        .env("BATON_STATE_DIR", folder.join("kept"))
        .env("BATON_TMPDIR", &folder)
        .env("BATON_PROVISIONING", "true");
    let Some(confined) = confined(&program, &folder) else {
        return;
    };
    let daemon = Daemon::of(confined);
    place.standin.hand_out(tasks::full_sync());
    let is_done = |finished: Finished| matches!(finished.request.final_state, Some(FinalState::Success(_)));
    assert!(is_done(place.finished(1)));
    place.standin.hand_out(tasks::list_actions());
    assert!(is_done(place.finished(2)));
    assert_eq!(daemon.stopped(&folder).exit, Some(0));
}
