//! A simulated organization that changes are made to, and everything that came of one: what was told, what was sent, what
//! the vendor's log of writes has.

use crate::contract::{assert_kept, checked};
use crate::lies::{self, Lying};
use async_trait::async_trait;
use atlassian_admin::OrgId;
use atlassian_connector::{AccountOptions, AtlassianConnector};
use atlassian_sim::{
    AccessTruth, AccountTruth, GroupTruth, Org, OrgSpec, Running, Simulator, SimulatorBuilder,
};
use connector_sdk::proto::any::pack;
use connector_sdk::proto::connector::v2;
use connector_sdk::proto::wkt;
use connector_sdk::{
    ChangeContext, ChangeOutcome, ChangeState, Connector, ProfileValue, ResourceBuilder, ResourceKey, Result,
    WriteRequest, Writes, entitlement_id, grant_id,
};
use http_kit::{Clock, Jitter, ManualClock, Request, Response, Secret, Transport, TransportError};
use scim_client::ScimClient;
use serde_json::Value;
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vendor_contract::CheckedTransport;

/// A change, in the words of a person.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    Grant(ResourceKey, String, ResourceKey),
    Revoke(ResourceKey, String, ResourceKey),
    /// Of a grant that the artifact has as direct.
    RevokeDirect(ResourceKey, String, ResourceKey),
    Create(Vec<(&'static str, String)>),
    Delete(ResourceKey, Known),
    Invoke(&'static str, Vec<(&'static str, String)>),
    /// About a resource that the artifact has.
    InvokeOn(&'static str, Vec<(&'static str, String)>, ResourceKey, Known),
}

/// Whether an artifact has what is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Yes,
    /// As a secret of this account.
    Of(String),
    No,
}

impl Known {
    /// The resource as the artifact has it.
    pub(crate) fn resource(&self, key: &ResourceKey) -> Option<v2::Resource> {
        match self {
            Self::No => None,
            Self::Yes => Some(resource(key)),
            Self::Of(owner) => {
                let owned = ResourceBuilder::new(key.clone(), "");
                Some(owned.secret(|secret| secret.identity(&user(owner))).build())
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) org: Org,
    pub(crate) vendor: Running,
    pub(crate) clock: ManualClock,
    pub(crate) connector: AtlassianConnector,
    /// The directory, as its identity provider reaches it.
    pub(crate) scim: ScimClient,
    /// What is lied about.
    pub(crate) lies: Arc<lies::Script>,
    pub(crate) checked: Arc<CheckedTransport>,
    sent: Arc<Mutex<Vec<(String, String, Value)>>>,
}

/// Whatever a test was about, everything said was documented.
impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_kept(&self.checked, &self.vendor);
        }
    }
}

pub(crate) const PLAIN: ChangeContext = ChangeContext::PLAIN;
pub(crate) const VERIFYING: ChangeContext = ChangeContext {
    verify: true,
    ..ChangeContext::PLAIN
};
const DRY: ChangeContext = ChangeContext {
    dry_run: true,
    ..ChangeContext::PLAIN
};

/// Large enough that every kind of row meets every other.
pub(crate) fn demo() -> Org {
    Org::generate(OrgSpec {
        users: 900,
        ..OrgSpec::demo()
    })
}

