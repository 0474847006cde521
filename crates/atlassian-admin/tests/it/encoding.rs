//! Ids become exactly one segment of a path, whatever they hold.

use crate::support::{ORG, client, reply};
use atlassian_admin::{AccountId, AdminErrorKind, DirectoryRef, DomainId, TokenId};
use proptest::prelude::*;
use tokio::runtime;

/// The path of a request about an id of the vendor.
async fn path_of(id: &str) -> String {
    let (client, transport) = client(vec![reply(404, "")]);
    let _ = client.user(&DirectoryRef::Any, &AccountId::from_vendor(id)).await;
    transport.requests()[0].path.clone()
}

#[tokio::test]
async fn separators_are_encoded() {
    for (id, segment) in [
        ("712020:0b7c4e1f", "712020:0b7c4e1f"),
        ("qm:a|b", "qm:a%7Cb"),
        ("a/b", "a%2Fb"),
        ("a/../../orgs", "a%2F..%2F..%2Forgs"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%25", "50%2525"),
        ("Jörg", "J%C3%B6rg"),
    ] {
        assert_eq!(
            path_of(id).await,
            format!("/admin/v2/orgs/{ORG}/directories/-/users/{segment}")
        );
    }
}

#[tokio::test]
async fn an_id_that_is_no_segment_sends_nothing() {
    for id in [".", "..", ""] {
        let (client, transport) = client(vec![]);
        let account = AccountId::from_vendor(id);
        let errors = [
            client.user(&DirectoryRef::Any, &account).await.map(drop),
            client.delete_account(&account).await.map(drop),
            client
                .revoke_account_token(&account, &TokenId::from_vendor("t"))
                .await
                .map(drop),
            client.domain(&DomainId::from_vendor(id)).await.map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error.kind(), AdminErrorKind::Invalid, "{error}");
        }
        assert!(transport.requests().is_empty(), "{id:?} was sent");
    }
}

proptest! {
    /// Whatever the id, the request is about one account and about this one.
    #[test]
    fn an_id_stays_one_segment(id in "\\PC{1,24}") {
        let id = id.trim();
        prop_assume!(!matches!(id, "" | "." | ".."));
        let path = runtime::Builder::new_current_thread().build().unwrap().block_on(path_of(id));
        let segment = path.strip_prefix(&format!("/admin/v2/orgs/{ORG}/directories/-/users/")).unwrap();
        prop_assert!(!segment.contains(['/', '?', '#', '\\']), "{}", path);
        // Read back as a server would: the parser of URLs takes the percent signs out again.
        let read = url::form_urlencoded::parse(format!("id={}", segment.replace('+', "%2B")).as_bytes())
            .next().unwrap().1.into_owned();
        prop_assert_eq!(read, id);
    }
}
