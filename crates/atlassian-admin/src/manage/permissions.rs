//! What the organization may do to an account it manages.

use http_kit::open_words;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

open_words! {
    exact;
    /// Something that an organization may be allowed to do to an account.
    pub enum Privilege {
        /// Read the profile.
        ProfileRead = "profile.read",
        /// Change the profile; answered field by field.
        ProfileWrite = "profile.write",
        /// Change the address.
        EmailSet = "email.set",
        /// Deactivate and activate.
        LifecycleEnablement = "lifecycle.enablement",
        /// Delete.
        LifecycleDelete = "lifecycle.delete",
        /// List API tokens.
        ApiTokenRead = "apiToken.read",
        /// Revoke API tokens.
        ApiTokenDelete = "apiToken.delete",
    }
}

open_words! {
    exact;
    /// Why something is not allowed.
    pub enum RestrictionReason {
        /// Administrators have restricted it.
        Administrative = "administrative",
        /// Not to oneself.
        AdministrativeNotMyself = "administrative.notMyself",
        /// Single sign-on decides.
        AuthPolicySaml = "authPolicy.saml",
        /// Export control blocks the account.
        BlockedExportControl = "blocked.exportControl",
        /// A SCIM directory owns it: change it in the identity provider.
        ExternalDirectoryScim = "externalDirectory.scim",
        /// Google Workspace owns it: change it there.
        ExternalDirectoryGoogle = "externalDirectory.google",
        /// Only the person may.
        MyselfOnly = "myselfOnly",
        /// The account is managed.
        ManagedAccount = "managedAccount",
    }
}

/// Whether something is allowed, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Permission {
    /// Whether it is.
    pub allowed: bool,
    /// Why not.
    #[serde(default, deserialize_with = "reason", skip_serializing_if = "Option::is_none")]
    pub reason: Option<RestrictionReason>,
}

/// What the organization may do to an account.
///
/// The vendor sends more privileges than it documents; all of them are kept under their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(BTreeMap<String, Entry>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    Whole(Permission),
    ByField(BTreeMap<String, Permission>),
    Unknown(serde_json::Value),
}

impl Permissions {
    /// Whether something is allowed; nothing when the vendor does not say, or answers field by field.
    #[must_use]
    pub fn get(&self, privilege: &Privilege) -> Option<&Permission> {
        match self.0.get(privilege.as_str())? {
            Entry::Whole(permission) => Some(permission),
            Entry::ByField(_) | Entry::Unknown(_) => None,
        }
    }

    /// Whether a field of the profile may be changed, such as `name` or `extended_profile.department`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Permission> {
        match self.0.get(Privilege::ProfileWrite.as_str())? {
            Entry::ByField(fields) => fields.get(name),
            Entry::Whole(permission) => Some(permission),
            Entry::Unknown(_) => None,
        }
    }

    /// The names of everything that was answered, documented or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RestrictionReason>, D::Error> {
    #[derive(Deserialize)]
    struct Reason {
        key: RestrictionReason,
    }
    Ok(Option::<Reason>::deserialize(deserializer)?.map(|reason| reason.key))
}
