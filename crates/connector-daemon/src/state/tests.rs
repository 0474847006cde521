//! The state folder, by itself.

use super::*;
use http_kit::SystemClock;

const ID: &str = "0ujsswThIGTUYm2K8FjOOfXtY1K";

fn open(base: &Path) -> Result<State, DaemonError> {
    State::open(base, &["ada@host/x".into(), "host".into()], Arc::new(SystemClock))
}

fn result() -> BatonServiceFinishTaskRequest {
    BatonServiceFinishTaskRequest {
        host_id: "host".into(),
        task_id: ID.into(),
        ..Default::default()
    }
}

/// A sync that was killed leaves a folder that it worked in.
#[test]
fn what_a_killed_sync_worked_in_is_removed_at_the_start() {
    let base = tempfile::tempdir().expect("a folder");
    let state = open(base.path()).expect("usable");
    let folder = state.file("");
    drop(state);
    let scratch = Scratch::create(&folder).expect("made");
    std::fs::write(scratch.file("rows"), "half").expect("written");
    let left = || {
        let found = fs::read_dir(&folder).expect("readable");
        let names = found.map(|entry| entry.expect("readable").file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with(".c1z-work-"))
            .count()
    };
    drop(open(base.path()).expect("usable"));
    assert_eq!(left(), 1, "its owner lives");
    std::fs::remove_file(scratch.file("lock")).expect("there");
    std::fs::write(scratch.file("lock"), "").expect("written");
    drop(open(base.path()).expect("usable"));
    assert_eq!(left(), 0);
}

#[test]
fn a_result_outlives_the_process_and_is_for_one_client_only() {
    let base = tempfile::tempdir().expect("a folder");
    let state = open(base.path()).expect("usable");
    state.begin(ID, "grant").expect("written");
    assert!(state.known(ID).expect("readable").begun);
    state.keep(&result()).expect("written");
    let error = open(base.path()).expect_err("held by another");
    assert_eq!(error.code(), connector_sdk::Code::FailedPrecondition);
    drop(state);
    let other = State::open(
        base.path(),
        &["eve@host/x".into(), "host".into()],
        Arc::new(SystemClock),
    );
    assert!(other.expect("usable").undelivered().expect("readable").is_empty());
    let state = open(base.path()).expect("usable");
    assert_eq!(state.undelivered().expect("readable"), [ID]);
    assert_eq!(state.known(ID).expect("readable").result, Some(result()));
    state.end(ID).expect("removed");
    assert!(state.undelivered().expect("readable").is_empty());
    assert!(!state.known(ID).expect("readable").begun);
}

#[test]
fn what_is_old_or_too_much_is_not_kept() {
    let base = tempfile::tempdir().expect("a folder");
    let state = open(base.path()).expect("usable");
    for number in 0..MOST_TASKS {
        let id = format!("{number:027}");
        fs::write(state.path(&id, RESULT), b"").expect("written");
    }
    let error = state.begin(ID, "grant").expect_err("too many");
    assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
    let now = Timestamp::try_from(
        fs::metadata(&state.folder)
            .and_then(|m| m.modified())
            .expect("a time"),
    );
    let later = now.expect("a time") + SignedDuration::from_hours(25);
    let state = State {
        clock: Arc::new(http_kit::ManualClock::new(later)),
        ..state
    };
    assert!(state.undelivered().expect("readable").is_empty());
    state.begin(ID, "grant").expect("there is room again");
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_have_written_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let base = tempfile::tempdir().expect("a folder");
    let state = open(base.path()).expect("usable");
    let folder = state.folder.clone();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    state.keep(&result()).expect("written");
    let file = state.path(ID, RESULT);
    assert_eq!(mode(&file), 0o600);
    drop(state);
    let refused = |why: &str| {
        let error = open(base.path()).expect_err(why);
        assert_eq!(error.code(), connector_sdk::Code::FailedPrecondition, "{error}");
    };
    fs::set_permissions(&file, PermissionsExt::from_mode(0o602)).expect("set");
    refused("everyone can write a file");
    fs::remove_file(&file).expect("removed");
    symlink("/etc/passwd", &file).expect("made");
    refused("a link");
    fs::remove_file(&file).expect("removed");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o770)).expect("set");
    open(base.path()).expect("a group of ours is no other");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o707)).expect("set");
    refused("everyone can write the folder");
    fs::remove_dir_all(&folder).expect("removed");
    symlink("/tmp", &folder).expect("made");
    refused("the folder is a link");
}

#[test]
fn only_ids_become_names_of_files() {
    assert!(is_task_id(ID));
    for id in [
        "",
        "../../../../../etc/passwd.x",
        "0ujsswThIGTUYm2K8FjOOfXtY1",
        "0ujsswThIGTUYm2K8FjOOfXt.1K",
    ] {
        assert!(!is_task_id(id), "{id}");
    }
}

#[test]
fn an_artifact_that_waits_is_not_replaced_by_the_next_sync() {
    let base = tempfile::tempdir().expect("a folder");
    let state = open(base.path()).expect("usable");
    let output = state.file("sync-1.c1z");
    fs::write(&output, b"whole").expect("written");
    state.hold(ID, &output).expect("held");
    fs::write(state.file("next"), b"refused").expect("written");
    fs::rename(state.file("next"), &output).expect("replaced");
    assert_eq!(fs::read(state.artifact(ID)).expect("there"), b"whole");
    state.end(ID).expect("removed");
    assert!(!state.artifact(ID).exists());
}

#[test]
fn half_written_files_go_and_results_of_other_tasks_are_not_believed() {
    let base = tempfile::tempdir().expect("a folder");
    let state = open(base.path()).expect("usable");
    fs::write(state.path(ID, NEW), b"half").expect("written");
    let other = "1ujsswThIGTUYm2K8FjOOfXtY1K";
    state.keep(&result()).expect("written");
    fs::copy(state.path(ID, RESULT), state.path(other, RESULT)).expect("copied");
    fs::write(state.path("2ujsswThIGTUYm2K8FjOOfXtY1K", RESULT), b"").expect("written");
    assert!(state.known(ID).expect("readable").result.is_some());
    for id in [other, "2ujsswThIGTUYm2K8FjOOfXtY1K"] {
        state.known(id).expect_err("of another task");
    }
    let half = state.path(ID, NEW);
    drop(state);
    open(base.path()).expect("usable");
    assert!(!half.exists());
}
