//! Listings of a peer, page by page.

use super::peer::Peer;
use super::rows;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use connector_proto::connector::v2::{self, *};
use connector_proto::{Message as _, any};
use connector_sdk::{
    Code, Error, FollowUp, Page, PageToken, Parent, Plan, ResourceGetter, ResourceKey, ResourceRow,
    ResourceSyncer, Result, Standing, Subject, SyncContext,
};
use prost_types::Any;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What the listings of all types have in common.
#[derive(Clone)]
pub(super) struct Listing {
    peer: Arc<Peer>,
    types: Arc<[String]>,
    /// Whether the peer works out access through groups itself.
    expanded: bool,
}

impl Listing {
    pub(super) fn new(peer: Arc<Peer>, types: Vec<String>, expanded: bool) -> Self {
        Self {
            peer,
            types: types.into(),
            expanded,
        }
    }

    /// The listings of one type.
    pub(super) fn of(&self, resource_type: &v2::ResourceType) -> Syncer {
        let skips = Skips::of(&resource_type.annotations);
        Syncer {
            of: self.clone(),
            resource_type: resource_type.id.clone(),
            skips,
            fixed: OnceCell::new(),
        }
    }
}

/// Lists the resources of one type.
pub(super) struct Syncer {
    of: Listing,
    resource_type: String,
    skips: Skips,
    /// The entitlements that every resource of the type has.
    fixed: OnceCell<Vec<v2::Entitlement>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Skips {
    entitlements: bool,
    grants: bool,
}

impl Skips {
    fn of(annotations: &[Any]) -> Self {
        let both = annotations.iter().any(any::is::<SkipEntitlementsAndGrants>);
        Self {
            entitlements: both || annotations.iter().any(any::is::<SkipEntitlements>),
            grants: both || annotations.iter().any(any::is::<SkipGrants>),
        }
    }
}

/// Where the listing of a type stands: it goes through the children of what it meets too.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Place {
    /// The token of the peer.
    #[serde(default)]
    token: String,
    /// Children of this type …
    #[serde(default)]
    children: String,
    /// … of this resource.
    #[serde(default)]
    parent: Option<ResourceKey>,
}

#[async_trait]
impl ResourceSyncer for Syncer {
    fn plan(&self) -> Plan {
        Plan {
            entitlements: !self.skips.entitlements,
            grants: !self.skips.grants,
            // Such a peer says of everything whether the vendor confirms it.
            effective_access_on: if self.of.expanded {
                self.of.types.to_vec()
            } else {
                Vec::new()
            },
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let place: Place = token.state()?;
        let resource_type = match place.children.as_str() {
            "" => self.resource_type.clone(),
            children => children.to_owned(),
        };
        let peer = &self.of.peer;
        let request = ResourcesServiceListResourcesRequest {
            resource_type_id: resource_type,
            parent_resource_id: place.parent.as_ref().map(ResourceKey::to_proto),
            page_token: place.token.clone(),
            active_sync_id: peer.sync_id(),
            ..Default::default()
        };
        let asked = || async {
            let mut client = resources_service_client::ResourcesServiceClient::new(peer.transport.clone());
            client.list_resources(Peer::asking(request.clone())).await
        };
        let listed = peer
            .read(asked)
            .await
            .map_err(|error| refused(error, &place.token))?;
        let mut page = Page::empty();
        for resource in listed.list {
            for child in resource
                .annotations
                .iter()
                .filter_map(any::unpack::<ChildResourceType>)
            {
                let place = Place {
                    children: child.map_err(rows::unreadable)?.resource_type_id,
                    parent: resource.id.as_ref().and_then(ResourceKey::from_proto),
                    token: String::new(),
                };
                page.also.push(PageToken::of_state(&place)?);
            }
            page.resources.push(self.row(resource));
        }
        let next = |token: String| {
            PageToken::of_state(&Place {
                token,
                ..place.clone()
            })
        };
        page.next = Some(listed.next_page_token)
            .filter(|token| !token.is_empty())
            .map(next)
            .transpose()?;
        for token in more(&listed.annotations)? {
            page.also.push(next(token)?);
        }
        Ok(page)
    }

    async fn entitlements(&self, _: &SyncContext, resource: &Subject, token: &PageToken) -> Result<Page> {
        let on = self.known(resource)?;
        let mut page = Page::empty();
        if Skips::of(&on.annotations).entitlements {
            return Ok(page);
        }
        let peer = &self.of.peer;
        let request = EntitlementsServiceListEntitlementsRequest {
            resource: Some(on),
            page_token: token.as_str().to_owned(),
            active_sync_id: peer.sync_id(),
            ..Default::default()
        };
        let asked = || async {
            let mut client =
                entitlements_service_client::EntitlementsServiceClient::new(peer.transport.clone());
            client.list_entitlements(Peer::asking(request.clone())).await
        };
        let listed = peer
            .read(asked)
            .await
            .map_err(|error| refused(error, token.as_str()))?;
        let key = resource.key();
        let rows = listed
            .list
            .into_iter()
            .map(|message| rows::entitlement(message, key));
        page.entitlements = rows.collect::<Result<_>>()?;
        if token.is_first() {
            let own = request
                .resource
                .as_ref()
                .map_or("", |on| on.display_name.as_str());
            for fixed in self.fixed().await? {
                page.entitlements
                    .push(rows::entitlement(on_resource(fixed, key, own), key)?);
            }
        }
        page.next = next(listed.next_page_token);
        page.also = more(&listed.annotations)?
            .into_iter()
            .map(PageToken::new)
            .collect();
        Ok(page)
    }

    async fn grants(&self, _: &SyncContext, resource: &Subject, token: &PageToken) -> Result<Page> {
        let on = self.known(resource)?;
        let mut page = Page::empty();
        if Skips::of(&on.annotations).grants {
            return Ok(page);
        }
        let peer = &self.of.peer;
        let request = GrantsServiceListGrantsRequest {
            resource: Some(on),
            page_token: token.as_str().to_owned(),
            active_sync_id: peer.sync_id(),
            ..Default::default()
        };
        let asked = || async {
            let mut client = grants_service_client::GrantsServiceClient::new(peer.transport.clone());
            client.list_grants(Peer::asking(request.clone())).await
        };
        let listed = peer
            .read(asked)
            .await
            .map_err(|error| refused(error, token.as_str()))?;
        for message in listed.list {
            page.grants
                .extend(rows::grant(message, resource.key(), self.of.expanded)?);
        }
        page.next = next(listed.next_page_token);
        page.also = more(&listed.annotations)?
            .into_iter()
            .map(PageToken::new)
            .collect();
        Ok(page)
    }
}

impl Syncer {
    /// The peer wants a resource whole when it is asked about it; one of ours goes by its id.
    fn row(&self, resource: v2::Resource) -> ResourceRow {
        let whole = || FollowUp::of_state(&STANDARD_NO_PAD.encode(resource.encode_to_vec()));
        ResourceRow {
            standing: Standing::Listed,
            follow_up: (!self.of.expanded).then(whole),
            resource,
        }
    }

