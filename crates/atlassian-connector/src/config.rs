//! The settings of the connector, usable before there is a client.

use crate::address::{Pasted, of_directory, pasted};
use crate::builder::{ConnectorBuilder, vendor};
use crate::connector::AtlassianConnector;
use crate::options::{AccountOptions, Options};
use atlassian_admin::OrgId;
use connector_sdk::{ConfigSchema, Field, FieldKind};
use http_kit::Secret;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use std::fmt;
use std::time::Duration;
use url::Url;

/// Name of the setting that holds the organization API key.
pub const ACCESS_TOKEN: &str = "access-token";
/// Name of the setting that holds the id of the organization.
pub const ORGANIZATION_ID: &str = "organization-id";
/// Name of the setting that holds the address of the API.
pub const BASE_URL: &str = "base-url";
/// Name of the switch for [`Options::include_projects_and_goals`].
const INCLUDE_PROJECTS_AND_GOALS: &str = "include-projects-and-goals";
/// Name of the setting that holds the key of the SCIM directory; its environment name is `BATON_SCIM_TOKEN`.
pub const SCIM_TOKEN: &str = "scim-token";
/// Name of the setting that holds the address of the SCIM directory; its environment name is `BATON_SCIM_BASE_URL`.
pub const SCIM_BASE_URL: &str = "scim-base-url";
/// Name of the switch for [`AccountOptions::allow_reactivation`].
const ALLOW_REACTIVATION: &str = "allow-reactivation";
/// Name of the switch for [`AccountOptions::allow_unproven_directory`].
const ALLOW_UNPROVEN_DIRECTORY: &str = "allow-unproven-directory";
/// Name of the setting for [`AccountOptions::wait`], in seconds.
const ACCOUNT_WAIT: &str = "account-wait-seconds";

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

/// The settings as a program reads them: one field for each field of the schema, called as it is.
///
/// What is required may be missing anyway, where a recording or a demonstration brings it, and where somebody asks
/// what is missing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct AtlassianSettings {
    /// The organization API key.
    pub access_token: Option<Secret>,
    /// The organization.
    #[serde(default, deserialize_with = "organization")]
    pub organization_id: Option<OrgId>,
    /// The address of the administration APIs, as a person pasted it: see [`AtlassianSettings::base`].
    pub base_url: Option<String>,
    /// See [`Options`].
    pub include_projects_and_goals: bool,
    /// The key of the SCIM directory.
    pub scim_token: Option<Secret>,
    /// The address of the SCIM directory, as a person pasted it: see [`AtlassianSettings::directory`].
    pub scim_base_url: Option<String>,
    /// See [`AccountOptions`].
    pub allow_reactivation: bool,
    /// See [`AccountOptions`].
    pub allow_unproven_directory: bool,
    /// See [`AccountOptions`].
    pub account_wait_seconds: u64,
}

impl AtlassianSettings {
    /// What of the organization becomes part of an artifact.
    #[must_use]
    pub fn options(&self) -> Options {
        Options {
            include_projects_and_goals: self.include_projects_and_goals,
        }
    }

    /// What makes the connector, but for the SCIM directory. Without an organization it is of one that is not there.
    ///
    /// # Errors
    /// As [`AtlassianSettings::base`].
    pub fn builder(&self) -> Result<ConnectorBuilder, SettingsError> {
        let key = self.access_token.clone();
        let key = key.unwrap_or_else(|| Secret::from(String::new()));
        let organization = self.organization_id.clone();
        let organization = organization.unwrap_or_else(|| OrgId::from_vendor("-"));
        let builder = AtlassianConnector::builder(key, organization).base_url(self.base()?);
        Ok(builder.accounts(self.accounts()).options(self.options()))
    }

    /// The SCIM directory with its key. Without it no accounts are created.
    ///
    /// # Errors
    /// Where only one of the two is set, or the address is not that of a directory.
    pub fn directory(&self) -> Result<Option<(Url, Secret)>, SettingsError> {
        let half = |given, missing| Err(SettingsError::HalfOfDirectory { given, missing });
        match (&self.scim_base_url, &self.scim_token) {
            (None, None) => Ok(None),
            (Some(base), Some(key)) => {
                let base = of_directory(base).map_err(SettingsError::Directory)?;
                Ok(Some((base, key.clone())))
            }
            (Some(_), None) => half(SCIM_BASE_URL, SCIM_TOKEN),
            (None, Some(_)) => half(SCIM_TOKEN, SCIM_BASE_URL),
        }
    }