/// Makes a change.
pub(crate) async fn perform(
    connector: &AtlassianConnector,
    cx: &ChangeContext,
    change: &Do,
) -> Result<ChangeOutcome> {
    let entry = |resource_type: &str| {
        let mut types = connector.types().into_iter();
        types
            .find(|entry| entry.resource_type.id == resource_type)
            .unwrap()
    };
    match change {
        Do::Grant(on, slug, who) => {
            let provisioner = entry(&on.resource_type).provisioner.unwrap();
            provisioner
                .grant(cx, &entitlement(on, slug), &resource(who))
                .await
        }
        Do::Revoke(on, slug, who) => {
            let provisioner = entry(&on.resource_type).provisioner.unwrap();
            provisioner.revoke(cx, &grant(on, slug, who)).await
        }
        Do::RevokeDirect(on, slug, who) => {
            let mut direct = grant(on, slug, who);
            let methods: Option<prost_types::Value> = vec!["direct".to_owned()].into_value();
            direct.annotations.push(pack(&v2::GrantMetadata {
                metadata: Some(wkt::object([("methods", methods.unwrap())])),
            }));
            entry(&on.resource_type)
                .provisioner
                .unwrap()
                .revoke(cx, &direct)
                .await
        }
        Do::Create(profile) => {
            let accounts = entry("user").accounts.unwrap();
            accounts.create(cx, &object(profile)).await
        }
        Do::Delete(key, known) => {
            let known = known.resource(key);
            let deleter = entry(&key.resource_type).deleter.unwrap();
            deleter.delete(cx, key, known.as_ref()).await
        }
        Do::InvokeOn(name, arguments, key, known) => {
            let (actions, arguments) = (connector.actions().unwrap(), object(arguments));
            assert_eq!(actions.subject(name, &arguments).as_ref(), Some(key));
            let known = known.resource(key).expect("it is about a resource that is known");
            actions.invoke_on(cx, name, &arguments, &known).await
        }
        Do::Invoke(name, arguments) => {
            connector
                .actions()
                .unwrap()
                .invoke(cx, name, &object(arguments))
                .await
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(&demo(), |vendor| vendor, AccountOptions::default()).await
    }

    /// Serves the organization, and a connector with the credentials of its first SCIM directory.
    pub(crate) async fn with(
        org: &Org,
        set: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
        accounts: AccountOptions,
    ) -> Self {
        let clock = ManualClock::new("2026-11-24T10:00:00Z".parse().unwrap());
        let vendor = set(Simulator::builder(org.clone()).clock(Arc::new(Together(clock.clone()))));
        let vendor = vendor.bind("127.0.0.1:0").await.unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let checked = checked();
        let lies = Arc::<lies::Script>::default();
        let transport: Arc<dyn Transport> = Arc::new(Lying {
            inner: Arc::new(Recording {
                inner: Arc::clone(&checked),
                sent: Arc::clone(&sent),
            }),
            script: Arc::clone(&lies),
        });
        let key = Secret::from(org.api_key().to_owned());
        let directory = org.scim_directories().next().unwrap();
        let base = scim_client::atlassian_url(&vendor.url(), directory.id()).unwrap();
        let builder = AtlassianConnector::builder(key, OrgId::parse(org.id()).unwrap())
            .base_url(vendor.url().parse().unwrap())
            .directory(base, Secret::from(directory.key().to_owned()))
            .accounts(accounts)
            .clock(Arc::new(clock.clone()))
            .jitter(Jitter::seeded(1));
        let scim = builder.directory_client(Arc::clone(&transport)).unwrap().unwrap();
        let connector = builder.build(transport).unwrap();
        Self {
            org: org.clone(),
            vendor,
            clock,
            connector,
            scim,
            lies,
            checked,
            sent,
        }
    }

    pub(crate) async fn perform(&self, cx: &ChangeContext, change: &Do) -> Result<ChangeOutcome> {
        perform(&self.connector, cx, change).await
    }

    /// Makes a change, first dry. What a dry run promises is what happens: the same refusal, or exactly the requests that
    /// are sent then. Each request of a change that was made changed something, once.
    pub(crate) async fn check(&self, cx: &ChangeContext, change: &Do) -> String {
        let before = self.vendor.writes().len();
        let planned = self.perform(&DRY, change).await;
        assert_eq!(
            self.vendor.writes().len(),
            before,
            "a dry run sends nothing: {change:?}"
        );
        self.take_sent();
        let noted = Writes::default();
        let made = noted.scope(self.perform(cx, change)).await;
        let log: Vec<_> = self.vendor.writes().split_off(before);
        let sent = self.take_sent();
        let told = match &made {
            Ok(made) => &made.requests,
            Err(error) => error.requests(),
        };
        assert_eq!(requests(told), sent, "what is told is what was sent: {change:?}");
        let without_body = |request: &WriteRequest| WriteRequest {
            body: None,
            ..request.clone()
        };
        let without_bodies: Vec<_> = told.iter().map(without_body).collect();
        assert_eq!(noted.sent(), without_bodies, "what is sent is noted: {change:?}");
        for (told, write) in told.iter().zip(&log) {
            assert_eq!(told.status, write.status, "{change:?}");
            assert!(told.request_id.is_some(), "{change:?}");
        }
        match (&planned, &made) {
            (Ok(planned), Ok(made)) => {
                assert_eq!(
                    requests(&planned.requests),
                    sent,
                    "what is planned is what is sent: {change:?}"
                );
                if made.state == ChangeState::AlreadySo {
                    assert!(log.iter().all(|write| !write.applied), "{log:?}");
                    assert!(sent.is_empty() || !log.is_empty());
                } else {
                    assert_eq!(planned.state, ChangeState::Planned);
                    assert_eq!(
                        log.iter().filter(|write| write.applied).count(),
                        sent.len(),
                        "{log:?}"
                    );
                    assert_eq!(log.len(), sent.len(), "{log:?}");
                }
            }
            (Err(planned), Err(made)) if log.is_empty() => {
                assert_eq!(
                    shape(planned),
                    shape(made),
                    "a dry run refuses the same: {change:?}"
                );
            }
            // Only the vendor knew.
            (Ok(_), Err(_)) => assert!(log.iter().all(|write| !write.applied), "{log:?}"),
            _ => panic!("dry {planned:?}, then {made:?}"),
        }
        let mut text = self.show(&made);
        for write in log {
            let done = if write.applied {
                "applied"
            } else {
                "changed nothing"
            };
            write!(
                text,
                "\n  log {} {:?} {done}",
                write.endpoint.name(),
                write.status
            )
            .unwrap();
        }
        text
    }

    /// The writes that were sent since this was last asked.
    pub(crate) fn take_sent(&self) -> Vec<(String, String, Value)> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    pub(crate) fn show(&self, outcome: &Result<ChangeOutcome>) -> String {
        let text = match outcome {
            Ok(outcome) => {
                let mut text = format!("{:?}: {}", outcome.state, outcome.summary);
                for note in &outcome.notes {
                    write!(text, "\n  note {note}").unwrap();
                }
                for (method, path, body) in requests(&outcome.requests) {
                    write!(text, "\n  {method} {path} {body}").unwrap();
                }
                text
            }
            Err(error) => format!("{} {error}", error.code().number()),
        };
        let text = text.replace(self.org.id(), "ORG");
        // Ids of requests differ from run to run, words of the operating system from system to system.
        let text = without(&text, "request id ", "ID");
        without(&text, "connection broken before the answer (", "WHY")
    }

    /// The access of an account on a target that meets a condition, the first in the order of the organization.
    pub(crate) fn access(&self, fits: impl Fn(&AccessTruth) -> bool) -> AccessTruth {
        let truth = self.org.truth();
        truth
            .access()
            .find(|access| access.readable && fits(access))
            .expect("the organization has one")
    }

    pub(crate) fn account(&self, fits: impl Fn(&AccountTruth) -> bool) -> AccountTruth {
        self.org
            .truth()
            .accounts()
            .find(fits)
            .expect("the organization has one")
    }

    pub(crate) fn group(&self, fits: impl Fn(&GroupTruth) -> bool) -> GroupTruth {
        self.org
            .truth()
            .groups()
            .find(fits)
            .expect("the organization has one")
    }

    pub(crate) fn is_member(&self, group: &str, account: &str) -> bool {
        self.org
            .truth()
            .memberships()
            .any(|one| one.group == group && one.account == account)
    }

    /// Whether the account holds the role directly.
    pub(crate) fn holds(&self, account: &str, target: &str, role: &str) -> bool {
        self.org.truth().access().any(|one| {
            one.account == account
                && one.target == target
                && one.role == role
                && one.methods.contains("direct")
        })
    }
}

/// The text with what follows these words, up to the end of it, replaced.
pub(crate) fn without(text: &str, words: &str, with: &str) -> String {
    let mut parts = text.split(words);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|letter| [',', ')', '('].contains(&letter))
            .unwrap_or(part.len());
        out += words;
        out += with;
        out += &part[end..];
    }
    out
}

