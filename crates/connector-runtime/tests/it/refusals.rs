//! What is refused, and what is left behind.

use crate::bench::{Bench, check_lines};
use crate::script::Script;
use crate::scripted::{Fault, Scripted};
use connector_sdk::Code;

/// The sync ends with this error; nothing is written and nothing is kept.
fn check(script: &str, error: &str) {
    let bench = Bench::new();
    assert_eq!(bench.sync_fails(&Scripted::new(Script::parse(script))), error);
    assert!(bench.files().is_empty(), "{:?}", bench.files());
}

#[test]
fn a_tenant_without_what_every_tenant_has() {
    check(
        "
        type group group
        type user user must-exist
        list group
        resource group/1
        ",
        "the vendor listed not a single resource of type user (5)",
    );
}

/// What other rows name shows that the listing was wrong, whoever names it: nothing is taken from the other rows alone.
#[test]
fn a_listing_that_is_empty_and_contradicted() {
    for named in [
        "grant group/1 member <- user/1",
        "resource user/1 placeholder=1",
        "resource user/1 supplement",
    ] {
        check(
            &format!("type group group\ntype user user must-exist\nlist group\nresource group/1\n{named}"),
            "the listing of resources of type user was empty, though other rows name 1 of them, 1 for example (13)",
        );
    }
}

#[test]
fn colliding_entitlements() {
    for rows in [
        "can group/1 x:member\n---\ncan group/1:x member",
        "grant group/1:x member <- user/1\n---\ngrant group/1 x:member <- user/1",
    ] {
        check(
            &format!("type group group\ntype user user\nlist group\n{rows}"),
            r#"two different objects have the joined id "group:1:x:member": entitlement "member" of group "1:x" and entitlement "x:member" of group "1" (13)"#,
        );
    }
}

#[test]
fn colliding_resources() {
    check(
        "
        type a
        type a:b
        list a
        resource a/b:c
        list a:b
        resource a:b/c
        ",
        r#"two different objects have the joined id "a:b:c": resource "b:c" of type "a" and resource "c" of type "a:b" (13)"#,
    );
}

#[test]
fn colliding_grants() {
    check(
        "
        type group group
        type user user
        list group
        grant group/1 a <- user/user:1
        grant group/1 a:user <- user/1
        ",
        r#"two different objects have the joined id "group:1:a:user:user:1": grant "group:1:a:user:user:1" of entitlement "group:1:a" to "user:1" of type "user" and grant "group:1:a:user:user:1" of entitlement "group:1:a:user" to "1" of type "user" (13)"#,
    );
}

#[test]
fn rows_without_a_place() {
    let types = "type group group\ntype user user\nlist group\n";
    for (row, error) in [
        (
            "resource ghost/1",
            r#"resource ghost:1: there is no resource type "ghost""#,
        ),
        (
            "can ghost/1 member",
            r#"entitlement ghost:1:member: there is no resource type "ghost""#,
        ),
        (
            "grant group/1 member <- ghost/1",
            r#"grant of group:1:member to ghost:1: there is no resource type "ghost""#,
        ),
        (
            "grant ghost/1 member <- user/1",
            r#"entitlement ghost:1:member: there is no resource type "ghost""#,
        ),
        (
            "grant group/1 member <- user/",
            r#"a grant on group:1:member without a principal"#,
        ),
        (
            "can group/ member",
            r#"an entitlement with an empty part in its id "group::member""#,
        ),
        ("resource group/", "a resource without an id"),
    ] {
        check(
            &format!("{types}{row}"),
            &format!("the connector answered with a row that cannot be kept: {error} (13)"),
        );
    }
}

#[test]
fn a_credential_that_is_not_accepted() {
    let bench = Bench::new();
    let script = "type user user\nvalidate\nrefuse \"the key is not accepted\"\nlist user\nresource user/1";
    let connector = Scripted::new(Script::parse(script));
    assert_eq!(
        bench.sync_fails(&connector),
        "not authenticated: the key is not accepted; it happened while checking the configuration (16)"
    );
    assert!(connector.calls().is_empty());
    assert!(bench.files().is_empty());
}

