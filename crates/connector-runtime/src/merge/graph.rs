//! The entitlement graph: who holds this also holds that.
//!
//! Nodes are entitlements, few compared with grants, so the graph is in memory. Entitlements that reach each other
//! form one component; components have levels such that every edge between them leads upwards.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Whoever holds `source` also holds `destination`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) source: u32,
    pub(super) destination: u32,
    /// Only direct holders.
    pub(super) shallow: bool,
    /// Only principals of these types; `None` for all.
    pub(super) types: Option<BTreeSet<u32>>,
}

impl Edge {
    /// Whether a holder of the source passes: its type, and whether it holds the source directly.
    pub(super) fn passes(&self, principal_type: u32, direct: bool) -> bool {
        (direct || !self.shallow)
            && self
                .types
                .as_ref()
                .is_none_or(|types| types.contains(&principal_type))
    }
}

/// The graph, leveled.
#[derive(Debug, Default)]
pub(super) struct Graph {
    edges: BTreeMap<(u32, u32), Edge>,
    /// Edges that leave the component of their source, by source.
    outgoing: HashMap<u32, Vec<Edge>>,
    levels: HashMap<u32, usize>,
    /// Components of more than one entitlement: their edges among themselves, by level.
    cycles: BTreeMap<usize, Vec<Vec<Edge>>>,
}

impl Graph {
    /// Adds an edge. Of two with the same ends deep wins over shallow, and no filter over a filter.
    pub(super) fn add(&mut self, edge: Edge) {
        if edge.source == edge.destination {
            return;
        }
        match self.edges.get_mut(&(edge.source, edge.destination)) {
            None => {
                self.edges.insert((edge.source, edge.destination), edge);
            }
            Some(known) => {
                known.shallow &= edge.shallow;
                known.types = match (known.types.take(), edge.types) {
                    (Some(a), Some(b)) => Some(&a | &b),
                    _ => None,
                };
            }
        }
    }

    /// Finds components and levels.
    pub(super) fn level(&mut self) {
        let mut next: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (source, destination) in self.edges.keys() {
            next.entry(*source).or_default().push(*destination);
            next.entry(*destination).or_default();
        }
        let components = components(&next);
        let of: HashMap<u32, usize> = components
            .iter()
            .enumerate()
            .flat_map(|(c, nodes)| nodes.iter().map(move |n| (*n, c)))
            .collect();
        // Components come with everything they reach before them, so walking backwards meets sources first.
        let mut levels = vec![0; components.len()];
        for (c, nodes) in components.iter().enumerate().rev() {
            for node in nodes {
                for to in &next[node] {
                    let d = of[to];
                    if d != c {
                        levels[d] = levels[d].max(levels[c] + 1);
                    }
                }
            }
        }
        let mut inner: BTreeMap<usize, Vec<Edge>> = BTreeMap::new();
        for edge in self.edges.values() {
            let c = of[&edge.source];
            if c == of[&edge.destination] {
                inner.entry(c).or_default().push(edge.clone());
            } else {
                self.outgoing.entry(edge.source).or_default().push(edge.clone());
            }
        }
        for (c, edges) in inner {
            self.cycles.entry(levels[c]).or_default().push(edges);
        }
        self.levels = of.into_iter().map(|(node, c)| (node, levels[c])).collect();
    }

    /// The level of an entitlement; one that is not part of the graph is at the bottom.
    pub(super) fn level_of(&self, eid: u32) -> usize {
        self.levels.get(&eid).copied().unwrap_or(0)
    }

    /// How many levels there are, at least one.
    pub(super) fn height(&self) -> usize {
        self.levels.values().max().map_or(1, |top| top + 1)
    }

    /// How many cycles there are.
    pub(super) fn number_of_cycles(&self) -> usize {
        self.cycles.values().map(Vec::len).sum()
    }

    /// Edges that leave the component of this entitlement.
    pub(super) fn outgoing(&self, eid: u32) -> &[Edge] {
        self.outgoing.get(&eid).map_or(&[], Vec::as_slice)
    }

