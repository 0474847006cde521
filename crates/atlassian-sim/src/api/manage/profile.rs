//! The profile and the address of an account.

use super::{SCIM_REASON, body, check_domain, managed, provisioned, violation};
use crate::model::profile::Field;
use crate::model::{Change, Model};
use crate::server::{Draft, View};
use crate::wire::{Answer, Call, Outcome, Refusal};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(sim.model(), sim.switches(), call)?;
    Ok(answer(sim.model(), account))
}

fn answer(model: &Model, account: u32) -> Answer {
    let field = |field| model.field(account, field);
    let mut profile = json!({
        "account_id": model.account_id(account),
        "account_type": model.account_type(account),
        "account_status": model.managed_status(account),
        "name": field(Field::Name),
        "nickname": field(Field::Nickname),
        "email": model.address(account),
        "email_verified": true,
        "picture": format!("https://avatars.example.net/{account}.png"),
        "characteristics": { "not_mentionable": null },
        "extended_profile": {},
        "privacy_settings": {},
    });
    for (key, value) in [
        ("zoneinfo", field(Field::TimeZone)),
        ("locale", field(Field::Locale)),
    ] {
        if let Some(value) = value {
            profile[key] = json!(value);
        }
    }
    for (key, value) in [
        ("job_title", field(Field::JobTitle)),
        ("department", field(Field::Department)),
        ("organization", field(Field::Organization)),
        ("location", field(Field::Location)),
    ] {
        if let Some(value) = value {
            profile["extended_profile"][key] = json!(value);
        }
    }
    Answer::value(StatusCode::OK, &json!({ "account": profile }))
}

/// Changes what is given and leaves the rest. Nothing is changed when one field cannot be.
pub(super) fn patch(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(draft.model(), draft.switches(), call)?;
    let changes = read(&body(call)?)?;
    let renames = changes.iter().any(|(field, _)| *field == Field::Name);
    if renames && draft.model().is_provisioned(account) {
        return Err(Refusal::management(
            StatusCode::FORBIDDEN,
            "forbidden.fieldMutation",
            "Fields cannot be changed",
        )
        .context(json!({ "name": { "allowed": false, "reason": { "key": SCIM_REASON } } })));
    }
    for (field, value) in changes {
        let value = Some(value);
        draft.make(Change::Field {
            account,
            field,
            value,
        });
    }
    Ok(answer(draft.model(), account))
}

/// The fields of a change, checked.
fn read(change: &Map<String, Value>) -> Result<Vec<(Field, String)>, Refusal> {
    let mut fields = Vec::new();
    for (key, value) in change {
        match (key.as_str(), value) {
            ("extended_profile", Value::Object(extended)) => {
                for (key, value) in extended {
                    let field = match key.as_str() {
                        "job_title" => Field::JobTitle,
                        "department" => Field::Department,
                        "organization" => Field::Organization,
                        "location" => Field::Location,
                        _ => return Err(violation(&format!("extended_profile.{key}"), "unknown")),
                    };
                    fields.push((field, text(key, value, 0, 100)?));
                }
            }
            ("name", value) => fields.push((Field::Name, text(key, value, 1, 100)?)),
            ("nickname", value) => fields.push((Field::Nickname, text(key, value, 1, 30)?)),
            ("zoneinfo", value) => fields.push((Field::TimeZone, text(key, value, 1, 100)?)),
            ("locale", value) => fields.push((Field::Locale, text(key, value, 1, 35)?)),
            _ => return Err(violation(key, "unknown")),
        }
    }
    Ok(fields)
}

fn text(field: &str, value: &Value, least: usize, most: usize) -> Result<String, Refusal> {
    let text = value.as_str().ok_or_else(|| violation(field, "type"))?;
    let length = text.chars().count();
    if length < least || length > most {
        return Err(violation(field, "length"));
    }
    if text.chars().any(char::is_control) {
        return Err(violation(field, "controlCharacters"));
    }
    Ok(text.to_owned())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Email {
    email: String,
}

/// Sets the address, which counts as confirmed at once.
pub(super) fn set_email(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(draft.model(), draft.switches(), call)?;
    let Email { email } = body(call)?;
    let whole = email
        .split_once('@')
        .is_some_and(|(mailbox, domain)| !mailbox.is_empty() && domain.contains('.'));
    if !whole || email.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(violation("email", "format"));
    }
    if draft.model().is_provisioned(account) {
        return Err(provisioned());
    }
    check_domain(draft.model(), draft.switches(), &email)?;
    let owner = draft.model().find_address(&email);
    if owner.is_some_and(|owner| owner != account) {
        return Err(violation("email", "taken"));
    }
    draft.make(Change::Field {
        account,
        field: Field::Email,
        value: Some(email),
    });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
