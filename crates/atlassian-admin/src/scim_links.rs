//! How SCIM records and accounts belong together, as the organization's key sees it.
//!
//! These operations repair what a SCIM directory and an account disagree about. The SCIM protocol itself is
//! another client's.

use crate::decode::optional;
use crate::operation::{
    SCIM_LINKS_DELETE_RECORDS, SCIM_LINKS_OF_ACCOUNT, SCIM_LINKS_OF_EMAIL, SCIM_LINKS_UNLINK,
};
use crate::{AccountId, AdminClient, AdminError, OrgId, ScimDirectoryId, ScimUserId, Write};
use serde::{Deserialize, Serialize};

/// A SCIM record and the account it is linked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScimLink {
    /// The record.
    pub scim_user_id: ScimUserId,
    /// The account; none while the record is linked to none.
    #[serde(default, deserialize_with = "optional")]
    pub atlassian_account_id: Option<AccountId>,
    /// The organization.
    #[serde(default, deserialize_with = "optional")]
    pub org_id: Option<OrgId>,
    /// The SCIM directory that holds the record.
    pub directory_id: ScimDirectoryId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Links {
    scim_links: Vec<ScimLink>,
}

#[derive(Serialize)]
struct Email<'a> {
    email: &'a str,
}

impl AdminClient {
    /// The SCIM records of an account, in every SCIM directory of the organization.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn scim_links(&self, account: &AccountId) -> Result<Vec<ScimLink>, AdminError> {
        let call = SCIM_LINKS_OF_ACCOUNT.call(&[self.org().as_str(), account.as_str()]);
        self.json::<Links>(call).await.map(|answer| answer.scim_links)
    }

    /// The SCIM records with an address, in every SCIM directory of the organization.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn scim_links_for_email(&self, email: &str) -> Result<Vec<ScimLink>, AdminError> {
        let call = SCIM_LINKS_OF_EMAIL
            .call(&[self.org().as_str()])
            .json(&Email { email });
        self.json::<Links>(call).await.map(|answer| answer.scim_links)
    }

    /// Unlinks a SCIM record from its account. Both stay.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub fn unlink_scim_user(&self, directory: &ScimDirectoryId, user: &ScimUserId) -> Write {
        self.write(SCIM_LINKS_UNLINK.call(&[self.org().as_str(), directory.as_str(), user.as_str()]))
    }

    /// Deletes the SCIM records of a managed account in **all** SCIM directories of the organization.
    ///
    /// The account stays and can then be changed here. Afterwards the identity provider has to assign the
    /// person again, with their groups.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub fn delete_scim_records(&self, account: &AccountId) -> Write {
        self.write(SCIM_LINKS_DELETE_RECORDS.call(&[self.org().as_str(), account.as_str()]))
    }
}
