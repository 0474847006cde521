//! Queries for instances of apps.

use crate::SortDirection;
use crate::parameter::{ParameterError, in_range};
use serde::Serialize;

/// A condition on instances of apps. An empty operator takes everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WorkspaceFilter {
    /// All of these hold.
    And(Vec<WorkspaceFilter>),
    /// None of these holds.
    Nor(Vec<WorkspaceFilter>),
    /// An attribute has one of some values.
    Field {
        /// The attribute, such as `attributes.typeKey`.
        name: String,
        /// The values.
        values: Vec<String>,
    },
    /// The name or the address contains this.
    SearchWorkspaces(String),
    /// It has these features.
    Features(Vec<String>),
    /// These policies cover it.
    Policies(Vec<String>),
}

impl WorkspaceFilter {
    /// Only instances of these apps, by their machine words.
    #[must_use]
    pub fn apps<'a>(type_keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Field {
            name: "attributes.typeKey".to_owned(),
            values: type_keys.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A checked query for [`query_workspaces`](crate::AdminClient::query_workspaces).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkspaceQuery {
    limit: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<WorkspaceFilter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sort: Vec<Sort>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Sort {
    field: String,
    order: SortDirection,
}

impl WorkspaceQuery {
    /// A query for these instances, in pages of `limit` (1 to 1000).
    ///
    /// The vendor takes the limit on the first page only; later pages are as long as it likes.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when the limit is out of its range.
    pub fn new(filter: Option<WorkspaceFilter>, limit: u16) -> Result<Self, ParameterError> {
        in_range("limit", usize::from(limit), 1, 1000)?;
        Ok(Self {
            limit,
            query: filter,
            sort: Vec::new(),
        })
    }

    /// The length of a page.
    pub(crate) fn limit(&self) -> u16 {
        self.limit
    }

    /// Sorts by an attribute; repeated, by the next one among equals.
    #[must_use]
    pub fn sort_by(mut self, field: &str, order: SortDirection) -> Self {
        self.sort.push(Sort {
            field: field.to_owned(),
            order,
        });
        self
    }
}

impl Default for WorkspaceQuery {
    /// Every instance, in pages as long as the vendor allows.
    fn default() -> Self {
        Self {
            limit: 1000,
            query: None,
            sort: Vec::new(),
        }
    }
}
