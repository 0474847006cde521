//! Daemons that die, stop and replace each other: every task is finished, once.

use crate::company::Company;
use crate::daemon::{PATIENCE, Place, Uploaded};
use atlassian_sim::{OrgSpec, Quirks, WriteLog};
use c1_standin::{Finished, tasks};
use connector_sdk::proto::connectorapi::baton::v1::Task;
use connector_sdk::proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use connector_sdk::proto::wkt;
use std::net::TcpListener;
use std::time::Duration;

/// How often C1 wants to hear of a task. One that it has not heard of three times is given to somebody else.
const HEARTBEAT: Duration = Duration::from_millis(400);

/// A place whose vendor takes its time, so that a sync can be interrupted.
fn place(latency: Duration) -> Place {
    let spec = OrgSpec::small(30).with_quirks(Quirks::none());
    let company = Company::built(spec, |simulator| simulator.latency(latency));
    Place::of(company, HEARTBEAT)
}

fn is_done(finished: &Finished) -> bool {
    matches!(finished.request.final_state, Some(FinalState::Success(_)))
}

impl Place {
    /// Waits until a task is with a host.
    fn taken(&self, task: &str) -> String {
        for _ in 0..PATIENCE.as_millis() / 20 {
            if let Some(holder) = self.standin.holder(task) {
                return holder;
            }
            self.waited(Duration::from_millis(20));
        }
        panic!("nobody takes the task")
    }

    fn applied(&self) -> Vec<WriteLog> {
        let writes = self.company.writes();
        writes.into_iter().filter(|write| write.applied).collect()
    }
}

/// Of two replicas the one that syncs is killed: the other has the task as soon as the lease ends, and uploads once.
#[test]
fn the_second_replica_takes_over() {
    let place = place(Duration::from_millis(60));
    let mut replicas: Vec<_> = ["replica-0", "replica-1"]
        .into_iter()
        .map(|name| (name, place.replica(name, None)))
        .collect();
    while place.standin.hellos().len() < 2 {
        place.waited(Duration::from_millis(20));
    }
    let task = place.standin.hand_out(tasks::full_sync());
    let first = place.taken(&task);
    place.waited(Duration::from_millis(300));
    assert!(
        place.standin.uploads().is_empty(),
        "the sync was over before the kill"
    );
    let at = replicas.iter().position(|(name, _)| *name == first).unwrap();
    replicas.remove(at).1.kill();

    // The lease, and a poll.
    let lease = HEARTBEAT * 3 + Duration::from_secs(1);
    let mut waited = Duration::ZERO;
    while place.standin.holder(&task).is_none_or(|holder| holder == first) {
        assert!(waited < lease, "nobody took over within {lease:?}");
        place.waited(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
    assert!(is_done(&place.finished(1)));
    let uploads = place.standin.uploads();
    assert_eq!(uploads.len(), 1);
    assert_eq!(uploads[0].host_id, replicas[0].0);
    assert_eq!(place.standin.violations(), [""; 0]);
}

/// Killed at seeded moments of syncs, changes and actions: each is finished by the next process, and no change is made twice.
/// `KILLS` says how often.
#[test]
fn killed_at_seeded_moments() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a proof takes is a matter of who runs it, not of the program"
    )]
    let kills = std::env::var("KILLS").map_or(10, |kills| kills.parse().unwrap());
    let place = place(Duration::from_millis(5));
    place.standin.hand_out(tasks::full_sync());
    let daemon = place.started(Some("true"));
    assert!(is_done(&place.finished(1)));
    drop(daemon);
    let uploaded = Uploaded::of(&place.standin.uploads()[0].bytes, place.company.folder.path());
    let (grant, entitlement, principal) = uploaded.membership();
    let account = principal.id.clone().unwrap().resource;
    let action = |name: &str| {
        let arguments = wkt::object([("user_id", account.clone().into())]);
        tasks::invoke(name, arguments)
    };
    // Each of these changes something, because the one before it left it so.
    let mut changes: Vec<Box<dyn Fn() -> Task>> = vec![
        Box::new(|| tasks::revoke(grant.clone())),
        Box::new(|| tasks::grant(entitlement.clone(), principal.clone())),
        Box::new(|| action("disable_user")),
        Box::new(|| action("enable_user")),
    ];
    changes.insert(0, Box::new(tasks::full_sync));

    let mut seed = 11_u64;
    for nth in 0..kills {
        let change = &changes[nth % changes.len()];
        let is_sync = nth % changes.len() == 0;
        let before = place.applied().len();
        place.standin.hand_out(change());
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let moment = Duration::from_millis((seed >> 33) % 1200);
        let daemon = place.started(Some("true"));
        place.waited(moment);
        daemon.kill();
        let daemon = place.started(Some("true"));
        let finished = place.finished(nth + 2);
        assert!(
            is_done(&finished),
            "kill {nth} after {moment:?}: {:?}",
            finished.request
        );
        let applied = place.applied();
        let one = usize::from(!is_sync);
        assert_eq!(
            applied.len() - before,
            one,
            "kill {nth} after {moment:?}: {:?}",
            &applied[before..]
        );
        drop(daemon);
    }
    assert_eq!(place.standin.violations(), [""; 0]);
}

