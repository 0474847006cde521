//! What an artifact says as files for other programs, and without personal data.

use crate::world::{self, world};
use crate::{artifact, every_form, of_go, ran, said};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn exported(file: &Path, folder: &Path, format: &str) -> PathBuf {
    let out = folder.join(format!("out.{format}"));
    said(
        file,
        &format!("export {format} --replace --out {}", out.display()),
    );
    out
}

fn v3(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/c1z-v3")
        .join(name)
}

#[test]
fn texts_are_what_the_lists_print() {
    let (folder, file) = artifact();
    for file in [&file, &of_go(), &v3("reference-pebble-tiny.c1z")] {
        let csv = fs::read_to_string(exported(file, folder.path(), "csv")).unwrap();
        assert_eq!(csv, said(file, "grants -o csv"));
        let rows = fs::read_to_string(exported(file, folder.path(), "jsonl")).unwrap();
        let lists = ["resource-types", "resources", "entitlements", "grants"];
        let lists = lists.map(|list| said(file, &format!("{list} -o jsonl")));
        assert_eq!(rows, lists.concat());
    }
}

/// A database that others open: each view answers, and holds every row once.
#[test]
fn a_database_with_views() {
    let (folder, file) = artifact();
    let database = rusqlite::Connection::open(exported(&file, folder.path(), "sqlite")).unwrap();
    let mut shown = String::new();
    for (sql, columns) in [
        ("SELECT name, email, status, grants FROM accounts ORDER BY id", 4),
        (
            "SELECT principal, resource, entitlement, privileged, why, dormant FROM access ORDER BY grant_id",
            6,
        ),
        (
            "SELECT principal, entitlement, through FROM reasons ORDER BY grant_id, through",
            3,
        ),
    ] {
        shown += &format!("{sql}\n");
        let mut statement = database.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells = (0..columns).map(|at| match row.get::<_, rusqlite::types::Value>(at).unwrap() {
                rusqlite::types::Value::Text(text) => review_cli::plain(&text),
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => format!("{other:?}"),
            });
            shown += &format!("  {}\n", cells.collect::<Vec<_>>().join(" | "));
        }
    }
    insta::assert_snapshot!(shown);
    let grants: i64 = database
        .query_row("SELECT count(*) FROM access", [], |row| row.get(0))
        .unwrap();
    assert_eq!(grants, 10);
}

/// One sync of an artifact of any writer is the same sync: as many rows with the same content, and sound.
#[test]
fn an_artifact_of_one_sync_says_the_same() {
    let (folder, file) = artifact();
    for file in [
        &file,
        &of_go(),
        &v3("twin-v1.c1z"),
        &v3("twin-v3.c1z"),
        &v3("reference-pebble-tiny.c1z"),
    ] {
        let copy = exported(file, folder.path(), "c1z");
        let digest = |file: &Path| said(file, "digest -o csv");
        assert_eq!(digest(&copy), digest(file), "{}", file.display());
        assert_eq!(said(&copy, "syncs -o csv").lines().count(), 2);
        let differences = ran(file, &format!("diff {} {}", file.display(), copy.display()));
        assert_eq!(
            (differences.exit, &*differences.said),
            (0, ""),
            "{}",
            file.display()
        );
    }
}

