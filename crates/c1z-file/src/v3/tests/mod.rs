//! Stores that were not written by the samples' writer, and damaged ones.

mod build;
mod limits;

use self::build::{
    DELETE, Entry, Form, Part, SET, SET_WITH_DELETE, SINGLE_DELETE, SIZED_DELETE, entry, files, scan, table,
    with,
};
use super::{
    copy,
    cursor::walk_block,
    keys::{self, Range},
    limits::{Block, Budget},
    records,
    store::Store,
};
use crate::{
    Artifact, ArtifactWriter, EntitlementRow, GrantRow, ReadOptions, ResourceRow, StorageEngine, SyncRun,
    SyncType, WriterOptions,
};
use jiff::tz::TimeZone;
use prost::Message;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const ALL: Range<'_> = Range {
    from: b"",
    to: &[0xff; 8],
};

/// Numbers that look random and are the same in every run.
struct Stream(u64);

impl Stream {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    list.iter()
        .map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect()
}

#[test]
fn tables_of_rows_in_all_forms() {
    let entries: Vec<Entry> = (0..100)
        .map(|n| {
            entry(
                &format!("key{n:03}"),
                n,
                SET,
                &format!("value {n}").repeat(usize::try_from(n % 5).unwrap()),
            )
        })
        .collect();
    let expected: Vec<_> = entries
        .iter()
        .map(|(key, _, _, value)| (key.clone(), value.clone()))
        .collect();
    for format in 1..=4 {
        for compression in [0, 1, 7] {
            for (two_levels, values_apart, xxhash) in [(false, false, true), (true, format >= 3, false)] {
                let form = Form {
                    format,
                    compression,
                    per_block: 1 + 5 * usize::from(compression),
                    two_levels,
                    values_apart,
                    xxhash,
                    claims: None,
                };
                let table = table(&entries, &[], form);
                let part = Part::whole(2, &table, ("key000", "key099"), (0, 99));
                let files = files(&[(2, table)], &[part], 99);
                assert_eq!(scan(&files, ALL).unwrap(), expected, "{form:?}");
                let some = Range {
                    from: b"key0195",
                    to: b"key042",
                };
                assert_eq!(scan(&files, some).unwrap(), expected[20..42], "{form:?}");
            }
        }
    }
}

#[test]
fn kinds_of_entries() {
    let entries = [
        entry("a", 9, SET_WITH_DELETE, "1"),
        entry("a", 8, DELETE, ""),
        entry("b", 9, DELETE, ""),
        entry("b", 8, SET, "2"),
        entry("c", 9, SINGLE_DELETE, ""),
        entry("c", 8, SET, "3"),
        entry("d", 9, SIZED_DELETE, "5"),
        entry("d", 8, SET, "4"),
        // Newer than the store: the one before counts.
        entry("e", 11, DELETE, ""),
        entry("e", 8, SET, "5"),
        entry("f", 10, SET, "6"),
    ];
    for format in 1..=4 {
        let form = Form {
            format,
            ..Form::default()
        };
        let table = table(&entries, &[], form);
        let part = Part::whole(2, &table, ("a", "f"), (8, 11));
        let found = scan(&files(&[(2, table)], &[part], 10), ALL).unwrap();
        assert_eq!(found, pairs(&[("a", "1"), ("e", "5"), ("f", "6")]));
    }
}

#[test]
fn of_a_table_that_was_cut_a_part_counts() {
    let old = table(
        &["a", "b", "c", "d", "e", "f"].map(|key| entry(key, 0, SET, "old")),
        &[("a", "z", 0)],
        Form::default(),
    );
    let new = table(
        &[entry("b", 0, SET, "new"), entry("c", 0, SET, "new")],
        &[("d", "e", 0)],
        Form::default(),
    );
    let parts = [
        // The end is not part of it; ages are those of the list.
        Part::cut(11, 2, ("b", "e"), (5, 5)),
        Part::cut(12, 2, ("f", "g"), (8, 8)),
        Part::whole(3, &new, ("b", "e"), (7, 7)),
    ];
    let found = scan(&files(&[(2, old.clone()), (3, new.clone())], &parts, 10), ALL).unwrap();
    assert_eq!(found, pairs(&[("b", "new"), ("c", "new"), ("f", "old")]));
    let parts = [
        Part::cut(11, 2, ("b", "e"), (9, 9)),
        Part::whole(3, &new, ("b", "e"), (7, 7)),
    ];
    let found = scan(&files(&[(2, old), (3, new)], &parts, 10), ALL).unwrap();
    assert_eq!(found, pairs(&[("b", "old"), ("c", "old"), ("d", "old")]));
}

