//! Single accounts and groups of an organization, with their access: the same as in a sync of all of it.

use super::harness::{How, Output, Sealed, seal, serve};
use atlassian_sim::{Org, OrgSpec};
use connector_sdk::ResourceKey;
use std::collections::{BTreeMap, BTreeSet};

/// Both texts are the same; else the lines that are only in one of them are shown.
fn assert_same(part: &str, full: &str, of: &str) {
    let without = |text: &str, other: &str| {
        let other: BTreeSet<&str> = other.lines().collect();
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !other.contains(line))
            .map(ToOwned::to_owned)
            .collect();
        lines.join("\n")
    };
    assert!(
        part == full,
        "{of}\nonly in the part:\n{}\nonly in the full sync:\n{}",
        without(part, full),
        without(full, part)
    );
}

/// The grants of which this is true, as messages in the order of their ids.
fn grants(sealed: &Sealed, is_meant: impl Fn(&c1z_file::StoredGrant) -> bool) -> String {
    let rows = sealed.artifact.grants(&sealed.report.sync_id);
    let by_id: BTreeMap<String, String> = rows
        .map(|row| row.unwrap())
        .filter(is_meant)
        .map(|row| (row.external_id.clone(), format!("{:#?}", row.decode().unwrap())))
        .collect();
    by_id.into_values().collect::<Vec<_>>().join("\n")
}

/// The resources by their ids, as messages.
fn resources(sealed: &Sealed) -> BTreeMap<ResourceKey, String> {
    let rows = sealed.artifact.resources(&sealed.report.sync_id);
    rows.map(|row| {
        let resource = row.unwrap().decode().unwrap();
        let key = ResourceKey::of(Some(&resource)).unwrap();
        (key, format!("{resource:#?}"))
    })
    .collect()
}

fn is_held_by(target: &ResourceKey) -> impl Fn(&c1z_file::StoredGrant) -> bool {
    |row| {
        (&row.principal_resource_type_id, &row.principal_resource_id)
            == (&target.resource_type, &target.resource)
    }
}

fn is_on(target: &ResourceKey) -> impl Fn(&c1z_file::StoredGrant) -> bool {
    |row| (&row.resource_type_id, &row.resource_id) == (&target.resource_type, &target.resource)
}

/// All that a target holds, and all that is held on it, is as in the full sync; and of resources nothing is said that the
/// full sync says otherwise.
async fn check(spec: OrgSpec, every: usize) {
    let org = Org::generate(spec);
    let full = seal(&org, &How::default()).await;
    let known = resources(&full);
    let unread: BTreeSet<&str> = full
        .report
        .gaps()
        .filter(|gap| gap.kind == "group_members")
        .flat_map(|gap| gap.examples.iter().map(|example| example.subject.as_str()))
        .collect();
    let vendor = serve(&org, |vendor| vendor).await;
    let is_asked_for = |key: &&ResourceKey| ["user", "group", "workspace"].contains(&&*key.resource_type);
    let mut compared = 0;
    for target in known.keys().filter(is_asked_for).step_by(every) {
        let how = How {
            targets: vec![target.clone()],
            ..How::default()
        };
        let part = Output::new().sync(&org, &vendor, &how).await;
        let part = match part {
            // Only other rows name it, so that it is not there to be read.
            Err(error) if error.code() == connector_sdk::Code::NotFound => {
                assert!(known[target].contains("unlisted"), "{target}: {error}");
                continue;
            }
            part => part.unwrap(),
        };
        // Of an account it is read which groups it is in, so that more is known than where the members of one cannot be listed.
        if resources(&part)
            .keys()
            .any(|key| unread.contains(key.resource.as_str()))
        {
            continue;
        }
        let held = |sealed| grants(sealed, is_held_by(target));
        assert_same(&held(&part), &held(&full), &target.to_string());
        if target.resource_type == "group" {
            let on_it = |sealed| grants(sealed, is_on(target));
            assert_same(&on_it(&part), &on_it(&full), &target.to_string());
        }
        for (key, resource) in resources(&part) {
            // What no listing has, or has in a row that cannot be read, is known better where it is read by its id.
            if known[&key].contains("\"unlisted\"") {
                continue;
            }
            assert_same(&resource, &known[&key], &format!("{target}: {key}"));
        }
        compared += 1;
    }
    assert!(compared > 10, "only {compared} compared");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_regular_organization() {
    check(OrgSpec::small(40), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_irregular_organization() {
    let spec = OrgSpec {
        users: 140,
        ..OrgSpec::irregular()
    };
    check(spec.with_seed(21), 5).await;
}
