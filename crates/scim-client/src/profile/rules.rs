//! What a profile is made of: offers, and rules for each kind of resource.

use std::borrow::Cow;

/// Whether a provider has something, and if not, why a request for it is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Yes,
    No(Cow<'static, str>),
}

/// What a provider has beside the reading and writing of single resources.
#[derive(Clone, Debug)]
pub(crate) struct Offers {
    pub(crate) patch: Offer,
    pub(crate) filter: Offer,
    pub(crate) sort: Offer,
    pub(crate) etag: Offer,
    pub(crate) me: Offer,
    pub(crate) search: Offer,
    pub(crate) bulk: Offer,
    pub(crate) paging_by_index: Offer,
    pub(crate) paging_by_cursor: Offer,
    /// Removing values that stand beside the path.
    pub(crate) remove_values: Offer,
}

/// The limits of a bulk request (RFC 7643 §5); nothing where no limit is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BulkLimits {
    pub(crate) operations: Option<u64>,
    pub(crate) bytes: Option<u64>,
}

/// How many resources a page may be asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRules {
    /// The least; above 0 where asking for none means nothing certain.
    pub(crate) least: u32,
    pub(crate) most: u32,
    /// What is asked for unless the query says otherwise.
    pub(crate) usual: u32,
}

/// The filters that a provider reads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FilterRule {
    /// All of them.
    Any,
    /// One comparison for equality with a text, on one of these attributes.
    OneEquality {
        attributes: &'static [&'static str],
        rule: &'static str,
    },
}

/// An attribute with the rule for it.
pub(crate) type Ruled = (&'static str, &'static str);

/// The rules for one kind of resource.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) filter: FilterRule,
    pub(crate) selection: Offer,
    /// Attributes that must be there when a resource is created or replaced.
    pub(crate) required: &'static [Ruled],
    /// Attributes that the provider does not have.
    pub(crate) unsupported: &'static [Ruled],
    /// Attributes that the provider alone sets: not sent with a whole resource, refused in a change.
    pub(crate) read_only: &'static [Ruled],
    /// Attributes that a change cannot be about.
    pub(crate) immutable: &'static [Ruled],
    /// Attributes that cannot be given when a resource is created.
    pub(crate) not_on_create: &'static [Ruled],
    /// Extensions of which the provider has only these attributes.
    pub(crate) extensions: &'static [(&'static str, &'static [&'static str], &'static str)],
    /// Exactly one e-mail address is the primary one.
    pub(crate) one_primary_email: Option<&'static str>,
    /// Members are users.
    pub(crate) flat_members: Option<&'static str>,
    /// The values of a change are chosen by one comparison for equality.
    pub(crate) simple_conditions: Option<&'static str>,
    /// An attribute whose values are never all removed at once.
    pub(crate) never_emptied: Option<Ruled>,
}

impl Offer {
    pub(crate) const fn no(rule: &'static str) -> Self {
        Self::No(Cow::Borrowed(rule))
    }

    /// The same offer, but not if `supported` is false.
    pub(crate) fn restrict(&mut self, supported: bool, rule: &'static str) {
        if !supported && *self == Self::Yes {
            *self = Self::no(rule);
        }
    }
}

impl Rules {
    /// The rules of RFC 7643.
    pub(crate) const fn standard(required: &'static [Ruled]) -> Self {
        Self {
            filter: FilterRule::Any,
            selection: Offer::Yes,
            required,
            unsupported: &[],
            read_only: &[],
            immutable: &[],
            not_on_create: &[],
            extensions: &[],
            one_primary_email: None,
            flat_members: None,
            simple_conditions: None,
            never_emptied: None,
        }
    }
}

/// The rule for a name in a list of them.
pub(crate) fn rule_for(list: &[Ruled], name: &str) -> Option<&'static str> {
    list.iter()
        .find_map(|(other, rule)| other.eq_ignore_ascii_case(name).then_some(*rule))
}