    /// The inner edges of each cycle at a level.
    pub(super) fn cycles(&self, level: usize) -> &[Vec<Edge>] {
        self.cycles.get(&level).map_or(&[], Vec::as_slice)
    }
}

/// Strongly connected components (Tarjan), each after all it reaches. Iterative: a chain of groups may be long.
fn components(next: &BTreeMap<u32, Vec<u32>>) -> Vec<Vec<u32>> {
    #[derive(Clone, Copy)]
    struct Mark {
        index: usize,
        low: usize,
        on_stack: bool,
    }
    let mut marks: HashMap<u32, Mark> = HashMap::new();
    let (mut stack, mut found, mut count) = (Vec::new(), Vec::new(), 0);
    for &root in next.keys() {
        if marks.contains_key(&root) {
            continue;
        }
        let mut path: Vec<(u32, usize)> = vec![(root, 0)];
        while let Some(&(node, at)) = path.last() {
            if at == 0 && !marks.contains_key(&node) {
                marks.insert(
                    node,
                    Mark {
                        index: count,
                        low: count,
                        on_stack: true,
                    },
                );
                count += 1;
                stack.push(node);
            }
            if let Some(&to) = next[&node].get(at) {
                if let Some(top) = path.last_mut() {
                    top.1 += 1;
                }
                match marks.get(&to).copied() {
                    None => path.push((to, 0)),
                    Some(mark) if mark.on_stack => lower(&mut marks, node, mark.index),
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            let mark = marks[&node];
            if let Some(&(parent, _)) = path.last() {
                lower(&mut marks, parent, mark.low);
            }
            if mark.low == mark.index {
                let mut component = Vec::new();
                while let Some(member) = stack.pop() {
                    if let Some(m) = marks.get_mut(&member) {
                        m.on_stack = false;
                    }
                    component.push(member);
                    if member == node {
                        break;
                    }
                }
                component.sort_unstable();
                found.push(component);
            }
        }
    }
    return found;

    fn lower(marks: &mut HashMap<u32, Mark>, node: u32, to: usize) {
        if let Some(mark) = marks.get_mut(&node) {
            mark.low = mark.low.min(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(u32, u32)]) -> Graph {
        let mut graph = Graph::default();
        for &(source, destination) in edges {
            graph.add(Edge {
                source,
                destination,
                shallow: false,
                types: None,
            });
        }
        graph.level();
        graph
    }

    #[test]
    fn levels_lead_upwards() {
        let g = graph(&[(1, 2), (2, 3), (1, 3), (4, 3)]);
        assert_eq!([1, 2, 3, 4, 9].map(|n| g.level_of(n)), [0, 1, 2, 0, 0]);
        assert_eq!(g.height(), 3);
    }

    #[test]
    fn a_cycle_is_one_component() {
        let g = graph(&[(1, 2), (2, 3), (3, 2), (3, 4), (5, 5)]);
        assert_eq!([1, 2, 3, 4].map(|n| g.level_of(n)), [0, 1, 1, 2]);
        assert_eq!(g.number_of_cycles(), 1);
        assert_eq!(g.cycles(1).len(), 1);
        assert_eq!(g.cycles(1)[0].len(), 2);
        assert_eq!(g.outgoing(3).len(), 1);
        assert!(g.outgoing(2).is_empty());
    }

    #[test]
    fn a_chain_as_long_as_it_likes() {
        let chain: Vec<(u32, u32)> = (0..50_000).map(|n| (n, n + 1)).collect();
        assert_eq!(graph(&chain).height(), 50_001);
    }

    #[test]
    fn twice_the_same_edge() {
        let mut g = Graph::default();
        let edge = |shallow, types: Option<&[u32]>| Edge {
            source: 1,
            destination: 2,
            shallow,
            types: types.map(|t| t.iter().copied().collect()),
        };
        g.add(edge(true, Some(&[1])));
        g.add(edge(true, Some(&[2])));
        assert_eq!(g.edges[&(1, 2)], edge(true, Some(&[1, 2])));
        g.add(edge(false, None));
        assert_eq!(g.edges[&(1, 2)], edge(false, None));
    }
}
