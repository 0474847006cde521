//! Writing: the database inside, collisions, refusals, and what is left behind.

use crate::sample::{self, Org, at, entitlement, grant, org, resource, resource_type};
use c1z_file::{ArtifactWriter, GrantRow, SyncId, SyncRun, SyncType, WriteError, WriterOptions};
use rusqlite::Connection;
use std::{cell::Cell, fs, path::Path};

/// Unpacks with the plain library, independent of the crate's own reader.
fn unpack(artifact: &Path, to: &Path) -> Connection {
    let bytes = fs::read(artifact).unwrap();
    fs::write(to, zstd::decode_all(&bytes[5..]).unwrap()).unwrap();
    Connection::open(to).unwrap()
}

/// The schema without white space, comments and case: one line per table and index.
fn schema(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.map(|row| {
        let (name, sql): (String, String) = row.unwrap();
        let without_comments = sql.lines().map(|line| line.split("--").next().unwrap());
        let words: Vec<_> = without_comments
            .flat_map(str::split_whitespace)
            .map(str::to_lowercase)
            .collect();
        format!(
            "{name}: {}",
            words.join(" ").replace("( ", "(").replace(" )", ")")
        )
    })
    .collect()
}

#[test]
fn schema_is_that_of_the_go_sdk() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    let ours = unpack(&output, &dir.path().join("ours"));
    let theirs = unpack(&sample::go_artifact(), &dir.path().join("theirs"));
    assert_eq!(schema(&ours), schema(&theirs));

    let settings = |connection: &Connection| {
        [
            "page_size",
            "journal_mode",
            "encoding",
            "user_version",
            "application_id",
            "auto_vacuum",
            "freelist_count",
        ]
        .map(|name| {
            let value: rusqlite::types::Value = connection
                .query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
                .unwrap();
            (name, value)
        })
    };
    assert_eq!(settings(&ours), settings(&theirs));
}

#[test]
fn one_frame_with_size_and_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let finished = sample::write(&output, &org()).unwrap();
    let bytes = fs::read(&output).unwrap();
    assert_eq!(bytes.len() as u64, finished.file_bytes);
    assert_eq!(&bytes[..5], b"C1ZF\0");
    assert_eq!(
        zstd::zstd_safe::find_frame_compressed_size(&bytes[5..]),
        Ok(bytes.len() - 5)
    );
    assert_eq!(
        zstd::zstd_safe::get_frame_content_size(&bytes[5..]).unwrap(),
        Some(finished.db_bytes)
    );
    assert_ne!(bytes[5 + 4] & 0b100, 0, "no checksum");
}

#[test]
fn nothing_but_the_artifact_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let (output, elsewhere) = (dir.path().join("out.c1z"), dir.path().join("work"));
    fs::create_dir(&elsewhere).unwrap();
    let names = |path: &Path| -> Vec<_> {
        fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let mut writer = ArtifactWriter::create(&output, sample::options().with_temp_dir(&elsewhere)).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    assert_eq!(
        (names(dir.path()), names(&elsewhere).len()),
        (vec!["work".to_owned()], 1)
    );
    drop(writer);
    assert!(names(&elsewhere).is_empty() && !output.exists());

    let mut writer = ArtifactWriter::create(&output, sample::options().with_temp_dir(&elsewhere)).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    writer.finish(at(sample::ENDED_AT), "").unwrap();
    let mut left = names(dir.path());
    left.sort();
    assert_eq!(
        (left, names(&elsewhere)),
        (vec!["out.c1z".to_owned(), "work".to_owned()], vec![])
    );
}

/// The directory for sorting is one for the whole process, and a writer that has it gives it back.
#[test]
fn sorts_beside_the_output() {
    let directory = || -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .query_row("PRAGMA temp_store_directory", [], |row| row.get(0))
            .unwrap_or_default()
    };
    for finished in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = sample::writer(&dir.path().join("out.c1z"));
        writer.sort_beside().unwrap();
        writer.sort_beside().unwrap();
        let sorted_in = directory();
        assert!(Path::new(&sorted_in).starts_with(dir.path()), "{sorted_in:?}");
        sample::fill(&mut writer, &org()).unwrap();
        if finished {
            writer.finish(at(sample::ENDED_AT), "").unwrap();
        } else {
            drop(writer);
        }
        // By now another test may have its turn.
        assert_ne!(directory(), sorted_in);
    }
}

/// Who waits is asked whether to go on waiting, until it is its turn.
#[test]
fn waiting_for_another_to_sort_can_be_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut sorts = sample::writer(&dir.path().join("one.c1z"));
    let mut waits = sample::writer(&dir.path().join("two.c1z"));
    sorts.sort_beside().unwrap();
    assert!(sorts.sort_beside_unless(&|| true).unwrap(), "it has its turn");
    let asked = Cell::new(0);
    let at_the_second_time = || asked.replace(asked.get() + 1) == 1;
    assert!(!waits.sort_beside_unless(&at_the_second_time).unwrap());
    assert_eq!(asked.get(), 2);
    drop(sorts);
    assert!(waits.sort_beside_unless(&|| false).unwrap());
}

