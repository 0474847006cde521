//! The real program against a simulated organization.
#![forbid(unsafe_code)]

#[path = "../../atlassian-sync/tests/support/mod.rs"]
mod support;

use support::{Vendor, end, program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atlassian-action");

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
