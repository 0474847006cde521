//! Groups: searched, read, made, deleted, and their members.

use super::at::{
    At, bad_request, coded, foreign_org, instead, not_permitted, of, scoped_key, told, unknown_account,
    unknown_directory, unknown_group,
};
use super::organization::a_cursor;
use super::world::{conflicting, without_seats};
use atlassian_admin::*;
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    vec![
        search(),
        of("groups.list", async |at: At| {
            let filter = GroupFilter {
                group_ids: vec![at.group()],
                ..GroupFilter::default()
            };
            let query = GroupQuery::new(filter, 20).expect("a query");
            at.client.list_groups(&DirectoryRef::Any, &query, None).await
        })
        .case(foreign_org())
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            let query = GroupQuery::new(GroupFilter::default(), 20).expect("a query");
            at.client
                .list_groups(&DirectoryRef::Any, &query, at.no_cursor().as_ref())
                .await
        }))),
        of("groups.get", async |at: At| {
            at.client.group(&at.in_directory(), &at.group()).await
        })
        .case(instead("a synced group", "group", "synced group"))
        .case(unknown_group())
        .case(foreign_org()),
        of("groups.count", async |at: At| {
            let filter = GroupFilter {
                account_ids: vec![AccountId::parse(&at.fact("member")).expect("an id")],
                ..GroupFilter::default()
            };
            let query = GroupQuery::new(filter, 20).expect("a query");
            at.client.count_groups(&DirectoryRef::Any, &query).await
        })
        .case(foreign_org())
        .case(bad_request()),
        of("groups.stats", async |at: At| {
            at.client.group_stats(&at.in_directory()).await
        })
        .case(unknown_directory()),
        create(),
        of("groups.delete", async |at: At| {
            at.client.delete_group(&at.directory(), &at.group()).await
        })
        .case(instead("a synced group", "group", "synced group"))
        .case(instead("a default group", "group", "default group"))
        .case(instead("a group of administrators", "group", "admin group"))
        .case(unknown_group())
        .case(scoped_key())
        .case(bad_request()),
        add_member(),
        remove_member(),
    ]
}

fn search() -> Cases {
    let everything = async |at: At| {
        let search = GroupSearch::builder()
            .filter(GroupFilter {
                resource_owners: vec![ResourceOwner::JiraSoftware, ResourceOwner::Confluence],
                ..GroupFilter::default()
            })
            .expand(GroupExpand::KNOWN.iter().cloned())
            .sort_by_name(SortDirection::Desc)
            .limit(2)
            .build()
            .expect("a search");
        at.client.search_groups(&at.in_directory(), &search, None).await
    };
    let by_name = async |at: At| {
        let name = at.fact("group name");
        let search = GroupSearch::builder().names([name.as_str()]).build();
        at.client
            .search_groups(&DirectoryRef::Any, &search.expect("a search"), None)
            .await
    };
    let in_pages = async |at: At| {
        let search = GroupSearch::builder().limit(10).build().expect("a search");
        let first = at.client.search_groups(&DirectoryRef::Any, &search, None).await?;
        let rest = at
            .client
            .search_groups(&DirectoryRef::Any, &search, first.next.as_ref())
            .await?;
        Ok((first.items.len(), rest.items.len(), rest.next))
    };
    of("groups.search", everything)
        .case(Case::simulated("by name").call(told(by_name)))
        .case(Case::simulated("in pages").call(told(in_pages)))
        .case(foreign_org())
        .case(a_cursor().call(told(async |at: At| {
            let search = GroupSearch::builder().build().expect("a search");
            at.client
                .search_groups(&DirectoryRef::Any, &search, at.no_cursor().as_ref())
                .await
        })))
        .case(not_permitted())
}

fn create() -> Cases {
    let create = async |at: At| {
        let group = NewGroup::new(&at.fact("new name")).expect("a group");
        at.client
            .create_group(&at.directory(), &group.described(&at.fact("description")))
            .await
    };
    of("groups.create", create)
        .case(instead("a name that is taken", "new name", "group name"))
        .case(coded(
            "the name of a default group",
            409,
            "ADMIN-UAM-409-1",
            "Cannot create default group",
        ))
        .case(unknown_directory())
        .case(scoped_key())
        .case(bad_request())
}

async fn add(at: At) -> Result<Receipt, AdminError> {
    at.client
        .add_group_member(&at.directory(), &at.group(), &at.account())
        .await
}

fn add_member() -> Cases {
    of("groups.members.add", add)
        .case(instead("a member already", "account", "member"))
        .case(instead("a member already, refused", "account", "member").simulator(conflicting))
        .case(
            Case::simulated("no seats")
                .instead("group", "default group")
                .simulator(without_seats),
        )
        .case(instead("a synced group", "group", "synced group"))
        .case(
            instead("a group of administrators", "group", "admin group").simulator(|simulator| {
                simulator.switches(atlassian_sim::Switches {
                    units_rollout: true,
                    ..Default::default()
                })
            }),
        )
        .case(unknown_group())
        .case(unknown_account())
        .case(scoped_key())
        .case(bad_request())
}

fn remove_member() -> Cases {
    let remove = async |at: At| {
        let member = AccountId::parse(&at.fact("member")).expect("an id");
        at.client
            .remove_group_member(&at.directory(), &at.group(), &member)
            .await
    };
    of("groups.members.remove", remove)
        .case(instead("no member", "member", "account"))
        .case(
            instead("no member, refused", "member", "account").simulator(|simulator| {
                simulator.switches(atlassian_sim::Switches {
                    removals_strict: true,
                    ..Default::default()
                })
            }),
        )
        .case(instead("a synced group", "group", "synced group"))
        .case(unknown_group())
        .case(scoped_key())
        .case(bad_request())
}
