//! Whether it is so is told by two operations of the vendor, or it is not known: before a change, after a refusal, after it.

use crate::changes_harness::{Do, Known, PLAIN, VERIFYING, group, role, user, workspace};
use crate::script::{ACCOUNT, DIRECTORY, GROUP, JIRA, SEARCH, Script, assignment, person};
use crate::vendor::{ORG, one, page, refusal};
use connector_sdk::ResourceKey;
use http::Method;
use http_kit::testing::Reply;
use serde_json::{Value, json};

const ROLE: &str = "atlassian/user";
const MANAGE: &str = "/users/*/manage";

pub(crate) fn oops() -> (u16, Value) {
    refusal(500, "ADMIN-500-1", "Oops")
}

pub(crate) fn with(members: Value) -> Value {
    let mut of = person();
    of.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    of
}

fn act(name: &'static str) -> Do {
    Do::Invoke(name, vec![("user_id", ACCOUNT.to_owned())])
}

/// A change, what the vendor shows of it in the first way, and the operation that is the second.
struct Case {
    change: Do,
    /// One read that tells that it is so already.
    first: fn(Script) -> Script,
    /// What the second read answers.
    second: fn(Script, (u16, Value)) -> Script,
    /// The answer of the second read that contradicts.
    contradicts: (u16, Value),
    /// The write, which succeeds.
    write: (Method, &'static str),
    /// The documented status of its success.
    status: u16,
}

/// Every kind of grant and revocation, where the first read tells that there is nothing to do.
fn cases() -> Vec<Case> {
    let organization = || ResourceKey::new("organization", ORG);
    let of = || json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
    vec![
        Case {
            change: Do::Grant(group(GROUP), "member".to_owned(), user(ACCOUNT)),
            // A search that ignores the group answers with everyone.
            first: |script| script.found(page([person()])),
            second: Script::groups_found,
            contradicts: page([]),
            write: (
                Method::POST,
                "/admin/v2/orgs/*/directories/*/groups/*/memberships",
            ),
            status: 204,
        },
        Case {
            change: Do::Revoke(group(GROUP), "member".to_owned(), user(ACCOUNT)),
            first: |script| script.found(page([])),
            second: Script::listed,
            contradicts: page([person()]),
            write: (
                Method::DELETE,
                "/admin/v2/orgs/*/directories/*/groups/*/memberships/*",
            ),
            status: 204,
        },
        Case {
            change: Do::Grant(workspace(JIRA), role(ROLE), user(ACCOUNT)),
            first: |script| script.roles(page([assignment(&[ROLE], Some(&["direct"]))])),
            second: Script::found,
            contradicts: page([]),
            write: (Method::POST, "/admin/v1/orgs/*/users/*/roles/assign"),
            status: 204,
        },
        Case {
            change: Do::Revoke(workspace(JIRA), role(ROLE), user(ACCOUNT)),
            first: |script| script.roles(page([])),
            second: Script::found,
            contradicts: page([person()]),
            write: (Method::POST, "/admin/v1/orgs/*/users/*/roles/revoke"),
            status: 204,
        },
        Case {
            change: Do::Grant(workspace(JIRA), role(ROLE), group(GROUP)),
            first: |script| script.group_roles(page([assignment(&[ROLE], None)])),
            second: Script::groups_found,
            contradicts: page([]),
            write: (
                Method::POST,
                "/admin/v2/orgs/*/directories/*/groups/*/role-assignments/assign",
            ),
            status: 200,
        },
        Case {
            change: Do::Revoke(workspace(JIRA), role(ROLE), group(GROUP)),
            first: |script| script.group_roles(page([])),
            second: Script::groups_found,
            contradicts: page([of()]),
            write: (
                Method::POST,
                "/admin/v2/orgs/*/directories/*/groups/*/role-assignments/revoke",
            ),
            status: 204,
        },
        Case {
            change: Do::Revoke(organization(), role("atlassian/org-admin"), user(ACCOUNT)),
            first: |script| script.roles(page([])).account(one(&person())),
            second: Script::found,
            // Beside the account there is another administrator.
            contradicts: page([person(), administrator()]),
            write: (Method::POST, "/admin/v1/orgs/*/users/*/role-assignments/revoke"),
            status: 204,
        },
    ]
}

/// Another administrator of the organization.
fn administrator() -> serde_json::Value {
    let mut other = person();
    other["accountId"] = json!("712020:0b0b0b0b-08bb-4f1e-9c3a-77d1e2f3a4b5");
    other["platformRoles"] = json!(["atlassian/org-admin"]);
    other
}

/// One answer that shows it already is no proof, of a grant as of a revocation. Where another operation contradicts it or
/// cannot be read, the change is made.
#[tokio::test]
async fn what_one_answer_shows_is_already_so_only_where_another_agrees() {
    let of = json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
    for case in cases() {
        for second in [case.contradicts.clone(), oops()] {
            let mut script = Script::default().group(one(&of));
            for _ in 0..3 {
                script = (case.second)((case.first)(script), second.clone());
            }
            let script = script.account(one(&person())).reply(
                case.write.0.clone(),
                case.write.1,
                Reply::status(case.status),
            );
            let told = script.made(&PLAIN, &case.change).await;
            let is_of_administrator =
                matches!(&case.change, Do::Revoke(on, ..) if on.resource_type == "organization");
            if is_of_administrator && second != case.contradicts {
                // Whether it is the last administrator is not known then, and nothing is taken.
                assert!(told.contains("cannot search for accounts"), "{told}");
                continue;
            }
            if is_of_administrator {
                // It is sent, and has to show afterwards: who is taken next is judged by that.
                assert!(told.starts_with("14 ") && told.contains("/revoke"), "{told}");
                continue;
            }
            assert!(told.starts_with("Done: "), "{:?}: {told}", case.change);
            assert!(told.lines().count() > 1, "{:?}: {told}", case.change);
        }
    }
}

/// What is to be verified shows in both ways, or its outcome is unknown.
#[tokio::test]
async fn what_is_verified_shows_in_both_ways() {
    let change = Do::Grant(workspace(JIRA), role(ROLE), user(ACCOUNT));
    for (second, told) in [
        (page([person()]), "Verified: "),
        (page([]), "14 "),
        (oops(), "14 "),
    ] {
        let script = Script::default().roles(page([])).reply(
            Method::POST,
            "/admin/v1/orgs/*/users/*/roles/assign",
            Reply::status(204),
        );
        let script = (0..12).fold(script, |script, _| {
            script
                .roles(page([assignment(&[ROLE], Some(&["direct"]))]))
                .found(second.clone())
        });
        let made = script.made(&VERIFYING, &change).await;
        assert!(made.starts_with(told), "{made}");
    }
}

/// A write that the vendor refuses though it was carried out is read back once, in both ways.
#[tokio::test]
async fn a_refused_write_is_read_back() {
    let change = Do::Grant(workspace(JIRA), role(ROLE), user(ACCOUNT));
    for (status, code) in [(400, "ADMIN-400-4"), (403, "ADMIN-UAM-403-1")] {
        for (later, told) in [(page([person()]), "AlreadySo: "), (page([]), ""), (oops(), "")] {
            let script = Script::default()
                .roles(page([]))
                .on(
                    Method::POST,
                    "/admin/v1/orgs/*/users/*/roles/assign",
                    refusal(status, code, "No"),
                )
                .roles(page([assignment(&[ROLE], Some(&["direct"]))]))
                .found(later);
            let made = script.made(&PLAIN, &change).await;
            let refused = if status == 400 { "3 " } else { "7 " };
            assert!(
                made.starts_with(if told.is_empty() { refused } else { told }),
                "{made}"
            );
            assert_eq!(
                made.contains("the vendor refused the write"),
                !told.is_empty(),
                "{made}"
            );
            assert!(!made.contains("read once"), "{made}");
        }
    }
}

/// A write has no cursor, so a refusal that could be one of a cursor says nothing of listings.
#[tokio::test]
async fn hints_for_listings_are_not_given_for_writes() {
    let script = Script::default().roles(page([])).on(
        Method::POST,
        "/admin/v1/orgs/*/users/*/roles/assign",
        refusal(400, "ADMIN-400-1", "Bad request"),
    );
    let change = Do::Grant(workspace(JIRA), role(ROLE), user(ACCOUNT));
    let told = script.made(&PLAIN, &change).await;
    assert!(told.starts_with("3 ") && !told.contains("listing"), "{told}");
}

/// An invitation is made where each part of it is answered, or where the person is there afterwards.
#[tokio::test]
async fn an_invitation_without_results_is_read_back() {
    const INVITE: &str = "/admin/v2/orgs/*/users/invite";
    let answer = json!({"data": [{"id": ACCOUNT, "email": "noor@larkspur.example", "results": []}]});
    let change = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
    for (later, told) in [(page([person()]), "Done: "), (page([]), "14 ")] {
        let script = Script::default()
            .found(page([]))
            .holding_address(&[])
            .on(Method::POST, INVITE, (200, answer.clone()))
            .account(one(&person()));
        let script = (0..12).fold(script, |script, _| script.found(later.clone()));
        let made = script.made(&PLAIN, &change).await;
        assert!(made.starts_with(told), "{made}");
        assert_eq!(made.matches("/invite").count(), 1, "{made}");
    }
}

/// A group that the answer says nothing of, or another one in its place, was not given by that.
#[tokio::test]
async fn a_group_that_no_answer_confirms_is_read_back() {
    const INVITE: &str = "/admin/v2/orgs/*/users/invite";
    let of = json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
    let arguments = vec![
        ("email", json!("noor@larkspur.example")),
        ("group_ids", json!([GROUP])),
    ];
    let given = |group: &str| json!([{"group": group, "status": "INVITED"}]);
    for (groups, told) in [
        (given(GROUP), "Done: "),
        (given("g-other"), "14 "),
        (json!([]), "14 "),
    ] {
        let result = json!({"groupAssignmentResult": groups});
        let answer =
            json!({"data": [{"id": ACCOUNT, "email": "noor@larkspur.example", "results": [result]}]});
        let script =
            Script::default()
                .group(one(&of))
                .listed(page([]))
                .on(Method::POST, INVITE, (200, answer));
        let script = (0..12).fold(script, |script, _| script.found(page([])));
        let made = script.invite(&PLAIN, &arguments).await;
        assert!(made.starts_with(told), "{made}");
    }
}

/// A role that the answer says nothing of, or another one in its place, was not given by that.
#[tokio::test]
async fn a_role_that_no_answer_confirms_is_read_back() {
    const INVITE: &str = "/admin/v2/orgs/*/users/invite";
    let arguments = [
        ("email", json!("noor@larkspur.example")),
        ("resource", json!(JIRA)),
        ("role", json!(ROLE)),
    ];
    let given = |role: &str, on: &str| json!([{"resource": on, "role": role, "status": "INVITED"}]);
    for (roles, told) in [
        (given(ROLE, JIRA), "Done: "),
        (given("product/user", JIRA), "Done: "),
        (given("atlassian/admin", JIRA), "14 "),
        (given(ROLE, "ari:cloud:confluence::site/1"), "14 "),
        (json!([]), "14 "),
    ] {
        let result = json!({"roleAssignmentResult": roles});
        let answer =
            json!({"data": [{"id": ACCOUNT, "email": "noor@larkspur.example", "results": [result]}]});
        let script = Script::default()
            .on(Method::POST, INVITE, (200, answer))
            .listed(page([]))
            .always(Method::POST, SEARCH, page([]));
        let made = script.invite(&PLAIN, &arguments).await;
        assert!(made.starts_with(told), "{made}");
    }
}

/// A dead account is not in the organization, and an invitation does not bring it back. A suspended one is, without access.
#[tokio::test]
async fn who_is_dead_or_suspended_is_not_there_with_all_that_was_asked_for() {
    let change = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
    for (members, told, words) in [
        (json!({"status": "deactivated"}), "9 ", "reactivate_account"),
        (json!({"accountStatus": "closed"}), "9 ", "reactivate_account"),
        (json!({"status": "DEACTIVATED"}), "9 ", "reactivate_account"),
        (json!({"status": "for_deletion"}), "9 ", "cancel_account_deletion"),
        (json!({"status": "suspended"}), "AlreadySo: ", "enable_user"),
        (
            json!({"membershipStatus": "suspended"}),
            "AlreadySo: ",
            "enable_user",
        ),
        (json!({}), "AlreadySo: ", "already"),
    ] {
        for cx in [PLAIN, VERIFYING] {
            let script = Script::default().always_living(&with(members.clone()));
            let made = script.made(&cx, &change).await;
            assert!(
                made.starts_with(told) && made.contains(words),
                "{members}: {made}"
            );
            assert!(!made.contains("/invite"), "{made}");
        }
    }
}

/// One person is invited at a time.
#[tokio::test]
async fn two_addresses_are_none() {
    for email in [
        "a@larkspur.example,b@larkspur.example",
        "a;b@larkspur.example",
        "a@b@larkspur.example",
    ] {
        let change = Do::Invoke("invite_user", vec![("email", email.to_owned())]);
        let made = Script::default().made(&PLAIN, &change).await;
        assert!(made.starts_with("3 ") && !made.contains("/invite"), "{made}");
    }
}

/// Searches for accounts and groups are one index: where it is empty, nobody is told to be no member. What is not the search
/// decides: the older listing, or the number of members that the group states.
#[tokio::test]
async fn an_empty_index_takes_nobody_out_of_a_group() {
    let revoke = Do::Revoke(group(GROUP), "member".to_owned(), user(ACCOUNT));
    let of = |counts: Value| json!({"id": GROUP, "directoryId": DIRECTORY, "counts": counts});
    let other = || with(json!({"accountId": "712020:9"}));
    let no_listing = || (404, json!({}));
    for (listed, counts, members, told) in [
        (page([]), json!({"users": 3}), vec![], "AlreadySo: "),
        (page([person()]), json!({"users": 3}), vec![], "Done: "),
        (no_listing(), json!({"users": 3}), vec![], "Done: "),
        (no_listing(), json!({"users": 2}), vec![other()], "Done: "),
        (no_listing(), json!(null), vec![], "Done: "),
        (no_listing(), json!({"users": 0}), vec![], "AlreadySo: "),
        (no_listing(), json!({"users": 1}), vec![other()], "AlreadySo: "),
    ] {
        let script = Script::default()
            .found(page([]))
            .found(page(members))
            .listed(listed)
            .always(Method::POST, SEARCH, page([]))
            .always(
                Method::GET,
                "/admin/v2/orgs/*/directories/-/groups/*",
                one(&of(counts.clone())),
            )
            .reply(
                Method::DELETE,
                "/admin/v2/orgs/*/directories/*/groups/*/memberships/*",
                Reply::status(204),
            );
        let made = script.made(&PLAIN, &revoke).await;
        assert!(made.starts_with(told), "{counts}: {made}");
        assert_eq!(made.contains("DELETE "), told == "Done: ", "{counts}: {made}");
    }
}

/// An answer to a filter by id that has others, too, was not filtered: it makes nobody a member.
#[tokio::test]
async fn a_filter_that_is_ignored_tells_nothing() {
    let of = json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
    let other = with(json!({"accountId": "712020:9"}));
    let grant = Do::Grant(group(GROUP), "member".to_owned(), user(ACCOUNT));
    let script = Script::default()
        .group(one(&of))
        .found(page([other.clone(), person()]));
    let told = script.made(&PLAIN, &grant).await;
    assert!(told.starts_with("13 ") && !told.contains("POST "), "{told}");

    let script = Script::default()
        .group(one(&of))
        .found(page([person()]))
        .groups_found(page([json!({"id": "g-other"}), of.clone()]))
        .account(one(&person()))
        .reply(
            Method::POST,
            "/admin/v2/orgs/*/directories/*/groups/*/memberships",
            Reply::status(204),
        );
    let told = script.made(&PLAIN, &grant).await;
    assert!(told.starts_with("Done: ") && told.contains("POST "), "{told}");

    // Beside another person's row one that hides its address is nobody's.
    let hidden = with(json!({"email": null}));
    let other = with(json!({"accountId": "712020:9", "email": "theo@larkspur.example"}));
    let invite = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
    let script = Script::default().found(page([hidden, other]));
    let told = script.made(&PLAIN, &invite).await;
    assert!(told.starts_with("13 ") && !told.contains("/invite"), "{told}");
}

/// An invitation sends mail, so it is not made where it is not known whether the person is there.
#[tokio::test]
async fn nobody_is_invited_in_doubt() {
    let change = Do::Invoke("invite_user", vec![("email", "noor@larkspur.example".to_owned())]);
    let script = Script::default().found(page([person()])).account(oops());
    let made = script.made(&PLAIN, &change).await;
    assert!(made.starts_with("14 ") && !made.contains("/invite"), "{made}");
}

/// An account that a directory has and that is not known as a managed one is no account that is deleted.
#[tokio::test]
async fn an_account_that_is_alive_is_not_deleted_already() {
    let gone = (404, json!({"key": "accountNotFound", "context": ACCOUNT}));
    let script = Script::default()
        .account(one(&person()))
        .on(Method::GET, MANAGE, gone);
    let made = script.made(&PLAIN, &Do::Delete(user(ACCOUNT), Known::Yes)).await;
    assert!(
        made.starts_with("13 ") && made.contains("contradicts itself"),
        "{made}"
    );
}

/// The profile that says what the account itself says proves a deactivation; one that cannot be read proves nothing.
#[tokio::test]
async fn an_account_is_deactivated_already_only_where_its_profile_agrees() {
    let inactive = with(json!({"accountStatus": "inactive"}));
    let profile = |status: &str| {
        (
            200,
            json!({"account": {"account_id": ACCOUNT, "account_status": status}}),
        )
    };
    for (profile, told) in [
        (profile("inactive"), "AlreadySo: "),
        (profile("active"), "Done: "),
        (oops(), "Done: "),
    ] {
        let mut script = Script::default().on(
            Method::GET,
            MANAGE,
            (200, json!({"lifecycle.enablement": {"allowed": true}})),
        );
        for _ in 0..3 {
            script =
                script
                    .account(one(&inactive))
                    .on(Method::GET, "/users/*/manage/profile", profile.clone());
        }
        let script = script.reply(
            Method::POST,
            "/users/*/manage/lifecycle/disable",
            Reply::status(204),
        );
        let made = script.made(&PLAIN, &act("deactivate_account")).await;
        assert!(made.starts_with(told), "{made}");
    }
}

/// Both ways may still show what was undone a moment ago. With `--verify` it has to last; without it the moment counts, and the
/// result says so.
#[tokio::test]
async fn what_is_verified_to_be_so_already_has_to_last() {
    let state = |script: Script, status: &str| {
        let profile = json!({"account": {"account_id": ACCOUNT, "account_status": status}});
        script.account(one(&with(json!({"accountStatus": status})))).on(
            Method::GET,
            "/users/*/manage/profile",
            (200, profile),
        )
    };
    for (options, later, told, is_read_once) in [
        (&PLAIN, "active", "AlreadySo: ", true),
        (&VERIFYING, "active", "Verified: ", false),
        (&VERIFYING, "inactive", "AlreadySo: ", false),
    ] {
        let script = Script::default().on(
            Method::GET,
            MANAGE,
            (200, json!({"lifecycle.enablement": {"allowed": true}})),
        );
        // The account is read once more, to name it.
        let script = state(state(state(script, "inactive"), "inactive"), later).reply(
            Method::POST,
            "/users/*/manage/lifecycle/disable",
            Reply::status(204),
        );
        let made = state(script, "inactive")
            .made(options, &act("deactivate_account"))
            .await;
        assert!(made.starts_with(told), "{made}");
        assert_eq!(
            made.contains("run with --verify to be sure"),
            is_read_once,
            "{made}"
        );
    }
}

/// That an account belongs to no directory is believed where the account says so too.
#[tokio::test]
async fn an_empty_list_of_directories_alone_changes_no_access() {
    for action in ["disable_user", "remove_user", "enable_user"] {
        let mut unsaid = with(json!({"platformRoles": []}));
        unsaid.as_object_mut().unwrap().remove("membershipStatus");
        let script = Script::default().account(one(&unsaid)).directories(page([]));
        let made = script.made(&PLAIN, &act(action)).await;
        assert!(made.starts_with("13 "), "{action}: {made}");
    }
    let outside = with(json!({"membershipStatus": "no_membership"}));
    let script = Script::default().account(one(&outside)).directories(page([]));
    let made = script.made(&PLAIN, &act("remove_user")).await;
    assert!(made.starts_with("AlreadySo: "), "{made}");
}

/// A directory that is not listed for the account is not left already, unless the directory says so itself.
#[tokio::test]
async fn a_directory_is_left_already_only_where_it_agrees() {
    let change = Do::Invoke(
        "remove_user",
        vec![
            ("user_id", ACCOUNT.to_owned()),
            ("directory_id", DIRECTORY.to_owned()),
        ],
    );
    const IN_DIRECTORY: &str = "/admin/v2/orgs/*/directories/*/users/*";
    let elsewhere = || page([json!({"directoryId": ORG})]);
    for (there, told) in [
        (refusal(404, "ADMIN-404-8", "User not found"), "AlreadySo: "),
        (one(&with(json!({"membershipStatus": "suspended"}))), "Done: "),
    ] {
        let script = Script::default()
            .account(one(&person()))
            .directories(elsewhere())
            .on(Method::GET, IN_DIRECTORY, there)
            .directories(elsewhere())
            .reply(
                Method::DELETE,
                "/admin/v2/orgs/*/directories/*/users/*",
                Reply::status(204),
            );
        let made = script.made(&PLAIN, &change).await;
        assert!(made.starts_with(told), "{made}");
    }
}

/// A list of tokens that cannot be read says nothing: a token is neither gone by it nor revoked.
#[tokio::test]
async fn a_token_is_not_gone_where_its_owner_cannot_be_read() {
    const TOKEN: &str = "asp_9fK2pQ7vX1mZ";
    let change = Do::Delete(
        ResourceKey::new("api_token", TOKEN),
        Known::Of(ACCOUNT.to_owned()),
    );
    let script = (0..20).fold(Script::default(), |script, _| {
        script
            .tokens(page([]))
            .on(Method::GET, "/users/*/manage/api-tokens", oops())
            .on(Method::GET, "/users/*/manage/api-tokens", oops())
    });
    let script = script.reply(Method::DELETE, "/users/*/manage/api-tokens/*", Reply::status(204));
    let made = script.made(&PLAIN, &change).await;
    assert!(made.starts_with("14 "), "{made}");
    assert_eq!(made.matches("DELETE ").count(), 1, "{made}");

    let nobodys = Do::Delete(ResourceKey::new("api_token", TOKEN), Known::Yes);
    let made = Script::default().tokens(page([])).made(&PLAIN, &nobodys).await;
    assert!(made.starts_with("9 ") && made.contains("not proven"), "{made}");
}
