//! Full syncs: into a file of the state folder, one at a time, going on with what an earlier one has read.

use crate::error::{code_of, status};
use crate::heartbeat::Cancellable;
use crate::metrics::Metrics;
use crate::state::{Sealed, State};
use connector_proto::connectorapi::baton::v1::task::SyncFullTask;
use connector_runtime::{NoticeSummary, Redactor, StorageEngine, SyncError, SyncOptions, SyncReport, sync};
use connector_sdk::{Code, Connector, ResourceKey};
use http_kit::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Mutex;
use tonic::Status;

/// Gaps that are about more than single resources, whatever they name.
const OF_EVERYTHING: [&str; 3] = ["vanished", "shrunk", "not_planned"];

/// How syncs are made.
#[derive(Clone)]
pub struct SyncSettings {
    /// What is synced.
    pub connector: Arc<dyn Connector>,
    /// What the content depends on beside the options of a task: tenant, address, settings, version. Holds no secret.
    pub scope: BTreeMap<String, String>,
    /// The credentials of the run: where the vendor echoes one in a row, it is overwritten.
    pub redactor: Arc<Redactor>,
    /// How artifacts store their rows, where the task does not say; `None` for SQLite, which every reader opens.
    pub storage_engine: Option<StorageEngine>,
    /// Only resources of these types, where the task does not say; `None` for all.
    pub resource_types: Option<Vec<String>>,
    /// Whether entitlements and grants are read, unless the task says otherwise.
    pub access: bool,
    /// Calls in flight at most; 0 for a number that suits most tenants.
    pub workers: usize,
    /// The zone of the times in artifacts.
    pub zone: TimeZone,
    /// Whether an artifact that lacks a whole listing, by the kind of the gap, is uploaded anyway.
    pub allows_gap: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl fmt::Debug for SyncSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSettings")
            .field("connector", &self.connector)
            .field("scope", &self.scope)
            .field("resource_types", &self.resource_types)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// Why there is no artifact.
#[derive(Debug)]
pub(crate) struct Failed {
    /// As the platform is told.
    pub(crate) status: Status,
    /// As it stands in the log, where the status may name somebody.
    pub(crate) logged: Option<String>,
}

impl From<Status> for Failed {
    fn from(status: Status) -> Self {
        Self { status, logged: None }
    }
}

/// Makes syncs, one at a time: two of one tenant would share its rate limit and end no earlier.
#[derive(Debug)]
pub(crate) struct Syncs {
    clock: Arc<dyn Clock>,
    turn: Mutex<()>,
}

/// The wall clock of a clock that can also wait.
#[derive(Debug)]
struct Wall(Arc<dyn Clock>);

impl connector_runtime::Clock for Wall {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Syncs {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            turn: Mutex::new(()),
        }
    }

