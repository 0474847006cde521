//! The file that a plan is kept in.

use super::{BoundArtifact, BoundDecisions, Place, Plan, PlannedRow, VERSION};
use crate::decisions::Decisions;
use crate::error::ReviewError;
use crate::review::Review;
use c1z_file::logical;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;

impl Plan {
    /// The plan of decisions about the sync of a review, both named by where they are: without the live state.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn of(
        review: &Review,
        artifact: &Path,
        decisions: &Decisions,
        table: &Path,
        place: Place,
    ) -> Result<Self, ReviewError> {
        let sync = review.sync();
        let digest = logical::digest(review.artifact(), &sync.sync_id)?.to_string();
        let (rows, more) = review.planned(decisions, table)?;
        Ok(Self {
            version: VERSION,
            id: id(&[
                &decisions.sha256,
                &digest,
                place.organization.as_deref().unwrap_or_default(),
                place.address.as_deref().unwrap_or_default(),
                if place.demo { "demo" } else { "" },
            ]),
            live: false,
            decisions: BoundDecisions {
                path: table.to_owned(),
                sha256: decisions.sha256.clone(),
                kept: decisions.kept,
                undecided: decisions.undecided,
                duplicates: decisions.duplicates + more,
                unknown_columns: decisions.unknown_columns.clone(),
            },
            artifact: BoundArtifact {
                path: artifact.to_owned(),
                sync_id: sync.sync_id.clone(),
                ended_at: sync.ended_at.clone().unwrap_or_default(),
                digest,
            },
            place,
            rows,
        })
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// [`ReviewError::File`], [`ReviewError::NoPlan`]
    pub fn read(path: &Path) -> Result<Self, ReviewError> {
        let text = fs::read(path).map_err(|source| ReviewError::File {
            path: path.to_owned(),
            source,
        })?;
        let no_plan = |what: String| ReviewError::NoPlan {
            path: path.to_owned(),
            what,
        };
        let value: Value = serde_json::from_slice(&text).map_err(|_| no_plan("it is not JSON".to_owned()))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(no_plan(format!("it is of version {version}, and not {VERSION}"))),
            None => return Err(no_plan("it does not say its version".to_owned())),
        }
        serde_json::from_value(value).map_err(|error| no_plan(error.to_string()))
    }

    /// The plan as it is kept.
    ///
    /// # Errors
    /// [`ReviewError::NoPlan`] where it has no JSON form.
    pub fn to_json(&self, path: &Path) -> Result<String, ReviewError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| ReviewError::NoPlan {
            path: path.to_owned(),
            what: error.to_string(),
        })?;
        Ok(text + "\n")
    }

    /// What another plan, replaced of the same decisions, is bound to that this one is not; in words that follow "it is of".
    pub fn other_than(&self, again: &Self) -> Option<String> {
        let said = |what: &str, one: &str, other: &str| {
            (one != other).then(|| format!("another {what} ({one:?}, and not {other:?})"))
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        said(
            "organization",
            &text(&self.place.organization),
            &text(&again.place.organization),
        )
        .or_else(|| said("address", &text(&self.place.address), &text(&again.place.address)))
        .or_else(|| {
            let kind = |demo| {
                if demo {
                    "a simulation"
                } else {
                    "the real organization"
                }
            };
            (self.place.demo != again.place.demo).then(|| kind(self.place.demo).to_owned())
        })
        .or_else(|| said("artifact", &self.artifact.digest, &again.artifact.digest))
        .or_else(|| {
            said(
                "table of decisions",
                &self.decisions.sha256,
                &again.decisions.sha256,
            )
        })
    }

    /// The first row that says something else than one that was replaced of the same decisions and the same artifact, by its
    /// number: somebody wrote into the file.
    pub fn edited(&self, again: &Self) -> Option<usize> {
        let offline = |row: &PlannedRow| PlannedRow {
            // What the live state made of it comes and goes.
            class: if row.live.is_some() {
                super::Class::Ready
            } else {
                row.class
            },
            why: if row.live.is_some() {
                String::new()
            } else {
                row.why.clone()
            },
            live: None,
            ..row.clone()
        };
        let (kept, made) = (self.rows.len(), again.rows.len());
        let differs = self
            .rows
            .iter()
            .zip(&again.rows)
            .find(|(kept, made)| offline(kept) != offline(made));
        let lone = || match kept.cmp(&made) {
            std::cmp::Ordering::Less => again.rows.get(kept),
            std::cmp::Ordering::Greater => self.rows.get(made),
            std::cmp::Ordering::Equal => None,
        };
        if let Some((row, _)) = differs {
            return Some(row.row);
        }
        lone().map(|row| row.row)
    }
}

fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
