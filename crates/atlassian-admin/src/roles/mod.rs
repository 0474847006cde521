//! Which roles accounts and groups hold.

mod change;
mod methods;
mod model;
mod query;

use futures_util::Stream;
use http_kit::{BadRow, Cursor, Page};

pub use change::RoleOnResource;
pub use methods::AssignmentMethods;
pub use model::{GroupRoleAssignment, RoleAssignment, UserRoleAssignment};
pub use query::{RoleFilter, RoleQuery};

use crate::operation::{GROUPS_ROLE_ASSIGNMENTS, Operation, USERS_ROLE_ASSIGNMENTS};
use crate::{AccountId, AdminClient, AdminError, DirectoryRef, GroupId, ResourceAri};

impl AdminClient {
    /// One page of what an account may do: its effective access, direct, through groups and inferred.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`AccountNotFound`](crate::AdminErrorKind::AccountNotFound) for an account that the
    /// directories do not know.
    pub async fn user_role_assignments(
        &self,
        directory: &DirectoryRef,
        account: &AccountId,
        query: &RoleQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<UserRoleAssignment>, AdminError> {
        let values = [self.org().as_str(), directory.as_str(), account.as_str()];
        let call = USERS_ROLE_ASSIGNMENTS.call_with(&values, &query.0.params());
        let mut page: Page<UserRoleAssignment> = self.page_by_query(call, cursor, query.0.limit()).await?;
        refuse_without_role(&mut page, &USERS_ROLE_ASSIGNMENTS, |row| {
            (&row.resource_id, row.held().next().is_some())
        });
        Ok(page)
    }

    /// Every page of [`user_role_assignments`](Self::user_role_assignments), from a cursor or from the
    /// beginning.
    pub fn user_role_assignments_stream(
        &self,
        directory: DirectoryRef,
        account: AccountId,
        query: RoleQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<UserRoleAssignment>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(USERS_ROLE_ASSIGNMENTS, from, move |cursor| {
            let (client, directory, account, query) =
                (client.clone(), directory.clone(), account.clone(), query.clone());
            async move {
                client
                    .user_role_assignments(&directory, &account, &query, cursor.as_ref())
                    .await
            }
        })
    }

    /// One page of what a group gives its members.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`GroupNotFound`](crate::AdminErrorKind::GroupNotFound) when there is none.
    pub async fn group_role_assignments(
        &self,
        directory: &DirectoryRef,
        group: &GroupId,
        query: &RoleQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<GroupRoleAssignment>, AdminError> {
        let values = [self.org().as_str(), directory.as_str(), group.as_str()];
        let call = GROUPS_ROLE_ASSIGNMENTS.call_with(&values, &query.0.params());
        let mut page: Page<GroupRoleAssignment> = self.page_by_query(call, cursor, query.0.limit()).await?;
        refuse_without_role(&mut page, &GROUPS_ROLE_ASSIGNMENTS, |row| {
            (&row.resource_id, !row.roles.is_empty())
        });
        Ok(page)
    }

    /// Every page of [`group_role_assignments`](Self::group_role_assignments), from a cursor or from the
    /// beginning.
    pub fn group_role_assignments_stream(
        &self,
        directory: DirectoryRef,
        group: GroupId,
        query: RoleQuery,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<GroupRoleAssignment>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(GROUPS_ROLE_ASSIGNMENTS, from, move |cursor| {
            let (client, directory, group, query) =
                (client.clone(), directory.clone(), group.clone(), query.clone());
            async move {
                client
                    .group_role_assignments(&directory, &group, &query, cursor.as_ref())
                    .await
            }
        })
    }
}

/// Makes bad rows of those that name a resource and no role: what is held there is not known, and an assignment of nothing does
/// not exist.
fn refuse_without_role<T>(
    page: &mut Page<T>,
    operation: &Operation,
    held: impl Fn(&T) -> (&ResourceAri, bool),
) {
    let mut index = 0;
    let bad_rows = &mut page.bad_rows;
    page.items.retain(|row| {
        let (resource, has_role) = held(row);
        if !has_role {
            bad_rows.push(BadRow {
                operation: operation.name,
                index,
                id: Some(resource.to_string()),
                field: "roles".to_owned(),
                reason: "the row names no role".to_owned(),
            });
        }
        index += 1;
        has_role
    });
}
