//! Groups: listed, created, read, replaced, changed in part, deleted. In the organization they are read-only.

use super::listing::Listing;
use super::members::{self, Wrong};
use super::patch::{self, Kind, Operation};
use super::{body, directory_of, invalid, missing, resource, taken};
use crate::api::{on_get, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Change, Model, NewGroup};
use crate::server::{Draft, Sim, View};
use crate::wire::refusal::Envelope;
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) fn routes(base: &str) -> Router<Arc<Sim>> {
    Router::new()
        .route(
            &format!("{base}/Groups"),
            on_get(Endpoint::ScimGroupsList, list).merge(on_write(
                MethodFilter::POST,
                Endpoint::ScimGroupCreate,
                create,
            )),
        )
        .route(
            &format!("{base}/Groups/{{group}}"),
            on_get(Endpoint::ScimGroupGet, get)
                .merge(on_write(MethodFilter::PUT, Endpoint::ScimGroupReplace, replace))
                .merge(on_write(MethodFilter::PATCH, Endpoint::ScimGroupPatch, patch_one))
                .merge(on_write(MethodFilter::DELETE, Endpoint::ScimGroupDelete, delete)),
        )
}

fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let model = sim.model();
    let directory = directory_of(model, call)?;
    let asked = Listing::read(&call.query(), "GROUP", &["displayName"])?;
    let all: Vec<u32> = match &asked.filter {
        Some((_, name)) => model
            .scim_groups(directory)
            .filter(|group| model.group_name(*group).eq_ignore_ascii_case(name))
            .collect(),
        None => model.scim_groups(directory).collect(),
    };
    let rows = asked
        .page(all.iter())
        .into_iter()
        .map(|group| resource::group(model, *group))
        .collect();
    let page = resource::list(rows, all.len(), asked.start, asked.count);
    Ok(Answer::value(StatusCode::OK, &page))
}

fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (_, group) = group_of(sim.model(), call)?;
    Ok(Answer::value(
        StatusCode::OK,
        &resource::group(sim.model(), group),
    ))
}

fn group_of(model: &Model, call: &Call<'_>) -> Result<(u8, u32), Refusal> {
    let (directory, id) = (directory_of(model, call)?, call.part("group"));
    let group = model
        .find_scim_group(directory, id)
        .ok_or_else(|| missing("GROUP", id))?;
    Ok((directory, group))
}

/// The members of a body.
fn members_of(body: &Map<String, Value>) -> Result<&[Value], Refusal> {
    match body.get("members") {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(invalid(
            "invalidValue",
            "Attribute [members] has an invalid value",
        )),
    }
}

/// Creates a group. A name that any group of the directory has is taken.
fn create(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body = body(call)?;
    let model = draft.model();
    let directory = directory_of(model, call)?;
    let name = body
        .get("displayName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if name.trim().is_empty() {
        return Err(invalid("invalidValue", "Attribute [displayName] is required"));
    }
    let here = |group: &u32| model.group_directory(*group) == directory;
    if model.find_group_name(name).iter().any(here) {
        return Err(taken(format!(
            "Resource [GROUP]: with displayName[{name}] already exists."
        )));
    }
    let accounts = members::accounts(model, directory, members_of(&body)?).map_err(|wrong| match wrong {
        Wrong::Shape => invalid("invalidValue", "Attribute [members] has an invalid value"),
        Wrong::Unknown(id) => invalid("invalidValue", format!("Member [{id}] does not exist")),
    })?;
    let group = model.group_places();
    let new = NewGroup {
        name: name.to_owned(),
        description: None,
        directory,
        synced: true,
        added: draft.now(),
    };
    draft.make(Change::Group {
        group,
        new: Arc::new(new),
    });
    members::replace(draft, directory, group, &accounts);
    Ok(Answer::value(
        StatusCode::CREATED,
        &resource::group(draft.model(), group),
    ))
}

/// Replaces the members of a group. A member that nobody knows is refused in another form than everything else.
fn replace(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let (directory, group) = group_of(draft.model(), call)?;
    let body = body(call)?;
    check_name(draft.model(), group, body.get("displayName"))?;
    let accounts = members::accounts(draft.model(), directory, members_of(&body)?).map_err(|wrong| {
        let detail = match wrong {
            Wrong::Shape => "Attribute [members] has an invalid value".to_owned(),
            Wrong::Unknown(id) => format!("Member [{id}] does not exist"),
        };
        invalid("invalidValue", detail).envelope(Envelope::ScimException)
    })?;
    members::replace(draft, directory, group, &accounts);
    Ok(changed(draft, group))
}

/// A name stays what it is.
fn check_name(model: &Model, group: u32, name: Option<&Value>) -> Result<(), Refusal> {
    match name {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(name)) if *name == model.group_name(group) => Ok(()),
        Some(_) => Err(invalid("mutability", "Attribute [displayName] is immutable")),
    }
}

/// Changes a group in part: all operations, or none of them.
fn patch_one(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let (directory, group) = group_of(model, call)?;
    let mut accounts = model.members(group);
    for operation in patch::operations(&body(call)?)? {
        match (operation.path.as_deref(), &operation.value) {
            (Some(path), _) if path == "members" || path.starts_with("members[") => {
                members::patch(model, directory, &mut accounts, &operation)?;
            }
            (Some(path), value) if path.eq_ignore_ascii_case("displayName") => {
                if operation.kind == Kind::Remove {
                    return Err(invalid("mutability", "Attribute [displayName] is immutable"));
                }
                check_name(model, group, value.as_ref())?;
            }
            (None, Some(Value::Object(given))) if operation.kind != Kind::Remove => {
                check_name(model, group, given.get("displayName"))?;
                if let Some(list) = given.get("members") {
                    let inner = Operation {
                        kind: operation.kind,
                        path: Some("members".to_owned()),
                        value: Some(list.clone()),
                    };
                    members::patch(model, directory, &mut accounts, &inner)?;
                }
            }
            (Some(path), _) => return Err(invalid("invalidPath", format!("Invalid path [{path}]"))),
            (None, _) => return Err(invalid("noTarget", "The operation has no target")),
        }
    }
    members::replace(draft, directory, group, &accounts);
    Ok(changed(draft, group))
}

fn changed(draft: &mut Draft<'_>, group: u32) -> Answer {
    if draft.is_applied() {
        let at = draft.now();
        draft.make(Change::GroupModified { group, at });
    }
    Answer::value(StatusCode::OK, &resource::group(draft.model(), group))
}

fn delete(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let (_, group) = group_of(draft.model(), call)?;
    draft.make(Change::GroupGone { group });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
