//! Whose account it is and whether it came back is told of the account, never of the SCIM user alone.

use crate::changes_harness::{Do, PLAIN, VERIFYING};
use crate::changes_told::{oops, with};
use crate::changes_told_accounts::{
    ELSEWHERE, LINKS, MANAGED, OTHER, RECORD, USER, USERS, creation, dead, mine, record, records, unknown,
};
use crate::script::{ACCOUNT, DETAILS, DIRECTORY, SEARCH, Script, person};
use crate::vendor::{one, page, refusal};
use connector_sdk::ChangeContext;
use http::Method;
use http_kit::TransportErrorKind;
use http_kit::testing::Reply;
use serde_json::{Value, json};

/// The SCIM user of the person, linked to an account or to none.
fn recorded(account: Option<&str>) -> Script {
    Script::default()
        .always(Method::GET, USERS, records(&[mine(account)]))
        .always(Method::GET, USER, (200, mine(account)))
}

/// The SCIM user is active, and the account is dead.
fn to_be_revived() -> Script {
    recorded(Some(ACCOUNT)).reviving().holding_address(&[dead()])
}

fn scim_error(status: u16) -> Reply {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    let error = json!({"schemas": [schema], "detail": "No", "status": status.to_string()});
    Reply::json(status, &error)
}

/// An account is not brought back by a write that was refused or lost: the SCIM user was active before, so the account is
/// read.
#[tokio::test]
async fn a_reactivation_that_did_not_happen_is_not_done() {
    let answers = || {
        let sign_in = Reply::status(200)
            .header("content-type", "text/html")
            .body("<html><body>Sign in</body></html>");
        [
            (scim_error(403), "7 "),
            (scim_error(400), "3 "),
            (scim_error(409), "9 "),
            (scim_error(404), "14 "),
            (scim_error(503), "14 "),
            (Reply::fault(TransportErrorKind::Timeout), "14 "),
            (Reply::fault(TransportErrorKind::Connect), "14 "),
            (sign_in, "14 "),
            (Reply::json(200, &json!({})), "14 "),
        ]
    };
    for cx in [PLAIN, VERIFYING] {
        for (answer, told) in answers() {
            let script = to_be_revived()
                .reply(Method::PATCH, USER, answer)
                .always_living(&dead());
            let made = script.made(&cx, &creation()).await;
            assert!(made.starts_with(told), "{told}: {made}");
            assert_eq!(made.matches("  PATCH ").count(), 1, "{made}");
        }
        // Where the account came back anyway, that shows.
        let script = to_be_revived()
            .reply(Method::PATCH, USER, scim_error(503))
            .always_living(&person());
        let made = script.made(&cx, &creation()).await;
        let told = if cx.verify { "Verified: " } else { "Done: " };
        assert!(
            made.starts_with(told) && made.contains("was linked for"),
            "{made}"
        );
    }
}

/// What was accepted is told as accepted where the account does not show that it came back.
#[tokio::test]
async fn an_activation_that_was_accepted_is_told_as_that() {
    for (cx, told) in [
        (PLAIN, "Done: the vendor accepted the activation"),
        (VERIFYING, "14 "),
    ] {
        let script = to_be_revived()
            .on(Method::PATCH, USER, (200, mine(Some(ACCOUNT))))
            .always_living(&dead());
        let made = script.made(&cx, &creation()).await;
        assert!(
            made.starts_with(told) && made.contains("still deactivated"),
            "{made}"
        );
        assert!(!made.contains("was linked for"), "{made}");
    }
}

fn stranger(members: Value) -> Value {
    let mut of = with(json!({"accountId": OTHER, "email": null}));
    of.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    of
}

fn nowhere(script: Script) -> Script {
    let gone = refusal(404, "ADMIN-404-8", "User not found");
    script
        .always(Method::POST, SEARCH, page([]))
        .always(Method::GET, DETAILS, gone)
}

