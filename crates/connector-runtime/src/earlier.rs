//! What the artifact that is replaced holds, and what of it stays.
//!
//! An artifact keeps the last few syncs, so that what a sync lost can still be looked up. Which ones is decided before the
//! first request, to refuse in time, and again only where somebody else replaced the artifact in between.

use crate::error::SyncError;
use crate::options::{Coverage, SyncOptions};
use crate::origin::{self, Origin, to_the_second};
use crate::report::SHRUNK;
use c1z_file::{
    Artifact, ArtifactWriter, StorageEngine, SyncCounts, SyncId, SyncInfo, SyncRun, SyncType, WriteError,
    WriterOptions, open_target,
};
use connector_proto::connector::v2;
use connector_sdk::{Notice, Tenant};
use std::collections::{BTreeMap, BTreeSet};

/// A database larger than this is not copied: with the new sync beside it the artifact could be too large to be read.
const MAX_COPIED_BYTES: u64 = 5 << 30;

/// The kind of the remarks about syncs that stay or go.
const REMARK: &str = "earlier_syncs";

/// The artifact that is replaced, with the syncs of it that stay.
#[derive(Debug)]
pub(crate) struct Earlier {
    artifact: Artifact,
    /// In the order of their rows, which is their age.
    syncs: Vec<(SyncInfo, Origin)>,
    /// The ids of those that stay.
    kept: BTreeSet<String>,
    /// The ids of those without which the new artifact must not be written.
    required: BTreeSet<String>,
    remarks: Vec<String>,
    /// How the new artifact stores its rows.
    storage_engine: StorageEngine,
}

impl Earlier {
    /// Looks at what is at the output; `None` where nothing is. With it comes the decision what stays of it.
    ///
    /// # Errors
    /// What must not be replaced: a foreign file, the artifact of another tenant, a full sync by a restricted one.
    pub(crate) fn read(
        options: &SyncOptions,
        tenant: Option<&Tenant>,
        coverage: &Coverage,
    ) -> Result<Option<Self>, SyncError> {
        let Some(artifact) = open_target(&options.output).map_err(SyncError::Target)? else {
            return Ok(None);
        };
        let tenant_type = tenant.map(|tenant| tenant.resource.resource_type.as_str());
        let read = || -> Result<_, c1z_file::ReadError> {
            let syncs = artifact.syncs()?.into_iter();
            syncs
                .map(|sync| Origin::read(&artifact, &sync, tenant_type).map(|origin| (sync, origin)))
                .collect()
        };
        let (syncs, unreadable): (Vec<(SyncInfo, Origin)>, _) = match read() {
            Ok(syncs) => (syncs, None),
            Err(error) if options.replace => (Vec::new(), Some(error)),
            Err(error) => return Err(SyncError::earlier(error)),
        };
        let foreign = tenant.and_then(|tenant| {
            let mut finished = syncs.iter().rev().filter(|(sync, _)| sync.ended_at.is_some());
            finished.find_map(|(_, origin)| origin.contradicts(tenant))
        });
        let mut earlier = Self {
            storage_engine: options
                .storage_engine
                .unwrap_or_else(|| artifact.storage_engine()),
            artifact,
            syncs,
            kept: BTreeSet::new(),
            required: BTreeSet::new(),
            remarks: Vec::new(),
        };
        if let Some(error) = unreadable {
            let text = format!("nothing is kept of the artifact that was replaced: {error}");
            earlier.remarks.push(text);
            return Ok(Some(earlier));
        }
        match (foreign, tenant) {
            (Some(_), Some(_)) if options.replace => {
                // Nor is anything compared with it.
                earlier.syncs.clear();
                let text = "nothing is kept of the artifact that was replaced: it was of another tenant";
                earlier.remarks.push(text.into());
            }
            (Some(found), Some(tenant)) => {
                return Err(SyncError::OtherTenant {
                    path: options.output.clone(),
                    found,
                    wanted: origin::shown(tenant),
                });
            }
            _ => earlier.choose(options, tenant, coverage)?,
        }
        Ok(Some(earlier))
    }

    /// How the new artifact stores its rows: as this one does, unless something else was asked for.
    pub(crate) fn storage_engine(&self) -> StorageEngine {
        self.storage_engine
    }

    /// Whether what is at the output is still what was read.
    pub(crate) fn is_current(&self) -> bool {
        self.artifact.is_current()
    }

