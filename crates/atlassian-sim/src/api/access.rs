//! Role assignments of an account (effective access) and of a group.

use super::role_filter::{RoleFilter, RolePage};
use super::{account_of, directory_of, on_get};
use crate::api::groups::group_of;
use crate::endpoint::Endpoint;
use crate::model::target::{ROLES, Role};
use crate::model::{Held, Methods, Model};
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Json, Outcome, Refusal};
use axum::Router;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v2/orgs/{org}/directories/{directory}";
    Router::new()
        .route(
            &format!("{base}/users/{{account}}/role-assignments"),
            on_get(Endpoint::UserRoles, of_user),
        )
        .route(
            &format!("{base}/groups/{{group}}/role-assignments"),
            on_get(Endpoint::GroupRoles, of_group),
        )
}

fn of_user(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    const LISTING: &str = "user-roles";
    let (model, account) = (sim.model(), account_of(sim, call)?);
    let directory = directory_of(sim, call)?;
    if !model.roles_readable(account) || !model.visible_in(account, directory) {
        return Err(Refusal::unknown("ADMIN-UAM-404-1", "user"));
    }
    let page = RolePage::read(sim, call, LISTING)?;
    let held = model.held(account);
    let in_path = |held: &Held| {
        directory.is_none_or(|wanted| held.directory.is_none_or(|(directory, _)| directory == wanted))
    };
    let passing: Vec<&Held> = held
        .iter()
        .filter(|held| in_path(held) && passes(model, &page.filter, held))
        .collect();
    let splits = model.splits_pages(account);
    let rows = rows(&passing, splits);
    let room = if splits { 1 } else { page.limit as usize };
    let at = page.place.at as usize;
    let mut json = Json::with_capacity(passing.len() * 320 + 128);
    json.object(|json| {
        json.key("data").array(|json| {
            for row in rows.iter().skip(at).take(room) {
                write_user_row(json, model, row);
            }
        });
        let next = (rows.len() > at + room).then(|| page.place.at + u32::try_from(room).unwrap_or(1));
        page.write_links(json, sim, LISTING, next);
    });
    Ok(Answer::ok(json))
}

fn passes(model: &Model, filter: &RoleFilter, held: &Held) -> bool {
    let directory = held
        .directory
        .map(|(directory, _)| &model.directories[usize::from(directory)].id);
    let wanted = |ids: &Vec<String>| directory.is_some_and(|directory| ids.contains(directory));
    filter.directories.as_ref().is_none_or(wanted) && filter.passes(model.target(held.target), held.role)
}

/// Rows have one target and directory each, unless they are split to one role each.
fn rows<'a>(held: &[&'a Held], splits: bool) -> Vec<Vec<&'a Held>> {
    let mut rows: Vec<Vec<&Held>> = Vec::with_capacity(held.len());
    for one in held {
        let same = |row: &&mut Vec<&Held>| row[0].target == one.target && row[0].directory == one.directory;
        match rows.iter_mut().find(same) {
            Some(row) => row.push(one),
            None => rows.push(vec![one]),
        }
    }
    if splits {
        rows.into_iter().flatten().map(|one| vec![one]).collect()
    } else {
        rows
    }
}

fn write_user_row(json: &mut Json, model: &Model, row: &[&Held]) {
    let target = model.target(row[0].target);
    json.object(|json| {
        json.key("resourceId").text(&target.ari);
        json.key("resourceOwner").text(target.owner);
        json.key("roles")
            .array(|json| row.iter().for_each(|held| json.text(word(held.role))));
        if row.iter().any(|held| held.methods != Methods::UNSTATED) {
            json.key("roleAssignments").array(|json| {
                for held in row {
                    json.object(|json| {
                        json.key("role").text(word(held.role));
                        json.key("roleAssignmentMethods").array(|json| {
                            held.methods.words().for_each(|method| json.text(method));
                        });
                    });
                }
            });
        }
        let directory = row[0].directory;
        let id = directory.map(|(directory, _)| model.directories[usize::from(directory)].id.as_str());
        json.key("directoryId").text_or_null(id);
        json.key("userDirectoryStatus")
            .text_or_null(directory.map(|(_, status)| status.word()));
    });
}

fn word(role: Role) -> &'static str {
    ROLES[usize::from(role)]
}

fn of_group(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    const LISTING: &str = "group-roles";
    let (model, group) = (sim.model(), group_of(sim, call)?);
    let page = RolePage::read(sim, call, LISTING)?;
    let home = &model.directories[usize::from(model.group_directory(group))].id;
    let here = page
        .filter
        .directories
        .as_ref()
        .is_none_or(|ids| ids.contains(home));
    let mut rows: Vec<(u32, Vec<Role>)> = Vec::new();
    for (target, role) in model.group_roles(group) {
        if here && page.filter.passes(model.target(target), role) {
            match rows.iter_mut().find(|row| row.0 == target) {
                Some(row) => row.1.push(role),
                None => rows.push((target, vec![role])),
            }
        }
    }
    let (at, room) = (page.place.at as usize, page.limit as usize);
    let mut json = Json::with_capacity(rows.len() * 200 + 128);
    json.object(|json| {
        json.key("data").array(|json| {
            for (target, roles) in rows.iter().skip(at).take(room) {
                let target = model.target(*target);
                json.object(|json| {
                    json.key("resourceId").text(&target.ari);
                    json.key("resourceOwner").text(target.owner);
                    json.key("roles")
                        .array(|json| roles.iter().for_each(|role| json.text(word(*role))));
                    let default = model.has_default_role(group).then(|| word(roles[0]));
                    json.key("defaultRole").text_or_null(default);
                });
            }
        });
        let next = (rows.len() > at + room).then(|| page.place.at + page.limit);
        page.write_links(json, sim, LISTING, next);
    });
    Ok(Answer::ok(json))
}
