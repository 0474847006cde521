//! Accounts created where the vendor contradicts itself: who has an address, whether that account is alive, and the result of
//! the creation is told by two operations, or it is not known.

use crate::changes_harness::{Do, PLAIN, VERIFYING};
use crate::changes_told::{oops, with};
use crate::script::{ACCOUNT, Script, person};
use crate::vendor::{one, page, refusal};
use http::Method;
use serde_json::{Value, json};

pub(crate) const USERS: &str = "/scim/directory/*/Users";
pub(crate) const USER: &str = "/scim/directory/*/Users/*";
pub(crate) const LINKS: &str = "/admin/user-provisioning/v1/org/*/get-scim-links-for-email";
pub(crate) const MANAGED: &str = "/admin/v1/orgs/*/users";
pub(crate) const RECORD: &str = "75120385-dec0-4bf7-9049-ce99eb20c937";
pub(crate) const ELSEWHERE: &str = "6d9760fa-b22c-4de8-9525-86c80491e975";
pub(crate) const OTHER: &str = "712020:9";

pub(crate) fn creation() -> Do {
    Do::Create(vec![
        ("userName", "noor".to_owned()),
        ("email", "noor@larkspur.example".to_owned()),
    ])
}

pub(crate) fn record(id: &str, name: &str, email: &str, account: Option<&str>) -> Value {
    let mut record = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id, "userName": name, "active": true, "emails": [{"value": email, "primary": true}],
    });
    if let Some(account) = account {
        record["urn:scim:schemas:extension:atlassian-external:1.0"] = json!({"atlassianAccountId": account});
    }
    record
}

pub(crate) fn mine(account: Option<&str>) -> Value {
    record(RECORD, "noor", "noor@larkspur.example", account)
}

pub(crate) fn records(records: &[Value]) -> (u16, Value) {
    (200, json!({"totalResults": records.len(), "Resources": records}))
}

/// A person whom neither the organization nor the directory knows.
pub(crate) fn unknown() -> Script {
    unknown_by_search().listed(page([]))
}

fn unknown_by_search() -> Script {
    Script::default()
        .found(page([]))
        .on(Method::GET, USERS, records(&[]))
        .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
}

/// The answer to a creation may be about somebody else: the account counts that the directory shows, and that has the address
/// in the organization.
#[tokio::test]
async fn a_creation_that_is_answered_with_another_person_is_unknown() {
    let somebody = || with(json!({"accountId": OTHER, "email": "theo@larkspur.example"}));
    for (answered, shown, account) in [
        // The answer names another account than the directory.
        (mine(Some(OTHER)), mine(Some(ACCOUNT)), person()),
        // Both name an account that has another address.
        (mine(Some(OTHER)), mine(Some(OTHER)), somebody()),
        // The answer is another person's record, and nobody has the user name.
        (
            record(OTHER, "theo", "theo@larkspur.example", Some(OTHER)),
            record(OTHER, "theo", "theo@larkspur.example", Some(OTHER)),
            somebody(),
        ),
    ] {
        for cx in [PLAIN, VERIFYING] {
            let script = unknown().on(Method::POST, USERS, (201, answered.clone()));
            let script = (0..12).fold(script, |script, _| {
                script
                    .on(Method::GET, USER, (200, shown.clone()))
                    .on(Method::GET, USERS, records(&[]))
                    .living(&account)
            });
            let told = script.made(&cx, &creation()).await;
            assert!(told.starts_with("14 "), "{told}");
            assert_eq!(told.matches("POST /scim/").count(), 1, "{told}");
            let names_both = told.contains(OTHER) && told.contains(RECORD);
            assert!(names_both || told.contains("does not show it"), "{told}");
        }
    }
}

/// A creation that was answered and not carried out is not told as made, nor as under way.
#[tokio::test]
async fn a_creation_that_never_shows_is_unknown() {
    let script = (0..40).fold(
        unknown().on(Method::POST, USERS, (201, mine(None))),
        |script, _| {
            script
                .on(
                    Method::GET,
                    USER,
                    (
                        404,
                        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "No such user"}),
                    ),
                )
                .on(Method::GET, USERS, records(&[]))
        },
    );
    let told = script.made(&PLAIN, &creation()).await;
    assert!(told.starts_with("14 "), "{told}");
    assert!(
        told.contains("the vendor answered 201") && told.contains("the directory does not show it"),
        "{told}"
    );
}

