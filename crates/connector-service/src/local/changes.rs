//! Changes: access, accounts, resources.

use super::{Answer, Local, key, not_offered};
use crate::account;
use crate::status::Failure;
use connector_proto::connector::v2::{self, *};
use connector_runtime::change::{Change, ChangeRecord, Stated};
use connector_sdk::Code;
use prost_types::Any;

impl Local {
    /// Gives a principal an entitlement.
    ///
    /// # Errors
    /// Where it was not made, or its result is not known.
    pub async fn grant(
        &self,
        request: GrantManagerServiceGrantRequest,
    ) -> Answer<GrantManagerServiceGrantResponse> {
        self.answer(request, |local, request| async move {
            let (entitlement, principal) = (request.entitlement.unwrap_or_default(), request.principal);
            let asked = Change::Grant {
                entitlement_id: entitlement.id.clone(),
                principal: key(principal.as_ref().and_then(|principal| principal.id.as_ref()))?,
            };
            let stated = Stated {
                entitlement: Some(entitlement),
                resource: principal,
                grant: None,
            };
            let record = local.provisioned(asked, Some(stated)).await?;
            Ok(GrantManagerServiceGrantResponse {
                annotations: annotations(&record),
                grants: Vec::new(),
            })
        })
        .await
    }

    /// Takes a grant away.
    ///
    /// # Errors
    /// As [`grant`](Self::grant).
    pub async fn revoke(
        &self,
        request: GrantManagerServiceRevokeRequest,
    ) -> Answer<GrantManagerServiceRevokeResponse> {
        self.answer(request, |local, request| async move {
            let grant = request.grant.unwrap_or_default();
            let asked = Change::Revoke {
                grant_id: grant.id.clone(),
            };
            let stated = Stated {
                grant: Some(grant),
                ..Stated::default()
            };
            let record = local.provisioned(asked, Some(stated)).await?;
            Ok(GrantManagerServiceRevokeResponse {
                annotations: annotations(&record),
            })
        })
        .await
    }

    /// Creates an account.
    ///
    /// # Errors
    /// As [`grant`](Self::grant).
    pub async fn create_account(&self, request: CreateAccountRequest) -> Answer<CreateAccountResponse> {
        self.answer(request, |local, request| async move {
            local.provisions()?;
            let asked = account::asked(request, local.spec().account_schema.as_ref())?;
            let record = local.provisioned(asked, None).await?;
            Ok(account::answered(record))
        })
        .await
    }

    /// Deletes a resource.
    ///
    /// # Errors
    /// As [`grant`](Self::grant).
    pub async fn delete_resource(&self, request: DeleteResourceRequest) -> Answer<DeleteResourceResponse> {
        self.answer(request, |local, request| async move {
            let annotations = local
                .deleted(request.resource_id, request.parent_resource_id)
                .await?;
            Ok(DeleteResourceResponse { annotations })
        })
        .await
    }

    /// Deletes a resource, as the newer call has it.
    ///
    /// # Errors
    /// As [`grant`](Self::grant).
    pub async fn delete_resource_v2(
        &self,
        request: DeleteResourceV2Request,
    ) -> Answer<DeleteResourceV2Response> {
        self.answer(request, |local, request| async move {
            let annotations = local
                .deleted(request.resource_id, request.parent_resource_id)
                .await?;
            Ok(DeleteResourceV2Response { annotations })
        })
        .await
    }

    /// Creates a resource, which no connector does here.
    ///
    /// # Errors
    /// Always.
    pub async fn create_resource(&self, request: CreateResourceRequest) -> Answer<CreateResourceResponse> {
        self.answer(request, |local, _| async move {
            local.provisions()?;
            Err(not_offered("create resources"))
        })
        .await
    }

    /// Replaces a credential, which no connector does here.
    ///
    /// # Errors
    /// Always.
    pub async fn rotate_credential(
        &self,
        request: RotateCredentialRequest,
    ) -> Answer<RotateCredentialResponse> {
        self.answer(request, |local, _| async move {
            local.provisions()?;
            Err(not_offered("rotate credentials"))
        })
        .await
    }

    /// Issues a credential, which no connector does here.
    ///
    /// # Errors
    /// Always.
    pub async fn issue_credential(&self, request: IssueCredentialRequest) -> Answer<IssueCredentialResponse> {
        self.answer(request, |local, _| async move {
            local.provisions()?;
            Err(not_offered("issue credentials"))
        })
        .await
    }

    /// The platform has the resource from a sync, so that it is gone already where it is not there.
    async fn deleted(
        &self,
        id: Option<v2::ResourceId>,
        parent_resource_id: Option<v2::ResourceId>,
    ) -> Result<Vec<Any>, Failure> {
        let resource = key(id.as_ref())?;
        let stated = v2::Resource {
            id,
            parent_resource_id,
            ..Default::default()
        };
        let stated = Stated {
            resource: Some(stated),
            ..Stated::default()
        };
        let record = self
            .provisioned(Change::Delete { resource }, Some(stated))
            .await?;
        Ok(annotations(&record))
    }

    async fn provisioned(&self, asked: Change, stated: Option<Stated>) -> Result<ChangeRecord, Failure> {
        if !self.inner.options.provisioning {
            return Err(Failure::new(
                Code::FailedPrecondition,
                "provisioning is not enabled",
            ));
        }
        let made = self.changed(asked, stated, self.inner.stop.child_token()).await;
        made.map_err(|error| Failure::from(&error))
    }
}

/// What the protocol says of a change beside success.
fn annotations(record: &ChangeRecord) -> Vec<Any> {
    let annotation = record.annotation();
    annotation
        .map(|annotation| annotation.to_any())
        .into_iter()
        .collect()
}
