//! Expansion against its definition, on random tenants: everybody who holds a source also holds what it leads to, and
//! a source is named where it would be held without that entitlement too.

use crate::artifact::show;
use crate::bench::Bench;
use crate::script::Script;
use crate::scripted::Scripted;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const TYPES: [&str; 4] = ["app", "group", "robot", "user"];
const ENTITLEMENTS: [&str; 9] = [
    "group/1 member",
    "group/1 owner",
    "group/2 member",
    "group/2 owner",
    "group/3 member",
    "group/4 member",
    "group/5 member",
    "app/a use",
    "app/b use",
];
const PRINCIPALS: [&str; 5] = ["user/u", "user/v", "user/w", "robot/r", "robot/s"];
const FILTERS: [&[&str]; 6] = [
    &[],
    &["user"],
    &["robot", "user"],
    &["group"],
    &["ghost"],
    &["ghost", "user"],
];

/// A statement that a principal holds an entitlement, by their places.
#[derive(Clone, Debug)]
struct Held {
    entitlement: usize,
    principal: usize,
    conditional: bool,
}

/// A statement that a group holds an entitlement and passes it on.
#[derive(Clone, Debug)]
struct Leads {
    sources: BTreeSet<usize>,
    destination: usize,
    shallow: bool,
    filter: usize,
}

#[derive(Clone, Debug)]
struct Tenant {
    held: Vec<Held>,
    leads: Vec<Leads>,
}

fn id(entitlement: usize) -> String {
    ENTITLEMENTS[entitlement].replace(['/', ' '], ":")
}

fn resource(entitlement: usize) -> &'static str {
    ENTITLEMENTS[entitlement].split(' ').next().unwrap_or_default()
}

fn type_of(principal: &str) -> &str {
    principal.split('/').next().unwrap_or_default()
}

/// Who holds what and where it leads, as the definition sees it.
struct Definition {
    stated: BTreeSet<(String, usize)>,
    conditional: BTreeSet<(String, usize)>,
    edges: Vec<(usize, usize, bool, &'static [&'static str])>,
}

impl Definition {
    fn of(tenant: &Tenant) -> Self {
        let mut definition = Self {
            stated: BTreeSet::new(),
            conditional: BTreeSet::new(),
            edges: Vec::new(),
        };
        for held in &tenant.held {
            let holding = (PRINCIPALS[held.principal].to_owned(), held.entitlement);
            if held.conditional {
                definition.conditional.insert(holding);
            } else {
                definition.stated.insert(holding);
            }
        }
        for leads in &tenant.leads {
            for &source in &leads.sources {
                definition
                    .stated
                    .insert((resource(source).to_owned(), leads.destination));
                let edge = (source, leads.destination, leads.shallow, FILTERS[leads.filter]);
                definition.edges.push(edge);
            }
        }
        definition
    }

    /// Whether this holding of the source passes to its destination.
    fn passes(&self, principal: &str, edge: (usize, usize, bool, &[&str])) -> bool {
        let (source, destination, shallow, filter) = edge;
        source != destination
            && (filter.is_empty() || filter.contains(&type_of(principal)))
            && (!shallow || self.stated.contains(&(principal.to_owned(), source)))
    }