/// A SCIM write that is refused has not made what is read back: it is so already, where the account is alive.
#[tokio::test]
async fn a_refused_creation_is_read_back() {
    let refused = || {
        (
            403,
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "No", "status": "403"}),
        )
    };
    for (later, row, told) in [
        (vec![mine(Some(ACCOUNT))], person(), "AlreadySo: "),
        (vec![mine(Some(ACCOUNT))], dead(), "7 "),
        (vec![], person(), "7 "),
    ] {
        for cx in [PLAIN, VERIFYING] {
            let script = unknown()
                .on(Method::POST, USERS, refused())
                .on(Method::GET, USERS, records(&later))
                .always_living(&row);
            let made = script.made(&cx, &creation()).await;
            assert!(made.starts_with(told), "{made}");
            assert_eq!(
                made.contains("the vendor refused the write"),
                told == "AlreadySo: ",
                "{made}"
            );
        }
    }
}

/// A record that is there is the person's account only where the organization says so too.
#[tokio::test]
async fn a_record_is_an_account_only_where_the_organization_agrees() {
    let somebody = with(json!({"email": "theo@larkspur.example"}));
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    for (listed, details, told) in [
        (page([person()]), one(&person()), "AlreadySo: "),
        (page([person()]), gone(), "13 "),
        (page([]), one(&person()), "InProgress: "),
        (page([]), gone(), "InProgress: "),
        (page([somebody]), gone(), "13 "),
    ] {
        let script = Script::default()
            .holding_address(&[])
            .on(Method::GET, USERS, records(&[mine(Some(ACCOUNT))]))
            .found(listed)
            .account(details)
            .found(page([]));
        let made = script.made(&PLAIN, &creation()).await;
        assert!(made.starts_with(told) && !made.contains("POST "), "{made}");
    }
}

/// Records that cannot be read are not records that are not there.
#[tokio::test]
async fn nothing_is_created_where_the_records_cannot_be_read() {
    let script = Script::default()
        .holding_address(&[])
        .on(Method::GET, USERS, records(&[]))
        .on(Method::POST, LINKS, oops());
    let told = script.made(&PLAIN, &creation()).await;
    assert!(told.starts_with("14 ") && !told.contains("POST "), "{told}");
}

/// The flag that accepts an unproven directory is named only where it helps.
#[tokio::test]
async fn what_would_not_help_is_not_advised() {
    let somebody = || record("w-9", "somebody", "somebody@elsewhere.example", None);
    for (there, links, helps) in [
        (records(&[somebody()]), (200, json!({"scimLinks": []})), false),
        (
            records(&[somebody()]),
            refusal(403, "ADMIN-403-3", "no right"),
            true,
        ),
        (records(&[]), (200, json!({"scimLinks": []})), true),
    ] {
        let script = Script::default()
            .proving()
            .on(Method::GET, USERS, there)
            .on(Method::POST, LINKS, links);
        let told = script.made(&PLAIN, &creation()).await;
        assert!(told.starts_with("9 "), "{told}");
        assert_eq!(told.contains("allow-unproven-directory"), helps, "{told}");
    }
}

pub(crate) fn dead() -> Value {
    with(json!({"status": "deactivated"}))
}

pub(crate) const DOMAINS: &str = "/admin/v1/orgs/*/domains";

pub(crate) fn domains(name: &str, status: &str) -> (u16, Value) {
    let claim = json!({"type": "dns", "status": status});
    page([json!({"id": "d-1", "attributes": {"name": name, "claim": claim}})])
}

/// The managed accounts tell that nobody has an address only where whoever has it would be managed.
#[tokio::test]
async fn managed_accounts_say_nothing_of_domains_that_are_not_verified() {
    for (of_organization, told) in [
        (domains("Larkspur.example", "verified"), "Done: "),
        (domains("larkspur.example", "unverified"), "9 "),
        (domains("other.example", "verified"), "9 "),
        (page([]), "9 "),
        (refusal(403, "ADMIN-403-3", "no right"), "9 "),
    ] {
        let script = unknown_by_search()
            .listed((404, json!({})))
            .on(Method::GET, MANAGED, page([]))
            .on(Method::GET, DOMAINS, of_organization)
            .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
            .on(Method::GET, USER, (200, mine(Some(ACCOUNT))))
            .living(&person());
        let made = script.made(&PLAIN, &creation()).await;
        assert!(made.starts_with(told), "{made}");
        assert_eq!(made.contains("POST /scim"), told == "Done: ", "{made}");
        assert_eq!(made.contains("it is not known"), told == "9 ", "{made}");
    }
}

