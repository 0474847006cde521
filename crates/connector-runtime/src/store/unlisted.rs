//! Resources that no listing has: they come last, so that which row describes them does not depend on what was read
//! first.

use super::numbers::{Known, ResourceNumber};
use super::rows::{Result, Staged, add};
use super::work::{CallKind, Owner};
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use prost::Message;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// The rank of a resource that only a grant or an entitlement names: below every row a connector states.
const NAMED_ONLY: u16 = 1000;

impl Staged {
    /// Makes calls about resources that no listing has, and listings of their children, once all else is read; returns
    /// how many calls, by type.
    pub(super) fn schedule_unlisted(&mut self, db: &Connection) -> Result<Vec<(String, u64)>> {
        self.place_named(db)?;
        let unlisted = self
            .resources
            .those(|known| known.is_stated() && !known.is_listed() && !known.called_as_unlisted);
        let unlisted = match self.of_targets {
            false => unlisted,
            true => self.with_entitlements(db, unlisted)?,
        };
        let mut unlisted = unlisted
            .into_iter()
            .map(|rid| Ok((self.key(db, rid)?, rid)))
            .collect::<Result<Vec<_>>>()?;
        unlisted.sort();
        let mut added = Vec::new();
        for (key, rid) in unlisted {
            let known = self.resources.known(rid);
            self.resources.set(
                rid,
                Known {
                    called_as_unlisted: true,
                    ..known
                },
            );
            // Of single resources it is not asked what others hold whom their rows name.
            let calls = self.calls_of(&key.resource_type);
            for kind in calls.filter(|kind| !self.of_targets || *kind != CallKind::Grants) {
                self.add_call(db, kind, &key.resource_type, Some(rid), false, "")?;
                add(&mut added, &key.resource_type, 1);
            }
            for child in self.children.get(&key.resource_type).into_iter().flatten() {
                self.add_call(db, CallKind::List, child, Some(rid), false, "")?;
            }
        }
        Ok(added)
    }

    /// Those of these resources that something can be held on.
    fn with_entitlements(&self, db: &Connection, mut of: Vec<ResourceNumber>) -> Result<Vec<ResourceNumber>> {
        let mut query = db.prepare("select distinct rid from entitlements")?;
        let carrying: BTreeSet<ResourceNumber> = query
            .query_map([], |r| r.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        of.retain(|rid| carrying.contains(rid));
        Ok(of)
    }

    /// Gives every resource that only a grant or an entitlement names a row of its own. What was stated once, and is
    /// neither stated nor named any more, gets none.
    fn place_named(&self, db: &Connection) -> Result<()> {
        let mut without: BTreeSet<ResourceNumber> = self
            .resources
            .those(|known| !known.is_stated())
            .into_iter()
            .collect();
        for naming in ["select rid from entitlements", "select rid from grants"] {
            if without.is_empty() {
                return Ok(());
            }
            let mut statement = db.prepare(naming)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let rid = row.get(0)?;
                if without.remove(&rid) {
                    self.state_named(db, rid)?;
                }
            }
        }
        Ok(())
    }

    fn state_named(&self, db: &Connection, rid: ResourceNumber) -> Result<()> {
        let key = self.key(db, rid)?;
        let resource = v2::Resource {
            id: Some(key.to_proto()),
            display_name: key.resource,
            ..Default::default()
        };
        db.prepare_cached(
            "insert into statements (rid, rank, call, attempt, body) values (?1, ?2, 0, 0, ?3)",
        )?
        .execute(params![rid, NAMED_ONLY, resource.encode_to_vec()])?;
        let known = Known {
            rank: NAMED_ONLY,
            owner: Owner::NOBODY,
            body: 0,
            ..self.resources.known(rid)
        };
        self.resources.set(rid, known);
        Ok(())
    }

    fn key(&self, db: &Connection, rid: ResourceNumber) -> Result<ResourceKey> {
        Ok(db
            .prepare_cached("select t.id, r.id from resources r join types t using (tid) where r.rid = ?1")?
            .query_row([rid], |r| {
                Ok(ResourceKey::new(r.get::<_, String>(0)?, r.get::<_, String>(1)?))
            })?)
    }
}
