//! Absence and success are believed with proof only: answers that look like one and are none.

use crate::changes_harness::{Do, Known, PLAIN, VERIFYING, World, group, role, user, workspace};
use crate::script::{ACCOUNT, DIRECTORY, GROUP, JIRA, Script, assignment, person};
use crate::vendor::{ORG, one, page, refusal, routing};
use connector_sdk::{ChangeState, ResourceKey};
use http::Method;
use http_kit::testing::Reply;
use serde_json::{Value, json};

const ROLE: &str = "atlassian/user";
const ASSIGN: &str = "/admin/v1/orgs/*/users/*/roles/assign";
const REVOKE: &str = "/admin/v1/orgs/*/users/*/roles/revoke";

fn take() -> Do {
    Do::Revoke(workspace(JIRA), role(ROLE), user(ACCOUNT))
}

fn held(methods: &[&str]) -> (u16, Value) {
    page([assignment(&[ROLE], Some(methods))])
}

/// A second revocation while the vendor still shows what the first one took is refused as not assigned. The state is read
/// until it shows it; where it never does, the outcome is unknown, with the vendor's words.
#[tokio::test]
async fn a_role_that_is_not_assigned_any_more_is_waited_for() {
    for (late, told) in [(1, "AlreadySo: "), (6, "AlreadySo: "), (99, "14 ")] {
        let script = Script::default().roles(held(&["direct"])).on(
            Method::POST,
            REVOKE,
            refusal(404, "ADMIN-UAM-404-3", "The role is not assigned"),
        );
        let script = (0..12).fold(script, |script, nth| {
            script.roles(if nth < late { held(&["direct"]) } else { page([]) })
        });
        let made = script.found(page([])).made(&PLAIN, &take()).await;
        assert!(made.starts_with(told), "{late}: {made}");
        assert_eq!(made.contains("The role is not assigned"), told == "14 ", "{made}");
    }
}

/// What was direct in the artifact and only a group gives now is taken already, and the groups are named; where the
/// artifact does not have it as direct, it is refused.
#[tokio::test]
async fn what_only_a_group_gives_now_is_taken_already_where_it_was_direct() {
    for (change, told) in [
        (
            Do::RevokeDirect(workspace(JIRA), role(ROLE), user(ACCOUNT)),
            "AlreadySo: ",
        ),
        (take(), "9 "),
    ] {
        let script = Script::default()
            .roles(held(&["group_direct"]))
            .groups_found(page([json!({"id": GROUP, "name": "jira-users"})]))
            .group_roles(page([assignment(&[ROLE], None)]))
            .found(page([person()]));
        let made = script.made(&PLAIN, &change).await;
        assert!(made.starts_with(told), "{made}");
        assert!(
            made.contains("through the group jira-users") && !made.contains("POST"),
            "{made}"
        );
    }
}

/// Both revocations of a role that is held directly and through a group are successes that name what still gives it.
#[tokio::test]
async fn revoking_twice_names_the_groups_twice() {
    let world = World::new().await;
    let both = world.access(|one| {
        one.methods == ["direct", "group_direct"].into() && !one.groups.is_empty() && one.owner != "platform"
    });
    let change = Do::RevokeDirect(workspace(&both.target), role(both.role), user(&both.account));
    let first = world.perform(&PLAIN, &change).await.unwrap();
    let second = world.perform(&PLAIN, &change).await.unwrap();
    assert_eq!(
        (first.state, second.state),
        (ChangeState::Done, ChangeState::AlreadySo)
    );
    assert!(!first.still_through.is_empty(), "{first:?}");
    assert_eq!(first.still_through, second.still_through);
    assert_eq!((first.requests.len(), second.requests.len()), (1, 0));
}

/// A token that an artifact knows and nobody lists any more is gone already, for the action as for the deletion; one that
/// nobody knows is not found, for both.
#[tokio::test]
async fn both_ways_to_revoke_a_token_agree_on_repeats() {
    let world = World::new().await;
    let token = world.org.truth().tokens().next().unwrap();
    let (owner, token) = (Known::Of(token.owner), token.id);
    let key = ResourceKey::new("api_token", &token);
    let action = Do::Invoke("revoke_api_token", vec![("token_id", token.clone())]);
    let known = Do::InvokeOn(
        "revoke_api_token",
        vec![("token_id", token)],
        key.clone(),
        owner.clone(),
    );
    let first = world.perform(&PLAIN, &action).await.unwrap();
    assert_eq!(first.state, ChangeState::Verified);
    for change in [&known, &Do::Delete(key.clone(), owner)] {
        let again = world.perform(&PLAIN, change).await.unwrap();
        assert_eq!(
            (again.state, again.requests.len()),
            (ChangeState::AlreadySo, 0),
            "{change:?}"
        );
    }
    for change in [&action, &Do::Delete(key, Known::No)] {
        let error = world.perform(&PLAIN, change).await.unwrap_err();
        assert_eq!(error.code().number(), 5, "{change:?}");
    }
}

