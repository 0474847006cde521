//! The artifact of one organization and the settings of another.

use crate::harness::{Mood, Vendor, check, program};
use atlassian_sim::{OrgSpec, Quirks};
use c1z_file::{Artifact, ReadOptions};

/// Every kind of change, with an artifact that is not of the organization that would be changed. Nothing is asked of the vendor.
#[test]
fn no_change_is_made_with_the_artifact_of_another_organization() {
    let vendor = Vendor::new();
    let demo = program(
        vendor.folder.path(),
        &["--demo", "--allow-gaps", "-f", "other.c1z"],
    )
    .output()
    .unwrap();
    assert!(demo.status.success());
    let artifact = Artifact::open(&vendor.path("other.c1z"), ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap().sync_id;
    let admin = artifact
        .entitlements(&sync)
        .map(|row| row.unwrap())
        .find(|row| row.resource_type_id == "organization")
        .unwrap();
    let account = artifact
        .resources(&sync)
        .map(|row| row.unwrap())
        .find(|row| row.resource_type_id == "user")
        .unwrap();
    let account = account.external_id.strip_prefix("user:").unwrap();
    let grant = artifact.grants(&sync).next().unwrap().unwrap().external_id;
    let before = vendor.requests();
    for change in [
        &[
            "--grant-entitlement",
            &admin.external_id,
            "--grant-principal",
            account,
            "--grant-principal-type",
            "user",
        ][..],
        &["--revoke-grant", &grant],
        &["--delete-resource", account, "--delete-resource-type", "user"],
        &[
            "--create-account-login",
            "ines@example.com",
            "--create-account-email",
            "ines@example.com",
        ],
        &[
            "--invoke-action",
            "disable_user",
            "--invoke-action-args",
            &format!(r#"{{"user_id": "{account}"}}"#),
        ],
    ] {
        for dry_run in [&["--dry-run"][..], &[]] {
            let ran = vendor.run(&[&["-f", "other.c1z"], change, dry_run].concat());
            assert_eq!(ran.exit, Some(9), "{change:?}: {}", ran.stderr);
            assert!(
                ran.stderr.contains("other.c1z is of organization"),
                "{change:?}: {}",
                ran.stderr
            );
        }
    }
    assert_eq!(vendor.requests(), before, "nothing was asked");
}

/// The key of the organization and the key of the SCIM directory are two settings. Where they are of two organizations nothing is
/// created in either.
#[test]
fn no_account_is_created_in_the_directory_of_another_organization() {
    let ours = Vendor::new();
    let other = Vendor::of(
        OrgSpec::small(12).with_quirks(Quirks::none()).with_seed(99),
        Mood::default(),
    );
    let creation = [
        "--create-account-login",
        "ines",
        "--create-account-email",
        "ines@example.com",
        "--audit-log",
        "audit.jsonl",
    ];
    let into = |vendor: &Vendor, further: &[&str]| {
        let directory = vendor.org.scim_directories().next().unwrap();
        let address = format!("{}{}", vendor.url, directory.path());
        let environment = [
            ("BATON_SCIM_TOKEN", directory.key()),
            ("BATON_SCIM_BASE_URL", address.as_str()),
        ];
        let ran = ours.run_with(&[&creation[..], further].concat(), &environment);
        let audit = std::fs::read_to_string(ours.path("audit.jsonl")).unwrap();
        assert!(
            audit
                .lines()
                .all(|line| line.contains(&format!(r#""created_at":"{address}""#))),
            "{audit}"
        );
        std::fs::remove_file(ours.path("audit.jsonl")).unwrap();
        let doctor = ours.run_with(&["doctor"], &environment);
        let is_unproven = doctor
            .stdout
            .contains("does not seem to belong to the organization");
        assert_eq!(is_unproven, vendor.url != ours.url, "{}", doctor.stdout);
        ran
    };
    for further in [&[][..], &["--dry-run"]] {
        let ran = into(&other, further);
        assert_eq!(ran.exit, Some(9), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("it is not proven that the SCIM directory"),
            "{}",
            ran.stderr
        );
        // The flag does not help where the organization speaks against it.
        assert!(!ran.stderr.contains("allow-unproven-directory"), "{}", ran.stderr);
    }
    let ran = into(&ours, &["--dry-run"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
}

#[test]
fn a_sync_does_not_replace_the_artifact_of_another_organization() {
    let vendor = Vendor::new();
    let demo = || {
        program(
            vendor.folder.path(),
            &["--demo", "--allow-gaps", "-f", "sync.c1z"],
        )
        .output()
        .unwrap()
    };
    assert!(demo().status.success());
    let ran = vendor.run(&[]);
    assert_eq!((ran.exit, vendor.requests()), (Some(9), 0), "{}", ran.stderr);
    check!(ran.end(), @r#"
    exit 9
    baton-atlassian: refused: the artifact sync.c1z is of organization "25eb1776-51b8-4cb3-a525-6b2464cb5256", and this sync is of organization "de180939-e28b-49bf-80eb-f6c3051b8ae9". Name another file with --file, or replace this one with --replace
    "#);
    assert_eq!(vendor.run(&["--replace"]).exit, Some(0));
    let artifact = Artifact::open(&vendor.path("sync.c1z"), ReadOptions::default()).unwrap();
    assert_eq!(
        artifact.syncs().unwrap().len(),
        1,
        "nothing of the other one is kept"
    );
    assert_eq!(
        demo().status.code(),
        Some(9),
        "nor does a demonstration replace a real one"
    );
    // The same organization again keeps the sync before.
    assert_eq!(vendor.run(&[]).exit, Some(0));
    let artifact = Artifact::open(&vendor.path("sync.c1z"), ReadOptions::default()).unwrap();
    assert_eq!(artifact.syncs().unwrap().len(), 2);
}

/// What the existing connector writes for an account or a group that the vendor says little of.
#[test]
fn profile_keys_are_there_also_where_they_are_empty() {
    let vendor = Vendor::new();
    assert_eq!(vendor.run(&[]).exit, Some(0));
    let artifact = Artifact::open(&vendor.path("sync.c1z"), ReadOptions::default()).unwrap();
    let sync = artifact.latest_finished_full().unwrap().unwrap().sync_id;
    for (kind, keys) in [
        (
            "user",
            &["account_id", "account_type", "username", "email_verified"][..],
        ),
        ("group", &["name", "description"]),
    ] {
        let rows = artifact.resources(&sync).map(|row| row.unwrap());
        for row in rows.filter(|row| row.resource_type_id == kind) {
            let resource = row.decode().unwrap();
            let fields = resource.profile.unwrap_or_default().fields;
            let unlisted = fields.contains_key("unlisted") || fields.contains_key("managed_account");
            for key in keys.iter().filter(|key| !(unlisted && **key == "email_verified")) {
                assert!(
                    fields.contains_key(*key),
                    "{} has no {key}: {fields:?}",
                    row.external_id
                );
            }
        }
    }
}
