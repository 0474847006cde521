//! Invitations.

use crate::changes::Stage;
use crate::client::{segment, text};
use crate::facts::{difference, facts};
use crate::strict::refusal;
use atlassian_sim::{OrgSpec, Switches};
use serde_json::{Value, json};

fn path(stage: &Stage) -> String {
    format!("/admin/v2/orgs/{}/users/invite", stage.org.id())
}

fn statuses(row: &Value) -> Vec<(String, Option<String>)> {
    let result = &row["results"][0];
    ["roleAssignmentResult", "groupAssignmentResult"]
        .into_iter()
        .flat_map(|key| result[key].as_array().expect("results").clone())
        .map(|one| {
            (
                text(&one, "status").to_owned(),
                one["statusReason"].as_str().map(str::to_owned),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_stranger_comes_with_roles_and_groups() {
    let mut stage = Stage::open(OrgSpec::small(60)).await;
    let truth = stage.org.truth();
    let role = truth.group_roles().next().expect("a role of a group");
    let site = truth
        .targets()
        .find(|target| target.owner == "confluence")
        .expect("an app");
    let directory = stage.directory();
    let body = json!({
        "emails": ["zoe@elsewhere.example"],
        "permissionRules": [{ "resource": site.ari, "role": "atlassian/guest" }],
        "additionalGroups": [role.group],
        "sendNotification": true,
        "notificationText": "Welcome",
    });
    let before = facts(&stage.org);
    let reply = stage.client.write("POST", &path(&stage), Some(&body)).await;
    assert_eq!(reply.status, 200);
    let row = reply.json()["data"][0].clone();
    let account = text(&row, "id").to_owned();
    assert_eq!(
        statuses(&row),
        [("INVITED".to_owned(), None), ("INVITED".to_owned(), None)]
    );
    let lines = difference(&before, &facts(&stage.org));
    for expected in [
        format!("+ account {account} Search \"zoe@elsewhere.example\" active/active/active unmanaged"),
        format!("+ directory {account} {directory} active"),
        format!("+ member {} {account}", role.group),
        format!("+ access {account} {} atlassian/guest direct active", site.ari),
    ] {
        assert!(lines.contains(&expected), "{expected} is not in {lines:?}");
    }
    assert!(lines.iter().all(|line| line.starts_with('+')));
    // The same address again is the same account, and nothing changes.
    let before = facts(&stage.org);
    let again = stage
        .client
        .write("POST", &path(&stage), Some(&body))
        .await
        .json();
    assert_eq!(text(&again["data"][0], "id"), account);
    assert_eq!(facts(&stage.org), before);
    let applied: Vec<bool> = stage
        .client
        .running
        .writes()
        .iter()
        .map(|write| write.applied)
        .collect();
    assert_eq!(applied, [true, false]);
    // Removed, the stranger is known no more; invited once more, the account is the old one.
    let one = format!(
        "{}/users/{}",
        stage.client.directory(&directory),
        segment(&account)
    );
    assert_eq!(stage.client.write("DELETE", &one, None).await.status, 204);
    assert!(!facts(&stage.org).iter().any(|fact| fact.contains(&account)));
    let details = format!("{}/users/{}", stage.client.directory("-"), segment(&account));
    assert_eq!(stage.client.get(&details).await.status, 404);
    let again = stage
        .client
        .write(
            "POST",
            &path(&stage),
            Some(&json!({ "emails": ["ZOE@elsewhere.example"] })),
        )
        .await
        .json();
    assert_eq!(text(&again["data"][0], "id"), account);
    crate::truth::agree(&stage.org, &mut stage.client, 100).await;
}

#[tokio::test]
async fn what_cannot_be_assigned_is_named() {
    let mut stage = Stage::open(OrgSpec::demo()).await;
    let truth = stage.org.truth();
    let synced = truth
        .groups()
        .find(|group| group.external_synced == Some(true))
        .expect("a synced group");
    let body = json!({
        "emails": ["a@larkspur.example", "b@larkspur.example"],
        "permissionRules": [{ "resource": "ari:cloud:jira::site/1", "role": "atlassian/user" }],
        "additionalGroups": [synced.id, "nothing"],
    });
    let reply = stage.client.write("POST", &path(&stage), Some(&body)).await;
    assert_eq!(reply.status, 206);
    let page = reply.json();
    assert_eq!(page["data"].as_array().map(Vec::len), Some(2));
    for row in page["data"].as_array().expect("rows") {
        let reasons: Vec<_> = statuses(row);
        assert!(
            reasons
                .iter()
                .all(|(status, reason)| status == "ERROR" && reason.is_some())
        );
        assert_eq!(reasons.len(), 3);
        assert_eq!(
            reasons[1].1.as_deref(),
            Some("Group is managed by an identity provider")
        );
    }
    crate::truth::agree(&stage.org, &mut stage.client, 100).await;
}

#[tokio::test]
async fn bounds() {
    let mut stage = Stage::open(OrgSpec::small(10)).await;
    let many: Vec<String> = (0..26).map(|n| format!("p{n}@larkspur.example")).collect();
    let bad = "400 list ADMIN-UAM-400-1";
    let rule = |role: &str| json!([{ "resource": "x", "role": role }]);
    for (body, expected) in [
        (json!({ "emails": many }), bad),
        (json!({ "emails": [] }), bad),
        (json!({ "emails": ["nonsense"] }), bad),
        (json!({ "emails": ["a@b.example"], "directoryId": "x" }), bad),
        (
            json!({ "emails": ["a@b.example"], "permissionRules": rule("atlassian/org-admin") }),
            bad,
        ),
        (
            json!({ "emails": ["a@b.example"], "permissionRules": rule("atlassian/site-admin") }),
            bad,
        ),
        (json!({ "emails": many[..25] }), "200"),
    ] {
        let reply = stage.client.write("POST", &path(&stage), Some(&body)).await;
        assert_eq!(refusal(&reply), expected, "{body}");
    }
    let switches = Switches {
        no_subscription: true,
        ..Switches::default()
    };
    let mut stage = Stage::open_with(OrgSpec::small(10), |builder| builder.switches(switches)).await;
    let reply = stage
        .client
        .write("POST", &path(&stage), Some(&json!({ "emails": ["a@b.example"] })))
        .await;
    assert_eq!(refusal(&reply), "402 list ADMIN-UAM-402-1");
}
