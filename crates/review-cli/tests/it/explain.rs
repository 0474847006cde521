//! Finding and explaining: names, reasons, what a revocation would leave.

use crate::world::{self, World, grant, through, world};
use crate::{artifact, every_form, of_go, ran, said};
use connector_proto::connector::v2;
use std::path::PathBuf;

#[test]
fn find() {
    let (_folder, file) = artifact();
    let asked = [
        "find ana",
        "find NÚÑEZ",
        "find nunez",
        "find 'kim lee'",
        "find finanse",
        "find 'jira admin'",
        "find eve@example.com",
        "find w-1",
        "find finance --type group",
        "find e --limit 2",
        "find zzzz",
    ];
    let answers = asked.map(|words| format!("$ {words}\n{}", said(&file, words)));
    insta::assert_snapshot!(answers.join("\n"));
    insta::assert_snapshot!("find_in_every_form", every_form(&file, "find ana"));
}

/// Each id that is found leads to the one thing that it is of.
#[test]
fn what_is_found_has_the_id_that_changes_take() {
    let found: serde_json::Value = serde_json::from_str(&said(&of_go(), "find user00002 -o json")).unwrap();
    let id = found["found"][0]["id"].as_str().unwrap();
    let of: serde_json::Value =
        serde_json::from_str(&said(&of_go(), &format!("access {id} -o json"))).unwrap();
    assert_eq!(of["principal"]["id"]["resource"], id);
}

#[test]
fn access() {
    let (_folder, file) = artifact();
    let asked = [
        "access ana@example.com",
        "access u-2",
        "access 'EVE@example.com' --wide",
        "access u-5",
        "access group:Finance",
    ];
    let answers = asked.map(|words| format!("$ {words}\n{}", said(&file, words)));
    insta::assert_snapshot!(answers.join("\n"));
    insta::assert_snapshot!(
        "access_in_every_form",
        every_form(&file, "access ana@example.com")
    );
    insta::assert_snapshot!("access_of_go", said(&of_go(), "access user00002@example.com"));
}

#[test]
fn who_can() {
    let (_folder, file) = artifact();
    let asked = [
        "who-can 'User on Jira: acme'",
        "who-can group:Finance",
        "who-can workspace:w-1:role:admin --wide",
        "who-can 'Jira: acme:role:user' --status disabled",
    ];
    let answers = asked.map(|words| format!("$ {words}\n{}", said(&file, words)));
    insta::assert_snapshot!(answers.join("\n"));
    insta::assert_snapshot!(
        "who_can_in_every_form",
        every_form(&file, "who-can group:Finance")
    );
}

#[test]
fn names_that_do_not_settle_it_are_refused_with_the_candidates() {
    let (_folder, file) = artifact();
    let asked = [
        ("access 'Kim Lee'", 9),
        ("access nobody@example.com", 5),
        ("who-can 'workspace:Jira: acme'", 9),
        ("who-can member", 9),
        ("who-can 'Finance membr'", 5),
        ("what-if remove-member Finance 'Kim Lee'", 9),
        ("what-if remove-member Finance eve@example.com", 5),
        ("what-if revoke --entitlement group:Finance", 2),
        ("what-if revoke workspace:w-1:role:user:user:u-1", 9),
        ("what-if revoke workspace:w-1:role:admin:user:u-3", 9),
        ("what-if revoke nothing", 5),
    ];
    let answers = asked.map(|(words, exit)| {
        let ran = ran(&file, words);
        assert_eq!((ran.exit, ran.out.as_str()), (exit, ""), "{words}: {}", ran.said);
        format!("$ {words}\n{}\n", ran.said)
    });
    insta::assert_snapshot!(answers.join("\n"));
}

/// Who takes the address of another as a name is not taken for the other, and hides nobody either.
#[test]
fn an_address_means_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.resources[2].display_name = "Ana@Example.com".into();
    let file = world::write(&folder.path().join("sync.c1z"), &world, "2026-11-24T10:00:00Z");
    let ran = ran(&file, "access ana@example.com");
    assert_eq!((ran.exit, ran.said.as_str()), (0, ""), "{}", ran.out);
    assert!(ran.out.contains("u-1") && !ran.out.contains("u-3"), "{}", ran.out);
}

