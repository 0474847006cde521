//! A simulated organization over a socket, and a sync of it as a program would make it.

use crate::contract::{assert_kept, checked};
use atlassian_admin::OrgId;
use atlassian_connector::{AtlassianConnector, Options};
use atlassian_sim::{Org, Running, Simulator, SimulatorBuilder};
use c1z_file::{Artifact, ReadOptions, logical};
use connector_runtime::{Clock, Observer, SyncError, SyncOptions, SyncReport};
use connector_sdk::ResourceKey;
use http_kit::{Jitter, ManualClock, RetryPolicy, Secret, Transport};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// How a sync is made.
#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) workers: usize,
    pub(crate) options: Options,
    /// The key; that of the organization where there is none.
    pub(crate) key: Option<String>,
    /// The organization that is asked for; the served one where there is none.
    pub(crate) organization: Option<String>,
    /// Whether the vendor's listings of accounts are emptied on the way.
    pub(crate) without_accounts: bool,
    /// Whether the artifact of another organization is replaced.
    pub(crate) replace: bool,
    /// The only resources that are asked for; empty for all.
    pub(crate) targets: Vec<ResourceKey>,
}

impl Default for How {
    fn default() -> Self {
        Self {
            workers: 16,
            options: Options::default(),
            key: None,
            organization: None,
            without_accounts: false,
            replace: false,
            targets: Vec::new(),
        }
    }
}

/// A folder, and the output of syncs in it.
#[derive(Debug)]
pub(crate) struct Output {
    folder: TempDir,
    messages: Arc<Mutex<Vec<String>>>,
}

/// An artifact that was made, and what its sync told.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) report: SyncReport,
    pub(crate) artifact: Artifact,
}

/// Serves an organization.
pub(crate) async fn serve(org: &Org, set: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Running {
    set(Simulator::builder(org.clone()))
        .bind("127.0.0.1:0")
        .await
        .unwrap()
}

/// Syncs a well-behaved organization into a new artifact.
pub(crate) async fn seal(org: &Org, how: &How) -> Sealed {
    let vendor = serve(org, |vendor| vendor).await;
    Output::new().sync(org, &vendor, how).await.unwrap()
}

impl Output {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            messages: Arc::default(),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("sync.c1z")
    }

    /// The names of the files in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// What syncs into this output said to people so far, without the folder.
    pub(crate) fn messages(&self) -> String {
        let folder = format!("{}{}", self.folder.path().display(), std::path::MAIN_SEPARATOR);
        self.messages.lock().unwrap().join("\n").replace(&folder, "")
    }

    /// Syncs what is served into this output. Whatever the test is about, everything
    /// said on the way is checked to be documented, and the artifact to be sound.
    pub(crate) async fn sync(&self, org: &Org, vendor: &Running, how: &How) -> Result<Sealed, SyncError> {
        let id = how.organization.clone().unwrap_or_else(|| org.id().to_owned());
        let key = how.key.clone().unwrap_or_else(|| org.api_key().to_owned());
        let checked = checked();
        let transport: Arc<dyn Transport> = if how.without_accounts {
            Arc::new(super::refused::Emptied(checked.clone()))
        } else {
            checked.clone()
        };
        // Waits are of virtual time, which those of all other calls move too, so the budget must not be what ends one.
        let retry = RetryPolicy {
            budget: Duration::from_secs(30 * 24 * 60 * 60),
            ..RetryPolicy::default()
        };
        let connector = AtlassianConnector::builder(Secret::from(key), OrgId::parse(&id).unwrap())
            .base_url(vendor.url().parse().unwrap())
            .options(how.options)
            .clock(Arc::new(ManualClock::default()))
            .jitter(Jitter::seeded(1))
            .retry(retry)
            .build(transport)
            .unwrap();
        let connector = Arc::new(connector);

        let mut options = SyncOptions::new(self.path(), Arc::new(Fixed));
        options.scope.insert("organization".to_owned(), id);
        options.workers = how.workers;
        options.replace = how.replace;
        options.targets = how.targets.iter().cloned().collect();
        options.observer = Arc::new(Listener(Arc::clone(&self.messages)));
        let report = connector_runtime::sync(connector, options).await;
        assert_kept(&checked, vendor);
        Ok(Sealed::open(&self.path(), report?))
    }
}

impl Sealed {
    pub(crate) fn open(path: &Path, report: SyncReport) -> Self {
        let verified = c1z_file::verify(path).unwrap();
        assert!(verified.is_clean(), "{:#?}", verified.findings);
        let artifact = Artifact::open(path, ReadOptions::default()).unwrap();
        let shown = match report.targets.as_slice() {
            [] => artifact.latest_finished_full().unwrap(),
            _ => artifact.syncs().unwrap().pop(),
        };
        assert_eq!(shown.unwrap().sync_id, report.sync_id);
        assert_eq!(
            (
                &verified.summary.resources_by_type,
                &verified.summary.entitlements_by_type,
                &verified.summary.grants_by_type
            ),
            (&report.resources, &report.entitlements, &report.grants),
            "the report counts what the artifact holds"
        );
        let named = atlassian_connector::spec().gaps;
        for gap in report.gaps() {
            let is_named = named.contains(&gap.kind) || connector_runtime::GAP_KINDS.contains(&&*gap.kind);
            assert!(is_named, "{} can be allowed", gap.kind);
        }
        Self { report, artifact }
    }

    /// Asserts that both say the same, rows and notices alike.
    #[track_caller]
    pub(crate) fn assert_same(&self, other: &Self, what: &str) {
        let (this, that) = (
            (&self.artifact, &*self.report.sync_id),
            (&other.artifact, &*other.report.sync_id),
        );
        let diff = logical::diff(this, that, 10).unwrap();
        assert!(diff.is_empty(), "{what}: {diff:#?}");
        assert_eq!(
            logical::digest(this.0, this.1).unwrap(),
            logical::digest(that.0, that.1).unwrap(),
            "{what}"
        );
        assert_eq!(self.report.notices, other.report.notices, "{what}");
        assert_eq!(self.report.held, other.report.held, "{what}");
    }
}

/// The time at which every sync is made.
#[derive(Debug)]
pub(crate) struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }
}

struct Listener(Arc<Mutex<Vec<String>>>);

impl Observer for Listener {
    fn message(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}
