//! Atlassian resource identifiers.

use crate::id::vendor_id;

vendor_id! {
    /// An Atlassian resource identifier: `ari:cloud:{owner}:{cloud id or nothing}:{type}/{id}`.
    ///
    /// It names what a role is held on: an app on a site (`ari:cloud:confluence::site/{cloud id}`), a site
    /// (`ari:cloud:platform::site/{cloud id}`), the organization (`ari:cloud:platform::org/{organization
    /// id}`), a workspace.
    pub struct ResourceAri; "resource", "an ARI such as ari:cloud:confluence::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873", is_ari
}

impl ResourceAri {
    /// The app that owns the resource (`confluence`, `platform`); nothing when this is no ARI.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        parts(self.as_str()).map(|parts| parts.owner)
    }

    /// What kind of thing it is (`site`, `org`, `workspace`); nothing when this is no ARI.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        parts(self.as_str()).map(|parts| parts.kind)
    }

    /// The last part: the cloud id of a site, the id of an organization or a workspace; nothing when this is
    /// no ARI.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        parts(self.as_str()).map(|parts| parts.id)
    }

    /// Whether this resource belongs to the site with this cloud id, given bare or as the end of an ARI.
    #[must_use]
    pub fn is_of_site(&self, cloud_id: &str) -> bool {
        !cloud_id.is_empty()
            && self
                .as_str()
                .strip_suffix(cloud_id)
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    }
}

struct Parts<'a> {
    owner: &'a str,
    kind: &'a str,
    id: &'a str,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (owner, rest) = text.strip_prefix("ari:cloud:")?.split_once(':')?;
    let (_cloud_id, resource) = rest.split_once(':')?;
    let (kind, id) = resource.split_once('/')?;
    (!owner.is_empty() && !kind.is_empty() && !id.is_empty()).then_some(Parts { owner, kind, id })
}

fn is_ari(text: &str) -> bool {
    text.len() <= 1024 && !text.chars().any(|c| c.is_whitespace() || c.is_control()) && parts(text).is_some()
}
