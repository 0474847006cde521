//! Looking ids up in an artifact. They are opaque: nothing takes them apart.

use super::error::{ArtifactAsked, ChangeError};
use super::prepare::Lookup;
use super::suggest::{Closest, Suggestion};
use c1z_file::{Artifact, ReadError, ReadOptions, SyncInfo};
use connector_proto::any;
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use std::io::ErrorKind;

/// Rows looked at for a suggestion at most, so that a slip in a large tenant is answered in seconds. A slip in an id
/// far behind may go without one.
const LOOKED_AT: usize = 1_000_000;

/// An artifact's latest finished full sync.
#[derive(Debug)]
pub(super) struct Known {
    artifact: Artifact,
    sync: SyncInfo,
    asked: ArtifactAsked,
}

impl Known {
    /// Opens the artifact that a change needs.
    pub(super) fn open(lookup: &Lookup) -> Result<Self, ChangeError> {
        let path = lookup.path.as_deref();
        let path = path.ok_or(ChangeError::NoArtifact { path: None })?;
        let temp_dirs = lookup.temp_dirs.iter();
        let options = temp_dirs.fold(ReadOptions::default(), ReadOptions::with_temp_dir);
        let artifact = Artifact::open(path, options).map_err(|error| match error {
            ReadError::Unreadable { source, .. } if source.kind() == ErrorKind::NotFound => {
                ChangeError::NoArtifact {
                    path: Some(path.to_owned()),
                }
            }
            error => ChangeError::artifact(error),
        })?;
        let sync = artifact.latest_finished_full().map_err(ChangeError::artifact)?;
        let sync = sync.ok_or_else(|| ChangeError::Unfinished {
            path: path.to_owned(),
        })?;
        let asked = ArtifactAsked {
            path: path.to_owned(),
            sync_id: sync.sync_id.clone(),
            ended_at: sync.ended_at.clone().unwrap_or_default(),
        };
        Ok(Self {
            artifact,
            sync,
            asked,
        })
    }

    /// The same, where the change can do without: no artifact there, or none with a finished sync, is no error.
    pub(super) fn open_if_there(lookup: &Lookup) -> Result<Option<Self>, ChangeError> {
        match Self::open(lookup) {
            Ok(known) => Ok(Some(known)),
            Err(ChangeError::NoArtifact { .. } | ChangeError::Unfinished { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was looked at.
    pub(super) fn asked(&self) -> &ArtifactAsked {
        &self.asked
    }

    /// An entitlement by its id.
    pub(super) fn entitlement(&self, id: &str) -> Result<v2::Entitlement, ChangeError> {
        if let Some(found) = self.entitlement_if_there(id)? {
            return Ok(found);
        }
        let mut closest = Closest::new(id);
        for row in self.artifact.entitlements(&self.sync.sync_id).take(LOOKED_AT) {
            let entitlement = row.and_then(|row| row.decode()).map_err(ChangeError::artifact)?;
            closest.offer(&entitlement.id, &[&entitlement.display_name]);
        }
        Err(self.missing("entitlement", id, closest.into_suggestions()))
    }

    pub(super) fn entitlement_if_there(&self, id: &str) -> Result<Option<v2::Entitlement>, ChangeError> {
        let row = self.artifact.entitlement(&self.sync.sync_id, id);
        row.and_then(|row| row.map(|row| row.decode()).transpose())
            .map_err(ChangeError::artifact)
    }

    /// A grant by its id, with all that the artifact knows of its entitlement and its principal: grants hold but their
    /// ids.
    pub(super) fn grant(&self, id: &str) -> Result<v2::Grant, ChangeError> {
        let row = self
            .artifact
            .grant(&self.sync.sync_id, id)
            .map_err(ChangeError::artifact)?;
        let Some(row) = row else {
            let mut closest = Closest::new(id);
            for row in self.artifact.grants(&self.sync.sync_id).take(LOOKED_AT) {
                closest.offer(&row.map_err(ChangeError::artifact)?.external_id, &[]);
            }
            return Err(self.missing("grant", id, closest.into_suggestions()));
        };
        let mut grant = row.decode().map_err(ChangeError::artifact)?;
        if let Some(entitlement) = self.entitlement_if_there(&row.entitlement_id)? {
            grant.entitlement = Some(entitlement);
        }
        let principal = ResourceKey::new(&row.principal_resource_type_id, &row.principal_resource_id);
        if let Some(principal) = self.resource(&principal)? {
            grant.principal = Some(principal);
        }
        Ok(grant)
    }

    /// A resource, where the artifact has it.
    pub(super) fn resource(&self, key: &ResourceKey) -> Result<Option<v2::Resource>, ChangeError> {
        let row = self
            .artifact
            .resource(&self.sync.sync_id, &key.resource_type, &key.resource);
        row.and_then(|row| row.map(|row| row.decode()).transpose())
            .map_err(ChangeError::artifact)
    }

    /// A resource that has to be there, to be granted something.
    pub(super) fn principal(&self, key: &ResourceKey) -> Result<v2::Resource, ChangeError> {
        if let Some(found) = self.resource(key)? {
            return Ok(found);
        }
        let mut closest = Closest::new(&key.resource);
        let rows = self.artifact.resources(&self.sync.sync_id).take(LOOKED_AT);
        for row in rows {
            let row = row.map_err(ChangeError::artifact)?;
            if row.resource_type_id == key.resource_type {
                let resource = row.decode().map_err(ChangeError::artifact)?;
                let id = resource.id.clone().unwrap_or_default().resource;
                let names = names(&resource);
                closest.offer(&id, &names.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
        Err(self.missing(&key.resource_type, &key.resource, closest.into_suggestions()))
    }

    fn missing(&self, what: &str, id: &str, did_you_mean: Vec<Suggestion>) -> ChangeError {
        ChangeError::NotInArtifact {
            what: what.to_owned(),
            id: id.to_owned(),
            artifact: Box::new(self.asked.clone()),
            did_you_mean,
        }
    }
}

/// By what a person calls a resource: its name first, then login and addresses of accounts.
fn names(resource: &v2::Resource) -> Vec<String> {
    let mut names = vec![resource.display_name.clone()];
    // An account without a readable trait still has its name.
    if let Some(Ok(user)) = any::pick::<v2::UserTrait>(&resource.annotations) {
        names.push(user.login);
        names.extend(user.emails.into_iter().map(|e| e.address));
    }
    names
}
