//! Whatever happens, the file at the output is the old one or the new one.

use crate::artifact::content;
use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::{Fault, Scripted};
use crate::tenant::tenant;
use std::sync::Arc;

#[test]
fn a_finished_sync_replaces_the_artifact() {
    let bench = Bench::new();
    bench.sync(&Scripted::new(tenant(4))).expect("the sync succeeds");
    let before = content(&bench.output());
    bench.sync(&Scripted::new(tenant(6))).expect("the sync succeeds");
    assert_ne!(content(&bench.output()), before);
    assert_eq!(bench.files(), ["sync.c1z"]);
}

#[test]
fn a_sync_that_fails_leaves_the_artifact_alone() {
    let bench = Bench::new();
    bench.sync(&Scripted::new(tenant(4))).expect("the sync succeeds");
    let before = std::fs::read(bench.output()).expect("the artifact");
    let colliding = "type a\ntype a:b\nlist a\nresource a/b:c\nresource a:b/c";
    bench.sync_fails(&Scripted::new(tenant(6)).faulty(4, Fault::Stops));
    bench.sync_fails(&Scripted::new(Script::parse(colliding)));
    assert_eq!(std::fs::read(bench.output()).expect("the artifact"), before);
}

#[test]
fn something_else_at_the_output_is_refused_before_a_call_is_made() {
    let bench = Bench::new();
    std::fs::write(bench.output(), "my only copy of the accounts").expect("a file");
    let connector = Scripted::new(tenant(4));
    assert_eq!(
        bench.sync_fails(&connector),
        "cannot write over sync.c1z: it is not a .c1z artifact; name another output, or move the file away (9)"
    );
    assert!(connector.calls().is_empty());
    assert_eq!(bench.files(), ["sync.c1z"]);
}

/// The folder goes away while the sync reads. What was read is not asked again.
#[cfg(unix)]
#[test]
fn sealing_that_fails_is_tried_again() {
    let bench = Bench::new();
    bench.sync(&Scripted::new(tenant(4))).expect("the sync succeeds");
    let before = std::fs::read(bench.output()).expect("the artifact");
    let folder = bench.folder.path().to_owned();
    let elsewhere = folder.with_extension("elsewhere");
    let vanish = {
        let (folder, elsewhere) = (folder.clone(), elsewhere.clone());
        move || std::fs::rename(&folder, &elsewhere).expect("the folder moves")
    };
    let reading = Scripted::new(tenant(6)).faulty(4, Fault::Meanwhile(Arc::new(vanish)));
    let error = bench.sync_fails(&reading);
    assert!(error.contains("does not exist"), "{error}");
    std::fs::rename(&elsewhere, &folder).expect("the folder comes back");
    assert_eq!(std::fs::read(bench.output()).expect("the artifact"), before);

    let sealing = Scripted::new(tenant(6));
    let report = bench.sync(&sealing).expect("the second run succeeds");
    assert!(report.resumed);
    assert_eq!(sealing.calls(), Vec::<String>::new());
    assert_ne!(std::fs::read(bench.output()).expect("the artifact"), before);
}

/// A file of the same name is in the way of the new one: the one place where every system fails alike.
#[cfg(not(unix))]
#[test]
fn sealing_that_fails_is_tried_again() {
    let bench = Bench::new();
    let output = bench.output();
    let block = move || std::fs::create_dir(&output).expect("a folder");
    let reading = Scripted::new(tenant(6)).faulty(4, Fault::Meanwhile(Arc::new(block)));
    bench.sync_fails(&reading);
    std::fs::remove_dir(bench.output()).expect("a folder");
    let sealing = Scripted::new(tenant(6));
    let report = bench.sync(&sealing).expect("the second run succeeds");
    assert!(report.resumed);
    assert_eq!(sealing.calls(), Vec::<String>::new());
}

/// The run with nowhere to put temporary files but beside its output is this test program again.
#[cfg(target_os = "linux")]
const CHILD: &str = "output::sorts_more_than_memory_holds";

/// More grants than are sorted in memory.
#[test]
fn sorts_more_than_memory_holds() {
    let mut script = String::from("type group group grants\ntype user user\nlist group\nresource group/g\n");
    script.push_str("grants group/g\ngrant group/top member <- group/g via=member\n");
    for n in 0..5_000 {
        script.push_str(&format!("grant group/g member <- user/{:0>1000}\n", 5_000 - n));
    }
    let bench = Bench::new();
    let report = bench
        .sync(&Scripted::new(Script::parse(&script)))
        .expect("the sync succeeds");
    assert_eq!(report.grants["group"], 10_001);
    assert_eq!(bench.files(), ["sync.c1z"]);
}

/// In a container the system's temporary directory may be read-only, or too small: it is not used. Here it is one that
/// was removed while it is open, so that it passes for writable and nobody can create a file in it.
#[cfg(target_os = "linux")]
#[test]
fn the_temporary_directory_of_the_system_is_not_needed() {
    use std::os::fd::AsRawFd as _;
    let removed = tempfile::tempdir().expect("a folder");
    let open = std::fs::File::open(removed.path()).expect("the folder");
    removed.close().expect("it is empty");
    let child = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args([CHILD, "--exact", "--nocapture"])
        .env(
            "SQLITE_TMPDIR",
            format!("/proc/{}/fd/{}", std::process::id(), open.as_raw_fd()),
        )
        .output()
        .expect("it starts");
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(told.contains("1 passed"), "{told}");
}
