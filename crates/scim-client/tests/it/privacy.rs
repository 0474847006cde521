//! Keys, passwords and people do not get into errors, logs or `Debug`.

use crate::support::{KEY, client, fixture, reply, user};
use http_kit::testing::Reply;
use scim_client::*;
use serde_json::json;

const CANARY: &str = "canary.person@larkspur.example";
const PASSWORD: &str = "canary-password";

#[track_caller]
fn silent(shown: &str) {
    for secret in ["canary", KEY] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

fn person() -> User {
    let mut user = User::new(CANARY);
    user.external_id = Some(CANARY.into());
    user.display_name = Some(CANARY.into());
    user.emails = vec![MultiValued::new(CANARY).primary()];
    user.password = Some(Password::from(PASSWORD.to_owned()));
    user.extra.set("secondAddress", json!(CANARY));
    user
}

/// Every answer quotes the key and the person; every request holds both.
#[tokio::test]
async fn errors_of_every_operation() {
    let answers = || {
        let quoting = json!({"schemas": [], "status": "409", "scimType": "uniqueness",
            "detail": format!("Resource [USER]: with email[{CANARY}] already exists, key {KEY}")});
        [
            Reply::json(409, &quoting),
            Reply::json(
                401,
                &json!({"error": format!("Bearer {KEY} of {CANARY}"), "traceId": KEY}),
            ),
            Reply::json(
                400,
                &json!({"message": CANARY, "stackTrace": [KEY], "responseStatus": "BAD_REQUEST"}),
            ),
            Reply::json(200, &json!({"id": CANARY, "active": CANARY})),
            Reply::json(
                200,
                &json!({"id": 1, "emails": [{"value": CANARY, "primary": KEY}]}),
            ),
            Reply::json(200, &json!({"totalResults": CANARY, "Resources": [KEY]})),
            Reply::status(200).body(format!("<html>{CANARY} {KEY}")),
            Reply::status(301).header(
                "location",
                &format!("https://elsewhere.example/{CANARY}?key={KEY}"),
            ),
        ]
    };
    for number in 0..answers().len() {
        let (client, _) = client(Profile::rfc(), vec![answers()[number].clone(); 100]);
        let users = client.users();
        let patch = Patch::builder().replace(format!("emails[value eq \"{CANARY}\"].value").as_str(), CANARY);
        let patch = patch.build().unwrap();
        let options = WriteOptions::default();
        let query = Query::builder()
            .filter(Filter::eq("userName", CANARY).unwrap())
            .build()
            .unwrap();
        let bulk = BulkRequest::builder()
            .operation(BulkOperation::create("1", &person()).unwrap())
            .build()
            .unwrap();
        let outcomes = [
            users.list(&query, None).await.map(drop),
            users.search(&query, None).await.map(drop),
            users.get(&user(), &Selection::Default).await.map(drop),
            users.create(&person(), &Selection::Default).await.map(drop),
            users.replace(&user(), &person(), &options).await.map(drop),
            users.patch(&user(), &patch, &options).await.map(drop),
            client.me().get(&Selection::Default).await.map(drop),
            client.bulk(&bulk).await.map(drop),
            client.discovery().config().await.map(drop),
        ];
        let errors: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
        assert!(errors.len() >= 7, "answer {number} gave {} errors", errors.len());
        for error in errors {
            silent(&format!(
                "{error} {error:?} {error:#?} {:?} {:?}",
                error.detail(),
                error.request_id()
            ));
            silent(&format!("{:?}", error.api()));
        }
    }
}

#[tokio::test]
async fn errors_that_were_not_sent() {
    let profile = Profile::atlassian();
    let refused = profile.check_creation(&person()).unwrap_err();
    silent(&format!("{refused} {refused:?}"));
    let patch = Patch::builder().remove(format!("emails[value sw \"{CANARY}\"]").as_str());
    let refused = profile
        .check_change(ResourceKind::User, &patch.build().unwrap())
        .unwrap_err();
    silent(&format!("{refused} {refused:?}"));
    for error in [
        Filter::parse(&format!("userName eq {CANARY}")).unwrap_err(),
        Filter::parse(&format!("userName eq \"{CANARY}")).unwrap_err(),
        Filter::eq(CANARY, "x").unwrap_err(),
        Patch::builder()
            .remove(format!("emails[{CANARY}]").as_str())
            .build()
            .unwrap_err(),
        UserId::parse(&format!("/{CANARY}")).unwrap_err(),
        Selection::only([CANARY]).unwrap_err(),
        atlassian_url(CANARY, "x").unwrap_err(),
        ETag::parse(&format!("{CANARY}\n")).unwrap_err(),
        BulkOperation::create(&format!("{CANARY}:"), &person()).unwrap_err(),
    ] {
        silent(&format!("{error} {error:?}"));
    }
}

#[tokio::test]
async fn values() {
    let stored: Stored<User> = {
        let mut value = serde_json::to_value(person()).unwrap();
        value["id"] = json!(CANARY);
        value["meta"] = json!({"location": format!("https://host.example/Users/{CANARY}")});
        serde_json::from_value(value).unwrap()
    };
    let mut member = Member::user(&UserId::from_server(CANARY));
    member.display = Some(CANARY.into());
    let condition = Filter::any_of("emails", &Filter::eq("value", CANARY).unwrap())
        .unwrap()
        .and(Filter::co("userName", CANARY).unwrap().negated())
        .or(Filter::pr("title").unwrap());
    let query = Query::builder().filter(condition.clone()).build().unwrap();
    let patch = Patch::builder()
        .add_members([&UserId::from_server(CANARY)])
        .remove_members([&UserId::from_server(CANARY)])
        .replace("userName", CANARY)
        .build()
        .unwrap();
    let bulk = BulkRequest::builder()
        .operation(BulkOperation::create("1", &person()).unwrap())
        .operation(BulkOperation::patch::<User>(&UserId::from_server(CANARY), &patch))
        .build()
        .unwrap();
    let any: AnyResource = serde_json::from_value(json!({"id": "1", "address": CANARY})).unwrap();
    let (client, _) = client(Profile::rfc(), vec![reply(200, fixture!("rfc-bulk"))]);
    let outcomes = client.bulk(&bulk).await.unwrap();
    assert!(!format!("{outcomes:?}").contains("henk.vos"));
    silent(&format!(
        "{stored:?} {member:?} {condition:?} {query:?} {patch:?} {bulk:?} {any:?} {client:?} {:?} {:?} {:?}",
        client.users(),
        client.me(),
        http_builder(
            std::sync::Arc::new(http_kit::testing::FakeTransport::new()),
            "https://host.example".parse().unwrap(),
            Secret::from(KEY.to_owned())
        )
    ));
    insta::assert_snapshot!(format!("{condition:?} {:?}", patch.operations()[1]), @r#"Filter(((emails[…] and not userName co …) or title pr)) PatchOperation { action: Remove, path: Some(members[…]), .. }"#);
}
