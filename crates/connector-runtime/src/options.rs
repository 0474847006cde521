//! What a sync is asked to do, and how it tells how far it is.

use crate::clock::Clock;
use crate::earlier::Earlier;
use crate::error::SyncError;
use crate::redact::Redactor;
use c1z_file::StorageEngine;
use connector_sdk::{Connector, ResourceKey};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What a sync is asked to do.
#[derive(Clone)]
pub struct SyncOptions {
    /// The artifact to write. A sound artifact there is replaced, anything else is refused.
    pub output: PathBuf,
    /// How the artifact stores its rows; `None` for as what it replaces does, and SQLite where nothing is there.
    pub storage_engine: Option<StorageEngine>,
    /// Permission bits of the artifact; see [`c1z_file::WriterOptions::file_mode`].
    pub file_mode: Option<u32>,
    /// What the content depends on beyond these options: tenant, address, connector settings, program version. An
    /// unfinished sync of another scope is set aside, not resumed. Holds no secret.
    pub scope: BTreeMap<String, String>,
    /// The credentials of the run: where the vendor echoes one in a row, it is overwritten.
    pub redactor: Arc<Redactor>,
    /// Only resources of these types, at least one; `None` for all.
    pub resource_types: Option<Vec<String>>,
    /// Only these resources, with their access; empty for all. What is written is a partial sync.
    pub targets: BTreeSet<ResourceKey>,
    /// Whether entitlements and grants are read.
    pub access: bool,
    /// How many finished full syncs the artifact holds at most, the new one included; the older ones are taken over from the
    /// artifact that is replaced. 0 counts as 1.
    pub keep_syncs: usize,
    /// Replaces also the artifact of another tenant, of which nothing is kept, and a full sync by one of some resource types.
    pub replace: bool,
    /// Whether a sync with far fewer accounts, groups or grants than the largest one in the artifact is as good as any: that
    /// one need not stay any longer, and later syncs are compared with the new one.
    pub allow_shrunk: bool,
    /// The zone whose wall clock the times in the artifact show: that of the machine, as other writers of artifacts do it.
    pub zone: TimeZone,
    /// Calls in flight at most; 0 for a number that suits most tenants.
    pub workers: usize,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Cancelling it stops the sync; what was read is kept.
    pub cancel: CancellationToken,
    /// Who is told how far it is.
    pub observer: Arc<dyn Observer>,
}

/// Finished full syncs in an artifact where nobody chose a number: the new one, and the one before it.
const KEPT_SYNCS: usize = 2;

/// Calls in flight where nobody chose a number: enough to hide a latency of 20 ms behind a rate of 5 000 calls a second.
const AUTOMATIC_WORKERS: usize = 128;

impl SyncOptions {
    /// A sync of everything into `output`, unobserved.
    pub fn new(output: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self {
            output: output.into(),
            storage_engine: None,
            file_mode: None,
            scope: BTreeMap::new(),
            redactor: Arc::default(),
            resource_types: None,
            targets: BTreeSet::new(),
            access: true,
            keep_syncs: KEPT_SYNCS,
            replace: false,
            allow_shrunk: false,
            zone: TimeZone::system(),
            workers: 0,
            clock,
            cancel: CancellationToken::new(),
            observer: Arc::new(Silent),
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        if self.workers == 0 {
            AUTOMATIC_WORKERS
        } else {
            self.workers
        }
    }

    /// The scope with the options that change the content.
    pub(crate) fn full_scope(&self) -> BTreeMap<String, String> {
        let mut scope = self.scope.clone();
        let mut types = self.resource_types.clone().unwrap_or_default();
        types.sort();
        scope.insert("resource types".into(), types.join(","));
        scope.insert("entitlements and grants".into(), self.access.to_string());
        if !self.targets.is_empty() {
            let targets: Vec<String> = self.targets.iter().map(ToString::to_string).collect();
            scope.insert("single resources".into(), targets.join(","));
        }
        scope
    }
}

impl fmt::Debug for SyncOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncOptions")
            .field("output", &self.output)
            .field("scope", &self.scope)
            .field("resource_types", &self.resource_types)
            .field("targets", &self.targets.len())
            .field("access", &self.access)
            .field("keep_syncs", &self.keep_syncs)
            .field("replace", &self.replace)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// Checks what can be checked without a request: the resource types asked for, the folder and file of the output, and
/// whether the artifact there may be replaced.
///
/// # Errors
/// [`SyncError::Types`], [`SyncError::NoTypes`], [`SyncError::UnknownTypes`], [`SyncError::ParentsMissing`],
/// [`SyncError::NotReadAlone`], [`SyncError::Target`], [`SyncError::OtherTenant`] and [`SyncError::WouldLoseFull`].
pub fn check(connector: &dyn Connector, options: &SyncOptions) -> Result<(), SyncError> {
    checked(connector, options).map(drop)
}

/// The same with what was read of the artifact at the output.
pub(crate) fn checked(
    connector: &dyn Connector,
    options: &SyncOptions,
) -> Result<Option<Earlier>, SyncError> {
    consistent(connector)?;
    let valid: Vec<String> = connector
        .types()
        .into_iter()
        .map(|t| t.resource_type.id)
        .collect();
    if options.resource_types.as_ref().is_some_and(Vec::is_empty) {
        return Err(SyncError::NoTypes { valid });
    }
    let unknown: Vec<String> = options
        .resource_types
        .iter()
        .flatten()
        .filter(|t| !valid.contains(t))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Err(SyncError::UnknownTypes { unknown, valid });
    }
    without_their_parents(connector, options)?;
    can_be_read_alone(connector, options)?;
    let covers = Coverage::of(connector, options);
    Earlier::read(options, connector.tenant().as_ref(), &covers)
}

