//! What one connector call answers: rows, notices, and where to go on.

use crate::grant::GrantRow;
use crate::id::ResourceKey;
use crate::standing::{Standing, StatedResources};
use crate::token::PageToken;
use crate::{entitlement::EntitlementRow, resource::ResourceRow};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// One page of a listing.
///
/// Any call may answer with rows of any kind: a listing of resources may state their entitlements, a listing of
/// grants may bring the resources and entitlements that it met. Rows are merged by identity when the sync is sealed,
/// so stating a row twice does no harm and no order of pages changes the artifact.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Resources.
    pub resources: Vec<ResourceRow>,
    /// Entitlements.
    pub entitlements: Vec<EntitlementRow>,
    /// Grants, stated or conditional.
    pub grants: Vec<GrantRow>,
    /// What could not be read and what a person should know.
    pub notices: Vec<Notice>,
    /// Where the same listing goes on; `None` on its last page.
    pub next: Option<PageToken>,
    /// Further listings of the same call that may be read at the same time as this one.
    pub also: Vec<PageToken>,
    /// True where the call could not learn what the resource holds, though it is not an error: the effective access of
    /// this principal counts as *not read*, so nothing about it is called unconfirmed.
    pub unread: bool,
    /// True where the vendor proved that the resource of the call is no longer there: it was deleted since it was listed.
    /// Where that is said of many resources of one type, the engine doubts it and names a gap. The page says so in a
    /// notice of its own as well.
    pub gone: bool,
}

impl Page {
    /// A page without rows that ends its listing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Whether it has no row and no further page.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
            && self.entitlements.is_empty()
            && self.grants.is_empty()
            && self.next.is_none()
            && self.also.is_empty()
    }
}

/// Something to tell about a sync, beside its rows.
///
/// Notices are rows like any other: they are merged by class, kind and subject, survive an interrupted sync, and are
/// counted by kind in its summary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// What it means for the artifact.
    pub class: NoticeClass,
    /// Machine-readable kind in snake case, `api_tokens` for example.
    pub kind: String,
    /// What it is about: a resource, an assignment, a row.
    pub subject: String,
    /// What happened, for people; holds no secret.
    pub detail: String,
}

/// What a [`Notice`] means for the artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeClass {
    /// Something could not be read, so the artifact lacks it: the exit code says so.
    Gap,
    /// Something is complete but worth counting.
    Fact,
    /// Something about the run, said once.
    Remark,
}

impl Notice {
    /// Something that could not be read.
    pub fn gap(kind: impl Into<String>, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(NoticeClass::Gap, kind, subject, detail)
    }

    /// Something complete but worth counting.
    pub fn fact(kind: impl Into<String>, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(NoticeClass::Fact, kind, subject, detail)
    }

    /// Something about the run, said once however often it is stated.
    pub fn remark(kind: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(NoticeClass::Remark, kind, "", detail)
    }

    fn new(
        class: NoticeClass,
        kind: impl Into<String>,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            class,
            kind: kind.into(),
            subject: subject.into(),
            detail: detail.into(),
        }
    }
}

/// What a sync was asked for; handed to every call so that no request is made for rows nobody wants.
#[derive(Clone, Default)]
pub struct SyncContext {
    types: Option<Vec<String>>,
    access: bool,
    stated: Option<Arc<dyn StatedResources>>,
}

impl SyncContext {
    /// Everything, access included.
    pub fn everything() -> Self {
        Self {
            access: true,
            ..Self::default()
        }
    }

    /// Only resources of these types (`None`: all), with or without entitlements and grants.
    pub fn new(types: Option<Vec<String>>, access: bool) -> Self {
        Self {
            types,
            access,
            stated: None,
        }
    }

    /// The same, asking `stated` what has been stated.
    #[must_use]
    pub fn with_stated(self, stated: Arc<dyn StatedResources>) -> Self {
        Self {
            stated: Some(stated),
            ..self
        }
    }

    /// The same, for resources of these types only.
    #[must_use]
    pub fn narrowed(&self, types: Vec<String>) -> Self {
        Self {
            types: Some(types),
            ..self.clone()
        }
    }

    /// Whether a row of this standing, or a better one, has stated this resource already. Where every row of a standing says
    /// the same of a resource, another one changes nothing and need not be built. False says nothing: what states it may
    /// still be read.
    pub fn is_stated(&self, resource_type: &str, resource: &str, standing: Standing) -> bool {
        self.stated
            .as_ref()
            .is_some_and(|stated| stated.is_stated(resource_type, resource, standing))
    }

    /// Whether resources of this type are wanted.
    pub fn wants(&self, resource_type: &str) -> bool {
        self.types
            .as_ref()
            .is_none_or(|types| types.iter().any(|t| t == resource_type))
    }

    /// Whether grants on entitlements of the one type to principals of the other are wanted.
    pub fn wants_grants(&self, entitlement_type: &str, principal_type: &str) -> bool {
        self.access && self.wants(entitlement_type) && self.wants(principal_type)
    }

    /// Whether entitlements and grants are wanted at all.
    pub fn wants_access(&self) -> bool {
        self.access
    }
}

impl fmt::Debug for SyncContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncContext")
            .field("types", &self.types)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// The parent of a child listing, or none for the listing at the top.
pub type Parent<'a> = Option<&'a ResourceKey>;
