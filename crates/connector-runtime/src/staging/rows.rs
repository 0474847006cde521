//! Staging the rows of a page: numbering what repeats, leaving out what a better row has said.

use super::notices::put_notice;
use super::page::{EncodedResource, StagedPage};
use super::schema::flag;
use super::seen::{Known, Seen};
use crate::error::SyncError;
use connector_proto::connector::v2;
use connector_sdk::{
    Basis, EntitlementRow, Facts, GrantRow, Notice, NoticeClass, Plan, ResourceKey, Standing, SyncContext,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

/// What the writer remembers of the staged rows: numbers of what repeats, and the best standing of every resource.
pub(crate) struct Staged {
    cx: SyncContext,
    plans: HashMap<String, Plan>,
    pub(super) children: HashMap<String, Vec<String>>,
    pub(super) types: HashMap<String, i64>,
    entitlements: HashMap<u128, KnownEntitlement>,
    facts: HashMap<Facts, i64>,
    pub(super) seen: Arc<Seen>,
    hashers: [RandomState; 2],
}

struct KnownEntitlement {
    eid: i64,
    rank: u16,
    body: u64,
}

/// What staging a page made possible.
#[derive(Default)]
pub(super) struct Possible {
    /// Calls about a resource, by its type.
    pub(super) calls: Vec<(String, u64)>,
    /// Listings of children: type and row of the parent.
    pub(super) lists: Vec<(String, i64)>,
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

impl Staged {
    /// Reads back what an earlier process staged.
    pub(crate) fn load(
        db: &Connection,
        cx: SyncContext,
        types: &[v2::ResourceType],
        plans: HashMap<String, Plan>,
        seen: Arc<Seen>,
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
        let mut staged = Self {
            cx,
            plans,
            children,
            types: HashMap::new(),
            entitlements: HashMap::new(),
            facts: HashMap::new(),
            seen,
            hashers: [RandomState::new(), RandomState::new()],
        };
        staged.recall(db)?;
        Ok(staged)
    }

    fn recall(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare("select tid, id from types")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.types.insert(row.get(1)?, row.get(0)?);
        }
        let mut statement = db.prepare("select eid, tid, resource, slug, rank, body from entitlements")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key = self.hash_parts(row.get(1)?, row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_str()?);
            let stated = row
                .get_ref(5)?
                .as_str_or_null()?
                .and_then(|json| serde_json::from_str::<EntitlementRow>(json).ok());
            let body = stated.map_or(0, |row| self.hash(&row));
            self.entitlements.insert(
                key,
                KnownEntitlement {
                    eid: row.get(0)?,
                    rank: row.get(4)?,
                    body,
                },
            );
        }
        let mut statement = db.prepare("select fid, body from facts")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(facts) = serde_json::from_str(row.get_ref(1)?.as_str()?) {
                self.facts.insert(facts, row.get(0)?);
            }
        }
        let mut statement = db.prepare(
            "select t.id, r.id, r.rank from resources r join types t using (tid) order by r.rank desc",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let known = Known {
                rank: row.get(2)?,
                body: 0,
            };
            self.seen
                .put(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?, known);
        }
        Ok(())
    }

    /// Stages every row of a page. The transaction around it is the caller's.
    pub(super) fn stage(&mut self, db: &Connection, page: &StagedPage) -> Result<Possible> {
        let mut possible = Possible::default();
        for row in &page.resources {
            self.resource(db, row, &mut possible)?;
        }
        for row in &page.entitlements {
            self.entitlement(db, row)?;
        }
        for row in &page.grants {
            self.grant(db, row)?;
        }
        for notice in &page.notices {
            put_notice(db, notice)?;
        }
        Ok(possible)
    }

    /// Notes that the effective access of a principal could not be read.
    pub(super) fn unread(&self, db: &Connection, tid: i64, id: &str) -> Result<()> {
        db.prepare_cached("insert or ignore into unread (tid, id) values (?1, ?2)")?
            .execute(params![tid, id])?;
        Ok(())
    }

    /// Notes that a resource was deleted since it was listed.
    pub(super) fn gone(&self, db: &Connection, key: &ResourceKey) -> Result<()> {
        let tid = self.type_number(&key.resource_type, || format!("resource {key}"))?;
        db.prepare_cached("insert or ignore into gone (tid, id) values (?1, ?2)")?
            .execute(params![tid, key.resource])?;
        Ok(())
    }

    fn resource(&mut self, db: &Connection, row: &EncodedResource, possible: &mut Possible) -> Result<()> {
        let EncodedResource {
            key,
            rank,
            body,
            hash,
        } = row;
        let (resource_type, id) = (&key.resource_type, &key.resource);
        if !self.cx.wants(resource_type) {
            return Ok(());
        }
        let before = self.seen.get(resource_type, id);
        // A placeholder is never looked at beside a better row; a supplement is, because it completes it.
        if before.is_some_and(|b| *rank >= 2 && b.rank < *rank) {
            return Ok(());
        }
        if before.is_some_and(|b| b.rank == *rank && b.body == *hash) {
            return Ok(());
        }
        let tid = self.type_number(resource_type, || format!("resource {key}"))?;
        // Of a supplement beside a listed row only the file knows whether there was another one. Placeholders are guesses.
        if before.is_some_and(|b| b.rank <= *rank) && *rank <= Standing::Supplement.rank() {
            note_disagreement(db, tid, row)?;
        }
        db.prepare_cached(
            "insert into resources (tid, id, rank, body) values (?1, ?2, ?3, ?4)
             on conflict (tid, id, rank) do update set body = min(body, excluded.body)",
        )?
        .execute(params![tid, id, rank, body])?;
        if before.is_none_or(|b| *rank <= b.rank) {
            self.seen.put(
                resource_type,
                id,
                Known {
                    rank: *rank,
                    body: *hash,
                },
            );
        }
        if *rank == 0 && before.is_none_or(|b| b.rank > 0) {
            let resource_row = db.last_insert_rowid();
            self.schedule(db, resource_type, tid, resource_row, possible)?;
        }
        Ok(())
    }

    fn schedule(
        &mut self,
        db: &Connection,
        resource_type: &str,
        tid: i64,
        resource_row: i64,
        possible: &mut Possible,
    ) -> Result<()> {
        for kind in self.calls_of(resource_type) {
            db.prepare_cached(
                "insert into work (kind, tid, resource, first, token) values (?1, ?2, ?3, '', '')",
            )?
            .execute(params![kind, tid, resource_row])?;
            add(&mut possible.calls, resource_type, 1);
        }
        for child in self.children.get(resource_type).into_iter().flatten() {
            possible.lists.push((child.clone(), resource_row));
        }
        add(&mut possible.listed, resource_type, 1);
        Ok(())
    }

    /// The numbers of the calls worth making about a resource of this type.
    pub(super) fn calls_of(&self, resource_type: &str) -> impl Iterator<Item = i64> + use<> {
        let plan = self.plans.get(resource_type).filter(|_| self.cx.wants_access());
        let entitlements = plan.is_some_and(|p| p.entitlements);
        let grants = plan.is_some_and(|p| p.grants);
        [entitlements.then_some(1), grants.then_some(2)]
            .into_iter()
            .flatten()
    }

    fn entitlement(&mut self, db: &Connection, row: &EntitlementRow) -> Result<()> {
        if !self.cx.wants_access() || !self.cx.wants(&row.resource.resource_type) {
            return Ok(());
        }
        let rank = row.standing.rank();
        let body = self.hash(row);
        let known = self.known_entitlement(db, &row.resource, &row.slug)?;
        if known.rank < rank || (known.rank == rank && known.body == body) {
            return Ok(());
        }
        // Only what the best standing says twice is a choice between equals; placeholders are guesses.
        let disagrees = rank == 0 && known.rank == 0;
        (known.rank, known.body) = (rank, body);
        let eid = known.eid;
        if disagrees {
            note_listed_twice(db, row.id())?;
        }
        let json = serde_json::to_string(row)
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("an entitlement cannot be staged: {e}"))))?;
        db.prepare_cached(
            "update entitlements set rank = ?2, body = ?3
             where eid = ?1 and (rank > ?2 or body is null or (rank = ?2 and body > ?3))",
        )?
        .execute(params![eid, rank, json])?;
        Ok(())
    }

    fn grant(&mut self, db: &Connection, row: &GrantRow) -> Result<()> {
        let (on, to) = (&row.resource.resource_type, &row.principal.resource_type);
        if !self.cx.wants_access() {
            return Ok(());
        }
        if !self.cx.wants_grants(on, to) {
            let remark = Notice {
                class: NoticeClass::Remark,
                kind: "left_out_by_type".into(),
                subject: format!("{to} on {on}"),
                detail: format!(
                    "grants on resources of type {on} to principals of type {to} are left out, because not both types were asked for"
                ),
            };
            return Ok(put_notice(db, &remark)?);
        }
        if row.principal.resource.is_empty() {
            let what = format!("a grant on {} without a principal", row.entitlement_id());
            return Err(Failure::Sync(SyncError::BadRow(what)));
        }
        let eid = self.known_entitlement(db, &row.resource, &row.slug)?.eid;
        let tid = self.type_number(to, || {
            format!("grant of {} to {}", row.entitlement_id(), row.principal)
        })?;
        self.note_named(db, tid, to, &row.principal.resource)?;
        let fid = self.facts_number(db, &row.facts)?;
        let basis = match row.basis {
            Basis::Stated { immutable } => flag::STATED | if immutable { flag::IMMUTABLE } else { 0 },
            Basis::Conditional { changeable } => {
                if changeable {
                    0
                } else {
                    flag::IMMUTABLE
                }
            }
        };
        let flags = basis | if row.dormant { flag::DORMANT } else { 0 };
        let expandable = row
            .expandable
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("a grant cannot be staged: {e}"))))?;
        db.prepare_cached(
            "insert into grants (eid, tid, principal, flags, fid, expandable) values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![eid, tid, row.principal.resource, flags, fid, expandable])?;
        Ok(())
    }

    fn note_named(&mut self, db: &Connection, tid: i64, resource_type: &str, id: &str) -> Result<()> {
        if self.seen.get(resource_type, id).is_none() {
            db.prepare_cached("insert or ignore into met (tid, id) values (?1, ?2)")?
                .execute(params![tid, id])?;
        }
        Ok(())
    }

    fn facts_number(&mut self, db: &Connection, facts: &Facts) -> Result<i64> {
        if facts.is_empty() {
            return Ok(0);
        }
        if let Some(fid) = self.facts.get(facts) {
            return Ok(*fid);
        }
        let json = serde_json::to_string(facts)
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("a grant cannot be staged: {e}"))))?;
        db.prepare_cached("insert into facts (body) values (?1)")?
            .execute(params![json])?;
        let fid = db.last_insert_rowid();
        self.facts.insert(facts.clone(), fid);
        Ok(fid)
    }

    fn known_entitlement(
        &mut self,
        db: &Connection,
        on: &ResourceKey,
        slug: &str,
    ) -> Result<&mut KnownEntitlement> {
        let tid = self.type_number(&on.resource_type, || {
            format!("entitlement {}", connector_sdk::entitlement_id(on, slug))
        })?;
        let key = self.hash_parts(tid, &on.resource, slug);
        if !self.entitlements.contains_key(&key) {
            let known = self.new_entitlement(db, tid, on, slug)?;
            self.entitlements.insert(key, known);
        }
        self.entitlements
            .get_mut(&key)
            .ok_or_else(|| Failure::Sync(SyncError::Engine("an entitlement was forgotten".into())))
    }

    fn new_entitlement(
        &mut self,
        db: &Connection,
        tid: i64,
        on: &ResourceKey,
        slug: &str,
    ) -> Result<KnownEntitlement> {
        let id = connector_sdk::entitlement_id(on, slug);
        if on.resource.is_empty() || slug.is_empty() {
            let what = format!("an entitlement with an empty part in its id {id:?}");
            return Err(Failure::Sync(SyncError::BadRow(what)));
        }
        let eid = db
            .prepare_cached(
                "insert into entitlements (id, tid, resource, slug, rank) values (?1, ?2, ?3, ?4, 65535)
                 on conflict (id) do nothing returning eid",
            )?
            .query_row(params![id, tid, on.resource, slug], |r| r.get(0))
            .optional()?;
        let Some(eid) = eid else {
            return Err(Failure::Sync(collision(db, id, on, slug)?));
        };
        self.note_named(db, tid, &on.resource_type, &on.resource)?;
        Ok(KnownEntitlement {
            eid,
            rank: u16::MAX,
            body: 0,
        })
    }

    /// The number of a type that is synced. A row of another one would have no place in the artifact.
    pub(super) fn type_number(&self, id: &str, what: impl FnOnce() -> String) -> Result<i64> {
        self.types.get(id).copied().ok_or_else(|| {
            let message = format!("{}: there is no resource type {id:?}", what());
            Failure::Sync(SyncError::BadRow(message))
        })
    }

    pub(super) fn type_name(&self, tid: i64) -> &str {
        self.types
            .iter()
            .find(|(_, t)| **t == tid)
            .map_or("", |(id, _)| id)
    }

    fn hash(&self, value: &impl Hash) -> u64 {
        self.hashers[0].hash_one(value)
    }

    fn hash_parts(&self, tid: i64, resource: &str, slug: &str) -> u128 {
        let [a, b] = self.hashers.each_ref().map(|h| h.hash_one((tid, resource, slug)));
        u128::from(a) << 64 | u128::from(b)
    }
}

