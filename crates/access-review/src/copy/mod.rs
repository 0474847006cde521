//! One sync as an artifact of its own, as it is or without personal data.

mod pseudonyms;

use self::pseudonyms::Pseudonyms;
use crate::error::ReviewError;
use crate::review::Review;
use c1z_file::{
    ArtifactWriter, AssetRow, EntitlementRow, GrantRow, ResourceRow, StorageEngine, SyncId, SyncRun,
    WriterOptions,
};
use connector_proto::connector::v2;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use prost::Message as _;
use std::path::Path;

/// How many rows were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Accounts, groups and all other resources.
    pub resources: u64,
    /// Entitlements.
    pub entitlements: u64,
    /// Grants.
    pub grants: u64,
}

impl Review {
    /// Writes this sync as the only one of an artifact at `output`. Rows and times are the same.
    ///
    /// # Errors
    /// [`ReviewError::Read`], [`ReviewError::Write`]
    pub fn copy_to(&self, output: &Path) -> Result<Copied, ReviewError> {
        self.convert_to(output, self.artifact().storage_engine())
    }

    /// The same, stored in this way. What one way stores and the other does not stays behind: of the sides of a grant and of the
    /// resource of an entitlement a store keeps the ids, and a database keeps times without saying of which zone they are.
    ///
    /// # Errors
    /// [`ReviewError::Read`], [`ReviewError::Write`]
    pub fn convert_to(&self, output: &Path, storage_engine: StorageEngine) -> Result<Copied, ReviewError> {
        self.write_to(output, storage_engine, None)
    }

    /// Writes this sync without personal data as the only one of an artifact at `output`: as many rows, held in the same ways,
    /// with made-up names, addresses and ids. The made-up ones count the originals in the order of their ids, so that they are
    /// the same each time. Of profiles only what is known to name nobody stays, of times the day.
    ///
    /// # Errors
    /// [`ReviewError::Read`], [`ReviewError::Write`]
    pub fn sanitize_to(&self, output: &Path) -> Result<Copied, ReviewError> {
        let pseudonyms = Pseudonyms::of(self)?;
        self.write_to(output, self.artifact().storage_engine(), Some(&pseudonyms))
    }

    fn write_to(
        &self,
        output: &Path,
        storage_engine: StorageEngine,
        pseudonyms: Option<&Pseudonyms>,
    ) -> Result<Copied, ReviewError> {
        let (artifact, sync) = (self.artifact(), self.sync());
        // Times of an artifact do not say of which zone they are: taken for UTC both ways they stay as they are.
        let started = sync.started().ok();
        let started = started.and_then(|time| TimeZone::UTC.to_timestamp(time.wall_clock()).ok());
        let started = started.unwrap_or(Timestamp::UNIX_EPOCH);
        let ended = self.as_of().unwrap_or(started);
        let sync_id: SyncId = sync.sync_id.parse()?;
        let mut run = SyncRun::new(sync_id, started, sync.sync_type.clone());
        if sync.sync_type.may_have_parent()
            && let Ok(parent) = sync.parent_sync_id.parse()
        {
            run = run.with_parent(parent);
        }
        let options = WriterOptions::new(run)
            .with_zone(TimeZone::UTC)
            .with_storage_engine(storage_engine);
        let mut out = ArtifactWriter::create(output, options)?;
        if sync.supports_diff {
            out.expansion_ran();
        }
        let mut copied = Copied::default();
        for row in artifact.resource_types(&sync.sync_id) {
            let mut message = row?.decode()?;
            if pseudonyms.is_some() {
                message.annotations.clear();
                message.description.clear();
            }
            out.resource_type(&message)?;
        }
        for row in artifact.resources(&sync.sync_id) {
            let message = row?.decode_checked()?;
            let message = match pseudonyms {
                Some(pseudonyms) => pseudonyms.resource(&message),
                None => message,
            };
            let id = message.id.clone().unwrap_or_default();
            let parent = message.parent_resource_id.as_ref();
            let parent = parent.filter(|parent| !parent.resource.is_empty());
            out.resource(ResourceRow {
                resource_type_id: &id.resource_type,
                resource_id: &id.resource,
                parent: parent.map(|parent| (&*parent.resource_type, &*parent.resource)),
                data: &message.encode_to_vec(),
            })?;
            copied.resources += 1;
        }
        for row in artifact.entitlements(&sync.sync_id) {
            let message = row?.decode_checked()?;
            let message = match pseudonyms {
                Some(pseudonyms) => pseudonyms.entitlement(&message),
                None => message,
            };
            let on = id_of(message.resource.as_ref());
            out.entitlement(EntitlementRow {
                resource_type_id: &on.resource_type,
                resource_id: &on.resource,
                entitlement_id: &message.id,
                data: &message.encode_to_vec(),
            })?;
            copied.entitlements += 1;
        }
        for row in artifact.grants(&sync.sync_id) {
            let row = row?;
            let (message, expansion) = (row.decode_checked()?, row.expandable()?);
            let (message, expansion) = match pseudonyms {
                Some(pseudonyms) => (
                    pseudonyms.grant(&message),
                    expansion.map(|expansion| pseudonyms.expansion(expansion)),
                ),
                None => (message, expansion),
            };
            let entitlement = message.entitlement.as_ref();
            let on = id_of(entitlement.and_then(|entitlement| entitlement.resource.as_ref()));
            let to = id_of(message.principal.as_ref());
            out.grant(GrantRow {
                resource_type_id: &on.resource_type,
                resource_id: &on.resource,
                entitlement_id: entitlement.map_or("", |entitlement| &entitlement.id),
                principal_type: &to.resource_type,
                principal_id: &to.resource,
                grant_id: &message.id,
                expansion: expansion.map(|expansion| expansion.encode_to_vec()).as_deref(),
                data: &message.encode_to_vec(),
            })?;
            copied.grants += 1;
        }
        // A picture may show somebody.
        if pseudonyms.is_none() {
            for row in artifact.assets(&sync.sync_id) {
                let row = row?;
                out.asset(AssetRow {
                    asset_id: &row.external_id,
                    content_type: &row.content_type,
                    data: &row.data,
                })?;
            }
        }
        let token = match pseudonyms {
            Some(_) => pseudonyms::token(&sync.sync_token),
            None => sync.sync_token.clone(),
        };
        out.finish(ended, &token)?;
        Ok(copied)
    }
}

fn id_of(resource: Option<&v2::Resource>) -> v2::ResourceId {
    resource
        .and_then(|resource| resource.id.clone())
        .unwrap_or_default()
}