/// Asked to stop while it has nothing to do, syncs, makes a change, or does not reach C1: it leaves in time, and what it left
/// is finished by the next process.
#[cfg(unix)]
#[test]
fn asked_to_stop_in_every_state() {
    let place = place(Duration::from_millis(120));
    let folder = place.company.folder.path().to_owned();

    let idle = place.started(Some("true"));
    while place.standin.hellos().is_empty() {
        place.waited(Duration::from_millis(20));
    }
    assert_eq!(idle.stopped(&folder).exit, Some(0));

    // A sync: what was read is kept, C1 is told, and the task that comes again goes on from there.
    let syncs = place.started(Some("true"));
    let task = place.standin.hand_out(tasks::full_sync());
    place.taken(&task);
    let asked = place.company.requests();
    while place.company.requests() < asked + 12 {
        place.waited(Duration::from_millis(5));
    }
    let stopped = syncs.stopped(&folder);
    assert_eq!(stopped.exit, Some(0), "{}", stopped.stderr);
    let told = place.finished(1);
    assert!(!is_done(&told) && place.standin.uploads().is_empty());
    let status = told.request.status.unwrap();
    assert!(status.message.contains("goes on from where"), "{status:?}");
    let asked = place.company.requests();
    place.standin.hand_out(tasks::full_sync());
    let syncs = place.started(Some("true"));
    assert!(is_done(&place.finished(2)));
    let resumed = place.company.requests() - asked;
    drop(syncs);
    let asked = place.company.requests();
    place.standin.hand_out(tasks::full_sync());
    let whole = place.started(Some("true"));
    assert!(is_done(&place.finished(3)));
    let whole_sync = place.company.requests() - asked;
    assert!(resumed < whole_sync, "{resumed} of {whole_sync} requests");

    // A change is carried out to its end, and told.
    let uploads = place.standin.uploads();
    let (grant, _, _) = Uploaded::of(&uploads.last().unwrap().bytes, &folder).membership();
    let task = place.standin.hand_out(tasks::revoke(grant));
    place.taken(&task);
    let stopped = whole.stopped(&folder);
    assert_eq!(stopped.exit, Some(0), "{}", stopped.stderr);
    assert!(is_done(&place.finished(4)));
    assert_eq!(place.applied().len(), 1);

    // C1 does not answer: there is nothing to tell and nobody to tell it to.
    let mut nobody = place.program(&[]);
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    nobody
        .env("BATON_C1_API_HOST", "localhost:1")
        .env("BATON_HEALTH_CHECK", "true")
        .env("BATON_HEALTH_CHECK_PORT", port.to_string());
    let nobody = crate::daemon::Daemon::of(nobody);
    let probe = |endpoint: &str| {
        let mut probe = place.program(&["health-check", "--endpoint", endpoint]);
        probe.env("BATON_HEALTH_CHECK_PORT", port.to_string());
        probe.output().unwrap().status.code()
    };
    // It lives, so that nobody starts it again, and is not ready.
    let lives = (0..200).any(|_| {
        place.waited(Duration::from_millis(20));
        probe("live") == Some(0)
    });
    assert!(lives && probe("ready") == Some(14));
    assert_eq!(nobody.stopped(&folder).exit, Some(0));
    assert_eq!(place.standin.violations(), [""; 0]);
}
