//! What queries and searches have in common: conditions with the length of a page, and an order.

use crate::SortDirection;
use crate::parameter::{ParameterError, Params, in_range};
use serde::Serialize;

/// Conditions that a listing is narrowed to.
pub(crate) trait Filter {
    /// Refuses what breaks a documented limit.
    fn check(&self) -> Result<(), ParameterError>;

    /// Adds the conditions to the parameters of a call.
    fn send(&self, params: &mut Params);
}

/// Checked conditions, in pages of a checked length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filtered<F> {
    filter: F,
    limit: u16,
}

impl<F: Filter> Filtered<F> {
    /// Pages of `limit` rows (1 to 100).
    pub(crate) fn new(filter: F, limit: u16) -> Result<Self, ParameterError> {
        in_range("limit", usize::from(limit), 1, 100)?;
        filter.check()?;
        Ok(Self { filter, limit })
    }

    /// The conditions alone: counting knows no pages.
    pub(crate) fn conditions(&self) -> Params {
        let mut params = Params::default();
        self.filter.send(&mut params);
        params
    }

    /// The length of a page.
    pub(crate) fn limit(&self) -> u16 {
        self.limit
    }

    /// The conditions and the length of a page.
    pub(crate) fn params(&self) -> Params {
        let mut params = Params::default();
        params.one("limit", Some(self.limit));
        self.filter.send(&mut params);
        params
    }
}

impl<F: Default> Default for Filtered<F> {
    /// Everything, in pages of 100.
    fn default() -> Self {
        Self {
            filter: F::default(),
            limit: 100,
        }
    }
}

/// The order of what a search finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sort {
    pub(crate) field: &'static str,
    pub(crate) direction: SortDirection,
}
