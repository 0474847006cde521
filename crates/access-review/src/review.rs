//! One sync of an artifact, opened to be looked at.

use crate::cache::Cache;
use crate::error::ReviewError;
use crate::held::{Held, HeldAs};
use crate::joined::Known;
use crate::json::Parts;
use crate::subject::Subject;
use crate::what_if::Edges;
use c1z_file::{Artifact, ReadOptions, SyncInfo};
use connector_proto::connector::v2;
use connector_sdk::ResourceKey;
use prost::Message;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// Room for rows that were looked up, in bytes.
const MOST: usize = 40 << 20;

/// One sync of an artifact.
#[derive(Debug)]
pub struct Review {
    artifact: Rc<Artifact>,
    sync: SyncInfo,
    types: BTreeMap<String, Rc<Known<v2::ResourceType>>>,
    resources: Cache<ResourceKey, Option<Rc<Known<v2::Resource>>>>,
    entitlements: Cache<String, Option<Rc<Known<v2::Entitlement>>>>,
    pub(crate) parts: Rc<Parts>,
    pub(crate) edges: OnceCell<Rc<Edges>>,
}

impl Review {
    /// Opens the artifact at `path`, which may be of any origin: that its database holds nothing that could change what its
    /// rows say is checked. Without an id it is the sync that readers show.
    ///
    /// # Errors
    /// [`ReviewError::Read`], [`ReviewError::Unfinished`], [`ReviewError::UnknownSync`]
    pub fn open(path: &Path, options: ReadOptions, sync_id: Option<&str>) -> Result<Self, ReviewError> {
        let artifact = open(path, options)?;
        let syncs = artifact.syncs()?;
        let sync = match sync_id {
            Some(id) => syncs
                .iter()
                .find(|sync| sync.sync_id == id)
                .cloned()
                .ok_or_else(|| ReviewError::UnknownSync {
                    path: path.to_owned(),
                    id: id.to_owned(),
                    known: syncs.into_iter().map(|sync| sync.sync_id).collect(),
                })?,
            None => shown(&artifact)?.ok_or_else(|| ReviewError::Unfinished {
                path: path.to_owned(),
            })?,
        };
        Self::of(Rc::new(artifact), sync)
    }

    /// The two latest finished syncs of an artifact, the earlier one first.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`ReviewError::Unfinished`] also where only one is finished.
    pub fn open_last_two(path: &Path, options: ReadOptions) -> Result<(Self, Self), ReviewError> {
        let artifact = Rc::new(open(path, options)?);
        let mut syncs = artifact.syncs()?;
        syncs.retain(|sync| sync.ended_at.is_some());
        syncs.sort_by(|a, b| (&a.ended_at, &a.sync_id).cmp(&(&b.ended_at, &b.sync_id)));
        match (syncs.pop(), syncs.pop()) {
            (Some(later), Some(earlier)) => Ok((
                Self::of(Rc::clone(&artifact), earlier)?,
                Self::of(artifact, later)?,
            )),
            _ => Err(ReviewError::Unfinished {
                path: path.to_owned(),
            }),
        }
    }

    fn of(artifact: Rc<Artifact>, sync: SyncInfo) -> Result<Self, ReviewError> {
        let mut types = BTreeMap::new();
        for row in artifact.resource_types(&sync.sync_id) {
            let row = row?;
            types.insert(row.external_id.clone(), Rc::new(Known::new(row.decode()?)));
        }
        Ok(Self {
            artifact,
            sync,
            types,
            resources: Cache::new(MOST),
            entitlements: Cache::new(MOST / 8),
            parts: Rc::new(Parts::new(MOST / 8)),
            edges: OnceCell::new(),
        })
    }

    /// The artifact.
    pub fn artifact(&self) -> &Artifact {
        &self.artifact
    }

    /// The sync.
    pub fn sync(&self) -> &SyncInfo {
        &self.sync
    }

    /// What the sync says of itself: an object of JSON; nothing where another program wrote it.
    pub(crate) fn said(&self) -> Value {
        serde_json::from_str(&self.sync.sync_token).unwrap_or_default()
    }

    /// The resource types, by id.
    pub fn resource_types(&self) -> impl Iterator<Item = &Rc<Known<v2::ResourceType>>> {
        self.types.values()
    }

    /// A resource type by its id.
    pub fn resource_type(&self, id: &str) -> Option<&Rc<Known<v2::ResourceType>>> {
        self.types.get(id)
    }

