//! Why a change was not made, or what it came to is not known.

use super::arguments::ArgumentError;
use super::suggest::{Suggestion, did_you_mean};
use crate::origin::to_the_second;
use c1z_file::AppendError;
use c1z_file::ReadError;
use connector_sdk::{Code, Parts, ResourceKey, WriteRequest};
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// What to do about what cannot be changed here, where nobody knows better.
pub(super) const ELSEWHERE: &str =
    "Make the change at the vendor where it allows it, or sync again if this has changed";

/// Why a change was not made, or what it came to is not known. Until [`ChangeError::Connector`] nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The change needs an artifact, and none was named or none is there.
    #[error("{}", no_artifact(.path.as_deref()))]
    NoArtifact {
        /// Where none is.
        path: Option<PathBuf>,
    },
    /// The artifact holds no full sync that came to its end.
    #[error("{} holds no finished sync", .path.display())]
    Unfinished {
        /// The artifact.
        path: PathBuf,
    },
    /// The artifact cannot be read.
    #[error("{0}")]
    Artifact(#[source] Box<ReadError>),
    /// The artifact is of another tenant than the one that would be changed.
    #[error("{} is of {found}, and the change would be made in {wanted}", .path.display())]
    OtherTenant {
        /// The artifact.
        path: PathBuf,
        /// What it is of.
        found: String,
        /// What would be changed.
        wanted: String,
    },
    /// What the caller states is of another tenant than the one that would be changed.
    #[error("{found} is named, and the change would be made in {wanted}")]
    OtherTenantStated {
        /// What is named.
        found: String,
        /// What would be changed.
        wanted: String,
    },
    /// What the caller states contradicts itself.
    #[error("{0}")]
    Contradicted(String),
    /// The artifact does not say which tenant it is of.
    #[error("{} does not say which {kind} it is of: it holds {}", .path.display(), if *.several { "several" } else { "none" })]
    UnknownTenant {
        /// The artifact.
        path: PathBuf,
        /// The type of the resource that stands for a tenant.
        kind: String,
        /// Whether it holds several, and not none.
        several: bool,
    },
    /// The artifact does not have what was named.
    #[error("there is no {what} {id:?} in {} as of {}", .artifact.path.display(), to_the_second(&.artifact.ended_at))]
    NotInArtifact {
        /// `entitlement`, `grant`, or the type of a resource.
        what: String,
        /// The id that was given.
        id: String,
        /// Where it was looked up.
        artifact: Box<ArtifactAsked>,
        /// What may have been meant.
        did_you_mean: Vec<Suggestion>,
    },
    /// The entitlement cannot be granted to principals of this type, or no type was given and there are several.
    #[error("entitlement {entitlement:?} can be granted to {}, {}", .grantable_to.join(" or "), given(.principal))]
    WrongPrincipal {
        /// The id of the entitlement.
        entitlement: String,
        /// Who was to hold it.
        principal: Box<ResourceKey>,
        /// The types of those who can.
        grantable_to: Vec<String>,
    },
    /// It cannot be changed.
    #[error("{what} cannot be changed: {why}")]
    Immutable {
        /// The entitlement or grant.
        what: String,
        /// Why.
        why: String,
        /// What to do instead, as a sentence, where the reason does not say it.
        instead: Option<&'static str>,
    },
    /// It cannot be changed, and the connector knows why: [`connector_sdk::ResourceProvisioner::why_immutable`].
    #[error("{}", .0.message())]
    Refused(#[source] connector_sdk::Error),
    /// The principal holds the entitlement only through others.
    #[error("{principal} holds {entitlement} only through {}", .through.join(", "))]
    Inherited {
        /// Who holds it.
        principal: String,
        /// What is held.
        entitlement: String,
        /// The resources, groups mostly, through which it is held.
        through: Vec<String>,
        /// When the sync ended that says so; none where the caller said it.
        ended_at: Option<String>,
    },
    /// It belongs to another system and was only copied into this artifact.
    #[error("{what} belongs to another system")]
    OtherSystem {
        /// The resource.
        what: String,
    },
    /// The connector does not offer this.
    #[error("this connector does not {what}{}", only_of(.offered))]
    NotOffered {
        /// What was asked for, as a verb: `delete resources of type "app"`.
        what: String,
        /// The types for which it does.
        offered: Vec<String>,
    },
    /// The connector has no resource type of this name.
    #[error("there is no resource type {resource_type:?}; this connector has {}", .valid.join(", "))]
    UnknownType {
        /// The type.
        resource_type: String,
        /// Those that there are.
        valid: Vec<String>,
    },
    /// The connector has no action of this name.
    #[error("there is no action {name:?}; this connector has {}", .valid.join(", "))]
    UnknownAction {
        /// The name.
        name: String,
        /// Those that there are.
        valid: Vec<String>,
        /// What may have been meant.
        did_you_mean: Vec<Suggestion>,
    },
    /// A profile or the arguments of an action do not fit their schema. All that is wrong, at once.
    #[error("{of} cannot be used: {}", joined(.errors))]
    Arguments {
        /// `the profile`, or the action they are for.
        of: String,
        /// What is wrong.
        errors: Vec<ArgumentError>,
    },
    /// The attempt could not be kept, so nothing was sent.
    #[error("the audit file {} cannot be written: {source}", .path.display())]
    Audit {
        /// The audit file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is at the path of the audit file is not ours to add lines to, or nobody reads it; nothing was sent.
    #[error("nothing is added to the audit file {}: {why}", .path.display())]
    AuditRefused {
        /// The audit file.
        path: PathBuf,
        /// Why.
        #[source]
        why: AppendError,
    },
    /// The connector refused the change, or it failed.
    #[error("{0}")]
    Connector(#[source] connector_sdk::Error),
    /// The connector broke off.
    #[error("the connector broke off {}", so_far(*.may_be_made, .requests))]
    BrokeOff {
        /// Whether a write was sent, or may have been, so that the change may be made.
        may_be_made: bool,
        /// The writes that are known to have been sent.
        requests: Vec<WriteRequest>,
    },
    /// The caller gave up: [`ChangeOptions::cancel`](super::ChangeOptions::cancel).
    #[error("stopped {}", so_far(*.may_be_made, .requests))]
    Interrupted {
        /// Whether a write was sent, or may have been, so that the change may be made.
        may_be_made: bool,
        /// The writes that are known to have been sent.
        requests: Vec<WriteRequest>,
    },
    /// The connector answered, and its answer could not be added to the audit file.
    #[error("{}, but the audit file {} cannot be written: {source}", came_to(.outcome), .path.display())]
    OutcomeNotKept {
        /// The audit file.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// What the change came to: what happened to what, or why it failed.
        outcome: Result<String, Box<ChangeError>>,
    },
    /// A task of the runtime ended unexpectedly before anything was sent.
    #[error("the change could not be prepared: {0}")]
    Engine(String),
}

/// An artifact in which something was looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArtifactAsked {
    /// The file.
    pub path: PathBuf,
    /// The sync in it that was looked at.
    pub sync_id: String,
    /// When that ended, as the artifact has it.
    pub ended_at: String,
}

impl ChangeError {
    pub(super) fn artifact(error: ReadError) -> Self {
        Self::Artifact(Box::new(error))
    }

    pub(super) fn unkept(path: &Path, error: AppendError) -> Self {
        let path = path.to_owned();
        match error {
            AppendError::Io(source) => Self::Audit { path, source },
            why => Self::AuditRefused { path, why },
        }
    }

    /// What it means, which is also the exit code.
    pub fn code(&self) -> Code {
        match self {
            Self::NoArtifact { path: None } | Self::Audit { .. } => Code::Unknown,
            Self::NoArtifact { path: Some(_) }
            | Self::NotInArtifact { .. }
            | Self::UnknownType { .. }
            | Self::UnknownAction { .. } => Code::NotFound,
            Self::Unfinished { .. }
            | Self::OtherTenant { .. }
            | Self::OtherTenantStated { .. }
            | Self::UnknownTenant { .. }
            | Self::AuditRefused { .. }
            | Self::Immutable { .. }
            | Self::Inherited { .. }
            | Self::OtherSystem { .. } => Code::FailedPrecondition,
            Self::Artifact(error) => artifact_code(error),
            Self::WrongPrincipal { .. } | Self::Arguments { .. } | Self::Contradicted(_) => {
                Code::InvalidArgument
            }
            Self::NotOffered { .. } => Code::Unimplemented,
            Self::Connector(error) | Self::Refused(error) => error.code(),
            Self::OutcomeNotKept { outcome, .. } => {
                outcome.as_ref().err().map_or(Code::Unknown, |error| error.code())
            }
            Self::BrokeOff { .. } | Self::Engine(_) => Code::Internal,
            Self::Interrupted {
                may_be_made: true, ..
            } => Code::Unavailable,
            Self::Interrupted { .. } => Code::Cancelled,
        }
    }

    /// The writes that were sent before it failed.
    pub(super) fn requests(&self) -> &[WriteRequest] {
        match self {
            Self::Connector(error) => error.requests(),
            Self::BrokeOff { requests, .. } | Self::Interrupted { requests, .. } => requests,
            _ => &[],
        }
    }

    /// Whether something may have been carried out of which nothing is known.
    pub(super) fn may_be_made(&self) -> bool {
        match self {
            Self::Connector(error) => error.code() == Code::Unavailable && !error.requests().is_empty(),
            Self::BrokeOff { may_be_made, .. } | Self::Interrupted { may_be_made, .. } => *may_be_made,
            _ => false,
        }
    }

    /// Whether it failed and a part of it was carried out anyway: by what the connector says, or by the vendor's answer to
    /// one of its writes.
    pub fn is_partial(&self) -> bool {
        self.parts().is_some()
    }

    /// Of a change that failed and of which a part was carried out anyway: what was and what was not, as far as the
    /// connector says it.
    pub fn parts(&self) -> Option<&Parts> {
        match self {
            Self::Connector(error) => {
                let is_success =
                    |one: &WriteRequest| one.status.is_some_and(|status| (200..300).contains(&status));
                let is_partial = !self.may_be_made()
                    && (!error.parts().done.is_empty() || error.requests().iter().any(is_success));
                is_partial.then(|| error.parts())
            }
            Self::OutcomeNotKept {
                outcome: Err(error), ..
            } => error.parts(),
            _ => None,
        }
    }

    /// What a person can do about it, as a sentence, where the message does not say it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoArtifact { path: None } => {
                "Name the artifact of a sync in which to look the ids up".into()
            }
            Self::NoArtifact { path: Some(_) } => "Sync first, or name the artifact of a sync".into(),
            Self::Unfinished { .. } => "Run the sync to its end".into(),
            Self::OtherTenant { .. } | Self::OtherTenantStated { .. } => {
                "Name the artifact of the tenant that is to be changed, or the settings of the other".into()
            }
            Self::UnknownTenant { .. } => "Sync again, every resource type".into(),
            Self::NotInArtifact {
                did_you_mean: close, ..
            } => did_you_mean(close).unwrap_or_else(|| {
                "Take the id from the artifact; what is newer than that is known after the next sync".into()
            }),
            Self::UnknownAction {
                did_you_mean: close, ..
            } => did_you_mean(close)?,
            Self::Inherited { ended_at: None, .. } => "Take it away there".into(),
            Self::Inherited {
                ended_at: Some(ended_at),
                ..
            } => {
                format!(
                    "Take it away there; if it was given directly since {}, sync first",
                    to_the_second(ended_at)
                )
            }
            Self::OtherSystem { .. } => "Change it with the connector of that system".into(),
            Self::Audit { .. } => "Nothing was sent. Check free space and permissions of its folder".into(),
            Self::AuditRefused {
                why: AppendError::Unread,
                ..
            } => "Nothing was sent. Start its reader first, or name a file".into(),
            Self::AuditRefused { .. } => {
                "Nothing was sent. Name another file, or one that does not exist yet".into()
            }
            Self::BrokeOff {
                may_be_made: true, ..
            } => "This is a defect. Look at the state before trying again".into(),
            Self::BrokeOff { .. } => "This is a defect".into(),
            Self::Interrupted {
                may_be_made: true, ..
            } => "Run the same command again: what is so already is not changed twice".into(),
            Self::Interrupted { .. } => return None,
            Self::OutcomeNotKept { .. } => {
                "Its attempt is kept. Check free space and permissions of the folder".into()
            }
            Self::Artifact(error) => return artifact_hint(error),
            Self::Immutable { instead, .. } => (*instead)?.into(),
            Self::Refused(error) => error.hint().unwrap_or(ELSEWHERE).into(),
            Self::WrongPrincipal { .. }
            | Self::Contradicted(_)
            | Self::NotOffered { .. }
            | Self::UnknownType { .. }
            | Self::Arguments { .. }
            | Self::Connector(_)
            | Self::Engine(_) => return None,
        };
        Some(text)
    }
}

