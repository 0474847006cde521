//! Readers see some changes later; writers never.

use crate::changes::Stage;
use crate::client::{Client, segment};
use crate::strict::refusal;
use atlassian_sim::{Delays, Limits, ManualClock, Org, OrgSpec, Simulator};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

async fn stage(delays: Delays) -> (Stage, ManualClock) {
    let clock = ManualClock::new("2026-10-02T08:00:00Z".parse().expect("a date"));
    let stage = Stage::open_with(OrgSpec::small(60), |builder| {
        builder.delays(delays).clock(Arc::new(clock.clone()))
    })
    .await;
    (stage, clock)
}

/// How many role rows an account has.
async fn roles(stage: &mut Stage, account: &str, target: &str) -> usize {
    let path = format!(
        "{}/users/{}/role-assignments?resourceIds={}",
        stage.client.directory("-"),
        segment(account),
        segment(target)
    );
    let page = stage.client.get(&path).await.json();
    let rows = page["data"].as_array().expect("rows").clone();
    rows.iter()
        .filter(|row| row["roles"].to_string().contains("user-access-admin"))
        .count()
}

#[tokio::test]
async fn roles_within_their_bound() {
    let (mut stage, clock) = stage(Delays {
        roles: Duration::from_secs(30),
        ..Delays::none()
    })
    .await;
    let some = stage.access(|access| access.owner == "confluence" && access.role == "atlassian/user");
    let (assign, revoke) = (
        stage.user(&some.account, "roles/assign"),
        stage.user(&some.account, "roles/revoke"),
    );
    let body = json!({ "role": "atlassian/user-access-admin", "resource": some.target });
    let mut waits = Vec::new();
    for _ in 0..4 {
        for (path, wanted) in [(&assign, 1), (&revoke, 0)] {
            assert_eq!(stage.client.write("POST", path, Some(&body)).await.status, 204);
            // A second attempt is checked against what was written, not against what is seen.
            assert_eq!(stage.client.write("POST", path, Some(&body)).await.status, 204);
            let mut seconds = 0;
            while roles(&mut stage, &some.account, &some.target).await != wanted {
                assert!(seconds < 30, "30 seconds later it is still not there");
                clock.advance(Duration::from_secs(1));
                seconds += 1;
            }
            waits.push(seconds);
        }
    }
    assert!(
        waits.iter().any(|wait| *wait > 5) && waits.iter().any(|wait| *wait < 25),
        "{waits:?}"
    );
    let applied: Vec<bool> = stage
        .client
        .running
        .writes()
        .iter()
        .map(|write| write.applied)
        .collect();
    assert_eq!(applied, [true, false].repeat(8));
}

/// Changes of one thing are seen in their order, whatever is drawn for each.
#[tokio::test]
async fn the_last_word_stays() {
    let (mut stage, clock) = stage(Delays::realistic()).await;
    let some = stage.access(|access| access.owner == "confluence" && access.role == "atlassian/user");
    let body = json!({ "role": "atlassian/user-access-admin", "resource": some.target });
    for round in 0..10 {
        for word in ["roles/assign", "roles/revoke"] {
            let path = stage.user(&some.account, word);
            stage.client.write("POST", &path, Some(&body)).await;
            clock.advance(Duration::from_millis(700));
        }
        clock.advance(Duration::from_secs(31));
        assert_eq!(
            roles(&mut stage, &some.account, &some.target).await,
            0,
            "round {round}"
        );
    }
    clock.advance(Duration::from_secs(60));
    crate::truth::agree(&stage.org, &mut stage.client, 100).await;
}

#[tokio::test]
async fn new_groups_and_removals() {
    let (mut stage, clock) = stage(Delays::realistic()).await;
    let directory = stage.directory();
    let base = stage.client.directory(&directory);
    let create = json!({ "name": "New Team" });
    assert_eq!(
        stage
            .client
            .write("POST", &format!("{base}/groups"), Some(&create))
            .await
            .status,
        201
    );
    let again = stage
        .client
        .write("POST", &format!("{base}/groups"), Some(&create))
        .await;
    assert_eq!(refusal(&again), "409 list ADMIN-UAM-409-2");
    // Somebody who knows its id adds a member before anybody can read the group.
    let new = stage.org.truth().groups().find(|group| group.name == "New Team");
    let new = new.expect("the group").id;
    let member = stage.access(|_| true).account;
    let path = format!("{base}/groups/{}/memberships", segment(&new));
    let add = json!({ "accountId": member });
    assert_eq!(stage.client.write("POST", &path, Some(&add)).await.status, 204);
    let user = json!({ "accountIds": [member], "expand": ["groups"] });
    let users = format!("{base}/users/search");
    let search = format!("{base}/groups/search");
    let find = json!({ "groupNames": ["new team"] });
    for (millis, found) in [(0, 0), (1400, 0), (100, 1)] {
        clock.advance(Duration::from_millis(millis));
        let page = stage.client.post(&search, &find).await.json();
        assert_eq!(
            page["data"].as_array().map(Vec::len),
            Some(found),
            "after {millis} more"
        );
        let groups = stage.client.post(&users, &user).await.json()["data"][0]["groups"].to_string();
        assert_eq!(groups.contains(&new), found == 1, "{groups}");
    }
    let some = stage.access(|_| true);
    let one = format!("{base}/users/{}", segment(&some.account));
    assert_eq!(stage.client.write("DELETE", &one, None).await.status, 204);
    // The second removal finds nobody, though the account lingers in listings.
    assert_eq!(stage.client.write("DELETE", &one, None).await.status, 404);
    for (seconds, status) in [(0, 200), (4, 200), (1, 404)] {
        clock.advance(Duration::from_secs(seconds));
        assert_eq!(stage.client.get(&one).await.status, status);
    }
    crate::truth::agree(&stage.org, &mut stage.client, 100).await;
}

#[tokio::test]
async fn some_endpoints_have_limits_of_their_own() {
    let org = Org::generate(OrgSpec::small(10));
    let clock = ManualClock::new("2026-10-02T08:00:00Z".parse().expect("a date"));
    let builder = Simulator::builder(org.clone())
        .limits(Limits::realistic())
        .clock(Arc::new(clock.clone()));
    let mut client = Client::start_with(&org, builder).await;
    let base = format!("/admin/v1/orgs/{}", org.id());
    let account = org.truth().accounts().next().expect("an account").id;
    for (path, limit) in [
        ("/events".to_owned(), 10),
        ("/event-actions".to_owned(), 10),
        ("/events-stream".to_owned(), 50),
        (
            format!("/directory/users/{}/last-active-dates", segment(&account)),
            200,
        ),
    ] {
        let target = format!("{base}{path}");
        for nth in 0..limit {
            assert_eq!(client.get(&target).await.status, 200, "{path} {nth}");
        }
        let reply = client.get(&target).await;
        assert_eq!(refusal(&reply), "429 gateway Rate limit exceeded", "{path}");
        assert_eq!(
            reply.header("x-ratelimit-limit"),
            Some(limit.to_string().as_str())
        );
        assert_eq!(client.get(&base).await.status, 200);
    }
    clock.advance(Duration::from_secs(60));
    let page: Value = client.get(&format!("{base}/events")).await.json();
    assert!(page["data"].is_array());
}
