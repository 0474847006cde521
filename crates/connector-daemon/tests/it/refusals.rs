//! What ends the daemon, and what does not.

use crate::harness::{ANSWER_TIMEOUT, Place, Setting, faults};
use c1_standin::{Fault, tasks};
use connector_daemon::Credentials;
use connector_sdk::Code;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_not_accepted_end_it_with_the_words_of_the_server() {
    let place = Place::new(Setting::default()).await;
    let other = Place::new(Setting::default()).await;
    let secret = other.standin.client_secret().to_owned().into();
    let mut options = place.options();
    options.credentials = Credentials::parse(place.standin.client_id(), &secret).expect("well formed");
    let error = connector_daemon::run(options, CancellationToken::new())
        .await
        .expect_err("refused");
    assert_eq!(error.code(), Code::Unauthenticated);
    insta::assert_snapshot!(error, @"C1 refuses the credentials: status 401, invalid_client: the signature of the assertion is not valid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_a_while_is_asked_for_again() {
    for method in ["Token", "Hello", "GetTask"] {
        let place = Place::new(Setting {
            faults: faults(method, |nth| {
                (nth <= 3).then_some(Fault::Refuse(tonic::Code::Unavailable))
            }),
            ..Setting::default()
        })
        .await;
        place.standin.hand_out(tasks::list_actions());
        let daemon = place.daemon();
        assert_eq!(
            place.standin.finished(1, ANSWER_TIMEOUT).await.len(),
            1,
            "{method}"
        );
        daemon.stopped().await.expect("drained");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_c1_does_not_want_any_more_ends() {
    let place = Place::new(Setting {
        faults: faults("GetTask", |_| Some(Fault::Refuse(tonic::Code::PermissionDenied))),
        speed: 200,
        ..Setting::default()
    })
    .await;
    let daemon = place.daemon();
    let error = daemon.task.await.expect("no defect").expect_err("refused");
    assert_eq!(error.code(), Code::PermissionDenied);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_do_not_share_a_state() {
    let place = Place::new(Setting::default()).await;
    let daemon = place.daemon();
    while place.standin.hellos().is_empty() {
        tokio::task::yield_now().await;
    }
    let second = connector_daemon::run(place.options(), CancellationToken::new()).await;
    let error = second.expect_err("refused");
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert!(
        error
            .to_string()
            .contains("a host id and a state folder of its own"),
        "{error}"
    );
    daemon.stopped().await.expect("drained");
}
