//! The writes to the SCIM directory, each sent once.

use connector_sdk::{ChangeContext, Code, Error, Result, WriteRequest};
use scim_client::{Patch, Receipt, ScimClient, ScimError, ScimErrorKind, Selection, WriteOptions};

use super::Wanted;
use super::record::{self, Record, by_id, by_user_name, cannot};
use crate::changes::fact::{failed_sendings, may_be_carried_out, outcome_unknown, was_stopped};
use crate::changes::request::described;
use crate::changes::wait;
use crate::shared::Shared;

const LOST: &str = "the vendor's answer was lost; the SCIM directory that was read back shows the change";
const NOT_DOCUMENTED: &str = "the answer is not the one that the vendor documents; the SCIM directory that was read back shows the change";
const CREATE: &str = "create the SCIM user";
const ACTIVATE: &str = "activate the SCIM user";

/// What came of a write.
pub(super) enum Sent {
    /// It would be sent.
    Planned(Box<WriteRequest>),
    /// It was carried out.
    Made {
        requests: Vec<WriteRequest>,
        record: Box<Record>,
        note: Option<String>,
    },
    /// Something that must be unique is taken.
    Conflict(Vec<WriteRequest>, ScimError),
}

/// Creates the record.
pub(super) async fn create(
    cx: &ChangeContext,
    shared: &Shared,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
) -> Result<Sent> {
    let user = wanted.user();
    // What the vendor does not take is known before anything is sent, so also where nothing is to be.
    scim.profile()
        .check_creation(&user)
        .map_err(|error| Error::new(Code::InvalidArgument, error.to_string()))?;
    let write = scim.users().create(&user, &Selection::Default);
    let request = described(&write);
    if cx.dry_run {
        return Ok(Sent::Planned(Box::new(request)));
    }
    let error = match write.await {
        Ok(created) => {
            let requests = sendings(&request, &created.receipt);
            return match created.stored.map(Record) {
                Some(record) if created.receipt.status == 201 && record.has_user_name(wanted) => {
                    Ok(made(requests, record, None))
                }
                // It is about another record, so only the user name leads to ours.
                Some(_) if created.receipt.status == 201 => {
                    let read = || by_user_name(scim, wanted.user_name);
                    read_back(CREATE, shared, requests, created.receipt.status, read).await
                }
                // The server told the address of the record alone, or answered in another way than documented.
                _ => {
                    let read = || by_id(scim, &created.id);
                    read_back(CREATE, shared, requests, created.receipt.status, read).await
                }
            };
        }
        Err(error) => error,
    };
    let requests = error
        .api()
        .map(|api| failed_sendings(&request, api))
        .unwrap_or_default();
    match error.kind() {
        _ if is_lost(&error) => {}
        ScimErrorKind::Taken | ScimErrorKind::Conflict => return Ok(Sent::Conflict(requests, error)),
        _ => return Err(cannot(CREATE)(error).with_requests(requests)),
    }
    // It was not there in the read before, so what is there now is what this run made.
    let found = wait::until(shared.clock(), wait::SOON, || {
        by_user_name(scim, wanted.user_name)
    })
    .await;
    let read = match found {
        Ok(Some(record)) if record.has_address(wanted) => return Ok(made(requests, record, Some(LOST))),
        Ok(Some(record)) => format!(
            "the user name belongs to the SCIM user {}, which has another address",
            record.id()
        ),
        Ok(None) => "the directory does not show it".to_owned(),
        Err(unread) => unread.to_string(),
    };
    Err(outcome_unknown(requests.len(), cannot(CREATE)(error), &read).with_requests(requests))
}

/// Activates a record that is there and not active, or one whose account is not.
pub(super) async fn activate(
    cx: &ChangeContext,
    shared: &Shared,
    scim: &ScimClient,
    record: &Record,
    wanted: &Wanted<'_>,
) -> Result<Sent> {
    debug_assert!(
        record.has_address(wanted),
        "another person's record is not touched"
    );
    let patch = Patch::builder()
        .replace("active", true)
        .build()
        .map_err(|error| record::malformed(&error))?;
    let write = scim.users().patch(record.id(), &patch, &WriteOptions::default());
    let request = described(&write);
    if cx.dry_run {
        return Ok(Sent::Planned(Box::new(request)));
    }
    let read = || async { Ok(by_id(scim, record.id()).await?.filter(Record::is_active)) };
    let error = match write.await {
        Ok(written) => {
            let requests = sendings(&request, &written.receipt);
            return match written.stored.map(Record) {
                Some(record) if written.receipt.status == 200 && record.is_active() => {
                    Ok(made(requests, record, None))
                }
                _ => read_back(ACTIVATE, shared, requests, written.receipt.status, read).await,
            };
        }
        Err(error) => error,
    };
    let requests = error
        .api()
        .map(|api| failed_sendings(&request, api))
        .unwrap_or_default();
    if !is_lost(&error) {
        return Err(cannot(ACTIVATE)(error).with_requests(requests));
    }
    let read = match wait::until(shared.clock(), wait::SOON, read).await {
        Ok(Some(record)) => return Ok(made(requests, record, Some(LOST))),
        Ok(None) => "the directory does not show it".to_owned(),
        Err(unread) => unread.to_string(),
    };
    Err(outcome_unknown(requests.len(), cannot(ACTIVATE)(error), &read).with_requests(requests))
}

/// The outcome of a write whose answer is a success, and not the documented one.
async fn read_back<F: Future<Output = Result<Option<Record>>>>(
    deed: &str,
    shared: &Shared,
    requests: Vec<WriteRequest>,
    status: u16,
    read: impl FnMut() -> F,
) -> Result<Sent> {
    let read = match wait::until(shared.clock(), wait::SOON, read).await {
        Ok(Some(record)) => return Ok(made(requests, record, Some(NOT_DOCUMENTED))),
        Ok(None) => "the directory does not show it".to_owned(),
        Err(unread) => unread.to_string(),
    };
    let message = format!("cannot {deed}: the answer ({status}) is not the documented one");
    let told = Error::new(Code::Unavailable, message);
    Err(outcome_unknown(requests.len(), told, &read).with_requests(requests))
}

fn made(requests: Vec<WriteRequest>, record: Record, note: Option<&str>) -> Sent {
    Sent::Made {
        requests,
        record: Box::new(record),
        note: note.map(str::to_owned),
    }
}

/// An entry for each sending of a write that was answered with success.
fn sendings(request: &WriteRequest, receipt: &Receipt) -> Vec<WriteRequest> {
    let mut requests = vec![request.clone().answered(429, None); receipt.refusals as usize];
    requests.push(
        request
            .clone()
            .answered(receipt.status, receipt.request_id.clone()),
    );
    requests
}

/// Whether a write that failed may have been carried out. A 404 is no proof that it was not.
fn is_lost(error: &ScimError) -> bool {
    let Some(api) = error.api() else { return false };
    may_be_carried_out(api)
        || match api.status() {
            Some(404 | 410) => true,
            Some(_) => !was_stopped(api) && !error.is_refusal_of_server(),
            None => false,
        }
}
