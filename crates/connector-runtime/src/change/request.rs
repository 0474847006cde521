//! What is asked for, and how.

use super::lookup::OpenArtifact;
use super::stated::Stated;
use crate::clock::Clock;
use crate::redact::Redactor;
use connector_proto::connector::v2::ConnectorAccountCreationSchema;
use connector_sdk::ResourceKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A change that someone decided on.
///
/// Its `Debug` output names the members of profiles and arguments but not their values, which may be secret.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Give the principal the entitlement.
    Grant {
        /// The id of the entitlement, as the artifact has it.
        entitlement_id: String,
        /// Who is to hold it. An empty type stands for the one type to which the entitlement can be granted.
        principal: ResourceKey,
    },
    /// Take a grant away.
    Revoke {
        /// The id of the grant, as the artifact has it.
        grant_id: String,
    },
    /// Take away what a principal holds of an entitlement of which the artifact has no grant: what is there now decides.
    RevokeHeld {
        /// The id of the entitlement, as the artifact has it.
        entitlement_id: String,
        /// Who may hold it.
        principal: ResourceKey,
    },
    /// Create an account.
    CreateAccount {
        /// What it is created from; checked against the account creation schema of the connector, where it has one.
        profile: Map<String, Value>,
        /// The type of the account; `None` for the only type of accounts that can be created, or the one named `user`.
        resource_type: Option<String>,
    },
    /// Delete a resource.
    Delete {
        /// Its type and id. It need not be in the artifact: what is there now decides.
        resource: ResourceKey,
    },
    /// Invoke an action.
    Invoke {
        /// Its name.
        action: String,
        /// Its arguments; checked against the schema of the action. One that is `null` counts as not given.
        arguments: Map<String, Value>,
    },
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant {
                entitlement_id,
                principal,
            } => f
                .debug_struct("Grant")
                .field("entitlement_id", entitlement_id)
                .field("principal", principal)
                .finish(),
            Self::Revoke { grant_id } => f.debug_struct("Revoke").field("grant_id", grant_id).finish(),
            Self::RevokeHeld {
                entitlement_id,
                principal,
            } => f
                .debug_struct("RevokeHeld")
                .field("entitlement_id", entitlement_id)
                .field("principal", principal)
                .finish(),
            Self::CreateAccount {
                profile,
                resource_type,
            } => f
                .debug_struct("CreateAccount")
                .field("profile", &profile.keys())
                .field("resource_type", resource_type)
                .finish(),
            Self::Delete { resource } => f.debug_struct("Delete").field("resource", resource).finish(),
            Self::Invoke { action, arguments } => f
                .debug_struct("Invoke")
                .field("action", action)
                .field("arguments", &arguments.keys())
                .finish(),
        }
    }
}

/// Fills login and address into the profile of a new account where it lacks them, under the names that the schema has for
/// them.
pub fn name_account(
    profile: &mut Map<String, Value>,
    schema: Option<&ConnectorAccountCreationSchema>,
    login: Option<&str>,
    email: Option<&str>,
) {
    for (value, names) in [
        (login, &["login", "userName", "username", "user_name"][..]),
        (email, &["email", "mail", "emailAddress"][..]),
    ] {
        let Some(value) = value else {
            continue;
        };
        let has = |field: &&&str| schema.is_some_and(|schema| schema.field_map.contains_key(**field));
        let field = names.iter().find(has).unwrap_or(&names[0]);
        let named = profile.entry(*field);
        named.or_insert_with(|| Value::String(value.to_owned()));
    }
}

/// A row of a plan of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// The id of the plan.
    pub plan: String,
    /// The number of the row.
    pub row: usize,
}

/// How a change is carried out.
#[derive(Clone, Debug)]
pub struct ChangeOptions {
    /// The artifact in which ids are looked up. Grants and revocations need one; for a deletion it says whether the
    /// resource was ever there, and may be missing.
    pub artifact: Option<PathBuf>,
    /// The same, opened already: for many changes that look their ids up in one artifact.
    pub opened: Option<OpenArtifact>,
    /// What the caller states of what the change names, in place of an artifact: as a platform does it.
    pub stated: Option<Stated>,
    /// Where the artifact may be unpacked, the first choice first. Where none of them can be written, it is unpacked beside
    /// itself, and then in the system's temporary directory.
    pub temp_dirs: Vec<PathBuf>,
    /// Whether a person named that artifact. Every change is compared with an artifact that was named, and refused where it is of
    /// another tenant; one that is only the default is not opened by changes that look nothing up.
    pub artifact_named: bool,
    /// Read the state and say what would be sent, but send no write. The lines in the audit file say that it was a dry run.
    pub dry_run: bool,
    /// After the write, read until the change shows.
    pub verify: bool,
    /// When an earlier run attempted this very change, which may have been made.
    pub attempted_at: Option<Timestamp>,
    /// When an earlier run attempted any change.
    pub earlier_at: Option<Timestamp>,
    /// The plan that the change is a row of. Its lines in the audit file name it.
    pub part_of: Option<PlanRow>,
    /// The file to which attempt and outcome are added as lines of JSON; it is created where it is not there.
    pub audit: Option<PathBuf>,
    /// The credentials of the run, which are taken out of the lines of the audit file: people put them in the place of ids, and
    /// vendors echo them.
    pub redactor: Arc<Redactor>,
    /// On whose behalf: login name and host, or the id of a task. Kept in the audit file.
    pub actor: String,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Cancelled by a caller that gives up. Nothing more is sent then. Until the first write leaves, the change ends at once and
    /// nothing is changed; after it the answer is waited for, because it says whether the change was made.
    pub cancel: CancellationToken,
    /// How long that answer is waited for at most; 60 seconds unless set.
    pub grace: Duration,
    /// Cancelled by a caller that does not wait for that answer either.
    pub at_once: CancellationToken,
}

impl ChangeOptions {
    /// A change for real, unverified, without artifact and audit file.
    pub fn new(actor: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            artifact: None,
            opened: None,
            stated: None,
            temp_dirs: Vec::new(),
            artifact_named: false,
            dry_run: false,
            verify: false,
            attempted_at: None,
            earlier_at: None,
            part_of: None,
            audit: None,
            redactor: Arc::default(),
            actor: actor.into(),
            clock,
            cancel: CancellationToken::new(),
            grace: Duration::from_secs(60),
            at_once: CancellationToken::new(),
        }
    }
}
