//! The one snapshot: who begins it, who waits for it, what ends it, and that nothing of it stays.

use crate::connector::FileConnector;
use crate::harness::Served;
use async_trait::async_trait;
use connector_proto::connector::v2::*;
use connector_runtime::{Clock, Redactor};
use connector_sdk::{
    Connector, ConnectorSpec, Notice, Page, PageToken, Parent, Plan, ResourceSyncer, Subject, SyncContext,
    TypeEntry,
};
use jiff::{Timestamp, ToSpan};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::{Code, Status};

/// Something that happens when the users are listed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Well,
    Panics,
    Fails,
    Gap,
}

/// The file connector behind a gate: each listing of users takes a permit.
#[derive(Debug)]
struct Gated {
    inner: FileConnector,
    gate: Arc<Semaphore>,
    listings: Arc<AtomicUsize>,
    mood: Arc<Mutex<Mood>>,
}

#[async_trait]
impl Connector for Gated {
    fn spec(&self) -> ConnectorSpec {
        self.inner.spec()
    }

    fn types(&self) -> Vec<TypeEntry> {
        let mut types = self.inner.types();
        let users = Arc::clone(&types[0].syncer);
        let (gate, listings, mood) = (
            Arc::clone(&self.gate),
            Arc::clone(&self.listings),
            Arc::clone(&self.mood),
        );
        types[0].syncer = Arc::new(GatedUsers {
            users,
            gate,
            listings,
            mood,
        });
        types
    }
}

struct GatedUsers {
    users: Arc<dyn ResourceSyncer>,
    gate: Arc<Semaphore>,
    listings: Arc<AtomicUsize>,
    mood: Arc<Mutex<Mood>>,
}

#[async_trait]
impl ResourceSyncer for GatedUsers {
    fn plan(&self) -> Plan {
        self.users.plan()
    }

    async fn list(
        &self,
        cx: &SyncContext,
        parent: Parent<'_>,
        token: &PageToken,
    ) -> connector_sdk::Result<Page> {
        if token.is_first() {
            self.gate.acquire().await.expect("it is open").forget();
            self.listings.fetch_add(1, Ordering::Relaxed);
        }
        let mood = *self.mood.lock().expect("it is whole");
        match mood {
            Mood::Panics => panic!("a defect"),
            Mood::Fails => Err(connector_sdk::Error::new(
                connector_sdk::Code::PermissionDenied,
                "the key s3cret-s3cret may not",
            )),
            Mood::Gap => {
                let mut page = self.users.list(cx, parent, token).await?;
                page.notices
                    .push(Notice::gap("api_tokens", "users", "may not be read"));
                Ok(page)
            }
            Mood::Well => self.users.list(cx, parent, token).await,
        }
    }

    async fn grants(
        &self,
        cx: &SyncContext,
        resource: &Subject,
        token: &PageToken,
    ) -> connector_sdk::Result<Page> {
        self.users.grants(cx, resource, token).await
    }
}

#[derive(Debug, Default)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        let hours = self.0.load(Ordering::Relaxed);
        "2026-11-30T08:00:00Z".parse::<Timestamp>().expect("a time") + hours.hours()
    }
}

struct Bench {
    served: Served,
    gate: Arc<Semaphore>,
    listings: Arc<AtomicUsize>,
    mood: Arc<Mutex<Mood>>,
    clock: Arc<Moved>,
}

fn bench() -> Bench {
    let (gate, listings, clock) = (
        Arc::new(Semaphore::new(0)),
        Arc::default(),
        Arc::new(Moved::default()),
    );
    let mood = Arc::new(Mutex::new(Mood::Well));
    let gated = |path| Gated {
        inner: FileConnector::new(path),
        gate: Arc::clone(&gate),
        listings: Arc::clone(&listings),
        mood: Arc::clone(&mood),
    };
    let served = Served::of(
        |path| Arc::new(gated(path)) as _,
        |options| {
            options.clock = Arc::clone(&clock) as _;
            let mut redactor = Redactor::default();
            redactor.add(["s3cret-s3cret".to_owned().into()]);
            options.redactor = Arc::new(redactor);
        },
    );
    Bench {
        served,
        gate,
        listings,
        mood,
        clock,
    }
}

impl Bench {
    async fn users(&self, sync: &str) -> Result<usize, Status> {
        self.users_within(sync, Duration::from_secs(60)).await
    }

    async fn users_within(&self, sync: &str, within: Duration) -> Result<usize, Status> {
        let mut client = resources_service_client::ResourcesServiceClient::new(self.served.routes());
        let mut request = tonic::Request::new(ResourcesServiceListResourcesRequest {
            resource_type_id: "user".into(),
            active_sync_id: sync.into(),
            ..Default::default()
        });
        request.set_timeout(within);
        let page = client.list_resources(request).await?;
        Ok(page.into_inner().list.len())
    }

    fn listings(&self) -> usize {
        self.listings.load(Ordering::Relaxed)
    }

    fn opened(&self, times: usize) {
        self.gate.add_permits(times);
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().expect("it is whole") = mood;
    }
}

