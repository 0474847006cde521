//! Every call of the protocol, answered in this process: from message to message.

mod changes;
mod invocations;
mod listings;
mod rest;

pub(crate) use invocations::new_id;
pub(crate) use rest::EXPANDED;

use crate::actions::Actions;
use crate::options::ServiceOptions;
use crate::snapshot::Snapshots;
use crate::status::Failure;
use crate::validate::validate;
use connector_proto::connector::v2;
use connector_runtime::change::{Change, ChangeError, ChangeOptions, ChangeRecord, Stated, change};
use connector_sdk::{Ability, Code, Connector, ConnectorSpec, ResourceKey, TypeEntry};
use prost::Name;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Status;
use tracing::Instrument as _;

/// How long a listing waits for its snapshot where its caller does not say.
const TIMEOUT: Duration = Duration::from_mins(10);

/// The answer to a call.
pub(crate) type Answer<T> = Result<T, Status>;

/// A connector that answers the calls of the protocol, each from message to message. It is cheap to clone; every clone shares the one
/// snapshot and the actions that were invoked.
///
/// ```no_run
/// use connector_sdk::proto::connector::v2::GrantManagerServiceGrantRequest;
/// use connector_service::{Local, ServiceOptions};
/// # async fn example(
/// #     connector: std::sync::Arc<dyn connector_sdk::Connector>,
/// #     request: GrantManagerServiceGrantRequest,
/// # ) -> Result<(), tonic::Status> {
/// let options = ServiceOptions { provisioning: true, ..ServiceOptions::new("task 2Yk…") };
/// let local = Local::new(connector, options);
/// let response = local.grant(request).await?;
/// println!("{} annotations", response.annotations.len());
/// local.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Local {
    inner: Arc<Inner>,
    timeout: Duration,
    actor: Arc<str>,
}

struct Inner {
    connector: Arc<dyn Connector>,
    options: ServiceOptions,
    snapshots: Arc<Snapshots>,
    actions: Actions,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Local {
    /// The calls of a connector. Nothing is asked of it yet.
    pub fn new(connector: Arc<dyn Connector>, options: ServiceOptions) -> Self {
        let actor = options.actor.as_str().into();
        let snapshots = Snapshots::new(Arc::clone(&connector), options.clone());
        Self {
            inner: Arc::new(Inner {
                connector,
                options,
                snapshots,
                actions: Actions::default(),
                tasks: TaskTracker::new(),
                stop: CancellationToken::new(),
            }),
            timeout: TIMEOUT,
            actor,
        }
    }

    /// The same, where a listing waits this long for its snapshot.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout: timeout.min(TIMEOUT),
            ..self.clone()
        }
    }

    /// The same, with changes made on behalf of another: the id of a task for example.
    #[must_use]
    pub fn on_behalf_of(&self, actor: &str) -> Self {
        Self {
            actor: actor.into(),
            ..self.clone()
        }
    }

    /// Ends everything: the snapshot goes, and changes end in an orderly way. One that was sent is waited for, because its answer says
    /// whether it was made.
    pub async fn close(&self) {
        self.inner.stop.cancel();
        self.inner.snapshots.close().await;
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Answers a request that holds to the rules, in a task of its own: it goes on where its caller does not wait, and a panic is an
    /// error of this call.
    async fn answer<Q, A, F>(&self, request: Q, work: impl FnOnce(Self, Q) -> F) -> Answer<A>
    where
        Q: prost::Message + Name,
        A: Send + 'static,
        F: Future<Output = Result<A, Failure>> + Send + 'static,
    {
        validate(&request).map_err(Status::invalid_argument)?;
        let task = self
            .inner
            .tasks
            .spawn(work(self.clone(), request).in_current_span());
        match task.await {
            Ok(answer) => answer.map_err(|failure| self.status(&failure)),
            Err(_) => {
                let failure = Failure::new(Code::Internal, "the connector has a defect and broke off");
                Err(self.status(&failure))
            }
        }
    }

    fn status(&self, failure: &Failure) -> Status {
        let options = &self.inner.options;
        failure.status(&options.redactor, options.clock.now())
    }

    /// What the connector is, as far as it is served.
    fn spec(&self) -> ConnectorSpec {
        let mut spec = self.inner.connector.spec();
        if !self.inner.options.provisioning {
            for of in &mut spec.types {
                of.abilities.retain(|ability| *ability == Ability::Get);
            }
            spec.account_schema = None;
        }
        if !self.inner.options.actions {
            spec.actions.clear();
        }
        spec
    }

    fn entry(&self, resource_type: &str) -> Result<TypeEntry, Failure> {
        let mut types = self.inner.connector.types().into_iter();
        let found = types.find(|entry| entry.resource_type.id == resource_type);
        found.ok_or_else(|| {
            Failure::new(
                Code::NotFound,
                format!("there is no resource type {resource_type:?}"),
            )
        })
    }

    fn provisions(&self) -> Result<(), Failure> {
        match self.inner.options.provisioning {
            true => Ok(()),
            false => Err(Failure::new(
                Code::FailedPrecondition,
                "provisioning is not enabled",
            )),
        }
    }

    /// Makes a change, on the way of every change.
    async fn changed(
        &self,
        asked: Change,
        stated: Option<Stated>,
        cancel: CancellationToken,
    ) -> Result<ChangeRecord, ChangeError> {
        let options = &self.inner.options;
        let options = ChangeOptions {
            stated,
            audit: options.audit.clone(),
            cancel,
            redactor: Arc::clone(&options.redactor),
            // A platform takes an answer for the state from then on, and asks for the opposite a moment later.
            verify: true,
            ..ChangeOptions::new(&*self.actor, Arc::clone(&options.clock))
        };
        let made = change(Arc::clone(&self.inner.connector), asked, options).await;
        let record = made.map_err(|failure| failure.error)?;
        tracing::info!(state = ?record.state, "a change was carried out");
        // They name people.
        tracing::debug!(summary = record.summary, notes = ?record.notes, "what was changed");
        Ok(record)
    }
}

fn key(id: Option<&v2::ResourceId>) -> Result<ResourceKey, Failure> {
    let key = id.and_then(ResourceKey::from_proto);
    key.ok_or_else(|| Failure::new(Code::InvalidArgument, "no resource is named"))
}

fn not_offered(what: &str) -> Failure {
    Failure::new(Code::Unimplemented, format!("this connector does not {what}"))
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("connector", &self.inner.connector)
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}
