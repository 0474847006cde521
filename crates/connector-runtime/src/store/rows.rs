//! Staging the rows of a page: numbering what they name, leaving out what a better row has said.

use super::Staging;
use super::described::Described;
use super::entitlements::Entitlements;
use super::notices::put_notice;
use super::numbers::{Known, ResourceNumber};
use super::page::{Grant, StagedPage, Statement};
use super::work::{CallKind, Owner};
use crate::error::SyncError;
use connector_proto::connector::v2;
use connector_sdk::{FollowUp, Notice, NoticeClass, Plan, ResourceKey, Standing, SyncContext};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// What the writer remembers of the staged rows: numbers of what repeats, and the best standing of every resource.
pub(crate) struct Staged {
    cx: SyncContext,
    plans: HashMap<String, Plan>,
    pub(super) children: HashMap<String, Vec<String>>,
    /// By number; numbers begin at 1.
    types: Vec<String>,
    pub(super) resources: Arc<Described>,
    entitlements: Entitlements,
    facts: Numbered<connector_sdk::Facts>,
    expandables: Numbered<connector_sdk::Expandable>,
    /// Whether the sync is of single resources.
    pub(super) of_targets: bool,
}

/// What staging a page made possible.
#[derive(Default)]
pub(super) struct Possible {
    /// Calls about a resource, by its type.
    pub(super) calls: Vec<(String, u64)>,
    /// Listings of children: their type and the parent.
    pub(super) lists: Vec<(String, ResourceNumber)>,
    /// Listed resources by type.
    pub(super) listed: Vec<(String, u64)>,
}

/// Why a page could not be staged.
pub(super) enum Failure {
    Db(rusqlite::Error),
    Sync(SyncError),
}

pub(super) type Result<T> = std::result::Result<T, Failure>;

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error)
    }
}

/// The numbers of what a page names, found when the first row needs them.
struct Resolved<'a> {
    page: &'a StagedPage,
    keys: Vec<Option<ResourceNumber>>,
    named: Vec<Option<i64>>,
    facts: Vec<Option<i64>>,
    expandables: Vec<Option<i64>>,
}

impl<'a> Resolved<'a> {
    fn new(page: &'a StagedPage) -> Self {
        Self {
            page,
            keys: vec![None; page.keys.len()],
            named: vec![None; page.named.len()],
            facts: vec![None; page.facts.len()],
            expandables: vec![None; page.expandables.len()],
        }
    }
}

impl Staged {
    /// Reads back what an earlier process staged.
    pub(crate) fn load(
        staging: &Staging,
        cx: SyncContext,
        types: &[v2::ResourceType],
        plans: HashMap<String, Plan>,
        resources: Arc<Described>,
    ) -> std::result::Result<Self, SyncError> {
        Self::recall(&staging.db, cx, types, plans, resources)
            .map_err(|source| SyncError::staging(&staging.path, source))
    }

