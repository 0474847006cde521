//! The example connector: read by the engine, and changing its file.

use crate::connector::{FileConnector, spec};
use connector_runtime::{Clock, SyncOptions, SyncReport, sync};
use connector_sdk::proto::{connector::v2, wkt};
use connector_sdk::{
    ChangeContext, ChangeOutcome, ChangeState, Code, Connector, ResourceBuilder, ResourceKey,
    ResourceProvisioner, Result, TypeEntry, capabilities, entitlement_id,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const PEOPLE: &str = include_str!("../../examples/people.txt");

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.txt");
    std::fs::write(&path, PEOPLE).expect("a file");
    (folder, path)
}

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(500_000)
    }
}

/// What the engine reads of this file.
async fn read(people: &str) -> SyncReport {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.txt");
    std::fs::write(&path, people).expect("a file");
    let options = SyncOptions::new(folder.path().join("people.c1z"), Arc::new(Noon));
    sync(Arc::new(FileConnector::new(path)), options)
        .await
        .expect("the sync succeeds")
}

fn notices(report: &SyncReport) -> Vec<(&str, u64)> {
    let notices = report.notices.iter();
    notices.map(|n| (n.kind.as_str(), n.count)).collect()
}

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
}

#[tokio::test]
async fn an_engine_reads_it() {
    let report = read(PEOPLE).await;
    // Zoe is in no line of her own.
    assert_eq!(report.resources, counts(&[("team", 3), ("user", 4)]));
    assert_eq!(report.entitlements, counts(&[("team", 3)]));
    // Everyone: two teams, Cleo, and Ines, Bo and Zoe through the teams.
    assert_eq!(report.grants, counts(&[("team", 4 + 6)]));
    assert_eq!((report.held.direct, report.held.through_groups), (7, 3));
    assert_eq!(notices(&report), [("unlisted_user", 1)]);
}

/// A team that only a member names is asked for its members like any other.
#[tokio::test]
async fn a_team_that_no_line_is_about_is_told_and_ends_nothing() {
    let report = read("user; ines; Ines; ines@example.com; active\nteam; all; All; ines, @ghost\n").await;
    assert_eq!(report.resources, counts(&[("team", 2), ("user", 1)]));
    assert_eq!(report.grants, counts(&[("team", 2)]));
    // Who holds something through it is not known: the first is a gap.
    assert_eq!(
        notices(&report),
        [("expansion", 1), ("team_not_found", 1), ("unlisted_team", 1)]
    );
}

#[test]
fn it_claims_what_it_implements() {
    let spec = spec();
    assert_eq!(spec.difference(&FileConnector::new("people.txt")), None);
    let names: Vec<&str> = capabilities(&spec)
        .connector_capabilities()
        .map(|c| c.as_str_name())
        .collect();
    assert_eq!(
        names,
        [
            "CAPABILITY_PROVISION",
            "CAPABILITY_SYNC",
            "CAPABILITY_RESOURCE_DELETE",
            "CAPABILITY_ACTIONS",
            "CAPABILITY_TARGETED_SYNC",
            "CAPABILITY_SERVICE_MODE_TARGETED_SYNC"
        ]
    );
}

fn of_type(path: &Path, id: &str) -> TypeEntry {
    let types = FileConnector::new(path).types();
    types
        .into_iter()
        .find(|t| t.resource_type.id == id)
        .expect("the type is there")
}

fn resource(resource_type: &str, id: &str) -> v2::Resource {
    ResourceBuilder::new(ResourceKey::new(resource_type, id), id).build()
}

fn membership(team: &str) -> v2::Entitlement {
    v2::Entitlement {
        id: entitlement_id(&ResourceKey::new("team", team), "member"),
        resource: Some(resource("team", team)),
        ..Default::default()
    }
}

fn provisioner(path: &Path) -> Arc<dyn ResourceProvisioner> {
    of_type(path, "team").provisioner.expect("teams are provisioned")
}

fn grant(team: &str, principal: v2::Resource) -> v2::Grant {
    v2::Grant {
        entitlement: Some(membership(team)),
        principal: Some(principal),
        ..Default::default()
    }
}

