//! The program: what a shell needs of it to start a connector.
#![forbid(unsafe_code)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn it_prints_three_lines_for_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let mut child = Command::new(env!("CARGO_BIN_EXE_c1-standin"))
        .arg("--ca")
        .arg(&ca)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let printed = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<String> = printed.take(3).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let [id, secret, certificates] = lines.as_slice() else {
        panic!("{} lines", lines.len());
    };
    assert!(
        id.starts_with("export BATON_CLIENT_ID='") && id.contains("@localhost:"),
        "{id}"
    );
    assert!(secret.starts_with("export BATON_CLIENT_SECRET='conductor-one:"));
    assert_eq!(certificates, &format!("export SSL_CERT_FILE='{}'", ca.display()));
    assert!(std::fs::read_to_string(ca).unwrap().contains("BEGIN CERTIFICATE"));
}
