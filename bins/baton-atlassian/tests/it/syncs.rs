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
      organization          1             4       0
      user                 12             0       0
      workspace             7            71      35
      in all               23            76      47

    How access is held
      directly        23
      through groups  21
      both ways        3
      unexplained      0
      overstated       0
      dormant          0

    Requests
      sent          23
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
      organization          1             4       0
      user                 12             0       0
      workspace             7            71      35
      in all               21            76      47

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
      sent          22
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
      sent          6
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
