//! Where a run writes, and what it must not write there.

use super::changes::{GRANT, KEY, synced};
use super::program::{Answer, run};
use insta::assert_snapshot;
use std::fs;

/// A log in the place of the artifact, of its working file, of another log or of a file that is read would destroy it.
#[test]
fn no_two_outputs_are_one_file() {
    let folder = synced();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("key"), super::program::TOKEN).unwrap();
    fs::write(at("settings.yaml"), "log-level: info\n").unwrap();
    fs::hard_link(at("sync.c1z"), at("hard.c1z")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("sync.c1z", at("soft.c1z")).unwrap();
        std::os::unix::fs::symlink("new.jsonl", at("dangling.jsonl")).unwrap();
    }
    let whole = at("sync.c1z").display().to_string();
    let before = fs::read(at("sync.c1z")).unwrap();
    let dry = ["--revoke-grant", GRANT, "--dry-run"];
    let mut cases = vec![
        vec!["--audit-log", "sync.c1z"],
        vec!["--audit-log", "./sub/../sync.c1z"],
        vec!["--audit-log", &whole],
        vec!["--log-path", "sync.c1z"],
        vec!["--log-path", "stderr,sync.c1z.staging"],
        vec!["--log-path", "a.log", "--audit-log", "a.log"],
        vec!["--log-path", "a.log,./a.log"],
        vec!["-f", "new.c1z", "--audit-log", "new.c1z"],
        vec!["--log-path", "settings.yaml", "--config-path", "settings.yaml"],
        vec!["--audit-log", "key", "--access-token-file", "key"],
    ];
    #[cfg(unix)]
    cases.extend([
        vec!["--audit-log", "hard.c1z"],
        vec!["--log-path", "soft.c1z"],
        vec!["--audit-log", "dangling.jsonl", "--log-path", "new.jsonl"],
    ]);
    fs::create_dir(at("sub")).unwrap();
    for case in cases {
        for further in [&[][..], &dry] {
            let environment: &[(&str, &str)] = match case.contains(&"--access-token-file") {
                true => &[("BATON_ORG", "o-1")],
                false => KEY,
            };
            let ran = run(
                Answer::Rows,
                folder.path(),
                &[&case[..], further].concat(),
                environment,
            );
            assert_eq!(ran.exit, 2, "{case:?}: {}", ran.stderr);
            assert!(
                ran.stderr.contains(" are the same file, "),
                "{case:?}: {}",
                ran.stderr
            );
        }
    }
    assert_eq!(fs::read(at("sync.c1z")).unwrap(), before);
    assert_eq!(fs::read_to_string(at("key")).unwrap(), super::program::TOKEN);
    assert!(!at("new.c1z").exists() && !at("new.jsonl").exists());
}

/// What takes lines of two runs anyway may stand twice.
#[cfg(unix)]
#[test]
fn a_device_takes_two_outputs() {
    let folder = synced();
    let arguments = [
        "--log-path",
        "/dev/null",
        "--audit-log",
        "/dev/null",
        "--revoke-grant",
        GRANT,
    ];
    let ran = run(Answer::Rows, folder.path(), &arguments, KEY);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_takes_no_log() {
    let folder = synced();
    for (flag, exit) in [("--log-path", 2), ("--audit-log", 9)] {
        let pipe = folder.path().join(format!("pipe{flag}"));
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, rustix::fs::Mode::RWXU, 0).unwrap();
        let pipe = pipe.display().to_string();
        let ran = run(
            Answer::Rows,
            folder.path(),
            &[flag, &pipe, "--revoke-grant", GRANT],
            KEY,
        );
        assert_eq!(ran.exit, exit, "{}", ran.stderr);
        assert!(ran.stderr.contains("nobody reads the pipe"), "{}", ran.stderr);
    }
}

