//! Finding resources and entitlements by what people remember of them.

use crate::error::{Candidate, ReviewError};
use crate::fold;
use crate::list::Filter;
use crate::review::Review;
use crate::subject::Subject;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use std::collections::BTreeSet;

/// How well something fits a text; the better is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// It is the text.
    Exact,
    /// It begins with the text.
    Begins,
    /// Words of it begin with the words of the text.
    Words,
    /// It holds the text somewhere.
    Contains,
    /// Words of it differ from those of the text in a few letters.
    Similar,
}

impl Fit {
    /// The fit in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Begins => "begins",
            Self::Words => "words",
            Self::Contains => "contains",
            Self::Similar => "similar",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Found {
    /// How well it fits.
    pub fit: Fit,
    /// What it is.
    pub what: FoundWhat,
    /// The name that people read.
    pub name: String,
    /// Its id, as changes take it.
    pub id: String,
    /// The type of the resource, or of the resource that the entitlement is on.
    pub resource_type: String,
    /// What else tells it from others: the address of an account, the resource of an entitlement.
    pub detail: String,
    /// Which of its texts fits: `name`, `email`, `login`, `id`, `slug`.
    pub by: &'static str,
}

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FoundWhat {
    /// A resource.
    Resource,
    /// An entitlement.
    Entitlement,
}

impl FoundWhat {
    /// It in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Entitlement => "entitlement",
        }
    }
}

/// The best finds, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finds {
    /// The best ones, the best first.
    pub best: Vec<Found>,
    /// All that fit, the best ones included.
    pub total: u64,
}

impl Review {
    /// Finds resources and entitlements whose names, addresses, logins or ids fit a text, at most `most` of them. Of the
    /// filter the resource types count.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn find(&self, text: &str, filter: &Filter, most: usize) -> Result<Finds, ReviewError> {
        let mut search = Search::new(text, most);
        for resource in self.resources(filter) {
            search.resource(&resource?.subject());
        }
        for entitlement in self.entitlements(filter) {
            let joined = entitlement?;
            search.entitlement(joined.entitlement.message(), &joined.subject());
        }
        Ok(Finds {
            best: search.best.into_iter().collect(),
            total: search.total,
        })
    }

    /// What is close to a text that names nothing.
    pub(crate) fn close(
        &self,
        text: &str,
        what: FoundWhat,
        filter: &Filter,
    ) -> Result<Vec<Candidate>, ReviewError> {
        // A name may be given behind the type of what it names.
        let typed = self
            .resource_types()
            .find_map(|kind| text.strip_prefix(&*kind.message().id)?.strip_prefix(':'));
        let mut search = Search::new(typed.unwrap_or(text), 5);
        match what {
            FoundWhat::Resource => {
                for resource in self.resources(filter) {
                    search.resource(&resource?.subject());
                }
            }
            FoundWhat::Entitlement => {
                for entitlement in self.entitlements(filter) {
                    let joined = entitlement?;
                    search.entitlement(joined.entitlement.message(), &joined.subject());
                }
            }
        }
        let candidate = |found: Found| Candidate {
            id: found.id,
            name: match &*found.detail {
                "" => found.name,
                detail => format!("{}, {detail}", found.name),
            },
        };
        Ok(search.best.into_iter().map(candidate).collect())
    }
}

struct Search {
    text: String,
    words: Vec<String>,
    most: usize,
    best: BTreeSet<Found>,
    total: u64,
}

impl Search {
    fn new(text: &str, most: usize) -> Self {
        let text = fold::loose(text);
        Self {
            words: words(&text).map(ToOwned::to_owned).collect(),
            text,
            most,
            best: BTreeSet::new(),
            total: 0,
        }
    }

    fn resource(&mut self, subject: &Subject) {
        let ResourceKey {
            resource_type,
            resource,
        } = &subject.key;
        let joined = subject.key.to_string();
        let emails = subject.emails.iter().map(|email| ("email", email.as_str()));
        let texts = [
            ("name", &*subject.name),
            ("login", &*subject.login),
            ("id", resource),
            ("id", &*joined),
        ];
        let Some((fit, by)) = self.best_fit(emails.chain(texts)) else {
            return;
        };
        self.keep(Found {
            fit,
            what: FoundWhat::Resource,
            name: subject.shown().to_owned(),
            id: resource.clone(),
            resource_type: resource_type.clone(),
            detail: subject.email().to_owned(),
            by,
        });
    }

    fn entitlement(&mut self, entitlement: &v2::Entitlement, on: &Subject) {
        let on_resource = format!("{} {}", on.shown(), entitlement.display_name);
        let texts = [
            ("name", &*entitlement.display_name),
            ("name", &*on_resource),
            ("slug", &*entitlement.slug),
            ("id", &*entitlement.id),
        ];
        let Some((fit, by)) = self.best_fit(texts.into_iter()) else {
            return;
        };
        let names = [&entitlement.display_name, &entitlement.slug, &entitlement.id];
        self.keep(Found {
            fit,
            what: FoundWhat::Entitlement,
            name: names
                .into_iter()
                .find(|name| !name.is_empty())
                .cloned()
                .unwrap_or_default(),
            id: entitlement.id.clone(),
            resource_type: on.key.resource_type.clone(),
            detail: on.shown().to_owned(),
            by,
        });
    }

    fn keep(&mut self, found: Found) {
        self.total += 1;
        self.best.insert(found);
        if self.best.len() > self.most {
            self.best.pop_last();
        }
    }

    fn best_fit<'a>(
        &self,
        texts: impl Iterator<Item = (&'static str, &'a str)>,
    ) -> Option<(Fit, &'static str)> {
        let fits = texts.filter_map(|(by, text)| {
            // Ids have no words, and one that differs in a letter is another one.
            let fit = self
                .fit(&fold::loose(text))
                .filter(|fit| by != "id" || *fit != Fit::Similar);
            fit.map(|fit| (fit, by))
        });
        fits.min_by_key(|(fit, _)| *fit)
    }

    fn fit(&self, text: &str) -> Option<Fit> {
        if self.text.is_empty() || text.is_empty() {
            return None;
        }
        if text == self.text {
            return Some(Fit::Exact);
        }
        if text.starts_with(&self.text) {
            return Some(Fit::Begins);
        }
        let every = |fits: &dyn Fn(&str, &str) -> bool| {
            !self.words.is_empty()
                && self
                    .words
                    .iter()
                    .all(|wanted| words(text).any(|word| fits(word, wanted)))
        };
        if every(&|word, wanted| word.starts_with(wanted)) {
            return Some(Fit::Words);
        }
        if text.contains(&self.text) {
            return Some(Fit::Contains);
        }
        every(&is_similar).then_some(Fit::Similar)
    }
}

/// Whether two words differ in few letters: one in four, and none of a word of three.
fn is_similar(word: &str, wanted: &str) -> bool {
    let (length, other) = (wanted.chars().count(), word.chars().count());
    let most = (length / 4).min(3);
    word.starts_with(wanted)
        || length.abs_diff(other) <= most && most > 0 && strsim::osa_distance(word, wanted) <= most
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}
