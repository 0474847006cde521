//! Accounts deactivated, activated, deleted after a time of grace, and kept after all.

use super::{body, managed, not_found, provisioned};
use crate::model::{Change, Life};
use crate::server::Draft;
use crate::wire::{Answer, Call, Outcome, Refusal};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// How long a deletion can be cancelled: 14 days.
const GRACE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disable {
    #[expect(dead_code, reason = "the person would see it; nothing else follows from it")]
    message: Option<String>,
}

/// Deactivates an account. Deactivating it again is agreed to.
pub(super) fn disable(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(draft.model(), draft.switches(), call)?;
    body::<Disable>(call)?;
    set(draft, account, Life::Inactive)
}

/// Activates an account, unless it is to be deleted.
pub(super) fn enable(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(draft.model(), draft.switches(), call)?;
    set(draft, account, Life::Active)
}

fn set(draft: &mut Draft<'_>, account: u32, life: Life) -> Outcome {
    if draft.model().is_provisioned(account) {
        return Err(provisioned());
    }
    match draft.model().life(account) {
        Life::Active | Life::Inactive => {}
        Life::ForDeletion(_) => return Err(ineligible(call_id(draft, account), "account-for-deletion")),
        Life::Closed | Life::Gone => return Err(ineligible(call_id(draft, account), "account-closed")),
    }
    let at = draft.now();
    draft.make(Change::Life { account, life, at });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn call_id(draft: &Draft<'_>, account: u32) -> String {
    draft.model().account_id(account)
}

/// 409, the account is not in a state for this. The vendor publishes no codes; these are invented.
fn ineligible(account: String, code: &'static str) -> Refusal {
    let message = "The account is not eligible for this operation";
    Refusal::management(StatusCode::CONFLICT, "conflict.lifecycleErrors", message).context(json!({
        "message": message,
        "accountId": account,
        "errorCodes": [{ "code": code, "message": message, "link": null }],
    }))
}

/// Deactivates an account and lets it be deleted 14 days later. A second deletion finds no account.
pub(super) fn delete(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(draft.model(), draft.switches(), call)?;
    match draft.model().life(account) {
        Life::Active | Life::Inactive => {}
        Life::ForDeletion(_) | Life::Closed | Life::Gone => return Err(not_found()),
    }
    if draft.switches().obligations {
        return Err(ineligible(call_id(draft, account), "account-has-obligations"));
    }
    let at = draft.now();
    let until = at.saturating_add(GRACE).unwrap_or(at);
    let life = Life::ForDeletion(Some(until));
    draft.make(Change::Life { account, life, at });
    draft.schedule(until, Change::Expiry { account, until });
    let id = call_id(draft, account);
    Ok(message(&format!("AccountId {id} has been deleted.")))
}

/// Keeps an account that is to be deleted, and activates it.
pub(super) fn cancel_delete(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = managed(draft.model(), draft.switches(), call)?;
    if !matches!(draft.model().life(account), Life::ForDeletion(_)) {
        return Err(ineligible(call_id(draft, account), "account-not-for-deletion"));
    }
    let (life, at) = (Life::Active, draft.now());
    draft.make(Change::Life { account, life, at });
    Ok(message("Success"))
}

fn message(text: &str) -> Answer {
    Answer::value(StatusCode::OK, &json!({ "message": text }))
}
