//! Looking ids up in an artifact. They are opaque: nothing takes them apart.

use super::error::{ArtifactAsked, ChangeError};
use super::prepare::Lookup;
use super::stated::Stated;
use super::suggest::{Closest, Suggestion};
use crate::origin::{self, Origin};
use c1z_file::{Artifact, ReadError, ReadOptions, SyncInfo};
use connector_proto::any;
use connector_proto::connector::v2;
use connector_sdk::{ResourceKey, Tenant, entitlement_id, grant_id};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows looked at for a suggestion at most, so that a slip in a large tenant is answered in seconds. A slip in an id
/// far behind may go without one.
const LOOKED_AT: usize = 1_000_000;

/// Where ids are looked up.
#[derive(Debug)]
pub(super) struct Known(Source);

#[derive(Debug)]
enum Source {
    Artifact(OpenArtifact),
    /// What the caller states, and whether it names the tenant.
    Stated(Box<Stated>, bool),
}

/// An artifact that was opened, checked and compared with a tenant once, for many changes that look their ids up in it. Clones
/// are the same one.
#[derive(Clone, Debug)]
pub struct OpenArtifact(Arc<Mutex<Synced>>);

/// An artifact's latest finished full sync.
#[derive(Debug)]
struct Synced {
    artifact: Artifact,
    sync: SyncInfo,
    asked: ArtifactAsked,
    /// Whether the sync says of itself that rows may be missing that are still there.
    lost_rows: bool,
    /// What a person should know about where it came from.
    note: Option<String>,
}

impl Known {
    /// Opens the artifact that a change needs, checks it and compares its tenant with the one that would be changed.
    pub(super) fn open(lookup: &Lookup, tenant: Option<&Tenant>) -> Result<Self, ChangeError> {
        if let Some(stated) = lookup.stated.clone() {
            let stated = stated.checked(tenant)?;
            let names_tenant = tenant.is_some_and(|tenant| stated.names(tenant));
            return Ok(Self(Source::Stated(Box::new(stated), names_tenant)));
        }
        if let Some(opened) = lookup.opened.clone() {
            return Ok(Self(Source::Artifact(opened)));
        }
        let path = lookup.path.as_deref();
        let path = path.ok_or(ChangeError::NoArtifact { path: None })?;
        OpenArtifact::open(path, &lookup.temp_dirs, tenant).map(|opened| Self(Source::Artifact(opened)))
    }