    fn choose(
        &mut self,
        options: &SyncOptions,
        tenant: Option<&Tenant>,
        coverage: &Coverage,
    ) -> Result<(), SyncError> {
        let limit = options.keep_syncs.max(1) - 1;
        let unfinished = self.syncs.iter().filter(|(s, _)| s.ended_at.is_none()).count();
        if unfinished > 0 {
            self.remarks.push(format!(
                "{unfinished} unfinished sync(s) in the artifact that was replaced were dropped"
            ));
        }
        let is_ours = |origin: &Origin| tenant.is_none() || origin.tenant().is_some();
        let must_stay = match coverage.partial() {
            Some(part) => self.not_to_be_lost(options, part, &is_ours)?,
            None => BTreeSet::new(),
        };
        if let Err(reason) = self.can_be_copied() {
            self.keeps_nothing(&reason);
            return Ok(());
        }
        let is_full = |sync: &SyncInfo| !is_listed_apart(&sync.sync_type);
        let finished = || self.syncs.iter().filter(|(sync, _)| sync.ended_at.is_some());
        let full: Vec<&SyncInfo> = finished()
            .filter(|(sync, origin)| is_full(sync) && is_ours(origin))
            .map(|(sync, _)| sync)
            .collect();
        let unknown = finished()
            .filter(|(sync, origin)| is_full(sync) && !is_ours(origin))
            .count();
        // What must stay takes the places of others.
        let others = full
            .iter()
            .filter(|sync| !must_stay.contains(&sync.sync_id))
            .count();
        let mut dropped = others.saturating_sub(limit.saturating_sub(must_stay.len()));
        let kept: Vec<&SyncInfo> = full
            .iter()
            .copied()
            .filter(|sync| {
                let goes = dropped > 0 && !must_stay.contains(&sync.sync_id);
                dropped -= usize::from(goes);
                !goes
            })
            .collect();
        let overflow = kept.len() < full.len() + unknown;
        let earliest = kept.first().map(|sync| sync.started_at.as_str());
        let pairs: Vec<&SyncInfo> = finished()
            .map(|(s, _)| s)
            .filter(|s| is_pair(&s.sync_type))
            .collect();
        let newest_pair = pairs.last().copied();
        let stays = |sync: &SyncInfo| match &sync.sync_type {
            kind if is_pair(kind) => {
                pairs.len() <= 2
                    || newest_pair.is_some_and(|newest| {
                        sync.sync_id == newest.sync_id || sync.sync_id == newest.linked_sync_id
                    })
            }
            SyncType::Partial | SyncType::ResourcesOnly => {
                !overflow || earliest.is_some_and(|earliest| sync.ended_at.as_deref() >= Some(earliest))
            }
            _ => false,
        };
        let ids: BTreeSet<String> = kept
            .into_iter()
            .chain(finished().map(|(sync, _)| sync).filter(|sync| stays(sync)))
            .map(|sync| sync.sync_id.clone())
            .collect();
        self.kept = ids;
        self.required = must_stay;
        if unknown > 0 {
            self.remarks.push(format!(
                "{unknown} sync(s) in the artifact that was replaced were dropped: they do not say which tenant they are of"
            ));
        }
        // What does not say which tenant it is of is no measure for one.
        if tenant.is_some() {
            self.syncs
                .retain(|(sync, origin)| is_listed_apart(&sync.sync_type) || origin.tenant().is_some());
        }
        Ok(())
    }

    /// The full syncs that one of a part must not displace: the latest, and the largest where the latest says that it lost
    /// rows. That they can be kept is tried here, by the code that will copy them.
    fn not_to_be_lost(
        &mut self,
        options: &SyncOptions,
        part: &str,
        is_ours: &dyn Fn(&Origin) -> bool,
    ) -> Result<BTreeSet<String>, SyncError> {
        let Some((latest, origin)) = self
            .syncs
            .iter()
            .rev()
            .find(|(sync, origin)| is_whole(sync, origin))
        else {
            return Ok(BTreeSet::new());
        };
        let mut needed = vec![latest.clone()];
        if origin.lost_rows
            && let Some((largest, _)) = self.largest()?.filter(|(sync, _)| sync != latest)
        {
            needed.push(largest);
        }
        let kept = if options.keep_syncs <= 1 {
            Err("nothing is to be kept".to_owned())
        } else if !is_ours(origin) {
            Err("that one does not say which tenant it is of".to_owned())
        } else {
            self.can_be_kept(options, &needed)?
        };
        match kept {
            Ok(()) => {
                self.remarks.push(format!(
                    "the artifact keeps the full sync that ended at {}; this one is of {part}",
                    ended_at(latest)
                ));
                Ok(needed.into_iter().map(|sync| sync.sync_id).collect())
            }
            Err(_) if options.replace => Ok(BTreeSet::new()),
            Err(why) => Err(would_lose(
                options,
                latest,
                &format!("this one is of a part only, and {why}"),
            )),
        }
    }