/// An artifact of any writer in the other form, and back: the same sync, and sound.
#[test]
fn a_converted_artifact_says_the_same() {
    let (folder, file) = artifact();
    let [v3_file, back] = ["v3.c1z", "back.c1z"].map(|name| folder.path().join(name));
    for file in [
        &file,
        &of_go(),
        &v3("twin-v1.c1z"),
        &v3("twin-v3.c1z"),
        &v3("reference-pebble-tiny.c1z"),
    ] {
        let assets = |file: &Path| {
            let artifact = c1z_file::Artifact::open(file, Default::default()).unwrap();
            let sync = artifact.latest_finished_full().unwrap().unwrap();
            let assets = artifact.assets(&sync.sync_id).map(|row| row.unwrap().data);
            (artifact.storage_engine().as_str(), assets.collect::<Vec<_>>())
        };
        let convert = |from: &Path, to: &str, out: &Path| {
            said(
                from,
                &format!("convert --to {to} --replace --out {}", out.display()),
            );
            let name = file.display();
            assert_eq!(
                said(out, "digest -o csv"),
                said(file, "digest -o csv"),
                "{name} to {to}"
            );
            assert_eq!(
                said(out, "syncs -o csv"),
                said(from, "syncs -o csv"),
                "{name} to {to}"
            );
            let verified = said(out, "verify");
            assert!(verified.starts_with("sound: "), "{name} to {to}: {verified}");
        };
        convert(file, "v3", &v3_file);
        convert(&v3_file, "v1", &back);
        let kept = assets(file).1;
        assert_eq!(
            (assets(&v3_file), assets(&back)),
            (("pebble", kept.clone()), ("sqlite", kept))
        );
    }
}

