//! The audit file: complete whatever happens, and without secrets.

use crate::change_bench::{Desk, create, delete, grant, invoke, revoke, runtime};
use crate::change_connector::{Answer, Changer};
use connector_runtime::change::{ChangeError, RecordState, change};
use connector_sdk::{
    ChangeOutcome, ChangeState, Code, Error, ResourceBuilder, ResourceKey, Tenant, Vendor, WriteRequest,
};
use serde_json::{Value, json};
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

#[test]
fn every_change_leaves_two_lines() {
    let desk = Desk::audited();
    let connector = Changer::new();
    for what in [
        grant("group:g-platform:member", "user", "u-cleo"),
        revoke("group:g-platform:member:user:u-ines"),
        create(json!({ "email": "dora@example.com" })),
        delete("group", "g-oncall"),
        invoke("restore", json!({})),
    ] {
        desk.make(&connector, what).expect("it is done");
    }
    insta::assert_snapshot!(desk.audit(), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"entitlement":{"id":"group:g-platform:member","name":"Member of Platform","on":{"name":"Platform","resource":"g-platform","resource_type":"group"}},"kind":"grant","principal":{"name":"Cleo Hartmann","resource":"u-cleo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<1>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"entitlement":{"id":"group:g-platform:member","name":"Member of Platform","on":{"name":"Platform","resource":"g-platform","resource_type":"group"}},"grant":"group:g-platform:member:user:u-ines","kind":"revoke","principal":{"name":"Ines Calder","resource":"u-ines","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<1>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<2>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"create_account","profile":{"email":"dora@example.com","guest":false,"seats":1},"resource_type":"user"}}
    {"phase":"outcome","id":"<2>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<3>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"delete","resource":{"name":"On call","resource":"g-oncall","resource_type":"group"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<3>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<4>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"action":"restore","arguments":{},"kind":"invoke"}}
    {"phase":"outcome","id":"<4>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    "#);
}

/// What is no file on a disk takes lines without being synced; where it does not, nothing is sent.
#[cfg(target_os = "linux")]
#[test]
fn devices_and_pipes() {
    let told = |path: &str| {
        let mut desk = Desk::new();
        desk.options.audit = Some(path.into());
        desk.tell(&Changer::new(), delete("user", "u-bo"))
    };
    let made = told("/dev/null");
    assert!(made.starts_with("Done: it is changed\n"), "{made}");
    insta::assert_snapshot!(told("/dev/full"), @"
    (9) nothing is added to the audit file /dev/full: a device or a socket is there
    > Nothing was sent. Name another file, or one that does not exist yet
    called: nothing
    ");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let made = told(&format!("/proc/self/fd/{}", writer.as_raw_fd()));
    assert!(made.starts_with("Done: it is changed\n"), "{made}");
    drop(writer);
    let lines = std::io::read_to_string(reader).expect("lines");
    assert_eq!(lines.lines().count(), 2, "{lines}");
}

/// Whatever becomes of the process: the attempt is in the file before the connector is called.
#[test]
fn the_attempt_is_kept_before_the_call() {
    let desk = Desk::audited();
    let (file, seen) = (desk.audit_file(), Arc::new(Mutex::new(String::new())));
    let reader = Arc::clone(&seen);
    let connector = Changer::answering(move |_| {
        *reader.lock().expect("nobody panics") = std::fs::read_to_string(&file).expect("the audit file");
        Ok(ChangeOutcome::new(ChangeState::Done, "it is changed"))
    });
    desk.make(&connector, delete("user", "u-bo")).expect("it is done");
    let seen = seen.lock().expect("nobody panics").clone();
    let lines: Vec<Value> = seen
        .lines()
        .map(|l| serde_json::from_str(l).expect("a line is JSON"))
        .collect();
    assert_eq!(lines.len(), 1, "{seen}");
    assert_eq!(lines[0]["phase"], "attempt");
    assert!(seen.ends_with('\n'), "the line is whole");
}

#[test]
fn errors_are_outcomes() {
    let desk = Desk::audited();
    let connector = Changer::answering(|_| {
        let sent = |path: &str, status, id: &str| {
            WriteRequest::new("POST", path)
                .body(json!({ "directory": "d-1" }))
                .answered(status, Some(id.into()))
        };
        Err(Error::new(
            Code::PermissionDenied,
            "user:u-bo is suspended in one of two directories",
        )
        .with_vendor(Vendor {
            status: Some(403),
            request_id: Some("r-2".into()),
            ..Vendor::default()
        })
        .with_requests([sent("/d-1/suspend", 200, "r-1"), sent("/d-2/suspend", 403, "r-2")]))
    });
    desk.make(&connector, delete("user", "u-bo"))
        .expect_err("it fails");
    insta::assert_snapshot!(desk.audit(), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"delete","resource":{"name":"Bo Lind","resource":"u-bo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"partial","code":7,"error":"not permitted: user:u-bo is suspended in one of two directories (status 403, request id r-2)","requests":[{"method":"POST","path":"/d-1/suspend","status":200,"request_id":"r-1"},{"method":"POST","path":"/d-2/suspend","status":403,"request_id":"r-2"}]}
    "#);
}

/// The record of a change that failed says what was asked for, where, what was sent, and under which id it is kept.
#[test]
fn a_change_that_failed_has_its_record() {
    let mut desk = Desk::audited();
    let connector = Changer::answering(|_| {
        let request = WriteRequest::new("DELETE", "/users/u-bo").body(json!({ "why": "left" }));
        Err(Error::new(Code::Unavailable, "the answer was lost").with_requests([request]))
    });
    let connector =
        connector.in_tenant(Tenant::new(ResourceKey::new("app", "wiki")).at("https://api.example.test"));
    let failure = desk
        .recorded(&connector, delete("user", "u-bo"))
        .expect_err("it fails");
    let record = failure.record;
    assert_eq!(record.state, RecordState::Unknown);
    assert_eq!(record.place.base_url.as_deref(), Some("https://api.example.test"));
    let kept = record.audit.clone().expect("it is kept");
    assert_eq!(kept.path, desk.audit_file());
    let told = serde_json::to_string(&record).expect("a record is JSON");
    let told = desk.without_folder(&told.replace(&kept.id, "<0>"));
    insta::assert_snapshot!(told, @r#"{"change":{"kind":"delete","resource":{"resource":"u-bo","resource_type":"user"}},"requests":[{"method":"DELETE","path":"/users/u-bo"}],"audit":{"path":"audit.jsonl","id":"<0>"},"started_at":"2026-03-04T12:00:00Z","ended_at":"2026-03-04T12:00:00Z"}"#);

    // What was refused is recorded too, and was not attempted.
    desk.options.dry_run = true;
    let failure = desk
        .recorded(&connector, grant("group:g-platform:owner", "user", "u-bo"))
        .expect_err("it is refused");
    let record = failure.record;
    assert_eq!((record.state, &record.audit), (RecordState::Failed, &None));
    assert!(record.place.dry_run);
    assert_eq!(record.error.expect("it failed").code, failure.error.code());
}

#[test]
fn a_connector_that_breaks_off_leaves_an_outcome() {
    let desk = Desk::audited();
    desk.make(&Changer::with(Answer::Panic), delete("user", "u-bo"))
        .expect_err("it breaks off");
    insta::assert_snapshot!(desk.audit(), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"delete","resource":{"name":"Bo Lind","resource":"u-bo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":13,"error":"the connector broke off after something may have been sent, so whether the change was made is not known","requests":[]}
    "#);
}

/// The person gives up while the connector is at work.
#[test]
fn a_connector_that_never_answers_leaves_its_attempt() {
    let desk = Desk::audited();
    let called = Arc::new(Notify::new());
    let connector = Changer::noting(Answer::Never(Arc::clone(&called)), &[Some(429), None]);
    let during = runtime().block_on(async {
        let change = change(
            Arc::new(connector.clone()),
            delete("user", "u-bo"),
            desk.options.clone(),
        );
        let mut change = Box::pin(change);
        tokio::select! {
            _ = &mut change => panic!("it never answers"),
            () = called.notified() => {}
        }
        desk.audit()
    });
    assert_eq!(
        during.lines().count(),
        1,
        "a killed process leaves the attempt: {during}"
    );
    insta::assert_snapshot!(desk.audit(), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"delete","resource":{"name":"Bo Lind","resource":"u-bo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":14,"error":"interrupted after something was sent whose answer was lost or had not come, so whether the change was made is not known","requests":[{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"},{"method":"DELETE","path":"/changes"}]}
    "#);
}

/// A vendor quotes the password that it refuses or takes.
#[test]
fn secrets_are_not_kept() {
    let user = json!({ "resource_type": "user", "resource": "u-bo" });
    let desk = Desk::audited();
    let quoting = |fails: bool| {
        Changer::answering(move |_| {
            let text = "the vendor said: hunter2 is a fine password";
            let request = WriteRequest::new("PUT", "/passwords/hunter2").body(json!({ "p": ["hunter2"] }));
            if fails {
                let vendor = Vendor {
                    detail: Some("hunter2 was used before".into()),
                    request_id: Some("r-hunter2".into()),
                    ..Vendor::default()
                };
                return Err(Error::new(Code::InvalidArgument, text)
                    .with_vendor(vendor)
                    .with_hint("Use another one than hunter2")
                    .with_source(std::io::Error::other("hunter2 in the body"))
                    .with_requests([request.answered(400, Some("r-hunter2".into()))]));
            }
            let outcome = ChangeOutcome::new(ChangeState::Done, text).note("hunter2 is set");
            Ok(outcome.request(request.answered(200, None)))
        })
    };
    for fails in [false, true] {
        for what in [
            create(json!({ "email": "dora@example.com", "temp_password": "hunter2" })),
            create(json!({ "email": "dora@example.com", "extra": { "clientSecret": "hunter2" } })),
            invoke("suspend", json!({ "user": user, "pin": "hunter2" })),
        ] {
            let told = match desk.recorded(&quoting(fails), what) {
                Ok(record) => serde_json::to_string(&record).expect("a record is JSON"),
                Err(failure) => {
                    let record = serde_json::to_string(&failure.record).expect("a record is JSON");
                    let cause = std::error::Error::source(&failure).map(ToString::to_string);
                    format!("{failure} {failure:?} {record} {cause:?}")
                }
            };
            assert!(told.contains("(secret)") && !told.contains("hunter2"), "{told}");
        }
    }
    let kept = std::fs::read_to_string(desk.audit_file()).expect("the audit file");
    assert_eq!(kept.lines().count(), 12);
    assert!(!kept.contains("hunter2"), "{kept}");
    insta::assert_snapshot!(desk.audit().lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"create_account","profile":{"email":"dora@example.com","guest":false,"seats":1,"temp_password":"(secret)"},"resource_type":"user"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"the vendor said: (secret) is a fine password","notes":["(secret) is set"],"requests":[{"method":"PUT","path":"/passwords/(secret)","status":200}]}
    "#);
}

/// The response of an action may be what is shown only once.
#[test]
fn responses_and_resources_are_not_kept() {
    let desk = Desk::audited();
    let connector = Changer::answering(|_| {
        let account = ResourceBuilder::new(ResourceKey::new("user", "u-dora"), "Dora Adeyemi").build();
        Ok(ChangeOutcome {
            resource: Some(Box::new(account)),
            response: Some(connector_sdk::proto::wkt::object([("token", "hunter2".into())])),
            ..ChangeOutcome::new(ChangeState::Done, "it is done")
        })
    });
    let report = desk
        .make(&connector, invoke("restore", json!({})))
        .expect("it is done");
    let told = serde_json::to_string(&report).expect("a report is JSON");
    assert!(told.contains("hunter2"), "it is told once: {told}");
    insta::assert_snapshot!(desk.audit().lines().last().unwrap_or_default(), @r#"{"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"state":"done","summary":"it is done","resource":{"resource_type":"user","resource":"u-dora"},"requests":[]}"#);
}

/// What is known of a change that broke off, or that was stopped, depends on whether something was sent.
#[test]
fn a_change_that_ends_without_an_answer_says_whether_something_was_sent() {
    let mut told = Vec::new();
    for writes_first in [&[][..], &[Some(429), Some(429)], &[Some(429), None]] {
        let desk = Desk::audited();
        let connector = Changer::noting(Answer::Panic, writes_first);
        let broke_off = desk.tell(&connector, delete("user", "u-bo"));
        told.push(format!("{broke_off}\n{}", last(&desk)));

        let mut desk = Desk::audited();
        desk.options.grace = Duration::from_millis(1);
        let called = Arc::new(Notify::new());
        let connector = Changer::noting(Answer::Never(Arc::clone(&called)), writes_first);
        let cancel = desk.options.cancel.clone();
        let stopped = stopping().block_on(async {
            let change = change(Arc::new(connector), delete("user", "u-bo"), desk.options.clone());
            let stop = async {
                called.notified().await;
                cancel.cancel();
            };
            tokio::join!(change, stop).0
        });
        let error = stopped.expect_err("it is stopped");
        told.push(format!(
            "({}) {error}\n{}",
            error.error.code().number(),
            last(&desk)
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    (13) the connector broke off before anything was sent, so nothing was changed
    > This is a defect
    called: delete user:u-bo, known as user:u-bo "Bo Lind"
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":13,"error":"the connector broke off before anything was sent, so nothing was changed","requests":[]}
    (1) stopped before anything was sent, so nothing was changed
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":1,"error":"interrupted before anything was sent, so nothing was changed","requests":[]}
    (13) the connector broke off while the vendor's limit of requests refused it, so nothing was changed
    > This is a defect
    called: delete user:u-bo, known as user:u-bo "Bo Lind"
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":13,"error":"the connector broke off while the vendor's limit of requests refused it, so nothing was changed","requests":[{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"},{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"}]}
    (1) stopped while the vendor's limit of requests refused it, so nothing was changed
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":1,"error":"interrupted while the vendor's limit of requests refused it, so nothing was changed","requests":[{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"},{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"}]}
    (13) the connector broke off after something was sent whose answer was lost or had not come, so whether the change was made is not known
    > This is a defect. Look at the state before trying again
    called: delete user:u-bo, known as user:u-bo "Bo Lind"
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":13,"error":"the connector broke off after something was sent whose answer was lost or had not come, so whether the change was made is not known","requests":[{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"},{"method":"DELETE","path":"/changes"}]}
    (14) stopped after something was sent whose answer was lost or had not come, so whether the change was made is not known
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","demo":false,"dry_run":false,"code":14,"error":"interrupted after something was sent whose answer was lost or had not come, so whether the change was made is not known","requests":[{"method":"DELETE","path":"/changes","status":429,"request_id":"r-1"},{"method":"DELETE","path":"/changes"}]}
    "#);
}

/// Whoever does not wait for the answer either is told at once what was sent.
#[test]
fn a_second_stop_is_at_once() {
    let desk = Desk::audited();
    let called = Arc::new(Notify::new());
    let connector = Changer::noting(Answer::Never(Arc::clone(&called)), &[Some(429), None]);
    let options = desk.options.clone();
    let (cancel, at_once) = (options.cancel.clone(), options.at_once.clone());
    let failure = stopping().block_on(async {
        let stop = async {
            called.notified().await;
            cancel.cancel();
            tokio::task::yield_now().await;
            at_once.cancel();
        };
        let change = change(Arc::new(connector), delete("user", "u-bo"), options);
        tokio::join!(change, stop).0
    });
    let record = failure.expect_err("it is stopped").record;
    assert_eq!(record.state, RecordState::Unknown);
    assert_eq!(
        record.requests,
        [
            WriteRequest::new("DELETE", "/changes").answered(429, Some("r-1".into())),
            WriteRequest::new("DELETE", "/changes")
        ]
    );
    assert!(last(&desk).contains(r#""code":14"#), "{}", last(&desk));
}

/// A change that is stopped while its write is under way still says its result.
#[test]
fn the_answer_to_a_write_is_waited_for() {
    let desk = Desk::audited();
    let cancel = desk.options.cancel.clone();
    let connector = Changer::noting(
        Answer::With(Arc::new(move |_| {
            cancel.cancel();
            Ok(ChangeOutcome::new(ChangeState::Done, "it is changed"))
        })),
        &[None],
    );
    let made = stopping().block_on(change(
        Arc::new(connector),
        delete("user", "u-bo"),
        desk.options.clone(),
    ));
    let made = made.expect("it was made");
    assert_eq!(made.state, RecordState::CameTo(ChangeState::Done));
}

/// A caller that gives up while the artifact is read gets no change.
#[test]
fn nothing_is_begun_after_the_caller_gave_up() {
    let desk = Desk::audited();
    desk.options.cancel.cancel();
    let connector = Changer::new();
    let error = stopping()
        .block_on(change(
            Arc::new(connector.clone()),
            delete("user", "u-bo"),
            desk.options.clone(),
        ))
        .expect_err("it is stopped");
    assert!(
        matches!(
            error.error,
            ChangeError::Interrupted {
                may_be_made: false,
                ..
            }
        ),
        "{error}"
    );
    assert!(connector.calls().is_empty());
    assert!(!desk.audit_file().exists());
}

fn stopping() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

fn last(desk: &Desk) -> String {
    desk.audit().lines().last().unwrap_or_default().to_owned()
}

/// Each line says in which tenant, at which address, where accounts are created, and whether it was only tried.
#[test]
fn each_line_says_where_and_whether_it_was_only_tried() {
    let mut desk = Desk::audited();
    desk.options.dry_run = true;
    let tenant = Tenant::new(ResourceKey::new("app", "wiki")).at("https://api.example.test");
    desk.make(
        &Changer::of(tenant),
        create(json!({ "email": "dora@example.com" })),
    )
    .expect("it is planned");
    insta::assert_snapshot!(desk.audit(), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","tenant":{"resource_type":"app","resource":"wiki"},"base_url":"https://api.example.test","demo":false,"dry_run":true,"actor":"ines at laptop-7","connector":"Changer","change":{"kind":"create_account","profile":{"email":"dora@example.com","guest":false,"seats":1},"resource_type":"user"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","tenant":{"resource_type":"app","resource":"wiki"},"base_url":"https://api.example.test","demo":false,"dry_run":true,"state":"planned","summary":"it would be changed","requests":[{"method":"POST","path":"/changes"}]}
    "#);
}

/// Lines that nobody reads would be lost with the reader.
#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_is_refused() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let desk = Desk::audited();
    mknodat(CWD, desk.audit_file(), FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
    insta::assert_snapshot!(desk.tell(&Changer::new(), delete("user", "u-bo")), @"
    (9) nothing is added to the audit file audit.jsonl: nobody reads the pipe
    > Nothing was sent. Start its reader first, or name a file
    called: nothing
    ");
}

#[test]
fn refusals_are_no_attempts() {
    let desk = Desk::audited();
    let connector = Changer::new();
    desk.make(&connector, revoke("app:wiki:use:user:u-ines"))
        .expect_err("it is refused");
    assert!(!desk.audit_file().exists());
}

/// A file that cannot be written is said before anything is sent.
#[test]
fn without_audit_no_change() {
    let mut desk = Desk::audited();
    desk.options.audit = Some(desk.bench.folder.path().join("nowhere").join("audit.jsonl"));
    let connector = Changer::new();
    let error = desk
        .make(&connector, delete("user", "u-bo"))
        .expect_err("it cannot be kept");
    assert_eq!(error.code(), Code::Unknown);
    assert!(connector.calls().is_empty());
    let told = desk.without_folder(&error.to_string());
    assert!(
        told.starts_with("the audit file ") && told.contains("cannot be written: "),
        "{told}"
    );
}

/// What takes no more lines, as a full disk does: the attempt is not kept, so nothing is sent.
#[cfg(target_os = "linux")]
#[test]
fn what_takes_no_more_lines_is_told_before_the_call() {
    use std::io::Write;
    let (_reader, mut writer) = std::io::pipe().expect("a pipe");
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let options = rustix::fs::fcntl_getfl(&writer).expect("its options");
    rustix::fs::fcntl_setfl(&writer, options | rustix::fs::OFlags::NONBLOCK).expect("no waiting");
    while writer.write(b"x").is_ok() {}
    let mut desk = Desk::new();
    desk.options.audit = Some(path.into());
    let connector = Changer::new();
    let error = desk
        .make(&connector, delete("user", "u-bo"))
        .expect_err("it cannot be kept");
    assert!(connector.calls().is_empty());
    assert!(
        error
            .to_string()
            .contains("cannot be written: Resource temporarily"),
        "{error}"
    );
}

/// A line that was cut off stays one bad line.
#[test]
fn a_line_that_was_cut_off_is_ended() {
    let desk = Desk::audited();
    std::fs::write(desk.audit_file(), "{\"phase\":\"att").expect("a file");
    desk.make(&Changer::new(), delete("user", "u-bo"))
        .expect("it is done");
    let kept = std::fs::read_to_string(desk.audit_file()).expect("the audit file");
    let readable = kept
        .lines()
        .filter(|l| serde_json::from_str::<Value>(l).is_ok())
        .count();
    assert_eq!((kept.lines().count(), readable), (3, 2), "{kept}");
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::audited();
    desk.make(&Changer::new(), delete("user", "u-bo"))
        .expect("it is done");
    let mode = std::fs::metadata(desk.audit_file())
        .expect("the audit file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// A name that is mistyped, or a link of somebody else, puts no line into what is not an audit file.
#[cfg(unix)]
#[test]
fn lines_are_added_to_an_audit_file_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let told = |name: &str| {
        let mut desk = Desk::new();
        desk.options.audit = Some(at(name));
        desk.tell(&Changer::new(), delete("user", "u-bo"))
            .replace(&format!("{}/", folder.path().display()), "")
    };
    for (name, content) in [
        ("other.c1z", "C1ZF\0…"),
        ("hosts", "alpha\nbeta\n"),
        ("config.json", "{\"phase\": 1}\n"),
        ("log.jsonl", "{\"level\":\"info\"}\n"),
        ("pretty.json", "{\n  \"phase\": \"attempt\"\n}\n"),
        ("short.json", "{"),
    ] {
        std::fs::write(at(name), content).expect("a file");
        let refused = told(name);
        let expected = format!(
            "(9) nothing is added to the audit file {name}: the file holds something else\n> Nothing was sent. Name another file, \
             or one that does not exist yet\ncalled: nothing"
        );
        assert_eq!(refused, expected);
        assert_eq!(std::fs::read_to_string(at(name)).expect("a file"), content);
    }
    // A new file, an empty one, our own, and one at the end of a link of ours.
    std::fs::write(at("empty"), "").expect("a file");
    std::os::unix::fs::symlink("behind", at("link")).expect("a link");
    for (name, lines) in [("new", 2), ("new", 4), ("empty", 2), ("link", 2), ("link", 4)] {
        assert!(told(name).starts_with("Done"), "{name}");
        let text = std::fs::read_to_string(at(name)).expect("a file");
        assert_eq!(text.lines().count(), lines, "{name}");
    }
    let mode = |name: &str| {
        let metadata = std::fs::metadata(at(name)).expect("a file");
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
    };
    assert_eq!((mode("new"), mode("behind")), (0o600, 0o600));
    // Only root can make files of others.
    if rustix::process::geteuid().is_root() {
        std::fs::write(at("theirs"), "").expect("a file");
        std::os::unix::fs::chown(at("theirs"), Some(4711), None).expect("given away");
        assert!(
            told("theirs").contains("theirs: the file belongs to user 4711"),
            "{}",
            told("theirs")
        );
        std::os::unix::fs::symlink("new", at("trap")).expect("a link");
        std::os::unix::fs::lchown(at("trap"), Some(4711), None).expect("given away");
        let refused = told("trap");
        assert!(refused.contains("a link of user 4711"), "{refused}");
    }
}

/// A key that stands in the place of an id, or that the vendor echoes, is in no line.
#[test]
fn no_line_holds_a_credential_of_the_run() {
    const KEY: &str = "ATCTT3xFfGN0-the-key-of-this-run-AB12CD34";
    let mut desk = Desk::audited();
    let mut redactor = connector_runtime::Redactor::default();
    redactor.add([KEY.into()]);
    desk.options.redactor = Arc::new(redactor);
    let connector = Changer::answering(|_| {
        let message = format!("{KEY} and {} are no accounts", &KEY[..30]);
        Err(Error::new(Code::NotFound, message))
    });
    desk.make(&connector, delete("user", KEY)).expect_err("it fails");
    desk.make(&connector, create(json!({ "email": KEY })))
        .expect_err("it fails");
    let text = std::fs::read_to_string(desk.audit_file()).expect("the audit file");
    assert_eq!(text.lines().count(), 4);
    assert!(
        text.contains("[redacted]") && !text.contains(&KEY[..12]),
        "{text}"
    );
    assert!(
        text.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
}
