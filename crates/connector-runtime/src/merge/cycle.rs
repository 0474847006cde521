//! Entitlements that reach each other: whoever holds one of them holds them all.
//!
//! A principal holds a source of an entitlement only where it would hold that source without the entitlement too, so
//! that no grant is said to come through itself.

use super::graph::Edge;
use super::source::Contribution;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// How a principal holds an entitlement of the cycle, the cycle itself left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Entry {
    No,
    /// Through an entitlement outside of the cycle.
    Through,
    Direct,
}

/// A principal that holds an entitlement of the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    pub(super) principal: u32,
    pub(super) entitlement: u32,
    pub(super) entry: Entry,
}

/// Ways to enter a cycle that are remembered.
const KEPT: usize = 10_000;

/// The entitlements of a cycle by their place among its members, which are sorted.
pub(super) struct Ring<'a> {
    pub(super) members: Vec<u32>,
    /// Source, destination.
    edges: Vec<(usize, usize, &'a Edge)>,
    followed: HashMap<(u32, Vec<Entry>), Rc<Vec<Followed>>>,
}

/// That whoever enters the cycle in some way holds this entitlement through this source.
struct Followed {
    entitlement: u32,
    source: u32,
    direct: bool,
}

impl<'a> Ring<'a> {
    /// A cycle with these edges among its entitlements.
    pub(super) fn new(edges: &'a [Edge]) -> Self {
        let members: BTreeSet<u32> = edges.iter().flat_map(|e| [e.source, e.destination]).collect();
        let members: Vec<u32> = members.into_iter().collect();
        let place: HashMap<u32, usize> = members.iter().enumerate().map(|(at, on)| (*on, at)).collect();
        let edges = edges
            .iter()
            .map(|e| (place[&e.source], place[&e.destination], e))
            .collect();
        Self {
            members,
            edges,
            followed: HashMap::new(),
        }
    }

    /// The contributions that its edges make among its entitlements for one principal, of whom these are all entries. What
    /// follows is computed once for all that enter the cycle in the same way.
    pub(super) fn contributions(
        &mut self,
        principal_type: u32,
        holder: &[Holder],
    ) -> impl Iterator<Item = Contribution> + use<> {
        let mut entries = vec![Entry::No; self.members.len()];
        let mut principal = 0;
        for held in holder {
            principal = held.principal;
            if let Ok(at) = self.members.binary_search(&held.entitlement) {
                entries[at] = entries[at].max(held.entry);
            }
        }
        let key = (principal_type, entries);
        let followed = match self.followed.get(&key) {
            Some(known) => Rc::clone(known),
            None => Rc::new(self.follow(principal_type, &key.1)),
        };
        if self.followed.len() < KEPT {
            self.followed.insert(key, Rc::clone(&followed));
        }
        (0..followed.len()).map(move |at| Contribution {
            entitlement: followed[at].entitlement,
            principal,
            source: followed[at].source,
            direct: followed[at].direct,
        })
    }

    /// What follows for a principal of this type that enters the cycle like this.
    fn follow(&self, principal_type: u32, entries: &[Entry]) -> Vec<Followed> {
        let mut next = vec![Vec::new(); self.members.len()];
        let mut passing = Vec::new();
        for (source, destination, edge) in &self.edges {
            let direct = entries[*source] == Entry::Direct;
            if edge.passes(principal_type, direct) {
                passing.push((*source, *destination));
                next[*source].push(*destination);
            }
        }
        let mut found = Vec::new();
        for (at, entitlement) in self.members.iter().enumerate() {
            let held = held(&next, entries, at);
            for (source, _) in passing.iter().filter(|(s, d)| *d == at && held[*s]) {
                found.push(Followed {
                    entitlement: *entitlement,
                    source: self.members[*source],
                    direct: entries[*source] == Entry::Direct,
                });
            }
        }
        found
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
