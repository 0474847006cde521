//! Resources that no listing has: they come last, so that which row describes them does not depend on what was read
//! first.

use super::rows::{Result, Staged, add};
use super::seen::Known;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use prost::Message;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// The rank of a resource that only a grant or an entitlement names: below every row a connector states.
const NAMED_ONLY: u16 = 1000;

/// Adds work of a kind and type about every resource of a type that has no listed row and was not asked about yet.
const ADD: &str = "
    insert into work (kind, tid, resource, first, token)
    select ?1, ?2, r.row, '', '' from resources r
    where r.tid = ?3 and r.rank > 0
      and not exists (select 1 from resources b where b.tid = r.tid and b.id = r.id and b.rank < r.rank)
      and not exists (select 1 from asked a where a.tid = r.tid and a.id = r.id)
    order by r.id";

impl Staged {
    /// Makes calls about resources that no listing has, and listings of their children, once all else is read; returns
    /// how many calls, by type.
    pub(super) fn schedule_unlisted(&mut self, db: &Connection) -> Result<Vec<(String, u64)>> {
        self.place_named(db)?;
        db.execute_batch(
            "create table asked (tid integer, id text, primary key (tid, id)) without rowid;
             insert or ignore into asked
                 select r.tid, r.id from work w join resources r on r.row = w.resource where r.rank > 0;",
        )?;
        let mut added = Vec::new();
        let mut types: Vec<(String, i64)> = self.types.iter().map(|(id, tid)| (id.clone(), *tid)).collect();
        types.sort();
        for (resource_type, tid) in types {
            for kind in self.calls_of(&resource_type) {
                let n = db.execute(ADD, params![kind, tid, tid])?;
                if n > 0 {
                    add(&mut added, &resource_type, n as u64);
                }
            }
            for child in self.children.get(&resource_type).into_iter().flatten() {
                let child = self.type_number(child, || "a listing".into())?;
                db.execute(ADD, params![0, child, tid])?;
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
            let Some(resource_type) = names.get(&tid) else {
                continue;
            };
            if self.seen.get(resource_type, &id).is_some() {
                continue;
            }
            let resource = v2::Resource {
                id: Some(ResourceKey::new(resource_type, &id).to_proto()),
                display_name: id.clone(),
                ..Default::default()
            };
            db.prepare_cached(
                "insert or ignore into resources (tid, id, rank, body) values (?1, ?2, ?3, ?4)",
            )?
            .execute(params![tid, id, NAMED_ONLY, resource.encode_to_vec()])?;
            self.seen.put(
                resource_type,
                &id,
                Known {
                    rank: NAMED_ONLY,
                    body: 0,
                },
            );
        }
        db.execute("delete from met", [])?;
        Ok(())
    }
}
