//! Lists the actions of the Atlassian connector, or invokes one, and nothing else: `baton-atlassian` without its other
//! modes, with commands in place of flags.
#![forbid(unsafe_code)]

use clap::{Arg, Command};
use connector_cli::{App, Error, Modes, Result, Verb};
use serde_json::{Map, Value};
use std::process::ExitCode;

fn main() -> ExitCode {
    connector_cli::run(&App {
        name: env!("CARGO_PKG_NAME"),
        about: "Lists the actions of the Atlassian connector, or invokes one",
        modes: Modes::Actions,
        doctor: false,
        verbs: vec![list(), invoke()],
        ..baton_atlassian::app()
    })
}

fn list() -> Verb {
    Verb {
        command: Command::new("list").about("Print the actions with what they take; no key is needed"),
        settings: |_| Ok(vec![("list-action-schemas", "true".to_owned())]),
    }
}

fn invoke() -> Verb {
    let arguments = Arg::new("arguments")
        .value_name("NAME=VALUE")
        .num_args(0..)
        .help("Its arguments; a value that is JSON is taken as such");
    Verb {
        command: Command::new("invoke")
            .about("Invoke an action")
            .arg(
                Arg::new("action")
                    .required(true)
                    .help("Its name, as list prints it"),
            )
            .arg(arguments),
        settings: |given| {
            let action = given.get_one::<String>("action").cloned().unwrap_or_default();
            let arguments = given.get_many::<String>("arguments").unwrap_or_default();
            Ok(vec![
                ("invoke-action", action),
                ("invoke-action-args", object(arguments)?.to_string()),
            ])
        },
    }
}

/// The arguments, of which none may be given twice: one of the two would be dropped.
fn object<'a>(arguments: impl Iterator<Item = &'a String>) -> Result<Value> {
    let mut object = Map::new();
    for (at, argument) in arguments.enumerate() {
        // The argument itself may be a secret.
        let Some((name, value)) = argument.split_once('=') else {
            return Err(Error::configuration(format!(
                "argument {} of the action is not NAME=VALUE",
                at + 1
            )));
        };
        // A text stays a text, unless it is a list, an object, a number, true or false.
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        if object.insert(name.to_owned(), value).is_some() {
            return Err(Error::configuration(format!(
                "the argument {name} is given twice"
            )));
        }
    }
    Ok(Value::Object(object))
}