    /// The address of the administration APIs: the vendor's, where none is set. What belongs to the paths of requests is left
    /// out of it.
    ///
    /// # Errors
    /// Where it is not an address, one below which there can be no APIs, or that of another organization.
    pub fn base(&self) -> Result<Url, SettingsError> {
        let Some(text) = &self.base_url else {
            return Ok(vendor());
        };
        let Pasted { base, organization } = pasted(text).map_err(SettingsError::Address)?;
        match (&organization, &self.organization_id) {
            (Some(named), Some(wanted)) if !named.eq_ignore_ascii_case(wanted.as_str()) => {
                Err(SettingsError::OtherOrganization)
            }
            _ => Ok(base),
        }
    }

    /// How accounts are created.
    #[must_use]
    pub fn accounts(&self) -> AccountOptions {
        AccountOptions {
            scim: None,
            allow_reactivation: self.allow_reactivation,
            allow_unproven_directory: self.allow_unproven_directory,
            wait: Duration::from_secs(self.account_wait_seconds),
        }
    }
}

fn organization<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OrgId>, D::Error> {
    let id = String::deserialize(deserializer)?;
    OrgId::parse(&id).map(Some).map_err(D::Error::custom)
}

/// Why settings cannot be used together, or one that is more than its form.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// The address of the administration APIs is none.
    Address(String),
    /// The address of the administration APIs is that of another organization.
    OtherOrganization,
    /// The address of the SCIM directory is none.
    Directory(String),
    /// Of the SCIM directory only key or address is set.
    HalfOfDirectory {
        /// The setting that is there.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
}

impl SettingsError {
    /// What is wrong, with the settings called what `shown` calls them.
    pub fn told(&self, shown: impl Fn(&'static str) -> String) -> String {
        match self {
            Self::Address(why) => format!("{}: {why}", shown(BASE_URL)),
            Self::Directory(why) => format!("{}: {why}", shown(SCIM_BASE_URL)),
            Self::OtherOrganization => format!(
                "{} is the address of another organization than {}",
                shown(BASE_URL),
                shown(ORGANIZATION_ID)
            ),
            Self::HalfOfDirectory { given, missing } => {
                format!("{} is set, but --{missing} is not", shown(given))
            }
        }
    }

    /// What a person can do, as a sentence without its full stop.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Address(_) | Self::OtherOrganization => {
                "Leave it out, or name the address before /admin/v1, such as https://api.atlassian.com"
            }
            Self::Directory(_) => {
                "Atlassian Administration shows it with the key; it ends in the id of the directory"
            }
            Self::HalfOfDirectory { .. } => {
                "Atlassian Administration shows key and address of a SCIM directory together; set both or none"
            }
        }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(|setting| format!("--{setting}")))
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Every field of the schema can be read by name, and no field of the struct is none.
    #[test]
    fn the_settings_are_those_of_the_schema() {
        let mut values = serde_json::Map::new();
        for field in config_schema().fields {
            let value = match (field.name, field.kind) {
                (ORGANIZATION_ID, _) => json!("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f"),
                (ACCESS_TOKEN | SCIM_TOKEN, _) => json!("a key"),
                (_, FieldKind::Text(_)) => json!("https://api.example/x"),
                (_, FieldKind::Switch(_)) => json!(true),
                (_, FieldKind::Number { .. }) => json!(7),
                (_, FieldKind::List) => json!([]),
            };
            values.insert(field.name.to_owned(), value);
        }
        let read: AtlassianSettings = serde_json::from_value(values.into()).unwrap();
        assert!(read.options().include_projects_and_goals);
        let accounts = read.accounts();
        assert!(accounts.allow_reactivation && accounts.allow_unproven_directory);
        assert_eq!(accounts.wait, Duration::from_secs(7));
        assert!(!format!("{read:?}").contains("a key"), "a key is shown");
        assert!(read.access_token.is_some() && read.organization_id.is_some() && read.base_url.is_some());
        assert!(read.scim_token.is_some() && read.scim_base_url.is_some());
    }
}
