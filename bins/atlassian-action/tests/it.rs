//! The real program against a simulated organization.
#![forbid(unsafe_code)]

use atlassian_sim::{Org, OrgSpec, Quirks, Running, Simulator};
use std::process::Command;
use tokio::runtime::Runtime;

struct Vendor {
    org: Org,
    running: Running,
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
            _runtime: runtime,
        }
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-action"));
        program
            .env("BATON_API_TOKEN", self.org.api_key())
            .env("BATON_ORG", self.org.id())
            .args(["--base-url", &self.running.url()])
            .args(arguments);
        program
    }
}

/// Exit code, stdout and stderr.
fn end(program: &mut Command) -> String {
    let output = program.output().unwrap();
    let text = String::from_utf8_lossy;
    let exit = output.status.code().unwrap_or(-1);
    format!("exit {exit}\n{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn actions_are_listed_without_a_key_or_certificates() {
    let listed = end(Command::new(env!("CARGO_BIN_EXE_atlassian-action"))
        .env_remove("BATON_API_TOKEN")
        .env("SSL_CERT_FILE", "missing")
        .env("SSL_CERT_DIR", "missing")
        .arg("list"));
    assert!(listed.starts_with("exit 0\nenable_user user_id=…\n"), "{listed}");
}

#[test]
fn what_is_missing_or_there_twice_is_named() {
    let vendor = Vendor::new();
    let invoke = |name: &str, arguments: &[&str]| {
        let arguments = [&["invoke", "disable_user"], arguments].concat();
        let mut program = vendor.program(&arguments);
        if !name.is_empty() {
            program.env(name, "");
        }
        end(&mut program)
    };
    insta::assert_snapshot!(invoke("BATON_API_TOKEN", &["user_id=a"]), @"
    exit 2
    atlassian-action: not configured correctly: missing --access-token (BATON_API_TOKEN)
    ");
    insta::assert_snapshot!(invoke("BATON_ORG", &["user_id=a"]), @"
    exit 2
    atlassian-action: not configured correctly: missing --organization-id (BATON_ORG)
    ");
    insta::assert_snapshot!(invoke("", &["user_id=a", "user_id=b"]), @"
    exit 2
    atlassian-action: not configured correctly: the argument user_id is given twice
    ");
    assert_eq!(vendor.running.counters().total().requests, 0);
}

#[test]
fn an_account_is_suspended_and_restored() {
    let vendor = Vendor::new();
    let account = vendor
        .org
        .truth()
        .accounts()
        .find(|account| account.status == Some("active") && account.platform_roles.is_empty())
        .unwrap()
        .id;
    let user = format!("user_id={account}");
    let invoke = |action, more: &[&str]| {
        let arguments = [&["invoke", action, user.as_str()], more].concat();
        end(&mut vendor.program(&arguments)).replace(&account, "[account]")
    };
    insta::assert_snapshot!(invoke("disable_user", &["--dry-run"]), @"
    exit 0
    account Jonas Berg ([account]) would be suspended in the directory Larkspur Directory (76c82124-bce0-4c25-bd4b-5f92128f080d)
    ");
    assert_eq!(vendor.running.writes(), []);
    insta::assert_snapshot!(invoke("disable_user", &[]), @r#"
    exit 0
    account Jonas Berg ([account]) was suspended in the directory Larkspur Directory (76c82124-bce0-4c25-bd4b-5f92128f080d)
    {"success":true}
    "#);
    insta::assert_snapshot!(invoke("enable_user", &[]), @r#"
    exit 0
    account Jonas Berg ([account]) was restored in the directory Larkspur Directory (76c82124-bce0-4c25-bd4b-5f92128f080d)
    {"success":true}
    "#);
    assert_eq!(vendor.running.writes().len(), 2);
    insta::assert_snapshot!(invoke("disable_usr", &[]), @r#"
    exit 5
    atlassian-action: not found: there is no action "disable_usr"; this connector has enable_user, disable_user, deactivate_account, reactivate_account, cancel_account_deletion, revoke_api_token, remove_user, invite_user. Did you mean "disable_user" (Disable User)?
    "#);
    insta::assert_snapshot!(invoke("disable_user", &["notify=true"]), @r#"
    exit 3
    atlassian-action: invalid value: the arguments of action "disable_user" cannot be used: notify is not known; known are user_id
    "#);
}
