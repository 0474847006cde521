//! What the settings ask for: a sync, a change, or a list.

use super::changes::name;
use super::json::unique;
use super::resolve::another_change;
use super::settings::Settings;
use super::shared::name::TARGETS;
use crate::app::{App, Modes};
use crate::error::{Error, Result};
use crate::names::Wanted;
use crate::outcome::Outcome;
use connector_proto::connector::v2::ConnectorAccountCreationSchema;
use connector_runtime::change::{Change, name_account};
use connector_sdk::ResourceKey;
use serde_json::{Map, Value};

/// What a run is to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    /// No change is asked for: sync.
    Sync,
    /// Carry this change out.
    Change(Wanted),
    /// Say which actions there are.
    ListActions,
}

/// The flags that belong to one change.
struct Asked {
    /// Those that all must be there.
    needed: &'static [&'static str],
    /// Those that may be there.
    further: &'static [&'static str],
}

const GRANT: Asked = Asked {
    needed: &[name::GRANT_ENTITLEMENT, name::GRANT_PRINCIPAL],
    further: &[name::GRANT_PRINCIPAL_TYPE],
};
const REVOKE: Asked = Asked {
    needed: &[name::REVOKE_GRANT],
    further: &[],
};
const REVOKE_HELD: Asked = Asked {
    needed: &[name::REVOKE_ENTITLEMENT, name::REVOKE_PRINCIPAL],
    further: &[name::REVOKE_PRINCIPAL_TYPE],
};
const CREATE: Asked = Asked {
    needed: &[name::CREATE_PROFILE],
    further: &[name::CREATE_LOGIN, name::CREATE_EMAIL, name::CREATE_TYPE],
};
const CREATE_PLAIN: Asked = Asked {
    needed: &[name::CREATE_LOGIN, name::CREATE_EMAIL],
    further: &[name::CREATE_TYPE],
};
const DELETE: Asked = Asked {
    needed: &[name::DELETE, name::DELETE_TYPE],
    further: &[],
};
const INVOKE: Asked = Asked {
    needed: &[name::INVOKE],
    further: &[name::INVOKE_ARGUMENTS],
};

/// Which mode the settings ask for.
///
/// # Errors
/// [`Outcome::Configuration`] where only a part of what a change needs is given, where two changes are asked for, and
/// where a change is to be tried and none is asked for; [`Outcome::NotOffered`] where the program does not do what is asked
/// for; [`Outcome::InvalidValue`] where a profile or arguments are no
/// JSON object.
pub(crate) fn mode(app: &App, settings: &Settings) -> Result<Mode> {
    let given = |name: &str| settings.text(name).is_some();
    let create = if given(name::CREATE_PROFILE) {
        CREATE
    } else {
        CREATE_PLAIN
    };
    let asked: Vec<(&Asked, &str)> = [&GRANT, &REVOKE, &REVOKE_HELD, &create, &DELETE, &INVOKE]
        .into_iter()
        .filter_map(|asked| {
            let mut names = asked.needed.iter().chain(asked.further);
            names.find(|name| given(name)).map(|name| (asked, *name))
        })
        .collect();
    let list = settings.switch(name::LIST_ACTIONS).then_some(name::LIST_ACTIONS);
    let first: Vec<&str> = asked.iter().map(|(_, name)| *name).chain(list).collect();
    if let [one, another, ..] = first.as_slice() {
        return Err(Error::configuration(format!(
            "{} and {} ask for different things",
            settings.shown(one),
            settings.shown(another)
        ))
        .with_hint("Make one change after the other"));
    }
    let invokes = asked
        .first()
        .is_some_and(|(asked, _)| asked.needed == INVOKE.needed);
    match first.first() {
        None if matches!(app.modes, Modes::Changes | Modes::Actions) => {
            return Err(Error::configuration("nothing is asked for")
                .with_hint(format!("{} --help lists the commands", app.name)));
        }
        Some(by) => done_here(app, &settings.shown(by), invokes || list.is_some())?,
        None => {}
    }
    let Some((asked, by)) = asked.first() else {
        return match list {
            Some(_) => Ok(Mode::ListActions),
            None => sync(settings),
        };
    };
    in_one_place(settings, asked)?;
    let missing: Vec<String> = asked
        .needed
        .iter()
        .filter(|name| !given(name))
        .map(|name| format!("--{name}"))
        .collect();
    if !missing.is_empty() {
        let also = match asked.needed == CREATE_PLAIN.needed {
            true => format!(", or --{}", name::CREATE_PROFILE),
            false => String::new(),
        };
        return Err(Error::configuration(format!(
            "{} is given without {}",
            settings.shown(by),
            missing.join(" and ")
        ))
        .with_hint(format!("Add {}{also}", missing.join(" and "))));
    }
    change(settings, asked, app.spec.account_schema.as_ref()).map(Mode::Change)
}

/// What asks for one change, list or partial sync, if anything does.
pub(crate) fn asks_for_one_run(settings: &Settings) -> Option<&'static str> {
    let changes = [
        &GRANT,
        &REVOKE,
        &REVOKE_HELD,
        &CREATE,
        &CREATE_PLAIN,
        &DELETE,
        &INVOKE,
    ];
    let mut names = changes
        .iter()
        .flat_map(|asked| asked.needed.iter().chain(asked.further));
    let change = names.find(|name| settings.text(name).is_some()).copied();
    change
        .or_else(|| settings.switch(name::LIST_ACTIONS).then_some(name::LIST_ACTIONS))
        .or_else(|| settings.list(TARGETS).map(|_| TARGETS))
}

