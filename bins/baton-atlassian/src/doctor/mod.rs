//! The command `doctor`: what works with this key, this organization and this machine, what does not, and what only a
//! change could tell. Nothing is changed; with `--probe-writes` there are writes that the vendor has to refuse.

mod directory;
mod finding;
mod key;
mod reads;
mod surroundings;
mod writes;

use crate::line::Line;
use crate::{KEY_OF_RECORDINGS, in_flight, unusable, wrong};
use atlassian_admin::OrgId;
use atlassian_connector::{ACCESS_TOKEN, BASE_URL, ORGANIZATION_ID, SCIM_BASE_URL, SCIM_TOKEN};
use connector_cli::{Checkup, Finding, Outcome, Result, Settings, Verdict};
use http_kit::{RetryPolicy, Secret};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use surroundings::Watch;
use url::Url;

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
    let base = access.base.clone();
    let builder = crate::builder(settings, &line, access.key, organization_of(organization))
        .base_url(base.clone())
        .retry(PATIENCE);
    let client = builder
        .organization_client(Arc::clone(&line.transport))
        .map_err(|error| unusable(settings, ACCESS_TOKEN, BASE_URL, &error))?;
    let scim = crate::directory::named(builder, settings).and_then(|builder| {
        let made = builder.directory_client(Arc::clone(&line.transport));
        made.map_err(|error| unusable(settings, SCIM_TOKEN, SCIM_BASE_URL, &error))
    });

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

/// What opens the vendor, and where it is.
struct Access {
    key: Secret,
    base: Url,
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
        let (line, recorded) = Line::replay(settings, dir)?;
        let organization = recorded.organization;
        return Ok(Some(Reached {
            access: Access {
                key: KEY_OF_RECORDINGS.to_owned().into(),
                base: Url::parse(atlassian_admin::BASE_URL)
                    .map_err(|error| wrong(settings, BASE_URL, &error))?,
            },
            line,
            organization: Some(organization.to_string()),
            key: "-".into(),
        }));
    }
    let Some(key) = settings.secret(ACCESS_TOKEN) else {
        return Ok(None);
    };
    let organization = settings.text(ORGANIZATION_ID);
    if let Some(id) = organization {
        OrgId::parse(id).map_err(|error| wrong(settings, ORGANIZATION_ID, &error))?;
    }
    Ok(Some(Reached {
        access: Access {
            key: key.expose_secret().to_owned().into(),
            base: crate::address::base(settings)?,
        },
        line: Line::live(
            settings,
            in_flight(settings),
            &organization_of(organization),
            settings.text(SCIM_BASE_URL),
        )?,
        organization: organization.map(ToOwned::to_owned),
        key: key.clone(),
    }))
}

fn organization_of(id: Option<&str>) -> OrgId {
    OrgId::from_vendor(id.unwrap_or("-"))
}
