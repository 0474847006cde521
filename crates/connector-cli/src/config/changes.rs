//! The settings of changes, and which change they ask for.

use super::setting::{Group, Setting};
use super::settings::Settings;
use super::shared::{of, switch};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_proto::connector::v2::ConnectorAccountCreationSchema;
use connector_runtime::change::Change;
use connector_sdk::{FieldKind, ResourceKey};
use serde_json::{Map, Value};

/// Names of the settings.
pub(crate) mod name {
    pub(crate) const GRANT_ENTITLEMENT: &str = "grant-entitlement";
    pub(crate) const GRANT_PRINCIPAL: &str = "grant-principal";
    pub(crate) const GRANT_PRINCIPAL_TYPE: &str = "grant-principal-type";
    pub(crate) const REVOKE_GRANT: &str = "revoke-grant";
    pub(crate) const CREATE_LOGIN: &str = "create-account-login";
    pub(crate) const CREATE_EMAIL: &str = "create-account-email";
    pub(crate) const CREATE_PROFILE: &str = "create-account-profile";
    pub(crate) const CREATE_TYPE: &str = "create-account-resource-type";
    pub(crate) const DELETE: &str = "delete-resource";
    pub(crate) const DELETE_TYPE: &str = "delete-resource-type";
    pub(crate) const INVOKE: &str = "invoke-action";
    pub(crate) const INVOKE_ARGUMENTS: &str = "invoke-action-args";
    pub(crate) const LIST_ACTIONS: &str = "list-action-schemas";
    pub(crate) const DRY_RUN: &str = "dry-run";
    pub(crate) const VERIFY: &str = "verify";
    pub(crate) const AUDIT_LOG: &str = "audit-log";
}

/// What a run is to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mode {
    /// No change is asked for: sync.
    Sync,
    /// Carry this change out.
    Change(Change),
    /// Say which actions there are.
    ListActions,
}

/// Every setting of changes. Those that ask for one cannot stand in a file, where they would be forgotten.
pub(crate) fn settings() -> Vec<Setting> {
    let text = |name, title, about, word| {
        of(Group::Change, name, title, about, FieldKind::Text(None))
            .value_word(word)
            .not_in_file()
    };
    vec![
        text(
            name::GRANT_ENTITLEMENT,
            "Entitlement to grant",
            "Grant this entitlement (its id in the artifact at --file) …",
            "ID",
        ),
        text(name::GRANT_PRINCIPAL, "Principal", "… to this principal …", "ID"),
        text(
            name::GRANT_PRINCIPAL_TYPE,
            "Type of the principal",
            "… of this resource type",
            "TYPE",
        ),
        text(
            name::REVOKE_GRANT,
            "Grant to revoke",
            "Revoke this grant (its id in the artifact at --file)",
            "ID",
        ),
        text(
            name::CREATE_PROFILE,
            "Profile",
            "Create an account from this profile, a JSON object",
            "JSON",
        ),
        text(
            name::CREATE_LOGIN,
            "Login",
            "Create an account with this login; with a profile it fills in what that lacks",
            "LOGIN",
        ),
        text(
            name::CREATE_EMAIL,
            "Email",
            "Create an account with this address; with a profile it fills in what that lacks",
            "EMAIL",
        ),
        text(
            name::CREATE_TYPE,
            "Type of the account",
            "The resource type of the new account, where there are several",
            "TYPE",
        ),
        text(name::DELETE, "Resource to delete", "Delete this resource …", "ID"),
        text(
            name::DELETE_TYPE,
            "Type of the resource",
            "… of this resource type",
            "TYPE",
        ),
        text(name::INVOKE, "Action", "Invoke this action", "NAME"),
        text(
            name::INVOKE_ARGUMENTS,
            "Arguments",
            "Its arguments, a JSON object",
            "JSON",
        ),
        switch(
            Group::Change,
            name::LIST_ACTIONS,
            "List actions",
            "Print the actions with what they take; no key is needed",
        )
        .not_in_file(),
        switch(
            Group::Change,
            name::DRY_RUN,
            "Dry run",
            "Read the state and print what would be sent, but change nothing",
        )
        .not_in_file(),
        switch(
            Group::Change,
            name::VERIFY,
            "Verify",
            "After a change, read until it shows",
        ),
        of(
            Group::Change,
            name::AUDIT_LOG,
            "Audit log",
            "Add every change to this file, before and after it is made, as lines of JSON",
            FieldKind::Text(None),
        )
        .value_word("PATH"),
    ]
}

/// The flags that belong to one change.
struct Asked {
    /// Those that all must be there.
    needed: &'static [&'static str],
    /// Those that may be there.
    further: &'static [&'static str],
}

const GRANT: Asked = Asked {
    needed: &[
        name::GRANT_ENTITLEMENT,
        name::GRANT_PRINCIPAL,
        name::GRANT_PRINCIPAL_TYPE,
    ],
    further: &[],
};
const REVOKE: Asked = Asked {
    needed: &[name::REVOKE_GRANT],
    further: &[],
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

/// What the connector creates accounts from, asked for only where it is needed.
type Schema<'a> = &'a dyn Fn() -> Option<ConnectorAccountCreationSchema>;

/// Which mode the settings ask for.
///
/// # Errors
/// [`Outcome::Configuration`] where only a part of what a change needs is given, where two changes are asked for, and
/// where a change is to be tried and none is asked for; [`Outcome::InvalidValue`] where a profile or arguments are no
/// JSON object.
pub(crate) fn mode(settings: &Settings, schema: Schema<'_>) -> Result<Mode> {
    let given = |name: &str| settings.text(name).is_some();
    let create = if given(name::CREATE_PROFILE) {
        CREATE
    } else {
        CREATE_PLAIN
    };
    let asked: Vec<(&Asked, &str)> = [&GRANT, &REVOKE, &create, &DELETE, &INVOKE]
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
    let Some((asked, by)) = asked.first() else {
        return match list {
            Some(_) => Ok(Mode::ListActions),
            None => sync(settings),
        };
    };
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
    change(settings, asked, schema).map(Mode::Change)
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

fn change(settings: &Settings, asked: &Asked, schema: Schema<'_>) -> Result<Change> {
    let text = |name: &str| settings.text(name).unwrap_or_default().to_owned();
    Ok(match asked.needed[0] {
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
    })
}

/// The profile, with login and address filled in where it lacks them.
fn profile(settings: &Settings, schema: Schema<'_>) -> Result<Map<String, Value>> {
    let mut profile = object(settings, name::CREATE_PROFILE)?;
    let schema = schema();
    for (setting, names) in [
        (
            name::CREATE_LOGIN,
            &["login", "userName", "username", "user_name"][..],
        ),
        (name::CREATE_EMAIL, &["email", "mail", "emailAddress"][..]),
    ] {
        let Some(value) = settings.text(setting) else {
            continue;
        };
        let has = |field: &&&str| {
            schema
                .as_ref()
                .is_some_and(|schema| schema.field_map.contains_key(**field))
        };
        let field = names.iter().find(has).unwrap_or(&names[0]);
        profile
            .entry(*field)
            .or_insert_with(|| Value::String(value.to_owned()));
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
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(wrong(format!("it is {}, not a JSON object", kind(&other)))),
        Err(error) => Err(wrong(format!(
            "it is no JSON (line {}, column {})",
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
