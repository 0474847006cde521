//! Artifacts of envelope v3: the same rows as from envelope v1, and what is no such artifact.

use crate::sample;
use c1z_file::{Artifact, ReadError, ReadOptions, Stats, SyncType, logical, verify};
use prost::Message;
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};
use twox_hash::XxHash64;

/// Written by the Go connector: small; synced into twice, so that parts of older tables are left over and ranges are deleted;
/// and the conversion of an artifact of ours.
const SAMPLES: [&str; 3] = [
    "reference-pebble-tiny.c1z",
    "pebble-second-sync.c1z",
    "twin-v3.c1z",
];

pub(crate) fn fixture(name: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/c1z-v3");
    fixtures.join(name)
}

pub(crate) fn open(path: &Path) -> (Artifact, String) {
    let artifact = Artifact::open(path, ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    (artifact, sync.sync_id)
}

fn digest(path: &Path) -> String {
    let (artifact, sync) = open(path);
    logical::digest(&artifact, &sync).unwrap().to_string()
}

#[test]
fn both_envelopes_give_the_same_rows() {
    let (v1, v3) = (fixture("twin-v1.c1z"), fixture("twin-v3.c1z"));
    let ((a, a_sync), (b, b_sync)) = (open(&v1), open(&v3));
    let found = logical::diff((&a, &a_sync), (&b, &b_sync), 10).unwrap();
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(digest(&v1), digest(&v3));
    let stats = |artifact: &Artifact| artifact.syncs().unwrap()[0].stats().unwrap().unwrap();
    let plain = |mut stats: Stats| {
        stats.step_durations_ms = Default::default();
        stats
    };
    assert_eq!(plain(stats(&a)), plain(stats(&b)));
    // The conversion marks every grant that passes on.
    let marked = b
        .grants(&b_sync)
        .map(|row| row.unwrap())
        .filter(|row| row.needs_expansion);
    assert!(
        marked
            .map(|row| row.expandable().unwrap())
            .all(|expandable| expandable.is_some())
    );
}

/// What one version of the Go connector wrote in either envelope of one organization.
#[test]
fn another_writer_gives_the_same_rows_in_both_envelopes() {
    let (v1, v3) = (sample::go_artifact(), fixture("reference-pebble-tiny.c1z"));
    let ((a, a_sync), (b, b_sync)) = (open(&v1), open(&v3));
    let found = logical::diff((&a, &a_sync), (&b, &b_sync), 10).unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

/// The second sync alone counts, as another reader of the format finds it.
#[test]
fn of_a_file_that_was_synced_into_twice_the_second_sync_counts() {
    let (artifact, id) = open(&fixture("pebble-second-sync.c1z"));
    let syncs = artifact.syncs().unwrap();
    assert_eq!(syncs.len(), 1);
    let sync = &syncs[0];
    assert_eq!(sync.sync_id, "3Mnc6VMR64qbvRh9jkOWxbWy8EG");
    assert_eq!(sync.sync_type, SyncType::Full);
    assert_eq!(sync.started_at, "2026-11-29 21:59:56.367594471");
    assert_eq!(sync.ended_at.as_deref(), Some("2026-11-29 21:59:56.579479645"));
    assert!(sync.supports_diff && sync.grants_backfilled);
    assert_eq!(sync.sync_token.len(), 1891);
    let counts = artifact.counts(&id).unwrap();
    let resources = [
        ("api_token", 8),
        ("group", 12),
        ("organization", 1),
        ("user", 60),
        ("workspace", 4),
    ];
    assert_eq!(
        counts.resources,
        resources.map(|(kind, count)| (kind.to_owned(), count)).into()
    );
    assert_eq!(counts.grants, 489);
    assert_eq!(
        (
            artifact.resource_types(&id).count(),
            artifact.entitlements(&id).count()
        ),
        (5, 56)
    );
    assert_eq!(artifact.assets(&id).count(), 0);
    // One line per row: its kind and its ids, as `read_v3.py --json` has them.
    let mut ids = Vec::new();
    ids.extend(
        artifact
            .resource_types(&id)
            .map(|row| format!("type {}", row.unwrap().external_id)),
    );
    ids.extend(artifact.resources(&id).map(|row| {
        let row = row.unwrap();
        let parent = row.parent_resource_type_id.zip(row.parent_resource_id);
        let parent = parent
            .map(|(kind, id)| format!("{kind}:{id}"))
            .unwrap_or_default();
        format!("resource {} < {parent}", row.external_id)
    }));
    ids.extend(artifact.entitlements(&id).map(|row| {
        let row = row.unwrap();
        format!(
            "entitlement {} on {}:{}",
            row.external_id, row.resource_type_id, row.resource_id
        )
    }));
    ids.extend(artifact.grants(&id).map(|row| {
        let row = row.unwrap();
        let (kind, principal) = (row.principal_resource_type_id, row.principal_resource_id);
        format!(
            "grant {} of {} to {kind}:{principal}",
            row.external_id, row.entitlement_id
        )
    }));
    ids.sort();
    let hash: Vec<_> = Sha256::digest(ids.join("\n"))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hash.concat(),
        "5948666a6f38290796baa8117b07d8d660e174dfdd97331bfe4d3679058e7d52"
    );
}

#[test]
fn rows_are_looked_up_and_paged() {
    let (artifact, id) = open(&fixture("twin-v3.c1z"));
    let grant = artifact.grants(&id).nth(100).unwrap().unwrap();
    assert_eq!(
        artifact.grant(&id, &grant.external_id).unwrap().as_ref(),
        Some(&grant)
    );
    let decoded = grant.decode_checked().unwrap();
    assert_eq!(decoded.id, grant.external_id);
    let on = (&*grant.resource_type_id, &*grant.resource_id);
    let resource = artifact.resource(&id, on.0, on.1).unwrap().unwrap();
    resource.decode_checked().unwrap();
    let entitlement = artifact.entitlement(&id, &grant.entitlement_id).unwrap().unwrap();
    entitlement.decode_checked().unwrap();
    let all: Vec<_> = artifact
        .grants(&id)
        .map(|row| row.unwrap())
        .filter(|row| row.resource_id == on.1)
        .collect();
    let mut paged = Vec::new();
    let mut after = 0;
    loop {
        let page = artifact.grants_on(&id, on, after, 7).unwrap();
        let Some((last, _)) = page.last() else { break };
        after = *last;
        paged.extend(page.into_iter().map(|(_, row)| row));
    }
    assert_eq!(paged, all);
    artifact.check().unwrap();
}

#[test]
fn sound_artifacts_are_verified() {
    for name in ["reference-pebble-tiny.c1z", "twin-v3.c1z"] {
        let report = verify(&fixture(name)).unwrap();
        let same = match name {
            "twin-v3.c1z" => verify(&fixture("twin-v1.c1z")).unwrap(),
            _ => verify(&sample::go_artifact()).unwrap(),
        };
        assert_eq!(report.findings, same.findings, "{name}");
    }
}

#[test]
fn nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let options = ReadOptions::default().with_temp_dir(folder.path());
    let artifact = Artifact::open(&fixture("twin-v3.c1z"), options).unwrap();
    let held = walk(folder.path());
    assert!(
        held.iter()
            .all(|name| !name.contains(".sst") && !name.contains("MANIFEST")),
        "{held:?}"
    );
    drop(artifact);
    assert_eq!(walk(folder.path()), Vec::<String>::new());
}

