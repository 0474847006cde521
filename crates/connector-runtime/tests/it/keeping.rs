//! What stays of the artifact that a sync replaces, and what must not be replaced.

use crate::artifact;
use crate::bench::{Bench, FixedClock, noon};
use crate::script::Script;
use crate::scripted::Scripted;
use c1z_file::{Artifact, ReadOptions, SyncInfo};
use connector_runtime::{StorageEngine, SyncReport};
use connector_sdk::{NoticeClass, ResourceKey, Tenant};
use jiff::SignedDuration;
use std::sync::Arc;

/// A tenant of some users in one group.
fn users(n: usize) -> Script {
    let mut text = String::from(
        "type org\ntype user user\ntype group group grants\nlist org\nresource org/o-1\nlist group\nresource group/g\nlist user\n",
    );
    for n in 0..n {
        text.push_str(&format!("resource user/{n}\n"));
    }
    text.push_str("grants group/g\n");
    for n in 0..n {
        text.push_str(&format!("grant group/g member <- user/{n}\n"));
    }
    Script::parse(&text)
}

fn org(id: &str) -> Tenant {
    Tenant::new(ResourceKey::new("org", id)).at("https://api.example.com")
}

/// A sync of the tenant `o-1` at this hour.
fn at(bench: &mut Bench, hour: i64, n: usize) -> SyncReport {
    bench.options.clock = Arc::new(FixedClock(noon() + SignedDuration::from_hours(hour)));
    let connector = Scripted::new(users(n)).of(org("o-1"));
    bench.sync(&connector).expect("the sync succeeds")
}

fn syncs(bench: &Bench) -> Vec<SyncInfo> {
    let artifact = Artifact::open(&bench.output(), ReadOptions::default()).expect("an artifact");
    artifact.syncs().expect("readable syncs")
}

/// Who ended when, oldest row first.
fn ends(bench: &Bench) -> Vec<String> {
    let ends = syncs(bench).into_iter();
    ends.map(|sync| sync.ended_at.unwrap_or_default()[11..16].to_owned())
        .collect()
}

fn remarks(report: &SyncReport) -> Vec<String> {
    let of = report.remarks().filter(|r| r.kind == "earlier_syncs");
    of.flat_map(|r| r.examples.iter().map(|e| e.detail.clone()))
        .collect()
}

fn shrunk(report: &SyncReport) -> Vec<String> {
    let gaps = report.gaps().filter(|gap| gap.kind == "shrunk");
    gaps.flat_map(|gap| {
        gap.examples
            .iter()
            .map(|e| format!("{}: {}", e.subject, e.detail))
    })
    .collect()
}

/// Runs `sql` on the database of the artifact, as another writer might have left it.
fn edit(bench: &Bench, sql: &str) {
    let packed = std::fs::read(bench.output()).expect("the artifact");
    let copy = bench.folder.path().join("db");
    std::fs::write(&copy, zstd::decode_all(&packed[5..]).expect("zstd")).expect("a copy");
    let db = rusqlite::Connection::open(&copy).expect("a database");
    db.execute_batch(sql).expect(sql);
    db.close().expect("closed");
    let mut packed = b"C1ZF\0".to_vec();
    packed.extend(zstd::encode_all(&*std::fs::read(&copy).expect("the copy"), 3).expect("zstd"));
    std::fs::write(bench.output(), packed).expect("the artifact");
    std::fs::remove_file(copy).expect("no copy");
}

#[test]
fn the_last_two_syncs_are_kept_unless_told_otherwise() {
    let mut bench = Bench::new();
    for hour in 0..4 {
        at(&mut bench, hour, 4);
    }
    assert_eq!(ends(&bench), ["14:00", "15:00"]);
    bench.options.keep_syncs = 3;
    at(&mut bench, 4, 4);
    at(&mut bench, 5, 4);
    assert_eq!(ends(&bench), ["15:00", "16:00", "17:00"]);
    bench.options.keep_syncs = 1;
    at(&mut bench, 6, 4);
    assert_eq!(ends(&bench), ["18:00"]);
    bench.options.keep_syncs = usize::MAX;
    for hour in 7..11 {
        at(&mut bench, hour, 4);
    }
    assert_eq!(ends(&bench).len(), 5);
    let newest = artifact::run(&bench.output());
    assert_eq!(newest.ended_at.as_deref(), Some("2026-03-04 22:00:00"));
    assert!(c1z_file::verify(&bench.output()).expect("an artifact").is_clean());
}