    /// Tries whether these syncs can be part of the new artifact; the inner error says why not.
    fn can_be_kept(
        &self,
        options: &SyncOptions,
        syncs: &[SyncInfo],
    ) -> Result<Result<(), String>, SyncError> {
        if let Err(reason) = self.can_be_copied() {
            return Ok(Err(reason));
        }
        let now = options.clock.now();
        let id = SyncId::new(now, [0; 16])
            .map_err(|error| SyncError::Engine(format!("no sync id can be made: {error}")))?;
        let run = SyncRun::new(id, now, SyncType::Full);
        let trial = || {
            let mut writer = ArtifactWriter::create(&options.output, WriterOptions::new(run))?;
            for sync in syncs {
                writer.must_keep(&self.artifact, sync)?;
            }
            writer.try_kept().map(drop)
        };
        match trial() {
            Ok(()) => Ok(Ok(())),
            Err(WriteError::NotKept(lost)) => Ok(Err(lost.to_string())),
            Err(error) => Err(SyncError::Artifact(error)),
        }
    }

    fn keeps_nothing(&mut self, reason: &str) {
        self.remarks.push(format!(
            "nothing is kept of the artifact that was replaced: {reason}"
        ));
    }

    fn can_be_copied(&self) -> Result<(), String> {
        if self.storage_engine == StorageEngine::Pebble {
            return Err("an artifact of the storage engine pebble holds one sync".to_owned());
        }
        self.artifact.check_schema().map_err(|error| error.to_string())?;
        let bytes = self.artifact.database_bytes();
        if bytes > MAX_COPIED_BYTES {
            return Err(format!("it unpacks to {bytes} bytes"));
        }
        Ok(())
    }

    /// The syncs that stay, oldest first.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &SyncInfo> {
        let syncs = self.syncs.iter().map(|(sync, _)| sync);
        syncs.filter(|sync| self.kept.contains(&sync.sync_id))
    }

    /// The latest full sync that stays: what a sync of single resources is a part of.
    pub(crate) fn latest_full(&self) -> Option<SyncId> {
        let whole = |(sync, origin): &&(SyncInfo, Origin)| {
            is_whole(sync, origin) && self.kept.contains(&sync.sync_id)
        };
        let (sync, _) = self.syncs.iter().rev().find(whole)?;
        sync.sync_id.parse().ok()
    }

    /// Copies the syncs that stay into the artifact that is written.
    pub(crate) fn copy_to(&self, out: &mut ArtifactWriter) -> Result<(), WriteError> {
        self.kept().try_for_each(|sync| {
            if self.required.contains(&sync.sync_id) {
                out.must_keep(&self.artifact, sync)
            } else {
                out.keep(&self.artifact, sync)
            }
        })
    }

    /// Why the artifact was not written.
    pub(crate) fn failed(&self, options: &SyncOptions, error: WriteError) -> SyncError {
        let lost = match &error {
            WriteError::NotKept(lost) => self.kept().find(|sync| sync.sync_id == lost.sync_id),
            _ => None,
        };
        match lost {
            Some(sync) => would_lose(options, sync, &error.to_string()),
            None => SyncError::Artifact(error),
        }
    }

    /// What a person should know about what stays and what goes.
    pub(crate) fn remarks(&self) -> impl Iterator<Item = Notice> {
        self.remarks.iter().map(|text| Notice::remark(REMARK, text))
    }

    /// Compares a new full sync with the largest one before it. Where it is far smaller that one stays in the artifact until
    /// somebody allows it, and each loss is a gap.
    ///
    /// # Errors
    /// Where that one cannot stay, the new artifact must not be written.
    pub(crate) fn compare(&mut self, now: &Now<'_>, options: &SyncOptions) -> Result<Vec<Notice>, SyncError> {
        let Some((sync, before)) = self.largest()? else {
            return Ok(Vec::new());
        };
        let ended_at = ended_at(&sync);
        let lost: Vec<Notice> = now
            .losses(&before)
            .into_iter()
            .map(|(what, now, before)| {
                Notice::gap(
                    SHRUNK,
                    what,
                    format!("{now} now, {before} in the sync that ended at {ended_at}"),
                )
            })
            .collect();
        if lost.is_empty() || options.allow_shrunk {
            return Ok(lost);
        }
        match self.can_be_copied() {
            Ok(()) => {
                self.kept.insert(sync.sync_id.clone());
                if !options.replace {
                    self.required.insert(sync.sync_id);
                }
            }
            Err(_) if options.replace => {}
            Err(reason) => {
                let why = format!(
                    "this one has far fewer rows, and of that artifact nothing can be kept: {reason}"
                );
                return Err(would_lose(options, &sync, &why));
            }
        }
        Ok(lost)
    }

    /// The full sync with the most rows. What was before a loss that somebody allowed is no measure any more.
    fn largest(&self) -> Result<Option<(SyncInfo, SyncCounts)>, SyncError> {
        let from = self.syncs.iter().rposition(|(_, origin)| origin.shrink_allowed);
        let mut largest: Option<(&SyncInfo, SyncCounts)> = None;
        for (sync, origin) in &self.syncs[from.unwrap_or_default()..] {
            if !is_whole(sync, origin) {
                continue;
            }
            let counts = self.artifact.counts(&sync.sync_id).map_err(SyncError::earlier)?;
            if largest
                .as_ref()
                .is_none_or(|(_, known)| counts.rows() >= known.rows())
            {
                largest = Some((sync, counts));
            }
        }
        Ok(largest.map(|(sync, counts)| (sync.clone(), counts)))
    }
}