#[test]
fn what_if() {
    let (_folder, file) = artifact();
    let asked = [
        "what-if remove-member Finance ana@example.com",
        "what-if remove-member group:Finance bob@example.com",
        "what-if revoke --entitlement 'Admin on Jira: acme' --principal ana@example.com",
        "what-if revoke workspace:w-1:role:user:group:g-1",
    ];
    let answers = asked.map(|words| format!("$ {words}\n{}", said(&file, words)));
    insta::assert_snapshot!(answers.join("\n"));
    insta::assert_snapshot!(
        "what_if_in_every_form",
        every_form(&file, "what-if remove-member Finance ana@example.com")
    );
}

/// Staff are in Finance as a group, Finance passes on to them; a circle of two groups holds nothing up by itself; what passes on to
/// direct members alone is lost with the direct membership.
fn nested(is_in_finance: bool) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let World {
        mut resources,
        entitlements,
        mut types,
        ..
    } = world();
    types.truncate(3);
    resources.truncate(8);
    let (ana, finance, platform) = (resources[0].clone(), resources[5].clone(), resources[6].clone());
    let in_finance = entitlements[0].clone();
    let in_platform = entitlements[1].clone();
    let (uses, admin) = (entitlements[2].clone(), entitlements[3].clone());
    let from = |source: &v2::Entitlement, shallow| {
        Some(v2::GrantExpandable {
            entitlement_ids: vec![source.id.clone()],
            shallow,
            ..Default::default()
        })
    };
    let both = |entitlement: &v2::Entitlement, through_it: &v2::Entitlement| {
        through(
            grant(entitlement, &ana),
            &[(entitlement, true), (through_it, true)],
        )
    };
    let (finance_of_ana, platform_of_ana) = if is_in_finance {
        (both(&in_finance, &in_platform), both(&in_platform, &in_finance))
    } else {
        (
            through(grant(&in_finance, &ana), &[(&in_platform, true)]),
            grant(&in_platform, &ana),
        )
    };
    let grants = vec![
        // Platform is in Finance and Finance in Platform.
        (grant(&in_finance, &platform), from(&in_platform, false)),
        (grant(&in_platform, &finance), from(&in_finance, false)),
        (platform_of_ana, None),
        (finance_of_ana, None),
        (grant(&uses, &finance), from(&in_finance, false)),
        (through(grant(&uses, &ana), &[(&in_finance, is_in_finance)]), None),
        (grant(&admin, &platform), from(&in_platform, true)),
        (through(grant(&admin, &ana), &[(&in_platform, true)]), None),
    ];
    let world = World {
        types,
        resources,
        entitlements,
        grants,
        token: String::new(),
    };
    let file = world::write(&folder.path().join("sync.c1z"), &world, "2026-11-24T10:00:00Z");
    (folder, file)
}

#[test]
fn groups_in_groups() {
    let (_folder, file) = nested(false);
    let asked = [
        "access ana@example.com",
        "what-if remove-member Platform ana@example.com",
        "what-if revoke group:g-1:member:group:g-2",
    ];
    let answers = asked.map(|words| format!("$ {words}\n{}", said(&file, words)));
    insta::assert_snapshot!(answers.join("\n"));
    // What is passed on to direct members alone is lost with the direct membership, though the membership stays.
    let (_folder, file) = nested(true);
    let words = "what-if remove-member Platform ana@example.com";
    insta::assert_snapshot!("direct_members_alone", said(&file, words));
}

#[test]
fn diagnostics() {
    let (_folder, file) = artifact();
    insta::assert_snapshot!(every_form(&file, "diagnostics"));
    insta::assert_snapshot!("diagnostics_of_go", said(&of_go(), "diagnostics"));
}
