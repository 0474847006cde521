//! The directories of an account, and how it stands to each.

use super::account::row_of;
use super::every;
use crate::{absence, errors};
use atlassian_admin::{
    AccountId, AdminClient, Directory, DirectoryId, DirectoryQuery, DirectoryRef, MembershipStatus,
    RoleFilter, RoleQuery, User, UserFilter, UserStatus,
};
use connector_sdk::{Code, Error, Result};

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

/// How an account stands to each of some directories: active, suspended, no member. Nothing where the vendor does not say.
///
/// An account counts as active as soon as it is active in one directory, so only its role assignments tell directories
/// apart; where it has none in a directory, its standing there is not known.
pub(crate) async fn standing(
    client: &AdminClient,
    directory: &DirectoryId,
    id: &AccountId,
) -> Result<Option<MembershipStatus>> {
    let what = format!("read the account {id} in the directory {directory}");
    let read = absence::account_in(client, &DirectoryRef::Id(directory.clone()), id).await;
    let Some(user) = read.map_err(errors::cannot(what))? else {
        return Ok(Some(MembershipStatus::NoMembership));
    };
    match stated(&user) {
        Some(MembershipStatus::Active) => match &*of_account(client, id).await? {
            [only] if only.directory_id == *directory => Ok(Some(MembershipStatus::Active)),
            _ => by_roles(client, directory, id).await,
        },
        stated => Ok(stated),
    }
}

/// Whether another way to what [`standing`] reads agrees that an account stands to a directory like this.
///
/// The search counts an account as active as soon as it is active in one directory, so of one that belongs to several it
/// says no more than that it is there.
///
/// # Errors
///
/// Where it cannot be read, or does not say.
pub(crate) async fn agrees_on_standing(
    client: &AdminClient,
    directory: &DirectoryId,
    id: &AccountId,
    wanted: &MembershipStatus,
) -> Result<bool> {
    let places = of_account(client, id).await?;
    let belongs = places.iter().any(|place| place.directory_id == *directory);
    if !belongs || *wanted == MembershipStatus::NoMembership {
        return Ok(!belongs && *wanted == MembershipStatus::NoMembership);
    }
    let of = DirectoryRef::Id(directory.clone());
    let Some(user) = row_of(client, of, id, UserFilter::default()).await? else {
        return Ok(false);
    };
    match stated(&user) {
        Some(MembershipStatus::Active) if places.len() > 1 => Ok(true),
        Some(stated) => Ok(stated == *wanted),
        None => Err(Error::new(
            Code::Internal,
            format!("the vendor does not say how the account {id} stands to the directory {directory}"),
        )),
    }
}

/// How an account stands, by one row of it.
fn stated(user: &User) -> Option<MembershipStatus> {
    user.membership_status.clone().or(match user.status {
        Some(UserStatus::Suspended) => Some(MembershipStatus::Suspended),
        Some(UserStatus::Active) => Some(MembershipStatus::Active),
        _ => None,
    })
}

/// What the role assignments of an account say of its standing in a directory.
async fn by_roles(
    client: &AdminClient,
    directory: &DirectoryId,
    id: &AccountId,
) -> Result<Option<MembershipStatus>> {
    let filter = RoleFilter {
        directory_ids: vec![directory.clone()],
        ..RoleFilter::default()
    };
    let query = RoleQuery::new(filter, 100).expect("one directory is allowed");
    let pages = client.user_role_assignments_stream(DirectoryRef::Any, id.clone(), query, None);
    match every(pages, "the roles of the account").await {
        Ok(rows) => Ok(rows
            .into_iter()
            .filter(|row| row.directory_id.as_ref() == Some(directory))
            .find_map(|row| row.user_directory_status)),
        Err(unread) => Err(unread.cannot(&format!("read the roles of the account {id}"))),
    }
}
