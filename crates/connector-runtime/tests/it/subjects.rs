//! One resource that cannot be read costs its own rows, never the whole.

use crate::artifact::content;
use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::Scripted;
use connector_runtime::SyncReport;
use std::fmt::Write as _;

/// Users who each hold a role of an app, as they say and as their group says.
fn script(users: usize, more: &str) -> Script {
    let mut text = String::from(
        "
        type app app
        type group group grants
        type user user grants covers=app
        list app
        resource app/a
        can app/a use
        list group
        resource group/g
        can group/g member
        grants group/g
        grant app/a use <- group/g via=member types=user
        ",
    );
    for n in 0..users {
        writeln!(text, "grant group/g member <- user/{n}").expect("text");
    }
    text.push_str("list user\n");
    for n in 0..users {
        writeln!(text, "resource user/{n}").expect("text");
    }
    for n in 0..users {
        writeln!(text, "grants user/{n}\ngrant app/a use <- user/{n} conditional").expect("text");
    }
    text.push_str(more);
    Script::parse(&text)
}

/// The gaps of a kind: how many, and the first.
fn gaps(report: &SyncReport) -> Vec<(String, u64, String)> {
    let first = |gap: &connector_runtime::NoticeSummary| {
        let example = &gap.examples[0];
        let line = format!("{}: {}", example.subject, example.detail);
        (gap.kind.clone(), gap.count, line)
    };
    report.gaps().map(first).collect()
}

fn times(connector: &Scripted, call: &str) -> usize {
    connector.calls().iter().filter(|made| *made == call).count()
}

/// What fails once is asked again, and the artifact is that of a sync in which nothing failed.
#[test]
fn what_fails_once_leaves_no_trace() {
    let undisturbed = Bench::new();
    undisturbed
        .sync(&Scripted::new(script(20, "")))
        .expect("the sync succeeds");
    for fails in [
        "fail internal 1",
        "fail not-found 1 404",
        "fail unavailable 1",
        "fail panic 1",
        "fail unavailable 1 later",
    ] {
        let bench = Bench::new();
        let connector = Scripted::new(script(20, &format!("grants user/7\n{fails}")));
        let report = bench.sync(&connector).expect("the sync succeeds");
        assert_eq!(gaps(&report), [], "{fails}");
        assert_eq!(times(&connector, "grants user/7"), 2, "{fails}");
        assert_eq!(
            content(&bench.output()),
            content(&undisturbed.output()),
            "{fails}"
        );
    }
}

/// For good it is a gap that names the resource; nothing that others say of it is called unconfirmed.
#[test]
fn what_fails_for_good_is_a_gap_of_its_own() {
    let words = "it cannot be read";
    for (fails, asked, told) in [
        ("fail internal always", 2, format!("not understood: {words}")),
        (
            "fail not-found always 404",
            2,
            format!("not found: {words} (status 404)"),
        ),
        ("fail unavailable always later", 2, format!("unreachable: {words}")),
        (
            "fail panic always",
            2,
            "not understood: the connector panicked, which is a defect of it: nobody thought of grants user/7"
                .to_owned(),
        ),
        (
            "next round\npage round\nnext round",
            1,
            "not understood: the next page has a token that this listing had before, so it would never end"
                .to_owned(),
        ),
    ] {
        let bench = Bench::new();
        let connector = Scripted::new(script(20, &format!("grants user/7\n{fails}")));
        let report = bench.sync(&connector).expect("the sync succeeds");
        let line = format!("user:7: listing grants of user:7 (7): {told}");
        assert_eq!(
            gaps(&report),
            [("unreadable_subject".to_owned(), 1, line)],
            "{fails}"
        );
        assert_eq!(report.held.overstated, 0, "{fails}");
        assert_eq!(report.resources["user"], 20, "{fails}");
        assert!(times(&connector, "grants user/7") >= asked, "{fails}");
        assert_eq!(bench.files(), ["sync.c1z"], "{fails}");
    }
}

/// What cost its whole time again and again is not asked once more, and others of its kind are none the worse.
#[test]
fn what_used_up_its_time_is_given_up_at_once() {
    let connector = Scripted::new(script(20, "grants user/7\nfail unavailable always exhausted"));
    let report = Bench::new().sync(&connector).expect("the sync succeeds");
    let line = "user:7: listing grants of user:7 (7): unreachable: it cannot be read".to_owned();
    assert_eq!(gaps(&report), [("unreadable_subject".to_owned(), 1, line)]);
    assert_eq!(times(&connector, "grants user/7"), 1);
}

