//! The program as a daemon against a stand-in for C1: with the variables of the guide, and killed.

use crate::company::Company;
use crate::harness::Ran;
use c1_standin::{Finished, Options, Standin, tasks};
use c1z_file::{Artifact, ReadOptions};
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2::{
    AccountInfo, CreateAccountResponse, Entitlement, Grant, GrantAlreadyRevoked,
    GrantManagerServiceRevokeResponse, InvokeActionResponse, Resource, ResourceId, account_info,
    create_account_response,
};
use connector_sdk::proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use connector_sdk::proto::wkt;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a test waits at most for what should happen within a second or two.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Place {
    pub(crate) company: Company,
    pub(crate) standin: Standin,
    runtime: Runtime,
}

impl Place {
    fn new() -> Self {
        Self::of(Company::new(), Duration::from_secs(1))
    }

    /// A place where C1 wants to hear of a task this often.
    pub(crate) fn of(company: Company, heartbeat: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options {
            poll: Duration::from_millis(50),
            heartbeat,
            ..Options::default()
        };
        let standin = runtime.block_on(Standin::start(options)).unwrap();
        std::fs::write(company.path("ca.pem"), standin.ca_pem()).unwrap();
        Self {
            company,
            standin,
            runtime,
        }
    }

    /// The program with the variables of the guide.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut program = self.company.program(arguments);
        let scim = self.company.org.scim_directories().next().unwrap();
        program
            .env("BATON_CLIENT_ID", self.standin.client_id())
            .env("BATON_CLIENT_SECRET", self.standin.client_secret())
            .env("BATON_SCIM_TOKEN", scim.key())
            .env(
                "BATON_SCIM_BASE_URL",
                format!("{}{}", self.company.url(), scim.path()),
            )
            .env("BATON_HOST_ID", "replica-0")
            .env("BATON_STATE_DIR", self.company.path("state"))
            .env("BATON_ALLOW_GAPS", "all")
            .env("BATON_LOG_LEVEL", "info")
            .env("SSL_CERT_FILE", self.company.path("ca.pem"));
        program
    }

    pub(crate) fn started(&self, provisioning: Option<&str>) -> Daemon {
        self.replica("replica-0", provisioning)
    }

    /// Starts one of several replicas, each of which has a state of its own.
    pub(crate) fn replica(&self, name: &str, provisioning: Option<&str>) -> Daemon {
        let mut program = self.program(&[]);
        program
            .env("BATON_HOST_ID", name)
            .env("BATON_STATE_DIR", self.company.path(&format!("state-{name}")))
            .envs(provisioning.map(|value| ("BATON_PROVISIONING", value)));
        Daemon::of(program)
    }

    /// Lets time pass in which no task can end.
    pub(crate) fn waited(&self, time: Duration) {
        self.runtime.block_on(self.standin.finished(usize::MAX, time));
    }

    /// The result of the last of so many tasks.
    pub(crate) fn finished(&self, count: usize) -> Finished {
        let finished = self.runtime.block_on(self.standin.finished(count, PATIENCE));
        assert_eq!(finished.len(), count, "the task is not finished");
        finished[count - 1].clone()
    }
}

/// A daemon, which does not outlive its test.
pub(crate) struct Daemon(Option<Child>);

impl Daemon {
    pub(crate) fn of(mut program: Command) -> Self {
        Self(Some(program.spawn().unwrap()))
    }