    /// Syncs as a task asks for it; returns the artifact.
    pub(crate) async fn made(
        &self,
        settings: &SyncSettings,
        metrics: &Metrics,
        state: &State,
        id: &str,
        task: &SyncFullTask,
        cancel: &Cancellable,
    ) -> Result<Sealed, Failed> {
        let resource_types = settings.asked(task)?;
        let targets = settings.targets(task, resource_types.as_deref())?;
        let access = settings.access && !task.skip_entitlements_and_grants;
        let turn = tokio::select! {
            turn = self.turn.lock() => turn,
            () = cancel.token.cancelled() => return Err(cancelled(cancel).into()),
        };
        let file = match targets.is_empty() {
            true => file_of(resource_types.as_deref(), access),
            false => TARGETED.to_owned(),
        };
        let output = state.file(&file);
        let options = || SyncOptions {
            scope: settings.scope.clone(),
            redactor: Arc::clone(&settings.redactor),
            storage_engine: Some(settings.storage_engine(task)),
            resource_types: resource_types.clone(),
            targets: targets.clone(),
            access,
            // What is uploaded is this sync; the engine keeps a far larger one beside it for later comparison.
            keep_syncs: 1,
            allow_shrunk: (settings.allows_gap)("shrunk"),
            zone: settings.zone.clone(),
            workers: settings.workers,
            cancel: cancel.token.clone(),
            ..SyncOptions::new(output.clone(), Arc::new(Wall(Arc::clone(&self.clock))))
        };
        let connector = || Arc::clone(&settings.connector);
        let mut made = sync(connector(), options()).await;
        if let Err(error) = &made
            && error.is_damaged_output()
        {
            // Nobody but this program writes there, and a damaged file must not end every sync from now on.
            tracing::warn!(%error, "the artifact of an earlier sync is dropped");
            std::fs::remove_file(&output).map_err(|error| status(Code::Unknown, error.to_string()))?;
            made = sync(connector(), options()).await;
        }
        let report = made.map_err(|error| {
            if let SyncError::DiskFull { .. } = error {
                // What a change has to keep before it is sent needs room on the same volume.
                give_room(&output);
            }
            match error.code() {
                Code::Cancelled => cancelled(cancel).into(),
                code => Failed {
                    status: status(code, error.to_string()),
                    logged: Some(error.without_names()),
                },
            }
        })?;
        metrics.synced(&report);
        settings.whole(&report)?;
        // Before another sync has its turn and replaces it.
        state.hold(id, &output).map_err(|error| {
            status(
                Code::Unavailable,
                format!("the artifact cannot be kept for its upload: {error}"),
            )
        })?;
        if !targets.is_empty() {
            // Nothing is compared with it, and the next one is of other resources.
            std::fs::remove_file(&output).map_err(|error| status(Code::Unknown, error.to_string()))?;
        }
        drop(turn);
        Ok(Sealed {
            bytes: report.file_bytes,
            accounts: accounts(&*settings.connector, &report),
            grants: report.grants.values().sum(),
            sync_id: report.sync_id,
        })
    }
}

impl SyncSettings {
    /// How the artifact of a task stores its rows.
    fn storage_engine(&self, task: &SyncFullTask) -> StorageEngine {
        let name = task.storage_engine.as_str();
        let asked = StorageEngine::of_name(name);
        if asked.is_none() && !name.is_empty() {
            tracing::info!(engine = name, "the task asks for an unknown storage engine");
        }
        asked.or(self.storage_engine).unwrap_or_default()
    }

    /// The resource types that a task asks for. What it asks for and cannot have is refused before anything is read.
    fn asked(&self, task: &SyncFullTask) -> Result<Option<Vec<String>>, Status> {
        if task.skip_expand_grants || task.skip_grants {
            tracing::info!("the task asks for less than all grants; every grant is read and expanded anyway");
        }
        let known = self.connector.types();
        let is_known = |id: &&String| known.iter().any(|of| of.resource_type.id == **id);
        if let Some(unknown) = task.sync_resource_type_ids.iter().find(|id| !is_known(id)) {
            return Err(status(
                Code::InvalidArgument,
                format!("this connector has no resource type {unknown:?}"),
            ));
        }
        Ok(match task.sync_resource_type_ids.as_slice() {
            [] => self.resource_types.clone(),
            asked => Some(asked.to_vec()),
        })
    }

    /// The only resources that a task asks for, of the types that are synced.
    fn targets(
        &self,
        task: &SyncFullTask,
        resource_types: Option<&[String]>,
    ) -> Result<BTreeSet<ResourceKey>, Status> {
        let known = self.connector.types();
        let checked = |key: ResourceKey| {
            let of = known.iter().find(|of| of.resource_type.id == key.resource_type);
            let is_wanted = resource_types.is_none_or(|types| types.contains(&key.resource_type));
            match of.filter(|_| is_wanted) {
                None => Err(status(
                    Code::InvalidArgument,
                    format!("resources of type {:?} are not synced", key.resource_type),
                )),
                Some(of) if of.getter.is_none() => Err(status(
                    Code::Unimplemented,
                    format!(
                        "resources of type {} cannot be synced one by one",
                        key.resource_type
                    ),
                )),
                Some(_) => Ok(key),
            }
        };
        let targets = task.targeted_sync_resources.iter().map(|target| {
            let key = ResourceKey::of(Some(target));
            checked(key.map_err(|error| status(error.code(), error.message().to_owned()))?)
        });
        targets.collect()
    }

