//! Single changes. Each says what is to be, not how to get there, so that making it twice is making it once.

use super::ScimUser;
use crate::model::DirectoryStatus;
use crate::model::profile::Field;
use crate::model::target::Role;
use jiff::Timestamp;
use std::sync::Arc;

/// One change of an organization, by numbers of accounts, groups and targets.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// An account comes into being.
    Account { account: u32, new: Arc<NewAccount> },
    /// What an account is in a directory. Without membership its groups and roles there end.
    Directory {
        account: u32,
        directory: u8,
        status: DirectoryStatus,
    },
    /// Whether an account lives.
    Life { account: u32, life: Life, at: Timestamp },
    /// The time of grace of an account ends, unless it was ended before.
    Expiry { account: u32, until: Timestamp },
    /// What a profile says.
    Field {
        account: u32,
        field: Field,
        value: Option<String>,
    },
    /// Whether an account holds a role directly; in a directory, unless it is a platform role.
    UserRole {
        account: u32,
        target: u32,
        role: Role,
        directory: Option<u8>,
        on: bool,
    },
    /// A group comes into being.
    Group { group: u32, new: Arc<NewGroup> },
    /// A group is gone.
    GroupGone { group: u32 },
    /// Whether an account is in a group.
    Member { group: u32, account: u32, on: bool },
    /// Whether a group holds a role.
    GroupRole {
        group: u32,
        target: u32,
        role: Role,
        on: bool,
    },
    /// An identity provider has changed a group.
    GroupModified { group: u32, at: Timestamp },
    /// What a SCIM record says; nothing when there is none.
    ScimUser {
        record: u32,
        user: Option<Arc<ScimUser>>,
    },
    /// The account that a SCIM record is linked to.
    ScimLink { record: u32, account: Option<u32> },
    /// An API token is gone.
    TokenGone { token: u32 },
    /// An API key, an OAuth client or a token of a service account is gone.
    CredentialGone { id: String },
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Account(u32),
    Group(u32),
    Record(u32),
    Link(u32),
    Other,
}

impl Change {
    /// What the change is about. Changes of different things may come in any order.
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::Account { account, .. }
            | Self::Directory { account, .. }
            | Self::Life { account, .. }
            | Self::Expiry { account, .. }
            | Self::Field { account, .. }
            | Self::UserRole { account, .. }
            | Self::Member { account, .. } => Subject::Account(*account),
            Self::Group { group, .. }
            | Self::GroupGone { group }
            | Self::GroupModified { group, .. }
            | Self::GroupRole { group, .. } => Subject::Group(*group),
            Self::ScimUser { record, .. } => Subject::Record(*record),
            Self::ScimLink { record, .. } => Subject::Link(*record),
            Self::TokenGone { .. } | Self::CredentialGone { .. } => Subject::Other,
        }
    }
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Active,
    /// Deactivated.
    Inactive,
    /// Deactivated, and to be deleted; when, where that is known.
    ForDeletion(Option<Timestamp>),
    /// Closed by its owner or the vendor.
    Closed,
    /// Deleted: it exists no more.
    Gone,
}

/// An account that was not generated.
#[derive(Clone, Debug)]
pub(crate) struct NewAccount {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) managed: bool,
    pub(crate) added: Timestamp,
}

/// A group that was not generated.
#[derive(Clone, Debug)]
pub(crate) struct NewGroup {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) directory: u8,
    /// Whether an identity provider keeps it.
    pub(crate) synced: bool,
    pub(crate) added: Timestamp,
}
