//! Comparing syncs, checking artifacts.

use crate::world::{self, through, world};
use crate::{artifact, of_go, ran, said};
use connector_proto::any;
use connector_proto::connector::v2;
use std::path::{Path, PathBuf};

/// The world, and the world later: Kim's access comes through Finance now, the suspended man is gone, Eve's name changed and there
/// is an entitlement more.
fn two(folder: &Path) -> (PathBuf, PathBuf) {
    let before = world::write(&folder.join("before.c1z"), &world(), "2026-11-23T10:00:00Z");
    let mut later = world();
    let in_finance = later.entitlements[0].clone();
    later.resources[2].display_name = "Eve".into();
    later.resources[3].annotations = vec![any::pack(&v2::UserTrait {
        status: Some(v2::user_trait::Status {
            status: 2,
            details: "suspended".into(),
        }),
        ..Default::default()
    })];
    later.resources.remove(1);
    later.grants.retain(|(grant, _)| !grant.id.ends_with(":u-2"));
    for (grant, _) in &mut later.grants {
        if grant.id.ends_with("role:user:user:u-4") {
            *grant = through(grant.clone(), &[(&in_finance, true)]);
        }
    }
    // Every row that holds a copy of Finance names it otherwise; it is one group that changed.
    later.resources[4].display_name = "Finance and Legal".into();
    let finance = later.resources[4].clone();
    for entitlement in &mut later.entitlements {
        if entitlement
            .resource
            .as_ref()
            .is_some_and(|on| on.id == finance.id)
        {
            entitlement.resource = Some(finance.clone());
        }
    }
    for (grant, _) in &mut later.grants {
        let entitlement = grant.entitlement.as_mut().unwrap();
        if entitlement
            .resource
            .as_ref()
            .is_some_and(|on| on.id == finance.id)
        {
            entitlement.resource = Some(finance.clone());
        }
    }
    let mut more = later.entitlements[3].clone();
    more.id = "workspace:w-1:role:more".into();
    more.slug = "role:more".into();
    more.display_name = "More on Jira: acme".into();
    later.entitlements.push(more);
    (
        before,
        world::write(&folder.join("after.c1z"), &later, "2026-11-24T10:00:00Z"),
    )
}

fn every_form(words: &str, file: &Path) -> String {
    let form = |form| {
        let ran = ran(file, &format!("{words} -o {form}"));
        assert_eq!(ran.exit, 18, "{}", ran.said);
        format!("--- {form}\n{}({})\n", ran.out, ran.said)
    };
    ["text", "json", "jsonl", "csv"].map(form).concat()
}

#[test]
fn differences() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = two(folder.path());
    let words = format!("diff {} {}", before.display(), after.display());
    insta::assert_snapshot!(every_form(&words, &after));
    let only = ran(&after, &format!("{words} --only grants -o jsonl"));
    assert_eq!((only.exit, only.out.lines().count()), (18, 3), "{}", only.out);
    // Nothing that gives power over others changed, until Ana is no administrator any more.
    let privileged = |words: &str| ran(&after, &format!("{words} --only privileged -o csv"));
    assert_eq!(privileged(&words).exit, 0);
    let mut later = world();
    later
        .grants
        .retain(|(grant, _)| grant.id != "workspace:w-1:role:admin:user:u-1");
    let later = world::write(&folder.path().join("later.c1z"), &later, "2026-11-25T10:00:00Z");
    let words = format!("diff {} {}", before.display(), later.display());
    let lost = privileged(&words);
    insta::assert_snapshot!(format!("{}({}) {}", lost.out, lost.exit, lost.said));
    let accounts = ran(
        &after,
        &format!("diff {} {} --only accounts", before.display(), after.display()),
    );
    insta::assert_snapshot!(format!("{}({}) {}", accounts.out, accounts.exit, accounts.said));
}

#[test]
fn what_does_not_differ_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = two(folder.path());
    let again = world::write(&folder.path().join("again.c1z"), &world(), "2026-11-25T10:00:00Z");
    let words = format!("diff {} {} -o jsonl", before.display(), again.display());
    assert_eq!(said(&after, &words), "");
    assert_eq!(
        said(&before, "digest -o jsonl").len(),
        said(&again, "digest -o jsonl").len()
    );
    let digest = |file| said(file, "digest").lines().nth(1).unwrap()[..64].to_owned();
    assert_eq!(digest(&before), digest(&again));
    assert_ne!(digest(&before), digest(&after));
}

/// Of one file the two latest syncs are compared, or the two that are named.
#[test]
fn two_syncs_of_one_file() {
    let (_folder, file) = artifact();
    let alone = ran(&file, "diff");
    assert_eq!(alone.exit, 9, "{}", alone.said);
    assert!(alone.said.contains("--keep-syncs"), "{}", alone.said);
    let id = said(&file, "syncs -o jsonl");
    let id: serde_json::Value = serde_json::from_str(&id).unwrap();
    let id = id["id"].as_str().unwrap();
    assert_eq!(said(&file, &format!("diff --from {id} --to {id} -o jsonl")), "");
}

#[test]
fn an_artifact_is_checked() {
    let (folder, file) = artifact();
    insta::assert_snapshot!(said(&file, "verify"), @"sound: 9 resources, 4 entitlements, 10 grants in sync 3MY4vp3qkmxE3grGn5n7txfMG4F");
    assert_eq!(said(&of_go(), "verify -o json"), "{\"findings\":[\n]}\n");
    let mut broken = world();
    broken.resources.remove(7);
    let broken = world::write(&folder.path().join("broken.c1z"), &broken, "2026-11-24T10:00:00Z");
    let found = ran(&broken, "verify -o csv");
    assert_eq!(found.exit, 9, "{}", found.said);
    insta::assert_snapshot!(found.out);
}

/// An artifact of either envelope gives the same answers. In JSON they differ: envelope v3 keeps of what a row refers to its id alone.
#[test]
fn both_envelopes_give_the_same_answers() {
    let twin = |name: &str| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fixtures/c1z-v3")
            .join(name)
    };
    let (older, newer) = (twin("twin-v1.c1z"), twin("twin-v3.c1z"));
    for command in [
        "resource-types",
        "resources",
        "entitlements",
        "grants",
        "principals",
        "stats",
        "find a",
    ] {
        let lines = |file: &Path| {
            let mut lines: Vec<String> = said(file, &format!("{command} -o csv"))
                .lines()
                .map(ToOwned::to_owned)
                .collect();
            lines.sort();
            lines
        };
        assert!(lines(&older) == lines(&newer), "{command}");
    }
    let accounts = said(&older, "principals --type user -o csv");
    for account in accounts
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit(',').next())
        .take(10)
    {
        let words = format!("access user:{account}");
        assert_eq!(said(&older, &words), said(&newer, &words));
    }
}
