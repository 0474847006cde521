//! What a person means by a name.

use crate::error::{Candidate, ReviewError};
use crate::find::FoundWhat;
use crate::fold;
use crate::list::Filter;
use crate::review::Review;
use crate::subject::Subject;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use std::fmt;

/// Candidates named where a name is ambiguous.
const NAMED: usize = 5;

impl Review {
    /// The resource that a person means: by its id, an address, a login or its name, each alone or behind its type and a colon.
    /// Only an id settles it at once; where any other text fits several resources, none is meant. Case does not count,
    /// accents do. Accounts are called what their owners like, so the name of one counts only where it looks like neither an
    /// address nor an id.
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
        let types = self.resource_types().map(|kind| kind.message().id.clone());
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
        let types = self.resource_types().map(|kind| &*kind.message().id);
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
            let is_account = self.is_account_type(&subject.key.resource_type);
            if by_id.contains(&subject.key) || goes_by(&subject, &wanted, is_account) {
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
            let (entitlement, on) = (joined.entitlement.message(), joined.subject());
            if is_called(entitlement, &on, &wanted) {
                matches.add(entitlement.id.clone(), || entitlement_candidate(entitlement, &on));
            }
        }
        matches.only(|| self.close(text, FoundWhat::Entitlement, &all))
    }

    /// What a text was taken to mean where it named the resource `key`; none where it is the id, which means the same for ever.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn resource_meant(&self, text: &str, key: &ResourceKey) -> Result<Option<Meant>, ReviewError> {
        if text == key.resource || text == key.to_string() {
            return Ok(None);
        }
        let subject = self.subject(key)?;
        Ok(Some(Meant {
            shown: candidate(&subject),
            of_what_is_held: false,
            is_account: self.is_account_type(&key.resource_type),
            text: text.to_owned(),
            subject,
        }))
    }

    /// The same where it named the entitlement `id`.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn entitlement_meant(&self, text: &str, id: &str) -> Result<Option<Meant>, ReviewError> {
        let known = self.entitlement(id)?.filter(|_| text != id);
        let on = known.as_ref().and_then(|known| {
            let on = known.message().resource.as_ref()?.id.as_ref()?;
            ResourceKey::from_proto(on)
        });
        let Some((known, on)) = known.zip(on) else {
            return Ok(None);
        };
        let subject = self.subject(&on)?;
        Ok(Some(Meant {
            shown: entitlement_candidate(known.message(), &subject),
            of_what_is_held: true,
            is_account: false,
            text: text.to_owned(),
            subject,
        }))
    }
}

/// What a text was taken to mean when the artifact was made, to be compared with what is there now.
#[derive(Clone, Debug)]
pub struct Meant {
    text: String,
    shown: Candidate,
    /// The resource that it names, or that the entitlement is on which it names.
    subject: Subject,
    of_what_is_held: bool,
    is_account: bool,
}

impl Meant {
    /// The resource of which the name is.
    pub fn key(&self) -> &ResourceKey {
        &self.subject.key
    }

    /// Whether the text still means it: by that resource as it is now. `None` where that does not tell, as an account that
    /// hides its address does.
    pub fn is_still(&self, now: &v2::Resource) -> Option<bool> {
        let (now, wanted) = (Subject::of(now), fold::same(&self.text));
        if self.of_what_is_held {
            let (before, name) = (fold::same(&self.subject.name), fold::same(&now.name));
            let is_named = !before.is_empty() && wanted.contains(&before);
            return match (is_named, name.is_empty()) {
                (true, true) => None,
                (is_named, _) => Some(!is_named || before == name),
            };
        }
        if goes_by(&now, &wanted, self.is_account) {
            return Some(true);
        }
        let tells = match self.is_account && wanted.contains('@') {
            true => !now.login.is_empty() || !now.emails.is_empty(),
            false => !now.name.is_empty(),
        };
        tells.then_some(false)
    }

    /// What a resource goes by, in words.
    pub fn names_of(now: &v2::Resource) -> String {
        candidate(&Subject::of(now)).name
    }
}

