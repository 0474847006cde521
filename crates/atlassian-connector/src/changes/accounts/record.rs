//! Records of the SCIM directory.

use super::Wanted;
use super::holder::Before;
use crate::errors;
use crate::shared::Shared;
use atlassian_admin::{AccountId, ScimLink};
use connector_http::describe;
use connector_sdk::{Code, Error, Result};
use scim_client::{
    AtlassianUser, Filter, Query, ScimClient, ScimError, ScimErrorKind as Kind, Selection, Stored, User,
    UserId, same_user_name,
};

/// A record of the directory.
#[derive(Clone, Debug)]
pub(super) struct Record(pub(super) Stored<User>);

impl Record {
    pub(super) fn id(&self) -> &UserId {
        &self.0.id
    }

    /// The account that it is linked to.
    pub(super) fn account(&self) -> Option<String> {
        self.0.atlassian_account_id().map(|id| id.as_str().to_owned())
    }

    pub(super) fn is_active(&self) -> bool {
        self.0.resource.active.is_none_or(|active| active.0)
    }

    pub(super) fn has_user_name(&self, wanted: &Wanted<'_>) -> bool {
        let name = self.0.resource.user_name.as_ref();
        name.is_some_and(|name| same_user_name(name, wanted.user_name))
    }

    pub(super) fn has_address(&self, wanted: &Wanted<'_>) -> bool {
        self.0
            .resource
            .primary_email()
            .is_some_and(|email| same_user_name(email.as_str(), wanted.email))
    }
}

/// What is found of a person in SCIM directories.
#[derive(Debug)]
pub(super) enum Found {
    /// The record with the user name, or else the one that the organization knows to have the address in this directory.
    Here(Box<Record>),
    /// Records of other directories have the address, or none.
    Elsewhere(Vec<ScimLink>),
}

/// Finds the person, and notes the accounts that SCIM users are linked to.
pub(super) async fn find(
    shared: &Shared,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    before: &mut Before,
) -> Result<Found> {
    if let Some(record) = by_user_name(scim, wanted.user_name).await? {
        let linked = record.account().map(|id| AccountId::from_vendor(&id));
        let of_address = linked.clone().filter(|_| record.has_address(wanted));
        before.was_linked(linked.into_iter().collect(), of_address.as_ref());
        return Ok(Found::Here(Box::new(record)));
    }
    let links = match shared.client.scim_links_for_email(wanted.email).await {
        Ok(links) => links,
        // A key with scopes may not ask; then the write itself tells.
        Err(error) if error.is_refused_by_vendor() => Vec::new(),
        Err(error) => return Err(errors::cannot("read the organization's SCIM records")(error)),
    };
    let accounts: Vec<_> = links
        .iter()
        .filter_map(|link| link.atlassian_account_id.clone())
        .collect();
    let (here, elsewhere): (Vec<_>, Vec<_>) = links.into_iter().partition(|link| is_here(scim, link));
    let mut found = None;
    let mut of_others = false;
    for link in here {
        let id = UserId::from_server(link.scim_user_id.as_str());
        match by_id(scim, &id).await? {
            Some(record) if record.has_address(wanted) => {
                found = Some(record);
                break;
            }
            Some(_) => of_others = true,
            None => {}
        }
    }
    // Beside the record of another person the links are not those of the address; then the write itself tells.
    let of_address = accounts
        .first()
        .cloned()
        .filter(|_| found.is_some() || !of_others);
    before.was_linked(accounts, of_address.as_ref());
    Ok(match found {
        Some(record) => Found::Here(Box::new(record)),
        None => Found::Elsewhere(if of_others { Vec::new() } else { elsewhere }),
    })
}

pub(super) async fn by_user_name(scim: &ScimClient, user_name: &str) -> Result<Option<Record>> {
    let what = "look the user name up in the SCIM directory";
    let filter = Filter::eq("userName", user_name).map_err(|error| malformed(&error))?;
    let query = Query::builder()
        .filter(filter)
        .build()
        .map_err(|error| malformed(&error))?;
    let page = scim.users().list(&query, None).await.map_err(cannot(what))?;
    if let Some(row) = page.bad_rows.first() {
        let message = format!(
            "cannot {what}: a record is not understood: field {}: {}",
            row.field, row.reason
        );
        return Err(Error::new(Code::Internal, message));
    }
    let same = |stored: &Stored<User>| {
        let name = stored.resource.user_name.as_ref();
        name.is_some_and(|name| same_user_name(name, user_name))
    };
    let mut found: Vec<Record> = page.items.into_iter().filter(same).map(Record).collect();
    // A server may give a row twice.
    found.dedup_by(|one, other| one.id() == other.id());
    if let [one, other, ..] = found.as_slice() {
        let message = format!(
            "cannot {what}: two SCIM users have it, {} and {}, and which one is meant is not known",
            one.id(),
            other.id()
        );
        return Err(Error::new(Code::FailedPrecondition, message)
            .with_hint("Give one of the two another user name in the directory, or delete it"));
    }
    Ok(found.pop())
}