    /// Whether the resources of a type are accounts.
    pub fn is_account_type(&self, id: &str) -> bool {
        let is_user = |kind: &Rc<Known<v2::ResourceType>>| {
            kind.message()
                .traits
                .contains(&(v2::resource_type::Trait::User as i32))
        };
        self.types.get(id).is_some_and(is_user)
    }

    /// A resource, where the sync has it.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn resource(&self, key: &ResourceKey) -> Result<Option<Rc<Known<v2::Resource>>>, ReviewError> {
        self.resources.get(key, size, |key| {
            let row = self
                .artifact
                .resource(&self.sync.sync_id, &key.resource_type, &key.resource)?;
            let message = row.map(|row| row.decode_checked()).transpose()?;
            Ok(message.map(|message| Rc::new(Known::kept(&message))))
        })
    }

    /// A resource as JSON on one line, where the sync has it.
    ///
    /// # Errors
    /// [`ReviewError::Read`], [`ReviewError::Json`]
    pub fn resource_json(&self, key: &ResourceKey) -> Result<Option<String>, ReviewError> {
        let known = self.resource(key)?;
        known.map(|known| known.json().map(ToOwned::to_owned)).transpose()
    }

    /// A resource as people know it; one that the sync lacks is known by its key alone.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn subject(&self, key: &ResourceKey) -> Result<Subject, ReviewError> {
        let known = self.resource(key)?;
        Ok(known.map_or_else(|| Subject::unknown(key.clone()), |known| known.subject().clone()))
    }

    /// A resource by its type and id joined by a colon, as people know it, where the sync has it.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub(crate) fn resource_joined(&self, joined: &str) -> Result<Option<Subject>, ReviewError> {
        for kind in self.types.keys() {
            let id = joined
                .strip_prefix(&**kind)
                .and_then(|rest| rest.strip_prefix(':'));
            if let Some(id) = id
                && let Some(known) = self.resource(&ResourceKey::new(kind, id))?
            {
                return Ok(Some(known.subject().clone()));
            }
        }
        Ok(None)
    }

    /// How something is held, in words: `direct`, `through Finance, Platform`.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn held_shown(&self, held: &Held) -> Result<String, ReviewError> {
        let mut through = Vec::new();
        for source in &held.through {
            through.push(self.source_shown(&source.entitlement_id)?);
        }
        let through = through.join(", ");
        Ok(match held.held_as() {
            HeldAs::Direct => "direct".to_owned(),
            HeldAs::Through => format!("through {through}"),
            HeldAs::Both => format!("direct, and through {through}"),
            HeldAs::Unexplained => "unexplained".to_owned(),
        })
    }

    /// The entitlement through which something is held, in words: the name of its resource.
    fn source_shown(&self, entitlement_id: &str) -> Result<String, ReviewError> {
        let known = self.entitlement(entitlement_id)?;
        let on = known
            .as_ref()
            .and_then(|known| known.message().resource.as_ref()?.id.as_ref());
        match on.and_then(ResourceKey::from_proto) {
            Some(on) => Ok(self.subject(&on)?.shown().to_owned()),
            None => Ok(entitlement_id.to_owned()),
        }
    }

    /// An entitlement, where the sync has it.
    ///
    /// # Errors
    /// [`ReviewError::Read`]
    pub fn entitlement(&self, id: &str) -> Result<Option<Rc<Known<v2::Entitlement>>>, ReviewError> {
        self.entitlements.get(id, size, |id| {
            let row = self.artifact.entitlement(&self.sync.sync_id, id)?;
            let message = row.map(|row| row.decode_checked()).transpose()?;
            Ok(message.map(|message| Rc::new(Known::kept(&message))))
        })
    }
}

/// The artifact at a path, as far as it can be believed without reading all of it.
fn open(path: &Path, options: ReadOptions) -> Result<Artifact, ReviewError> {
    let artifact = Artifact::open(path, options)?;
    artifact.check_schema()?;
    Ok(artifact)
}

/// The sync that readers show; where no full sync finished, the one of another type that finished last.
fn shown(artifact: &Artifact) -> Result<Option<SyncInfo>, ReviewError> {
    if let Some(full) = artifact.latest_finished_full()? {
        return Ok(Some(full));
    }
    let syncs = artifact.syncs()?.into_iter();
    let finished = syncs.filter(|sync| sync.ended_at.is_some());
    Ok(finished.max_by(|a, b| (&a.ended_at, &a.sync_id).cmp(&(&b.ended_at, &b.sync_id))))
}

/// Room that a row takes.
fn size<T: Message + Default>(known: &Option<Rc<Known<T>>>) -> usize {
    known.as_ref().map_or(100, |known| known.size())
}
