//! The guide to reviewing access, typed in as it stands.

use std::path::Path;
use std::process::Command;

const GUIDE: &str = include_str!("../../../../docs/guides/access-review.md");

/// The commands of the guide, one after the other in one shell, as a reader types them. The program `c1z` has the same
/// commands, so that this one stands for it. A comparison may end with 18, for it is told apart from an error.
#[test]
fn every_command_of_the_guide_works() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_baton-atlassian"));
    for name in ["baton-atlassian", "c1z"] {
        std::os::unix::fs::symlink(program, folder.path().join(name)).unwrap();
    }
    let mut script = String::from("PATH=$PWD:$PATH\n");
    let mut commands = 0;
    for block in GUIDE.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            let allowed = if line.starts_with("c1z diff") { "0|18" } else { "0" };
            script += &format!(
                "{line}\ncode=$?; case $code in {allowed}) ;; *) echo \"ended with $code\" >&2; cat <<'END' >&2\n{line}\nEND\nexit 1 ;; esac\n"
            );
            commands += 1;
        }
    }
    assert!(commands > 25, "{commands} commands in the guide");
    let ran = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env_remove("BATON_FILE")
        .env_remove("PAGER")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
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
