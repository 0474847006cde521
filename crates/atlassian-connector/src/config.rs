//! The settings of the connector, usable before there is a client.

use connector_sdk::{ConfigSchema, Field, FieldKind};

/// Name of the setting that holds the organization API key.
pub const ACCESS_TOKEN: &str = "access-token";
/// Name of the setting that holds the id of the organization.
pub const ORGANIZATION_ID: &str = "organization-id";
/// Name of the setting that holds the address of the API.
pub const BASE_URL: &str = "base-url";
/// Name of the switch for [`Options::include_projects_and_goals`](crate::Options::include_projects_and_goals).
pub const INCLUDE_PROJECTS_AND_GOALS: &str = "include-projects-and-goals";
/// Name of the setting that holds the key of the SCIM directory; its environment name is `BATON_SCIM_TOKEN`.
pub const SCIM_TOKEN: &str = "scim-token";
/// Name of the setting that holds the address of the SCIM directory; its environment name is `BATON_SCIM_BASE_URL`.
pub const SCIM_BASE_URL: &str = "scim-base-url";
/// Name of the switch for [`AccountOptions::allow_reactivation`](crate::AccountOptions::allow_reactivation).
pub const ALLOW_REACTIVATION: &str = "allow-reactivation";
/// Name of the switch for [`AccountOptions::allow_unproven_directory`](crate::AccountOptions::allow_unproven_directory).
pub const ALLOW_UNPROVEN_DIRECTORY: &str = "allow-unproven-directory";
/// Name of the setting for [`AccountOptions::wait`](crate::AccountOptions::wait), in seconds.
pub const ACCOUNT_WAIT: &str = "account-wait-seconds";

/// Seconds that a new account is waited for where nobody chose a number.
pub(crate) const DEFAULT_ACCOUNT_WAIT: u64 = 60;

/// Where the vendor explains organization API keys.
pub(crate) const HELP_URL: &str = "https://support.atlassian.com/organization-administration/docs/manage-an-organization-with-the-admin-apis/";

/// The name people read.
pub(crate) const DISPLAY_NAME: &str = "Atlassian";

/// All settings, in the order in which people read them.
///
/// The address is for the shell only: there is one Atlassian, and a console that offered another address would offer a
/// way to send the key elsewhere.
pub(crate) fn config_schema() -> ConfigSchema {
    ConfigSchema {
        display_name: DISPLAY_NAME.to_owned(),
        // The paths at which consoles have page and icon of this connector.
        help_url: "/docs/baton/atlassian".to_owned(),
        icon_url: "/static/app-icons/atlassian.svg".to_owned(),
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
            Field::string(
                SCIM_TOKEN,
                "SCIM token",
                "The key of the SCIM directory that accounts are created in. Atlassian Administration shows it once, when \
                 an identity provider is connected with provisioning; it is not the organization API key",
            )
            .secret(),
            Field::string(
                SCIM_BASE_URL,
                "SCIM base URL",
                "The address of the SCIM directory, shown together with its key",
            )
            .placeholder("https://api.atlassian.com/scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263"),
            Field::switch(
                ALLOW_REACTIVATION,
                "Allow reactivation",
                "Let creating an account bring one back that is deactivated or waits for its deletion",
            ),
            Field::switch(
                ALLOW_UNPROVEN_DIRECTORY,
                "Allow unproven directory",
                "Create accounts also in a SCIM directory that is not proven to belong to the organization, as one without \
                 records is",
            ),
            Field::of(
                ACCOUNT_WAIT,
                "Account wait seconds",
                "How long to wait for the id of a new account before the result is 'in progress'",
                FieldKind::Number {
                    default: DEFAULT_ACCOUNT_WAIT.cast_signed(),
                    min: 0,
                    max: 600,
                },
            ),
        ],
    }
}
