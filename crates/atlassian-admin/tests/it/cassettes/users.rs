//! Accounts: searched, read, invited, suspended, restored, removed.

use super::at::{
    At, app_not_licensed, bad_request, documented, foreign_org, instead, not_permitted, of, scoped_key, told,
    unknown_account, unknown_directory, wrong_media_type,
};
use super::organization::a_cursor;
use super::world::without_seats;
use crate::support::fixture;
use atlassian_admin::*;
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    vec![
        search(),
        list(),
        of("users.get", async |at: At| {
            at.client.user(&at.in_directory(), &at.account()).await
        })
        .case(unknown_account())
        .case(unknown_directory())
        .case(foreign_org())
        .case(bad_request())
        .case(not_permitted()),
        of("users.count", async |at: At| {
            let filter = UserFilter {
                claim_status: Some(ClaimStatus::Managed),
                ..UserFilter::default()
            };
            let query = UserQuery::new(filter, 20).expect("a query");
            at.client.count_users(&DirectoryRef::Any, &query).await
        })
        .case(foreign_org())
        .case(bad_request())
        .case(not_permitted()),
        of("users.stats", async |at: At| {
            at.client.user_stats(&DirectoryRef::Any).await
        })
        .case(unknown_directory().call(told(async |at: At| {
            at.client.user_stats(&at.in_directory()).await
        })))
        .case(scoped_key())
        .case(bad_request()),
        of("users.last-active", async |at: At| {
            at.client.last_active_dates(&at.account()).await
        })
        .case(unknown_account())
        .case(scoped_key())
        .case(bad_request()),
        of("managed-accounts.list", async |at: At| {
            at.client.managed_accounts(None).await
        })
        .case(foreign_org())
        .case(scoped_key())
        .case(Case::simulated("forbidden").simulator(|simulator| {
            simulator.switches(atlassian_sim::Switches {
                managed_forbidden: true,
                ..Default::default()
            })
        }))
        .case(a_cursor().call(told(async |at: At| {
            at.client.managed_accounts(at.no_cursor().as_ref()).await
        }))),
        invite(),
        of("users.suspend", suspend)
            .case(instead("an administrator", "account", "admin"))
            .case(unknown_account())
            .case(unknown_directory())
            .case(scoped_key())
            .case(wrong_media_type()),
        of("users.restore", async |at: At| {
            at.client.restore_user(&at.directory(), &at.account()).await
        })
        .case(Case::simulated("of a suspended account").before(told(suspend)))
        .case(unknown_account())
        .case(scoped_key())
        .case(bad_request())
        .case(wrong_media_type()),
        of("users.remove", async |at: At| {
            at.client.remove_user(&at.directory(), &at.account()).await
        })
        .case(unknown_account())
        .case(scoped_key())
        .case(bad_request()),
    ]
}

async fn suspend(at: At) -> Result<Receipt, AdminError> {
    at.client.suspend_user(&at.directory(), &at.account()).await
}

fn search() -> Cases {
    let everything = async |at: At| {
        let search = UserSearch::builder()
            .filter(UserFilter {
                status: vec![UserStatus::Active],
                role_ids: vec![RoleId::OrgAdmin],
                ..UserFilter::default()
            })
            .expand(UserExpand::KNOWN.iter().cloned())
            .sort_by_nickname(SortDirection::Asc)
            .limit(2)
            .build()
            .expect("a search");
        at.client.search_users(&at.in_directory(), &search, None).await
    };
    let by_address = async |at: At| {
        let address = at.fact("address");
        let search = UserSearch::builder().emails([address.as_str()]).build();
        at.client
            .search_users(&DirectoryRef::Any, &search.expect("a search"), None)
            .await
    };
    let members_in_pages = async |at: At| {
        let filter = UserFilter::members_of(at.group());
        let search = UserSearch::builder()
            .filter(filter)
            .limit(1)
            .build()
            .expect("a search");
        let first = at.client.search_users(&at.in_directory(), &search, None).await?;
        let second = at
            .client
            .search_users(&at.in_directory(), &search, first.next.as_ref())
            .await?;
        let ids = |page: Page<User>| page.items.into_iter().map(|user| user.account_id);
        let end = second.next.clone();
        Ok((ids(first).chain(ids(second)).collect::<Vec<_>>(), end))
    };
    of("users.search", everything)
        .case(Case::simulated("by address").call(told(by_address)))
        .case(Case::simulated("members in pages").call(told(members_in_pages)))
        .case(foreign_org())
        .case(unknown_directory())
        .case(a_cursor().call(told(async |at: At| {
            let search = UserSearch::builder().build().expect("a search");
            at.client
                .search_users(&DirectoryRef::Any, &search, at.no_cursor().as_ref())
                .await
        })))
        .case(documented(
            "the original user management",
            400,
            fixture!("errors/e1-original-experience"),
        ))
        .case(not_permitted())
}

fn list() -> Cases {
    let filtered = async |at: At| {
        let filter = UserFilter {
            account_ids: vec![at.account()],
            claim_status: Some(ClaimStatus::Managed),
            account_status: vec![AccountStatus::Active],
            email_domains: vec![at.fact("domain")],
            ..UserFilter::default()
        };
        let query = UserQuery::new(filter, 20).expect("a query");
        at.client.list_users(&at.in_directory(), &query, None).await
    };
    of("users.list", filtered)
        .case(foreign_org())
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            let query = UserQuery::new(UserFilter::default(), 20).expect("a query");
            at.client
                .list_users(&DirectoryRef::Any, &query, at.no_cursor().as_ref())
                .await
        })))
}

fn invite() -> Cases {
    let invite = async |at: At| {
        let address = at.fact("new address");
        let invitation = Invitation::new([address.as_str()])
            .expect("an invitation")
            .with_role(at.role(RoleId::User))
            .with_group(at.group())
            .with_mail(&at.fact("mail"));
        at.client.invite_users(&invitation).await
    };
    let with_a_role_of_administration = async |at: At| {
        let address = at.fact("new address");
        let invitation = Invitation::new([address.as_str()]).expect("an invitation");
        let invitation = invitation.with_role(at.role(RoleId::UserAccessAdmin));
        at.client.invite_users(&invitation).await
    };
    of("users.invite", invite)
        .case(instead("a synced group", "group", "synced group"))
        .case(instead("an unknown app", "app", "unknown app"))
        .case(Case::simulated("a role that is not given so").call(told(with_a_role_of_administration)))
        .case(Case::simulated("no subscription").simulator(|simulator| {
            simulator.switches(atlassian_sim::Switches {
                no_subscription: true,
                ..Default::default()
            })
        }))
        .case(Case::simulated("no seats").simulator(without_seats))
        .case(app_not_licensed())
        .case(foreign_org())
        .case(scoped_key())
}