/// One that is kept where nothing else is asked for, in which there is no place for earlier syncs.
#[test]
fn an_artifact_keeps_its_storage_engine() {
    let mut bench = Bench::new();
    let engine = |bench: &Bench| {
        let artifact = Artifact::open(&bench.output(), ReadOptions::default()).expect("an artifact");
        artifact.storage_engine()
    };
    at(&mut bench, 0, 10);
    assert_eq!(engine(&bench), StorageEngine::Sqlite);
    bench.options.storage_engine = Some(StorageEngine::Pebble);
    at(&mut bench, 1, 10);
    bench.options.storage_engine = None;
    let report = at(&mut bench, 2, 10);
    assert_eq!(
        (engine(&bench), ends(&bench)),
        (StorageEngine::Pebble, vec!["14:00".to_owned()])
    );
    assert_eq!(
        remarks(&report),
        [
            "nothing is kept of the artifact that was replaced: an artifact of the storage engine pebble holds one sync"
        ]
    );
    assert!(c1z_file::verify(&bench.output()).expect("an artifact").is_clean());
    // What would be lost with it is not replaced.
    let few = Scripted::new(users(2)).of(org("o-1"));
    assert_eq!(
        bench.sync_fails(&few),
        "the full sync that ended at 2026-03-04 14:00:00 in sync.c1z would be lost: this one has far fewer rows, and of that \
         artifact nothing can be kept: an artifact of the storage engine pebble holds one sync (9)"
    );
    // The other engine takes it over.
    bench.options.storage_engine = Some(StorageEngine::Sqlite);
    at(&mut bench, 3, 10);
    assert_eq!(ends(&bench), ["14:00", "15:00"]);
}

/// The content of a sync does not depend on what is kept beside it.
#[test]
fn what_is_kept_does_not_change_the_new_sync() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 7);
    at(&mut bench, 1, 8);
    let mut alone = Bench::new();
    at(&mut alone, 1, 8);
    assert_eq!(
        artifact::content(&bench.output()),
        artifact::content(&alone.output())
    );
}

#[test]
fn unfinished_syncs_are_dropped_and_partial_ones_kept_while_nothing_overflows() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    edit(
        &bench,
        "INSERT INTO v1_sync_runs (sync_id, started_at, sync_token, sync_type) VALUES ('u', '2026-03-04 12:10:00', '', 'full');
         INSERT INTO v1_sync_runs (sync_id, started_at, ended_at, sync_token, sync_type, grants_backfilled)
         VALUES ('3MWtaknbO58phhYwWQbHIMiAlBG', '2026-03-04 12:20:00', '2026-03-04 12:21:00', '', 'partial', 1)",
    );
    let report = at(&mut bench, 1, 4);
    assert_eq!(
        remarks(&report),
        ["1 unfinished sync(s) in the artifact that was replaced were dropped"]
    );
    assert_eq!(ends(&bench), ["12:00", "12:21", "13:00"]);
    // The partial one ended before the earliest full one that stays.
    at(&mut bench, 2, 4);
    assert_eq!(ends(&bench), ["13:00", "14:00"]);
}

