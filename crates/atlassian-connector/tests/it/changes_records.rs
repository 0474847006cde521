//! Every change as the engine makes it: what a dry run shows, what the audit file keeps, what is told and what was sent are one
//! thing, and the vendor's log of writes has it.

use crate::changes_harness::{Do, World, entitlement, grant, requests, resource};
use crate::changes_lost::org;
use crate::changes_matrix::all;
use atlassian_connector::AccountOptions;
use atlassian_sim::WriteLog;
use connector_runtime::change::{Change, ChangeOptions, ChangeRecord, Stated, change};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeState, entitlement_id, grant_id};
use http_kit::Clock as _;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

/// The time of the vendor.
#[derive(Debug)]
struct Shared(http_kit::ManualClock);

impl connector_runtime::Clock for Shared {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }
}

/// The change as a platform asks for it.
fn asked(change: &Do) -> (Change, Stated) {
    let members = |given: &[(&'static str, String)]| -> Map<String, Value> {
        let member = |(name, text): &(&str, String)| ((*name).to_owned(), Value::from(text.as_str()));
        given.iter().map(member).collect()
    };
    let none = Stated::default();
    match change {
        Do::Grant(on, slug, who) => (
            Change::Grant {
                entitlement_id: entitlement_id(on, slug),
                principal: who.clone(),
            },
            Stated {
                entitlement: Some(v2::Entitlement {
                    grantable_to: vec![v2::ResourceType {
                        id: who.resource_type.clone(),
                        ..Default::default()
                    }],
                    ..entitlement(on, slug)
                }),
                resource: Some(resource(who)),
                ..none
            },
        ),
        Do::Revoke(on, slug, who) | Do::RevokeDirect(on, slug, who) => (
            Change::Revoke {
                grant_id: grant_id(&entitlement_id(on, slug), who),
            },
            Stated {
                grant: Some(grant(on, slug, who)),
                ..none
            },
        ),
        Do::Create(profile) => (
            Change::CreateAccount {
                profile: members(profile),
                resource_type: None,
            },
            none,
        ),
        Do::Delete(key, known) => (
            Change::Delete {
                resource: key.clone(),
            },
            Stated {
                resource: known.resource(key),
                ..none
            },
        ),
        Do::Invoke(name, arguments) => (
            Change::Invoke {
                action: (*name).to_owned(),
                arguments: members(arguments),
            },
            none,
        ),
        Do::InvokeOn(name, arguments, key, known) => (
            Change::Invoke {
                action: (*name).to_owned(),
                arguments: members(arguments),
            },
            Stated {
                resource: known.resource(key),
                ..none
            },
        ),
    }
}

async fn made(world: &World, what: &Do, audit: &Path, dry_run: bool) -> ChangeRecord {
    let (asked, stated) = asked(what);
    let options = ChangeOptions {
        stated: Some(stated),
        audit: Some(audit.to_owned()),
        dry_run,
        ..ChangeOptions::new("a test", Arc::new(Shared(world.clock.clone())))
    };
    let record = change(Arc::new(world.connector.clone()), asked, options).await;
    record.unwrap_or_else(|failure| panic!("{what:?}: {failure}"))
}

/// Method, path and status of the requests in the last line of an audit file.
fn kept(audit: &Path) -> Vec<(String, String, Option<u64>)> {
    let text = std::fs::read_to_string(audit).unwrap();
    let line: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(line["phase"], "outcome");
    let requests = line["requests"].as_array().unwrap_or_else(|| panic!("{line}"));
    let one = |request: &Value| {
        assert_eq!(request.get("body"), None, "{line}");
        let text = |name: &str| request[name].as_str().unwrap().to_owned();
        (text("method"), text("path"), request["status"].as_u64())
    };
    requests.iter().map(one).collect()
}

#[tokio::test]
async fn dry_run_audit_and_wire_are_one_for_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let changes = all(&World::with(&org(), |vendor| vendor, AccountOptions::default()).await);
    for (number, what) in changes.iter().enumerate() {
        // What is changed stays changed, so each has an organization of its own.
        let world = World::with(&org(), |vendor| vendor, AccountOptions::default()).await;
        let audit = folder.path().join(format!("{number}.jsonl"));
        let planned = made(&world, what, &audit, true).await;
        assert_eq!(planned.state, ChangeState::Planned, "{what:?}");
        assert!(
            world.take_sent().is_empty() && world.vendor.writes().is_empty(),
            "{what:?}"
        );
        let planned_kept = kept(&audit);

        let told = made(&world, what, &audit, false).await;
        let states = [ChangeState::Done, ChangeState::Verified];
        assert!(
            states.iter().any(|state| told.state == *state),
            "{what:?}: {:?}",
            told.state
        );
        let wire = world.take_sent();
        assert!(!wire.is_empty(), "{what:?}");
        assert_eq!(
            requests(&planned.requests),
            wire,
            "what is planned is what is sent: {what:?}"
        );
        assert_eq!(
            requests(&told.requests),
            wire,
            "what is told is what was sent: {what:?}"
        );

        let log: Vec<WriteLog> = world.vendor.writes();
        assert!(
            log.len() == wire.len() && log.iter().all(|write| write.applied),
            "{log:?}"
        );
        let statuses = log.iter().map(|write| write.status.map(u64::from));
        let expected: Vec<_> = wire
            .iter()
            .zip(statuses)
            .map(|((method, path, _), status)| (method.clone(), path.clone(), status))
            .collect();
        assert_eq!(kept(&audit), expected, "what is kept is what was sent: {what:?}");
        let unsent = expected.into_iter().map(|(method, path, _)| (method, path, None));
        assert_eq!(
            planned_kept,
            unsent.collect::<Vec<_>>(),
            "a dry run is kept alike: {what:?}"
        );
    }
}
