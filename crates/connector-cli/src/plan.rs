//! What decisions come to, with the state at the vendor: `plan`.

use crate::app::App;
use crate::built::Built;
use crate::change::temp_dirs;
use crate::config::{Settings, name};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::outcome::Outcome;
use crate::output;
use crate::review;
use crate::signal::unless_asked;
use crate::sync::{after, build};
use access_review::{Decisions, Live, Place, Plan, PlannedRow, Review, ReviewError, Verdict};
use c1z_file::{Output, ReadOptions};
use connector_proto::connector::v2::ActionType;
use connector_runtime::change::{
    Change, ChangeError, ChangeFailure, ChangeOptions, ChangeRecord, OpenArtifact,
};
use connector_sdk::{ChangeState, Code, Connector, ResourceKey};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Rows whose state is read at a time.
const AT_A_TIME: usize = 8;

/// What is to be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlanAsked {
    pub(crate) decisions: PathBuf,
    pub(crate) out: PathBuf,
}

/// Plans and prints what the decisions come to.
///
/// # Errors
/// Why there is no plan.
pub(crate) async fn plan(app: &App, host: &Host, settings: &Settings, asked: PlanAsked) -> Result<()> {
    let file = host.directory.join(&asked.out);
    let table = host.directory.join(&asked.decisions);
    let artifact = host.directory.join(settings.artifact());
    let output = Output::begin(&file, settings.switch(name::REPLACE), &[&table, &artifact])
        .map_err(|error| review::error(&error.into()))?;
    let mut built = build(app, settings).await?;
    let made = unless_asked(&host.stops, made(host, settings, &built, &asked.decisions)).await;
    after(&mut built)?;
    let plan = made??;
    let text = plan
        .to_json(&file)
        .map_err(|error| review::error(&error.into()))?;
    output
        .create()
        .and_then(|mut made| {
            made.write_all(text.as_bytes())
                .map_err(|source| output.not_writable(source))
        })
        .and_then(|()| output.finish())
        .map_err(|error| review::error(&error.into()))?;
    if settings.wants_json() {
        return host.print(text.trim_end());
    }
    let simulated = plan.place.demo;
    let mut lines: Vec<String> = simulated
        .then(|| output::simulated(&built.subject))
        .into_iter()
        .collect();
    lines.extend(review_cli::plan_text(&plan));
    host.print(&lines.join("\n"))
}

async fn made(host: &Host, settings: &Settings, built: &Built, table: &Path) -> Result<Plan> {
    let Basis { plan, opened, .. } = Basis::of(host, settings, built, table, Vec::new()).await?;
    let mut reading = JoinSet::new();
    let mut waiting = plan
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.class.is_for_live());
    let mut found = Vec::new();
    loop {
        while reading.len() < AT_A_TIME
            && let Some((at, row)) = waiting.next()
        {
            let options = options(host, settings, &opened);
            let change = change_of(&*built.connector, row);
            let connector = Arc::clone(&built.connector);
            reading.spawn(async move { (at, live(connector, change, options).await) });
        }
        match reading.join_next().await {
            None => break,
            Some(Ok((at, live))) => found.push((at, live?)),
            Some(Err(_)) => {
                return Err(Error::new(
                    Outcome::NotUnderstood,
                    "this program has a defect and broke off",
                ));
            }
        }
    }
    drop(waiting);
    plan.with_live(found, host.clock.now())
        .map_err(|error| review::error(&error.into()))
}

/// What decisions and artifact say again, without the state at the vendor.
pub(crate) struct Basis {
    pub(crate) plan: Plan,
    pub(crate) opened: OpenArtifact,
    /// The rows that touch one of the accounts that were asked about.
    pub(crate) touching: BTreeSet<usize>,
}

impl Basis {
    /// Reads the table and the artifact of the settings.
    ///
    /// # Errors
    /// Where one of them cannot be used, or the artifact is of another tenant.
    pub(crate) async fn of(
        host: &Host,
        settings: &Settings,
        built: &Built,
        table: &Path,
        accounts: Vec<ResourceKey>,
    ) -> Result<Self> {
        let (directory, table) = (host.directory.clone(), table.to_owned());
        let artifact = PathBuf::from(settings.artifact());
        let temp_dirs = temp_dirs(host, settings)?;
        let tenant = built.connector.tenant();
        let read = tokio::task::spawn_blocking(move || {
            let file = directory.join(&artifact);
            let opened = OpenArtifact::open(&file, &temp_dirs, tenant.as_ref());
            let opened = opened.map_err(|error| Error::change(&error))?;
            let options = temp_dirs
                .iter()
                .fold(ReadOptions::default(), ReadOptions::with_temp_dir);
            let read = || -> Result<(Plan, BTreeSet<usize>), ReviewError> {
                let review = Review::open(&file, options, None)?;
                let decisions = Decisions::read(&directory.join(&table))?;
                let place = match tenant {
                    Some(tenant) => Place {
                        organization: Some(tenant.resource.resource),
                        address: tenant.base_url,
                        demo: tenant.demo,
                    },
                    None => Place::of(&review),
                };
                let plan = Plan::of(&review, &artifact, &decisions, &table, place)?;
                let mut touching = BTreeSet::new();
                for row in &plan.rows {
                    if review.touches(row, &accounts)? {
                        touching.insert(row.row);
                    }
                }
                Ok((plan, touching))
            };
            let (plan, touching) = read().map_err(|error| review::error(&error.into()))?;
            Ok(Self {
                plan,
                opened,
                touching,
            })
        });
        read.await.map_err(|error| {
            Error::new(
                Outcome::NotUnderstood,
                format!("cannot read the decisions: {error}"),
            )
        })?
    }
}