/// A 404 without a code is settled by a search: only its answer without the account, or the group, is proof.
#[tokio::test]
async fn a_404_without_a_code_is_settled_by_a_search() {
    let lost = || routing(404, "TCS validation failed");
    let empty = || (404, Value::Null);
    for (answer, found, told) in [
        (lost(), page([]), "AlreadySo: "),
        (lost(), page([person()]), "13 "),
        (lost(), lost(), "5 "),
        (
            refusal(404, "ADMIN-404-8", "User not found"),
            page([]),
            "AlreadySo: ",
        ),
        (
            refusal(404, "ADMIN-404-2", "Organization not found"),
            page([]),
            "5 ",
        ),
        (refusal(404, "PROXY-1", "Not found"), page([]), "13 "),
        (
            (404, json!({"code": 404, "message": "no Route matched"})),
            page([]),
            "13 ",
        ),
        (empty(), page([json!({"accountId": 7})]), "13 "),
    ] {
        let script = Script::default()
            .roles(refusal(404, "ADMIN-404-8", "User not found"))
            .account(answer.clone())
            .found(found.clone());
        let made = script.made(&PLAIN, &take()).await;
        assert!(made.starts_with(told), "{answer:?} {found:?}: {made}");
    }
    let there = json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
    for (found, told) in [
        (page([]), "AlreadySo: "),
        (page([there]), "13 "),
        (page([json!({"id": 7})]), "13 "),
    ] {
        let script = Script::default().group(lost()).groups_found(found);
        let made = script
            .revoke(&PLAIN, &group(GROUP), "member", &user(ACCOUNT))
            .await;
        assert!(made.starts_with(told), "{made}");
    }
}

/// Of an account in two directories the vendor shows only that it is suspended everywhere: what cannot be seen in one is
/// not waited for, and the state is read once more after the last step.
#[tokio::test]
async fn what_shows_in_the_end_is_read_in_the_end() {
    let here = || page([DIRECTORY, ORG].map(|id| json!({"directoryId": id})));
    let with =
        |status: &str| one(&json!({"accountId": ACCOUNT, "membershipStatus": status, "platformRoles": []}));
    const IN_DIRECTORY: &str = "/admin/v2/orgs/*/directories/*/users/*";
    for (after, told) in [("suspended", "Verified: "), ("active", "14 ")] {
        // Active somewhere, and no role tells where.
        let unseen = |script: Script| {
            script
                .on(Method::GET, IN_DIRECTORY, with("active"))
                .directories(here())
                .roles(page([]))
        };
        let mut script = Script::default().account(with("active")).directories(here());
        // Both before, and the first one after its step.
        for _ in 0..3 {
            script = unseen(script);
        }
        for _ in 0..3 {
            script = script.on(Method::GET, IN_DIRECTORY, with(after));
            if after == "suspended" {
                let mut row = person();
                row["membershipStatus"] = json!(after);
                script = script.directories(here()).found_in_directory(page([row]));
            }
            if after == "active" {
                script = script.directories(here()).roles(page([]));
            }
        }
        for _ in 0..2 {
            script = script.reply(
                Method::POST,
                "/admin/v2/orgs/*/directories/*/users/*/suspend",
                Reply::status(204),
            );
        }
        let change = Do::Invoke("disable_user", vec![("user_id", ACCOUNT.to_owned())]);
        let made = script.perform(&VERIFYING, &change).await;
        assert!(made.starts_with(told), "{made}");
        assert_eq!(made.matches("/suspend").count(), 2, "{made}");
        assert!(made.matches("GET ").count() < 25, "nothing is waited for: {made}");
    }
}

/// Two rows of one account are one account; a user name is the same in another case, beyond ASCII too; two that differ in
/// case alone are refused.
#[tokio::test]
async fn one_account_and_one_user_name_are_one() {
    const USERS: &str = "/scim/directory/*/Users";
    let record = |id: &str, name: &str| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": id, "userName": name, "active": true,
               "emails": [{"value": "Émile@larkspur.example", "primary": true}],
               "urn:scim:schemas:extension:atlassian-external:1.0": {"atlassianAccountId": ACCOUNT}})
    };
    let records = |rows: Vec<Value>| {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": rows.len(), "startIndex": 1, "itemsPerPage": 50, "Resources": rows});
        (200, body)
    };
    let row = || json!({"accountId": ACCOUNT, "email": "ÉMILE@larkspur.example", "status": "active"});
    let create = Do::Create(vec![
        ("userName", "émile".to_owned()),
        ("email", "émile@larkspur.example".to_owned()),
    ]);
    for (found, there, told) in [
        (vec![row(), row()], vec![record("a", "ÉMILE")], "AlreadySo: "),
        (
            vec![row()],
            vec![record("a", "ÉMILE"), record("b", "Émile")],
            "9 ",
        ),
        (
            vec![
                row(),
                json!({"accountId": "712020:9", "email": "émile@larkspur.example"}),
            ],
            vec![],
            "9 ",
        ),
    ] {
        let script = Script::default()
            .holding_address(&found)
            .on(Method::GET, USERS, records(there))
            .living(&row());
        let made = script.made(&PLAIN, &create).await;
        assert!(made.starts_with(told), "{made}");
        assert!(!made.contains("POST"), "{made}");
    }
}

/// With `--verify`, a change that does not show is no success, whatever the vendor answered.
#[tokio::test]
async fn what_is_to_be_verified_and_does_not_show_is_no_success() {
    for script in [
        Script::default().reply(Method::POST, ASSIGN, Reply::status(204)),
        Script::default().on(Method::POST, ASSIGN, (200, json!({}))),
    ] {
        let script = (0..12).fold(script, |script, _| script.roles(page([])));
        let change = Do::Grant(workspace(JIRA), role(ROLE), user(ACCOUNT));
        let made = script.made(&VERIFYING, &change).await;
        assert!(made.starts_with("14 "), "{made}");
        assert_eq!(made.matches("POST ").count(), 1, "{made}");
    }
}
