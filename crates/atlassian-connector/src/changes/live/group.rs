//! One group, one membership, and which groups give an account a role.

use super::account::{filtered, listed};
use super::{Target, Unread, asked_for, every, readable};
use crate::changes::refusal::{not_found, refused};
use crate::{absence, errors};
use atlassian_admin::{
    Absence, AccountId, AdminClient, DirectoryId, DirectoryRef, Group, GroupFilter, GroupId, GroupQuery,
    GroupSearch, RoleFilter, RoleId, RoleQuery, User, UserFilter,
};
use connector_sdk::{Code, Error, Result};
use std::collections::BTreeSet;

/// The group; nothing where it is proven that the organization does not have it.
pub(crate) async fn group(client: &AdminClient, id: &GroupId) -> Result<Option<Group>> {
    absence::group(client, id)
        .await
        .map_err(errors::cannot(format!("read the group {id}")))
}

/// The group, which must be there.
pub(crate) async fn present_group(client: &AdminClient, id: &GroupId) -> Result<Group> {
    group(client, id).await?.ok_or_else(|| {
        not_found(format!(
            "the group {id} is not in the organization {}",
            client.org()
        ))
    })
}

/// The directory that a group belongs to. Where the vendor does not say, it is the only one there is.
pub(crate) async fn directory_of(client: &AdminClient, group: &Group) -> Result<DirectoryId> {
    if let Some(directory) = group.directory_id.as_ref().filter(|id| id.as_str() != "-") {
        return Ok(directory.clone());
    }
    let failed = errors::cannot("list the directories of the organization");
    let page = client.directories(None).await.map_err(failed)?;
    readable(&page.bad_rows, "the directories of the organization")?;
    match (&*page.items, page.next) {
        ([only], None) => Ok(only.directory_id.clone()),
        _ => Err(refused(format!(
            "the vendor does not say which directory the group {} belongs to, and there is more than one",
            group.id
        ))),
    }
}

/// What is read of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) is_member: bool,
    /// The search tells, and not the older listing.
    is_searched: bool,
}

/// Whether the account is a member of the group.
pub(crate) async fn membership(
    client: &AdminClient,
    group: &GroupId,
    account: &AccountId,
) -> Result<Membership> {
    let (found, is_searched) = filtered(client, DirectoryRef::Any, one_member(group, account)).await?;
    Ok(Membership {
        is_member: has_only(&found, account)?,
        is_searched,
    })
}

fn one_member(group: &GroupId, account: &AccountId) -> UserFilter {
    UserFilter {
        account_ids: vec![account.clone()],
        ..UserFilter::members_of(group.clone())
    }
}

fn has_only(found: &[User], account: &AccountId) -> Result<bool> {
    asked_for(
        found,
        |user| user.account_id == *account,
        "the members of the group",
    )?;
    Ok(!found.is_empty())
}

/// Whether another way than the search agrees that the account is no member of the group: searches for accounts and for
/// groups are one index, and where it is empty, both are.
///
/// The other way is the older listing; where there is none, or it was the first one, the number of members that the group
/// states, if that many others are listed.
///
/// # Errors
///
/// Where it cannot be read, or does not say.
pub(crate) async fn agrees_on_absence(
    client: &AdminClient,
    group: &GroupId,
    account: &AccountId,
    seen: Membership,
) -> Result<bool> {
    if seen.is_searched
        && let Some(found) = listed(client, one_member(group, account)).await?
    {
        return Ok(!has_only(&found, account)?);
    }
    let Some(found) = self::group(client, group).await? else {
        return Ok(true);
    };
    let counted = found.counts.and_then(|counts| counts.users);
    let (members, _) = filtered(client, DirectoryRef::Any, UserFilter::members_of(group.clone())).await?;
    let members: BTreeSet<_> = members.iter().map(|user| &user.account_id).collect();
    match counted {
        _ if members.contains(account) => Ok(false),
        Some(counted) if members.len() as u64 >= counted => Ok(true),
        _ => Err(Error::new(
            Code::Internal,
            format!(
                "the vendor lists {} members of the group {group} and counts {}",
                members.len(),
                counted.map_or_else(|| "none".to_owned(), |counted| counted.to_string())
            ),
        )),
    }
}

