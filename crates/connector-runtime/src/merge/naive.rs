//! The merge core held against a model that is too simple to be wrong: who holds what, and through what, worked out one
//! principal at a time by following every edge.

use super::source::{
    Contribution, Each, EachEntitlement, EachResource, EachStatement, Source, StagedEntitlement, StagedGrant,
    flag,
};
use super::{Content, Marks, Tally, merge};
use crate::error::SyncError;
use crate::sinks::{Collected, CollectedGrant};
use connector_proto::connector::v2;
use connector_sdk::{Expandable, Facts, Plan, ResourceBuilder, ResourceKey, resource_type};
use proptest::prelude::*;
use prost::Message;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Groups, each with one entitlement; accounts and robots hold them, and so do groups.
#[derive(Clone, Debug)]
struct Tenant {
    groups: u32,
    /// Who holds the entitlement of a group, and the flags of the statement.
    grants: Vec<(u32, Holder, u8)>,
    /// Whoever holds the entitlement of the second group holds that of the first.
    edges: Vec<(u32, u32, Filter)>,
    /// Accounts whose effective access could not be read.
    unread: BTreeSet<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Account(u32),
    Robot(u32),
}

#[derive(Clone, Copy, Debug)]
struct Filter {
    shallow: bool,
    accounts_only: bool,
}

const TYPES: [&str; 3] = ["account", "group", "robot"];

fn group(n: u32) -> String {
    format!("g{n:02}")
}

fn entitlement(n: u32) -> String {
    format!("group:{}:member", group(n))
}

impl Holder {
    fn key(self) -> String {
        match self {
            Self::Account(n) => format!("account:a{n}"),
            Self::Robot(n) => format!("robot:r{n}"),
        }
    }
}

/// What the model says.
fn naive(tenant: &Tenant) -> Vec<CollectedGrant> {
    let mut stated: BTreeMap<(u32, Holder), Vec<u8>> = BTreeMap::new();
    for (on, to, flags) in &tenant.grants {
        stated.entry((*on, *to)).or_default().push(*flags);
    }
    let directly = |on: u32, to: Holder| {
        let said = stated.get(&(on, to));
        said.is_some_and(|said| said.iter().any(|f| f & flag::STATED != 0))
    };
    // Of several edges with the same ends the widest counts.
    let mut edges: BTreeMap<(u32, u32), Filter> = BTreeMap::new();
    for (on, source, filter) in tenant.edges.iter().filter(|(on, source, _)| on != source) {
        edges
            .entry((*source, *on))
            .and_modify(|f| {
                f.shallow &= filter.shallow;
                f.accounts_only &= filter.accounts_only;
            })
            .or_insert(*filter);
    }
    let passes = |(source, _): (u32, u32), filter: Filter, to: Holder| {
        (directly(source, to) || !filter.shallow)
            && (matches!(to, Holder::Account(_)) || !filter.accounts_only)
    };
    let holds = |of: u32, to: Holder, without: u32| {
        let mut seen = BTreeSet::new();
        let mut reached: Vec<u32> = (0..tenant.groups).filter(|on| directly(*on, to)).collect();
        while let Some(on) = reached.pop() {
            if on != without && seen.insert(on) {
                let on_from_here = edges
                    .iter()
                    .filter(|(ends, f)| ends.0 == on && passes(**ends, **f, to));
                reached.extend(on_from_here.map(|(ends, _)| ends.1));
            }
        }
        seen.contains(&of)
    };
    let holders: BTreeSet<Holder> = tenant.grants.iter().map(|(_, to, _)| *to).collect();
    let mut grants = Vec::new();
    for on in 0..tenant.groups {
        for to in &holders {
            let to = *to;
            let mut sources: Vec<(String, bool)> = edges
                .iter()
                .filter(|(ends, f)| ends.1 == on && passes(**ends, **f, to) && holds(ends.0, to, on))
                .map(|(ends, _)| (entitlement(ends.0), directly(ends.0, to)))
                .collect();
            let said = stated.get(&(on, to)).map_or(&[][..], Vec::as_slice);
            if said.is_empty() && sources.is_empty() {
                continue;
            }
            let direct = directly(on, to);
            let every = |which: u8, of: &dyn Fn(&u8) -> bool| {
                let mut said = said.iter().filter(|f| of(f)).peekable();
                said.peek().is_some() && said.all(|f| f & which != 0)
            };
            let marks = Marks {
                immutable: match (direct, sources.is_empty()) {
                    (true, _) => every(flag::IMMUTABLE, &|f| f & flag::STATED != 0),
                    (false, false) => true,
                    (false, true) => every(flag::IMMUTABLE, &|f| f & flag::STATED == 0),
                },
                dormant: every(flag::DORMANT, &|_| true),
                overstated: said.is_empty()
                    && matches!(to, Holder::Account(n) if !tenant.unread.contains(&n)),
                unexplained: !direct && sources.is_empty(),
            };
            if direct && !sources.is_empty() {
                sources.push((entitlement(on), true));
                sources.sort();
            }
            grants.push(CollectedGrant {
                on: entitlement(on),
                to: to.key(),
                facts: Vec::new(),
                marks: marks.number(),
                sources,
            });
        }
    }
    grants.sort();
    grants
}

