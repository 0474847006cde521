//! Secrets in files of their own.

use super::program::TOKEN;
use super::resolution::{resolved, settings_of, with_files};
use crate::config::Environment;
use insta::assert_snapshot;
use std::fs;

/// A secret can stand in a file of its own, wherever that is named.
#[test]
fn secrets_from_files() {
    use secrecy::ExposeSecret as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "from-file\n").unwrap();
    let of = |environment: Environment, arguments: &[&str]| {
        settings_of(&environment, folder.path(), arguments).map(|settings| {
            let secret = settings
                .secret("access-token")
                .unwrap()
                .expose_secret()
                .to_owned();
            (secret, settings.shown("access-token"))
        })
    };
    let org = ("BATON_ORG", "o-1");
    let flag = of(Environment::of(&[org]), &["--access-token-file", "key"]).unwrap();
    assert_eq!(flag, ("from-file".to_owned(), "--access-token-file".to_owned()));
    for name in ["BATON_ACCESS_TOKEN_FILE", "BATON_API_TOKEN_FILE"] {
        let found = of(Environment::of(&[org, (name, "key\n")]), &[]).unwrap();
        assert_eq!(found, ("from-file".to_owned(), name.to_owned()));
    }
    let stdin = Environment::of(&[org]).with_stdin("from-stdin\n");
    assert_eq!(of(stdin, &["--access-token-file=-"]).unwrap().0, "from-stdin");
    // A flag wins over the environment, whichever of the two it is.
    let found = of(
        Environment::of(&[org, ("BATON_API_TOKEN", "another-key")]),
        &["--access-token-file", "key"],
    );
    assert_eq!(found.unwrap().0, "from-file");
    let found = of(
        Environment::of(&[org, ("BATON_API_TOKEN_FILE", "key")]),
        &["--access-token", "another-key"],
    );
    assert_eq!(found.unwrap().0, "another-key");
    fs::write(folder.path().join(".baton.yaml"), "access-token-file: key\n").unwrap();
    assert_eq!(of(Environment::of(&[org]), &[]).unwrap().0, "from-file");
}

#[test]
fn secrets_from_files_that_cannot_be_had() {
    let files = [("key", "key"), ("empty", "\n"), ("large", &*"x".repeat(65 << 10))];
    let org = ("BATON_ORG", "o-1");
    let named = |file| with_files(&files, &[org, ("BATON_API_TOKEN_FILE", file)], &[]);
    assert_snapshot!(named("empty"), @"
    exit 2
    not configured correctly: BATON_API_TOKEN_FILE: empty is empty
    ");
    assert_snapshot!(named("large"), @"
    exit 2
    not configured correctly: BATON_API_TOKEN_FILE: large is longer than 64 KiB, so it is not a secret
    ");
    assert_snapshot!(named("-"), @"
    exit 2
    not configured correctly: BATON_API_TOKEN_FILE: standard input holds one secret, and it was read before
    ");
    let missing = named("missing");
    assert!(
        missing.starts_with(
            "exit 2\nnot configured correctly: BATON_API_TOKEN_FILE: the file that it names cannot be read: "
        ),
        "{missing}"
    );
    let both = with_files(
        &files,
        &[org, ("BATON_API_TOKEN_FILE", "key"), ("BATON_API_TOKEN", TOKEN)],
        &[],
    );
    assert_snapshot!(both, @"
    exit 2
    not configured correctly: BATON_API_TOKEN and BATON_API_TOKEN_FILE are both set. Set only one of them
    ");
}

#[cfg(unix)]
#[test]
fn a_secret_that_everyone_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    for (mode, is_warned) in [(0o600, false), (0o640, false), (0o644, true)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "the-secret-key").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let said = resolved(
            folder.path(),
            &["--access-token-file", "key"],
            &[("BATON_ORG", "o-1")],
        );
        let warning =
            "warning: --access-token-file: everyone on this machine can read or write key (mode 0644)";
        assert_eq!(said.contains(warning), is_warned, "{said}");
    }
}

/// It would be waited for, maybe for ever. A pipe that a shell holds open is read.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_no_file_of_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, rustix::fs::Mode::RWXU, 0).unwrap();
    assert_snapshot!(
        resolved(folder.path(), &["--access-token-file", "pipe"], &[("BATON_ORG", "o-1")]),
        @"
    exit 2
    not configured correctly: --access-token-file: pipe is a named pipe, which waits for a writer that may never come; write a file, or give - and pipe it in
    "
    );
}
