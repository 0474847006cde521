//! A sync that stops goes on where it stopped.

use crate::artifact::{content, run};
use crate::bench::{Bench, FixedClock, noon};
use crate::scripted::{Fault, Scripted};
use crate::tenant::tenant;
use c1z_file::{ArtifactWriter, SyncId, SyncRun, SyncType, WriterOptions};
use connector_runtime::{Observer, Phase, Progress};
use rusqlite::Connection;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const GOING_ON: &str = "going on with the sync that began at 2026-03-04T12:00:00Z, from sync.c1z.staging";

/// Fails at every single call in turn. The second run completes the first: same artifact, and no more calls are made
/// twice than were in flight.
fn check_fails_anywhere(workers: usize) {
    let undisturbed = Bench::with_workers(workers);
    let connector = Scripted::new(tenant(6));
    undisturbed.sync(&connector).expect("the sync succeeds");
    let (expected, total) = (content(&undisturbed.output()), connector.calls().len());
    assert!(total > 20, "only {total} calls");
    for nth in 1..=total {
        let bench = Bench::with_workers(workers);
        let first = Scripted::new(tenant(6))
            .shuffled(nth as u64)
            .faulty(nth, Fault::Stops);
        let error = bench.sync_fails(&first);
        assert!(
            error.starts_with("limit reached: too many calls; it happened while listing "),
            "{error}"
        );
        assert!(error.ends_with(" (8)"), "{error}");
        assert_eq!(bench.files(), ["sync.c1z.staging"], "at call {nth}");

        let second = Scripted::new(tenant(6));
        let report = bench.sync(&second).expect("the second run succeeds");
        assert_eq!(content(&bench.output()), expected, "at call {nth}");
        let twice = first.calls().len() + second.calls().len() - total;
        assert!(twice <= workers, "{twice} calls are made twice after call {nth}");
        assert_eq!(bench.files(), ["sync.c1z"], "at call {nth}");
        // What failed before its first answer has nothing to go on with.
        let messages: &[&str] = if report.resumed { &[GOING_ON] } else { &[] };
        assert_eq!(bench.messages(), messages);
        assert!(report.resumed || nth <= workers, "at call {nth}");
    }
}

#[test]
fn fails_anywhere_with_one_call_at_a_time() {
    check_fails_anywhere(1);
}

#[test]
fn fails_anywhere_with_many_calls_in_flight() {
    check_fails_anywhere(8);
}

/// No error of a listing is taken for its end, and whatever it is, what was read before it is kept.
#[test]
fn fails_with_any_code() {
    use connector_sdk::Code::*;
    let undisturbed = Bench::with_workers(1);
    let connector = Scripted::new(tenant(6));
    undisturbed.sync(&connector).expect("the sync succeeds");
    let (expected, total) = (content(&undisturbed.output()), connector.calls().len());
    // The second call is a listing in every run; later ones come in an order that depends on when pages are committed.
    let nth = 2;
    assert!(connector.calls()[nth - 1].starts_with("list "));
    for code in [
        Cancelled,
        Unknown,
        InvalidArgument,
        DeadlineExceeded,
        NotFound,
        AlreadyExists,
        PermissionDenied,
        ResourceExhausted,
        FailedPrecondition,
        Unimplemented,
        Internal,
        Unavailable,
        Unauthenticated,
    ] {
        let bench = Bench::with_workers(1);
        let first = Scripted::new(tenant(6)).faulty(nth, Fault::Fails(code));
        let error = bench.sync_fails(&first);
        let words = format!("{}: it does not go on here; it happened while ", code.words());
        assert!(error.starts_with(&words), "{error}");
        assert!(error.ends_with(&format!("({})", code.number())), "{error}");
        assert_eq!(bench.files(), ["sync.c1z.staging"], "{code:?}");

        let second = Scripted::new(tenant(6));
        let report = bench.sync(&second).expect("the second run succeeds");
        assert!(report.resumed, "{code:?}");
        assert_eq!(first.calls().len() + second.calls().len(), total + 1, "{code:?}");
        assert_eq!(content(&bench.output()), expected, "{code:?}");
    }
}

/// Given up by the person at the keyboard.
#[test]
fn interrupted() {
    let undisturbed = Bench::with_workers(4);
    undisturbed
        .sync(&Scripted::new(tenant(6)))
        .expect("the sync succeeds");
    let mut bench = Bench::with_workers(4);
    let first = Scripted::new(tenant(6)).faulty(9, Fault::Cancelled(bench.options.cancel.clone()));
    assert_eq!(
        bench.sync_fails(&first),
        "interrupted; what was read is kept in sync.c1z.staging (1)"
    );
    assert_eq!(bench.files(), ["sync.c1z.staging"]);

    bench.options.cancel = Default::default();
    let report = bench
        .sync(&Scripted::new(tenant(6)))
        .expect("the second run succeeds");
    assert!(report.resumed);
    assert_eq!(content(&bench.output()), content(&undisturbed.output()));
}

