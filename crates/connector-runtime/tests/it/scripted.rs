//! A connector that answers what a script says, and fails when it is told to.

use crate::script::Script;
use async_trait::async_trait;
use connector_sdk::{
    Code, Connector, ConnectorSpec, Error, Notice, Page, PageToken, Parent, Plan, ResourceGetter,
    ResourceKey, ResourceRow, ResourceSyncer, Result, Subject, SyncContext, Tenant, TypeEntry, Vendor,
};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What happens at a call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// It fails with a limit that ends every sync, whatever the call is about.
    Stops,
    /// It fails with this code.
    Fails(Code),
    /// The person at the keyboard gives up while it is in flight, and it is never answered.
    Cancelled(CancellationToken),
    /// Something happens elsewhere; it is answered.
    Meanwhile(Arc<dyn Fn() + Send + Sync>),
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stops => "Stops",
            Self::Fails(_) => "Fails",
            Self::Cancelled(_) => "Cancelled",
            Self::Meanwhile(_) => "Meanwhile",
        })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Scripted {
    script: Arc<Script>,
    /// The nth call (from 1) that goes wrong, and how.
    fault: Option<(usize, Fault)>,
    /// The tenant that it says it is set up for.
    tenant: Option<Tenant>,
    /// Shuffles the order in which calls are answered.
    seed: Option<u64>,
    asked: Arc<Mutex<Asked>>,
    called: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Asked {
    /// Every call in order, as `list user` or `grants group/g1 @ token`.
    calls: Vec<String>,
    in_flight: usize,
    most_in_flight: usize,
    refused: HashMap<(String, String), usize>,
    failed: HashMap<(String, String), usize>,
    given: HashSet<(String, String)>,
    validated: usize,
}

impl Scripted {
    pub(crate) fn new(script: Script) -> Self {
        Self {
            script: Arc::new(script),
            fault: None,
            tenant: None,
            seed: None,
            asked: Arc::default(),
            called: Arc::default(),
        }
    }

    /// Answers in an order that depends on the seed.
    pub(crate) fn shuffled(self, seed: u64) -> Self {
        Self {
            seed: Some(seed),
            ..self
        }
    }

    /// Set up for this tenant.
    pub(crate) fn of(self, tenant: Tenant) -> Self {
        Self {
            tenant: Some(tenant),
            ..self
        }
    }

    /// The nth call, counted from 1, goes wrong.
    pub(crate) fn faulty(self, nth: usize, fault: Fault) -> Self {
        Self {
            fault: Some((nth, fault)),
            ..self
        }
    }

    /// The calls that were made, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.asked().calls.clone()
    }

    /// How often it was validated.
    pub(crate) fn validated(&self) -> usize {
        self.asked().validated
    }

    /// How many calls were in flight at most.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.asked().most_in_flight
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, call: String, token: &PageToken) -> Result<Page> {
        let nth = {
            let mut asked = self.asked();
            asked.calls.push(if token.is_first() {
                call.clone()
            } else {
                format!("{call} @ {}", token.as_str())
            });
            asked.in_flight += 1;
            asked.most_in_flight = asked.most_in_flight.max(asked.in_flight);
            asked.calls.len()
        };
        self.called.notify_waiters();
        let at = (call, token.as_str().to_owned());
        let waits_for = self
            .script
            .pages
            .get(&at)
            .and_then(|page| page.waits_for.as_ref());
        while let Some(call) = waits_for {
            let called = self.called.notified();
            if self.asked().calls.contains(call) {
                break;
            }
            called.await;
        }
        if let Some(seed) = self.seed {
            for _ in 0..turns(seed, &at) {
                tokio::task::yield_now().await;
            }
        }
        let answer = match &self.fault {
            Some((when, Fault::Stops)) if *when == nth => {
                Err(Error::new(Code::ResourceExhausted, "too many calls"))
            }
            Some((when, Fault::Fails(code))) if *when == nth => {
                Err(Error::new(*code, "it does not go on here"))
            }
            Some((when, Fault::Cancelled(cancel))) if *when == nth => {
                cancel.cancel();
                std::future::pending().await
            }
            Some((when, Fault::Meanwhile(happens))) if *when == nth => {
                happens();
                self.page(at)
            }
            _ => self.page(at),
        };
        self.asked().in_flight -= 1;
        answer
    }

    fn page(&self, at: (String, String)) -> Result<Page> {
        let Some(scripted) = self.script.pages.get(&at) else {
            if at.1.is_empty() {
                return Ok(Page::empty());
            }
            let message = format!("the script has no page {:?} of {}", at.1, at.0);
            return Err(Error::new(Code::Internal, message));
        };
        let mut asked = self.asked();
        if let Some(failure) = scripted.fails {
            let failed = asked.failed.entry(at.clone()).or_default();
            if *failed < failure.times {
                *failed += 1;
                drop(asked);
                return Err(failure_of(failure, &at.0));
            }
        }
        let refused = asked.refused.entry(at.clone()).or_default();
        if *refused < scripted.refusals {
            *refused += 1;
            return Err(Error::cursor_refused("the cursor is stale"));
        }
        let mut page = scripted.page.clone();
        if asked.given.insert(at) {
            page.resources.extend(scripted.once.resources.clone());
            page.grants.extend(scripted.once.grants.clone());
        }
        Ok(page)
    }
}