#[test]
fn another_tenant_is_not_replaced_unless_told_to() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    let before = std::fs::read(bench.output()).expect("the artifact");
    let other = || Scripted::new(users(4)).of(org("o-2"));
    assert_eq!(
        bench.sync_fails(&other()),
        r#"the artifact sync.c1z is of org "o-1", and this sync is of org "o-2" (9)"#
    );
    let connector = Scripted::new(users(4)).of(org("o-1").simulated());
    assert_eq!(
        bench.sync_fails(&connector),
        r#"the artifact sync.c1z is of the real org "o-1", and this sync is of a demonstration of org "o-1" (9)"#
    );
    assert!(connector.calls().is_empty(), "refused before the first call");
    assert_eq!(std::fs::read(bench.output()).expect("the artifact"), before);
    assert_eq!(bench.files(), ["sync.c1z"]);
    // The same tenant at another address is the same tenant.
    let moved = Tenant::new(ResourceKey::new("org", "o-1")).at("https://proxy.example.com");
    bench
        .sync(&Scripted::new(users(4)).of(moved))
        .expect("the sync succeeds");
    bench.options.replace = true;
    let report = bench.sync(&connector).expect("it is told to");
    assert_eq!(syncs(&bench).len(), 1, "nothing is kept of another tenant");
    assert_eq!(
        remarks(&report),
        ["nothing is kept of the artifact that was replaced: it was of another tenant"]
    );
    assert_eq!(shrunk(&report), Vec::<String>::new());
}

#[test]
fn the_checkpoint_says_where_a_sync_came_from() {
    let mut bench = Bench::new();
    bench.options.resource_types = Some(vec!["user".into(), "org".into()]);
    at(&mut bench, 0, 4);
    let token: serde_json::Value =
        serde_json::from_str(&artifact::run(&bench.output()).sync_token).expect("JSON");
    assert_eq!(token["organization"], "o-1");
    assert_eq!(token["base_url"], "https://api.example.com");
    assert_eq!(token["demo"], false);
    assert_eq!(token["resource_types"], serde_json::json!(["org", "user"]));
    let mut bench = Bench::new();
    let simulated = Scripted::new(users(4)).of(org("o-1").simulated());
    bench.sync(&simulated).expect("the sync succeeds");
    let token: serde_json::Value =
        serde_json::from_str(&artifact::run(&bench.output()).sync_token).expect("JSON");
    assert_eq!((&token["demo"], token.get("base_url")), (&true.into(), None));
    // All types by name are no restriction.
    bench.options.resource_types = Some(vec!["user".into(), "org".into(), "group".into()]);
    let report = bench.sync(&simulated).expect("the sync succeeds");
    assert_eq!(report.resource_types, None);
}

#[test]
fn a_restricted_sync_does_not_make_a_full_one_disappear() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    bench.options.resource_types = Some(vec!["user".into()]);
    bench.options.keep_syncs = 1;
    let connector = Scripted::new(users(4)).of(org("o-1"));
    assert_eq!(
        bench.sync_fails(&connector),
        "the full sync that ended at 2026-03-04 12:00:00 in sync.c1z would be lost: this one is of a part only, and \
         nothing is to be kept (9)"
    );
    assert!(connector.calls().is_empty());
    bench.options.keep_syncs = 2;
    for hour in 1..4 {
        let report = at(&mut bench, hour, 4);
        assert_eq!(report.resource_types, Some(vec!["user".into()]));
        assert_eq!(
            shrunk(&report),
            Vec::<String>::new(),
            "restricted syncs are not compared"
        );
        assert_eq!(remarks(&report).len(), 1);
        assert_eq!(ends(&bench)[0], "12:00", "the full one stays");
        assert_eq!(syncs(&bench).len(), 2);
    }
    bench.options.keep_syncs = 1;
    bench.options.replace = true;
    at(&mut bench, 5, 4);
    assert_eq!(ends(&bench), ["17:00"]);
    // The next full sync is not compared with a restricted one, and replaces it.
    bench.options.replace = false;
    bench.options.resource_types = None;
    let report = at(&mut bench, 6, 1);
    assert_eq!(shrunk(&report), Vec::<String>::new());
}

#[test]
fn a_sync_of_resources_alone_is_restricted_too() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    bench.options.access = false;
    bench.options.keep_syncs = 1;
    let connector = Scripted::new(users(4)).of(org("o-1"));
    assert!(bench.sync_fails(&connector).contains("would be lost"));
}

