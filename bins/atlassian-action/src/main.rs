//! Lists the actions of the Atlassian connector, or invokes one: the library calls of an action in a row.
//!
//! `baton-atlassian` is the program for operation, with configuration files, logs, an audit log and documents.
#![forbid(unsafe_code)]

use atlassian_admin::{AdminClient, OrgId, http_builder};
use atlassian_connector::{AtlassianConnector, Options};
use clap::{Args, Parser, Subcommand};
use connector_cli::{Error, given, run_short};
use connector_runtime::SystemClock;
use connector_runtime::change::{Change, ChangeOptions, action_schemas, change, to_json};
use http_kit::{ReqwestTransport, Secret};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::process::ExitCode;
use std::sync::Arc;
use url::Url;

/// Lists the actions of the Atlassian connector, or invokes one
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
    /// Print the actions with what they take
    List,
    /// Invoke an action
    Invoke {
        action: String,
        /// Its arguments, each as name=value; a value that is JSON is taken as such
        #[arg(value_parser = argument)]
        arguments: Vec<(String, Value)>,
        /// Say what would be sent, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
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
}

/// A text stays a text, unless it is a list, an object, a number, true or false.
fn argument(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "it must be name=value".to_owned())?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

fn main() -> ExitCode {
    let Arguments { what, how } = Arguments::parse();
    run_short("atlassian-action", run(what, &how))
}

async fn run(what: What, how: &How) -> Result<String, Error> {
    match what {
        What::List => {
            // Nothing is sent, and to an address that needs no certificates.
            let nowhere = Url::parse("http://127.0.0.1").map_err(|error| wrong(&error))?;
            Ok(listed(&connector(
                "-",
                "00000000-0000-4000-8000-000000000000",
                nowhere,
            )?))
        }
        What::Invoke {
            action,
            arguments,
            dry_run,
        } => {
            let key = given(how.access_token.as_deref(), "--access-token (BATON_API_TOKEN)")?;
            let organization = given(how.organization_id.as_deref(), "--organization-id (BATON_ORG)")?;
            let arguments = each_once(arguments)?;
            let connector = connector(key, organization, how.base_url.clone())?;
            let actor = whoami::username().unwrap_or_else(|_| "unknown user".to_owned());
            let options = ChangeOptions {
                dry_run,
                ..ChangeOptions::new(actor, Arc::new(SystemClock))
            };
            let invoke = Change::Invoke { action, arguments };
            let report = change(Arc::new(connector), invoke, options)
                .await
                .map_err(|error| Error::change(&error))?;
            let mut lines = vec![report.summary];
            lines.extend(report.notes);
            lines.extend(
                report
                    .response
                    .map(|answer| Value::Object(to_json(&answer)).to_string()),
            );
            Ok(lines.join("\n"))
        }
    }
}

fn listed(connector: &AtlassianConnector) -> String {
    let actions = action_schemas(connector).into_iter().map(|schema| {
        let arguments = schema.arguments.iter().map(|field| match field.is_required {
            true => format!(" {}=…", field.name),
            false => format!(" [{}=…]", field.name),
        });
        format!(
            "{}{}\n  {}",
            schema.name,
            arguments.collect::<String>(),
            schema.description
        )
    });
    actions.collect::<Vec<_>>().join("\n")
}

fn connector(key: &str, organization: &str, base_url: Url) -> Result<AtlassianConnector, Error> {
    let transport = ReqwestTransport::builder()
        .build()
        .map_err(|error| wrong(&error))?;
    let http = http_builder(Arc::new(transport), base_url, Secret::from(key.to_owned()))
        .build()
        .map_err(|error| wrong(&format!("cannot {error}")))?;
    let organization = OrgId::parse(organization).map_err(|error| wrong(&error))?;
    Ok(AtlassianConnector::new(
        AdminClient::new(http, organization),
        Options::default(),
    ))
}

/// The arguments, of which none may be given twice: one of the two would be dropped.
fn each_once(given: Vec<(String, Value)>) -> Result<Map<String, Value>, Error> {
    let mut arguments = Map::new();
    for (name, value) in given {
        if arguments.contains_key(&name) {
            return Err(wrong(&format!("the argument {name} is given twice")));
        }
        arguments.insert(name, value);
    }
    Ok(arguments)
}

fn wrong(error: &dyn Display) -> Error {
    Error::configuration(error.to_string())
}