fn failure_of(failure: crate::script::Failure, call: &str) -> Error {
    let code = failure.code.unwrap_or_else(|| panic!("nobody thought of {call}"));
    let error = Error::new(code, "it cannot be read").with_retry(failure.retry);
    match failure.status {
        Some(status) => error.with_vendor(Vendor {
            status: Some(status),
            request_id: Some("r-1".into()),
            ..Vendor::default()
        }),
        None => error,
    }
}

/// For how many turns of the scheduler a call waits.
fn turns(seed: u64, at: &(String, String)) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (seed, at).hash(&mut hasher);
    hasher.finish() % 8
}

#[async_trait]
impl Connector for Scripted {
    fn spec(&self) -> ConnectorSpec {
        ConnectorSpec::default()
    }

    fn types(&self) -> Vec<TypeEntry> {
        let of = |t: &crate::script::ScriptedType| {
            let syncer = Syncer {
                resource_type: t.resource_type.id.clone(),
                plan: t.plan.clone(),
                connector: self.clone(),
            };
            let syncer = Arc::new(syncer);
            let reads = |(call, _): &(String, String)| call.starts_with("get ");
            TypeEntry {
                getter: self
                    .script
                    .pages
                    .keys()
                    .any(reads)
                    .then(|| Arc::clone(&syncer) as _),
                ..TypeEntry::new(t.resource_type.clone(), syncer)
            }
        };
        self.script.types.iter().map(of).collect()
    }

    fn tenant(&self) -> Option<Tenant> {
        self.tenant.clone()
    }

    async fn validate(&self) -> Result<Vec<Notice>> {
        self.asked().validated += 1;
        let later = self.script.refused_later.as_ref();
        let later = later.filter(|_| self.asked().validated > 1);
        match self.script.refused.as_ref().or(later) {
            Some(why) => Err(Error::new(Code::Unauthenticated, why)),
            None => Ok(self.script.notices.clone()),
        }
    }
}

struct Syncer {
    resource_type: String,
    plan: Plan,
    connector: Scripted,
}

#[async_trait]
impl ResourceSyncer for Syncer {
    fn plan(&self) -> Plan {
        self.plan.clone()
    }

    async fn list(&self, _: &SyncContext, parent: Parent<'_>, token: &PageToken) -> Result<Page> {
        let call = match parent {
            None => format!("list {}", self.resource_type),
            Some(parent) => format!("list {} of {}", self.resource_type, slashed(parent)),
        };
        self.connector.answer(call, token).await
    }

    async fn entitlements(&self, _: &SyncContext, on: &Subject, token: &PageToken) -> Result<Page> {
        self.about("entitlements", on, token).await
    }

    async fn grants(&self, _: &SyncContext, on: &Subject, token: &PageToken) -> Result<Page> {
        self.about("grants", on, token).await
    }
}

impl Syncer {
    async fn about(&self, what: &str, on: &Subject, token: &PageToken) -> Result<Page> {
        let call = format!("{what} {}", slashed(on.key()));
        let planned = match what {
            "grants" => self.plan.grants,
            _ => self.plan.entitlements,
        };
        let scripted = self
            .connector
            .script
            .pages
            .contains_key(&(call.clone(), String::new()));
        if !planned && !scripted {
            return Err(Error::new(Code::Unimplemented, "it is not listed"));
        }
        self.connector.answer(call, token).await
    }
}

#[async_trait]
impl ResourceGetter for Syncer {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let call = format!("get {}", slashed(key));
        let mut page = self.connector.answer(call, &PageToken::first()).await?;
        let missing = || Error::new(Code::NotFound, format!("there is no {}", slashed(key)));
        page.resources.pop().ok_or_else(missing)
    }

    async fn beside(&self, _: &SyncContext, on: &Subject, token: &PageToken) -> Result<Page> {
        let call = format!("beside {}", slashed(on.key()));
        self.connector.answer(call, token).await
    }
}

fn slashed(key: &ResourceKey) -> String {
    format!("{}/{}", key.resource_type, key.resource)
}