impl fmt::Display for Meant {
    /// The text and what it means: `"Finance" is "group:g-1:member" (member of Finance)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is {}", self.text, self.shown)
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

fn entitlement_candidate(entitlement: &v2::Entitlement, on: &Subject) -> Candidate {
    Candidate {
        id: entitlement.id.clone(),
        name: format!("{} of {}", entitlement.display_name, on.shown()),
    }
}

/// Whether a resource goes by a text, which is folded. Anybody can call himself like the address or the id of another, whom the
/// artifact may lack: of such a text only addresses and logins count, which the vendor keeps apart.
fn goes_by(subject: &Subject, wanted: &str, is_account: bool) -> bool {
    let own_type = fold::same(&subject.key.resource_type);
    let typed = wanted
        .strip_prefix(&own_type)
        .and_then(|rest| rest.strip_prefix(':'));
    let text = typed.unwrap_or(wanted);
    let is = |name: &String| !name.is_empty() && fold::same(name) == text;
    if is(&subject.login) || subject.emails.iter().any(is) {
        return true;
    }
    let may_be_a_name = match (is_account, typed) {
        (true, _) => !text.contains(['@', ':']),
        (false, None) => !text.contains('@'),
        (false, Some(_)) => true,
    };
    may_be_a_name && !looks_like_an_id(text) && is(&subject.name)
}

/// Whether a text ends like an id of a vendor: with a UUID, or 24 hexadecimal digits.
fn looks_like_an_id(text: &str) -> bool {
    let last = text.rsplit(':').next().unwrap_or(text);
    let digits = last.bytes().filter(|byte| *byte != b'-');
    matches!(digits.clone().count(), 24 | 32) && digits.into_iter().all(|digit| digit.is_ascii_hexdigit())
}

fn is_called(entitlement: &v2::Entitlement, on: &Subject, wanted: &str) -> bool {
    let ResourceKey {
        resource_type,
        resource,
    } = &on.key;
    let display_name = fold::same(&entitlement.display_name);
    let display_name = Some(display_name).filter(|name| agrees(name, &entitlement.slug, on));
    let slug = Some(fold::same(&entitlement.slug)).filter(|slug| !slug.is_empty());
    let own = || [&display_name, &slug].into_iter().flatten();
    if own().any(|name| *name == wanted) {
        return true;
    }
    let name = Some(fold::same(&on.name)).filter(|name| !name.is_empty() && !looks_like_an_id(name));
    name.into_iter().chain([fold::same(resource)]).any(|name| {
        let untyped = wanted
            .strip_prefix(&fold::same(resource_type))
            .and_then(|rest| rest.strip_prefix(':'));
        let is_own = |rest: &str| own().any(|name| *name == rest);
        let of_it = |text: &str| {
            text.strip_prefix(&*name)
                .and_then(|rest| rest.strip_prefix(':'))
                .is_some_and(is_own)
        };
        untyped == Some(&*name) || untyped.is_some_and(of_it) || of_it(wanted)
    })
}

/// Whether the display name of an entitlement, which is folded, says what its id says: its slug, and what it is on. Nobody but
/// the artifact has the display name, so that there is no other proof of it.
fn agrees(display_name: &str, slug: &str, on: &Subject) -> bool {
    let last = slug.rsplit(':').next().unwrap_or(slug);
    let says = |part: &str| display_name.contains(&*fold::same(part));
    !last.is_empty() && says(last) && !on.name.is_empty() && says(&on.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_proto::any;

    fn account(name: &str, email: &str) -> v2::Resource {
        let emails = [email].into_iter().filter(|email| !email.is_empty());
        let user = v2::UserTrait {
            emails: emails
                .map(|address| v2::user_trait::Email {
                    address: address.to_owned(),
                    is_primary: true,
                })
                .collect(),
            ..v2::UserTrait::default()
        };
        v2::Resource {
            annotations: vec![any::pack(&user)],
            ..resource("user", "712020:00000000-0000-4000-8000-000000000000", name)
        }
    }

    fn resource(kind: &str, id: &str, name: &str) -> v2::Resource {
        v2::Resource {
            id: Some(v2::ResourceId {
                resource_type: kind.to_owned(),
                resource: id.to_owned(),
                ..v2::ResourceId::default()
            }),
            display_name: name.to_owned(),
            ..v2::Resource::default()
        }
    }

    fn meant(text: &str, was: &v2::Resource, is_account: bool) -> Meant {
        let subject = Subject::of(was);
        Meant {
            text: text.to_owned(),
            shown: candidate(&subject),
            subject,
            of_what_is_held: false,
            is_account,
        }
    }

    #[test]
    fn nobody_is_called_like_the_address_or_the_id_of_another() {
        let called =
            |name: &str, text: &str| goes_by(&Subject::of(&account(name, "")), &fold::same(text), true);
        for text in [
            "new.ceo@larkspur.example",
            "user:new.ceo@larkspur.example",
            "New.CEO\u{ff20}larkspur.example",
            "712020:11111111-1111-4111-8111-111111111111",
            "user:712020:11111111-1111-4111-8111-111111111111",
            "11111111-1111-4111-8111-111111111111",
            "5b10a2844c20165700ede21f",
            "group:Finance",
        ] {
            let name = text.strip_prefix("user:").unwrap_or(text);
            assert!(!called(name, text) && !called(text, text), "{text}");
        }
        assert!(called("Ana Perez", "ana perez") && called("Ana Perez", "user:Ana Perez"));
        // What administrators call a group may hold an address, where it is said that a group is meant.
        let group = Subject::of(&resource("group", "g-1", "sales@larkspur.example"));
        assert!(goes_by(&group, "group:sales@larkspur.example", false));
        assert!(!goes_by(&group, "sales@larkspur.example", false));
    }

    /// Whoever edits an artifact can call an entitlement like another one.
    #[test]
    fn a_display_name_counts_where_it_says_what_the_id_says() {
        let on = Subject::of(&resource("organization", "o-1", "Larkspur"));
        let called = |display_name: &str, text: &str| {
            let entitlement = v2::Entitlement {
                id: "organization:o-1:role:atlassian/org-admin".to_owned(),
                slug: "role:atlassian/org-admin".to_owned(),
                display_name: display_name.to_owned(),
                ..v2::Entitlement::default()
            };
            is_called(&entitlement, &on, &fold::same(text))
        };
        let name = "atlassian/org-admin on Larkspur";
        assert!(called(name, name) && called(name, "Larkspur:role:atlassian/org-admin"));
        for other in [
            "atlassian/user on Bitbucket",
            "atlassian/org-admin on Bitbucket",
            "atlassian/user on Larkspur",
        ] {
            assert!(!called(other, other), "{other}");
            assert!(called(other, "role:atlassian/org-admin"));
        }
    }

    #[test]
    fn an_address_counts_alone_and_behind_the_type() {
        let ana = Subject::of(&account("Ana", "ana@larkspur.example"));
        for text in ["ana@larkspur.example", "user:ana@larkspur.example"] {
            assert!(goes_by(&ana, text, true), "{text}");
        }
        assert!(!goes_by(&ana, "group:ana@larkspur.example", true));
    }

    #[test]
    fn what_a_name_meant_is_compared_with_what_is_there_now() {
        let was = account("Ana", "ana@larkspur.example");
        for (text, now, expected) in [
            (
                "ana@larkspur.example",
                account("Ines", "Ana@larkspur.example"),
                Some(true),
            ),
            (
                "ana@larkspur.example",
                account("Ana", "bo@larkspur.example"),
                Some(false),
            ),
            ("ana@larkspur.example", account("ana@larkspur.example", ""), None),
            ("Ana", account("Ana", "bo@larkspur.example"), Some(true)),
            ("Ana", account("Bo", "ana@larkspur.example"), Some(false)),
            ("Ana", account("", "ana@larkspur.example"), None),
        ] {
            assert_eq!(meant(text, &was, true).is_still(&now), expected, "{text} {now:?}");
        }
        let group = |name| resource("group", "g-1", name);
        for (text, now, expected) in [
            ("group:Finance", group("Finance"), Some(true)),
            ("Finance:member", group("Admins"), Some(false)),
            ("Finance:member", group(""), None),
            ("member", group("Admins"), Some(true)),
            ("group:g-1", group("Admins"), Some(true)),
        ] {
            let meant = Meant {
                of_what_is_held: true,
                ..meant(text, &group("Finance"), false)
            };
            assert_eq!(meant.is_still(&now), expected, "{text} {now:?}");
        }
    }
}
