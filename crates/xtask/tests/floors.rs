//! The floors of the house, held against what cargo says: no crate uses one above it, and each stays ignorant of what
//! it must never know. `docs/architecture.md` draws the same picture for people.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Every crate of the workspace with its floor and what it must never reach, directly or through others.
const HOUSE: &[(&str, u8, &[&str])] = &[
    ("connector-proto", 0, &["connector-sdk", "reqwest", "rusqlite"]),
    (
        "connector-sdk",
        0,
        &[
            "http-kit",
            "reqwest",
            "rusqlite",
            "atlassian-admin",
            "c1z-file",
            "clap",
        ],
    ),
    (
        "http-kit",
        1,
        &[
            "connector-proto",
            "connector-sdk",
            "rusqlite",
            "clap",
            "atlassian-admin",
        ],
    ),
    (
        "atlassian-admin",
        1,
        &["connector-proto", "connector-sdk", "c1z-file", "rusqlite", "clap"],
    ),
    (
        "scim-client",
        1,
        &[
            "connector-proto",
            "connector-sdk",
            "c1z-file",
            "rusqlite",
            "clap",
            "atlassian-admin",
        ],
    ),
    (
        "c1z-file",
        1,
        &["connector-sdk", "http-kit", "reqwest", "clap", "tokio"],
    ),
    (
        "connector-runtime",
        2,
        &["atlassian-admin", "http-kit", "reqwest", "tonic", "clap"],
    ),
    (
        "connector-cli",
        2,
        &["atlassian-admin", "atlassian-connector", "atlassian-sim", "tonic"],
    ),
    (
        "atlassian-connector",
        3,
        &[
            "c1z-file",
            "rusqlite",
            "clap",
            "connector-runtime",
            "connector-cli",
        ],
    ),
    (
        "atlassian-sim",
        3,
        &[
            "atlassian-admin",
            "http-kit",
            "connector-sdk",
            "connector-proto",
            "connector-runtime",
            "c1z-file",
            "reqwest",
        ],
    ),
    ("atlassian-action", 4, &[]),
    ("atlassian-provision", 4, &[]),
    ("atlassian-sync", 4, &[]),
    ("baton-atlassian", 4, &[]),
];

/// Uses inside a floor: the few there are.
const SIDEWAYS: &[(&str, &str)] = &[
    ("connector-sdk", "connector-proto"),
    ("atlassian-admin", "http-kit"),
    ("scim-client", "http-kit"),
    ("connector-cli", "connector-runtime"),
    ("atlassian-action", "baton-atlassian"),
    ("atlassian-provision", "baton-atlassian"),
    ("atlassian-sync", "baton-atlassian"),
];

/// The project's own commands, and what only tests use, stand outside of the house.
const OUTSIDE: &[&str] = &["vendor-contract", "xtask"];

struct Tree {
    /// Normal dependencies by package name.
    uses: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
}

impl Tree {
    fn read() -> Self {
        // Only what this platform builds: cargo has fetched exactly that to build this test, so nothing more is needed,
        // neither a network nor crates of other platforms.
        let host = host();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .args(["--filter-platform", &host])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .output()
            .expect("cargo metadata runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
        let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> = list(&metadata["packages"])
            .iter()
            .map(|p| (text(&p["id"]), text(&p["name"])))
            .collect();
        let name = |id: &Value| names[id.as_str().unwrap_or_default()].clone();
        let mut uses = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let normal = list(&node["deps"])
                .iter()
                .filter(|d| list(&d["dep_kinds"]).iter().any(|k| k["kind"].is_null()))
                .map(|d| name(&d["pkg"]))
                .collect();
            uses.insert(name(&node["id"]), normal);
        }
        Self {
            uses,
            members: list(&metadata["workspace_members"]).iter().map(name).collect(),
        }
    }

    fn reaches(&self, from: &str) -> BTreeSet<&str> {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(at) = todo.pop() {
            for next in self.uses.get(at).into_iter().flatten() {
                if seen.insert(next.as_str()) {
                    todo.push(next);
                }
            }
        }
        seen
    }
}

/// The platform that cargo builds for here.
fn host() -> String {
    let output = Command::new(env!("CARGO"))
        .args(["--version", "--verbose"])
        .output()
        .expect("cargo runs");
    let text = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("cargo names its host").to_owned()
}

#[test]
fn every_crate_has_a_floor() {
    let tree = Tree::read();
    let known: BTreeSet<String> = HOUSE
        .iter()
        .map(|(name, ..)| *name)
        .chain(OUTSIDE.iter().copied())
        .map(str::to_owned)
        .collect();
    assert_eq!(
        tree.members, known,
        "a crate was added or removed: give it a floor here and in docs/architecture.md"
    );
}

#[test]
fn no_use_runs_uphill() {
    let tree = Tree::read();
    let floor: BTreeMap<&str, u8> = HOUSE.iter().map(|(name, floor, _)| (*name, *floor)).collect();
    let wrong: Vec<String> = HOUSE
        .iter()
        .flat_map(|(from, at, _)| tree.uses[*from].iter().map(move |to| (*from, *at, to.as_str())))
        .filter(|(from, at, to)| {
            floor
                .get(to)
                .is_some_and(|below| below > at || (below == at && !SIDEWAYS.contains(&(from, to))))
        })
        .map(|(from, _, to)| format!("{from} -> {to}"))
        .collect();
    assert!(wrong.is_empty(), "uses that run uphill or sideways: {wrong:?}");
}

#[test]
fn nobody_knows_what_they_must_not() {
    let tree = Tree::read();
    let wrong: Vec<String> = HOUSE
        .iter()
        .flat_map(|(from, _, never)| never.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| tree.reaches(from).contains(to))
        .map(|(from, to)| format!("{from} -> … -> {to}"))
        .collect();
    assert!(wrong.is_empty(), "crates that know what they must not: {wrong:?}");
}
