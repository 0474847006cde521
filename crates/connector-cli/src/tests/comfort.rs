//! What makes a program pleasant: a configuration file to begin with, completion, manual pages, quiet runs, suggestions.

use super::program::{Answer, Ran, TOKEN, app, run};
use crate::config::{Existing, Table};
use insta::assert_snapshot;
use std::fs;
use std::io::Write as _;
use std::path::Path;

fn said(ran: &Ran, folder: &Path) -> String {
    format!("exit {}\n{}{}", ran.exit, ran.stdout, ran.stderr)
        .replace(&folder.display().to_string(), "[folder]")
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn init_writes_a_file_with_which_a_run_works() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".baton.yaml");
    let ran = run(
        Answer::Rows,
        folder.path(),
        &["init", "--organization-id", "o: \"1\"", "--workers", "3"],
        &[],
    );
    assert_snapshot!(said(&ran, folder.path()));
    let text = fs::read_to_string(&file).unwrap();
    assert_snapshot!("the_file_of_init", text);
    #[cfg(unix)]
    assert_eq!(mode(&file), 0o600);
    // Every line that is a comment can be made a setting.
    let ran = run(Answer::Rows, folder.path(), &[], &[("BATON_ACCESS_TOKEN", TOKEN)]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("example directory o: \"1\""),
        "{}",
        ran.stdout
    );
}

#[test]
fn init_writes_over_nothing_and_writes_nothing_that_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".baton.yaml");
    let init = |arguments: &[&str]| run(Answer::Rows, folder.path(), &[&["init"], arguments].concat(), &[]);
    for (arguments, exit, reason) in [
        (&["--workers", "many"][..], 2, "--workers"),
        (&["--access-token", TOKEN], 2, "holds no secret"),
        (&["--dry-run"], 2, "cannot stand in a configuration file"),
    ] {
        let ran = init(arguments);
        assert_eq!(ran.exit, exit, "{}", ran.stderr);
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
        assert!(
            fs::read_dir(folder.path()).unwrap().next().is_none(),
            "{arguments:?} left something"
        );
    }
    fs::write(&file, "workers: 7\n").unwrap();
    let ran = init(&[]);
    assert_eq!(ran.exit, 9, "{}", ran.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "workers: 7\n");
    assert_eq!(init(&["--replace"]).exit, 0);
    assert!(fs::read_to_string(&file).unwrap().contains("#workers: 0"));
    fs::rename(&file, folder.path().join(".baton.json")).unwrap();
    let ran = init(&[]);
    assert!(
        ran.exit == 9 && ran.stderr.contains(".baton.json"),
        "{}",
        ran.stderr
    );
    assert_eq!(init(&["--config-path", "other.yaml"]).exit, 0);
}

/// The script of bash is read by bash, and every script knows the flags of every command.
#[test]
fn completion_scripts() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let ran = run(Answer::Rows, folder.path(), &["completion", shell], &[]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{shell}");
        for word in ["allow-gaps", "who-can", "probe-writes", "principal"] {
            assert!(ran.stdout.contains(word), "{shell} does not know {word}");
        }
        fs::write(folder.path().join(shell), ran.stdout).unwrap();
    }
    for (shell, checks) in [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")] {
        match std::process::Command::new(shell)
            .arg(checks)
            .arg(folder.path().join(shell))
            .output()
        {
            Ok(read) => assert!(
                read.status.success(),
                "{shell}: {}",
                String::from_utf8_lossy(&read.stderr)
            ),
            // Only bash is on every machine of the project.
            Err(error) if shell == "bash" => {
                let _ = writeln!(std::io::stderr(), "skipped: no bash ({error})");
            }
            Err(_) => {}
        }
    }
    let ran = run(Answer::Rows, folder.path(), &["completion", "tcsh"], &[]);
    assert_eq!(ran.exit, 2, "{}", ran.stderr);
}

#[test]
fn manual_pages() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(Answer::Rows, folder.path(), &["man"], &[]);
    assert!(
        ran.exit == 0 && ran.stdout.contains(".TH baton-example 1"),
        "{}",
        ran.stderr
    );
    let ran = run(Answer::Rows, folder.path(), &["man", "--out", "pages"], &[]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let mut pages: Vec<String> = fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(
        ran.stdout,
        format!(
            "wrote {} pages into {}\n",
            pages.len(),
            folder.path().join("pages").display()
        )
    );
    for page in [
        "baton-example.1",
        "baton-example-doctor.1",
        "baton-example-grants.1",
        "baton-example-init.1",
    ] {
        assert!(
            pages.iter().any(|there| there == page),
            "{page} is not among {pages:?}"
        );
    }
    assert!(
        !pages
            .iter()
            .any(|page| page.contains("lambda") || page.contains("_connector"))
    );
}

#[test]
fn a_quiet_run_tells_only_what_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let required = ["--access-token", TOKEN, "--organization-id", "o-1", "--quiet"];
    let ran = run(Answer::Rows, folder.path(), &required, &[]);
    assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    let ran = run(Answer::Gap, folder.path(), &required, &[]);
    assert!(ran.exit == 17 && ran.stdout.contains("api_tokens") && !ran.stderr.is_empty());
    // A program that asked for a document gets it.
    let ran = run(
        Answer::Rows,
        folder.path(),
        &[&required[..], &["--output", "json"]].concat(),
        &[],
    );
    assert!(ran.exit == 0 && ran.stdout.starts_with('{'), "{}", ran.stderr);
}

/// Whatever is typed wrong in one letter, no flag and no command that is refused is suggested.
#[test]
fn what_is_refused_is_never_suggested() {
    let app = app(Answer::Rows);
    let offered: Vec<&str> = Table::of(&app)
        .settings
        .iter()
        .filter(|setting| setting.offered)
        .map(crate::config::Setting::name)
        .collect();
    let refused = Existing::all()
        .map(|(name, _)| name)
        .chain(["lambda", "setup", "remove", "status"]);
    for name in refused {
        let dashes = if name.contains('-') { "--" } else { "" };
        let typed = format!("{dashes}{}", &name[..name.len() - 1]);
        let ran = run(Answer::Rows, Path::new("/nowhere"), &[&typed], &[]);
        let Some((_, rest)) = ran.stderr.split_once("Did you mean ") else {
            continue;
        };
        let suggested = rest.split('?').next().unwrap().trim_start_matches("--");
        assert_ne!(suggested, name, "{typed}");
        assert!(
            dashes.is_empty() || offered.contains(&suggested),
            "{typed}: {suggested}"
        );
    }
}

#[test]
fn doctor_looks_at_the_files_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("key"), TOKEN).unwrap();
    fs::write(
        folder.path().join(".baton.yaml"),
        "access-token-file: key\norganization-id: o-1\n",
    )
    .unwrap();
    #[cfg(unix)]
    for (file, mode) in [("key", 0o644), (".baton.yaml", 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder.path().join(file), fs::Permissions::from_mode(mode)).unwrap();
    }
    let ran = run(
        Answer::Rows,
        folder.path(),
        &["doctor", "--file", "no/such/folder.c1z"],
        &[],
    );
    #[cfg(unix)]
    assert_snapshot!(said(&ran, folder.path()));
    assert!(ran.stdout.contains("its folder does not exist"), "{}", ran.stdout);
}
