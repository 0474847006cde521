//! Accounts suspended in a directory, restored, and removed from it.

use super::{account_in, on_write, real_directory, seats};
use crate::endpoint::Endpoint;
use crate::model::{Change, DirectoryStatus, Model};
use crate::server::{Draft, Sim};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v2/orgs/{org}/directories/{directory}/users/{account}";
    Router::new()
        .route(base, on_write(MethodFilter::DELETE, Endpoint::UserRemove, remove))
        .route(
            &format!("{base}/suspend"),
            on_write(MethodFilter::POST, Endpoint::UserSuspend, suspend),
        )
        .route(
            &format!("{base}/restore"),
            on_write(MethodFilter::POST, Endpoint::UserRestore, restore),
        )
}

fn suspend(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    call.write_body::<serde_json::Map<_, _>>()?;
    let (directory, account) = member(draft.model(), call)?;
    suspend_in(draft, account, directory)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Suspends an account in a directory. Who administers the organization cannot be suspended.
pub(super) fn suspend_in(draft: &mut Draft<'_>, account: u32, directory: u8) -> Result<(), Refusal> {
    if draft.model().is_org_admin(account) {
        return Err(Refusal::invalid("Organization admins cannot be suspended"));
    }
    draft.make(Change::Directory {
        account,
        directory,
        status: DirectoryStatus::Suspended,
    });
    Ok(())
}

fn restore(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    call.write_body::<serde_json::Map<_, _>>()?;
    let (directory, account) = member(draft.model(), call)?;
    restore_in(draft, account, directory)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Restores an account in a directory, which takes seats again.
pub(super) fn restore_in(draft: &mut Draft<'_>, account: u32, directory: u8) -> Result<(), Refusal> {
    check_restorable(draft, account, directory)?;
    draft.make(Change::Directory {
        account,
        directory,
        status: DirectoryStatus::Active,
    });
    Ok(())
}

/// Whether there are seats for an account that is to be restored.
pub(super) fn check_restorable(draft: &Draft<'_>, account: u32, directory: u8) -> Result<(), Refusal> {
    let model = draft.model();
    if model.directory_status(account, directory) != DirectoryStatus::Suspended {
        return Ok(());
    }
    seats::check(draft, account, &seats::resting(model, account, directory))
}

fn remove(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let (directory, account) = member(draft.model(), call)?;
    draft.make(Change::Directory {
        account,
        directory,
        status: DirectoryStatus::NoMembership,
    });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The directory and account of a path; the account must be in the directory.
fn member(model: &Model, call: &Call<'_>) -> Result<(u8, u32), Refusal> {
    let (directory, account) = (real_directory(model, call)?, account_in(model, call)?);
    if model.directory_status(account, directory) == DirectoryStatus::NoMembership {
        return Err(Refusal::unknown("ADMIN-UAM-404-1", "user"));
    }
    Ok((directory, account))
}
