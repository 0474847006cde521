//! What a server says of itself, as rules.

use super::Profile;
use super::rules::BulkLimits;
use crate::discovery::ServiceProviderConfig;

impl Profile {
    /// The same profile without what the server says that it does not offer, and within the limits that it
    /// names. Nothing is added: what the profile refuses stays refused, as servers are known to promise more
    /// than they keep.
    #[must_use]
    pub fn restricted_by(mut self, config: &ServiceProviderConfig) -> Self {
        let offers = &mut self.offers;
        offers.patch.restrict(
            config.patch.is_offered(),
            "the server says that it has no PATCH; replace the resource",
        );
        offers.filter.restrict(
            config.filter.is_offered(),
            "the server says that it does not filter",
        );
        offers
            .sort
            .restrict(config.sort.is_offered(), "the server says that it does not sort");
        offers.etag.restrict(
            config.etag.is_offered(),
            "the server says that it has no versions, so the condition would be ignored",
        );
        offers
            .bulk
            .restrict(config.bulk.is_offered(), "the server says that it has no /Bulk");
        self.bulk_limits = BulkLimits {
            operations: least(self.bulk_limits.operations, positive(config.bulk.max_operations)),
            bytes: least(self.bulk_limits.bytes, positive(config.bulk.max_payload_size)),
        };
        let mut most = vec![config.filter.max_results];
        match &config.pagination {
            // RFC 9865 §3: a server that has cursors says so.
            None => offers
                .paging_by_cursor
                .restrict(false, "the server does not say that it has cursors"),
            Some(pagination) => {
                let no = "the server says that it does not page this way";
                offers.paging_by_cursor.restrict(pagination.by_cursor(), no);
                offers.paging_by_index.restrict(pagination.by_index(), no);
                most.push(pagination.max_page_size);
            }
        }
        for most in most.into_iter().filter_map(positive) {
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            self.page.most = self.page.most.min(most);
            self.page.usual = self.page.usual.min(most);
        }
        self
    }
}

/// Some servers write 0 for no limit beside what they do support.
fn positive(limit: Option<u64>) -> Option<u64> {
    limit.filter(|limit| *limit > 0)
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