    pub(crate) fn kill(mut self) {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    #[cfg(unix)]
    pub(crate) fn stopped(mut self, folder: &Path) -> Ran {
        let child = self.0.take().unwrap();
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        Ran::of(child.wait_with_output().unwrap(), folder)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What was uploaded, as messages.
pub(crate) struct Uploaded {
    entitlements: Vec<Entitlement>,
    resources: Vec<Resource>,
    /// Ids of grants with those of their entitlements and principals.
    grants: Vec<(String, String, String)>,
}

impl Uploaded {
    pub(crate) fn of(bytes: &[u8], folder: &Path) -> Self {
        let path = folder.join("uploaded.c1z");
        std::fs::write(&path, bytes).unwrap();
        let report = c1z_file::verify(&path).unwrap();
        assert!(report.is_clean(), "{report:?}");
        let artifact = Artifact::open(&path, ReadOptions::default()).unwrap();
        let sync = artifact.latest_finished_full().unwrap().unwrap().sync_id;
        let grants = artifact.grants(&sync).map(|row| {
            let row = row.unwrap();
            (row.external_id, row.entitlement_id, row.principal_resource_id)
        });
        Self {
            grants: grants.collect(),
            entitlements: artifact
                .entitlements(&sync)
                .map(|row| row.unwrap().decode().unwrap())
                .collect(),
            resources: artifact
                .resources(&sync)
                .map(|row| row.unwrap().decode().unwrap())
                .collect(),
        }
    }

    /// How many grants there are.
    pub(crate) fn grants(&self) -> usize {
        self.grants.len()
    }

    /// Names and ids of accounts and groups.
    pub(crate) fn people_and_groups(&self) -> impl Iterator<Item = String> {
        self.resources.iter().flat_map(|one| {
            let id = one.id.clone().unwrap_or_default();
            let is_one = ["user", "group"].contains(&&*id.resource_type);
            [id.resource, one.display_name.clone()]
                .into_iter()
                .filter(move |text| is_one && !text.is_empty())
        })
    }

    /// A membership of an account in a group that can be changed.
    pub(crate) fn membership(&self) -> (Grant, Entitlement, Resource) {
        let (id, entitlement, principal) = self
            .grants
            .iter()
            .find(|(id, _, _)| id.starts_with("group:") && id.contains(":member:user:"))
            .unwrap();
        let entitlement = self
            .entitlements
            .iter()
            .find(|one| one.id == *entitlement)
            .unwrap()
            .clone();
        let is_it = |one: &&Resource| one.id.as_ref().is_some_and(|id| id.resource == *principal);
        let principal = self.resources.iter().find(is_it).unwrap().clone();
        let grant = Grant {
            id: id.clone(),
            entitlement: Some(entitlement.clone()),
            principal: Some(principal.clone()),
            ..Default::default()
        };
        (grant, entitlement, principal)
    }
}

/// The message that a task was answered with.
pub(crate) fn answer<M: connector_sdk::proto::Message + prost::Name + Default>(finished: &Finished) -> M {
    match &finished.request.final_state {
        Some(FinalState::Success(success)) => {
            let response = success.response.as_ref().expect("an answer");
            any::unpack(response).expect("of this type").unwrap()
        }
        other => panic!("{other:?} {:?}", finished.request.status),
    }
}

fn refusal(finished: &Finished) -> (i32, String) {
    let status = finished.request.status.clone().expect("an error");
    (status.code, status.message)
}

#[test]
fn every_kind_of_task_is_carried_out() {
    let place = Place::new();
    let daemon = place.started(Some("true"));
    place.standin.hand_out(tasks::full_sync());
    place.finished(1);
    let uploads = place.standin.uploads();
    assert_eq!(uploads.len(), 1);
    let uploaded = Uploaded::of(&uploads[0].bytes, place.company.folder.path());
    let (grant, entitlement, principal) = uploaded.membership();

    place.standin.hand_out(tasks::revoke(grant.clone()));
    let revoked: GrantManagerServiceRevokeResponse = answer(&place.finished(2));
    assert!(!revoked.annotations.iter().any(any::is::<GrantAlreadyRevoked>));
    place.standin.hand_out(tasks::revoke(grant));
    let again: GrantManagerServiceRevokeResponse = answer(&place.finished(3));
    assert!(again.annotations.iter().any(any::is::<GrantAlreadyRevoked>));
    place
        .standin
        .hand_out(tasks::grant(entitlement, principal.clone()));
    answer::<connector_sdk::proto::connector::v2::GrantManagerServiceGrantResponse>(&place.finished(4));

    let info = AccountInfo {
        login: "ines".to_owned(),
        emails: vec![account_info::Email {
            address: "ines@larkspur.example".to_owned(),
            is_primary: true,
        }],
        ..Default::default()
    };
    place.standin.hand_out(tasks::create_account(info));
    let created: CreateAccountResponse = answer(&place.finished(5));
    let Some(create_account_response::Result::Success(made)) = created.result else {
        panic!("{created:?}");
    };
    let account = made.resource.and_then(|made| made.id).expect("an account");

    for (at, action) in [(6, "disable_user"), (7, "enable_user")] {
        let arguments = wkt::object([("user_id", account.resource.clone().into())]);
        place.standin.hand_out(tasks::invoke(action, arguments));
        let invoked: InvokeActionResponse = answer(&place.finished(at));
        assert_eq!(invoked.name, action);
        if at == 7 {
            place.standin.hand_out(tasks::action_status(&invoked.id));
        }
    }
    answer::<connector_sdk::proto::connector::v2::GetActionStatusResponse>(&place.finished(8));
    place.standin.hand_out(tasks::delete(ResourceId {
        resource_type: account.resource_type,
        resource: account.resource,
        ..Default::default()
    }));
    answer::<connector_sdk::proto::connector::v2::DeleteResourceResponse>(&place.finished(9));
    assert_eq!(place.standin.violations(), [""; 0]);
    drop(daemon);
}

/// A task that is debugged uploads its log behind its artifact, without credentials, and nothing of it stays.
#[test]
fn a_sync_that_is_debugged_uploads_its_log() {
    let place = Place::new();
    let daemon = place.started(None);
    let debugged = connector_sdk::proto::connectorapi::baton::v1::Task {
        debug: true,
        ..tasks::full_sync()
    };
    place.standin.hand_out(debugged);
    place.finished(1);
    let requests = place.company.requests();
    place.standin.hand_out(tasks::full_sync());
    place.finished(2);
    let uploads = place.standin.uploads();
    assert_eq!(uploads.len(), 3, "artifact, log, artifact");
    assert_eq!(uploads[0].task_id, uploads[1].task_id);
    let log = std::str::from_utf8(&uploads[1].bytes).unwrap();
    let told = log.lines().filter(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["level"] == "debug" && line["msg"] == "request"
    });
    assert_eq!(told.count() as u64, requests, "{log}");
    let scim = place.company.org.scim_directories().next().unwrap();
    for secret in [
        place.company.org.api_key(),
        scim.key(),
        place.standin.client_secret(),
    ] {
        assert!(!log.contains(secret));
    }
    let state = place.company.path("state-replica-0");
    let folder = std::fs::read_dir(state).unwrap().next().unwrap().unwrap().path();
    let names = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    assert!(
        !names
            .into_iter()
            .any(|name| name.to_string_lossy().ends_with(".log"))
    );
    assert_eq!(place.standin.violations(), [""; 0]);
    drop(daemon);
}

#[test]
fn without_provisioning_no_write_is_sent() {
    for provisioning in [None, Some("false")] {
        let place = Place::new();
        let daemon = place.started(provisioning);
        place
            .standin
            .hand_out(tasks::create_account(AccountInfo::default()));
        let refused = (9, "provisioning is not enabled".to_owned());
        assert_eq!(refusal(&place.finished(1)), refused);
        let hello = &place.standin.hellos()[0];
        let capabilities = hello
            .connector_metadata
            .as_ref()
            .and_then(|metadata| metadata.capabilities.as_ref());
        let provision = i32::from(connector_sdk::proto::connector::v2::Capability::Provision);
        assert!(
            !capabilities
                .expect("told")
                .connector_capabilities
                .contains(&provision)
        );
        assert!(place.company.writes().is_empty());
        drop(daemon);
    }
}

/// Killed while it syncs, at seeded moments: the task is finished by the next process from what was read.
#[test]
fn killed_while_it_syncs() {
    let place = Place::new();
    for (count, moment) in [(1, 150), (2, 420), (3, 900)] {
        place.standin.hand_out(tasks::full_sync());
        let daemon = place.started(None);
        place
            .runtime
            .block_on(place.standin.finished(count, Duration::from_millis(moment)));
        daemon.kill();
        let daemon = place.started(None);
        place.finished(count);
        drop(daemon);
    }
    assert!(place.standin.uploads().len() >= 3);
    assert_eq!(place.standin.violations(), [""; 0]);
}

/// Numbers for Prometheus, among which nobody is found.
#[test]
fn what_it_has_done_is_told_in_numbers() {
    let place = Place::new();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut program = place.program(&[]);
    program
        .env("BATON_HEALTH_CHECK", "true")
        .env("BATON_HEALTH_CHECK_PORT", port.to_string());
    let daemon = Daemon::of(program);
    place.standin.hand_out(tasks::full_sync());
    place.finished(1);
    place
        .standin
        .hand_out(tasks::create_account(AccountInfo::default()));
    place.finished(2);
    // Counted before it is told.
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.contains("content-type: application/openmetrics-text"),
        "{answer}"
    );
    let uploads = place.standin.uploads();
    let uploaded = Uploaded::of(&uploads[0].bytes, place.company.folder.path());
    let accounts = uploaded
        .resources
        .iter()
        .filter(|one| one.id.as_ref().is_some_and(|id| id.resource_type == "user"))
        .count();
    let grants = uploaded.grants.len();
    for line in [
        "baton_tasks_total{type=\"sync_full\",result=\"ok\"} 1".to_owned(),
        "baton_tasks_total{type=\"create_account\",result=\"FailedPrecondition\"} 1".to_owned(),
        "baton_task_seconds_count{type=\"sync_full\"} 1".to_owned(),
        format!("baton_sync_accounts {accounts}"),
        format!("baton_sync_grants {grants}"),
        format!("baton_vendor_requests_total {}", place.company.requests()),
    ] {
        assert!(
            answer.lines().any(|told| told == line),
            "{line} is not in\n{answer}"
        );
    }
    let success = answer
        .lines()
        .find_map(|line| line.strip_prefix("baton_sync_success_timestamp_seconds "));
    assert!(
        success.is_some_and(|at| at.parse::<i64>().unwrap() > 1_700_000_000),
        "{answer}"
    );
    for resource in &uploaded.resources {
        let id = &resource.id.as_ref().unwrap().resource;
        assert!(
            !answer.contains(id) && !answer.contains(&resource.display_name),
            "{answer}"
        );
    }
    assert!(!answer.contains('@') && !answer.contains(place.company.org.id()));
    drop(daemon);
}

/// Nobody restarts a daemon because a key was renewed, and one that the vendor refuses does not end it.
#[test]
fn a_key_replaced_in_its_file_is_used() {
    let place = Place::new();
    let file = place.company.path("key");
    std::fs::write(&file, "the-key-of-last-year-is-not-valid").unwrap();
    let mut program = place.program(&[]);
    program.env_remove("BATON_API_TOKEN");
    program.env("BATON_API_TOKEN_FILE", &file);
    let mut daemon = Daemon::of(program);
    place.standin.hand_out(tasks::full_sync());
    let (code, said) = refusal(&place.finished(1));
    assert_eq!(code, 16, "{said}");

    // Written beside and renamed, as a cluster does.
    let key = place.company.org.api_key();
    std::fs::write(place.company.path("new"), format!("{key}\n")).unwrap();
    std::fs::rename(place.company.path("new"), &file).unwrap();
    let used = (2..30).find(|&count| {
        place.waited(Duration::from_millis(500));
        place.standin.hand_out(tasks::full_sync());
        matches!(
            place.finished(count).request.final_state,
            Some(FinalState::Success(_))
        )
    });
    let used = used.expect("the new key is used");

    // What is wrong is told, and the key that works stays in use.
    std::fs::write(&file, "").unwrap();
    place.waited(Duration::from_secs(3));
    place.standin.hand_out(tasks::full_sync());
    let last = place.finished(used + 1).request.final_state;
    assert!(matches!(last, Some(FinalState::Success(_))), "{last:?}");
    let mut child = daemon.0.take().unwrap();
    child.kill().unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap(), place.company.folder.path());
    assert!(
        ran.stderr.contains("the one before stays in use"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains(key) && !ran.stderr.contains("of-last-year"));
}

#[cfg(unix)]
#[test]
fn asked_to_stop_it_ends_well() {
    let place = Place::new();
    let daemon = place.started(None);
    place.standin.hand_out(tasks::list_actions());
    place.finished(1);
    let ran = daemon.stopped(place.company.folder.path());
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("connected"), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains(place.standin.client_secret()),
        "the secret came out"
    );
}