/// What was read before the page that fails stays.
#[test]
fn rows_before_the_failure_stay() {
    let bench = Bench::new();
    let more = "grants user/7\ngrant app/a admin <- user/7\nnext p2\npage p2\nfail internal always";
    let report = bench
        .sync(&Scripted::new(script(20, more)))
        .expect("the sync succeeds");
    assert_eq!(gaps(&report).len(), 1);
    assert_eq!(
        report.held.direct,
        20 + 1 + 1,
        "members, the role of the group, and the admin"
    );
}

/// Ten that fail are one endpoint where they are more than half; the next run asks them all again.
#[test]
fn many_that_fail_are_the_endpoint() {
    let failing = |which: std::ops::Range<usize>| {
        let mut more = String::new();
        for n in which {
            writeln!(more, "grants user/{n}\nfail unavailable always later").expect("text");
        }
        more
    };
    // The first ten of them are all there is so far.
    let bench = Bench::with_workers(1);
    let error = bench.sync_fails(&Scripted::new(script(40, &failing(0..12))));
    assert_eq!(
        error,
        "unreachable: it cannot be read; it happened while listing grants of user:9 (9), and 10 of 10 calls like it \
         failed, so one resource is not the reason (14)"
    );
    assert_eq!(bench.files(), ["sync.c1z.staging"]);
    let report = bench
        .sync(&Scripted::new(script(40, "")))
        .expect("the next run succeeds");
    assert!(report.resumed);
    assert_eq!(gaps(&report), []);

    // Of 40 the last twelve are fewer than half.
    let bench = Bench::with_workers(1);
    let report = bench
        .sync(&Scripted::new(script(40, &failing(28..40))))
        .expect("the sync succeeds");
    assert_eq!(gaps(&report)[0].1, 12);

    // Nine of nine are nine gaps.
    let report = Bench::new()
        .sync(&Scripted::new(script(9, &failing(0..9))))
        .expect("the sync succeeds");
    assert_eq!(gaps(&report)[0].1, 9);
}

/// After an outage that ends meanwhile all are asked once more; of one that lasts, one of them.
#[test]
fn an_outage_is_waited_for_once() {
    for (times, gaps_left, asked) in [("1", 0, 2 * 9), ("always", 9, 9 + 1)] {
        let mut more = String::new();
        for n in 20..29 {
            writeln!(more, "grants user/{n}\nfail unavailable {times} later").expect("text");
        }
        let connector = Scripted::new(script(40, &more));
        let report = Bench::new().sync(&connector).expect("the sync succeeds");
        assert_eq!(gaps(&report).first().map_or(0, |gap| gap.1), gaps_left, "{times}");
        let calls = connector.calls();
        let failed = |call: &&String| (20..29).any(|n| **call == format!("grants user/{n}"));
        assert_eq!(calls.iter().filter(failed).count(), asked, "{times}");
    }
}

/// The next run counts what the one before decided, so a few that fail do not look like all.
#[test]
fn a_resumed_run_remembers_what_was_decided() {
    let mut more = String::new();
    for n in 20..32 {
        writeln!(more, "grants user/{n}\nfail unavailable always later").expect("text");
    }
    let bench = Bench::with_workers(1);
    let down = format!("validate\nrefuse-later \"the tenant is down\"\n{more}");
    let error = bench.sync_fails(&Scripted::new(script(32, &down)));
    assert_eq!(
        error,
        "not authenticated: the tenant is down; it happened while checking the configuration (16)"
    );
    let report = bench
        .sync(&Scripted::new(script(32, &more)))
        .expect("the next run succeeds");
    assert!(report.resumed);
    assert_eq!(gaps(&report)[0].1, 12);
}

/// Nobody can tell a resource that fails from a tenant that is gone, so the tenant is asked before a gap is named.
#[test]
fn a_tenant_that_is_gone_is_no_gap() {
    let bench = Bench::new();
    let more = "validate\nrefuse-later \"gone\"\ngrants user/7\nfail unavailable always later";
    let connector = Scripted::new(script(20, more));
    assert!(bench.sync_fails(&connector).ends_with("(16)"));
    assert_eq!(connector.validated(), 2);
    let report = bench
        .sync(&Scripted::new(script(20, "")))
        .expect("the next run succeeds");
    assert_eq!((report.resumed, gaps(&report)), (true, vec![]));
    // Where nothing fails, it is asked once.
    let connector = Scripted::new(script(20, ""));
    Bench::new().sync(&connector).expect("the sync succeeds");
    assert_eq!(connector.validated(), 1);
}

