//! Staging the rows of a page: numbering what repeats, leaving out what a better row has said.

use super::schema::flag;
use crate::error::SyncError;
use connector_proto::connector::v2;
use connector_sdk::{
    Basis, EntitlementRow, GrantRow, Notice, NoticeClass, Page, Plan, ResourceKey, ResourceRow, SyncContext,
};
use prost::Message;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// The rank of a resource that only a grant names: below every row a connector states.
pub(crate) const NAMED_ONLY: u16 = 1000;

/// What the writer remembers of the staged rows: numbers of what repeats, and the best standing of every resource.
///
/// It holds a few dozen bytes for each resource and the id of each entitlement, never a row.
pub(crate) struct Staged {
    cx: SyncContext,
    plans: HashMap<String, Plan>,
    children: HashMap<String, Vec<String>>,
    types: HashMap<String, i64>,
    entitlements: HashMap<String, KnownEntitlement>,
    facts: HashMap<String, i64>,
    seen: HashMap<u128, KnownResource>,
    hashers: [RandomState; 2],
}

struct KnownEntitlement {
    eid: i64,
    parts: u64,
    rank: u16,
    body: u64,
}

#[derive(Clone, Copy)]
struct KnownResource {
    rank: u16,
    body: u64,
}

/// What staging a page made possible.
#[derive(Default)]
pub(super) struct Possible {
    /// Calls about a resource.
    pub(super) calls: u64,
    /// Listings of children: type and row of the parent.
    pub(super) lists: Vec<(String, i64)>,
    /// Listed resources by type.
    pub(super) listed: Vec<(String, u64)>,
}

type Result<T> = std::result::Result<T, Failure>;

