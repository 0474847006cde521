//! Many tasks over a connection that fails one time in ten: each result is delivered once, and nothing piles up.

use crate::harness::{ANSWER_TIMEOUT, Hurried, Place, Setting, faults, told};
use c1_standin::{Call, Fault, tasks};
use connector_proto::connector::v2;
use http_kit::{Clock, SystemClock};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tonic::Code;

/// How many tasks, in the gate. `TASKS` says another number.
const TASKS: usize = 300;

/// One call in ten fails, in each of the ways there are, whatever its method.
fn one_in_ten(call: &Call) -> Option<Fault> {
    // No two methods fail at the same time.
    let turn = call.nth.wrapping_mul(7).wrapping_add(call.method.len() as u64);
    turn.is_multiple_of(10).then_some(match turn / 10 % 3 {
        0 => Fault::Refuse(Code::Unavailable),
        1 => Fault::Refuse(Code::ResourceExhausted),
        _ => Fault::Lost,
    })
}

/// Memory of this process in use, in KiB; `None` where the system does not tell.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_result_is_delivered_once_though_one_call_in_ten_fails() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a proof takes is a matter of who runs it, not of the crate"
    )]
    let count = std::env::var("TASKS").map_or(TASKS, |tasks| tasks.parse().expect("a number"));
    let mut place = Place::new(Setting {
        faults: Arc::new(one_in_ten),
        heartbeat: Duration::from_millis(500),
        speed: 50,
        ..Setting::default()
    })
    .await;
    place.concurrency = 10;
    place.batch = true;
    let mut expected = BTreeSet::new();
    let daemon = place.daemon();
    let (mut early, mut handed_out) = (None, 0);
    while handed_out < count {
        // In parts, as they come in a day.
        for nth in handed_out..(handed_out + 50).min(count) {
            let task = if nth % 2 == 0 {
                tasks::revoke(v2::Grant::default())
            } else {
                tasks::grant(v2::Entitlement::default(), v2::Resource::default())
            };
            expected.insert(place.standin.hand_out(task));
        }
        handed_out = expected.len();
        let finished = place.standin.finished(handed_out, ANSWER_TIMEOUT).await;
        assert_eq!(finished.len(), handed_out, "tasks are left");
        if handed_out >= 100 && early.is_none() {
            early = memory();
        }
    }
    // What was lost on the way back is told again, and refused as known.
    let finished = place.standin.finished(count, ANSWER_TIMEOUT).await;
    let ids: BTreeSet<String> = finished.iter().map(|one| one.request.task_id.clone()).collect();
    assert_eq!((finished.len(), ids), (count, expected));
    let mut results = BTreeMap::new();
    for one in &finished {
        *results.entry(told(one)).or_insert(0) += 1;
    }
    let half = count / 2;
    let each = [
        ("GrantManagerServiceGrantResponse".to_owned(), half),
        ("GrantManagerServiceRevokeResponse".to_owned(), count - half),
    ];
    assert_eq!(results, BTreeMap::from(each));
    assert_eq!(place.asked(), count, "a task was carried out twice");
    while place.keeps(|name| name != "lock") {
        SystemClock.sleep(Duration::from_millis(20)).await;
    }
    daemon.stopped().await.expect("drained");
    assert_eq!(place.standin.violations(), [""; 0]);
    if let (Some(early), Some(late)) = (early, memory()) {
        let grown = late.saturating_sub(early);
        let line = format!("{count} tasks: {early} KiB after 100, {late} KiB at the end, stand-in included");
        writeln!(std::io::stdout(), "{line}").expect("stdout can be written");
        // The stand-in keeps every task and every result.
        assert!(grown < 8 * 1024 + count as u64 * 8, "{line}");
    }
}

/// A day in which nothing is to be done, in injected time: tokens are replaced, C1 is asked again and again, and nothing piles up.
/// In a process of its own: the memory of this one is that of every test beside it.
#[test]
fn an_idle_day_leaves_nothing_behind() {
    const ALONE: &str = "IDLE_DAY_ALONE";
    #[expect(
        clippy::disallowed_methods,
        reason = "tells the process from the one that it was started by"
    )]
    let is_alone = std::env::var_os(ALONE).is_some();
    if is_alone {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        return runtime.expect("a runtime").block_on(idle_day());
    }
    let own = std::env::current_exe().expect("this program");
    let ran = std::process::Command::new(own)
        .args([
            "--exact",
            "many::an_idle_day_leaves_nothing_behind",
            "--nocapture",
        ])
        .env(ALONE, "1")
        .output()
        .expect("started");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    write!(std::io::stdout(), "{told}").expect("stdout can be written");
}

async fn idle_day() {
    const DAY: Duration = Duration::from_hours(24);
    let polls = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&polls);
    let place = Place::new(Setting {
        faults: faults("GetTask", move |_| {
            counts.fetch_add(1, Ordering::Relaxed);
            None
        }),
        poll: Duration::from_secs(30),
        speed: 10_000,
        ..Setting::default()
    })
    .await;
    let clock = Hurried(place.speed);
    let daemon = place.daemon();
    // The first hours fill caches and pools.
    clock.sleep(DAY / 4).await;
    let (early, began) = (memory(), clock.elapsed());
    clock.sleep(DAY).await;
    let (late, passed) = (memory(), clock.elapsed().saturating_sub(began));
    let polls = polls.load(Ordering::Relaxed);
    assert!(passed >= DAY && polls > 100, "{polls} polls in {passed:?}");
    assert_eq!(place.standin.hellos().len(), 1);
    assert!(!place.keeps(|name| name != "lock"));
    // It still works.
    place
        .standin
        .hand_out(tasks::grant(v2::Entitlement::default(), v2::Resource::default()));
    assert_eq!(place.standin.finished(1, ANSWER_TIMEOUT).await.len(), 1);
    while place.keeps(|name| name != "lock") {
        SystemClock.sleep(Duration::from_millis(20)).await;
    }
    daemon.stopped().await.expect("drained");
    assert_eq!(place.standin.violations(), [""; 0]);
    if let (Some(early), Some(late)) = (early, late) {
        let line = format!("an idle day: {early} KiB after a quarter, {late} KiB at its end, {polls} polls");
        writeln!(std::io::stdout(), "{line}").expect("stdout can be written");
        assert!(late.saturating_sub(early) < 4 * 1024, "{line}");
    }
}
