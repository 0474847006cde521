//! Every other task, and what is told of it.

use crate::harness::{ANSWER_TIMEOUT, Place, Scripted, Setting, plain, told};
use c1_standin::tasks;
use connector_daemon::{Reply, Request};
use connector_proto::connector::v2;
use connector_proto::connectorapi::baton::v1::Task;
use connector_proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use connector_proto::connectorapi::baton::v1::task::{
    BulkCreateTicketsTask, CompactSyncs, CreateResourceTask, CreateSyncDiffTask, EventFeedTask,
    ListTicketSchemasTask, RotateCredentialsTask, TaskType,
};
use connector_proto::{any, wkt};
use prost_types::Struct;
use std::time::Duration;

fn writes() -> Vec<Task> {
    vec![
        tasks::grant(v2::Entitlement::default(), v2::Resource::default()),
        tasks::revoke(v2::Grant::default()),
        tasks::create_account(v2::AccountInfo::default()),
        tasks::delete(v2::ResourceId::default()),
        tasks::of(TaskType::CreateResource(CreateResourceTask::default())),
        tasks::of(TaskType::RotateCredentials(RotateCredentialsTask::default())),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_provisioning_nothing_is_asked_of_the_vendor() {
    let mut place = Place::new(Setting::default()).await;
    place.provisioning = false;
    for task in writes() {
        place.standin.hand_out(task);
    }
    place
        .standin
        .hand_out(tasks::invoke("suspend", Struct::default()));
    let daemon = place.daemon();
    let finished = place.standin.finished(7, ANSWER_TIMEOUT).await;
    let mut said: Vec<String> = finished.iter().map(told).collect();
    said.sort();
    assert_eq!(said[0], "InvokeActionResponse", "actions need no provisioning");
    for refused in &said[1..] {
        assert_eq!(refused, "code 9, final: provisioning is not enabled");
    }
    assert_eq!(place.asked(), 1);
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_task_has_the_result_of_its_kind() {
    let mut place = Place::new(Setting::default()).await;
    place.batch = true;
    for task in writes() {
        place.standin.hand_out(task);
    }
    for task in [
        TaskType::EventFeed(EventFeedTask::default()),
        TaskType::CreateSyncDiff(CreateSyncDiffTask::default()),
        TaskType::CompactSyncs(CompactSyncs::default()),
        TaskType::ListTicketSchemas(ListTicketSchemasTask::default()),
        TaskType::BulkCreateTickets(BulkCreateTicketsTask::default()),
    ] {
        place.standin.hand_out(tasks::of(task));
    }
    place.standin.hand_out(Task::default());
    let daemon = place.daemon();
    let finished = place.standin.finished(12, ANSWER_TIMEOUT).await;
    let mut said: Vec<String> = finished.iter().map(told).collect();
    said.sort();
    insta::assert_snapshot!(said.join("\n"), @r"
    CreateAccountResponse
    DeleteResourceResponse
    GrantManagerServiceGrantResponse
    GrantManagerServiceRevokeResponse
    ListActionSchemasResponse
    ListActionSchemasResponse
    code 12, final: this connector has no tickets
    code 12, final: this connector has no tickets
    code 12, final: unsupported task type
    code 12, final: unsupported task type: compact_syncs
    code 12, final: unsupported task type: create_sync_diff
    code 12, final: unsupported task type: event_feed
    ");
    assert_eq!(place.standin.violations(), [""; 0]);
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_failed_is_a_task_that_failed() {
    let answer = |request: &Request| {
        let answer = v2::InvokeActionResponse {
            status: v2::BatonActionStatus::Failed.into(),
            response: Some(wkt::object([
                ("error", "the account is gone".into()),
                ("code", wkt::integer(5)),
                ("done", "suspended in one directory".into()),
            ])),
            ..Default::default()
        };
        Ok(match request {
            Request::InvokeAction(_) => Reply::new(&answer, &[]),
            other => plain(other),
        })
    };
    let place = Place::new(Setting {
        executor: Scripted {
            answer: Box::new(answer),
            ..Scripted::default()
        },
        ..Setting::default()
    })
    .await;
    let id = place
        .standin
        .hand_out(tasks::invoke("suspend", Struct::default()));
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "code 5, final: the account is gone");
    let Some(FinalState::Error(error)) = &finished[0].request.final_state else {
        panic!("{finished:?}");
    };
    let answer = any::unpack::<v2::InvokeActionResponse>(error.response.as_ref().expect("an answer"));
    let answer = answer.expect("of an action").expect("readable");
    let done = answer
        .response
        .as_ref()
        .and_then(|fields| wkt::text(fields, "done"));
    assert_eq!(
        done,
        Some("suspended in one directory"),
        "what was done anyway is told"
    );
    let asked = place.executor.asked.lock().expect("whole").clone();
    assert_eq!(
        asked[0].1,
        format!("C1 task {id}"),
        "who asked stands in the audit file"
    );
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_has_heartbeats_and_is_cancelled_by_none() {
    let place = Place::new(Setting {
        executor: Scripted {
            takes: Duration::from_millis(500),
            ..Scripted::default()
        },
        heartbeat: Duration::from_secs(2),
        ..Setting::default()
    })
    .await;
    let id = place.standin.hand_out(tasks::revoke(v2::Grant::default()));
    place.standin.cancel(&id);
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "GrantManagerServiceRevokeResponse");
    assert!(
        place.standin.heartbeats(&id) >= 3,
        "{}",
        place.standin.heartbeats(&id)
    );
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_finishes_what_it_does_and_takes_no_more() {
    let mut place = Place::new(Setting {
        executor: Scripted {
            takes: Duration::from_millis(300),
            ..Scripted::default()
        },
        ..Setting::default()
    })
    .await;
    place.concurrency = 1;
    place.standin.hand_out(tasks::revoke(v2::Grant::default()));
    place.standin.hand_out(tasks::revoke(v2::Grant::default()));
    let daemon = place.daemon();
    while place.asked() == 0 {
        tokio::task::yield_now().await;
    }
    daemon.stopped().await.expect("drained");
    assert_eq!(place.standin.finished(2, Duration::ZERO).await.len(), 1);
    assert_eq!(place.asked(), 1);
}

/// C1 hands a task out twice: in one answer, and again after its result was taken, as when the two cross on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_comes_again_is_carried_out_once() {
    for (batch, concurrency) in [(true, 3), (true, 1), (false, 1)] {
        let mut place = Place::new(Setting::default()).await;
        (place.batch, place.concurrency) = (batch, concurrency);
        let grant = tasks::grant(v2::Entitlement::default(), v2::Resource::default());
        let first = Task {
            id: "0ujsswThIGTUYm2K8FjOOfXtY1K".to_owned(),
            ..grant
        };
        place.standin.hand_out(first.clone());
        place.standin.hand_out(tasks::revoke(v2::Grant::default()));
        place.standin.hand_out(first.clone());
        let daemon = place.daemon();
        let finished = place.standin.finished(2, ANSWER_TIMEOUT).await;
        assert_eq!(finished.len(), 2);
        place.standin.hand_out(first);
        place.standin.hand_out(tasks::revoke(v2::Grant::default()));
        assert_eq!(place.standin.finished(3, ANSWER_TIMEOUT).await.len(), 3);
        daemon.stopped().await.expect("drained");
        assert_eq!(place.asked(), 3, "a grant and two revocations, batch {batch}");
    }
}
