//! The real program against a simulated organization.
#![forbid(unsafe_code)]

#[path = "../../atlassian-sync/tests/support/mod.rs"]
mod support;

use support::{Vendor, end, program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atlassian-provision");

impl Vendor {
    /// The program, with the SCIM directory too. Exit code, stdout and stderr.
    fn run(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let scim = self.org.scim_directories().next().unwrap();
        let mut program = self.program(arguments);
        program
            .env("BATON_SCIM_TOKEN", scim.key())
            .env(
                "BATON_SCIM_BASE_URL",
                format!("{}{}", self.running.url(), scim.path()),
            )
            .envs(environment.iter().copied());
        end(&mut program)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

const CREATE: [&str; 2] = ["create-account", "ines@larkspur.example"];

#[test]
fn a_dry_run_changes_nothing_wherever_it_is_asked_for() {
    let vendor = Vendor::new();
    let ended = vendor.run_with(&CREATE, &[("BATON_DRY_RUN", "true")]);
    assert!(ended.starts_with("exit 0\n"), "{ended}");
    assert!(ended.contains("Would be sent"), "{ended}");
    let ended = vendor.run(&[CREATE[0], CREATE[1], "--dry-run"]);
    assert!(ended.contains("Would be sent"), "{ended}");
    let ended = vendor.run_with(&CREATE, &[("BATON_DRY_RUN", "maybe")]);
    assert!(ended.starts_with("exit 2\n"), "{ended}");
    // A demonstration is none of the vendor either.
    let ended = vendor.run_with(&CREATE, &[("BATON_DEMO", "true")]);
    assert!(ended.starts_with("exit 0\n"), "{ended}");
    assert_eq!(vendor.running.writes(), []);
}

#[test]
fn an_account_comes_and_goes_and_is_audited() {
    let vendor = Vendor::new();
    let audited = [("BATON_AUDIT_LOG", "audit.jsonl"), ("BATON_VERIFY", "true")];
    let ended = vendor.run_with(&CREATE, &audited);
    assert!(ended.starts_with("exit 0\n"), "{ended}");
    let account = ended
        .split_whitespace()
        .map(|word| word.trim_matches(['(', ')', ',']))
        .find(|word| word.contains(':') && word.len() > 20 && !word.contains('/'))
        .expect("the id of the account");
    let ended = vendor.run_with(&["delete-account", account], &audited);
    assert!(ended.starts_with("exit 0\n"), "{ended}");
    assert_eq!(vendor.running.writes().len(), 2);
    assert_eq!(vendor.read("audit.jsonl").lines().count(), 4);
    let ended = vendor.run(&["delete-account", "nobody-at-all"]);
    assert!(ended.starts_with("exit 5\n"), "{ended}");
}

#[test]
fn what_is_missing_is_named() {
    let vendor = Vendor::new();
    let mut nothing = program(vendor.folder.path(), &["revoke", "some-grant"]);
    insta::assert_snapshot!(end(&mut nothing), @"
    exit 2
    atlassian-provision: not configured correctly: missing --access-token (BATON_ACCESS_TOKEN or BATON_API_TOKEN) and --organization-id (BATON_ORGANIZATION_ID or BATON_ORG). Give each as a flag, in the environment or in the configuration file
    ");
    insta::assert_snapshot!(vendor.run(&[]), @"
    exit 2
    atlassian-provision: not configured correctly: nothing is asked for. atlassian-provision --help lists the commands
    ");
    insta::assert_snapshot!(vendor.run(&["revoke"]), @"
    exit 2
    atlassian-provision: not configured correctly: <grant> is missing. --help lists every flag
    ");
    insta::assert_snapshot!(vendor.run(&["revoke", "some-grant", "--revoke-grant", "another"]), @"
    exit 2
    atlassian-provision: not configured correctly: --revoke-grant is given twice. Leave the flag out: the command says the same
    ");
    insta::assert_snapshot!(vendor.run_with(&["revoke", "some-grant"], &[("BATON_REVOKE_GRANT", "another")]), @"
    exit 2
    atlassian-provision: not configured correctly: --revoke-grant and BATON_REVOKE_GRANT name different changes. Unset the variable, or leave the change on the command line out
    ");
    insta::assert_snapshot!(vendor.run_with(&CREATE, &[("BATON_CREATE_ACCOUNT_LOGIN", "another")]), @"
    exit 2
    atlassian-provision: not configured correctly: --create-account-profile and BATON_CREATE_ACCOUNT_LOGIN name different changes. Unset the variable, or leave the change on the command line out
    ");
    insta::assert_snapshot!(vendor.run_with(&[], &[("BATON_INVOKE_ACTION", "disable_user")]), @"
    exit 12
    atlassian-provision: not offered: BATON_INVOKE_ACTION: atlassian-provision only makes changes, and no actions. Leave the setting out, or use the program that does it
    ");
}

#[test]
fn ids_are_looked_up_in_the_artifact() {
    let vendor = Vendor::new();
    insta::assert_snapshot!(vendor.run(&["revoke", "some-grant"]), @"
    exit 5
    atlassian-provision: not found: there is no artifact at sync.c1z. Sync first, or name the artifact of a sync
    ");
    insta::assert_snapshot!(vendor.run_with(&["grant", "an-entitlement", "someone"], &[("BATON_FILE", "other.c1z")]), @"
    exit 5
    atlassian-provision: not found: there is no artifact at other.c1z. Sync first, or name the artifact of a sync
    ");
    assert_eq!(vendor.requests(), 0);
}
