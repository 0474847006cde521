//! Why an account cannot be created: who holds what must be unique.

use super::Wanted;
use super::holder::{Before, Holder, Listed};
use super::record::{Record, cannot, is_here};
use crate::changes::fact::{Shows, look_for_long};
use crate::changes::live::{Life, revival};
use crate::changes::outcome::already;
use crate::changes::refusal::refused;
use crate::users::{Users, of_user};
use atlassian_admin::{AccountId, AdminError, ScimLink};
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Error, Result, Standing, WriteRequest};
use scim_client::{ScimClient, ScimError};

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

/// What it means that the address is held elsewhere: the same person's account is there already, or who stands in the way.
/// `refusal` is that of the write for uniqueness, with what was sent; without it, nothing was.
///
/// The account is read again, because what was read before the write may be what the refusal contradicts.
pub(super) async fn explain(
    users: &Users,
    cx: &ChangeContext,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    before: &Before,
    links: Result<Vec<ScimLink>, AdminError>,
    refusal: Option<(Vec<WriteRequest>, ScimError)>,
) -> Result<ChangeOutcome> {
    let client = &users.0.client;
    let (requests, error) = refusal.unzip();
    let requests = requests.unwrap_or_default();
    let holder = before.holder.as_ref();
    let linked = links.iter().flatten().find_map(|link| {
        let id = link.atlassian_account_id.as_ref()?;
        holder.is_none_or(|holder| holder.id == *id).then_some((id, link))
    });
    let mut alive = None;
    if let Some((id, link)) = linked {
        let fact = before.living(client, wanted.email, id);
        let (row, shows) = match look_for_long(cx, users.0.clock(), &fact).await {
            Ok(seen) => seen,
            Err(error) => return Err(error.with_requests(requests)),
        };
        let user = row.as_ref().map(|row| &row.user);
        let is_persons = fact.listed(user) == Listed::Yes;
        if let Some(Life::Dead(word)) = user.filter(|_| is_persons).map(Life::of) {
            return Err(dead_elsewhere(id, &word, &place(scim, link)).with_requests(requests));
        }
        if let (Some(row), Ok(Shows::Yes)) = (&row, &shows) {
            let summary = format!("the account {id} of {} is there already", wanted.email);
            let outcome = match requests.is_empty() {
                true => already(cx, summary),
                false => ChangeOutcome::new(ChangeState::AlreadySo, summary),
            };
            let mut outcome = outcome.note(format!("it is linked to the SCIM user {}", place(scim, link)));
            outcome.requests = requests;
            outcome.resource = Some(Box::new(of_user(&row.user, Standing::Listed).resource));
            return Ok(outcome);
        }
        alive = is_persons.then(|| format!("that the account {id} is alive does not show in two places"));
    }
    let why = reason(scim, &links, holder);
    let why = [Some(why), alive]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ");
    let told = error.map(cannot(CREATE));
    let message = match &told {
        Some(told) => format!("{}: {why}", told.message()),
        None => format!("cannot {CREATE}: {why}"),
    };
    let mut mapped = refused(message)
        .with_hint("Change or remove the record that is in the way, in the directory that it stands in")
        .with_requests(requests);
    if let Some(vendor) = told.as_ref().and_then(Error::vendor) {
        mapped = mapped.with_vendor(vendor.clone());
    }
    Err(match told {
        Some(told) => mapped.with_source(told),
        None => mapped,
    })
}

/// The account has a record already, which this change does not touch, and is not alive.
fn dead_elsewhere(id: &AccountId, word: &str, place: &str) -> Error {
    let hint = match revival(word) {
        action @ "cancel_account_deletion" => {
            format!("Bring the account back itself: use the action {action}")
        }
        action => format!(
            "Activate that SCIM user in the identity provider of its directory, or use the action {action}"
        ),
    };
    refused(format!(
        "cannot {CREATE}: the account {id} has the address and is {word}, and it is linked to the SCIM user {place}, so that \
         no new one can bring it back to life"
    ))
    .with_hint(hint)
}

fn reason(scim: &ScimClient, links: &Result<Vec<ScimLink>, AdminError>, holder: Option<&Holder>) -> String {
    let account = holder.map(|holder| format!("the account {} has the address", holder.id));
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
