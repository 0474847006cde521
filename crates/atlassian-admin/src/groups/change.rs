//! Changes to groups and their members.

use crate::operation::{GROUPS_CREATE, GROUPS_DELETE, GROUPS_MEMBERS_ADD, GROUPS_MEMBERS_REMOVE};
use crate::parameter::ParameterError;
use crate::{AccountId, AdminClient, DirectoryId, GroupId, Write};
use serde::Serialize;

/// A checked group to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewGroup {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl NewGroup {
    /// A group with this name.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when the name is blank.
    pub fn new(name: &str) -> Result<Self, ParameterError> {
        if name.trim().is_empty() {
            return Err(ParameterError::Missing {
                parameter: "name",
                reason: "a group is found by its name",
            });
        }
        Ok(Self {
            name: name.to_owned(),
            description: None,
        })
    }

    /// With this description.
    #[must_use]
    pub fn described(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    account_id: &'a AccountId,
}

impl AdminClient {
    /// Creates a group in a directory.
    ///
    /// The vendor does not say which id it gets. Find it with [`search_groups`](Self::search_groups) by its
    /// exact name; it is found one or two seconds later.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`NameTaken`](crate::AdminErrorKind::NameTaken) when the directory has a group of this
    /// name.
    pub fn create_group(&self, directory: &DirectoryId, group: &NewGroup) -> Write {
        self.write(
            GROUPS_CREATE
                .call(&[self.org().as_str(), directory.as_str()])
                .json(group),
        )
    }

    /// Deletes a group. There is no way to insist: what the vendor protects stays.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); default groups, groups that give administration rights, groups of an identity provider
    /// and, it may be, groups with members are refused, each with its own
    /// [`AdminErrorKind`](crate::AdminErrorKind).
    pub fn delete_group(&self, directory: &DirectoryId, group: &GroupId) -> Write {
        self.write(GROUPS_DELETE.call(&[self.org().as_str(), directory.as_str(), group.as_str()]))
    }

    /// Adds an account to a group. The directory is the group's own, and the account has to be in it.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`AccountNotFound`](crate::AdminErrorKind::AccountNotFound) when the directory does
    /// not have the account, [`AlreadyThere`](crate::AdminErrorKind::AlreadyThere) when it is a member (most
    /// often the vendor just agrees), [`LicenceLimit`](crate::AdminErrorKind::LicenceLimit) when the group
    /// would take a seat and there is none, [`GroupSynced`](crate::AdminErrorKind::GroupSynced) when only an
    /// identity provider may change it.
    pub fn add_group_member(&self, directory: &DirectoryId, group: &GroupId, account: &AccountId) -> Write {
        let values = [self.org().as_str(), directory.as_str(), group.as_str()];
        self.write(
            GROUPS_MEMBERS_ADD
                .call(&values)
                .json(&Member { account_id: account }),
        )
    }

    /// Takes an account out of a group.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); what the vendor answers for an account that is not a member is not documented, and a 404
    /// does not say whether the account, the group, the directory or the membership is missing.
    pub fn remove_group_member(
        &self,
        directory: &DirectoryId,
        group: &GroupId,
        account: &AccountId,
    ) -> Write {
        let values = [
            self.org().as_str(),
            directory.as_str(),
            group.as_str(),
            account.as_str(),
        ];
        self.write(GROUPS_MEMBERS_REMOVE.call(&values))
    }
}