/// Where one account has the address and the SCIM user is linked to another one, neither is told as the person's.
#[tokio::test]
async fn a_record_that_is_linked_to_another_account_is_a_contradiction() {
    let hidden = |script: Script| script.always_living(&stranger(json!({})));
    for cx in [PLAIN, VERIFYING] {
        for account in [hidden, nowhere] {
            let new = Script::default()
                .holding_address(&[person()])
                .on(Method::GET, USERS, records(&[]))
                .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
                .on(Method::POST, USERS, (201, mine(Some(OTHER))))
                .always(Method::GET, USER, (200, mine(Some(OTHER))));
            let made = account(new).made(&cx, &creation()).await;
            assert!(made.starts_with("14 ") && made.contains("POST /scim"), "{made}");
            assert!(made.contains(ACCOUNT) && made.contains(OTHER), "{made}");

            let again = recorded(Some(OTHER)).holding_address(&[person()]);
            let made = account(again).made(&cx, &creation()).await;
            assert!(made.starts_with("13 ") && !made.contains("POST /scim"), "{made}");
            assert!(made.contains(ACCOUNT) && made.contains(OTHER), "{made}");
        }
    }
}

/// An account was created or linked for a person only where it shows the address or was made just now.
#[tokio::test]
async fn an_account_that_hides_its_address_is_the_persons_only_where_it_is_new() {
    for (added, told) in [
        (json!(null), "14 "),
        (json!("2023-03-14T08:21:55.310Z"), "14 "),
        (json!("2025-12-31T12:00:00Z"), "14 "),
        (
            json!("2026-01-01T00:00:10Z"),
            "Done: the account 712020:9 was created for",
        ),
    ] {
        let script = unknown()
            .on(Method::POST, USERS, (201, mine(Some(OTHER))))
            .always(Method::GET, USER, (200, mine(Some(OTHER))))
            .always_living(&stranger(json!({"addedToOrg": added})));
        let made = script.made(&PLAIN, &creation()).await;
        assert!(made.starts_with(told), "{added}: {made}");
    }
    for (cx, told) in [(PLAIN, "InProgress: "), (VERIFYING, "14 ")] {
        let script = unknown()
            .on(Method::POST, USERS, (201, mine(Some(OTHER))))
            .always(Method::GET, USER, (200, mine(Some(OTHER))));
        let made = nowhere(script).made(&cx, &creation()).await;
        assert!(made.starts_with(told) && !made.contains("was created"), "{made}");
    }
}

/// What is to be verified and does not show in two places is no success, also where nothing was to be done.
#[tokio::test]
async fn an_account_that_is_there_is_verified_in_two_ways_or_not_at_all() {
    let none = |script: Script| script;
    let living = |script: Script| script.always_living(&person());
    let unstated = |script: Script| script.always_living(&with(json!({"status": null})));
    let hidden = |script: Script| script.always_living(&stranger(json!({"accountId": ACCOUNT})));
    type With = fn(Script) -> Script;
    let cases: [(Option<&str>, With, &str, &str); 5] = [
        (Some(ACCOUNT), living, "AlreadySo: ", "AlreadySo: "),
        (Some(ACCOUNT), unstated, "AlreadySo: ", "14 "),
        (Some(ACCOUNT), hidden, "InProgress: ", "14 "),
        (Some(ACCOUNT), nowhere, "InProgress: ", "14 "),
        (None, none, "InProgress: ", "14 "),
    ];
    for (linked, account, plain, verified) in cases {
        for (cx, told) in [(PLAIN, plain), (VERIFYING, verified)] {
            let script = recorded(linked).holding_address(&[]);
            let made = account(script).made(&cx, &creation()).await;
            assert!(made.starts_with(told) && !made.contains("POST /scim"), "{made}");
        }
    }
}

/// Where another directory has the SCIM user with the address, a second one is not asked for, nor planned.
#[tokio::test]
async fn an_address_that_another_directory_holds_is_not_sent() {
    const DRY: ChangeContext = ChangeContext {
        dry_run: true,
        ..ChangeContext::PLAIN
    };
    let link = |account: Value| json!({"scimUserId": RECORD, "atlassianAccountId": account, "directoryId": ELSEWHERE});
    for cx in [DRY, PLAIN] {
        for (account, row, told) in [
            (json!(ACCOUNT), person(), "AlreadySo: "),
            (json!(ACCOUNT), dead(), "9 "),
            (json!(null), dead(), "9 "),
        ] {
            let script = Script::default()
                .reviving()
                .holding_address(std::slice::from_ref(&row))
                .on(Method::GET, USERS, records(&[]))
                .on(Method::POST, LINKS, (200, json!({"scimLinks": [link(account)]})))
                .always_living(&row);
            let made = script.made(&cx, &creation()).await;
            assert!(made.starts_with(told) && !made.contains("POST /scim"), "{made}");
            assert!(made.contains(ELSEWHERE), "{made}");
        }
    }
}

