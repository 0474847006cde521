//! A connector that changes nothing, but counts the calls by which it is asked to.

use async_trait::async_trait;
use connector_sdk::proto::config::v1 as config;
use connector_sdk::proto::connector::v2::{self, connector_account_creation_schema as account};
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, ChangeState, Code, Connector,
    ConnectorSpec, Error, Page, PageToken, Parent, Plan, ResourceDeleter, ResourceKey, ResourceProvisioner,
    ResourceSyncer, Result, SyncContext, Tenant, TypeEntry, TypeSpec, WriteRequest, Writes, resource_type,
};
use prost_types::Struct;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

type Answering = dyn Fn(&ChangeContext) -> Result<ChangeOutcome> + Send + Sync;

/// How the connector answers.
#[derive(Clone)]
pub(crate) enum Answer {
    /// So.
    With(Arc<Answering>),
    /// It panics.
    Panic,
    /// Not at all; it tells that it was called.
    Never(Arc<Notify>),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::With(_) => "With",
            Self::Panic => "Panic",
            Self::Never(_) => "Never",
        })
    }
}

/// A connector that changes nothing, but remembers what it was asked to.
#[derive(Clone, Debug)]
pub(crate) struct Changer {
    answer: Answer,
    calls: Arc<Mutex<Vec<String>>>,
    /// Whether it offers changes at all.
    offers: bool,
    /// The types of accounts that it creates.
    accounts: Vec<&'static str>,
    /// The tenant that it says it is set up for.
    tenant: Option<Tenant>,
    /// The name of the entitlements of which it knows why they are immutable.
    explains: &'static str,
    /// The statuses with which writes of its are answered before it answers itself, none where that answer is not there yet; none
    /// where it does not note them.
    writes_first: Option<&'static [Option<u16>]>,
}

impl Changer {
    /// Answers as the context wants: done, verified, or planned.
    pub(crate) fn new() -> Self {
        Self::answering(|cx| {
            let request = WriteRequest::new("POST", "/changes").body(serde_json::json!({ "change": 1 }));
            Ok(match (cx.dry_run, cx.verify) {
                (true, _) => ChangeOutcome::new(ChangeState::Planned, "it would be changed").request(request),
                (false, verify) => {
                    let state = if verify {
                        ChangeState::Verified
                    } else {
                        ChangeState::Done
                    };
                    ChangeOutcome::new(state, "it is changed")
                        .request(request.answered(200, Some("r-1".into())))
                }
            })
        })
    }

    pub(crate) fn answering(
        answer: impl Fn(&ChangeContext) -> Result<ChangeOutcome> + Send + Sync + 'static,
    ) -> Self {
        Self::with(Answer::With(Arc::new(answer)))
    }

    pub(crate) fn with(answer: Answer) -> Self {
        Self {
            answer,
            calls: Arc::default(),
            offers: true,
            accounts: vec!["user"],
            explains: "",
            tenant: None,
            writes_first: None,
        }
    }

    /// Notes its writes, which are answered like this before it answers itself.
    pub(crate) fn noting(answer: Answer, writes_first: &'static [Option<u16>]) -> Self {
        Self {
            writes_first: Some(writes_first),
            ..Self::with(answer)
        }
    }

    /// Set up for this tenant.
    pub(crate) fn of(tenant: Tenant) -> Self {
        Self::new().in_tenant(tenant)
    }

    /// The same, set up for this tenant.
    pub(crate) fn in_tenant(self, tenant: Tenant) -> Self {
        Self {
            tenant: Some(tenant),
            ..self
        }
    }

    /// Knows why entitlements of this name are immutable.
    pub(crate) fn explaining(slug: &'static str) -> Self {
        Self {
            explains: slug,
            ..Self::new()
        }
    }

    /// Can only be read.
    pub(crate) fn reading_only() -> Self {
        Self {
            offers: false,
            ..Self::new()
        }
    }

    /// Creates accounts of these types.
    pub(crate) fn creating(accounts: &[&'static str]) -> Self {
        Self {
            accounts: accounts.to_vec(),
            ..Self::new()
        }
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn answer(&self, call: String, cx: &ChangeContext) -> Result<ChangeOutcome> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(call);
        let writes = Writes::current().expect("a change has some");
        for status in self.writes_first.unwrap_or_default() {
            let write = WriteRequest::new("DELETE", "/changes").body(serde_json::json!({ "pin": "hunter2" }));
            let number = writes.begin(write).expect("nobody is stopped yet");
            if let Some(status) = status {
                writes.answered(number, *status, Some("r-1".into()));
            }
        }
        match &self.answer {
            Answer::With(answer) => answer(cx),
            Answer::Panic => panic!("the connector has a defect, and hunter2 in its message"),
            Answer::Never(called) => {
                called.notify_one();
                std::future::pending().await
            }
        }
    }
}

impl Connector for Changer {
    fn spec(&self) -> ConnectorSpec {
        ConnectorSpec {
            display_name: "Changer".into(),
            types: self.types().iter().map(TypeSpec::of).collect(),
            actions: if self.offers { action_schemas() } else { Vec::new() },
            account_schema: Some(account_schema()),
            ..ConnectorSpec::default()
        }
    }

