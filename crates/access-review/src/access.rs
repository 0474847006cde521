//! What an account can reach, and why.

use crate::error::ReviewError;
use crate::held::Held;
use crate::joined::{JoinedGrant, entitlement_shown};
use crate::list::Filter;
use crate::review::Review;
use crate::subject::Subject;
use connector_proto::connector::v2::resource_type::Trait;
use connector_sdk::ResourceKey;
use std::collections::{BTreeMap, BTreeSet};

/// All that a principal holds.
#[derive(Debug)]
#[non_exhaustive]
pub struct Access {
    /// Who holds it.
    pub principal: Subject,
    /// What it holds, by type and name of the resource and then by the name of the entitlement.
    pub holdings: Vec<Holding>,
    /// The secrets that act for it, API tokens for example.
    pub secrets: Vec<Subject>,
}

/// An entitlement that a principal holds.
#[derive(Debug)]
#[non_exhaustive]
pub struct Holding {
    /// The grant, with what it refers to.
    pub grant: JoinedGrant,
    /// Through which other entitlements it is held.
    pub through: Vec<Reason>,
}

/// An entitlement through which another one is held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// Its id.
    pub entitlement_id: String,
    /// Its name.
    pub entitlement: String,
    /// The resource that it is on, as people know it.
    pub on: String,
    /// Whether the principal holds it itself.
    pub direct: bool,
    /// Through which further entitlements the principal holds it.
    pub through: Vec<Reason>,
}

impl Review {
    /// All that a principal holds, and why.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn access(&self, of: &ResourceKey) -> Result<Access, ReviewError> {
        let filter = Filter {
            principal: Some(of.clone()),
            ..Filter::default()
        };
        let grants: Vec<JoinedGrant> = self.grants(&filter).collect::<Result<_, _>>()?;
        let held: BTreeMap<&str, &Held> = grants
            .iter()
            .map(|grant| (&*grant.entitlement_id, &grant.held))
            .collect();
        let mut reasons = Vec::with_capacity(grants.len());
        for grant in &grants {
            let mut above = BTreeSet::from([&*grant.entitlement_id]);
            reasons.push(self.reasons(&grant.held, &held, &mut above)?);
        }
        let holdings = grants.into_iter().zip(reasons);
        let mut holdings: Vec<Holding> = holdings
            .map(|(grant, through)| Holding { grant, through })
            .collect();
        holdings.sort_by_cached_key(|holding| {
            let on = holding.grant.on_subject();
            let entitlement = holding.grant.entitlement_shown().to_owned();
            (
                on.key.resource_type.clone(),
                on.shown().to_owned(),
                on.key.resource,
                entitlement,
                holding.grant.id.clone(),
            )
        });
        Ok(Access {
            principal: self.subject(of)?,
            holdings,
            secrets: self.secrets_of(of)?,
        })
    }

    fn reasons<'a>(
        &self,
        held: &'a Held,
        all: &BTreeMap<&str, &'a Held>,
        above: &mut BTreeSet<&'a str>,
    ) -> Result<Vec<Reason>, ReviewError> {
        let mut reasons = Vec::new();
        for source in &held.through {
            let id = &*source.entitlement_id;
            let known = self.entitlement(id)?;
            let on = known
                .as_ref()
                .and_then(|known| known.message().resource.as_ref()?.id.as_ref());
            let on = on
                .and_then(ResourceKey::from_proto)
                .map(|on| self.subject(&on))
                .transpose()?;
            let of_source = all.get(id).copied();
            // Groups may hold each other; what stands above is not said again.
            let further = match of_source {
                Some(of_source) if !of_source.own && above.insert(id) => {
                    let further = self.reasons(of_source, all, above)?;
                    above.remove(id);
                    further
                }
                _ => Vec::new(),
            };
            reasons.push(Reason {
                entitlement_id: id.to_owned(),
                entitlement: entitlement_shown(known.as_deref(), id).to_owned(),
                on: on.map_or_else(|| id.to_owned(), |on| on.shown().to_owned()),
                direct: of_source.map_or(source.direct, |held| held.own),
                through: further,
            });
        }
        Ok(reasons)
    }

    /// The secrets that act for a principal.
    fn secrets_of(&self, of: &ResourceKey) -> Result<Vec<Subject>, ReviewError> {
        let is_secret = |traits: &[i32]| traits.contains(&(Trait::Secret as i32));
        let types = self
            .resource_types()
            .filter(|kind| is_secret(&kind.message().traits));
        let mut secrets = Vec::new();
        for kind in types.map(|kind| kind.message().id.clone()) {
            let filter = Filter {
                resource_types: vec![kind],
                ..Filter::default()
            };
            for resource in self.resources(&filter) {
                let subject = resource?.subject();
                if subject.owner.as_ref() == Some(of) {
                    secrets.push(subject);
                }
            }
        }
        Ok(secrets)
    }
}

impl Reason {
    /// The reason in words: `Finance`, `Staff (through Everyone)`.
    pub fn shown(&self) -> String {
        if self.through.is_empty() {
            return self.on.clone();
        }
        format!("{} (through {})", self.on, all_shown(&self.through))
    }
}

/// Reasons in words, one after the other.
pub fn all_shown(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::shown).collect::<Vec<_>>().join(", ")
}