/// The texts of an artifact that name somebody or something.
fn names(file: &Path) -> BTreeSet<String> {
    let lines = said(file, "resources -o jsonl");
    let mut names = BTreeSet::new();
    for line in lines.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let resource = &row["resource"];
        names.extend(
            [&resource["displayName"], &resource["id"]["resource"]]
                .map(|name| name.as_str().unwrap().to_owned()),
        );
        for annotation in resource["annotations"].as_array().into_iter().flatten() {
            names.extend(annotation["login"].as_str().map(ToOwned::to_owned));
            for email in annotation["emails"].as_array().into_iter().flatten() {
                names.insert(email["address"].as_str().unwrap().to_owned());
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn nothing_of_anybody_stays_in_a_sanitized_artifact() {
    let (folder, file) = artifact();
    let out = folder.path().join("clean.c1z");
    for file in [&file, &of_go(), &v3("twin-v1.c1z"), &v3("twin-v3.c1z")] {
        said(file, &format!("sanitize --replace --out {}", out.display()));
        let said_clean = said(&out, "verify");
        assert!(said_clean.starts_with("sound: "), "{said_clean}");
        let everything = [
            "resource-types",
            "resources",
            "entitlements",
            "grants",
            "syncs",
            "diagnostics",
        ];
        let everything = everything
            .map(|list| said(&out, &format!("{list} -o jsonl")))
            .concat();
        // The list of a type is no name of a thing.
        for name in names(file) {
            let quoted = serde_json::to_string(&name).unwrap();
            let inner = &quoted[1..quoted.len() - 1];
            assert!(
                !everything.contains(inner),
                "{} stays of {}",
                name,
                file.display()
            );
        }
        // The same shape: as much of everything, held in the same ways.
        let shape = |file: &Path| said(file, "stats -o csv");
        assert_eq!(shape(&out), shape(file));
        let rules = |file: &Path| {
            let found = said(file, "findings --as-of 2026-11-24 -o csv");
            found
                .lines()
                .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(","))
                .collect::<Vec<_>>()
        };
        assert_eq!(rules(&out), rules(file));
    }
}

#[test]
fn made_up_names_are_the_same_each_time() {
    let (folder, file) = artifact();
    let [first, second] = ["first.c1z", "second.c1z"].map(|name| folder.path().join(name));
    for out in [&first, &second] {
        said(&file, &format!("sanitize --out {}", out.display()));
    }
    assert_eq!(said(&first, "digest"), said(&second, "digest"));
    insta::assert_snapshot!(said(&first, "grants --wide") + &said(&first, "resources --wide"));
}

#[test]
fn what_was_written_in_every_form() {
    let (folder, file) = artifact();
    let mut all = String::new();
    for words in [
        "export csv",
        "export jsonl",
        "export sqlite",
        "export c1z",
        "convert --to v1",
        "convert --to v3",
        "sanitize",
    ] {
        let out = folder.path().join("out");
        all += &format!("$ {words}\n");
        all += &every_form(&file, &format!("{words} --replace --out {}", out.display()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&out).unwrap().permissions().mode() & 0o777,
                0o600,
                "{words}"
            );
        }
        let refused = ran(&file, &format!("{words} --out {}", out.display()));
        assert_eq!(refused.exit, 9, "{words}: {}", refused.said);
    }
    insta::assert_snapshot!(all.replace(&*folder.path().to_string_lossy(), "DIR"));
}

/// What cannot be written whole is not there, and what was there stays.
#[test]
fn an_export_that_fails_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.resources[4].id.as_mut().unwrap().resource = "=1+1".into();
    let principal = world.resources[4].clone();
    let grant = world::grant(&world.entitlements[0], &principal);
    world.grants.push((grant, None));
    let file = world::write(&folder.path().join("sync.c1z"), &world, "2026-11-24T10:00:00Z");
    let out = folder.path().join("out.csv");
    fs::write(&out, "mine").unwrap();
    let failed = ran(&file, &format!("export csv --replace --out {}", out.display()));
    assert_eq!(failed.exit, 9, "{}", failed.said);
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// A workbook opens in what others use, holds every row, and no name in it is a formula.
#[test]
fn a_workbook() {
    use std::io::Write as _;
    #[expect(
        clippy::disallowed_methods,
        reason = "the program is a matter of the machine, not of the crate"
    )]
    let python = std::env::var_os("OPENPYXL").filter(|program| !program.is_empty());
    let Some(python) = python else {
        let why = "skipped: a workbook: OPENPYXL does not name a Python with openpyxl, .ci/run installs it";
        writeln!(std::io::stderr(), "{why}").expect("stderr can be written");
        return;
    };
    let (folder, file) = artifact();
    let out = folder.path().join("out.xlsx");
    said(&file, &format!("export xlsx --out {}", out.display()));
    let script = "import sys, openpyxl\n\
        book = openpyxl.load_workbook(sys.argv[1])\n\
        for sheet in book:\n\
        \x20print(sheet.title, sheet.dimensions, sheet.freeze_panes, sheet.auto_filter.ref)\n\
        \x20assert all(cell.data_type != 'f' for row in sheet for cell in row)\n\
        \x20[print('  ' + ' | '.join(str(cell.value or '') for cell in row)) for row in sheet]\n";
    let ran = std::process::Command::new(python)
        .args(["-c", script])
        .arg(&out)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    insta::assert_snapshot!(String::from_utf8(ran.stdout).unwrap());
}

/// What is written is never put over what it is made from, by whatever name.
#[cfg(unix)]
#[test]
fn nothing_is_written_over_what_it_is_made_from() {
    let (folder, file) = artifact();
    let before = fs::read(&file).unwrap();
    let hard = folder.path().join("hard.c1z");
    fs::hard_link(&file, &hard).unwrap();
    let table = folder.path().join("decisions.csv");
    said(&file, &format!("decisions new --out {}", table.display()));
    let decided = fs::read(&table).unwrap();
    let dotted = folder.path().join(".").join("sync.c1z");
    for out in [&file, &hard, &dotted] {
        for words in ["export c1z", "sanitize", "report", "decisions new"] {
            let ran = ran(&file, &format!("{words} --replace --out {}", out.display()));
            assert_eq!(ran.exit, 9, "{words}: {}", ran.said);
            assert!(
                ran.said.contains("what is written is made from it"),
                "{words}: {}",
                ran.said
            );
        }
    }
    let plan = format!("plan {0} --offline --replace --out {0}", table.display());
    assert_eq!(ran(&file, &plan).exit, 9);
    assert_eq!(fs::read(&file).unwrap(), before);
    assert_eq!(fs::read(&table).unwrap(), decided);
}