#[test]
fn what_contradicts_a_client_id_is_refused() {
    let place = Place::new();
    let end = |arguments: &[&str], without: &[&str]| {
        let mut program = place.program(arguments);
        for variable in without {
            program.env_remove(variable);
        }
        program.env("BATON_LOG_LEVEL", "error");
        Ran::of(program.output().unwrap(), place.company.folder.path()).end()
    };
    insta::assert_snapshot!(end(&[], &["BATON_CLIENT_SECRET"]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_CLIENT_ID is set without --client-secret. Set both to work for C1, or none for one sync or change
    ");
    insta::assert_snapshot!(end(&[], &["BATON_CLIENT_ID"]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_CLIENT_SECRET is set without --client-id. Set both to work for C1, or none for one sync or change
    ");
    insta::assert_snapshot!(end(&["--client-id", "nobody"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: the client id has no @; it has the form name@host/rest, as the page of the connector in C1 shows it
    ");
    insta::assert_snapshot!(end(&["--client-secret", "a:b:v1:c"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: the client secret holds no base64url without padding in its fourth part; copy it again from where C1 showed it, or make a new one
    ");
    insta::assert_snapshot!(end(&["--revoke-grant", "g"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_CLIENT_ID and --revoke-grant ask for different things: to work for C1, and for one run. Leave one of them out, or add --one-shot for the one run
    ");
    insta::assert_snapshot!(end(&["-f", "sync.c1z"], &[]), @"
    exit 2
    baton-atlassian: not configured correctly: BATON_CLIENT_ID and --file ask for different things: to work for C1, and for one run. Leave one of them out, or add --one-shot for the one run
    ");
    let ended = end(&["--one-shot", "--revoke-grant", "g"], &[]);
    assert!(
        ended.contains("sync.c1z"),
        "there is no artifact to look it up in: {ended}"
    );
}
