//! The writes to the SCIM directory, each sent once.

use super::Wanted;
use super::holder::Living;
use super::record::{self, Record, by_id, by_user_name, cannot};
use crate::changes::fact::{
    Shows, failed_sendings, is_answer, may_be_carried_out, outcome_unknown, sendings, shows, was_stopped,
};
use crate::changes::request::described;
use crate::changes::wait;
use crate::shared::Shared;
use connector_sdk::{ChangeContext, Code, Error, Result, WriteRequest};
use scim_client::{Patch, Receipt, ScimClient, ScimError, ScimErrorKind, Selection, WriteOptions};

const LOST: &str = "the vendor's answer was lost; the SCIM directory that was read back shows the change";
const NOT_DOCUMENTED: &str = "the answer is not the one that the vendor documents; the SCIM directory that was read back shows the change";
const UNREAD: &str = "the vendor answered that it is done, and the SCIM directory could not be read back";
const CREATE: &str = "create the SCIM user";
const ACTIVATE: &str = "activate the SCIM user";

/// The result of a write.
pub(super) enum Sent {
    /// It would be sent.
    Planned(Box<WriteRequest>),
    /// It was carried out.
    Made {
        requests: Vec<WriteRequest>,
        record: Box<Record>,
        note: Option<String>,
    },
    /// It was refused, and the directory shows the record anyway.
    Refused {
        requests: Vec<WriteRequest>,
        record: Box<Record>,
        error: Error,
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
    let (answer, id) = match write.await {
        Ok(created) => {
            let stored = created.stored.map(Record);
            (Ok((created.receipt, stored)), Some(created.id))
        }
        Err(error)
            if !is_lost(&error) && matches!(error.kind(), ScimErrorKind::Taken | ScimErrorKind::Conflict) =>
        {
            return Ok(Sent::Conflict(failed(&request, &error), error));
        }
        Err(error) => (Err(error), None),
    };
    // It was not there in the read before, so what is there now is what this run made. The id of the answer may be another
    // person's, so the record is ours by what it holds.
    let read = |_| async {
        let mut found = match &id {
            Some(id) => by_id(scim, id)
                .await?
                .filter(|record| record.has_user_name(wanted)),
            None => None,
        };
        if found.is_none() {
            found = by_user_name(scim, wanted.user_name).await?;
        }
        Ok(found.map(|record| match record.has_address(wanted) {
            true => Ok(record),
            false => Err(format!(
                "the user name belongs to the SCIM user {}, which has another address",
                record.id()
            )),
        }))
    };
    let documented = |status: u16, record: &Record| status == 201 && record.has_user_name(wanted);
    let write = Write {
        action: CREATE,
        shared,
        request: &request,
        unseen: "the directory does not show it",
    };
    seen(write, answer, documented, read).await
}

/// Activates a record that is there and not active, or one whose account is not.
///
/// An active record says nothing of its account, so where the answer does not tell, it is the account that has to be alive.
pub(super) async fn activate(
    cx: &ChangeContext,
    shared: &Shared,
    scim: &ScimClient,
    record: &Record,
    wanted: &Wanted<'_>,
    account: Option<&Living<'_>>,
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
    let read = |is_answered: bool| async move {
        let found = by_id(scim, record.id()).await?.filter(Record::is_active);
        let is_alive = match account {
            Some(account) if !is_answered && found.is_some() => shows(account).await? == Shows::Yes,
            _ => true,
        };
        Ok(found.filter(|_| is_alive).map(Ok))
    };
    let answer = write
        .await
        .map(|written| (written.receipt, written.stored.map(Record)));
    let documented = |status: u16, record: &Record| status == 200 && record.is_active();
    let write = Write {
        action: ACTIVATE,
        shared,
        request: &request,
        unseen: "it does not show that the account is alive",
    };
    seen(write, answer, documented, read).await
}

/// What the directory shows: the record, or why what it shows is not the person's.
type Seen = Result<Record, String>;

/// A write, and how it is told.
struct Write<'a> {
    action: &'static str,
    shared: &'a Shared,
    request: &'a WriteRequest,
    /// What is told where reading back does not show it.
    unseen: &'static str,
}

/// The result of a write. Unless it was refused, it is made where reading back shows it, whatever was answered. What is read
/// back is told whether the documented answer came.
async fn seen<F: Future<Output = Result<Option<Seen>>>>(
    write: Write<'_>,
    answer: Result<(Receipt, Option<Record>), ScimError>,
    documented: impl Fn(u16, &Record) -> bool,
    mut read: impl FnMut(bool) -> F,
) -> Result<Sent> {
    let Write {
        action,
        shared,
        request,
        unseen,
    } = write;
    let (requests, answered, note, told) = match answer {
        Ok((receipt, answered)) => {
            let last = request.clone().answered(receipt.status, receipt.request_id);
            let requests = sendings(request, receipt.refusals, Some(last));
            let answered = answered.filter(|record| documented(receipt.status, record));
            let note = answered.is_none().then_some(NOT_DOCUMENTED);
            let told = format!("cannot {action}: the vendor answered {}", receipt.status);
            (requests, answered, note, Error::new(Code::Unavailable, told))
        }
        Err(error) if is_lost(&error) => (failed(request, &error), None, Some(LOST), cannot(action)(error)),
        Err(error) => {
            let requests = failed(request, &error);
            let read = match error.api().is_some_and(is_answer) {
                true => read(true).await,
                false => Ok(None),
            };
            let error = cannot(action)(error).with_requests(requests.clone());
            return match read {
                Ok(Some(Ok(record))) => Ok(Sent::Refused {
                    requests,
                    record: Box::new(record),
                    error,
                }),
                _ => Err(error),
            };
        }
    };
    let is_answered = answered.is_some();
    let read = || read(is_answered);
    let read = match (wait::until(shared.clock(), wait::SOON, read).await, answered) {
        (Ok(Some(Ok(record))), answered) => {
            match (answered.and_then(|answered| answered.account()), record.account()) {
                (Some(answered), Some(shown)) if answered != shown => format!(
                    "the answer names the account {answered}, and the SCIM user {} is linked to the account {shown}",
                    record.id()
                ),
                _ => return Ok(made(requests, record, note)),
            }
        }
        (Ok(Some(Err(other))), _) => other,
        (Ok(None), _) => unseen.to_owned(),
        // The documented answer is all that there is, and nothing contradicts it.
        (Err(_), Some(answered)) => return Ok(made(requests, answered, Some(UNREAD))),
        (Err(unread), None) => unread.to_string(),
    };
    let sent = requests.iter().filter(|one| one.status != Some(429)).count();
    Err(outcome_unknown(sent, told, &read).with_requests(requests))
}

fn made(requests: Vec<WriteRequest>, record: Record, note: Option<&str>) -> Sent {
    Sent::Made {
        requests,
        record: Box::new(record),
        note: note.map(str::to_owned),
    }
}

fn failed(request: &WriteRequest, error: &ScimError) -> Vec<WriteRequest> {
    error
        .api()
        .map(|api| failed_sendings(request, api))
        .unwrap_or_default()
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
