//! A killed run leaves the old file or the new one, and its working files go with the next run.
//!
//! The run that is killed is this test program again, told by its arguments to run [`writes`] in a directory.

use crate::sample::{self, at};
use c1z_file::{Target, inspect_target, verify};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const CHILD: &str = "crash::writes";

/// Writes an artifact and says on the way how far it is. Run as a test of its own it just has to succeed.
#[test]
fn writes() {
    let told = std::env::args().find_map(|argument| argument.strip_prefix("--skip=DIR:").map(PathBuf::from));
    let own = tempfile::tempdir().unwrap();
    let output = told.as_deref().unwrap_or(own.path()).join("out.c1z");
    let mut writer = sample::writer(&output);
    sample::fill(&mut writer, &sample::org()).unwrap();
    for number in 0..20_000 {
        let user = sample::resource("user", &number.to_string());
        sample::fill(
            &mut writer,
            &sample::Org {
                resources: vec![user],
                ..Default::default()
            },
        )
        .unwrap();
    }
    say("loaded", told.is_some());
    writer.finish(at(sample::ENDED_AT), "").unwrap();
    say("finished", told.is_some());
    assert!(output.exists());
}

/// Says `what` and, where the parent decides, waits for its leave to go on.
#[expect(clippy::print_stdout, reason = "the parent process reads it")]
fn say(what: &str, to_parent: bool) {
    if to_parent {
        println!("child {what}");
        let _ = std::io::stdin().read(&mut [0]);
    }
}

fn start(directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            CHILD,
            "--exact",
            "--nocapture",
            &format!("--skip=DIR:{}", directory.display()),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for(child: &mut Child, what: &str) {
    let line = format!("child {what}");
    let said = BufReader::new(child.stdout.as_mut().unwrap())
        .lines()
        .any(|said| said.unwrap().contains(&line));
    assert!(said, "the child did not say {what}");
}

fn leftovers(directory: &Path) -> usize {
    fs::read_dir(directory)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name() != "out.c1z")
        .count()
}

#[test]
fn killed_while_loading() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &sample::org()).unwrap();
    let old = fs::read(&output).unwrap();

    let mut child = start(dir.path());
    wait_for(&mut child, "loaded");
    assert_eq!(leftovers(dir.path()), 1);
    // Another run beside a live one leaves that alone.
    assert!(matches!(inspect_target(&output), Ok(Target::Artifact { .. })));
    assert_eq!(leftovers(dir.path()), 1);
    child.kill().unwrap();
    child.wait().unwrap();

    assert_eq!(fs::read(&output).unwrap(), old);
    assert_eq!(leftovers(dir.path()), 1);
    drop(sample::writer(&output));
    assert_eq!(leftovers(dir.path()), 0);
    assert_eq!(fs::read(&output).unwrap(), old);
}

/// Whether a run is at compressing, its last long step before the rename.
fn compresses(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .filter_map(Result::ok)
        .any(|entry| entry.path().join("artifact").exists())
}

#[test]
fn killed_while_finishing() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &sample::org()).unwrap();
    let old = fs::read(&output).unwrap();
    for looks in [0, 1, 10, 100, 1000] {
        fs::write(&output, &old).unwrap();
        let mut child = start(dir.path());
        wait_for(&mut child, "loaded");
        drop(child.stdin.take());
        // Kill it a little later in each round.
        while !compresses(dir.path()) && child.try_wait().unwrap().is_none() {}
        for _ in 0..looks {
            compresses(dir.path());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if fs::read(&output).unwrap() != old {
            assert_eq!(verify(&output).unwrap().summary.resources, 20_004);
        }
        assert!(inspect_target(&output).is_ok());
        assert_eq!(leftovers(dir.path()), 0);
    }
}
