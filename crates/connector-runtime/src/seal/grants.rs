//! Expanding and resolving grants, entitlement by entitlement in the order of the graph.
//!
//! Grants are read sorted by entitlement and principal, so what was said about one pair comes together, and memory
//! does not grow with their number. A holder of a source entitlement is written as a *contribution* to each entitlement
//! above it before those are read.

use super::cycle;
use super::encode::Encoder;
use super::entitlements::Known;
use super::graph::{Edge, Graph};
use super::inputs::Inputs;
use super::statement::{HeldAs, Merged};
use super::tally::Tally;
use crate::error::SyncError;
use crate::report::Held;
use crate::staging::CREATE_LATER;
use c1z_file::{ArtifactWriter, GrantRow};
use connector_sdk::{Expandable, Notice, ResourceKey, grant_id};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) by_type: BTreeMap<String, u64>,
    pub(super) held: Held,
}

/// Where grants are read more often than this, scanning all of them each time would cost more than an index.
const SCANS: usize = 3;

pub(super) fn write(
    inputs: &Inputs<'_>,
    out: &mut ArtifactWriter,
    tally: &mut Tally,
) -> Result<Written, SyncError> {
    let sealing = |source| SyncError::staging(&inputs.staging.path, source);
    let db = &inputs.staging.db;
    let graph = graph(inputs, tally)?;
    prepare(db, inputs.entitlements, &graph).map_err(sealing)?;
    let unread = unread(db).map_err(sealing)?;
    let mut pass = Pass {
        inputs,
        graph: &graph,
        encoder: Encoder::new(inputs)?,
        unread,
        out,
        tally,
        written: Written::default(),
    };
    for level in 0..graph.height() {
        for edges in graph.cycles(level) {
            cycle::contribute(db, edges).map_err(sealing)?;
        }
        pass.level(level)?;
    }
    let written = pass.written;
    // The last statement closes the file in which they were: its directory goes with the writer.
    db.execute_batch(
        "drop table temp.places; drop table temp.contributions; pragma temp_store = memory; pragma temp_store = default;",
    )
    .map_err(sealing)?;
    Ok(written)
}

/// Reads the expandable grants. An edge whose source is missing, or is not on the principal, cannot be followed: access
/// may be missing then, so it is a gap.
fn graph(inputs: &Inputs<'_>, tally: &mut Tally) -> Result<Graph, SyncError> {
    let sealing = |source| SyncError::staging(&inputs.staging.path, source);
    let by_id: HashMap<&str, i64> = inputs
        .entitlements
        .iter()
        .map(|(eid, e)| (e.id.as_str(), *eid))
        .collect();
    let numbers: HashMap<&str, i64> = inputs.types.iter().map(|(tid, id)| (id.as_str(), *tid)).collect();
    let mut graph = Graph::default();
    let mut statement = inputs
        .staging
        .db
        .prepare(
            "select distinct g.eid, g.tid, g.principal, g.expandable, e.id
             from grants g join entitlements e using (eid) where g.expandable is not null
             order by e.id, g.tid, g.principal, g.expandable",
        )
        .map_err(sealing)?;
    let mut rows = statement.query([]).map_err(sealing)?;
    while let Some(row) = rows.next().map_err(sealing)? {
        let (eid, tid): (i64, i64) = (row.get(0).map_err(sealing)?, row.get(1).map_err(sealing)?);
        let principal: String = row.get(2).map_err(sealing)?;
        let expandable = expandable(row.get_ref(3).map_err(sealing)?.as_str_or_null().ok().flatten())?;
        let Some(expandable) = expandable else { continue };
        let types: BTreeSet<i64> = expandable
            .resource_type_ids
            .iter()
            .filter_map(|t| numbers.get(t.as_str()).copied())
            .collect();
        if !expandable.resource_type_ids.is_empty() && types.is_empty() {
            continue;
        }
        for id in &expandable.entitlement_ids {
            let source = by_id.get(id.as_str()).copied();
            let on_principal = source
                .and_then(|s| inputs.entitlements.get(&s))
                .is_some_and(|e| e.tid == tid && e.resource == principal);
            match source.filter(|_| on_principal) {
                Some(source) => graph.add(Edge {
                    source,
                    destination: eid,
                    shallow: expandable.shallow,
                    types: (!types.is_empty()).then(|| types.clone()),
                }),
                None => {
                    let holder = inputs.types.get(&tid).map_or("", String::as_str);
                    let destination = inputs.entitlements.get(&eid).map_or("", |e| e.id.as_str());
                    tally.add(Notice::gap(
                        "expansion",
                        format!("{destination}:{holder}:{principal}"),
                        format!("who holds {destination:?} through {id:?} is not known, because it is no entitlement of {holder} {principal:?}"),
                    ));
                }
            }
        }
    }
    graph.level();
    Ok(graph)
}

