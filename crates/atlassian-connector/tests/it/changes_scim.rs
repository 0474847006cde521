//! Accounts created where the SCIM directory answers in ways the simulator does not: another directory's records, another
//! person's, answers that do not come.

use crate::changes_harness::{Do, PLAIN, VERIFYING};
use crate::script::{ACCOUNT, DIRECTORY, Script, person};
use crate::vendor::{ORG, one, page, refusal};
use connector_sdk::ChangeContext;
use http::Method;
use http_kit::TransportErrorKind;
use http_kit::testing::Reply;
use insta::assert_snapshot;
use serde_json::{Value, json};

const USERS: &str = "/scim/directory/*/Users";
const USER: &str = "/scim/directory/*/Users/*";
const LINKS: &str = "/admin/user-provisioning/v1/org/*/get-scim-links-for-email";
const RECORD: &str = "75120385-dec0-4bf7-9049-ce99eb20c937";
const ELSEWHERE: &str = "6d9760fa-b22c-4de8-9525-86c80491e975";

fn creation() -> Do {
    Do::Create(vec![
        ("userName", "noor".to_owned()),
        ("email", "noor@larkspur.example".to_owned()),
    ])
}

fn record(email: &str, account: Option<&str>) -> Value {
    let mut record = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": RECORD, "userName": "noor", "active": true, "emails": [{"value": email, "primary": true}],
    });
    if let Some(account) = account {
        record["urn:scim:schemas:extension:atlassian-external:1.0"] = json!({"atlassianAccountId": account});
    }
    record
}

fn records(records: &[Value]) -> (u16, Value) {
    (200, json!({"totalResults": records.len(), "Resources": records}))
}

fn link(directory: &str, account: Option<&str>) -> (u16, Value) {
    let link = json!({"scimUserId": RECORD, "atlassianAccountId": account, "directoryId": directory});
    (200, json!({"scimLinks": [link]}))
}

/// A person whom neither the organization nor the directory knows by the user name.
fn unknown() -> Script {
    Script::default()
        .holding_address(&[])
        .on(Method::GET, USERS, records(&[]))
}

