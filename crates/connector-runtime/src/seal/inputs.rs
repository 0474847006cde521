//! What sealing grants needs to know.

use super::entitlements::Known;
use crate::error::SyncError;
use crate::staging::Staging;
use connector_sdk::Plan;
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// What sealing grants needs to know.
pub(super) struct Inputs<'a> {
    pub(super) staging: &'a Staging,
    /// Entitlements by number.
    pub(super) entitlements: &'a HashMap<i64, Known>,
    /// Types by number.
    pub(super) types: &'a HashMap<i64, String>,
    pub(super) plans: &'a HashMap<String, Plan>,
    pub(super) cancel: &'a CancellationToken,
}

impl Inputs<'_> {
    /// An error once the caller gave up.
    pub(super) fn go_on(&self) -> Result<(), SyncError> {
        if self.cancel.is_cancelled() {
            return Err(self.staging.interrupted());
        }
        Ok(())
    }
}