/// Given up while the artifact is written: there is none, and the next run writes it without asking for anything.
#[test]
fn interrupted_while_sealing() {
    check_interrupted_while_sealing(|| ());
}

/// Of several syncs of a process one sorts at a time, for minutes maybe; who waits for it can be stopped as well.
#[test]
fn interrupted_while_another_sorts() {
    let folder = tempfile::tempdir().expect("a folder");
    check_interrupted_while_sealing(|| {
        let sync = SyncRun::new(
            SyncId::new(noon(), [7; 16]).expect("an id"),
            noon(),
            SyncType::Full,
        );
        let output = folder.path().join("other.c1z");
        let mut other = ArtifactWriter::create(&output, WriterOptions::new(sync)).expect("a writer");
        other.sort_beside().expect("it is its turn");
        other
    });
}

/// A sync is given up while it seals and while this is held.
fn check_interrupted_while_sealing<T>(hold: impl FnOnce() -> T) {
    #[derive(Debug)]
    struct Impatient(CancellationToken);
    impl Observer for Impatient {
        fn progress(&self, progress: &Progress) {
            if progress.phase == Phase::Sealing {
                self.0.cancel();
            }
        }
    }
    let undisturbed = Bench::new();
    undisturbed
        .sync(&Scripted::new(tenant(6)))
        .expect("the sync succeeds");
    let mut bench = Bench::new();
    let patient = std::mem::replace(
        &mut bench.options.observer,
        Arc::new(Impatient(bench.options.cancel.clone())),
    );
    let held = hold();
    assert_eq!(
        bench.sync_fails(&Scripted::new(tenant(6))),
        "interrupted; what was read is kept in sync.c1z.staging (1)"
    );
    drop(held);
    assert_eq!(bench.files(), ["sync.c1z.staging"]);

    bench.options.cancel = CancellationToken::new();
    bench.options.observer = patient;
    let second = Scripted::new(tenant(6));
    let report = bench.sync(&second).expect("the second run succeeds");
    assert!(report.resumed);
    assert_eq!(second.calls(), Vec::<String>::new());
    assert_eq!(content(&bench.output()), content(&undisturbed.output()));
}

/// The machine stops at any call: what is on the disk then is enough to go on with.
#[test]
fn killed_anywhere() {
    let undisturbed = Bench::with_workers(1);
    let connector = Scripted::new(tenant(6));
    undisturbed.sync(&connector).expect("the sync succeeds");
    let expected = content(&undisturbed.output());
    for nth in 1..=connector.calls().len() {
        let (killed, next) = (Bench::with_workers(3), Bench::with_workers(3));
        let (from, to) = (killed.folder.path().to_owned(), next.folder.path().to_owned());
        let copy = move || {
            for file in ["sync.c1z.staging", "sync.c1z.staging-wal"] {
                match std::fs::copy(from.join(file), to.join(file)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
                    _ => {}
                }
            }
        };
        let first = Scripted::new(tenant(6)).faulty(nth, Fault::Meanwhile(Arc::new(copy)));
        killed.sync(&first).expect("nobody notices");
        next.sync(&Scripted::new(tenant(6)))
            .expect("the next run succeeds");
        assert_eq!(content(&next.output()), expected, "at call {nth}");
        assert_eq!(next.files(), ["sync.c1z"], "at call {nth}");
    }
}

/// Every run fails after a few calls. Each gets further than the one before.
#[test]
fn fails_again_and_again() {
    for (workers, calls) in [(1, 2), (1, 5), (4, 9)] {
        let undisturbed = Bench::with_workers(workers);
        let connector = Scripted::new(tenant(6));
        undisturbed.sync(&connector).expect("the sync succeeds");
        let bench = Bench::with_workers(workers);
        let mut runs = 1;
        while let Err(error) = {
            let connector = Scripted::new(tenant(6))
                .shuffled(runs)
                .faulty(calls, Fault::Stops);
            bench.sync(&connector)
        } {
            assert_eq!(error.code(), connector_sdk::Code::ResourceExhausted);
            runs += 1;
            assert!(runs as usize <= connector.calls().len(), "it gets no further");
        }
        assert!(runs > 2, "{runs} runs");
        assert_eq!(content(&bench.output()), content(&undisturbed.output()));
    }
}

