//! Cursors that the vendor refuses, and cursors that lead nowhere.

use crate::artifact::content;
use crate::bench::{Bench, check};
use crate::script::Script;
use crate::scripted::{Fault, Scripted};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const LISTING: &str = "
type user user grants
list user
resource user/1
also side
next p2
page p2
resource user/2
also side
next p3
page p3
resource user/3
page side
resource user/4
next side2
page side2
resource user/5
";

fn script(refusing: &str) -> Script {
    Script::parse(&format!("{LISTING}\nlist user\n{refusing}"))
}

/// The artifact is the same as without refusals, and these calls are made more than once.
fn check_refused(refusing: &str, repeated: &[(&str, usize)]) {
    let undisturbed = Bench::new();
    undisturbed
        .sync(&Scripted::new(script("")))
        .expect("the sync succeeds");
    let bench = Bench::new();
    let connector = Scripted::new(script(refusing));
    bench.sync(&connector).expect("the sync succeeds");
    assert_eq!(content(&bench.output()), content(&undisturbed.output()));
    let mut counts = BTreeMap::<String, usize>::new();
    for call in connector.calls() {
        *counts.entry(call).or_default() += 1;
    }
    counts.retain(|_, n| *n > 1);
    let counts: Vec<(&str, usize)> = counts.iter().map(|(call, n)| (call.as_str(), *n)).collect();
    assert_eq!(counts, repeated);
}

#[test]
fn a_listing_whose_cursor_is_refused_starts_anew() {
    // The further pages that it names again are not read again.
    check_refused(
        "page p3\nrefuse 1",
        &[("list user", 2), ("list user @ p2", 2), ("list user @ p3", 2)],
    );
    check_refused("page p2\nrefuse 3", &[("list user", 4), ("list user @ p2", 4)]);
}

#[test]
fn further_pages_start_anew_by_themselves() {
    check_refused(
        "page side2\nrefuse 1",
        &[("list user @ side", 2), ("list user @ side2", 2)],
    );
}

#[test]
fn a_listing_about_a_resource_starts_anew() {
    let grants = "
    grants user/1
    grant group/g member <- user/1
    next p2
    page p2
    grant group/g member <- user/2
    ";
    let bench = Bench::new();
    let connector = Scripted::new(Script::parse(&format!(
        "type group group\n{LISTING}{grants}\nrefuse 1"
    )));
    let report = bench.sync(&connector).expect("the sync succeeds");
    assert_eq!(report.held.direct, 2);
    assert_eq!(
        connector.calls().iter().filter(|c| *c == "grants user/1").count(),
        2
    );
}

#[test]
fn a_vendor_that_refuses_every_cursor_is_not_asked_for_ever() {
    let bench = Bench::with_workers(1);
    let connector = Scripted::new(script("page p2\nrefuse always"));
    let refused = "not understood: the vendor refuses the cursors of this listing again and again: the cursor is stale; \
                   it happened while listing resources of type user (13)";
    assert_eq!(bench.sync_fails(&connector), refused);
    assert_eq!(
        connector.calls().iter().filter(|c| c.ends_with("@ p2")).count(),
        4
    );
    // The next run tries again, and has its own tries.
    let connector = Scripted::new(script("page p2\nrefuse 2"));
    let report = bench.sync(&connector).expect("the next run succeeds");
    assert!(report.resumed);
    assert_eq!(report.resources["user"], 5);
}

/// A long listing whose cursors expire again and again is restarted as long as each attempt gets further.
#[test]
fn a_listing_that_gets_further_each_time_is_restarted() {
    let mut text = String::from("type user user\nlist user\nresource user/0\n");
    for n in 1..9 {
        writeln!(text, "next p{n}\npage p{n}\nresource user/{n}\nrefuse 1").expect("text");
    }
    let connector = Scripted::new(Script::parse(&text));
    let report = Bench::new().sync(&connector).expect("the sync succeeds");
    assert_eq!(report.resources["user"], 9);
    assert_eq!(
        connector
            .calls()
            .iter()
            .filter(|call| *call == "list user")
            .count(),
        9
    );
}

