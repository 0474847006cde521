//! What the artifact makes of each decision.

use super::kept::{kept_too, two_decisions};
use super::{Class, Membership, PlannedRow, What, Who};
use crate::decisions::{Decided, Decisions, Verdict, says};
use crate::error::ReviewError;
use crate::fold;
use crate::held::Held;
use crate::joined::{JoinedGrant, entitlement_shown};
use crate::list::Filter;
use crate::plain::plain;
use crate::review::Review;
use crate::subject::Subject;
use connector_proto::any;
use connector_proto::connector::v2;
use connector_sdk::{ResourceKey, grant_id};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// What would be lost beside is named up to here.
const NAMED: usize = 10;

/// How many hold an entitlement through each of its sources, by entitlement.
type Through = HashMap<String, BTreeMap<String, usize>>;

impl Review {
    /// What each row that asks for a change comes to, each change once, and how many rows say what another one says.
    pub(super) fn planned(
        &self,
        decisions: &Decisions,
        table: &Path,
    ) -> Result<(Vec<PlannedRow>, u64), ReviewError> {
        let mut rows = Vec::with_capacity(decisions.decided.len());
        let mut through = Through::new();
        let mut seen: HashMap<String, (usize, Verdict)> = HashMap::new();
        let mut duplicates = 0;
        for decided in &decisions.decided {
            let Some(verdict) = decided.verdict else { continue };
            let row = self.classified(decided, verdict, &mut through)?;
            // Rows may name one thing in several ways, so only here it shows what is said twice.
            if let Some(kept) = kept_too(decisions, &row) {
                return Err(two_decisions(table, kept, (row.row, verdict)));
            }
            match about(&row).and_then(|about| seen.insert(about, (row.row, verdict))) {
                None => rows.push(row),
                Some((_, earlier)) if earlier == verdict => duplicates += 1,
                Some((first, earlier)) => {
                    return Err(ReviewError::TwoDecisions {
                        path: table.to_owned(),
                        first,
                        second: row.row,
                        words: [earlier.word(), verdict.word()],
                    });
                }
            }
        }
        match self.taken_though_kept(decisions, &rows)? {
            Some((kept, taken)) => Err(two_decisions(table, kept, (taken, Verdict::Revoke))),
            None => Ok((rows, duplicates)),
        }
    }

    fn classified(
        &self,
        decided: &Decided,
        verdict: Verdict,
        through: &mut Through,
    ) -> Result<PlannedRow, ReviewError> {
        let grant = self.decided_grant(decided)?;
        let holder = match &grant {
            Some(grant) => Some(grant.holder.clone()),
            None => self.principal_by_id(&decided.principal_id)?,
        };
        let mut row = PlannedRow {
            row: decided.row,
            decision: verdict,
            class: Class::Ready,
            grant_id: grant.as_ref().map(|grant| grant.id.clone()),
            principal: holder.as_ref().map(|key| self.who(key)).transpose()?,
            entitlement: match &grant {
                Some(grant) => Some(What {
                    id: grant.entitlement_id.clone(),
                    name: grant.entitlement_shown().to_owned(),
                    on: grant.on_subject().shown().to_owned(),
                }),
                None => self.what(&decided.entitlement_id)?,
            },
            why: String::new(),
            memberships: Vec::new(),
            live: None,
        };
        if verdict.is_about_account() && grant.is_none() {
            // It is about the account alone.
            row.entitlement = None;
        }
        let found = match (verdict, &grant) {
            (Verdict::Grant | Verdict::Revoke, None)
                if row.principal.is_none() || row.entitlement.is_none() =>
            {
                Some(unknown(decided))
            }
            (Verdict::Suspend | Verdict::Restore, _) if row.principal.is_none() => Some(unknown(decided)),
            _ => None,
        };
        let found = match found {
            Some(found) => Some(found),
            None => match self.contradiction(decided, &row)? {
                Some(why) => Some((Class::Contradicted, why)),
                None => self.hindrance(decided, verdict, grant.as_ref(), &row)?,
            },
        };
        if let Some((class, why)) = found {
            (row.class, row.why) = (class, why);
        }
        if row.class == Class::ThroughGroup
            && let Some(grant) = &grant
        {
            row.memberships = self.memberships(grant, through)?;
        }
        Ok(row)
    }

    /// What stands in the way of a row that agrees with the artifact.
    fn hindrance(
        &self,
        decided: &Decided,
        verdict: Verdict,
        grant: Option<&JoinedGrant>,
        row: &PlannedRow,
    ) -> Result<Option<(Class, String)>, ReviewError> {
        match (verdict, grant) {
            (Verdict::Suspend | Verdict::Restore, _) => {
                let who = row.principal.as_ref();
                let is_account = who.is_some_and(|who| self.is_account_type(&who.resource_type));
                Ok((!is_account).then(|| (Class::Immutable, "it is not an account".to_owned())))
            }
            (Verdict::Grant, Some(grant)) if grant.held.own => {
                Ok(Some((Class::AlreadySo, "it is held directly".to_owned())))
            }
            (Verdict::Grant, _) => self.not_grantable(row),
            (_, Some(grant)) => self.not_revocable(decided, grant),
            // Only the vendor knows whether that is so.
            (_, None) => Ok(Some((Class::Gone, "the artifact does not have it".to_owned()))),
        }
    }

