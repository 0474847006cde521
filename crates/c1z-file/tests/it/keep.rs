//! Earlier syncs that are taken over from the artifact that is replaced.

use crate::sample::{self, at, edit, org};
use c1z_file::{
    Artifact, ArtifactWriter, Finished, ReadOptions, SyncId, SyncInfo, SyncRun, SyncType, WriterOptions,
    logical, open_target, verify,
};
use jiff::{Timestamp, tz::TimeZone};
use std::path::Path;

/// Syncs again at `started_at`, in the zone, and keeps all that is there.
fn again(output: &Path, started_at: &str, zone: &TimeZone) -> Finished {
    let started_at: Timestamp = at(started_at);
    let id = SyncId::new(started_at, [9; 16]).unwrap();
    let options = WriterOptions::new(SyncRun::new(id, started_at, SyncType::Full)).with_zone(zone.clone());
    let earlier = open_target(output).unwrap().expect("an artifact");
    let mut writer = ArtifactWriter::create(output, options).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    for sync in earlier.syncs().unwrap() {
        writer.keep(&earlier, &sync).unwrap();
    }
    writer
        .finish(started_at + jiff::SignedDuration::from_mins(5), "")
        .unwrap()
}

fn open(output: &Path) -> Artifact {
    Artifact::open(output, ReadOptions::default()).unwrap()
}

fn syncs(output: &Path) -> Vec<SyncInfo> {
    open(output).syncs().unwrap()
}

/// What one sync holds, times included.
fn rows(artifact: &Artifact, sync: &str) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        artifact
            .resource_types(sync)
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        artifact.resources(sync).map(Result::unwrap).collect::<Vec<_>>(),
        artifact
            .entitlements(sync)
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        artifact.grants(sync).map(Result::unwrap).collect::<Vec<_>>(),
    )
}

#[test]
fn a_kept_sync_is_the_same_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    let before = open(&output);
    let kept = before.syncs().unwrap().remove(0);
    let finished = again(&output, "2026-11-25T10:00:00Z", &TimeZone::UTC);
    assert!(finished.not_kept.is_empty(), "{finished:?}");
    let after = open(&output);
    assert_eq!(after.syncs().unwrap()[0], kept, "the oldest comes first");
    assert_eq!(rows(&after, &kept.sync_id), rows(&before, &kept.sync_id));
    let latest = after.latest_finished_full().unwrap().unwrap();
    assert_eq!(latest.sync_id, finished.sync_id.to_string());
    assert_eq!(
        logical::digest(&after, &latest.sync_id).unwrap(),
        logical::digest(&before, &kept.sync_id).unwrap(),
    );
    let report = verify(&output).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(
        (report.summary.syncs, report.summary.sync_id),
        (2, latest.sync_id)
    );
}

/// The artifact of the existing connector at the same output.
#[test]
fn a_sync_of_the_go_sdk_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    std::fs::copy(sample::go_artifact(), &output).unwrap();
    let before = open(&output);
    let theirs = before.syncs().unwrap();
    let finished = again(&output, "2026-11-20T10:00:00Z", &TimeZone::UTC);
    assert!(finished.not_kept.is_empty(), "{finished:?}");
    let after = open(&output);
    let syncs = after.syncs().unwrap();
    assert_eq!(syncs[..theirs.len()], theirs);
    for sync in &theirs {
        assert_eq!(rows(&after, &sync.sync_id), rows(&before, &sync.sync_id));
    }
    // Its host's clock was ahead of ours.
    let latest = after.latest_finished_full().unwrap().unwrap();
    assert_eq!(latest.sync_id, finished.sync_id.to_string());
}

/// Readers take the greatest text for the latest. A sync of a host at UTC+9, and one whose clock was ahead, would stay the
/// latest for hours.
#[test]
fn a_kept_sync_of_another_zone_is_not_the_latest() {
    for (zone, started_at, ended_at) in [
        (
            TimeZone::fixed(jiff::tz::offset(9)),
            "2026-11-24T23:00:00Z",
            "2026-11-25 08:05:00",
        ),
        (TimeZone::UTC, "2026-11-24T23:00:00Z", "2026-11-24 23:05:00"),
        (
            TimeZone::UTC,
            "2026-11-24T10:30:00Z",
            "2026-11-24 19:05:00.123456790",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("out.c1z");
        sample::write(&output, &org()).unwrap();
        // 10:00 in UTC, as a host in Tokyo writes it.
        edit(
            &output,
            "UPDATE v1_sync_runs SET started_at = '2026-11-24 19:00:00', ended_at = '2026-11-24 19:05:00.123456789'",
        );
        let finished = again(&output, started_at, &zone);
        let latest = open(&output).latest_finished_full().unwrap().unwrap();
        assert_eq!(latest.sync_id, finished.sync_id.to_string());
        let expected = ended_at
            .strip_suffix('0')
            .filter(|_| ended_at.contains('.'))
            .unwrap_or(ended_at);
        assert_eq!(latest.ended_at.as_deref(), Some(expected));
        assert!(verify(&output).unwrap().is_clean());
    }
}

/// In autumn the clock shows 02:10 after it showed 02:50.
#[test]
fn a_sync_does_not_end_before_it_starts_when_clocks_are_turned_back() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    let started_at = at("2026-10-25T00:58:00Z");
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let run = SyncRun::new(
        SyncId::new(started_at, [9; 16]).unwrap(),
        started_at,
        SyncType::Full,
    );
    let mut writer = ArtifactWriter::create(&output, WriterOptions::new(run).with_zone(zone)).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    writer.finish(at("2026-10-25T01:03:00Z"), "").unwrap();
    let sync = syncs(&output).remove(0);
    assert_eq!(sync.started_at, "2026-10-25 02:58:00");
    assert_eq!(sync.ended_at.as_deref(), Some("2026-10-25 02:58:00"));
    assert!(verify(&output).unwrap().is_clean());
}