    /// Who holds what in a tenant without one of the entitlements.
    fn holdings(&self, without: Option<usize>) -> BTreeSet<(String, usize)> {
        let mut all: BTreeSet<_> = self
            .stated
            .iter()
            .filter(|(_, e)| Some(*e) != without)
            .cloned()
            .collect();
        loop {
            let mut more = BTreeSet::new();
            for edge in &self.edges {
                let holders = all.iter().filter(|(p, e)| *e == edge.0 && self.passes(p, *edge));
                more.extend(holders.map(|(p, _)| (p.clone(), edge.1)));
            }
            more.retain(|(p, e)| Some(*e) != without && !all.contains(&(p.clone(), *e)));
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// The grants as `show` writes them, without what they carry for readers who would expand them again.
    fn grants(&self) -> BTreeSet<String> {
        let held = self.holdings(None);
        let mut grants = BTreeSet::new();
        for e in 0..ENTITLEMENTS.len() {
            let independent = self.holdings(Some(e));
            let principals: BTreeSet<&String> = held
                .union(&self.conditional)
                .filter(|(_, on)| *on == e)
                .map(|(p, _)| p)
                .collect();
            for p in principals {
                let stated = self.stated.contains(&(p.clone(), e));
                let mut sources: BTreeSet<String> = self
                    .edges
                    .iter()
                    .filter(|edge| edge.1 == e && self.passes(p, **edge))
                    .filter(|edge| independent.contains(&(p.clone(), edge.0)))
                    .map(|edge| {
                        let direct = self.stated.contains(&(p.clone(), edge.0));
                        format!("{}{}", id(edge.0), if direct { "!" } else { "" })
                    })
                    .collect();
                let mut grant = format!("grant {} <- {p}", id(e));
                if !stated {
                    grant.push_str(" immutable");
                }
                if !stated && sources.is_empty() {
                    grant.push_str(" {unexplained: true}");
                }
                if stated && !sources.is_empty() {
                    sources.insert(format!("{}!", id(e)));
                }
                if !sources.is_empty() {
                    let sources: Vec<String> = sources.into_iter().collect();
                    write!(grant, " from {}", sources.join(", ")).expect("text");
                }
                grants.insert(grant);
            }
        }
        grants
    }
}

fn script(tenant: &Tenant) -> String {
    let mut script = String::new();
    for resource_type in TYPES {
        writeln!(script, "type {resource_type}").expect("text");
    }
    script.push_str("list group\n");
    for entitlement in ENTITLEMENTS {
        writeln!(script, "can {entitlement}").expect("text");
    }
    for held in &tenant.held {
        let conditional = if held.conditional { " conditional" } else { "" };
        let (on, to) = (ENTITLEMENTS[held.entitlement], PRINCIPALS[held.principal]);
        writeln!(script, "grant {on} <- {to}{conditional}").expect("text");
    }
    for leads in &tenant.leads {
        let sources: Vec<String> = leads.sources.iter().map(|s| id(*s)).collect();
        let principal = leads.sources.first().map_or("", |s| resource(*s));
        write!(
            script,
            "grant {} <- {principal} through={}",
            ENTITLEMENTS[leads.destination],
            sources.join(",")
        )
        .expect("text");
        if leads.shallow {
            script.push_str(" shallow");
        }
        if !FILTERS[leads.filter].is_empty() {
            write!(script, " types={}", FILTERS[leads.filter].join(",")).expect("text");
        }
        script.push('\n');
    }
    script
}

fn tenants() -> impl Strategy<Value = Tenant> {
    let held = (
        0..ENTITLEMENTS.len(),
        0..PRINCIPALS.len(),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(entitlement, principal, conditional)| Held {
            entitlement,
            principal,
            conditional,
        });
    // The first four are two groups with two entitlements each, the next three have one each; apps are no principals.
    let leads = (
        0usize..7,
        any::<bool>(),
        0..ENTITLEMENTS.len(),
        prop::bool::weighted(0.2),
        0..FILTERS.len(),
    )
        .prop_map(|(source, both, destination, shallow, filter)| {
            let mut sources = BTreeSet::from([source]);
            if both && source < 4 {
                sources.insert(source ^ 1);
            }
            Leads {
                sources,
                destination,
                shallow,
                filter,
            }
        });
    (
        prop::collection::vec(held, 0..10),
        prop::collection::vec(leads, 0..14),
    )
        .prop_map(|(held, leads)| {
            // One statement a group and destination: what several of them mean together is tested elsewhere.
            let mut seen = BTreeSet::new();
            let once = |l: &Leads| seen.insert((l.sources.first().map(|s| resource(*s)), l.destination));
            Tenant {
                held,
                leads: leads.into_iter().filter(once).collect(),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn expansion_is_what_its_definition_says(tenant in tenants()) {
        let script = script(&tenant);
        let bench = Bench::with_workers(1);
        let report = bench.sync(&Scripted::new(Script::parse(&script))).expect("the sync succeeds");
        let actual: BTreeSet<String> = show(&bench.output(), &report)
            .lines()
            .filter(|l| l.starts_with("grant "))
            .map(|l| l.split(" via ").next().unwrap_or_default().to_owned())
            .collect();
        prop_assert_eq!(actual, Definition::of(&tenant).grants(), "{}", script);
    }
}
