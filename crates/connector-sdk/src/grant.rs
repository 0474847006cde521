//! Grants: who holds what, how it is known, and whether it can be changed.

use crate::id::{ResourceKey, entitlement_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One statement that a principal holds an entitlement.
///
/// Statements about the same entitlement and principal are merged when the sync is sealed, independent of order:
/// facts are united, a stated grant wins over a conditional one, a grant is immutable, dormant or unchangeable only
/// where every statement says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// The resource of the entitlement.
    pub resource: ResourceKey,
    /// The name of the entitlement on its resource.
    pub slug: String,
    /// Who holds it.
    pub principal: ResourceKey,
    /// How it is known.
    pub basis: Basis,
    /// Who else holds it through the principal.
    pub expandable: Option<Expandable>,
    /// What the vendor says about how it is held: sets of words by name, kept in the grant's metadata.
    pub facts: Facts,
    /// Whether the grant can at present not be used, because the principal is suspended where it holds for example.
    pub dormant: bool,
}

/// Named sets of words.
pub type Facts = BTreeMap<String, BTreeSet<String>>;

/// How a grant is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The vendor states it of the principal itself.
    Stated {
        /// Whether nobody can change it.
        immutable: bool,
    },
    /// The vendor says that the principal effectively holds it, and it may only be the shadow of another grant. It is
    /// kept only where nothing else explains it; then it is immutable unless `changeable`. It is never a direct source
    /// of an expansion.
    Conditional {
        /// Whether the connector can change it although its origin is not known.
        changeable: bool,
    },
}

/// Whoever holds one of these entitlements holds the grant's entitlement too.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Expandable {
    /// The entitlements, which must be entitlements of the grant's principal.
    pub entitlement_ids: Vec<String>,
    /// Only those who hold one of them directly.
    pub shallow: bool,
    /// Only principals of these types; empty for all.
    pub resource_type_ids: Vec<String>,
}

impl GrantRow {
    /// A stated, changeable grant.
    pub fn new(resource: ResourceKey, slug: &str, principal: ResourceKey) -> Self {
        Self {
            slug: slug.to_owned(),
            resource,
            principal,
            basis: Basis::Stated { immutable: false },
            expandable: None,
            facts: Facts::new(),
            dormant: false,
        }
    }

    /// The id of its entitlement.
    pub fn entitlement_id(&self) -> String {
        entitlement_id(&self.resource, &self.slug)
    }

    /// Says that nobody can change it.
    #[must_use]
    pub fn immutable(mut self) -> Self {
        self.basis = Basis::Stated { immutable: true };
        self
    }

    /// Makes it conditional.
    #[must_use]
    pub fn conditional(mut self, changeable: bool) -> Self {
        self.basis = Basis::Conditional { changeable };
        self
    }

    /// Says that whoever holds this entitlement of the principal holds the grant's entitlement too.
    #[must_use]
    pub fn expandable_through(mut self, slug: &str, resource_types: &[&str]) -> Self {
        self.expandable = Some(Expandable {
            entitlement_ids: vec![entitlement_id(&self.principal, slug)],
            shallow: false,
            resource_type_ids: resource_types.iter().map(|t| (*t).to_owned()).collect(),
        });
        self
    }

    /// Adds a word to a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, word: impl Into<String>) -> Self {
        self.facts.entry(name.to_owned()).or_default().insert(word.into());
        self
    }
}
