//! The floors of the house, held against what cargo says: no crate uses one above it, and each stays ignorant of what
//! it must never know. `docs/architecture.md` draws the same picture for people.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Every crate of the workspace with its floor and what it must never reach, directly or through others.
const HOUSE: &[(&str, u8, &[&str])] = &[
    (
        "credential-redaction",
        0,
        &[
            "governance-connector-sdk",
            "connector-http-kit",
            "reqwest",
            "rusqlite",
            "clap",
            "tokio",
        ],
    ),
    (
        "connector-proto",
        0,
        &["governance-connector-sdk", "reqwest", "rusqlite"],
    ),
    (
        "governance-connector-sdk",
        0,
        &[
            "connector-http-kit",
            "reqwest",
            "rusqlite",
            "atlassian-admin",
            "c1z-file",
            "clap",
        ],
    ),
    (
        "connector-http-kit",
        1,
        &[
            "connector-proto",
            "governance-connector-sdk",
            "rusqlite",
            "clap",
            "atlassian-admin",
        ],
    ),
    (
        "atlassian-admin",
        1,
        &[
            "connector-proto",
            "governance-connector-sdk",
            "c1z-file",
            "rusqlite",
            "clap",
        ],
    ),
    (
        "scim-client",
        1,
        &[
            "connector-proto",
            "governance-connector-sdk",
            "c1z-file",
            "rusqlite",
            "clap",
            "atlassian-admin",
        ],
    ),
    (
        "c1z-file",
        1,
        &[
            "governance-connector-sdk",
            "connector-http-kit",
            "reqwest",
            "clap",
            "tokio",
        ],
    ),
    (
        "access-review",
        2,
        &[
            "atlassian-admin",
            "connector-http-kit",
            "connector-runtime",
            "reqwest",
            "clap",
            "tokio",
        ],
    ),
    (
        "review-cli",
        2,
        &[
            "atlassian-admin",
            "connector-http-kit",
            "connector-runtime",
            "reqwest",
            "tokio",
        ],
    ),
    (
        "connector-http",
        2,
        &[
            "atlassian-admin",
            "connector-runtime",
            "rusqlite",
            "clap",
            "tonic",
        ],
    ),
    (
        "connector-runtime",
        2,
        &[
            "atlassian-admin",
            "connector-http-kit",
            "reqwest",
            "tonic",
            "clap",
        ],
    ),
    (
        "connector-service",
        2,
        &[
            "atlassian-admin",
            "atlassian-connector",
            "connector-http-kit",
            "reqwest",
            "clap",
        ],
    ),
    (
        "connector-daemon",
        2,
        &["atlassian-admin", "atlassian-connector", "atlassian-sim", "clap"],
    ),
    (
        "governance-connector-cli",
        2,
        &["atlassian-admin", "atlassian-connector", "atlassian-sim"],
    ),
    (
        "connector-bucket",
        3,
        &["atlassian-admin", "atlassian-connector", "atlassian-sim"],
    ),
    (
        "connector-telemetry",
        3,
        &["atlassian-admin", "atlassian-connector", "atlassian-sim"],
    ),
    (
        "atlassian-connector",
        3,
        &[
            "c1z-file",
            "rusqlite",
            "clap",
            "connector-runtime",
            "governance-connector-cli",
        ],
    ),
    (
        "atlassian-sim",
        3,
        &[
            "atlassian-admin",
            "connector-http-kit",
            "governance-connector-sdk",
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
    (
        "c1z",
        4,
        &[
            "atlassian-admin",
            "governance-connector-cli",
            "connector-http-kit",
            "reqwest",
            "tokio",
        ],
    ),
];

/// Uses inside a floor: the few there are.
const SIDEWAYS: &[(&str, &str)] = &[
    ("governance-connector-sdk", "connector-proto"),
    ("atlassian-admin", "connector-http-kit"),
    ("scim-client", "connector-http-kit"),
    ("governance-connector-cli", "access-review"),
    ("governance-connector-cli", "connector-daemon"),
    ("governance-connector-cli", "review-cli"),
    ("review-cli", "access-review"),
    ("governance-connector-cli", "connector-runtime"),
    ("governance-connector-cli", "connector-service"),
    ("connector-service", "connector-runtime"),
    ("connector-daemon", "connector-runtime"),
    ("connector-daemon", "connector-service"),
    ("atlassian-action", "baton-atlassian"),
    ("atlassian-provision", "baton-atlassian"),
    ("atlassian-sync", "baton-atlassian"),
];

/// The project's own commands, and what only tests use, stand outside of the house.
const OUTSIDE: &[&str] = &["c1-standin", "fuzz", "vendor-contract", "xtask"];

struct Tree {
    /// Normal dependencies by package name.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// The same, where what is behind a feature of a member is used by those who ask for the feature: cargo unites the features of
    /// the whole workspace.
    asks_for: BTreeMap<String, BTreeSet<String>>,
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
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let normal = list(&node["deps"])
                .iter()
                .filter(|d| list(&d["dep_kinds"]).iter().any(|k| k["kind"].is_null()))
                .map(|d| name(&d["pkg"]))
                .collect();
            uses.insert(name(&node["id"]), normal);
        }
        let mut asks_for = uses.clone();
        let members: Vec<Value> = list(&metadata["packages"]);
        let members = members
            .iter()
            .filter(|p| list(&metadata["workspace_members"]).contains(&p["id"]));
        let members: BTreeMap<String, &Value> = members.map(|p| (text(&p["name"]), p)).collect();
        for (member, package) in &members {
            let used: &mut BTreeSet<String> = asks_for.entry(member.clone()).or_default();
            for optional in list(&package["dependencies"])
                .iter()
                .filter(|d| d["optional"] == true)
            {
                used.remove(&text(&optional["name"]));
            }
            for asked in list(&package["dependencies"]) {
                let Some(of) = members.get(&text(&asked["name"])) else {
                    continue;
                };
                for feature in list(&asked["features"]) {
                    let behind = list(&of["features"][text(&feature)]);
                    let behind = behind.iter().map(text);
                    used.extend(behind.filter_map(|what| what.strip_prefix("dep:").map(str::to_owned)));
                }
            }
        }
        Self {
            uses,
            asks_for,
            members: list(&metadata["workspace_members"]).iter().map(name).collect(),
        }
    }

    fn reaches(&self, from: &str) -> BTreeSet<&str> {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(at) = todo.pop() {
            for next in self.asks_for.get(at).into_iter().flatten() {
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

/// The rooms of the engine (`crates/connector-runtime/src`), each with the rooms that it may use. Rows pass from `sync` through
/// `store` and `merge` to `sinks`; no use goes round in a circle, and the merge core knows neither tables nor formats.
const ROOMS: &[(&str, &[&str])] = &[
    ("merge", &[]),
    ("sinks", &["merge"]),
    ("store", &["merge"]),
    ("seal", &["merge", "sinks", "store"]),
    ("sync", &["seal", "store"]),
];

/// Files of a room without those that only tests use, with their text.
fn files_of(room: &str) -> Vec<(String, String)> {
    let engine = concat!(env!("CARGO_MANIFEST_DIR"), "/../connector-runtime/src");
    let folder = std::path::Path::new(engine).join(room);
    let mut paths = vec![folder.with_extension("rs")];
    if let Ok(entries) = std::fs::read_dir(&folder) {
        paths.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        // What stands below is for tests.
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let of_tests = ["naive.rs", "collected.rs"];
        let is_of_tests = of_tests.iter().any(|name| path.ends_with(name));
        (!is_of_tests).then(|| (path.display().to_string(), text.to_owned()))
    };
    paths.into_iter().filter_map(read).collect()
}

#[test]
fn the_rooms_of_the_engine_are_used_in_one_direction() {
    let mut wrong = Vec::new();
    for (room, may_use) in ROOMS {
        let files = files_of(room);
        assert!(!files.is_empty(), "the room {room} is empty");
        for (path, text) in files {
            for (other, _) in ROOMS
                .iter()
                .filter(|(other, _)| other != room && !may_use.contains(other))
            {
                if text.contains(&format!("crate::{other}::")) {
                    wrong.push(format!("{path} uses {other}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_store_and_sinks_know_tables() {
    let engine = concat!(env!("CARGO_MANIFEST_DIR"), "/../connector-runtime/src");
    let tables = [
        "resources",
        "statements",
        "entitlements",
        "facts",
        "expandables",
        "grants",
        "notices",
        "unread",
        "gone",
        "work",
        "v1_resources",
        "v1_entitlements",
        "v1_grants",
    ];
    let mut wrong = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(engine)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if !path.ends_with("store") && !path.ends_with("sinks") {
                    folders.push(path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a file");
            let names_a_table = tables.iter().any(|table| {
                ["from", "into", "update", "join"]
                    .iter()
                    .any(|verb| text.contains(&format!("{verb} {table} ")) && text.contains("select "))
            });
            if text.contains("rusqlite") || names_a_table {
                wrong.push(path.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "files that know SQL: {wrong:#?}");
}
