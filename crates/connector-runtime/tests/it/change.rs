//! Changes that are made: what the connector gets, and what is told.

use crate::change_bench::{Desk, create, delete, grant, invoke, revoke};
use crate::change_connector::{Answer, Changer};
use connector_runtime::change::{Change, ChangeAnnotation, RecordState};
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::proto::wkt;
use connector_sdk::{ChangeOutcome, ChangeState, Code, Error, ResourceBuilder, ResourceKey, Vendor};
use serde_json::json;

#[test]
fn every_change_is_made_by_one_call() {
    let desk = Desk::new();
    let tell = |what| desk.tell(&Changer::new(), what);
    insta::assert_snapshot!(tell(grant("group:g-platform:member", "user", "u-cleo")), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: grant group:g-platform:member on group:g-platform "Platform" to user:u-cleo "Cleo Hartmann"
    "#);
    insta::assert_snapshot!(tell(revoke("group:g-platform:member:user:u-ines")), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: revoke group:g-platform:member:user:u-ines from user:u-ines "Ines Calder"
    "#);
    insta::assert_snapshot!(tell(create(json!({ "email": "dora@example.com", "guest": null }))), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: create {"email":"dora@example.com","guest":false,"seats":1}
    "#);
    insta::assert_snapshot!(tell(delete("group", "g-oncall")), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: delete group:g-oncall, known as group:g-oncall "On call"
    "#);
    insta::assert_snapshot!(tell(delete("group", "g-new")), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: delete group:g-new, unknown
    "#);
    insta::assert_snapshot!(
        tell(invoke("suspend", json!({ "user": { "resourceTypeId": "user", "resourceId": "u-bo" } }))),
        @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: invoke suspend {"days":7,"user":{"resource_id":"u-bo","resource_type_id":"user"}}
    "#
    );
    insta::assert_snapshot!(tell(invoke("restore", json!({}))), @r#"
    Done: it is changed
    {"method":"POST","path":"/changes","body":{"change":1},"status":200,"request_id":"r-1"}
    called: invoke restore {}
    "#);
}

/// The one type to which an entitlement can be granted need not be named.
#[test]
fn a_type_that_goes_without_saying() {
    let desk = Desk::new();
    let told = desk.tell(&Changer::new(), grant("group:g-platform:member", "", "u-cleo"));
    assert!(told.ends_with(r#"to user:u-cleo "Cleo Hartmann""#), "{told}");
}

/// Held directly and through a group: the connector says what is left.
#[test]
fn what_is_held_both_ways_can_be_revoked() {
    let desk = Desk::new();
    let connector = Changer::answering(|_| {
        let note = "it is still held through group Platform";
        Ok(ChangeOutcome::new(ChangeState::Done, "it is revoked").note(note))
    });
    insta::assert_snapshot!(desk.tell(&connector, revoke("app:wiki:use:user:u-bo")), @r#"
    Done: it is revoked
    note: it is still held through group Platform
    called: revoke app:wiki:use:user:u-bo from user:u-bo "Bo Lind"
    "#);
}

#[test]
fn a_dry_run_says_what_would_be_sent() {
    let mut desk = Desk::audited();
    desk.options.dry_run = true;
    let connector = Changer::new();
    insta::assert_snapshot!(desk.tell(&connector, grant("group:g-platform:member", "user", "u-cleo")), @r#"
    Planned: it would be changed
    {"method":"POST","path":"/changes","body":{"change":1}}
    called: grant group:g-platform:member on group:g-platform "Platform" to user:u-cleo "Cleo Hartmann"
    "#);
    let audit = desk.audit();
    assert_eq!(audit.lines().count(), 2, "{audit}");
    assert!(
        audit.lines().all(|line| line.contains(r#""dry_run":true"#)),
        "{audit}"
    );
}

#[test]
fn a_change_can_be_verified() {
    let mut desk = Desk::new();
    desk.options.verify = true;
    let report = desk
        .make(&Changer::new(), delete("user", "u-bo"))
        .expect("it is done");
    assert_eq!(report.state, RecordState::CameTo(ChangeState::Verified));
}

/// What is so already says so in the words of the protocol too.
#[test]
fn already_so() {
    #[track_caller]
    fn check(what: Change, expected: Option<ChangeAnnotation>) {
        let connector =
            Changer::answering(|_| Ok(ChangeOutcome::new(ChangeState::AlreadySo, "it is so already")));
        let report = Desk::new().make(&connector, what).expect("that is success");
        assert_eq!(report.state, RecordState::CameTo(ChangeState::AlreadySo));
        assert_eq!(report.annotation(), expected);
    }
    use ChangeAnnotation::{GrantAlreadyExists, GrantAlreadyRevoked, ResourceDoesNotExist};
    check(
        grant("group:g-platform:member", "user", "u-ines"),
        Some(GrantAlreadyExists),
    );
    check(
        revoke("group:g-platform:member:user:u-ines"),
        Some(GrantAlreadyRevoked),
    );
    check(delete("user", "u-bo"), Some(ResourceDoesNotExist));
    check(create(json!({ "email": "dora@example.com" })), None);
    check(invoke("restore", json!({})), None);
    assert!(any::is::<v2::GrantAlreadyExists>(&GrantAlreadyExists.to_any()));
    assert!(any::is::<v2::GrantAlreadyRevoked>(&GrantAlreadyRevoked.to_any()));
    assert!(any::is::<v2::ResourceDoesNotExist>(
        &ResourceDoesNotExist.to_any()
    ));
}

#[test]
fn the_report_as_json() {
    let desk = Desk::audited();
    let connector = Changer::answering(|_| {
        let account = ResourceBuilder::new(ResourceKey::new("user", "u-dora"), "Dora Adeyemi")
            .user(|u| u.email("dora@example.com", true))
            .build();
        Ok(ChangeOutcome {
            resource: Some(Box::new(account)),
            response: Some(wkt::object([
                ("seats", 2.0.into()),
                ("link", "https://example.com/x".into()),
            ])),
            ..ChangeOutcome::new(ChangeState::InProgress, "an invitation is under way")
        })
    });
    let report = desk
        .make(
            &connector,
            create(json!({ "email": "dora@example.com", "temp_password": "hunter2" })),
        )
        .expect("it is under way");
    assert_eq!(report.elapsed(), jiff::SignedDuration::ZERO);
    let id = report.audit.clone().expect("it is kept").id;
    let json = serde_json::to_string_pretty(&report).expect("a report is JSON");
    insta::assert_snapshot!(desk.without_folder(&json).replace(&id, "<id>"), @r#"
    {
      "change": {
        "kind": "create_account",
        "resource_type": "user",
        "profile": {
          "email": "dora@example.com",
          "guest": false,
          "seats": 1,
          "temp_password": "(secret)"
        }
      },
      "state": "in_progress",
      "summary": "an invitation is under way",
      "notes": [],
      "requests": [],
      "resource": {
        "annotations": [
          {
            "@type": "type.googleapis.com/c1.connector.v2.UserTrait",
            "emails": [
              {
                "address": "dora@example.com",
                "isPrimary": true
              }
            ],
            "status": {}
          }
        ],
        "displayName": "Dora Adeyemi",
        "id": {
          "resource": "u-dora",
          "resourceType": "user"
        }
      },
      "response": {
        "link": "https://example.com/x",
        "seats": 2
      },
      "annotations": [],
      "audit": {
        "path": "audit.jsonl",
        "id": "<id>"
      },
      "started_at": "2026-03-04T12:00:00Z",
      "ended_at": "2026-03-04T12:00:00Z"
    }
    "#);
}

#[test]
fn an_error_of_the_connector_is_told_as_it_is() {
    let desk = Desk::new();
    let connector = Changer::answering(|_| {
        Err(Error::new(Code::PermissionDenied, "user:u-bo cannot be deleted")
            .with_vendor(Vendor {
                status: Some(403),
                request_id: Some("r-7".into()),
                ..Vendor::default()
            })
            .with_hint("Use the key of an organization admin"))
    });
    insta::assert_snapshot!(desk.tell(&connector, delete("user", "u-bo")), @r#"
    (7) not permitted: user:u-bo cannot be deleted (status 403, request id r-7). Use the key of an organization admin
    called: delete user:u-bo, known as user:u-bo "Bo Lind"
    "#);
}

#[test]
fn a_connector_that_breaks_off_does_not_end_the_program() {
    let desk = Desk::new();
    insta::assert_snapshot!(desk.tell(&Changer::with(Answer::Panic), delete("user", "u-bo")), @r#"
    (13) the connector broke off after something may have been sent, so whether the change was made is not known
    > This is a defect. Look at the state before trying again
    called: delete user:u-bo, known as user:u-bo "Bo Lind"
    "#);
}

#[test]
fn what_is_asked_for_can_be_printed_without_its_values() {
    let secret = json!({ "temp_password": "hunter2" });
    for change in [create(secret.clone()), invoke("suspend", secret)] {
        let printed = format!("{change:?}");
        assert!(printed.contains("temp_password"), "{printed}");
        assert!(!printed.contains("hunter2"), "{printed}");
    }
    let printed = format!("{:?}", grant("group:g:member", "user", "u"));
    assert!(printed.contains("group:g:member"), "{printed}");
}
