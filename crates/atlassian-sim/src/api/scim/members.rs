//! Members of SCIM groups: named by record, kept by account.

use super::account::enter;
use super::invalid;
use super::patch::{Kind, Operation, comparison};
use crate::model::{Change, Model};
use crate::server::Draft;
use crate::wire::Refusal;
use serde_json::Value;

/// What is wrong with a member.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It is not an object with a text `value`.
    Shape,
    /// No record of the directory that has an account.
    Unknown(String),
}

/// The accounts of a list of members.
pub(super) fn accounts(model: &Model, directory: u8, list: &[Value]) -> Result<Vec<u32>, Wrong> {
    list.iter()
        .map(|member| {
            let id = member["value"].as_str().ok_or(Wrong::Shape)?;
            account(model, directory, id).ok_or_else(|| Wrong::Unknown(id.to_owned()))
        })
        .collect()
}

fn account(model: &Model, directory: u8, id: &str) -> Option<u32> {
    model.linked_account(model.find_scim_user(directory, id)?)
}

/// Makes these accounts the members of a group.
pub(super) fn replace(draft: &mut Draft<'_>, directory: u8, group: u32, wanted: &[u32]) {
    for account in draft.model().members(group) {
        if !wanted.contains(&account) {
            draft.make(Change::Member {
                group,
                account,
                on: false,
            });
        }
    }
    for account in wanted.iter().copied() {
        enter(draft, account, directory);
        draft.make(Change::Member {
            group,
            account,
            on: true,
        });
    }
}

/// What one operation makes of the members of a group.
pub(super) fn patch(
    model: &Model,
    directory: u8,
    members: &mut Vec<u32>,
    operation: &Operation,
) -> Result<(), Refusal> {
    let path = operation.path.as_deref().unwrap_or_default();
    let refuse = |wrong| match wrong {
        Wrong::Shape => invalid("invalidValue", "Attribute [members] has an invalid value"),
        Wrong::Unknown(id) => invalid("invalidValue", format!("Member [{id}] does not exist")),
    };
    // `members[value eq "id"]`, as one identity provider removes them.
    if let Some(filter) = path
        .strip_prefix("members[")
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let wrong = || invalid("invalidPath", format!("Invalid path [{path}]"));
        let (attribute, id) = comparison(filter).ok_or_else(wrong)?;
        let id = id
            .as_str()
            .filter(|_| attribute == "value" && operation.kind == Kind::Remove);
        let gone = account(model, directory, id.ok_or_else(wrong)?);
        members.retain(|member| Some(*member) != gone);
        return Ok(());
    }
    let list = match &operation.value {
        None | Some(Value::Null) => None,
        Some(Value::Array(list)) => Some(list.clone()),
        Some(one @ Value::Object(_)) => Some(vec![one.clone()]),
        Some(_) => return Err(refuse(Wrong::Shape)),
    };
    match (operation.kind, list) {
        (Kind::Add, Some(list)) => members.extend(accounts(model, directory, &list).map_err(refuse)?),
        (Kind::Replace, Some(list)) => *members = accounts(model, directory, &list).map_err(refuse)?,
        // A list with the path, as the other one removes them. Whom nobody knows is no member.
        (Kind::Remove, Some(list)) => {
            for member in &list {
                let id = member["value"].as_str().ok_or_else(|| refuse(Wrong::Shape))?;
                let gone = account(model, directory, id);
                members.retain(|member| Some(*member) != gone);
            }
        }
        // Neither filter nor list: all of them (RFC 7644, section 3.5.2.2).
        (Kind::Remove, None) => members.clear(),
        (_, None) => return Err(invalid("invalidValue", "The operation has no value")),
    }
    Ok(())
}
