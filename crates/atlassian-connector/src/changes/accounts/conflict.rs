//! Why an account cannot be created: who holds what must be unique.

use atlassian_admin::{AdminError, ScimLink, User};
use connector_sdk::{ChangeOutcome, ChangeState, Error, ResourceGetter, Result, WriteRequest};
use scim_client::{ScimClient, ScimError};

use super::record::{Record, cannot, is_here};
use super::{Wanted, dead};
use crate::changes::refusal::refused;
use crate::kinds;
use crate::users::Users;

const CREATE: &str = "create the SCIM user";

/// The user name is another person's.
pub(super) fn user_name_taken(record: &Record) -> Error {
    let linked = match record.account() {
        Some(account) => format!("linked to the account {account}"),
        None => "linked to no account".to_owned(),
    };
    refused(format!(
        "cannot {CREATE}: the user name belongs to the SCIM user {}, which has another address and is {linked}",
        record.id()
    ))
    .with_hint("Choose another userName, or change the address of that user in the directory")
}

/// The record is the person's, and deactivated.
pub(super) fn inactive(record: &Record) -> Error {
    refused(format!(
        "the SCIM user {} of the person is deactivated, or its account is: activating it would bring the account back to life",
        record.id()
    ))
    .with_hint("Set allow-reactivation where that is meant")
}

/// What a refusal for uniqueness means: the same person's account is there already, or who stands in the way.
pub(super) async fn explain(
    users: &Users,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    before: Option<&User>,
    requests: Vec<WriteRequest>,
    error: ScimError,
) -> Result<ChangeOutcome> {
    let links = users.0.client.scim_links_for_email(wanted.email).await;
    if let (Ok(links), Some(user)) = (&links, before)
        && let Some(link) = links
            .iter()
            .find(|link| link.atlassian_account_id.as_ref() == Some(&user.account_id))
    {
        if let Some(word) = dead(user) {
            let message = format!(
                "cannot {CREATE}: the account {} of {} is {word}, and it is linked to the SCIM user {}, so that no new one can bring \
                 it back to life",
                user.account_id,
                wanted.email,
                place(scim, link)
            );
            return Err(refused(message)
                .with_hint("Bring the account back itself: reactivate_account, or cancel_account_deletion where it waits for its deletion")
                .with_requests(requests));
        }
        let summary = format!(
            "the account {} of {} is there already",
            user.account_id, wanted.email
        );
        let mut outcome = ChangeOutcome::new(ChangeState::AlreadySo, summary)
            .note(format!("it is linked to the SCIM user {}", place(scim, link)));
        outcome.requests = requests;
        return match users.get(&kinds::user(&user.account_id)).await {
            Ok(row) => {
                outcome.resource = Some(Box::new(row.resource));
                Ok(outcome)
            }
            Err(error) => Err(error.with_requests(outcome.requests)),
        };
    }
    let why = reason(scim, &links, before);
    let told = cannot(CREATE)(error);
    let mut mapped = refused(format!("{}: {why}", told.message()));
    if let Some(vendor) = told.vendor() {
        mapped = mapped.with_vendor(vendor.clone());
    }
    Err(mapped
        .with_hint("Change or remove the record that is in the way, in the directory that it stands in")
        .with_requests(requests)
        .with_source(told))
}

fn reason(scim: &ScimClient, links: &Result<Vec<ScimLink>, AdminError>, before: Option<&User>) -> String {
    let account = before.map(|user| format!("the account {} has the address", user.account_id));
    let held = match links {
        Ok(links) if links.is_empty() => {
            "no SCIM user has the address, so it is the user name or the external id that is taken".to_owned()
        }
        Ok(links) => links
            .iter()
            .map(|link| format!("the address is held by the SCIM user {}", place(scim, link)))
            .collect::<Vec<_>>()
            .join(", and "),
        Err(unread) => format!(
            "who holds the address could not be looked up ({})",
            crate::errors::reason(unread)
        ),
    };
    match account {
        Some(account) => format!("{held}; {account}"),
        None => held,
    }
}

fn place(scim: &ScimClient, link: &ScimLink) -> String {
    let directory = if is_here(scim, link) {
        "of this directory".to_owned()
    } else {
        format!("of the SCIM directory {}", link.directory_id)
    };
    match &link.atlassian_account_id {
        Some(account) => format!(
            "{} {directory}, linked to the account {account}",
            link.scim_user_id
        ),
        None => format!("{} {directory}, linked to no account", link.scim_user_id),
    }
}
