//! The vendor's own examples, and forms of requests and answers that no recording has: what is sent, and what is read.
//! Values are shown as JSON, because their `Debug` hides people.

use crate::support::{after, client, fixture, made, page, receipt, reply, user, written};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use scim_client::*;
use serde::Serialize;

/// Sends with a status and a body for an answer, and snapshots the request and what was read.
macro_rules! exchange {
    ($name:ident, $profile:expr, $status:literal, $body:expr, |$client:ident| $send:expr) => {
        #[tokio::test]
        async fn $name() {
            let ($client, transport) = client($profile, vec![reply($status, $body)]);
            let read = $send.await.expect("an answer");
            let requests: Vec<String> = transport.requests().iter().map(written).collect();
            insta::assert_snapshot!(stringify!($name), shown(&requests, &read));
        }
    };
}

fn shown(requests: &[String], read: &impl Serialize) -> String {
    let read = serde_json::to_string_pretty(read).expect("what was read is JSON");
    format!("{}\n\n{read}", requests.join("\n"))
}

fn everything() -> Selection {
    Selection::Default
}

fn ines() -> User {
    let mut user = User::new("ines.calder@larkspur.example");
    let email = MultiValued::new("ines.calder@larkspur.example");
    user.emails = vec![email.of_type(ValueType::Work).primary()];
    user.display_name = Some("Ines Calder".into());
    user.active = Some(Flag(true));
    user.enterprise = Some(department("Platform"));
    user
}

fn department(name: &str) -> EnterpriseUser {
    let mut enterprise = EnterpriseUser::default();
    enterprise.department = Some(name.into());
    enterprise
}

// Discovery.
exchange!(
    config,
    Profile::atlassian(),
    200,
    fixture!("atlassian-config"),
    |client| client.discovery().config()
);
exchange!(
    schemas,
    Profile::atlassian(),
    200,
    fixture!("atlassian-schemas"),
    |client| async { client.discovery().schemas().await.map(page) }
);
exchange!(
    resource_types,
    Profile::atlassian(),
    200,
    fixture!("atlassian-resource-types"),
    |client| async { client.discovery().resource_types().await.map(page) }
);

// Users.
exchange!(
    users_list_by_name,
    Profile::atlassian(),
    200,
    fixture!("atlassian-users"),
    |client| async {
        let query = Query::builder()
            .filter(Filter::eq("userName", r#"ines "the" \ calder"#).unwrap())
            .selection(Selection::only(["userName", "emails.value", ATLASSIAN_EXTENSION]).unwrap())
            .page_size(2)
            .build()
            .unwrap();
        client.users().list(&query, None).await.map(page)
    }
);
exchange!(
    users_list_with_everything,
    Profile::rfc(),
    200,
    fixture!("rfc-users-cursor"),
    |client| async {
        let query = Query::builder()
            .filter(Filter::parse("active eq true and not (emails[type eq \"home\"])").unwrap())
            .sort_by("meta.lastModified", SortOrder::Descending)
            .selection(Selection::except(["x509Certificates", "photos"]).unwrap())
            .page_size(1)
            .paging(Paging::Cursor)
            .build()
            .unwrap();
        client.users().list(&query, None).await.map(page)
    }
);
exchange!(
    users_list_with_bad_rows,
    Profile::rfc(),
    200,
    fixture!("users-bad-rows"),
    |client| async { client.users().list(&Query::default(), None).await.map(page) }
);
exchange!(
    users_count,
    Profile::rfc(),
    200,
    r#"{"totalResults":417,"startIndex":1,"itemsPerPage":0}"#,
    |client| client.users().count(None)
);
exchange!(
    users_count_where_none_cannot_be_asked_for,
    Profile::atlassian(),
    200,
    fixture!("atlassian-users"),
    |client| async {
        let filter = Filter::eq("externalId", "00u1k2l3m4").unwrap();
        client.users().count(Some(&filter)).await
    }
);
exchange!(
    users_get,
    Profile::atlassian(),
    200,
    fixture!("atlassian-user"),
    |client| async { client.users().get(&user(), &everything()).await }
);
exchange!(
    users_create,
    Profile::atlassian(),
    201,
    fixture!("atlassian-user-unlinked"),
    |client| async { client.users().create(&ines(), &everything()).await.map(made) }
);

// Groups.
exchange!(
    groups_list,
    Profile::atlassian(),
    200,
    fixture!("atlassian-groups"),
    |client| async {
        let query = Query::builder()
            .filter(Filter::parse(r#"displayName EQ "eng-platform""#).unwrap())
            .build()
            .unwrap();
        client.groups().list(&query, None).await.map(page)
    }
);
exchange!(
    groups_replace,
    Profile::atlassian(),
    200,
    fixture!("atlassian-group"),
    |client| async {
        let mut stored: Stored<Group> = serde_json::from_str(fixture!("atlassian-group")).unwrap();
        stored.resource.external_id = Some("set by the vendor".into());
        stored.resource.members.clear();
        client
            .groups()
            .replace(&stored.id, &stored.resource, &WriteOptions::default())
            .await
            .map(after)
    }
);

/// What the server's support finds a request by is kept of writes that succeed too.
#[tokio::test]
async fn a_write_is_known_by_the_id_of_its_request() {
    let answer = |status, body| reply(status, body).header("atl-traceid", "8f2d10c4e67b4a59");
    let (client, _) = client(
        Profile::atlassian(),
        vec![
            answer(201, fixture!("atlassian-user")),
            answer(200, fixture!("atlassian-user")),
            answer(204, ""),
        ],
    );
    let off = Patch::builder().replace("active", false).build().unwrap();
    let created = client.users().create(&ines(), &everything()).await.unwrap();
    let written = client
        .users()
        .patch(&user(), &off, &WriteOptions::default())
        .await
        .unwrap();
    let deleted = client.users().delete(&user(), None).await.unwrap();
    assert_eq!(
        [created.receipt, written.receipt, deleted].map(receipt),
        ["201", "200", "204"].map(|status| format!("{status} 8f2d10c4e67b4a59"))
    );
}

/// The media type, the credential and the user agent of every request.
#[tokio::test]
async fn headers() {
    for (profile, media_type, accept) in [
        (
            Profile::rfc(),
            "application/scim+json",
            "application/scim+json, application/json;q=0.9",
        ),
        (
            Profile::rfc().with_media_type(MediaType::Json),
            "application/json",
            "application/json",
        ),
    ] {
        let (client, transport) = client(profile, vec![reply(201, fixture!("atlassian-user"))]);
        client.users().create(&ines(), &everything()).await.unwrap();
        let headers = &transport.requests()[0].headers;
        let all = |name| {
            headers
                .get_all(name)
                .iter()
                .map(|value| value.to_str().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(all(ACCEPT), [accept]);
        assert_eq!(all(CONTENT_TYPE), [media_type]);
        assert_eq!(all(AUTHORIZATION), ["Bearer directory-key"]);
    }
}
