//! Plans that do not fit what the connector does: said at the first run, not found out by a reviewer who misses rows.

use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::Scripted;

fn check_refused(script: &str, error: &str) {
    let bench = Bench::new();
    let connector = Scripted::new(Script::parse(script));
    let told = bench.sync_fails(&connector);
    assert_eq!(
        told,
        format!("the resource types of this connector do not fit together: {error} (13)")
    );
    assert!(connector.calls().is_empty());
    assert!(bench.files().is_empty());
}

#[test]
fn types_that_do_not_fit_together() {
    check_refused(
        "type user user\ntype team group child-of=org\nlist team\nresource team/1",
        r#"the plan of "team" names the parent type "org", which there is not"#,
    );
    check_refused(
        "type user user\ntype user user\nlist user\nresource user/1",
        r#"the resource type "user" is given twice"#,
    );
    check_refused(
        "type a app child-of=b\ntype b app child-of=a",
        r#"the type "a" is listed with its parents, and so are these, in a circle"#,
    );
    check_refused(
        "type a app child-of=a",
        r#"the type "a" is listed with its parents, and so are these, in a circle"#,
    );
}

/// A call that is implemented and not planned would lose its rows without a word.
#[test]
fn what_is_implemented_and_not_planned_is_named() {
    let bench = Bench::new();
    let script = "
        type group group
        list group
        resource group/1
        grants group/1
        grant group/1 member <- group/1
        entitlements group/1
        can group/1 member
        ";
    let report = bench
        .sync(&Scripted::new(Script::parse(script)))
        .expect("the sync succeeds");
    let gap = report.gaps().next().expect("a gap");
    let subjects: Vec<&str> = gap.examples.iter().map(|e| e.subject.as_str()).collect();
    assert_eq!(
        (gap.kind.as_str(), subjects),
        ("not_planned", vec!["entitlements of group", "grants of group"])
    );
}

/// A call that is planned and not implemented is told by the first one.
#[test]
fn what_is_planned_and_not_implemented_is_told() {
    let script =
        "type user user grants\nlist user\nresource user/1\ngrants user/1\nfail unimplemented always";
    let connector = Scripted::new(Script::parse(script));
    let told = Bench::new().sync_fails(&connector);
    assert_eq!(
        told,
        "not offered: it cannot be read; it happened while listing grants of user:1 (1) (12)"
    );
}

/// What only a grant names has a row of its own, and is counted.
#[test]
fn an_entitlement_that_only_a_grant_names_is_counted() {
    let script = "
        type group group
        type user user
        list group
        resource group/1
        can group/1 member
        grant group/1 member <- user/1
        grant group/1 owner <- user/1
        list user
        resource user/1
        ";
    let report = Bench::new()
        .sync(&Scripted::new(Script::parse(script)))
        .expect("the sync succeeds");
    let facts: Vec<_> = report
        .facts()
        .map(|fact| (fact.kind.as_str(), fact.count, fact.examples[0].subject.as_str()))
        .collect();
    assert_eq!(facts, [("unlisted_entitlement", 1, "group:1:owner")]);
}
