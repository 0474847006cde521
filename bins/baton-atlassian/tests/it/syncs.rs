//! Syncs that succeed, wholly or with gaps.

use crate::harness::{Mood, Ran, Vendor, check, program};
use atlassian_sim::{OrgSpec, Switches};
use c1z_file::{Artifact, ReadOptions, logical};
use serde_json::Value;

#[test]
fn a_whole_organization() {
    let vendor = Vendor::new();
    let ran = vendor.run(&[]);
    check!(ran.end(), @"
    exit 0
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 in [time]: sync.c1z, [size]

    Found
                    resources  entitlements  grants
      api_token             2             0       0
      group                 1             1      12
      org_api_key           4             0       0
      organization          1             4       0
      user                 12             0       0
      workspace             7            71      35
      in all               27            76      47

    How access is held
      directly        23
      through groups  21
      both ways        3
      unexplained      0
      overstated       0
      dormant          0

    Requests
      sent          31
      retried        0
      rate limited   0
    ");
    assert!(vendor.path("sync.c1z").exists());
}

/// One sync in which nothing is missing, and no picture that a reader would ask the connector for.
#[test]
fn the_artifact_is_sound() {
    let vendor = Vendor::of(OrgSpec::demo(), Mood::default());
    let ran = vendor.run(&[]);
    assert_eq!((ran.exit, &*ran.stderr), (Some(0), ""));
    let report = c1z_file::verify(&vendor.path("sync.c1z")).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.summary.syncs, report.summary.assets), (1, 0));
    let artifact = Artifact::open(&vendor.path("sync.c1z"), ReadOptions::default()).unwrap();
    let mut dump = Vec::new();
    logical::dump(&artifact, &report.summary.sync_id, &mut dump).unwrap();
    let dump = String::from_utf8(dump).unwrap();
    for of_asset in [r#""icon""#, r#""logo""#] {
        assert!(!dump.contains(of_asset));
    }
}