/// How the changes of a plan are made, and nothing sent or kept yet.
pub(crate) fn options(host: &Host, settings: &Settings, opened: &OpenArtifact) -> ChangeOptions {
    ChangeOptions {
        opened: Some(opened.clone()),
        artifact_named: true,
        dry_run: true,
        redactor: settings.redactor(),
        ..ChangeOptions::new(host.actor.clone(), Arc::clone(&host.clock))
    }
}

/// The change that a row asks for. What is in it was looked up in the artifact; why the connector cannot make it, else.
pub(crate) fn change_of(connector: &dyn Connector, row: &PlannedRow) -> Result<Change, String> {
    let action = |of: ActionType, verb: &str| {
        let schemas = connector.spec().actions;
        let schema = schemas
            .into_iter()
            .find(|schema| schema.action_type.contains(&i32::from(of)));
        let argument = schema
            .as_ref()
            .zip(connector.actions())
            .and_then(|(schema, actions)| {
                let who = row.principal.as_ref()?;
                let mut references = actions.references(&schema.name).into_iter();
                let is_taken = |name: &str| schema.arguments.iter().any(|argument| argument.name == name);
                references
                    .find(|(name, kind)| *kind == who.resource_type && is_taken(name))
                    .map(|(name, _)| (name.to_owned(), Value::String(who.id.clone())))
            });
        match (schema, argument) {
            (Some(schema), Some(argument)) => Ok(Change::Invoke {
                action: schema.name,
                arguments: Map::from_iter([argument]),
            }),
            _ => Err(format!("this connector cannot {verb} it")),
        }
    };
    match row.decision {
        Verdict::Suspend => action(ActionType::AccountDisable, "suspend"),
        Verdict::Restore => action(ActionType::AccountEnable, "restore"),
        Verdict::Grant => {
            let named = row.entitlement.as_ref().zip(row.principal.as_ref());
            let (what, who) = named.ok_or("it does not say who is to have what")?;
            Ok(Change::Grant {
                entitlement_id: what.id.clone(),
                principal: who.key(),
            })
        }
        Verdict::Keep | Verdict::Revoke => {
            if let Some(grant_id) = row.grant_id.clone() {
                return Ok(Change::Revoke { grant_id });
            }
            let named = row.entitlement.as_ref().zip(row.principal.as_ref());
            let (what, who) = named.ok_or("it does not say what is to be taken away")?;
            Ok(Change::RevokeHeld {
                entitlement_id: what.id.clone(),
                principal: who.key(),
            })
        }
    }
}

/// What the state at the vendor makes of a change; nothing is sent.
///
/// # Errors
/// Where the state cannot be read. That the change is refused is an answer.
pub(crate) async fn live(
    connector: Arc<dyn Connector>,
    change: Result<Change, String>,
    options: ChangeOptions,
) -> Result<Live> {
    let refused = |summary: String| Live {
        state: Live::REFUSED.to_owned(),
        summary,
        notes: Vec::new(),
        requests: Vec::new(),
    };
    let change = match change {
        Ok(change) => change,
        Err(why) => return Ok(refused(why)),
    };
    match connector_runtime::change::change(connector, change, options).await {
        Ok(record) => Ok(shown(&record)),
        Err(ChangeFailure { error, .. }) if is_about_it(&error) => {
            Ok(refused(Error::change(&error).without_meaning()))
        }
        Err(failure) => Err(Error::change(&failure.error)),
    }
}

fn shown(record: &ChangeRecord) -> Live {
    let state = match record.state == ChangeState::AlreadySo {
        true => Live::ALREADY_SO,
        false => Live::PLANNED,
    };
    let requests = record
        .requests
        .iter()
        .map(|request| serde_json::to_value(request).unwrap_or_default());
    Live {
        state: state.to_owned(),
        summary: record.summary.clone(),
        notes: record.notes.clone(),
        requests: requests.collect(),
    }
}

/// Whether an error says something of the change, and not of the way to the vendor.
pub(crate) fn is_about_it(error: &ChangeError) -> bool {
    matches!(
        error.code(),
        Code::FailedPrecondition
            | Code::NotFound
            | Code::PermissionDenied
            | Code::InvalidArgument
            | Code::AlreadyExists
            | Code::Unimplemented
    )
}
