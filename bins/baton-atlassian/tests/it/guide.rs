//! README and guides, typed in as they stand: every block that is tagged `sh`, against the demonstration or a simulated
//! organization. A block that needs a cluster or an engine of containers is tagged `console`.

use crate::company::Company;
use crate::daemon::PATIENCE;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Pages whose blocks a test here types in. Another one that has some fails the last test.
const TYPED: [&str; 9] = [
    "README.md",
    "docs/fixtures.md",
    "docs/guides/access-review.md",
    "docs/guides/changes.md",
    "docs/guides/file-formats.md",
    "docs/guides/gated-endpoints.md",
    "docs/guides/getting-started.md",
    "docs/guides/self-hosting.md",
    "docs/guides/writing-a-connector.md",
];

/// How lines begin that run until they are interrupted. A test of their own starts each.
const SERVERS: [&str; 2] = [
    "cargo run --release -p atlassian-sim ",
    "cargo run -p c1-standin ",
];

/// What stands for cargo where a page calls it: it runs what is built already, and knows the packages there are. The tests
/// are those that this one is among.
const CARGO: &str = r#"#!/bin/sh
known() { cat "$ROOT"/*/*/Cargo.toml | grep -qx "name = \"$1\"" || { echo "no package $1" >&2; exit 1; }; }
case $1 in
test) exit 0 ;;
install)
    [ "$2 $3" = "--locked --path" ] && [ -f "$ROOT/$4/Cargo.toml" ] && command -v "${4##*/}" >/dev/null
    exit ;;
run) shift ;;
*) echo "what is cargo $1?" >&2; exit 1 ;;
esac
program=baton-atlassian
while [ $# -gt 0 ]; do
    case $1 in
    --release) ;;
    -p) known "$2"; program=$2; shift ;;
    --example) program=examples/$2; shift ;;
    --) shift; break ;;
    *) echo "what is $1?" >&2; exit 1 ;;
    esac
    shift
done
exec "$BUILT/$program" "$@"
"#;

/// Where cargo puts the programs.
fn built() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_baton-atlassian")).parent().unwrap()
}

/// Whether a program of another package is built, as it is where the tests of the whole workspace run.
fn is_built(program: &str) -> bool {
    let is_built = built().join(program).is_file();
    if !is_built {
        let why = format!(
            "skipped: what a guide says of {program}: it is not built, `cargo test --workspace` builds it"
        );
        // Where it cannot be told, the test is skipped all the same.
        let _ = writeln!(std::io::stderr(), "{why}");
    }
    is_built
}

/// The lines of a page's blocks.
fn lines(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(ROOT).join(page))
        .unwrap()
        .replace("\r\n", "\n");
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines
        .filter(|line| !line.trim().is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

/// The lines of a page's blocks, without those that start a server, and those that put in what the reader knows alone, or where that
/// server is: a test has both.
fn commands(page: &str) -> Vec<String> {
    let of_a_server = |line: &str| SERVERS.iter().any(|server| line.starts_with(server));
    let known =
        |line: &str| line.starts_with("export ") && (line.contains('…') || line.contains("http://127.0.0.1"));
    let mut lines = lines(page);
    lines.retain(|line| !of_a_server(line) && !known(line));
    lines
}

/// A shell in a folder that has both programs, and what stands for cargo. `c1z` has the commands of this one, which stands for it.
fn shell(folder: &Path, script: &str, environment: &Command) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_baton-atlassian"));
    for name in ["baton-atlassian", "c1z"] {
        let name = folder.join(name);
        if !name.exists() {
            std::os::unix::fs::symlink(program, name).unwrap();
        }
    }
    let cargo = folder.join("cargo");
    if !cargo.exists() {
        fs::write(&cargo, CARGO).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("PATH=$PWD:$PATH\n{script}")])
        .current_dir(folder)
        .env("ROOT", ROOT)
        .env("BUILT", built())
        .env_remove("BATON_FILE")
        .env_remove("PAGER");
    for (name, value) in environment.get_envs() {
        shell.envs(value.map(|value| (name, value)));
    }
    shell
}

/// Types commands in, one after the other in one shell. A comparison may end with 18, for it is told apart from an error; a
/// search that should find nothing ends with 1.
fn typed(folder: &Path, commands: &[String], environment: &Command) -> String {
    let mut script = String::new();
    for line in commands {
        let allowed = match line {
            line if line.starts_with("c1z diff") => "0|18",
            line if line.ends_with("# finds nothing") => "1",
            _ => "0",
        };
        script += &format!(
            "{line}\ncode=$?; case $code in {allowed}) ;; *) echo \"ended with $code\" >&2; cat <<'END' >&2\n{line}\nEND\nexit 1 ;; esac\n"
        );
    }
    let ran = shell(folder, &script, environment).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    String::from_utf8(ran.stdout).unwrap()
}

/// Holds the README's block of what its commands print against what they printed: each line is there, in this order. Of a line
/// with `…` its beginning and its end are.
fn prints_what_the_readme_shows(printed: &str) {
    let text = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, shown) = text.split_once("```text\n").unwrap();
    let shown = shown.split("```").next().unwrap().lines();
    let mut printed = printed.lines();
    for line in shown.filter(|line| !line.is_empty() && !line.starts_with("$ ")) {
        let (start, _) = line.split_once('…').unwrap_or((line, ""));
        let (_, end) = line.rsplit_once('…').unwrap_or(("", line));
        let is_it = |printed: &str| printed.starts_with(start) && printed.ends_with(end);
        assert!(printed.any(is_it), "not printed, or not here: {line}");
    }
}