/// A sync that was never begun has nothing to go on with, so it begins when it begins.
#[test]
fn what_asked_nothing_is_not_resumed() {
    let mut bench = Bench::new();
    let before = bench.options.cancel.clone();
    before.cancel();
    assert_eq!(
        bench.sync_fails(&Scripted::new(tenant(6))),
        "interrupted before anything was read (1)"
    );
    assert!(bench.files().is_empty());
    bench.options.cancel = Default::default();
    let first = Scripted::new(tenant(6)).faulty(1, Fault::Stops);
    bench.options.workers = 1;
    bench.sync_fails(&first);

    bench.options.cancel = Default::default();
    let later = noon() + jiff::SignedDuration::from_hours(20);
    bench.options.clock = Arc::new(FixedClock(later));
    let report = bench.sync(&Scripted::new(tenant(6))).expect("the sync succeeds");
    assert_eq!((report.started_at, report.resumed), (later, false));
    assert!(bench.messages().is_empty(), "{:?}", bench.messages());
}

#[test]
fn the_artifact_shows_when_the_first_run_began() {
    let mut bench = Bench::new();
    bench.sync_fails(&Scripted::new(tenant(6)).faulty(5, Fault::Stops));
    bench.options.clock = Arc::new(FixedClock(noon() + jiff::SignedDuration::from_hours(24)));
    let report = bench
        .sync(&Scripted::new(tenant(6)))
        .expect("the second run succeeds");
    assert_eq!(report.started_at, noon());
    assert_eq!(
        run(&bench.output()).started().expect("a time").to_string(),
        "2026-03-04 12:00:00"
    );
    assert_eq!(
        run(&bench.output())
            .ended()
            .expect("a time")
            .expect("it ended")
            .to_string(),
        "2026-03-05 12:00:00"
    );
}

/// A sync that stopped at its fifth call is changed like this, and then not gone on with.
fn check_set_aside(change: impl FnOnce(&mut Bench), why: &str) {
    let undisturbed = Bench::new();
    let connector = Scripted::new(tenant(6));
    undisturbed.sync(&connector).expect("the sync succeeds");
    let mut bench = Bench::with_workers(1);
    bench.sync_fails(&Scripted::new(tenant(6)).faulty(5, Fault::Stops));
    change(&mut bench);
    let second = Scripted::new(tenant(6));
    let report = bench.sync(&second).expect("the second run succeeds");
    assert!(!report.resumed);
    assert_eq!(second.calls().len(), connector.calls().len());
    let messages = bench.messages().join("\n");
    assert_eq!(
        messages,
        format!("set aside an unfinished sync as sync.c1z.staging.old: {why}")
    );
    assert_eq!(content(&bench.output()), content(&undisturbed.output()));
    // What was set aside goes with the sync that took its place.
    assert_eq!(bench.files(), ["sync.c1z"]);
}

#[test]
fn of_another_tenant() {
    check_set_aside(
        |bench| drop(bench.options.scope.insert("tenant".into(), "t-2".into())),
        r#"it belongs to tenant "t-1", not "t-2""#,
    );
}

#[test]
fn of_other_settings() {
    check_set_aside(
        |bench| drop(bench.options.scope.insert("tokens".into(), "true".into())),
        r#"it belongs to tokens "", not "true""#,
    );
    check_set_aside(
        |bench| drop(bench.options.scope.remove("tenant")),
        "it was made with other settings",
    );
}

#[test]
fn of_other_resource_types() {
    check_set_aside(
        |bench| bench.options.resource_types = Some(vec!["user".into(), "group".into(), "app".into()]),
        r#"it belongs to resource types "", not "app,group,user""#,
    );
}

#[test]
fn of_another_version() {
    check_set_aside(
        |bench| {
            let db = Connection::open(bench.staging()).expect("the staging file");
            db.execute("update meta set value = '0' where key = 'version'", [])
                .expect("a change");
        },
        "it was written by another version of this program",
    );
}

#[test]
fn of_the_day_before() {
    check_set_aside(
        |bench| {
            let late = noon() + jiff::SignedDuration::from_secs(24 * 3600 + 1);
            bench.options.clock = Arc::new(FixedClock(late));
        },
        "it has got no further for more than a day, since 2026-03-04T12:00:00Z",
    );
}

/// A large organization at a low limit takes days. What counts is when an answer came, not when a run began.
#[test]
fn a_sync_that_gets_further_does_not_grow_old() {
    for (faulty, resumed) in [(3, true), (1, false)] {
        let mut bench = Bench::with_workers(1);
        bench.sync_fails(&Scripted::new(tenant(6)).faulty(5, Fault::Stops));
        let after = |hours| Arc::new(FixedClock(noon() + jiff::SignedDuration::from_hours(hours)));
        bench.options.clock = after(20);
        bench.sync_fails(&Scripted::new(tenant(6)).faulty(faulty, Fault::Stops));
        bench.options.clock = after(40);
        let report = bench.sync(&Scripted::new(tenant(6))).expect("it ends");
        assert_eq!(
            report.resumed, resumed,
            "stopped at call {faulty} of the second run"
        );
    }
}