    fn not_revocable(
        &self,
        decided: &Decided,
        grant: &JoinedGrant,
    ) -> Result<Option<(Class, String)>, ReviewError> {
        let held = self.held_shown(&grant.held)?;
        if !decided.reason.is_empty()
            && !says(&decided.reason, &held)
            && words(&decided.reason) != words(&held)
        {
            let why = format!("it is held {held}, and the row says {:?}", decided.reason);
            return Ok(Some((Class::Changed, why)));
        }
        if !grant.held.own {
            return Ok(Some(match grant.held.through.as_slice() {
                [] => (
                    Class::Immutable,
                    "the vendor says that it is held, but not how".to_owned(),
                ),
                _ => (Class::ThroughGroup, format!("it is held only {held}")),
            }));
        }
        if let Some(entitlement) = &grant.entitlement
            && let Some(hindrance) = self.immutable(entitlement.message(), &grant.on)?
        {
            return Ok(Some(hindrance));
        }
        Ok(grant.held.immutable.then(|| {
            (
                Class::Immutable,
                "the artifact marks it as one that nobody can change".to_owned(),
            )
        }))
    }

    fn not_grantable(&self, row: &PlannedRow) -> Result<Option<(Class, String)>, ReviewError> {
        let (Some(what), Some(who)) = (&row.entitlement, &row.principal) else {
            return Ok(None);
        };
        let Some(known) = self.entitlement(&what.id)? else {
            return Ok(None);
        };
        let on = known.message().resource.as_ref().and_then(|on| on.id.as_ref());
        if let Some(on) = on.and_then(ResourceKey::from_proto)
            && let Some(hindrance) = self.immutable(known.message(), &on)?
        {
            return Ok(Some(hindrance));
        }
        let types: Vec<&str> = known
            .message()
            .grantable_to
            .iter()
            .map(|kind| &*kind.id)
            .collect();
        if types.contains(&&*who.resource_type) {
            return Ok(None);
        }
        let why = match types.as_slice() {
            [] => "it can be granted to nobody".to_owned(),
            types => format!(
                "it can be granted to {}, and not to {}",
                types.join(", "),
                who.resource_type
            ),
        };
        Ok(Some((Class::Immutable, why)))
    }

    /// Why nobody can change who holds an entitlement.
    fn immutable(
        &self,
        entitlement: &v2::Entitlement,
        on: &ResourceKey,
    ) -> Result<Option<(Class, String)>, ReviewError> {
        let known = self.resource(on)?;
        let of_another = |resource: &v2::Resource| resource.annotations.iter().any(any::is::<v2::BatonId>);
        if known.as_ref().is_some_and(|known| of_another(known.message())) {
            return Ok(Some((
                Class::Immutable,
                "it belongs to another system".to_owned(),
            )));
        }
        if !entitlement
            .annotations
            .iter()
            .any(any::is::<v2::EntitlementImmutable>)
        {
            return Ok(None);
        }
        let group = known.and_then(|known| any::pick::<v2::GroupTrait>(&known.message().annotations)?.ok());
        Ok(Some(match group.unwrap_or_default().group_source_type.as_str() {
            "directory_synced" => (
                Class::IdpSynced,
                "its group is synced from another directory, change it there".to_owned(),
            ),
            _ => (Class::Immutable, "nobody can change who holds it".to_owned()),
        }))
    }