pub(crate) fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.to_string_lossy().into_owned());
        if path.is_dir() {
            found.extend(walk(&path));
        }
    }
    found
}

/// `IndexedFrameEntry`
#[derive(Clone, PartialEq, Message)]
struct Frame {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "2")]
    offset: i64,
    #[prost(int64, tag = "3")]
    compressed_size: i64,
    #[prost(int64, tag = "4")]
    raw_size: i64,
    #[prost(fixed64, tag = "5")]
    raw_xxh64: u64,
    #[prost(bytes = "vec", tag = "6")]
    raw_sha256: Vec<u8>,
}

/// `IndexedFrameIndex`
#[derive(Clone, PartialEq, Message)]
struct Index {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Frame>,
    #[prost(fixed64, tag = "4")]
    head_xxh64: u64,
}

/// The files in an artifact, taken out independently of the crate's own reader.
fn files(artifact: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(artifact).unwrap();
    let footer = &bytes[bytes.len() - 28..];
    let at = usize::try_from(u64::from_be_bytes(footer[..8].try_into().unwrap())).unwrap();
    let index = Index::decode(&bytes[at..bytes.len() - 28]).unwrap();
    let content = |frame: &Frame| {
        let at = usize::try_from(frame.offset).unwrap();
        let length = usize::try_from(frame.compressed_size).unwrap();
        zstd::decode_all(&bytes[at..at + length]).unwrap()
    };
    index
        .entries
        .iter()
        .map(|frame| (frame.name.clone(), content(frame)))
        .collect()
}