/// Of one resource it is a gap.
#[test]
fn a_resource_whose_cursors_are_refused_for_ever_is_a_gap() {
    let grants = "grants user/1\ngrant group/g member <- user/1\nnext p2\npage p2\nrefuse always";
    let bench = Bench::new();
    let connector = Scripted::new(Script::parse(&format!("type group group\n{LISTING}{grants}")));
    let report = bench.sync(&connector).expect("the sync succeeds");
    let gap = report.gaps().next().expect("a gap");
    assert_eq!(
        (gap.kind.as_str(), gap.examples[0].subject.as_str()),
        ("unreadable_subject", "user:1")
    );
    assert_eq!(report.held.direct, 1, "the rows of its first page stay");
}

#[test]
fn a_kept_cursor_that_went_stale_costs_its_listing_alone() {
    let bench = Bench::with_workers(1);
    let first = Scripted::new(script("")).faulty(3, Fault::Stops);
    bench.sync_fails(&first);
    assert_eq!(first.calls(), ["list user", "list user @ p2", "list user @ p3"]);
    let second = Scripted::new(script("page p3\nrefuse 1"));
    let report = bench.sync(&second).expect("the second run succeeds");
    let listings: Vec<String> = second
        .calls()
        .into_iter()
        .filter(|c| c.starts_with("list"))
        .collect();
    assert_eq!(
        listings,
        [
            "list user @ p3",
            "list user",
            "list user @ p2",
            "list user @ p3",
            "list user @ side",
            "list user @ side2"
        ]
    );
    assert_eq!(report.resources["user"], 5);
}

/// Pages that come round again are noticed, however many they are.
#[test]
fn a_listing_that_goes_round_is_an_error() {
    for (before, round) in [(0, 1), (0, 2), (1, 1), (1, 3), (5, 10)] {
        let mut text = String::from("type user user\nlist user\nresource user/1\nnext p0\n");
        for n in 0..before + round {
            let next = if n + 1 < before + round { n + 1 } else { before };
            writeln!(text, "page p{n}\nresource user/{n}\nnext p{next}").expect("text");
        }
        let connector = Scripted::new(Script::parse(&text));
        assert_eq!(
            Bench::new().sync_fails(&connector),
            "not understood: the next page has a token that this listing had before, so it would never end; it \
             happened while listing resources of type user (13)"
        );
        assert_eq!(
            connector.calls().len(),
            1 + before + round,
            "{before} pages and a round of {round}"
        );
    }
}

#[test]
fn further_pages_that_name_each_other_are_read_once() {
    let connector = Scripted::new(Script::parse(
        "
        type user user
        list user
        resource user/1
        also a b
        page a
        resource user/2
        also b a
        page b
        resource user/3
        also a
        ",
    ));
    let report = Bench::with_workers(1)
        .sync(&connector)
        .expect("the sync succeeds");
    assert_eq!(connector.calls().len(), 3);
    assert_eq!(report.resources["user"], 3);
}

/// Between two attempts somebody leaves a group, and an account is deleted.
const MOVING: &str = r#"
type user user
type group group grants
list user
resource user/1
once resource user/2
next p2
page p2
refuse 1
resource user/3
list group
resource group/a
resource group/b
grants group/a
grant group/a member <- user/1
once grant group/a member <- user/3
next p2
page p2
refuse 1
grant group/a member <- user/1
grants group/b
grant group/b member <- user/1
once grant group/b member <- user/3
next p2
page p2
refuse always
"#;

/// What the vendor no longer says when a listing starts again is gone; what was read of a listing that never ends well stays.
#[test]
fn a_listing_that_starts_anew_replaces_what_it_said() {
    check(
        MOVING,
        r#"
        resource group/a "a" group
        resource group/b "b" group
        resource user/1 "1" user
        resource user/3 "3" user
        can group:a:member "member on a" permission of group/a
        can group:b:member "member on b" permission of group/b
        grant group:a:member <- user/1
        grant group:b:member <- user/1
        grant group:b:member <- user/3
        held direct=3
        gap unreadable_subject x1: group:b
        "#,
    );
}