    /// The same, where the change can do without: no artifact there, or none with a finished sync, is no error unless a person
    /// named it, to compare the change with it.
    pub(super) fn open_if_there(
        lookup: &Lookup,
        tenant: Option<&Tenant>,
    ) -> Result<Option<Self>, ChangeError> {
        match Self::open(lookup, tenant) {
            Ok(known) => Ok(Some(known)),
            Err(ChangeError::NoArtifact { .. } | ChangeError::Unfinished { .. }) if !lookup.named => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether that something is not there now can mean that it is gone: not where the sync may have lost rows.
    pub(super) fn proves_absence(&self) -> bool {
        match &self.0 {
            Source::Artifact(opened) => !opened.synced().lost_rows,
            Source::Stated(..) => true,
        }
    }

    /// What a person should know about where the artifact came from.
    pub(super) fn note(&self) -> Option<String> {
        match &self.0 {
            Source::Artifact(opened) => opened.synced().note.clone(),
            Source::Stated(..) => None,
        }
    }

    /// The artifact that was looked at.
    pub(super) fn asked(&self) -> Option<ArtifactAsked> {
        match &self.0 {
            Source::Artifact(opened) => Some(opened.synced().asked.clone()),
            Source::Stated(..) => None,
        }
    }

    /// Whether the tenant was compared with that of the connector.
    pub(super) fn is_compared(&self) -> bool {
        match &self.0 {
            Source::Artifact(_) => true,
            Source::Stated(_, names_tenant) => *names_tenant,
        }
    }

    /// An entitlement by its id.
    pub(super) fn entitlement(&self, id: &str) -> Result<v2::Entitlement, ChangeError> {
        match &self.0 {
            Source::Artifact(opened) => opened.synced().entitlement(id),
            Source::Stated(stated, _) => stated
                .entitlement(id)
                .cloned()
                .ok_or_else(|| unstated("entitlement", id)),
        }
    }

    pub(super) fn entitlement_if_there(&self, id: &str) -> Result<Option<v2::Entitlement>, ChangeError> {
        match &self.0 {
            Source::Artifact(opened) => opened.synced().entitlement_if_there(id),
            Source::Stated(stated, _) => Ok(stated.entitlement(id).cloned()),
        }
    }

    /// A grant by its id, with all that is known of its entitlement and its principal.
    pub(super) fn grant(&self, id: &str) -> Result<v2::Grant, ChangeError> {
        match &self.0 {
            Source::Artifact(opened) => opened.synced().grant(id),
            Source::Stated(stated, _) => {
                let stated = stated.grant.clone().filter(|grant| grant.id == id);
                stated.ok_or_else(|| unstated("grant", id))
            }
        }
    }

    /// A resource, where it is known.
    pub(super) fn resource(&self, key: &ResourceKey) -> Result<Option<v2::Resource>, ChangeError> {
        match &self.0 {
            Source::Artifact(opened) => opened.synced().resource(key),
            Source::Stated(stated, _) => Ok(stated.resource(key).cloned()),
        }
    }

    /// A resource that has to be there, to be granted something.
    pub(super) fn principal(&self, key: &ResourceKey) -> Result<v2::Resource, ChangeError> {
        match &self.0 {
            Source::Artifact(opened) => opened.synced().principal(key),
            Source::Stated(stated, _) => {
                let found = stated.resource(key).cloned();
                found.ok_or_else(|| unstated(&key.resource_type, &key.resource))
            }
        }
    }
}

impl OpenArtifact {
    /// Opens the artifact at `path`, checks it and compares its tenant with the one that would be changed. It is unpacked in the
    /// first of the folders that can be written. Blocks.
    ///
    /// # Errors
    /// [`ChangeError::NoArtifact`], [`ChangeError::Artifact`], [`ChangeError::Unfinished`], [`ChangeError::OtherTenant`],
    /// [`ChangeError::UnknownTenant`]
    pub fn open(path: &Path, temp_dirs: &[PathBuf], tenant: Option<&Tenant>) -> Result<Self, ChangeError> {
        let options = temp_dirs
            .iter()
            .fold(ReadOptions::default(), ReadOptions::with_temp_dir);
        let artifact = Artifact::open(path, options).map_err(|error| match error {
            ReadError::Unreadable { source, .. } if source.kind() == ErrorKind::NotFound => {
                ChangeError::NoArtifact {
                    path: Some(path.to_owned()),
                }
            }
            error => ChangeError::artifact(error),
        })?;
        artifact.check().map_err(ChangeError::artifact)?;
        let sync = artifact.latest_finished_full().map_err(ChangeError::artifact)?;
        let sync = sync.ok_or_else(|| ChangeError::Unfinished {
            path: path.to_owned(),
        })?;
        let asked = ArtifactAsked {
            path: path.to_owned(),
            sync_id: sync.sync_id.clone(),
            ended_at: sync.ended_at.clone().unwrap_or_default(),
        };
        let tenant_type = tenant.map(|tenant| tenant.resource.resource_type.as_str());
        let origin = Origin::read(&artifact, &sync, tenant_type).map_err(ChangeError::artifact)?;
        let moved = tenant
            .map(|tenant| same_tenant(path, &origin, tenant))
            .transpose()?
            .flatten();
        let doubted = artifact
            .doubt()
            .map(|why| format!("others may have written {} ({why})", path.display()));
        let notes: Vec<String> = doubted.into_iter().chain(moved).collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Ok(Self(Arc::new(Mutex::new(Synced {
            artifact,
            sync,
            asked,
            lost_rows: origin.lost_rows,
            note,
        }))))
    }

    fn synced(&self) -> MutexGuard<'_, Synced> {
        // Nothing in here panics half way through a write.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change names what its caller does not state.
fn unstated(what: &str, id: &str) -> ChangeError {
    ChangeError::Contradicted(format!("the {what} {id:?} is named and not stated"))
}

impl Synced {
    /// An entitlement by its id.
    fn entitlement(&self, id: &str) -> Result<v2::Entitlement, ChangeError> {
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

    fn entitlement_if_there(&self, id: &str) -> Result<Option<v2::Entitlement>, ChangeError> {
        let row = self.artifact.entitlement(&self.sync.sync_id, id);
        let found = row
            .and_then(|row| row.map(|row| row.decode_checked()).transpose())
            .map_err(ChangeError::artifact)?;
        let Some(mut entitlement) = found else {
            return Ok(None);
        };
        let on = entitlement.resource.as_ref().and_then(|on| on.id.as_ref());
        let on = on.and_then(ResourceKey::from_proto);
        let joined = on
            .as_ref()
            .filter(|_| !entitlement.slug.is_empty())
            .map(|on| entitlement_id(on, &entitlement.slug));
        agree("entitlement", id, joined)?;
        // Artifacts of the third format have but its id here.
        let is_bare = |on: &&mut v2::Resource| on.display_name.is_empty();
        if let Some((bare, on)) = entitlement.resource.as_mut().filter(is_bare).zip(on)
            && let Some(known) = self.resource(&on)?
        {
            *bare = known;
        }
        Ok(Some(entitlement))
    }

    /// A grant by its id, with all that the artifact knows of its entitlement and its principal: grants hold but their
    /// ids.
    fn grant(&self, id: &str) -> Result<v2::Grant, ChangeError> {
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
        let mut grant = row.decode_checked().map_err(ChangeError::artifact)?;
        let principal = ResourceKey::new(&row.principal_resource_type_id, &row.principal_resource_id);
        agree("grant", id, Some(grant_id(&row.entitlement_id, &principal)))?;
        if let Some(entitlement) = self.entitlement_if_there(&row.entitlement_id)? {
            grant.entitlement = Some(entitlement);
        }
        if let Some(principal) = self.resource(&principal)? {
            grant.principal = Some(principal);
        }
        Ok(grant)
    }

    /// A resource, where the artifact has it.
    fn resource(&self, key: &ResourceKey) -> Result<Option<v2::Resource>, ChangeError> {
        let row = self
            .artifact
            .resource(&self.sync.sync_id, &key.resource_type, &key.resource);
        row.and_then(|row| row.map(|row| row.decode_checked()).transpose())
            .map_err(ChangeError::artifact)
    }

    /// A resource that has to be there, to be granted something.
    fn principal(&self, key: &ResourceKey) -> Result<v2::Resource, ChangeError> {
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

/// Refuses a row whose id is not the one that its parts are joined to: whoever asks for it by its id would change something
/// else.
fn agree(kind: &'static str, id: &str, joined: Option<String>) -> Result<(), ChangeError> {
    match joined.filter(|joined| joined != id) {
        None => Ok(()),
        Some(joined) => Err(ChangeError::artifact(ReadError::Contradiction {
            kind,
            id: id.into(),
            column: "id",
            row: id.into(),
            message: joined.into(),
        })),
    }
}

/// Refuses an artifact of another tenant. What is not a reason to refuse, but to know: it was read at another address.
fn same_tenant(path: &Path, origin: &Origin, tenant: &Tenant) -> Result<Option<String>, ChangeError> {
    if let Some(found) = origin.contradicts(tenant) {
        return Err(ChangeError::OtherTenant {
            path: path.to_owned(),
            found,
            wanted: origin::shown(tenant),
        });
    }
    if origin.tenants.len() != 1 {
        return Err(ChangeError::UnknownTenant {
            path: path.to_owned(),
            kind: tenant.resource.resource_type.clone(),
            several: origin.tenants.len() > 1,
        });
    }
    Ok(origin.other_address(tenant).map(|address| {
        let now = tenant.base_url.as_deref().unwrap_or_default();
        format!(
            "{} was read at {address}, and the change is made at {now}",
            path.display()
        )
    }))
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
