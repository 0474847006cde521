//! The stored statistics against the rows.

use super::{Findings, Rule, Summary};
use crate::reader::SyncInfo;
use std::collections::BTreeMap;

pub(super) fn check(sync: &SyncInfo, counted: &Summary, findings: &mut Findings) {
    let subject = &format!("sync {}", sync.sync_id);
    let stats = match sync.stats() {
        // They are optional: readers count then.
        Ok(None) => return,
        Ok(Some(stats)) => stats,
        Err(error) => return findings.add(Rule::Stats, subject, error.to_string()),
    };
    for (name, stored, counted) in [
        ("resource types", stats.resource_types, counted.resource_types),
        ("resources", stats.resources, counted.resources),
        ("entitlements", stats.entitlements, counted.entitlements),
        ("grants", stats.grants, counted.grants),
        ("assets", stats.assets, counted.assets),
    ] {
        findings.need(stored == counted, Rule::Stats, subject, || {
            format!("its statistics say {stored} {name}, it has {counted}")
        });
    }
    for (name, stored, counted) in [
        (
            "resources",
            stats.resources_by_resource_type,
            &counted.resources_by_type,
        ),
        (
            "entitlements",
            stats.entitlements_by_resource_type,
            &counted.entitlements_by_type,
        ),
        ("grants", stats.grants_by_resource_type, &counted.grants_by_type),
    ] {
        // Older writers had no such map, and some count types of which there is nothing.
        let stored: BTreeMap<_, _> = stored.into_iter().filter(|(_, count)| *count != 0).collect();
        findings.need(
            stored.is_empty() || stored == *counted,
            Rule::Stats,
            subject,
            || format!("its statistics say {name} {stored:?}, it has {counted:?}"),
        );
    }
}
