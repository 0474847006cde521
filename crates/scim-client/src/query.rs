//! What a listing asks for (RFC 7644 §3.4.2), and how it is walked.

use crate::attribute::{AttributePath, Selection};
use crate::filter::Filter;
use crate::parameter::ParameterError;
use serde::Serialize;

/// The schema of a search.
const SEARCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// A checked query for a listing or a search. The default asks for everything.
///
/// ```
/// use scim_client::{Filter, Query, Selection, SortOrder};
///
/// let query = Query::builder()
///     .filter(Filter::eq("userName", "ines")?)
///     .sort_by("meta.created", SortOrder::Descending)
///     .selection(Selection::only(["userName", "active"])?)
///     .page_size(50)
///     .build()?;
/// # Ok::<_, scim_client::ParameterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub(crate) filter: Option<Filter>,
    pub(crate) sort: Option<(AttributePath, SortOrder)>,
    pub(crate) selection: Selection,
    pub(crate) page_size: Option<u32>,
    pub(crate) paging: Option<Paging>,
}

/// How a listing is cut into pages. A cursor of an earlier page remembers which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// By the number of the first resource of the page (RFC 7644 §3.4.2.4). Every server has it, and none
    /// promises that a listing that changes while it is walked is whole: resources may come twice or be missed.
    Index,
    /// By the server's cursors (RFC 9865), where it offers them.
    Cursor,
}

/// The order of a sorted listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SortOrder {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Collects a [`Query`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct QueryBuilder {
    query: Query,
    fault: Option<ParameterError>,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At this resource, from 1.
    Index(u64),
    /// Where the server said; at the beginning if it is empty.
    Cursor(String),
}

impl Query {
    /// Starts a query for everything.
    pub fn builder() -> QueryBuilder {
        QueryBuilder::default()
    }

    /// The query in the address of a listing.
    pub(crate) fn parameters(&self, start: &Start, count: u32) -> Vec<(&'static str, String)> {
        let mut parameters = Vec::new();
        if let Some(filter) = &self.filter {
            parameters.push(("filter", filter.to_string()));
        }
        if let Some((path, order)) = &self.sort {
            parameters.push(("sortBy", path.to_string()));
            parameters.push(("sortOrder", order.as_str().to_owned()));
        }
        parameters.extend(self.selection.parameter());
        parameters.push(match start {
            Start::Index(index) => ("startIndex", index.to_string()),
            Start::Cursor(cursor) => ("cursor", cursor.clone()),
        });
        parameters.push(("count", count.to_string()));
        parameters
    }

    /// The query as the body of a search (RFC 7644 §3.4.3).
    pub(crate) fn body(&self, start: &Start, count: u32) -> impl Serialize + use<> {
        let paths = |wanted: &str| {
            let (_, paths) = self.selection.paths().filter(|(key, _)| *key == wanted)?;
            Some(paths.iter().map(ToString::to_string).collect())
        };
        SearchBody {
            schemas: [SEARCH_SCHEMA],
            attributes: paths("attributes"),
            excluded_attributes: paths("excludedAttributes"),
            filter: self.filter.as_ref().map(ToString::to_string),
            sort_by: self.sort.as_ref().map(|(path, _)| path.to_string()),
            sort_order: self.sort.as_ref().map(|(_, order)| order.as_str()),
            start_index: match start {
                Start::Index(index) => Some(*index),
                Start::Cursor(_) => None,
            },
            cursor: match start {
                Start::Index(_) => None,
                Start::Cursor(cursor) => Some(cursor.clone()),
            },
            count,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchBody {
    schemas: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excluded_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_order: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    count: u32,
}

impl Paging {
    /// Where a first page starts.
    pub(crate) fn first(self) -> Start {
        match self {
            Self::Index => Start::Index(1),
            // The empty cursor asks for pages by cursor (RFC 9865 §2.1).
            Self::Cursor => Start::Cursor(String::new()),
        }
    }
}

impl SortOrder {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

impl QueryBuilder {
    /// Only resources that meet a condition.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.query.filter = Some(filter);
        self
    }

    /// Sorted by an attribute.
    pub fn sort_by(mut self, attribute: &str, order: SortOrder) -> Self {
        match AttributePath::parse(attribute) {
            Ok(path) => self.query.sort = Some((path, order)),
            Err(fault) => {
                self.fault.get_or_insert(fault);
            }
        }
        self
    }

    /// Which attributes the answer is to hold.
    pub fn selection(mut self, selection: Selection) -> Self {
        self.query.selection = selection;
        self
    }

    /// How many resources a page is to hold at most. Servers may return fewer; by default, it is what the
    /// [`Profile`](crate::Profile) says.
    pub fn page_size(mut self, size: u32) -> Self {
        self.query.page_size = Some(size);
        self
    }

    /// How the listing is cut into pages. By default, by index where the profile has that.
    pub fn paging(mut self, paging: Paging) -> Self {
        self.query.paging = Some(paging);
        self
    }

    /// Checks the query.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when the attribute to sort by is not a name, a page is to hold nothing, or the filter
    /// is larger than a server would read.
    pub fn build(self) -> Result<Query, ParameterError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if let Some(filter) = &self.query.filter {
            filter.check()?;
        }
        if let Some(given @ 0) = self.query.page_size {
            return Err(ParameterError::TooSmall {
                parameter: "count",
                given,
                least: 1,
            });
        }
        Ok(self.query)
    }
}