/// Adds to the count of a type.
pub(super) fn add(counts: &mut Vec<(String, u64)>, resource_type: &str, n: u64) {
    match counts.iter_mut().find(|(t, _)| t == resource_type) {
        Some((_, count)) => *count += n,
        None => counts.push((resource_type.to_owned(), n)),
    }
}

/// Two rows of one resource that differ, of one standing: which of them stays does not depend on their order, but it is a
/// choice.
fn note_disagreement(db: &Connection, tid: i64, row: &EncodedResource) -> rusqlite::Result<()> {
    let EncodedResource { key, rank, body, .. } = row;
    let differs: bool = db
        .prepare_cached(
            "select exists (select 1 from resources where tid = ?1 and id = ?2 and rank = ?3 and body <> ?4)",
        )?
        .query_row(params![tid, key.resource, rank, body], |r| r.get(0))?;
    if differs {
        note_listed_twice(db, key.to_string())?;
    }
    Ok(())
}

fn note_listed_twice(db: &Connection, id: String) -> rusqlite::Result<()> {
    let detail = "its listing states it twice, with different content; one of the two is kept";
    put_notice(db, &Notice::fact("listed_twice", id, detail))
}

fn collision(db: &Connection, id: String, on: &ResourceKey, slug: &str) -> rusqlite::Result<SyncError> {
    let first = db.query_row(
        "select t.id, e.resource, e.slug from entitlements e join types t using (tid) where e.id = ?1",
        [&id],
        |r| {
            Ok(name(
                &r.get::<_, String>(0)?,
                &r.get::<_, String>(1)?,
                &r.get::<_, String>(2)?,
            ))
        },
    )?;
    let second = name(&on.resource_type, &on.resource, slug);
    // Which of the two came first depends on the order of pages; the message should not.
    let (first, second) = if first <= second {
        (first, second)
    } else {
        (second, first)
    };
    Ok(SyncError::Collision { id, first, second })
}

fn name(resource_type: &str, resource: &str, slug: &str) -> String {
    format!("entitlement {slug:?} of {resource_type} {resource:?}")
}
