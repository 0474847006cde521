//! Expanding and resolving grants, entitlement by entitlement in the order of the graph.
//!
//! Grants are read in rounds: those of so many entitlements of one level as fit in memory, sorted by entitlement and
//! principal, so that what was said about one pair comes together and memory does not grow with the number of grants. A
//! holder of a source entitlement is a *contribution* to each entitlement above it, kept until that one is read.

use super::catalogue::Catalogue;
use super::cycle::{Entry, Holder, Ring};
use super::graph::{Edge, Graph};
use super::sink::{Grant, Marks, Sink};
use super::source::{Contribution, Source, flag};
use super::statement::{HeldAs, Merged};
use super::tally::Tally;
use super::{Content, Written};
use crate::error::SyncError;
use crate::report::EXPANSION;
use connector_sdk::{Expandable, Notice, ResourceKey};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

/// Rows in memory at most, where no entitlement alone has more.
const ROWS: usize = if cfg!(test) { 8 } else { 1 << 19 };

/// Where grants are read more often than this because the graph is high, asking for those of single entitlements is
/// cheaper than going through all of them each time.
const SCANS: usize = 3;

/// Merges all grants.
pub(super) fn merge(
    source: &dyn Source,
    content: &Content<'_>,
    catalogue: &Catalogue,
    sink: &mut dyn Sink,
    tally: &mut Tally,
    written: &mut Written,
) -> Result<(), SyncError> {
    let places: HashMap<u32, u32> = (0..)
        .zip(&catalogue.entitlements)
        .map(|(place, e)| (e.number, place))
        .collect();
    let expandables = source.expandables()?;
    let by_id = (0..)
        .zip(&catalogue.entitlements)
        .map(|(place, e)| (e.id.as_str(), place));
    let mut pass = Pass {
        source,
        content,
        catalogue,
        places,
        by_id: by_id.collect(),
        counts: vec![0; catalogue.entitlements.len()],
        graph: Graph::default(),
        by_entitlement: false,
        unread: unread(source, catalogue)?,
        expandables: &expandables,
        sink,
        tally,
        written,
        id: String::new(),
        sources: Vec::new(),
    };
    pass.survey()?;
    for level in 0..pass.graph.height() {
        let cycles = pass.graph.cycles(level).to_vec();
        for edges in &cycles {
            pass.cycle(edges)?;
        }
        pass.level(level)?;
    }
    Ok(())
}

fn unread(source: &dyn Source, catalogue: &Catalogue) -> Result<HashSet<u32>, SyncError> {
    let numbers = source.unread()?;
    Ok(numbers.into_iter().filter_map(|n| catalogue.place(n)).collect())
}

/// What is said of an entitlement and a principal, by place.
#[derive(Clone, Copy)]
struct Row {
    on: u32,
    to: u32,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Stated { flags: u8, facts: u32, expandable: u32 },
    Through { source: u32, direct: bool },
}

struct Pass<'a, 'b> {
    source: &'a dyn Source,
    content: &'a Content<'a>,
    catalogue: &'a Catalogue,
    /// Places of entitlements by number.
    places: HashMap<u32, u32>,
    by_id: HashMap<&'a str, u32>,
    /// How many rows there are about each entitlement.
    counts: Vec<usize>,
    graph: Graph,
    by_entitlement: bool,
    unread: HashSet<u32>,
    expandables: &'a HashMap<u32, Expandable>,
    sink: &'b mut dyn Sink,
    tally: &'b mut Tally,
    written: &'b mut Written,
    id: String,
    sources: Vec<(u32, bool)>,
}