pub(super) async fn by_id(scim: &ScimClient, id: &UserId) -> Result<Option<Record>> {
    match scim.users().get(id, &Selection::Default).await {
        Ok(stored) => Ok(Some(Record(stored))),
        Err(error) if error.may_prove_absence() => {
            let any = Query::builder()
                .page_size(1)
                .build()
                .map_err(|error| malformed(&error))?;
            match scim.users().list(&any, None).await {
                Ok(_) => Ok(None),
                Err(also) => Err(cannot("read the SCIM directory")(also)),
            }
        }
        Err(error) => Err(cannot("read the SCIM user")(error)),
    }
}

/// Whether a link is one of this directory. The last part of its address is its id.
pub(super) fn is_here(scim: &ScimClient, link: &ScimLink) -> bool {
    let path = scim.http().base_url().path();
    path.trim_end_matches('/').rsplit('/').next() == Some(link.directory_id.as_str())
}

/// Makes the error of a SCIM call. `what` reads after "cannot".
pub(super) fn cannot(what: &str) -> impl FnOnce(ScimError) -> Error {
    let what = what.to_owned();
    move |error| {
        let described = match error.api() {
            Some(api) => describe(&what, api),
            None => Error::new(Code::Internal, format!("cannot {what}: {error}")),
        };
        let mut mapped = match error.kind() {
            Kind::BudgetSpent => described,
            Kind::NotFound if !error.may_prove_absence() => described.with_code(Code::Internal),
            // What something on the way does not take is no wrong value. Of a write it is then not known what came.
            Kind::Invalid | Kind::Conflict if is_foreign(&error) => described.with_code(Code::Internal),
            Kind::PaymentRequired | Kind::NotOffered if is_foreign(&error) && is_client_error(&error) => {
                described.with_code(Code::Internal)
            }
            kind => described.with_code(code(kind)),
        };
        if let Some(hint) = hint(&error) {
            mapped = mapped.with_hint(hint);
        }
        mapped.with_source(error)
    }
}

fn is_foreign(error: &ScimError) -> bool {
    error.api().is_some_and(|api| api.status().is_some()) && !error.is_refusal_of_server()
}

fn is_client_error(error: &ScimError) -> bool {
    let status = error.api().and_then(|api| api.status());
    status.is_some_and(|status| (400..500).contains(&status))
}

fn hint(error: &ScimError) -> Option<String> {
    match error.kind() {
        Kind::NotAuthenticated => Some(
            "Check scim-token: it is the key of the SCIM directory at scim-base-url, and neither the key of the \
             organization nor one of another directory"
                .to_owned(),
        ),
        _ => error.hint().map(errors::sentence),
    }
}

pub(super) fn malformed(error: &scim_client::ParameterError) -> Error {
    Error::new(Code::InvalidArgument, error.to_string())
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::Refused | Kind::Taken | Kind::Immutable | Kind::VersionMismatch | Kind::Conflict => {
            Code::FailedPrecondition
        }
        Kind::BadParameter | Kind::InvalidFilter | Kind::Invalid | Kind::CursorRefused | Kind::NoTarget => {
            Code::InvalidArgument
        }
        Kind::NotAuthenticated => Code::Unauthenticated,
        Kind::NotPermitted => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::NotOffered => Code::Unimplemented,
        Kind::PaymentRequired | Kind::RateLimited | Kind::TooMany | Kind::TooLarge => Code::ResourceExhausted,
        Kind::Unavailable => Code::Unavailable,
        Kind::BudgetSpent => Code::DeadlineExceeded,
        Kind::Stopped => Code::Cancelled,
        // Kinds are open; one that is not known here was not thought about here.
        _ => Code::Internal,
    }
}