fn shape(error: &connector_sdk::Error) -> (u8, &str) {
    (error.code().number(), error.message())
}

/// Requests, as they are compared with what was sent.
pub(crate) fn requests(told: &[connector_sdk::WriteRequest]) -> Vec<(String, String, Value)> {
    let one = |request: &connector_sdk::WriteRequest| {
        (
            request.method.clone(),
            request.path.clone(),
            request.body.clone().unwrap_or_default(),
        )
    };
    told.iter().map(one).collect()
}

pub(crate) fn user(id: &str) -> ResourceKey {
    ResourceKey::new("user", id)
}

pub(crate) fn group(id: &str) -> ResourceKey {
    ResourceKey::new("group", id)
}

pub(crate) fn workspace(ari: &str) -> ResourceKey {
    ResourceKey::new("workspace", ari)
}

pub(crate) fn role(name: &str) -> String {
    format!("role:{name}")
}

pub(crate) fn resource(key: &ResourceKey) -> v2::Resource {
    ResourceBuilder::new(key.clone(), "").build()
}

pub(crate) fn entitlement(on: &ResourceKey, slug: &str) -> v2::Entitlement {
    v2::Entitlement {
        resource: Some(resource(on)),
        id: entitlement_id(on, slug),
        slug: slug.to_owned(),
        ..Default::default()
    }
}

/// A grant as an artifact holds it: its entitlement is no more than an id and a resource.
pub(crate) fn grant(on: &ResourceKey, slug: &str, who: &ResourceKey) -> v2::Grant {
    let id = entitlement_id(on, slug);
    v2::Grant {
        id: grant_id(&id, who),
        entitlement: Some(v2::Entitlement {
            id,
            resource: Some(resource(on)),
            ..Default::default()
        }),
        principal: Some(resource(who)),
        ..Default::default()
    }
}

fn object(members: &[(&'static str, String)]) -> prost_types::Struct {
    wkt::object(members.iter().map(|(name, text)| (*name, text.clone().into())))
}

/// The vendor and the client wait on one clock.
#[derive(Debug)]
struct Together(ManualClock);

impl atlassian_sim::Clock for Together {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.advance(duration);
        Box::pin(std::future::ready(()))
    }
}

/// Keeps what is sent to endpoints that write.
#[derive(Debug)]
struct Recording {
    inner: Arc<CheckedTransport>,
    sent: Arc<Mutex<Vec<(String, String, Value)>>>,
}

#[async_trait]
impl Transport for Recording {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let path = request.url.path().to_owned();
        let reads = ["/search", "/workspaces", "/get-scim-links-for-email"];
        if request.method != "GET" && !reads.iter().any(|read| path.ends_with(read)) {
            let body = request
                .body
                .as_deref()
                .map(|body| serde_json::from_slice(body).unwrap())
                .unwrap_or_default();
            self.sent
                .lock()
                .unwrap()
                .push((request.method.to_string(), path, body));
        }
        self.inner.send(request).await
    }
}