    /// Where who and what a row names is not what its grant is about, in words.
    fn contradiction(&self, decided: &Decided, row: &PlannedRow) -> Result<Option<String>, ReviewError> {
        let differs = |what: &str, said: &str, is: &str| {
            Some(format!("the row says {what} {said:?}, and the artifact {is:?}"))
        };
        if let Some(who) = &row.principal {
            let subject = self.subject(&who.key())?;
            let names = [&*subject.name, subject.shown(), &*subject.login, subject.email()];
            let has =
                |cell: &str, names: &[&str]| cell.is_empty() || names.iter().any(|name| says(cell, name));
            let emails: Vec<&str> = subject.emails.iter().map(String::as_str).collect();
            if !decided.principal_id.is_empty()
                && decided.principal_id != who.id
                && decided.principal_id != who.key().to_string()
            {
                return Ok(differs("principal_id", &decided.principal_id, &who.id));
            }
            if !has(&decided.principal, &names) {
                return Ok(differs("principal", &decided.principal, subject.shown()));
            }
            if !has(&decided.email, &emails) && !says(&decided.email, &subject.login) {
                return Ok(differs("email", &decided.email, subject.email()));
            }
        }
        let Some(what) = &row.entitlement else {
            return Ok(None);
        };
        if !decided.entitlement_id.is_empty() && decided.entitlement_id != what.id {
            return Ok(differs("entitlement_id", &decided.entitlement_id, &what.id));
        }
        let slug = self
            .entitlement(&what.id)?
            .map(|known| known.message().slug.clone());
        let of = [
            format!("{} of {}", what.name, what.on),
            format!("{} on {}", what.name, what.on),
        ];
        let mut names = [Some(what.name.clone()), slug].into_iter().flatten().chain(of);
        if !decided.entitlement.is_empty() && !names.any(|name| says(&decided.entitlement, &name)) {
            return Ok(differs("entitlement", &decided.entitlement, &what.name));
        }
        if let (Some(who), false) = (&row.principal, decided.grant_id.is_empty())
            && matches!(row.decision, Verdict::Grant | Verdict::Revoke)
            && decided.grant_id != grant_id(&what.id, &who.key())
            && row.grant_id.as_ref() != Some(&decided.grant_id)
        {
            return Ok(Some("the row names a grant of something else".to_owned()));
        }
        Ok(None)
    }

    /// The grant that a row is about: by its id, else by who and what.
    pub(super) fn decided_grant(&self, decided: &Decided) -> Result<Option<JoinedGrant>, ReviewError> {
        if !decided.grant_id.is_empty() {
            let row = self.artifact().grant(&self.sync().sync_id, &decided.grant_id)?;
            return row.map(|row| JoinedGrant::of(self, row)).transpose();
        }
        if decided.entitlement_id.is_empty() {
            return Ok(None);
        }
        match self.principal_by_id(&decided.principal_id)? {
            Some(holder) => self.grant_if_held(&decided.entitlement_id, &holder),
            None => Ok(None),
        }
    }

