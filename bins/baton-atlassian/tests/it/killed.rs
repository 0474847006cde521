//! Killed at any moment of a sync: the next run goes on, and its artifact does not show it.

use crate::harness::{Mood, Ran, Vendor, check};
use atlassian_sim::OrgSpec;
use c1z_file::logical::{self, LogicalDigest};
use c1z_file::{Artifact, ReadOptions};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Child;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

// The older artifact is of another organization.
const ARGUMENTS: [&str; 5] = ["--workers", "16", "--output", "json", "--replace"];

/// Requests in flight at most.
const WORKERS: u64 = 16;

/// What else a kill can cost: the pages that wait for the one thread that writes, those that it is about to commit, and
/// the request that checks the configuration.
const UNCOMMITTED: u64 = 32 + 64 + 1;

/// Kills while requests are made, each in its own twentieth of the sync.
const KILLS: u64 = 20;

const SEED: u64 = 20;

/// Everything that an organization can have but what may not be read, in about 1 200 requests.
fn organization() -> OrgSpec {
    OrgSpec {
        users: 1_000,
        ..OrgSpec::demo()
    }
}

fn vendor(held_after: Option<u64>) -> Vendor {
    let mood = Mood {
        latency: Duration::from_millis(2),
        held_after,
        ..Mood::default()
    };
    Vendor::of(organization(), mood)
}

/// Syncs to the end: the summary.
fn finish(vendor: &Vendor) -> Value {
    let ran = vendor.run(&ARGUMENTS);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// What the sync in an artifact says.
fn content(artifact: &Path) -> LogicalDigest {
    let artifact = Artifact::open(artifact, ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap();
    logical::digest(&artifact, &sync.sync_id).unwrap()
}

/// The names of what is in the folder.
fn files(vendor: &Vendor) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(vendor.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// SplitMix64: the same points in every run of the test.
fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What there is to compare with: an undisturbed sync, and an older artifact to be left alone.
struct Whole {
    requests: u64,
    content: LogicalDigest,
    older: Vec<u8>,
}

static WHOLE: LazyLock<Whole> = LazyLock::new(Whole::sync);

impl Whole {
    fn sync() -> Self {
        let (small, whole) = (Vendor::new(), vendor(None));
        finish(&small);
        let summary = finish(&whole);
        assert_eq!(summary["requests"]["total"], whole.requests());
        Self {
            requests: whole.requests(),
            content: content(&whole.path("sync.c1z")),
            older: fs::read(small.path("sync.c1z")).unwrap(),
        }
    }

    /// Starts a sync over the older artifact and kills it when `wait` returns.
    fn kill(&self, vendor: &Vendor, wait: impl FnOnce(&mut Child)) -> Ran {
        fs::write(vendor.path("sync.c1z"), &self.older).unwrap();
        let mut child = vendor.program(&ARGUMENTS).spawn().unwrap();
        wait(&mut child);
        child.kill().unwrap();
        vendor.ended(child)
    }

    /// Syncs again: the same content at less cost, and nothing else in the folder.
    fn go_on(&self, vendor: &Vendor, when: &str) {
        let summary = finish(vendor);
        assert_eq!(summary["sync"]["resumed"], true, "{when}");
        assert_eq!(content(&vendor.path("sync.c1z")), self.content, "{when}");
        assert_eq!(files(vendor), ["sync.c1z"], "{when}");
        let again = summary["requests"]["total"].as_u64().unwrap();
        // Killed within the first pages, nothing of which is committed yet, it has to ask for everything.
        assert!(again <= self.requests, "{when}: {again} requests");
        let twice = vendor.requests() - self.requests;
        assert!(twice <= WORKERS + UNCOMMITTED, "{when}: {twice} requests twice");
    }
}

#[test]
fn while_it_reads() {
    let whole = &*WHOLE;
    // The vendor keeps the last answer to itself, so that no kill is too late.
    let most = whole.requests - 1;
    let check = |nth| {
        let (from, to) = (most * nth / KILLS, most * (nth + 1) / KILLS);
        let at = from + 1 + random(SEED + nth) % (to - from);
        let when = format!("killed at request {at} of {}", whole.requests);
        let vendor = vendor(Some(most));
        let ran = whole.kill(&vendor, |_| vendor.wait_for_requests(at));
        assert_ne!(ran.exit, Some(0), "{when}");
        assert_eq!(fs::read(vendor.path("sync.c1z")).unwrap(), whole.older, "{when}");
        vendor.open();
        whole.go_on(&vendor, &when);
    };
    thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || (half..KILLS).step_by(2).for_each(check));
        }
    });
}

/// Whether a file of this name in the working directory of the artifact has this size at least.
fn is_at_work(vendor: &Vendor, name: &str, bytes: u64) -> bool {
    let work = files(vendor)
        .into_iter()
        .filter(|file| file.starts_with(".c1z-work-"));
    work.filter_map(|directory| fs::metadata(vendor.path(&directory).join(name)).ok())
        .any(|file| file.len() >= bytes)
}

/// All is read; the artifact is begun, has its rows, is compressed.
#[test]
fn while_it_seals() {
    let whole = &*WHOLE;
    for (name, bytes) in [("db", 0), ("db", 1_000_000), ("artifact", 0)] {
        let when = format!("killed when {name} had {bytes} bytes");
        let in_time = || {
            let vendor = vendor(None);
            let ran = whole.kill(&vendor, |child| {
                vendor.wait_for_requests(whole.requests);
                while !is_at_work(&vendor, name, bytes) && child.try_wait().unwrap().is_none() {
                    thread::yield_now();
                }
            });
            let found = fs::read(vendor.path("sync.c1z")).unwrap();
            if found != whole.older {
                assert_eq!(content(&vendor.path("sync.c1z")), whole.content, "{when}");
            }
            let staged = vendor.path("sync.c1z.staging").exists();
            (ran.exit != Some(0) && staged).then_some(vendor)
        };
        let vendor = (0..20).find_map(|_| in_time()).expect("a kill before the end");
        whole.go_on(&vendor, &when);
        assert_eq!(vendor.requests(), whole.requests + 1, "{when}: but for the check");
    }
}

#[test]
fn another_organization_gets_nothing_of_it() {
    let specs = [1, 2].map(|seed| OrgSpec::small(60).with_seed(seed));
    let [first, second] = specs.clone().map(|spec| Vendor::of(spec, Mood::default()));
    finish(&first);
    finish(&second);

    let mood = Mood {
        held_after: Some(first.requests() / 2),
        ..Mood::default()
    };
    let [first_spec, second_spec] = specs;
    let mut vendor = Vendor::of(first_spec, mood);
    let mut child = vendor.program(&ARGUMENTS).spawn().unwrap();
    vendor.wait_until_held();
    child.kill().unwrap();
    vendor.ended(child);
    vendor.turn_into(second_spec);
    vendor.open();
    let ran = vendor.run(&["--log-level", "info"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let told = ran.stderr.lines().find_map(|line| line.split_once("set aside"));
    check!(told.map_or("", |(_, told)| told), @r#" an unfinished sync as sync.c1z.staging.old: it belongs to organization "de180939-e28b-49bf-80eb-f6c3051b8ae9", not "967cc173-5f1e-41a4-8185-c6ae72bc3b50""#);
    assert_eq!(
        content(&vendor.path("sync.c1z")),
        content(&second.path("sync.c1z"))
    );
    assert_ne!(
        content(&vendor.path("sync.c1z")),
        content(&first.path("sync.c1z"))
    );
    assert_eq!(files(&vendor), ["sync.c1z"]);
}
