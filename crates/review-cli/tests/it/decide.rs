//! Tables of decisions, and what the artifact makes of them.

use crate::{artifact, of_go, ran, said, world};
use connector_proto::any;
use connector_proto::connector::v2;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The table of all grants.
fn table(folder: &Path, file: &Path, filters: &str) -> String {
    let out = folder.join("decisions.csv");
    let words = format!("decisions new --replace --out {} {filters}", out.display());
    said(file, words.trim_end());
    fs::read_to_string(out).unwrap()
}

/// The plan of a table, as it is kept, and as it is told.
fn planned(folder: &Path, file: &Path, table: &str) -> (Value, String) {
    let (decisions, plan) = (folder.join("decisions.csv"), folder.join("plan.json"));
    fs::write(&decisions, table).unwrap();
    let told = said(
        file,
        &format!(
            "plan {} --offline --replace --out {}",
            decisions.display(),
            plan.display()
        ),
    );
    (serde_json::from_slice(&fs::read(plan).unwrap()).unwrap(), told)
}

/// What is wrong with a table.
fn refused(table: &str) -> (u8, String) {
    let (folder, file) = artifact();
    let (decisions, plan) = (
        folder.path().join("decisions.csv"),
        folder.path().join("plan.json"),
    );
    fs::write(&decisions, table).unwrap();
    let ran = ran(
        &file,
        &format!("plan {} --offline --out {}", decisions.display(), plan.display()),
    );
    assert!(!plan.exists(), "nothing is written");
    (
        ran.exit,
        ran.said.replace(&format!("{}/", folder.path().display()), ""),
    )
}

/// The table with decisions for some grants.
fn decided(table: &str, decisions: &[(&str, &str)]) -> String {
    let decide = |line: &str| {
        let is = |grant: &&(&str, &str)| line.starts_with(&format!(",{},", grant.0));
        let decision = decisions.iter().find(is).map_or("", |(_, decision)| decision);
        format!("{decision}{line}\n")
    };
    let mut lines = table.lines();
    let head = lines.next().unwrap();
    format!("{head}\n{}", lines.map(decide).collect::<String>())
}

/// The number of a row of a table, its decision, and the class with why.
fn classes(plan: &Value) -> Vec<(u64, String)> {
    let rows = plan["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let said = ["decision", "class", "why"].map(|name| row[name].as_str().unwrap_or_default());
        (row["row"].as_u64().unwrap(), said.join(" "))
    })
    .collect()
}

/// What is held only through groups goes with the memberships, or with what the groups hold.
#[test]
fn what_is_kept_is_not_taken_by_another_row() {
    let (folder, file) = artifact();
    let all = table(folder.path(), &file, "");
    let (ana, bob) = (
        "workspace:w-1:role:user:user:u-1",
        "workspace:w-1:role:user:user:u-2",
    );
    for (decisions, rows) in [
        (
            vec![(bob, "keep"), ("group:g-1:member:user:u-2", "revoke")],
            Some("3 and 8"),
        ),
        (
            vec![(bob, "keep"), ("workspace:w-1:role:user:group:g-1", "revoke")],
            Some("5 and 8"),
        ),
        // Platform still gives it.
        (vec![(ana, "keep"), ("group:g-1:member:user:u-1", "revoke")], None),
        (
            vec![
                (ana, "keep"),
                ("group:g-1:member:user:u-1", "revoke"),
                ("workspace:w-1:role:user:group:g-2", "revoke"),
            ],
            Some("6 and 7"),
        ),
        // Nothing is decided about it.
        (vec![("group:g-1:member:user:u-2", "revoke")], None),
    ] {
        let table = decided(&all, &decisions);
        match rows {
            None => drop(planned(folder.path(), &file, &table)),
            Some(rows) => {
                let (exit, said) = refused(&table);
                let expected = format!("rows {rows} decide differently");
                assert!(exit == 9 && said.contains(&expected), "{decisions:?}: {said}");
            }
        }
    }
}

