//! The directories of an account, and how it stands to each.

use atlassian_admin::{
    AccountId, AdminClient, Directory, DirectoryId, DirectoryQuery, DirectoryRef, MembershipStatus,
    UserStatus,
};
use connector_sdk::Result;

use super::{every, is_gone};
use crate::errors;

/// The directories that an account belongs to, suspended or not, by their ids.
pub(crate) async fn of_account(client: &AdminClient, id: &AccountId) -> Result<Vec<Directory>> {
    let query = DirectoryQuery::of_account(id.clone());
    let mut found: Vec<Directory> = every(
        client.query_directories_stream(query, None),
        "the directories of the account",
    )
    .await
    .map_err(|unread| unread.cannot(&format!("list the directories of the account {id}")))?;
    found.sort_by(|a, b| a.directory_id.cmp(&b.directory_id));
    found.dedup_by(|a, b| a.directory_id == b.directory_id);
    Ok(found)
}

/// How the account stands to one directory: suspended, active, no member. Nothing where the vendor does not say.
pub(crate) async fn standing(
    client: &AdminClient,
    directory: &DirectoryId,
    id: &AccountId,
) -> Result<Option<MembershipStatus>> {
    match client.user(&DirectoryRef::Id(directory.clone()), id).await {
        Ok(user) => Ok(user.membership_status.or(match user.status {
            Some(UserStatus::Suspended) => Some(MembershipStatus::Suspended),
            Some(UserStatus::Active) => Some(MembershipStatus::Active),
            _ => None,
        })),
        Err(error) if is_gone(client, &error).await => Ok(Some(MembershipStatus::NoMembership)),
        Err(error) => Err(errors::cannot(format!(
            "read the account {id} in the directory {directory}"
        ))(error)),
    }
}
