//! Full syncs, from the task to the upload.

use crate::harness::{ANSWER_TIMEOUT, Place, Setting, faults, told};
use atlassian_sim::{Endpoint, Fault as VendorFault, FaultPlan};
use c1_standin::{Fault, tasks};
use connector_proto::connectorapi::baton::v1::task::{SyncFullTask, TaskType};
use std::time::Duration;
use tonic::Code;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hello_a_full_sync_and_its_upload() {
    let place = Place::new(Setting::default()).await;
    let id = place.standin.hand_out(tasks::full_sync());
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "success");
    let uploads = place.standin.uploads();
    assert_eq!(uploads.len(), 1);
    let artifact = place.folder.path().join("uploaded.c1z");
    std::fs::write(&artifact, &uploads[0].bytes).expect("written");
    let report = c1z_file::verify(&artifact).expect("readable");
    assert!(report.is_clean(), "{report:?}");
    assert!(place.standin.heartbeats(&id) >= 1);
    let hellos = place.standin.hellos();
    assert_eq!((hellos.len(), hellos[0].host_id.as_str()), (1, "host-1"));
    let metadata = hellos[0].connector_metadata.as_ref().expect("metadata");
    let capabilities = metadata.capabilities.as_ref().expect("capabilities");
    let targeted = i32::from(connector_proto::connector::v2::Capability::ServiceModeTargetedSync);
    assert!(capabilities.connector_capabilities.contains(&targeted));
    daemon.stopped().await.expect("drained");
    assert_eq!(place.standin.violations(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_is_tried_three_times_and_each_is_whole() {
    let place = Place::new(Setting {
        faults: faults("UploadAsset", |nth| {
            (nth <= 2).then_some(Fault::Refuse(Code::Unavailable))
        }),
        ..Setting::default()
    })
    .await;
    place.standin.hand_out(tasks::full_sync());
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "success");
    assert_eq!(place.standin.uploads().len(), 1);
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_of_a_whole_listing_is_not_uploaded_unless_allowed() {
    for allows in ["", "api_tokens"] {
        let mut place = Place::new(Setting {
            vendor_faults: FaultPlan::none().always(Endpoint::TokensList, VendorFault::Status(403)),
            ..Setting::default()
        })
        .await;
        place.allows = allows;
        place.standin.hand_out(tasks::full_sync());
        let daemon = place.daemon();
        let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
        let expected = match allows {
            "" => "code 14: the sync is complete but for api_tokens (1), and is not uploaded",
            _ => "success",
        };
        let said = told(&finished[0]);
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(place.standin.uploads().len(), usize::from(!allows.is_empty()));
        daemon.stopped().await.expect("drained");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_task_asks_for_is_heeded_or_refused() {
    let place = Place::new(Setting::default()).await;
    let of = |task: SyncFullTask| tasks::of(TaskType::SyncFull(task));
    place.standin.hand_out(of(SyncFullTask {
        targeted_sync_resources: vec![Default::default()],
        ..Default::default()
    }));
    place.standin.hand_out(tasks::sync_of(&[("user", "nobody")]));
    place.standin.hand_out(tasks::sync_of(&[("room", "1")]));
    place.standin.hand_out(of(SyncFullTask {
        sync_resource_type_ids: vec!["nothing".to_owned()],
        ..Default::default()
    }));
    place.standin.hand_out(of(SyncFullTask {
        sync_resource_type_ids: vec!["group".to_owned()],
        skip_entitlements_and_grants: true,
        storage_engine: "pebble".to_owned(),
        ..Default::default()
    }));
    let daemon = place.daemon();
    let finished = place.standin.finished(5, ANSWER_TIMEOUT).await;
    let mut said: Vec<String> = finished.iter().map(told).collect();
    said.sort();
    let success = said.pop();
    assert_eq!(success.as_deref(), Some("success"));
    insta::assert_snapshot!(said.join("\n"), @r#"
    code 3, final: a resource has no id
    code 3, final: resources of type "room" are not synced
    code 3, final: this connector has no resource type "nothing"
    code 5, final: not found: the account nobody is not in the organization de180939-e28b-49bf-80eb-f6c3051b8ae9; it happened while listing resources of type user
    "#);
    let artifact = place.folder.path().join("uploaded.c1z");
    std::fs::write(&artifact, &place.standin.uploads()[0].bytes).expect("written");
    let artifact = c1z_file::Artifact::open(&artifact, Default::default()).expect("readable");
    let sync = artifact.syncs().expect("readable").pop().expect("one sync");
    assert_eq!(artifact.grants(&sync.sync_id).count(), 0);
    assert_eq!(artifact.storage_engine(), c1z_file::StorageEngine::Pebble);
    daemon.stopped().await.expect("drained");
}

/// One account and its access, beside the full sync that is kept for comparison.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_of_single_resources_uploads_a_partial_sync() {
    let place = Place::new(Setting::default()).await;
    let daemon = place.daemon();
    place.standin.hand_out(tasks::full_sync());
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "success");
    let uploaded = |nth: usize| {
        let path = place.folder.path().join(format!("uploaded-{nth}.c1z"));
        std::fs::write(&path, &place.standin.uploads()[nth].bytes).expect("written");
        c1z_file::Artifact::open(&path, Default::default()).expect("readable")
    };
    let whole = uploaded(0);
    let of_whole = whole.syncs().expect("readable").pop().expect("one sync").sync_id;
    let account = whole
        .resources(&of_whole)
        .map(|row| row.expect("readable"))
        .find(|row| row.resource_type_id == "user")
        .expect("an account");
    let id = account.decode().expect("a resource").id.expect("an id").resource;
    for nth in 1..=2 {
        place.standin.hand_out(tasks::sync_of(&[("user", &id)]));
        let finished = place.standin.finished(nth + 1, ANSWER_TIMEOUT).await;
        assert_eq!(told(&finished[nth]), "success");
        let part = uploaded(nth);
        let mut syncs = part.syncs().expect("readable");
        let sync = syncs.pop().expect("one sync");
        assert_eq!((sync.sync_type, syncs.len()), (c1z_file::SyncType::Partial, 0));
        let held = |artifact: &c1z_file::Artifact, sync: &str| {
            let rows = artifact.grants(sync).map(|row| row.expect("readable"));
            let mut ids: Vec<String> = rows
                .filter(|row| row.principal_resource_id == id)
                .map(|row| row.external_id)
                .collect();
            ids.sort();
            ids
        };
        assert_eq!(held(&part, &sync.sync_id), held(&whole, &of_whole));
    }
    daemon.stopped().await.expect("drained");
    assert_eq!(place.standin.violations(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_c1_cancels_ends() {
    let place = Place::new(Setting {
        // The sync would not end by itself.
        vendor_faults: FaultPlan::none().always(Endpoint::UsersList, VendorFault::Hang),
        ..Setting::default()
    })
    .await;
    let id = place.standin.hand_out(tasks::full_sync());
    place.standin.cancel(&id);
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "code 1: task was cancelled");
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_end_are_replaced() {
    let place = Place::new(Setting {
        token_life: Duration::from_secs(4),
        ..Setting::default()
    })
    .await;
    let daemon = place.daemon();
    for count in 1..=3 {
        place.standin.hand_out(tasks::list_actions());
        assert_eq!(place.standin.finished(count, ANSWER_TIMEOUT).await.len(), count);
        http_kit::Clock::sleep(&http_kit::SystemClock, Duration::from_millis(250)).await;
    }
    daemon.stopped().await.expect("drained");
}

/// Whether much is missing is told from the last sync of the same options alone: the first one of others has no measure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_is_measured_by_the_last_one_of_the_same_options() {
    let mut place = Place::new(Setting::default()).await;
    place.becomes(400).await;
    place.standin.hand_out(tasks::full_sync());
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "success");
    daemon.stopped().await.expect("drained");

    place.becomes(30).await;
    place.standin.hand_out(tasks::of(TaskType::SyncFull(SyncFullTask {
        skip_entitlements_and_grants: true,
        ..Default::default()
    })));
    let daemon = place.daemon();
    let finished = place.standin.finished(2, ANSWER_TIMEOUT).await;
    assert_eq!(
        told(&finished[1]),
        "success",
        "nothing of these options came before"
    );
    place.standin.hand_out(tasks::full_sync());
    let finished = place.standin.finished(3, ANSWER_TIMEOUT).await;
    let said = told(&finished[2]);
    assert!(said.contains("complete but for shrunk"), "{said}");
    assert_eq!(place.standin.uploads().len(), 2);
    daemon.stopped().await.expect("drained");
}
