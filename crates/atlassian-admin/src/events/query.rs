//! What is read of the audit log.

use crate::SortDirection;
use crate::parameter::{ParameterError, Params, at_most, in_range, no_commas};
use jiff::Timestamp;
use serde::Serialize;

/// Conditions on events; all that are given must hold. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only events that contain this one term.
    pub term: Option<String>,
    /// Only events from this moment on.
    pub from: Option<Timestamp>,
    /// Only events up to this moment.
    pub to: Option<Timestamp>,
    /// Only this action.
    pub action: Option<String>,
    /// Only these actors (at most 100).
    pub actors: Vec<String>,
    /// Only these network addresses (at most 100).
    pub ips: Vec<String>,
    /// Only these apps: `bitbucket`, `confluence`, `guard_detect`, `jira`, `loom`.
    pub products: Vec<String>,
    /// Only these places.
    pub places: Vec<EventPlace>,
}

/// A place that events come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventPlace {
    /// The city.
    pub city: String,
    /// The country.
    pub country_name: String,
}

/// A checked query for [`events`](crate::AdminClient::events).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventQuery {
    filter: EventFilter,
    limit: u16,
}

impl EventQuery {
    /// A query for these events, in pages of `limit` (1 to 500). With 10 requests allowed a minute, long
    /// pages pay.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn new(filter: EventFilter, limit: u16) -> Result<Self, ParameterError> {
        in_range("limit", usize::from(limit), 1, 500)?;
        at_most("actor", &filter.actors, 100)?;
        at_most("ip", &filter.ips, 100)?;
        no_commas("actor", &filter.actors)?;
        no_commas("ip", &filter.ips)?;
        no_commas("product", &filter.products)?;
        Ok(Self { filter, limit })
    }

    /// The length of a page.
    pub(crate) fn limit(&self) -> u16 {
        self.limit
    }

    pub(crate) fn params(&self) -> Params {
        let filter = &self.filter;
        let places = (!filter.places.is_empty()).then(|| json_text(&filter.places));
        let mut params = Params::default();
        params
            .one("limit", Some(self.limit))
            .one("q", filter.term.as_ref())
            .one("from", filter.from.map(Timestamp::as_millisecond))
            .one("to", filter.to.map(Timestamp::as_millisecond))
            .one("action", filter.action.as_ref())
            .joined("actor", &filter.actors)
            .joined("ip", &filter.ips)
            .joined("product", &filter.products)
            .one("location", places);
        params
    }
}

/// A checked query for [`poll_events`](crate::AdminClient::poll_events).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedQuery {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: u16,
    order: SortDirection,
}

impl FeedQuery {
    /// Events that the log took in from this moment on, oldest first, in pages of `limit` (1 to 500).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when the limit is out of its range.
    pub fn new(from: Option<Timestamp>, limit: u16) -> Result<Self, ParameterError> {
        in_range("limit", usize::from(limit), 1, 500)?;
        Ok(Self {
            from,
            to: None,
            limit,
            order: SortDirection::Asc,
        })
    }

    /// Only events up to this moment.
    #[must_use]
    pub fn until(mut self, to: Timestamp) -> Self {
        self.to = Some(to);
        self
    }

    /// Newest first. The order is part of the position: it cannot be changed later.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.order = SortDirection::Desc;
        self
    }

    /// The length of a page.
    pub(crate) fn limit(&self) -> u16 {
        self.limit
    }

    pub(crate) fn params(&self) -> Params {
        let order = match self.order {
            SortDirection::Asc => "asc",
            SortDirection::Desc => "desc",
        };
        let mut params = Params::default();
        params
            .one("limit", Some(self.limit))
            .one("from", self.from.map(Timestamp::as_millisecond))
            .one("to", self.to.map(Timestamp::as_millisecond))
            .one("sortOrder", Some(order));
        params
    }
}

/// Two texts in an object cannot fail to be JSON.
fn json_text(places: &[EventPlace]) -> String {
    serde_json::to_string(places).unwrap_or_default()
}
