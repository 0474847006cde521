//! A daemon, a stand-in and a simulated organization.

use async_trait::async_trait;
use atlassian_connector::AtlassianConnector;
use atlassian_sim::{FaultPlan, Org, OrgSpec, Running, Simulator};
use c1_standin::{Fault, Faults, Finished, Options, Standin};
use connector_daemon::{
    Connected, Credentials, DaemonError, DaemonOptions, Executor, Program, Reply, Request, Requests,
    SyncSettings, run,
};
use connector_proto::connector::v2;
use connector_proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use connector_sdk::Connector;
use http_kit::{Clock, SystemClock};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a test waits at most for what should happen at once.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A clock on which time passes faster than in reality.
#[derive(Debug)]
pub(crate) struct Hurried(pub(crate) u32);

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed() * self.0
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration / self.0).await;
    }
}

/// What is answered to a request.
type Script = dyn Fn(&Request) -> Result<Reply, tonic::Status> + Send + Sync;

/// An executor that answers what a test wants, and remembers what it was asked.
pub(crate) struct Scripted {
    pub(crate) asked: Mutex<Vec<(Request, String)>>,
    pub(crate) answer: Box<Script>,
    pub(crate) takes: Duration,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            asked: Mutex::default(),
            answer: Box::new(|request| Ok(plain(request))),
            takes: Duration::ZERO,
        }
    }
}

/// The empty message that answers a request.
pub(crate) fn plain(request: &Request) -> Reply {
    match request {
        Request::Grant(_) => Reply::new(&v2::GrantManagerServiceGrantResponse::default(), &[]),
        Request::Revoke(_) => Reply::new(&v2::GrantManagerServiceRevokeResponse::default(), &[]),
        Request::CreateAccount(_) => Reply::new(&v2::CreateAccountResponse::default(), &[]),
        Request::DeleteResource(_) => Reply::new(&v2::DeleteResourceResponse::default(), &[]),
        Request::InvokeAction(_) => Reply::new(&v2::InvokeActionResponse::default(), &[]),
        _ => Reply::new(&v2::ListActionSchemasResponse::default(), &[]),
    }
}

#[async_trait]
impl Executor for Scripted {
    async fn metadata(&self) -> Result<v2::ConnectorMetadata, tonic::Status> {
        Ok(connector_sdk::metadata(&atlassian_connector::spec()))
    }

    async fn validate(&self) -> Result<(), tonic::Status> {
        Ok(())
    }

    async fn execute(&self, request: Request, actor: &str) -> Result<Reply, tonic::Status> {
        self.asked
            .lock()
            .expect("whole")
            .push((request.clone(), actor.to_owned()));
        SystemClock.sleep(self.takes).await;
        (self.answer)(&request)
    }
}

/// Everything that a test needs.
pub(crate) struct Place {
    pub(crate) standin: Standin,
    pub(crate) executor: Arc<Scripted>,
    pub(crate) provisioning: bool,
    pub(crate) batch: bool,
    pub(crate) concurrency: usize,
    pub(crate) allows: &'static str,
    pub(crate) host_id: String,
    pub(crate) speed: u32,
    connector: Arc<dyn Connector>,
    organization: String,
    pub(crate) folder: TempDir,
    _simulator: Running,
}

/// How a place is set up.
pub(crate) struct Setting {
    pub(crate) executor: Scripted,
    pub(crate) faults: Faults,
    pub(crate) vendor_faults: FaultPlan,
    pub(crate) token_life: Duration,
    pub(crate) heartbeat: Duration,
    pub(crate) poll: Duration,
    pub(crate) speed: u32,
}

/// The connector of an organization at a simulator.
fn connector_of(org: &Org, simulator: &Running) -> Arc<dyn Connector> {
    let transport = http_kit::ReqwestTransport::builder()
        .build()
        .expect("no certificates needed");
    let connector = AtlassianConnector::builder(
        org.api_key().to_owned().into(),
        atlassian_admin::OrgId::from_vendor(org.id()),
    )
    .base_url(simulator.url().parse().expect("an address"))
    .simulated()
    .build(Arc::new(transport))
    .expect("well formed");
    Arc::new(connector)
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            executor: Scripted::default(),
            faults: Arc::new(|_| None),
            vendor_faults: FaultPlan::none(),
            token_life: Duration::from_hours(1),
            heartbeat: Duration::from_secs(30),
            poll: Duration::from_millis(200),
            speed: 20,
        }
    }
}

/// Faults for calls of one method.
pub(crate) fn faults(
    of: &'static str,
    fault: impl Fn(u64) -> Option<Fault> + Send + Sync + 'static,
) -> Faults {
    Arc::new(move |call| if call.method == of { fault(call.nth) } else { None })
}

