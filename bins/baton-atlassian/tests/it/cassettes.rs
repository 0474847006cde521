//! Recording a run and replaying it.

use crate::company::Company;
use crate::harness::{Ran, Vendor, check, program};
use c1z_file::{Artifact, ReadOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn ran(folder: &Path, arguments: &[&str]) -> Ran {
    Ran::of(program(folder, arguments).output().unwrap(), folder)
}

/// What a summary counts.
fn counts(ran: &Ran) -> Value {
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    let sync = &summary["sync"];
    let notices = sync["notices"].as_array().unwrap();
    let notices: BTreeMap<_, _> = notices
        .iter()
        .map(|notice| (notice["kind"].as_str().unwrap(), &notice["count"]))
        .collect();
    json!({
        "resources": sync["resources"],
        "entitlements": sync["entitlements"],
        "grants": sync["grants"],
        "held": sync["held"],
        "notices": notices,
    })
}

/// How many entitlements are held by how many of each kind of principal, and how many principals hold how many
/// entitlements of each kind: access without anybody's ids.
fn shape(file: &Path) -> BTreeMap<(String, BTreeMap<String, u64>), u64> {
    let artifact = Artifact::open(file, ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    let mut of: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    for grant in artifact.grants(&sync.sync_id) {
        let grant = grant.unwrap();
        let entitlement = (
            format!("held {}", grant.resource_type_id),
            grant.entitlement_id.clone(),
        );
        let principal = (
            format!("holding {}", grant.principal_resource_type_id),
            grant.principal_resource_id.clone(),
        );
        *of.entry(entitlement)
            .or_default()
            .entry(grant.principal_resource_type_id)
            .or_default() += 1;
        *of.entry(principal)
            .or_default()
            .entry(grant.resource_type_id)
            .or_default() += 1;
    }
    let mut shape = BTreeMap::new();
    for ((kind, _), degrees) in of {
        *shape.entry((kind, degrees)).or_default() += 1;
    }
    shape
}

#[test]
fn a_replay_gives_the_same_counts_and_the_same_shape_of_access() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let common = ["--allow-gaps", "--output", "json", "--log-level", "error"];
    let run = |arguments: &[&str]| ran(folder, &[&common, arguments].concat());
    let recorded = run(&["--demo", "--record", "recording", "-f", "recorded.c1z"]);
    let replayed = run(&["--replay", "recording", "-f", "replayed.c1z"]);
    assert_eq!(counts(&recorded), counts(&replayed));
    assert_eq!(
        shape(&folder.join("recorded.c1z")),
        shape(&folder.join("replayed.c1z"))
    );
    assert_eq!(replayed.stderr, "", "something was not asked for");
}

#[test]
fn a_recording_shows_nobody_and_a_changed_one_names_the_difference() {
    let vendor = Vendor::new();
    assert_eq!(
        vendor.run(&["--record", "recording", "--workers", "1"]).exit,
        Some(0)
    );
    let requests = vendor.requests();
    let cassette = vendor.path("recording").join("cassette-0001.json");
    let text = fs::read_to_string(&cassette).unwrap();
    for private in [vendor.org.api_key(), vendor.org.id(), vendor.org.name()] {
        assert!(!text.contains(private), "{private} is in the recording");
    }
    let changed = text.replacen("\"limit\": 100", "\"limit\": 50", 1);
    assert_ne!(text, changed);
    fs::write(&cassette, changed).unwrap();
    let ran = ran(
        vendor.folder.path(),
        &[
            "--replay",
            "recording",
            "--log-level",
            "error",
            "--workers",
            "1",
            "-f",
            "replayed.c1z",
        ],
    );
    // Ids in a recording are made up again each time.
    insta::with_settings!({ filters => vec![(r"[0-9a-f-]{36}", "[id]")] }, {
        insta::assert_snapshot!(ran.end(), @"
        exit 13
        baton-atlassian: not understood: a request is not in the recording: POST /admin/v2/orgs/[id]/directories/-/users/search: closest is exchange 2 of cassette-0001.json, but body.limit is 100, recorded 50. The recording is of another version or of another command; record it again
        ");
    });
    assert_eq!(vendor.requests(), requests, "the vendor was asked");
}

#[test]
fn what_cannot_be_recorded_or_replayed() {
    let vendor = Vendor::new();
    assert_eq!(vendor.run(&["--record", "recording"]).exit, Some(0));
    let requests = vendor.requests();
    check!(vendor.run(&["--record", "recording"]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: --record: cannot record into recording: it holds a recording already
    ");
    check!(vendor.run(&["--replay", "."]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: --replay: cannot replay .: it holds no cassette
    ");
    check!(vendor.run(&["--replay", "recording", "--record", "other"]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: --record and --replay contradict each other: a replay has no traffic to record. Leave one of them out
    ");
    check!(vendor.run(&["--replay", "recording", "--demo"]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: --demo and --replay contradict each other: a recording answers instead of everything else. Leave one of them out
    ");
    check!(vendor.run(&["--replay", "recording", "--access-token", "k"]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: --replay and --access-token contradict each other: a replay reaches no vendor. Leave one of them out
    ");
    assert_eq!(vendor.requests(), requests, "the vendor was asked");
}

#[test]
fn a_recorded_change_shows_neither_its_key_nor_the_person() {
    let company = Company::new();
    let email = "ines.calder@larkspur.example";
    let create = ["--create-account-login", email, "--create-account-email", email];
    let ran = company.run_with_scim(&[&create[..], &["--record", "recording"]].concat());
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let text = fs::read_to_string(company.path("recording").join("cassette-0001.json")).unwrap();
    assert!(text.contains("/Users"), "the change is not recorded");
    let scim = company.org.scim_directories().next().unwrap();
    for private in [
        email,
        scim.key(),
        scim.id(),
        company.org.api_key(),
        company.org.id(),
    ] {
        assert!(!text.contains(private), "{private} is in the recording");
    }
    // It is played again without the key of the directory, for the person whom the recording shows.
    let mut searched = text
        .split("\"emails\": [")
        .skip(1)
        .map(|rest| rest.split('"').nth(1).unwrap());
    let email = searched.find(|email| email.contains('@')).unwrap();
    let create = ["--create-account-login", email, "--create-account-email", email];
    let asked = company.requests();
    let replayed = company.run(&[&create[..], &["--replay", "recording", "--log-level", "error"]].concat());
    assert_eq!((replayed.exit, replayed.stderr.as_str()), (Some(0), ""));
    assert_eq!(company.requests(), asked, "the vendor was asked");
}

#[test]
fn a_checkup_is_replayed_too() {
    let company = Company::new();
    let recorded = company.run(&["doctor", "--record", "recording"]);
    let asked = company.requests();
    let folder = company.folder.path();
    let replayed = ran(
        folder,
        &["doctor", "--replay", "recording", "--log-level", "error"],
    );
    assert_eq!(replayed.exit, Some(0), "{}", replayed.stderr);
    let kinds = |ran: &Ran| -> Vec<String> {
        let words = ran.stdout.lines().map(|line| line.chars().take(52).collect());
        words
            .filter(|line: &String| !line.starts_with(['a', 'c', ' ']))
            .collect()
    };
    assert_eq!(kinds(&recorded), kinds(&replayed));
    assert_eq!(company.requests(), asked, "the vendor was asked");
}
