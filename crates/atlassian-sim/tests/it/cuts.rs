//! Writes whose connection is cut, and the log that tells what became of them.

use crate::changes::Stage;
use crate::client::segment;
use crate::facts::facts;
use atlassian_sim::{Endpoint, Fault, FaultPlan, Key, OrgSpec, WriteLog};
use serde_json::json;
use std::io::ErrorKind;

/// What a membership that meets a fault at its first attempt looks like: what the client sees, whether it is there
/// afterwards, and what the log says after a second attempt.
async fn first_attempt(fault: Fault) -> (Result<u16, ErrorKind>, bool, Vec<(bool, Option<u16>)>) {
    let plan = FaultPlan::none().nth(Endpoint::MemberAdd, 1, fault);
    let mut stage = Stage::open_with(OrgSpec::small(40), |builder| builder.faults(plan)).await;
    let (path, body, line) = new_member(&stage);
    let headers = [("content-type", "application/json")];
    let outcome = stage.client.ask("POST", &path, &headers, Some(&body)).await;
    let outcome = outcome.map(|reply| reply.status).map_err(|error| error.kind());
    let there = facts(&stage.org).contains(&line);
    stage.client.reconnect().await;
    let again = stage.client.ask("POST", &path, &headers, Some(&body)).await;
    assert_eq!(again.expect("an answer").status, 204);
    assert!(facts(&stage.org).contains(&line));
    let log = stage.client.running.writes();
    let subject = log[0].subject.clone();
    assert!(
        log.iter()
            .all(|write| write.endpoint == Endpoint::MemberAdd && write.subject == subject)
    );
    (
        outcome,
        there,
        log.iter().map(|write| (write.applied, write.status)).collect(),
    )
}

/// A membership that is not there: its path, its body, and how the truth states it.
fn new_member(stage: &Stage) -> (String, String, String) {
    let truth = stage.org.truth();
    let group = truth.groups().next().expect("a group");
    let stranger = truth
        .accounts()
        .find(|account| {
            !truth
                .memberships()
                .any(|one| one.group == group.id && one.account == account.id)
        })
        .expect("somebody else");
    (
        format!(
            "{}/groups/{}/memberships",
            stage.client.directory(&group.directory),
            segment(&group.id)
        ),
        json!({ "accountId": stranger.id }).to_string(),
        format!("member {} {}", group.id, stranger.id),
    )
}

#[tokio::test]
async fn before_after_and_during_the_answer() {
    let reset = Err(ErrorKind::ConnectionReset);
    // Cut before: nothing was written. The second attempt writes.
    assert_eq!(
        first_attempt(Fault::ResetBefore).await,
        (reset, false, vec![(false, None), (true, Some(204))])
    );
    // Cut after: it was written, and the second attempt finds it so.
    for fault in [Fault::ResetAfter, Fault::Cut] {
        assert_eq!(
            first_attempt(fault).await,
            (reset, true, vec![(true, Some(204)), (false, Some(204))])
        );
    }
    assert_eq!(
        first_attempt(Fault::Status(500)).await,
        (Ok(500), false, vec![(false, None), (true, Some(204))])
    );
}

/// A role is added to a group, and the answer breaks off in its body.
#[tokio::test]
async fn an_answer_with_a_body_breaks_off_in_it() {
    let plan = FaultPlan::none()
        .rule("users.invite:#1:cut")
        .expect("a rule")
        .rule("users.invite:#2:reset-after")
        .expect("a rule");
    let mut stage = Stage::open_with(OrgSpec::small(10), |builder| builder.faults(plan)).await;
    let path = format!("/admin/v2/orgs/{}/users/invite", stage.org.id());
    let headers = [("content-type", "application/json")];
    for (mail, kind) in [
        ("one@larkspur.example", ErrorKind::UnexpectedEof),
        ("two@larkspur.example", ErrorKind::ConnectionReset),
    ] {
        let body = json!({ "emails": [mail] }).to_string();
        let outcome = stage.client.ask("POST", &path, &headers, Some(&body)).await;
        assert_eq!(outcome.expect_err("no whole answer").kind(), kind);
        assert!(facts(&stage.org).iter().any(|fact| fact.contains(mail)));
        stage.client.reconnect().await;
    }
}

#[tokio::test]
async fn the_log_has_every_write_and_no_read() {
    let keys = [Key::unscoped("open")];
    let mut stage = Stage::open_with(OrgSpec::small(40), |builder| builder.keys(keys)).await;
    stage.client.key = "open".to_owned();
    let (path, body, _) = new_member(&stage);
    let body = serde_json::from_str(&body).ok();
    let users = format!("{}/users", stage.client.directory("-"));
    stage.client.get(&users).await;
    stage.client.post(&format!("{users}/search"), &json!({})).await;
    assert_eq!(stage.client.running.writes(), [] as [WriteLog; 0]);
    let reply = stage.client.write("POST", &path, body.as_ref()).await;
    let id = reply.header("x-request-id").expect("a request id").to_owned();
    stage.client.key = "wrong".to_owned();
    stage.client.write("POST", &path, body.as_ref()).await;
    stage.client.key = "open".to_owned();
    let refused = stage
        .client
        .write(
            "POST",
            &path.replace("memberships", "role-assignments/assign"),
            None,
        )
        .await;
    let refused_id = refused.json()["errors"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let log = stage.client.running.writes();
    let seen: Vec<_> = log
        .iter()
        .map(|write| (write.endpoint, write.applied, write.status))
        .collect();
    assert_eq!(
        seen,
        [
            (Endpoint::MemberAdd, true, Some(204)),
            (Endpoint::MemberAdd, false, Some(401)),
            (Endpoint::GroupRoleAssign, false, Some(415)),
        ]
    );
    assert_eq!(
        (log[0].request_id.as_str(), log[2].request_id.as_str()),
        (id.as_str(), refused_id.as_str())
    );
    let account = body.expect("a body")["accountId"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert!(log[0].subject.ends_with(&account), "{}", log[0].subject);
    // The same for programs.
    let listed = stage.client.get("/simulator/writes").await.json();
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    assert_eq!(listed[0]["endpoint"], "groups.members.add");
    assert_eq!(listed[0]["applied"], true);
}
