//! Accounts and tokens changed where the vendor answers in ways the simulator does not.

use crate::changes_harness::{Do, Known, PLAIN, user};
use crate::script::{ACCOUNT, DIRECTORY, Script, person};
use crate::vendor::{ORG, one, page, refusal};
use connector_sdk::ResourceKey;
use http::Method;
use http_kit::TransportErrorKind;
use http_kit::testing::Reply;
use insta::assert_snapshot;
use serde_json::{Value, json};

const MANAGE: &str = "/users/*/manage";
const IN_DIRECTORY: &str = "/admin/v2/orgs/*/directories/*/users/*";
const SUSPEND: &str = "/admin/v2/orgs/*/directories/*/users/*/suspend";
const TOKEN: &str = "asp_9fK2pQ7vX1mZ";

fn with(members: Value) -> Value {
    let mut of = person();
    of.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    of
}

fn allowed(delete: Value) -> (u16, Value) {
    (200, json!({"lifecycle.delete": delete}))
}

fn act(name: &'static str) -> Do {
    Do::Invoke(name, vec![("user_id", ACCOUNT.to_owned())])
}

/// What the vendor says of an account before it is deleted decides: that it waits, in either place; that the deletion is not
/// allowed; that the account is not known any more, though a directory still has it.
#[tokio::test]
async fn the_state_of_an_account_decides_its_deletion() {
    let gone = (404, json!({"key": "accountNotFound", "context": ACCOUNT}));
    let mut shown = Vec::new();
    for (state, permission) in [
        (json!({}), allowed(json!({"allowed": true}))),
        (
            json!({"status": "for_deletion"}),
            allowed(json!({"allowed": true})),
        ),
        (
            json!({"status": "deactivated", "forDeletion": true}),
            allowed(json!({"allowed": true})),
        ),
        (
            json!({}),
            allowed(json!({"allowed": false, "reason": {"key": "externalDirectory.scim"}})),
        ),
        (json!({}), gone),
    ] {
        let script = Script::default()
            .account(one(&with(state.clone())))
            .found(page([with(state)]))
            .on(Method::GET, MANAGE, permission)
            .on(
                Method::POST,
                "/users/*/manage/lifecycle/delete",
                (200, json!({"message": "AccountId a-1 has been deleted."})),
            );
        let change = Do::Delete(user(ACCOUNT), Known::No);
        shown.push(script.made(&PLAIN, &change).await);
    }
    assert_snapshot!(shown.join("\n"));
}

fn token(id: &str) -> Value {
    json!({"id": id, "label": "ci-deploy", "status": "ALLOWED", "user": {"id": ACCOUNT, "orgId": ORG}})
}