impl<'a> Pass<'a, '_> {
    /// Goes through all grants once: counts them, and makes the graph from those that are expandable.
    fn survey(&mut self) -> Result<(), SyncError> {
        let mut expandable = BTreeSet::new();
        let (source, mut counts) = (self.source, std::mem::take(&mut self.counts));
        source.grants(None, &mut |grant| {
            let (on, to) = self.pair(grant.entitlement, grant.principal)?;
            counts[on as usize] += 1;
            if grant.expandable != 0 {
                expandable.insert((on, to, grant.expandable));
            }
            Ok(())
        })?;
        self.counts = counts;
        for (on, to, number) in expandable {
            let missing = || SyncError::Engine(format!("the staged expansion {number} is missing"));
            self.edges(on, to, self.expandables.get(&number).ok_or_else(missing)?);
        }
        self.graph.level();
        self.by_entitlement = self.graph.height() + self.graph.number_of_cycles() > SCANS;
        Ok(())
    }

    /// The places of an entitlement and a principal by number.
    fn pair(&self, entitlement: u32, principal: u32) -> Result<(u32, u32), SyncError> {
        let on = self.places.get(&entitlement).copied();
        on.zip(self.catalogue.place(principal)).ok_or_else(|| {
            SyncError::Engine(format!(
                "a staged grant names the unknown entitlement {entitlement} or resource {principal}"
            ))
        })
    }

    /// Adds the edges that an expandable grant stands for. An edge whose source is missing, or is not on the principal,
    /// cannot be followed: access may be missing then, so it is a gap.
    fn edges(&mut self, on: u32, to: u32, expandable: &Expandable) {
        let types: BTreeSet<u32> = expandable
            .resource_type_ids
            .iter()
            .filter_map(|t| self.catalogue.type_named(t))
            .collect();
        if !expandable.resource_type_ids.is_empty() && types.is_empty() {
            return;
        }
        for id in &expandable.entitlement_ids {
            match self.of_principal(id, to) {
                Some(source) => self.graph.add(Edge {
                    source,
                    destination: on,
                    shallow: expandable.shallow,
                    types: (!types.is_empty()).then(|| types.clone()),
                }),
                None => {
                    let (holder, principal) = self.catalogue.resource(to);
                    let destination = &self.catalogue.entitlement(on).id;
                    self.tally.add(Notice::gap(
                        EXPANSION,
                        format!("{destination}:{holder}:{principal}"),
                        format!("who holds {destination:?} through {id:?} is not known, because it is not an entitlement of {holder} {principal:?}"),
                    ));
                }
            }
        }
    }

    /// The entitlement with this id, where it is one of this principal.
    fn of_principal(&self, id: &str, principal: u32) -> Option<u32> {
        let place = self.by_id.get(id).copied();
        place.filter(|place| self.catalogue.entitlement(*place).on == principal)
    }

    /// Every row about these entitlements, which are sorted, and principals of this range.
    fn rows(
        &self,
        of: &[u32],
        principals: std::ops::Range<u32>,
        each: &mut dyn FnMut(Row),
    ) -> Result<(), SyncError> {
        let wanted = |on: u32, to: u32| principals.contains(&to) && of.binary_search(&on).is_ok();
        let numbers: Vec<u32> = of
            .iter()
            .map(|on| self.catalogue.entitlement(*on).number)
            .collect();
        self.source
            .grants(self.by_entitlement.then_some(&numbers), &mut |grant| {
                let (on, to) = self.pair(grant.entitlement, grant.principal)?;
                if wanted(on, to) {
                    let (flags, facts, expandable) = (grant.flags, grant.facts, grant.expandable);
                    let what = What::Stated {
                        flags,
                        facts,
                        expandable,
                    };
                    each(Row { on, to, what });
                }
                Ok(())
            })?;
        self.source
            .contributions(self.by_entitlement.then_some(of), &mut |contribution| {
                let Contribution {
                    entitlement: on,
                    principal: to,
                    source,
                    direct,
                } = contribution;
                if wanted(on, to) {
                    let what = What::Through { source, direct };
                    each(Row { on, to, what });
                }
                Ok(())
            })
    }

    fn contribute(&mut self, contribution: Contribution) -> Result<(), SyncError> {
        self.counts[contribution.entitlement as usize] += 1;
        self.source.contribute(contribution)
    }

    /// Adds the contributions that the edges of one cycle make among its entitlements. Contributions from outside are there
    /// already. Principals are taken range by range, so that memory has a bound.
    fn cycle(&mut self, edges: &[Edge]) -> Result<(), SyncError> {
        let mut ring = Ring::new(edges);
        let members = ring.members.clone();
        let rows: usize = members.iter().map(|on| self.counts[*on as usize]).sum();
        let all = self.catalogue.number_of_resources();
        let rounds = u32::try_from(rows / ROWS + 1).unwrap_or(u32::MAX);
        let width = all.div_ceil(rounds).max(1);
        let mut begin = 0;
        while begin < all {
            (self.content.go_on)()?;
            let end = begin.saturating_add(width).min(all);
            let mut holders = Vec::new();
            self.rows(&members, begin..end, &mut |row| {
                let entry = match row.what {
                    What::Stated { flags, .. } if flags & flag::STATED == 0 => return,
                    What::Stated { .. } => Entry::Direct,
                    What::Through { .. } => Entry::Through,
                };
                holders.push(Holder {
                    principal: row.to,
                    entitlement: row.on,
                    entry,
                });
            })?;
            holders.sort_unstable();
            for holder in holders.chunk_by(|a, b| a.principal == b.principal) {
                let of_type = self.catalogue.type_of(holder[0].principal);
                for contribution in ring.contributions(of_type, holder) {
                    self.contribute(contribution)?;
                }
            }
            begin = end;
        }
        Ok(())
    }

    fn level(&mut self, level: usize) -> Result<(), SyncError> {
        let of_level = |place: &u32| self.graph.level_of(*place) == level;
        let places = (0..).take(self.catalogue.entitlements.len()).filter(of_level);
        let mut waiting: Vec<u32> = places.collect();
        waiting.reverse();
        while !waiting.is_empty() {
            let (mut round, mut rows) = (Vec::new(), 0);
            while let Some(on) =
                waiting.pop_if(|on| round.is_empty() || rows + self.counts[*on as usize] <= ROWS)
            {
                rows += self.counts[on as usize];
                round.push(on);
            }
            self.round(&round, rows)?;
        }
        Ok(())
    }

    fn round(&mut self, of: &[u32], number: usize) -> Result<(), SyncError> {
        if number == 0 {
            return Ok(());
        }
        let mut rows = Vec::with_capacity(number);
        self.rows(of, 0..u32::MAX, &mut |row| rows.push(row))?;
        rows.sort_unstable_by_key(|row| (row.on, row.to));
        let mut merged = Merged::default();
        for (nth, rows) in rows.chunk_by(|a, b| (a.on, a.to) == (b.on, b.to)).enumerate() {
            if nth % 1024 == 0 {
                (self.content.go_on)()?;
            }
            merged.clear();
            for row in rows {
                match row.what {
                    What::Through { source, direct } => merged.contribute(source, direct),
                    What::Stated {
                        flags,
                        facts,
                        expandable,
                    } => merged.state(flags, facts, self.expandables.get(&expandable)),
                }
            }
            let Row { on, to, .. } = rows[0];
            if merged.is_source() {
                self.pass_on(on, to, merged.is_direct())?;
            }
            self.put(on, to, &merged)?;
        }
        Ok(())
    }

    /// Keeps what follows from that a principal holds an entitlement.
    fn pass_on(&mut self, source: u32, principal: u32, direct: bool) -> Result<(), SyncError> {
        if self.graph.outgoing(source).is_empty() {
            return Ok(());
        }
        let of_type = self.catalogue.type_of(principal);
        for edge in self.graph.outgoing(source) {
            if edge.passes(of_type, direct) {
                self.counts[edge.destination as usize] += 1;
                self.source.contribute(Contribution {
                    entitlement: edge.destination,
                    principal,
                    source,
                    direct,
                })?;
            }
        }
        Ok(())
    }

    fn put(&mut self, on: u32, to: u32, merged: &Merged) -> Result<(), SyncError> {
        let catalogue = self.catalogue;
        let entitlement = catalogue.entitlement(on);
        let (principal_type, principal) = catalogue.resource(to);
        self.id.clear();
        // As `connector_sdk::grant_id` joins it; writing to a text cannot fail.
        let _ = write!(self.id, "{}:{principal_type}:{principal}", entitlement.id);
        let held_as = merged.held_as();
        // What else the principal holds was not read, so this need not be all that it holds it through.
        if held_as == HeldAs::ThroughGroups && !self.is_asked_for(principal_type, principal) {
            return Ok(());
        }
        let plan = self.content.plans.get(principal_type);
        let overstated = held_as == HeldAs::ThroughGroups
            && !merged.is_stated_at_all()
            && plan.is_some_and(|p| p.effective_access_on.contains(&entitlement.resource_type))
            && !self.unread.contains(&to);
        let marks = Marks {
            immutable: merged.is_immutable(),
            dormant: merged.is_dormant(),
            overstated,
            unexplained: held_as == HeldAs::Unexplained,
        };
        self.count(held_as, marks);
        count_type(&mut self.written.grants, &entitlement.resource_type);
        self.sources.clear();
        self.sources.extend_from_slice(&merged.sources);
        if held_as == HeldAs::Both
            && let Err(at) = self.sources.binary_search_by_key(&on, |(source, _)| *source)
        {
            self.sources.insert(at, (on, true));
        }
        let expandable = merged.expandable.as_ref().and_then(|e| self.effective(e, to));
        self.sink.grant(&Grant {
            catalogue,
            on,
            principal_type,
            principal,
            id: &self.id,
            facts: &merged.facts,
            marks,
            expandable: expandable.as_ref(),
            sources: &self.sources,
        })
    }

    /// Whether it is asked for by itself, or everything is.
    fn is_asked_for(&self, resource_type: &str, id: &str) -> bool {
        let targets = self.content.targets;
        targets.is_empty() || targets.contains(&ResourceKey::new(resource_type, id))
    }

    /// The expansion with the types that this sync has and the entitlements that are the principal's, each once and sorted:
    /// how often and in which order they were said does not show. `None` where it lets nobody pass. Readers refuse an
    /// expansion through anything else.
    fn effective(&self, expandable: &Expandable, principal: u32) -> Option<Expandable> {
        let filtered = |names: &[String], passes: &dyn Fn(&str) -> bool| -> Vec<String> {
            let names: BTreeSet<&String> = names.iter().filter(|n| passes(n)).collect();
            names.into_iter().cloned().collect()
        };
        let of_principal = |id: &str| self.of_principal(id, principal).is_some();
        let entitlement_ids = filtered(&expandable.entitlement_ids, &of_principal);
        let is_synced = |t: &str| self.catalogue.type_named(t).is_some();
        let resource_type_ids = filtered(&expandable.resource_type_ids, &is_synced);
        let nobody = resource_type_ids.is_empty() && !expandable.resource_type_ids.is_empty();
        (!entitlement_ids.is_empty() && !nobody).then_some(Expandable {
            entitlement_ids,
            shallow: expandable.shallow,
            resource_type_ids,
        })
    }

    fn count(&mut self, held_as: HeldAs, marks: Marks) {
        let held = &mut self.written.held;
        match held_as {
            HeldAs::Direct => held.direct += 1,
            HeldAs::ThroughGroups => held.through_groups += 1,
            HeldAs::Both => held.both += 1,
            HeldAs::Unexplained => {
                held.unexplained += 1;
                self.tally.add(Notice::fact(
                    "unexplained",
                    &*self.id,
                    "the vendor says that this is held, and no grant that was read explains how",
                ));
            }
        }
        if marks.overstated {
            held.overstated += 1;
            self.tally.add(Notice::fact(
                "overstated",
                &*self.id,
                "a group gives this, but the vendor does not list it for the principal",
            ));
        }
        if marks.dormant {
            held.dormant += 1;
            self.tally.add(Notice::fact(
                "dormant",
                &*self.id,
                "this is held only where the principal is suspended or not a member",
            ));
        }
    }
}

fn count_type(counts: &mut BTreeMap<String, u64>, resource_type: &str) {
    match counts.get_mut(resource_type) {
        Some(count) => *count += 1,
        None => {
            counts.insert(resource_type.to_owned(), 1);
        }
    }
}
