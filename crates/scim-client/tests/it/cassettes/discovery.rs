//! Cases of what a server says of itself.

use super::world::{atlassian, elsewhere, refused_by_atlassian, shown};
use crate::support::page;
use scim_client::GROUP_SCHEMA;
use vendor_contract::cases::{Case, Cases};

pub(crate) fn cases() -> Vec<Cases> {
    let config = Cases::of("discovery.config", |stage| async move {
        shown(atlassian(&stage).discovery().config().await)
    })
    .case(
        Case::simulated("elsewhere: everything is offered")
            .call(|stage| async move { shown(elsewhere(&stage).discovery().config().await) }),
    );
    let schemas = Cases::of("discovery.schemas", |stage| async move {
        shown(atlassian(&stage).discovery().schemas().await.map(page))
    });
    let schema = Cases::of("discovery.schema", |stage| async move {
        shown(atlassian(&stage).discovery().schema(GROUP_SCHEMA).await)
    })
    .case(Case::simulated("unknown").call(|stage| async move {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Boat";
        shown(atlassian(&stage).discovery().schema(schema).await)
    }));
    let types = Cases::of("discovery.resource-types", |stage| async move {
        shown(atlassian(&stage).discovery().resource_types().await.map(page))
    });
    let one_type = Cases::of("discovery.resource-type", |stage| async move {
        shown(atlassian(&stage).discovery().resource_type("User").await)
    })
    .case(Case::simulated("unknown").call(|stage| async move {
        shown(
            atlassian(&stage)
                .discovery()
                .resource_type("EnterpriseUser")
                .await,
        )
    }));
    [config, schemas, schema, types, one_type]
        .map(refused_by_atlassian)
        .into()
}
