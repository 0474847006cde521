//! What the vendor refuses, and what it answers in a form that cannot be understood.

use crate::harness::{Mood, Vendor, check};
use atlassian_sim::Switches;

/// Accounts alone: the members of groups are asked for in the same way, and maybe earlier.
const ACCOUNTS: [&str; 2] = ["--sync-resource-types", "user"];

#[test]
fn a_wrong_key() {
    let vendor = Vendor::new();
    let ran = vendor.run(&["--access-token", "not-the-key-of-this-organization"]);
    assert!(!ran.stderr.contains("not-the-key-of-this-organization"));
    assert!(!vendor.path("sync.c1z").exists());
    check!(ran.end(), @"
    exit 16
    baton-atlassian: not authenticated: cannot read the organization de180939-e28b-49bf-80eb-f6c3051b8ae9 (status 401, detail: Unauthorized), while checking the configuration. Check that the key is an organization API key that is neither expired nor revoked (Atlassian Administration > Organization settings > API keys); tokens of a person or a site are refused here
    ");
}

#[test]
fn a_wrong_organization() {
    let vendor = Vendor::new();
    let ran = vendor.run(&["--organization-id", "00000000-0000-4000-8000-000000000000"]);
    assert!(!vendor.path("sync.c1z").exists());
    check!(ran.end(), @"
    exit 5
    baton-atlassian: not found: cannot read the organization 00000000-0000-4000-8000-000000000000 (status 404, request id [id], detail: TCS validation failed), while checking the configuration. Check the organization id 00000000-0000-4000-8000-000000000000: it stands in the address of the organization's pages (admin.atlassian.com/o/<id>) and must be the organization that the key was made in
    ");
}

#[test]
fn an_answer_that_is_no_json() {
    let garbage = r#"{"data": [{"accountId": 5, "email": "ada@example.com", "token": "ATCTT3xFfGF0"}, oops"#;
    let vendor = Vendor::with(Mood {
        garbage: Some(("/users/search", garbage)),
        ..Mood::default()
    });
    let ran = vendor.run(&ACCOUNTS);
    assert!(
        !ran.stderr.contains("ada@example.com") && !ran.stderr.contains("ATCTT3xFfGF0"),
        "{}",
        ran.stderr
    );
    check!(ran.end(), @r#"
    exit 13
    baton-atlassian: not understood: cannot list the accounts of the organization: users.search failed: answer not understood: 200 OK: field data[1]: expected value at line 1 column 82 near {"data":[{"accountId":5,"email":"…","token":"…"},… (POST /admin/v2/orgs/de180939-e28b-49bf-80eb-f6c3051b8ae9/directories/-/users/search, 3 attempts, waited [time]) (status 200), while listing resources of type user. Something on the way to the vendor may have answered, such as a proxy or a page to sign in to: check the address and any proxy, and try again later
    "#);
}

#[test]
fn an_answer_of_another_form() {
    let garbage = r#"{"data": [], "links": {"next": 17}}"#;
    let vendor = Vendor::with(Mood {
        garbage: Some(("/users/search", garbage)),
        ..Mood::default()
    });
    check!(vendor.run(&ACCOUNTS).end(), @r#"
    exit 13
    baton-atlassian: not understood: cannot list the accounts of the organization: users.search failed: answer not understood: 200 OK: field links.next: invalid type: integer `17`, expected a string at line 1 column 33 near {"data":[],"links":{"next":17}} (POST /admin/v2/orgs/de180939-e28b-49bf-80eb-f6c3051b8ae9/directories/-/users/search, 3 attempts, waited [time]) (status 200), while listing resources of type user. Something on the way to the vendor may have answered, such as a proxy or a page to sign in to: check the address and any proxy, and try again later
    "#);
}

#[test]
fn an_organization_without_a_single_account() {
    let switches = Switches {
        no_claimed_domain: true,
        ..Switches::default()
    };
    let nobody = Some(("/users/search", r#"{"data": [], "links": {}}"#));
    let vendor = Vendor::with(Mood {
        switches,
        garbage: nobody,
        ..Mood::default()
    });
    check!(vendor.run(&ACCOUNTS).end(), @"
    exit 5
    baton-atlassian: not found: the vendor listed not a single resource of type user. Check that the organization is the right one and that the key may read it
    ");
}