/// What a person can do about it, where the message does not say so.
#[test]
fn hints() {
    let listing = "type user user must-exist\nlist user\nresource user/1";
    let of = |script: &str, fault: Option<Fault>| {
        let bench = Bench::new();
        let mut connector = Scripted::new(Script::parse(script));
        if let Some(fault) = fault {
            connector = connector.faulty(1, fault);
        }
        bench.sync(&connector).expect_err("the sync fails").hint()
    };
    let hint = of(listing, Some(Fault::Fails(Code::Unavailable))).unwrap_or_default();
    assert_eq!(hint, "Run the same command again to go on from where it stopped");
    let hint = of("type user user must-exist", None).unwrap_or_default();
    assert_eq!(
        hint,
        "Check that the organization is the right one and that the key may read it"
    );
    assert_eq!(of("type user user\nlist user\nresource ghost/1", None), None);
}

#[test]
fn unknown_resource_types() {
    let mut bench = Bench::new();
    bench.options.resource_types = Some(vec!["user".into(), "usr".into(), "team".into()]);
    let connector = Scripted::new(Script::parse("type user user\ntype group group"));
    assert_eq!(
        bench.sync_fails(&connector),
        r#"unknown resource type "usr", "team"; this connector has user, group (2)"#
    );
    assert!(connector.calls().is_empty());
    assert!(bench.files().is_empty());
}

/// A list that came out empty is a slip, and not an empty tenant: the artifact that is there stays.
#[test]
fn no_resource_types_at_all() {
    let mut bench = Bench::new();
    let connector = Scripted::new(Script::parse("type user user\ntype group group"));
    bench.options.resource_types = Some(Vec::new());
    assert_eq!(
        bench.sync_fails(&connector),
        "no resource type is asked for; this connector has user, group (2)"
    );
    assert!(connector.calls().is_empty());
    assert!(bench.files().is_empty());
}

#[test]
fn children_without_their_parents() {
    let mut bench = Bench::new();
    bench.options.resource_types = Some(vec!["project".into()]);
    let connector = Scripted::new(Script::parse("type site app\ntype project child-of=site"));
    assert_eq!(
        bench.sync_fails(&connector),
        "resources of type project are listed with those of type site; ask for both (2)"
    );
    assert!(connector.calls().is_empty());
}

const ACCESS: &str = "
type app app entitlements grants
type group group grants
type user user grants
list app
resource app/a
list group
resource group/1
list user
resource user/1
grants group/1
grant group/1 member <- user/1
grants user/1
grant app/a use <- user/1
resource app/b placeholder=0
can app/a use
";

#[test]
fn types_nobody_asked_for() {
    let mut bench = Bench::new();
    bench.options.resource_types = Some(vec!["user".into(), "group".into()]);
    let connector = Scripted::new(Script::parse(ACCESS));
    let report = bench.sync(&connector).expect("the sync succeeds");
    let mut calls = connector.calls();
    calls.sort();
    assert_eq!(
        calls,
        ["grants group/1", "grants user/1", "list group", "list user"]
    );
    crate::bench::same(
        &crate::artifact::show(&bench.output(), &report),
        r#"
        resource group/1 "1" group
        resource user/1 "1" user
        can group:1:member "member on 1" permission of group/1
        grant group:1:member <- user/1
        held direct=1
        remark left_out_by_type x1: user on app
        "#,
    );
}

#[test]
fn resources_alone() {
    let mut bench = Bench::new();
    bench.options.access = false;
    let connector = Scripted::new(Script::parse(ACCESS));
    let report = bench.sync(&connector).expect("the sync succeeds");
    let mut calls = connector.calls();
    calls.sort();
    assert_eq!(calls, ["list app", "list group", "list user"]);
    crate::bench::same(
        &crate::artifact::show(&bench.output(), &report),
        r#"
        resource app/a "a" app
        resource group/1 "1" group
        resource user/1 "1" user
        "#,
    );
    assert_eq!(
        crate::artifact::run(&bench.output()).sync_type,
        c1z_file::SyncType::ResourcesOnly
    );
}

#[test]
fn children_are_listed_with_each_parent() {
    check_lines(
        "
        type site app
        type project child-of=site
        type board child-of=project
        list site
        resource site/1
        resource site/2
        ---
        resource site/3 supplement
        resource site/4 placeholder=0
        list project of site/1
        resource project/1a parent=site/1
        ---
        resource project/1b parent=site/1
        list project of site/3
        resource project/3a parent=site/3
        list project of site/4
        resource project/4a parent=site/4
        list board of project/1b
        resource board/x parent=project/1b
        ",
        &["resource"],
        r#"
        resource board/x "x" in project/1b
        resource project/1a "1a" in site/1
        resource project/1b "1b" in site/1
        resource project/3a "3a" in site/3
        resource project/4a "4a" in site/4
        resource site/1 "1" app
        resource site/2 "2" app
        resource site/3 "3" app
        resource site/4 "4" app
        "#,
    );
}
