//! README and guides, typed in as they stand: every block that is tagged `sh`, against the demonstration or a simulated
//! organization. A block that needs a cluster, an engine, a checkout or a real key is tagged `console`.

use crate::company::Company;
use std::fs;
use std::path::Path;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Pages whose blocks a test here types in. Another one that has some fails the last test.
const TYPED: [&str; 7] = [
    "README.md",
    "docs/fixtures.md",
    "docs/guides/access-review.md",
    "docs/guides/changes.md",
    "docs/guides/file-formats.md",
    "docs/guides/gated-endpoints.md",
    "docs/guides/getting-started.md",
];

/// The lines of a page's blocks, without those that only a checkout can run, and that put in what the reader knows alone: the
/// gate runs the first (`.ci/run`), and a test has the second.
fn commands(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join(page))
        .unwrap()
        .replace("\r\n", "\n");
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines
        .filter(|line| !line.trim().is_empty() && !line.starts_with("cargo "))
        .filter(|line| !(line.starts_with("export ") && line.contains('…')))
        .map(ToOwned::to_owned)
        .collect()
}

/// Types commands in, one after the other in one shell, in a folder that has both programs. `c1z` has the commands of this one, which
/// stands for it. A comparison may end with 18, for it is told apart from an error.
fn typed(folder: &Path, commands: &[String], environment: &Command) {
    let program = Path::new(env!("CARGO_BIN_EXE_baton-atlassian"));
    for name in ["baton-atlassian", "c1z"] {
        std::os::unix::fs::symlink(program, folder.join(name)).unwrap();
    }
    let mut script = String::from("PATH=$PWD:$PATH\n");
    for line in commands {
        let allowed = if line.starts_with("c1z diff") { "0|18" } else { "0" };
        script += &format!(
            "{line}\ncode=$?; case $code in {allowed}) ;; *) echo \"ended with $code\" >&2; cat <<'END' >&2\n{line}\nEND\nexit 1 ;; esac\n"
        );
    }
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script])
        .current_dir(folder)
        .env_remove("BATON_FILE")
        .env_remove("PAGER");
    for (name, value) in environment.get_envs() {
        shell.envs(value.map(|value| (name, value)));
    }
    let ran = shell.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

fn nothing() -> Command {
    Command::new("true")
}

#[test]
fn every_command_of_the_guide_works() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands("docs/guides/access-review.md");
    assert!(commands.len() > 25, "{} commands in the guide", commands.len());
    typed(folder.path(), &commands, &nothing());
    for file in [
        "review.html",
        "access.csv",
        "rows.jsonl",
        "access.db",
        "one.c1z",
        "v3.c1z",
        "clean.c1z",
    ] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn those_of_the_first_steps_and_of_the_file_formats() {
    let company = Company::new();
    let first = commands("docs/guides/getting-started.md");
    assert!(first.len() > 9, "{first:?}");
    let formats = commands("docs/guides/file-formats.md");
    typed(
        company.folder.path(),
        &[first, formats].concat(),
        &company.program(&[]),
    );
    for file in [
        "demo.c1z",
        "review.html",
        "sync.c1z",
        "decisions.csv",
        ".baton.yaml",
        "access.csv",
    ] {
        assert!(company.path(file).is_file(), "{file}");
    }
}

#[test]
fn those_of_the_readme_of_recordings_and_of_gated_endpoints() {
    let company = Company::new();
    let pages = ["README.md", "docs/fixtures.md", "docs/guides/gated-endpoints.md"];
    let commands: Vec<String> = pages.iter().flat_map(|page| commands(page)).collect();
    assert!(commands.len() > 4, "{commands:?}");
    typed(company.folder.path(), &commands, &company.program(&[]));
    assert!(company.path("recording").is_dir());
}

/// The guide's names and ids stand for those of an organization; nothing is sent, for one change would be in the way of the
/// next.
#[test]
fn those_of_changes() {
    let company = Company::new();
    let member = company.synced().grant("group:", ":member").clone();
    let by_id = commands("docs/guides/changes.md").into_iter().map(|line| {
        line.replace(
            "--grant-entitlement ID",
            &format!("--grant-entitlement {}", member.entitlement),
        )
        .replace(
            "--grant-principal ID",
            &format!("--grant-principal {}", member.principal),
        )
        .replace("--revoke-grant ID", &format!("--revoke-grant {}", member.id))
        .replace("group:Finance", &member.entitlement)
        .replace("ana@example.com", &member.principal)
        .replace("ACCOUNT", &member.principal)
    });
    let by_id: Vec<String> = by_id.collect();
    assert!(by_id.len() > 8, "{by_id:?}");
    let scim = company.org.scim_directories().next().unwrap();
    let mut program = company.program(&[]);
    program
        .env("BATON_DRY_RUN", "true")
        .env("BATON_SCIM_TOKEN", scim.key())
        .env("BATON_SCIM_BASE_URL", format!("{}{}", company.url(), scim.path()));
    typed(company.folder.path(), &by_id, &program);
    assert!(company.writes().is_empty(), "a dry run wrote");
}

#[test]
fn every_page_with_commands_is_typed_in() {
    let guides = fs::read_dir(Path::new(ROOT).join("docs/guides")).unwrap();
    let guides = guides.map(|page| format!("docs/guides/{}", page.unwrap().file_name().to_str().unwrap()));
    let others = [
        "README.md",
        "CONTRIBUTING.md",
        "docs/fixtures.md",
        "docs/architecture.md",
        "docs/style.md",
    ];
    for page in guides.chain(others.map(ToOwned::to_owned)) {
        let text = fs::read_to_string(Path::new(ROOT).join(&page)).unwrap();
        assert_eq!(text.contains("```sh\n"), TYPED.contains(&page.as_str()), "{page}");
    }
}
