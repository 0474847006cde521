//! Entitlements that reach each other: whoever holds one of them holds them all.
//!
//! A principal holds a source of an entitlement only where it would hold that source without the entitlement too, so
//! that no grant is said to come through itself.

use super::graph::Edge;
use crate::staging::flag;
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Adds the contributions that the edges of one cycle make among its entitlements.
///
/// Contributions from outside must be there already. Principals are read one after the other; what follows for one is
/// computed once for all that enter the cycle in the same way.
pub(super) fn contribute(db: &Connection, edges: &[Edge]) -> rusqlite::Result<()> {
    let ring = Ring::new(edges);
    db.execute_batch("create temp table members (eid integer primary key)")?;
    for eid in &ring.members {
        db.execute("insert into temp.members (eid) values (?1)", [eid])?;
    }
    {
        // Sorting for the groups reads everything before the first row is given out, so that inserting does no harm.
        let mut entries = db.prepare(
            "select tid, principal, eid, max(direct) from (
                 select tid, principal, eid, 1 as direct from grants
                     where eid in (select eid from temp.members) and flags & ?1 != 0
                 union all
                 select tid, principal, eid, 0 from temp.contributions
                     where eid in (select eid from temp.members)
             ) group by tid, principal, eid order by tid, principal, eid",
        )?;
        let mut put = db.prepare(
            "insert into temp.contributions (eid, tid, principal, source, direct) values (?1, ?2, ?3, ?4, ?5)",
        )?;
        let mut followed = HashMap::new();
        let mut current: Option<(i64, String, Vec<Entry>)> = None;
        let mut rows = entries.query([flag::STATED])?;
        loop {
            let row = rows.next()?;
            let same = match (&row, &current) {
                (Some(row), Some((tid, principal, _))) => {
                    row.get_ref(0)?.as_i64()? == *tid && row.get_ref(1)?.as_str()? == principal
                }
                _ => false,
            };
            if !same && let Some((tid, principal, entries)) = current.take() {
                let key = (tid, entries);
                let contributions = match followed.get(&key) {
                    Some(known) => Rc::clone(known),
                    None => Rc::new(ring.follow(tid, &key.1)),
                };
                for c in contributions.iter() {
                    put.execute(params![c.eid, tid, principal, c.source, c.direct])?;
                }
                if followed.len() < KEPT {
                    followed.insert(key, contributions);
                }
            }
            let Some(row) = row else { break };
            if !same {
                current = Some((row.get(0)?, row.get(1)?, vec![Entry::No; ring.members.len()]));
            }
            let at = ring.members.binary_search(&row.get(2)?);
            if let (Some((.., entries)), Ok(at)) = (&mut current, at) {
                entries[at] = if row.get(3)? {
                    Entry::Direct
                } else {
                    Entry::Through
                };
            }
        }
    }
    db.execute_batch("drop table temp.members")
}

/// Ways to enter a cycle that are remembered.
const KEPT: usize = 10_000;

/// How a principal holds an entitlement of the cycle, the cycle itself left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Entry {
    No,
    /// Through an entitlement outside of the cycle.
    Through,
    Direct,
}

/// A principal holds `eid` through `source`.
#[derive(Debug, PartialEq, Eq)]
struct Contribution {
    eid: i64,
    source: i64,
    direct: bool,
}

/// The entitlements of a cycle by their place among its members, which are sorted.
struct Ring<'a> {
    members: Vec<i64>,
    /// Source, destination.
    edges: Vec<(usize, usize, &'a Edge)>,
}

impl<'a> Ring<'a> {
    fn new(edges: &'a [Edge]) -> Self {
        let members: BTreeSet<i64> = edges.iter().flat_map(|e| [e.source, e.destination]).collect();
        let members: Vec<i64> = members.into_iter().collect();
        let place: HashMap<i64, usize> = members.iter().enumerate().map(|(at, eid)| (*eid, at)).collect();
        let edges = edges
            .iter()
            .map(|e| (place[&e.source], place[&e.destination], e))
            .collect();
        Self { members, edges }
    }

    /// What follows for a principal of this type that enters the cycle like this.
    fn follow(&self, principal_type: i64, entries: &[Entry]) -> Vec<Contribution> {
        let mut next = vec![Vec::new(); self.members.len()];
        let mut passing = Vec::new();
        for (source, destination, edge) in &self.edges {
            let direct = entries[*source] == Entry::Direct;
            if edge.passes(principal_type, direct) {
                passing.push((*source, *destination));
                next[*source].push(*destination);
            }
        }
        let mut contributions = Vec::new();
        for (at, eid) in self.members.iter().enumerate() {
            let held = held(&next, entries, at);
            for (source, _) in passing.iter().filter(|(s, d)| *d == at && held[*s]) {
                contributions.push(Contribution {
                    eid: *eid,
                    source: self.members[*source],
                    direct: entries[*source] == Entry::Direct,
                });
            }
        }
        contributions
    }
}

/// What is held where one of the entitlements does not exist.
fn held(next: &[Vec<usize>], entries: &[Entry], without: usize) -> Vec<bool> {
    let mut held = vec![false; entries.len()];
    let mut reached: Vec<usize> = (0..entries.len())
        .filter(|at| entries[*at] != Entry::No)
        .collect();
    while let Some(at) = reached.pop() {
        if at != without && !std::mem::replace(&mut held[at], true) {
            reached.extend(&next[at]);
        }
    }
    held
}
