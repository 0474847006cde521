//! A page as the writer takes it: resources are encoded already.
//!
//! Encoding is done by the call that read the page, many at a time, so that the one writer has less to do and a page
//! that waits for it is small.

use crate::error::SyncError;
use connector_sdk::{EntitlementRow, GrantRow, Notice, Page, PageToken, ResourceKey};
use prost::Message;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(crate) struct StagedPage {
    pub(super) resources: Vec<EncodedResource>,
    pub(super) entitlements: Vec<EntitlementRow>,
    pub(super) grants: Vec<GrantRow>,
    pub(super) notices: Vec<Notice>,
    pub(super) next: Option<PageToken>,
    pub(super) also: Vec<PageToken>,
    pub(super) unread: bool,
    pub(super) gone: bool,
}

pub(super) struct EncodedResource {
    pub(super) key: ResourceKey,
    pub(super) rank: u16,
    pub(super) body: Vec<u8>,
    pub(super) hash: u64,
}

impl StagedPage {
    /// Encodes the resources of a page.
    ///
    /// # Errors
    /// [`SyncError::BadRow`] for a resource without an id.
    pub(crate) fn encode(page: Page) -> Result<Self, SyncError> {
        let Page {
            resources,
            entitlements,
            grants,
            notices,
            next,
            also,
            unread,
            gone,
        } = page;
        let resources = resources
            .into_iter()
            .map(|row| {
                let key = row.resource.id.as_ref().and_then(ResourceKey::from_proto);
                let key = key.ok_or_else(|| SyncError::BadRow("a resource without an id".into()))?;
                let body = row.resource.encode_to_vec();
                let mut hasher = DefaultHasher::new();
                body.hash(&mut hasher);
                Ok(EncodedResource {
                    key,
                    rank: row.standing.rank(),
                    hash: hasher.finish(),
                    body,
                })
            })
            .collect::<Result<_, SyncError>>()?;
        Ok(Self {
            resources,
            entitlements,
            grants,
            notices,
            next,
            also,
            unread,
            gone,
        })
    }

    pub(crate) fn next(&self) -> Option<&PageToken> {
        self.next.as_ref().filter(|token| !token.is_first())
    }
}