fn head(engine: &str, encoding: u8) -> Vec<u8> {
    let head = [
        &[0x0a, u8::try_from(engine.len()).unwrap()],
        engine.as_bytes(),
        &[0x20, encoding],
    ]
    .concat();
    let length = u32::try_from(head.len()).unwrap();
    [&b"C1Z3\0"[..], &length.to_be_bytes(), &head].concat()
}

/// An artifact of separate frames.
fn framed(engine: &str, files: &[(String, Vec<u8>)], change: impl Fn(&mut Index)) -> Vec<u8> {
    let mut out = head(engine, 5);
    let mut index = Index {
        entries: Vec::new(),
        head_xxh64: XxHash64::oneshot(0, &out[9..]),
    };
    for (name, content) in files {
        let frame = zstd::bulk::compress(content, 1).unwrap();
        index.entries.push(Frame {
            name: name.clone(),
            offset: i64::try_from(out.len()).unwrap(),
            compressed_size: i64::try_from(frame.len()).unwrap(),
            raw_size: i64::try_from(content.len()).unwrap(),
            raw_xxh64: XxHash64::oneshot(0, content),
            raw_sha256: Sha256::digest(content).to_vec(),
        });
        out.extend(frame);
    }
    change(&mut index);
    let (at, index) = (out.len() as u64, index.encode_to_vec());
    out.extend(&index);
    out.extend(at.to_be_bytes());
    out.extend(u32::try_from(index.len()).unwrap().to_be_bytes());
    out.extend(XxHash64::oneshot(0, &index).to_be_bytes());
    out.extend(b"C1ZIDX1\0");
    out
}

fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let folder = ("./".to_owned(), Vec::new());
    for (at, (name, content)) in [&folder].into_iter().chain(files).enumerate() {
        let mut head = [0; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        head[148..156].copy_from_slice(b"        ");
        head[156] = if at == 0 { b'5' } else { b'0' };
        let sum: u64 = head.iter().copied().map(u64::from).sum();
        head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(head);
        out.extend(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

#[test]
fn payloads_of_every_encoding_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.c1z");
    let files = files(&fixture("twin-v3.c1z"));
    let expected = digest(&fixture("twin-v3.c1z"));
    let tar = tar(&files);
    for packed in [
        framed("pebble3", &files, |_| ()),
        framed("pebble2", &files, |index| index.head_xxh64 = 0),
        [head("pebble3", 1), zstd::bulk::compress(&tar, 1).unwrap()].concat(),
        [head("pebble3", 2), tar].concat(),
    ] {
        fs::write(&path, packed).unwrap();
        assert_eq!(digest(&path), expected);
    }
}

#[track_caller]
fn check_refused(content: &[u8], expected: &str) -> ReadError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.c1z");
    fs::write(&path, content).unwrap();
    let error = Artifact::open(&path, ReadOptions::default()).unwrap_err();
    assert_eq!(
        sample::without(folder.path(), &error),
        format!("cannot read DIR/in.c1z: {expected}")
    );
    assert_eq!(walk(folder.path()), [path.to_string_lossy()]);
    error
}

#[test]
fn what_cannot_be_read_is_named() {
    let good = fs::read(fixture("reference-pebble-tiny.c1z")).unwrap();
    let files = files(&fixture("reference-pebble-tiny.c1z"));
    check_refused(b"C1Z3\0", "it is cut off");
    check_refused(b"C1Z3\0\xff\0\0\0", "its head is cut off or too long");
    check_refused(&good[..100], "its head is cut off or too long");
    check_refused(
        &good[..good.len() - 1],
        "it is cut off: the list of its files is missing",
    );
    check_refused(
        &good[..good.len() - 2000],
        "it is cut off: the list of its files is missing",
    );
    let engine = |name: &str| framed(name, &files, |_| ());
    check_refused(
        &engine(""),
        "its head does not name the storage engine that wrote it",
    );
    let newer = check_refused(
        &engine("pebble4"),
        "its storage engine \"pebble4\" is not known to this program",
    );
    assert!(matches!(newer, ReadError::Newer { .. }));
    check_refused(
        &[head("pebble3", 6), vec![0; 40]].concat(),
        "its payload encoding 6 is not known to this program",
    );
    check_refused(&head("pebble3", 2), "it is cut off");

    let framed = |change: &dyn Fn(&mut Index)| framed("pebble3", &files, change);
    check_refused(
        &framed(&|index| index.head_xxh64 ^= 1),
        "the checksum of its head differs",
    );
    check_refused(
        &framed(&|index| index.entries[0].raw_xxh64 ^= 1),
        "its file \"000004.sst\": its checksum differs",
    );
    check_refused(
        &framed(&|index| index.entries[0].raw_sha256[5] ^= 1),
        "its file \"000004.sst\": its checksum differs",
    );
    check_refused(
        &framed(&|index| index.entries[0].raw_size -= 1),
        "its file \"000004.sst\": it is longer than it should be",
    );
    check_refused(
        &framed(&|index| index.entries[0].raw_size += 1),
        "its file \"000004.sst\": it unpacks to 1658 bytes and should to 1659",
    );
    check_refused(
        &framed(&|index| index.entries[0].offset = 4),
        "its file \"000004.sst\": it is not inside the artifact",
    );
    check_refused(
        &framed(&|index| index.entries[0].compressed_size -= 1),
        "its file \"000004.sst\": its compressed data is cut off",
    );
    check_refused(
        &framed(&|index| index.entries.push(index.entries[0].clone())),
        "its file \"000004.sst\": it is there twice",
    );
    check_refused(
        &framed(&|index| drop(index.entries.remove(0))),
        "its table 000004.sst is missing",
    );
    check_refused(
        &framed(&|index| {
            index
                .entries
                .retain(|frame| !frame.name.starts_with("marker.manifest"))
        }),
        "it lacks the marker manifest",
    );
    check_refused(
        &framed(&|index| index.entries[0].raw_sha256.clear()),
        "the list of its files is damaged",
    );
    check_refused(
        &framed(&|index| index.entries[0].raw_size = 1 << 40),
        "it unpacks to more than 268435456 bytes, as no artifact of 11164 bytes does",
    );
}

#[test]
fn size_is_limited() {
    let limit = ReadOptions::default().with_max_decoded_bytes(20_000);
    let error = Artifact::open(&fixture("twin-v3.c1z"), limit).unwrap_err();
    assert!(
        matches!(error, ReadError::TooLarge { limit: 20_000, .. }),
        "{error}"
    );
}

/// Bytes of whole artifacts, and of the files in them behind checksums that fit: what is changed is noticed, or changes nothing.
#[test]
fn changed_bytes_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.c1z");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |limit: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap() % limit
    };
    for name in SAMPLES {
        let (good, expected) = (fs::read(fixture(name)).unwrap(), digest(&fixture(name)));
        let files = files(&fixture(name));
        let total: usize = files.iter().map(|(_, content)| content.len()).sum();
        for turn in 0..120 {
            let changed = if turn % 2 == 0 {
                let mut changed = good.clone();
                let at = below(changed.len());
                changed[at] ^= 1 << below(8);
                changed
            } else {
                let mut files = files.clone();
                let mut at = below(total);
                for (_, content) in &mut files {
                    match content.get_mut(at) {
                        Some(byte) => {
                            *byte ^= 1 << below(8);
                            break;
                        }
                        None => at -= content.len(),
                    }
                }
                framed("pebble3", &files, |_| ())
            };
            fs::write(&path, changed).unwrap();
            match Artifact::open(&path, ReadOptions::default()) {
                Ok(_) => assert_eq!(digest(&path), expected, "{name}, turn {turn}"),
                Err(error) => assert!(
                    matches!(
                        error,
                        ReadError::Damaged { .. } | ReadError::Newer { .. } | ReadError::Foreign { .. }
                    ),
                    "{name}, turn {turn}: {error}"
                ),
            }
        }
    }
}