/// Why a page could not be staged.
pub(super) enum Failure {
    Db(rusqlite::Error),
    Sync(SyncError),
}

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
    ) -> rusqlite::Result<Self> {
        for resource_type in types {
            db.execute(
                "insert or ignore into types (id) values (?1)",
                [&resource_type.id],
            )?;
        }
        let mut children: HashMap<String, Vec<String>> = HashMap::new();
        for (child, plan) in &plans {
            if let Some(parent) = plan.child_of.as_ref().filter(|p| cx.wants(p) && cx.wants(child)) {
                children.entry(parent.clone()).or_default().push(child.clone());
            }
        }
        let mut staged = Self {
            cx,
            plans,
            children,
            types: HashMap::new(),
            entitlements: HashMap::new(),
            facts: HashMap::new(),
            seen: HashMap::new(),
            hashers: [RandomState::new(), RandomState::new()],
        };
        let mut rows = db.prepare("select tid, id from types")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            staged.types.insert(row.get(1)?, row.get(0)?);
        }
        let mut rows = db.prepare("select eid, id, tid, resource, slug, rank, body from entitlements")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let parts = staged.hash(&(
                row.get::<_, i64>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, String>(4)?,
            ));
            let body = match row.get::<_, Option<String>>(6)? {
                Some(json) => serde_json::from_str::<EntitlementRow>(&json).map_or(0, |r| staged.hash(&r)),
                None => 0,
            };
            let known = KnownEntitlement {
                eid: row.get(0)?,
                parts,
                rank: row.get(5)?,
                body,
            };
            staged.entitlements.insert(row.get(1)?, known);
        }
        let mut rows = db.prepare("select fid, body from facts")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            staged.facts.insert(row.get(1)?, row.get(0)?);
        }
        let mut rows = db.prepare("select tid, id, rank from resources order by rank desc")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let key = staged.resource_hash(row.get(0)?, row.get_ref(1)?.as_str()?);
            staged.seen.insert(
                key,
                KnownResource {
                    rank: row.get(2)?,
                    body: 0,
                },
            );
        }
        Ok(staged)
    }

    /// Stages every row of a page. The transaction around it is the caller's.
    pub(super) fn stage(&mut self, db: &Connection, page: &Page) -> Result<Possible> {
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
    pub(super) fn unread(&mut self, db: &Connection, resource_type: &str, id: &str) -> Result<()> {
        let tid = self.type_number(db, resource_type)?;
        db.prepare_cached("insert or ignore into unread (tid, id) values (?1, ?2)")?
            .execute(params![tid, id])?;
        Ok(())
    }

    /// Makes calls about resources that no listing has, once all listings are read; returns how many.
    ///
    /// They come last so that which row describes such a resource does not depend on what was read first.
    pub(super) fn schedule_unlisted(&mut self, db: &Connection) -> Result<u64> {
        self.place_named(db)?;
        db.execute_batch(
            "create temp table asked (tid integer, id text, primary key (tid, id)) without rowid;
             insert or ignore into asked
                 select r.tid, r.id from work w join resources r on r.row = w.resource where r.rank > 0;",
        )?;
        let mut added = 0;
        let types: Vec<(String, i64)> = self.types.iter().map(|(id, tid)| (id.clone(), *tid)).collect();
        for (resource_type, tid) in types {
            for kind in self.calls_of(&resource_type) {
                added += db.execute(
                    "insert into work (kind, tid, resource, first, token)
                     select ?1, r.tid, r.row, '', '' from resources r
                     where r.tid = ?2 and r.rank > 0
                       and not exists (select 1 from resources b where b.tid = r.tid and b.id = r.id and b.rank < r.rank)
                       and not exists (select 1 from asked a where a.tid = r.tid and a.id = r.id)
                     order by r.id",
                    params![kind, tid],
                )? as u64;
            }
        }
        db.execute_batch("drop table asked")?;
        Ok(added)
    }

    /// Gives every resource that only a grant or an entitlement names a row of its own.
    fn place_named(&mut self, db: &Connection) -> Result<()> {
        let named: Vec<(i64, String)> = db
            .prepare("select tid, id from met")?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let names: HashMap<i64, String> = self.types.iter().map(|(id, tid)| (*tid, id.clone())).collect();
        for (tid, id) in named {
            let hash = self.resource_hash(tid, &id);
            let Some(resource_type) = names.get(&tid).filter(|_| !self.seen.contains_key(&hash)) else {
                continue;
            };
            let resource = v2::Resource {
                id: Some(ResourceKey::new(resource_type, &id).to_proto()),
                display_name: id.clone(),
                ..Default::default()
            };
            db.prepare_cached(
                "insert or ignore into resources (tid, id, rank, body) values (?1, ?2, ?3, ?4)",
            )?
            .execute(params![tid, id, NAMED_ONLY, resource.encode_to_vec()])?;
            self.seen.insert(
                hash,
                KnownResource {
                    rank: NAMED_ONLY,
                    body: 0,
                },
            );
        }
        db.execute("delete from met", [])?;
        Ok(())
    }

    fn resource(&mut self, db: &Connection, row: &ResourceRow, possible: &mut Possible) -> Result<()> {
        let key = row
            .resource
            .id
            .as_ref()
            .and_then(ResourceKey::from_proto)
            .ok_or_else(|| Failure::Sync(SyncError::BadRow("a resource without an id".into())))?;
        if !self.cx.wants(&key.resource_type) {
            return Ok(());
        }
        let tid = self.type_number(db, &key.resource_type)?;
        let rank = row.standing.rank();
        let hash = self.resource_hash(tid, &key.resource);
        let before = self.seen.get(&hash).copied();
        // A placeholder is never looked at beside a better row; a supplement is, because it completes it.
        if before.is_some_and(|b| rank >= 2 && b.rank < rank) {
            return Ok(());
        }
        let bytes = row.resource.encode_to_vec();
        let body = self.hash(&bytes);
        if before.is_some_and(|b| b.rank == rank && b.body == body) {
            return Ok(());
        }
        db.prepare_cached(
            "insert into resources (tid, id, rank, body) values (?1, ?2, ?3, ?4)
             on conflict (tid, id, rank) do update set body = min(body, excluded.body)",
        )?
        .execute(params![tid, key.resource, rank, bytes])?;
        if before.is_none_or(|b| rank <= b.rank) {
            self.seen.insert(hash, KnownResource { rank, body });
        }
        if rank == 0 && before.is_none_or(|b| b.rank > 0) {
            let resource_row = db.last_insert_rowid();
            self.schedule(db, &key.resource_type, tid, resource_row, possible)?;
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
            possible.calls += 1;
        }
        for child in self.children.get(resource_type).into_iter().flatten() {
            possible.lists.push((child.clone(), resource_row));
        }
        match possible.listed.iter_mut().find(|(t, _)| t == resource_type) {
            Some((_, n)) => *n += 1,
            None => possible.listed.push((resource_type.to_owned(), 1)),
        }
        Ok(())
    }

    /// The numbers of the calls worth making about a resource of this type.
    fn calls_of(&self, resource_type: &str) -> impl Iterator<Item = i64> + use<> {
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
        let id = row.id();
        let rank = row.standing.rank();
        let body = self.hash(row);
        self.entitlement_number(db, &id, &row.resource, &row.slug)?;
        let Some(known) = self.entitlements.get_mut(&id) else {
            return Ok(());
        };
        if known.rank < rank || (known.rank == rank && known.body == body) {
            return Ok(());
        }
        let json = serde_json::to_string(row)
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("an entitlement cannot be staged: {e}"))))?;
        db.prepare_cached(
            "update entitlements set rank = ?2, body = ?3
             where eid = ?1 and (rank > ?2 or body is null or (rank = ?2 and body > ?3))",
        )?
        .execute(params![known.eid, rank, json])?;
        (known.rank, known.body) = (rank, body);
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
        let eid = self.entitlement_number(db, &row.entitlement_id(), &row.resource, &row.slug)?;
        let tid = self.type_number(db, to)?;
        self.note_named(db, tid, &row.principal.resource)?;
        let fid = self.facts_number(db, row)?;
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
        let expandable =
            match &row.expandable {
                None => None,
                Some(e) => Some(serde_json::to_string(e).map_err(|e| {
                    Failure::Sync(SyncError::Engine(format!("a grant cannot be staged: {e}")))
                })?),
            };
        db.prepare_cached(
            "insert into grants (eid, tid, principal, flags, fid, expandable) values (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![eid, tid, row.principal.resource, flags, fid, expandable])?;
        Ok(())
    }

    fn note_named(&mut self, db: &Connection, tid: i64, id: &str) -> Result<()> {
        if !self.seen.contains_key(&self.resource_hash(tid, id)) {
            db.prepare_cached("insert or ignore into met (tid, id) values (?1, ?2)")?
                .execute(params![tid, id])?;
        }
        Ok(())
    }

    fn facts_number(&mut self, db: &Connection, row: &GrantRow) -> Result<i64> {
        if row.facts.is_empty() {
            return Ok(0);
        }
        let json = serde_json::to_string(&row.facts)
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("a grant cannot be staged: {e}"))))?;
        if let Some(fid) = self.facts.get(&json) {
            return Ok(*fid);
        }
        db.prepare_cached("insert into facts (body) values (?1)")?
            .execute(params![json])?;
        let fid = db.last_insert_rowid();
        self.facts.insert(json, fid);
        Ok(fid)
    }

    fn entitlement_number(&mut self, db: &Connection, id: &str, on: &ResourceKey, slug: &str) -> Result<i64> {
        let tid = self.type_number(db, &on.resource_type)?;
        let parts = self.hash(&(tid, on.resource.as_str(), slug));
        if let Some(known) = self.entitlements.get(id) {
            if known.parts == parts {
                return Ok(known.eid);
            }
            return Err(Failure::Sync(collision(db, known.eid, id, on, slug)?));
        }
        if on.resource.is_empty() || slug.is_empty() {
            let what = format!("an entitlement with an empty part in its id {id:?}");
            return Err(Failure::Sync(SyncError::BadRow(what)));
        }
        db.prepare_cached(
            "insert into entitlements (id, tid, resource, slug, rank) values (?1, ?2, ?3, ?4, 65535)",
        )?
        .execute(params![id, tid, on.resource, slug])?;
        let eid = db.last_insert_rowid();
        self.note_named(db, tid, &on.resource)?;
        self.entitlements.insert(
            id.to_owned(),
            KnownEntitlement {
                eid,
                parts,
                rank: u16::MAX,
                body: 0,
            },
        );
        Ok(eid)
    }

    pub(super) fn type_number(&mut self, db: &Connection, id: &str) -> Result<i64> {
        if let Some(tid) = self.types.get(id) {
            return Ok(*tid);
        }
        db.execute("insert into types (id) values (?1)", params![id])?;
        let tid = db.last_insert_rowid();
        self.types.insert(id.to_owned(), tid);
        Ok(tid)
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

    fn resource_hash(&self, tid: i64, id: &str) -> u128 {
        let [a, b] = self.hashers.each_ref().map(|h| h.hash_one((tid, id)));
        u128::from(a) << 64 | u128::from(b)
    }
}

