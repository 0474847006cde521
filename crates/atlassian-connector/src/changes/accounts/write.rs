//! The writes to the SCIM directory, each sent once.

use connector_sdk::{ChangeContext, Code, Error, Result, WriteRequest};
use scim_client::{Patch, ScimClient, ScimError, ScimErrorKind, Selection, WriteOptions};
use serde_json::{Value, json};

use super::Wanted;
use super::record::{self, Record, by_id, by_user_name, cannot};
use crate::changes::fact::{may_be_carried_out, outcome_unknown, was_sent};
use crate::changes::wait;
use crate::shared::Shared;

const LOST: &str = "the vendor's answer was lost; the SCIM directory that was read back shows the change";
const CREATE: &str = "create the SCIM user";
const ACTIVATE: &str = "activate the SCIM user";

/// What came of a write.
pub(super) enum Sent {
    /// It would be sent.
    Planned(WriteRequest),
    /// It was carried out.
    Made {
        request: WriteRequest,
        record: Box<Record>,
        note: Option<String>,
    },
    /// Something that must be unique is taken.
    Conflict(WriteRequest, ScimError),
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
    let mut request = request(scim, "POST", "Users", wanted.body());
    if cx.dry_run {
        return Ok(Sent::Planned(request));
    }
    match scim.users().create(&user, &Selection::Default).await {
        Ok(created) => {
            let request = request.answered(created.receipt.status, created.receipt.request_id);
            let record = match created.stored {
                Some(stored) => Ok(Some(Record(stored))),
                // The server told the address of the record alone.
                None => wait::until(shared.clock(), wait::SOON, || by_id(scim, &created.id)).await,
            };
            let why = match record {
                Ok(Some(record)) => return Ok(made(request, record, None)),
                Ok(None) => "the directory does not show it".to_owned(),
                Err(unread) => unread.to_string(),
            };
            let message = format!(
                "the directory says that it created the SCIM user {}: {why}",
                created.id
            );
            Err(outcome_unknown(1, Error::new(Code::Unavailable, message), &why).with_requests([request]))
        }
        Err(error) if is_lost(&error) => {
            answered(&mut request, &error);
            let found = wait::until(shared.clock(), wait::SOON, || {
                by_user_name(scim, wanted.user_name)
            })
            .await;
            match found {
                Ok(Some(record)) if record.has_address(wanted) => Ok(made(request, record, Some(LOST))),
                Ok(Some(record)) => {
                    let read = format!(
                        "the user name belongs to the SCIM user {}, which has another address",
                        record.id()
                    );
                    Err(unknown(CREATE, error, &read).with_requests([request]))
                }
                Ok(None) => {
                    Err(unknown(CREATE, error, "the directory does not show it").with_requests([request]))
                }
                Err(unread) => Err(unknown(CREATE, error, &unread.to_string()).with_requests([request])),
            }
        }
        Err(error) if matches!(error.kind(), ScimErrorKind::Taken | ScimErrorKind::Conflict) => {
            answered(&mut request, &error);
            Ok(Sent::Conflict(request, error))
        }
        Err(error) => Err(refused(CREATE, request, error)),
    }
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
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": true }],
    });
    let mut request = request(scim, "PATCH", &format!("Users/{}", record.id()), Some(body));
    if cx.dry_run {
        return Ok(Sent::Planned(request));
    }
    match scim
        .users()
        .patch(record.id(), &patch, &WriteOptions::default())
        .await
    {
        Ok(written) => {
            let request = request.answered(written.receipt.status, written.receipt.request_id);
            let record = written.stored.map_or_else(|| record.clone(), Record);
            Ok(made(request, record, None))
        }
        Err(error) if is_lost(&error) => {
            answered(&mut request, &error);
            let read = || async { Ok(by_id(scim, record.id()).await?.filter(Record::is_active)) };
            match wait::until(shared.clock(), wait::SOON, read).await {
                Ok(Some(record)) => Ok(made(request, record, Some(LOST))),
                Ok(None) => {
                    Err(unknown(ACTIVATE, error, "the directory does not show it").with_requests([request]))
                }
                Err(unread) => Err(unknown(ACTIVATE, error, &unread.to_string()).with_requests([request])),
            }
        }
        Err(error) => Err(refused(ACTIVATE, request, error)),
    }
}

fn made(request: WriteRequest, record: Record, note: Option<&str>) -> Sent {
    Sent::Made {
        request,
        record: Box::new(record),
        note: note.map(str::to_owned),
    }
}

fn request(scim: &ScimClient, method: &str, path: &str, body: Option<Value>) -> WriteRequest {
    let base = scim.http().base_url().path().trim_end_matches('/');
    WriteRequest {
        method: method.to_owned(),
        path: format!("{base}/{path}"),
        body,
        status: None,
        request_id: None,
    }
}

fn answered(request: &mut WriteRequest, error: &ScimError) {
    request.status = error.api().and_then(|api| api.status());
    request.request_id = error.request_id().map(str::to_owned);
}

/// What was not carried out, with the write if it was sent: the profile refuses some before that.
fn refused(deed: &str, mut request: WriteRequest, error: ScimError) -> Error {
    answered(&mut request, &error);
    let was_sent = error.api().is_some_and(was_sent);
    cannot(deed)(error).with_requests(was_sent.then_some(request))
}

fn is_lost(error: &ScimError) -> bool {
    error.api().is_some_and(may_be_carried_out)
}

fn unknown(deed: &str, error: ScimError, read: &str) -> Error {
    let tries = error.api().map_or(1, |api| api.tries());
    outcome_unknown(tries, cannot(deed)(error), read)
}
