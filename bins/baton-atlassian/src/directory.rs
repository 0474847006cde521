//! The SCIM directory in which accounts are created, where the settings name one.

use atlassian_connector::{
    ACCOUNT_WAIT, ALLOW_REACTIVATION, ALLOW_UNPROVEN_DIRECTORY, AccountOptions, ConnectorBuilder,
    SCIM_BASE_URL, SCIM_TOKEN,
};
use connector_cli::{Error, Result, Settings};
use secrecy::ExposeSecret;
use std::time::Duration;

/// How accounts are created, where a directory is named.
pub(crate) fn accounts(settings: &Settings) -> AccountOptions {
    let mut accounts = AccountOptions::default();
    accounts.allow_reactivation = settings.switch(ALLOW_REACTIVATION);
    accounts.allow_unproven_directory = settings.switch(ALLOW_UNPROVEN_DIRECTORY);
    accounts.wait = Duration::from_secs(settings.number(ACCOUNT_WAIT).unsigned_abs());
    accounts
}

/// Names the directory, if the settings name one. Without key and address of it no accounts are created.
///
/// # Errors
/// Where only one of the two is set, or the address is none.
pub(crate) fn named(builder: ConnectorBuilder, settings: &Settings) -> Result<ConnectorBuilder> {
    let (key, address) = match (settings.secret(SCIM_TOKEN), settings.text(SCIM_BASE_URL)) {
        (None, None) => return Ok(builder),
        (Some(key), Some(address)) => (key.expose_secret().to_owned().into(), address),
        (Some(_), None) => return Err(half(settings, SCIM_TOKEN, SCIM_BASE_URL)),
        (None, Some(_)) => return Err(half(settings, SCIM_BASE_URL, SCIM_TOKEN)),
    };
    Ok(builder.directory(crate::address::directory(settings, address)?, key))
}

fn half(settings: &Settings, given: &str, missing: &str) -> Error {
    Error::configuration(format!(
        "{} is set, but --{missing} is not",
        settings.shown(given)
    ))
    .with_hint(
        "Atlassian Administration shows key and address of a SCIM directory together; set both or none",
    )
}
