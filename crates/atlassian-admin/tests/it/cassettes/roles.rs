//! Roles: of accounts, of groups, and in the organization.

use super::at::{
    At, app_not_licensed, bad_request, documented, foreign_org, instead, of, scoped_key, told,
    unknown_account, unknown_group,
};
use super::organization::a_cursor;
use super::world::{conflicting, gated, without_seats};
use crate::support::fixture;
use atlassian_admin::*;
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    vec![
        held_by_an_account(),
        of("users.roles.assign", give)
            .case(instead("an unknown app", "app", "unknown app"))
            .case(
                Case::simulated("a role that the app does not have").call(told(async |at: At| {
                    let role = at.role(RoleId::from("atlassian/customer"));
                    at.client.assign_user_role(&at.account(), &role).await
                })),
            )
            .case(Case::simulated("an inactive account").before(told(disable)))
            .case(unknown_account())
            .case(
                Case::simulated("held already")
                    .simulator(conflicting)
                    .before(told(give)),
            )
            .case(Case::simulated("no seats").simulator(without_seats))
            .case(Case::simulated("not enabled").simulator(gated))
            .case(app_not_licensed())
            .case(scoped_key()),
        of("users.roles.revoke", async |at: At| {
            at.client
                .revoke_user_role(&at.account(), &at.role(RoleId::User))
                .await
        })
        .case(Case::simulated("a role that is held").before(told(give)))
        .case(
            Case::simulated("a role that the app does not have").call(told(async |at: At| {
                let role = at.role(RoleId::from("atlassian/customer"));
                at.client.revoke_user_role(&at.account(), &role).await
            })),
        )
        .case(unknown_account())
        .case(Case::simulated("not enabled").simulator(gated))
        .case(documented("a conflict", 409, fixture!("errors/e1-status-number"))),
        of("users.org-role.assign", async |at: At| {
            at.client.assign_org_admin(&at.account()).await
        })
        .case(Case::simulated("an inactive account").before(told(disable)))
        .case(unknown_account())
        .case(foreign_org())
        .case(scoped_key()),
        of("users.org-role.revoke", async |at: At| {
            at.client.revoke_org_admin(&at.account()).await
        })
        .case(instead("an administrator", "account", "admin"))
        .case(unknown_account())
        .case(scoped_key())
        .case(bad_request()),
        held_by_a_group(),
        of("groups.roles.assign", give_group)
            .case(Case::simulated("held already").before(told(give_group)))
            .case(
                Case::simulated("a role that the app does not have").call(told(async |at: At| {
                    let role = at.role(RoleId::from("atlassian/customer"));
                    at.client
                        .assign_group_role(&at.directory(), &at.group(), &role)
                        .await
                })),
            )
            .case(Case::simulated("no seats").simulator(without_seats))
            .case(unknown_group())
            .case(instead("an unknown app", "app", "unknown app"))
            .case(scoped_key()),
        of("groups.roles.revoke", async |at: At| {
            let role = at.role(RoleId::User);
            at.client
                .revoke_group_role(&at.directory(), &at.group(), &role)
                .await
        })
        .case(
            Case::simulated("a role that the app does not have").call(told(async |at: At| {
                let role = at.role(RoleId::from("atlassian/customer"));
                at.client
                    .revoke_group_role(&at.directory(), &at.group(), &role)
                    .await
            })),
        )
        .case(unknown_group())
        .case(scoped_key()),
    ]
}

async fn give(at: At) -> Result<Receipt, AdminError> {
    at.client
        .assign_user_role(&at.account(), &at.role(RoleId::User))
        .await
}

async fn give_group(at: At) -> Result<Receipt, AdminError> {
    let role = at.role(RoleId::User);
    at.client
        .assign_group_role(&at.directory(), &at.group(), &role)
        .await
}

async fn disable(at: At) -> Result<Receipt, AdminError> {
    at.client.disable_account(&at.account(), None).await
}

fn held_by_an_account() -> Cases {
    let on_one_app = async |at: At| {
        let filter = RoleFilter {
            resource_ids: vec![at.app()],
            resource_owners: vec![ResourceOwner::JiraSoftware],
            ..RoleFilter::default()
        };
        let query = RoleQuery::new(filter, 20).expect("a query");
        at.client
            .user_role_assignments(&DirectoryRef::Any, &at.account(), &query, None)
            .await
    };
    let all = async |at: At| {
        at.client
            .user_role_assignments(&at.in_directory(), &at.account(), &RoleQuery::default(), None)
            .await
    };
    of("users.role-assignments", all)
        .case(instead("of an administrator", "account", "admin"))
        .case(Case::simulated("on one app").call(told(on_one_app)))
        .case(unknown_account())
        .case(foreign_org())
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            at.client
                .user_role_assignments(
                    &DirectoryRef::Any,
                    &at.account(),
                    &RoleQuery::default(),
                    at.no_cursor().as_ref(),
                )
                .await
        })))
}

fn held_by_a_group() -> Cases {
    let all = async |at: At| {
        at.client
            .group_role_assignments(&at.in_directory(), &at.group(), &RoleQuery::default(), None)
            .await
    };
    of("groups.role-assignments", all)
        .case(instead("of a default group", "group", "default group"))
        .case(instead("of administrators", "group", "admin group"))
        .case(unknown_group())
        .case(foreign_org())
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            at.client
                .group_role_assignments(
                    &DirectoryRef::Any,
                    &at.group(),
                    &RoleQuery::default(),
                    at.no_cursor().as_ref(),
                )
                .await
        })))
}
