//! The settings of the connector, usable before there is a client.

use connector_sdk::{ConfigSchema, Field};

/// Name of the setting that holds the organization API key.
pub const ACCESS_TOKEN: &str = "access-token";
/// Name of the setting that holds the id of the organization.
pub const ORGANIZATION_ID: &str = "organization-id";
/// Name of the setting that holds the address of the API.
pub const BASE_URL: &str = "base-url";
/// Name of the switch for [`Options::include_projects_and_goals`](crate::Options::include_projects_and_goals).
pub const INCLUDE_PROJECTS_AND_GOALS: &str = "include-projects-and-goals";

/// Where the vendor explains organization API keys.
pub(crate) const HELP_URL: &str = "https://support.atlassian.com/organization-administration/docs/manage-an-organization-with-the-admin-apis/";

/// The name people read.
pub(crate) const DISPLAY_NAME: &str = "Atlassian";

/// All settings, in the order in which people read them.
///
/// The address is for the shell only: there is one Atlassian, and a console that offered another address would offer a
/// way to send the key elsewhere.
pub fn config_schema() -> ConfigSchema {
    ConfigSchema {
        display_name: DISPLAY_NAME.to_owned(),
        help_url: HELP_URL.to_owned(),
        fields: vec![
            Field::string(
                ACCESS_TOKEN,
                "API key",
                "An organization API key, made without scopes in Atlassian Administration under Organization settings, \
                 API keys",
            )
            .required()
            .secret()
            .environment("BATON_API_TOKEN"),
            Field::string(
                ORGANIZATION_ID,
                "Organization ID",
                "The organization that the key was made in: the id in the address of its pages, \
                 admin.atlassian.com/o/<id>",
            )
            .required()
            .placeholder("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f")
            .environment("BATON_ORG"),
            Field::string(BASE_URL, "Base URL", "The address of the administration APIs")
                .default_text(atlassian_admin::BASE_URL)
                .shell_only(),
            Field::switch(
                INCLUDE_PROJECTS_AND_GOALS,
                "Include projects and goals",
                "Take in roles that are held on single projects and goals",
            ),
        ],
    }
}
