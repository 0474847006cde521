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
    let mut program = Command::new(env!("CARGO_BIN_EXE_atlassian-action"));
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

#[test]
fn actions_are_listed_without_a_key_or_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let listed = end(program(folder.path(), &["list"])
        .env("SSL_CERT_FILE", "missing")
        .env("SSL_CERT_DIR", "missing"));
    assert!(listed.starts_with("exit 0\nenable_user\n"), "{listed}");
}

#[test]
fn what_is_missing_or_there_twice_is_named() {
    let vendor = Vendor::new();
    let invoke = |arguments: &[&str]| {
        let arguments = [&["invoke", "disable_user"], arguments].concat();
        end(&mut vendor.program(&arguments))
    };
    let mut nothing = program(vendor.folder.path(), &["invoke", "disable_user", "user_id=a"]);
    insta::assert_snapshot!(end(&mut nothing), @"
    exit 2
    atlassian-action: not configured correctly: missing --access-token (BATON_ACCESS_TOKEN or BATON_API_TOKEN) and --organization-id (BATON_ORGANIZATION_ID or BATON_ORG). Give each as a flag, in the environment or in the configuration file
    ");
    insta::assert_snapshot!(invoke(&["user_id=a", "user_id=b"]), @"
    exit 2
    atlassian-action: not configured correctly: the argument user_id is given twice
    ");
    insta::assert_snapshot!(invoke(&["user_id"]), @"
    exit 2
    atlassian-action: not configured correctly: argument 1 of the action is not NAME=VALUE
    ");
    insta::assert_snapshot!(end(&mut vendor.program(&[])), @"
    exit 2
    atlassian-action: not configured correctly: nothing is asked for. atlassian-action --help lists the commands
    ");
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_DELETE_RESOURCE", "u")), @"
    exit 12
    atlassian-action: not offered: BATON_DELETE_RESOURCE: atlassian-action only lists and invokes actions. Leave the setting out, or use the program that does it
    ");
    assert_eq!(vendor.requests(), 0);
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
    let invoke = |action, environment: &[(&str, &str)]| {
        let mut program = vendor.program(&["invoke", action, user.as_str()]);
        end(program.envs(environment.iter().copied())).replace(&account, "[account]")
    };
    // The environment alone makes it a dry run.
    let dry = invoke("disable_user", &[("BATON_DRY_RUN", "1")]);
    assert!(
        dry.contains("account Jonas Berg ([account]) would be suspended"),
        "{dry}"
    );
    assert_eq!(vendor.running.writes(), []);
    let done = invoke("disable_user", &[("BATON_AUDIT_LOG", "audit.jsonl")]);
    assert!(
        done.contains("account Jonas Berg ([account]) was suspended"),
        "{done}"
    );
    assert!(done.contains("\"success\": true"), "{done}");
    assert!(vendor.folder.path().join("audit.jsonl").exists());
    let done = invoke("enable_user", &[]);
    assert!(
        done.contains("account Jonas Berg ([account]) was restored"),
        "{done}"
    );
    assert_eq!(vendor.running.writes().len(), 2);
    insta::assert_snapshot!(invoke("disable_usr", &[]), @r#"
    exit 5
    atlassian-action: not found: there is no action "disable_usr"; this connector has enable_user, disable_user, deactivate_account, reactivate_account, cancel_account_deletion, revoke_api_token, remove_user, invite_user. Did you mean "disable_user" (Disable User)?
    "#);
}
