//! Entitlements by number: their long ids stand in every grant.

use super::numbers::ResourceNumber;
use super::rows::{Failure, Result, note_listed_twice};
use crate::error::SyncError;
use connector_sdk::{EntitlementRow, ResourceKey, Standing};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Numbers of entitlements, and what is known of each.
pub(super) struct Entitlements {
    by_name: HashMap<(ResourceNumber, String), i64>,
    known: HashMap<i64, Known>,
    hasher: RandomState,
}

/// The best row so far.
#[derive(Clone, Copy)]
struct Known {
    rank: u16,
    /// A hash of the row.
    body: u64,
}

impl Known {
    /// Of an entitlement that only a grant names.
    const NAMED: Self = Self {
        rank: u16::MAX,
        body: 0,
    };
}

impl Entitlements {
    /// Reads back what an earlier process staged.
    pub(super) fn recall(db: &Connection) -> rusqlite::Result<Self> {
        let mut entitlements = Self {
            by_name: HashMap::new(),
            known: HashMap::new(),
            hasher: RandomState::new(),
        };
        let mut statement = db.prepare("select eid, rid, slug, rank, body from entitlements")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let eid = row.get(0)?;
            let stated = row
                .get_ref(4)?
                .as_str_or_null()?
                .and_then(|json| serde_json::from_str::<EntitlementRow>(json).ok());
            let body = stated.map_or(0, |row| entitlements.hasher.hash_one(row));
            let rank = row.get(3)?;
            entitlements.by_name.insert((row.get(1)?, row.get(2)?), eid);
            entitlements.known.insert(eid, Known { rank, body });
        }
        Ok(entitlements)
    }

    /// The number of an entitlement of this resource.
    pub(super) fn number(
        &mut self,
        db: &Connection,
        rid: ResourceNumber,
        on: &ResourceKey,
        slug: &str,
    ) -> Result<i64> {
        let name = (rid, slug.to_owned());
        if let Some(eid) = self.by_name.get(&name) {
            return Ok(*eid);
        }
        let id = connector_sdk::entitlement_id(on, slug);
        let eid = db
            .prepare_cached(
                "insert into entitlements (id, rid, slug, rank) values (?1, ?2, ?3, 65535)
                 on conflict (id) do nothing returning eid",
            )?
            .query_row(params![id, rid, slug], |r| r.get(0))
            .optional()?;
        let Some(eid) = eid else {
            return Err(Failure::Sync(collision(db, id, on, slug)?));
        };
        self.by_name.insert(name, eid);
        self.known.insert(eid, Known::NAMED);
        Ok(eid)
    }

    /// Keeps a row where it is the best so far; of equals the smaller one.
    pub(super) fn state(&mut self, db: &Connection, eid: i64, row: &EntitlementRow) -> Result<()> {
        let (rank, body) = (row.standing.rank(), self.hasher.hash_one(row));
        let known = self.known.entry(eid).or_insert(Known::NAMED);
        if known.rank < rank || (known.rank == rank && known.body == body) {
            return Ok(());
        }
        // Only what the best standing says twice is a choice between equals; placeholders are guesses.
        let listed = Standing::Listed.rank();
        if (rank, known.rank) == (listed, listed) {
            note_listed_twice(db, row.id())?;
        }
        *known = Known { rank, body };
        let json = serde_json::to_string(row)
            .map_err(|e| Failure::Sync(SyncError::Engine(format!("an entitlement cannot be staged: {e}"))))?;
        db.prepare_cached(
            "update entitlements set rank = ?2, body = ?3
             where eid = ?1 and (rank > ?2 or body is null or (rank = ?2 and body > ?3))",
        )?
        .execute(params![eid, rank, json])?;
        Ok(())
    }
}

fn collision(db: &Connection, id: String, on: &ResourceKey, slug: &str) -> rusqlite::Result<SyncError> {
    let first = db.query_row(
        "select t.id, r.id, e.slug from entitlements e join resources r using (rid) join types t using (tid)
         where e.id = ?1",
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
