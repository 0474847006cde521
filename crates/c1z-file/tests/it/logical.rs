//! The content of a sync apart from when and how it was written.

use crate::sample::{self, Org, any, org};
use c1z_file::{
    Artifact, ReadOptions,
    logical::{Change, LogicalDiff, diff, digest, dump},
};
use connector_proto::connector::v2;
use std::path::Path;

fn written(dir: &Path, name: &str, org: &Org) -> Artifact {
    let output = dir.join(name);
    sample::write(&output, org).unwrap();
    Artifact::open(&output, ReadOptions::default()).unwrap()
}

fn sync_of(artifact: &Artifact) -> String {
    artifact.syncs().unwrap().pop().unwrap().sync_id
}

fn text(diff: &LogicalDiff) -> String {
    let mut lines: Vec<String> = Vec::new();
    for row in &diff.rows {
        let (kind, id) = (row.kind, &row.id);
        match &row.change {
            Change::Added => lines.push(format!("+ {kind} {id}")),
            Change::Removed => lines.push(format!("- {kind} {id}")),
            Change::Changed(fields) => {
                lines.push(format!("~ {kind} {id}"));
                lines.extend(fields.iter().map(|field| {
                    let or_none = |value: &Option<String>| value.clone().unwrap_or("none".to_owned());
                    format!(
                        "    {}: {} -> {}",
                        field.path,
                        or_none(&field.before),
                        or_none(&field.after)
                    )
                }));
            }
            other => lines.push(format!("? {other:?}")),
        }
    }
    lines.extend(
        diff.counts
            .iter()
            .map(|(kind, counts)| format!("{kind}: {counts:?}")),
    );
    lines.join("\n")
}

/// What changes from the sample organization to what `edit` makes of it.
fn change(edit: impl FnOnce(&mut Org)) -> LogicalDiff {
    let dir = tempfile::tempdir().unwrap();
    let mut edited = org();
    edit(&mut edited);
    let (a, b) = (
        written(dir.path(), "a.c1z", &org()),
        written(dir.path(), "b.c1z", &edited),
    );
    let diff = diff((&a, &sync_of(&a)), (&b, &sync_of(&b)), 100).unwrap();
    let equal = digest(&a, &sync_of(&a)).unwrap() == digest(&b, &sync_of(&b)).unwrap();
    assert_eq!(diff.is_empty(), equal, "the digest and the comparison disagree");
    diff
}