fn prepare(db: &Connection, entitlements: &HashMap<i64, Known>, graph: &Graph) -> rusqlite::Result<()> {
    db.execute_batch(
        "create temp table places (eid integer primary key, level integer not null, place integer not null);
         create temp table contributions (
             eid integer not null, tid integer not null, principal text not null, source integer not null, direct integer not null
         );",
    )?;
    let mut put = db.prepare("insert into temp.places (eid, level, place) values (?1, ?2, ?3)")?;
    for (eid, known) in entitlements {
        let level = i64::try_from(graph.level_of(*eid)).unwrap_or(i64::MAX);
        put.execute(params![
            eid,
            level,
            i64::try_from(known.place).unwrap_or(i64::MAX)
        ])?;
    }
    if is_indexed(graph) {
        db.execute_batch(CREATE_LATER)?;
        db.execute_batch(
            "create index temp.contributions_by_entitlement on contributions (eid);
             create index temp.places_by_level on places (level);",
        )?;
    }
    Ok(())
}

fn is_indexed(graph: &Graph) -> bool {
    graph.height() + graph.number_of_cycles() > SCANS
}

fn unread(db: &Connection) -> rusqlite::Result<HashSet<(i64, String)>> {
    db.prepare("select tid, id from unread")?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect()
}

/// Columns: place, entitlement, type, principal, whether a contribution, flags or direct, facts or source, expandable.
///
/// The place stands first, so that the order of the artifact is that of ids whatever was read first.
fn by_pair(indexed: bool) -> String {
    let join = if indexed { "cross join" } else { "join" };
    let of = |table: &str| {
        if indexed {
            format!("temp.places p {join} {table} g on g.eid = p.eid")
        } else {
            format!("{table} g {join} temp.places p on p.eid = g.eid")
        }
    };
    format!(
        "select p.place, g.eid, g.tid, g.principal, 0, g.flags, g.fid, g.expandable from {} where p.level = ?1
         union all
         select p.place, g.eid, g.tid, g.principal, 1, g.direct, g.source, null from {} where p.level = ?1
         order by 1, 3, 4",
        of("grants"),
        of("temp.contributions"),
    )
}

struct Pass<'a, 'b> {
    inputs: &'a Inputs<'a>,
    graph: &'a Graph,
    encoder: Encoder<'a>,
    unread: HashSet<(i64, String)>,
    out: &'b mut ArtifactWriter,
    tally: &'b mut Tally,
    written: Written,
}

