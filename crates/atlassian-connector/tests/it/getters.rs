//! One account, one group, where the search does not know it or is not there.

use crate::vendor::{Vendor, one, page, refusal};
use connector_sdk::{Connector, ResourceKey};
use serde_json::json;

/// Its details have the last word, and what the search has beside it is not it.
#[tokio::test]
async fn what_the_search_does_not_know_is_read_by_its_details() {
    let missing = || refusal(405, "ADMIN-UAM-405-1", "Method not supported");
    let account = |id: &str, name: &str| json!({"accountId": id, "name": name});
    let group = |id: &str, name: &str| json!({"id": id, "name": name});
    for (kind, vendor) in [
        (
            "user",
            Vendor::new().users_search(page([account("other", "Other"), account("wanted", "Wanted")])),
        ),
        (
            "user",
            Vendor::new()
                .users_search(page([account("other", "Other")]))
                .user(one(&account("wanted", "Wanted"))),
        ),
        (
            "user",
            Vendor::new()
                .users_search(missing())
                .user(one(&account("wanted", "Wanted"))),
        ),
        (
            "group",
            Vendor::new().groups_search(page([group("other", "Other"), group("wanted", "Wanted")])),
        ),
        (
            "group",
            Vendor::new()
                .groups_search(page([group("other", "Other")]))
                .group(one(&group("wanted", "Wanted"))),
        ),
        (
            "group",
            Vendor::new()
                .groups_search(missing())
                .group(one(&group("wanted", "Wanted"))),
        ),
    ] {
        let mut types = vendor.connector().types().into_iter();
        let getter = types
            .find_map(|entry| (entry.resource_type.id == kind).then_some(entry.getter))
            .flatten()
            .unwrap();
        let found = getter.get(&ResourceKey::new(kind, "wanted")).await.unwrap();
        assert_eq!(found.resource.display_name, "Wanted", "{}", vendor.asked());
    }
}