/// What a new sync found.
pub(crate) struct Now<'a> {
    pub(crate) types: &'a [v2::ResourceType],
    pub(crate) resources: &'a BTreeMap<String, u64>,
    pub(crate) grants: u64,
}

impl Now<'_> {
    /// What is far less than before: its name, how many there are now, and how many there were.
    fn losses(&self, before: &SyncCounts) -> Vec<(String, u64, u64)> {
        use v2::resource_type::Trait;
        let old = |id: &str| before.resources.get(id).copied().unwrap_or_default();
        let new = |id: &str| self.resources.get(id).copied().unwrap_or_default();
        let with = |kind: Trait| {
            let of_kind = self
                .types
                .iter()
                .filter(move |t| t.traits.contains(&i32::from(kind)));
            of_kind.fold((0, 0), |(n, o), t| (n + new(&t.id), o + old(&t.id)))
        };
        let (accounts, groups) = (with(Trait::User), with(Trait::Group));
        let mut losses: Vec<(String, u64, u64)> = [
            ("accounts", accounts),
            ("groups", groups),
            ("grants", (self.grants, before.grants)),
        ]
        .into_iter()
        .filter(|(_, (new, old))| is_far_less(*new, *old))
        .map(|(what, (new, old))| (what.to_owned(), new, old))
        .collect();
        for resource_type in self.types {
            let (new, old) = (new(&resource_type.id), old(&resource_type.id));
            if new == 0 && old > 0 {
                losses.push((format!("resources of type {}", resource_type.id), new, old));
            }
        }
        losses
    }
}

/// Fewer than 80 %.
fn is_far_less(new: u64, old: u64) -> bool {
    u128::from(new) * 100 < u128::from(old) * 80
}

fn ended_at(sync: &SyncInfo) -> String {
    to_the_second(sync.ended_at.as_deref().unwrap_or_default())
}

fn would_lose(options: &SyncOptions, sync: &SyncInfo, why: &str) -> SyncError {
    SyncError::WouldLoseFull {
        path: options.output.clone(),
        ended_at: ended_at(sync),
        why: why.to_owned(),
    }
}

fn is_whole(sync: &SyncInfo, origin: &Origin) -> bool {
    !is_listed_apart(&sync.sync_type) && sync.ended_at.is_some() && !origin.is_restricted
}

/// Whether a sync of this type has rules of its own. One of an unknown type counts as full.
fn is_listed_apart(kind: &SyncType) -> bool {
    is_pair(kind) || matches!(kind, SyncType::Partial | SyncType::ResourcesOnly)
}

fn is_pair(kind: &SyncType) -> bool {
    matches!(kind, SyncType::PartialUpserts | SyncType::PartialDeletions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_may_go_and_no_more() {
        assert!(!is_far_less(80, 100));
        assert!(is_far_less(79, 100));
        assert!(!is_far_less(0, 0));
        assert!(is_far_less(0, 1));
        assert!(!is_far_less(u64::MAX, u64::MAX));
        assert!(!is_far_less(4, 5));
    }
}
