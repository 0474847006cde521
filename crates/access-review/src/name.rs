//! What a person means by a name.

use crate::error::{Candidate, ReviewError};
use crate::find::FoundWhat;
use crate::fold;
use crate::list::Filter;
use crate::review::Review;
use crate::subject::Subject;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;

/// Candidates named where a name is ambiguous.
const NAMED: usize = 5;

impl Review {
    /// The resource that a person means: by its id, its type and id or name joined by a colon, an address, a login or its name.
    /// Only an id settles it at once; where any other text fits several resources, none is meant. Case does not count,
    /// accents do.
    ///
    /// # Errors
    /// [`ReviewError::NotFound`], [`ReviewError::Ambiguous`], [`ReviewError::Read`]
    pub fn resource_named(&self, text: &str, filter: &Filter) -> Result<ResourceKey, ReviewError> {
        self.named_resource("resource", text, filter)
    }

    /// The account that a person means, as [`resource_named`](Self::resource_named).
    ///
    /// # Errors
    /// The same.
    pub fn account_named(&self, text: &str) -> Result<ResourceKey, ReviewError> {
        let types = self.resource_types().map(|kind| kind.message.id.clone());
        let filter = Filter {
            resource_types: types.filter(|id| self.is_account_type(id)).collect(),
            ..Filter::default()
        };
        if filter.resource_types.is_empty() {
            return self.resource_named(text, &filter);
        }
        self.named_resource("account", text, &filter)
    }

    fn named_resource(
        &self,
        what: &'static str,
        text: &str,
        filter: &Filter,
    ) -> Result<ResourceKey, ReviewError> {
        let mut by_id = Vec::new();
        let types = self.resource_types().map(|kind| &*kind.message.id);
        for kind in types.filter(|kind| {
            filter.resource_types.is_empty() || filter.resource_types.iter().any(|wanted| wanted == kind)
        }) {
            let joined = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':'));
            for id in [Some(text), joined]
                .into_iter()
                .flatten()
                .filter(|id| !id.is_empty())
            {
                let key = ResourceKey::new(kind, id);
                if self.resource(&key)?.is_some() {
                    by_id.push(key);
                }
            }
        }
        if let [one] = by_id.as_slice() {
            return Ok(one.clone());
        }
        let wanted = fold::same(text);
        let mut matches = Matches::new(what, text);
        for resource in self.resources(filter) {
            let subject = resource?.subject();
            if by_id.contains(&subject.key) || goes_by(&subject, &wanted) {
                matches.add(subject.key.clone(), || candidate(&subject));
            }
        }
        matches.only(|| self.close(text, FoundWhat::Resource, filter))
    }

    /// The entitlement that a person means: by its id, or by its name or slug, alone or behind the name of its resource, with or
    /// without the type of that: `group:Finance:member`, `Finance:member`, and `group:Finance` where that has but one. Only an
    /// id settles it at once; where any other text fits several entitlements, none is meant.
    ///
    /// # Errors
    /// [`ReviewError::NotFound`], [`ReviewError::Ambiguous`], [`ReviewError::Read`]
    pub fn entitlement_named(&self, text: &str) -> Result<String, ReviewError> {
        if self.entitlement(text)?.is_some() {
            return Ok(text.to_owned());
        }
        let wanted = fold::same(text);
        let all = Filter::default();
        let mut matches = Matches::new("entitlement", text);
        for entitlement in self.entitlements(&all) {
            let joined = entitlement?;
            let (entitlement, on) = (&joined.entitlement.message, joined.subject());
            if is_called(entitlement, &on, &wanted) {
                let named = || Candidate {
                    id: entitlement.id.clone(),
                    name: format!("{} of {}", entitlement.display_name, on.shown()),
                };
                matches.add(entitlement.id.clone(), named);
            }
        }
        matches.only(|| self.close(text, FoundWhat::Entitlement, &all))
    }
}

/// What fits a name.
struct Matches<T> {
    what: &'static str,
    text: String,
    first: Option<T>,
    candidates: Vec<Candidate>,
    more: bool,
}

impl<T> Matches<T> {
    fn new(what: &'static str, text: &str) -> Self {
        Self {
            what,
            text: text.to_owned(),
            first: None,
            candidates: Vec::new(),
            more: false,
        }
    }

    fn add(&mut self, one: T, candidate: impl FnOnce() -> Candidate) {
        if self.candidates.len() == NAMED {
            self.more = true;
            return;
        }
        self.first.get_or_insert(one);
        self.candidates.push(candidate());
    }

    /// The only one.
    fn only(self, close: impl FnOnce() -> Result<Vec<Candidate>, ReviewError>) -> Result<T, ReviewError> {
        match self.first {
            Some(one) if self.candidates.len() == 1 => Ok(one),
            Some(_) => Err(ReviewError::Ambiguous {
                what: self.what,
                text: self.text,
                candidates: self.candidates,
                more: self.more,
            }),
            None => Err(ReviewError::NotFound {
                what: self.what,
                text: self.text,
                candidates: close()?,
            }),
        }
    }
}

fn candidate(subject: &Subject) -> Candidate {
    let names = [subject.name.as_str(), subject.email()];
    Candidate {
        id: subject.key.to_string(),
        name: names
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn goes_by(subject: &Subject, wanted: &str) -> bool {
    let typed = format!("{}:{}", subject.key.resource_type, subject.name);
    let names = [&subject.name, &subject.login, &typed];
    let mut names = names
        .into_iter()
        .chain(&subject.emails)
        .filter(|name| !name.is_empty());
    names.any(|name| fold::same(name) == wanted)
}

fn is_called(entitlement: &v2::Entitlement, on: &Subject, wanted: &str) -> bool {
    let ResourceKey {
        resource_type,
        resource,
    } = &on.key;
    let own = [&*entitlement.display_name, &*entitlement.slug];
    let own = || own.into_iter().filter(|name| !name.is_empty()).map(fold::same);
    if own().any(|name| name == wanted) {
        return true;
    }
    let of_resource = [&*on.name, resource].into_iter().filter(|name| !name.is_empty());
    of_resource.map(fold::same).any(|name| {
        let untyped = wanted
            .strip_prefix(&fold::same(resource_type))
            .and_then(|rest| rest.strip_prefix(':'));
        let is_own = |rest: &str| own().any(|name| name == rest);
        let of_it = |text: &str| {
            text.strip_prefix(&*name)
                .and_then(|rest| rest.strip_prefix(':'))
                .is_some_and(is_own)
        };
        untyped == Some(&*name) || untyped.is_some_and(of_it) || of_it(wanted)
    })
}