/// A file of another kind is refused; one that cannot be read for reasons of the machine is a wrong command line.
fn artifact_code(error: &ReadError) -> Code {
    match error {
        ReadError::Unreadable { .. } | ReadError::Workspace { .. } => Code::Unknown,
        ReadError::Message { .. } => Code::Internal,
        _ => Code::FailedPrecondition,
    }
}

fn artifact_hint(error: &ReadError) -> Option<String> {
    match error {
        ReadError::Empty { .. } => Some("Run a sync to its end".into()),
        ReadError::Contradiction { .. } | ReadError::Database { .. } => {
            Some("It was not written like this by a sync: sync again".into())
        }
        ReadError::Newer { .. } => {
            Some("Use a later version of this program, or sync into another file with it".into())
        }
        ReadError::Workspace { .. } => {
            Some("Name a folder for temporary files that can be written and has room".into())
        }
        _ => None,
    }
}

fn no_artifact(path: Option<&Path>) -> String {
    path.map_or_else(
        || "no artifact was named".into(),
        |path| format!("there is no artifact at {}", path.display()),
    )
}

fn given(principal: &ResourceKey) -> String {
    if principal.resource_type.is_empty() {
        format!("and the type of {:?} was not given", principal.resource)
    } else {
        format!(
            "but {:?} is of type {}",
            principal.resource, principal.resource_type
        )
    }
}