    fn types(&self) -> Vec<TypeEntry> {
        let of = |id: &str| TypeEntry::new(resource_type(id, id, &[]), Arc::new(NothingToRead));
        let accounts =
            |id: &str| (self.offers && self.accounts.contains(&id)).then(|| Arc::new(self.clone()) as _);
        vec![
            TypeEntry {
                provisioner: self.offers.then(|| Arc::new(self.clone()) as _),
                ..of("app")
            },
            TypeEntry {
                provisioner: self.offers.then(|| Arc::new(self.clone()) as _),
                deleter: self.offers.then(|| Arc::new(self.clone()) as _),
                ..of("group")
            },
            TypeEntry {
                accounts: accounts("robot"),
                ..of("robot")
            },
            TypeEntry {
                deleter: self.offers.then(|| Arc::new(self.clone()) as _),
                accounts: accounts("user"),
                ..of("user")
            },
        ]
    }

    fn tenant(&self) -> Option<Tenant> {
        self.tenant.clone()
    }

    fn notes_writes(&self) -> bool {
        self.writes_first.is_some()
    }

    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        self.offers.then(|| Arc::new(self.clone()) as _)
    }
}

struct NothingToRead;

#[async_trait]
impl ResourceSyncer for NothingToRead {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
        Ok(Page::empty())
    }
}

fn id(resource: Option<&v2::Resource>) -> String {
    let resource = resource.expect("a resource");
    let id = resource.id.as_ref().expect("it has an id");
    format!("{}:{} {:?}", id.resource_type, id.resource, resource.display_name)
}

#[async_trait]
impl ResourceProvisioner for Changer {
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let call = format!(
            "grant {} on {} to {}",
            entitlement.id,
            id(entitlement.resource.as_ref()),
            id(Some(principal))
        );
        self.answer(call, cx).await
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let call = format!("revoke {} from {}", grant.id, id(grant.principal.as_ref()));
        self.answer(call, cx).await
    }

    fn why_immutable(&self, entitlement: &v2::Entitlement) -> Option<Error> {
        (entitlement.slug == self.explains).then(|| {
            Error::new(
                Code::FailedPrecondition,
                "the vendor ignores where this role is held",
            )
            .with_hint("Grant it on the galaxy")
        })
    }
}

#[async_trait]
impl AccountManager for Changer {
    async fn create(&self, cx: &ChangeContext, profile: &Struct) -> Result<ChangeOutcome> {
        self.answer(format!("create {}", json(profile)), cx).await
    }
}

#[async_trait]
impl ResourceDeleter for Changer {
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        known: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        let known = known.map_or("unknown".into(), |known| format!("known as {}", id(Some(known))));
        self.answer(format!("delete {key}, {known}"), cx).await
    }
}

#[async_trait]
impl ActionProvider for Changer {
    async fn invoke(&self, cx: &ChangeContext, name: &str, arguments: &Struct) -> Result<ChangeOutcome> {
        self.answer(format!("invoke {name} {}", json(arguments)), cx)
            .await
    }
}

fn json(object: &Struct) -> Value {
    Value::Object(connector_runtime::change::to_json(object))
}

fn account_schema() -> v2::ConnectorAccountCreationSchema {
    use account::field::Field as F;
    let field = |name: &str, required: bool, field: F| {
        let field = account::Field {
            required,
            field: Some(field),
            ..account::Field::default()
        };
        (name.to_owned(), field)
    };
    v2::ConnectorAccountCreationSchema {
        field_map: [
            field("email", true, F::StringField(account::StringField::default())),
            field("name", false, F::StringField(account::StringField::default())),
            field(
                "temp_password",
                false,
                F::StringField(account::StringField::default()),
            ),
            field(
                "groups",
                false,
                F::StringListField(account::StringListField::default()),
            ),
            field(
                "guest",
                false,
                F::BoolField(account::BoolField {
                    default_value: Some(false),
                }),
            ),
            field(
                "seats",
                false,
                F::IntField(account::IntField {
                    default_value: Some(1),
                }),
            ),
            field("extra", false, F::MapField(account::MapField::default())),
        ]
        .into(),
    }
}

fn action_schemas() -> Vec<v2::BatonActionSchema> {
    use config::field::Field as F;
    let field = |name: &str, field: F| config::Field {
        name: name.into(),
        field: Some(field),
        ..config::Field::default()
    };
    let text = |rules: config::StringRules| {
        F::StringField(config::StringField {
            rules: Some(rules),
            ..config::StringField::default()
        })
    };
    let days = config::IntField {
        default_value: 7,
        rules: Some(config::Int64Rules {
            gte: Some(1),
            lte: Some(30),
            ..config::Int64Rules::default()
        }),
        ..config::IntField::default()
    };
    let user = config::ResourceIdField {
        rules: Some(config::ResourceIdRules {
            allowed_resource_type_ids: vec!["user".into()],
        }),
        ..config::ResourceIdField::default()
    };
    let suspend = v2::BatonActionSchema {
        name: "suspend".into(),
        display_name: "Suspend an account".into(),
        arguments: vec![
            config::Field {
                is_required: true,
                ..field("user", F::ResourceIdField(user))
            },
            field("days", F::IntField(days)),
            field(
                "reason",
                text(config::StringRules {
                    max_len: Some(10),
                    ..Default::default()
                }),
            ),
            config::Field {
                is_secret: true,
                ..field(
                    "pin",
                    text(config::StringRules {
                        min_len: Some(4),
                        ..Default::default()
                    }),
                )
            },
            field("quiet", F::BoolField(config::BoolField::default())),
            field("until", F::StringField(config::StringField::default())),
        ],
        constraints: vec![config::Constraint {
            kind: config::ConstraintKind::MutuallyExclusive.into(),
            field_names: vec!["days".into(), "until".into()],
            ..config::Constraint::default()
        }],
        ..v2::BatonActionSchema::default()
    };
    let restore = v2::BatonActionSchema {
        name: "restore".into(),
        ..v2::BatonActionSchema::default()
    };
    vec![suspend, restore]
}