/// Entries and deleted ranges at random, spread over tables, against what they say one after the other.
#[test]
fn tables_together_say_what_their_entries_say_in_turn() {
    for seed in 0..60 {
        let mut random = Stream(seed);
        let count = 1 + random.below(5);
        let mut entries: Vec<Vec<Entry>> = vec![Vec::new(); count];
        let mut deleted: Vec<Vec<(&str, &str, u64)>> = vec![Vec::new(); count];
        let mut expected = BTreeMap::new();
        let names = ["a", "b", "ba", "bb", "c", "ca", "d", "e", "f"];
        for seq in 10..60 {
            let at = random.below(count);
            let key = random.below(names.len());
            match random.below(8) {
                0 => {
                    let end = key + random.below(names.len() - key);
                    if end > key {
                        deleted[at].push((names[key], names[end], seq));
                        let range = names[key].as_bytes()..names[end].as_bytes();
                        expected.retain(|name: &Vec<u8>, _| !range.contains(&name.as_slice()));
                    }
                }
                1 => {
                    entries[at].push(entry(names[key], seq, DELETE, ""));
                    expected.remove(names[key].as_bytes());
                }
                _ => {
                    let value = format!("value of {seq}");
                    entries[at].push(entry(names[key], seq, SET, &value));
                    expected.insert(names[key].into(), value.into());
                }
            }
        }
        let (mut tables, mut parts) = (Vec::new(), Vec::new());
        for (number, (mut entries, mut deleted)) in (2..).zip(entries.into_iter().zip(deleted)) {
            entries.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
            deleted.sort_by(|a, b| a.0.cmp(b.0).then(b.2.cmp(&a.2)));
            let form = Form {
                format: u32::try_from(1 + random.below(4)).unwrap(),
                ..Form::default()
            };
            let table = table(&entries, &deleted, form);
            parts.push(Part::whole(number, &table, ("a", "f"), (10, 60)));
            tables.push((number, table));
        }
        let found = scan(&files(&tables, &parts, 60), ALL).unwrap();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "seed {seed}");
    }
}

#[track_caller]
fn check_refused(files: &[(String, Vec<u8>)], expected: &str) {
    assert_eq!(scan(files, ALL).unwrap_err().to_string(), expected);
}

fn small() -> (Vec<u8>, Part) {
    let table = table(
        &["a", "b", "c"].map(|key| entry(key, 0, SET, "1")),
        &[],
        Form::default(),
    );
    let part = Part::whole(2, &table, ("a", "c"), (0, 0));
    (table, part)
}