    fn known(&self, resource: &Subject) -> Result<v2::Resource> {
        let whole: Option<String> = resource.follow_up()?;
        let Some(whole) = whole else {
            return Ok(v2::Resource {
                id: Some(resource.key().to_proto()),
                ..Default::default()
            });
        };
        let bytes = STANDARD_NO_PAD.decode(whole).ok();
        let message = bytes.and_then(|bytes| v2::Resource::decode(bytes.as_slice()).ok());
        message.ok_or_else(|| {
            let message = format!("what was kept of {} cannot be read", resource.key());
            Error::new(Code::Internal, message)
        })
    }

    async fn fixed(&self) -> Result<&[v2::Entitlement]> {
        let peer = &self.of.peer;
        let read = || async {
            let mut all = Vec::new();
            let mut request = EntitlementsServiceListStaticEntitlementsRequest {
                resource_type_id: self.resource_type.clone(),
                active_sync_id: peer.sync_id(),
                ..Default::default()
            };
            loop {
                let asked = || async {
                    let client = entitlements_service_client::EntitlementsServiceClient::new;
                    client(peer.transport.clone())
                        .list_static_entitlements(Peer::asking(request.clone()))
                        .await
                };
                let listed = peer.read(asked).await?;
                all.extend(listed.list);
                if listed.next_page_token.is_empty() {
                    return Ok(all);
                }
                if listed.next_page_token == request.page_token {
                    let message = "the listing of entitlements of a type comes back to its own page";
                    return Err(Error::new(Code::Internal, message));
                }
                request.page_token = listed.next_page_token;
            }
        };
        self.fixed.get_or_try_init(read).await.map(Vec::as_slice)
    }
}

/// An entitlement that every resource of a type has, on one of them.
fn on_resource(fixed: &v2::Entitlement, on: &ResourceKey, name: &str) -> v2::Entitlement {
    let mut own = fixed.clone();
    own.id = connector_sdk::entitlement_id(on, &fixed.slug);
    for text in [&mut own.display_name, &mut own.description] {
        if text.is_empty() {
            name.clone_into(text);
        }
    }
    own
}

fn next(token: String) -> Option<PageToken> {
    (!token.is_empty()).then(|| PageToken::new(token))
}

/// Further pages of a listing.
fn more(annotations: &[Any]) -> Result<Vec<String>> {
    let more = any::pick::<EnqueuePageTokens>(annotations).transpose();
    Ok(more.map_err(rows::unreadable)?.unwrap_or_default().page_tokens)
}

/// A peer that lost its place refuses the token, and the listing begins again.
fn refused(error: Error, token: &str) -> Error {
    if error.code() == Code::InvalidArgument && !token.is_empty() {
        return Error::cursor_refused(error.message());
    }
    error
}

#[async_trait]
impl ResourceGetter for Syncer {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let peer = &self.of.peer;
        let request = ResourceGetterServiceGetResourceRequest {
            resource_id: Some(key.to_proto()),
            ..Default::default()
        };
        let asked = || async {
            let mut client =
                resource_getter_service_client::ResourceGetterServiceClient::new(peer.transport.clone());
            client.get_resource(Peer::asking(request.clone())).await
        };
        let found = peer.read(asked).await?.resource;
        let missing = || Error::new(Code::NotFound, format!("the peer has no {key}"));
        found.map(|resource| self.row(resource)).ok_or_else(missing)
    }
}