#[test]
fn a_table_has_a_row_for_each_grant() {
    let (folder, file) = artifact();
    insta::assert_snapshot!(table(folder.path(), &file, ""), @r#"
    decision,grant_id,principal_id,principal,email,entitlement_id,entitlement,reason,reviewer,comment
    ,group:g-1:member:user:u-1,u-1,Ana Núñez,ana@example.com,group:g-1:member,Finance member,direct,,
    ,group:g-1:member:user:u-2,u-2,'=cmd|' /C calc'!A0,bob@example.com,group:g-1:member,Finance member,direct,,
    ,group:g-2:member:user:u-1,u-1,Ana Núñez,ana@example.com,group:g-2:member,Platform member,direct,,
    ,workspace:w-1:role:user:group:g-1,g-1,Finance,,workspace:w-1:role:user,User on Jira: acme,direct,,
    ,workspace:w-1:role:user:group:g-2,g-2,Platform,,workspace:w-1:role:user,User on Jira: acme,direct,,
    ,workspace:w-1:role:user:user:u-1,u-1,Ana Núñez,ana@example.com,workspace:w-1:role:user,User on Jira: acme,"through Finance, Platform",,
    ,workspace:w-1:role:user:user:u-2,u-2,'=cmd|' /C calc'!A0,bob@example.com,workspace:w-1:role:user,User on Jira: acme,through Finance,,
    ,workspace:w-1:role:user:user:u-4,u-4,Kim Lee,kim@example.com,workspace:w-1:role:user,User on Jira: acme,direct,,
    ,workspace:w-1:role:admin:user:u-1,u-1,Ana Núñez,ana@example.com,workspace:w-1:role:admin,Admin on Jira: acme,direct,,
    ,workspace:w-1:role:admin:user:u-3,u-3,"Eve<U+001B>[2J<U+202E>nimda</script>""><img src=x>",eve@example.com,workspace:w-1:role:admin,Admin on Jira: acme,unexplained,,
    "#);
    assert_eq!(
        table(folder.path(), &file, "--only privileged").lines().count(),
        3
    );
    assert_eq!(
        table(folder.path(), &file, "--principal ana@example.com")
            .lines()
            .count(),
        5
    );
    assert_eq!(
        table(folder.path(), &file, "--entitlement group:Finance")
            .lines()
            .count(),
        3
    );
    assert_eq!(table(folder.path(), &file, "--type group").lines().count(), 4);
    let out = folder.path().join("decisions.csv");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = ran(&file, &format!("decisions new --out {}", out.display()));
    assert_eq!(again.exit, 9, "{}", again.said);
}

/// A table that comes back as it was asks for nothing, and one in which everything is decided is agreed with, hostile names among it.
#[test]
fn what_was_written_agrees_with_the_artifact() {
    let (folder, file) = artifact();
    let table = table(folder.path(), &file, "");
    let (plan, told) = planned(folder.path(), &file, &table);
    assert_eq!(plan["rows"].as_array().unwrap().len(), 0);
    assert_eq!(
        told,
        "0 rows ask for a change, 10 grants to stay (10 undecided)\n"
    );
    let all = table.replace("\n,", "\nrevoke,").replace('\n', "\r\n");
    let (plan, told) = planned(folder.path(), &file, &format!("\u{feff}{all}"));
    insta::assert_snapshot!(told, @r#"
    10 rows ask for a change, 0 grants to stay (0 undecided)
          7  ready
          2  only through groups
          1  cannot be changed

    row 7, only through groups: revoke User on Jira: acme of Ana Núñez; it is held only through Finance, Platform
        would have to go: Finance (group:g-1:member:user:u-1); 1 other holds it through this group too
        would have to go: Platform (group:g-2:member:user:u-1)
    row 8, only through groups: revoke User on Jira: acme of =cmd|' /C calc'!A0; it is held only through Finance
        would have to go: Finance (group:g-1:member:user:u-2); 1 other holds it through this group too
    row 11, cannot be changed: revoke Admin on Jira: acme of Eve<U+001B>[2J<U+202E>nimda</script>"><img src=x>; the vendor says that it is held, but not how
    "#);
    assert_eq!((&plan["version"], &plan["live"]), (&2.into(), &false.into()));
    assert_eq!(
        plan["artifact"]["digest"].as_str().unwrap(),
        said(&file, "digest").split_whitespace().nth(2).unwrap()
    );
}

#[test]
fn every_class_of_rows() {
    let mut world = world::world();
    // Platform is filled by an identity provider, and roles can be granted.
    for resource in &mut world.resources {
        if resource.display_name == "Platform" {
            resource.annotations = vec![any::pack(&v2::GroupTrait {
                group_source_type: "directory_synced".into(),
                ..Default::default()
            })];
        }
    }
    let types: Vec<v2::ResourceType> = world.types[..2].to_vec();
    for entitlement in &mut world.entitlements {
        entitlement.grantable_to = types.clone();
        if entitlement.id.starts_with("group:g-2") {
            entitlement.annotations = vec![any::pack(&v2::EntitlementImmutable::default())];
        }
    }
    let (folder, file) = artifact();
    world::write(&file, &world, "2026-11-25T10:00:00Z");
    let head = "decision,grant_id,principal_id,principal,email,entitlement_id,entitlement,reason";
    let rows = [
        "revoke,group:g-1:member:user:u-1,u-1,Ana Núñez,ANA@example.com,group:g-1:member,Finance member,direct",
        "revoke,group:g-2:member:user:u-1,,,,,,",
        "revoke,workspace:w-1:role:user:user:u-1,,,,,,\"through Platform, Finance\"",
        "revoke,group:g-1:member:user:u-3,u-3,,,group:g-1:member,,",
        "revoke,group:g-9:member:user:u-3,u-3,,,group:g-9:member,,",
        "revoke,workspace:w-1:role:user:user:u-4,,,,,,through Finance",
        "revoke,workspace:w-1:role:admin:user:u-1,u-1,Kim Lee,,,,",
        "revoke,group:g-1:member:user:u-2,u-1,,,,,",
        "revoke,workspace:w-1:role:user:group:g-1,,Finance,,,Admin on Jira: acme,",
        "revoke,workspace:w-1:role:user:group:g-2,,,ana@example.com,,,",
        "grant,,u-4,Kim Lee,,group:g-1:member,,",
        "grant,,u-5,,,group:g-2:member,,",
        "grant,,t-1,,,group:g-1:member,,",
        "grant,,user:u-9,,,group:g-1:member,,",
        "suspend,,u-4,,kim@example.com,,,",
        "suspend,,user:u-4,,,,,",
        "restore,,g-1,,,,,",
        "restore,,u-2,,,,,",
    ];
    let (plan, told) = planned(folder.path(), &file, &format!("{head}\n{}\n", rows.join("\n")));
    let classes: Vec<String> = classes(&plan)
        .into_iter()
        .map(|(row, said)| format!("{row} {}", said.trim_end()))
        .collect();
    insta::assert_snapshot!(classes.join("\n"), @r#"
    2 revoke ready
    3 revoke idp_synced its group is synced from another directory, change it there
    4 revoke through_group it is held only through Finance, Platform
    5 revoke gone the artifact does not have it
    6 revoke unknown the artifact knows nothing of "group:g-9:member:user:u-3"
    7 revoke changed it is held direct, and the row says "through Finance"
    8 revoke contradicted the row says principal "Kim Lee", and the artifact "Ana Núñez"
    9 revoke contradicted the row says principal_id "u-1", and the artifact "u-2"
    10 revoke contradicted the row says entitlement "Admin on Jira: acme", and the artifact "User on Jira: acme"
    11 revoke contradicted the row says email "ana@example.com", and the artifact ""
    12 grant ready
    13 grant idp_synced its group is synced from another directory, change it there
    14 grant immutable it can be granted to user, group, and not to api_token
    15 grant unknown the artifact knows nothing of "group:g-1:member"
    16 suspend ready
    18 restore immutable it is not an account
    19 restore ready
    "#);
    assert_eq!(plan["decisions"]["duplicates"], 1, "an account is suspended once");
    let memberships = plan["rows"][2]["memberships"].as_array().unwrap();
    assert_eq!(
        (&memberships[0]["is_changeable"], &memberships[1]["is_changeable"]),
        (&true.into(), &false.into())
    );
    assert!(
        told.contains("would have to go: Platform (group:g-2:member:user:u-1), which cannot be changed here")
    );
}

#[test]
fn bad_tables_are_refused_with_the_row() {
    let (folder, file) = artifact();
    let good = table(folder.path(), &file, "");
    let ana = ("group:g-1:member:user:u-1", "revoke");
    let twice = decided(&good, &[ana]) + "keep,group:g-1:member:user:u-1,,,,,,,,\n";
    assert_eq!(
        refused(&twice),
        (
            9,
            "decisions.csv: rows 2 and 12 decide differently about one thing: revoke and keep".to_owned()
        )
    );
    let by_names = decided(&good, &[ana]) + "grant,,u-1,,,group:g-1:member,,,,\n";
    assert_eq!(refused(&by_names).0, 9);
    let accounts = "decision,grant_id,principal_id\nsuspend,,u-1\nrestore,group:g-1:member:user:u-1,\n";
    assert_eq!(
        refused(accounts),
        (
            9,
            "decisions.csv: rows 2 and 3 decide differently about one thing: suspend and restore".to_owned()
        )
    );
    assert_eq!(refused("").0, 3);
    assert_eq!(refused("decision,grant_id\nyes,x\n").0, 3);
    let missing = ran(&file, "plan nothing.csv --offline --out /tmp/never.json");
    assert_eq!(missing.exit, 5, "{}", missing.said);
    let live = ran(&file, "plan nothing.csv --out /tmp/never.json");
    assert_eq!(live.exit, 2, "{}", live.said);
}

#[test]
fn an_artifact_of_another_writer_is_decided_about_too() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path(), &of_go(), "");
    let all = table.replace("\n,", "\nrevoke,");
    let (plan, told) = planned(folder.path(), &of_go(), &all);
    assert!(plan["rows"].as_array().unwrap().len() > 10);
    assert!(
        !told.contains("contradicted") && !told.contains("changed since"),
        "{told}"
    );
    assert_eq!(plan["place"], serde_json::json!({ "demo": false }));
}
