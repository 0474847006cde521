//! The API tokens of one account. Its listing has other names for the same things than that of the organization.

use super::managed;
use crate::api::tokens::dates;
use crate::model::{Change, Model, ServiceToken};
use crate::server::{Draft, View};
use crate::wire::date::{days_after, days_before, write_millis};
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
        for token in service_tokens(model, account) {
            let created = days_before(token.age, 0);
            json.object(|json| {
                json.key("id").text(&token.id);
                json.key("label").text(&token.label);
                json.key("createdAt").text_of(|out| write_millis(out, created));
                if let Some(days) = token.unused {
                    json.key("lastAccess")
                        .text_of(|out| write_millis(out, days_before(days, 0)));
                }
                if let Some(days) = token.lifetime {
                    json.key("expiry")
                        .text_of(|out| write_millis(out, days_after(created, days)));
                }
            });
        }
    });
    Ok(Answer::ok(json))
}

/// The tokens that the account has as a service account.
fn service_tokens(model: &Model, account: u32) -> Vec<ServiceToken> {
    let place = model.place_of_service_account(account);
    place.map_or_else(Vec::new, |place| model.tokens_of_service_account(place))
}

/// Revokes one token of the account.
pub(super) fn revoke(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let account = managed(model, draft.switches(), call)?;
    let id = call.part("token");
    if service_tokens(model, account).iter().any(|token| token.id == id) {
        draft.make(Change::CredentialGone { id: id.to_owned() });
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let token = model
        .find_token(id)
        .filter(|token| model.token(*token).owner == account)
        .ok_or_else(|| Refusal::management(StatusCode::NOT_FOUND, "notFound", "Token not found"))?;
    draft.make(Change::TokenGone { token });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
