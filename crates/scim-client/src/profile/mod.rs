//! What a provider makes of the protocol: what it does not offer, what it adds, and what its operations do.

mod atlassian;
mod body;
mod change;
mod check;
mod effects;
mod error;
mod learn;
mod rules;

use std::borrow::Cow;

pub use atlassian::{ATLASSIAN_EXTENSION, ATLASSIAN_URL, AtlassianUser, atlassian_url};
pub use effects::{CreationEffect, DeletionEffect, Effects, RateExpectation};
pub use error::ProfileError;

use crate::model::ResourceKind;
pub(crate) use body::Purpose;
use rules::{BulkLimits, Offer, Offers, PageRules, Rules};

/// What a provider makes of the protocol.
///
/// A client holds every request against its profile before it is sent, and refuses with a [`ProfileError`] what
/// the provider would refuse, ignore in silence or understand otherwise.
///
/// | | [`rfc`](Self::rfc) | [`atlassian`](Self::atlassian) |
/// |---|---|---|
/// | filter | any | users: one `eq` on `userName` or `externalId`; groups: one `eq` on `displayName` |
/// | sorting, `ETag` conditions, `/Me`, `/.search`, `/Bulk` | sent | refused: there is none |
/// | paging | by index or by cursor | by index |
/// | `count` | 0 to 1000, 100 by default | 1 to 100, 100 by default |
/// | `attributes`, `excludedAttributes` | sent | of users only |
/// | a user needs | `userName` | `userName` and exactly one primary e-mail address |
/// | a group needs | `displayName` | `displayName`, which never changes; members are users |
/// | attributes | all | those the vendor lists; of the enterprise extension `organization` and `department` |
/// | conditions in the path of a change | any | one `eq` |
/// | removing a list of values beside the path | refused: it would remove all | sent |
/// | removing all `members` | sent | refused: name the members, or replace the list |
/// | media type | `application/scim+json` | `application/scim+json` |
/// | creating a user | creates | creates, or links an account that is there ([`Effects`]) |
/// | deleting a user | deletes | deactivates the account, and forgets the record |
///
/// In every profile, the attributes that only a server sets (`id`, `meta`, the `groups` of a user) are not
/// changed, and at most one value of an attribute is the primary one (RFC 7643 §2.4).
#[derive(Clone, Debug)]
pub struct Profile {
    name: Cow<'static, str>,
    media_type: MediaType,
    offers: Offers,
    bulk_limits: BulkLimits,
    page: PageRules,
    users: Rules,
    groups: Rules,
    effects: Effects,
}

/// The media type of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaType {
    /// `application/scim+json` (RFC 7644 §8.1).
    Scim,
    /// `application/json`, for servers that take no other.
    Json,
}

impl Profile {
    /// The protocol as it is written, with everything it has. Follow it with
    /// [`restricted_by`](Self::restricted_by) once the server has said what it offers.
    #[must_use]
    pub fn rfc() -> Self {
        Self {
            name: Cow::Borrowed("a SCIM server"),
            media_type: MediaType::Scim,
            offers: Offers {
                patch: Offer::Yes,
                filter: Offer::Yes,
                sort: Offer::Yes,
                etag: Offer::Yes,
                me: Offer::Yes,
                search: Offer::Yes,
                bulk: Offer::Yes,
                paging_by_index: Offer::Yes,
                paging_by_cursor: Offer::Yes,
                remove_values: Offer::no(
                    "RFC 7644 removes all values of the path and ignores the list; use a condition in the path",
                ),
            },
            bulk_limits: BulkLimits::default(),
            page: PageRules {
                least: 0,
                most: 1000,
                usual: 100,
            },
            users: Rules::standard(&[("userName", "RFC 7643 §4.1.1 requires it")]),
            groups: Rules::standard(&[("displayName", "RFC 7643 §4.2 requires it")]),
            effects: Effects::standard(),
        }
    }

    /// Atlassian Cloud user provisioning.
    ///
    /// From the vendor's description of the API and its support pages. What they leave open is sent.
    #[must_use]
    pub fn atlassian() -> Self {
        atlassian::profile()
    }

    /// The same profile under another name, which is told in errors.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// The same profile with another media type.
    #[must_use]
    pub fn with_media_type(mut self, media_type: MediaType) -> Self {
        self.media_type = media_type;
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The media type of what is sent.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// How many resources a page is asked for unless the query says otherwise.
    #[must_use]
    pub fn page_size(&self) -> u32 {
        self.page.usual
    }

    /// What the operations do beyond the directory.
    #[must_use]
    pub fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The count of a request that only wants to know how many there are.
    pub(crate) fn least_count(&self) -> u32 {
        self.page.least
    }

    fn rules(&self, kind: ResourceKind) -> &Rules {
        match kind {
            ResourceKind::User => &self.users,
            ResourceKind::Group => &self.groups,
        }
    }
}

impl MediaType {
    /// The media type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "application/scim+json",
            Self::Json => "application/json",
        }
    }

    /// What is accepted in an answer: servers exist that refuse to answer in the type of RFC 7644.
    pub(crate) fn accept(self) -> &'static str {
        match self {
            Self::Scim => "application/scim+json, application/json;q=0.9",
            Self::Json => "application/json",
        }
    }
}
