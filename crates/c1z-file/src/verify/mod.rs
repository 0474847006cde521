//! Whether an artifact is sound, beyond being readable.

mod file;
mod finding;
mod references;
mod rows;
mod runs;
mod schema;
mod stats;

use std::{collections::BTreeMap, path::Path};

pub use self::finding::{Finding, Rule};
use crate::reader::{Artifact, ReadError, ReadOptions};

/// Findings kept; a file that is wrong throughout is wrong enough by then.
const MAX_FINDINGS: usize = 1_000;

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, at most 1 000 of it.
    pub findings: Vec<Finding>,
    /// Further findings, counted only.
    pub omitted: u64,
    /// What is there.
    pub summary: Summary,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What an artifact holds. Counts are those of the sync that readers show: the newest finished full sync, else the
/// sync written last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// That sync; empty when there is none.
    pub sync_id: String,
    /// Syncs in the file.
    pub syncs: usize,
    /// Resource types.
    pub resource_types: u64,
    /// Resources.
    pub resources: u64,
    /// Entitlements.
    pub entitlements: u64,
    /// Grants.
    pub grants: u64,
    /// Grants that do not only come through other entitlements.
    pub grants_direct: u64,
    /// Grants that come through other entitlements only.
    pub grants_inherited: u64,
    /// Resources by their type.
    pub resources_by_type: BTreeMap<String, u64>,
    /// Entitlements by the type of their resource.
    pub entitlements_by_type: BTreeMap<String, u64>,
    /// Grants by the type of their entitlement's resource.
    pub grants_by_type: BTreeMap<String, u64>,
    /// Assets.
    pub assets: u64,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the database in it.
    pub db_bytes: u64,
}

/// Checks everything about the artifact at `path` that can be checked without its source: the envelope, the
/// database, the schema, every sync, every row of every sync against its message and against the rows it refers
/// to, and the statistics. The file is not touched.
///
/// Memory does not grow with the number of rows.
///
/// # Errors
/// [`ReadError`] when the file cannot be read as an artifact at all. A structure that SQLite finds damaged, missing
/// tables, and values of another type than their column are findings, and end the check early.
pub fn verify(path: &Path) -> Result<Report, ReadError> {
    verify_with(path, ReadOptions::default())
}

/// [`verify`], with a say in how the file is read.
///
/// # Errors
/// As for [`verify`].
pub fn verify_with(path: &Path, options: ReadOptions) -> Result<Report, ReadError> {
    let artifact = Artifact::unpack(path, options)?;
    artifact.need_indexes()?;
    let mut findings = Findings::default();
    let mut summary = Summary {
        file_bytes: artifact.file_bytes(),
        db_bytes: artifact.database_bytes(),
        ..Summary::default()
    };
    file::check(&artifact, &mut findings)?;
    let readable =
        file::check_structure(&artifact, &mut findings)? && schema::check(&artifact, &mut findings)?;
    if readable {
        match check_syncs(&artifact, &mut findings, &mut summary) {
            Err(ReadError::Database { source, .. }) if source.is_about_value() => {
                findings.add(Rule::Table, "database", source.to_string());
            }
            checked => checked?,
        }
    }
    Ok(Report {
        findings: findings.list,
        omitted: findings.omitted,
        summary,
    })
}

fn check_syncs(artifact: &Artifact, findings: &mut Findings, summary: &mut Summary) -> Result<(), ReadError> {
    let syncs = artifact.syncs()?;
    runs::check(&syncs, findings);
    references::check_owners(artifact, findings)?;
    let shown = artifact.latest_finished_full()?.or_else(|| syncs.last().cloned());
    for sync in &syncs {
        let counts = rows::check(artifact, sync, findings)?;
        references::check(artifact, sync, findings)?;
        stats::check(sync, &counts, findings);
        if shown.as_ref().is_some_and(|shown| shown.sync_id == sync.sync_id) {
            let (file_bytes, db_bytes) = (summary.file_bytes, summary.db_bytes);
            *summary = Summary {
                sync_id: sync.sync_id.clone(),
                syncs: syncs.len(),
                file_bytes,
                db_bytes,
                ..counts
            };
        }
    }
    Ok(())
}

/// Findings as they come.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    omitted: u64,
}

impl Findings {
    /// Records `detail()` about `subject` unless `sound`.
    fn need(&mut self, sound: bool, rule: Rule, subject: &str, detail: impl FnOnce() -> String) {
        if sound {
        } else if self.list.len() < MAX_FINDINGS {
            self.list.push(Finding {
                rule,
                subject: subject.to_owned(),
                detail: detail(),
            });
        } else {
            self.omitted += 1;
        }
    }

    fn add(&mut self, rule: Rule, subject: &str, detail: impl Into<String>) {
        self.need(false, rule, subject, || detail.into());
    }
}