/// Links of other people are no links of the address: neither the user name nor the address is taken by them.
#[tokio::test]
async fn links_of_other_people_take_no_address() {
    let here = json!({"scimUserId": OTHER, "directoryId": crate::script::DIRECTORY});
    let elsewhere = json!({"scimUserId": "w-8", "directoryId": ELSEWHERE});
    let script = Script::default()
        .holding_address(&[])
        .on(Method::GET, USERS, records(&[]))
        .on(
            Method::POST,
            LINKS,
            (200, json!({"scimLinks": [here, elsewhere]})),
        )
        .on(
            Method::GET,
            USER,
            (200, record(OTHER, "theo", "theo@larkspur.example", None)),
        )
        .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
        .always(Method::GET, USER, (200, mine(Some(ACCOUNT))))
        .always_living(&person());
    let made = script.made(&PLAIN, &creation()).await;
    assert!(made.starts_with("Done: "), "{made}");
}

/// Only the last part of the address of a directory is its id.
#[tokio::test]
async fn a_directory_is_proven_by_its_id_alone() {
    for id in ["scim", "directory"] {
        let link = json!({"scimUserId": "w-1", "directoryId": id});
        let script = Script::default()
            .proving()
            .on(Method::GET, USERS, records(&[mine(None)]))
            .on(Method::POST, LINKS, (200, json!({"scimLinks": [link]})));
        let made = script.made(&PLAIN, &creation()).await;
        assert!(made.starts_with("9 ") && made.contains("not proven"), "{made}");
    }
}

/// A reactivation whose account cannot be read is unknown.
#[tokio::test]
async fn a_reactivation_that_cannot_be_read_back_is_unknown() {
    let script = to_be_revived()
        .reply(Method::PATCH, USER, scim_error(503))
        .always(Method::POST, SEARCH, oops())
        .always(Method::GET, DETAILS, one(&person()));
    let made = script.made(&PLAIN, &creation()).await;
    assert!(made.starts_with("14 "), "{made}");
}

/// An account that a SCIM user was linked to before the write was there before, whoever was found with the address.
#[tokio::test]
async fn an_account_that_was_linked_before_was_not_created() {
    let inactive = || {
        let mut inactive = mine(Some(ACCOUNT));
        inactive["active"] = json!(false);
        inactive
    };
    let link = json!({"scimUserId": RECORD, "atlassianAccountId": ACCOUNT, "directoryId": DIRECTORY});
    let of_somebody = || record(RECORD, "theo", "theo@larkspur.example", Some(ACCOUNT));
    let gone = scim_error(404);
    // The record with the user name; the link of the address leads to none; it leads to another person's.
    for (there, leads_to, write, told) in [
        (vec![inactive()], None, "PATCH ", "9 "),
        (vec![], Some(gone), "POST /scim", "9 "),
        (
            vec![],
            Some(Reply::json(200, &of_somebody())),
            "POST /scim",
            "Done: ",
        ),
    ] {
        for revives in [false, true] {
            let script = match revives {
                true => Script::default().reviving(),
                false => Script::default(),
            };
            let links = leads_to.iter().map(|_| &link).collect::<Vec<_>>();
            let mut script = script
                .holding_address(&[])
                .on(Method::GET, USERS, records(&there))
                .on(Method::POST, LINKS, (200, json!({"scimLinks": links})));
            if let Some(leads_to) = leads_to.clone() {
                script = script.reply(Method::GET, USER, leads_to);
            }
            let script = script
                .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
                .on(Method::PATCH, USER, (200, mine(Some(ACCOUNT))))
                .always(Method::GET, USERS, records(&[]))
                .always(Method::GET, USER, (200, mine(Some(ACCOUNT))))
                .living(&person());
            let made = script.made(&PLAIN, &creation()).await;
            let told = if revives { "Done: " } else { told };
            assert!(made.starts_with(told), "{made}");
            assert_eq!(made.contains("was linked for"), told == "Done: ", "{made}");
            assert_eq!(made.contains(write), told == "Done: ", "{made}");
        }
    }
}

