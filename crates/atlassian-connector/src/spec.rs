//! What the connector is, told without a key.

use crate::changes::{action_schemas, creation_schema};
use crate::{config, kinds, notices};
use connector_sdk::proto::connector::v2::ResourceType;
use connector_sdk::proto::connector::v2::resource_type::Trait;
use connector_sdk::{Ability, ConnectorSpec, TypeSpec, resource_type};

/// What the connector is called, what it is configured with, and what it can do.
///
/// ```
/// let spec = atlassian_connector::spec();
/// let types: Vec<&str> = spec.types.iter().map(|of| of.resource_type.id.as_str()).collect();
/// assert_eq!(types, [
///     "user", "group", "workspace", "organization", "api_token", "service_account_token", "oauth_client", "org_api_key",
/// ]);
/// ```
pub fn spec() -> ConnectorSpec {
    use Ability::{CreateAccounts, Delete, Get, Provision};
    let [
        user,
        group,
        workspace,
        organization,
        token,
        service_token,
        client,
        key,
    ] = resource_types();
    ConnectorSpec {
        display_name: config::DISPLAY_NAME.to_owned(),
        description: "Accounts, groups, app roles and API tokens of an Atlassian Cloud organization"
            .to_owned(),
        help_url: Some(config::HELP_URL.to_owned()),
        settings: config::config_schema(),
        types: vec![
            TypeSpec::new(user, [Get, CreateAccounts, Delete]),
            TypeSpec::new(group, [Get, Provision]),
            TypeSpec::new(workspace, [Get, Provision]),
            TypeSpec::new(organization, [Get, Provision]),
            TypeSpec::new(token, [Get, Delete]),
            TypeSpec::new(service_token, []),
            TypeSpec::new(client, []),
            TypeSpec::new(key, []),
        ],
        actions: action_schemas(),
        account_schema: Some(creation_schema()),
        gaps: notices::GAPS.map(str::to_owned).to_vec(),
    }
}

/// The types, in the order of the specification.
pub(crate) fn resource_types() -> [ResourceType; 8] {
    [
        resource_type(kinds::USER, "User", &[Trait::User]),
        resource_type(kinds::GROUP, "Group", &[Trait::Group]),
        resource_type(kinds::WORKSPACE, "Workspace", &[]),
        resource_type(kinds::ORGANIZATION, "Organization", &[]),
        resource_type(kinds::API_TOKEN, "API Token", &[Trait::Secret]),
        resource_type(
            kinds::SERVICE_ACCOUNT_TOKEN,
            "Service Account Token",
            &[Trait::Secret],
        ),
        resource_type(kinds::OAUTH_CLIENT, "OAuth Client", &[Trait::Secret]),
        resource_type(kinds::ORG_API_KEY, "Organization API Key", &[Trait::Secret]),
    ]
}