impl Place {
    pub(crate) async fn new(setting: Setting) -> Self {
        let org = Org::generate(OrgSpec::small(30));
        let simulator = Simulator::builder(org.clone())
            .faults(setting.vendor_faults)
            .bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let standin = Standin::start(Options {
            poll: setting.poll,
            heartbeat: setting.heartbeat,
            token_life: setting.token_life,
            faults: setting.faults,
            clock: Arc::new(Hurried(setting.speed)),
            ..Options::default()
        })
        .await
        .expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("ca.pem"), standin.ca_pem()).expect("written");
        Self {
            standin,
            executor: Arc::new(setting.executor),
            provisioning: true,
            batch: false,
            concurrency: 3,
            allows: "",
            host_id: "host-1".to_owned(),
            speed: setting.speed,
            connector: connector_of(&org, &simulator),
            organization: org.id().to_owned(),
            folder,
            _simulator: simulator,
        }
    }

    /// The organization has this many accounts from now on, for daemons that begin then.
    pub(crate) async fn becomes(&mut self, accounts: u32) {
        let org = Org::generate(OrgSpec::small(accounts));
        assert_eq!(org.id(), self.organization);
        let simulator = Simulator::builder(org.clone()).bind("127.0.0.1:0").await;
        self._simulator = simulator.expect("a free port");
        self.connector = connector_of(&org, &self._simulator);
    }

    pub(crate) fn options(&self) -> DaemonOptions {
        let secret = self.standin.client_secret().to_owned().into();
        let allows = self.allows;
        let connected = Connected {
            executor: Arc::clone(&self.executor) as Arc<dyn Executor>,
            syncs: SyncSettings {
                storage_engine: None,
                connector: Arc::clone(&self.connector),
                scope: BTreeMap::from([("organization".to_owned(), self.organization.clone())]),
                redactor: Arc::default(),
                resource_types: None,
                access: true,
                workers: 0,
                zone: TimeZone::UTC,
                allows_gap: Arc::new(move |kind| kind == allows),
            },
            requests: Arc::new(Requests::default),
        };
        DaemonOptions {
            credentials: Credentials::parse(self.standin.client_id(), &secret).expect("well formed"),
            api_host: None,
            host_id: self.host_id.clone(),
            program: Program {
                name: "test".to_owned(),
                version: "1.2.3".to_owned(),
            },
            connected: watch::channel(Arc::new(connected)).1,
            provisioning: self.provisioning,
            concurrency: self.concurrency,
            batch: self.batch,
            shutdown_timeout: Duration::from_secs(200),
            state_dir: self.state_dir(),
            tenant: vec![self.organization.clone()],
            ca_file: Some(self.folder.path().join("ca.pem")),
            health: None,
            debug_log: None,
            clock: Arc::new(Hurried(self.speed)),
        }
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Whether a file is kept in the state whose name is such a one.
    pub(crate) fn keeps(&self, is_it: impl Fn(&str) -> bool) -> bool {
        let folders = std::fs::read_dir(self.state_dir())
            .into_iter()
            .flatten()
            .flatten();
        folders
            .filter_map(|folder| std::fs::read_dir(folder.path()).ok())
            .flatten()
            .flatten()
            .any(|file| file.file_name().to_str().is_some_and(&is_it))
    }

    /// Starts a daemon.
    pub(crate) fn daemon(&self) -> Working {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(self.options(), stop.clone()));
        Working { stop, task }
    }

    pub(crate) fn asked(&self) -> usize {
        self.executor.asked.lock().expect("whole").len()
    }
}

/// A daemon at work.
pub(crate) struct Working {
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), DaemonError>>,
}

impl Working {
    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stopped(self) -> Result<(), DaemonError> {
        self.stop.cancel();
        self.task.await.expect("no defect")
    }

    /// Ends it like a kill does, and waits until nothing of it is left.
    pub(crate) async fn killed(self, place: &Place) {
        self.task.abort();
        let _ = self.task.await;
        for folder in std::fs::read_dir(place.state_dir())
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(lock) = std::fs::File::open(folder.path().join("lock")) else {
                continue;
            };
            while lock.try_lock().is_err() {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// What a task came to, as one line.
pub(crate) fn told(finished: &Finished) -> String {
    match (&finished.request.final_state, &finished.request.status) {
        (Some(FinalState::Success(success)), None) => match &success.response {
            Some(response) => response
                .type_url
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
            None => "success".to_owned(),
        },
        (Some(FinalState::Error(error)), Some(status)) => format!(
            "code {}{}: {}",
            status.code,
            if error.non_retryable { ", final" } else { "" },
            status.message
        ),
        other => format!("{other:?}"),
    }
}
