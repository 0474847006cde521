//! How a connector is served.

use connector_runtime::{Clock, Redactor, SystemClock};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// How a connector is served.
#[derive(Clone)]
pub struct ServiceOptions {
    /// Whether access, accounts and resources are changed. Without it such calls are refused before any request, and no capability
    /// claims them.
    pub provisioning: bool,
    /// Whether actions are invoked; they need no `provisioning`.
    pub actions: bool,
    /// The folder for snapshots.
    pub temp_dir: PathBuf,
    /// What the content of a snapshot depends on: tenant, address, settings, version. Holds no secret.
    pub scope: BTreeMap<String, String>,
    /// Only resources of these types are read; `None` for all.
    pub resource_types: Option<Vec<String>>,
    /// Whether entitlements and grants are read.
    pub access: bool,
    /// Calls of the connector in flight at most; 0 for a number that suits most tenants.
    pub workers: usize,
    /// On whose behalf changes are made, for the audit file.
    pub actor: String,
    /// The file to which changes are added as lines of JSON.
    pub audit: Option<PathBuf>,
    /// Whether a snapshot that has gaps of this kind is as good as any. What is only unreadable about single resources never
    /// keeps a snapshot back; any other gap would look like access that was taken away.
    pub allows_gap: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// The credentials, which are taken out of every text that is answered, and of snapshots and audit lines.
    pub redactor: Arc<Redactor>,
    /// The version of the program.
    pub version: String,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl ServiceOptions {
    /// Listings and actions alone, with snapshots in the system's folder for temporary files.
    pub fn new(actor: impl Into<String>) -> Self {
        Self {
            provisioning: false,
            actions: true,
            temp_dir: std::env::temp_dir(),
            scope: BTreeMap::new(),
            resource_types: None,
            access: true,
            workers: 0,
            actor: actor.into(),
            audit: None,
            allows_gap: Arc::new(|_| false),
            redactor: Arc::default(),
            version: String::new(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for ServiceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceOptions")
            .field("provisioning", &self.provisioning)
            .field("actions", &self.actions)
            .field("temp_dir", &self.temp_dir)
            .field("scope", &self.scope)
            .field("actor", &self.actor)
            .field("audit", &self.audit)
            .finish_non_exhaustive()
    }
}
