//! Listings: what there is, and who has it.

use super::{Answer, Local, key, not_offered};
use crate::pages::{Pages, Place};
use crate::status::Failure;
use connector_proto::any;
use connector_proto::connector::v2::*;
use connector_sdk::{Code, ResourceKey};
use prost_types::Any;
use std::sync::Arc;

impl Local {
    /// The resource types. With it the snapshot of a sync is begun.
    ///
    /// # Errors
    /// A connector without types.
    pub async fn list_resource_types(
        &self,
        request: ResourceTypesServiceListResourceTypesRequest,
    ) -> Answer<ResourceTypesServiceListResourceTypesResponse> {
        self.answer(request, |local, request| async move {
            let asked = local.inner.options.resource_types.as_deref();
            let list: Vec<ResourceType> = local
                .spec()
                .types
                .into_iter()
                .map(|of| of.resource_type)
                .filter(|of| asked.is_none_or(|asked| asked.contains(&of.id)))
                .collect();
            if list.is_empty() {
                return Err(Failure::new(Code::FailedPrecondition, "no resource types found"));
            }
            local.inner.snapshots.begin(&request.active_sync_id);
            Ok(ResourceTypesServiceListResourceTypesResponse {
                list,
                ..Default::default()
            })
        })
        .await
    }

    /// A page of the resources of a type.
    ///
    /// # Errors
    /// A type that there is not, and why there is no snapshot, or none yet.
    pub async fn list_resources(
        &self,
        request: ResourcesServiceListResourcesRequest,
    ) -> Answer<ResourcesServiceListResourcesResponse> {
        self.answer(request, |local, request| async move {
            local.entry(&request.resource_type_id)?;
            unscoped(&request.annotations)?;
            let parent = request.parent_resource_id.as_ref();
            let parent = parent.map(|parent| key(Some(parent))).transpose()?;
            let place = place(request.page_size, request.page_token);
            let pages = local.pages(&request.active_sync_id).await?;
            let (list, next_page_token) = pages.resources(request.resource_type_id, parent, place).await?;
            Ok(ResourcesServiceListResourcesResponse {
                list,
                next_page_token,
                ..Default::default()
            })
        })
        .await
    }

    /// A page of the entitlements of a resource.
    ///
    /// # Errors
    /// As [`list_resources`](Self::list_resources).
    pub async fn list_entitlements(
        &self,
        request: EntitlementsServiceListEntitlementsRequest,
    ) -> Answer<EntitlementsServiceListEntitlementsResponse> {
        self.answer(request, |local, request| async move {
            let on = local.on(request.resource.as_ref())?;
            unscoped(&request.annotations)?;
            let place = place(request.page_size, request.page_token);
            let pages = local.pages(&request.active_sync_id).await?;
            let (list, next_page_token) = pages.entitlements(on, place).await?;
            Ok(EntitlementsServiceListEntitlementsResponse {
                list,
                next_page_token,
                ..Default::default()
            })
        })
        .await
    }

    /// The entitlements that every resource of a type has, of which there are none here: each is listed with its resource.
    ///
    /// # Errors
    /// A type that there is not.
    pub async fn list_static_entitlements(
        &self,
        request: EntitlementsServiceListStaticEntitlementsRequest,
    ) -> Answer<EntitlementsServiceListStaticEntitlementsResponse> {
        self.answer(request, |local, request| async move {
            local.entry(&request.resource_type_id)?;
            Ok(EntitlementsServiceListStaticEntitlementsResponse::default())
        })
        .await
    }

    /// A page of the grants of the entitlements of a resource.
    ///
    /// # Errors
    /// As [`list_resources`](Self::list_resources).
    pub async fn list_grants(
        &self,
        request: GrantsServiceListGrantsRequest,
    ) -> Answer<GrantsServiceListGrantsResponse> {
        self.answer(request, |local, request| async move {
            let on = local.on(request.resource.as_ref())?;
            unscoped(&request.annotations)?;
            let place = place(request.page_size, request.page_token);
            let pages = local.pages(&request.active_sync_id).await?;
            let (list, next_page_token) = pages.grants(on, place).await?;
            Ok(GrantsServiceListGrantsResponse {
                list,
                next_page_token,
                ..Default::default()
            })
        })
        .await
    }

    /// One resource as it is now.
    ///
    /// # Errors
    /// One that there is not, or whose type has no such call.
    pub async fn get_resource(
        &self,
        request: ResourceGetterServiceGetResourceRequest,
    ) -> Answer<ResourceGetterServiceGetResourceResponse> {
        self.answer(request, |local, request| async move {
            let wanted = key(request.resource_id.as_ref())?;
            let getter = local.entry(&wanted.resource_type)?.getter;
            let kind = &wanted.resource_type;
            let getter =
                getter.ok_or_else(|| not_offered(&format!("read single resources of type {kind:?}")))?;
            let row = getter.get(&wanted).await.map_err(|error| Failure::from(&error))?;
            Ok(ResourceGetterServiceGetResourceResponse {
                resource: Some(row.resource),
                annotations: Vec::new(),
            })
        })
        .await
    }

    /// The pages of the snapshot of a sync, as soon as it is there.
    async fn pages(&self, sync: &str) -> Result<Arc<Pages>, Failure> {
        self.inner.snapshots.pages(sync, self.timeout).await
    }

    fn on(&self, resource: Option<&Resource>) -> Result<ResourceKey, Failure> {
        let on = key(resource.and_then(|resource| resource.id.as_ref()))?;
        self.entry(&on.resource_type)?;
        Ok(on)
    }
}

fn place(page_size: u32, page_token: String) -> Place {
    Place {
        page_size,
        page_token,
    }
}

/// Refuses to list a whole type by a call that is about one resource: no type here says that it can.
fn unscoped(annotations: &[Any]) -> Result<(), Failure> {
    let is_scoped = |annotation: &Any| {
        any::is::<TypeScopedEntitlements>(annotation) || any::is::<TypeScopedGrants>(annotation)
    };
    if annotations.iter().any(is_scoped) {
        let message = "no resource type here is listed as a whole by this call";
        return Err(Failure::new(Code::InvalidArgument, message));
    }
    Ok(())
}
