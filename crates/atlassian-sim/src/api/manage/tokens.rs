//! The API tokens of one account. Its listing has other names for the same things than that of the organization.

use super::managed;
use crate::api::tokens::dates;
use crate::model::Change;
use crate::server::{Draft, View};
use crate::wire::date::write_millis;
use crate::wire::{Answer, Call, Json, Outcome, Refusal};
use http::StatusCode;

/// All tokens, as a bare array.
pub(super) fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let model = sim.model();
    let account = managed(model, sim.switches(), call)?;
    let tokens = model.tokens_of(account);
    let mut json = Json::with_capacity(tokens.len() * 200 + 16);
    json.array(|json| {
        for token in tokens {
            let dates = dates(model, token);
            json.object(|json| {
                json.key("id").text(&model.token_id(token));
                json.key("label").text(model.token(token).label);
                json.key("createdAt")
                    .text_of(|out| write_millis(out, dates.created));
                if let Some(used) = dates.used {
                    json.key("lastAccess").text_of(|out| write_millis(out, used));
                }
                if let Some(expires) = dates.expires {
                    json.key("expiry").text_of(|out| write_millis(out, expires));
                }
            });
        }
    });
    Ok(Answer::ok(json))
}

/// Revokes one token of the account.
pub(super) fn revoke(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let account = managed(model, draft.switches(), call)?;
    let token = model
        .find_token(call.part("token"))
        .filter(|token| model.token(*token).owner == account)
        .ok_or_else(|| Refusal::management(StatusCode::NOT_FOUND, "notFound", "Token not found"))?;
    draft.make(Change::TokenGone { token });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
