//! How a principal holds an entitlement.

use connector_proto::any;
use connector_proto::connector::v2;
use prost_types::Struct;
use prost_types::value::Kind;
use std::collections::BTreeSet;

/// How a principal holds an entitlement, as its grant says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// Whether it is granted to the principal itself.
    pub own: bool,
    /// The other entitlements through which the principal holds it, a membership of a group for example.
    pub through: Vec<Source>,
    /// Whether the vendor says so and nothing that was read explains it.
    pub unexplained: bool,
    /// Whether other entitlements give it and the vendor does not list it for the principal.
    pub unconfirmed: bool,
    /// Whether it can at present not be used.
    pub dormant: bool,
    /// Whether nobody can change it at the vendor.
    pub immutable: bool,
}

/// An entitlement through which another one is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Source {
    /// Its id.
    pub entitlement_id: String,
    /// Whether the principal holds the source itself, and not through a further one.
    pub direct: bool,
}

/// The ways to hold an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeldAs {
    /// Granted to the principal, and given by nothing else.
    Direct,
    /// Given by other entitlements alone.
    Through,
    /// Both.
    Both,
    /// The vendor says so, and nothing explains it.
    Unexplained,
}

impl HeldAs {
    /// The way in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Through => "through",
            Self::Both => "both",
            Self::Unexplained => "unexplained",
        }
    }
}

impl Held {
    /// What a grant of this entitlement says. Without sources a grant is the principal's own; with sources it is where its
    /// own entitlement is among them.
    pub fn of(grant: &v2::Grant, entitlement_id: &str) -> Self {
        let sources = grant.sources.iter().flat_map(|sources| &sources.sources);
        let through: Vec<Source> = sources
            .clone()
            .filter(|(id, _)| *id != entitlement_id)
            .map(|(id, source)| Source {
                entitlement_id: id.clone(),
                direct: source.is_direct,
            })
            .collect();
        let names_itself = sources.clone().count() > through.len();
        let metadata = any::pick::<v2::GrantMetadata>(&grant.annotations);
        let metadata = metadata
            .and_then(Result::ok)
            .and_then(|metadata| metadata.metadata);
        let marked = |name| metadata.as_ref().is_some_and(|metadata| is_true(metadata, name));
        let unexplained = marked("unexplained");
        Self {
            own: (names_itself || through.is_empty()) && !unexplained,
            through,
            unexplained,
            unconfirmed: marked("overstated"),
            dormant: marked("dormant"),
            immutable: any::pick::<v2::GrantImmutable>(&grant.annotations).is_some(),
        }
    }

    /// The way in which it is held.
    pub fn held_as(&self) -> HeldAs {
        match (self.own, self.through.is_empty()) {
            (true, true) => HeldAs::Direct,
            (true, false) => HeldAs::Both,
            (false, false) => HeldAs::Through,
            (false, true) => HeldAs::Unexplained,
        }
    }

    /// Whether it is held in the same ways as another one: itself or not, through the same entitlements.
    pub fn is_held_like(&self, other: &Self) -> bool {
        let through = |held: &Self| -> BTreeSet<String> {
            held.through
                .iter()
                .map(|source| source.entitlement_id.clone())
                .collect()
        };
        self.own == other.own && self.unexplained == other.unexplained && through(self) == through(other)
    }

    /// What is remarkable about it beside the way, in words.
    pub fn marks(&self) -> Vec<&'static str> {
        let marks = [(self.unconfirmed, "unconfirmed"), (self.dormant, "dormant")];
        marks
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| word)
            .collect()
    }
}

fn is_true(metadata: &Struct, name: &str) -> bool {
    let value = metadata.fields.get(name).and_then(|value| value.kind.as_ref());
    matches!(value, Some(Kind::BoolValue(true)))
}
