//! Everything that was said about one entitlement and one principal, merged.

use super::source::flag;
use connector_sdk::{Expandable, Facts};
use std::collections::BTreeSet;

/// Merged statements and contributions about one entitlement and one principal.
#[derive(Debug, Default)]
pub(super) struct Merged {
    stated: bool,
    stated_immutable: bool,
    conditional: bool,
    conditional_immutable: bool,
    dormant: bool,
    /// Numbers of the fact sets that were stated, in order.
    pub(super) facts: Vec<u32>,
    pub(super) expandable: Option<Expandable>,
    /// Places of the entitlements through which the principal holds this one, in order; whether it holds them directly.
    pub(super) sources: Vec<(u32, bool)>,
}

/// How a merged grant is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldAs {
    Direct,
    ThroughGroups,
    Both,
    Unexplained,
}

impl Merged {
    /// Takes in a statement of a connector. The order of statements does not matter.
    pub(super) fn state(&mut self, flags: u8, facts: u32, expandable: Option<&Expandable>) {
        let (immutable, dormant) = (flags & flag::IMMUTABLE != 0, flags & flag::DORMANT != 0);
        let first = !self.is_stated_at_all();
        self.dormant = dormant && (first || self.dormant);
        if flags & flag::STATED != 0 {
            self.stated_immutable = immutable && (!self.stated || self.stated_immutable);
            self.stated = true;
        } else {
            self.conditional_immutable = immutable && (!self.conditional || self.conditional_immutable);
            self.conditional = true;
        }
        if facts != 0
            && let Err(at) = self.facts.binary_search(&facts)
        {
            self.facts.insert(at, facts);
        }
        self.expandable = match (self.expandable.take(), expandable) {
            (Some(a), Some(b)) => Some(unite(a, b.clone())),
            (a, b) => a.or_else(|| b.cloned()),
        };
    }

    /// Takes in that the principal holds a source of this entitlement.
    pub(super) fn contribute(&mut self, source: u32, direct: bool) {
        match self.sources.binary_search_by_key(&source, |(source, _)| *source) {
            Ok(at) => self.sources[at].1 |= direct,
            Err(at) => self.sources.insert(at, (source, direct)),
        }
    }

    /// Nothing said yet, with the room that this one had.
    pub(super) fn clear(&mut self) {
        let (mut facts, mut sources) = (std::mem::take(&mut self.facts), std::mem::take(&mut self.sources));
        facts.clear();
        sources.clear();
        *self = Self {
            facts,
            sources,
            ..Self::default()
        };
    }

    /// Whether the vendor said it of the principal, conditionally or not.
    pub(super) fn is_stated_at_all(&self) -> bool {
        self.stated || self.conditional
    }

    /// Whether it is the principal's own, not the shadow of something else.
    pub(super) fn is_direct(&self) -> bool {
        self.stated
    }

    /// Whether whoever holds it through an expansion goes on: a conditional grant is never a source.
    pub(super) fn is_source(&self) -> bool {
        self.stated || !self.sources.is_empty()
    }

    pub(super) fn is_dormant(&self) -> bool {
        self.is_stated_at_all() && self.dormant
    }

    pub(super) fn held_as(&self) -> HeldAs {
        match (self.stated, self.sources.is_empty()) {
            (true, true) => HeldAs::Direct,
            (true, false) => HeldAs::Both,
            (false, false) => HeldAs::ThroughGroups,
            (false, true) => HeldAs::Unexplained,
        }
    }

    /// Whether nobody can change it.
    pub(super) fn is_immutable(&self) -> bool {
        match self.held_as() {
            HeldAs::Direct | HeldAs::Both => self.stated_immutable,
            HeldAs::ThroughGroups => true,
            HeldAs::Unexplained => self.conditional_immutable,
        }
    }
}

fn unite(mut a: Expandable, b: Expandable) -> Expandable {
    for id in b.entitlement_ids {
        if !a.entitlement_ids.contains(&id) {
            a.entitlement_ids.push(id);
        }
    }
    a.entitlement_ids.sort();
    a.shallow &= b.shallow;
    if a.resource_type_ids.is_empty() || b.resource_type_ids.is_empty() {
        a.resource_type_ids.clear();
    } else {
        let types: BTreeSet<String> = a.resource_type_ids.drain(..).chain(b.resource_type_ids).collect();
        a.resource_type_ids.extend(types);
    }
    a
}

/// Unites sets of facts.
pub(crate) fn unite_facts<'a>(sets: impl Iterator<Item = &'a Facts>) -> Facts {
    let mut all = Facts::new();
    for set in sets {
        for (name, words) in set {
            all.entry(name.clone()).or_default().extend(words.iter().cloned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn merged(statements: &[(u8, u32)]) -> (HeldAs, bool, bool, Vec<u32>) {
        let mut m = Merged::default();
        for (flags, fid) in statements {
            m.state(*flags, *fid, None);
        }
        (m.held_as(), m.is_immutable(), m.is_dormant(), m.facts)
    }

    #[test]
    fn stated_wins_over_conditional() {
        use flag::{DORMANT, IMMUTABLE, STATED};
        assert_eq!(
            merged(&[(STATED, 1), (IMMUTABLE, 2)]),
            (HeldAs::Direct, false, false, vec![1, 2])
        );
        assert_eq!(
            merged(&[(IMMUTABLE, 2)]),
            (HeldAs::Unexplained, true, false, vec![2])
        );
        assert_eq!(
            merged(&[(IMMUTABLE, 2), (0, 3)]),
            (HeldAs::Unexplained, false, false, vec![2, 3])
        );
        assert_eq!(
            merged(&[(STATED | DORMANT, 0), (DORMANT, 0)]),
            (HeldAs::Direct, false, true, vec![])
        );
        assert_eq!(
            merged(&[(STATED | DORMANT, 0), (IMMUTABLE, 0)]),
            (HeldAs::Direct, false, false, vec![])
        );
        assert!(!merged(&[(STATED | IMMUTABLE, 0), (STATED, 0)]).1);
    }

    proptest! {
        #[test]
        fn order_does_not_matter(statements in prop::collection::vec((0u8..8, 0u32..4), 1..6), seed in 0usize..720) {
            let mut shuffled = statements.clone();
            for i in 0..shuffled.len() {
                let n = shuffled.len();
                shuffled.swap(i, (i + seed) % n);
            }
            prop_assert_eq!(merged(&statements), merged(&shuffled));
        }
    }
}