    fn grant_if_held(
        &self,
        entitlement_id: &str,
        holder: &ResourceKey,
    ) -> Result<Option<JoinedGrant>, ReviewError> {
        match self.grant_of_both(entitlement_id, holder) {
            Err(ReviewError::NotHeld { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The principal with this id, which may stand behind its type. Of several accounts come first; of those there is one or none.
    fn principal_by_id(&self, id: &str) -> Result<Option<ResourceKey>, ReviewError> {
        if id.is_empty() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for kind in self.resource_types().map(|kind| &*kind.message().id) {
            let joined = id.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':'));
            for id in [Some(id), joined].into_iter().flatten() {
                let key = ResourceKey::new(kind, id);
                if self.resource(&key)?.is_some() {
                    found.push(key);
                }
            }
        }
        if found.len() > 1 {
            found.retain(|key| self.is_account_type(&key.resource_type));
        }
        Ok(match found.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        })
    }

    fn who(&self, key: &ResourceKey) -> Result<Who, ReviewError> {
        let subject = self.subject(key)?;
        Ok(Who {
            resource_type: key.resource_type.clone(),
            id: key.resource.clone(),
            name: subject.shown().to_owned(),
            email: subject.email().to_owned(),
        })
    }

    fn what(&self, entitlement_id: &str) -> Result<Option<What>, ReviewError> {
        let Some(known) = self.entitlement(entitlement_id)? else {
            return Ok(None);
        };
        let on = known.message().resource.as_ref().and_then(|on| on.id.as_ref());
        let on = on.and_then(ResourceKey::from_proto);
        let on = on.map(|on| self.subject(&on)).transpose()?;
        Ok(Some(What {
            id: entitlement_id.to_owned(),
            name: entitlement_shown(Some(&known), entitlement_id).to_owned(),
            on: on.as_ref().map(Subject::shown).unwrap_or_default().to_owned(),
        }))
    }

    /// The memberships of the holder itself through which a grant is held, each with what goes with it.
    fn memberships(
        &self,
        grant: &JoinedGrant,
        through: &mut Through,
    ) -> Result<Vec<Membership>, ReviewError> {
        let mut memberships = Vec::new();
        let mut looked_at = BTreeSet::new();
        let mut sources: Vec<(String, String)> = grant
            .held
            .through
            .iter()
            .map(|source| (source.entitlement_id.clone(), source.entitlement_id.clone()))
            .collect();
        // With each comes the source of the grant that it leads to, for groups may be in groups.
        while let Some((source, to)) = sources.pop() {
            if !looked_at.insert(source.clone()) {
                continue;
            }
            let Some(held) = self.grant_if_held(&source, &grant.holder)? else {
                continue;
            };
            if !held.held.own {
                let further = held.held.through.iter();
                sources.extend(further.map(|further| (further.entitlement_id.clone(), to.clone())));
                continue;
            }
            let others_through = self
                .held_through(&grant.entitlement_id, &to, through)?
                .saturating_sub(1);
            memberships.push(self.membership(held, grant, others_through)?);
        }
        memberships.sort_by(|a, b| (&a.group, &a.grant_id).cmp(&(&b.group, &b.grant_id)));
        Ok(memberships)
    }

    fn membership(
        &self,
        held: JoinedGrant,
        of: &JoinedGrant,
        others_through: usize,
    ) -> Result<Membership, ReviewError> {
        let is_changeable = match &held.entitlement {
            Some(entitlement) => self.immutable(entitlement.message(), &held.on)?.is_none(),
            None => true,
        } && !held.held.immutable;
        let (grant_id, group) = (held.id.clone(), held.on_subject().shown().to_owned());
        let effects = self.what_if_revoked(held)?.effects;
        let lost = effects.iter().filter(|effect| {
            effect.after.is_none()
                && effect.grant.holder == of.holder
                && effect.grant.id != grant_id
                && effect.grant.id != of.id
        });
        let mut also_lost: Vec<String> = lost
            .map(|effect| effect.grant.entitlement_shown().to_owned())
            .collect();
        let others: BTreeSet<&ResourceKey> = effects
            .iter()
            .map(|effect| &effect.grant.holder)
            .filter(|holder| **holder != of.holder)
            .collect();
        let also_lost_more = also_lost.len().saturating_sub(NAMED);
        also_lost.truncate(NAMED);
        Ok(Membership {
            grant_id,
            group,
            is_changeable,
            also_lost,
            also_lost_more,
            others_touched: others.len(),
            others_through,
        })
    }

    /// How many hold an entitlement through one of its sources.
    fn held_through(
        &self,
        entitlement_id: &str,
        source: &str,
        through: &mut Through,
    ) -> Result<usize, ReviewError> {
        if !through.contains_key(entitlement_id) {
            let mut counts = BTreeMap::new();
            let rows = self
                .artifact()
                .grants_of_entitlement(&self.sync().sync_id, entitlement_id);
            for row in rows {
                let held = Held::of(&row?.decode_checked()?, entitlement_id);
                for source in held.through {
                    *counts.entry(source.entitlement_id).or_default() += 1;
                }
            }
            through.insert(entitlement_id.to_owned(), counts);
        }
        let counts = through.get(entitlement_id);
        Ok(counts
            .and_then(|counts| counts.get(source))
            .copied()
            .unwrap_or_default())
    }

    /// Whether a row touches one of these accounts: it is about them, or they would lose something with it.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn touches(&self, row: &PlannedRow, accounts: &[ResourceKey]) -> Result<bool, ReviewError> {
        if accounts.is_empty() {
            return Ok(false);
        }
        let Some(who) = &row.principal else {
            return Ok(false);
        };
        if accounts.contains(&who.key()) {
            return Ok(true);
        }
        if row.decision != Verdict::Revoke || self.is_account_type(&who.resource_type) {
            return Ok(false);
        }
        let Some(grant_id) = &row.grant_id else {
            // What the artifact does not know reaches at least those who belong to its holder.
            for account in accounts {
                let filter = Filter {
                    resource: Some(who.key()),
                    principal: Some(account.clone()),
                    ..Filter::default()
                };
                if self.grants(&filter).next().transpose()?.is_some() {
                    return Ok(true);
                }
            }
            return Ok(false);
        };
        match self.what_if_revoked(self.grant_by_id(grant_id)?) {
            Ok(what_if) => Ok(what_if
                .effects
                .iter()
                .any(|effect| accounts.contains(&effect.grant.holder))),
            // It is not taken away either.
            Err(ReviewError::NotDirect { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The words of a reason: the groups in it may stand in any order.
fn words(reason: &str) -> Vec<String> {
    let reason = fold::same(&plain(reason));
    let mut words: Vec<String> = reason.split([' ', ',']).map(str::to_owned).collect();
    words.sort();
    words
}

/// What a row changes, in words that are equal for rows that change the same.
fn about(row: &PlannedRow) -> Option<String> {
    let who = row.principal.as_ref()?;
    match (&row.entitlement, row.decision.is_about_account()) {
        (_, true) => Some(format!("account {}", who.key())),
        (Some(what), false) => Some(format!("held {}\n{}", what.id, who.key())),
        (None, false) => None,
    }
}

fn unknown(decided: &Decided) -> (Class, String) {
    let what = [&decided.grant_id, &decided.entitlement_id, &decided.principal_id];
    let what = what.into_iter().find(|what| !what.is_empty());
    let what = what.map(String::as_str).unwrap_or_default();
    (Class::Unknown, format!("the artifact knows nothing of {what:?}"))
}
