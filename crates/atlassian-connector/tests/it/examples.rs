//! The programs of `examples/`, as somebody runs them, against a simulated organization. They are short.

use atlassian_sim::{Org, OrgSpec, Running, Simulator};
use std::path::PathBuf;
use std::process::Command;

/// As many lines has a program at most, without its documentation and what stands between its parts.
const MOST_LINES: usize = 40;

async fn simulated() -> (Org, Running) {
    let org = Org::generate(OrgSpec::demo());
    let running = Simulator::builder(org.clone()).bind("127.0.0.1:0").await.unwrap();
    (org, running)
}

/// Runs an example and answers with what it printed.
async fn run(name: &str, key: (&str, &str), arguments: &[&str]) -> String {
    // Cargo builds the examples of a package before it runs the package's tests, beside them.
    let tests = std::env::current_exe().unwrap();
    let examples: PathBuf = tests.parent().unwrap().with_file_name("examples");
    let program = examples.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is not there: `cargo build -p atlassian-connector --examples` builds it",
        program.display()
    );
    let mut program = Command::new(program);
    program
        .args(arguments)
        .env(key.0, key.1)
        .env_remove("HTTPS_PROXY");
    let output = tokio::task::spawn_blocking(move || program.output())
        .await
        .unwrap()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn programs_are_short() {
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let lines = source.lines().map(str::trim);
        let count = lines
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count();
        assert!(count <= MOST_LINES, "{} has {count} lines", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_without_use_are_found() {
    let (org, running) = simulated().await;
    let (url, id) = (running.url(), org.id());
    let found = run(
        "stale_accounts",
        ("ATLASSIAN_API_KEY", org.api_key()),
        &[&url, id, "2026-06-01"],
    )
    .await;
    let all = run(
        "stale_accounts",
        ("ATLASSIAN_API_KEY", org.api_key()),
        &[&url, id, "2999-01-01"],
    )
    .await;
    let managed = org.truth().accounts().filter(|account| account.managed).count();
    assert_eq!(all.lines().count(), managed);
    assert!((1..managed).contains(&found.lines().count()), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_created_and_joins_a_group() {
    let (org, running) = simulated().await;
    let directory = org.scim_directories().next().unwrap();
    let address = format!("{}{}", running.url(), directory.path());
    let truth = org.truth();
    let synced = truth
        .groups()
        .find(|group| group.external_synced == Some(true))
        .unwrap();
    let told = run(
        "scim_create_and_patch",
        ("SCIM_TOKEN", directory.key()),
        &[&address, "mia.lang@larkspur.example", &synced.name],
    )
    .await;
    assert!(
        told.starts_with("created the user ") && told.contains("it is a member of the group "),
        "{told}"
    );
    let applied: Vec<_> = running
        .writes()
        .into_iter()
        .filter(|write| write.applied)
        .collect();
    assert_eq!(applied.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_role_is_read_and_explained() {
    let (org, running) = simulated().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sync.c1z");
    let entitlement = format!("organization:{}:role:atlassian/org-admin", org.id());
    let arguments = [&running.url(), org.id(), file.to_str().unwrap(), &entitlement];
    let told = run("who_can", ("ATLASSIAN_API_KEY", org.api_key()), &arguments).await;
    let holders = told.lines().skip(1).count();
    assert!(
        told.contains(" gaps\n") && holders > 1 && told.contains(" direct"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_played_again_under_other_names() {
    let (org, running) = simulated().await;
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("recording");
    let arguments = [&running.url(), org.id(), recording.to_str().unwrap()];
    let told = run("recorded", ("ATLASSIAN_API_KEY", org.api_key()), &arguments).await;
    let truth = org.truth();
    let names: Vec<String> = truth.groups().map(|group| group.name.to_string()).collect();
    assert!(told.lines().count() > 1, "{told}");
    assert!(
        told.lines().all(|name| !names.iter().any(|known| known == name)),
        "{told}"
    );
}
