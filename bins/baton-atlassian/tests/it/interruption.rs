//! Being asked to stop, and going on. What a kill costs is in `killed.rs`.

use crate::company::Company;
use crate::harness::{Mood, Ran, Vendor, check};
use atlassian_sim::{Endpoint, Envelope, Fault, FaultPlan, Hint, Switches};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;

/// Lets the programs that are begun from now on be hung up, also where these tests were begun by `nohup`, which has the
/// signal ignored: what a process ignores its children ignore, and what it handles they do not.
fn let_hang_up() {
    static HANDLED: std::sync::Once = std::sync::Once::new();
    HANDLED.call_once(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _guard = runtime.enter();
        drop(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).unwrap());
    });
}

/// Stops the program while a request is under way, then runs it again: how the first run ended, and the first line that
/// the second told.
fn stopped(stop: impl FnOnce(&mut Child)) -> String {
    let whole = Vendor::new();
    assert_eq!(whole.run(&[]).exit, Some(0));
    let vendor = Vendor::with(Mood {
        held_after: Some(15),
        ..Mood::default()
    });
    let mut child = vendor.program(&[]).spawn().unwrap();
    vendor.wait_until_held();
    stop(&mut child);
    let first = vendor.ended(child);
    assert!(!vendor.path("sync.c1z").exists());
    vendor.open();
    let before = vendor.requests();
    let second = vendor.run(&[]);
    assert_eq!(second.exit, Some(0), "{}", second.stderr);
    let asked = vendor.requests() - before;
    assert!(asked < whole.requests(), "everything was asked again");
    format!(
        "{}\n{}",
        first.end(),
        second.stdout.lines().next().unwrap_or_default()
    )
}

#[test]
fn a_signal_keeps_what_was_read() {
    let_hang_up();
    let signalled = |signal: &str| stopped(|child| self::signal(child, signal));
    check!(signalled("-INT"), @"
    exit 1
    baton-atlassian: interrupted: what was read is kept in sync.c1z.staging. Run the same command again to go on from there
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 (resumed) in [time]: sync.c1z, [size]
    ");
    check!(signalled("-HUP"), @"
    exit 1
    baton-atlassian: interrupted: what was read is kept in sync.c1z.staging. Run the same command again to go on from there
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 (resumed) in [time]: sync.c1z, [size]
    ");
    check!(signalled("-TERM"), @"
    exit 1
    baton-atlassian: interrupted: what was read is kept in sync.c1z.staging. Run the same command again to go on from there
    Synced Atlassian organization de180939-e28b-49bf-80eb-f6c3051b8ae9 (resumed) in [time]: sync.c1z, [size]
    ");
}

fn signal(child: &Child, signal: &str) {
    let sent = std::process::Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Until something was sent nothing is lost by stopping at once, so nobody has to wait for a vendor that does not answer.
#[test]
fn what_only_reads_stops_at_once() {
    let_hang_up();
    for (arguments, last) in [
        (
            &[
                "--delete-resource",
                "712020:1",
                "--delete-resource-type",
                "user",
                "--audit-log",
                "audit.jsonl",
            ][..],
            "baton-atlassian: interrupted: stopped before anything was sent, so nothing was changed",
        ),
        (
            &["doctor"],
            "baton-atlassian: interrupted: stopped before it was done",
        ),
    ] {
        for name in ["-INT", "-TERM", "-HUP"] {
            let vendor = Vendor::with(Mood {
                held_after: Some(0),
                ..Mood::default()
            });
            let child = vendor.program(arguments).spawn().unwrap();
            vendor.wait_until_held();
            signal(&child, name);
            let ran = vendor.ended(child);
            assert_eq!(ran.exit, Some(1), "{}", ran.stderr);
            assert_eq!(ran.stderr.lines().last(), Some(last), "{}", ran.stderr);
            let audit = std::fs::read_to_string(vendor.path("audit.jsonl")).unwrap_or_default();
            assert!(
                audit.is_empty() || audit.contains("interrupted before anything was sent"),
                "{audit}"
            );
        }
    }
}

/// What was begun by `nohup` goes on when its terminal goes, and stops when it is asked to.
#[test]
fn a_hangup_that_was_ignored_stays_ignored() {
    let vendor = Vendor::with(Mood {
        held_after: Some(15),
        ..Mood::default()
    });
    let program = vendor.program(&[]);
    let mut ignoring = std::process::Command::new("sh");
    ignoring
        .args(["-c", "trap '' HUP; exec \"$0\""])
        .arg(program.get_program())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(vendor.folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = ignoring.spawn().unwrap();
    vendor.wait_until_held();
    signal(&child, "-HUP");
    vendor.open();
    let ran = vendor.ended(child);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
}

/// Takes a membership away while the vendor answers its removal like this, is stopped once that was sent and as often as said,
/// and ends with this code: what it printed about its requests, the same of the audit file, and its last words.
fn stopped_change(answer: Fault, signals: usize, exit: i32) -> (Value, Value, String) {
    let company = Company::with(
        Switches::default(),
        FaultPlan::none().always(Endpoint::MemberRemove, answer),
    );
    let member = company.synced().grant("group:", ":member").clone();
    let arguments = [
        "--revoke-grant",
        &member.id,
        "--audit-log",
        "audit.jsonl",
        "--output",
        "json",
    ];
    let mut child = company.program(&arguments).spawn().unwrap();
    while company.asked(Endpoint::MemberRemove) == 0 {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it wrote");
        std::thread::yield_now();
    }
    signal(&child, "-TERM");
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    errors.read_line(&mut said).unwrap();
    assert!(
        said.starts_with("stopping; the answer to what was sent"),
        "{said}"
    );
    for _ in 1..signals {
        signal(&child, "-TERM");
    }
    errors.read_to_string(&mut said).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap(), company.folder.path());
    assert_eq!(ran.exit, Some(exit), "{said}");
    assert_eq!(company.asked(Endpoint::MemberRemove), 1, "it was sent again");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let audit = std::fs::read_to_string(company.path("audit.jsonl")).unwrap();
    let outcome: Value = serde_json::from_str(audit.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&outcome["phase"], &outcome["code"]),
        (&"outcome".into(), &exit.into())
    );
    let last = said.lines().last().unwrap_or_default().to_owned();
    (
        document["change"]["requests"].clone(),
        outcome["requests"].clone(),
        last,
    )
}

/// What the vendor's limit refused is not sent again after a signal: it was not made, and what was sent is told.
#[test]
fn a_write_that_the_limit_refuses_is_not_sent_again_after_a_signal() {
    let limited = Fault::RateLimited(Hint::Seconds(30), Envelope::Gateway);
    let (told, kept, last) = stopped_change(limited, 1, 1);
    assert_eq!(told, kept);
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told[0]["status"], 429);
    assert!(
        last.contains("interrupted: ") && last.contains("asked to stop, so it was not sent again"),
        "{last}"
    );
}

/// The first signal waits for the answer, the second does not: then nobody knows the result of what was sent.
#[test]
fn a_write_that_is_not_answered_when_it_is_stopped_is_told_as_unknown() {
    let (told, kept, last) = stopped_change(Fault::Hang, 2, 14);
    assert_eq!(told, kept);
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(
        (&told[0]["method"], &told[0]["status"]),
        (&"DELETE".into(), &Value::Null)
    );
    assert!(
        last.contains("whether the change was made is not known"),
        "{last}"
    );
}
