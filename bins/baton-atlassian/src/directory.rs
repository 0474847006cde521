//! The SCIM directory in which accounts are created, where the settings name one.

use crate::line::Line;
use atlassian_connector::{
    ACCOUNT_WAIT, ALLOW_REACTIVATION, ALLOW_UNPROVEN_DIRECTORY, AccountOptions, SCIM_BASE_URL, SCIM_TOKEN,
};
use connector_cli::{Error, Result, Settings};
use http_kit::{BuildError, Secret};
use scim_client::{Profile, ScimClient};
use secrecy::ExposeSecret;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How accounts are created. Without key and address of a directory they are not.
///
/// # Errors
/// Where only one of the two is set, or one cannot be used.
pub(crate) fn accounts(settings: &Settings, line: &Line) -> Result<AccountOptions> {
    Ok(accounts_in(scim(settings, line)?, settings))
}

/// How accounts are created in this directory.
pub(crate) fn accounts_in(scim: Option<ScimClient>, settings: &Settings) -> AccountOptions {
    let mut accounts = AccountOptions::default();
    accounts.scim = scim;
    accounts.allow_reactivation = settings.switch(ALLOW_REACTIVATION);
    accounts.allow_unproven_directory = settings.switch(ALLOW_UNPROVEN_DIRECTORY);
    accounts.wait = Duration::from_secs(settings.number(ACCOUNT_WAIT).unsigned_abs());
    accounts
}

/// The directory, if there is one.
///
/// # Errors
/// As [`accounts`].
pub(crate) fn scim(settings: &Settings, line: &Line) -> Result<Option<ScimClient>> {
    let wrong = |setting: &str, error: &dyn Display| {
        Error::configuration(format!("{}: {error}", settings.shown(setting)))
    };
    let (key, address) = match (settings.secret(SCIM_TOKEN), settings.text(SCIM_BASE_URL)) {
        (None, None) => return Ok(None),
        (Some(key), Some(address)) => (key.expose_secret().to_owned().into(), address),
        (Some(_), None) => return Err(half(settings, SCIM_TOKEN, SCIM_BASE_URL)),
        (None, Some(_)) => return Err(half(settings, SCIM_BASE_URL, SCIM_TOKEN)),
    };
    let base =
        Url::parse(address).map_err(|error| wrong(SCIM_BASE_URL, &format!("it is no address ({error})")))?;
    client(settings, line, base, key)
        .map(Some)
        .map_err(|error| match error {
            // The machine is at fault, not the address.
            BuildError::Transport(_) => Error::configuration(format!("cannot {error}")),
            BuildError::BadCredential => wrong(SCIM_TOKEN, &format!("cannot {error}")),
            error => wrong(SCIM_BASE_URL, &format!("cannot {error}")),
        })
}

/// The client of the directory at this address.
///
/// # Errors
/// Where key or address cannot be used.
pub(crate) fn client(
    settings: &Settings,
    line: &Line,
    base: Url,
    key: Secret,
) -> Result<ScimClient, BuildError> {
    let http = scim_client::http_builder(Arc::clone(&line.transport), base, key)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .clock(Arc::clone(&line.clock))
        .meter(Arc::clone(&line.meter))
        .timeout(settings.http_timeout())
        .build()?;
    Ok(ScimClient::new(http, Profile::atlassian()))
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