/// A link to a record of this directory leads to the person's record. The id of a record of another directory means nothing
/// here, so it is not even asked for.
#[tokio::test]
async fn only_links_of_this_directory_lead_to_records() {
    let mine = || record("noor@larkspur.example", Some(ACCOUNT));
    let dry = ChangeContext {
        dry_run: true,
        ..ChangeContext::PLAIN
    };
    let mut shown = Vec::new();
    for directory in [DIRECTORY, ELSEWHERE] {
        let script = unknown()
            .on(Method::POST, LINKS, link(directory, Some(ACCOUNT)))
            .on(Method::GET, USER, (200, mine()))
            .living(&person());
        shown.push(script.perform(&dry, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// The answer to the creation is lost, and the directory has the user name then: with the address it is the person, with
/// another one it is somebody else, whose account must not be taken for the one that was made.
#[tokio::test]
async fn a_lost_creation_is_not_another_persons_record() {
    let mut shown = Vec::new();
    for email in [
        "noor@larkspur.example",
        "NOOR@larkspur.example",
        "noor@elsewhere.example",
    ] {
        let script = unknown()
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .reply(Method::POST, USERS, Reply::fault(TransportErrorKind::Timeout))
            .on(Method::GET, USERS, records(&[record(email, Some(ACCOUNT))]))
            .found(page([person()]));
        shown.push(script.perform(&PLAIN, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// The record is made, so a read that fails while its account id is waited for makes the creation no failure.
#[tokio::test]
async fn an_account_id_that_cannot_be_read_is_no_failure_of_the_creation() {
    let failure = || (500, json!({"detail": "Something went wrong", "status": "500"}));
    let linked = || (200, record("noor@larkspur.example", Some(ACCOUNT)));
    let mut shown = Vec::new();
    for after in [vec![failure(), linked()], vec![failure(); 30]] {
        let script = unknown()
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(Method::POST, USERS, (201, record("noor@larkspur.example", None)));
        let script = after
            .into_iter()
            .fold(script, |script, answer| script.on(Method::GET, USER, answer))
            .found(page([person()]));
        let told = script.perform(&PLAIN, &creation()).await;
        let (told, _) = told
            .split_once("\n  GET /scim/directory/4be07f1a-2c55-4d0e-8a41-90c3d7e6b512/Users/")
            .unwrap();
        shown.push(told.to_owned());
    }
    assert_snapshot!(shown.join("\n"));
}

/// User names are compared without case in every alphabet, and a name that two records have is nobody's.
#[tokio::test]
async fn user_names_are_compared_without_case() {
    let creation = Do::Create(vec![
        ("userName", "ÉMILE".to_owned()),
        ("email", "noor@larkspur.example".to_owned()),
    ]);
    let named = |id: &str, name: &str| {
        let mut record = record("noor@larkspur.example", Some(ACCOUNT));
        record["id"] = json!(id);
        record["userName"] = json!(name);
        record
    };
    let told = async |found: &[Value]| {
        let script = Script::default()
            .holding_address(&[])
            .on(Method::GET, USERS, records(found))
            .living(&person());
        script.perform(&PLAIN, &creation).await
    };
    let one = told(&[named(ELSEWHERE, "emile"), named(RECORD, "émile")]).await;
    assert!(one.starts_with("AlreadySo"), "{one}");
    let both = told(&[named(RECORD, "émile"), named(ELSEWHERE, "Émile")]).await;
    assert!(both.starts_with("9 "), "{both}");
    assert!(both.contains(RECORD) && both.contains(ELSEWHERE), "{both}");
    for told in [one, both] {
        assert!(!told.contains("POST /scim/"), "{told}");
    }
}

/// A directory that answers a creation with the address of the record alone has created it.
#[tokio::test]
async fn a_creation_that_is_answered_with_an_address() {
    let created = || {
        let location = format!("https://api.atlassian.com/scim/directory/{DIRECTORY}/Users/{RECORD}");
        Reply::status(201).header("location", &location)
    };
    let script = unknown()
        .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
        .reply(Method::POST, USERS, created())
        .on(
            Method::GET,
            USER,
            (200, record("noor@larkspur.example", Some(ACCOUNT))),
        )
        .found(page([person()]));
    let told = script.perform(&PLAIN, &creation()).await;
    assert!(told.starts_with("Done"), "{told}");
    assert_eq!(told.matches("POST /scim/").count(), 1, "{told}");

    let unread = (0..40).fold(
        unknown()
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .reply(Method::POST, USERS, created()),
        |script, _| script.on(Method::GET, USER, (404, json!({"status": "404"}))),
    );
    let told = unread.perform(&PLAIN, &creation()).await;
    assert!(told.starts_with("14 ") && told.contains(RECORD), "{told}");
    assert_eq!(told.matches("POST /scim/").count(), 1, "{told}");
}

fn with(members: Value) -> Value {
    let mut of = person();
    of.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    of
}

/// Which account has the address decides whether the creation may be: several are not told apart, and a dead one would come
/// back to life, in whichever of its states that stands. What links an account of others is said.
#[tokio::test]
async fn the_account_that_has_the_address_decides() {
    let mut shown = Vec::new();
    for before in [
        vec![],
        vec![person(), with(json!({"accountId": "712020:9"}))],
        vec![with(json!({"status": "deactivated"}))],
        vec![with(json!({"status": "suspended", "accountStatus": "inactive"}))],
        vec![with(json!({"status": null, "accountStatus": "closed"}))],
        vec![with(json!({"status": "deactivated", "forDeletion": true}))],
        vec![with(json!({"status": "suspended", "accountStatus": "active"}))],
        vec![with(json!({"claimStatus": "unmanaged"}))],
    ] {
        let script = Script::default()
            .holding_address(&before)
            .on(Method::GET, USERS, records(&[]))
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(
                Method::POST,
                USERS,
                (201, record("noor@larkspur.example", Some(ACCOUNT))),
            )
            .on(
                Method::GET,
                USER,
                (200, record("noor@larkspur.example", Some(ACCOUNT))),
            )
            .found(page([person()]));
        shown.push(script.made(&PLAIN, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// A record that is active says nothing of its account: a dead one is brought back where that is allowed.
#[tokio::test]
async fn a_dead_account_of_an_active_record_is_brought_back() {
    let mut shown = Vec::new();
    for status in ["active", "deactivated"] {
        let mine = || record("noor@larkspur.example", Some(ACCOUNT));
        let script = Script::default()
            .reviving()
            .holding_address(&[with(json!({"status": status}))])
            .on(Method::GET, USERS, records(&[mine()]))
            .on(Method::PATCH, USER, (200, mine()))
            .on(Method::GET, USER, (200, mine()))
            .living(&person());
        shown.push(script.made(&PLAIN, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// That an account is listed does not verify that it came back to life: it has to be alive.
#[tokio::test]
async fn an_account_that_stays_dead_is_not_verified() {
    let dead = || with(json!({"status": "deactivated"}));
    for (later, told) in [(person(), "Verified: "), (dead(), "14 ")] {
        let mine = || record("noor@larkspur.example", Some(ACCOUNT));
        let script = Script::default()
            .reviving()
            .found(page([dead()]))
            .on(Method::GET, USERS, records(&[mine()]))
            .on(Method::PATCH, USER, (200, mine()))
            .on(Method::GET, USER, (200, mine()));
        let script = (0..12).fold(script, |script, _| script.living(&later));
        let made = script.made(&VERIFYING, &creation()).await;
        assert!(made.starts_with(told), "{made}");
        assert_eq!(made.contains("still deactivated"), told == "14 ", "{made}");
    }
}

/// A dead account whose record stands in another directory is not there already, and no new record brings it back.
#[tokio::test]
async fn a_dead_account_is_not_there_already() {
    let taken = json!({"scimType": "uniqueness", "detail": "Taken", "status": "409"});
    let script = Script::default()
        .reviving()
        .found(page([with(json!({"status": "deactivated"}))]))
        .on(Method::GET, USERS, records(&[]))
        .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
        .on(Method::POST, USERS, (409, taken))
        .on(Method::POST, LINKS, link(ELSEWHERE, Some(ACCOUNT)))
        .living(&with(json!({"status": "deactivated"})));
    let made = script.made(&PLAIN, &creation()).await;
    assert!(
        made.starts_with("9 ") && made.contains("is deactivated"),
        "{made}"
    );
}

/// The answer to the activation of a record is lost: it was carried out only where the record is active then.
#[tokio::test]
async fn a_lost_activation_is_read_back() {
    let mut shown = Vec::new();
    for is_active in [true, false] {
        let mut mine = record("noor@larkspur.example", Some(ACCOUNT));
        mine["active"] = json!(false);
        let mut later = mine.clone();
        later["active"] = json!(is_active);
        let script = Script::default()
            .reviving()
            .found(page([with(json!({"status": "deactivated"}))]))
            .on(Method::GET, USERS, records(&[mine]))
            .reply(Method::PATCH, USER, Reply::fault(TransportErrorKind::Timeout));
        let script = (0..12).fold(script, |script, _| {
            script.on(Method::GET, USER, (200, later.clone()))
        });
        let script = script.always_living(&person());
        shown.push(script.made(&PLAIN, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// A refusal for uniqueness means that the person is there already where the person's own account is linked, and not where
/// somebody else's is.
#[tokio::test]
async fn only_the_persons_own_link_is_the_person() {
    let taken = json!({"scimType": "uniqueness", "detail": "Taken", "status": "409"});
    let unsaid = json!({"detail": "Conflict", "status": "409"});
    let mut shown = Vec::new();
    for (refused, linked) in [
        (&taken, Some(ACCOUNT)),
        (&unsaid, Some(ACCOUNT)),
        (&taken, Some("712020:9")),
        (&taken, None),
    ] {
        let script = Script::default()
            .holding_address(&[person()])
            .on(Method::GET, USERS, records(&[]))
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(Method::POST, USERS, (409, refused.clone()))
            .on(Method::POST, LINKS, link(ELSEWHERE, linked))
            .living(&person());
        shown.push(script.made(&PLAIN, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// Only the record with the user name itself is the person's, in whatever case; where a record cannot be read, it may be the
/// one.
#[tokio::test]
async fn only_the_record_with_the_user_name_is_the_persons() {
    let named = |name: &str| {
        let mut record = record("noor@larkspur.example", Some(ACCOUNT));
        record["userName"] = json!(name);
        record
    };
    let mut shown = Vec::new();
    for listed in [
        vec![named("eleanor"), named("NOOR")],
        vec![named("eleanor")],
        vec![json!({"userName": "noor"})],
    ] {
        let script = Script::default()
            .holding_address(&[])
            .on(Method::GET, USERS, records(&listed))
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(Method::POST, USERS, (201, named("noor")))
            .on(Method::GET, USER, (200, named("noor")))
            .living(&person());
        shown.push(script.made(&PLAIN, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// A creation is verified once the organization lists the account; before that the record says what is known.
#[tokio::test]
async fn a_creation_is_verified_by_the_listing() {
    let mut shown = Vec::new();
    for (listed, details) in [
        (page([person()]), one(&person())),
        (page([]), refusal(404, "ADMIN-404-8", "User not found")),
        (
            refusal(403, "ADMIN-403-3", "Not allowed"),
            refusal(403, "ADMIN-403-3", "Not allowed"),
        ),
    ] {
        let script = unknown()
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(
                Method::POST,
                USERS,
                (201, record("noor@larkspur.example", Some(ACCOUNT))),
            )
            .on(
                Method::GET,
                USER,
                (200, record("noor@larkspur.example", Some(ACCOUNT))),
            );
        let script = (0..12).fold(script, |script, _| {
            script.found(listed.clone()).account(details.clone())
        });
        shown.push(script.made(&VERIFYING, &creation()).await);
    }
    assert_snapshot!(shown.join("\n"));
}

fn linked_in(org: &str, directory: &str) -> (u16, Value) {
    let link = json!({"scimUserId": RECORD, "orgId": org, "directoryId": directory});
    (200, json!({"scimLinks": [link]}))
}

/// Key and address of a SCIM directory are settings of their own. Nothing is created in one that is another organization's, nor
/// where nothing tells, unless a person said that this is known.
#[tokio::test]
async fn nothing_is_created_in_the_directory_of_another_organization() {
    let somebody = || records(&[record("noor@elsewhere.example", None)]);
    let refusal = refusal(403, "ADMIN-403-3", "no right");
    let none = || (200, json!({"scimLinks": []}));
    let mut shown = Vec::new();
    for accepts in [false, true] {
        let script = || match accepts {
            true => Script::default().proving().accepting(),
            false => Script::default().proving(),
        };
        for script in [
            script()
                .on(Method::GET, USERS, somebody())
                .on(Method::POST, LINKS, none()),
            script()
                .on(Method::GET, USERS, somebody())
                .on(Method::POST, LINKS, linked_in(ORG, ELSEWHERE)),
            script().on(Method::GET, USERS, somebody()).on(
                Method::POST,
                LINKS,
                linked_in(ELSEWHERE, DIRECTORY),
            ),
            script()
                .on(Method::GET, USERS, somebody())
                .on(Method::POST, LINKS, refusal.clone()),
            script().on(Method::GET, USERS, records(&[])),
        ] {
            let script = script
                .holding_address(&[])
                .on(Method::GET, USERS, records(&[]))
                .on(Method::POST, LINKS, none())
                .on(
                    Method::POST,
                    USERS,
                    (201, record("noor@larkspur.example", Some(ACCOUNT))),
                )
                .on(
                    Method::GET,
                    USER,
                    (200, record("noor@larkspur.example", Some(ACCOUNT))),
                )
                .found(page([person()]));
            let told = script.made(&PLAIN, &creation()).await;
            let creations = told
                .lines()
                .filter(|line| line.trim_start().starts_with("POST"))
                .count();
            let is_other = told.contains("belongs to the organization") && !told.contains("not proven");
            let is_contradicted = told.contains("the organization knows none of its records");
            let is_made = accepts && !is_other && !is_contradicted;
            assert_eq!(creations, usize::from(is_made), "{told}");
            shown.push(told);
        }
    }
    assert_snapshot!(shown.join("\n"));
}
