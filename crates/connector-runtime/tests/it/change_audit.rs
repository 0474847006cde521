//! The audit file: complete whatever happens, and without secrets.

use crate::change_bench::{Desk, create, delete, grant, invoke, revoke, runtime};
use crate::change_connector::{Answer, Changer};
use connector_runtime::change::{ChangeError, change};
use connector_sdk::{
    ChangeOutcome, ChangeState, Code, Error, ResourceBuilder, ResourceKey, Vendor, WriteRequest,
};
use serde_json::{Value, json};
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex};
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
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"entitlement":{"id":"group:g-platform:member","name":"Member of Platform","on":{"name":"Platform","resource":"g-platform","resource_type":"group"}},"kind":"grant","principal":{"name":"Cleo Hartmann","resource":"u-cleo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<1>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"entitlement":{"id":"group:g-platform:member","name":"Member of Platform","on":{"name":"Platform","resource":"g-platform","resource_type":"group"}},"grant":"group:g-platform:member:user:u-ines","kind":"revoke","principal":{"name":"Ines Calder","resource":"u-ines","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<1>","at":"2026-03-04T12:00:00Z","state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<2>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"kind":"create_account","profile":{"email":"dora@example.com","guest":false,"seats":1},"resource_type":"user"}}
    {"phase":"outcome","id":"<2>","at":"2026-03-04T12:00:00Z","state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<3>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"kind":"delete","resource":{"name":"On call","resource":"g-oncall","resource_type":"group"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<3>","at":"2026-03-04T12:00:00Z","state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
    {"phase":"attempt","id":"<4>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"action":"restore","arguments":{},"kind":"invoke"}}
    {"phase":"outcome","id":"<4>","at":"2026-03-04T12:00:00Z","state":"done","summary":"it is changed","requests":[{"method":"POST","path":"/changes","status":200,"request_id":"r-1"}]}
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
    insta::assert_snapshot!(told("/dev/full"), @r"
    (2) the audit file /dev/full cannot be written: No space left on device (os error 28)
    > Nothing was sent. Check free space and permissions of its folder
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
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"kind":"delete","resource":{"name":"Bo Lind","resource":"u-bo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","code":7,"error":"not permitted: user:u-bo is suspended in one of two directories (status 403, request id r-2)","requests":[{"method":"POST","path":"/d-1/suspend","status":200,"request_id":"r-1"},{"method":"POST","path":"/d-2/suspend","status":403,"request_id":"r-2"}]}
    "#);
}

#[test]
fn a_connector_that_breaks_off_leaves_an_outcome() {
    let desk = Desk::audited();
    desk.make(&Changer::with(Answer::Panic), delete("user", "u-bo"))
        .expect_err("it breaks off");
    insta::assert_snapshot!(desk.audit(), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"kind":"delete","resource":{"name":"Bo Lind","resource":"u-bo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","code":13,"error":"the connector broke off: whether the change was made is not known","requests":[]}
    "#);
}

/// The person gives up while the connector is at work.
#[test]
fn a_connector_that_never_answers_leaves_its_attempt() {
    let desk = Desk::audited();
    let called = Arc::new(Notify::new());
    let connector = Changer::with(Answer::Never(Arc::clone(&called)));
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
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"kind":"delete","resource":{"name":"Bo Lind","resource":"u-bo","resource_type":"user"}},"artifact":{"path":"sync.c1z","sync_id":"<sync>","ended_at":"2026-03-04 12:00:00"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","code":1,"error":"interrupted before the connector answered: whether the change was made is not known","requests":[]}
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
                    ..Vendor::default()
                };
                return Err(Error::new(Code::InvalidArgument, text)
                    .with_vendor(vendor)
                    .with_hint("Use another one than hunter2")
                    .with_source(std::io::Error::other("hunter2 in the body"))
                    .with_requests([request.answered(400, None)]));
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
            let told = match desk.make(&quoting(fails), what) {
                Ok(report) => serde_json::to_string(&report).expect("a report is JSON"),
                Err(ChangeError::Connector(error)) => {
                    let requests = serde_json::to_string(error.requests()).expect("requests are JSON");
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    format!("{error} {error:?} {requests} {cause:?}")
                }
                Err(other) => panic!("{other}"),
            };
            assert!(told.contains("(secret)") && !told.contains("hunter2"), "{told}");
        }
    }
    let kept = std::fs::read_to_string(desk.audit_file()).expect("the audit file");
    assert_eq!(kept.lines().count(), 12);
    assert!(!kept.contains("hunter2"), "{kept}");
    insta::assert_snapshot!(desk.audit().lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
    {"phase":"attempt","id":"<0>","at":"2026-03-04T12:00:00Z","actor":"ines at laptop-7","connector":"Changer","demo":false,"dry_run":false,"change":{"kind":"create_account","profile":{"email":"dora@example.com","guest":false,"seats":1,"temp_password":"(secret)"},"resource_type":"user"}}
    {"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","state":"done","summary":"the vendor said: (secret) is a fine password","notes":["(secret) is set"],"requests":[{"method":"PUT","path":"/passwords/(secret)","status":200}]}
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
    insta::assert_snapshot!(desk.audit().lines().last().unwrap_or_default(), @r#"{"phase":"outcome","id":"<0>","at":"2026-03-04T12:00:00Z","state":"done","summary":"it is done","resource":{"resource_type":"user","resource":"u-dora"},"requests":[]}"#);
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

/// A full disk: the attempt is not kept, so nothing is sent.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_before_the_call() {
    let mut desk = Desk::audited();
    desk.options.audit = Some("/dev/full".into());
    let connector = Changer::new();
    let error = desk
        .make(&connector, delete("user", "u-bo"))
        .expect_err("it cannot be kept");
    assert!(connector.calls().is_empty());
    assert!(error.to_string().contains("No space left on device"), "{error}");
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
