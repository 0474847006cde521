//! The real program against a simulated organization.
#![forbid(unsafe_code)]

use atlassian_sim::{Org, OrgSpec, Quirks, Running, Simulator};
use std::path::Path;
use std::process::Command;
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

    /// The program with all that it needs in its environment, and nothing but that.
    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = program(self.folder.path(), arguments);
        program
            .env("BATON_ACCESS_TOKEN", self.org.api_key())
            .env("BATON_ORGANIZATION_ID", self.org.id())
            .env("BATON_BASE_URL", self.running.url());
        program
    }

    /// Requests that reached the vendor.
    fn requests(&self) -> u64 {
        self.running.counters().total().requests
    }
}

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-sync"));
    program
        .args(arguments)
        .env_clear()
        .current_dir(folder)
        .env("BATON_LOG_LEVEL", "error")
        .env("BATON_LOG_FORMAT", "console");
    // Windows cannot open a socket without it.
    #[expect(
        clippy::disallowed_methods,
        reason = "it is of the machine, not of the program"
    )]
    if let Some(root) = std::env::var_os("SystemRoot") {
        program.env("SystemRoot", root);
    }
    program
}

/// Exit code, stdout and stderr.
fn end(program: &mut Command) -> String {
    let output = program.output().unwrap();
    let text = String::from_utf8_lossy;
    let exit = output.status.code().unwrap_or(-1);
    format!("exit {exit}\n{}{}", text(&output.stdout), text(&output.stderr))
}

/// What is told of a sync that has no artifact, or the first line of the summary of one that has.
fn first_lines(ended: &str) -> String {
    ended.lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sync_takes_its_settings_from_the_environment() {
    let vendor = Vendor::new();
    let ended = end(vendor.program(&[]).env("BATON_FILE", "other.c1z"));
    assert!(
        ended.starts_with("exit 0\nSynced Atlassian organization"),
        "{ended}"
    );
    assert!(vendor.folder.path().join("other.c1z").exists());
    assert!(!vendor.folder.path().join("sync.c1z").exists());
}

#[test]
fn a_sync_takes_its_settings_from_the_file() {
    let vendor = Vendor::new();
    let file = format!(
        "access-token: {}\norganization-id: {}\nbase-url: {}\nfile: other.c1z\n",
        vendor.org.api_key(),
        vendor.org.id(),
        vendor.running.url()
    );
    std::fs::write(vendor.folder.path().join(".baton.yaml"), file).unwrap();
    let ended = end(&mut program(vendor.folder.path(), &[]));
    assert!(ended.starts_with("exit 0\n"), "{ended}");
    assert!(vendor.folder.path().join("other.c1z").exists());
}

#[test]
fn what_it_does_not_do_is_refused_wherever_it_stands() {
    let vendor = Vendor::new();
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_DRY_RUN", "true")), @"
    exit 2
    atlassian-sync: not configured correctly: BATON_DRY_RUN is given, but no change is asked for. A sync changes nothing at the vendor and needs no such setting
    ");
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_REVOKE_GRANT", "g")), @"
    exit 12
    atlassian-sync: not offered: BATON_REVOKE_GRANT: atlassian-sync only syncs. Leave the setting out, or use the program that does it
    ");
    insta::assert_snapshot!(end(&mut vendor.program(&["--invoke-action", "disable_user"])), @"
    exit 12
    atlassian-sync: not offered: --invoke-action: atlassian-sync only syncs. Leave the setting out, or use the program that does it
    ");
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_CLIENT_ID", "c")), @"
    exit 12
    atlassian-sync: not offered: BATON_CLIENT_ID: this program does one thing and ends; service mode is not built yet
    ");
    assert_eq!(vendor.requests(), 0);
}

#[test]
fn a_wrong_key() {
    let vendor = Vendor::new();
    let ended = end(vendor.program(&[]).env("BATON_ACCESS_TOKEN", "not-the-key"));
    assert!(ended.starts_with("exit 16\n"), "{ended}");
    assert!(!ended.contains("not-the-key"));
    assert!(!vendor.folder.path().join("sync.c1z").exists());
}

#[test]
fn a_missing_folder() {
    let vendor = Vendor::new();
    let ended = end(&mut vendor.program(&["-f", "missing/sync.c1z"]));
    assert!(ended.starts_with("exit 2\n"), "{ended}");
    assert_eq!(vendor.requests(), 0);
}

#[test]
fn a_recorded_sync_is_replayed_without_key_and_network() {
    let vendor = Vendor::new();
    let recorded = end(&mut vendor.program(&["--record", "recording"]));
    assert!(recorded.starts_with("exit 0\n"), "{recorded}");
    let requests = vendor.requests();
    let replay = ["--replay", "recording", "-f", "again.c1z"];
    let replayed = end(&mut program(vendor.folder.path(), &replay));
    assert!(
        first_lines(&replayed).starts_with("exit 0\nSynced the recorded organization"),
        "{replayed}"
    );
    assert_eq!(vendor.requests(), requests);
}