    /// Refuses what must not be uploaded: what is missing from it would look like access that was taken away.
    fn whole(&self, report: &SyncReport) -> Result<(), Status> {
        let mut open = Vec::new();
        for gap in report.gaps() {
            tracing::warn!(kind = gap.kind, count = gap.count, "the sync has a gap");
            if self.holds_back(gap) {
                open.push(format!("{} ({})", gap.kind, gap.count));
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let kinds = open.join(", ");
        let message = format!(
            "the sync is complete but for {kinds}, and is not uploaded: what is missing would look like access that was taken \
             away. --allow-gaps with these kinds uploads it"
        );
        Err(status(Code::Unavailable, message))
    }

    /// Whether a gap is about a whole listing, and nobody said that it does not matter.
    fn holds_back(&self, gap: &NoticeSummary) -> bool {
        let tenant = self.connector.tenant();
        let of_tenant = |subject: &str| {
            tenant.as_ref().is_some_and(|tenant| {
                subject == tenant.resource.resource && gap.kind != tenant.resource.resource_type
            })
        };
        let is_whole = OF_EVERYTHING.contains(&gap.kind.as_str())
            || gap
                .examples
                .iter()
                .any(|example| example.subject.is_empty() || of_tenant(&example.subject));
        is_whole && !(self.allows_gap)(&gap.kind)
    }
}

/// Removes what a sync has read so far, because there is no room to go on.
fn give_room(output: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut staging = output.as_os_str().to_owned();
        staging.push(".staging");
        staging.push(end);
        match std::fs::remove_file(&staging) {
            Ok(()) => tracing::warn!(
                "what the sync had read is removed, because the disk is full and changes need room"
            ),
            Err(_) => continue,
        }
    }
}

fn cancelled(cancel: &Cancellable) -> Status {
    match cancel.why() {
        Some(why) => Status::cancelled(why),
        None => Status::cancelled("the connector was stopped; the next sync goes on from where this one was"),
    }
}

/// How many of the resources are accounts: those of types with the trait of users.
fn accounts(connector: &dyn Connector, report: &SyncReport) -> u64 {
    use connector_proto::connector::v2::resource_type::Trait;
    let is_account = |id: &String| {
        let types = connector.types();
        let of = types.iter().find(|entry| entry.resource_type.id == *id);
        of.is_some_and(|of| of.resource_type.traits.contains(&i32::from(Trait::User)))
    };
    let counted = report.resources.iter().filter(|(id, _)| is_account(id));
    counted.map(|(_, count)| count).sum()
}

/// The name of an artifact of single resources, which is removed when it waits for its upload.
const TARGETED: &str = "sync-targeted.c1z";

/// The name of the artifact: the same for the same options, so that an interrupted sync goes on, whatever its task.
fn file_of(resource_types: Option<&[String]>, access: bool) -> String {
    let types: BTreeSet<&String> = resource_types.unwrap_or_default().iter().collect();
    let types: Vec<&str> = types.into_iter().map(String::as_str).collect();
    let hash = Sha256::digest(format!(
        "{}\n{access}\n{}",
        resource_types.is_some(),
        types.join("\n")
    ));
    let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("sync-{name}.c1z")
}

/// Whether the platform is told not to ask for the same sync again.
pub(crate) fn is_final(task: &SyncFullTask, status: &Status) -> bool {
    match code_of(status.code()) {
        Code::InvalidArgument | Code::Unimplemented => true,
        // A resource that is not there does not come back; of everything it is the tenant that is meant.
        Code::NotFound => !task.targeted_sync_resources.is_empty(),
        _ => false,
    }
}
