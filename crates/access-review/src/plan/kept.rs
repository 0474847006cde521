//! What is to stay, and what other rows of the same table would take of it.

use super::{Class, PlannedRow};
use crate::decisions::{Decisions, Verdict, about_grant, about_held};
use crate::error::ReviewError;
use crate::review::Review;
use connector_sdk::{ResourceKey, grant_id};
use std::collections::HashMap;
use std::path::Path;

impl Review {
    /// The numbers of a row by which something is to stay that is held only through others, and of one of those that take all of
    /// these: the memberships, or what their groups hold.
    pub(super) fn taken_though_kept(
        &self,
        decisions: &Decisions,
        rows: &[PlannedRow],
    ) -> Result<Option<(usize, usize)>, ReviewError> {
        let taken: HashMap<(&str, ResourceKey), usize> = rows
            .iter()
            .filter(|row| row.decision == Verdict::Revoke && row.class == Class::Ready)
            .filter_map(|row| {
                let (what, who) = row.entitlement.as_ref().zip(row.principal.as_ref())?;
                Some(((&*what.id, who.key()), row.row))
            })
            .collect();
        if taken.is_empty() {
            return Ok(None);
        }
        for kept in &decisions.to_stay {
            let Some(grant) = self.decided_grant(kept)?.filter(|grant| !grant.held.own) else {
                continue;
            };
            let mut last = None;
            for source in &grant.held.through {
                let group = self.entitlement(&source.entitlement_id)?;
                let group = group.as_ref().and_then(|group| {
                    ResourceKey::from_proto(group.message().resource.as_ref()?.id.as_ref()?)
                });
                let membership = taken.get(&(&*source.entitlement_id, grant.holder.clone()));
                let of_group = || taken.get(&(&*grant.entitlement_id, group?));
                last = membership.copied().or_else(|| of_group().copied());
                if last.is_none() {
                    break;
                }
            }
            if let Some(taken) = last {
                return Ok(Some((kept.row, taken)));
            }
        }
        Ok(None)
    }
}

/// A row says that something stays, and another one takes it.
pub(super) fn two_decisions(table: &Path, kept: usize, other: (usize, Verdict)) -> ReviewError {
    let mut two = [(kept, Verdict::Keep), other];
    two.sort();
    ReviewError::TwoDecisions {
        path: table.to_owned(),
        first: two[0].0,
        second: two[1].0,
        words: two.map(|(_, verdict)| verdict.word()),
    }
}

/// The row that decides that what this one changes stays, however it names that.
pub(super) fn kept_too(decisions: &Decisions, row: &PlannedRow) -> Option<usize> {
    if row.decision.is_about_account() {
        return None;
    }
    let (what, who) = (row.entitlement.as_ref()?, row.principal.as_ref()?.key());
    let joined = grant_id(&what.id, &who);
    let grants = row.grant_id.iter().chain([&joined]).map(|id| about_grant(id));
    let holders = [who.resource.clone(), who.to_string()];
    let mut names = grants.chain(holders.iter().map(|who| about_held(&what.id, who)));
    names.find_map(|name| decisions.kept_row(&name))
}
