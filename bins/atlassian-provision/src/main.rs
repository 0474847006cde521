//! Makes one change in an Atlassian organization, and nothing else: the library calls of a change in a row.
//!
//! `baton-atlassian` is the program for operation, with configuration files, logs, JSON and documents.
#![forbid(unsafe_code)]

use atlassian_admin::{AdminClient, OrgId, http_builder};
use atlassian_connector::{AccountOptions, AtlassianConnector, Options};
use clap::{Args, Parser, Subcommand};
use connector_cli::{Error, given, run_short};
use connector_runtime::SystemClock;
use connector_runtime::change::{Change, ChangeOptions, change};
use connector_sdk::ResourceKey;
use http_kit::{ReqwestTransport, Secret};
use scim_client::{Profile, ScimClient};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use url::Url;

/// Makes one change in an Atlassian organization
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    how: How,
}

#[derive(Subcommand)]
enum What {
    /// Give a principal an entitlement, both by their ids in the artifact
    Grant {
        entitlement: String,
        principal: String,
        /// The resource type of the principal
        #[arg(long, default_value = "user")]
        principal_type: String,
    },
    /// Take a grant away, by its id in the artifact
    Revoke { grant: String },
    /// Create an account in the SCIM directory
    CreateAccount {
        email: String,
        /// The user name in the directory; the address unless told
        #[arg(long)]
        user_name: Option<String>,
        #[arg(long)]
        given_name: Option<String>,
        #[arg(long)]
        family_name: Option<String>,
    },
    /// Delete a managed account; it can be brought back for 14 days
    DeleteAccount { account: String },
}

#[derive(Args)]
struct How {
    /// An organization API key without scopes
    #[arg(long, env = "BATON_API_TOKEN", hide_env_values = true, global = true)]
    access_token: Option<String>,
    /// The organization that the key was made in
    #[arg(long, env = "BATON_ORG", global = true)]
    organization_id: Option<String>,
    /// The address of the administration APIs
    #[arg(long, default_value = atlassian_admin::BASE_URL, global = true)]
    base_url: Url,
    /// The key of the SCIM directory
    #[arg(long, env = "BATON_SCIM_TOKEN", hide_env_values = true, global = true)]
    scim_token: Option<String>,
    /// The address of the SCIM directory
    #[arg(long, env = "BATON_SCIM_BASE_URL", global = true)]
    scim_base_url: Option<Url>,
    /// The artifact in which ids are looked up
    #[arg(short, long, default_value = "sync.c1z", global = true)]
    file: PathBuf,
    /// Say what would be sent, but change nothing
    #[arg(long, global = true)]
    dry_run: bool,
    /// After the change, read until it shows
    #[arg(long, global = true)]
    verify: bool,
    /// Add the change to this file, before and after it is made
    #[arg(long, value_name = "PATH", global = true)]
    audit_log: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { what, how } = Arguments::parse();
    run_short("atlassian-provision", make(what, how))
}

async fn make(what: What, how: How) -> Result<String, Error> {
    let connector = connector(&how)?;
    let options = ChangeOptions {
        artifact: Some(how.file),
        dry_run: how.dry_run,
        verify: how.verify,
        audit: how.audit_log,
        ..ChangeOptions::new(
            whoami::username().unwrap_or_else(|_| "unknown user".to_owned()),
            Arc::new(SystemClock),
        )
    };
    let report = change(Arc::new(connector), wanted(what), options)
        .await
        .map_err(|error| Error::change(&error))?;
    let lines = std::iter::once(report.summary).chain(report.notes);
    Ok(lines.collect::<Vec<_>>().join("\n  "))
}

fn wanted(what: What) -> Change {
    match what {
        What::Grant {
            entitlement,
            principal,
            principal_type,
        } => Change::Grant {
            entitlement_id: entitlement,
            principal: ResourceKey::new(principal_type, principal),
        },
        What::Revoke { grant } => Change::Revoke { grant_id: grant },
        What::DeleteAccount { account } => Change::Delete {
            resource: ResourceKey::new("user", account),
        },
        What::CreateAccount {
            email,
            user_name,
            given_name,
            family_name,
        } => {
            let members = [
                ("userName", Some(user_name.unwrap_or_else(|| email.clone()))),
                ("email", Some(email)),
                ("givenName", given_name),
                ("familyName", family_name),
            ];
            let given = members
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            Change::CreateAccount {
                profile: given
                    .map(|(name, value)| (name.to_owned(), Value::String(value)))
                    .collect::<Map<_, _>>(),
                resource_type: None,
            }
        }
    }
}

fn connector(how: &How) -> Result<AtlassianConnector, Error> {
    let transport = Arc::new(
        ReqwestTransport::builder()
            .build()
            .map_err(|error| wrong(&error))?,
    );
    let key = given(how.access_token.as_deref(), "--access-token (BATON_API_TOKEN)")?;
    let organization = given(how.organization_id.as_deref(), "--organization-id (BATON_ORG)")?;
    let organization = OrgId::parse(organization).map_err(|error| wrong(&error))?;
    let http = http_builder(
        transport.clone(),
        how.base_url.clone(),
        Secret::from(key.to_owned()),
    )
    .build()
    .map_err(|error| wrong(&format!("cannot {error}")))?;
    let client = AdminClient::new(http, organization);
    let connector = AtlassianConnector::new(client, Options::default());
    let (Some(key), Some(address)) = (how.scim_token.clone(), how.scim_base_url.clone()) else {
        return Ok(connector);
    };
    let http = scim_client::http_builder(transport, address, Secret::from(key))
        .build()
        .map_err(|error| wrong(&format!("cannot {error}")))?;
    let scim = ScimClient::new(http, Profile::atlassian());
    Ok(connector.with_accounts(AccountOptions::in_directory(scim)))
}

fn wrong(error: &dyn Display) -> Error {
    Error::configuration(error.to_string())
}
