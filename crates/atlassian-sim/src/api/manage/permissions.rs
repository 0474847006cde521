//! What the organization may do to an account.

use super::{SCIM_REASON, managed};
use crate::server::View;
use crate::wire::{Answer, Call, Outcome, Refusal};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// The privileges that can be asked for.
const PRIVILEGES: [&str; 8] = [
    "profile",
    "profile.write",
    "profile.read",
    "email.set",
    "lifecycle.enablement",
    "lifecycle.delete",
    "apiToken.read",
    "apiToken.delete",
];

/// Privileges that are answered unasked, although none of the documentation has them.
const MORE: [&str; 2] = ["linkedAccounts.read", "session.read"];

/// The fields of a profile that can be written.
pub(super) const FIELDS: [&str; 8] = [
    "name",
    "nickname",
    "zoneinfo",
    "locale",
    "extended_profile.job_title",
    "extended_profile.department",
    "extended_profile.organization",
    "extended_profile.location",
];

/// All privileges, or those asked for. An identity provider keeps the name, the address and the activation to itself.
pub(super) fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(sim.model(), sim.switches(), call)?;
    let query = call.query();
    let asked = query.all("privileges");
    if let Some(odd) = asked
        .iter()
        .flatten()
        .find(|privilege| !PRIVILEGES.contains(&privilege.as_str()))
    {
        return Err(Refusal::management(
            StatusCode::BAD_REQUEST,
            "fieldConstraintsViolated",
            &format!("privileges does not know {odd}"),
        ));
    }
    let wanted = |name: &str| {
        asked
            .as_ref()
            .is_none_or(|asked| asked.iter().any(|one| one == name))
    };
    let locked = sim.model().is_provisioned(account);
    let permission = |locked: bool| {
        if locked {
            json!({ "allowed": false, "reason": { "key": SCIM_REASON } })
        } else {
            json!({ "allowed": true })
        }
    };
    let mut all = Map::new();
    for name in PRIVILEGES.into_iter().filter(|name| wanted(name)) {
        let value = match name {
            "profile" | "profile.write" => FIELDS
                .into_iter()
                .map(|field| (field.to_owned(), permission(locked && field == "name")))
                .collect::<Map<_, _>>()
                .into(),
            "email.set" | "lifecycle.enablement" => permission(locked),
            _ => permission(false),
        };
        all.insert(name.to_owned(), value);
    }
    if asked.is_none() {
        all.extend(MORE.map(|name| (name.to_owned(), permission(false))));
    }
    Ok(Answer::value(StatusCode::OK, &Value::Object(all)))
}
