//! Seats: what a change would take, when there is none left.

use crate::model::target::{ADMIN, Kind, Role, USER};
use crate::model::{DirectoryStatus, Model};
use crate::server::Draft;
use crate::wire::Refusal;
use http::StatusCode;

/// Refuses when an account would take a seat that it does not have, and there are no seats.
pub(super) fn check(draft: &Draft<'_>, account: u32, gained: &[(u32, Role)]) -> Result<(), Refusal> {
    let needs =
        |pair: &(u32, Role)| takes_seat(draft.model(), *pair) && !has_seat(draft.model(), account, pair.0);
    if draft.switches().no_seats && gained.iter().any(needs) {
        return Err(none_left());
    }
    Ok(())
}

/// 409, there is no seat.
pub(super) fn none_left() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "ADMIN-UAM-409-3", "License limit exceeded")
        .detail("The product has no seats left")
}

/// Whether a role takes a seat.
pub(super) fn takes_seat(model: &Model, (target, role): (u32, Role)) -> bool {
    matches!(role, USER | ADMIN) && matches!(model.target(target).kind, Kind::App(_))
}

fn has_seat(model: &Model, account: u32, target: u32) -> bool {
    let active = |directory: Option<(u8, DirectoryStatus)>| {
        directory.is_none_or(|(_, status)| status == DirectoryStatus::Active)
    };
    model
        .held(account)
        .iter()
        .any(|held| held.target == target && takes_seat(model, (target, held.role)) && active(held.directory))
}

/// The seats that a suspended account would take again in a directory.
pub(super) fn resting(model: &Model, account: u32, directory: u8) -> Vec<(u32, Role)> {
    model
        .held(account)
        .iter()
        .filter(|held| held.directory.is_some_and(|(own, _)| own == directory))
        .map(|held| (held.target, held.role))
        .collect()
}
