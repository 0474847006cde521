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
    bench.sync_fails(&Scripted::new(tenant(6)).faulty(4, Fault::Unreachable));
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
