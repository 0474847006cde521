//! Changes of organizations that answer in ways the simulator does not: invitations, older answers, rows that cannot be
//! read, the layer in front of the service.

use crate::changes_harness::{Do, PLAIN, VERIFYING, group, role, user, workspace};
use crate::changes_told_accounts::{DOMAINS, domains};
use crate::script::{ACCOUNT, DETAILS, DIRECTORY, GROUP, JIRA, SEARCH, Script, assignment, person};
use crate::vendor::{ORG, one, page, refusal, routing};
use connector_sdk::ChangeContext;
use http::Method;
use http_kit::TransportErrorKind;
use http_kit::testing::Reply;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// The administration of the organization that only the account states is held: it is taken, and not gone already. Another
/// role of the platform says nothing of it.
#[tokio::test]
async fn what_only_the_account_states_is_held() {
    let organization = connector_sdk::ResourceKey::new("organization", ORG);
    let change = Do::Revoke(organization, role("atlassian/org-admin"), user(ACCOUNT));
    let mut shown = Vec::new();
    for stated in ["atlassian/org-admin", "atlassian/site-admin"] {
        let mut of = person();
        of["platformRoles"] = json!([stated]);
        let mut another = of.clone();
        another["accountId"] = json!("712020:another");
        let script = match stated {
            // Another one administers it too, and afterwards this one does not.
            "atlassian/org-admin" => Script::default().found(page([another])),
            _ => Script::default(),
        };
        let script = script
            .roles(page([]))
            .account(one(&of))
            .account(one(&person()))
            .found(page([]))
            .groups_found(page([]))
            .reply(
                Method::POST,
                "/admin/v1/orgs/*/users/*/role-assignments/revoke",
                Reply::status(204),
            );
        shown.push(format!("{stated}: {}", script.made(&PLAIN, &change).await));
    }
    assert_snapshot!(shown.join("\n"));
}

/// What the vendor calls a conflict may say that all is as wanted; whatever it calls it, the state decides.
#[tokio::test]
async fn already_there_by_code_is_success() {
    let mut shown = Vec::new();
    for code in [
        "ADMIN-UAM-409-2",
        "ADMIN-409-28",
        "ADMIN-UAM-409-3",
        "ADMIN-UAM-409-9",
    ] {
        let script = Script::default().roles(page([])).on(
            Method::POST,
            "/admin/v1/orgs/*/users/*/roles/assign",
            refusal(409, code, "Conflict"),
        );
        let script = script
            .roles(page([assignment(&["atlassian/user"], Some(&["direct"]))]))
            .found(page([person()]));
        shown.push(
            script
                .grant(&PLAIN, &workspace(JIRA), &role("atlassian/user"), &user(ACCOUNT))
                .await,
        );
    }
    assert_snapshot!(shown.join("\n"));
}