/// The tenant as a staging file would have it, with numbers in an order of their own.
struct Memory {
    resources: Vec<(u32, String)>,
    groups: u32,
    grants: Vec<StagedGrant>,
    expandables: HashMap<u32, Expandable>,
    unread: HashSet<u32>,
    contributions: RefCell<Vec<Contribution>>,
}

impl Memory {
    fn new(tenant: &Tenant) -> Self {
        let mut memory = Self {
            resources: Vec::new(),
            groups: tenant.groups,
            grants: Vec::new(),
            expandables: HashMap::new(),
            unread: HashSet::new(),
            contributions: RefCell::default(),
        };
        for (on, to, flags) in &tenant.grants {
            let principal = match to {
                Holder::Account(n) => memory.number(1, format!("a{n}")),
                Holder::Robot(n) => memory.number(3, format!("r{n}")),
            };
            memory.grants.push(StagedGrant {
                entitlement: tenant.groups - on,
                principal,
                flags: *flags,
                ..StagedGrant::default()
            });
        }
        for n in (0..tenant.groups).rev() {
            memory.number(2, group(n));
        }
        for (number, (on, source, filter)) in (1..).zip(&tenant.edges) {
            let accounts_only = filter.accounts_only.then(|| "account".to_owned());
            memory.expandables.insert(
                number,
                Expandable {
                    entitlement_ids: vec![entitlement(*source)],
                    shallow: filter.shallow,
                    resource_type_ids: accounts_only.into_iter().collect(),
                },
            );
            let principal = memory.number(2, group(*source));
            memory.grants.push(StagedGrant {
                entitlement: tenant.groups - on,
                principal,
                flags: flag::STATED,
                facts: 0,
                expandable: number,
            });
        }
        for n in &tenant.unread {
            let number = memory.number(1, format!("a{n}"));
            memory.unread.insert(number);
        }
        memory
    }

    fn number(&mut self, tid: u32, id: String) -> u32 {
        let wanted = (tid, id);
        let known = self.resources.iter().position(|r| *r == wanted);
        let at = known.unwrap_or_else(|| {
            self.resources.push(wanted);
            self.resources.len() - 1
        });
        u32::try_from(at + 1).expect("few resources")
    }
}

impl Source for Memory {
    fn type_names(&self) -> Result<Vec<String>, SyncError> {
        Ok(TYPES.map(str::to_owned).to_vec())
    }

    fn resources(&self, each: &mut EachResource<'_>) -> Result<(), SyncError> {
        (1..)
            .zip(&self.resources)
            .try_for_each(|(number, (tid, id))| each(number, *tid, id))
    }

