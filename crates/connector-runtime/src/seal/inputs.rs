//! What sealing grants needs to know.

use super::entitlements::Known;
use crate::staging::Staging;
use connector_sdk::Plan;
use std::collections::HashMap;

/// What sealing grants needs to know.
pub(super) struct Inputs<'a> {
    pub(super) staging: &'a Staging,
    /// Entitlements by number.
    pub(super) entitlements: &'a HashMap<i64, Known>,
    /// Types by number.
    pub(super) types: &'a HashMap<i64, String>,
    pub(super) plans: &'a HashMap<String, Plan>,
}