#[test]
fn far_fewer_rows_than_before_are_a_gap_until_someone_allows_it() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 10);
    assert_eq!(
        shrunk(&at(&mut bench, 1, 8)),
        Vec::<String>::new(),
        "a fifth may go"
    );
    let lost = [
        "accounts: 7 now, 10 in the sync that ended at 2026-03-04 12:00:00",
        "grants: 7 now, 10 in the sync that ended at 2026-03-04 12:00:00",
    ];
    // However often it is repeated, the largest sync stays.
    for hour in 2..6 {
        let report = at(&mut bench, hour, 7);
        assert_eq!(shrunk(&report), lost);
        assert_eq!(ends(&bench)[0], "12:00");
        let token: serde_json::Value =
            serde_json::from_str(&artifact::run(&bench.output()).sync_token).expect("JSON");
        assert_eq!(token["gaps"][0]["kind"], "shrunk");
    }
    bench.options.keep_syncs = 1;
    assert_eq!(shrunk(&at(&mut bench, 6, 7)), lost);
    assert_eq!(
        ends(&bench),
        ["12:00", "18:00"],
        "also where no earlier sync is to be kept"
    );
    bench.options.keep_syncs = 2;
    bench.options.allow_shrunk = true;
    assert_eq!(shrunk(&at(&mut bench, 7, 7)), lost, "it is still said");
    bench.options.allow_shrunk = false;
    assert_eq!(
        shrunk(&at(&mut bench, 8, 7)),
        Vec::<String>::new(),
        "and allowed once is allowed"
    );
    assert_eq!(ends(&bench), ["19:00", "20:00"]);
    assert_eq!(
        shrunk(&at(&mut bench, 9, 5)).len(),
        2,
        "from there on it is compared again"
    );
}

#[test]
fn a_type_that_falls_to_none_is_a_gap() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    let connector = Scripted::new(Script::parse(
        "type org\ntype user user\ntype group group grants\nlist user\nresource user/0\nresource user/1\nresource user/2\n\
         resource user/3\nlist group\nresource group/g\ngrants group/g\ngrant group/g member <- user/0\n\
         grant group/g member <- user/1\ngrant group/g member <- user/2\ngrant group/g member <- user/3",
    ))
    .of(org("o-1"));
    let report = bench.sync(&connector).expect("the sync succeeds");
    assert_eq!(
        shrunk(&report),
        ["resources of type org: 0 now, 1 in the sync that ended at 2026-03-04 12:00:00"]
    );
    let gap = report.gaps().next().expect("a gap");
    assert_eq!((gap.class, gap.count), (NoticeClass::Gap, 1));
}

/// Which tenant it is of cannot be told where the row that says it contradicts itself.
#[test]
fn an_artifact_whose_tenant_cannot_be_read_is_replaced_only_when_told_to() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    edit(
        &bench,
        "UPDATE v1_resources SET data = (SELECT data FROM v1_resources WHERE external_id = 'user:0') WHERE external_id = 'org:o-1'",
    );
    let connector = Scripted::new(users(4)).of(org("o-1"));
    let told = bench.sync_fails(&connector);
    assert!(
        told.contains("contradicts itself: ") && told.ends_with("(9)"),
        "{told}"
    );
    assert!(connector.calls().is_empty());
    bench.options.replace = true;
    let report = at(&mut bench, 1, 4);
    assert_eq!(
        (remarks(&report).len(), ends(&bench)),
        (1, vec!["13:00".to_owned()])
    );
}

/// A trigger in the old artifact: it may be replaced, and nothing of it is taken over.
#[test]
fn nothing_is_kept_of_an_artifact_that_cannot_be_believed() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    edit(
        &bench,
        "CREATE TRIGGER t AFTER INSERT ON v1_grants BEGIN DELETE FROM v1_grants; END",
    );
    let report = at(&mut bench, 1, 4);
    let told = remarks(&report).join("\n");
    assert!(told.contains("a trigger t, which no artifact has"), "{told}");
    assert_eq!(ends(&bench), ["13:00"]);
}

/// A kept sync of another writer whose rows do not hold is left out; the new one is written.
#[test]
fn a_sync_that_cannot_be_kept_is_named() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    edit(&bench, "UPDATE v1_grants SET data = 'text'");
    let report = at(&mut bench, 1, 4);
    let told = remarks(&report).join("\n");
    assert!(
        told.contains("cannot be kept: table v1_grants: column data holds"),
        "{told}"
    );
    assert_eq!(ends(&bench), ["13:00"]);
}

