//! Invitations: accounts by address, with roles and groups.

use super::domains::is_claimed;
use super::scim::{enter, find_person};
use super::{check_list, on_write, seats, user_roles};
use crate::endpoint::Endpoint;
use crate::model::target::{ADMIN, BASIC, CONTRIBUTOR, CUSTOMER, GUEST, Role, STAKEHOLDER, USER, VIEWER};
use crate::model::{Change, Model, NewAccount};
use crate::server::{Draft, Sim};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What can be given with an invitation.
const ASSIGNABLE: [Role; 8] = [
    USER,
    ADMIN,
    GUEST,
    CONTRIBUTOR,
    CUSTOMER,
    BASIC,
    STAKEHOLDER,
    VIEWER,
];

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route(
        "/admin/v2/orgs/{org}/users/invite",
        on_write(MethodFilter::POST, Endpoint::UsersInvite, invite),
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Invitation {
    pub(super) emails: Vec<String>,
    #[serde(default)]
    permission_rules: Vec<Rule>,
    #[serde(default)]
    additional_groups: Vec<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "no mail is sent")]
    send_notification: bool,
    #[expect(dead_code, reason = "no mail is sent")]
    notification_text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    resource: String,
    role: String,
}

/// 200 when everything was assigned, 206 with the same body otherwise.
fn invite(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let invitation: Invitation = call.write_body()?;
    let (rows, complete) = carry_out(draft, &invitation)?;
    let status = if complete {
        StatusCode::OK
    } else {
        StatusCode::PARTIAL_CONTENT
    };
    Ok(Answer::value(status, &json!({ "data": rows })))
}

/// Invites everybody; for each of them a row with its result, and whether all of it worked.
pub(super) fn carry_out(
    draft: &mut Draft<'_>,
    invitation: &Invitation,
) -> Result<(Vec<Value>, bool), Refusal> {
    if draft.switches().no_subscription {
        return Err(Refusal::new(
            StatusCode::PAYMENT_REQUIRED,
            "ADMIN-UAM-402-1",
            "Payment Required",
        ));
    }
    check_list("emails", Some(&invitation.emails), 25)?;
    let whole = |email: &String| {
        email
            .split_once('@')
            .is_some_and(|(mailbox, domain)| !mailbox.is_empty() && domain.contains('.'))
    };
    if let Some(odd) = invitation.emails.iter().find(|email| !whole(email)) {
        return Err(Refusal::invalid(format!("emails has no address {odd:?}")));
    }
    let roles = invitation
        .permission_rules
        .iter()
        .map(|rule| user_roles::role_among(&ASSIGNABLE, "role", &rule.role))
        .collect::<Result<Vec<Role>, Refusal>>()?;
    if draft.switches().no_seats && roles.iter().any(|role| matches!(*role, USER | ADMIN)) {
        return Err(seats::none_left());
    }
    let mut complete = true;
    let mut rows = Vec::new();
    for email in &invitation.emails {
        let account = account(draft, email);
        let given: Vec<Value> = invitation
            .permission_rules
            .iter()
            .zip(&roles)
            .map(|(rule, role)| {
                let reason = give(draft, account, &rule.resource, *role).err();
                complete &= reason.is_none();
                json!({
                    "resource": rule.resource,
                    "role": rule.role,
                    "status": status(reason.as_ref()),
                    "statusReason": reason,
                })
            })
            .collect();
        let joined: Vec<Value> = invitation
            .additional_groups
            .iter()
            .map(|group| {
                let reason = join(draft, account, group).err();
                complete &= reason.is_none();
                json!({ "group": group, "status": status(reason.as_ref()), "statusReason": reason })
            })
            .collect();
        // Nothing that names a directory: the first one.
        if !draft.model().in_directory(account) {
            enter(draft, account, 0);
        }
        rows.push(json!({
            "id": draft.model().account_id(account),
            "email": email,
            "results": [{ "roleAssignmentResult": given, "groupAssignmentResult": joined }],
        }));
    }
    Ok((rows, complete))
}

fn status(reason: Option<&String>) -> &'static str {
    if reason.is_some() { "ERROR" } else { "INVITED" }
}

/// The account with that address, or a new one.
fn account(draft: &mut Draft<'_>, email: &str) -> u32 {
    if let Some(account) = find_person(draft.model(), email) {
        return account;
    }
    let account = draft.model().all_accounts();
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    let new = NewAccount {
        // The person completes the profile.
        name: email.to_owned(),
        email: email.to_owned(),
        managed: is_claimed(draft.model(), draft.switches(), domain),
        added: draft.now(),
    };
    draft.make(Change::Account {
        account,
        new: Arc::new(new),
    });
    account
}

/// Gives a role; the directory follows from the app.
fn give(draft: &mut Draft<'_>, account: u32, resource: &str, role: Role) -> Result<(), String> {
    let target = user_roles::target_for(draft.model(), resource, role)
        .map_err(|refusal| refusal.detail.unwrap_or_else(|| refusal.title.to_owned()))?;
    let directory = {
        let model = draft.model();
        model.directory_of_site(model.target(target).site)
    };
    enter(draft, account, directory);
    user_roles::set(draft, account, (target, role), true);
    Ok(())
}

fn join(draft: &mut Draft<'_>, account: u32, id: &str) -> Result<(), String> {
    let model: &Model = draft.model();
    let group = model.find_group(id).ok_or("Group not found")?;
    if model.is_synced(group) {
        return Err("Group is managed by an identity provider".to_owned());
    }
    let directory = model.group_directory(group);
    enter(draft, account, directory);
    draft.make(Change::Member {
        group,
        account,
        on: true,
    });
    Ok(())
}