#[test]
fn of_nobody_knows_what() {
    check_set_aside(
        |bench| std::fs::write(bench.staging(), "not a database").expect("a file"),
        "it cannot be read: file is not a database",
    );
}

/// A kill in the first moment leaves a file without tables: there is nothing to set aside, and nothing to tell.
#[test]
fn killed_before_there_were_tables() {
    let bench = Bench::new();
    std::fs::write(bench.staging(), "").expect("a file");
    let report = bench.sync(&Scripted::new(tenant(4))).expect("the sync succeeds");
    assert!(!report.resumed);
    assert!(bench.messages().is_empty(), "{:?}", bench.messages());
    assert_eq!(bench.files(), ["sync.c1z"]);
}

/// What is no file is left alone, and named.
#[test]
fn a_folder_in_its_place_is_refused() {
    let bench = Bench::new();
    std::fs::create_dir(bench.staging()).expect("a folder");
    let error = bench.sync_fails(&Scripted::new(tenant(4)));
    assert_eq!(error, "sync.c1z.staging is in the way: it is a folder (9)");
    assert_eq!(bench.files(), ["sync.c1z.staging"]);
    assert!(bench.messages().is_empty(), "{:?}", bench.messages());
}

/// What could not even be begun leaves nothing that the next run would tell of. Here something is in the way of its log.
#[test]
fn what_cannot_be_begun_leaves_nothing() {
    let bench = Bench::new();
    let log = bench.staging().with_extension("staging-wal");
    std::fs::create_dir(&log).expect("a folder");
    bench.sync_fails(&Scripted::new(tenant(4)));
    assert_eq!(bench.files(), ["sync.c1z.staging-wal"]);
    std::fs::remove_dir(&log).expect("an empty folder");
    bench.sync(&Scripted::new(tenant(4))).expect("the sync succeeds");
    assert!(bench.messages().is_empty(), "{:?}", bench.messages());
}

/// A page of the file is lost, after a power cut say: whichever it is, the sync starts again or does without it.
#[test]
fn of_a_damaged_disk() {
    const PAGE: usize = 4096;
    let undisturbed = Bench::new();
    undisturbed
        .sync(&Scripted::new(tenant(6)))
        .expect("the sync succeeds");
    let expected = content(&undisturbed.output());
    let stopped = || {
        let bench = Bench::with_workers(1);
        bench.sync_fails(&Scripted::new(tenant(6)).faulty(12, Fault::Stops));
        let bytes = std::fs::read(bench.staging()).expect("the staging file");
        (bench, bytes)
    };
    let pages = stopped().1.len() / PAGE;
    assert!(pages > 10, "{pages} pages");
    let mut damaged = 0;
    for page in 0..pages {
        let (bench, mut bytes) = stopped();
        bytes[page * PAGE..][..PAGE].fill(0xa5);
        std::fs::write(bench.staging(), bytes).expect("a file");
        bench
            .sync(&Scripted::new(tenant(6)))
            .expect("the second run succeeds");
        assert_eq!(content(&bench.output()), expected, "with a damaged page {page}");
        let messages = bench.messages().join("\n");
        let set_aside = messages.starts_with("set aside an unfinished sync as sync.c1z.staging.old: it ");
        assert!(set_aside || messages == GOING_ON, "{messages}");
        damaged += usize::from(messages.contains("it is damaged: "));
    }
    assert!(damaged > 0, "a check finds what opening does not");
}

#[test]
fn two_at_once() {
    let bench = Bench::new();
    bench.sync_fails(&Scripted::new(tenant(6)).faulty(5, Fault::Stops));
    let other = Connection::open(bench.staging()).expect("the staging file");
    other
        .pragma_update(None, "locking_mode", "exclusive")
        .expect("a lock");
    other.execute_batch("begin exclusive; commit;").expect("a lock");
    assert_eq!(
        bench.sync_fails(&Scripted::new(tenant(6))),
        "another sync is at work on sync.c1z.staging (9)"
    );
    drop(other);
    assert!(
        bench
            .sync(&Scripted::new(tenant(6)))
            .expect("the sync succeeds")
            .resumed
    );
}

/// Two that start at once: until one of them has opened the file or begun it again, it is nobody else's turn.
#[test]
fn two_that_start_at_once() {
    let bench = Bench::new();
    let lock = bench.folder.path().join("sync.c1z.staging-lock");
    let other = std::fs::File::create(&lock).expect("a file");
    other.lock().expect("a lock");
    let connector = Scripted::new(tenant(6));
    assert_eq!(
        bench.sync_fails(&connector),
        "another sync is at work on sync.c1z.staging (9)"
    );
    assert!(connector.calls().is_empty());
    // The other process is gone, and its file is left.
    drop(other);
    bench.sync(&connector).expect("the sync succeeds");
    assert_eq!(bench.files(), ["sync.c1z"]);
}