/// That nobody has the address is told by two operations. A row that was found by it counts where it hides its address, and a
/// dead account is never brought back because one answer did not have it.
#[tokio::test]
async fn nobody_has_an_address_where_two_operations_agree() {
    let hidden = |mut row: Value| {
        row["email"] = Value::Null;
        row
    };
    let somebody = || with(json!({"accountId": OTHER, "email": "theo@larkspur.example"}));
    let managed = |rows: Vec<Value>| (200, json!({"data": rows, "links": {}}));
    let of =
        |email: Value, status: &str| json!({"account_id": ACCOUNT, "account_status": status, "email": email});
    let no_path = || (404, json!({}));
    for (name, found, listed, of_managed, refused, told) in [
        ("both", page([]), page([]), None, "Done: ", "was created"),
        (
            "another address",
            page([somebody()]),
            page([somebody()]),
            None,
            "Done: ",
            "was created",
        ),
        (
            "one is empty",
            page([]),
            page([dead()]),
            None,
            "9 ",
            "which is deactivated",
        ),
        (
            "hidden",
            page([hidden(dead())]),
            page([]),
            None,
            "9 ",
            "which is deactivated",
        ),
        (
            "hidden in the listing",
            page([]),
            page([hidden(dead())]),
            None,
            "9 ",
            "which is deactivated",
        ),
        (
            "no listing",
            page([]),
            no_path(),
            Some(managed(vec![])),
            "Done: ",
            "was created",
        ),
        (
            "managed",
            page([]),
            oops(),
            Some(managed(vec![of(json!("noor@larkspur.example"), "inactive")])),
            "9 ",
            "which is inactive",
        ),
        (
            "managed and hidden",
            page([]),
            oops(),
            Some(managed(vec![of(Value::Null, "inactive")])),
            "9 ",
            "hides its address",
        ),
        (
            "unread",
            page([]),
            oops(),
            Some(refusal(403, "ADMIN-403-3", "no right")),
            "9 ",
            "it is not known",
        ),
        (
            "alive in one",
            page([]),
            page([person()]),
            Some(managed(vec![])),
            "9 ",
            "it is not known",
        ),
        (
            "alive in the other",
            page([person()]),
            page([]),
            Some(managed(vec![])),
            "9 ",
            "it is not known",
        ),
        (
            "alive in two",
            page([]),
            page([person()]),
            Some(managed(vec![of(json!("noor@larkspur.example"), "active")])),
            "Done: ",
            "was linked",
        ),
        (
            "unstated",
            page([with(json!({"status": null}))]),
            page([with(json!({"status": null}))]),
            Some(managed(vec![])),
            "9 ",
            "does not say whether it is alive",
        ),
    ] {
        for revives in [false, true] {
            let script = if revives {
                Script::default().reviving()
            } else {
                Script::default()
            };
            let mut script = script.found(found.clone()).listed(listed.clone());
            if let Some(of_managed) = of_managed.clone() {
                script = script.on(Method::GET, MANAGED, of_managed).on(
                    Method::GET,
                    DOMAINS,
                    domains("larkspur.example", "verified"),
                );
            }
            let script = script
                .on(Method::GET, USERS, records(&[]))
                .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
                .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
                .on(Method::GET, USER, (200, mine(Some(ACCOUNT))))
                .living(&person());
            let made = script.made(&PLAIN, &creation()).await;
            if revives {
                assert!(made.starts_with("Done: "), "{name}: {made}");
                assert!(
                    refused != "9 " || !made.contains("was created for"),
                    "{name}: {made}"
                );
                let is_unknown = refused == "9 " && !told.starts_with("which is");
                assert_eq!(
                    made.contains("it is not known who had"),
                    is_unknown,
                    "{name}: {made}"
                );
            } else {
                assert!(made.starts_with(refused) && made.contains(told), "{name}: {made}");
                assert_eq!(made.contains("POST /scim"), refused != "9 ", "{name}: {made}");
            }
        }
    }
}

/// An account that dates from long before was linked, whatever was found before; one that was found just now was created.
#[tokio::test]
async fn an_account_that_is_older_was_linked() {
    for (added, told) in [
        ("2023-03-14T08:21:55.310Z", "was linked for"),
        ("2025-12-31T23:59:00Z", "was created for"),
        ("2026-01-01", "was created for"),
    ] {
        let script = unknown()
            .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
            .on(Method::GET, USER, (200, mine(Some(ACCOUNT))))
            .living(&with(json!({"addedToOrg": added})));
        let made = script.made(&PLAIN, &creation()).await;
        assert!(
            made.starts_with("Done: ") && made.contains(told),
            "{added}: {made}"
        );
    }
}

