//! Entitlements that reach each other: whoever holds one of them holds them all.
//!
//! A principal is a source of the next entitlement only where it got there earlier, so that no grant is said to come
//! through itself.

use super::graph::Edge;
use crate::staging::flag;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Adds the contributions that the edges of one cycle make among its entitlements.
///
/// Contributions from outside must be there already. Works on a table of who holds what and since which round.
pub(super) fn contribute(db: &Connection, edges: &[Edge]) -> rusqlite::Result<()> {
    db.execute_batch(
        "create temp table holders (
             eid integer, tid integer, principal text, round integer not null, direct integer not null,
             primary key (eid, tid, principal)
         ) without rowid;
         create temp table arrivals (eid integer, tid integer, principal text);",
    )?;
    let members: BTreeSet<i64> = edges.iter().flat_map(|e| [e.source, e.destination]).collect();
    for eid in &members {
        db.prepare_cached(
            "insert or ignore into temp.holders
                 select distinct eid, tid, principal, 0, 1 from grants where eid = ?1 and flags & ?2 != 0",
        )?
        .execute(params![eid, flag::STATED])?;
        db.prepare_cached(
            "insert or ignore into temp.holders
                 select distinct eid, tid, principal, 0, 0 from temp.contributions where eid = ?1",
        )?
        .execute([eid])?;
    }
    for round in 1.. {
        for edge in edges {
            for tid in types(db, edge)? {
                db.prepare_cached(
                    "insert into temp.arrivals
                         select ?2, h.tid, h.principal from temp.holders h
                         where h.eid = ?1 and h.round = ?3 and h.tid = ?4 and (h.direct or not ?5)
                           and not exists (select 1 from temp.holders d
                                           where d.eid = ?2 and d.tid = h.tid and d.principal = h.principal)",
                )?
                .execute(params![
                    edge.source,
                    edge.destination,
                    round - 1,
                    tid,
                    edge.shallow
                ])?;
            }
        }
        let arrived = db.execute(
            "insert or ignore into temp.holders select distinct eid, tid, principal, ?1, 0 from temp.arrivals",
            [round],
        )?;
        db.execute("delete from temp.arrivals", [])?;
        if arrived == 0 {
            break;
        }
    }
    for edge in edges {
        for tid in types(db, edge)? {
            db.prepare_cached(
                "insert into temp.contributions (eid, tid, principal, source, direct)
                     select ?2, h.tid, h.principal, ?1, h.direct from temp.holders h
                     join temp.holders d on d.eid = ?2 and d.tid = h.tid and d.principal = h.principal
                     where h.eid = ?1 and h.tid = ?3 and (h.direct or not ?4) and (h.round = 0 or h.round < d.round)",
            )?
            .execute(params![edge.source, edge.destination, tid, edge.shallow])?;
        }
    }
    db.execute_batch("drop table temp.holders; drop table temp.arrivals;")
}

/// The types of principals that pass an edge and hold its source.
fn types(db: &Connection, edge: &Edge) -> rusqlite::Result<Vec<i64>> {
    let all: Vec<i64> = db
        .prepare_cached("select distinct tid from temp.holders where eid = ?1")?
        .query_map([edge.source], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(all
        .into_iter()
        .filter(|tid| edge.types.as_ref().is_none_or(|t| t.contains(tid)))
        .collect())
}
