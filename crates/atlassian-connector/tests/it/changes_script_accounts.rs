//! Accounts and tokens changed where the vendor answers in ways the simulator does not.

use connector_sdk::ResourceKey;
use http::Method;
use http_kit::testing::Reply;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::changes_harness::{Do, Known, PLAIN, user};
use crate::script::{ACCOUNT, DIRECTORY, Script, person};
use crate::vendor::{ORG, one, page};

const MANAGE: &str = "/users/*/manage";
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
            .account(one(&with(state)))
            .on(Method::GET, MANAGE, permission)
            .reply(
                Method::POST,
                "/users/*/manage/lifecycle/delete",
                Reply::status(204),
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
    let known = Do::Delete(ResourceKey::new("api_token", TOKEN), Known::Yes);
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
    for (script, change) in [
        (listings(vec![token("another")], vec![]), &known),
        (listings(vec![token("another"), bad()], vec![]), &known),
        (listings(vec![token(TOKEN), bad()], vec![]), &known),
        (listings(vec![token(TOKEN)], vec![token(TOKEN)]), &known),
        (listings(vec![], vec![]), &by_owner),
    ] {
        let script = script
            .on(
                Method::GET,
                "/users/*/manage/api-tokens",
                (200, json!([{"id": TOKEN, "label": "ci-deploy"}])),
            )
            .reply(Method::DELETE, "/users/*/manage/api-tokens/*", Reply::status(204));
        shown.push(script.made(&PLAIN, change).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// Of several directories each has its own standing, whatever the vendor lists beside.
#[tokio::test]
async fn each_directory_has_its_own_standing() {
    let row = |directory: &str, status: &str| {
        json!({"resourceId": "ari:cloud:confluence::site/3f0e", "resourceOwner": "confluence", "roles": ["atlassian/user"],
               "directoryId": directory, "userDirectoryStatus": status})
    };
    let here = || page([json!({"directoryId": DIRECTORY}), json!({"directoryId": ORG})]);
    let mut script = Script::default()
        .account(one(&with(json!({"platformRoles": []}))))
        .directories(here());
    for _ in 0..2 {
        script = script
            .on(
                Method::GET,
                "/admin/v2/orgs/*/directories/*/users/*",
                one(&person()),
            )
            .directories(here())
            .roles(page([row(DIRECTORY, "suspended"), row(ORG, "active")]))
            .reply(
                Method::POST,
                "/admin/v2/orgs/*/directories/*/users/*/suspend",
                Reply::status(204),
            );
    }
    let suspend = Do::Invoke("disable_user", vec![("user_id", ACCOUNT.to_owned())]);
    assert_snapshot!(script.made(&PLAIN, &suspend).await);
}

/// Who is known to the organization and in none of its directories is invited.
#[tokio::test]
async fn a_person_outside_the_directories_is_invited() {
    for (status, invited) in [("active", false), ("suspended", false), ("no_membership", true)] {
        let script = Script::default()
            .found(page([with(json!({"membershipStatus": status}))]))
            .on(
                Method::POST,
                "/admin/v2/orgs/*/users/invite",
                (200, json!({"data": []})),
            );
        let invite = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
        let told = script.made(&PLAIN, &invite).await;
        assert_eq!(told.contains("/users/invite"), invited, "{status}: {told}");
    }
}
