//! What is at the output already, and where it cannot be written.

use crate::harness::{Vendor, check};
use std::fs;

/// Runs into a file with this content, which must stay as it is, without asking the vendor for anything.
fn refused(content: &[u8]) -> String {
    let vendor = Vendor::new();
    let file = vendor.path("sync.c1z");
    fs::write(&file, content).unwrap();
    let ran = vendor.run(&[]);
    assert_eq!(fs::read(&file).unwrap(), content);
    assert_eq!(vendor.requests(), 0, "{}", ran.stderr);
    ran.end()
}

#[test]
fn a_file_that_must_not_be_written_over() {
    check!(refused(b"a letter"), @"
    exit 9
    baton-atlassian: refused: cannot write over sync.c1z: it is not a .c1z artifact; name another output, or move the file away
    ");
    check!(refused(b"C1Z3\0no store"), @"
    exit 9
    baton-atlassian: refused: cannot write over sync.c1z: it is a damaged .c1z artifact (its head is cut off or too long); move it away to start a new one
    ");
    check!(refused(b"C1ZF\0no zstd frame"), @"
    exit 9
    baton-atlassian: refused: cannot write over sync.c1z: it is a damaged .c1z artifact (no zstd frame follows its magic bytes); move it away to start a new one
    ");
}

#[test]
fn a_damaged_artifact_is_refused_too() {
    let vendor = Vendor::new();
    assert_eq!(vendor.run(&[]).exit, Some(0));
    let mut content = fs::read(vendor.path("sync.c1z")).unwrap();
    content.truncate(content.len() / 2);
    check!(refused(&content), @"
    exit 9
    baton-atlassian: refused: cannot write over sync.c1z: it is a damaged .c1z artifact (its compressed data is cut off); move it away to start a new one
    ");
}

#[test]
fn an_output_that_cannot_be_written() {
    let vendor = Vendor::new();
    fs::write(vendor.path("file"), "").unwrap();
    check!(vendor.run(&["-f", "missing/sync.c1z"]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: cannot write missing/sync.c1z: the directory [folder]/missing does not exist
    ");
    #[cfg(unix)]
    check!(vendor.run(&["-f", "file/sync.c1z"]).end(), @"
    exit 2
    baton-atlassian: not configured correctly: cannot write file/sync.c1z: the directory [folder]/file does not exist
    ");
    #[cfg(target_os = "linux")]
    check!(vendor.run(&["-f", "/proc/sync.c1z"]).end(), @"
    exit 9
    baton-atlassian: refused: cannot write /proc/sync.c1z: /proc has devices and files that are open already, which are not replaced; name the file itself
    ");
    // Whatever the shell made of it.
    #[cfg(target_os = "linux")]
    check!(vendor.run(&["-f", "/dev/stdout"]).end(), @"
    exit 9
    baton-atlassian: refused: cannot write /dev/stdout: /dev has devices and files that are open already, which are not replaced; name the file itself
    ");
    assert_eq!(vendor.requests(), 0);
}

#[test]
fn an_empty_file_is_a_new_artifact_and_an_artifact_is_replaced() {
    let vendor = Vendor::new();
    fs::write(vendor.path("sync.c1z"), "").unwrap();
    for _ in 0..2 {
        let ran = vendor.run(&[]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    }
    let names: Vec<_> = fs::read_dir(vendor.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["sync.c1z"], "something is left behind");
}