/// That an account came back to life is verified where two operations state it.
#[tokio::test]
async fn an_account_is_alive_where_two_operations_state_it() {
    let unstated = || with(json!({"status": null}));
    for (found, details, told) in [
        (page([person()]), one(&person()), "Verified: "),
        (page([person()]), one(&dead()), "14 "),
        (page([person()]), one(&unstated()), "14 "),
        (page([person()]), oops(), "14 "),
        (page([unstated()]), one(&person()), "14 "),
        (page([dead()]), one(&person()), "14 "),
        (page([]), one(&person()), "14 "),
    ] {
        let script = Script::default()
            .reviving()
            .holding_address(&[dead()])
            .on(Method::GET, USERS, records(&[]))
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
            .on(Method::GET, USER, (200, mine(Some(ACCOUNT))));
        let script = (0..30).fold(script, |script, _| {
            script.found(found.clone()).account(details.clone())
        });
        let made = script.made(&VERIFYING, &creation()).await;
        assert!(made.starts_with(told), "{made}");
        assert_eq!(made.matches("POST /scim").count(), 1, "{made}");
    }
}

/// After a refusal for uniqueness the account is read again: what was read before the write may be what it contradicts.
#[tokio::test]
async fn a_conflict_is_explained_by_the_state_after_it() {
    let taken = json!({"scimType": "uniqueness", "detail": "Taken", "status": "409"});
    let for_deletion = || with(json!({"status": "for_deletion"}));
    for before in [vec![person()], vec![]] {
        for (found, details, told, words) in [
            (
                page([person()]),
                one(&person()),
                "AlreadySo: ",
                "is there already",
            ),
            (page([dead()]), one(&dead()), "9 ", "reactivate_account"),
            (
                page([for_deletion()]),
                one(&for_deletion()),
                "9 ",
                "cancel_account_deletion",
            ),
            (
                page([person()]),
                one(&dead()),
                "9 ",
                "does not show in two places",
            ),
            (page([person()]), oops(), "9 ", "does not show in two places"),
        ] {
            let link = json!({"scimUserId": RECORD, "atlassianAccountId": ACCOUNT, "directoryId": ELSEWHERE});
            let script = Script::default()
                .holding_address(&before)
                .on(Method::GET, USERS, records(&[]))
                .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
                .on(Method::POST, USERS, (409, taken.clone()))
                .on(Method::POST, LINKS, (200, json!({"scimLinks": [link]})))
                .found(found)
                .account(details);
            let made = script.made(&PLAIN, &creation()).await;
            assert!(made.starts_with(told) && made.contains(words), "{made}");
        }
    }
}

/// A record that is active says nothing of its account: a dead one is not there already, whoever the address was asked of.
#[tokio::test]
async fn a_dead_account_of_an_active_record_is_not_there_already() {
    for revives in [false, true] {
        let script = if revives {
            Script::default().reviving()
        } else {
            Script::default()
        };
        let script = script
            .holding_address(&[])
            .on(Method::GET, USERS, records(&[mine(Some(ACCOUNT))]))
            .found(page([dead()]))
            .on(Method::PATCH, USER, (200, mine(Some(ACCOUNT))))
            .on(Method::GET, USER, (200, mine(Some(ACCOUNT))))
            .living(&person());
        let made = script.made(&PLAIN, &creation()).await;
        let told = if revives { "Done: " } else { "9 " };
        assert!(made.starts_with(told) && made.contains("deactivated"), "{made}");
        assert_eq!(made.contains("PATCH "), revives, "{made}");
    }
}

/// Who hides the address is the person where two operations find the account by it.
#[tokio::test]
async fn who_hides_the_address_is_invited_only_where_nobody_knows_better() {
    let hidden = || with(json!({"email": null}));
    let change = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
    for (listed, told) in [(page([hidden()]), "AlreadySo: "), (page([]), "13 ")] {
        let script = Script::default()
            .found(page([hidden()]))
            .account(one(&hidden()))
            .found(page([hidden()]))
            .listed(listed);
        let made = script.made(&PLAIN, &change).await;
        assert!(made.starts_with(told) && !made.contains("/invite"), "{made}");
    }
}
