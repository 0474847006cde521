//! The syncs themselves.

use super::{Findings, Rule};
use crate::{reader::SyncInfo, sync_id::SyncId, sync_run::SyncType, time};

pub(super) fn check(syncs: &[SyncInfo], findings: &mut Findings) {
    findings.need(!syncs.is_empty(), Rule::Sync, "syncs", || {
        "there is none".to_owned()
    });
    for sync in syncs {
        check_one(sync, findings);
    }
}

fn check_one(sync: &SyncInfo, findings: &mut Findings) {
    let subject = &format!("sync {}", sync.sync_id);
    findings.need(
        sync.sync_id.parse::<SyncId>().is_ok(),
        Rule::Sync,
        subject,
        || "its id is not a KSUID".to_owned(),
    );
    check_time(&sync.started_at, "started_at", subject, findings);
    match &sync.ended_at {
        None => findings.add(Rule::Unfinished, subject, "it did not end"),
        Some(ended_at) => {
            check_time(ended_at, "ended_at", subject, findings);
            findings.need(*ended_at >= sync.started_at, Rule::Sync, subject, || {
                format!("it ends at {ended_at}, before it starts at {}", sync.started_at)
            });
        }
    }
    if let SyncType::Other(name) = &sync.sync_type {
        findings.add(Rule::Sync, subject, format!("its type {name:?} is unknown"));
    }
    findings.need(
        sync.parent_sync_id.is_empty() || sync.sync_type.may_have_parent(),
        Rule::Sync,
        subject,
        || format!("it has a parent although its type is {}", sync.sync_type),
    );
    findings.need(sync.grants_backfilled, Rule::Sync, subject, || {
        "grants_backfilled is not set, so readers decode every grant on each open".to_owned()
    });
}

/// Checks that `text` is a time in the layout that sorts as text.
pub(super) fn check_time(text: &str, column: &str, subject: &str, findings: &mut Findings) {
    let sound = time::has_written_shape(text) && text.parse::<time::StoredTime>().is_ok();
    findings.need(sound, Rule::Time, subject, || {
        format!("{column} {text:?} is not of the form YYYY-MM-DD HH:MM:SS[.fraction]")
    });
}