    fn statements(&self, resource: u32, each: &mut EachStatement<'_>) -> Result<(), SyncError> {
        let (tid, id) = &self.resources[resource as usize - 1];
        let key = ResourceKey::new(TYPES[*tid as usize - 1], id);
        each(0, &ResourceBuilder::new(key, id).build().encode_to_vec())
    }

    fn entitlements(&self, each: &mut EachEntitlement<'_>) -> Result<(), SyncError> {
        for n in 0..self.groups {
            let named = (2, group(n));
            let at = self
                .resources
                .iter()
                .position(|r| *r == named)
                .expect("every group");
            each(StagedEntitlement {
                number: self.groups - n,
                resource: u32::try_from(at + 1).expect("few resources"),
                id: &entitlement(n),
                slug: "member",
                row: None,
            })?;
        }
        Ok(())
    }

    fn facts(&self) -> Result<HashMap<u32, Facts>, SyncError> {
        Ok(HashMap::new())
    }

    fn expandables(&self) -> Result<HashMap<u32, Expandable>, SyncError> {
        Ok(self.expandables.clone())
    }

    fn unread(&self) -> Result<HashSet<u32>, SyncError> {
        Ok(self.unread.clone())
    }

    fn grants(&self, of: Option<&[u32]>, each: Each<'_, StagedGrant>) -> Result<(), SyncError> {
        let of = |g: &&StagedGrant| of.is_none_or(|of| of.contains(&g.entitlement));
        self.grants.iter().filter(of).copied().try_for_each(each)
    }

    fn contribute(&self, contribution: Contribution) -> Result<(), SyncError> {
        self.contributions.borrow_mut().push(contribution);
        Ok(())
    }

    fn contributions(&self, to: Option<&[u32]>, each: Each<'_, Contribution>) -> Result<(), SyncError> {
        let kept = self.contributions.borrow().clone();
        let to = |c: &Contribution| to.is_none_or(|to| to.contains(&c.entitlement));
        kept.into_iter().filter(to).try_for_each(each)
    }
}

/// What the core makes of it.
fn merged(tenant: &Tenant) -> Vec<CollectedGrant> {
    let types: Vec<v2::ResourceType> = TYPES.iter().map(|id| resource_type(id, id, &[])).collect();
    let reads_all = Plan {
        effective_access_on: vec!["group".to_owned()],
        ..Plan::default()
    };
    let plans = HashMap::from([("account".to_owned(), reads_all)]);
    let content = Content {
        types: &types,
        plans: &plans,
        targets: &Default::default(),
        go_on: &|| Ok(()),
    };
    let mut sink = Collected::default();
    let mut tally = Tally::default();
    merge(&Memory::new(tenant), &content, &mut sink, &mut tally).expect("it merges");
    assert!(sink.resources.is_sorted() && sink.entitlements.is_sorted());
    let mut grants = sink.grants;
    // Groups hold entitlements so that edges can stand on something; the model is about who is in them.
    grants.retain(|grant| !grant.to.starts_with("group:"));
    grants.sort();
    grants
}

fn tenants() -> impl Strategy<Value = Tenant> {
    let holder = prop_oneof![
        3 => (0u32..5).prop_map(Holder::Account),
        1 => (0u32..2).prop_map(Holder::Robot),
    ];
    (1u32..8).prop_flat_map(move |groups| {
        let filter = (any::<bool>(), any::<bool>()).prop_map(|(shallow, accounts_only)| Filter {
            shallow,
            accounts_only,
        });
        let grants = prop::collection::vec((0..groups, holder.clone(), 0u8..8), 0..24);
        let edges = prop::collection::vec((0..groups, 0..groups, filter), 0..14);
        let unread = prop::collection::btree_set(0u32..5, 0..3);
        (grants, edges, unread).prop_map(move |(grants, edges, unread)| Tenant {
            groups,
            grants,
            edges,
            unread,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_core_agrees_with_the_model(tenant in tenants()) {
        prop_assert_eq!(merged(&tenant), naive(&tenant));
    }
}
