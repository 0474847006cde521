//! Requests held against a profile: what is asked for, apart from the resources in it.

use super::rules::{FilterRule, Offer};
use super::{Profile, ProfileError};
use crate::attribute::Selection;
use crate::filter::Filter;
use crate::model::ResourceKind;
use crate::operation::Operation;
use crate::query::{Paging, Query, Start};
use scim_v2::filter::{AttrExp, CompValue, CompareOp, Filter as Syntax};
use std::borrow::Cow;

impl Profile {
    /// Whether a listing of resources of a kind would be sent.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] names the first parameter that the provider does not take.
    pub fn check_query(&self, kind: ResourceKind, query: &Query) -> Result<(), ProfileError> {
        let operation = &kind.endpoint().list;
        let start = self.paging_of(query).first();
        self.check_listing(operation, Some(kind), query, &start, self.count_of(query))
    }

    /// A listing or a search; of resources of any kind if none is told.
    pub(crate) fn check_listing(
        &self,
        operation: &Operation,
        kind: Option<ResourceKind>,
        query: &Query,
        start: &Start,
        count: u32,
    ) -> Result<(), ProfileError> {
        if let Some(filter) = &query.filter {
            self.check_filter(operation, kind, filter)?;
        }
        if query.sort.is_some() {
            self.require(operation, &self.offers.sort, "sortBy")?;
        }
        if let Some(kind) = kind {
            self.check_selection(operation, kind, &query.selection)?;
        }
        match start {
            Start::Index(_) => self.require(operation, &self.offers.paging_by_index, "startIndex")?,
            Start::Cursor(_) => self.require(operation, &self.offers.paging_by_cursor, "cursor")?,
        }
        self.check_count(operation, count)
    }

    fn check_filter(
        &self,
        operation: &Operation,
        kind: Option<ResourceKind>,
        filter: &Filter,
    ) -> Result<(), ProfileError> {
        self.require(operation, &self.offers.filter, "filter")?;
        let Some(kind) = kind else { return Ok(()) };
        match self.rules(kind).filter {
            FilterRule::Any => Ok(()),
            FilterRule::OneEquality { attributes, rule } => {
                let fits = match filter.syntax() {
                    Syntax::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(_))) => {
                        path.uri.is_none()
                            && path.sub_attr.is_none()
                            && attributes
                                .iter()
                                .any(|attribute| attribute.eq_ignore_ascii_case(&path.name))
                    }
                    _ => false,
                };
                if fits {
                    Ok(())
                } else {
                    Err(self.refuse(operation, "filter", rule))
                }
            }
        }
    }

    fn check_count(&self, operation: &Operation, count: u32) -> Result<(), ProfileError> {
        if (self.page.least..=self.page.most).contains(&count) {
            return Ok(());
        }
        let rule = format!(
            "a page holds {} to {} resources, and {count} are asked for",
            self.page.least, self.page.most
        );
        Err(self.refuse(operation, "count", rule))
    }

    pub(crate) fn check_selection(
        &self,
        operation: &Operation,
        kind: ResourceKind,
        selection: &Selection,
    ) -> Result<(), ProfileError> {
        match selection.paths() {
            None => Ok(()),
            Some((parameter, _)) => self.require(operation, &self.rules(kind).selection, parameter),
        }
    }

    pub(crate) fn check_condition(
        &self,
        operation: &Operation,
        header: &'static str,
    ) -> Result<(), ProfileError> {
        self.require(operation, &self.offers.etag, header)
    }

    pub(crate) fn check_me(&self, operation: &Operation) -> Result<(), ProfileError> {
        self.require(operation, &self.offers.me, "/Me")
    }

    pub(crate) fn check_search(&self, operation: &Operation) -> Result<(), ProfileError> {
        self.require(operation, &self.offers.search, "/.search")
    }

    /// A bulk request of this many operations and bytes.
    pub(crate) fn check_bulk(
        &self,
        operation: &Operation,
        operations: usize,
        bytes: usize,
    ) -> Result<(), ProfileError> {
        self.require(operation, &self.offers.bulk, "/Bulk")?;
        let over = |given: usize, limit: Option<u64>| limit.filter(|limit| given as u64 > *limit);
        if let Some(most) = over(operations, self.bulk_limits.operations) {
            let rule = format!("the server takes {most} operations at once, and {operations} are given");
            return Err(self.refuse(operation, "Operations", rule));
        }
        if let Some(most) = over(bytes, self.bulk_limits.bytes) {
            let rule = format!("the server takes {most} bytes at once, and {bytes} are given");
            return Err(self.refuse(operation, "the body", rule));
        }
        Ok(())
    }

    /// How many resources a page of a query is asked for.
    pub(crate) fn count_of(&self, query: &Query) -> u32 {
        query.page_size.unwrap_or(self.page.usual)
    }

    /// How a query is cut into pages.
    pub(crate) fn paging_of(&self, query: &Query) -> Paging {
        let only_cursors =
            self.offers.paging_by_index != Offer::Yes && self.offers.paging_by_cursor == Offer::Yes;
        query.paging.unwrap_or(match only_cursors {
            true => Paging::Cursor,
            false => Paging::Index,
        })
    }

    pub(super) fn require(
        &self,
        operation: &Operation,
        offer: &Offer,
        parameter: &str,
    ) -> Result<(), ProfileError> {
        match offer {
            Offer::Yes => Ok(()),
            Offer::No(rule) => Err(self.refuse(operation, parameter, rule.clone())),
        }
    }

    pub(super) fn refuse(
        &self,
        operation: &Operation,
        parameter: impl Into<String>,
        rule: impl Into<Cow<'static, str>>,
    ) -> ProfileError {
        ProfileError::new(self.name.clone(), operation, parameter, rule)
    }
}
