//! The calls that are still to be made.

use connector_sdk::{PageToken, ResourceKey, Subject};

/// Which call of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CallKind {
    /// List the resources of a type.
    List,
    /// List the entitlements of a resource.
    Entitlements,
    /// List the grants of a resource.
    Grants,
}

impl CallKind {
    /// What it lists.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::List => "resources",
            Self::Entitlements => "entitlements",
            Self::Grants => "grants",
        }
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::List => 0,
            Self::Entitlements => 1,
            Self::Grants => 2,
        }
    }

    pub(super) fn of(number: i64) -> Self {
        match number {
            0 => Self::List,
            1 => Self::Entitlements,
            _ => Self::Grants,
        }
    }
}

/// How many attempts of a listing may get no further than one before until its cursors are given up: an expiry may
/// happen twice at one place by chance.
const STALLED: u32 = 3;

/// Calls about single resources that are answered to the end.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) kind: CallKind,
    pub(crate) resource_type: String,
    pub(crate) further: bool,
    pub(crate) count: u64,
}

/// Who stated a row: a call, and which attempt of it. A listing that starts again is another attempt, and replaces what
/// the ones before it stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) call: u32,
    pub(crate) attempt: u16,
}

impl Owner {
    /// Of rows that no call owns.
    pub(super) const NOBODY: Self = Self { call: 0, attempt: 0 };
}

/// The resource that a call is about.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) subject: Subject,
    /// For messages.
    pub(crate) name: String,
}

/// One call to make.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its row in the staging file.
    pub(crate) row: u32,
    /// How often it started again, in earlier processes too.
    pub(crate) attempt: u16,
    pub(crate) kind: CallKind,
    pub(crate) resource_type: String,
    /// The resource it is about; of a listing: the parent.
    pub(crate) about: Option<Box<About>>,
    pub(crate) token: PageToken,
    /// Whether it is a further listing that another call named.
    pub(crate) further: bool,
    /// Whether it failed before and is made once more.
    pub(crate) second: bool,
    /// The most pages that an attempt of this process had read when its cursor was refused.
    pub(crate) furthest: Option<usize>,
    /// How many attempts in a row got no further than one before.
    pub(crate) stalled: u32,
    /// Hashes of the tokens that this listing has had in this process: one that returns would go round for ever.
    pub(crate) had: Vec<u64>,
}

impl Call {
    /// Whether this listing has had the token before, whatever the period of the circle.
    pub(crate) fn has_had(&self, token: &PageToken) -> bool {
        *token == self.token || self.had.contains(&hash(token))
    }

    /// The same listing at its next page.
    pub(crate) fn at(mut self, token: PageToken) -> Self {
        self.had.push(hash(&self.token));
        self.token = token;
        self
    }

    /// Takes in that the vendor refused the cursor, and says whether starting again is worth it: as long as each attempt
    /// gets further than any before, and a few times more.
    pub(crate) fn may_restart(&mut self) -> bool {
        let pages = self.had.len();
        if self.furthest.is_none_or(|furthest| pages > furthest) {
            self.furthest = Some(pages);
            self.stalled = 0;
            return true;
        }
        self.stalled += 1;
        self.stalled < STALLED
    }

    /// The same listing at its first page again.
    pub(crate) fn restarted(mut self, first: PageToken, attempt: u16) -> Self {
        self.had.clear();
        self.token = first;
        self.attempt = attempt;
        self
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner {
            call: self.row,
            attempt: self.attempt,
        }
    }

    /// The one resource that it is about; of a listing of children their parent.
    pub(crate) fn subject(&self) -> Option<&ResourceKey> {
        self.about.as_ref().map(|about| about.subject.key())
    }

    /// What the call is about, for messages.
    pub(crate) fn describe(&self) -> String {
        let of = |about: &About| {
            let key = about.subject.key();
            if about.name.is_empty() {
                key.to_string()
            } else {
                format!("{key} ({})", about.name)
            }
        };
        match (self.kind, &self.about) {
            (CallKind::List, None) => format!("listing resources of type {}", self.resource_type),
            (CallKind::List, Some(parent)) => format!("listing {} of {}", self.resource_type, of(parent)),
            (CallKind::Entitlements, Some(about)) => format!("listing entitlements of {}", of(about)),
            (CallKind::Grants, Some(about)) => format!("listing grants of {}", of(about)),
            (kind, None) => format!("{kind:?} of {}", self.resource_type),
        }
    }
}

fn hash(token: &PageToken) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}
