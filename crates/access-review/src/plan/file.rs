//! The file that a plan is kept in.

use super::{BoundArtifact, BoundDecisions, Live, Place, Plan, PlannedRow, VERSION};
use crate::decisions::Decisions;
use crate::error::ReviewError;
use crate::review::Review;
use c1z_file::{logical, open_regular};
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::cmp::Ordering;
use std::io::Read as _;
use std::path::Path;

/// The largest plan that is read: what is made of the largest table of decisions is smaller.
const MOST: u64 = 1 << 30;

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
        let plan = Self {
            version: VERSION,
            id: String::new(),
            live: false,
            read_at: None,
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
        };
        plan.sealed()
    }

    /// The same with the live state of its rows, each by its place, as it was read by then.
    ///
    /// # Errors
    /// [`ReviewError::NoPlan`] where it has no JSON form.
    pub fn with_live(
        mut self,
        live: impl IntoIterator<Item = (usize, Live)>,
        read_at: Timestamp,
    ) -> Result<Self, ReviewError> {
        for (at, live) in live {
            if let Some(row) = self.rows.get_mut(at) {
                *row = row.clone().with_live(live);
            }
        }
        self.live = true;
        self.read_at = Some(read_at);
        self.sealed()
    }

    /// The same with its id. Where its files are found does not count.
    fn sealed(mut self) -> Result<Self, ReviewError> {
        let mut bound = self.clone();
        bound.id.clear();
        bound.decisions.path.clear();
        bound.artifact.path.clear();
        let text = serde_json::to_vec(&bound).map_err(|error| ReviewError::NoPlan {
            path: self.decisions.path.clone(),
            what: error.to_string(),
        })?;
        let digest = Sha256::digest(&text);
        self.id = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(self)
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// [`ReviewError::File`], [`ReviewError::NoPlan`]
    pub fn read(path: &Path) -> Result<Self, ReviewError> {
        let unreadable = |source| ReviewError::File {
            path: path.to_owned(),
            source,
        };
        let no_plan = |what: String| ReviewError::NoPlan {
            path: path.to_owned(),
            what,
        };
        let file = open_regular(path).map_err(unreadable)?;
        let file = file.ok_or_else(|| no_plan("it is not a regular file".to_owned()))?;
        let mut text = Vec::new();
        file.take(MOST + 1).read_to_end(&mut text).map_err(unreadable)?;
        if text.len() as u64 > MOST {
            return Err(no_plan("it is too large".to_owned()));
        }
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

    /// What another plan, made of the same decisions, is bound to that this one is not; in words that follow "it is of".
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
        // The same content, synced anew.
        .or_else(|| said("sync", &self.artifact.sync_id, &again.artifact.sync_id))
        .or_else(|| {
            said(
                "table of decisions",
                &self.decisions.sha256,
                &again.decisions.sha256,
            )
        })
    }

    /// What says something else than a plan without live state that was made of the same decisions and the same artifact:
    /// somebody wrote into the file.
    pub fn edited(&self, again: &Self) -> Option<String> {
        let expected = |kept: &PlannedRow, made: &PlannedRow| match &kept.live {
            Some(live) => made.clone().with_live(live.clone()),
            None => made.clone(),
        };
        let differs = |(kept, made): &(&PlannedRow, &PlannedRow)| {
            kept.live.is_some() != made.class.is_for_live() || **kept != expected(kept, made)
        };
        let differing = self.rows.iter().zip(&again.rows).find(differs);
        let (kept, made) = (self.rows.len(), again.rows.len());
        let lone = || match kept.cmp(&made) {
            Ordering::Less => again.rows.get(kept),
            Ordering::Greater => self.rows.get(made),
            Ordering::Equal => None,
        };
        if let Some(row) = differing.map(|(kept, _)| kept).or_else(lone) {
            return Some(format!("row {}", row.row));
        }
        // Files may be found elsewhere now.
        let decisions = BoundDecisions {
            path: self.decisions.path.clone(),
            ..again.decisions.clone()
        };
        let artifact = BoundArtifact {
            path: self.artifact.path.clone(),
            ..again.artifact.clone()
        };
        if self.decisions != decisions || self.artifact != artifact {
            return Some("the head".to_owned());
        }
        let is_whole = self.clone().sealed().is_ok_and(|sealed| sealed.id == self.id);
        (!is_whole).then(|| "the id".to_owned())
    }
}
