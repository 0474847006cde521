//! Exporting to a collector, and programs that were built without it.

use super::program::{Answer, app, run, run_app};
use super::resolution::REQUIRED;
use crate::telemetry::{Collector, Exporting};
use insta::assert_snapshot;
use std::sync::Mutex;

/// What is asked for and cannot be done is an error, and nothing is synced.
#[test]
fn without_the_feature_a_collector_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let ran = run(Answer::Rows, folder.path(), arguments, REQUIRED);
        assert!(!folder.path().join("sync.c1z").exists(), "{arguments:?}");
        format!("exit {}\n{}", ran.exit, ran.stderr)
    };
    assert_snapshot!(told(&["--otel-collector-endpoint", "127.0.0.1:4317"]), @"
    exit 2
    baton-example: not configured correctly: --otel-collector-endpoint: this program was built without telemetry. Build it with the feature otel (cargo build --features otel), or leave out the setting
    ");
    assert_snapshot!(told(&["--otel-collector-endpoint-tls-cert", "PEM"]), @"
    exit 2
    baton-example: not configured correctly: --otel-collector-endpoint-tls-cert is set without --otel-collector-endpoint. Name the collector, or leave out its certificate
    ");
    let collector = ["--otel-collector-endpoint", "127.0.0.1:4317"];
    let with = |name, value| told(&[&collector[..], &[name, value]].concat());
    assert_snapshot!(with("--otel-collector-endpoint-tls-cert", "PEM"), @"
    exit 2
    baton-example: not configured correctly: --otel-collector-endpoint-tls-cert: there is no certificate in it
    ");
    assert_snapshot!(with("--otel-collector-endpoint-tls-cert-path", "no.pem"), @"
    exit 2
    baton-example: not configured correctly: --otel-collector-endpoint-tls-cert-path: no.pem: No such file or directory (os error 2)
    ");
    assert_snapshot!(told(&["--otel-collector-endpoint", "http://otel.example:4317"]), @"
    exit 2
    baton-example: not configured correctly: --otel-collector-endpoint: http:// to another machine is not encrypted; --otel-collector-endpoint-tls-insecure allows it
    ");
}

static ENDED: Mutex<Vec<Collector>> = Mutex::new(Vec::new());

fn exporter(collector: &Collector) -> Result<Exporting, String> {
    let collector = collector.clone();
    Ok(Exporting {
        layer: Box::new(tracing_subscriber::layer::Identity::new()),
        end: Box::new(move || {
            ENDED.lock().unwrap().push(collector);
            Vec::new()
        }),
    })
}

/// What is left is exported whether the run succeeded or not.
#[test]
fn a_run_ends_its_export() {
    for (answer, exit) in [(Answer::Rows, 0), (Answer::Gap, 17)] {
        let folder = tempfile::tempdir().unwrap();
        let mut app = app(answer);
        app.telemetry = Some(exporter);
        let arguments = [
            "--otel-collector-endpoint",
            "otel.example",
            "--otel-logging-disabled",
        ];
        let ran = run_app(&app, folder.path(), &arguments, REQUIRED);
        assert_eq!(ran.exit, exit, "{}", ran.stderr);
        let collector = ENDED.lock().unwrap().pop().expect("ended");
        assert_eq!(collector.endpoint, "https://otel.example");
        assert!(collector.traces && !collector.logs && collector.certificates.is_none());
    }
}
