//! The two ways to list accounts: the current search, and the old listing that ends after 2027-06-30.

use crate::parameter::{ParameterError, at_most, in_range, not_both, not_empty};
use crate::query::{Filter, Filtered, Sort};
use crate::users::filter::UserFilter;
use crate::{EmailAddress, SortDirection};
use http_kit::open_words;
use serde::Serialize;

open_words! {
    exact;
    /// What a search adds to each account. Without it an organization admin looks like anyone else.
    pub enum UserExpand {
        /// Roles of the platform.
        PlatformRoles = "platformRoles",
        /// How many resources the account has a role on.
        ResourceCounts = "counts.resources",
        /// Last activity by app; spares one request per account.
        ProductAccess = "productAccess",
        /// Groups within the directory of the search. With [`DirectoryRef::Any`](crate::DirectoryRef::Any) it
        /// means nothing certain.
        Groups = "groups",
    }
}

/// A checked search for [`search_users`](crate::AdminClient::search_users).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserSearch {
    limit: u16,
    #[serde(flatten)]
    filter: UserFilter,
    #[serde(skip_serializing_if = "Option::is_none")]
    emails: Option<Vec<EmailAddress>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expand: Vec<UserExpand>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sort_by: Vec<Sort>,
}

impl UserSearch {
    /// Starts a search for every account, in pages of 100, with nothing expanded.
    pub fn builder() -> UserSearchBuilder {
        UserSearchBuilder(Self::default())
    }

    /// The length of a page.
    pub(crate) fn limit(&self) -> u16 {
        self.limit
    }
}

impl Default for UserSearch {
    /// Every account, in pages of 100, with nothing expanded.
    fn default() -> Self {
        Self {
            limit: 100,
            filter: UserFilter::default(),
            emails: None,
            expand: Vec::new(),
            sort_by: Vec::new(),
        }
    }
}

/// Collects a [`UserSearch`]; the limits are checked by [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct UserSearchBuilder(UserSearch);

impl UserSearchBuilder {
    /// Conditions on the accounts.
    pub fn filter(mut self, filter: UserFilter) -> Self {
        self.0.filter = filter;
        self
    }

    /// Only accounts with exactly these addresses (1 to 100). Excludes a search term.
    pub fn emails<'a>(mut self, emails: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.emails = Some(emails.into_iter().map(EmailAddress::from).collect());
        self
    }

    /// What to add to each account.
    pub fn expand(mut self, expand: impl IntoIterator<Item = UserExpand>) -> Self {
        self.0.expand = expand.into_iter().collect();
        self
    }

    /// Sorts by nickname.
    pub fn sort_by_nickname(mut self, direction: SortDirection) -> Self {
        self.0.sort_by = vec![Sort {
            field: "nick_name",
            direction,
        }];
        self
    }

    /// How many accounts a page holds at most: 1 to 100, 100 by default.
    pub fn limit(mut self, limit: u16) -> Self {
        self.0.limit = limit;
        self
    }

    /// Checks the limits.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn build(self) -> Result<UserSearch, ParameterError> {
        let search = self.0;
        in_range("limit", usize::from(search.limit), 1, 100)?;
        search.filter.check()?;
        if let Some(emails) = &search.emails {
            at_most("emails", emails, 100)?;
            not_empty("emails", emails, "without one, every account would be found")?;
        }
        not_both(
            ("emails", search.emails.is_some()),
            ("searchTerm", search.filter.search_term.is_some()),
        )?;
        Ok(search)
    }
}

/// A checked query for [`list_users`](crate::AdminClient::list_users) and
/// [`count_users`](crate::AdminClient::count_users).
///
/// The default is every account, in pages of 100:
///
/// ```
/// use atlassian_admin::{UserSearch, UserQuery, UserFilter};
///
/// assert_eq!(UserQuery::default(), UserQuery::new(UserFilter::default(), 100)?);
/// assert_eq!(UserSearch::default(), UserSearch::builder().limit(100).build()?);
/// # Ok::<(), atlassian_admin::ParameterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserQuery(pub(crate) Filtered<UserFilter>);

impl UserQuery {
    /// A query for these accounts, in pages of `limit` (1 to 100).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn new(filter: UserFilter, limit: u16) -> Result<Self, ParameterError> {
        Filtered::new(filter, limit).map(Self)
    }
}
