//! Tools that go on from an artifact find the grants that they have to expand again by two marks.
//!
//! The queries here are those of the tools, and the expansion is the plainest there is: it does not share code with the engine.

use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::Scripted;
use c1z_file::{Artifact, ReadOptions};
use std::collections::BTreeSet;

const TENANT: &str = r#"
    type app app
    type group group grants
    type user user
    list app
    resource app/wiki "Wiki"
    can app/wiki use "Use {}" permission to=user,group
    list user
    resource user/ines "Ines"
    resource user/bo "Bo"
    resource user/cleo "Cleo"
    list group
    resource group/all "All"
    resource group/team "Team"
    can group/all member "Member of {}" to=user,group
    can group/team member "Member of {}" to=user
    grants group/all
    grant group/all member <- group/team via=member types=user
    grant app/wiki use <- group/all via=member types=user
    grants group/team
    grant group/team member <- user/ines
    grant group/team member <- user/bo
    grant app/wiki use <- user/bo
"#;

/// An entitlement and who holds it.
type Held = (String, String, String);

struct Pending {
    entitlement: String,
    sources: Vec<String>,
    types: Vec<String>,
}

/// What the tools load before they expand: only what is marked.
fn pending(artifact: &Artifact, sync: &str) -> Vec<Pending> {
    let marked = artifact.grants(sync).map(|row| row.expect("a row"));
    marked
        .filter(|row| row.expansion.is_some() && row.needs_expansion)
        .map(|row| {
            let expandable = row.expandable().expect("readable").expect("an expansion");
            Pending {
                entitlement: row.entitlement_id,
                sources: expandable.entitlement_ids,
                types: expandable.resource_type_ids,
            }
        })
        .collect()
}

fn expand(mut held: BTreeSet<Held>, pending: &[Pending]) -> BTreeSet<Held> {
    loop {
        let gained: BTreeSet<Held> = pending
            .iter()
            .flat_map(|grant| {
                let through = held.iter().filter(|(entitlement, kind, _)| {
                    grant.sources.contains(entitlement)
                        && (grant.types.is_empty() || grant.types.contains(kind))
                });
                through.map(|(_, kind, id)| (grant.entitlement.clone(), kind.clone(), id.clone()))
            })
            .collect();
        let before = held.len();
        held.extend(gained);
        if held.len() == before {
            return held;
        }
    }
}

fn synced() -> (Bench, Artifact, String) {
    let bench = Bench::new();
    bench
        .sync(&Scripted::new(Script::parse(TENANT)))
        .expect("the sync succeeds");
    let artifact = Artifact::open(&bench.output(), ReadOptions::default()).expect("an artifact");
    let sync = artifact
        .latest_finished_full()
        .expect("readable")
        .expect("a sync");
    // Without this mark the tools refuse to take an expansion back.
    assert!(sync.supports_diff);
    let id = sync.sync_id;
    (bench, artifact, id)
}

fn all(artifact: &Artifact, sync: &str, wanted: impl Fn(&c1z_file::StoredGrant) -> bool) -> BTreeSet<Held> {
    let rows = artifact.grants(sync).map(|row| row.expect("a row"));
    rows.filter(|row| wanted(row))
        .map(|row| {
            (
                row.entitlement_id,
                row.principal_resource_type_id,
                row.principal_resource_id,
            )
        })
        .collect()
}

/// A targeted sync adds a member to a group, and the tools expand the two together.
#[test]
fn a_new_member_gets_what_the_group_gives() {
    let (_bench, artifact, sync) = synced();
    let mut held = all(&artifact, &sync, |_| true);
    held.insert(("group:team:member".into(), "user".into(), "cleo".into()));
    let expanded = expand(held, &pending(&artifact, &sync));
    for entitlement in ["group:all:member", "app:wiki:use"] {
        let access = (entitlement.to_owned(), "user".to_owned(), "cleo".to_owned());
        assert!(expanded.contains(&access), "{entitlement}");
    }
}

/// The tools take every expanded grant away, expand again and want to find the same.
#[test]
fn an_expansion_that_is_taken_back_and_repeated_gives_the_same_grants() {
    let (_bench, artifact, sync) = synced();
    let direct = all(&artifact, &sync, |row| {
        let sources = row
            .decode()
            .expect("readable")
            .sources
            .unwrap_or_default()
            .sources;
        sources.is_empty() || sources.contains_key(&row.entitlement_id)
    });
    let before = all(&artifact, &sync, |_| true);
    assert!(direct.len() < before.len(), "something was expanded");
    assert_eq!(expand(direct, &pending(&artifact, &sync)), before);
}

/// What Go writes into a sync that it verified; nothing of it is said of a sync of resources alone.
#[test]
fn the_marks_of_a_sync() {
    let marks = |bench: &Bench| {
        let packed = std::fs::read(bench.output()).expect("the artifact");
        let copy = bench.folder.path().join("db");
        std::fs::write(&copy, zstd::decode_all(&packed[5..]).expect("zstd")).expect("a copy");
        let db = rusqlite::Connection::open(&copy).expect("a database");
        let sql = "SELECT supports_diff || ' ' || ingest_invariant_generation || ' ' || ingest_invariant_coverage || ' ' || \
                   ingest_invariant_mode FROM v1_sync_runs ORDER BY id DESC LIMIT 1";
        db.query_row(sql, [], |row| row.get::<_, String>(0))
            .expect("a sync")
    };
    let (mut bench, _artifact, _) = synced();
    assert_eq!(marks(&bench), r#"1 1 ["I5","I10"] connector"#);
    bench.options.access = false;
    bench
        .sync(&Scripted::new(Script::parse(TENANT)))
        .expect("the sync succeeds");
    assert_eq!(marks(&bench), r#"0 1 ["I5","I10"] connector"#);
}

/// Two syncs in one file can be compared row by row.
#[test]
fn two_syncs_of_one_file_can_be_compared() {
    let (bench, _, first) = synced();
    let more = format!("{TENANT}\n    grant group/team member <- user/cleo");
    bench
        .sync(&Scripted::new(Script::parse(&more)))
        .expect("the sync succeeds");
    let artifact = Artifact::open(&bench.output(), ReadOptions::default()).expect("an artifact");
    let second = artifact
        .latest_finished_full()
        .expect("readable")
        .expect("a sync")
        .sync_id;
    assert_ne!(first, second);
    // Both fields are what the tools ask for before they compare.
    assert!(
        artifact
            .syncs()
            .expect("readable")
            .iter()
            .all(|s| s.supports_diff && s.grants_backfilled)
    );
    let added: Vec<String> = all(&artifact, &second, |_| true)
        .difference(&all(&artifact, &first, |_| true))
        .map(|(entitlement, _, id)| format!("{entitlement} {id}"))
        .collect();
    assert_eq!(
        added,
        [
            "app:wiki:use cleo",
            "group:all:member cleo",
            "group:team:member cleo"
        ]
    );
}