/// A credential that is no longer accepted is nobody's gap.
#[test]
fn a_refused_credential_ends_it_at_once() {
    let bench = Bench::with_workers(1);
    let connector = Scripted::new(script(20, "grants user/7\nfail unauthenticated always 401"));
    assert_eq!(
        bench.sync_fails(&connector),
        "not authenticated: it cannot be read (status 401, request id r-1); it happened while listing grants of user:7 \
         (7) (16)"
    );
    assert_eq!(times(&connector, "grants user/8"), 0);
}

/// A listing of resources is what all else waits for: a doubtful answer is asked for once more, then it is an error.
#[test]
fn a_listing_is_asked_for_once_more() {
    let undisturbed = Bench::new();
    undisturbed
        .sync(&Scripted::new(script(20, "")))
        .expect("the sync succeeds");
    for fails in ["fail internal 1 404", "fail not-found 1 404"] {
        let bench = Bench::new();
        let connector = Scripted::new(script(20, &format!("list user\n{fails}")));
        bench.sync(&connector).expect("the sync succeeds");
        assert_eq!(
            content(&bench.output()),
            content(&undisturbed.output()),
            "{fails}"
        );
    }
    let connector = Scripted::new(script(20, "list user\nfail not-found always 404"));
    let error = Bench::new().sync_fails(&connector);
    assert_eq!(
        error,
        "not found: it cannot be read (status 404, request id r-1); it happened while listing resources of type user (5)"
    );
    assert_eq!(times(&connector, "list user"), 2);
}

/// A panic in a listing names the call, and the program goes on to say so.
#[test]
fn a_panic_names_the_call() {
    let connector = Scripted::new(script(20, "list group\nfail panic always"));
    assert_eq!(
        Bench::new().sync_fails(&connector),
        "not understood: the connector panicked, which is a defect of it: nobody thought of list group; it happened \
         while listing resources of type group (13)"
    );
}

/// Many that are gone at once are doubted; a few are not.
#[test]
fn many_that_are_gone_are_a_gap() {
    let gone = |n: usize, of: usize| {
        let mut more = String::new();
        for n in 0..n {
            writeln!(more, "grants user/{n}\ngone\nunread").expect("text");
        }
        let report = Bench::new()
            .sync(&Scripted::new(script(of, &more)))
            .expect("the sync succeeds");
        gaps(&report)
    };
    assert_eq!(gone(3, 20), []);
    assert_eq!(gone(4, 200), []);
    assert_eq!(
        gone(4, 199),
        [(
            "vanished".to_owned(),
            1,
            "user: the vendor said of 4 of 199 resources of this type that they were deleted while they were read; what \
             they held is missing"
                .to_owned()
        )]
    );
}

/// A limit that one resource meets for ever, while others are answered, is a gap of that one.
#[test]
fn a_limit_that_one_resource_meets_is_a_gap_of_its_own() {
    let bench = Bench::new();
    let connector = Scripted::new(script(20, "grants user/7\nfail resource-exhausted 9 429 later"));
    let report = bench.sync(&connector).expect("the sync succeeds");
    let gaps = gaps(&report);
    assert_eq!(
        (gaps.len(), gaps[0].0.as_str(), gaps[0].1),
        (1, "unreadable_subject", 1)
    );
    assert!(gaps[0].2.starts_with("user:7: "), "{gaps:?}");
    assert_eq!(times(&connector, "grants user/7"), 2);
}

/// A limit that all meet is the vendor's, and the next run goes on.
#[test]
fn a_limit_that_all_meet_ends_the_sync() {
    let bench = Bench::new();
    let limited: String = (0..20)
        .map(|n| format!("grants user/{n}\nfail resource-exhausted 9 429 later\n"))
        .collect();
    let told = bench.sync_fails(&Scripted::new(script(20, &limited)));
    assert!(told.ends_with("(8)"), "{told}");
    let report = bench
        .sync(&Scripted::new(script(20, "")))
        .expect("the sync succeeds");
    assert!(report.resumed && gaps(&report).is_empty());
}