impl Pass<'_, '_> {
    fn level(&mut self, level: usize) -> Result<(), SyncError> {
        let path = &self.inputs.staging.path;
        let sealing = |source| SyncError::staging(path, source);
        let db = &self.inputs.staging.db;
        let mut statement = db.prepare(&by_pair(is_indexed(self.graph))).map_err(sealing)?;
        let mut contribute = db
            .prepare("insert into temp.contributions (eid, tid, principal, source, direct) values (?1, ?2, ?3, ?4, ?5)")
            .map_err(sealing)?;
        let mut rows = statement
            .query([i64::try_from(level).unwrap_or(i64::MAX)])
            .map_err(sealing)?;
        let mut current: Option<(i64, i64, String)> = None;
        let mut merged = Merged::default();
        loop {
            let row = rows.next().map_err(sealing)?;
            let same = match (&row, &current) {
                (Some(row), Some((eid, tid, principal))) => {
                    row.get_ref(1).and_then(|v| Ok(v.as_i64()?)).map_err(sealing)? == *eid
                        && row.get_ref(2).and_then(|v| Ok(v.as_i64()?)).map_err(sealing)? == *tid
                        && row.get_ref(3).and_then(|v| Ok(v.as_str()?)).map_err(sealing)? == principal
                }
                _ => false,
            };
            if !same && let Some((eid, tid, principal)) = current.take() {
                for edge in self.graph.outgoing(eid) {
                    if merged.is_source() && edge.passes(tid, merged.is_direct()) {
                        contribute
                            .execute(params![edge.destination, tid, principal, eid, merged.is_direct()])
                            .map_err(sealing)?;
                    }
                }
                self.put(eid, tid, &principal, &std::mem::take(&mut merged))?;
            }
            let Some(row) = row else { return Ok(()) };
            if !same {
                current = Some((
                    row.get(1).map_err(sealing)?,
                    row.get(2).map_err(sealing)?,
                    row.get(3).map_err(sealing)?,
                ));
            }
            let (is_contribution, a, b): (bool, i64, i64) = (
                row.get(4).map_err(sealing)?,
                row.get(5).map_err(sealing)?,
                row.get(6).map_err(sealing)?,
            );
            if is_contribution {
                merged.contribute(b, a != 0);
            } else {
                let text = row.get_ref(7).map_err(sealing)?.as_str_or_null().ok().flatten();
                merged.state(a, b, expandable(text)?);
            }
        }
    }

    fn put(&mut self, eid: i64, tid: i64, principal: &str, merged: &Merged) -> Result<(), SyncError> {
        self.inputs.go_on()?;
        let missing = || {
            SyncError::Engine(format!(
                "a staged grant names the unknown entitlement {eid} or type {tid}"
            ))
        };
        let on = self.inputs.entitlements.get(&eid).ok_or_else(missing)?;
        let principal_type = self.inputs.types.get(&tid).ok_or_else(missing)?;
        let principal = ResourceKey::new(principal_type.as_str(), principal);
        let id = grant_id(&on.id, &principal);
        let overstated = merged.held_as() == HeldAs::ThroughGroups
            && !merged.is_stated_at_all()
            && self
                .inputs
                .plans
                .get(principal_type)
                .is_some_and(|p| p.effective_access_on.contains(&on.resource_type))
            && !self.unread.contains(&(tid, principal.resource.clone()));
        self.count(&id, merged, overstated);
        *self.written.by_type.entry(on.resource_type.clone()).or_default() += 1;
        let expansion = merged
            .expandable
            .as_ref()
            .and_then(|e| self.encoder.expansion(e, &principal));
        let data = self.encoder.grant(on, &principal, &id, merged, overstated)?;
        self.out
            .grant(GrantRow {
                resource_type_id: &on.resource_type,
                resource_id: &on.resource,
                entitlement_id: &on.id,
                principal_type: &principal.resource_type,
                principal_id: &principal.resource,
                grant_id: &id,
                expansion: expansion.as_deref(),
                data,
            })
            .map_err(SyncError::Artifact)
    }

    fn count(&mut self, id: &str, merged: &Merged, overstated: bool) {
        let held = &mut self.written.held;
        match merged.held_as() {
            HeldAs::Direct => held.direct += 1,
            HeldAs::ThroughGroups => held.through_groups += 1,
            HeldAs::Both => held.both += 1,
            HeldAs::Unexplained => {
                held.unexplained += 1;
                self.tally.add(Notice::fact(
                    "unexplained",
                    id,
                    "the vendor says that this is held, and no grant that was read explains how",
                ));
            }
        }
        if overstated {
            held.overstated += 1;
            self.tally.add(Notice::fact(
                "overstated",
                id,
                "a group gives this, but the vendor does not list it for the principal",
            ));
        }
        if merged.is_dormant() {
            held.dormant += 1;
            self.tally.add(Notice::fact(
                "dormant",
                id,
                "this is held only where the principal is suspended or not a member",
            ));
        }
    }
}

fn expandable(json: Option<&str>) -> Result<Option<Expandable>, SyncError> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(|e| SyncError::Engine(format!("a staged grant cannot be read back: {e}")))
}