fn only_of(types: &[String]) -> String {
    if types.is_empty() {
        return String::new();
    }
    format!(", only of type {}", types.join(", "))
}

fn joined(errors: &[ArgumentError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("; ")
}

/// What is known of a change that came to no answer.
pub(super) fn so_far(may_be_made: bool, requests: &[WriteRequest]) -> String {
    let sent = match (may_be_made, requests) {
        (false, []) => return "before anything was sent, so nothing was changed".into(),
        (false, _) => {
            return "while the vendor's limit of requests refused it, so nothing was changed".into();
        }
        (true, []) => "something may have been sent".into(),
        (true, _) if requests.iter().any(|write| write.status.is_none()) => {
            "something was sent whose answer was lost or had not come".into()
        }
        (true, [.., last]) => {
            let status = last.status.unwrap_or_default();
            format!("something was sent, which the vendor answered with {status}")
        }
    };
    format!("after {sent}, so whether the change was made is not known")
}

fn came_to(outcome: &Result<String, Box<ChangeError>>) -> String {
    match outcome {
        Ok(summary) => summary.clone(),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_vendor_answered_is_told() {
        let made = WriteRequest::new("POST", "/users").answered(201, None);
        let told = "after something was sent, which the vendor answered with 201, so whether the change was made is not known";
        assert_eq!(so_far(true, &[made]), told);
    }
}