/// A 404 that may mean that all is as wanted is read back: where it is not, or cannot be read, nobody knows.
#[tokio::test]
async fn a_refusal_is_no_success_unless_the_state_shows_it() {
    const MEMBER: &str = "/admin/v2/orgs/*/directories/*/groups/*/memberships/*";
    let mut shown = Vec::new();
    for later in [page([]), page([person()]), refusal(500, "ADMIN-500-1", "Oops")] {
        let script = Script::default()
            .group(one(&json!({"id": GROUP, "directoryId": DIRECTORY})))
            .found(page([person()]))
            .on(
                Method::DELETE,
                MEMBER,
                refusal(404, "ADMIN-404-8", "User not found"),
            );
        let script = (0..6).fold(script, |script, _| script.found(later.clone()));
        let script = script.listed(page([]));
        let change = Do::Revoke(group(GROUP), "member".to_owned(), user(ACCOUNT));
        shown.push(script.made(&PLAIN, &change).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// Administrators of the organization are not suspended, whether the account states that they are, or, where it states
/// nothing of the kind, its role assignments do.
#[tokio::test]
async fn an_administrator_is_not_suspended_whoever_says_so() {
    let suspend = Do::Invoke("disable_user", vec![("user_id", ACCOUNT.to_owned())]);
    let organization = format!("ari:cloud:platform::org/{ORG}");
    let administers =
        json!({"resourceId": organization, "resourceOwner": "platform", "roles": ["atlassian/org-admin"]});
    for (stated, rows, is_suspended) in [
        (json!(["atlassian/org-admin"]), vec![], false),
        (json!(null), vec![administers], false),
        (json!(null), vec![], true),
        (json!(["atlassian/site-admin"]), vec![], true),
    ] {
        let mut of = person();
        of["platformRoles"] = stated.clone();
        let here = || page([json!({"directoryId": DIRECTORY})]);
        let script = Script::default()
            .account(one(&of))
            .directories(here())
            .roles(page(rows))
            .account(one(&of))
            .on(Method::GET, "/admin/v2/orgs/*/directories/*/users/*", one(&of))
            .directories(here())
            .reply(
                Method::POST,
                "/admin/v2/orgs/*/directories/*/users/*/suspend",
                Reply::status(204),
            );
        let told = script.perform(&PLAIN, &suspend).await;
        assert_eq!(told.starts_with("Done: "), is_suspended, "{stated}: {told}");
        assert_eq!(told.contains("POST "), is_suspended, "{stated}: {told}");
        assert_eq!(told.starts_with("9 "), !is_suspended, "{stated}: {told}");
    }
}

/// A body in another form than the vendor takes is refused before anything is changed, and told with its status.
#[tokio::test]
async fn a_body_that_the_vendor_does_not_take_is_told() {
    let script = Script::default().roles(page([])).on(
        Method::POST,
        "/admin/v1/orgs/*/users/*/roles/assign",
        refusal(415, "ADMIN-UAM-415-1", "Unsupported Media Type"),
    );
    let shown = script
        .grant(&PLAIN, &workspace(JIRA), &role("atlassian/user"), &user(ACCOUNT))
        .await;
    assert_snapshot!(shown);
}

/// A wrong organization is not an account that is gone: in the layer in front of the service both look the same.
#[tokio::test]
async fn a_wrong_organization_is_not_an_account_that_is_gone() {
    let lost = || routing(404, "TCS validation failed");
    let wrong = Script::default().roles(lost()).account(lost()).found(lost());
    let right = Script::default().roles(lost()).account(lost()).found(page([]));
    let mut shown = Vec::new();
    for script in [wrong, right] {
        shown.push(
            script
                .revoke(&PLAIN, &workspace(JIRA), &role("atlassian/user"), &user(ACCOUNT))
                .await,
        );
    }
    assert_snapshot!(shown.join("\n"));
}

/// On rows of which one cannot be read nothing is decided.
#[tokio::test]
async fn rows_that_cannot_be_read_decide_nothing() {
    let bad = json!({"resourceId": 7});
    let script = Script::default().roles(page([assignment(&["atlassian/user"], None), bad]));
    assert_snapshot!(
        script
            .grant(&PLAIN, &workspace(JIRA), &role("atlassian/user"), &user(ACCOUNT))
            .await
    );
}

/// Older organizations have no search and do not say how roles are held. What no group gives may be taken; what a group
/// gives is refused, naming it.
#[tokio::test]
async fn older_answers_are_read() {
    const GROUPS: &str = "/admin/v2/orgs/*/directories/-/groups";
    let missing = || refusal(405, "ADMIN-UAM-405-1", "Method not supported");
    let mut shown = Vec::new();
    for groups in [page([]), page([json!({"id": GROUP, "name": "jira-users"})])] {
        let script = Script::default()
            .roles(page([assignment(&["atlassian/user"], None)]))
            .on(
                Method::POST,
                "/admin/v2/orgs/*/directories/-/groups/search",
                missing(),
            )
            .on(Method::GET, GROUPS, groups)
            .on(
                Method::GET,
                "/admin/v2/orgs/*/directories/-/groups/*/role-assignments",
                page([assignment(&["atlassian/user"], None)]),
            )
            .reply(
                Method::POST,
                "/admin/v1/orgs/*/users/*/roles/revoke",
                Reply::status(204),
            )
            .roles(page([]))
            .found(missing())
            .on(Method::GET, "/admin/v2/orgs/*/directories/-/users", page([]));
        shown.push(
            script
                .revoke(
                    &VERIFYING,
                    &workspace(JIRA),
                    &role("atlassian/user"),
                    &user(ACCOUNT),
                )
                .await,
        );
    }
    let script = Script::default()
        .group(one(
            &json!({"id": GROUP, "name": "jira-users", "directoryId": "-"}),
        ))
        .found(missing())
        .on(Method::GET, "/admin/v2/orgs/*/directories/-/users", page([]))
        .account(one(&person()))
        .on(
            Method::GET,
            "/admin/v2/orgs/*/directories",
            page([json!({"directoryId": DIRECTORY})]),
        )
        .reply(
            Method::POST,
            "/admin/v2/orgs/*/directories/*/groups/*/memberships",
            Reply::status(204),
        );
    shown.push(
        script
            .grant(&PLAIN, &group(GROUP), "member", &user(ACCOUNT))
            .await,
    );
    let script = Script::default()
        .group(one(&json!({"id": GROUP, "name": "jira-users"})))
        .found(page([]))
        .account(one(&person()))
        .on(
            Method::GET,
            "/admin/v2/orgs/*/directories",
            page([json!({"directoryId": DIRECTORY}), json!({"directoryId": ORG})]),
        );
    shown.push(
        script
            .grant(&PLAIN, &group(GROUP), "member", &user(ACCOUNT))
            .await,
    );
    assert_snapshot!(shown.join("\n"));
}

/// Groups that cannot be modified say why, as far as the vendor does.
#[tokio::test]
async fn a_group_that_cannot_be_modified_says_why() {
    let mut shown = Vec::new();
    for of in [
        json!({"externalSynced": true}),
        json!({"managedBy": "external"}),
        json!({"managedBy": "team-members", "managementAccess": {"modifiable": false}}),
        json!({"managementAccess": {"modifiable": false}}),
    ] {
        let mut row = json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
        row.as_object_mut()
            .unwrap()
            .extend(of.as_object().unwrap().clone());
        let script = Script::default().group(one(&row)).found(page([]));
        shown.push(
            script
                .grant(&PLAIN, &group(GROUP), "member", &user(ACCOUNT))
                .await,
        );
    }
    assert_snapshot!(shown.join("\n"));
}

const INVITE: &str = "/admin/v2/orgs/*/users/invite";

fn invited(role: &str, of: &str) -> Value {
    json!({"data": [{"id": ACCOUNT, "email": "noor@larkspur.example", "results": [{
        "roleAssignmentResult": [{"resource": JIRA, "role": "atlassian/user", "status": role, "statusReason": null}],
        "groupAssignmentResult": [{"group": GROUP, "status": of, "statusReason": "Group is managed by an identity provider"}],
    }]}]})
}

fn rows(results: Value) -> Value {
    json!({"data": [{"id": ACCOUNT, "email": "noor@larkspur.example", "results": results}]})
}

/// A person is invited once, with a role and groups; a part that failed is a failure that says what.
#[tokio::test]
async fn a_person_is_invited() {
    let of = || one(&json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY}));
    let email = ("email", json!("noor@larkspur.example"));
    let all = [
        email.clone(),
        ("resource", json!(JIRA)),
        ("role", json!("atlassian/user")),
        ("group_ids", json!([GROUP])),
        ("message", json!("Welcome")),
    ];
    let mut shown = Vec::new();
    for (status, answer) in [
        (200, invited("INVITED", "INVITED")),
        (206, invited("INVITED", "ERROR")),
        (206, rows(json!([{}]))),
    ] {
        let script = Script::default()
            .group(of())
            .found(page([]))
            .holding_address(&[])
            .on(Method::POST, INVITE, (status, answer));
        shown.push(script.invite(&PLAIN, &all).await);
    }
    // A part failed, and not which: whether the person is there is read.
    let script = Script::default()
        .group(of())
        .found(page([]))
        .holding_address(&[])
        .on(Method::POST, INVITE, (206, rows(json!([{}]))))
        .found(page([person()]));
    shown.push(script.invite(&PLAIN, &all).await);
    // Known already, with all that was asked for.
    let script = Script::default().found(page([person()])).account(one(&person()));
    shown.push(script.invite(&PLAIN, std::slice::from_ref(&email)).await);
    // Known, and without the role.
    let given = json!([{"resource": JIRA, "role": "atlassian/user", "status": "INVITED"}]);
    let script = Script::default()
        .found(page([person()]))
        .roles(page([]))
        .holding_address(&[person()])
        .on(
            Method::POST,
            INVITE,
            (200, rows(json!([{"roleAssignmentResult": given}]))),
        );
    shown.push(script.invite(&PLAIN, &all[..3]).await);
    // The same where there is no search: the older listing finds others too.
    let other =
        json!({"accountId": "712020:9", "email": "also.noor@larkspur.example", "membershipStatus": "active"});
    let script = Script::default()
        .found(refusal(405, "ADMIN-UAM-405-1", "Method not supported"))
        .on(
            Method::GET,
            "/admin/v2/orgs/*/directories/-/users",
            page([other.clone(), person()]),
        )
        .account(one(&person()));
    shown.push(script.invite(&PLAIN, std::slice::from_ref(&email)).await);
    // Others alone are not the person.
    let script = Script::default()
        .found(refusal(405, "ADMIN-UAM-405-1", "Method not supported"))
        .listed(page([other.clone()]))
        .found(refusal(405, "ADMIN-UAM-405-1", "Method not supported"))
        .listed(page([other]))
        .on(
            Method::GET,
            "/admin/v1/orgs/*/users",
            (200, json!({"data": [], "links": {}})),
        )
        .on(Method::GET, DOMAINS, domains("larkspur.example", "verified"))
        .on(Method::POST, INVITE, (200, rows(json!([{}]))));
    shown.push(script.invite(&PLAIN, std::slice::from_ref(&email)).await);
    // Only planned.
    let dry = ChangeContext {
        dry_run: true,
        ..ChangeContext::PLAIN
    };
    shown.push(
        Script::default()
            .found(page([]))
            .holding_address(&[])
            .invite(&dry, std::slice::from_ref(&email))
            .await,
    );
    // The answer is lost, and the person is there then.
    let script = Script::default()
        .found(page([]))
        .holding_address(&[])
        .reply(Method::POST, INVITE, Reply::fault(TransportErrorKind::Timeout))
        .found(page([]))
        .found(page([person()]))
        .account(one(&person()));
    shown.push(script.invite(&PLAIN, std::slice::from_ref(&email)).await);
    assert_snapshot!(shown.join("\n"));
}

/// What cannot be asked for is refused, each for its reason.
#[tokio::test]
async fn an_invitation_that_cannot_be_made_is_refused() {
    let email = ("email", json!("noor@larkspur.example"));
    let synced = one(&json!({"id": GROUP, "externalSynced": true}));
    let mut shown = vec![
        Script::default().invite(&PLAIN, &[]).await,
        Script::default()
            .invite(&PLAIN, &[("email", json!("nobody"))])
            .await,
        Script::default()
            .invite(&PLAIN, &[email.clone(), ("role", json!("atlassian/user"))])
            .await,
        Script::default()
            .invite(
                &PLAIN,
                &[
                    email.clone(),
                    ("resource", json!("jira")),
                    ("role", json!("atlassian/user")),
                ],
            )
            .await,
        Script::default()
            .invite(
                &PLAIN,
                &[
                    email.clone(),
                    ("resource", json!(JIRA)),
                    ("role", json!("atlassian/org-admin")),
                ],
            )
            .await,
        Script::default()
            .group(synced)
            .invite(&PLAIN, &[email.clone(), ("group_ids", json!([GROUP]))])
            .await,
        Script::default()
            .group(refusal(404, "ADMIN-404-10", "Group not found"))
            .invite(&PLAIN, &[email.clone(), ("group_ids", json!([GROUP]))])
            .await,
    ];
    for (status, code) in [(402, "ADMIN-UAM-402-1"), (409, "ADMIN-UAM-409-3")] {
        let script = Script::default().found(page([])).holding_address(&[]).on(
            Method::POST,
            INVITE,
            refusal(status, code, "No"),
        );
        shown.push(script.invite(&PLAIN, std::slice::from_ref(&email)).await);
    }
    assert_snapshot!(shown.join("\n"));
}

/// One answer without the member proves nothing after the removal either: where another way still finds it, nobody says that
/// it is done. And a first page without rows that names a next one is not the end.
#[tokio::test]
async fn what_another_way_still_finds_is_not_taken() {
    let of = json!({"id": GROUP, "name": "jira-users", "directoryId": DIRECTORY});
    let removal = "/admin/v2/orgs/*/directories/*/groups/*/memberships/*";
    let revoke = Do::Revoke(group(GROUP), "member".to_owned(), user(ACCOUNT));
    let mut script = Script::default().group(one(&of)).found(page([person()])).reply(
        Method::DELETE,
        removal,
        Reply::status(204),
    );
    // More than are asked for.
    for _ in 0..100 {
        script = script.found(page([])).listed(page([person()]));
    }
    let told = script.made(&VERIFYING, &revoke).await;
    assert!(told.contains("\n14 ") || told.starts_with("14 "), "{told}");

    let script = Script::default()
        .group(one(&of))
        .found((200, json!({"data": [], "links": {"next": "abc"}})))
        .found(page([person()]))
        .reply(Method::DELETE, removal, Reply::status(204));
    let told = script.made(&PLAIN, &revoke).await;
    assert!(told.contains("Done: "), "{told}");
}

/// What something on the way does not take is no wrong value of the person's, and nothing conflicts with a read.
#[tokio::test]
async fn a_read_that_something_on_the_way_refuses_is_no_wrong_value() {
    let bare = |status| (status, json!({}));
    for (answer, told) in [
        (bare(400), "13 "),
        (bare(402), "13 "),
        (bare(405), "13 "),
        (bare(409), "13 "),
        (bare(418), "13 "),
        (bare(421), "13 "),
        (bare(431), "13 "),
        (bare(407), "14 "),
        (bare(451), "7 "),
        // The vendor itself says that a value is wrong.
        (refusal(400, "ADMIN-400-19", "Invalid request syntax"), "3 "),
        // So it does of what it does not offer, and of what the plan does not cover.
        (refusal(402, "ADMIN-UAM-402-1", "Payment required"), "8 "),
        (refusal(405, "ADMIN-UAM-405-1", "Not offered"), "12 "),
    ] {
        let script = Script::default()
            .always(Method::GET, DETAILS, answer.clone())
            .always(Method::POST, SEARCH, answer.clone())
            .always(Method::GET, "/admin/v2/orgs/*/directories", answer.clone());
        let change = Do::Invoke("disable_user", vec![("user_id", ACCOUNT.to_owned())]);
        let made = script.made(&PLAIN, &change).await;
        assert!(
            made.starts_with(told) && made.lines().count() == 1,
            "{answer:?}: {made}"
        );

        // So do records of a directory, whose server has words of another form.
        if answer.1 == json!({}) {
            let script = Script::default().holding_address(&[]).always(
                Method::GET,
                "/scim/directory/*/Users",
                answer.clone(),
            );
            let change = Do::Create(vec![
                ("userName", "noor".to_owned()),
                ("email", "noor@larkspur.example".to_owned()),
            ]);
            let made = script.made(&PLAIN, &change).await;
            assert!(
                made.starts_with(told) && !made.contains("POST /scim"),
                "{answer:?}: {made}"
            );
        }
    }
}
