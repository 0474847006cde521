//! What listings of tokens and keys are narrowed to.
//!
//! This surface answers a parameter that it does not know, or does not like, with a bare 500. So nothing is
//! sent that was not asked for, and the number of rows is called `pageSize`.

use crate::parameter::{ParameterError, Params, in_range};
use crate::{SortDirection, TokenStatus};

/// A condition on a moment, in the vendor's own parameters. The vendor documents their names, not how they
/// combine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeCondition {
    /// How to compare, such as `gt`, `lt`, `range` (`…SearchType`).
    pub search_type: Option<String>,
    /// The unit of the value, such as `day` (`…Uom`).
    pub unit: Option<String>,
    /// How many units ago (`…Value`).
    pub value: Option<u32>,
    /// From this moment (`…From`).
    pub from: Option<String>,
    /// To this moment (`…To`).
    pub to: Option<String>,
    /// The start of a range (`…RangeFrom`).
    pub range_from: Option<String>,
    /// The end of a range (`…RangeTo`).
    pub range_to: Option<String>,
}

/// The seven parameters of a condition; their names are put together here because a name made at run time
/// could not be one of the constants that are sent.
macro_rules! send_condition {
    ($params:expr, $condition:expr, $prefix:literal) => {
        if let Some(condition) = $condition {
            $params
                .one(concat!($prefix, "SearchType"), condition.search_type.as_ref())
                .one(concat!($prefix, "Uom"), condition.unit.as_ref())
                .one(concat!($prefix, "Value"), condition.value)
                .one(concat!($prefix, "From"), condition.from.as_ref())
                .one(concat!($prefix, "To"), condition.to.as_ref())
                .one(concat!($prefix, "RangeFrom"), condition.range_from.as_ref())
                .one(concat!($prefix, "RangeTo"), condition.range_to.as_ref());
        }
    };
}

/// Conditions on API tokens; all that are given must hold. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Only labels, names and addresses that are like this.
    pub term: Option<String>,
    /// Only tokens in this state.
    pub status: Option<TokenStatus>,
    /// When it was made.
    pub created: Option<TimeCondition>,
    /// When it was last used.
    pub last_active: Option<TimeCondition>,
}

/// Conditions on API keys of the organization; all that are given must hold. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Only labels and names that are like this.
    pub term: Option<String>,
    /// Only keys of this kind.
    pub key_type: Option<String>,
    /// When it ends.
    pub expires: Option<TimeCondition>,
    /// When it was last used.
    pub last_active: Option<TimeCondition>,
}

/// How a listing of tokens or keys is cut and sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPaging {
    page_size: u16,
    sort: Option<String>,
}

impl TokenPaging {
    /// Pages of this many rows (1 to 1000).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when the number is out of its range.
    pub fn new(page_size: u16) -> Result<Self, ParameterError> {
        in_range("pageSize", usize::from(page_size), 1, 1000)?;
        Ok(Self {
            page_size,
            sort: None,
        })
    }

    /// Sorted by a field, such as `lastActiveAt`.
    #[must_use]
    pub fn sort_by(mut self, field: &str, direction: SortDirection) -> Self {
        let sign = match direction {
            SortDirection::Asc => '+',
            SortDirection::Desc => '-',
        };
        self.sort = Some(format!("{sign}{field}"));
        self
    }

    /// The length of a page.
    #[must_use]
    pub fn page_size(&self) -> u16 {
        self.page_size
    }

    pub(crate) fn send(&self, params: &mut Params) {
        params
            .one("pageSize", Some(self.page_size))
            .one("sort", self.sort.as_ref());
    }
}

impl Default for TokenPaging {
    /// Pages as long as the vendor allows, in the vendor's order.
    fn default() -> Self {
        Self {
            page_size: 1000,
            sort: None,
        }
    }
}

impl TokenFilter {
    pub(crate) fn send(&self, params: &mut Params) {
        // Answers write the state in upper case and the parameter takes it in lower case.
        let status = self
            .status
            .as_ref()
            .map(|status| status.as_str().to_ascii_lowercase());
        params.one("q", self.term.as_ref()).one("status", status);
        send_condition!(params, &self.created, "createdAt");
        send_condition!(params, &self.last_active, "lastActiveAt");
    }
}

impl KeyFilter {
    pub(crate) fn send(&self, params: &mut Params) {
        params
            .one("q", self.term.as_ref())
            .one("keyType", self.key_type.as_ref());
        send_condition!(params, &self.expires, "expiresAt");
        send_condition!(params, &self.last_active, "lastActiveAt");
    }
}