/// Where it is known who has the address and not whether that account is alive, that is told.
#[tokio::test]
async fn whose_life_is_not_known_is_told() {
    let unstated = || page([with(json!({"status": null}))]);
    for (revives, told) in [
        (
            false,
            "whether the account ACCOUNT, which has the address, is alive",
        ),
        (true, "whether the account ACCOUNT was alive before"),
    ] {
        let script = match revives {
            true => Script::default().reviving(),
            false => Script::default(),
        };
        let script = script
            .found(unstated())
            .listed(unstated())
            .on(Method::GET, MANAGED, oops())
            .on(Method::GET, USERS, records(&[]))
            .on(Method::POST, LINKS, (200, json!({"scimLinks": []})))
            .on(Method::POST, USERS, (201, mine(Some(ACCOUNT))))
            .on(Method::GET, USER, (200, mine(Some(ACCOUNT))))
            .living(&person());
        let made = script.made(&PLAIN, &creation()).await;
        assert!(made.starts_with(if revives { "Done: " } else { "9 " }), "{made}");
        assert!(made.replace(ACCOUNT, "ACCOUNT").contains(told), "{made}");
        assert!(!made.contains("who had the address"), "{made}");
    }
}

/// Nobody is invited whom one operation does not find and another finds dead, or where no second one tells anything.
#[tokio::test]
async fn who_is_found_dead_in_another_way_is_not_invited() {
    let change = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
    let dead = with(json!({"status": "deactivated"}));
    for (listed, managed, words) in [
        (page([dead]), None, "reactivate_account"),
        (page([person()]), Some(oops()), "it is not known"),
        (oops(), Some(oops()), "it is not known"),
    ] {
        let script = Script::default().always(Method::POST, SEARCH, page([])).always(
            Method::GET,
            "/admin/v2/orgs/*/directories/-/users",
            listed,
        );
        let script = managed.into_iter().fold(script, |script, managed| {
            script.always(Method::GET, "/admin/v1/orgs/*/users", managed)
        });
        let made = script.made(&PLAIN, &change).await;
        assert!(!made.starts_with("Done") && made.contains(words), "{made}");
        assert!(!made.contains("/invite"), "{made}");
    }
}

/// A key is in use, so that there is none, that nobody made one of them, or that whoever did is nowhere is no answer.
#[tokio::test]
async fn who_made_the_keys_is_known_or_not() {
    const KEYS: &str = "/admin/api-access/v1/orgs/*/api-keys";
    let key = |maker: Value| json!({"id": "k-1", "label": "key", "createdBy": maker});
    let other = |maker: Value| json!({"id": "k-2", "label": "key", "createdBy": maker});
    let made = json!({"id": ACCOUNT, "name": "Noor"});
    for (keys, found, told) in [
        (vec![], page([person()]), Err("lists no keys")),
        (vec![key(Value::Null)], page([person()]), Err("says who made it")),
        (vec![key(made.clone())], page([]), Err("is found in it")),
        (
            vec![key(json!({"id": " "}))],
            page([person()]),
            Err("says who made it"),
        ),
        (
            vec![key(made.clone()), other(Value::Null)],
            page([person()]),
            Ok(1),
        ),
        (
            vec![key(made.clone()), key(made.clone())],
            page([person()]),
            Err("lists the key k-1 twice"),
        ),
        (vec![key(made)], page([person()]), Ok(1)),
    ] {
        let script = Script::default()
            .on(Method::GET, KEYS, (200, json!({"data": keys, "links": {}})))
            .always(Method::POST, SEARCH, found);
        match (script.callers().await, told) {
            (Ok(callers), Ok(count)) => assert_eq!(callers.len(), count),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (callers, told) => panic!("{callers:?}, {told:?}"),
        }
    }
}