/// Whether the group is found among those of the account: another way to find what [`membership`] finds.
pub(crate) async fn is_group_of(client: &AdminClient, group: &GroupId, account: &AccountId) -> Result<bool> {
    let filter = GroupFilter {
        group_ids: vec![group.clone()],
        account_ids: vec![account.clone()],
        ..GroupFilter::default()
    };
    let what = format!("the groups of the account {account}");
    let found = groups(client, &what, filter).await?;
    asked_for(&found, |found| found.id == *group, &what)?;
    Ok(!found.is_empty())
}

/// Whether the group is found among those that hold a role on a target: another way to what [`group_holds`] reads.
pub(crate) async fn is_group_holding(client: &AdminClient, group: &GroupId, target: &Target) -> Result<bool> {
    let filter = GroupFilter {
        group_ids: vec![group.clone()],
        resource_ids: target.resource().cloned().into_iter().collect(),
        role_ids: vec![target.role().clone()],
        ..GroupFilter::default()
    };
    const WHAT: &str = "the groups that hold the role";
    let found = groups(client, WHAT, filter).await?;
    asked_for(&found, |found| found.id == *group, WHAT)?;
    Ok(!found.is_empty())
}

/// Whether the group holds a role on a target; nothing where the group is not there.
pub(crate) async fn group_holds(
    client: &AdminClient,
    group: &GroupId,
    target: &Target,
) -> Result<Option<bool>> {
    let filter = RoleFilter {
        resource_ids: target.resource().cloned().into_iter().collect(),
        ..RoleFilter::default()
    };
    let query = RoleQuery::new(filter, 100).expect("one resource is allowed");
    let pages = client.group_role_assignments_stream(DirectoryRef::Any, group.clone(), query, None);
    match every(pages, "the roles of the group").await {
        Ok(rows) => Ok(Some(rows.iter().any(|row| {
            target.is(&row.resource_id, row.resource_owner.as_ref()) && row.roles.contains(target.role())
        }))),
        // Only the group itself can say that it is gone.
        Err(Unread::Vendor(error))
            if error.absence() == Absence::Unsettled && self::group(client, group).await?.is_none() =>
        {
            Ok(None)
        }
        Err(unread) => Err(unread.cannot(&format!("read the roles of the group {group}"))),
    }
}

/// The groups of an account that hold a role on a target, and so give it to the account.
pub(crate) async fn groups_giving(
    client: &AdminClient,
    account: &AccountId,
    target: &Target,
) -> Result<Vec<Group>> {
    let filter = GroupFilter {
        account_ids: vec![account.clone()],
        resource_ids: target.resource().cloned().into_iter().collect(),
        role_ids: match target.resource() {
            Some(_) => Vec::new(),
            None => vec![RoleId::OrgAdmin],
        },
        ..GroupFilter::default()
    };
    let mut giving = Vec::new();
    for group in groups(client, &format!("the groups of the account {account}"), filter).await? {
        if group_holds(client, &group.id, target).await? == Some(true) {
            giving.push(group);
        }
    }
    giving.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok(giving)
}

/// The groups that a filter leaves.
async fn groups(client: &AdminClient, what: &str, filter: GroupFilter) -> Result<Vec<Group>> {
    const FEW: &str = "one account, one group, one resource and one role are allowed";
    let search = GroupSearch::builder().filter(filter.clone()).build().expect(FEW);
    let found = match every(client.search_groups_stream(DirectoryRef::Any, search, None), what).await {
        Err(Unread::Vendor(error)) if error.is_without_path() => {
            let query = GroupQuery::new(filter, 100).expect(FEW);
            every(client.list_groups_stream(DirectoryRef::Any, query, None), what).await
        }
        found => found,
    };
    found.map_err(|unread| unread.cannot(&format!("list {what}")))
}

/// Groups by name and id, for people.
pub(crate) fn names(groups: &[Group]) -> Vec<String> {
    let one = |group: &Group| match group.name.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => format!("{name} ({})", group.id),
        None => group.id.to_string(),
    };
    groups.iter().map(one).collect()
}
