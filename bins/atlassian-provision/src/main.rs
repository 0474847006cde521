//! Makes one change in an Atlassian organization, and nothing else: `baton-atlassian` without its other modes, with commands
//! in place of flags.
#![forbid(unsafe_code)]

use clap::{Arg, ArgMatches, Command};
use connector_cli::{App, Modes, Verb};
use serde_json::{Map, Value};
use std::process::ExitCode;

/// The one type of accounts.
const ACCOUNT: &str = "user";

fn main() -> ExitCode {
    connector_cli::run(&App {
        name: env!("CARGO_PKG_NAME"),
        about: "Makes one change in an Atlassian organization",
        modes: Modes::Changes,
        doctor: false,
        verbs: vec![grant(), revoke(), create_account(), delete_account()],
        ..baton_atlassian::app()
    })
}

fn grant() -> Verb {
    let principal_type = Arg::new("principal type")
        .long("principal-type")
        .default_value(ACCOUNT);
    Verb {
        command: Command::new("grant")
            .about("Give a principal an entitlement, both by their ids in the artifact")
            .args([
                needed("entitlement", "The id of the entitlement"),
                needed("principal", "The id of who is to hold it"),
            ])
            .arg(principal_type.help("The resource type of the principal")),
        settings: |given| {
            Ok(vec![
                ("grant-entitlement", text(given, "entitlement")),
                ("grant-principal", text(given, "principal")),
                ("grant-principal-type", text(given, "principal type")),
            ])
        },
    }
}

fn revoke() -> Verb {
    Verb {
        command: Command::new("revoke")
            .about("Take a grant away, by its id in the artifact")
            .arg(needed("grant", "The id of the grant")),
        settings: |given| Ok(vec![("revoke-grant", text(given, "grant"))]),
    }
}

/// Arguments of `create-account`, with the members of the profile that they fill and their help.
const PROFILE: [(&str, &str, &str); 3] = [
    (
        "user-name",
        "userName",
        "The user name in the directory (default: the address)",
    ),
    ("given-name", "givenName", "The given name"),
    ("family-name", "familyName", "The family name"),
];

fn create_account() -> Verb {
    Verb {
        command: Command::new("create-account")
            .about("Create an account in the SCIM directory")
            .arg(needed("email", "The e-mail address of the person"))
            .args(PROFILE.map(|(name, _, help)| Arg::new(name).long(name).value_name("TEXT").help(help))),
        settings: |given| {
            let email = text(given, "email");
            let mut profile = Map::from_iter([
                ("userName".to_owned(), Value::from(email.as_str())),
                ("email".to_owned(), Value::from(email)),
            ]);
            for (name, member, _) in PROFILE {
                if let Some(value) = given.get_one::<String>(name) {
                    profile.insert(member.to_owned(), Value::from(value.as_str()));
                }
            }
            Ok(vec![(
                "create-account-profile",
                Value::Object(profile).to_string(),
            )])
        },
    }
}

fn delete_account() -> Verb {
    Verb {
        command: Command::new("delete-account")
            .about("Delete a managed account; it can be brought back for 14 days")
            .arg(needed("account", "The id of the account")),
        settings: |given| {
            Ok(vec![
                ("delete-resource", text(given, "account")),
                ("delete-resource-type", ACCOUNT.to_owned()),
            ])
        },
    }
}

fn needed(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).required(true).help(help)
}

/// An argument that is required or has a default.
fn text(given: &ArgMatches, name: &str) -> String {
    given.get_one::<String>(name).cloned().unwrap_or_default()
}
