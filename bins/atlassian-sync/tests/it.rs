//! The real program against a simulated organization.
#![forbid(unsafe_code)]

mod support;

use support::{Vendor, end, program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atlassian-sync");

/// What is told of a sync that has no artifact, or the first line of the summary of one that has.
fn first_lines(ended: &str) -> String {
    ended.lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sync_takes_its_settings_from_the_environment() {
    let vendor = Vendor::new();
    let ended = end(vendor.program(&[]).env("BATON_FILE", "other.c1z"));
    assert!(
        ended.starts_with("exit 0\nSynced Atlassian organization"),
        "{ended}"
    );
    assert!(vendor.folder.path().join("other.c1z").exists());
    assert!(!vendor.folder.path().join("sync.c1z").exists());
}

#[test]
fn a_sync_takes_its_settings_from_the_file() {
    let vendor = Vendor::new();
    let file = format!(
        "access-token: {}\norganization-id: {}\nbase-url: {}\nfile: other.c1z\n",
        vendor.org.api_key(),
        vendor.org.id(),
        vendor.running.url()
    );
    std::fs::write(vendor.folder.path().join(".baton.yaml"), file).unwrap();
    let ended = end(&mut program(vendor.folder.path(), &[]));
    assert!(ended.starts_with("exit 0\n"), "{ended}");
    assert!(vendor.folder.path().join("other.c1z").exists());
}

#[test]
fn what_it_does_not_do_is_refused_wherever_it_stands() {
    let vendor = Vendor::new();
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_DRY_RUN", "true")), @"
    exit 2
    atlassian-sync: not configured correctly: BATON_DRY_RUN is given, but no change is asked for. A sync changes nothing at the vendor and needs no such setting
    ");
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_REVOKE_GRANT", "g")), @"
    exit 12
    atlassian-sync: not offered: BATON_REVOKE_GRANT: atlassian-sync only syncs. Leave the setting out, or use the program that does it
    ");
    insta::assert_snapshot!(end(&mut vendor.program(&["--invoke-action", "disable_user"])), @"
    exit 12
    atlassian-sync: not offered: --invoke-action: atlassian-sync only syncs. Leave the setting out, or use the program that does it
    ");
    insta::assert_snapshot!(end(vendor.program(&[]).env("BATON_CLIENT_ID", "c")), @"
    exit 12
    atlassian-sync: not offered: BATON_CLIENT_ID: this program has no such mode. Leave it out
    ");
    assert_eq!(vendor.requests(), 0);
}

#[test]
fn a_wrong_key() {
    let vendor = Vendor::new();
    let ended = end(vendor.program(&[]).env("BATON_ACCESS_TOKEN", "not-the-key"));
    assert!(ended.starts_with("exit 16\n"), "{ended}");
    assert!(!ended.contains("not-the-key"));
    assert!(!vendor.folder.path().join("sync.c1z").exists());
}

#[test]
fn a_missing_folder() {
    let vendor = Vendor::new();
    let ended = end(&mut vendor.program(&["-f", "missing/sync.c1z"]));
    assert!(ended.starts_with("exit 2\n"), "{ended}");
    assert_eq!(vendor.requests(), 0);
}

#[test]
fn a_recorded_sync_is_replayed_without_key_and_network() {
    let vendor = Vendor::new();
    let recorded = end(&mut vendor.program(&["--record", "recording"]));
    assert!(recorded.starts_with("exit 0\n"), "{recorded}");
    let requests = vendor.requests();
    let replay = ["--replay", "recording", "-f", "again.c1z"];
    let replayed = end(&mut program(vendor.folder.path(), &replay));
    assert!(
        first_lines(&replayed).starts_with("exit 0\nSynced the recorded organization"),
        "{replayed}"
    );
    assert_eq!(vendor.requests(), requests);
}
