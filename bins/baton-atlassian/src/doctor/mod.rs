//! The command `doctor`: what works with this key, this organization and this machine, what does not, and what only a
//! change could tell. Nothing is changed; with `--probe-writes` there are writes that the vendor has to refuse.

mod directory;
mod finding;
mod key;
mod reads;
mod surroundings;
mod writes;

use crate::line::Line;
use crate::{Access, IN_FLIGHT};
use atlassian_admin::{AdminClient, OrgId};
use atlassian_connector::{ACCESS_TOKEN, BASE_URL, ORGANIZATION_ID};
use connector_cli::{Checkup, Error, Finding, Outcome, Result, Settings, Verdict};
use http_kit::{BuildError, RetryPolicy};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use surroundings::Watch;

/// Whoever asks wants to know soon; a listing that is slow for once is asked twice.
const PATIENCE: RetryPolicy = RetryPolicy {
    max_tries: 2,
    budget: std::time::Duration::from_secs(60),
    base_delay: std::time::Duration::from_millis(200),
    max_delay: std::time::Duration::from_secs(5),
};

/// Looks at everything.
///
/// # Errors
/// Where settings cannot be used at all, as a sync would say it.
pub(crate) async fn examine(settings: &Settings, probe_writes: bool) -> Result<Checkup> {
    let mut findings = Vec::new();
    let Some(Reached {
        access,
        mut line,
        organization,
        key,
    }) = reached(settings)?
    else {
        let outcome = Outcome::Configuration;
        let none = Finding::new(
            "key",
            Verdict::Fails { outcome },
            "no organization API key is set",
        );
        findings.push(none.advice(
            "Make one in Atlassian Administration under Organization settings, API keys, without scopes, and set \
             BATON_API_TOKEN",
        ));
        return Ok(Checkup { findings });
    };
    let organization = organization.as_deref();
    let watch = Arc::new(Watch::new(line.transport));
    line.transport = watch.clone();
    findings.extend(surroundings::settings(&access.base));
    let scim = crate::directory::scim(settings, &line);
    let base = access.base.clone();
    let client = access
        .http(&line, settings.http_timeout(), IN_FLIGHT)
        .retry(PATIENCE)
        .build()
        .map_err(|error| match error {
            // The machine is at fault, not the address.
            BuildError::Transport(_) => Error::configuration(format!("cannot {error}")),
            BuildError::BadCredential => wrong(settings, ACCESS_TOKEN, &format!("cannot {error}")),
            error => wrong(settings, BASE_URL, &format!("cannot {error}")),
        })?;
    let client = AdminClient::new(client, organization_of(organization));

    let seen = key::key(&client, &base, &mut findings).await;
    findings.extend(watch.finding(&*line.clock));
    if let Some(key::Seen { organizations }) = seen {
        let goes_on = key::organization(&client, organization, &organizations, &mut findings).await;
        if goes_on {
            let sample = reads::reads(&client, &mut findings).await;
            let scoped = key::kind(
                &client,
                sample.account.as_ref(),
                organizations.is_empty(),
                &mut findings,
            )
            .await;
            writes::writes(&client, &sample, scoped, probe_writes, &mut findings).await;
        }
    }
    findings.push(directory::directory(settings, &client, scim, &key).await);
    if let Some(after) = line.after {
        after()?;
    }
    Ok(Checkup { findings })
}

/// What there is to ask, and whom.
struct Reached {
    access: Access,
    line: Line,
    organization: Option<String>,
    key: SecretString,
}

/// The vendor, or the recording of it; nothing without a key.
fn reached(settings: &Settings) -> Result<Option<Reached>> {
    if let Some(dir) = settings.replay() {
        let (line, organization) = Line::replay(settings, dir)?;
        return Ok(Some(Reached {
            access: Access::to_recording(organization.clone())?,
            line,
            organization: Some(organization.to_string()),
            key: "-".into(),
        }));
    }
    let Some(key) = settings.secret(ACCESS_TOKEN) else {
        return Ok(None);
    };
    let organization = settings.text(ORGANIZATION_ID);
    let access = Access {
        key: key.expose_secret().to_owned().into(),
        organization: match organization {
            Some(id) => OrgId::parse(id).map_err(|error| wrong(settings, ORGANIZATION_ID, &error))?,
            None => OrgId::from_vendor("-"),
        },
        base: crate::base_address(settings.text(BASE_URL).unwrap_or(atlassian_admin::BASE_URL))
            .map_err(|error| wrong(settings, BASE_URL, &format!("it is no address ({error})")))?,
    };
    Ok(Some(Reached {
        line: Line::live(settings, IN_FLIGHT, &access.organization)?,
        access,
        organization: organization.map(ToOwned::to_owned),
        key: key.clone(),
    }))
}

fn organization_of(id: Option<&str>) -> OrgId {
    OrgId::from_vendor(id.unwrap_or("-"))
}

fn wrong(settings: &Settings, setting: &str, error: &dyn std::fmt::Display) -> Error {
    Error::configuration(format!("{}: {error}", settings.shown(setting)))
}