#[tokio::test]
async fn a_call_whose_deadline_passes_is_unavailable_and_the_snapshot_goes_on() {
    let bench = bench();
    let error = bench
        .users_within("sync-1", Duration::from_millis(40))
        .await
        .expect_err("not yet");
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert!(!bench.served.left().is_empty(), "it is being read");
    bench.opened(1);
    assert!(bench.users("sync-1").await.expect("users") > 0);
    assert_eq!(bench.listings(), 1, "it was read once");
    #[cfg(unix)]
    assert_eq!(
        bench.served.left(),
        Vec::<std::path::PathBuf>::new(),
        "pages are read from a copy without a name"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_a_snapshot() {
    use std::os::unix::fs::PermissionsExt;
    let bench = bench();
    bench
        .users_within("sync-1", Duration::from_millis(40))
        .await
        .expect_err("not yet");
    let folder = bench.served.left().remove(0);
    assert_eq!(
        std::fs::metadata(&folder).expect("a folder").permissions().mode() & 0o777,
        0o700
    );
    bench.served.local.close().await;
    assert_eq!(bench.served.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn another_sync_ends_the_snapshot_of_the_one_before() {
    let bench = bench();
    bench.opened(1);
    bench.users("sync-1").await.expect("users");
    bench.users("sync-1").await.expect("users");
    assert_eq!(bench.listings(), 1);
    bench.opened(1);
    bench.users("sync-2").await.expect("users");
    assert_eq!(bench.listings(), 2);
}

#[tokio::test]
async fn cleanup_ends_it_also_while_it_is_read() {
    let bench = bench();
    let mut client = connector_service_client::ConnectorServiceClient::new(bench.served.routes());
    let of = |sync: &str| ConnectorServiceCleanupRequest {
        active_sync_id: sync.into(),
        ..Default::default()
    };
    bench
        .users_within("sync-1", Duration::from_millis(40))
        .await
        .expect_err("not yet");
    client.cleanup(of("sync-0")).await.expect("an answer");
    assert!(
        !bench.served.left().is_empty(),
        "that of another sync is not ended"
    );
    client.cleanup(of("sync-1")).await.expect("an answer");
    bench.served.local.close().await;
    assert_eq!(bench.served.left(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn after_a_day_it_is_read_anew() {
    let bench = bench();
    bench.opened(1);
    bench.users("sync-1").await.expect("users");
    bench.clock.0.store(23, Ordering::Relaxed);
    bench.users("sync-1").await.expect("users");
    assert_eq!(bench.listings(), 1);
    bench.clock.0.store(24, Ordering::Relaxed);
    bench.opened(1);
    bench.users("sync-1").await.expect("users");
    assert_eq!(bench.listings(), 2);
}

#[tokio::test]
async fn a_runner_that_names_no_sync_begins_one_with_its_first_call() {
    let bench = bench();
    let mut client = resource_types_service_client::ResourceTypesServiceClient::new(bench.served.routes());
    for round in 1..=2 {
        bench.opened(1);
        client
            .list_resource_types(ResourceTypesServiceListResourceTypesRequest::default())
            .await
            .expect("types");
        bench.users("").await.expect("users");
        bench.users("").await.expect("users");
        assert_eq!(bench.listings(), round);
    }
}

#[tokio::test]
async fn what_fails_is_told_without_secrets_and_tried_anew() {
    let bench = bench();
    bench.is(Mood::Fails);
    bench.opened(1);
    let error = bench.users("sync-1").await.expect_err("it may not");
    assert_eq!(error.code(), Code::PermissionDenied);
    assert!(error.message().contains("[redacted] may not"), "{error}");
    bench.is(Mood::Panics);
    bench.opened(1);
    let error = bench.users("sync-1").await.expect_err("it panics");
    assert_eq!(error.code(), Code::Internal, "{error}");
    bench.is(Mood::Well);
    bench.opened(1);
    bench.users("sync-1").await.expect("users");
}

#[tokio::test]
async fn a_listing_that_lacks_something_is_no_snapshot() {
    let bench = bench();
    bench.is(Mood::Gap);
    bench.opened(1);
    let error = bench.users("sync-1").await.expect_err("it lacks something");
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::FailedPrecondition,
            "the listing is complete but for api_tokens (1); what is missing would look like access that was taken away"
        )
    );
}

#[tokio::test]
async fn a_service_that_ends_begins_no_snapshot() {
    let bench = bench();
    bench.served.local.close().await;
    let error = bench.users("sync-1").await.expect_err("it ends");
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert_eq!(bench.served.left(), Vec::<std::path::PathBuf>::new());
}

/// What the settings leave out is not read, and not listed.
#[tokio::test]
async fn a_snapshot_holds_what_the_settings_ask_for() {
    let served = Served::with(|options| {
        options.resource_types = Some(vec!["user".into()]);
        options.access = false;
    });
    let mut types = resource_types_service_client::ResourceTypesServiceClient::new(served.routes());
    let request = ResourceTypesServiceListResourceTypesRequest {
        active_sync_id: "sync-1".into(),
        ..Default::default()
    };
    let listed = types
        .list_resource_types(request)
        .await
        .expect("types")
        .into_inner();
    let listed: Vec<String> = listed.list.into_iter().map(|one| one.id).collect();
    assert_eq!(listed, ["user"]);
    let mut resources = resources_service_client::ResourcesServiceClient::new(served.routes());
    let mut count = async |kind: &str| {
        let request = ResourcesServiceListResourcesRequest {
            resource_type_id: kind.into(),
            active_sync_id: "sync-1".into(),
            ..Default::default()
        };
        let page = resources.list_resources(request).await.expect("a page");
        page.into_inner().list
    };
    let people = count("user").await;
    assert!(!people.is_empty());
    assert!(count("team").await.is_empty());
    let mut grants = grants_service_client::GrantsServiceClient::new(served.routes());
    let request = GrantsServiceListGrantsRequest {
        resource: Some(people[0].clone()),
        active_sync_id: "sync-1".into(),
        ..Default::default()
    };
    assert!(
        grants
            .list_grants(request)
            .await
            .expect("a page")
            .into_inner()
            .list
            .is_empty()
    );
}