/// A token is gone only where every row can be read; it is revoked where its owner has it, though the organization does not
/// list it; and it is revoked only once it is listed no more.
#[tokio::test]
async fn a_token_is_gone_when_it_shows() {
    let known = Do::Delete(
        ResourceKey::new("api_token", TOKEN),
        Known::Of(ACCOUNT.to_owned()),
    );
    let by_owner = Do::Invoke(
        "revoke_api_token",
        vec![("token_id", TOKEN.to_owned()), ("user_id", ACCOUNT.to_owned())],
    );
    let bad = || json!({"id": 7});
    let listings = |first: Vec<Value>, later: Vec<Value>| {
        (0..12).fold(Script::default().tokens(page(first)), |script, _| {
            script.tokens(page(later.clone()))
        })
    };
    let mut shown = Vec::new();
    for (script, change, owned) in [
        (listings(vec![token("another")], vec![]), &known, vec![]),
        (listings(vec![token("another"), bad()], vec![]), &known, vec![]),
        (listings(vec![token(TOKEN), bad()], vec![]), &known, vec![]),
        (listings(vec![token(TOKEN)], vec![token(TOKEN)]), &known, vec![]),
        (
            listings(vec![], vec![]),
            &by_owner,
            vec![json!({"id": TOKEN, "label": "ci-deploy"})],
        ),
    ] {
        let script = [owned, vec![], vec![]].into_iter().fold(script, |script, rows| {
            script.on(Method::GET, "/users/*/manage/api-tokens", (200, json!(rows)))
        });
        let script = script.reply(Method::DELETE, "/users/*/manage/api-tokens/*", Reply::status(204));
        shown.push(script.made(&PLAIN, change).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// Of several directories each has its own standing, whatever the vendor lists beside or twice: where something is to be
/// done it is done once, in the order of their ids.
#[tokio::test]
async fn each_directory_has_its_own_standing() {
    let row = |directory: &str, status: &str| {
        json!({"resourceId": "ari:cloud:confluence::site/3f0e", "resourceOwner": "confluence", "roles": ["atlassian/user"],
               "directoryId": directory, "userDirectoryStatus": status})
    };
    let here = || page([ORG, DIRECTORY, ORG].map(|id| json!({"directoryId": id})));
    let mut shown = Vec::new();
    for (first, second) in [
        ("suspended", "active"),
        ("active", "active"),
        ("suspended", "suspended"),
    ] {
        let mut script = Script::default()
            .account(one(&with(json!({"platformRoles": []}))))
            .directories(here());
        for _ in 0..3 {
            script = script
                .on(Method::GET, IN_DIRECTORY, one(&person()))
                .directories(here())
                .directories(here())
                .found_in_directory(page([person()]))
                .roles(page([row(DIRECTORY, first), row(ORG, second)]))
                .reply(Method::POST, SUSPEND, Reply::status(204));
        }
        let told = script.made(&PLAIN, &act("disable_user")).await;
        shown.push(format!("{first}, {second}: {told}"));
    }
    assert_snapshot!(shown.join("\n"));
}

/// Where the vendor does not say how an account stands to a directory, its status does. A refusal of a suspension may mean
/// that somebody else was faster, which the state shows.
#[tokio::test]
async fn a_suspension_may_be_so_already() {
    let suspended = || with(json!({"membershipStatus": "suspended", "status": "suspended"}));
    let by_status = || with(json!({"membershipStatus": null, "status": "suspended"}));
    let conflict = || refusal(409, "ADMIN-UAM-409-9", "Conflict");
    let mut shown = Vec::new();
    for (before, answer, after) in [
        (suspended(), conflict(), suspended()),
        (by_status(), conflict(), suspended()),
        (person(), conflict(), suspended()),
        (person(), refusal(400, "ADMIN-400-24", "Bad request"), by_status()),
        (
            person(),
            refusal(403, "ADMIN-UAM-403-1", "Forbidden"),
            suspended(),
        ),
    ] {
        let here = || page([json!({"directoryId": DIRECTORY})]);
        let script = Script::default()
            .account(one(&with(json!({"platformRoles": []}))))
            .directories(here())
            .on(Method::GET, IN_DIRECTORY, one(&before))
            .directories(here())
            .on(Method::POST, SUSPEND, answer)
            .on(Method::GET, IN_DIRECTORY, one(&after))
            .directories(here())
            .found_in_directory(page([after]));
        shown.push(script.made(&PLAIN, &act("disable_user")).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// An account that cannot log in is restored anyway, and that is said.
#[tokio::test]
async fn a_restored_account_that_cannot_log_in_is_told() {
    for (status, is_told) in [
        (json!("active"), false),
        (json!("inactive"), true),
        (json!(null), false),
    ] {
        let here = || page([json!({"directoryId": DIRECTORY})]);
        let suspended = with(json!({"membershipStatus": "suspended", "accountStatus": status}));
        let script = Script::default()
            .account(one(&suspended))
            .directories(here())
            .on(Method::GET, IN_DIRECTORY, one(&suspended))
            .reply(
                Method::POST,
                "/admin/v2/orgs/*/directories/*/users/*/restore",
                Reply::status(204),
            );
        let told = script.made(&PLAIN, &act("enable_user")).await;
        assert!(told.starts_with("Done: "), "{told}");
        assert_eq!(told.contains("so it cannot log in"), is_told, "{status}: {told}");
    }
}

/// Who is known to the organization and in none of its directories is invited.
#[tokio::test]
async fn a_person_outside_the_directories_is_invited() {
    for (status, invited) in [("active", false), ("suspended", false), ("no_membership", true)] {
        let script = Script::default()
            .found(page([with(json!({"membershipStatus": status}))]))
            .holding_address(&[with(json!({"membershipStatus": status}))])
            .on(
                Method::POST,
                "/admin/v2/orgs/*/users/invite",
                (
                    200,
                    json!({"data": [{"id": ACCOUNT, "email": "noor@larkspur.example", "results": [{}]}]}),
                ),
            )
            .account(one(&with(json!({"membershipStatus": status}))));
        let invite = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
        let told = script.made(&PLAIN, &invite).await;
        assert_eq!(told.contains("/users/invite"), invited, "{status}: {told}");
    }
}

/// The answer to a deletion is lost, and no directory knows the account: it is deleted only where its own endpoints do not
/// know it either.
#[tokio::test]
async fn a_lost_deletion_of_an_account_outside_the_directories_is_read_back() {
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    let there = || allowed(json!({"allowed": true}));
    let unknown = || (404, json!({"key": "accountNotFound", "context": ACCOUNT}));
    for (later, told) in [(unknown(), "Done: "), (there(), "14 ")] {
        let script = Script::default()
            .account(gone())
            .on(Method::GET, MANAGE, there())
            .reply(
                Method::POST,
                "/users/*/manage/lifecycle/delete",
                Reply::fault(TransportErrorKind::Timeout),
            );
        let script = (0..12).fold(script, |script, _| {
            script.account(gone()).on(Method::GET, MANAGE, later.clone())
        });
        let change = Do::Delete(user(ACCOUNT), Known::Yes);
        let made = script.made(&PLAIN, &change).await;
        assert!(made.starts_with(told), "{made}");
    }
}