/// What holds something else is left alone, whichever flag names it.
#[test]
fn lines_are_added_to_logs_of_our_own_only() {
    let folder = synced();
    let at = |name: &str| folder.path().join(name);
    let ran = |flag: &str, path: &str, form: &str| {
        let arguments = [
            flag,
            path,
            "--log-format",
            form,
            "--revoke-grant",
            GRANT,
            "--dry-run",
        ];
        run(Answer::Rows, folder.path(), &arguments, KEY)
    };
    fs::write(at("list.txt"), "alpha\nbeta\n").unwrap();
    fs::copy(at("sync.c1z"), at("other.c1z")).unwrap();
    for name in ["list.txt", "other.c1z"] {
        let before = fs::read(at(name)).unwrap();
        for flag in ["--log-path", "--audit-log"] {
            let ran = ran(flag, name, "json");
            assert_eq!(ran.exit, 9, "{}", ran.stderr);
            assert!(
                ran.stderr.contains("the file holds something else"),
                "{}",
                ran.stderr
            );
        }
        assert_eq!(fs::read(at(name)).unwrap(), before);
    }
    for flag in ["--log-path", "--audit-log"] {
        let ran = ran(flag, "-", "json");
        assert_eq!(ran.exit, 2, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("is not taken for standard output"),
            "{}",
            ran.stderr
        );
    }
    assert!(!at("-").exists());
    // What a run wrote, the next one adds to, in whatever form.
    for form in ["json", "console", "json"] {
        assert_eq!(ran("--log-path", &format!("{form}.log"), form).exit, 0);
        assert_eq!(ran("--log-path", "json.log", form).exit, 0);
    }
    for first in [
        "12:00:00Z warn  text",
        "baton-example: failed",
        "{\"level\":\"info\",\"ts\":1}",
    ] {
        fs::write(at("first.log"), first).unwrap();
        assert_eq!(ran("--log-path", "first.log", "console").exit, 0, "{first}");
    }
}

#[cfg(unix)]
#[test]
fn devices_that_only_look_like_files_take_no_lines() {
    let folder = synced();
    for (flag, device, exit) in [
        ("--log-path", "/dev/zero", 9),
        ("--audit-log", "/dev/zero", 9),
        ("--log-path", "/dev/stdout", 2),
        ("--log-path", "/dev/stderr", 0),
        ("--log-path", "/dev/null", 0),
        ("--audit-log", "/dev/null", 0),
    ] {
        let ran = run(
            Answer::Rows,
            folder.path(),
            &[flag, device, "--revoke-grant", GRANT, "--dry-run"],
            KEY,
        );
        assert_eq!(ran.exit, exit, "{flag} {device}: {}", ran.stderr);
    }
}

/// Whoever collects logs as JSON gets errors of the settings as JSON, too.
#[test]
fn errors_of_settings_have_the_form_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str], form: &str| {
        let ran = run(
            Answer::Rows,
            folder.path(),
            arguments,
            &[("BATON_LOG_FORMAT", form)],
        );
        assert_eq!(ran.exit, 2);
        ran.stderr
    };
    for arguments in [&["--bogus"][..], &["--workers", "many"], &[]] {
        assert!(
            told(arguments, "json").starts_with(r#"{"level":"error","#),
            "{arguments:?}"
        );
        assert!(
            told(arguments, "console").starts_with("baton-example: not"),
            "{arguments:?}"
        );
    }
    assert!(told(&["--bogus", "--log-format", "json"], "console").starts_with('{'));
    assert!(told(&["--bogus", "--log-format=console"], "json").starts_with("baton-example: "));
}

/// What may be a secret is named by its place.
#[test]
fn a_misplaced_argument_is_named_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(Answer::Rows, folder.path(), &["--demo", "Hunter-2"], &[]);
    assert_snapshot!(ran.stderr, @"baton-example: not configured correctly: argument 2, which has no flag before it, is not understood. A value of --demo must follow an equals sign: --demo=…");
}

/// A probe is a write that is sent.
#[test]
fn a_dry_run_probes_no_writes() {
    let folder = tempfile::tempdir().unwrap();
    let probe = ["doctor", "--probe-writes"];
    for (arguments, variable) in [(&["--dry-run"][..], "false"), (&[], "true")] {
        let environment = [KEY, &[("BATON_DRY_RUN", variable)]].concat();
        let ran = run(
            Answer::Rows,
            folder.path(),
            &[&probe[..], arguments].concat(),
            &environment,
        );
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    }
    let ran = run(Answer::Rows, folder.path(), &["doctor", "--dry-run"], KEY);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
}

/// A program that reaches no bucket says which one does, before anything is asked; other commands than a sync want a file.
#[test]
fn an_artifact_in_a_bucket_that_cannot_be_reached() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |arguments: &[&str]| {
        let ran = run(
            Answer::Rows,
            folder.path(),
            arguments,
            super::resolution::REQUIRED,
        );
        assert_eq!(ran.exit, 2, "{}", ran.stderr);
        ran.stderr
    };
    assert_snapshot!(told(&["-f", "s3://access/sync.c1z"]), @"baton-example: not configured correctly: --file: this program was built without buckets. Build it with the feature s3 (cargo build --features s3), or name a file");
    assert_snapshot!(told(&["-f", "s3://access/sync.c1z", "--revoke-grant", "g"]), @"baton-example: not configured correctly: --file: only a sync works with an object of a bucket. Copy the artifact into a file, and name that");
}
