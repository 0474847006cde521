//! The real program against a simulated organization.
#![forbid(unsafe_code)]

use atlassian_sim::{Org, OrgSpec, Quirks, Running, Simulator};
use std::process::{Command, Output};
use tempfile::TempDir;
use tokio::runtime::Runtime;

struct Vendor {
    org: Org,
    running: Running,
    folder: TempDir,
    _runtime: Runtime,
}

impl Vendor {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let org = Org::generate(OrgSpec::small(12).with_quirks(Quirks::none()));
        let running = runtime
            .block_on(Simulator::builder(org.clone()).bind("127.0.0.1:0"))
            .unwrap();
        Self {
            org,
            running,
            folder: tempfile::tempdir().unwrap(),
            _runtime: runtime,
        }
    }

    fn run(&self, key: &str, file: &str) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-sync"));
        program
            .current_dir(&self.folder)
            .env("BATON_API_TOKEN", key)
            .env("BATON_ORG", self.org.id());
        program
            .args(["--base-url", &self.running.url(), "-f", file])
            .output()
            .unwrap()
    }
}

/// Exit code, stdout and stderr.
fn end(output: &Output) -> String {
    let exit = output.status.code().unwrap_or(-1);
    let text = String::from_utf8_lossy;
    format!("exit {exit}\n{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_sync() {
    let vendor = Vendor::new();
    insta::assert_snapshot!(end(&vendor.run(vendor.org.api_key(), "sync.c1z")), @"
    exit 0
    23 resources and 47 grants in sync.c1z
    ");
    assert!(vendor.folder.path().join("sync.c1z").exists());
}

#[test]
fn a_wrong_key() {
    let vendor = Vendor::new();
    let output = vendor.run("not-the-key", "sync.c1z");
    assert_eq!(output.status.code(), Some(16));
    assert!(!end(&output).contains("not-the-key"));
    assert!(!vendor.folder.path().join("sync.c1z").exists());
}

#[test]
fn a_recording_is_finished_whatever_came_of_the_sync() {
    let vendor = Vendor::new();
    let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-sync"));
    program
        .current_dir(&vendor.folder)
        .env("BATON_API_TOKEN", "not-the-key")
        .env("BATON_ORG", vendor.org.id())
        .args(["--base-url", &vendor.running.url(), "--record", "recording"]);
    assert_eq!(program.output().unwrap().status.code(), Some(16));
    let recording = vendor.folder.path().join("recording/cassette-0001.json");
    let recording = std::fs::read_to_string(recording).unwrap();
    assert!(recording.contains("\n  \"end\": {"), "{recording}");
}

#[test]
fn a_missing_folder() {
    let vendor = Vendor::new();
    assert_eq!(
        vendor.run(vendor.org.api_key(), "missing/sync.c1z").status.code(),
        Some(2)
    );
    assert_eq!(vendor.running.counters().total().requests, 0);
}

#[test]
fn a_recorded_sync_is_replayed_without_key_and_network() {
    let vendor = Vendor::new();
    let program = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-sync"));
        program.current_dir(&vendor.folder).args(arguments);
        program
    };
    let mut recording = program(&["--base-url", &vendor.running.url(), "--record", "recording"]);
    recording
        .env("BATON_API_TOKEN", vendor.org.api_key())
        .env("BATON_ORG", vendor.org.id());
    let recorded = end(&recording.output().unwrap());
    let requests = vendor.running.counters().total().requests;
    let mut replay = program(&["--replay", "recording", "-f", "again.c1z"]);
    let replayed = end(&replay
        .env_remove("BATON_API_TOKEN")
        .env_remove("BATON_ORG")
        .output()
        .unwrap());
    assert_eq!(replayed.replace("again.c1z", "sync.c1z"), recorded);
    assert!(recorded.starts_with("exit 0\n"), "{recorded}");
    assert_eq!(vendor.running.counters().total().requests, requests);
    let neither = program(&[]).env_remove("BATON_API_TOKEN").output().unwrap();
    assert_eq!(neither.status.code(), Some(2));
}
