//! What is wrong before anything is asked.

use crate::harness::{Ran, Vendor, check, program};

/// Runs where a sync would succeed, and must not ask the vendor for anything.
fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let vendor = Vendor::new();
    let ran = vendor.run_with(arguments, environment);
    assert_eq!(vendor.requests(), 0, "{}", ran.stderr);
    assert!(!vendor.path("sync.c1z").exists());
    ran.end()
}

#[test]
fn missing_settings_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(program(folder.path(), &[]).output().unwrap(), folder.path());
    check!(ran.end(), @"
    exit 2
    baton-atlassian: not configured correctly: missing --access-token (BATON_ACCESS_TOKEN or BATON_API_TOKEN) and --organization-id (BATON_ORGANIZATION_ID or BATON_ORG). Give each as a flag, in the environment or in the configuration file
    ");
}

#[test]
fn settings_that_contradict_each_other() {
    check!(refused(&[], &[("BATON_ACCESS_TOKEN", "another")]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_ACCESS_TOKEN and BATON_API_TOKEN both set --access-token and have different values. Set only one of them
    ");
    check!(refused(&[], &[("BATON_ORGANIZATION_ID", "another")]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_ORGANIZATION_ID and BATON_ORG both set --organization-id and have different values. Set only one of them
    ");
    check!(refused(&["--demo", "--organization-id", "o"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --demo and --organization-id contradict each other: a demonstration reaches no vendor. Leave one of them out
    ");
}

#[test]
fn values_that_are_not_valid() {
    check!(refused(&["--log-level", "loud"], &[]), @r#"
    exit 2
    baton-atlassian: not configured correctly: --log-level: "loud" is unknown; valid are debug, info, warn, error
    "#);
    check!(refused(&["--sync-resource-types", "user,grup"], &[]), @r#"
    exit 2
    baton-atlassian: not configured correctly: unknown resource type "grup"; this connector has user, group, workspace, organization, api_token, service_account_token, oauth_client, org_api_key
    "#);
    check!(refused(&["--workers", "-2"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --workers: -2 is out of bounds; -1 to 1024 are allowed
    ");
    check!(refused(&[], &[("BATON_HTTP_TIMEOUT_SECONDS", "soon")]), @r#"
    exit 2
    baton-atlassian: not configured correctly: BATON_HTTP_TIMEOUT_SECONDS: "soon" is not a whole number
    "#);
    check!(refused(&["--organization-id", "my organization"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --organization-id: organization id must be a UUID such as 8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f, and the 15 characters given are not
    ");
    // Characters are what a person sees, not bytes.
    check!(refused(&["--organization-id", "Łódź"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --organization-id: organization id must be a UUID such as 8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f, and the 4 characters given are not
    ");
    check!(refused(&["--access-token", "two\nlines"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --access-token: the credential is empty or has characters that a header cannot hold
    ");
}

#[test]
fn an_address_that_would_show_the_key_to_others() {
    check!(refused(&["--base-url", "http://api.atlassian.example"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --base-url: plain http is only allowed to this machine, and api.atlassian.example is not; use https
    ");
    check!(refused(&["--base-url", "ftp://127.0.0.1"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --base-url: the base address cannot be used: its scheme is neither https nor http
    ");
    check!(refused(&["--base-url", "api.atlassian.com"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --base-url: it is not an address (relative URL without a base). Leave it out, or name the address before /admin/v1, such as https://api.atlassian.com
    ");
    // The address of a page, or of another organization: the vendor would answer as if the organization did not exist.
    check!(refused(&["--base-url", "https://admin.atlassian.com/o/de180939-e28b-49bf-80eb-f6c3051b8ae9"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --base-url: admin.atlassian.com has pages of the vendor, and not its administration APIs. Leave it out, or name the address before /admin/v1, such as https://api.atlassian.com
    ");
    check!(refused(&["--base-url", "https://127.0.0.1:1/admin/v1/orgs/de180939-e28b-49bf-80eb-f6c3051b8ae0"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --base-url is the address of another organization than BATON_ORG. Leave it out, or name the address before /admin/v1, such as https://api.atlassian.com
    ");
    check!(refused(&[], &[("BATON_BASE_URL", "https://someone@api.atlassian.com")]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_BASE_URL: the base address cannot be used: it holds a user or a password
    ");
}

#[test]
fn other_modes_of_existing_connectors() {
    check!(refused(&["--event-feed", "true"], &[]), @"
    exit 12
    baton-atlassian: not offered: --event-feed: there is no event feed
    ");
    check!(refused(&["--list-resource-actions", "user"], &[]), @"
    exit 12
    baton-atlassian: not offered: --list-resource-actions: actions belong to the connector, not to single resources; --list-action-schemas lists them and --invoke-action invokes one
    ");
    check!(refused(&["--create-account-email", "ada@example.com"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: --create-account-email is given without --create-account-login. Add --create-account-login, or --create-account-profile
    ");
    check!(refused(&["--skip-full-sync"], &[]), @"
    exit 12
    baton-atlassian: not offered: --skip-full-sync: an empty artifact would look like access that was taken away
    ");
}

/// Requests that should go through a proxy must not go past it because its variable has a mistake.
#[test]
fn a_proxy_or_a_certificate_file_that_cannot_be_used_is_told_before_a_request() {
    let vendor = Vendor::new();
    for (name, value) in [
        ("HTTPS_PROXY", "http://ada:swordfish@proxy.test:3128\n"),
        ("https_proxy", "http://proxy.test:port"),
        ("ALL_PROXY", "socks5://ada:swordfish@proxy.test:1080"),
        ("SSL_CERT_FILE", "no-such-file.pem"),
    ] {
        // Nobody listens there; a request would end with another code.
        let environment = [(name, value), ("BATON_BASE_URL", "https://127.0.0.1:1")];
        for arguments in [&[][..], &["doctor"]] {
            let ran = vendor.run_with(arguments, &environment);
            assert_eq!(ran.exit, Some(2), "{name}: {}", ran.stderr);
            assert!(ran.stderr.contains(name), "{}", ran.stderr);
            assert!(!ran.stderr.contains("swordfish"), "{}", ran.stderr);
        }
    }
    // The simulator is on this machine itself, which needs neither.
    let ran = vendor.run_with(
        &["doctor"],
        &[("HTTPS_PROXY", "http://ada:swordfish@proxy.test:3128")],
    );
    assert!(
        ran.stdout.contains("HTTPS_PROXY names proxy.test:3128"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("swordfish"), "{}", ran.stdout);
}

/// An address with a password is refused, and a demonstration ignores every address. Neither logs what was set.
#[test]
fn what_an_address_holds_beside_the_machine_is_not_logged() {
    let vendor = Vendor::new();
    let log = ("BATON_LOG_LEVEL", "debug");
    for address in [
        "https://ada:hunter2@127.0.0.1:9",
        "https://127.0.0.1:9/?key=hunter2",
    ] {
        let ran = vendor.run_with(&[], &[log, ("BATON_BASE_URL", address)]);
        assert_eq!(ran.exit, Some(2), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
    let ran = vendor.run_with(&["--demo", "--allow-gaps"], &[log]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("ignored, because this run reaches no vendor"),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains("requests go to another address"),
        "{}",
        ran.stderr
    );
}
