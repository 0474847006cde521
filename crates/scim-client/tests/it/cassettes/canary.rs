//! Nothing that is secret or somebody's comes out anywhere: not in a recording, a snapshot, a log line or an error.

use super::all;
use super::world::{SUITE, by_host, elsewhere_keys};
use std::path::Path;
use vendor_contract::cases::{COOKIE, Live, Overheard, WRONG_KEY, recordings};

/// Keys, the cookie and a password.
fn secrets() -> Vec<String> {
    let world = (SUITE.world)();
    let password = world.facts.iter().filter(|(name, _)| *name == "password");
    let password = password.map(|(_, password)| password.clone());
    let constant = [WRONG_KEY, COOKIE].into_iter().chain(elsewhere_keys());
    constant
        .map(str::to_owned)
        .chain([world.key.expose().to_owned()])
        .chain(password)
        .collect()
}

/// Ids, names and addresses that calls send.
fn private() -> Vec<String> {
    (SUITE.world)().facts.into_iter().map(|(_, fact)| fact).collect()
}

#[track_caller]
fn silent(what: &str, text: &str, of: &[String]) {
    for private in of {
        let line = text.lines().find(|line| line.contains(private.as_str()));
        assert_eq!(line, None, "{private} in {what}");
    }
}

#[test]
fn recordings_and_snapshots_are_silent() {
    let canaries = [secrets(), private()].concat();
    let recordings = recordings(SUITE.client);
    assert!(!recordings.is_empty());
    for (operation, text) in recordings {
        silent(&operation, &text, &canaries);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cassettes/snapshots");
    let mut snapshots = 0;
    for entry in std::fs::read_dir(folder).expect("the snapshots") {
        let path = entry.expect("a snapshot").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        silent(&path.display().to_string(), &text, &canaries);
        snapshots += 1;
    }
    assert_eq!(snapshots, all().len());
}

/// Everything is played live, with keys and addresses as they are.
#[tokio::test]
async fn errors_and_log_lines_are_silent() {
    let overheard = Overheard::default();
    let _guard = overheard.log_lines();
    let world = (SUITE.world)();
    let addresses = world.facts.into_iter().map(|(_, fact)| fact);
    let addresses: Vec<String> = addresses.filter(|fact| fact.contains('@')).collect();
    assert!(addresses.len() > 4);
    let canaries = [secrets(), addresses].concat();
    let live = Live::new();
    let mut errors = 0;
    for cases in all() {
        let dir = tempfile::tempdir().expect("a folder");
        let played = SUITE
            .record(&cases, &live, by_host(live.transport()), dir.path())
            .await;
        for error in played.into_iter().filter_map(|played| played.told.err()) {
            silent(cases.operation(), &error, &canaries);
            errors += 1;
        }
    }
    assert!(errors > 100, "{errors} errors");
    assert!(overheard.lines() > errors, "{} lines", overheard.lines());
    for private in &canaries {
        assert_eq!(overheard.line_with(private), None, "{private} in the log");
    }
}