#[test]
fn little_is_said_by_default() {
    let vendor = Vendor::new();
    let ran = vendor.run_with(&[], &[("BATON_LOG_LEVEL", ""), ("BATON_LOG_FORMAT", "console")]);
    check!(ran.stderr, @"
    [time] info  requests go to another address than the vendor's  address=http://127.0.0.1:[port]  setting=base-url
    [time] info  syncing  output=sync.c1z  subject=Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9
    [time] info  working out who has access, writing the artifact
    ");
}

#[test]
fn the_summary_for_programs_says_the_same() {
    let vendor = Vendor::new();
    let ran = vendor.run(&["--output", "json", "--log-level", "debug", "-f", "other.c1z"]);
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(summary["exit_code"], 0);
    assert_eq!(summary["scope"]["organization"], vendor.org.id());
    assert_eq!(summary["requests"]["total"], vendor.requests());
    assert_eq!(summary["sync"]["resources"]["user"], 12);
    assert_eq!(summary["sync"]["output"], "other.c1z");
    let bytes = std::fs::metadata(vendor.path("other.c1z")).unwrap().len();
    assert_eq!(summary["sync"]["file_bytes"], bytes);
}

#[test]
fn tokens_that_may_not_be_read_are_a_gap_and_all_else_is_synced() {
    let switches = Switches {
        tokens_forbidden: true,
        ..Switches::default()
    };
    let vendor = Vendor::with(Mood {
        switches,
        ..Mood::default()
    });
    let exit = |arguments| vendor.run(arguments).exit;
    assert_eq!(exit(&["--allow-gaps"]), Some(0));
    assert_eq!(exit(&["--allow-gaps=api_tokens"]), Some(0));
    assert_eq!(exit(&["--allow-gaps=group_members"]), Some(17));
    check!(vendor.run(&[]).end(), @"
    exit 17
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 in [time]: sync.c1z, [size]

    Found
                    resources  entitlements  grants
      group                 1             1      12
      org_api_key           4             0       0
      organization          1             4       0
      user                 12             0       0
      workspace             7            71      35
      in all               25            76      47

    How access is held
      directly        23
      through groups  21
      both ways        3
      unexplained      0
      overstated       0
      dormant          0

    Gaps: could not be read, so the artifact lacks it
      api_tokens  1
          de180939-e28b-49bf-80eb-f6c3051b8ae9: status 403, code ADMIN-403-3, detail: The caller is not allowed to do this
      Give the credential the rights it lacks and sync again, or accept it: --allow-gaps=api_tokens

    Requests
      sent          30
      retried        0
      rate limited   0
    baton-atlassian: synced with gaps: sync.c1z is complete but for api_tokens (1). The summary says what is missing; --allow-gaps accepts it
    ");
}

#[test]
fn resources_without_access() {
    let vendor = Vendor::new();
    let ran = vendor.run(&[
        "--skip-entitlements-and-grants",
        "--sync-resource-types",
        "user,group",
    ]);
    check!(ran.end(), @"
    exit 0
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9, only group, user, resources without access in [time]: sync.c1z, [size]

    Found
              resources  entitlements  grants
      group           1             0       0
      user           12             0       0
      in all         13             0       0

    Requests
      sent          8
      retried       0
      rate limited  0
    ");
}

#[test]
fn the_demonstration_needs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run =
        |arguments: &[&str]| Ran::of(program(folder.path(), arguments).output().unwrap(), folder.path());
    let ran = run(&["--demo", "--allow-gaps", "--output", "json"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(summary["sync"]["resources"]["user"].as_u64() > Some(300));
    assert!(folder.path().join("demo.c1z").exists());
}

/// The account with its access stands beside the full sync, which is what readers go on showing.
#[test]
fn one_account_is_synced_into_the_artifact_of_a_full_sync() {
    let vendor = Vendor::new();
    assert_eq!(vendor.run(&[]).exit, Some(0));
    let artifact = || Artifact::open(&vendor.path("sync.c1z"), ReadOptions::default()).unwrap();
    let full = artifact().latest_finished_full().unwrap().unwrap();
    let (full, ended_at) = (full.sync_id, full.ended_at.unwrap()[..19].to_owned());
    let end = |arguments: &[&str]| vendor.run(arguments).end().replace(&ended_at, "[end]");
    let account = artifact()
        .resources(&full)
        .map(|row| row.unwrap())
        .find(|row| row.resource_type_id == "user")
        .unwrap();
    let id = account.decode().unwrap().id.unwrap().resource;
    let before = vendor.requests();
    check!(end(&["--sync-resources", &format!("user/{id}")]), @"
    exit 0
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9, only user:712020:06a39c3b-621c-4717-baf1-6f61869971b2 in [time]: sync.c1z, [size]

    Found
                 resources  entitlements  grants
      group              1             1       1
      user               1             0       0
      workspace          2            20       4
      in all             4            21       5

    How access is held
      directly        3
      through groups  1
      both ways       1
      unexplained     0
      overstated      0
      dormant         0

    Remarks
      the artifact keeps the full sync that ended at [end]; this one is of single resources alone, and where the latest full sync is asked for that one is shown

    Requests
      sent          8
      retried       0
      rate limited  0
    ");
    assert!(vendor.requests() - before < 20, "{}", vendor.requests() - before);
    let mut syncs = artifact().syncs().unwrap();
    let part = syncs.pop().unwrap();
    assert_eq!(part.sync_type, c1z_file::SyncType::Partial);
    assert_eq!(part.parent_sync_id, full);
    let shown = artifact().latest_finished_full().unwrap().unwrap();
    assert_eq!(shown.sync_id, full);
    check!(end(&["--sync-resources", "user/nobody"]), @"
    exit 5
    baton-atlassian: not found: the account nobody is not in the organization de180939-e28b-49bf-80eb-f6c3051b8ae9, while listing resources of type user
    ");
    check!(end(&["--sync-resources", "nobody"]), @r#"
    exit 3
    baton-atlassian: invalid value: --sync-resources: "nobody" names no resource: it is written type/id or bid:r:type/id
    "#);
    check!(end(&["--sync-resources", "room/1"]), @"
    exit 2
    baton-atlassian: not configured correctly: room:1 cannot be synced by itself; of this connector that can be done with resources of the types user, group, workspace, organization, api_token
    ");
    check!(end(&["--sync-resources", "group/1", "-f", "sync.c1z", "--keep-syncs", "1"]), @"
    exit 9
    baton-atlassian: refused: the full sync that ended at [end] in sync.c1z would be lost: this one is of a part only, and nothing is to be kept. Name another file with --file, keep it with --keep-syncs=2, or lose it with --replace
    ");
}
