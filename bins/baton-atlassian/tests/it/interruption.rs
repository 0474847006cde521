//! Being stopped, and going on.
#![cfg(unix)]

use crate::harness::{Mood, Vendor, check};
use std::process::Command;

/// Sends a signal to the program while a request is under way, then runs it again.
fn interrupted(signal: &str) -> String {
    let whole = Vendor::new();
    assert_eq!(whole.run(&[]).exit, Some(0));
    let vendor = Vendor::with(Mood {
        held_after: Some(15),
        ..Mood::default()
    });
    let child = vendor.program(&[]).spawn().unwrap();
    vendor.wait_until_held();
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let first = vendor.ended(child);
    assert!(!vendor.path("sync.c1z").exists());
    vendor.open();
    let before = vendor.requests();
    let second = vendor.run(&[]);
    assert_eq!(second.exit, Some(0), "{}", second.stderr);
    let resumed = second.stdout.lines().next().unwrap_or_default();
    let asked = vendor.requests() - before;
    assert!(asked < whole.requests(), "everything was asked again");
    format!("{}\n{resumed}", first.end())
}

#[test]
fn a_signal_keeps_what_was_read() {
    check!(interrupted("-INT"), @"
    exit 1
    baton-atlassian: interrupted: what was read is kept in sync.c1z.staging. Run the same command again to go on from there
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 (resumed) in [time]: sync.c1z, [size]
    ");
    check!(interrupted("-TERM"), @"
    exit 1
    baton-atlassian: interrupted: what was read is kept in sync.c1z.staging. Run the same command again to go on from there
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 (resumed) in [time]: sync.c1z, [size]
    ");
}
