//! The table of operations in the crate page is the table in the code.

use http_kit::Idempotency;
use scim_client::{OPERATIONS, Operation};
use std::collections::BTreeSet;

const CRATE_PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"));

#[test]
fn the_crate_page_lists_every_operation_and_no_other() {
    // The first column is a link to the method, which the documentation checks.
    let listed: Vec<&str> = CRATE_PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`")?.split_once(" | "))
        .map(|(_, row)| row)
        .collect();
    let row = |operation: &Operation| {
        format!(
            "`{}` | {} | `{}` |",
            operation.name, operation.method, operation.path
        )
    };
    for (listed, operation) in listed.iter().zip(OPERATIONS) {
        assert_eq!(*listed, row(operation));
    }
    assert_eq!(listed.len(), OPERATIONS.len());
}

#[test]
fn names_and_routes_are_unique_and_well_formed() {
    let names: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    let routes: BTreeSet<_> = OPERATIONS
        .iter()
        .map(|operation| (operation.method.as_str(), operation.path))
        .collect();
    assert_eq!((names.len(), routes.len()), (OPERATIONS.len(), OPERATIONS.len()));
    for operation in OPERATIONS {
        for segment in operation.path.split('/').skip(1) {
            let whole = segment.starts_with('{') == segment.ends_with('}') && !segment.is_empty();
            assert!(whole, "{} has the odd segment {segment:?}", operation.name);
        }
    }
}

/// What must not be sent twice: whatever creates, changes, or may hold such operations.
#[test]
fn only_searches_and_idempotent_methods_may_be_sent_twice() {
    let unsafe_ones: Vec<&str> = OPERATIONS
        .iter()
        .filter(|operation| operation.twice == Idempotency::Unsafe)
        .map(|operation| operation.name)
        .collect();
    assert_eq!(
        unsafe_ones,
        [
            "users.create",
            "users.patch",
            "groups.create",
            "groups.patch",
            "me.create",
            "me.patch",
            "bulk"
        ]
    );
    for operation in OPERATIONS.iter().filter(|it| it.twice == Idempotency::Safe) {
        assert!(
            operation.method == http::Method::GET || operation.path.ends_with(".search"),
            "{}",
            operation.name
        );
    }
}
