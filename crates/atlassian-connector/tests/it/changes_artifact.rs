//! From an artifact to the vendor and back: an organization is synced, its grants are taken away and given again by the
//! ids that the artifact has, and afterwards everything is as it was.

use crate::changes_harness::World;
use atlassian_connector::AccountOptions;
use atlassian_sim::{Org, OrgSpec, WriteLog};
use c1z_file::{Artifact, ReadOptions};
use connector_runtime::change::{Change, ChangeError, ChangeOptions, ChangeRecord, change};
use connector_runtime::{Clock, SyncOptions, sync};
use connector_sdk::ResourceKey;
use connector_sdk::proto::any::is;
use connector_sdk::proto::connector::v2;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }
}

struct Synced {
    world: World,
    folder: tempfile::TempDir,
    grants: Vec<v2::Grant>,
}

impl Synced {
    async fn new() -> Self {
        let org = Org::generate(OrgSpec::demo());
        let world = World::with(&org, |vendor| vendor, AccountOptions::default()).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sync.c1z");
        let options = SyncOptions {
            // Each has a connection of its own with both ends in this process, which other tests share.
            workers: 8,
            ..SyncOptions::new(&path, Arc::new(Fixed))
        };
        sync(Arc::new(world.connector.clone()), options).await.unwrap();
        let grants = read(&path);
        Self {
            world,
            folder,
            grants,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sync.c1z")
    }

    async fn change(&self, what: Change) -> Result<ChangeRecord, ChangeError> {
        let options = ChangeOptions {
            artifact: Some(self.path()),
            audit: Some(self.folder.path().join("audit.jsonl")),
            ..ChangeOptions::new("a test", Arc::new(Fixed))
        };
        Ok(change(Arc::new(self.world.connector.clone()), what, options).await?)
    }

    fn applied(&self) -> Vec<WriteLog> {
        self.world
            .vendor
            .writes()
            .into_iter()
            .filter(|write| write.applied)
            .collect()
    }
}

fn read(path: &Path) -> Vec<v2::Grant> {
    let artifact = Artifact::open(path, ReadOptions::default()).unwrap();
    let id = artifact.latest_finished_full().unwrap().unwrap().sync_id;
    artifact
        .grants(&id)
        .map(|row| row.unwrap().decode().unwrap())
        .collect()
}

fn is_immutable(grant: &v2::Grant) -> bool {
    grant.annotations.iter().any(is::<v2::GrantImmutable>)
}

/// What a grant is of: entitlement type, name, principal type. Changes of one kind go one way.
fn kind(grant: &v2::Grant) -> String {
    let entitlement = grant.entitlement.as_ref().unwrap();
    let on = entitlement.resource.as_ref().unwrap().id.as_ref().unwrap();
    let who = grant.principal.as_ref().unwrap().id.as_ref().unwrap();
    let name = entitlement
        .id
        .strip_prefix(&format!("{}:{}:", on.resource_type, on.resource))
        .unwrap();
    format!("{} {name} {}", on.resource_type, who.resource_type)
}

/// Of every kind of changeable grant one is taken and given again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_artifact_holds_can_be_taken_and_given_again() {
    let synced = Synced::new().await;
    let mut kinds: Vec<(String, v2::Grant)> = Vec::new();
    for grant in synced
        .grants
        .iter()
        .filter(|grant| !is_immutable(grant) && grant.sources.is_none())
    {
        let kind = kind(grant);
        if kinds.iter().all(|(known, _)| *known != kind) {
            kinds.push((kind, grant.clone()));
        }
    }
    let mut said: Vec<&str> = Vec::new();
    for (kind, grant) in &kinds {
        let before = synced.applied().len();
        let taken = synced
            .change(Change::Revoke {
                grant_id: grant.id.clone(),
            })
            .await;
        let taken = taken.unwrap_or_else(|error| panic!("{kind} {}: {error}", grant.id));
        let (was_taken, entitlement) = (
            synced.applied().len() - before,
            grant.entitlement.as_ref().unwrap(),
        );
        let who = ResourceKey::from_proto(grant.principal.as_ref().unwrap().id.as_ref().unwrap()).unwrap();
        let given = synced
            .change(Change::Grant {
                entitlement_id: entitlement.id.clone(),
                principal: who,
            })
            .await;
        let given = given.unwrap_or_else(|error| panic!("{kind} {}: {error}", grant.id));
        assert_eq!(was_taken, 1, "{kind} {}: {taken:?}", grant.id);
        assert_eq!(synced.applied().len() - before, 2, "{kind} {taken:?} {given:?}");
        said.push(kind.as_str());
    }
    said.sort();
    insta::assert_snapshot!(said.join("\n"));
}

/// What the artifact calls immutable, the connector is not even asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_artifact_calls_immutable_is_not_asked_for() {
    let synced = Synced::new().await;
    let before = synced.world.vendor.counters().total().requests;
    let immutable: Vec<_> = synced.grants.iter().filter(|grant| is_immutable(grant)).collect();
    assert!(immutable.len() > 100);
    for grant in immutable.iter().step_by(immutable.len() / 15) {
        let error = synced
            .change(Change::Revoke {
                grant_id: grant.id.clone(),
            })
            .await
            .unwrap_err();
        assert_eq!(error.code().number(), 9, "{error}");
    }
    assert_eq!(synced.world.vendor.counters().total().requests, before);
}

/// Nobody is asked for a role that the vendor would take as one of the whole organization, and a person is told which to
/// ask for instead.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_nobody_can_be_given_on_an_app_is_told_with_what_to_do() {
    let synced = Synced::new().await;
    let before = synced.world.vendor.counters().total().requests;
    let grant = synced
        .grants
        .iter()
        .find(|grant| kind(grant).starts_with("workspace role:atlassian/user user"));
    let grant = grant.unwrap();
    let held = &grant.entitlement.as_ref().unwrap().id;
    let who = ResourceKey::from_proto(grant.principal.as_ref().unwrap().id.as_ref().unwrap()).unwrap();
    for (role, instead) in [
        (
            "org-admin",
            "Grant the role atlassian/org-admin on the organization where that is meant",
        ),
        ("site-admin", "Grant the role atlassian/site-admin on the site"),
    ] {
        let error = synced
            .change(Change::Grant {
                entitlement_id: held.replace("atlassian/user", &format!("atlassian/{role}")),
                principal: who.clone(),
            })
            .await
            .unwrap_err();
        assert!(matches!(error, ChangeError::Refused(_)), "{error:?}");
        assert_eq!(
            (error.code().number(), error.hint().as_deref()),
            (9, Some(instead)),
            "{error}"
        );
    }
    assert_eq!(synced.world.vendor.counters().total().requests, before);
}
