//! What the connector is, whether it works, and what it does not have.

use super::{Answer, Local, not_offered};
use crate::status::Failure;
use connector_proto::connector::v2::*;
use connector_proto::wkt;
use connector_sdk::Code;

/// The member of the profile by which a peer knows that grants come with the access through groups that follows from them.
pub(crate) const EXPANDED: &str = "access_is_expanded";

impl Local {
    /// What the connector is and can do.
    ///
    /// # Errors
    /// A defect of the connector.
    pub async fn get_metadata(
        &self,
        request: ConnectorServiceGetMetadataRequest,
    ) -> Answer<ConnectorServiceGetMetadataResponse> {
        self.answer(request, |local, _| async move {
            let metadata = ConnectorMetadata {
                profile: Some(wkt::object([(EXPANDED, true.into())])),
                ..connector_sdk::metadata(&local.spec())
            };
            Ok(ConnectorServiceGetMetadataResponse {
                metadata: Some(metadata),
            })
        })
        .await
    }

    /// Checks credential and configuration.
    ///
    /// # Errors
    /// Why a sync cannot succeed.
    pub async fn validate(
        &self,
        request: ConnectorServiceValidateRequest,
    ) -> Answer<ConnectorServiceValidateResponse> {
        self.answer(request, |local, _| async move {
            let notices = local.inner.connector.validate().await;
            for notice in notices.map_err(|error| Failure::from(&error))? {
                tracing::info!(kind = notice.kind, "the check of the connector has a remark");
                tracing::debug!(
                    subject = notice.subject,
                    detail = notice.detail,
                    "what the remark is about"
                );
            }
            Ok(ConnectorServiceValidateResponse {
                annotations: Vec::new(),
                sdk_version: local.inner.options.version.clone(),
            })
        })
        .await
    }

    /// Ends a sync, and its snapshot with it.
    ///
    /// # Errors
    /// A request that breaks a rule.
    pub async fn cleanup(
        &self,
        request: ConnectorServiceCleanupRequest,
    ) -> Answer<ConnectorServiceCleanupResponse> {
        self.answer(request, |local, request| async move {
            local.inner.snapshots.end(&request.active_sync_id);
            Ok(ConnectorServiceCleanupResponse::default())
        })
        .await
    }

    /// The event feeds: none.
    ///
    /// # Errors
    /// A request that breaks a rule.
    pub async fn list_event_feeds(&self, request: ListEventFeedsRequest) -> Answer<ListEventFeedsResponse> {
        self.answer(
            request,
            |_, _| async move { Ok(ListEventFeedsResponse::default()) },
        )
        .await
    }

    /// Events, of which there is no feed.
    ///
    /// # Errors
    /// Always.
    pub async fn list_events(&self, request: ListEventsRequest) -> Answer<ListEventsResponse> {
        self.answer(request, |_, _| async move {
            Err(Failure::new(Code::NotFound, "there is no event feed"))
        })
        .await
    }

    /// Whether an asset may be asked for. No resource refers to one, so that there are no data.
    ///
    /// # Errors
    /// A request that breaks a rule.
    pub async fn get_asset(&self, request: AssetServiceGetAssetRequest) -> Answer<()> {
        self.answer(request, |_, _| async move { Ok(()) }).await
    }

    /// Answers any call about tickets, of which there are none.
    pub(crate) async fn no_tickets<Q: prost::Message + prost::Name, A: Send + 'static>(
        &self,
        request: Q,
    ) -> Answer<A> {
        self.answer(request, |_, _| async move { Err(not_offered("have tickets")) })
            .await
    }
}