/// What of the tenant a sync covers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// The only types, sorted; `None` where they are all that there are.
    pub(crate) types: Option<Vec<String>>,
    access: bool,
    /// Whether it is of single resources.
    pub(crate) targets: bool,
}

impl Coverage {
    pub(crate) fn of(connector: &dyn Connector, options: &SyncOptions) -> Self {
        let types = options.resource_types.as_ref().filter(|wanted| {
            let all = connector.types();
            !all.iter().all(|entry| wanted.contains(&entry.resource_type.id))
        });
        Self {
            types: types.map(|types| {
                types
                    .iter()
                    .cloned()
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect()
            }),
            access: options.access,
            targets: !options.targets.is_empty(),
        }
    }

    /// What the sync is of, where that is a part only, and whether readers show it.
    pub(crate) fn partial(&self) -> Option<&'static str> {
        if self.targets {
            return Some(
                "single resources alone, and where the latest full sync is asked for that one is shown",
            );
        }
        match (&self.types, self.access) {
            (None, true) => None,
            (Some(_), true) => Some("some resource types only and is the one that is shown"),
            (None, false) => {
                Some("resources alone, and where the latest full sync is asked for that one is shown")
            }
            (Some(_), false) => Some(
                "resources of some types alone, and where the latest full sync is asked for that one is shown",
            ),
        }
    }
}

/// A type that is given twice, or whose parents are never listed, would be missing from every artifact without a word.
fn consistent(connector: &dyn Connector) -> Result<(), SyncError> {
    let mut parents = BTreeMap::new();
    for entry in connector.types() {
        let (id, parent) = (entry.resource_type.id, entry.syncer.plan().child_of);
        if parents.insert(id.clone(), parent).is_some() {
            return Err(SyncError::Types(format!(
                "the resource type {id:?} is given twice"
            )));
        }
    }
    for id in parents.keys() {
        let (mut at, mut steps) = (id, 0);
        while let Some(Some(parent)) = parents.get(at) {
            steps += 1;
            if !parents.contains_key(parent) {
                let why = format!("the plan of {at:?} names the parent type {parent:?}, which there is not");
                return Err(SyncError::Types(why));
            }
            if steps > parents.len() {
                let why =
                    format!("the type {id:?} is listed with its parents, and so are these, in a circle");
                return Err(SyncError::Types(why));
            }
            at = parent;
        }
    }
    Ok(())
}

/// Children are listed with each of their parents, so that without the type of these there would be none of them.
fn without_their_parents(connector: &dyn Connector, options: &SyncOptions) -> Result<(), SyncError> {
    let Some(wanted) = &options.resource_types else {
        return Ok(());
    };
    for entry in connector.types() {
        let resource_type = entry.resource_type.id;
        if let Some(parent) = entry.syncer.plan().child_of.filter(|p| !wanted.contains(p))
            && wanted.contains(&resource_type)
        {
            return Err(SyncError::ParentsMissing {
                resource_type,
                parent,
            });
        }
    }
    Ok(())
}

/// Single resources are read by their ids, which not every type offers.
fn can_be_read_alone(connector: &dyn Connector, options: &SyncOptions) -> Result<(), SyncError> {
    let entries = connector.types();
    for target in &options.targets {
        let entry = entries.iter().find(|entry| {
            let id = &entry.resource_type.id;
            *id == target.resource_type
                && options
                    .resource_types
                    .as_ref()
                    .is_none_or(|types| types.contains(id))
        });
        if entry.is_none_or(|entry| entry.getter.is_none()) {
            let readable = entries.iter().filter(|entry| entry.getter.is_some());
            return Err(SyncError::NotReadAlone {
                target: target.to_string(),
                readable: readable.map(|entry| entry.resource_type.id.clone()).collect(),
            });
        }
    }
    Ok(())
}

/// Is told how far a sync is. Calls come often and must return at once.
pub trait Observer: Send + Sync {
    /// How far it is.
    fn progress(&self, _progress: &Progress) {}
    /// Something a person should know now: that an earlier sync goes on, that one was set aside.
    fn message(&self, _text: &str) {}
}

/// An observer that keeps everything to itself.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Observer for Silent {}

/// How far a sync is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What it does.
    pub phase: Phase,
    /// Listed resources by type, in this process.
    pub resources: BTreeMap<String, u64>,
    /// Grants stated, in this process, before they are merged.
    pub grants: u64,
    /// Calls about resources that are answered.
    pub calls_done: u64,
    /// Calls about resources that are known so far; grows while listings are read.
    pub calls_known: u64,
}

/// What a sync does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It asks the vendor.
    #[default]
    Reading,
    /// It merges what it read, expands grants and writes the artifact.
    Sealing,
}