/// The artifact of an older writer lacks columns and indexes.
#[test]
fn columns_that_the_writer_did_not_have_get_their_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    edit(
        &output,
        "DROP INDEX idx_grants_sync_expansion_v1; DROP INDEX idx_grants_sync_needs_expansion_v1;
         UPDATE v1_grants SET expansion = NULL, needs_expansion = 0;
         ALTER TABLE v1_grants DROP COLUMN expansion; ALTER TABLE v1_grants DROP COLUMN needs_expansion;
         ALTER TABLE v1_sync_runs DROP COLUMN stats; ALTER TABLE v1_sync_runs DROP COLUMN ingest_invariant_mode;
         DROP TABLE v1_assets; DROP TABLE v1_connector_sessions;",
    );
    let finished = again(&output, "2026-11-25T10:00:00Z", &TimeZone::UTC);
    assert!(finished.not_kept.is_empty(), "{finished:?}");
    assert_eq!(syncs(&output).len(), 2);
    assert!(verify(&output).unwrap().is_clean());
}

/// Whoever wrote it, content that cannot be in an artifact does not get into the new one, nor stop it.
#[track_caller]
fn check_left_out(sql: &str, reason: &str) {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    edit(&output, sql);
    let finished = again(&output, "2026-11-25T10:00:00Z", &TimeZone::UTC);
    let reasons: Vec<_> = finished
        .not_kept
        .iter()
        .map(|lost| lost.reason.as_str())
        .collect();
    assert_eq!(reasons, [reason], "{sql}");
    assert_eq!(syncs(&output).len(), 1, "{sql}");
    let report = verify(&output).unwrap();
    assert!(report.is_clean(), "{sql}: {:?}", report.findings);
}

#[test]
fn unsound_content_is_left_out_and_named() {
    check_left_out(
        "UPDATE v1_grants SET data = 'text' WHERE id = 1",
        "table v1_grants: column data holds what an artifact cannot",
    );
    check_left_out(
        "UPDATE v1_resources SET external_id = x'ff' WHERE id = 1",
        "table v1_resources: column external_id holds what an artifact cannot",
    );
    check_left_out(
        "UPDATE v1_grants SET expansion = zeroblob(20000000) WHERE id = 1",
        "table v1_grants: column expansion holds what an artifact cannot",
    );
    check_left_out(
        "UPDATE v1_sync_runs SET ended_at = '9999-12-31 23:59:59.999999999'",
        "its end \"9999-12-31 23:59:59.999999999\" is not a time that others can be later than",
    );
    check_left_out(
        "UPDATE v1_sync_runs SET ended_at = 'tomorrow'",
        "its end \"tomorrow\" is not a time that others can be later than",
    );
    check_left_out(
        "UPDATE v1_sync_runs SET ended_at = '2026-11-24T10:05:00Z'",
        "its end \"2026-11-24T10:05:00Z\" is not a time that others can be later than",
    );
    check_left_out(
        "DROP INDEX idx_grants_external_sync_v1; UPDATE v1_grants SET external_id = 'twice' WHERE id < 3",
        "several of its rows have the id \"twice\"",
    );
    check_left_out(
        "INSERT INTO v1_connector_sessions (sync_id, key, value) SELECT sync_id, 'k', x'' FROM v1_sync_runs;
         DROP INDEX idx_session_store_sync_key_v1;
         INSERT INTO v1_connector_sessions (sync_id, key, value) SELECT sync_id, 'k', x'' FROM v1_sync_runs;",
        "several of its rows have the id \"k\"",
    );
}

/// Rows of two syncs may have the same ids; of one they may not.
#[test]
fn a_collision_of_the_new_sync_is_still_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("out.c1z");
    sample::write(&output, &org()).unwrap();
    let earlier = open_target(&output).unwrap().unwrap();
    let started_at = at("2026-11-25T10:00:00Z");
    let run = SyncRun::new(
        SyncId::new(started_at, [9; 16]).unwrap(),
        started_at,
        SyncType::Full,
    );
    let mut writer = ArtifactWriter::create(&output, WriterOptions::new(run)).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    sample::fill(&mut writer, &org()).unwrap();
    writer.keep(&earlier, &earlier.syncs().unwrap()[0]).unwrap();
    let error = writer.finish(started_at, "").unwrap_err();
    assert!(matches!(error, c1z_file::WriteError::Collision(_)), "{error}");
    assert_eq!(syncs(&output).len(), 1);
}
