//! What was done is told, also by the next process, and once.

use crate::harness::{ANSWER_TIMEOUT, Place, Scripted, Setting, faults, told};
use c1_standin::{Fault, tasks};
use connector_proto::connector::v2;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tonic::Code;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_could_not_be_told_is_told_by_the_next_process() {
    let away = Arc::new(AtomicBool::new(true));
    let is_away = Arc::clone(&away);
    let place = Place::new(Setting {
        faults: faults("FinishTask", move |_| {
            is_away
                .load(Ordering::SeqCst)
                .then_some(Fault::Refuse(Code::Unavailable))
        }),
        ..Setting::default()
    })
    .await;
    place.standin.hand_out(tasks::revoke(v2::Grant::default()));
    let daemon = place.daemon();
    while place.asked() == 0 || !place.keeps(is_result) {
        tokio::task::yield_now().await;
    }
    daemon.killed(&place).await;
    away.store(false, Ordering::SeqCst);
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "GrantManagerServiceRevokeResponse");
    assert_eq!(place.asked(), 1, "it is not done twice");
    while place.keeps(is_result) {
        tokio::task::yield_now().await;
    }
    daemon.stopped().await.expect("drained");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_whose_answer_got_lost_is_told_again_and_that_is_the_end() {
    let place = Place::new(Setting {
        faults: faults("FinishTask", |nth| (nth == 1).then_some(Fault::Lost)),
        ..Setting::default()
    })
    .await;
    place.standin.hand_out(tasks::revoke(v2::Grant::default()));
    let daemon = place.daemon();
    let finished = place.standin.finished(1, ANSWER_TIMEOUT).await;
    assert_eq!(told(&finished[0]), "GrantManagerServiceRevokeResponse");
    while place.keeps(is_result) {
        tokio::task::yield_now().await;
    }
    assert_eq!((place.asked(), place.standin.finished_again()), (1, 1));
    daemon.stopped().await.expect("drained");
}

/// Killed at seeded moments, a task is handed out again until it is finished, and is told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_seeded_moments() {
    let place = Place::new(Setting {
        executor: Scripted {
            takes: Duration::from_millis(20),
            ..Scripted::default()
        },
        heartbeat: Duration::from_secs(2),
        ..Setting::default()
    })
    .await;
    let mut seed = 7_u64;
    for count in 1..=10 {
        place.standin.hand_out(tasks::revoke(v2::Grant::default()));
        let daemon = place.daemon();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let moment = Duration::from_millis((seed >> 33) % 100);
        http_kit::Clock::sleep(&http_kit::SystemClock, moment).await;
        daemon.killed(&place).await;
        let daemon = place.daemon();
        let finished = place.standin.finished(count, ANSWER_TIMEOUT).await;
        assert_eq!(finished.len(), count, "after a kill at {moment:?}");
        assert!(
            !told(&finished[count - 1]).starts_with("code"),
            "{}",
            told(&finished[count - 1])
        );
        daemon.stopped().await.expect("drained");
    }
    assert_eq!(place.standin.violations(), [""; 0]);
}

/// Whether a file of the state is the result of a task.
fn is_result(name: &str) -> bool {
    name.ends_with(".result")
}