/// A program that runs until it is interrupted, and what it prints.
struct Server {
    child: Child,
    lines: Receiver<String>,
}

impl Server {
    /// Types in a line that starts it.
    fn start(folder: &Path, line: &str, environment: &Command) -> Self {
        let mut shell = shell(folder, &format!("exec {line} 2>&1"), environment);
        let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let (told, lines) = mpsc::channel();
        std::thread::spawn(move || printed.map_while(Result::ok).try_for_each(|line| told.send(line)));
        Self { child, lines }
    }

    /// The next line that says this.
    fn says(&self, what: &str) -> String {
        let mut before = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if line.contains(what) {
                return line;
            }
            before.push(line);
        }
        panic!("no {what:?} in {before:#?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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

/// The simulator as its line starts it, at a free port, and the path from a key to a decision with the variables that the page has
/// the reader set from what it prints.
#[test]
fn the_simulator_of_the_first_steps_is_a_server() {
    if !is_built("atlassian-sim") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = lines("docs/guides/getting-started.md");
    let start = page.iter().position(|line| line.starts_with(SERVERS[0])).unwrap();
    let at_a_free_port = page[start].replace("--port 8765", "--port 0");
    assert_ne!(at_a_free_port, page[start]);
    let server = Server::start(folder.path(), &at_a_free_port, &nothing());
    let greeting: serde_json::Value = serde_json::from_str(&server.says("{")).unwrap();
    let copied = page[start + 1..].iter().map(|line| {
        let told = |key: &str| {
            greeting[key]
                .as_str()
                .unwrap_or_else(|| panic!("{key} in {greeting}"))
        };
        match line.split_once("…") {
            Some((export, key)) => {
                let key = key.trim_start().strip_prefix("# ").unwrap();
                format!("{export}{}", told(key.split(' ').next().unwrap()))
            }
            None => line.replace("http://127.0.0.1:8765", told("url")),
        }
    });
    let copied: Vec<String> = copied.collect();
    assert_eq!(
        copied.iter().filter(|line| line.starts_with("export ")).count(),
        3,
        "{copied:?}"
    );
    let printed = typed(folder.path(), &copied, &nothing());
    assert!(folder.path().join("decisions.csv").is_file());
    prints_what_the_readme_shows(&printed);
}

/// The stand-in for C1 and the connector beside it, each in a shell, the second with what the first prints pasted.
#[test]
fn the_two_shells_of_self_hosting() {
    if !is_built("c1-standin") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = lines("docs/guides/self-hosting.md");
    let [first, second] = page.as_slice() else {
        panic!("{page:?}");
    };
    let in_the_folder = first.replace("/tmp/", "");
    assert_ne!(&in_the_folder, first);
    let standin = Server::start(folder.path(), &in_the_folder, &nothing());
    let mut pasted = nothing();
    for _ in 0..3 {
        let line = standin.says("export ");
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        pasted.env(name, value.trim_matches('\''));
    }
    let connector = Server::start(folder.path(), second, &pasted);
    connector.says("connected");
    connector.says("uploaded ");
    assert!(standin.says("task ").ends_with(": done"));
}

#[test]
fn the_example_of_writing_a_connector() {
    if !is_built("examples/file_connector") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(Path::new(ROOT).join("crates"), folder.path().join("crates")).unwrap();
    let commands = commands("docs/guides/writing-a-connector.md");
    assert!(!commands.is_empty());
    typed(folder.path(), &commands, &nothing());
}

/// What no test types in: a cluster, an engine of containers, and what would write into the checkout.
const NOT_TYPED: [&str; 3] = ["docker ", "kubectl ", "UPDATE_FIXTURES=1 "];

#[test]
fn only_what_needs_a_cluster_or_an_engine_is_not_typed_in() {
    for page in pages().filter(|page| page != "CONTRIBUTING.md") {
        let text = fs::read_to_string(Path::new(ROOT).join(&page)).unwrap();
        for block in text.split("```console\n").skip(1) {
            let block = block.split("```").next().unwrap();
            assert!(
                NOT_TYPED.iter().any(|program| block.contains(program)),
                "{page}: {block}"
            );
        }
    }
}

/// The pages that may have commands.
fn pages() -> impl Iterator<Item = String> {
    let guides = fs::read_dir(Path::new(ROOT).join("docs/guides")).unwrap();
    let guides = guides.map(|page| format!("docs/guides/{}", page.unwrap().file_name().to_str().unwrap()));
    let others = [
        "README.md",
        "CONTRIBUTING.md",
        "docs/fixtures.md",
        "docs/architecture.md",
        "docs/style.md",
    ];
    guides.chain(others.map(ToOwned::to_owned))
}

#[test]
fn every_page_with_commands_is_typed_in() {
    for page in pages() {
        let text = fs::read_to_string(Path::new(ROOT).join(&page)).unwrap();
        assert_eq!(text.contains("```sh\n"), TYPED.contains(&page.as_str()), "{page}");
    }
}