    fn recall(
        db: &Connection,
        cx: SyncContext,
        types: &[v2::ResourceType],
        plans: HashMap<String, Plan>,
        resources: Arc<Described>,
    ) -> rusqlite::Result<Self> {
        for resource_type in types {
            db.execute(
                "insert or ignore into types (id) values (?1)",
                [&resource_type.id],
            )?;
        }
        let mut children: HashMap<String, Vec<String>> = HashMap::new();
        for resource_type in types {
            let parent = plans.get(&resource_type.id).and_then(|p| p.child_of.as_ref());
            if let Some(parent) = parent.filter(|p| cx.wants(p)) {
                children
                    .entry(parent.clone())
                    .or_default()
                    .push(resource_type.id.clone());
            }
        }
        let types = db
            .prepare("select id from types order by tid")?
            .query_map([], |r| r.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()?;
        resources.recall(db, &types)?;
        Ok(Self {
            cx,
            plans,
            children,
            types,
            resources,
            entitlements: Entitlements::recall(db)?,
            facts: Numbered::recall(db, "facts")?,
            expandables: Numbered::recall(db, "expandables")?,
            of_targets: false,
        })
    }

    /// The same, for a sync of single resources.
    pub(crate) fn of_targets(self, of_targets: bool) -> Self {
        Self { of_targets, ..self }
    }

    /// Stages every row of a page. The transaction around it is the caller's.
    pub(super) fn stage(&mut self, db: &Connection, owner: Owner, page: &StagedPage) -> Result<Possible> {
        let mut possible = Possible::default();
        let mut resolved = Resolved::new(page);
        for row in &page.statements {
            self.statement(db, owner, row, &mut resolved, &mut possible)?;
        }
        if self.cx.wants_access() {
            for (of, row) in &page.entitlements {
                if self.cx.wants(&row.resource.resource_type) {
                    let eid = self.entitlement_number(db, *of, &mut resolved)?;
                    self.entitlements.state(db, eid, row)?;
                }
            }
            for row in &page.grants {
                self.grant(db, owner, *row, &mut resolved)?;
            }
        }
        for notice in &page.notices {
            put_notice(db, notice)?;
        }
        Ok(possible)
    }

    /// Notes that the effective access of a principal could not be read.
    pub(super) fn unread(&self, db: &Connection, key: &ResourceKey) -> Result<()> {
        let rid = self.resource_number(db, key, || format!("resource {key}"))?;
        db.prepare_cached("insert or ignore into unread (rid) values (?1)")?
            .execute([rid])?;
        Ok(())
    }

    /// Notes that a resource was deleted since it was listed.
    pub(super) fn gone(&self, db: &Connection, key: &ResourceKey) -> Result<()> {
        let rid = self.resource_number(db, key, || format!("resource {key}"))?;
        db.prepare_cached("insert or ignore into gone (rid) values (?1)")?
            .execute([rid])?;
        Ok(())
    }

    /// Takes back what attempts of a call before this one stated and it did not.
    pub(super) fn replace(&self, db: &Connection, owner: Owner) -> Result<()> {
        let earlier = params![owner.call, owner.attempt];
        db.execute("delete from grants where call = ?1 and attempt < ?2", earlier)?;
        let forgotten: Vec<ResourceNumber> = db
            .prepare("delete from statements where call = ?1 and attempt < ?2 returning rid")?
            .query_map(earlier, |r| r.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for rid in forgotten {
            self.resources.recall_one(db, rid)?;
        }
        Ok(())
    }

    fn statement(
        &self,
        db: &Connection,
        owner: Owner,
        row: &Statement,
        resolved: &mut Resolved<'_>,
        possible: &mut Possible,
    ) -> Result<()> {
        let key = &resolved.page.keys[row.of as usize];
        if !self.cx.wants(&key.resource_type) {
            return Ok(());
        }
        let rid = self.place(db, row.of, resolved, || format!("resource {key}"))?;
        let (before, rank) = (self.resources.known(rid), row.rank);
        let of_listing = rank <= Standing::Supplement.rank();
        // Many calls make the same guesses, so these belong to nobody and stay.
        let owner = if of_listing { owner } else { Owner::NOBODY };
        // A guess is never looked at beside a better row; a supplement is, because it completes it.
        if before.rank < rank && !of_listing {
            return Ok(());
        }
        if (before.rank, before.body, before.owner) == (rank, row.hash, owner) {
            return Ok(());
        }
        // Of a supplement beside a listed row only the file knows whether there was another one.
        if before.rank <= rank && of_listing && differs(db, rid, owner, row)? {
            note_listed_twice(db, key.to_string())?;
        }
        db.prepare_cached(
            "insert into statements (rid, rank, call, attempt, body, follow_up) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (rid, rank, call) do update set
                 body = excluded.body, follow_up = excluded.follow_up, attempt = excluded.attempt
             where attempt < excluded.attempt or body > excluded.body",
        )?
        .execute(params![rid, rank, owner.call, owner.attempt, row.body, row.follow_up.as_ref().map(FollowUp::as_str)])?;
        let mut after = before;
        if rank <= before.rank {
            after = Known {
                rank,
                body: row.hash,
                owner,
                ..before
            };
        }
        if after.is_listed() && !after.called_as_listed {
            after.called_as_listed = true;
            self.schedule(db, key, rid, possible)?;
        }
        if after != before {
            self.resources.set(rid, after);
        }
        Ok(())
    }

    fn schedule(
        &self,
        db: &Connection,
        key: &ResourceKey,
        rid: ResourceNumber,
        possible: &mut Possible,
    ) -> Result<()> {
        let resource_type = &key.resource_type;
        for kind in self.calls_of(resource_type) {
            self.add_call(db, kind, resource_type, Some(rid), true, "")?;
            add(&mut possible.calls, resource_type, 1);
        }
        for child in self.children.get(resource_type).into_iter().flatten() {
            possible.lists.push((child.clone(), rid));
        }
        add(&mut possible.listed, resource_type, 1);
        Ok(())
    }

    /// Adds a call to the work that is to be done; returns its row.
    pub(super) fn add_call(
        &self,
        db: &Connection,
        kind: CallKind,
        resource_type: &str,
        about: Option<ResourceNumber>,
        listed: bool,
        first: &str,
    ) -> Result<i64> {
        let tid = self.type_number(resource_type, || format!("{kind:?} of it"))?;
        db.prepare_cached(
            "insert into work (kind, tid, rid, listed, first, token) values (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute(params![kind.number(), tid, about, listed, first])?;
        Ok(db.last_insert_rowid())
    }

    /// The calls worth making about a resource of this type.
    pub(super) fn calls_of(&self, resource_type: &str) -> impl Iterator<Item = CallKind> + use<> {
        let plan = self.plans.get(resource_type).filter(|_| self.cx.wants_access());
        let entitlements = plan.is_some_and(|p| p.entitlements);
        let grants = plan.is_some_and(|p| p.grants);
        let entitlements = entitlements.then_some(CallKind::Entitlements);
        [entitlements, grants.then_some(CallKind::Grants)]
            .into_iter()
            .flatten()
    }

    fn grant(
        &mut self,
        db: &Connection,
        owner: Owner,
        row: Grant,
        resolved: &mut Resolved<'_>,
    ) -> Result<()> {
        let page = resolved.page;
        let (on, slug) = &page.named[row.on as usize];
        let (on, to) = (&page.keys[*on as usize], &page.keys[row.to as usize]);
        let (on_type, to_type) = (&on.resource_type, &to.resource_type);
        if !self.cx.wants_grants(on_type, to_type) {
            let remark = Notice {
                class: NoticeClass::Remark,
                kind: "left_out_by_type".into(),
                subject: format!("{to_type} on {on_type}"),
                detail: format!(
                    "grants on resources of type {on_type} to principals of type {to_type} are left out, because not both types were asked for"
                ),
            };
            return Ok(put_notice(db, &remark)?);
        }
        let id = || connector_sdk::entitlement_id(on, slug);
        if to.resource.is_empty() {
            let what = format!("a grant on {} without a principal", id());
            return Err(Failure::Sync(SyncError::BadRow(what)));
        }
        let eid = self.entitlement_number(db, row.on, resolved)?;
        let rid = self.place(db, row.to, resolved, || format!("grant of {} to {to}", id()))?;
        let fid = number_of(db, row.facts, &page.facts, &mut resolved.facts, &mut self.facts)?;
        let known = &mut self.expandables;
        let xid = number_of(
            db,
            row.expandable,
            &page.expandables,
            &mut resolved.expandables,
            known,
        )?;
        db.prepare_cached(
            "insert into grants (eid, rid, flags, fid, xid, call, attempt) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![eid, rid, row.flags, fid, xid, owner.call, owner.attempt])?;
        Ok(())
    }

    fn entitlement_number(&mut self, db: &Connection, at: u32, resolved: &mut Resolved<'_>) -> Result<i64> {
        if let Some(eid) = resolved.named[at as usize] {
            return Ok(eid);
        }
        let (on, slug) = &resolved.page.named[at as usize];
        let key = &resolved.page.keys[*on as usize];
        let id = || connector_sdk::entitlement_id(key, slug);
        if key.resource.is_empty() || slug.is_empty() {
            let what = format!("an entitlement with an empty part in its id {:?}", id());
            return Err(Failure::Sync(SyncError::BadRow(what)));
        }
        let rid = self.place(db, *on, resolved, || format!("entitlement {}", id()))?;
        let eid = self.entitlements.number(db, rid, key, slug)?;
        resolved.named[at as usize] = Some(eid);
        Ok(eid)
    }

    fn place(
        &self,
        db: &Connection,
        at: u32,
        resolved: &mut Resolved<'_>,
        what: impl FnOnce() -> String,
    ) -> Result<ResourceNumber> {
        if let Some(rid) = resolved.keys[at as usize] {
            return Ok(rid);
        }
        let rid = self.resource_number(db, &resolved.page.keys[at as usize], what)?;
        resolved.keys[at as usize] = Some(rid);
        Ok(rid)
    }

    fn resource_number(
        &self,
        db: &Connection,
        key: &ResourceKey,
        what: impl FnOnce() -> String,
    ) -> Result<ResourceNumber> {
        let tid = self.type_number(&key.resource_type, what)?;
        let (rid, is_new) = self.resources.number(key);
        if is_new {
            db.prepare_cached("insert into resources (rid, tid, id) values (?1, ?2, ?3)")?
                .execute(params![rid, tid, key.resource])?;
        }
        Ok(rid)
    }

    /// The number of a type that is synced. A row of another one would have no place in the artifact.
    pub(super) fn type_number(&self, id: &str, what: impl FnOnce() -> String) -> Result<i64> {
        let at = self.types.iter().position(|t| t == id);
        at.and_then(|at| i64::try_from(at + 1).ok()).ok_or_else(|| {
            let message = format!("{}: there is no resource type {id:?}", what());
            Failure::Sync(SyncError::BadRow(message))
        })
    }

    pub(super) fn type_name(&self, tid: i64) -> &str {
        let at = usize::try_from(tid).ok().and_then(|tid| tid.checked_sub(1));
        at.and_then(|at| self.types.get(at)).map_or("", String::as_str)
    }
}

/// Values that are kept once each, by number.
struct Numbered<T> {
    table: &'static str,
    known: HashMap<T, i64>,
}

impl<T: Serialize + DeserializeOwned + Hash + Eq + Clone> Numbered<T> {
    fn recall(db: &Connection, table: &'static str) -> rusqlite::Result<Self> {
        let mut known = HashMap::new();
        let mut statement = db.prepare(&format!("select number, body from {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(value) = serde_json::from_str(row.get_ref(1)?.as_str()?) {
                known.insert(value, row.get(0)?);
            }
        }
        Ok(Self { table, known })
    }

    fn number(&mut self, db: &Connection, value: &T) -> Result<i64> {
        if let Some(number) = self.known.get(value) {
            return Ok(*number);
        }
        let json = serde_json::to_string(value)
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("a grant cannot be staged: {e}"))))?;
        db.prepare_cached(&format!("insert into {} (body) values (?1)", self.table))?
            .execute([json])?;
        let number = db.last_insert_rowid();
        self.known.insert(value.clone(), number);
        Ok(number)
    }
}

/// The number of a value by its place in a page, which counts from 1; 0 is none.
fn number_of<T: Serialize + DeserializeOwned + Hash + Eq + Clone>(
    db: &Connection,
    at: u32,
    values: &[T],
    resolved: &mut [Option<i64>],
    known: &mut Numbered<T>,
) -> Result<i64> {
    let Some(at) = (at as usize).checked_sub(1) else {
        return Ok(0);
    };
    if let Some(number) = resolved[at] {
        return Ok(number);
    }
    let number = known.number(db, &values[at])?;
    resolved[at] = Some(number);
    Ok(number)
}

/// Adds to the count of a type.
pub(super) fn add(counts: &mut Vec<(String, u64)>, resource_type: &str, n: u64) {
    match counts.iter_mut().find(|(t, _)| t == resource_type) {
        Some((_, count)) => *count += n,
        None => counts.push((resource_type.to_owned(), n)),
    }
}

/// Whether another row of this standing says something else of the resource; one that this row replaces does not count.
///
/// Which of two such rows stays does not depend on their order, but it is a choice.
fn differs(db: &Connection, rid: ResourceNumber, owner: Owner, row: &Statement) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "select exists (select 1 from statements where rid = ?1 and rank = ?2 and body <> ?3
                        and not (call = ?4 and attempt < ?5))",
    )?
    .query_row(params![rid, row.rank, row.body, owner.call, owner.attempt], |r| {
        r.get(0)
    })
}

pub(super) fn note_listed_twice(db: &Connection, id: String) -> rusqlite::Result<()> {
    let detail = "its listing states it twice, with different content; one of the two is kept";
    put_notice(db, &Notice::fact("listed_twice", id, detail))
}
