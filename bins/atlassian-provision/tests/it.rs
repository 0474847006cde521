//! The real program against a simulated organization.
#![forbid(unsafe_code)]

use atlassian_sim::{Org, OrgSpec, Quirks, Running, Simulator};
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

    /// Exit code, stdout and stderr of the program.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let scim = self.org.scim_directories().next().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_atlassian-provision"))
            .current_dir(&self.folder)
            .env("BATON_API_TOKEN", self.org.api_key())
            .env("BATON_ORG", self.org.id())
            .env("BATON_SCIM_TOKEN", scim.key())
            .env(
                "BATON_SCIM_BASE_URL",
                format!("{}{}", self.running.url(), scim.path()),
            )
            .args(["--base-url", &self.running.url()])
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy;
        (
            output.status.code().unwrap_or(-1),
            format!("{}{}", text(&output.stdout), text(&output.stderr)),
        )
    }
}

#[test]
fn an_account_comes_and_goes() {
    let vendor = Vendor::new();
    let (exit, said) = vendor.run(&["create-account", "ines@larkspur.example", "--dry-run"]);
    assert_eq!(exit, 0, "{said}");
    assert_eq!(vendor.running.writes(), []);
    let (exit, said) = vendor.run(&["create-account", "ines@larkspur.example"]);
    assert_eq!(exit, 0, "{said}");
    let account = said
        .split_whitespace()
        .find(|word| word.contains(':'))
        .expect("the id of the account");
    let (exit, said) = vendor.run(&["delete-account", account, "--audit-log", "audit.jsonl"]);
    assert!(vendor.folder.path().join("audit.jsonl").exists(), "{said}");
    assert_eq!(exit, 0, "{said}");
    assert_eq!(vendor.running.writes().len(), 2);
    assert_eq!(vendor.run(&["delete-account", "nobody-at-all"]).0, 5);
}

#[test]
fn what_is_missing_is_named() {
    let run = |name: &str| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-provision"));
        program
            .env("BATON_API_TOKEN", "some-key-of-no-use")
            .env("BATON_ORG", "8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f");
        let output = program.env(name, "").args(["revoke", "some-grant"]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    insta::assert_snapshot!(run("BATON_API_TOKEN"), @"atlassian-provision: not configured correctly: missing --access-token (BATON_API_TOKEN)");
    insta::assert_snapshot!(run("BATON_ORG"), @"atlassian-provision: not configured correctly: missing --organization-id (BATON_ORG)");
}

#[test]
fn ids_are_looked_up_in_the_artifact() {
    let vendor = Vendor::new();
    let (exit, said) = vendor.run(&["revoke", "some-grant"]);
    assert_eq!(exit, 5);
    insta::assert_snapshot!(said, @"atlassian-provision: not found: there is no artifact at sync.c1z. Sync first, or name the artifact of a sync");
    let (exit, _) = vendor.run(&["grant", "an-entitlement", "someone"]);
    assert_eq!(exit, 5);
    assert_eq!(vendor.running.counters().total().requests, 0);
}