#[test]
fn dump_of_a_sync() {
    let dir = tempfile::tempdir().unwrap();
    let artifact = written(dir.path(), "a.c1z", &org());
    let mut out = Vec::new();
    let id = sync_of(&artifact);
    let dumped = dump(&artifact, &id, &mut out).unwrap();
    assert_eq!(dumped, digest(&artifact, &id).unwrap());
    insta::assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn order_ids_and_times_do_not_count() {
    let same = change(|org| {
        org.types.reverse();
        org.resources.reverse();
        org.entitlements.reverse();
        org.grants.reverse();
    });
    assert_eq!(text(&same), "");

    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("b.c1z");
    sample::write(&output, &org()).unwrap();
    sample::edit(
        &output,
        "UPDATE v1_grants SET sync_id = 'x', discovered_at = '2020-01-01 00:00:00', needs_expansion = 1; \
         UPDATE v1_resources SET sync_id = 'x'; UPDATE v1_entitlements SET sync_id = 'x'; \
         UPDATE v1_resource_types SET sync_id = 'x'; UPDATE v1_sync_runs SET sync_id = 'x', ended_at = NULL",
    );
    let (a, b) = (
        written(dir.path(), "a.c1z", &org()),
        Artifact::open(&output, ReadOptions::default()).unwrap(),
    );
    assert_eq!(text(&diff((&a, &sync_of(&a)), (&b, "x"), 100).unwrap()), "");
}

#[test]
fn rows_and_values_that_differ() {
    let changed = change(|org| {
        org.resources[0].display_name = "Ada L.".to_owned();
        org.resources[1].annotations = vec![any(&v2::UserTrait {
            login: "bob".to_owned(),
            ..Default::default()
        })];
        org.resources[3].parent_resource_id = None;
        org.entitlements
            .push(sample::entitlement(&org.resources[2], "admin"));
        org.grants.remove(1);
        org.grants[1].1.as_mut().unwrap().shallow = true;
    });
    insta::assert_snapshot!(text(&changed), @r#"
    ~ resource group:admins
        columns.parent_resource_id: "site" -> null
        columns.parent_resource_type_id: "workspace" -> null
        message.parentResourceId: {"resource":"site","resourceType":"workspace"} -> none
    ~ resource user:ada
        message.displayName: "the user ada" -> "Ada L."
    ~ resource user:bob
        message.annotations[0].login: none -> "bob"
    + entitlement workspace:site:admin
    - grant group:admins:member:user:bob
    ~ grant workspace:site:access:group:admins
        expansion.shallow: none -> true
    resource: Counts { added: 0, removed: 0, changed: 3 }
    entitlement: Counts { added: 1, removed: 0, changed: 0 }
    grant: Counts { added: 0, removed: 1, changed: 1 }
    "#);
    assert_eq!(changed.total(), 6);
}

#[test]
fn what_has_no_name_here_still_counts() {
    let unknown = |value: &[u8]| prost_types::Any {
        type_url: "type.googleapis.com/c1.connector.v2.NotYet".to_owned(),
        value: value.to_vec(),
    };
    let dir = tempfile::tempdir().unwrap();
    let with = |name: &str, annotation: prost_types::Any, field: &str| {
        let mut org = org();
        org.resources[2].annotations.push(annotation);
        let output = dir.path().join(name);
        sample::write(&output, &org).unwrap();
        // An unknown field at the end of a message.
        sample::edit(
            &output,
            &format!("UPDATE v1_resources SET data = CAST(data || x'{field}' AS blob) WHERE id = 1"),
        );
        Artifact::open(&output, ReadOptions::default()).unwrap()
    };
    let (a, b) = (
        with("a.c1z", unknown(b"1"), "980601"),
        with("b.c1z", unknown(b"2"), "980602"),
    );
    let found = diff((&a, &sync_of(&a)), (&b, &sync_of(&b)), 100).unwrap();
    insta::assert_snapshot!(text(&found), @r#"
    ~ resource user:ada
        message_bytes: "0a0b0a047573657212036164611a0c746865207573657220616461222f0a2d747970652e676f6f676c65617069732e636f6d2f63312e636f6e6e6563746f722e76322e557365725472616974980601" -> "0a0b0a047573657212036164611a0c746865207573657220616461222f0a2d747970652e676f6f676c65617069732e636f6d2f63312e636f6e6e6563746f722e76322e557365725472616974980602"
    ~ resource workspace:site
        message_bytes: "0a110a09776f726b73706163651204736974651a1274686520776f726b73706163652073697465222f0a2a747970652e676f6f676c65617069732e636f6d2f63312e636f6e6e6563746f722e76322e4e6f74596574120131" -> "0a110a09776f726b73706163651204736974651a1274686520776f726b73706163652073697465222f0a2a747970652e676f6f676c65617069732e636f6d2f63312e636f6e6e6563746f722e76322e4e6f74596574120132"
    resource: Counts { added: 0, removed: 0, changed: 2 }
    "#);
    let mut out = Vec::new();
    dump(&a, &sync_of(&a), &mut out).unwrap();
    let with_bytes = String::from_utf8(out)
        .unwrap()
        .lines()
        .filter(|line| line.contains("message_bytes"))
        .count();
    assert_eq!(with_bytes, 2);
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (
        written(dir.path(), "a.c1z", &org()),
        written(dir.path(), "b.c1z", &Org::default()),
    );
    let found = diff((&a, &sync_of(&a)), (&b, &sync_of(&b)), 2).unwrap();
    insta::assert_snapshot!(text(&found), @"
    - resource_type group
    - resource_type user
    resource_type: Counts { added: 0, removed: 3, changed: 0 }
    resource: Counts { added: 0, removed: 4, changed: 0 }
    entitlement: Counts { added: 0, removed: 2, changed: 0 }
    grant: Counts { added: 0, removed: 3, changed: 0 }
    ");
}

#[test]
fn the_go_encoder_and_ours_write_the_same_messages() {
    let dir = tempfile::tempdir().unwrap();
    let theirs = Artifact::open(&sample::go_artifact(), ReadOptions::default()).unwrap();
    let id = sync_of(&theirs);
    let ours = written(
        dir.path(),
        "ours.c1z",
        &Org {
            types: theirs
                .resource_types(&id)
                .map(|row| row.unwrap().decode().unwrap())
                .collect(),
            resources: theirs
                .resources(&id)
                .map(|row| row.unwrap().decode().unwrap())
                .collect(),
            entitlements: theirs
                .entitlements(&id)
                .map(|row| row.unwrap().decode().unwrap())
                .collect(),
            grants: theirs
                .grants(&id)
                .map(|row| row.unwrap())
                .map(|row| (row.decode().unwrap(), row.expandable().unwrap()))
                .collect(),
        },
    );
    let found = diff((&theirs, &id), (&ours, &sync_of(&ours)), 10).unwrap();
    assert_eq!(text(&found), "");
}