/// An artifact as another writer left it, which a sync of one type would displace.
fn check_not_displaced(sql: &str, why: &str) {
    let mut bench = Bench::new();
    at(&mut bench, 0, 10);
    edit(&bench, sql);
    let before = std::fs::read(bench.output()).expect("the artifact");
    bench.options.resource_types = Some(vec!["user".into()]);
    let connector = Scripted::new(users(10)).of(org("o-1"));
    let told = bench.sync_fails(&connector);
    assert!(told.starts_with("the full sync that ended at"), "{told}");
    assert!(told.contains(why) && told.ends_with("(9)"), "{told}");
    assert!(connector.calls().is_empty(), "refused before the first call");
    assert_eq!(std::fs::read(bench.output()).expect("the artifact"), before);
    assert_eq!(bench.files(), ["sync.c1z"]);
    // A full sync may replace it, and is compared with it anyway.
    bench.options.resource_types = None;
    let connector = Scripted::new(users(5)).of(org("o-1"));
    let told = bench.sync_fails(&connector);
    assert!(told.contains("would be lost") && told.ends_with("(9)"), "{told}");
    assert_eq!(std::fs::read(bench.output()).expect("the artifact"), before);
    bench.options.allow_shrunk = true;
    let report = bench.sync(&connector).expect("it is allowed");
    assert!(report.resumed, "what was read is not lost");
    assert_eq!(shrunk(&report).len(), 2);
    // Whoever asks for it has it replaced.
    let mut bench = Bench::new();
    at(&mut bench, 0, 10);
    edit(&bench, sql);
    bench.options.resource_types = Some(vec!["user".into()]);
    bench.options.replace = true;
    let report = at(&mut bench, 1, 10);
    assert_eq!(syncs(&bench).len(), 1);
    assert!(
        !remarks(&report)
            .iter()
            .any(|text| text.contains("keeps the full")),
        "{report:?}"
    );
}

#[test]
fn a_full_sync_that_cannot_be_copied_is_not_displaced_by_one_of_a_part() {
    check_not_displaced(
        "UPDATE v1_sync_runs SET ended_at = '2026-03-04T12:00:00Z'",
        "is not a time that others can be later than",
    );
    check_not_displaced(
        "UPDATE v1_resources SET parent_resource_id = x'00' WHERE external_id = 'user:3'",
        "column parent_resource_id holds what an artifact cannot",
    );
    check_not_displaced(
        "DROP INDEX idx_grants_external_sync_v1; UPDATE v1_grants SET external_id = 'twice' WHERE id < 3",
        "several of its rows have the id",
    );
    check_not_displaced(
        "CREATE TRIGGER t AFTER INSERT ON v1_grants BEGIN DELETE FROM v1_grants; END",
        "a trigger t, which no artifact has",
    );
}

/// The largest sync stays for the sake of the comparison; one of a part does not take it away.
#[test]
fn what_later_syncs_are_compared_with_outlasts_a_sync_of_a_part() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 10);
    assert_eq!(shrunk(&at(&mut bench, 1, 5)).len(), 2);
    bench.options.resource_types = Some(vec!["user".into()]);
    at(&mut bench, 2, 5);
    assert_eq!(ends(&bench), ["12:00", "13:00", "14:00"]);
    bench.options.resource_types = None;
    assert_eq!(shrunk(&at(&mut bench, 3, 5)).len(), 2, "it is still said");
}

/// A sync of resources alone is none that readers show, and says what it is.
#[test]
fn a_sync_of_resources_alone_says_so() {
    let mut bench = Bench::new();
    at(&mut bench, 0, 4);
    bench.options.access = false;
    let report = at(&mut bench, 1, 4);
    assert_eq!(
        remarks(&report),
        [
            "the artifact keeps the full sync that ended at 2026-03-04 12:00:00; this one is of resources alone, and where \
             the latest full sync is asked for that one is shown"
        ]
    );
}