#[test]
fn a_failure_at_the_last_step_leaves_nothing_either() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let mut writer = sample::writer(&output);
    sample::fill(&mut writer, &org()).unwrap();
    // What is there by now cannot be replaced by a file.
    fs::create_dir(&output).unwrap();
    fs::write(output.join("occupied"), "").unwrap();
    let error = writer.finish(at(sample::ENDED_AT), "").unwrap_err();
    assert!(matches!(error, WriteError::File { .. }), "{error}");
    assert!(
        sample::without(dir.path(), &error).starts_with("cannot rename into place as DIR/out.c1z: "),
        "{error}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(output.join("occupied").exists());
}

#[cfg(unix)]
#[test]
fn the_file_behind_a_link_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let (link, file) = (dir.path().join("latest.c1z"), dir.path().join("store/real.c1z"));
    fs::create_dir(dir.path().join("store")).unwrap();
    std::os::unix::fs::symlink("store/real.c1z", &link).unwrap();
    sample::write(&link, &org()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
}

#[track_caller]
fn check_collision(org: &Org, expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    fs::write(&output, "old").unwrap();
    let error = sample::write(&output, org).unwrap_err();
    assert!(matches!(error, WriteError::Collision(_)), "{error}");
    assert_eq!(error.to_string(), expected);
    assert_eq!(fs::read(&output).unwrap(), b"old");
}

#[test]
fn two_rows_under_one_id_are_both_named() {
    let base = org();
    check_collision(
        &Org {
            types: vec![resource_type("user", &[]), resource_type("user", &[])],
            ..Org::default()
        },
        r#"resource type "user" and resource type "user" have the same id "user" in the artifact"#,
    );
    let mut clash = base.clone();
    clash.resources.push(resource("a", "b:c"));
    clash.resources.push(resource("a:b", "c"));
    check_collision(
        &clash,
        r#"resource "b:c" of type "a" and resource "c" of type "a:b" have the same id "a:b:c" in the artifact"#,
    );
    let mut clash = base.clone();
    clash
        .entitlements
        .push(entitlement(&resource("group", "x"), "y:z"));
    clash
        .entitlements
        .push(entitlement(&resource("group", "x:y"), "z"));
    check_collision(
        &clash,
        r#"entitlement "group:x:y:z" of resource "x" of type "group" and entitlement "group:x:y:z" of resource "x:y" of type "group" have the same id "group:x:y:z" in the artifact"#,
    );
    let mut clash = base;
    let member = clash.entitlements[0].clone();
    clash.grants.push((grant(&member, &resource("a", "b:c")), None));
    clash.grants.push((grant(&member, &resource("a:b", "c")), None));
    check_collision(
        &clash,
        r#"grant "group:admins:member:a:b:c" of entitlement "group:admins:member" to "b:c" of type "a" and grant "group:admins:member:a:b:c" of entitlement "group:admins:member" to "c" of type "a:b" have the same id "group:admins:member:a:b:c" in the artifact"#,
    );
}

#[test]
fn incomplete_rows_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = sample::writer(&dir.path().join("out.c1z"));
    let whole = GrantRow {
        resource_type_id: "group",
        resource_id: "admins",
        entitlement_id: "e",
        principal_type: "user",
        principal_id: "ada",
        grant_id: "g",
        expansion: None,
        data: b"",
    };
    let mut check = |row: GrantRow<'_>, expected: &str| {
        assert_eq!(writer.grant(row).unwrap_err().to_string(), expected);
    };
    check(
        GrantRow {
            principal_id: "",
            ..whole
        },
        r#"cannot store grant "g": its principal id is empty"#,
    );
    check(
        GrantRow {
            grant_id: "",
            ..whole
        },
        r#"cannot store grant "": its id is empty"#,
    );
    assert_eq!(writer.stats().grants, 0);
}

#[test]
fn impossible_syncs_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let other = SyncId::new(at(sample::STARTED_AT), [1; 16]).unwrap();
    let child = sample::sync().with_parent(other);
    let error = ArtifactWriter::create(&output, WriterOptions::new(child)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sync cannot be described: a full sync has no parent"
    );

    let partial = SyncRun::new(other, at(sample::STARTED_AT), SyncType::Partial).with_parent(other);
    let writer = ArtifactWriter::create(&output, WriterOptions::new(partial)).unwrap();
    let error = writer.finish(at("2026-11-24T09:59:59Z"), "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sync cannot be described: it ends at 2026-11-24T09:59:59Z, before it starts at 2026-11-24T10:00:00.25Z"
    );
}
