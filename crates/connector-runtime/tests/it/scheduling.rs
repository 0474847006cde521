//! Many calls at a time: the result does not depend on which is answered first.

use crate::artifact::{content, show};
use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::Scripted;
use crate::tenant::tenant;
use connector_runtime::{Observer, Phase, Progress};
use std::sync::{Arc, Mutex, PoisonError};

#[test]
fn same_tenant_same_artifact() {
    let bench = Bench::with_workers(1);
    let report = bench.sync(&Scripted::new(tenant(24))).expect("the sync succeeds");
    let (expected, shown) = (content(&bench.output()), show(&bench.output(), &report));
    for seed in 0..24 {
        let bench = Bench::with_workers([64, 3, 17][seed as usize % 3]);
        let report = bench
            .sync(&Scripted::new(tenant(24)).shuffled(seed))
            .expect("the sync succeeds");
        // For people first: it says what differs.
        assert_eq!(show(&bench.output(), &report), shown, "with the seed {seed}");
        assert_eq!(content(&bench.output()), expected, "with the seed {seed}");
    }
}

#[test]
fn every_call_is_made_once() {
    let made = |connector: &Scripted| {
        let mut calls = connector.calls();
        calls.sort();
        calls
    };
    let one = Scripted::new(tenant(24));
    Bench::with_workers(1).sync(&one).expect("the sync succeeds");
    let many = Scripted::new(tenant(24)).shuffled(7);
    Bench::with_workers(64).sync(&many).expect("the sync succeeds");
    let calls = made(&one);
    assert_eq!(made(&many), calls);
    let mut once = calls.clone();
    once.dedup();
    assert_eq!(once, calls);
    assert_eq!(one.most_in_flight(), 1);
}

/// What is told while it reads: never more done than known, at the end all of it.
#[test]
fn progress_is_told() {
    #[derive(Default)]
    struct Told(Mutex<Vec<Progress>>);
    impl Observer for Told {
        fn progress(&self, progress: &Progress) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(progress.clone());
        }
    }
    let mut bench = Bench::with_workers(8);
    let told = Arc::new(Told::default());
    bench.options.observer = Arc::<Told>::clone(&told);
    let connector = Scripted::new(tenant(24)).shuffled(5);
    bench.sync(&connector).expect("the sync succeeds");
    let told = told.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (last, reading) = told.split_last().expect("something is told");
    assert_eq!(last.phase, Phase::Sealing);
    for progress in reading {
        assert_eq!(progress.phase, Phase::Reading);
        assert!(progress.calls_done <= progress.calls_known, "{progress:?}");
    }
    let read = reading.last().expect("something is read");
    let about_resources = |c: &&String| !c.starts_with("list ") && !c.contains(" @ ");
    let calls = connector.calls().iter().filter(about_resources).count() as u64;
    assert_eq!((read.calls_done, read.calls_known), (calls, calls));
    let listed = [
        ("app".to_owned(), 2),
        ("group".to_owned(), 8),
        ("user".to_owned(), 24),
    ];
    assert_eq!(read.resources, listed.into());
}

#[test]
fn calls_are_in_flight_up_to_the_ceiling() {
    /// Sixty accounts; those before the last of `together` are answered only once that one has been asked for.
    fn waiting(together: usize) -> Scripted {
        let mut script = String::from("type user user grants\nlist user\n");
        for n in 1..=60 {
            script += &format!("resource user/{n}\n");
        }
        for n in 1..together {
            script += &format!("grants user/{n}\nwait grants user/{together}\n");
        }
        Scripted::new(Script::parse(&script))
    }
    let connector = waiting(16);
    Bench::with_workers(16)
        .sync(&connector)
        .expect("the sync succeeds");
    assert_eq!(connector.most_in_flight(), 16);
    let connector = waiting(40);
    Bench::new().sync(&connector).expect("the sync succeeds");
    assert!(
        connector.most_in_flight() >= 40,
        "{} by itself",
        connector.most_in_flight()
    );
}

/// No listing has to be complete before the access of what it has listed is asked for: here it does not go on before.
#[test]
fn no_phase_waits_for_another() {
    let connector = Scripted::new(Script::parse(
        "
        type app app
        type user user grants
        list user
        resource user/1
        next p2
        page p2
        wait grants user/1
        resource user/2
        list app
        wait grants user/2
        resource app/a
        ",
    ));
    let report = Bench::with_workers(3)
        .sync(&connector)
        .expect("the sync succeeds");
    assert_eq!(report.resources["user"], 2);
    assert_eq!(report.resources["app"], 1);
}

/// When a page is known to be kept, its successor has been asked for, even where one call at a time is made.
#[test]
fn the_next_page_is_asked_for_while_the_last_one_is_kept() {
    struct Told {
        connector: Scripted,
        /// Users that are kept, and calls that were made by then.
        told: Mutex<Vec<(u64, usize)>>,
    }
    impl Observer for Told {
        fn progress(&self, progress: &Progress) {
            let kept = progress.resources.get("user").copied().unwrap_or_default();
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.push((kept, self.connector.calls().len()));
        }
    }
    let connector = Scripted::new(Script::parse(
        "
        type user user
        list user
        resource user/1
        next p2
        page p2
        resource user/2
        next p3
        page p3
        resource user/3
        ",
    ));
    let told = Arc::new(Told {
        connector: connector.clone(),
        told: Mutex::default(),
    });
    let mut bench = Bench::with_workers(1);
    bench.options.observer = Arc::<Told>::clone(&told);
    bench.sync(&connector).expect("the sync succeeds");
    let told = told.told.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(told.len() >= 3, "{told:?}");
    for (kept, asked) in told.iter() {
        assert!(*asked >= 3.min(*kept as usize + 1), "{told:?}");
    }
}