/// The line of a team in the file.
fn line(path: &Path, team: &str) -> String {
    let text = std::fs::read_to_string(path).expect("the file");
    let start = format!("team; {team};");
    text.lines()
        .find(|l| l.starts_with(&start))
        .unwrap_or_default()
        .to_owned()
}

const FOR_REAL: ChangeContext = ChangeContext::PLAIN;
const DRY: ChangeContext = ChangeContext {
    dry_run: true,
    ..ChangeContext::PLAIN
};
const VERIFYING: ChangeContext = ChangeContext {
    verify: true,
    ..ChangeContext::PLAIN
};

/// The outcome as a person reads it, with what was written.
fn told(outcome: &ChangeOutcome) -> String {
    let requests = outcome.requests.iter().map(|r| {
        let body = r.body.clone().unwrap_or_default();
        format!("\n{} {} {body}", r.method, r.path)
    });
    format!(
        "{:?}: {}{}",
        outcome.state,
        outcome.summary,
        requests.collect::<String>()
    )
}

#[tokio::test]
async fn it_gives_and_takes() -> Result<()> {
    let (_folder, path) = file();
    let teams = provisioner(&path);
    let cleo = || resource("user", "cleo");
    let platform = membership("platform");

    insta::assert_snapshot!(told(&teams.grant(&DRY, &platform, &cleo()).await?), @r#"
    Planned: user:cleo would become a member of team:platform
    EDIT /people {"add":["team; platform; Platform; ines, bo, cleo"],"remove":["team; platform; Platform; ines, bo"]}
    "#);
    assert_eq!(line(&path, "platform"), "team; platform; Platform; ines, bo");
    insta::assert_snapshot!(told(&teams.grant(&FOR_REAL, &platform, &cleo()).await?), @r#"
    Done: user:cleo is now a member of team:platform
    EDIT /people {"add":["team; platform; Platform; ines, bo, cleo"],"remove":["team; platform; Platform; ines, bo"]}
    "#);
    insta::assert_snapshot!(told(&teams.grant(&FOR_REAL, &platform, &cleo()).await?), @"AlreadySo: user:cleo is a member of team:platform already");
    let oncall = resource("team", "oncall");
    let verified = teams.grant(&VERIFYING, &platform, &oncall).await?;
    assert_eq!(verified.state, ChangeState::Verified);
    assert_eq!(
        line(&path, "platform"),
        "team; platform; Platform; ines, bo, cleo, @oncall"
    );

    let held = grant("platform", cleo());
    insta::assert_snapshot!(told(&teams.revoke(&DRY, &held).await?), @r#"
    Planned: user:cleo would be no member of team:platform any more
    EDIT /people {"add":["team; platform; Platform; ines, bo, @oncall"],"remove":["team; platform; Platform; ines, bo, cleo, @oncall"]}
    "#);
    assert_eq!(
        line(&path, "platform"),
        "team; platform; Platform; ines, bo, cleo, @oncall"
    );
    insta::assert_snapshot!(told(&teams.revoke(&FOR_REAL, &held).await?), @r#"
    Done: user:cleo is no member of team:platform any more
    EDIT /people {"add":["team; platform; Platform; ines, bo, @oncall"],"remove":["team; platform; Platform; ines, bo, cleo, @oncall"]}
    "#);
    insta::assert_snapshot!(told(&teams.revoke(&FOR_REAL, &held).await?), @"AlreadySo: user:cleo is no member of team:platform");
    assert_eq!(
        line(&path, "platform"),
        "team; platform; Platform; ines, bo, @oncall"
    );

    let nowhere = teams
        .grant(&FOR_REAL, &membership("nowhere"), &cleo())
        .await
        .expect_err("there is no such team");
    assert_eq!(
        (nowhere.code(), nowhere.message()),
        (Code::NotFound, "there is no team \"nowhere\"")
    );
    Ok(())
}

#[tokio::test]
async fn it_deletes_renames_and_reads_one() -> Result<()> {
    let (_folder, path) = file();
    let deleter = of_type(&path, "team").deleter.expect("teams are deleted");
    let oncall = ResourceKey::new("team", "oncall");
    insta::assert_snapshot!(told(&deleter.delete(&DRY, &oncall, None).await?), @r#"
    Planned: team:oncall would be gone for good
    EDIT /people {"add":["team; everyone; Everyone; @platform, cleo"],"remove":["team; oncall; On call; bo, zoe","team; everyone; Everyone; @platform, @oncall, cleo"]}
    "#);
    assert_eq!(line(&path, "oncall"), "team; oncall; On call; bo, zoe");
    insta::assert_snapshot!(told(&deleter.delete(&FOR_REAL, &oncall, None).await?), @r#"
    Done: team:oncall is gone for good
    EDIT /people {"add":["team; everyone; Everyone; @platform, cleo"],"remove":["team; oncall; On call; bo, zoe","team; everyone; Everyone; @platform, @oncall, cleo"]}
    "#);
    assert_eq!(line(&path, "oncall"), "");
    assert_eq!(
        line(&path, "everyone"),
        "team; everyone; Everyone; @platform, cleo"
    );
    // Gone is only what was once there.
    let known = resource("team", "oncall");
    insta::assert_snapshot!(told(&deleter.delete(&FOR_REAL, &oncall, Some(&known)).await?), @"AlreadySo: team:oncall is gone already");
    let unknown = deleter.delete(&FOR_REAL, &oncall, None).await;
    assert_eq!(unknown.expect_err("nobody knows the team").code(), Code::NotFound);

    let actions = FileConnector::new(&path).actions().expect("there are actions");
    assert_eq!(
        spec().actions.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
        ["rename_team"]
    );
    let arguments = wkt::object([("team", "platform".into()), ("name", "Core".into())]);
    insta::assert_snapshot!(told(&actions.invoke(&DRY, "rename_team", &arguments).await?), @r#"
    Planned: team:platform would be named "Core"
    EDIT /people {"add":["team; platform; Core; ines, bo"],"remove":["team; platform; Platform; ines, bo"]}
    "#);
    assert_eq!(line(&path, "platform"), "team; platform; Platform; ines, bo");
    let renamed = actions.invoke(&FOR_REAL, "rename_team", &arguments).await?;
    assert_eq!(renamed.response, Some(wkt::object([("team", "platform".into())])));
    assert_eq!(line(&path, "platform"), "team; platform; Core; ines, bo");
    let unknown = actions
        .invoke(&FOR_REAL, "dance", &arguments)
        .await
        .expect_err("there is no such action");
    assert_eq!(unknown.code(), Code::NotFound);
    let nameless = wkt::object([("team", "platform".into())]);
    let missing = actions
        .invoke(&FOR_REAL, "rename_team", &nameless)
        .await
        .expect_err("a name is needed");
    assert_eq!(
        missing.to_string(),
        "invalid value: the argument \"name\" is no text"
    );

    // A name that the file cannot hold would be read back as another line, or as none at all.
    for name in [
        "Core; ines",
        "Core\nuser; eve; Eve; eve@example.com; active",
        " Core",
    ] {
        let arguments = wkt::object([("team", "platform".into()), ("name", name.into())]);
        let refused = actions
            .invoke(&FOR_REAL, "rename_team", &arguments)
            .await
            .expect_err("it cannot be kept");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(line(&path, "platform"), "team; platform; Core; ines, bo");
    }

    let getter = of_type(&path, "user").getter.expect("users are read");
    assert_eq!(
        getter
            .get(&ResourceKey::new("user", "bo"))
            .await?
            .resource
            .display_name,
        "Bo Lind"
    );
    let gone = getter
        .get(&ResourceKey::new("user", "zoe"))
        .await
        .expect_err("she has no line");
    assert_eq!(gone.code(), Code::NotFound);
    Ok(())
}

/// Half a line is not read over: someone's access may stand in it.
#[tokio::test]
async fn it_refuses_what_it_does_not_understand() {
    let (_folder, path) = file();
    std::fs::write(&path, format!("{PEOPLE}team; broken\n")).expect("a file");
    let error = FileConnector::new(&path)
        .validate()
        .await
        .expect_err("the file is broken");
    assert_eq!(
        error.to_string(),
        "not understood: line 7 is neither a user nor a team"
    );
    let before = std::fs::read_to_string(&path).expect("the file");
    let refused = provisioner(&path)
        .grant(&FOR_REAL, &membership("platform"), &resource("user", "cleo"))
        .await;
    assert!(refused.is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), before);
}