/// That the program does what `by` asks for, which is about actions or another change.
fn done_here(app: &App, by: &str, actions: bool) -> Result<()> {
    let does = match (app.modes, actions) {
        (Modes::All, _) | (Modes::Changes, false) | (Modes::Actions, true) => return Ok(()),
        (Modes::Sync, _) => "syncs",
        (Modes::Changes, true) => "makes changes, and no actions",
        (Modes::Actions, false) => "lists and invokes actions",
    };
    Err(
        Error::new(Outcome::NotOffered, format!("{by}: {} only {does}", app.name))
            .with_hint("Leave the setting out, or use the program that does it"),
    )
}

/// A sync, unless it is to be tried as only a change can be.
fn sync(settings: &Settings) -> Result<Mode> {
    match [name::DRY_RUN].into_iter().find(|name| settings.switch(name)) {
        None => Ok(Mode::Sync),
        Some(name) => Err(Error::configuration(format!(
            "{} is given, but no change is asked for",
            settings.shown(name)
        ))
        .with_hint("A sync changes nothing at the vendor and needs no such setting")),
    }
}

/// That a change is not put together from the command line and the environment: a variable that was left behind belongs to
/// another one.
fn in_one_place(settings: &Settings, asked: &Asked) -> Result<()> {
    let parts = asked.needed.iter().chain(asked.further);
    let given: Vec<&str> = parts
        .copied()
        .filter(|name| settings.text(name).is_some())
        .collect();
    let mut pairs = given
        .iter()
        .flat_map(|one| given.iter().map(move |other| (*one, *other)));
    match pairs.find(|(one, other)| settings.are_set_apart(one, other)) {
        None => Ok(()),
        Some((one, other)) => Err(another_change(&settings.shown(one), &settings.shown(other))),
    }
}

fn change(
    settings: &Settings,
    asked: &Asked,
    schema: Option<&ConnectorAccountCreationSchema>,
) -> Result<Wanted> {
    let text = |name: &str| settings.text(name).unwrap_or_default().to_owned();
    let change = match asked.needed[0] {
        name::REVOKE_ENTITLEMENT => {
            return Ok(Wanted::RevokeHeld {
                entitlement: text(name::REVOKE_ENTITLEMENT),
                principal: ResourceKey::new(text(name::REVOKE_PRINCIPAL_TYPE), text(name::REVOKE_PRINCIPAL)),
            });
        }
        name::GRANT_ENTITLEMENT => Change::Grant {
            entitlement_id: text(name::GRANT_ENTITLEMENT),
            principal: ResourceKey::new(text(name::GRANT_PRINCIPAL_TYPE), text(name::GRANT_PRINCIPAL)),
        },
        name::REVOKE_GRANT => Change::Revoke {
            grant_id: text(name::REVOKE_GRANT),
        },
        name::DELETE => Change::Delete {
            resource: ResourceKey::new(text(name::DELETE_TYPE), text(name::DELETE)),
        },
        name::INVOKE => Change::Invoke {
            action: text(name::INVOKE),
            arguments: object(settings, name::INVOKE_ARGUMENTS)?,
        },
        _ => Change::CreateAccount {
            profile: profile(settings, schema)?,
            resource_type: settings.text(name::CREATE_TYPE).map(ToOwned::to_owned),
        },
    };
    Ok(Wanted::Change(change))
}

/// The profile, with login and address filled in where it lacks them.
fn profile(
    settings: &Settings,
    schema: Option<&ConnectorAccountCreationSchema>,
) -> Result<Map<String, Value>> {
    let mut profile = object(settings, name::CREATE_PROFILE)?;
    for one in [name::CREATE_LOGIN, name::CREATE_EMAIL] {
        let value = |name: &str| settings.text(name).filter(|_| name == one);
        let mut named = Map::new();
        name_account(
            &mut named,
            schema,
            value(name::CREATE_LOGIN),
            value(name::CREATE_EMAIL),
        );
        for (member, value) in named {
            let stated = profile.entry(member).or_insert_with(|| value.clone());
            if *stated != value {
                return Err(Error::configuration(format!(
                    "{} and {} name different accounts",
                    settings.shown(name::CREATE_PROFILE),
                    settings.shown(one)
                ))
                .with_hint("Leave one of them out, or give both the same value"));
            }
        }
    }
    Ok(profile)
}

/// A JSON object; none at all is an empty one. What is wrong is told without the text, which may hold a secret.
fn object(settings: &Settings, name: &str) -> Result<Map<String, Value>> {
    let Some(text) = settings.text(name) else {
        return Ok(Map::new());
    };
    let wrong = |what: String| {
        let message = format!("{}: {what}", settings.shown(name));
        Error::new(Outcome::InvalidValue, message)
            .with_hint(r#"Write an object in quotes of the shell: '{"name": "value"}'"#)
    };
    match unique(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(wrong(format!("it is {}, not a JSON object", kind(&other)))),
        Err(error) if error.is_data() => Err(wrong(format!(
            "a member stands in it twice (line {}, column {})",
            error.line(),
            error.column()
        ))),
        Err(error) => Err(wrong(format!(
            "it is not JSON (line {}, column {})",
            error.line(),
            error.column()
        ))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