/// Keeps a notice; of two with the same subject the smaller text, so that order does not matter.
pub(super) fn put_notice(db: &Connection, notice: &Notice) -> rusqlite::Result<()> {
    let class = match notice.class {
        NoticeClass::Gap => 0,
        NoticeClass::Fact => 1,
        NoticeClass::Remark => 2,
    };
    db.prepare_cached(
        "insert into notices (class, kind, subject, detail) values (?1, ?2, ?3, ?4)
         on conflict (class, kind, subject) do update set detail = min(detail, excluded.detail)",
    )?
    .execute(params![class, notice.kind, notice.subject, notice.detail])?;
    Ok(())
}

fn collision(
    db: &Connection,
    eid: i64,
    id: &str,
    on: &ResourceKey,
    slug: &str,
) -> rusqlite::Result<SyncError> {
    let first = db
        .query_row(
            "select t.id, e.resource, e.slug from entitlements e join types t using (tid) where eid = ?1",
            [eid],
            |r| {
                Ok(name(
                    &r.get::<_, String>(0)?,
                    &r.get::<_, String>(1)?,
                    &r.get::<_, String>(2)?,
                ))
            },
        )
        .optional()?
        .unwrap_or_default();
    let second = name(&on.resource_type, &on.resource, slug);
    // Which of the two came first depends on the order of pages; the message should not.
    let (first, second) = if first <= second {
        (first, second)
    } else {
        (second, first)
    };
    Ok(SyncError::Collision {
        what: "entitlements",
        id: id.to_owned(),
        first,
        second,
    })
}

fn name(resource_type: &str, resource: &str, slug: &str) -> String {
    format!("{slug:?} of {resource_type} {resource:?}")
}
