//! Every operation once: what is sent, and what is read from an answer. Values are shown as JSON, because their
//! `Debug` hides people.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use scim_client::*;
use serde::Serialize;

use crate::support::{after, client, fixture, group, made, page, receipt, reply, user, written};

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

fn stored_ines() -> Stored<User> {
    serde_json::from_str(fixture!("atlassian-user")).unwrap()
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
    config_of_an_rfc_server,
    Profile::rfc(),
    200,
    fixture!("rfc-config"),
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
    schema,
    Profile::atlassian(),
    200,
    fixture!("atlassian-schema"),
    |client| client.discovery().schema(GROUP_SCHEMA)
);
exchange!(
    resource_types,
    Profile::atlassian(),
    200,
    fixture!("atlassian-resource-types"),
    |client| async { client.discovery().resource_types().await.map(page) }
);
exchange!(
    resource_type,
    Profile::atlassian(),
    200,
    fixture!("atlassian-resource-type"),
    |client| client.discovery().resource_type("User")
);

// Users.
exchange!(
    users_list,
    Profile::atlassian(),
    200,
    fixture!("atlassian-users"),
    |client| async { client.users().list(&Query::default(), None).await.map(page) }
);
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
    users_search,
    Profile::rfc(),
    200,
    fixture!("rfc-users-cursor"),
    |client| async {
        let query = Query::builder()
            .filter(Filter::co("emails.value", "@brightwater.example").unwrap())
            .sort_by("userName", SortOrder::Ascending)
            .selection(Selection::only(["userName", "active"]).unwrap())
            .build()
            .unwrap();
        client.users().search(&query, None).await.map(page)
    }
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
    users_get_with_every_attribute,
    Profile::rfc(),
    200,
    fixture!("rfc-user"),
    |client| async {
        client
            .users()
            .get(&UserId::from_server("2c9e41"), &everything())
            .await
    }
);
exchange!(
    users_create,
    Profile::atlassian(),
    201,
    fixture!("atlassian-user-unlinked"),
    |client| async { client.users().create(&ines(), &everything()).await.map(made) }
);
exchange!(
    users_create_with_a_password_and_an_extension,
    Profile::rfc(),
    201,
    fixture!("rfc-user"),
    |client| async {
        let mut user = User::new("odile");
        user.password = Some(Password::from("tide-and-lock".to_owned()));
        user.set_extension(
            "urn:brightwater:params:scim:badge:1.0:User",
            &serde_json::json!({"badge": 7}),
        )
        .unwrap();
        client
            .users()
            .create(&user, &Selection::only(["userName"]).unwrap())
            .await
            .map(made)
    }
);
// What was read goes back as it came, but for what only the server sets.
exchange!(
    users_replace,
    Profile::atlassian(),
    200,
    fixture!("atlassian-user"),
    |client| async {
        let mut user = stored_ines();
        user.resource.title = Some("Head of platform".into());
        user.resource.enterprise = Some(department("Core"));
        client
            .users()
            .replace(&user.id, &user.resource, &WriteOptions::default())
            .await
            .map(after)
    }
);
exchange!(
    users_replace_with_everything,
    Profile::rfc(),
    200,
    fixture!("rfc-user"),
    |client| async {
        let user: Stored<User> = serde_json::from_str(fixture!("rfc-user")).unwrap();
        let options = WriteOptions::default().if_match(user.etag().unwrap().clone());
        client
            .users()
            .replace(&user.id, &user.resource, &options)
            .await
            .map(after)
    }
);
exchange!(
    users_patch,
    Profile::atlassian(),
    200,
    fixture!("atlassian-user"),
    |client| async {
        let patch = Patch::builder()
            .replace("active", false)
            .replace(r#"emails[type eq "work"].value"#, "ines@larkspur.example")
            .replace_attributes(serde_json::json!({"title": "Advisor"}))
            .remove("nickName")
            .build()
            .unwrap();
        client
            .users()
            .patch(&user(), &patch, &WriteOptions::default())
            .await
            .map(after)
    }
);
exchange!(
    users_patch_answered_without_the_user,
    Profile::rfc(),
    204,
    "",
    |client| async {
        let patch = Patch::builder().replace("active", true).build().unwrap();
        let options = WriteOptions::default().selection(Selection::only(["active"]).unwrap());
        client.users().patch(&user(), &patch, &options).await.map(after)
    }
);
exchange!(users_delete, Profile::atlassian(), 204, "", |client| async {
    client.users().delete(&user(), None).await.map(receipt)
});

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
    groups_search,
    Profile::rfc(),
    200,
    fixture!("atlassian-groups"),
    |client| async { client.groups().search(&Query::default(), None).await.map(page) }
);
exchange!(
    groups_get,
    Profile::rfc(),
    200,
    fixture!("rfc-group"),
    |client| async {
        client
            .groups()
            .get(
                &GroupId::from_server("a b/c"),
                &Selection::except(["members"]).unwrap(),
            )
            .await
    }
);
exchange!(
    groups_create,
    Profile::atlassian(),
    201,
    fixture!("atlassian-group"),
    |client| async {
        let mut group = Group::new("eng-platform");
        group.members = vec![Member::user(&user())];
        client.groups().create(&group, &everything()).await.map(made)
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
exchange!(
    groups_patch,
    Profile::atlassian(),
    200,
    fixture!("atlassian-group"),
    |client| async {
        let other = UserId::parse("5d1f60c2-8a4b-4e39-b7d2-0f6c3e91a824").unwrap();
        let patch = Patch::builder()
            .add_members([&user(), &other])
            .remove_members([&other])
            .remove_values("members", [Member::user(&other)])
            .build()
            .unwrap();
        client
            .groups()
            .patch(&group(), &patch, &WriteOptions::default())
            .await
            .map(after)
    }
);
exchange!(groups_delete, Profile::atlassian(), 204, "", |client| async {
    client.groups().delete(&group(), None).await.map(receipt)
});

// The user whose key it is, and searches over everything.
exchange!(
    me_get,
    Profile::rfc(),
    200,
    fixture!("rfc-user"),
    |client| async {
        let selection = Selection::only(["userName"]).unwrap();
        client.me().get(&selection).await.map(|me| me.resource.user_name)
    }
);
exchange!(
    me_create,
    Profile::rfc(),
    201,
    fixture!("rfc-user"),
    |client| async {
        client
            .me()
            .create(&User::new("odile"), &everything())
            .await
            .map(|me| me.stored.id)
    }
);
exchange!(
    me_replace,
    Profile::rfc(),
    200,
    fixture!("rfc-user"),
    |client| async {
        let options = WriteOptions::default().if_match(ETag::any());
        client
            .me()
            .replace(&User::new("odile"), &options)
            .await
            .map(|me| me.etag)
    }
);
exchange!(me_patch, Profile::rfc(), 204, "", |client| async {
    let patch = Patch::builder()
        .add_attributes(serde_json::json!({"nickName": "Odi"}))
        .build()
        .unwrap();
    client
        .me()
        .patch(&patch, &WriteOptions::default())
        .await
        .map(after)
});
exchange!(me_delete, Profile::rfc(), 204, "", |client| async {
    client
        .me()
        .delete(Some(&ETag::parse("W/\"1\"").unwrap()))
        .await
        .map(receipt)
});
exchange!(
    search,
    Profile::rfc(),
    200,
    fixture!("rfc-search"),
    |client| async {
        let query = Query::builder()
            .filter(Filter::sw("displayName", "P").unwrap())
            .build()
            .unwrap();
        client.search(&query, None).await.map(page)
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
