//! Syncs of single resources.

use crate::artifact::{content, run, show};
use crate::bench::{Bench, same};
use crate::script::Script;
use crate::scripted::{Fault, Scripted};
use c1z_file::SyncType;
use connector_sdk::ResourceKey;

/// What one would read of it by id; there is a listing of each type as well, which nobody asks for.
const TENANT: &str = r#"
type app app entitlements
type group group grants
type user user grants covers=app must-exist
list user
resource user/ada "Ada"
resource user/bea "Bea"
list group
resource group/core "Core"
list app
resource app/wiki "Wiki"
get user/ada
resource user/ada "Ada"
beside user/ada
resource group/core "Core"
can group/core member "Member"
grant group/core member <- user/ada
next more
page more
resource group/old "Old"
can group/old member "Member"
grant group/old member <- user/ada
grants user/ada
resource app/wiki "a site" placeholder=1
resource app/gone "a closed site" placeholder=1
grant app/wiki admin <- user/ada
grant app/wiki use <- user/ada conditional
grant app/gone use <- user/ada conditional
get group/core
resource group/core "Core"
beside group/core
can group/core member "Member"
grants group/core
grant app/wiki use <- group/core via=member
---
grant group/core member <- user/bea
resource user/bea "Bea, as a member" placeholder=1
grants user/bea
grant app/wiki admin <- user/bea
get app/wiki
resource app/wiki "Wiki"
entitlements app/wiki
can app/wiki use "Use"
can app/wiki admin "Administer"
entitlements app/gone
can app/gone use "Use"
get app/gone
"#;

fn bench(targets: &[&str]) -> Bench {
    let mut bench = Bench::with_workers(1);
    let named = targets
        .iter()
        .map(|text| ResourceKey::from_text(text).expect("a resource"));
    bench.options.targets = named.collect();
    bench
}

fn scripted() -> Scripted {
    Scripted::new(Script::parse(TENANT))
}

/// With these targets, the artifact holds this; nothing is listed, and nobody is asked about who is no target.
fn check(targets: &[&str], expected: &str) {
    let bench = bench(targets);
    let connector = scripted();
    let report = bench.sync(&connector).expect("the sync succeeds");
    same(&show(&bench.output(), &report), expected);
    assert_eq!(run(&bench.output()).sync_type, SyncType::Partial);
    let calls = connector.calls();
    let too_many = calls
        .iter()
        .filter(|call| call.starts_with("list ") || call.ends_with("user/bea"));
    assert_eq!(too_many.count(), 0, "{calls:?}");
}

/// The account, what it holds and why. That of its groups only what they give is wanted, this connector does not heed.
#[test]
fn an_account_with_its_access() {
    check(
        &["user/ada"],
        r#"
        resource app/gone "a closed site" app
        resource app/wiki "Wiki" app
        resource group/core "Core" group
        resource group/old "Old" group
        resource user/ada "Ada" user
        can app:gone:use "Use" of app/gone
        can app:wiki:admin "Administer" of app/wiki
        can app:wiki:use "Use" of app/wiki
        can group:core:member "Member" of group/core
        can group:old:member "Member" of group/old
        grant app:gone:use <- user/ada immutable {unexplained: true}
        grant app:wiki:admin <- user/ada
        grant group:core:member <- user/ada
        grant group:core:member <- user/bea
        grant group:old:member <- user/ada
        grant app:wiki:use <- group/core via group:core:member
        grant app:wiki:use <- user/ada immutable from group:core:member!
        held direct=5 through_groups=1 unexplained=1
        fact unexplained x1: app:gone:use:user:ada
        fact unlisted_app x1: app:gone
        "#,
    );
}

/// The group, its members and what it gives, but not what the members hold: that would have to be all of it.
#[test]
fn a_group_with_its_access() {
    check(
        &["group/core"],
        r#"
        resource app/wiki "Wiki" app
        resource group/core "Core" group
        can app:wiki:admin "Administer" of app/wiki
        can app:wiki:use "Use" of app/wiki
        can group:core:member "Member" of group/core
        grant group:core:member <- user/bea
        grant app:wiki:use <- group/core via group:core:member
        held direct=2
        "#,
    );
}

/// What is not there is an error, and leaves nothing to go on with.
#[test]
fn a_resource_that_is_not_there_is_an_error() {
    let bench = bench(&["user/nobody"]);
    assert_eq!(
        bench.sync_fails(&scripted()),
        "not found: there is no user/nobody; it happened while listing resources of type user (5)"
    );
    let bench = self::bench(&["room/1"]);
    assert_eq!(
        bench.sync_fails(&scripted()),
        "room:1 cannot be synced by itself; of this connector that can be done with resources of the types app, group, user (2)"
    );
    assert_eq!(bench.files(), [""; 0]);
}

/// It stands beside the full sync of the artifact, as a part of it, and that one is still what readers show.
#[test]
fn it_is_a_part_of_the_full_sync_before_it() {
    let mut bench = bench(&[]);
    bench.sync(&scripted()).expect("the sync succeeds");
    let full = run(&bench.output());
    bench.options.targets = [ResourceKey::new("user", "ada")].into();
    bench.sync(&scripted()).expect("the sync succeeds");
    let partial = run(&bench.output());
    assert_eq!(partial.sync_type, SyncType::Partial);
    assert_eq!(partial.parent_sync_id, full.sync_id);
    let artifact = c1z_file::Artifact::open(&bench.output(), Default::default()).expect("an artifact");
    let shown = artifact
        .latest_finished_full()
        .expect("readable")
        .expect("a sync");
    assert_eq!(shown.sync_id, full.sync_id);
    bench.options.keep_syncs = 1;
    let refused = bench.sync_fails(&scripted());
    assert!(refused.contains("would be lost"), "{refused}");
}

/// Failed at any call, it goes on where it was, and the artifact does not show it.
#[test]
fn it_goes_on_where_it_stopped() {
    let undisturbed = bench(&["user/ada", "group/core"]);
    let connector = scripted();
    undisturbed.sync(&connector).expect("the sync succeeds");
    let (expected, total) = (content(&undisturbed.output()), connector.calls().len());
    for nth in 1..=total {
        let bench = bench(&["user/ada", "group/core"]);
        let first = scripted().faulty(nth, Fault::Stops);
        bench.sync_fails(&first);
        let second = scripted();
        let report = bench.sync(&second).expect("the second run succeeds");
        assert_eq!(content(&bench.output()), expected, "at call {nth}");
        assert!(report.resumed || nth == 1, "at call {nth}");
        // What failed is asked again, with what was asked for the same page.
        let twice = first.calls().len() + second.calls().len() - total;
        assert!(twice <= 2, "{twice} calls are made twice after call {nth}");
    }
}
