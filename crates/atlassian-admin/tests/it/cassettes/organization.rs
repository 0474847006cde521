//! The organization itself: directories, apps, domains, policies.

use super::at::{
    At, bad_request, documented, foreign_org, found, instead, not_permitted, of, scoped_key, told,
};
use crate::support::fixture;
use atlassian_admin::*;
use vendor_contract::cases::{Case, Cases};

pub(super) fn cases() -> Vec<Cases> {
    vec![
        of("organization.list", async |at: At| {
            at.client.organizations(None).await
        })
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            at.client.organizations(at.no_cursor().as_ref()).await
        }))),
        of("organization.get", async |at: At| at.client.organization().await).case(foreign_org()),
        of("directories.list", async |at: At| {
            let query = DirectoryQuery::of_account(at.account());
            at.client.query_directories(&query, None).await
        })
        .case(foreign_org())
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            at.client.directories(at.no_cursor().as_ref()).await
        }))),
        workspaces(),
        of("domains.list", async |at: At| at.client.domains(None).await)
            .case(foreign_org())
            .case(scoped_key())
            .case(documented(
                "not permitted",
                403,
                fixture!("errors/e4-routing-403"),
            ))
            .case(a_cursor().call(told(async |at: At| {
                at.client.domains(at.no_cursor().as_ref()).await
            }))),
        of("domains.get", async |at: At| {
            let domain = DomainId::parse(&at.fact("domain")).expect("an id");
            at.client.domain(&domain).await
        })
        .case(instead("an unknown domain", "domain", "unknown domain"))
        .case(scoped_key())
        .case(bad_request()),
        of("policies.list", async |at: At| {
            at.client.policies(Some(&PolicyType::IpAllowlist), None).await
        })
        .case(foreign_org())
        .case(
            Case::simulated("of every type").call(told(async |at: At| at.client.policies(None, None).await)),
        )
        .case(a_cursor().call(told(async |at: At| {
            at.client.policies(None, at.no_cursor().as_ref()).await
        }))),
        of("policies.get", async |at: At| {
            let policy = PolicyId::parse(&at.fact("policy")).expect("an id");
            at.client.policy(&policy).await
        })
        .learn(
            "policy",
            found(async |at: At| {
                let policies = at.client.policies(None, None).await?;
                Ok(policies.items[0].id.to_string())
            }),
        )
        .case(instead("an unknown policy", "policy", "unknown id")),
    ]
}

fn workspaces() -> Cases {
    let of_two_apps = async |at: At| {
        let filter = WorkspaceFilter::apps(["confluence", "jira-software"]);
        let query = WorkspaceQuery::new(Some(filter), 20).expect("a query");
        let query = query.sort_by("attributes.name", SortDirection::Asc);
        at.client.query_workspaces(&query, None).await
    };
    let in_pages = async |at: At| {
        let query = WorkspaceQuery::new(None, 1).expect("a query");
        let first = at.client.query_workspaces(&query, None).await?;
        let rest = at.client.query_workspaces(&query, first.next.as_ref()).await?;
        Ok((first.items.len(), rest.items.len(), rest.next))
    };
    of("workspaces.query", of_two_apps)
        .case(Case::simulated("in pages").call(told(in_pages)))
        .case(foreign_org())
        .case(scoped_key())
        .case(a_cursor().call(told(async |at: At| {
            at.client.workspaces(at.no_cursor().as_ref()).await
        })))
        .case(documented("no organization", 404, fixture!("errors/e2-bare")))
        .case(not_permitted())
}

/// A cursor that the vendor never gave.
pub(super) fn a_cursor() -> Case {
    Case::simulated("a refused cursor")
}