#[test]
fn what_does_not_fit_is_refused() {
    let (table, part) = small();
    let longer = [&table, &b"x"[..]].concat();
    check_refused(
        &files(&[(2, longer)], &[part], 9),
        &format!(
            "its table 000002.sst: it has {} bytes and should have {}",
            table.len() + 1,
            table.len()
        ),
    );
    check_refused(&files(&[], &[small().1], 9), "its table 000002.sst is missing");
    for (bounds, expected) in [
        (
            ("a", "b"),
            "its table 000002.sst: it holds a key behind the last that it should have",
        ),
        (
            ("b", "c"),
            "its table 000002.sst: it holds a key before the first that it should have",
        ),
    ] {
        let part = Part::whole(2, &table, bounds, (0, 0));
        check_refused(&files(&[(2, table.clone())], &[part], 9), expected);
    }
    let with_file = |name: &str, content: &[u8]| {
        let mut files = files(&[(2, table.clone())], &[small().1], 9);
        files.push((name.to_owned(), content.to_vec()));
        files
    };
    assert_eq!(scan(&with_file("000009.log", b""), ALL).unwrap().len(), 3);
    check_refused(
        &with_file("000009.log", b"entries"),
        "its log 000009.log holds entries that its writer did not move to a table before it saved the artifact",
    );
    check_refused(
        &with_file("marker.format-version.000002.025", b""),
        "its store of version 25 is not known to this program",
    );
    check_refused(
        &with_file("marker.nonsense", b""),
        "its name is not that of a marker",
    );
    check_refused(
        &with_file("marker.manifest.000002.MANIFEST-000002", b""),
        "its file \"MANIFEST-000002\": it is not there",
    );
    assert_eq!(
        scan(&with_file("OPTIONS-000003", b"anything"), ALL)
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn keys_out_of_order_are_refused() {
    for entries in [
        [entry("b", 0, SET, ""), entry("a", 0, SET, "")],
        [entry("a", 1, SET, ""), entry("a", 2, SET, "")],
        [entry("a", 1, SET, ""), entry("a", 1, SET, "")],
    ] {
        let table = table(&entries, &[], Form::default());
        let part = Part::whole(2, &table, ("a", "b"), (0, 2));
        check_refused(
            &files(&[(2, table)], &[part], 9),
            "its table 000002.sst: its keys are not in order",
        );
    }
}

/// Every byte of a table counts: each change is noticed or changes nothing.
#[test]
fn changed_bytes_of_tables_are_noticed() {
    let (table, _) = small();
    for at in 0..table.len() {
        let mut changed = table.clone();
        changed[at] ^= 1 << (at % 8);
        let part = small().1;
        match scan(&files(&[(2, changed)], &[part], 9), ALL) {
            Ok(found) => assert_eq!(found.len(), 3, "{at}"),
            Err(error) => assert!(
                error.to_string().starts_with("its table 000002.sst: "),
                "{at}: {error}"
            ),
        }
    }
}

/// The table and the list of tables that the description of the format shows.
#[test]
fn a_table_byte_by_byte() {
    let entries = [
        (vec![3, 6], 0, SET, vec![0x41]),
        (
            [&[3, 0xff], &b"keyspace_version"[..]].concat(),
            0,
            SET,
            vec![0, 0, 0, 2],
        ),
    ];
    let table = table(&entries, &[], Form::default());
    assert_eq!(table.len(), 248);
    assert_eq!(table[..14], [0, 10, 1, 3, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0x41]);
    assert_eq!(table[54..59], [0, 0xb2, 0x41, 0x5c, 0x8b]);
    assert_eq!(table[195..201], [1, 0x9f, 1, 0x1f, 0x3b, 0x27]);
}

/// Blocks of columns and rows with bytes changed after their checksum was made: read to an end or to an error.
#[test]
fn changed_blocks_do_no_harm() {
    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/c1z-v3/reference-pebble-tiny.c1z");
    let parent = tempfile::tempdir().unwrap();
    let scratch = crate::Scratch::create(parent.path()).unwrap();
    let mut directory = super::Directory::new(&scratch);
    let mut source = std::fs::File::open(sample).unwrap();
    crate::envelope::envelope_of(&mut source).unwrap();
    let budget = Budget::new(1 << 30);
    super::envelope::unpack(&mut source, &mut directory, &budget).unwrap();
    let manifest = directory.manifest().unwrap();
    let store = Store::open(&directory, &manifest, &budget).unwrap();
    let mut blocks: Vec<(u32, Vec<u8>)> = store.data_blocks().unwrap();
    assert_eq!(blocks.len(), 4);
    let rows: Vec<_> = (0..40)
        .map(|n| (build::internal(format!("k{n:02}").as_bytes(), n, SET), vec![0, 1]))
        .collect();
    blocks.extend((1..=4).map(|format| (format, build::row_block(&rows))));
    let walk = |format, block: Vec<u8>| walk_block(Block::new(block, &budget).unwrap(), format);
    let mut refused = 0;
    for (format, block) in &blocks {
        assert!(walk(*format, block.clone()).unwrap() > 0);
        let mut random = Stream(7);
        for _ in 0..1500 {
            let mut changed = block.clone();
            for _ in 0..=random.below(3) {
                // Heads and ends hold what leads to the rest.
                let at = match random.below(3) {
                    0 => random.below(changed.len().min(80)),
                    1 => changed.len() - 1 - random.below(changed.len().min(80)),
                    _ => random.below(changed.len()),
                };
                changed[at] = [
                    0,
                    1,
                    0x7f,
                    0x80,
                    0xff,
                    changed[at] ^ 1,
                    changed[at].wrapping_add(1),
                ][random.below(7)];
            }
            changed.truncate(changed.len() - random.below(50) / 48);
            refused += usize::from(walk(*format, changed).is_err());
        }
    }
    assert!(refused > 1000, "{refused}");
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/c1z-v3")
        .join(name)
}

/// Hands the store in an artifact to `read`.
fn with_store_of<T>(artifact: &Path, read: impl FnOnce(&Store<'_>) -> T) -> T {
    let parent = tempfile::tempdir().unwrap();
    let scratch = crate::Scratch::create(parent.path()).unwrap();
    let mut directory = super::Directory::new(&scratch);
    let mut source = std::fs::File::open(artifact).unwrap();
    crate::envelope::envelope_of(&mut source).unwrap();
    let budget = Budget::new(1 << 30);
    super::envelope::unpack(&mut source, &mut directory, &budget).unwrap();
    let manifest = directory.manifest().unwrap();
    read(&Store::open(&directory, &manifest, &budget).unwrap())
}

fn all_entries(artifact: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    with_store_of(artifact, |store| {
        let mut found = BTreeMap::new();
        store
            .scan(ALL, |key, value| {
                found.insert(key.to_vec(), value.to_vec());
                Ok(())
            })
            .unwrap();
        found
    })
}

/// Writes the rows of the newest sync of an artifact as a store.
fn rewrite(from: &Path, to: &Path) {
    let artifact = Artifact::open(from, ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    let id = &sync.sync_id;
    let at = |time: crate::StoredTime| TimeZone::UTC.to_timestamp(time.wall_clock()).unwrap();
    let (started, ended) = (at(sync.started().unwrap()), at(sync.ended().unwrap().unwrap()));
    let run = SyncRun::new(id.parse().unwrap(), started, SyncType::Full);
    let options = WriterOptions::new(run).with_storage_engine(StorageEngine::Pebble);
    let mut writer = ArtifactWriter::create(to, options).unwrap();
    for row in artifact.resource_types(id) {
        writer.resource_type(&row.unwrap().decode().unwrap()).unwrap();
    }
    for row in artifact.resources(id) {
        let row = row.unwrap();
        writer
            .resource(ResourceRow {
                resource_type_id: &row.resource_type_id,
                resource_id: &row.external_id[row.resource_type_id.len() + 1..],
                parent: row
                    .parent_resource_type_id
                    .as_deref()
                    .zip(row.parent_resource_id.as_deref()),
                data: &row.data,
            })
            .unwrap();
    }
    for row in artifact.entitlements(id) {
        let row = row.unwrap();
        writer
            .entitlement(EntitlementRow {
                resource_type_id: &row.resource_type_id,
                resource_id: &row.resource_id,
                entitlement_id: &row.external_id,
                data: &row.data,
            })
            .unwrap();
    }
    for row in artifact.grants(id) {
        let row = row.unwrap();
        writer
            .grant(GrantRow {
                resource_type_id: &row.resource_type_id,
                resource_id: &row.resource_id,
                entitlement_id: &row.entitlement_id,
                principal_type: &row.principal_resource_type_id,
                principal_id: &row.principal_resource_id,
                grant_id: &row.external_id,
                expansion: row.expansion.as_deref(),
                data: &row.data,
            })
            .unwrap();
    }
    writer.finish(ended, "").unwrap();
}

/// The same artifact of ours as a store, by us and by the Go SDK: every key, every value but times, indexes and digests too.
#[test]
fn a_store_is_written_as_by_the_other_writer() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.c1z");
    rewrite(&sample("twin-v1.c1z"), &output);
    let (ours, theirs) = (all_entries(&output), all_entries(&sample("twin-v3.c1z")));
    let shown = |key: &Vec<u8>| String::from_utf8_lossy(key).into_owned();
    assert_eq!(
        ours.keys().map(shown).collect::<Vec<_>>(),
        theirs.keys().map(shown).collect::<Vec<_>>()
    );
    let stats = keys::meta("stats\0");
    let mut compared = 0;
    for (key, value) in ours
        .iter()
        .filter(|(key, _)| **key != keys::SYNC && **key != stats)
    {
        let theirs = &theirs[key];
        let without_time = |value: &[u8]| match key.get(1) {
            Some(1) => at_no_time::<records::ResourceType>(value, |record| record.discovered_at = None),
            Some(2) => at_no_time::<records::Resource>(value, |record| record.discovered_at = None),
            Some(3) => at_no_time::<records::Entitlement>(value, |record| record.discovered_at = None),
            Some(4) => at_no_time::<records::Grant>(value, |record| record.discovered_at = None),
            _ => value.to_vec(),
        };
        assert_eq!(value.len(), theirs.len(), "{}", shown(key));
        assert_eq!(without_time(value), without_time(theirs), "{}", shown(key));
        compared += 1;
    }
    assert_eq!(compared, 5 + 91 + 78 + 529 + 3 * 529 - 529 + 13 + 79 + 2);
    assert!(
        std::fs::metadata(&output).unwrap().len() < std::fs::metadata(sample("twin-v3.c1z")).unwrap().len()
    );
    // Longer than one block, and with grants that have parts of digests.
    let report = crate::verify(&output).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

fn at_no_time<M: Message + Default>(value: &[u8], clear: impl Fn(&mut M)) -> Vec<u8> {
    let mut message = M::decode(value).unwrap();
    clear(&mut message);
    message.encode_to_vec()
}

fn meta(version: u8) -> Entry {
    (keys::meta("keyspace_version"), 0, SET, vec![0, 0, 0, version])
}

fn one_grant() -> Entry {
    // Fields 3 and 4: an entitlement and a principal, each with type, id and, of the entitlement, its own id.
    let grant = [
        &[0x1a, 9][..],
        b"\x0a\x01t\x12\x01r\x1a\x01e",
        &[0x22, 6],
        b"\x0a\x01u\x12\x01p",
        &[0x38, 1],
    ]
    .concat();
    (b"\x03\x04\0t\0r\x000\0e\0u\0p".to_vec(), 0, SET, grant)
}

fn store_of(entries: &[Entry]) -> Vec<(String, Vec<u8>)> {
    let table = table(entries, &[], Form::default());
    let bound = |entry: &Entry| build::internal(&entry.0, 0, SET);
    let part = Part {
        smallest: bound(&entries[0]),
        largest: bound(entries.last().unwrap()),
        ..Part::whole(2, &table, ("", ""), (0, 0))
    };
    files(&[(2, table)], &[part], 9)
}

fn counts(entries: &[Entry]) -> super::Result<Vec<(u64, u64)>> {
    with(&store_of(entries), |directory, scratch| {
        let (manifest, budget) = (directory.manifest()?, Budget::new(1 << 30));
        let store = Store::open(directory, &manifest, &budget)?;
        let counts = copy::copy(&store, &scratch.file("db"))?;
        Ok(counts.iter().map(|count| (count.found, count.expected)).collect())
    })
}

#[test]
fn rows_that_an_index_lacks_are_counted() {
    let index = |number: u8, key: u8| (vec![3, 7, number, 0, key], 0, SET, Vec::new());
    let found = counts(&[
        one_grant(),
        index(1, 0),
        index(4, 0),
        index(4, 1),
        index(8, 0),
        meta(2),
    ])
    .unwrap();
    assert_eq!(found, [(1, 0), (2, 1), (0, 1)]);
}

#[test]
fn another_layout_of_keys_is_refused() {
    let refused = |entries: &[Entry]| counts(entries).unwrap_err().to_string();
    assert_eq!(
        refused(&[one_grant(), meta(3)]),
        "the layout of its keys, [00, 00, 00, 03], is not known to this program"
    );
    assert_eq!(
        refused(&[one_grant()]),
        "it does not say how its keys are laid out"
    );
    let nothing = (keys::meta("other"), 0, SET, Vec::new());
    assert_eq!(counts(&[nothing]).unwrap(), [(0, 0); 3]);
    let wrong = (one_grant().0, 0, SET, vec![0xff]);
    assert!(refused(&[wrong, meta(2)]).starts_with("a grant in it does not decode: "));
}

#[test]
fn ids_that_were_not_stored_are_made() {
    let mut record = records::Grant::decode(one_grant().3.as_slice()).unwrap();
    let (entitlement, principal) = record.sides();
    assert_eq!(record.message(&entitlement, &principal).id, "e:u:p");
}
